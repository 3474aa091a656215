//! Verdicts and exit codes: how values become a gate.

use crate::number::Exact;
use crate::policies::{MissingPolicy, Policies, Severity};
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
    /// There is a value, and too many rows were left out of it to be judged;
    /// fails the gate unless the goal says otherwise.
    Incomplete,
    /// The sample or the interval does not allow a judgement.
    Inconclusive,
    /// The period is not over.
    Pending,
    /// Missed, and excused.
    Waived,
}

impl VerdictKind {
    /// All kinds, in the order of summaries.
    pub const ALL: [Self; 8] = [
        Self::Met,
        Self::AtRisk,
        Self::Missed,
        Self::NoData,
        Self::Incomplete,
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
            Self::Incomplete => "incomplete",
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
    /// A goal was missed, had no data or was incomplete.
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
    pub fn gate(self, policies: &Policies, strictness: Strictness) -> Gate {
        let failing = match policies.severity.unwrap_or_default() {
            Severity::Block => Gate::Fails,
            Severity::Advise => Gate::Warns,
        };
        let missing = |policy: Option<MissingPolicy>| match policy.unwrap_or_default() {
            MissingPolicy::Fail => failing,
            MissingPolicy::Warn => Gate::Warns,
            MissingPolicy::Skip => Gate::Silent,
        };
        match (self, strictness) {
            (Self::Met | Self::Waived, _) => Gate::Passes,
            (Self::Missed, _) | (Self::AtRisk, Strictness::Strict) => failing,
            (Self::NoData, _) => missing(policies.no_data),
            (Self::Incomplete, _) => missing(policies.incomplete),
            (Self::AtRisk, Strictness::Lenient) | (Self::Inconclusive, _) => Gate::Warns,
            (Self::Pending, _) => Gate::Silent,
        }
    }

    /// Whether the goal was judged at all: there was a whole value, and it was
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
        use VerdictKind::{AtRisk, Incomplete, Inconclusive, Met, Missed, NoData, Pending, Waived};
        let of = |kinds: &[VerdictKind], policies: &Policies, strictness| {
            exit_code(kinds.iter().map(|kind| (*kind, kind.gate(policies, strictness))))
        };
        let nothing_said = Policies::default();
        let usual = |kinds: &[VerdictKind]| of(kinds, &nothing_said, Strictness::Lenient);
        assert_eq!(usual(&[]), ExitCode::NothingJudged);
        assert_eq!(usual(&[Pending]), ExitCode::NothingJudged);
        assert_eq!(usual(&[Inconclusive]), ExitCode::NothingJudged);
        assert_eq!(usual(&[Pending, Met]), ExitCode::Success);
        assert_eq!(usual(&[AtRisk]), ExitCode::Success);
        assert_eq!(usual(&[Waived]), ExitCode::Success);
        assert_eq!(usual(&[NoData, Met]), ExitCode::Missed);
        assert_eq!(usual(&[Incomplete, Met]), ExitCode::Missed);
        assert_eq!(usual(&[Missed, Pending]), ExitCode::Missed);
        let strict = |kinds: &[VerdictKind]| of(kinds, &nothing_said, Strictness::Strict);
        assert_eq!(strict(&[AtRisk, Met]), ExitCode::Missed);
        assert_eq!(strict(&[Inconclusive, Met]), ExitCode::Success);
        for policy in [MissingPolicy::Warn, MissingPolicy::Skip] {
            let no_data = Policies { no_data: Some(policy), ..Policies::default() };
            let incomplete = Policies { incomplete: Some(policy), ..Policies::default() };
            for (kind, policies, other) in [(NoData, no_data, Incomplete), (Incomplete, incomplete, NoData)] {
                let found = |kinds: &[VerdictKind]| of(kinds, &policies, Strictness::Lenient);
                assert_eq!(found(&[kind, Met]), ExitCode::Success);
                // What is not whole is no judgement, so it cannot be what passes.
                assert_eq!(found(&[kind]), ExitCode::NothingJudged);
                assert_eq!(found(&[other, Met]), ExitCode::Missed);
            }
        }
        let advises = Policies { severity: Some(Severity::Advise), ..Policies::default() };
        let advice = |kinds: &[VerdictKind]| of(kinds, &advises, Strictness::Strict);
        assert_eq!(advice(&[Missed]), ExitCode::Success);
        assert_eq!(advice(&[AtRisk]), ExitCode::Success);
        assert_eq!(advice(&[NoData]), ExitCode::NothingJudged);
        assert_eq!(advice(&[Incomplete]), ExitCode::NothingJudged);
    }
}
