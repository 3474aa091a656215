//! Two shares: so many of so many before, so many of so many after.
//!
//! - p: the pooled z test (the χ² test without correction of the 2×2 table).
//!   Where one of the four expected counts is below 5, as Cochran's rule has
//!   it, Fisher's exact test instead.
//! - Interval: Newcombe's hybrid score interval, built from the Wilson interval
//!   of each share. Wald's interval, the usual one, covers less than it says
//!   where shares are near 0 or 1 or samples small, and reaches beyond −1 and 1;
//!   Newcombe's does neither. Source: R. G. Newcombe, "Interval estimation for
//!   the difference between independent proportions", Statistics in Medicine 17
//!   (1998), method 10.
//!
//! Both take the rows for independent of each other.

use statrs::function::factorial::ln_factorial;

use super::Finding;
use super::distribution::two_sided_normal;
use crate::outcome::wilson;

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    /// Rows where it holds.
    pub hits: u64,
    /// All rows.
    pub n: u64,
}

/// Which test gave the p value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProportionTest {
    /// The pooled z test.
    Pooled,
    /// Fisher's exact test.
    Exact,
}

/// Compares two shares; `None` where one of them has no rows.
pub fn compare(before: Proportion, after: Proportion) -> Option<(Finding, ProportionTest)> {
    let (low_before, high_before) = wilson(before.hits, before.n)?;
    let (low_after, high_after) = wilson(after.hits, after.n)?;
    let share = |one: Proportion| one.hits as f64 / one.n as f64;
    let (b, a) = (share(before), share(after));
    let difference = a - b;
    let low = difference - ((a - low_after).powi(2) + (high_before - b).powi(2)).sqrt();
    let high = difference + ((high_after - a).powi(2) + (b - low_before).powi(2)).sqrt();
    let test =
        if least_expected(before, after) < 5.0 { ProportionTest::Exact } else { ProportionTest::Pooled };
    let p = match test {
        ProportionTest::Pooled => pooled(before, after),
        ProportionTest::Exact => exact(before, after),
    };
    Some((Finding { difference, interval: (low.max(-1.0), high.min(1.0)), p }, test))
}

/// The smallest count that one of the four cells would have without a difference.
fn least_expected(before: Proportion, after: Proportion) -> f64 {
    let hits = before.hits as f64 + after.hits as f64;
    let (b, a) = (before.n as f64, after.n as f64);
    let smaller_side = b.min(a) / (b + a);
    hits.min(b + a - hits) * smaller_side
}

fn pooled(before: Proportion, after: Proportion) -> f64 {
    let (b, a) = (before.n as f64, after.n as f64);
    let pooled = (before.hits as f64 + after.hits as f64) / (b + a);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / b + 1.0 / a)).sqrt();
    if deviation == 0.0 {
        return 1.0;
    }
    two_sided_normal((after.hits as f64 / a - before.hits as f64 / b) / deviation)
}

/// The chance of a table at most as likely as this one, its margins given.
fn exact(before: Proportion, after: Proportion) -> f64 {
    let hits = before.hits + after.hits;
    let (rows, all) = (before.n, before.n + after.n);
    let least = (hits + rows).saturating_sub(all);
    let most = hits.min(rows);
    let choose = |n: u64, k: u64| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let whole = choose(all, rows);
    let chance = |k: u64| (choose(hits, k) + choose(all - hits, rows - k) - whole).exp();
    // Ties are tables whose chance differs in the last digits only.
    let observed = chance(before.hits) * (1.0 + 1e-7);
    let total: f64 = (least..=most).map(chance).filter(|chance| *chance <= observed).sum();
    total.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::sampling::Sampler;
    use super::*;

    fn of(hits: u64, n: u64) -> Proportion {
        Proportion { hits, n }
    }

    fn near(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() < 1e-9, "{ours} is not {theirs}");
    }

    // SciPy 1.17.1: scipy.stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False).pvalue
    // statsmodels 0.14: confint_proportions_2indep(b, m, a, n, method="newcomb", compare="diff")
    #[test]
    fn large_samples_are_scipys_chi_squared_and_newcombes_interval() {
        for (before, after, p, low, high) in [
            (of(10, 100), of(20, 100), 0.047_670_380_656_161_47, 0.000_149_025_118_557, 0.199_473_870_078_07),
            (
                of(523, 4238),
                of(611, 4102),
                0.000_667_602_539_278_02,
                0.010_826_577_657_75,
                0.040_289_624_869_91,
            ),
        ] {
            let (found, test) = compare(before, after).expect("rows on both sides");
            assert_eq!(test, ProportionTest::Pooled);
            near(found.p, p);
            near(found.interval.0, low);
            near(found.interval.1, high);
        }
        let (found, _) = compare(of(3, 40), of(9, 35)).expect("rows on both sides");
        near(found.interval.0, 0.012_937_110_510_960_36);
        near(found.interval.1, 0.352_922_738_793_043_1);
    }

    // SciPy 1.17.1: scipy.stats.fisher_exact([[hits, misses], [hits, misses]]).pvalue
    #[test]
    fn small_samples_are_scipys_fisher() {
        for (before, after, p) in [
            (of(3, 15), of(0, 20), 0.069_518_716_577_540_11),
            (of(0, 8), of(5, 9), 0.029_411_764_705_882_353),
            (of(2, 502), of(9, 489), 0.035_344_347_920_671_89),
        ] {
            near(exact(before, after), p);
        }
        near(exact(of(1, 10), of(11, 14)), 0.002_759_456_185_220_083_6);
        near(exact(of(3, 40), of(9, 35)), 0.055_473_173_103_853_86);
        // Below 5 expected: 3 hits of 35 on the smaller side of 15: 3·15/35 = 1.3.
        let (found, test) = compare(of(3, 15), of(0, 20)).expect("rows on both sides");
        assert_eq!(test, ProportionTest::Exact);
        near(found.p, 0.069_518_716_577_540_11);
    }

    // Newcombe (1998), table II: (a) 56/70 and 48/80: 0.0524 to 0.3339;
    // (b) 9/10 and 3/10: 0.1705 to 0.8090; (g) 0/10 and 0/20: −0.1611 to 0.2775.
    #[test]
    fn newcombes_own_examples() {
        for (first, second, low, high) in [
            (of(56, 70), of(48, 80), 0.0524, 0.3339),
            (of(9, 10), of(3, 10), 0.1705, 0.8090),
            (of(0, 10), of(0, 20), -0.1611, 0.2775),
        ] {
            let (found, _) = compare(second, first).expect("rows on both sides");
            assert!((found.interval.0 - low).abs() < 5e-5, "{found:?}");
            assert!((found.interval.1 - high).abs() < 5e-5, "{found:?}");
        }
    }

    #[test]
    fn nothing_and_everything_are_no_difference() {
        assert_eq!(compare(of(0, 0), of(1, 2)), None);
        assert_eq!(compare(of(0, 50), of(0, 70)).map(|(found, _)| found.p), Some(1.0));
        assert_eq!(compare(of(50, 50), of(70, 70)).map(|(found, _)| found.p), Some(1.0));
    }

    // 2,000 pairs of samples; the standard error of the share covered is √(0.95·0.05/2000) = 0.5 %.
    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        let mut sampler = Sampler::new(1);
        for (before, n, after, m) in [(0.10, 100, 0.20, 100), (0.02, 300, 0.05, 200), (0.5, 40, 0.6, 60)] {
            let mut covered = 0;
            for _ in 0..2_000 {
                let b = of(sampler.hits(n, before), n);
                let a = of(sampler.hits(m, after), m);
                let (found, _) = compare(b, a).expect("rows on both sides");
                covered +=
                    u32::from(found.interval.0 <= after - before && after - before <= found.interval.1);
            }
            assert!((1_870..=1_950).contains(&covered), "{before} {after}: {covered} of 2000");
        }
    }
}
