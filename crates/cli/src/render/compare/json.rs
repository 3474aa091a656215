//! A comparison as JSON: schema `goalpost/compare/2`, see
//! `crates/cli/schemas/compare.schema.json`.

use goalpost_core::comparison::{ComparisonReport, ComparisonRow, Movement, Span, Tested};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::unit::Direction;
use serde_json::{Value, json};

use crate::render::json::{Field, amount, diagnostics, document, float, inputs, number, segment, shown};

/// A comparison.
pub(crate) fn compare(report: &ComparisonReport) -> String {
    document(vec![
        ("schema", Field::One("goalpost/compare/2".into())),
        ("as_of", Field::One(report.as_of.clone().into())),
        ("before", Field::One(span(&report.before))),
        ("after", Field::One(span(&report.after))),
        ("tests", Field::One(report.tests.into())),
        ("rows", Field::Records(report.rows.iter().map(|one| row(report, one)).collect())),
        ("caveats", Field::Records(report.caveats.iter().map(|text| text.clone().into()).collect())),
        ("diagnostics", Field::Records(diagnostics(&report.diagnostics))),
    ])
}

/// A comparison that came to nothing, with the reasons.
pub(crate) fn failed(found: &[Diagnostic]) -> String {
    document(vec![
        ("schema", Field::One("goalpost/compare/2".into())),
        ("as_of", Field::One(Value::Null)),
        ("before", Field::One(Value::Null)),
        ("after", Field::One(Value::Null)),
        ("tests", Field::One(0.into())),
        ("rows", Field::Records(Vec::new())),
        ("caveats", Field::Records(Vec::new())),
        ("diagnostics", Field::Records(diagnostics(found))),
    ])
}

fn span(span: &Span) -> Value {
    json!({
        "label": span.label,
        "start": span.window.start.map(|day| day.to_string()),
        "end": span.window.end.to_string(),
        "days": span.days(),
    })
}

fn row(report: &ComparisonReport, row: &ComparisonRow) -> Value {
    let change = row.change.as_ref();
    let (test, why) = match &row.tested {
        Tested::Done(test) => (Some(test), None),
        Tested::Not(why) => (None, Some(why)),
    };
    let better = row.better.map(|better| match better {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
    });
    let mut record = json!({
        "metric": row.metric.as_str(),
        "segment": segment(&row.segment),
        "unit": row.unit.to_string(),
        "better": better,
        "before": side(report, row, &row.before),
        "after": side(report, row, &row.after),
        "difference": shown(change.map(|change| change.difference), row.unit),
        "relative": change.and_then(|change| change.relative).map(number),
        "before_scaled_by": change.and_then(|change| change.per_days).map(|(later, earlier)| [later, earlier]),
        "interval": test.and_then(|test| test.interval)
            .map(|(low, high)| [shown(Some(low), row.unit), shown(Some(high), row.unit)]),
        "p": test.map(|test| float(test.p)),
        "p_adjusted": test.map(|test| float(test.adjusted)),
        "test": test.map(|test| test.method.name()),
        "not_tested": why,
        "movement": row.movement().map(Movement::name),
        "certainty": row.certainty().name(),
        "parts": row.parts.iter().map(|part| json!({
            "name": part.name,
            "unit": part.unit.to_string(),
            "before": shown(Some(part.before), part.unit),
            "after": shown(Some(part.after), part.unit),
            "effect": shown(Some(part.effect), row.unit),
        })).collect::<Vec<Value>>(),
        "notes": row.notes,
    });
    if row.unit.kind().money != 0 {
        record["currency"] = report.currency.clone().into();
    }
    record
}

/// One side of a row.
fn side(report: &ComparisonReport, row: &ComparisonRow, computed: &Computed) -> Value {
    let base = computed.outcome.value();
    let (status, reason) = match &computed.outcome {
        Outcome::NoData(why) => ("no_data", Some(why.as_str())),
        Outcome::Undefined(why) => ("undefined", Some(why.as_str())),
        Outcome::Value(_) if row.pending => ("pending", Some("a window is not over, or has not settled")),
        Outcome::Value(_) => ("ok", None),
    };
    let mut side = json!({
        "value": shown(base, row.unit),
        "n": computed.sample.n,
        "status": status,
        "reason": reason,
        "inputs": inputs(&computed.sample),
    });
    if row.unit.kind().money != 0 {
        side["amount"] = amount(base, row.unit, &report.currency);
    }
    side
}
