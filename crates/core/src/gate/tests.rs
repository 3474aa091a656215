//! What holds of judging whatever the numbers: a stricter goal, a worse value or a
//! worse verdict never makes a pass of a failure.

use proptest::prelude::*;
use proptest::sample::select;

use crate::goal::{MissingPolicy, Policies, Severity};
use crate::number::Exact;
use crate::unit::Direction;
use crate::verdict::{ExitCode, Gate, Strictness, VerdictKind, exit_code, judge};

/// Numbers close to each other and far apart, and quotients that no decimal is.
fn number() -> impl Strategy<Value = Exact> {
    let whole = prop_oneof![-3..=3_i64, -1_000..=1_000_i64, any::<i64>()];
    let divisor = prop_oneof![Just(1_i64), 1..=28_i64, Just(1_000_000_007)];
    (whole, divisor).prop_map(|(whole, divisor)| quotient(whole, divisor))
}

fn quotient(dividend: i64, divisor: i64) -> Exact {
    Exact::from(dividend).checked_div(&Exact::from(divisor)).expect("a divisor above 0")
}

/// A number that is not below zero.
fn size() -> impl Strategy<Value = Exact> {
    number().prop_map(|number| if number < Exact::zero() { negative(&number) } else { number })
}

fn negative(number: &Exact) -> Exact {
    &Exact::zero() - number
}

fn direction() -> impl Strategy<Value = Direction> {
    select(&[Direction::Higher, Direction::Lower][..])
}

/// A level, moved by a distance to the side that is harder to reach.
fn stricter(level: &Exact, by: &Exact, better: Direction) -> Exact {
    match better {
        Direction::Higher => level + by,
        Direction::Lower => level - by,
    }
}

/// How bad a judgement is.
fn rank(kind: VerdictKind) -> usize {
    let order = [VerdictKind::Met, VerdictKind::AtRisk, VerdictKind::Missed];
    order.iter().position(|known| *known == kind).expect("a judgement of levels")
}

/// How much a verdict says against passing.
fn harm(gate: Gate) -> u8 {
    match gate {
        Gate::Passes | Gate::Silent => 0,
        Gate::Warns => 1,
        Gate::Fails => 2,
    }
}

const STRICTNESS: [Strictness; 2] = [Strictness::Lenient, Strictness::Strict];
/// From the mildest to the harshest.
const MISSING: [Option<MissingPolicy>; 4] =
    [Some(MissingPolicy::Skip), Some(MissingPolicy::Warn), Some(MissingPolicy::Fail), None];
const SEVERITIES: [Option<Severity>; 3] = [Some(Severity::Advise), Some(Severity::Block), None];

/// All policies that decide what a verdict means.
fn all_policies() -> impl Iterator<Item = Policies> {
    SEVERITIES.into_iter().flat_map(|severity| {
        MISSING.into_iter().flat_map(move |no_data| {
            MISSING.into_iter().map(move |incomplete| Policies {
                severity,
                no_data,
                incomplete,
                ..Policies::default()
            })
        })
    })
}

fn policies() -> impl Strategy<Value = Policies> {
    select(all_policies().collect::<Vec<_>>())
}

fn verdicts() -> impl Strategy<Value = Vec<(VerdictKind, Policies, Strictness)>> {
    let verdict = (select(&VerdictKind::ALL[..]), policies(), select(&STRICTNESS[..]));
    proptest::collection::vec(verdict, 0..6)
}

fn code(verdicts: &[(VerdictKind, Policies, Strictness)]) -> ExitCode {
    exit_code(verdicts.iter().map(|(kind, policies, strict)| (*kind, kind.gate(policies, *strict))))
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(1_000)
    })]

    #[test]
    fn stricter_levels_never_help(
        value in number(), target in number(), room in size(),
        more in size(), less in size(), better in direction(),
    ) {
        let easier = |level: &Exact, by: &Exact| stricter(level, &negative(by), better);
        let limit = easier(&target, &room);
        let before = judge(&value, &target, &limit, better);
        let target_up = judge(&value, &stricter(&target, &more, better), &limit, better);
        let limit_up = judge(&value, &target, &stricter(&limit, &more, better), better);
        prop_assert!(rank(target_up) >= rank(before));
        prop_assert!(rank(limit_up) >= rank(before));
        // And neither does a worse value.
        let worse = judge(&easier(&value, &less), &target, &limit, better);
        prop_assert!(rank(worse) >= rank(before));
    }

    #[test]
    fn units_and_signs_decide_nothing(
        value in number(), target in number(), limit in number(), factor in size(), better in direction(),
    ) {
        prop_assume!(factor.is_positive());
        let by = |number: &Exact| number * &factor;
        let judged = judge(&value, &target, &limit, better);
        prop_assert_eq!(judge(&by(&value), &by(&target), &by(&limit), better), judged);
        let other = if better == Direction::Higher { Direction::Lower } else { Direction::Higher };
        prop_assert_eq!(judge(&negative(&value), &negative(&target), &negative(&limit), other), judged);
        // There and back again, over a quotient that no decimal is.
        let back = by(&value).checked_div(&factor).expect("a factor above 0");
        prop_assert_eq!(judge(&back, &value, &value, better), VerdictKind::Met);
    }

    #[test]
    fn a_verdict_more_never_passes_a_gate_that_fails(
        verdicts in verdicts(), kind in select(&VerdictKind::ALL[..]),
        policies in policies(), strictness in select(&STRICTNESS[..]), at in any::<prop::sample::Index>(),
    ) {
        let before = code(&verdicts);
        let mut more = verdicts.clone();
        more.insert(at.index(verdicts.len() + 1), (kind, policies.clone(), strictness));
        let after = code(&more);
        if before == ExitCode::Missed {
            prop_assert_eq!(after, ExitCode::Missed);
        }
        if kind.gate(&policies, strictness) == Gate::Fails {
            prop_assert_eq!(after, ExitCode::Missed);
        }
        // What was judged stays judged, and only a judgement passes.
        if before == ExitCode::Success {
            prop_assert!(after != ExitCode::NothingJudged);
        }
        prop_assert_eq!(
            before == ExitCode::NothingJudged && after == ExitCode::Success,
            before == ExitCode::NothingJudged && kind.is_judgement() && after != ExitCode::Missed
        );
        let mut turned = verdicts;
        turned.reverse();
        prop_assert_eq!(code(&turned), before);
    }

    #[test]
    fn a_worse_verdict_never_passes_a_gate_that_fails(
        verdicts in verdicts(), policies in policies(), strictness in select(&STRICTNESS[..]),
        better in 0..3_usize, worse in 0..3_usize,
    ) {
        let order = [VerdictKind::Met, VerdictKind::AtRisk, VerdictKind::Missed];
        let (better, worse) = (order[better.min(worse)], order[better.max(worse)]);
        let with = |kind| {
            let mut all = verdicts.clone();
            all.push((kind, policies.clone(), strictness));
            code(&all)
        };
        if with(better) == ExitCode::Missed {
            prop_assert_eq!(with(worse), ExitCode::Missed);
        }
    }
}

#[test]
fn every_verdict_means_something_under_every_policy() {
    use VerdictKind::{AtRisk, Incomplete, Inconclusive, Met, Missed, NoData, Pending, Waived};
    for (policies, strictness) in
        all_policies().flat_map(|all| STRICTNESS.map(|strict| (all.clone(), strict)))
    {
        let gate = |kind: VerdictKind| kind.gate(&policies, strictness);
        let harms = [Met, AtRisk, Missed].map(|kind| harm(gate(kind)));
        assert!(harms.is_sorted(), "{policies:?}, {strictness:?}: {harms:?}");
        assert_eq!((gate(Met), gate(Waived)), (Gate::Passes, Gate::Passes));
        assert_eq!((gate(Pending), gate(Inconclusive)), (Gate::Silent, Gate::Warns));
        let failing = if policies.severity == Some(Severity::Advise) { Gate::Warns } else { Gate::Fails };
        assert_eq!(gate(Missed), failing, "{policies:?}");
        for (kind, policy) in [(NoData, policies.no_data), (Incomplete, policies.incomplete)] {
            let expected = match policy {
                None | Some(MissingPolicy::Fail) => failing,
                Some(MissingPolicy::Warn) => Gate::Warns,
                Some(MissingPolicy::Skip) => Gate::Silent,
            };
            assert_eq!(gate(kind), expected, "{policies:?}");
        }
        // Alone, what fails is 1, what was judged and does not is 0, all else is 4.
        for kind in VerdictKind::ALL {
            let expected = match (gate(kind), kind.is_judgement()) {
                (Gate::Fails, _) => ExitCode::Missed,
                (_, true) => ExitCode::Success,
                (_, false) => ExitCode::NothingJudged,
            };
            assert_eq!(exit_code([(kind, gate(kind))]), expected, "{kind:?} under {policies:?}");
        }
    }
}

#[test]
fn harsher_policies_never_do_less() {
    for kind in VerdictKind::ALL {
        let of = |policies: Policies, strictness| harm(kind.gate(&policies, strictness));
        for (severity, strictness) in
            SEVERITIES.into_iter().flat_map(|all| STRICTNESS.map(|strict| (all, strict)))
        {
            let policies =
                |policy| Policies { severity, no_data: policy, incomplete: policy, ..Policies::default() };
            assert!(
                MISSING.map(|policy| of(policies(policy), strictness)).is_sorted(),
                "{kind:?}, {severity:?}"
            );
        }
        for policies in all_policies() {
            assert!(
                STRICTNESS.map(|strict| of(policies.clone(), strict)).is_sorted(),
                "{kind:?}, {policies:?}"
            );
            let severe =
                SEVERITIES.map(|severity| of(Policies { severity, ..policies.clone() }, Strictness::Strict));
            assert!(severe.is_sorted(), "{kind:?}, {policies:?}");
        }
    }
}

#[test]
fn what_was_judged_wrongly_before() {
    let is = |value: &Exact, target: &Exact, better, expected| {
        assert_eq!(judge(value, target, target, better), expected, "{value:?} against {target:?}");
    };
    // Two tickets of a target of 28 after 2 of 28 days are on pace.
    let pace = &Exact::from(28_i64) * &quotient(2, 28);
    is(&Exact::from(2_i64), &pace, Direction::Higher, VerdictKind::Met);
    is(&Exact::from(2_i64), &pace, Direction::Lower, VerdictKind::Met);
    // A hundred over so many touches is a hundred.
    for touches in [3, 6, 7, 9, 11, 12, 13] {
        let part = quotient(100, touches);
        let all = (0..touches).fold(Exact::zero(), |sum, _| &sum + &part);
        is(&all, &Exact::from(100_i64), Direction::Higher, VerdictKind::Met);
        is(&all, &Exact::from(100_i64), Direction::Lower, VerdictKind::Met);
    }
    // A third is above its first 28 digits, and misses the next one.
    let digits = |text: &str| Exact::from(crate::Decimal::from_str_exact(text).expect("a number"));
    is(&quotient(1, 3), &digits("0.3333333333333333333333333333"), Direction::Higher, VerdictKind::Met);
    is(&quotient(1, 3), &digits("0.3333333333333333333333333334"), Direction::Higher, VerdictKind::Missed);
    // Amounts of eighteen digits that one double stands for.
    let amount = digits("1234667890123456.87");
    is(&amount, &digits("1234667890123456.88"), Direction::Higher, VerdictKind::Missed);
    is(&amount, &digits("1234667890123456.86"), Direction::Lower, VerdictKind::Missed);
}
