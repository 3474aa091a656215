//! Two ratios of counts: mails opened over mails delivered.
//!
//! Where all that is counted above is also counted below, a ratio of counts is a
//! proportion ([`super::proportions`]). Where it is not (a mail delivered in one
//! window is opened in the next), its chance variation follows from three counts:
//! above, below, and common to both. Each thing counted is taken for independent
//! of the others; the ratio is linearised around its value (the delta method),
//! which for a proportion gives Wald's interval.

use super::distribution::{normal_quantile, two_sided_normal};
use super::{CONFIDENCE, Finding};

/// So many over so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountRatio {
    /// Counted above.
    pub hits: u64,
    /// Counted below.
    pub base: u64,
    /// Counted in both.
    pub common: u64,
}

impl CountRatio {
    fn ratio(self) -> f64 {
        self.hits as f64 / self.base as f64
    }

    /// Var(h/b) = (h + r²·b − 2·r·c) / b², for counts that vary like Poisson's:
    /// Var(h) = h, Var(b) = b, Cov(h, b) = c.
    fn variance(self) -> f64 {
        let r = self.ratio();
        let (hits, base, common) = (self.hits as f64, self.base as f64, self.common as f64);
        (hits + r * r * base - 2.0 * r * common) / (base * base)
    }
}

/// Compares two ratios; `None` where one has nothing below or they do not vary.
pub fn compare(before: CountRatio, after: CountRatio) -> Option<Finding> {
    if before.base == 0 || after.base == 0 {
        return None;
    }
    let deviation = (before.variance() + after.variance()).sqrt();
    if deviation.is_nan() || deviation <= 0.0 {
        return None;
    }
    let difference = after.ratio() - before.ratio();
    let reach = normal_quantile(0.5 + CONFIDENCE / 2.0) * deviation;
    let p = two_sided_normal(difference / deviation);
    Some(Finding { difference, interval: (difference - reach, difference + reach), p })
}

#[cfg(test)]
mod tests {
    use super::super::sampling::Sampler;
    use super::*;

    // statsmodels 0.14: confint_proportions_2indep(b, m, a, n, method="wald", compare="diff")
    #[test]
    fn of_a_proportion_it_is_walds_interval() {
        let part = |hits, base| CountRatio { hits, base, common: hits };
        for (before, after, low, high, p) in [
            (
                (10, 100),
                (20, 100),
                0.002_001_800_772_997_275_3,
                0.197_998_199_227_002_74,
                0.045_500_263_896_358_39,
            ),
            (
                (523, 4238),
                (611, 4102),
                0.010_821_370_277_067,
                0.040_267_556_290_827,
                0.000_672_568_830_553_22,
            ),
        ] {
            let found = compare(part(before.0, before.1), part(after.0, after.1)).expect("it varies");
            assert!((found.interval.0 - low).abs() < 1e-9, "{found:?}");
            assert!((found.interval.1 - high).abs() < 1e-9, "{found:?}");
            assert!((found.p - p).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn nothing_below_is_no_ratio() {
        let none = CountRatio { hits: 0, base: 0, common: 0 };
        let some = CountRatio { hits: 1, base: 4, common: 0 };
        assert_eq!(compare(none, some), None);
        let nothing = CountRatio { hits: 0, base: 4, common: 0 };
        assert_eq!(compare(nothing, nothing), None);
    }

    // 2,000 pairs of windows; the standard error of the share covered is 0.5 %.
    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        let mut sampler = Sampler::new(7);
        let mut covered = 0;
        for _ in 0..2_000 {
            // Counted above only, below only, and in both.
            let mut draw = |above: f64, below: f64, both: f64| {
                let common = sampler.poisson(both);
                CountRatio {
                    hits: sampler.poisson(above) + common,
                    base: sampler.poisson(below) + common,
                    common,
                }
            };
            // 60 over 220 before and 60 over 160 after: 0.2727 and 0.375.
            let found = compare(draw(20.0, 180.0, 40.0), draw(10.0, 110.0, 50.0)).expect("it varies");
            let truth = 60.0 / 160.0 - 60.0 / 220.0;
            covered += u32::from(found.interval.0 <= truth && truth <= found.interval.1);
        }
        assert!((1_865..=1_935).contains(&covered), "{covered} of 2000");
    }
}
