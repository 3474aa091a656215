//! A comparison as rows and columns for people, and as blocks where those do
//! not fit a terminal.
//!
//! Why a row is not tested, and what to keep in mind of it, are notes below.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::comparison::{Certainty, ComparisonReport, ComparisonRow, Movement, Span, Test, Tested};
use goalpost_core::outcome::Computed;
use goalpost_core::report::PartEffect;
use goalpost_core::sample::Gap;
use goalpost_core::segment::label;
use goalpost_core::unit::Unit;

use crate::escape::visible;
use crate::format::{Format, count, share};
use crate::render::grid::{Align, Column, Grid};
use crate::render::table;

/// Rows whose parts are still read below a table.
const MOST_PARTS: usize = 12;

/// The mark of a cell without content.
const NOTHING: &str = "–";

/// A comparison for a terminal of a width.
pub(crate) fn table(report: &ComparisonReport, width: usize) -> String {
    let grid = grid(report);
    if table::fits(&grid, width) {
        let parts = ordered(report).into_iter().filter_map(|row| {
            let named = if row.segment.is_empty() { String::new() } else { format!(" of {}", segment(row)) };
            parts(report, row).map(|parts| format!("{}{named}: {parts}", row.metric))
        });
        let notes = parts.take(MOST_PARTS).chain(grid.notes).collect();
        return table::grid(&Grid { notes, ..grid });
    }
    let mut text = String::new();
    for row in ordered(report) {
        for line in block(report, row) {
            text.push_str(&visible(&line));
            text.push('\n');
        }
    }
    for note in &grid.notes {
        text.push_str(&format!("{}\n", visible(note)));
    }
    text
}

/// A comparison as a grid, one line for each metric and segment.
pub(crate) fn grid(report: &ComparisonReport) -> Grid {
    let mut grid = Grid::default();
    grid.columns.push(Column::left("metric"));
    let segment = report.rows.first().map(|row| &row.segment);
    grid.columns.extend(segment.into_iter().flatten().map(|(name, _)| Column::left(name.to_string())));
    let titles = ["before", "after", "change", "%", "95 % interval", "p"];
    grid.columns.extend(titles.map(Column::right));
    grid.columns.extend(["change is", "test"].map(Column::left));
    for row in ordered(report) {
        let mut cells = vec![row.metric.to_string()];
        cells.extend(row.segment.iter().map(|(_, value)| label(value.as_deref()).into_owned()));
        let Cells { before, after, change, relative, interval, p, verdict, test } = cells_of(report, row);
        cells.extend([before, after, change, relative, interval, p, verdict, test]);
        grid.rows.push(cells);
    }
    // Nothing to the right of the numbers is a number.
    debug_assert!(grid.columns.last().is_some_and(|column| column.align == Align::Left));
    grid.notes = notes(report);
    grid
}

/// The rows as people look for them: metrics as asked, "(none)" after the other
/// segments.
fn ordered(report: &ComparisonReport) -> Vec<&ComparisonRow> {
    let mut rows: Vec<&ComparisonRow> = report.rows.iter().collect();
    let first = |row: &ComparisonRow| report.rows.iter().position(|other| other.metric == row.metric);
    let segment = |row: &ComparisonRow| -> Vec<(bool, Option<String>)> {
        row.segment.iter().map(|(_, value)| (value.is_none(), value.clone())).collect()
    };
    rows.sort_by_cached_key(|row| (first(row), segment(row)));
    rows
}

fn segment(row: &ComparisonRow) -> String {
    let named = |(name, value): &(_, Option<String>)| format!("{name} = {}", label(value.as_deref()));
    row.segment.iter().map(named).collect::<Vec<_>>().join(", ")
}

/// A row as a few short lines.
fn block(report: &ComparisonReport, row: &ComparisonRow) -> Vec<String> {
    let cells = cells_of(report, row);
    let mut lines = vec![format!("{}  {}", row.metric, segment(row)).trim_end().to_owned()];
    if row.change.is_none() {
        lines.push(format!("    {} → {}", cells.before, cells.after));
        return lines;
    }
    lines.push(format!(
        "    {} → {}: {} ({}), {}",
        cells.before, cells.after, cells.change, cells.relative, cells.verdict
    ));
    if matches!(row.tested, Tested::Done(_)) {
        let (before, after) = (count(row.before.n()), count(row.after.n()));
        lines.push(format!(
            "    95 % interval {}, p {}, {}, n {before} → {after}",
            cells.interval, cells.p, cells.test
        ));
    }
    if let Some(parts) = parts(report, row) {
        lines.push(format!("    of it {parts}"));
    }
    lines
}

/// What each part of the formula makes of the change, those that make most first.
fn parts(report: &ComparisonReport, row: &ComparisonRow) -> Option<String> {
    let mut parts: Vec<&PartEffect> = row.parts.iter().filter(|part| !part.effect.is_zero()).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.effect.abs()));
    let shown = parts.into_iter().map(|part| {
        let effect = difference(row.unit, &report.currency, part.effect);
        let values =
            Format { unit: part.unit, currency: &report.currency }.values(&[part.before, part.after]);
        format!("{effect} by {} ({})", part.name, values.join(" → "))
    });
    let shown: Vec<String> = shown.collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// The texts of a row.
struct Cells {
    before: String,
    after: String,
    change: String,
    relative: String,
    interval: String,
    p: String,
    verdict: String,
    test: String,
}

fn cells_of(report: &ComparisonReport, row: &ComparisonRow) -> Cells {
    let format = Format { unit: row.unit, currency: &report.currency };
    let value = |computed: &Computed| {
        let shown = computed.outcome.value().map_or_else(|| NOTHING.to_owned(), |value| format.value(value));
        if row.pending && computed.outcome.value().is_some() { format!("{shown} *") } else { shown }
    };
    let nothing = || NOTHING.to_owned();
    let change = row.change.map_or_else(nothing, |change| {
        let text = difference(row.unit, &report.currency, change.difference);
        if change.per_days.is_some() { format!("{text} †") } else { text }
    });
    let relative = row.change.and_then(|change| change.relative).map_or_else(nothing, |relative| {
        let percent = Format { unit: Unit::Percent, currency: "" };
        signed(&percent.value(relative), relative)
    });
    let test = match &row.tested {
        Tested::Done(test) => Some(test),
        Tested::Not(_) => None,
    };
    Cells {
        before: value(&row.before),
        after: value(&row.after),
        change,
        relative,
        interval: test
            .and_then(|test| test.interval)
            .map_or_else(nothing, |(low, high)| interval(row.unit, &report.currency, low, high)),
        p: test.map_or_else(nothing, probability),
        verdict: verdict(row),
        test: test.map_or_else(nothing, |test| test.method.title().to_owned()),
    }
}

/// A difference with its sign; that of percentages is in percentage points.
fn difference(unit: Unit, currency: &str, value: Decimal) -> String {
    signed(&in_points(unit, Format { unit, currency }.value(value)), value)
}

/// The ends of an interval, with as many decimals as it takes to see on which
/// side of 0 they are.
fn interval(unit: Unit, currency: &str, low: Decimal, high: Decimal) -> String {
    let texts = Format { unit, currency }.values(&[low, high, Decimal::ZERO]);
    let end = |place: usize, value| {
        texts.get(place).map(|text| signed(&in_points(unit, text.clone()), value)).unwrap_or_default()
    };
    let (low, high) = (end(0, low), end(1, high));
    format!("{} … {high}", without_unit(&low, &high))
}

fn in_points(unit: Unit, text: String) -> String {
    match (unit, text.strip_suffix(" %")) {
        (Unit::Percent, Some(number)) => format!("{number} pp"),
        _ => text,
    }
}

fn signed(text: &str, value: Decimal) -> String {
    let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if value.is_sign_positive() && !is_zero { format!("+{text}") } else { text.to_owned() }
}

/// The first of two numbers without the unit behind it that both have.
fn without_unit<'t>(first: &'t str, second: &str) -> &'t str {
    let unit = |text: &str| text.rfind(|c: char| c.is_ascii_digit()).map_or(0, |last| last + 1);
    let behind = &first[unit(first)..];
    if behind == &second[unit(second)..] { &first[..unit(first)] } else { first }
}

/// The adjusted p value with three decimals.
fn probability(test: &Test) -> String {
    if test.adjusted < 0.001 { "<0.001".to_owned() } else { format!("{:.3}", test.adjusted) }
}

fn verdict(row: &ComparisonRow) -> String {
    let Some(movement) = row.movement() else { return NOTHING.to_owned() };
    match (row.certainty(), movement) {
        (Certainty::Clear, _) | (_, Movement::Same) => movement.name().to_owned(),
        (certainty, _) => format!("{}, {}", movement.name(), certainty.name()),
    }
}

/// What was left out, by reason: at most how many in a window, with the rows that
/// lost any.
fn left_out(report: &ComparisonReport) -> Vec<(String, &ComparisonRow)> {
    let mut found: BTreeMap<String, (Gap<'_>, Vec<&ComparisonRow>)> = BTreeMap::new();
    for row in &report.rows {
        for gap in row.before.sample.gaps().into_iter().chain(row.after.sample.gaps()) {
            let (worst, rows) = found.entry(gap.reason()).or_insert((gap, Vec::new()));
            if worst.share() < gap.share() {
                *worst = gap;
            }
            rows.push(row);
        }
    }
    let said = |(reason, (worst, rows)): (String, (Gap<'_>, Vec<_>))| {
        let text = format!(
            "{} {reason}, at most {} of {} in a window ({})",
            worst.what(),
            count(worst.left.rows),
            count(worst.looked_at),
            share(worst.share())
        );
        rows.into_iter().map(move |row| (text.clone(), row)).collect::<Vec<_>>()
    };
    found.into_iter().flat_map(said).collect()
}

/// What stands below: reasons and notes with the metrics that they are of, then
/// what holds for all.
fn notes<'r>(report: &'r ComparisonReport) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&'r str>)> = Vec::new();
    let mut of = |text: String, row: &'r ComparisonRow| {
        let metric = row.metric.as_str();
        match lines.iter_mut().find(|(known, _)| *known == text) {
            Some((_, metrics)) if metrics.last() == Some(&metric) => {}
            Some((_, metrics)) => metrics.push(metric),
            None => lines.push((text, vec![metric])),
        }
    };
    for row in &report.rows {
        if let Tested::Not(why) = &row.tested {
            of(format!("{NOTHING} not tested, {why}"), row);
        }
    }
    for (text, row) in left_out(report) {
        of(text, row);
    }
    for row in &report.rows {
        for note in &row.notes {
            of(note.clone(), row);
        }
    }
    let mut notes: Vec<String> =
        lines.into_iter().map(|(text, metrics)| format!("{text}: {}", shortened(&metrics))).collect();
    if report.rows.iter().any(|row| row.pending) {
        notes.push("* the window is not over, or has not settled".to_owned());
    }
    if report.rows.iter().any(|row| row.change.is_some_and(|change| change.per_days.is_some())) {
        notes.push("† before is taken for as many days as after".to_owned());
    }
    notes.extend(report.caveats.iter().cloned());
    match report.tests {
        0 => {}
        1 => notes.push("a change is clear where p is below 0.05".to_owned()),
        tests => {
            notes.push(format!("a change is clear where p, adjusted for {tests} tests (Holm), is below 0.05"))
        }
    }
    notes.push(format!(
        "before {}, after {}, as of {}",
        span(&report.before),
        span(&report.after),
        report.as_of
    ));
    notes
}

fn span(span: &Span) -> String {
    let days = span.days();
    format!("{} ({days} day{})", span.label, if days == 1 { "" } else { "s" })
}

/// The first few metrics and how many more.
fn shortened(metrics: &[&str]) -> String {
    const MOST: usize = 4;
    let shown = metrics.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match metrics.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a number")
    }

    #[test]
    fn differences_have_signs_and_their_own_units() {
        assert_eq!(difference(Unit::Percent, "USD", d("0.1")), "+10.0 pp");
        assert_eq!(difference(Unit::Percent, "USD", d("-0.0312")), "-3.1 pp");
        assert_eq!(difference(Unit::Percent, "USD", d("0.00001")), "0.0 pp");
        assert_eq!(difference(Unit::Money, "USD", d("1234.5")), "+$1,234.50");
        assert_eq!(difference(Unit::Count, "USD", d("0")), "0");
    }

    #[test]
    fn an_interval_shows_on_which_side_of_zero_it_lies() {
        let of = |low: &str, high: &str| interval(Unit::Percent, "USD", d(low), d(high));
        assert_eq!(of("-0.031", "0.2"), "-3.1 … +20.0 pp");
        assert_eq!(of("0.000149", "0.199474"), "+0.01 … +19.95 pp");
        assert_eq!(of("0", "0.1"), "0.0 … +10.0 pp");
    }

    #[test]
    fn an_interval_names_its_unit_once() {
        assert_eq!(without_unit("+0.1 pp", "+19.9 pp"), "+0.1");
        assert_eq!(without_unit("-$1,234.50", "+$12.00"), "-$1,234.50");
        assert_eq!(without_unit("+1 day", "+3 days"), "+1 day");
    }
}
