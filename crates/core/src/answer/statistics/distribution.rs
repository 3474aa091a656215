//! The two distributions that tests look up: the normal one and Student's t.

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// P(|Z| ≥ |z|).
pub(super) fn two_sided_normal(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

/// P(Z ≤ z).
pub(super) fn normal(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The z below which a fraction `p` lies; `p` between 0 and 1.
pub(super) fn normal_quantile(p: f64) -> f64 {
    // The lower half keeps its digits where p is tiny.
    if p <= 0.5 {
        Normal::standard().inverse_cdf(p.max(0.0))
    } else {
        -Normal::standard().inverse_cdf((1.0 - p).max(0.0))
    }
}

/// Degrees of freedom beyond which t is normal to more digits than are of use,
/// and the library's incomplete beta function loses its way.
const MOST_FREEDOM: f64 = 1e7;

/// P(|T| ≥ |t|) with so many degrees of freedom, which are above 0.
pub(super) fn two_sided_t(t: f64, freedom: f64) -> f64 {
    if freedom > MOST_FREEDOM {
        return two_sided_normal(t);
    }
    match StudentsT::new(0.0, 1.0, freedom) {
        Ok(student) => (2.0 * student.sf(t.abs())).min(1.0),
        Err(_) => f64::NAN,
    }
}

/// The t below which a fraction `p` lies; `p` from one half up to below 1.
///
/// Found by Newton's method: from the normal quantile, which is never beyond,
/// it approaches from one side, because the distribution function is concave
/// there. The library's own inverse has six digits and is slow where freedom is
/// large.
pub(super) fn t_quantile(p: f64, freedom: f64) -> f64 {
    const MOST_STEPS: usize = 200;
    let mut t = normal_quantile(p);
    if freedom > MOST_FREEDOM {
        return t;
    }
    let Ok(student) = StudentsT::new(0.0, 1.0, freedom) else { return f64::NAN };
    for _ in 0..MOST_STEPS {
        let step = (student.sf(t) - (1.0 - p)) / student.pdf(t);
        t += step;
        if step.is_nan() || step.abs() <= 1e-14 * t.abs() {
            break;
        }
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-300), "{ours} is not {theirs}");
    }

    // SciPy 1.17.1: 2 * scipy.stats.norm.sf(z)
    #[test]
    fn the_normal_tail_is_scipys() {
        near(two_sided_normal(0.1), 0.920_344_325_445_942);
        near(two_sided_normal(-1.0), 0.317_310_507_862_914_15);
        near(two_sided_normal(1.96), 0.049_995_790_296_440_87);
        near(two_sided_normal(3.0), 0.002_699_796_063_260_186_6);
        near(two_sided_normal(6.0), 1.973_175_290_075_389e-9);
        near(two_sided_normal(10.0), 1.523_970_604_832_094e-23);
    }

    // SciPy 1.17.1: scipy.stats.norm.ppf(p)
    #[test]
    fn normal_quantiles_are_scipys() {
        near(normal_quantile(0.975), 1.959_963_984_540_054);
        near(normal_quantile(0.995), 2.575_829_303_548_900_4);
        near(normal_quantile(0.9875), 2.241_402_727_604_947);
        near(normal_quantile(0.4), -0.253_347_103_135_799_7);
    }

    // SciPy 1.17.1: 2 * scipy.stats.t.sf(x, df)
    #[test]
    fn the_tail_of_t_is_scipys() {
        near(two_sided_t(2.2, 1.0), 0.271_599_497_560_183_76);
        near(two_sided_t(12.0, 2.5), 0.002_836_215_030_078_324_4);
        near(two_sided_t(2.2, 14.0), 0.045_100_295_817_592_42);
        near(two_sided_t(-12.0, 14.0), 9.353_330_739_367_844e-9);
        near(two_sided_t(2.2, 39.7), 0.033_690_394_237_952_8);
        near(two_sided_t(12.0, 1e3), 4.324_057_386_774_429e-31);
        near(two_sided_t(2.2, 1e6), 0.027_807_122_916_024_07);
    }

    // SciPy 1.17.1: scipy.stats.t.ppf(0.975, df)
    #[test]
    fn quantiles_of_t_are_scipys() {
        near(t_quantile(0.975, 1.0), 12.706_204_736_174_694);
        near(t_quantile(0.975, 2.5), 3.574_654_842_003_681_7);
        near(t_quantile(0.975, 14.0), 2.144_786_687_917_804);
        near(t_quantile(0.975, 39.7), 2.021_551_245_445_405_4);
        near(t_quantile(0.975, 1e3), 1.962_339_080_826_408_3);
        near(t_quantile(0.975, 1e6), 1.959_966_356_814_107);
    }
}
