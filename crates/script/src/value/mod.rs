//! The values that scripts handle: plain ones, and symbolic ones that stand
//! for what the engine will compute.
//!
//! A symbolic value is a plan of `goalpost-core` with what the language needs
//! to know besides: which rows a column is of, and how large the plan is.

pub(crate) mod column;
pub(crate) mod history;
pub(crate) mod measure;
pub(crate) mod number;
pub(crate) mod table;
pub(crate) mod weight;

use std::sync::Arc;

use goalpost_core::Decimal;
use goalpost_core::expr::{Literal, Step};
use goalpost_core::verdict::VerdictKind;
use rhai::{Array, Dynamic, FnPtr, Map};

use column::Column;
use history::History;
use measure::Formula;
use table::{Rows, Stock};

/// The `period` of the evaluation, whatever it will be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeriodOfRun;

/// The `metrics` object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metrics;

/// The result of `undefined(why)`.
#[derive(Clone, Debug)]
pub(crate) struct Undefined(pub(crate) String);

/// The result of `met()`, `at_risk(why)` or `missed(why)`.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) kind: VerdictKind,
    pub(crate) why: Option<String>,
}

/// A value of a script, sorted out.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(Arc<str>),
    Duration(Step),
    Column(Column),
    Measure(Formula),
    Table(Rows),
    Stock(Stock),
    History(History),
    List(Array),
    Map(Map),
    Function(FnPtr),
    Undefined(Undefined),
    Judgement(Judgement),
    Other(String),
}

impl Value {
    /// Sorts out a value of Rhai's.
    pub(crate) fn of(value: Dynamic) -> Self {
        let value = value.flatten();
        if value.is_unit() {
            return Self::Null;
        }
        if let Ok(bool) = value.as_bool() {
            return Self::Bool(bool);
        }
        if let Ok(whole) = value.as_int() {
            return Self::Number(Decimal::from(whole));
        }
        if let Ok(number) = value.as_decimal() {
            return Self::Number(number);
        }
        if let Ok(character) = value.as_char() {
            return Self::Text(character.to_string().into());
        }
        let mut value = value;
        macro_rules! take {
            ($($type:ty => $variant:ident),* $(,)?) => {$(
                value = match value.try_cast_result::<$type>() {
                    Ok(found) => return Self::$variant(found),
                    Err(value) => value,
                };
            )*};
        }
        if value.is_string() {
            return match value.into_immutable_string() {
                Ok(text) => Self::Text(text.as_str().into()),
                Err(name) => Self::Other(name.to_owned()),
            };
        }
        take! {
            Column => Column, Formula => Measure, Rows => Table, Step => Duration, Stock => Stock,
            History => History, Array => List, Map => Map, FnPtr => Function, Undefined => Undefined,
            Judgement => Judgement,
        }
        Self::Other(value.type_name().to_owned())
    }

    /// What it is, with its article, for messages.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true/false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Duration(_) => "a duration",
            Self::Column(_) => "a column",
            Self::Measure(_) => "a measure",
            Self::Table(_) => "a table",
            Self::Stock(_) => "a stock (a table with lifetimes)",
            Self::History(_) => "a history",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Function(_) => "a function",
            Self::Undefined(_) => "an undefined result",
            Self::Judgement(_) => "a verdict",
            Self::Other(name) => return type_title(name),
        }
        .to_owned()
    }

    /// The constant it is, if it is one.
    pub(crate) fn literal(&self) -> Option<Literal> {
        match self {
            Self::Null => Some(Literal::Null),
            Self::Bool(bool) => Some(Literal::Bool(*bool)),
            Self::Number(number) => Some(Literal::Number(number.normalize())),
            Self::Text(text) => Some(Literal::Text(Arc::clone(text))),
            Self::Duration(step) => Some(Literal::Step(*step)),
            _ => None,
        }
    }
}

/// A constant as a value of Rhai's.
pub(crate) fn dynamic(literal: &Literal) -> Dynamic {
    match literal {
        Literal::Null => Dynamic::UNIT,
        Literal::Bool(bool) => Dynamic::from_bool(*bool),
        Literal::Number(number) => number::dynamic(*number),
        Literal::Text(text) => text.to_string().into(),
        Literal::Step(step) => Dynamic::from(*step),
    }
}

/// What messages call a type of Rhai's.
pub(crate) fn type_title(name: &str) -> String {
    let short = name.rsplit("::").next().unwrap_or(name);
    match short {
        "()" => "null".to_owned(),
        "bool" => "true/false".to_owned(),
        "i64" | "Decimal" | "decimal" | "int" => "a number".to_owned(),
        "string" | "char" | "&str | ImmutableString | String" | "ImmutableString" => "a text".to_owned(),
        "array" | "Array" => "a list".to_owned(),
        "map" | "Map" => "a map".to_owned(),
        "Fn" | "FnPtr" => "a function".to_owned(),
        "Step" => "a duration".to_owned(),
        "Column" => "a column".to_owned(),
        "Formula" => "a measure".to_owned(),
        "Rows" => "a table".to_owned(),
        "PeriodOfRun" => "the period".to_owned(),
        "Metrics" => "`metrics`".to_owned(),
        other if other.starts_with("Range") => "a range".to_owned(),
        other if other.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {other}"),
        other => format!("a {other}"),
    }
}
