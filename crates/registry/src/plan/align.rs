//! Values by segment, and the arithmetic that aligns them.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::measure::MeasureOp;
use goalpost_core::number::Exact;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::sample::Sample;

/// The values of the dimensions of one segment, in the order of the question;
/// `None` are rows without one.
pub(crate) type SegmentKey = Vec<Option<String>>;

/// A measure over one window: by segment, and for every other segment.
#[derive(Clone, Debug)]
pub(crate) struct BySegment {
    pub(crate) segments: BTreeMap<SegmentKey, Computed>,
    /// The value of a segment that has no rows here.
    pub(crate) rest: Computed,
}

impl BySegment {
    /// The same value everywhere.
    pub(crate) fn everywhere(computed: Computed) -> Self {
        Self { segments: BTreeMap::new(), rest: computed }
    }

    pub(crate) fn get(&self, key: &SegmentKey) -> &Computed {
        self.segments.get(key).unwrap_or(&self.rest)
    }

    /// Applies a function to every segment's value.
    pub(crate) fn map(self, mut f: impl FnMut(Computed) -> Computed) -> Self {
        Self {
            segments: self.segments.into_iter().map(|(key, value)| (key, f(value))).collect(),
            rest: f(self.rest),
        }
    }

    /// Combines with another: the outer union of segments.
    pub(crate) fn zip(&self, other: &Self, mut f: impl FnMut(&Computed, &Computed) -> Computed) -> Self {
        let mut segments = BTreeMap::new();
        for key in self.segments.keys().chain(other.segments.keys()) {
            if !segments.contains_key(key) {
                segments.insert(key.clone(), f(self.get(key), other.get(key)));
            }
        }
        Self { segments, rest: f(&self.rest, &other.rest) }
    }
}

/// A constant: no row is behind it.
pub(crate) fn constant(number: Decimal) -> Computed {
    Computed { outcome: Outcome::of(number), interval: None, sample: Sample::of_constant() }
}

/// Arithmetic between two values of one cell.
///
/// No data wins over undefined: outside of the data nothing is said about the
/// formula. The sample has the inputs of both.
pub(crate) fn combine(op: MeasureOp, a: &Computed, b: &Computed, denominator: &str) -> Computed {
    let sample = match op {
        MeasureOp::Divide => a.sample.divided_by(&b.sample),
        _ => a.sample.with(&b.sample),
    };
    let outcome = match (&a.outcome, &b.outcome) {
        (Outcome::NoData(reason), _) | (_, Outcome::NoData(reason)) => Outcome::NoData(reason.clone()),
        (Outcome::Undefined(reason), _) | (_, Outcome::Undefined(reason)) => {
            Outcome::Undefined(reason.clone())
        }
        (Outcome::Value(a), Outcome::Value(b)) => arithmetic(op, a, b, denominator),
    };
    Computed { outcome, interval: None, sample }
}

fn arithmetic(op: MeasureOp, a: &Exact, b: &Exact, denominator: &str) -> Outcome {
    match op {
        MeasureOp::Add => Outcome::of(a + b),
        MeasureOp::Subtract => Outcome::of(a - b),
        MeasureOp::Multiply => Outcome::of(a * b),
        MeasureOp::Divide => match a.checked_div(b) {
            Some(quotient) => Outcome::of(quotient),
            None => Outcome::Undefined(denominator.to_owned()),
        },
        MeasureOp::Min => Outcome::of(a.min(b).clone()),
        MeasureOp::Max => Outcome::of(a.max(b).clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(value: Decimal, n: u64) -> Computed {
        Computed {
            outcome: Outcome::of(value),
            interval: None,
            sample: Sample { n: Some(n), inputs: Vec::new() },
        }
    }

    #[test]
    fn a_quotient_by_zero_is_undefined_and_says_why() {
        let result =
            combine(MeasureOp::Divide, &value(Decimal::ONE, 5), &value(Decimal::ZERO, 0), "no ended deals");
        assert_eq!(result.outcome, Outcome::Undefined("no ended deals".to_owned()));
    }

    #[test]
    fn the_sample_of_a_quotient_is_its_denominator() {
        let result = combine(MeasureOp::Divide, &value(Decimal::ONE, 5), &value(Decimal::TWO, 20), "");
        assert_eq!(result.n(), 20);
        assert_eq!(result.outcome, Outcome::of(Decimal::new(5, 1)));
        let scaled = combine(MeasureOp::Multiply, &constant(Decimal::ONE_HUNDRED), &result, "");
        assert_eq!(scaled.n(), 20);
    }

    #[test]
    fn segments_are_joined_on_both_sides() {
        let key = |text: &str| vec![Some(text.to_owned())];
        let side = |name: &str, number| BySegment {
            segments: BTreeMap::from([(key(name), value(number, 1))]),
            rest: value(Decimal::ZERO, 0),
        };
        let both = side("EMEA", Decimal::ONE)
            .zip(&side("APAC", Decimal::TWO), |a, b| combine(MeasureOp::Divide, a, b, "none"));
        assert_eq!(both.get(&key("EMEA")).outcome, Outcome::Undefined("none".to_owned()));
        assert_eq!(both.get(&key("APAC")).outcome, Outcome::of(Decimal::ZERO));
    }
}
