//! Two means whose rows may scatter differently: Welch's t test.
//!
//! Source: B. L. Welch, "The generalization of 'Student's' problem when several
//! different population variances are involved", Biometrika 34 (1947).
//! Counts, exact sums and exact sums of squares are enough, so no row is seen.

use super::distribution::{t_quantile, two_sided_t};
use super::{CONFIDENCE, Finding};

/// What a sample of numbers comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// How many.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Their variance, with n − 1 below.
    pub variance: f64,
}

impl Moments {
    /// From exact sums of whole numbers, each worth `unit`: cents are worth 0.01.
    ///
    /// The squares are taken around a whole number near the mean, in integers,
    /// so that no digits cancel however far the mean is from 0. `None` where
    /// there are fewer than two numbers, or the sums are too large for that.
    pub fn exact(n: u64, sum: i128, sum_of_squares: i128, unit: f64) -> Option<Self> {
        let count = i128::from(n);
        if n < 2 {
            return None;
        }
        let centre = sum.div_euclid(count);
        let rest = sum.rem_euclid(count);
        let twice = centre.checked_mul(sum)?.checked_mul(2)?;
        let squares = centre.checked_mul(centre)?.checked_mul(count)?;
        let around = sum_of_squares.checked_sub(twice)?.checked_add(squares)?;
        let offset = rest as f64 / n as f64;
        let scatter = around as f64 - rest as f64 * offset;
        Some(Self {
            n,
            mean: (centre as f64 + offset) * unit,
            variance: (scatter / (n as f64 - 1.0)).max(0.0) * unit * unit,
        })
    }
}

/// Compares two means; `None` where neither sample scatters at all.
pub fn welch(before: &Moments, after: &Moments) -> Option<Finding> {
    let (b, a) = (before.variance / before.n as f64, after.variance / after.n as f64);
    let error = (b + a).sqrt();
    if error.is_nan() || error <= 0.0 {
        return None;
    }
    let difference = after.mean - before.mean;
    let freedom = (b + a).powi(2) / (b * b / (before.n as f64 - 1.0) + a * a / (after.n as f64 - 1.0));
    let reach = t_quantile(0.5 + CONFIDENCE / 2.0, freedom) * error;
    let p = two_sided_t(difference / error, freedom);
    Some(Finding { difference, interval: (difference - reach, difference + reach), p })
}

#[cfg(test)]
mod tests {
    use super::super::sampling::Sampler;
    use super::*;

    /// Whole numbers of tenths and their moments.
    fn tenths(values: &[i128]) -> Moments {
        let n = values.len() as u64;
        Moments::exact(n, values.iter().sum(), values.iter().map(|x| x * x).sum(), 0.1).expect("two at least")
    }

    fn near(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{ours} is not {theirs}");
    }

    // The fuel and vehicle examples of Welch's test as Wikipedia prints them (A1, A2 of
    // "Welch's t-test"): t = −2.84, ν = 27.7 there.
    // SciPy 1.17.1: t = scipy.stats.ttest_ind(after, before, equal_var=False);
    // t.pvalue, t.confidence_interval(0.95)
    #[test]
    fn welchs_test_is_scipys() {
        let before = tenths(&[275, 210, 190, 236, 170, 179, 169, 201, 219, 226, 231, 196, 190, 217, 214]);
        let after = tenths(&[271, 220, 208, 234, 234, 235, 258, 220, 248, 202, 219, 221, 229, 300, 239]);
        let found = welch(&before, &after).expect("they scatter");
        near(found.p, 0.008_452_732_437_443_733);
        near(found.interval.0, 0.766_888_294_114_980_4);
        near(found.interval.1, 4.766_445_039_218_351);
        let hundredths = |values: &[i128]| {
            let n = values.len() as u64;
            Moments::exact(n, values.iter().sum(), values.iter().map(|x| x * x).sum(), 0.01)
                .expect("two at least")
        };
        let before = hundredths(&[100, 200, 300, 400, 5000]);
        let after = hundredths(&[1050, 1100, 1200, 1300, 1400, 1500, 1625, 10_000]);
        let found = welch(&before, &after).expect("they scatter");
        near(found.p, 0.425_634_417_508_827_5);
        near(found.interval.0, -19.928_020_078_811_915);
        near(found.interval.1, 43.865_520_078_811_92);
    }

    #[test]
    fn no_digits_are_lost_far_from_zero() {
        // 10^15 + 1, 2, 3: mean 10^15 + 2, variance 1.
        let base = 1_000_000_000_000_000_i128;
        let values = [base + 1, base + 2, base + 3];
        let found = Moments::exact(3, values.iter().sum(), values.iter().map(|x| x * x).sum(), 1.0);
        assert_eq!(found, Some(Moments { n: 3, mean: 1_000_000_000_000_002.0, variance: 1.0 }));
        // −1, −2, −4: mean −7/3, variance (1 + 4 + 16 − 49/3) / 2 = 7/3.
        let found = Moments::exact(3, -7, 21, 1.0).expect("three");
        near(found.mean, -7.0 / 3.0);
        near(found.variance, 7.0 / 3.0);
    }

    #[test]
    fn one_number_or_none_that_scatter_is_no_test() {
        assert_eq!(Moments::exact(1, 5, 25, 1.0), None);
        assert_eq!(Moments::exact(2, i128::MAX, i128::MAX, 1.0), None);
        let same = Moments::exact(3, 15, 75, 1.0).expect("three");
        assert_eq!(same.variance, 0.0);
        assert_eq!(welch(&same, &same), None);
    }

    // 2,000 pairs of samples; the standard error of the share covered is 0.5 %.
    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        let mut sampler = Sampler::new(2);
        let mut covered = 0;
        for _ in 0..2_000 {
            let mut draw = |n: usize, mean: f64, deviation: f64| {
                let values: Vec<i128> =
                    (0..n).map(|_| (1000.0 * (mean + deviation * sampler.normal())) as i128).collect();
                let sum = values.iter().sum();
                Moments::exact(n as u64, sum, values.iter().map(|x| x * x).sum(), 0.001)
                    .expect("two at least")
            };
            let (before, after) = (draw(12, 30.0, 4.0), draw(25, 27.0, 11.0));
            let found = welch(&before, &after).expect("they scatter");
            covered += u32::from(found.interval.0 <= -3.0 && -3.0 <= found.interval.1);
        }
        assert!((1_870..=1_930).contains(&covered), "{covered} of 2000");
    }
}
