//! Statistics of a before and an after: tests, intervals, resampling.
//!
//! They answer whether a difference is more than chance, from summaries that an
//! engine can aggregate: counts, exact sums, histograms, sums by day. Nothing
//! here sees a row, knows a metric, or owns a source of randomness: whoever
//! resamples brings numbers of a fixed seed. Floats are fine for how sure one
//! can be; values and differences themselves stay decimal elsewhere.
//!
//! All intervals are of the difference *after less before*, at 95 %, and all p
//! values are two-sided.
//!
//! - [`proportions`]: a share of rows against another.
//! - [`ratios`]: a count over another of which only some are counted in both.
//! - [`means`]: a mean against another.
//! - [`ranks`], [`quantiles`]: medians and percentiles, from histograms.
//! - [`blocks`], [`bootstrap`]: anything else, from the days of both windows.
//! - [`holm`]: many tests at once.
//!
//! Where SciPy has the same method, tests here agree with it to 1e-9.

pub mod blocks;
pub mod bootstrap;
mod distribution;
pub mod holm;
pub mod means;
pub mod proportions;
pub mod quantiles;
pub mod ranks;
pub mod ratios;
#[cfg(test)]
mod sampling;

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// The adjusted p value below which a difference counts as more than chance.
pub const SIGNIFICANCE: f64 = 1.0 - CONFIDENCE;

/// A source of random bits: the next 64 of them.
pub type Random<'a> = &'a mut dyn FnMut() -> u64;

/// What a test of a difference came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// The difference, after less before, as the test estimates it.
    pub difference: f64,
    /// The interval of the difference at [`CONFIDENCE`].
    pub interval: (f64, f64),
    /// How likely a difference at least so large is if there is none.
    pub p: f64,
}
