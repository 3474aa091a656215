//! A listing of rows as JSON: schema `goalpost/rows/1`, see
//! `crates/cli/schemas/rows.schema.json`.

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::listing::{ListedRow, RowCell, RowSection, RowsReport};
use goalpost_core::outcome::{Computed, Outcome};
use serde_json::{Map, Value, json};

use super::human::PRIVATE;
use crate::render::json::{Field, diagnostics, document, number, period, segment, shown};

/// A listing.
pub(crate) fn rows(report: &RowsReport) -> String {
    document(vec![
        ("schema", Field::One("goalpost/rows/1".into())),
        ("as_of", Field::One(report.as_of.clone().into())),
        ("metric", Field::One(report.metric.as_str().into())),
        ("period", Field::One(period(Some(&report.period)))),
        ("segment", Field::One(segment(&report.segment))),
        ("unit", Field::One(report.unit.to_string().into())),
        ("value", Field::One(shown(report.value.outcome.value(), report.unit))),
        ("reason", Field::One(reason(&report.value))),
        ("by", Field::Records(report.by.iter().map(|(key, found)| by(report, key, found)).collect())),
        ("sections", Field::Records(report.sections.iter().map(section).collect())),
        ("diagnostics", Field::Records(diagnostics(&report.diagnostics))),
    ])
}

/// A listing that came to nothing, with the reasons.
pub(crate) fn failed(found: &[Diagnostic]) -> String {
    let nothing = || Field::One(Value::Null);
    document(vec![
        ("schema", Field::One("goalpost/rows/1".into())),
        ("as_of", nothing()),
        ("metric", nothing()),
        ("period", nothing()),
        ("segment", Field::One(json!({}))),
        ("unit", nothing()),
        ("value", nothing()),
        ("reason", nothing()),
        ("by", Field::Records(Vec::new())),
        ("sections", Field::Records(Vec::new())),
        ("diagnostics", Field::Records(diagnostics(found))),
    ])
}

fn by(report: &RowsReport, key: &[RowCell], found: &Computed) -> Value {
    let names = report.dimensions.iter().map(ToString::to_string);
    json!({
        "segment": names.zip(key.iter().map(cell)).collect::<Map<_, _>>(),
        "value": shown(found.outcome.value(), report.unit),
        "n": found.sample.n,
        "reason": reason(found),
    })
}

fn section(section: &RowSection) -> Value {
    let rows = |rows: &[ListedRow]| -> Vec<Value> { rows.iter().map(|found| row(section, found)).collect() };
    let left_out: Vec<Value> = section
        .left_out
        .iter()
        .map(|left| json!({ "reason": left.reason, "count": left.count, "rows": rows(&left.rows) }))
        .collect();
    json!({
        "aggregate": section.aggregate,
        "start": section.start.map(|day| day.to_string()),
        "end": section.end.to_string(),
        "window": section.window,
        "placed": section.placed,
        "columns": section.columns,
        "count": section.count,
        "sum": section.row_unit.map_or(Value::Null, |unit| shown(section.sum, unit)),
        "sum_unit": section.row_unit.map(|unit| unit.to_string()),
        "value": shown(section.value.outcome.value(), section.unit),
        "unit": section.unit.to_string(),
        "reason": reason(&section.value),
        "rows": rows(&section.rows),
        "left_out": left_out,
        "earlier_windows": section.more_windows,
    })
}

/// A row: its cells in the order of the columns, and what it adds.
fn row(section: &RowSection, row: &ListedRow) -> Value {
    let adds = match (&row.value, section.row_unit) {
        (RowCell::Number(value), Some(unit)) => shown(Some(*value), unit),
        (other, _) => cell(other),
    };
    json!({ "cells": row.cells.iter().map(cell).collect::<Vec<_>>(), "adds": adds })
}

fn cell(cell: &RowCell) -> Value {
    match cell {
        RowCell::Nothing => Value::Null,
        RowCell::Private => PRIVATE.into(),
        RowCell::Text(text) => text.clone().into(),
        RowCell::Truth(truth) => (*truth).into(),
        RowCell::Number(value) => number(*value),
        RowCell::Day(day) => day.to_string().into(),
        RowCell::Moment(moment) => moment.to_rfc3339().into(),
    }
}

fn reason(computed: &Computed) -> Value {
    match &computed.outcome {
        Outcome::Value(_) => Value::Null,
        Outcome::NoData(why) | Outcome::Undefined(why) => why.clone().into(),
    }
}
