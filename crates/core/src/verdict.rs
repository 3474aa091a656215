//! Verdicts and exit codes: how values become a gate.

use crate::goal::{NoDataPolicy, Severity};
use crate::number::Exact;
use crate::unit::Direction;

/// The kinds of verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerdictKind {
    /// The target is reached.
    Met,
    /// Between limit and target.
    AtRisk,
    /// Beyond the limit.
    Missed,
    /// There is no value to judge; fails the gate unless the goal says otherwise.
    NoData,
    /// The sample or the interval does not allow a judgement.
    Inconclusive,
    /// The period is not over.
    Pending,
    /// Missed, and excused.
    Waived,
}

impl VerdictKind {
    /// All kinds, in the order of summaries.
    pub const ALL: [Self; 7] = [
        Self::Met,
        Self::AtRisk,
        Self::Missed,
        Self::NoData,
        Self::Inconclusive,
        Self::Pending,
        Self::Waived,
    ];

    /// The name in reports and in tests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::AtRisk => "at_risk",
            Self::Missed => "missed",
            Self::NoData => "no_data",
            Self::Inconclusive => "inconclusive",
            Self::Pending => "pending",
            Self::Waived => "waived",
        }
    }
}

/// Compares a value with the levels, none of them rounded.
///
/// A value exactly on the target is met, exactly on the limit is at risk.
pub fn judge(value: &Exact, target: &Exact, limit: &Exact, better: Direction) -> VerdictKind {
    let reaches = |level: &Exact| match better {
        Direction::Higher => value >= level,
        Direction::Lower => value <= level,
    };
    if reaches(target) {
        VerdictKind::Met
    } else if reaches(limit) {
        VerdictKind::AtRisk
    } else {
        VerdictKind::Missed
    }
}

/// The exit codes of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Every judged goal was met.
    Success = 0,
    /// A goal was missed or had no data.
    Missed = 1,
    /// Usage, configuration or script error.
    Usage = 2,
    /// Data could not be read or computed.
    Data = 3,
    /// Nothing was judged.
    NothingJudged = 4,
}

/// What a verdict means for the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// It speaks for passing.
    Passes,
    /// It passes with a warning.
    Warns,
    /// It fails the gate.
    Fails,
    /// It speaks neither for nor against.
    Silent,
}

impl Gate {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Warns => "warns",
            Self::Fails => "fails",
            Self::Silent => "silent",
        }
    }
}

/// Whether being at risk fails the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// At risk passes with a warning.
    #[default]
    Lenient,
    /// At risk fails as a miss does.
    Strict,
}

impl VerdictKind {
    /// What a verdict of this kind means for the gate, under its goal's policies.
    pub const fn gate(self, severity: Severity, no_data: NoDataPolicy, strictness: Strictness) -> Gate {
        let failing = match severity {
            Severity::Block => Gate::Fails,
            Severity::Advise => Gate::Warns,
        };
        match (self, no_data, strictness) {
            (Self::Met | Self::Waived, ..) => Gate::Passes,
            (Self::Missed, ..) | (Self::NoData, NoDataPolicy::Fail, _) => failing,
            (Self::AtRisk, _, Strictness::Strict) => failing,
            (Self::AtRisk, ..) | (Self::NoData, NoDataPolicy::Warn, _) | (Self::Inconclusive, ..) => {
                Gate::Warns
            }
            (Self::NoData, NoDataPolicy::Skip, _) | (Self::Pending, ..) => Gate::Silent,
        }
    }

    /// Whether the goal was judged at all: there was a value, and it was
    /// compared. Passing needs at least one such verdict.
    pub const fn is_judgement(self) -> bool {
        matches!(self, Self::Met | Self::AtRisk | Self::Missed | Self::Waived)
    }
}

/// The exit code of a set of verdicts; errors of use and of data come before it.
pub fn exit_code(verdicts: impl IntoIterator<Item = (VerdictKind, Gate)>) -> ExitCode {
    let mut judged = false;
    for (kind, gate) in verdicts {
        if gate == Gate::Fails {
            return ExitCode::Missed;
        }
        judged |= kind.is_judgement();
    }
    if judged { ExitCode::Success } else { ExitCode::NothingJudged }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_inclusive_and_follow_the_direction() {
        let d = |text: &str| Exact::from(crate::Decimal::from_str_exact(text).expect("a number"));
        let cases = [
            ("0.25", Direction::Higher, VerdictKind::Met),
            ("0.2499999999", Direction::Higher, VerdictKind::AtRisk),
            ("0.20", Direction::Higher, VerdictKind::AtRisk),
            ("0.1999999999", Direction::Higher, VerdictKind::Missed),
        ];
        for (value, better, expected) in cases {
            assert_eq!(judge(&d(value), &d("0.25"), &d("0.20"), better), expected, "{value}");
        }
        assert_eq!(judge(&d("5"), &d("4"), &d("5"), Direction::Lower), VerdictKind::AtRisk);
        assert_eq!(judge(&d("4"), &d("4"), &d("5"), Direction::Lower), VerdictKind::Met);
        assert_eq!(judge(&d("5.1"), &d("4"), &d("5"), Direction::Lower), VerdictKind::Missed);
    }

    #[test]
    fn a_run_without_a_judgement_is_not_a_success() {
        use VerdictKind::{AtRisk, Inconclusive, Met, Missed, NoData, Pending, Waived};
        let of = |kinds: &[VerdictKind], severity, no_data, strictness| {
            exit_code(kinds.iter().map(|kind| (*kind, kind.gate(severity, no_data, strictness))))
        };
        let usual =
            |kinds: &[VerdictKind]| of(kinds, Severity::Block, NoDataPolicy::Fail, Strictness::Lenient);
        assert_eq!(usual(&[]), ExitCode::NothingJudged);
        assert_eq!(usual(&[Pending]), ExitCode::NothingJudged);
        assert_eq!(usual(&[Inconclusive]), ExitCode::NothingJudged);
        assert_eq!(usual(&[Pending, Met]), ExitCode::Success);
        assert_eq!(usual(&[AtRisk]), ExitCode::Success);
        assert_eq!(usual(&[Waived]), ExitCode::Success);
        assert_eq!(usual(&[NoData, Met]), ExitCode::Missed);
        assert_eq!(usual(&[Missed, Pending]), ExitCode::Missed);
        let strict =
            |kinds: &[VerdictKind]| of(kinds, Severity::Block, NoDataPolicy::Fail, Strictness::Strict);
        assert_eq!(strict(&[AtRisk, Met]), ExitCode::Missed);
        assert_eq!(strict(&[Inconclusive, Met]), ExitCode::Success);
        for policy in [NoDataPolicy::Warn, NoDataPolicy::Skip] {
            let found = |kinds: &[VerdictKind]| of(kinds, Severity::Block, policy, Strictness::Lenient);
            assert_eq!(found(&[NoData, Met]), ExitCode::Success);
            assert_eq!(found(&[NoData]), ExitCode::NothingJudged);
        }
        let advice =
            |kinds: &[VerdictKind]| of(kinds, Severity::Advise, NoDataPolicy::Fail, Strictness::Strict);
        assert_eq!(advice(&[Missed]), ExitCode::Success);
        assert_eq!(advice(&[AtRisk]), ExitCode::Success);
        assert_eq!(advice(&[NoData]), ExitCode::NothingJudged);
    }
}
