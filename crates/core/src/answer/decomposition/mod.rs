//! What moved a value: a change split exactly among its causes.
//!
//! Two questions, both over plain numbers:
//!
//! - [`by_parts`]: how much of a formula's change each of its parts makes, by
//!   Shapley values.
//! - [`mix_and_rate`] and [`by_terms`]: how much each segment makes of the change
//!   of a ratio of sums (because its weight changed, because its own rate did),
//!   and of a sum.
//!
//! Whatever the rounding, the effects add up to the change to the last digit.
//! Which parts and segments a metric has is not known here; the registry reads
//! them off its formula.

mod exact;
mod mix_and_rate;
mod shapley;
#[cfg(test)]
mod tests;

pub use exact::change;
pub use mix_and_rate::{MixAndRate, Ratio, RatioSplit, by_terms, mix_and_rate};
pub use shapley::{MOST_PARTS, by_parts};

use std::fmt;

use crate::Decimal;

/// A number before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Before.
    pub before: Decimal,
    /// After.
    pub after: Decimal,
}

/// A change and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The change, see [`change`].
    pub change: Decimal,
    /// In the order of the causes given; they add up to exactly the change.
    pub effects: Vec<Decimal>,
}

/// Why a change cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsplit {
    /// There is no value before or no value after.
    NoValue,
    /// Between before and after, with some parts as they were and others as they
    /// are, the formula has no value.
    Undefined,
    /// More parts than can be put in every order.
    TooMany(usize),
    /// The effects are too large, or too large beside the change, to add up to
    /// it exactly.
    TooLarge,
}

impl fmt::Display for Unsplit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue => f.write_str("there is no value before or after"),
            Self::Undefined => {
                f.write_str("with some parts as before and others as after, the formula has no value")
            }
            Self::TooMany(parts) => {
                write!(f, "{parts} parts changed, and no more than {MOST_PARTS} can be told apart")
            }
            Self::TooLarge => f.write_str("the effects are too large to add up exactly"),
        }
    }
}
