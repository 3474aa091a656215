//! Verdicts and exit codes: how values become a gate.

use crate::Decimal;
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
    /// There is no value to judge; fails the gate.
    NoData,
    /// The sample or the interval does not allow a judgement.
    Inconclusive,
    /// The period is not over.
    Pending,
    /// Missed, and excused.
    Waived,
}

impl VerdictKind {
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
pub fn judge(value: Decimal, target: Decimal, limit: Decimal, better: Direction) -> VerdictKind {
    let reaches = |level: Decimal| match better {
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

/// The exit code of a set of verdicts; errors of use and of data come before it.
pub fn exit_code(verdicts: &[VerdictKind], strict: bool) -> ExitCode {
    let has = |kind: VerdictKind| verdicts.contains(&kind);
    if has(VerdictKind::Missed) || has(VerdictKind::NoData) || (strict && has(VerdictKind::AtRisk)) {
        ExitCode::Missed
    } else if has(VerdictKind::Met) || has(VerdictKind::AtRisk) {
        ExitCode::Success
    } else {
        ExitCode::NothingJudged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_inclusive_and_follow_the_direction() {
        let d = |text: &str| Decimal::from_str_exact(text).expect("a number");
        let cases = [
            ("0.25", Direction::Higher, VerdictKind::Met),
            ("0.2499999999", Direction::Higher, VerdictKind::AtRisk),
            ("0.20", Direction::Higher, VerdictKind::AtRisk),
            ("0.1999999999", Direction::Higher, VerdictKind::Missed),
        ];
        for (value, better, expected) in cases {
            assert_eq!(judge(d(value), d("0.25"), d("0.20"), better), expected, "{value}");
        }
        assert_eq!(judge(d("5"), d("4"), d("5"), Direction::Lower), VerdictKind::AtRisk);
        assert_eq!(judge(d("4"), d("4"), d("5"), Direction::Lower), VerdictKind::Met);
        assert_eq!(judge(d("5.1"), d("4"), d("5"), Direction::Lower), VerdictKind::Missed);
    }

    #[test]
    fn a_run_without_a_judgement_is_not_a_success() {
        use VerdictKind::{AtRisk, Met, Missed, NoData, Pending};
        assert_eq!(exit_code(&[], false), ExitCode::NothingJudged);
        assert_eq!(exit_code(&[Pending], false), ExitCode::NothingJudged);
        assert_eq!(exit_code(&[Pending, Met], false), ExitCode::Success);
        assert_eq!(exit_code(&[AtRisk], false), ExitCode::Success);
        assert_eq!(exit_code(&[AtRisk, Met], true), ExitCode::Missed);
        assert_eq!(exit_code(&[NoData, Met], false), ExitCode::Missed);
        assert_eq!(exit_code(&[Missed, Pending], false), ExitCode::Missed);
    }
}
