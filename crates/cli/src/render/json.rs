//! What all JSON documents share: layout, numbers, periods, segments, diagnostics.
//!
//! A document has one record per line, so that it reads well and two of them
//! compare well. Numbers are what the report holds: percentages stay fractions,
//! durations are in the metric's unit; amounts are also given exactly, as text.

use goalpost_core::Decimal;
use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::{Diagnostic, Severity};
use goalpost_core::report::Segment;
use goalpost_core::sample::{Input, LeftOut, Sample};
use goalpost_core::unit::Unit;
use serde_json::{Map, Number, Value, json};

use crate::diagnostics::sorted;
use crate::format::minor_digits;

/// A field of a document.
pub(crate) enum Field {
    /// A value on one line.
    One(Value),
    /// Records, one per line.
    Records(Vec<Value>),
}

/// A document of named fields, in their order.
pub(crate) fn document(fields: Vec<(&str, Field)>) -> String {
    let parts: Vec<String> = fields
        .into_iter()
        .map(|(name, field)| {
            let value = match field {
                Field::One(value) => value.to_string(),
                Field::Records(records) if records.is_empty() => "[]".to_owned(),
                Field::Records(records) => {
                    let lines: Vec<String> = records.iter().map(|record| format!("    {record}")).collect();
                    format!("[\n{}\n  ]", lines.join(",\n"))
                }
            };
            format!("  {}: {value}", Value::from(name))
        })
        .collect();
    harmless(&format!("{{\n{}\n}}\n", parts.join(",\n")))
}

/// Characters that JSON lets through and terminals obey can only stand inside
/// of texts, where an escape means the same.
fn harmless(text: &str) -> String {
    let obeyed =
        |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(obeyed) {
        return text.to_owned();
    }
    text.chars().map(|c| if obeyed(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

/// The rows behind a value.
pub(crate) fn inputs(sample: &Sample) -> Value {
    let left_out =
        |left: &LeftOut| json!({ "why": left.why.name(), "column": left.column, "rows": left.rows });
    let input = |input: &Input| {
        json!({
            "table": input.table,
            "rows": input.rows,
            "n": input.n,
            "looked_at": input.looked_at,
            "left_out": input.left_out.iter().map(left_out).collect::<Vec<_>>(),
        })
    };
    sample.inputs.iter().map(input).collect()
}

/// A number as near to the exact one as JSON readers can take it in.
pub(crate) fn number(value: Decimal) -> Value {
    let normal = value.normalize();
    if let Ok(whole) = i64::try_from(normal).map_err(|_| ())
        && normal.is_integer()
    {
        return Value::Number(whole.into());
    }
    float(normal.to_string().parse().unwrap_or(f64::NAN))
}

/// A float; never NaN or infinite, which JSON does not have.
pub(crate) fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A value in base units as a number in the metric's unit, or null.
pub(crate) fn shown(base: Option<Decimal>, unit: Unit) -> Value {
    base.and_then(|base| unit.shown(base)).map_or(Value::Null, number)
}

/// An exact amount as text, with the currency's decimals or more.
pub(crate) fn amount(base: Option<Decimal>, unit: Unit, currency: &str) -> Value {
    let Some(mut value) = base.and_then(|base| unit.shown(base)) else { return Value::Null };
    value.normalize_assign();
    value.rescale(value.scale().max(minor_digits(currency)));
    Value::from(value.to_string())
}

/// A period, or null.
pub(crate) fn period(period: Option<&Period>) -> Value {
    let Some(period) = period else { return Value::Null };
    json!({
        "label": period.label,
        "start": period.start.map(|day| day.to_string()),
        "end": period.end.to_string(),
    })
}

/// A segment as an object; a null dimension is null.
pub(crate) fn segment(segment: &Segment) -> Value {
    let fields = segment.iter().map(|(name, value)| (name.to_string(), Value::from(value.clone())));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// Diagnostics, as people would see them sorted.
pub(crate) fn diagnostics(diagnostics: &[Diagnostic]) -> Vec<Value> {
    sorted(diagnostics)
        .into_iter()
        .map(|diagnostic| {
            let severity = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let at = diagnostic.at.as_ref();
            json!({
                "code": diagnostic.code.name(),
                "severity": severity,
                "message": diagnostic.message,
                "file": at.map(|span| span.file.name.clone()),
                "line": at.map(|span| span.line).filter(|line| *line > 0),
                "column": at.map(|span| span.column).filter(|column| *column > 0),
                "label": Some(&diagnostic.label).filter(|label| !label.is_empty()),
                "help": diagnostic.help,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_what_a_reader_can_take() {
        let text = |value: &str| number(Decimal::from_str_exact(value).expect("a number")).to_string();
        assert_eq!(text("4238"), "4238");
        assert_eq!(text("4238.00"), "4238");
        assert_eq!(text("-0.0"), "0");
        assert_eq!(text("0.1"), "0.1");
        assert_eq!(text("10005534.25"), "10005534.25");
        assert_eq!(text("9223372036854775807"), "9223372036854775807");
        assert_eq!(text("0.6315004470272686633189211742"), "0.6315004470272687");
        assert_eq!(float(f64::NAN), Value::Null);
        assert_eq!(float(f64::INFINITY), Value::Null);
    }

    #[test]
    fn a_document_has_one_record_per_line_and_no_escapes() {
        let records = vec![json!({"a": 1}), json!({"a": "\u{1b}\u{9b}31m\u{202e}"})];
        let text = document(vec![
            ("schema", Field::One("x/1".into())),
            ("rows", Field::Records(records.clone())),
            ("none", Field::Records(Vec::new())),
        ]);
        let expected = "{\n  \"schema\": \"x/1\",\n  \"rows\": [\n    {\"a\":1},\n    \
                        {\"a\":\"\\u001b\\u009b31m\\u202e\"}\n  ],\n  \"none\": []\n}\n";
        assert_eq!(text, expected);
        let read: Value = serde_json::from_str(&text).expect("valid JSON");
        assert_eq!(read["rows"], Value::Array(records));
    }
}
