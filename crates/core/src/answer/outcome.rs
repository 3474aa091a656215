//! The value of a measure in one cell, or the reason why there is none.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::Decimal;
use crate::number::Exact;
use crate::sample::Sample;

/// A value, or why there is none. Never a stand-in number.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A value in base units: fractions, currency units, seconds. Not rounded;
    /// never larger than what a decimal holds.
    Value(Exact),
    /// The period lies outside the data.
    NoData(String),
    /// The formula has no value here, e.g. a denominator of 0.
    Undefined(String),
}

impl Outcome {
    /// A value, unless it is too large to be read.
    pub fn of(value: impl Into<Exact>) -> Self {
        let value = value.into();
        match value.decimal() {
            Some(_) => Self::Value(value),
            None => Self::Undefined("the number is too large".to_owned()),
        }
    }

    /// The value, if there is one, to be compared.
    pub fn exact(&self) -> Option<&Exact> {
        match self {
            Self::Value(value) => Some(value),
            Self::NoData(_) | Self::Undefined(_) => None,
        }
    }

    /// The value, if there is one, rounded to be read.
    pub fn value(&self) -> Option<Decimal> {
        self.exact().and_then(Exact::decimal)
    }
}

/// An [`Outcome`] with what a reader needs to weigh it.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// The value or the reason.
    pub outcome: Outcome,
    /// The Wilson interval at 95 % of a plain share.
    pub interval: Option<(f64, f64)>,
    /// The rows behind it, by input.
    pub sample: Sample,
}

impl Computed {
    /// No value, for a reason, and no rows.
    pub fn without(outcome: Outcome) -> Self {
        Self { outcome, interval: None, sample: Sample::empty() }
    }

    /// Rows behind it; 0 for a constant.
    pub fn n(&self) -> u64 {
        self.sample.n.unwrap_or_default()
    }
}

/// The Wilson score interval at 95 % of a share of `hits` among `n`.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and
/// statistical inference", JASA 22 (1927). `None` where nothing was counted.
pub fn wilson(hits: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 || hits > n {
        return None;
    }
    // The 97.5 % quantile of the standard normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    Some(wilson_of(hits as f64, n as f64, Z))
}

/// The Wilson score interval at any confidence between 0 and 1, both excluded.
pub fn wilson_at(hits: u64, n: u64, confidence: f64) -> Option<(f64, f64)> {
    if n == 0 || hits > n || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let z = Normal::standard().inverse_cdf(f64::midpoint(1.0, confidence));
    Some(wilson_of(hits as f64, n as f64, z))
}

fn wilson_of(hits: f64, n: f64, z: f64) -> (f64, f64) {
    let share = hits / n;
    let widened = 1.0 + z * z / n;
    let centre = (share + z * z / (2.0 * n)) / widened;
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / widened;
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::{wilson, wilson_at};

    #[test]
    fn the_interval_is_wilsons() {
        // 10 of 50: centre (0.2 + 1.9207/50) / (1 + 3.8415/50) = 0.238414/1.076829 = 0.221404,
        // half width 1.959964·√(0.16/50 + 3.8415/10000) / 1.076829 = 0.108967.
        let (low, high) = wilson(10, 50).expect("an interval");
        assert!((low - 0.112_437).abs() < 1e-5, "{low}");
        assert!((high - 0.330_371).abs() < 1e-5, "{high}");
        let (low_95, high_95) = wilson_at(10, 50, 0.95).expect("an interval");
        assert!((low - low_95).abs() < 1e-12 && (high - high_95).abs() < 1e-12);
        // At 80 %, z = 1.281552: centre (0.2 + 1.642375/100) / (1 + 1.642375/50) = 0.216424/1.032848 = 0.209541,
        // half width 1.281552·√(0.16/50 + 1.642375/10000) / 1.032848 = 0.071977.
        let (low, high) = wilson_at(10, 50, 0.8).expect("an interval");
        assert!((low - 0.137_564).abs() < 1e-5 && (high - 0.281_518).abs() < 1e-5, "{low} {high}");
        assert_eq!(wilson_at(10, 50, 1.0), None);
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(0, 10).map(|(low, _)| low), Some(0.0));
        assert!(wilson(10, 10).is_some_and(|(_, high)| (high - 1.0).abs() < 1e-12));
    }
}
