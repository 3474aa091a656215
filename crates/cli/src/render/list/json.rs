//! What a project has, as JSON: schema `goalpost/list/2`, see `crates/cli/schemas/list.schema.json`.

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::goal::{Goal, Level, Rule};
use goalpost_core::inventory::{PresetDescription, TableDescription, TableState};
use goalpost_registry::Project;
use goalpost_registry::catalogue::{Entry, GoalEntry, Missing};
use serde_json::{Map, Value, json};

use super::ListWhat;
use super::human::{States, direction, role};
use crate::render::json::{Field, diagnostics, document, number};

/// The parts asked for.
pub(crate) fn list(project: &Project, states: &States, wanted: &[ListWhat], found: &[Diagnostic]) -> String {
    let mut fields = vec![("schema", Field::One("goalpost/list/2".into()))];
    fields.extend(wanted.iter().map(|what| match what {
        ListWhat::Metrics => ("metrics", Field::Records(project.catalogue.metrics().map(metric).collect())),
        ListWhat::Goals => ("goals", Field::Records(project.catalogue.goals().iter().map(goal).collect())),
        ListWhat::Tables => {
            let tables = project.sources.describe();
            let tables = tables.iter().map(|found| table(found, states.get(&found.name)));
            ("tables", Field::Records(tables.collect()))
        }
    }));
    fields.push(("diagnostics", Field::Records(diagnostics(found))));
    document(fields)
}

fn needed(missing: &Missing) -> Value {
    let mut found = json!({
        "table": missing.table.as_str(),
        "column": missing.column.as_ref().map(|column| column.to_string()),
        "example": missing.example,
    });
    if let Some(form) = &missing.form {
        found["form"] = form.as_str().into();
    }
    found
}

fn metric(entry: &Entry) -> Value {
    let metric = &entry.metric;
    let missing: Vec<Value> = entry.availability.missing().iter().map(needed).collect();
    json!({
        "name": metric.name.as_str(),
        "title": metric.title,
        "documentation": metric.documentation,
        "unit": entry.unit.to_string(),
        "better": Some(direction(metric.better)).filter(|word| !word.is_empty()),
        "dimensions": entry.dimensions.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "formula": metric.value.to_string(),
        "tags": metric.tags,
        "layer": metric.layer.to_string(),
        "replaces": entry.replaces.iter().map(|(layer, _)| layer.to_string()).collect::<Vec<_>>(),
        "available": missing.is_empty(),
        "missing": missing,
        "file": metric.at.file.name,
        "line": metric.at.line,
    })
}

fn goal(entry: &GoalEntry) -> Value {
    let GoalEntry { goal, replaces } = entry;
    json!({
        "name": goal.name.as_str(),
        "metric": goal.metric.as_str(),
        "target": level_of(goal, "target"),
        "limit": level_of(goal, "limit"),
        "stretch": level_of(goal, "stretch"),
        "between": match &goal.rule {
            Rule::Between { low, high } => Some([level(low), level(high)]),
            _ => None,
        },
        "check": matches!(goal.rule, Rule::Check(_)),
        "every": goal.every.name(),
        "by": goal.by.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>(),
        "segment": segment(goal),
        "from": goal.from.map(|day| day.to_string()),
        "due": goal.due.map(|day| day.to_string()),
        "owner": goal.owner,
        "why": goal.why,
        "tags": goal.tags,
        "layer": goal.layer.to_string(),
        "replaces": replaces.iter().map(|(layer, _)| layer.to_string()).collect::<Vec<_>>(),
        "file": goal.at.file.name,
        "line": goal.at.line,
    })
}

/// A goal's level under a key, if it has one.
fn level_of(goal: &Goal, key: &str) -> Option<Value> {
    let found = goal.rule.levels().into_iter().find(|(known, _)| *known == key);
    found.map(|(_, found)| level(found))
}

/// A number in the metric's unit, an object of numbers by segment, or a formula as text.
fn level(level: &Level) -> Value {
    match level {
        Level::Number(shown) => number(*shown),
        Level::Duration(step) => step.to_string().into(),
        Level::BySegment(levels) => {
            let fields = levels.iter().map(|(segment, shown)| (segment.to_string(), number(*shown)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Level::Measure(measure) => measure.to_string().into(),
        Level::Function(_) => "a function".into(),
    }
}

fn segment(goal: &Goal) -> Value {
    let fields = goal.segment.iter().map(|filter| (filter.dimension.to_string(), json!(filter.values)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn table(table: &TableDescription, state: Option<&TableState>) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name.as_str(),
                "type": column.ty.name(),
                "declared": column.declared,
                "source": column.source,
                "role": role(table, column),
                "unit": state
                    .filter(|state| state.in_percent.contains(&column.name))
                    .map(|_| "percent"),
                "unreadable": state.map(|state| state.unread.get(&column.name).copied().unwrap_or_default()),
            })
        })
        .collect();
    json!({
        "name": table.name.as_str(),
        "files": table.files,
        "kind": table.kind.map(|kind| kind.name()),
        "bytes": table.size,
        "rows": state.and_then(|state| state.rows),
        "left_out": state.map(|state| state.left_out),
        "time": table.time.as_ref().map(ToString::to_string),
        "key": table.key.as_ref().map(ToString::to_string),
        "columns": columns,
        "missing": table.missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "preset": table.preset.as_ref().map(preset),
    })
}

fn preset(preset: &PresetDescription) -> Value {
    let found = preset.found.iter().map(|(column, from)| json!({ "column": column.as_str(), "from": from }));
    let missing = preset
        .missing
        .iter()
        .map(|(column, headers)| json!({ "column": column.as_str(), "headers": headers }));
    json!({
        "name": preset.name,
        "found": found.collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "unused": preset.unused,
    })
}
