//! Splits by hand, and the properties that every split has.

use proptest::prelude::*;

use super::*;

fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a number")
}

fn changed(before: &str, after: &str) -> Changed {
    Changed { before: d(before), after: d(after) }
}

fn ratio(numerator: &str, denominator: &str) -> Ratio {
    Ratio { numerator: d(numerator), denominator: d(denominator) }
}

fn quotient(values: &[Decimal]) -> Option<Decimal> {
    if values[1].is_zero() { None } else { values[0].checked_div(values[1]) }
}

#[test]
fn a_product_is_split_by_the_mean_of_both_orders() {
    // 2 × 10 → 3 × 20, from 20 to 60. The first factor makes 30 − 20 = 10 if it
    // goes first, 60 − 40 = 20 if last: 15. The second 40 − 20 or 60 − 30: 25.
    let parts = [changed("2", "3"), changed("10", "20")];
    let split = by_parts(&parts, |v| v[0].checked_mul(v[1])).expect("a split");
    assert_eq!(split, Split { change: d("40"), effects: vec![d("15"), d("25")] });
}

#[test]
fn a_ratio_is_split_into_numerator_and_denominator() {
    // 30/100 → 20/80. The numerator: mean of 0.2 − 0.3 and 0.25 − 0.375 = −0.1125.
    // The denominator: mean of 0.375 − 0.3 and 0.25 − 0.2 = 0.0625.
    let parts = [changed("30", "20"), changed("100", "80")];
    let split = by_parts(&parts, quotient).expect("a split");
    assert_eq!(split, Split { change: d("-0.05"), effects: vec![d("-0.1125"), d("0.0625")] });
}

#[test]
fn a_state_in_between_without_a_value_is_no_split() {
    // 1 ÷ (b + c) is 1 before and after, but both are 0 in between.
    let parts = [changed("0", "1"), changed("1", "0")];
    let sum = |v: &[Decimal]| quotient(&[Decimal::ONE, v[0] + v[1]]);
    assert_eq!(by_parts(&parts, sum), Err(Unsplit::Undefined));
    // The denominator was 0 before: no value there, so no change to split.
    assert_eq!(by_parts(&[changed("1", "2"), changed("0", "1")], quotient), Err(Unsplit::NoValue));
}

#[test]
fn only_parts_that_changed_are_counted() {
    let still = [changed("1", "1"); 20];
    let split = by_parts(&still, |v| Some(v.iter().sum())).expect("a split");
    assert_eq!(split, Split { change: Decimal::ZERO, effects: vec![Decimal::ZERO; 20] });
    let nine = [changed("1", "2"); 9];
    assert_eq!(by_parts(&nine, |v| Some(v.iter().sum())), Err(Unsplit::TooMany(9)));
}

#[test]
fn what_does_not_fit_is_no_split() {
    let parts = [changed("1", "79228162514264337593543950335"), changed("0", "1")];
    assert_eq!(by_parts(&parts, |v| Some(v[0] * v[1])), Err(Unsplit::TooLarge));
    // The effects are a billion times the values: what is left of the change is noise.
    let parts = [changed("1", "1000000001"), changed("1", "-999999998.9")];
    assert_eq!(by_parts(&parts, |v| v[0].checked_add(v[1])), Err(Unsplit::TooLarge));
}

#[test]
fn mix_is_told_from_rate() {
    // Rates stay at 50 % and 10 %, but the worse half grows from 100 of 200 to 160:
    // 30 % → 18 %, mark 24 %. −0.3 × (0.5 − 0.24) = −0.078, 0.3 × (0.1 − 0.24) = −0.042.
    let segments = [(ratio("50", "100"), ratio("20", "40")), (ratio("10", "100"), ratio("16", "160"))];
    let split = mix_and_rate(&segments).expect("a split");
    assert_eq!(split.change, d("-0.12"));
    let found: Vec<_> = split.effects.iter().map(|effect| (effect.mix, effect.rate)).collect();
    assert_eq!(found, [(d("-0.078"), d("0")), (d("-0.042"), d("0"))]);
    // Weights stay, one rate moves from 50 % to 60 %: 0.5 × 0.1.
    let segments = [(ratio("50", "100"), ratio("60", "100")), (ratio("10", "100"), ratio("10", "100"))];
    let split = mix_and_rate(&segments).expect("a split");
    let found: Vec<_> = split.effects.iter().map(|effect| (effect.mix, effect.rate)).collect();
    assert_eq!(found, [(d("0"), d("0.05")), (d("0"), d("0"))]);
}

#[test]
fn segments_come_and_go() {
    // A goes, B comes, C stays at 5/10: 25/50 → 15/50, 50 % → 30 %, mark 40 %.
    // A: w 0.8 → 0, rate 0.5: −0.8 × (0.5 − 0.4) = −0.08.
    // B: w 0 → 0.8, rate 0.25: 0.8 × (0.25 − 0.4) = −0.12. C adds nothing.
    let none = Ratio::default();
    let segments =
        [(ratio("20", "40"), none), (none, ratio("10", "40")), (ratio("5", "10"), ratio("5", "10"))];
    let split = mix_and_rate(&segments).expect("a split");
    assert_eq!(split.change, d("-0.2"));
    let found: Vec<_> = split.effects.iter().map(|effect| (effect.mix, effect.rate)).collect();
    assert_eq!(found, [(d("-0.08"), d("0")), (d("-0.12"), d("0")), (d("0"), d("0"))]);
    assert_eq!(mix_and_rate(&[(none, ratio("1", "2"))]), Err(Unsplit::NoValue));
}

#[test]
fn terms_are_their_own_differences() {
    let split = by_terms(&[changed("10", "7"), changed("0", "1.5")]).expect("a split");
    assert_eq!(split, Split { change: d("-1.5"), effects: vec![d("-3"), d("1.5")] });
    assert_eq!(by_terms(&[]), Ok(Split { change: Decimal::ZERO, effects: Vec::new() }));
}

/// Amounts and counts as tables have them, and quotients whose digits never end.
fn number() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (1_i64..1_000_000_000).prop_map(|cents| Decimal::new(cents, 2)),
        (1_i64..10_000).prop_map(|count| Decimal::new(count, 0)),
        (1_i64..1_000, 1_i64..1_000).prop_map(|(a, b)| Decimal::new(a, 0) / Decimal::new(b, 0)),
    ]
}

fn change_of() -> impl Strategy<Value = Changed> {
    prop_oneof![
        4 => (number(), number()).prop_map(|(before, after)| Changed { before, after }),
        1 => number().prop_map(|value| Changed { before: value, after: value }),
    ]
}

fn turned(parts: &[Changed]) -> Vec<Changed> {
    parts.iter().map(|part| Changed { before: part.after, after: part.before }).collect()
}

/// A formula with every operation: a · b ÷ c + d − e.
fn mixed(v: &[Decimal]) -> Option<Decimal> {
    v[0].checked_mul(v[1])?.checked_div(v[2])?.checked_add(v[3])?.checked_sub(v[4])
}

fn ratio_of() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        5 => (0_i64..1_000, 1_i64..1_000).prop_map(|(n, d)| Ratio {
            numerator: Decimal::new(n, 0),
            denominator: Decimal::new(d, 0),
        }),
        1 => Just(Ratio::default()),
        1 => (1_i64..100).prop_map(|n| Ratio { numerator: Decimal::new(n, 0), denominator: Decimal::ZERO }),
    ]
}

proptest! {
    #[test]
    fn effects_of_parts_add_up_exactly(parts in proptest::collection::vec(change_of(), 5)) {
        let values = |after: bool| -> Vec<Decimal> {
            parts.iter().map(|part| if after { part.after } else { part.before }).collect()
        };
        match by_parts(&parts, mixed) {
            Ok(split) => {
                prop_assert_eq!(split.effects.iter().sum::<Decimal>(), split.change);
                let (before, after) = (mixed(&values(false)), mixed(&values(true)));
                prop_assert_eq!(change(before.unwrap_or_default(), after.unwrap_or_default()), Some(split.change));
                for (part, effect) in parts.iter().zip(&split.effects) {
                    if part.before == part.after {
                        prop_assert_eq!(*effect, Decimal::ZERO);
                    }
                }
                // What is turned round has the same effects with other signs.
                let back = by_parts(&turned(&parts), mixed).expect("a split");
                let negated: Vec<Decimal> = split.effects.iter().map(|effect| -*effect).collect();
                prop_assert_eq!(back.effects, negated);
            }
            // Effects that cancel out to almost nothing have no exact split.
            Err(reason) => prop_assert_eq!(reason, Unsplit::TooLarge),
        }
    }

    #[test]
    fn parts_with_the_same_role_have_the_same_effect(
        one in change_of(), other in change_of(), swapped in any::<bool>()
    ) {
        // In a · b + c the two factors are alike, so their order does not matter.
        let formula = |v: &[Decimal]| v[0].checked_mul(v[1])?.checked_add(v[2]);
        let still = Changed { before: Decimal::ONE, after: Decimal::ONE };
        let split = by_parts(&[one, other, still], formula);
        // A third of millions, multiplied, may need more digits than there are.
        prop_assume!(split != Err(Unsplit::TooLarge));
        let split = split.expect("a split");
        let other_way = by_parts(&[other, one, still], formula);
        prop_assume!(other_way != Err(Unsplit::TooLarge));
        let other_way = other_way.expect("a split");
        // What rounding leaves over goes to one of them.
        let near = |a: Decimal, b: Decimal| (a - b).abs() <= (a.abs() + Decimal::ONE) * Decimal::new(1, 15);
        prop_assert!(near(split.effects[0], other_way.effects[1]));
        prop_assert!(near(split.effects[1], other_way.effects[0]));
        // Twice the same change is twice the same effect.
        let twice = if swapped { other } else { one };
        let alike = by_parts(&[twice, twice, still], formula);
        prop_assume!(alike != Err(Unsplit::TooLarge));
        let alike = alike.expect("a split");
        prop_assert!(near(alike.effects[0], alike.effects[1]));
    }

    #[test]
    fn effects_of_segments_add_up_exactly(
        segments in proptest::collection::vec((ratio_of(), ratio_of()), 1..30)
    ) {
        let sum = |pick: fn(&(Ratio, Ratio)) -> Decimal| segments.iter().map(pick).sum::<Decimal>();
        let (d0, d1) = (sum(|s| s.0.denominator), sum(|s| s.1.denominator));
        if d0.is_zero() || d1.is_zero() {
            prop_assert_eq!(mix_and_rate(&segments), Err(Unsplit::NoValue));
            return Ok(());
        }
        let split = mix_and_rate(&segments).expect("a split");
        let total: Decimal = split.effects.iter().map(|effect| effect.effect()).sum();
        prop_assert_eq!(total, split.change);
        let (r0, r1) = (sum(|s| s.0.numerator) / d0, sum(|s| s.1.numerator) / d1);
        prop_assert_eq!(change(r0, r1), Some(split.change));
        let turned: Vec<(Ratio, Ratio)> = segments.iter().map(|(was, is)| (*is, *was)).collect();
        let back = mix_and_rate(&turned).expect("a split");
        for (one, other) in split.effects.iter().zip(&back.effects) {
            prop_assert_eq!((one.mix, one.rate), (-other.mix, -other.rate));
        }
        for ((was, is), effect) in segments.iter().zip(&split.effects) {
            if was == is && d0 == d1 {
                prop_assert!(effect.effect().abs() <= Decimal::new(1, 18));
            }
        }
    }

    #[test]
    fn terms_add_up_exactly(terms in proptest::collection::vec(change_of(), 0..30)) {
        let split = by_terms(&terms).expect("a split");
        prop_assert_eq!(split.effects.iter().sum::<Decimal>(), split.change);
        let back = by_terms(&turned(&terms)).expect("a split");
        let negated: Vec<Decimal> = split.effects.iter().map(|effect| -*effect).collect();
        prop_assert_eq!(back.effects, negated);
    }
}
