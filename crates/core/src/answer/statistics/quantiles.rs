//! Medians and percentiles of a histogram, and their difference by bootstrap.
//!
//! A sample drawn from n values with replacement has a quantile whose place
//! among them is that of an order statistic of n uniform numbers. That place is
//! drawn directly (a ratio of gamma variates), so a replicate costs the same
//! for ten rows and for ten million, and is distributed exactly as if all rows
//! had been drawn again.

use super::bootstrap::{REPLICATES, Replicates};
use super::ranks::Histogram;
use super::{Finding, Random};

/// The value below which a fraction `p` of the values lies, linearly
/// interpolated between neighbours; `None` of nothing.
pub fn quantile(histogram: &Histogram, p: f64) -> Option<f64> {
    let (rank, weight) = place(histogram.n(), p)?;
    let low = histogram.at_rank(rank)?;
    Some(low + weight * (histogram.at_rank(rank + 1).unwrap_or(low) - low))
}

/// The difference of a quantile by bootstrap; `None` where one sample is empty
/// or nothing varies.
pub fn compare(before: &Histogram, after: &Histogram, p: f64, random: Random<'_>) -> Option<Finding> {
    replicated(before, after, p, REPLICATES, random)
}

fn replicated(
    before: &Histogram,
    after: &Histogram,
    p: f64,
    replicates: usize,
    random: Random<'_>,
) -> Option<Finding> {
    let difference = quantile(after, p)? - quantile(before, p)?;
    let mut values = Vec::with_capacity(replicates);
    for _ in 0..replicates {
        values.push(redrawn(after, p, random)? - redrawn(before, p, random)?);
    }
    Replicates::new(difference, values, before.n().min(after.n()))?.finding()
}

/// The lower of the two ranks that a quantile lies between, and how far it is
/// on the way to the next.
fn place(n: u64, p: f64) -> Option<(u64, f64)> {
    let last = n.checked_sub(1)? as f64;
    let position = last * p;
    Some((position.floor() as u64 + 1, position - position.floor()))
}

/// The quantile of a sample of n drawn from the values with replacement.
fn redrawn(histogram: &Histogram, p: f64, random: Random<'_>) -> Option<f64> {
    let n = histogram.n();
    let (rank, weight) = place(n, p)?;
    // n uniform numbers leave n + 1 gaps, distributed like exponential variates
    // over their sum: `rank` gaps, the next one, and the rest.
    let up_to = gamma(rank as f64, random);
    let gap = exponential(random);
    let rest = if n > rank { gamma((n - rank) as f64, random) } else { 0.0 };
    let total = up_to + gap + rest;
    let value = |place: f64| histogram.at_rank(((place * n as f64).ceil() as u64).clamp(1, n));
    let low = value(up_to / total)?;
    if weight == 0.0 || n == rank {
        return Some(low);
    }
    let high = value((up_to + gap) / total)?;
    Some(low + weight * (high - low))
}

/// A number between 0 and 1, never either.
fn uniform(random: Random<'_>) -> f64 {
    ((random() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn exponential(random: Random<'_>) -> f64 {
    -uniform(random).ln()
}

fn normal(random: Random<'_>) -> f64 {
    let radius = (2.0 * exponential(random)).sqrt();
    radius * (std::f64::consts::TAU * uniform(random)).cos()
}

/// A gamma variate of a shape of at least 1. Source: G. Marsaglia, W. W. Tsang,
/// "A simple method for generating gamma variables", ACM TOMS 26 (2000).
fn gamma(shape: f64, random: Random<'_>) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(random);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(random).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sampling::Sampler;
    use super::*;

    fn histogram(values: &[f64]) -> Histogram {
        Histogram::new(values.iter().map(|value| (*value, 1)).collect())
    }

    // NumPy 2: numpy.quantile([1, 2, 4, 8, 16], [0.5, 0.9, 0.25, 1]) = [4, 12.8, 2, 16]
    #[test]
    fn quantiles_are_interpolated() {
        let values = histogram(&[8.0, 1.0, 4.0, 2.0, 16.0]);
        for (p, expected) in [(0.5, 4.0), (0.9, 12.8), (0.25, 2.0), (1.0, 16.0), (0.0, 1.0)] {
            let found = quantile(&values, p).expect("a quantile");
            assert!((found - expected).abs() < 1e-12, "{p}: {found}");
        }
        assert_eq!(quantile(&histogram(&[1.0, 2.0]), 0.5), Some(1.5));
        assert_eq!(quantile(&histogram(&[]), 0.5), None);
    }

    /// The same by really drawing every row again, as a check on the short cut.
    #[test]
    fn redrawing_the_place_is_redrawing_the_rows() {
        let values = [1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0];
        let of = histogram(&values);
        let mut sampler = Sampler::new(3);
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            short.push(redrawn(&of, 0.4, &mut || sampler.bits()).expect("a quantile"));
            let drawn: Vec<f64> = values.iter().map(|_| values[sampler.below(8)]).collect();
            long.push(quantile(&histogram(&drawn), 0.4).expect("a quantile"));
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let deviation =
            |values: &[f64]| (values.iter().map(|x| (x - mean(values)).powi(2)).sum::<f64>() / 2e4).sqrt();
        // About 2.6 scattered by 20,000 draws each: a standard error of 0.02 or so.
        assert!((mean(&short) - mean(&long)).abs() < 0.08, "{} {}", mean(&short), mean(&long));
        assert!((deviation(&short) / deviation(&long) - 1.0).abs() < 0.03);
    }

    // 200 pairs of skewed samples; the standard error of the share covered is 1.5 %.
    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        for (p, true_difference) in [(0.5, 2.0_f64.ln() * 5.0), (0.9, 10.0_f64.ln() * 5.0)] {
            let mut sampler = Sampler::new(4);
            let mut covered = 0;
            for _ in 0..200 {
                // Exponential with means 10 and 15, rounded so that there are ties.
                let mut draw = |n: usize, mean: f64| {
                    let values: Vec<f64> =
                        (0..n).map(|_| (mean * sampler.exponential() * 20.0).round() / 20.0).collect();
                    histogram(&values)
                };
                let (before, after) = (draw(120, 10.0), draw(90, 15.0));
                let found = replicated(&before, &after, p, 799, &mut || sampler.bits()).expect("a test");
                covered +=
                    u32::from(found.interval.0 <= true_difference && true_difference <= found.interval.1);
            }
            assert!((181..=199).contains(&covered), "{p}: {covered} of 200");
        }
    }
}
