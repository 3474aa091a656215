//! A run as rows and columns, before anything is drawn.
//!
//! Periods run across where a metric and segment then fit on one line;
//! otherwise each period has a line of its own. Reasons and marks are notes
//! below, so that no cell needs an explanation inside it.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::outcome::Outcome;
use goalpost_core::report::{Cell, RunReport};
use goalpost_core::sample::Gap;
use goalpost_core::segment::label;

use crate::format::{self, Format};
use crate::render::grid::{Column, Grid};

/// The mark of a cell without a value.
const NOTHING: &str = "–";

/// One line per metric and segment, periods across.
pub(crate) fn across(report: &RunReport) -> Grid {
    let mut periods = BTreeSet::new();
    let mut rows: BTreeMap<RowKey, BTreeMap<&str, String>> = BTreeMap::new();
    for cell in &report.cells {
        periods.insert(&cell.period);
        let row = rows.entry(row_key(report, cell)).or_default();
        row.insert(&cell.period.label, value(report, cell));
    }
    let mut grid = Grid::default();
    grid.columns.push(Column::left("metric"));
    grid.columns.extend(dimensions(report).into_iter().map(Column::left));
    grid.columns.extend(periods.iter().map(|period| Column::right(period.label.clone())));
    for (key, mut values) in rows {
        let name = report.metrics.get(key.metric).map_or_else(String::new, |metric| metric.name.to_string());
        let mut row = vec![name];
        row.extend(key.segment.into_iter().map(|(_, value)| label(value.as_deref()).into_owned()));
        row.extend(periods.iter().map(|period| values.remove(period.label.as_str()).unwrap_or_default()));
        grid.rows.push(row);
    }
    grid.notes = reasons(report);
    grid.notes.extend(marks(report));
    grid
}

/// One line per metric, period and segment, with its sample size.
pub(crate) fn down(report: &RunReport) -> Grid {
    let one_period = periods(report) == 1;
    let heading = match report.cells.first() {
        Some(cell) if one_period => cell.period.label.clone(),
        _ => "value".to_owned(),
    };
    let mut grid = Grid::default();
    grid.columns.push(Column::left("metric"));
    if !one_period {
        grid.columns.push(Column::left("period"));
    }
    grid.columns.extend(dimensions(report).into_iter().map(Column::left));
    grid.columns.extend([Column::right(heading), Column::right("n")]);
    let mut cells: Vec<&Cell> = report.cells.iter().collect();
    cells.sort_by_cached_key(|cell| {
        let key = row_key(report, cell);
        (key.metric, cell.period.clone(), key.segment)
    });
    for cell in cells {
        let mut row = vec![cell.metric.to_string()];
        if !one_period {
            row.push(cell.period.label.clone());
        }
        row.extend(cell.segment.iter().map(|(_, value)| label(value.as_deref()).into_owned()));
        row.extend([value(report, cell), format::count(cell.computed.n())]);
        grid.rows.push(row);
    }
    grid.notes = reasons(report);
    grid.notes.extend(marks(report));
    grid
}

/// How many periods there are to show.
pub(crate) fn periods(report: &RunReport) -> usize {
    report.cells.iter().map(|cell| &cell.period).collect::<BTreeSet<_>>().len()
}

/// The names of the dimensions that a run is cut by.
pub(crate) fn dimensions(report: &RunReport) -> Vec<String> {
    let segment = report.cells.first().map(|cell| &cell.segment);
    segment.into_iter().flatten().map(|(name, _)| name.to_string()).collect()
}

/// The order of lines: metrics as asked, then segments by value with "(none)" last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RowKey {
    metric: usize,
    segment: Vec<(bool, Option<String>)>,
}

fn row_key(report: &RunReport, cell: &Cell) -> RowKey {
    let metric = report.metrics.iter().position(|metric| metric.name == cell.metric);
    let segment = cell.segment.iter().map(|(_, value)| (value.is_none(), value.clone())).collect();
    RowKey { metric: metric.unwrap_or(usize::MAX), segment }
}

fn value(report: &RunReport, cell: &Cell) -> String {
    let shown = match cell.computed.outcome.value() {
        Some(value) => Format { unit: cell.unit, currency: &report.currency }.value(value),
        None => NOTHING.to_owned(),
    };
    if cell.pending { format!("{shown} *") } else { shown }
}

/// Why cells have no value: metrics that lack the same periods for the same
/// reason on one line.
fn reasons(report: &RunReport) -> Vec<String> {
    // By metric and reason, in the order of the report.
    let mut order: Vec<(&str, String)> = Vec::new();
    let mut periods: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for cell in &report.cells {
        let why = match &cell.computed.outcome {
            Outcome::Value(_) => continue,
            Outcome::NoData(why) => format!("no data, {why}"),
            Outcome::Undefined(why) => format!("undefined, {why}"),
        };
        let key = (cell.metric.as_str(), why);
        let labels = periods.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            Vec::new()
        });
        // Cells of one period follow one another.
        if labels.last() != Some(&cell.period.label.as_str()) {
            labels.push(&cell.period.label);
        }
    }
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for key in order {
        let labels = periods.remove(&key).unwrap_or_default();
        let line = format!("{NOTHING} {} ({})", key.1, shortened(&labels));
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, metrics)) => metrics.push(key.0),
            None => lines.push((line, vec![key.0])),
        }
    }
    lines.into_iter().map(|(line, metrics)| format!("{line}: {}", shortened(&metrics))).collect()
}

/// What the marks of cells mean, and what they do not show.
fn marks(report: &RunReport) -> Vec<String> {
    let mut notes = Vec::new();
    // By reason: the worst cell, and the metrics.
    let mut left_out: BTreeMap<String, (Gap<'_>, Vec<&str>)> = BTreeMap::new();
    for cell in &report.cells {
        for gap in cell.computed.sample.gaps() {
            let (worst, metrics) = left_out.entry(gap.reason()).or_insert((gap, Vec::new()));
            if worst.share() < gap.share() {
                *worst = gap;
            }
            if metrics.last() != Some(&cell.metric.as_str()) {
                metrics.push(cell.metric.as_str());
            }
        }
    }
    for (reason, (worst, metrics)) in left_out {
        notes.push(format!(
            "{} {reason}, at most {} of {} in a cell ({}): {}",
            worst.what(),
            format::count(worst.left.rows),
            format::count(worst.looked_at),
            format::share(worst.share()),
            shortened(&metrics)
        ));
    }
    if report.cells.iter().any(|cell| cell.pending) {
        notes.push("* the period is not over".to_owned());
    }
    notes.push(format!("as of {}", report.as_of));
    notes
}

/// The first few labels and how many more.
fn shortened(labels: &[&str]) -> String {
    const MOST: usize = 4;
    let shown = labels.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match labels.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
