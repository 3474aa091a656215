//! What a comparison says: a before against an after, metric by metric.
//!
//! The report model of `goalpost compare`, and the one rule in it: what makes a
//! change good or bad, clear or not. Values are computed and tests chosen by
//! whoever fills it; nothing here is text layout.

use crate::Decimal;
use crate::calendar::Window;
use crate::diagnostic::Diagnostic;
use crate::name::MetricName;
use crate::outcome::Computed;
use crate::report::{PartEffect, Segment};
use crate::statistics::SIGNIFICANCE;
use crate::unit::{Direction, Unit};

/// One of the two windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// How it is called: a period's label, or its days `2025-07-01..2026-01-01`.
    pub label: String,
    /// Its days, half-open; it always has a start.
    pub window: Window,
}

impl Span {
    /// How many days it has.
    pub fn days(&self) -> i64 {
        self.window.start.map_or(0, |start| (self.window.end - start).num_days())
    }
}

/// What `goalpost compare` says.
#[derive(Clone, Debug)]
pub struct ComparisonReport {
    /// The moment the run speaks for, in the project's time zone, RFC 3339.
    pub as_of: String,
    /// The project's currency, an ISO 4217 code.
    pub currency: String,
    /// The earlier window.
    pub before: Span,
    /// The later window.
    pub after: Span,
    /// By metric, then segment.
    pub rows: Vec<ComparisonRow>,
    /// How many rows were tested, for which p values are adjusted.
    pub tests: usize,
    /// What holds for all rows and a reader should keep in mind, a sentence each.
    pub caveats: Vec<String>,
    /// Notices and warnings of the run.
    pub diagnostics: Vec<Diagnostic>,
}

/// A metric in a segment, before and after.
#[derive(Clone, Debug)]
pub struct ComparisonRow {
    /// The metric.
    pub metric: MetricName,
    /// Its title.
    pub title: String,
    /// Its unit.
    pub unit: Unit,
    /// Which way it should move.
    pub better: Option<Direction>,
    /// The segment; empty when nothing is cut.
    pub segment: Segment,
    /// The earlier value in base units.
    pub before: Computed,
    /// The later value in base units.
    pub after: Computed,
    /// Whether a window was still running at as-of, or had not settled.
    pub pending: bool,
    /// The change; `None` where a value is missing.
    pub change: Option<Change>,
    /// How much of the change each part of the formula makes; the effects add up
    /// to the change. Empty where it cannot be split, or is one of a total over
    /// windows of different lengths.
    pub parts: Vec<PartEffect>,
    /// Whether it is more than chance, or why that cannot be said.
    pub tested: Tested,
    /// What to keep in mind of this row, a sentence each.
    pub notes: Vec<String>,
}

/// A change between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// After less before, in base units.
    pub difference: Decimal,
    /// The difference as a fraction of before; `None` where before is not above 0.
    pub relative: Option<Decimal>,
    /// For totals over windows of different lengths: the days of after and of
    /// before, by which before was scaled for the difference.
    pub per_days: Option<(i64, i64)>,
}

impl Change {
    /// The change of a value. Totals over windows of different lengths are made
    /// comparable: before is taken times `per_days`. `None` where a number is
    /// too large.
    pub fn between(before: Decimal, after: Decimal, per_days: Option<(i64, i64)>) -> Option<Self> {
        let scaled = match per_days {
            Some((later, earlier)) => {
                before.checked_mul(Decimal::from(later))?.checked_div(Decimal::from(earlier))?
            }
            None => before,
        };
        let difference = after.checked_sub(scaled)?;
        // A value that has passed 0 has not shrunk by so many per cent.
        let is_relative = scaled > Decimal::ZERO && after >= Decimal::ZERO;
        let relative = if is_relative { difference.checked_div(scaled) } else { None };
        Some(Self { difference, relative, per_days })
    }
}

/// Whether a difference is more than chance.
#[derive(Clone, Debug, PartialEq)]
pub enum Tested {
    /// A test suits the metric.
    Done(Test),
    /// None does, or the data does not allow one; why.
    Not(String),
}

/// What a test came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Which one.
    pub method: Method,
    /// The interval of the difference at 95 % in base units, not adjusted;
    /// `None` where it is too large a number.
    pub interval: Option<(Decimal, Decimal)>,
    /// How likely so large a difference is without a change.
    pub p: f64,
    /// The same, adjusted for the number of rows tested.
    pub adjusted: f64,
    /// Where the test looks at something else than the difference (ranks): whether
    /// the two point the same way.
    pub agrees: bool,
}

/// The tests that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Pooled z test of two proportions, Newcombe's interval.
    TwoProportions,
    /// Fisher's exact test, Newcombe's interval.
    FisherExact,
    /// z test and interval of two ratios of counts, from what is counted in both.
    RatioOfCounts,
    /// Welch's t test and interval.
    Welch,
    /// Mann–Whitney U test; the interval is that of the medians by bootstrap.
    MannWhitney,
    /// Bootstrap of a percentile over its rows.
    BootstrapRows,
    /// Bootstrap of a total or formula over its days.
    BootstrapDays,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TwoProportions,
        Self::FisherExact,
        Self::RatioOfCounts,
        Self::Welch,
        Self::MannWhitney,
        Self::BootstrapRows,
        Self::BootstrapDays,
    ];

    /// The name in machine formats.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwoProportions => "two_proportions",
            Self::FisherExact => "fisher_exact",
            Self::RatioOfCounts => "ratio_of_counts",
            Self::Welch => "welch_t",
            Self::MannWhitney => "mann_whitney",
            Self::BootstrapRows => "bootstrap_rows",
            Self::BootstrapDays => "bootstrap_days",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::TwoProportions => "two proportions",
            Self::FisherExact => "Fisher exact",
            Self::RatioOfCounts => "ratio of counts",
            Self::Welch => "Welch t",
            Self::MannWhitney => "Mann–Whitney",
            Self::BootstrapRows => "bootstrap, rows",
            Self::BootstrapDays => "bootstrap, days",
        }
    }
}

/// Which way a value moved, by what is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// The way it should.
    Better,
    /// The other way.
    Worse,
    /// Up, and nobody said whether that is good.
    Higher,
    /// Down, and nobody said whether that is good.
    Lower,
    /// It did not move.
    Same,
}

impl Movement {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Same => "same",
        }
    }
}

/// How sure one can be of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It is more than chance.
    Clear,
    /// It may be chance.
    Unclear,
    /// No test was possible.
    Untested,
}

impl Certainty {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Unclear => "unclear",
            Self::Untested => "untested",
        }
    }
}

impl ComparisonRow {
    /// Which way the value moved; `None` where one is missing.
    ///
    /// Whether that is better is only said of what was tested: what could not be
    /// compared by its kind, or over windows of such lengths, moved and no more.
    pub fn movement(&self) -> Option<Movement> {
        let difference = self.change?.difference;
        let better = self.better.filter(|_| matches!(self.tested, Tested::Done(_)));
        Some(match (difference.is_zero(), difference.is_sign_positive(), better) {
            (true, ..) => Movement::Same,
            (false, true, None) => Movement::Higher,
            (false, false, None) => Movement::Lower,
            (false, true, Some(Direction::Higher)) | (false, false, Some(Direction::Lower)) => {
                Movement::Better
            }
            (false, ..) => Movement::Worse,
        })
    }

    /// Whether the movement is more than chance, all tests of the report considered.
    pub fn certainty(&self) -> Certainty {
        match &self.tested {
            Tested::Not(_) => Certainty::Untested,
            Tested::Done(test) if test.adjusted < SIGNIFICANCE && test.agrees => Certainty::Clear,
            Tested::Done(_) => Certainty::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::sample::Sample;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a number")
    }

    fn row(difference: &str, better: Option<Direction>, tested: Tested) -> ComparisonRow {
        let computed = Computed {
            outcome: Outcome::of(Decimal::ONE),
            interval: None,
            sample: Sample { n: Some(1), inputs: Vec::new() },
        };
        ComparisonRow {
            metric: "m".into(),
            title: "M".to_owned(),
            unit: Unit::Number,
            better,
            segment: Vec::new(),
            before: computed.clone(),
            after: computed,
            pending: false,
            change: Some(Change { difference: d(difference), relative: None, per_days: None }),
            parts: Vec::new(),
            tested,
            notes: Vec::new(),
        }
    }

    #[test]
    fn good_and_bad_follow_the_direction() {
        let done = || {
            Tested::Done(Test {
                method: Method::Welch,
                interval: None,
                p: 0.01,
                adjusted: 0.01,
                agrees: true,
            })
        };
        let moved = |difference, better| row(difference, better, done()).movement();
        assert_eq!(moved("2", Some(Direction::Higher)), Some(Movement::Better));
        assert_eq!(moved("2", Some(Direction::Lower)), Some(Movement::Worse));
        assert_eq!(moved("-2", Some(Direction::Higher)), Some(Movement::Worse));
        assert_eq!(moved("-2", Some(Direction::Lower)), Some(Movement::Better));
        assert_eq!(moved("2", None), Some(Movement::Higher));
        assert_eq!(moved("-2", None), Some(Movement::Lower));
        assert_eq!(moved("0", Some(Direction::Lower)), Some(Movement::Same));
        // What was not tested moved, and that is all that is known.
        let untested = row("2", Some(Direction::Higher), Tested::Not(String::new()));
        assert_eq!(untested.movement(), Some(Movement::Higher));
    }

    #[test]
    fn the_adjusted_p_and_agreement_decide() {
        let test = |p, adjusted, agrees| {
            Tested::Done(Test { method: Method::Welch, interval: None, p, adjusted, agrees })
        };
        let certainty = |tested| row("1", None, tested).certainty();
        assert_eq!(certainty(test(0.01, 0.04, true)), Certainty::Clear);
        assert_eq!(certainty(test(0.01, 0.06, true)), Certainty::Unclear);
        assert_eq!(certainty(test(0.01, 0.04, false)), Certainty::Unclear);
        assert_eq!(certainty(Tested::Not("why".to_owned())), Certainty::Untested);
    }

    #[test]
    fn totals_of_windows_of_different_lengths_are_made_comparable() {
        // 181 before in 181 days and 184 after in 184 days: one a day in both.
        let change = Change::between(d("181"), d("184"), Some((184, 181))).expect("fits");
        assert_eq!(change.difference, Decimal::ZERO);
        let plain = Change::between(d("100"), d("120"), None).expect("fits");
        assert_eq!((plain.difference, plain.relative), (d("20"), Some(d("0.2"))));
        assert_eq!(Change::between(d("-5"), d("5"), None).and_then(|change| change.relative), None);
        assert_eq!(Change::between(d("9.6"), d("-1"), None).and_then(|change| change.relative), None);
        assert_eq!(Change::between(Decimal::MAX, Decimal::MIN, None), None);
    }
}
