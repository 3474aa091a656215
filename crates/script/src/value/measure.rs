//! Measures: symbolic aggregates and formulas of them.

use goalpost_core::measure::Measure;

use super::weight::Weight;

/// A measure with its size.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    /// The plan.
    pub(crate) measure: Measure,
    /// Its size.
    pub(crate) weight: Weight,
}
