//! The language: what can be written with the values, and what it makes.
//!
//! Functions here take Rhai's values, check them, and build plans of
//! `goalpost-core` that know their place. Arguments other than the receiver
//! are taken as they come, so that a wrong one gets a message of its own
//! rather than Rhai's "function not found".

mod arithmetic;
mod columns;
mod durations;
mod histories;
mod measures;
mod membership;
pub(crate) mod methods;
mod operators;
mod periods;
mod plain;
mod spans;
mod tables;

use std::sync::Arc;

use goalpost_core::expr::{Expr, ExprKind};
use goalpost_core::measure::{Measure, MeasureKind};
use rhai::Engine;

use crate::host::{Call, Fallible, raise};
use crate::value::Value;
use crate::value::column::{Column, Origin, is_condition, may_be_condition};
use crate::value::measure::Formula;
use crate::value::weight::Weight;

pub(crate) use durations::{is_percentage_text, parse as parse_duration};
pub(crate) use periods::is_a_period;
pub(crate) use tables::{measure_or_kind, plain as plain_table};

/// Registers the whole language, except for what declares things.
pub(crate) fn register(engine: &mut Engine) {
    operators::register(engine);
    membership::register(engine);
    plain::register(engine);
    durations::register(engine);
    periods::register(engine);
    columns::register(engine);
    tables::register(engine);
    histories::register(engine);
    measures::register(engine);
    spans::register(engine);
}

/// A new column of these parts.
fn column(
    call: &Call,
    kind: ExprKind,
    rows: Origin,
    parts: impl IntoIterator<Item = Weight>,
) -> Fallible<Column> {
    let weight = weigh(call, parts)?;
    Ok(Column { expr: Expr::new(kind, call.at.clone()), rows, weight })
}

/// A new measure of these parts.
fn measure(call: &Call, kind: MeasureKind, parts: impl IntoIterator<Item = Weight>) -> Fallible<Formula> {
    let weight = weigh(call, parts)?;
    Ok(Formula { measure: Measure::new(kind, call.at.clone()), weight })
}

/// The size of a value of these parts, if it is allowed.
fn weigh(call: &Call, parts: impl IntoIterator<Item = Weight>) -> Fallible<Weight> {
    Weight::of(parts).check(&call.host.limits, &call.at)
}

/// A column or a constant, where a value per row is wanted.
fn column_of(call: &Call, value: Value, wanted: &str) -> Fallible<Column> {
    match value {
        Value::Column(column) => Ok(column),
        Value::Measure(_) => Err(raise(
            call.mismatch(format!("{wanted} is a measure, which has one value per period, not one per row"))
                .help("a value per row is a column, e.g. deals.amount"),
        )),
        value => match value.literal() {
            Some(literal) => Ok(Column::constant(literal, call.at.clone())),
            None => Err(raise(
                call.mismatch(format!("{wanted} is {}, not a column", value.kind()))
                    .help("write a column of the table, e.g. deals.amount"),
            )),
        },
    }
}

/// A column that is not a constant.
fn real_column_of(call: &Call, value: Value, wanted: &str) -> Fallible<Column> {
    let kind = value.kind();
    let column = column_of(call, value, wanted)?;
    if column.as_literal().is_some() {
        return Err(raise(
            call.mismatch(format!("{wanted} is {kind}, not a column"))
                .help("write a column of the table, e.g. deals.amount"),
        ));
    }
    Ok(column)
}

/// A column, or a list of columns that are one key together.
fn key_of(call: &Call, value: Value, wanted: &str) -> Fallible<Column> {
    let list = match value {
        Value::List(list) => list,
        one => return real_column_of(call, one, wanted),
    };
    let mut parts = Vec::with_capacity(list.len());
    for item in list {
        let part = real_column_of(call, Value::of(item), wanted)?;
        if is_condition(&part.expr) {
            return Err(raise(
                call.mismatch(format!("{wanted} holds a condition, which is true or false"))
                    .at(part.expr.at.clone())
                    .help("list columns, e.g. [email_events.contact_id, email_events.campaign_id]"),
            ));
        }
        parts.push(part);
    }
    match parts.len() {
        0 => Err(raise(
            call.mismatch(format!("{wanted} is an empty list")).help("list the columns of the key"),
        )),
        1 => Ok(parts.remove(0)),
        _ => {
            let rows = parts.iter().fold(Origin::Nowhere, |rows, part| rows.and(&part.rows));
            let weights: Vec<Weight> = parts.iter().map(|part| part.weight).collect();
            let parts = parts.into_iter().map(|part| part.expr).collect();
            column(call, ExprKind::Call(goalpost_core::expr::Function::Key, parts), rows, weights)
        }
    }
}

/// A plain text.
fn text_of(call: &Call, value: &Value, wanted: &str) -> Fallible<Arc<str>> {
    match value {
        Value::Text(text) => Ok(Arc::clone(text)),
        other => Err(raise(call.mismatch(format!("{wanted} is {}, not a text", other.kind())))),
    }
}

/// A condition, where a column may turn out to be one.
fn condition_of(call: &Call, value: Value, wanted: &str) -> Fallible<Column> {
    let column = match value {
        Value::Column(column) => column,
        other => {
            return Err(raise(
                call.mismatch(format!("{wanted} is {}, not a condition on the rows", other.kind()))
                    .help("compare a column, e.g. deals.outcome == \"won\""),
            ));
        }
    };
    if !may_be_condition(&column.expr) {
        return Err(raise(
            call.mismatch(format!("{wanted} is a value, neither true nor false for a row"))
                .help("compare it with something, e.g. deals.amount > 0"),
        ));
    }
    Ok(column)
}
