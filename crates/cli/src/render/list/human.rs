//! What a project has, for people: metrics, goals, tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goalpost_core::definition::Layer;
use goalpost_core::goal::{Goal, Level, Rule, SegmentFilter};
use goalpost_core::inventory::{ColumnDescription, PresetDescription, TableDescription, TableState};
use goalpost_core::name::{GoalName, TableName};
use goalpost_core::segment::label;
use goalpost_core::source::Span;
use goalpost_core::unit::{Direction, Unit};
use goalpost_registry::Project;
use goalpost_registry::catalogue::{Entry, GoalEntry};

use super::ListWhat;
use crate::escape::visible;
use crate::format::{self, Format, bytes};
use crate::render::grid::{Align, Column, Grid};
use crate::render::table;

/// What reading each table has shown.
pub(super) type States = BTreeMap<TableName, TableState>;

/// The parts asked for, one below the other.
pub(crate) fn list(project: &Project, states: &States, wanted: &[ListWhat]) -> String {
    let parts: Vec<String> = wanted
        .iter()
        .map(|what| match what {
            ListWhat::Metrics => metrics(project),
            ListWhat::Goals => goals(project),
            ListWhat::Tables => tables(project, states),
        })
        .collect();
    parts.join("\n")
}

fn metrics(project: &Project) -> String {
    let titles = ["metric", "unit", "better", "by", "layer", "needs"];
    let mut grid = Grid { columns: titles.map(Column::left).into(), ..Grid::default() };
    for entry in project.catalogue.metrics() {
        let Entry { metric, .. } = entry;
        grid.rows.push(vec![
            metric.name.to_string(),
            entry.unit.to_string(),
            direction(metric.better).to_owned(),
            joined(entry.dimensions.iter()),
            layer(&metric.layer, &entry.replaces),
            needs(entry).join(", "),
        ]);
    }
    let available = project.catalogue.metrics().filter(|entry| needs(entry).is_empty()).count();
    grid.notes.push(format!("{available} of {} metrics are available", grid.rows.len()));
    if let Some(example) = first_example(project) {
        grid.notes.push(format!("what is missing is mapped in goalpost.toml, e.g. {example}"));
    }
    table::grid(&grid)
}

fn first_example(project: &Project) -> Option<&str> {
    let missing = project.catalogue.metrics().flat_map(|entry| entry.availability.missing()).next();
    missing.map(|missing| missing.example.as_str())
}

/// What a metric lacks; nothing where it is available.
pub(super) fn needs(entry: &Entry) -> Vec<String> {
    entry.availability.missing().iter().map(ToString::to_string).collect()
}

fn goals(project: &Project) -> String {
    table_of(project, project.catalogue.goals().iter())
}

/// The goals of these names, in their order.
pub(crate) fn selected_goals(project: &Project, names: &[GoalName]) -> String {
    table_of(project, names.iter().filter_map(|name| project.catalogue.goal(name)))
}

fn table_of<'a>(project: &Project, goals: impl Iterator<Item = &'a GoalEntry>) -> String {
    let titles = ["goal", "metric", "target", "limit", "every", "by", "owner", "due", "layer", "at"];
    let mut grid = Grid { columns: titles.map(Column::left).into(), ..Grid::default() };
    grid.columns[2].align = Align::Right;
    grid.columns[3].align = Align::Right;
    for GoalEntry { goal, replaces } in goals {
        let unit = project.catalogue.metric(&goal.metric).map_or(Unit::Number, |entry| entry.unit);
        let format = Format { unit, currency: &project.config.currency };
        grid.rows.push(vec![
            goal.name.to_string(),
            goal.metric.to_string(),
            level_of(goal, "target", format),
            level_of(goal, "limit", format),
            goal.every.to_string(),
            segments(goal),
            goal.owner.clone().unwrap_or_default(),
            goal.due.map(|due| due.to_string()).unwrap_or_default(),
            layer(&goal.layer, replaces),
            goal.at.to_string(),
        ]);
    }
    if grid.rows.is_empty() {
        return "no goals: write `goal(\"close_rate\", #{ target: 0.25 });` in metrics.d/goals.rhai\n"
            .to_owned();
    }
    table::grid(&grid)
}

/// A goal's level under a key; its range or its function in place of the target.
fn level_of(goal: &Goal, key: &str, format: Format<'_>) -> String {
    match (&goal.rule, key) {
        (Rule::Between { low, high }, "target") => {
            format!("{} to {}", level(low, format), level(high, format))
        }
        (Rule::Check(_), "target") => "a check".to_owned(),
        (rule, _) => {
            let found = rule.levels().into_iter().find(|(known, _)| *known == key);
            found.map_or_else(String::new, |(_, found)| level(found, format))
        }
    }
}

/// A level as people read it.
fn level(level: &Level, format: Format<'_>) -> String {
    let number = |shown| format.unit.base(shown).map_or_else(|| shown.to_string(), |base| format.value(base));
    match level {
        Level::Number(shown) => number(*shown),
        Level::Duration(step) => step.to_string(),
        Level::BySegment(levels) => {
            joined(levels.iter().map(|(segment, shown)| format!("{segment}: {}", number(*shown))))
        }
        Level::Measure(measure) => measure.to_string(),
        Level::Function(_) => "a function".to_owned(),
    }
}

/// What a goal is judged by: dimensions, and values where only some count.
pub(super) fn segments(goal: &Goal) -> String {
    let by = goal.by.iter().map(|(name, _)| name.to_string());
    let only = goal.segment.iter().map(|filter| format!("{} = {}", filter.dimension, values(filter)));
    joined(by.chain(only))
}

fn values(filter: &SegmentFilter) -> String {
    filter.values.iter().map(|value| label(value.as_deref())).collect::<Vec<_>>().join("|")
}

fn tables(project: &Project, states: &States) -> String {
    let tables = project.sources.describe();
    if tables.is_empty() {
        return "no tables: name one in goalpost.toml, e.g. [tables.deals] from = \"data/deals.csv\"\n"
            .to_owned();
    }
    let parts: Vec<String> = tables.iter().map(|table| described(table, states.get(&table.name))).collect();
    parts.join("\n")
}

fn described(table: &TableDescription, state: Option<&TableState>) -> String {
    let mut facts = Vec::new();
    facts.extend(table.kind.map(|kind| kind.name().to_owned()));
    facts.push(bytes(table.size));
    facts.extend(
        state
            .and_then(|state| state.rows)
            .map(|rows| format!("{} {}", format::count(rows), if rows == 1 { "row" } else { "rows" })),
    );
    if let Some(state) = state.filter(|state| state.left_out > 0) {
        facts.push(format!("{} left out on purpose", format::count(state.left_out)));
    }
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} ({})\n",
        visible(table.name.as_str()),
        visible(&files(&table.files)),
        facts.join(", ")
    );
    let mut titles = vec!["column", "type", "from", "role"];
    let unread = state.map(|state| &state.unread).filter(|unread| !unread.is_empty());
    titles.extend(unread.map(|_| "unreadable cells"));
    let mut grid = Grid { columns: titles.into_iter().map(Column::left).collect(), ..Grid::default() };
    for column in &table.columns {
        let inferred = if column.declared { "" } else { " (inferred)" };
        let unit = match state.is_some_and(|state| state.in_percent.contains(&column.name)) {
            true => ", in percent",
            false => "",
        };
        let mut row = vec![
            column.name.to_string(),
            format!("{}{unit}{inferred}", column.ty),
            column.source.clone(),
            role(table, column),
        ];
        let cells = unread.map(|unread| unread.get(&column.name).copied().unwrap_or_default());
        row.extend(cells.map(|cells| if cells == 0 { String::new() } else { format::count(cells) }));
        grid.rows.push(row);
    }
    if !table.missing.is_empty() {
        grid.notes.push(format!("not mapped, known to built-in metrics: {}", joined(table.missing.iter())));
    }
    grid.notes.extend(table.preset.iter().flat_map(preset));
    text.push_str(&table::grid(&grid));
    text
}

/// What a preset found, what it did not, and what is left of the export.
fn preset(preset: &PresetDescription) -> Vec<String> {
    let all = preset.found.len() + preset.missing.len();
    let found = joined(preset.found.iter().map(|(column, _)| column));
    let missing =
        preset.missing.iter().map(|(column, headers)| format!("{column} ← {}", headers.join(", else ")));
    let mut notes =
        vec![format!("preset {} found {} of {all} columns: {found}", preset.name, preset.found.len())];
    if !preset.missing.is_empty() {
        notes.push(format!("not in the export: {}", missing.collect::<Vec<_>>().join("; ")));
    }
    if !preset.unused.is_empty() {
        notes.push(format!("of no meaning to the preset: {}", preset.unused.join(", ")));
    }
    notes
}

/// What a column does in its table.
pub(super) fn role(table: &TableDescription, column: &ColumnDescription) -> String {
    let mut roles = Vec::new();
    if table.identity.contains(&column.name) {
        roles.push("key".to_owned());
    }
    if table.time.as_ref() == Some(&column.name) {
        roles.push("time".to_owned());
    }
    for reference in table.references.iter().filter(|reference| reference.on == column.name) {
        roles.push(format!("{} → {}.{}", reference.name, reference.table, reference.key));
    }
    roles.join(", ")
}

fn files(files: &[String]) -> String {
    match files {
        [] => "no file".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} … {last}, {} files", files.len()),
    }
}

/// A layer, and what of earlier ones it replaces.
pub(super) fn layer(layer: &Layer, replaces: &[(Layer, Span)]) -> String {
    match replaces.last() {
        Some((replaced, _)) => format!("{layer}, replaces {replaced}"),
        None => layer.to_string(),
    }
}

pub(super) const fn direction(better: Option<Direction>) -> &'static str {
    match better {
        Some(Direction::Higher) => "higher",
        Some(Direction::Lower) => "lower",
        None => "",
    }
}

fn joined(parts: impl Iterator<Item = impl ToString>) -> String {
    parts.map(|part| part.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_short() {
        let names = |count: usize| files(&(0..count).map(|n| format!("{n}.csv")).collect::<Vec<_>>());
        assert_eq!(
            (names(0), names(1), names(3)),
            ("no file".into(), "0.csv".into(), "0.csv … 2.csv, 3 files".into())
        );
    }
}
