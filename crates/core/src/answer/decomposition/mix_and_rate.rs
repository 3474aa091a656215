//! The segments of a ratio of sums, and of a sum.
//!
//! A ratio R = ΣN ÷ ΣD is the mean of the segments' own rates r = N ÷ D,
//! weighed by w = D ÷ ΣD. It changes because rates change and because weights
//! do, even when no rate moved. With the means of before and after as the points
//! at which each is held:
//!
//! - rate effect: (w₀ + w₁) ÷ 2 · (r₁ − r₀)
//! - mix effect: (w₁ − w₀) · ((r₀ + r₁) ÷ 2 − (R₀ + R₁) ÷ 2)
//!
//! Together they are exactly R₁ − R₀, because all w₁ − w₀ add up to 0: growth of
//! a segment counts by how much better or worse it is than the whole. A segment
//! that is there on one side only has one rate, and its effect is all mix.
//!
//! Source: T. L. Bennet, "The theory of measurement of changes in cost of
//! living", Journal of the Royal Statistical Society 83 (1920); with the mean
//! rate as the mark of mix, L. Foster, J. Haltiwanger, C. J. Krizan, "Aggregate
//! productivity growth" (2001), after Griliches and Regev.

use super::exact::settle;
use super::{Changed, Split, Unsplit};
use crate::Decimal;

/// A numerator and its denominator; both 0 where a segment is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// What is counted or summed.
    pub numerator: Decimal,
    /// What it is divided by.
    pub denominator: Decimal,
}

/// What a segment adds to the change of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixAndRate {
    /// Because its weight changed.
    pub mix: Decimal,
    /// Because its own rate changed.
    pub rate: Decimal,
}

impl MixAndRate {
    /// Both together.
    pub fn effect(self) -> Decimal {
        self.mix + self.rate
    }
}

/// A change of a ratio and what its segments add to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatioSplit {
    /// The change, see [`super::change`].
    pub change: Decimal,
    /// In the order of the segments given; mix and rate of all of them add up
    /// to exactly the change.
    pub effects: Vec<MixAndRate>,
}

/// What each segment adds to the change of a ratio of sums, given as before and
/// after; see the module for the formula.
///
/// A segment whose denominator is 0 while its numerator is not has no rate
/// there; what it adds beyond its weight counts as rate.
///
/// # Errors
/// Why there is no exact split: the ratio has no value at one end, or numbers
/// are too large.
pub fn mix_and_rate(segments: &[(Ratio, Ratio)]) -> Result<RatioSplit, Unsplit> {
    let before = whole(segments.iter().map(|(before, _)| before))?;
    let after = whole(segments.iter().map(|(_, after)| after))?;
    let (r0, r1) = (rate(&before).ok_or(Unsplit::NoValue)?, rate(&after).ok_or(Unsplit::NoValue)?);
    let mut effects = Vec::with_capacity(segments.len() * 2);
    for segment in segments {
        let (mix, rate) = effects_of(segment, (&before, r0), (&after, r1)).ok_or(Unsplit::TooLarge)?;
        effects.extend([mix, rate]);
    }
    let change = settle(&mut effects, r0, r1)?;
    let effects = effects.chunks_exact(2).map(|pair| MixAndRate { mix: pair[0], rate: pair[1] }).collect();
    Ok(RatioSplit { change, effects })
}

/// What each term adds to the change of a sum: its own change.
///
/// # Errors
/// Numbers are too large.
pub fn by_terms(terms: &[Changed]) -> Result<Split, Unsplit> {
    let sum = |pick: fn(&Changed) -> Decimal| {
        let mut values = terms.iter().map(pick);
        values.try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value)).ok_or(Unsplit::TooLarge)
    };
    let (before, after) = (sum(|term| term.before)?, sum(|term| term.after)?);
    let mut effects = terms
        .iter()
        .map(|term| term.after.checked_sub(term.before).ok_or(Unsplit::TooLarge))
        .collect::<Result<Vec<_>, _>>()?;
    let change = settle(&mut effects, before, after)?;
    Ok(Split { change, effects })
}

fn whole<'a>(mut segments: impl Iterator<Item = &'a Ratio>) -> Result<Ratio, Unsplit> {
    segments
        .try_fold(Ratio::default(), |sum, segment| {
            Some(Ratio {
                numerator: sum.numerator.checked_add(segment.numerator)?,
                denominator: sum.denominator.checked_add(segment.denominator)?,
            })
        })
        .ok_or(Unsplit::TooLarge)
}

fn rate(ratio: &Ratio) -> Option<Decimal> {
    if ratio.denominator.is_zero() { None } else { ratio.numerator.checked_div(ratio.denominator) }
}

/// Mix and rate effect of one segment.
fn effects_of(
    (was, is): &(Ratio, Ratio),
    (before, whole_rate_before): (&Ratio, Decimal),
    (after, whole_rate_after): (&Ratio, Decimal),
) -> Option<(Decimal, Decimal)> {
    let w0 = was.denominator.checked_div(before.denominator)?;
    let w1 = is.denominator.checked_div(after.denominator)?;
    let mark = whole_rate_before.checked_add(whole_rate_after)?.checked_div(Decimal::TWO)?;
    let weight = w1.checked_sub(w0)?;
    if let (Some(r0), Some(r1)) = (rate(was), rate(is)) {
        let middle = r0.checked_add(r1)?.checked_div(Decimal::TWO)?;
        let mix = weight.checked_mul(middle.checked_sub(mark)?)?;
        let rate = w0.checked_add(w1)?.checked_div(Decimal::TWO)?.checked_mul(r1.checked_sub(r0)?)?;
        return Some((mix, rate));
    }
    // With one rate or none, the mix is told by the rate there is, and the rest
    // of what the segment adds is rate: nothing for one that comes or goes.
    let mix = match rate(was).or(rate(is)) {
        Some(rate) => weight.checked_mul(rate.checked_sub(mark)?)?,
        None => Decimal::ZERO,
    };
    let unweighed = |segment: &Ratio, whole: &Ratio| {
        if segment.denominator.is_zero() {
            segment.numerator.checked_div(whole.denominator)
        } else {
            Some(Decimal::ZERO)
        }
    };
    let rate = unweighed(is, after)?.checked_sub(unweighed(was, before)?)?;
    Some((mix, rate))
}
