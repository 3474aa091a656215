//! Chance that is the same everywhere: draws for one row of one table.
//!
//! Every row has draws of its own, made from (seed, stream, index). So tables
//! can be generated in any order, one table can look up a row of another
//! without having kept it, and a change to one table leaves the others alone.
//! Only integers are used: `ln` and `exp` differ between machines.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// What the draws are for. The numbers are part of what a seed means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Rep = 1,
    Campaign,
    Deal,
    DealRow,
    DealDirt,
    LegacyCustomer,
    CustomerLife,
    CustomerDirt,
    Company,
    Contact,
    ContactDuplicate,
    ContactDirt,
    Lead,
    LeadDirt,
    Order,
    Subscription,
    Spend,
    Visit,
    Touch,
    LeadTouch,
    Email,
    Subscriber,
    Survey,
    Ticket,
    TicketDirt,
    Offer,
    Quota,
    User,
    Login,
}

/// A sequence of draws.
pub(super) struct Draws(Xoshiro256PlusPlus);

impl Draws {
    /// The draws of one row.
    pub(super) fn of(seed: u64, stream: Stream, index: u64) -> Self {
        let stream = mixed(seed).wrapping_add((stream as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed(mixed(stream) ^ index)))
    }

    /// A number from 0 up to, not including, `end`; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// A number of days, minutes and the like, both ends included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(0) as u64) as i32
    }

    /// True so many times in a thousand.
    pub(super) fn per_mille(&mut self, share: u32) -> bool {
        self.below(1_000) < u64::from(share)
    }

    /// One of a list that is not empty.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// A position in a list of weights.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().map(|weight| u64::from(*weight)).sum());
        for (position, weight) in weights.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return position,
            }
        }
        0
    }

    /// A value around a median, with a long tail to the right.
    pub(super) fn skewed(&mut self, spread: &Spread, median: i64) -> i64 {
        let step = self.below(32) as usize;
        let part = self.below(1_024) as i64;
        let (low, high) = (spread.0[step], spread.0[step + 1]);
        let factor = low + (high - low) * part / 1_024;
        median * factor / 1_000
    }

    /// A value changed by up to so many thousandths in either direction.
    pub(super) fn around(&mut self, value: i64, per_mille: i32) -> i64 {
        value * i64::from(1_000 + self.between(-per_mille, per_mille)) / 1_000
    }
}

/// Quantiles of a log-normal distribution with median 1, in thousandths: at
/// 0.4 %, 1/32, 2/32 … 31/32 and 99.6 %.
pub(super) struct Spread([i64; 33]);

/// Amounts: σ = 0.85, the mean is about 1.4 times the median.
pub(super) const AMOUNTS: Spread = Spread([
    105, 205, 271, 326, 376, 424, 470, 517, 564, 611, 660, 710, 763, 817, 875, 936, 1_000, 1_069, 1_143,
    1_223, 1_311, 1_408, 1_515, 1_636, 1_774, 1_935, 2_126, 2_360, 2_659, 3_066, 3_684, 4_871, 9_528,
]);

/// Lengths of work: σ = 0.45, the mean is about 1.1 times the median.
pub(super) const LENGTHS: Spread = Spread([
    303, 432, 501, 553, 596, 635, 671, 705, 738, 771, 803, 834, 866, 899, 932, 965, 1_000, 1_036, 1_073,
    1_113, 1_154, 1_198, 1_246, 1_298, 1_355, 1_418, 1_491, 1_575, 1_678, 1_810, 1_994, 2_312, 3_298,
]);

/// Waiting times: σ = 1.1, the mean is about 1.8 times the median.
pub(super) const WAITS: Spread = Spread([
    54, 129, 185, 235, 282, 329, 377, 426, 476, 529, 584, 642, 704, 770, 841, 917, 1_000, 1_090, 1_189,
    1_298, 1_420, 1_557, 1_712, 1_891, 2_100, 2_349, 2_653, 3_037, 3_544, 4_262, 5_406, 7_760, 18_491,
]);

/// SplitMix64's finalizer: neighbouring numbers become unrelated ones.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another generator, or another version of it, would silently change what
    /// every seed means. The numbers are those of a second implementation,
    /// of xoshiro256++ and SplitMix64 as published.
    #[test]
    fn the_sequence_is_pinned() {
        let mut draws = Draws::of(1, Stream::Deal, 0);
        let drawn: Vec<u64> = (0..4).map(|_| draws.below(1_000)).collect();
        assert_eq!(drawn, [63, 941, 341, 746]);
    }

    #[test]
    fn shares_are_what_they_say() {
        let hits = (0..100_000).filter(|i| Draws::of(7, Stream::Deal, *i).per_mille(250)).count();
        assert!((24_500..25_500).contains(&hits), "{hits}");
        let mut counts = [0_u32; 3];
        for i in 0..10_000 {
            counts[Draws::of(7, Stream::Lead, i).weighted(&[10, 0, 30])] += 1;
        }
        assert!(counts[0].abs_diff(2_500) < 200 && counts[1] == 0, "{counts:?}");
    }

    #[test]
    fn half_of_the_skewed_values_are_below_the_median() {
        let below = (0..100_000)
            .filter(|i| Draws::of(7, Stream::Deal, *i).skewed(&AMOUNTS, 1_000_000) < 1_000_000)
            .count();
        assert!((49_000..51_000).contains(&below), "{below}");
    }
}
