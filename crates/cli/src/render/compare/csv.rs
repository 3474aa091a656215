//! A comparison as CSV: one line per metric and segment.
//!
//! Numbers are plain, in the metric's unit (percentages and their differences as
//! fractions); texts are made harmless as in any other CSV.

use goalpost_core::Decimal;
use goalpost_core::comparison::{ComparisonReport, ComparisonRow, Movement, Span, Tested};
use goalpost_core::report::PartEffect;
use goalpost_core::segment::label;

use crate::render::csv::{document, text};

const AFTER_SEGMENT: [&str; 25] = [
    "before_start",
    "before_end",
    "after_start",
    "after_end",
    "before",
    "after",
    "unit",
    "currency",
    "n_before",
    "n_after",
    "difference",
    "relative",
    "low",
    "high",
    "p",
    "p_adjusted",
    "test",
    "movement",
    "certainty",
    "pending",
    "better",
    "days_before",
    "days_after",
    "parts",
    "notes",
];

/// A comparison.
pub(crate) fn compare(report: &ComparisonReport) -> String {
    let segment = report.rows.first().map(|row| &row.segment);
    let mut header = vec!["metric".to_owned()];
    header.extend(segment.into_iter().flatten().map(|(name, _)| text(name.as_str())));
    header.extend(AFTER_SEGMENT.map(String::from));
    document(header, report.rows.iter().map(|row| record(report, row)))
}

fn record(report: &ComparisonReport, row: &ComparisonRow) -> Vec<String> {
    let number = |base: Option<Decimal>| {
        let shown = base.and_then(|base| row.unit.shown(base));
        shown.map(|value| value.normalize().to_string()).unwrap_or_default()
    };
    let start = |span: &Span| span.window.start.map(|day| day.to_string()).unwrap_or_default();
    let (test, why) = match &row.tested {
        Tested::Done(test) => (Some(test), None),
        Tested::Not(why) => (None, Some(format!("not tested, {why}"))),
    };
    let interval = test.and_then(|test| test.interval);
    let direction = row.better.map_or("", |better| match better {
        goalpost_core::unit::Direction::Higher => "higher",
        goalpost_core::unit::Direction::Lower => "lower",
    });
    let notes: Vec<String> = why.into_iter().chain(row.notes.iter().cloned()).collect();
    let part = |part: &PartEffect| format!("{}: {}", part.name, number(Some(part.effect)));
    let parts: Vec<String> = row.parts.iter().map(part).collect();
    let mut record = vec![text(row.metric.as_str())];
    record.extend(row.segment.iter().map(|(_, value)| text(&label(value.as_deref()))));
    record.extend([
        start(&report.before),
        report.before.window.end.to_string(),
        start(&report.after),
        report.after.window.end.to_string(),
        number(row.before.outcome.value()),
        number(row.after.outcome.value()),
        row.unit.to_string(),
        if row.unit.kind().money == 0 { String::new() } else { report.currency.clone() },
        row.before.n().to_string(),
        row.after.n().to_string(),
        number(row.change.map(|change| change.difference)),
        row.change.and_then(|change| change.relative).map(|r| r.normalize().to_string()).unwrap_or_default(),
        number(interval.map(|(low, _)| low)),
        number(interval.map(|(_, high)| high)),
        test.map(|test| test.p.to_string()).unwrap_or_default(),
        test.map(|test| test.adjusted.to_string()).unwrap_or_default(),
        test.map_or("", |test| test.method.name()).to_owned(),
        row.movement().map_or("", Movement::name).to_owned(),
        row.certainty().name().to_owned(),
        row.pending.to_string(),
        direction.to_owned(),
        report.before.days().to_string(),
        report.after.days().to_string(),
        text(&parts.join("; ")),
        text(&notes.join("; ")),
    ]);
    record
}
