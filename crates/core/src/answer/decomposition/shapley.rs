//! The parts of a formula, by Shapley values.
//!
//! Replace the parts' values before by those after, one at a time: each step
//! changes the formula's value by something, and the steps add up to the whole
//! change. What a step changes depends on the order, so a part's effect is the
//! mean over all orders. It is the only split that adds up, treats alike what
//! is alike, and gives nothing to a part that does not matter.
//!
//! Source: L. S. Shapley, "A value for n-person games", Contributions to the
//! Theory of Games II (1953); for changes of formulas J. Albrecht, D. François,
//! K. Schoors, "A Shapley decomposition of carbon emissions without residuals",
//! Energy Policy 30 (2002), and A. F. Shorrocks, "Decomposition procedures for
//! distributional analysis", Journal of Economic Inequality 11 (2013).

use super::exact::{settle, whole_digits};
use super::{Changed, Split, Unsplit};
use crate::Decimal;

/// Parts that can change at once: 2⁸ states of the formula are looked at.
pub const MOST_PARTS: usize = 8;

/// The effect of each part on the change of a formula of them.
///
/// `formula` is called with a value for each part, in their order, and answers
/// nothing where it has no value. A part that does not change has the effect 0.
///
/// # Errors
/// Why there is no exact split: the formula has no value at one end or in a
/// state in between, more than [`MOST_PARTS`] parts changed, or numbers are too
/// large.
pub fn by_parts(
    parts: &[Changed],
    mut formula: impl FnMut(&[Decimal]) -> Option<Decimal>,
) -> Result<Split, Unsplit> {
    let moved: Vec<usize> =
        (0..parts.len()).filter(|part| parts[*part].before != parts[*part].after).collect();
    let count = moved.len();
    if count > MOST_PARTS {
        return Err(Unsplit::TooMany(count));
    }
    // The formula's value for every set of parts that are as after; a set is a
    // number whose bits are its members.
    let all = (1_usize << count) - 1;
    let mut state: Vec<Decimal> = parts.iter().map(|part| part.before).collect();
    let mut values = Vec::with_capacity(all + 1);
    for set in 0..=all {
        for (bit, part) in moved.iter().enumerate() {
            state[*part] = if set & (1 << bit) == 0 { parts[*part].before } else { parts[*part].after };
        }
        let missing = if set == 0 || set == all { Unsplit::NoValue } else { Unsplit::Undefined };
        values.push(formula(&state).ok_or(missing)?);
    }
    let (before, after) = (values[0], values[all]);
    let steps = weighted_steps(count, &values).ok_or(Unsplit::TooLarge)?;
    let mut of_moved = steps;
    let change = settle(&mut of_moved, before, after)?;
    let mut effects = vec![Decimal::ZERO; parts.len()];
    for (part, effect) in moved.into_iter().zip(of_moved) {
        effects[part] = effect;
    }
    Ok(Split { change, effects })
}

/// The mean over all orders of what each part changes; `None` where a number is
/// too large.
fn weighted_steps(count: usize, values: &[Decimal]) -> Option<Vec<Decimal>> {
    let factorial = |n: usize| (1..=n as u64).product::<u64>();
    // At so many places the sums of up to 8! differences are exact.
    let largest = values.iter().map(Decimal::abs).max().unwrap_or_default();
    let places = 22_u32.saturating_sub(whole_digits(largest));
    let values: Vec<Decimal> = values.iter().map(|value| value.round_dp(places)).collect();
    (0..count)
        .map(|part| {
            let mut sum = Decimal::ZERO;
            for set in (0..values.len()).filter(|set| set & (1 << part) == 0) {
                let size = set.count_ones() as usize;
                // So many orders put exactly this set before the part.
                let orders = factorial(size) * factorial(count - size - 1);
                let step = values[set | (1 << part)].checked_sub(values[set])?;
                sum = sum.checked_add(step.checked_mul(Decimal::from(orders))?)?;
            }
            sum.checked_div(Decimal::from(factorial(count)))
        })
        .collect()
}
