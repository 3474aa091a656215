//! Values as histograms, and the rank test that compares two of them.
//!
//! The Mann–Whitney U test asks whether the values of one window tend to be
//! larger than those of the other. It needs no normal distribution, which
//! durations and amounts never have, and one ticket that took a year does not
//! move it. Ties are corrected for and the normal approximation is corrected
//! for continuity, as `scipy.stats.mannwhitneyu(method="asymptotic")` does.
//!
//! Source: H. B. Mann, D. R. Whitney, "On a test of whether one of two random
//! variables is stochastically larger than the other", Annals of Mathematical
//! Statistics 18 (1947).

use super::distribution::two_sided_normal;

/// How often each value occurs, in the order of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    values: Vec<f64>,
    /// How many are at most as large, by value.
    up_to: Vec<u64>,
}

impl Histogram {
    /// From values with how often each occurs, in any order.
    pub fn new(mut pairs: Vec<(f64, u64)>) -> Self {
        pairs.retain(|(value, count)| *count > 0 && value.is_finite());
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut histogram = Self::default();
        let mut total: u64 = 0;
        for (value, count) in pairs {
            total += count;
            if histogram.values.last() == Some(&value) {
                histogram.up_to.pop();
            } else {
                histogram.values.push(value);
            }
            histogram.up_to.push(total);
        }
        histogram
    }

    /// How many values there are.
    pub fn n(&self) -> u64 {
        self.up_to.last().copied().unwrap_or(0)
    }

    /// Values with how often each occurs.
    fn counts(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let before = std::iter::once(0).chain(self.up_to.iter().copied());
        self.values
            .iter()
            .zip(&self.up_to)
            .zip(before)
            .map(|((value, up_to), before)| (*value, up_to - before))
    }

    /// The value of rank `rank`, 1 for the smallest; `None` beyond the largest.
    pub(super) fn at_rank(&self, rank: u64) -> Option<f64> {
        self.values.get(self.up_to.partition_point(|up_to| *up_to < rank)).copied()
    }
}

/// What the rank test came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// Pairs of a value before and one after in which the later one is larger,
    /// ties counting half.
    pub u: f64,
    /// The share of such pairs among all: above a half where values rose.
    pub larger: f64,
    /// How likely it is to be so far from a half if nothing changed.
    pub p: f64,
}

/// Compares two samples; `None` where one is empty or all values are the same.
pub fn mann_whitney(before: &Histogram, after: &Histogram) -> Option<RankTest> {
    let (b, a) = (before.n() as f64, after.n() as f64);
    let n = b + a;
    if before.n() == 0 || after.n() == 0 {
        return None;
    }
    // Twice the ranks of the later sample, so that the ranks of ties stay whole.
    let mut twice_ranks: u128 = 0;
    let mut ties = 0.0;
    let mut below: u64 = 0;
    let (mut left, mut right) = (before.counts().peekable(), after.counts().peekable());
    loop {
        let value = match (left.peek(), right.peek()) {
            (Some((x, _)), Some((y, _))) => x.min(*y),
            (Some((x, _)), None) => *x,
            (None, Some((y, _))) => *y,
            (None, None) => break,
        };
        let earlier = left.next_if(|(x, _)| *x == value).map_or(0, |(_, count)| count);
        let later = right.next_if(|(y, _)| *y == value).map_or(0, |(_, count)| count);
        let tied = earlier + later;
        twice_ranks += u128::from(later) * u128::from(2 * below + tied + 1);
        ties += (tied as f64).powi(3) - tied as f64;
        below += tied;
    }
    let u = twice_ranks as f64 / 2.0 - a * (a + 1.0) / 2.0;
    let deviation = (b * a / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)))).sqrt();
    if deviation.is_nan() || deviation <= 0.0 {
        return None;
    }
    let z = (u.max(b * a - u) - b * a / 2.0 - 0.5) / deviation;
    // With the correction, samples that lie evenly come out below 0: no difference.
    let p = if z <= 0.0 { 1.0 } else { two_sided_normal(z) };
    Some(RankTest { u, larger: u / (b * a), p })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: &[f64]) -> Histogram {
        Histogram::new(values.iter().map(|value| (*value, 1)).collect())
    }

    fn near(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() < 1e-9, "{ours} is not {theirs}");
    }

    // SciPy 1.17.1: scipy.stats.mannwhitneyu(after, before, alternative="two-sided", method="asymptotic");
    // the first is the example of its documentation (Mann and Whitney's diabetes data).
    #[test]
    fn the_rank_test_is_scipys() {
        let before = histogram(&[19.0, 22.0, 16.0, 29.0, 24.0]);
        let after = histogram(&[20.0, 11.0, 17.0, 12.0]);
        let found = mann_whitney(&before, &after).expect("a test");
        assert_eq!(found.u, 3.0);
        near(found.p, 0.111_346_886_533_140_41);
        let before = histogram(&[1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 7.0, 9.0, 12.0]);
        let after = histogram(&[2.0, 3.0, 3.0, 5.0, 8.0, 8.0, 8.0, 13.0, 20.0, 21.0, 22.0]);
        let found = mann_whitney(&before, &after).expect("a test");
        assert_eq!(found.u, 82.0);
        near(found.p, 0.059_663_381_250_402_686);
        near(found.larger, 82.0 / 110.0);
    }

    #[test]
    fn counts_stand_for_repeated_values() {
        let repeated = histogram(&[3.0, 1.0, 3.0, 2.0, 3.0, 1.0]);
        let counted = Histogram::new(vec![(3.0, 2), (1.0, 2), (2.0, 1), (3.0, 1), (9.0, 0)]);
        assert_eq!(repeated, counted);
        assert_eq!(counted.n(), 6);
        let ranks: Vec<Option<f64>> = (1..=7).map(|rank| counted.at_rank(rank)).collect();
        assert_eq!(ranks, [Some(1.0), Some(1.0), Some(2.0), Some(3.0), Some(3.0), Some(3.0), None]);
    }

    #[test]
    fn samples_without_order_have_no_test_or_no_difference() {
        assert_eq!(mann_whitney(&histogram(&[]), &histogram(&[1.0])), None);
        assert_eq!(mann_whitney(&histogram(&[1.0, 1.0]), &histogram(&[1.0])), None);
        let even = mann_whitney(&histogram(&[1.0, 4.0]), &histogram(&[2.0, 3.0])).expect("a test");
        assert_eq!((even.larger, even.p), (0.5, 1.0));
    }
}
