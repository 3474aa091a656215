//! Days drawn again: the circular block bootstrap.
//!
//! What happened on the days of a window is one draw of what could have
//! happened. Drawing days again with replacement shows how much a total, or
//! any formula of totals, varies by chance. Days are drawn in blocks of a week,
//! so that every weekday stays as frequent as it is and what lasts a few days
//! stays together; blocks may wrap around the end of the window, so that no day
//! is drawn less often than another. Windows shorter than eight weeks are drawn
//! day by day, which takes weekdays for chance and so errs on the careful side.
//!
//! Source: D. N. Politis, J. P. Romano, "A circular block-resampling procedure
//! for stationary data" (1992).

use super::Random;

/// Days per block in windows of eight weeks or more.
const WEEK: usize = 7;
/// Weeks from which days are drawn by the week.
const WEEKS: usize = 8;

/// How the days of a window are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    days: usize,
    length: usize,
}

impl Blocks {
    /// For a window of so many days, at least one.
    pub fn of(days: usize) -> Self {
        let days = days.max(1);
        Self { days, length: if days >= WEEK * WEEKS { WEEK } else { 1 } }
    }

    /// How many whole blocks there are: the independent pieces of evidence.
    pub fn count(self) -> u64 {
        (self.days / self.length) as u64
    }

    /// Draws as many days as the window has: the first day of each block, and
    /// how many days it goes on for.
    pub fn draw(self, random: Random<'_>, drawn: &mut Vec<(usize, usize)>) {
        drawn.clear();
        let mut left = self.days;
        while left > 0 {
            let length = self.length.min(left);
            drawn.push((below(self.days, random), length));
            left -= length;
        }
    }
}

/// A whole number from 0 up to, not including, the bound.
fn below(bound: usize, random: Random<'_>) -> usize {
    // The bias is below 2^-40 for any number of days that a calendar has.
    ((u128::from(random()) * bound as u128) >> 64) as usize
}

/// A number for each day of a window, ready to be summed over blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Sums up to each day, twice around the window.
    up_to: Vec<f64>,
}

impl Series {
    /// From the numbers of the days, in order.
    pub fn new(days: &[f64]) -> Self {
        let mut sum = 0.0;
        let mut up_to = vec![0.0];
        for day in days.iter().chain(days) {
            sum += day;
            up_to.push(sum);
        }
        Self { up_to }
    }

    /// The sum over all days as they are.
    pub fn total(&self) -> f64 {
        self.up_to[self.up_to.len() / 2]
    }

    /// The sum over drawn days.
    pub fn over(&self, drawn: &[(usize, usize)]) -> f64 {
        drawn.iter().map(|(first, length)| self.up_to[first + length] - self.up_to[*first]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sampling::Sampler;
    use super::*;

    #[test]
    fn as_many_days_are_drawn_as_there_are_and_all_as_often() {
        for (days, blocks) in [(184, 26), (56, 8), (55, 55), (14, 14)] {
            let shape = Blocks::of(days);
            assert_eq!(shape.count(), blocks);
            let mut sampler = Sampler::new(5);
            let mut often = vec![0_u32; days];
            let mut drawn = Vec::new();
            for _ in 0..2_000 {
                shape.draw(&mut || sampler.bits(), &mut drawn);
                assert_eq!(drawn.iter().map(|(_, length)| length).sum::<usize>(), days);
                for (first, length) in &drawn {
                    (*first..first + length).for_each(|day| often[day % days] += 1);
                }
            }
            // 2,000 on average; a block of 7 scatters by about √(2000·7) = 118.
            assert!(often.iter().all(|count| (1_500..2_500).contains(count)), "{often:?}");
        }
    }

    #[test]
    fn sums_wrap_around_the_end() {
        let series = Series::new(&[1.0, 20.0, 300.0]);
        assert_eq!(series.total(), 321.0);
        assert_eq!(series.over(&[(2, 2), (0, 1)]), 300.0 + 1.0 + 1.0);
        assert_eq!(series.over(&[(1, 3)]), 321.0);
    }
}
