//! Adding up to the last digit.
//!
//! Effects are quotients, so their digits never end, and decimals hold 28 of
//! them. They are brought to so many decimal places that all of them, and every
//! sum of them, are held without rounding; what is then left over to the change
//! goes to the largest effect, where it matters least.

use super::Unsplit;
use crate::Decimal;

/// Digits that a decimal holds of any number.
const DIGITS: u32 = 28;
/// Digits kept free for effects that are larger than the values and cancel out.
const HEADROOM: u32 = 8;

/// The change from one value to another, at the decimal places at which effects
/// are given: as many as leave the larger value 20 significant digits, or 20
/// below 1. `None` where it is too large.
pub fn change(before: Decimal, after: Decimal) -> Option<Decimal> {
    Some(after.checked_sub(before)?.round_dp(places(before, after)).normalize())
}

fn places(before: Decimal, after: Decimal) -> u32 {
    let digits = whole_digits(before.abs().max(after.abs()));
    (DIGITS - HEADROOM).saturating_sub(digits)
}

/// Digits before the decimal point; 0 below 1.
pub(super) fn whole_digits(number: Decimal) -> u32 {
    let mut digits = 0;
    let mut rest = number.abs().trunc();
    while !rest.is_zero() {
        rest = (rest / Decimal::TEN).trunc();
        digits += 1;
    }
    digits
}

/// Rounds effects so that they add up to exactly the change between two values.
pub(super) fn settle(effects: &mut [Decimal], before: Decimal, after: Decimal) -> Result<Decimal, Unsplit> {
    let change = change(before, after).ok_or(Unsplit::TooLarge)?;
    let places = places(before, after);
    let mut size = Decimal::ZERO;
    let mut largest = 0;
    for place in 0..effects.len() {
        effects[place] = effects[place].round_dp(places).normalize();
        size = size.checked_add(effects[place].abs()).ok_or(Unsplit::TooLarge)?;
        if effects[place].abs() > effects[largest].abs() {
            largest = place;
        }
    }
    // One digit is kept for the rest below.
    if whole_digits(size) + places >= DIGITS {
        return Err(Unsplit::TooLarge);
    }
    let rest = change - effects.iter().sum::<Decimal>();
    match effects.get_mut(largest) {
        Some(effect) => *effect = (*effect + rest).normalize(),
        None if rest.is_zero() => {}
        None => return Err(Unsplit::NoValue),
    }
    Ok(change)
}
