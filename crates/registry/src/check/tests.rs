//! What holds of a goal's judgement whatever the numbers: a stricter goal, and rows
//! that are missing, never make a pass of a failure.

use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::goal::Policies;
use goalpost_core::number::Exact;
use goalpost_core::sample::{Input, InputId, LeftOut, Sample, Why};
use goalpost_core::unit::Direction;
use goalpost_core::verdict::{Gate, Strictness, VerdictKind};
use proptest::prelude::*;
use proptest::sample::select;

use super::judge::{against_levels, within};
use super::left_out::too_many_left_out;
use super::levels::Bar;

fn number() -> impl Strategy<Value = Exact> {
    let whole = prop_oneof![-3..=3_i64, -1_000..=1_000_i64, any::<i64>()];
    let divisor = prop_oneof![Just(1_i64), 1..=28_i64];
    (whole, divisor).prop_map(|(whole, divisor)| {
        Exact::from(whole).checked_div(&Exact::from(divisor)).expect("a divisor above 0")
    })
}

fn size() -> impl Strategy<Value = Exact> {
    number().prop_map(|number| if number < Exact::zero() { &Exact::zero() - &number } else { number })
}

fn levels(target: &Exact, limit: &Exact, better: Direction) -> Bar {
    Bar::Levels { target: Some(target.clone()), limit: Some(limit.clone()), stretch: None, better }
}

fn range(low: &Exact, high: &Exact) -> Bar {
    Bar::Between { low: Some(low.clone()), high: Some(high.clone()) }
}

fn fails(kind: VerdictKind) -> bool {
    kind.gate(&Policies::default(), Strictness::Lenient) == Gate::Fails
}

const WHYS: [Why; 6] =
    [Why::Blank, Why::Negative, Why::EndsBeforeItBegins, Why::Undated, Why::Unreadable, Why::Unmatched];

/// An input that so many rows were looked at for.
fn input(number: usize, looked_at: u64, left_out: &[(Why, u64)]) -> Input {
    let left_out: Vec<LeftOut> = left_out
        .iter()
        .map(|(why, rows)| LeftOut { why: *why, column: "amount".to_owned(), rows: *rows })
        .collect();
    let mut input = Input {
        id: InputId::Aggregate(number, Window { start: None, end: chrono::NaiveDate::MAX }),
        table: "deals".to_owned(),
        rows: format!("deals {number}"),
        n: 0,
        looked_at,
        left_out,
    };
    input.n = looked_at.saturating_sub(input.dropped());
    input
}

fn sample(inputs: Vec<Input>) -> Sample {
    Sample { n: inputs.first().map(|input| input.n), inputs }
}

fn inputs() -> impl Strategy<Value = Vec<(u64, Vec<(Why, u64)>)>> {
    let rows = prop_oneof![0..=3_u64, 0..=40_u64, 0..=2_000_u64];
    let left_out = proptest::collection::vec((select(&WHYS[..]), rows.clone()), 0..3);
    proptest::collection::vec((rows, left_out), 1..4)
}

/// A share with four decimals, as policies have them.
fn share() -> impl Strategy<Value = Decimal> {
    prop_oneof![Just(500_i64), 0..=10_000_i64].prop_map(|parts| Decimal::new(parts, 4))
}

fn allowing(share: Decimal) -> Policies {
    Policies { max_dropped: Some(share), ..Policies::default() }
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(1_000)
    })]

    #[test]
    fn a_stricter_goal_never_passes_what_failed(
        value in number(), target in number(), room in size(), more in size(),
        better in select(&[Direction::Higher, Direction::Lower][..]), has_limit in any::<bool>(),
    ) {
        let moved = |level: &Exact, by: &Exact| match better {
            Direction::Higher => level + by,
            Direction::Lower => level - by,
        };
        let limit = moved(&target, &(&Exact::zero() - &room));
        let kind = |target: &Exact, limit: &Exact| against_levels(&value, &levels(target, limit, better), has_limit).0;
        let before = kind(&target, &limit);
        // A limit beyond its target judges nothing, and that fails as well.
        let after = [kind(&moved(&target, &more), &limit), kind(&target, &moved(&limit, &more))];
        for after in after {
            prop_assert!(!fails(before) || fails(after), "{before:?} became {after:?}");
            prop_assert!(before == VerdictKind::Met || after != VerdictKind::Met, "{before:?} became {after:?}");
        }
    }

    #[test]
    fn a_narrower_range_never_meets_what_was_missed(
        value in number(), low in number(), length in size(), from_low in size(), from_high in size(),
        factor in size(),
    ) {
        let high = &low + &length;
        let before = within(&value, &range(&low, &high)).0;
        let after = within(&value, &range(&(&low + &from_low), &(&high - &from_high))).0;
        prop_assert!(!fails(before) || fails(after), "{before:?} became {after:?}");
        prop_assume!(factor.is_positive());
        let by = |number: &Exact| number * &factor;
        prop_assert_eq!(within(&by(&value), &range(&by(&low), &by(&high))).0, before);
    }

    #[test]
    fn rows_that_are_missing_never_make_a_figure_whole(
        inputs in inputs(), at in any::<prop::sample::Index>(), why in select(&WHYS[..]),
        more in 1..50_u64, most in share(), less in share(), times in 1..9_u64,
    ) {
        let of = |inputs: &[(u64, Vec<(Why, u64)>)]| {
            let inputs = inputs.iter().enumerate();
            sample(inputs.map(|(number, (looked_at, left_out))| input(number, *looked_at, left_out)).collect())
        };
        let lacks = |inputs: &[(u64, Vec<(Why, u64)>)], most| too_many_left_out(&of(inputs), &allowing(most)).is_some();
        let before = lacks(&inputs, most);
        // Rows of an input that are left out now, whether they were looked at before or not.
        let (mut among, mut beside) = (inputs.clone(), inputs.clone());
        at.get_mut(among.as_mut_slice()).1.push((why, more));
        let changed = at.get_mut(beside.as_mut_slice());
        changed.0 += more;
        changed.1.push((why, more));
        for after in [lacks(&among, most), lacks(&beside, most)] {
            prop_assert!(!before || after);
        }
        // An input more hides nothing of the others, however many rows it has.
        let mut with_another = inputs.clone();
        with_another.push((1_000_000, Vec::new()));
        prop_assert_eq!(lacks(&with_another, most), before);
        // A narrower limit forgives no more than a wider one.
        let (narrow, wide) = (most.min(less), most.max(less));
        prop_assert!(!lacks(&inputs, wide) || lacks(&inputs, narrow));
        // Shares count, not rows.
        let scaled: Vec<_> = inputs
            .iter()
            .map(|(rows, left)| (rows * times, left.iter().map(|(why, rows)| (*why, rows * times)).collect::<Vec<_>>()))
            .collect();
        prop_assert_eq!(lacks(&scaled, most), before);
    }
}

#[test]
fn what_was_forgiven_wrongly_before() {
    let usual = Policies::default();
    let lacks =
        |inputs: Vec<Input>, policies: &Policies| too_many_left_out(&sample(inputs), policies).is_some();
    // 90 of 100 orders without an amount, beside 1,000 whole rows of the denominator.
    let ninety = vec![input(0, 100, &[(Why::Blank, 90)]), input(1, 1_000, &[])];
    assert!(lacks(ninety, &allowing(Decimal::new(10, 2))));
    // 3 of 6 ended deals without a date.
    assert!(lacks(vec![input(0, 6, &[(Why::Undated, 3)])], &usual));
    assert!(lacks(vec![input(0, 6, &[(Why::Undated, 1)])], &allowing(Decimal::ZERO)));
    // One in twenty may be missing, and one in nineteen may not.
    assert!(!lacks(vec![input(0, 20, &[(Why::Unreadable, 1)])], &usual));
    assert!(lacks(vec![input(0, 19, &[(Why::Unreadable, 1)])], &usual));
    // A total among a thousand rows is no pass unless somebody has said that rows without a key may be.
    let keyless = || vec![input(0, 1_000, &[(Why::Keyless, 1)])];
    assert!(lacks(keyless(), &usual));
    assert!(!lacks(keyless(), &allowing(Decimal::new(1, 3))));
    assert!(lacks(keyless(), &allowing(Decimal::ZERO)));
    // A third that was written down is as good as a third.
    let third = Decimal::ONE / Decimal::from(3);
    assert!(!lacks(vec![input(0, 3, &[(Why::Blank, 1)])], &allowing(third)));
    // All of it.
    assert!(!lacks(vec![input(0, 3, &[(Why::Blank, 3)])], &allowing(Decimal::ONE)));
    // A goal without a value for a level, or whose limit is stricter, is judged by nobody.
    let one = Exact::from(1_i64);
    let two = Exact::from(2_i64);
    assert!(fails(against_levels(&two, &levels(&one, &two, Direction::Higher), true).0));
    assert!(fails(within(&one, &range(&two, &one)).0));
    assert!(fails(within(&one, &Bar::Between { low: None, high: Some(two) }).0));
}
