//! The value of a measure in one cell, or the reason why there is none.

use std::collections::BTreeMap;

use crate::Decimal;

/// A value, or why there is none. Never a stand-in number.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A value in base units: fractions, currency units, seconds.
    Value(Decimal),
    /// The period lies outside the data.
    NoData(String),
    /// The formula has no value here, e.g. a denominator of 0.
    Undefined(String),
}

impl Outcome {
    /// The value, if there is one.
    pub fn value(&self) -> Option<Decimal> {
        match self {
            Self::Value(value) => Some(*value),
            Self::NoData(_) | Self::Undefined(_) => None,
        }
    }
}

/// An [`Outcome`] with what a reader needs to weigh it.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// The value or the reason.
    pub outcome: Outcome,
    /// Rows behind it: of a ratio the denominator's, else the smallest of the parts'.
    pub n: u64,
    /// The Wilson interval at 95 % of a plain share.
    pub interval: Option<(f64, f64)>,
    /// Rows left out, by reason.
    pub dropped: BTreeMap<String, u64>,
}
