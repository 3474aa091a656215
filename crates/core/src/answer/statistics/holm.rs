//! Holm's adjustment: many tests at once.
//!
//! Whoever compares forty metrics finds two "significant" ones by chance alone.
//! Adjusted p values keep the chance of even one such find below the level, and
//! lose less power than multiplying every p by the number of tests (Bonferroni).
//!
//! Source: S. Holm, "A simple sequentially rejective multiple test procedure",
//! Scandinavian Journal of Statistics 6 (1979).

/// The adjusted p values, in the order given.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, place) in order.into_iter().enumerate() {
        // The smallest of m is multiplied by m, the next by m − 1, and none
        // comes out below an earlier one.
        let tests_left = (p.len() - rank) as f64;
        least = least.max((p[place] * tests_left).min(1.0));
        adjusted[place] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn the_smallest_is_multiplied_by_all_and_the_order_is_kept() {
        // In order: 0.005·5 = 0.025, 0.01·4 = 0.04, 0.03·3 = 0.09,
        // 0.04·2 = 0.08 which may not be below 0.09, 0.5·1 = 0.5.
        // statsmodels 0.14: multipletests([0.01, 0.04, 0.03, 0.005, 0.5], method="holm")
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 0.5]);
        for (ours, expected) in adjusted.iter().zip([0.04, 0.09, 0.09, 0.025, 0.5]) {
            assert!((ours - expected).abs() < 1e-12, "{adjusted:?}");
        }
    }

    #[test]
    fn one_test_stays_and_nothing_exceeds_one() {
        assert_eq!(holm(&[]), [0.0; 0]);
        assert_eq!(holm(&[0.03]), [0.03]);
        assert_eq!(holm(&[0.8, 0.9]), [1.0, 1.0]);
    }
}
