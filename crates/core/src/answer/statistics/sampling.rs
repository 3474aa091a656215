//! Seeded samples for the tests of this folder.

/// A small generator (SplitMix64) with the distributions that simulations need.
pub(super) struct Sampler(u64);

impl Sampler {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.uniform() * bound as f64) as usize
    }

    pub(super) fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    pub(super) fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// How many of n hit with a probability.
    pub(super) fn hits(&mut self, n: u64, probability: f64) -> u64 {
        (0..n).filter(|_| self.uniform() < probability).count() as u64
    }

    /// How many events happen at a rate.
    pub(super) fn poisson(&mut self, rate: f64) -> u64 {
        let mut left = rate;
        let mut events = 0;
        loop {
            left -= self.exponential();
            if left < 0.0 {
                return events;
            }
            events += 1;
        }
    }
}
