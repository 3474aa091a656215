//! From replicates of a difference to its interval and p value.
//!
//! The interval is the percentile interval, widened for the number of
//! independent pieces of evidence: percentiles of replicates are too narrow for
//! few of them, by the same factor by which a normal interval is narrower than
//! Student's (T. Hesterberg, "What teachers should know about the bootstrap",
//! The American Statistician 69, 2015: the expanded percentile interval). The p
//! value is the same statement turned around: the confidence at which the
//! interval begins to hold 0. Where fewer than ten replicates lie beyond 0, too
//! few to count, the tail is taken to be normal with their deviation.

use super::distribution::{normal, normal_quantile, t_quantile, two_sided_normal, two_sided_t};
use super::{CONFIDENCE, Finding};

/// How many replicates are drawn.
pub const REPLICATES: usize = 4_999;

/// Replicates beyond 0 that can be counted on.
const COUNTABLE: usize = 10;

/// A difference with what it came to when everything was drawn again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicates {
    difference: f64,
    /// In order.
    values: Vec<f64>,
    /// Independent pieces of evidence: blocks of days, or rows of the smaller sample.
    pieces: u64,
}

impl Replicates {
    /// From a difference and its replicates; `None` with fewer than two pieces
    /// of evidence, or without a replicate.
    pub fn new(difference: f64, mut values: Vec<f64>, pieces: u64) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let finite = difference.is_finite() && values.iter().all(|value| value.is_finite());
        (pieces >= 2 && !values.is_empty() && finite).then_some(Self { difference, values, pieces })
    }

    /// The interval and the p value; `None` where nothing varies.
    pub fn finding(&self) -> Option<Finding> {
        let deviation = self.deviation();
        // Sums of the same days in another order differ in their last digits.
        if deviation <= 1e-12 * self.difference.abs() || deviation == 0.0 {
            return None;
        }
        let freedom = self.pieces as f64 - 1.0;
        let widening = (self.pieces as f64 / freedom).sqrt();
        let outside = normal(-widening * t_quantile(0.5 + CONFIDENCE / 2.0, freedom));
        let interval = (self.percentile(outside), self.percentile(1.0 - outside));
        let z = -normal_quantile(self.beyond_zero(deviation) / 2.0);
        let p = two_sided_t(z.max(0.0) / widening, freedom);
        Some(Finding { difference: self.difference, interval, p })
    }

    /// Twice the share of replicates beyond 0, as percentiles see it.
    fn beyond_zero(&self, deviation: f64) -> f64 {
        let below = self.values.partition_point(|value| *value < 0.0);
        let up_to = self.values.partition_point(|value| *value <= 0.0);
        // Replicates of exactly 0 are on both sides.
        let fewer = up_to.min(self.values.len() - below);
        let share = |count: usize| (2.0 * (count as f64 + 1.0) / (self.values.len() as f64 + 1.0)).min(1.0);
        if fewer >= COUNTABLE {
            share(fewer)
        } else {
            two_sided_normal(self.difference / deviation).min(share(COUNTABLE))
        }
    }

    fn deviation(&self) -> f64 {
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        (self.values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt()
    }

    /// The replicate below which a fraction lies: the kth of B at k / (B + 1).
    fn percentile(&self, fraction: f64) -> f64 {
        let last = self.values.len() - 1;
        let position = (fraction * (self.values.len() as f64 + 1.0) - 1.0).clamp(0.0, last as f64);
        let low = position.floor() as usize;
        let high = (low + 1).min(last);
        self.values[low] + (position - low as f64) * (self.values[high] - self.values[low])
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::{Blocks, Series};
    use super::super::sampling::Sampler;
    use super::*;

    #[test]
    fn with_much_evidence_it_is_the_percentile_interval() {
        // −999 to 999: 2.5 % and 97.5 % of 1,999 replicates are the 50th and the 1,950th.
        let values: Vec<f64> = (-999..=999).map(f64::from).collect();
        let found =
            Replicates::new(500.0, values, 1_000_000_000).expect("some").finding().expect("it varies");
        assert!((found.interval.0 + 950.0).abs() < 1e-3, "{found:?}");
        assert!((found.interval.1 - 950.0).abs() < 1e-3, "{found:?}");
        assert!((found.p - 1.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn few_pieces_widen_the_interval_by_students_factor() {
        // Replicates at the normal quantiles, k / 2000 each: the interval for 5 pieces is
        // √(5/4)·t(0.975, 4) = 1.118034·2.776445 = 3.104160 deviations on each side.
        let values: Vec<f64> = (1..2_000).map(|k| 3.0 + normal_quantile(f64::from(k) / 2_000.0)).collect();
        let found = Replicates::new(3.0, values.clone(), 5).expect("some").finding().expect("it varies");
        assert!((found.interval.0 - (3.0 - 3.104_160)).abs() < 0.05, "{found:?}");
        assert!((found.interval.1 - (3.0 + 3.104_160)).abs() < 0.05, "{found:?}");
        // The interval holds 0 just so: p = P(|T4| ≥ 3/√(5/4)) = P(|T4| ≥ 2.683) = 0.055.
        assert!((found.p - 0.055).abs() < 0.001, "{found:?}");
        // Far from 0 the tail is a normal one: 40 deviations on 1,000 pieces.
        let far = Replicates::new(40.0, values.iter().map(|v| v + 37.0).collect(), 1_000);
        assert!(far.expect("some").finding().expect("it varies").p < 1e-100);
    }

    #[test]
    fn what_does_not_vary_has_no_finding() {
        assert_eq!(Replicates::new(1.0, vec![1.0; 99], 1), None);
        assert_eq!(Replicates::new(1.0, Vec::new(), 9), None);
        assert_eq!(Replicates::new(1.0, vec![f64::NAN], 9), None);
        assert_eq!(Replicates::new(1.0, vec![1.0; 99], 9).and_then(|same| same.finding()), None);
    }

    /// Days of two windows: events (more on workdays, in bursts) and amounts.
    fn days(sampler: &mut Sampler, count: usize, rate: f64, amount: f64) -> (Series, Series) {
        let (mut events, mut amounts) = (Vec::new(), Vec::new());
        for day in 0..count {
            let busy = if day % 7 < 5 { 1.3 } else { 0.25 };
            let burst = 0.5 + sampler.exponential() / 2.0;
            let n = sampler.poisson(rate * busy * burst);
            events.push(n as f64);
            amounts.push((0..n).map(|_| amount * sampler.exponential()).sum());
        }
        (Series::new(&events), Series::new(&amounts))
    }

    // 300 pairs of windows; the standard error of the share covered is 1.3 %.
    #[test]
    fn totals_and_ratios_of_days_are_covered_as_often_as_it_says() {
        let mut sampler = Sampler::new(6);
        let (mut totals, mut ratios) = (0, 0);
        for _ in 0..300 {
            let length = 182;
            let before = days(&mut sampler, length, 2.0, 10.0);
            let after = days(&mut sampler, length, 2.5, 12.0);
            let blocks = Blocks::of(length);
            let (mut total, mut ratio) = (Vec::new(), Vec::new());
            let (mut b, mut a) = (Vec::new(), Vec::new());
            for _ in 0..399 {
                blocks.draw(&mut || sampler.bits(), &mut b);
                blocks.draw(&mut || sampler.bits(), &mut a);
                total.push(after.0.over(&a) - before.0.over(&b));
                ratio.push(after.1.over(&a) / after.0.over(&a) - before.1.over(&b) / before.0.over(&b));
            }
            let covers = |difference: f64, values: Vec<f64>, truth: f64| {
                let found = Replicates::new(difference, values, blocks.count()).and_then(|r| r.finding());
                let (low, high) = found.expect("it varies").interval;
                u32::from(low <= truth && truth <= high)
            };
            // 182 days are 26 weeks of 5·1.3 + 2·0.25 = 7 times the rate.
            totals += covers(after.0.total() - before.0.total(), total, 26.0 * 7.0 * 0.5);
            let means = (after.1.total() / after.0.total(), before.1.total() / before.0.total());
            ratios += covers(means.0 - means.1, ratio, 2.0);
        }
        assert!((274..=296).contains(&totals), "totals: {totals} of 300");
        assert!((274..=296).contains(&ratios), "ratios: {ratios} of 300");
    }
}
