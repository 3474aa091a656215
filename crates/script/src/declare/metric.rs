//! `metric(name, #{ … })`.

use std::sync::Arc;

use goalpost_core::definition::{Dimension, Metric};
use goalpost_core::diagnostic::{Code, did_you_mean};
use goalpost_core::expr::{Expr, Step};
use goalpost_core::measure::{FunctionCall, FunctionRef, Measure, MeasureKind};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::source::At;
use goalpost_core::unit::{Direction, Unit};
use rhai::{Dynamic, Engine, NativeCallContext};

use super::fields::{Fields, name_of, plain_column};
use super::inputs::{Takes, check_function, parts};
use super::{NOTHING, counts};
use crate::function::ScriptFunction;
use crate::host::{Call, Fallible};
use crate::value::Value;
use crate::value::column::is_condition;

const KEYS: [&str; 9] = ["title", "value", "parts", "unit", "better", "time", "by", "settle", "tags"];

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("metric", |context: NativeCallContext, name: Dynamic, map: Dynamic| {
        declare(&context, &Value::of(name), Value::of(map))
    });
}

fn declare(context: &NativeCallContext, name: &Value, map: Value) -> Fallible<Dynamic> {
    let call = &Call::of(context);
    if !counts(call, "metric")? {
        return Ok(NOTHING);
    }
    let name = name_of(call, name, "metric")?;
    let mut fields = Fields::new(call, map, "metric")?;
    let title = fields.text("title");
    let value = formula(context, &mut fields);
    let unit = unit(&mut fields);
    let better = fields.named("better", &[("higher", Direction::Higher), ("lower", Direction::Lower)]);
    let time = time(&mut fields);
    let by = dimensions(&mut fields);
    let settle = settle(&mut fields);
    let tags = fields.texts("tags");
    fields.finish(&KEYS)?;
    let Some(value) = value else { return Ok(NOTHING) };
    let at = call.span();
    let documentation = call.file().map(|file| file.comments.of(at.line, at.column)).unwrap_or_default();
    let metric = Metric {
        title: title.unwrap_or_else(|| name.replace('_', " ")),
        name: MetricName::from(name),
        documentation: documentation.to_owned(),
        value,
        unit,
        better,
        time,
        by,
        settle,
        tags,
        layer: call.layer(),
        at,
    };
    call.host.state().definitions.metrics.push(metric);
    Ok(NOTHING)
}

fn formula(context: &NativeCallContext, fields: &mut Fields<'_>) -> Option<Measure> {
    let parts = parts(fields);
    let value = fields.take("value");
    match (value, parts) {
        (Some(Value::Measure(formula)), None) => Some(formula.measure),
        (Some(Value::Measure(_)), Some(_)) => {
            fields.problem(
                "parts",
                Code::ScriptType,
                "`parts` are the inputs of a function, and `value` is a measure",
                "leave `parts` out, or write value: |m| …",
            );
            None
        }
        (Some(Value::Function(function)), Some(parts)) => {
            let parts = parts?;
            let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
            let takes = "the function of a metric takes one argument, the record of its parts";
            check_function(
                context,
                fields,
                "value",
                &function,
                &Takes { names, takes, example: "write value: |m| m.won / m.lost" },
            )?;
            let at = fields.at("value");
            let function = ScriptFunction::new(context, function, at.clone());
            let kind =
                MeasureKind::Function(FunctionCall { parts, function: FunctionRef(Arc::new(function)) });
            Some(Measure::new(kind, at))
        }
        (Some(Value::Function(_)), None) => {
            fields.problem(
                "value",
                Code::ScriptType,
                "`value` is a function without inputs",
                "declare them: parts: #{ won: …, lost: … }, value: |m| m.won / m.lost",
            );
            None
        }
        (Some(other), _) => {
            let help = match other {
                Value::Table(_) => "aggregate the table, e.g. .count()",
                Value::Stock(_) => "choose a moment and aggregate, e.g. .at_end().count()",
                Value::Column(_) => "aggregate the column, e.g. deals.sum(deals.amount)",
                _ => "write a measure, e.g. deals.count()",
            };
            let message = format!("the value of a metric is {}, not a measure", other.kind());
            fields.problem("value", Code::ScriptType, message, help);
            None
        }
        (None, _) => {
            fields.missing("value", "this metric has no `value`", "write #{ value: deals.count() }");
            None
        }
    }
}

fn unit(fields: &mut Fields<'_>) -> Option<Unit> {
    let text = fields.text("unit")?;
    let unit = Unit::parse(&text);
    if unit.is_none() {
        let names = Unit::names();
        let help = match text.to_lowercase().as_str() {
            "%" | "percentage" | "percents" | "rate" | "share" => "did you mean `percent`?".to_owned(),
            "$" | "€" | "£" | "usd" | "eur" | "gbp" | "currency" | "amount" => {
                "did you mean `money`? the currency is the project's".to_owned()
            }
            "duration" | "time" => {
                "a duration is shown in a unit: seconds, minutes, hours, days, …".to_owned()
            }
            "x" | "times" => "did you mean `ratio`?".to_owned(),
            _ => did_you_mean(&text, names.iter().map(String::as_str)),
        };
        fields.problem("unit", Code::ScriptType, format!("no unit is called `{text}`"), &help);
    }
    unit
}

fn time(fields: &mut Fields<'_>) -> Option<Expr> {
    match fields.take("time")? {
        Value::Column(column) if !is_condition(&column.expr) && column.as_literal().is_none() => {
            Some(column.expr)
        }
        other => {
            let message = format!("`time` is {}, not a date column", other.kind());
            fields.problem("time", Code::ScriptType, message, "write time: deals.closed_at");
            None
        }
    }
}

fn settle(fields: &mut Fields<'_>) -> Option<Step> {
    match fields.take("settle")? {
        Value::Duration(step) if step.count >= 0 => Some(step),
        other => {
            let message = match other {
                Value::Duration(step) => format!("`settle` is {step}: a period cannot close before its end"),
                other => format!("`settle` is {}, not a duration", other.kind()),
            };
            fields.problem("settle", Code::ScriptType, message, "write settle: 90.days");
            None
        }
    }
}

fn dimensions(fields: &mut Fields<'_>) -> Vec<Dimension> {
    let at = fields.at("by");
    let items: Vec<(Option<String>, Value)> = match fields.take("by") {
        None => return Vec::new(),
        Some(Value::List(list)) => list.into_iter().map(|item| (None, Value::of(item))).collect(),
        Some(Value::Map(map)) => {
            map.into_iter().map(|(key, item)| (Some(key.to_string()), Value::of(item))).collect()
        }
        Some(one) => vec![(None, one)],
    };
    let mut dimensions: Vec<Dimension> = Vec::with_capacity(items.len());
    for (key, item) in items {
        let Some(dimension) = dimension(fields, key, &item, &at) else { continue };
        if let Some(other) = dimensions.iter().find(|d| d.name == dimension.name) {
            let name = other.name.clone();
            let message = format!("two dimensions are called `{name}`");
            fields.problem("by", Code::Duplicate, message, "name them: by: #{ first: …, second: … }");
        } else {
            dimensions.push(dimension);
        }
    }
    dimensions
}

fn dimension(fields: &mut Fields<'_>, key: Option<String>, item: &Value, at: &At) -> Option<Dimension> {
    if let Some(column) = plain_column(item) {
        let name = DimensionName::from(key.unwrap_or_else(|| column.dotted()));
        let at = match item {
            Value::Column(column) => column.expr.at.clone(),
            _ => at.clone(),
        };
        return Some(Dimension { name, column: Some(column.clone()), at });
    }
    match (item, key) {
        (Value::Text(name), None) => {
            Some(Dimension { name: DimensionName::from(&**name), column: None, at: at.clone() })
        }
        (Value::Column(_), _) => {
            fields.problem(
                "by",
                Code::ScriptType,
                "a dimension is a plain column, and this one is computed",
                "map the computed value to a column in goalpost.toml, or cut by the columns it is made of",
            );
            None
        }
        (other, _) => {
            let message = format!("`by` holds {}, not a column", other.kind());
            fields.problem("by", Code::ScriptType, message, "write by: [deals.owner, \"region\"]");
            None
        }
    }
}
