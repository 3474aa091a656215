//! Spans: the pieces between the edges of windows that may overlap. A value that
//! is known to occur in some of them occurs in every window made of one of these.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use goalpost_core::calendar::Window;

use crate::relation::window::Undated;

/// Spans that the bits of a 64-bit integer tell apart, the sign left out.
const MOST: usize = 62;

/// The spans of windows, each with a bit.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    /// The first day after each span, in order.
    ends: Vec<NaiveDate>,
    /// The first day of the first span; `None` where it has no start.
    start: Option<NaiveDate>,
    /// Whether rows without a time are a span of their own, the last.
    undated: bool,
}

impl Spans {
    /// The spans between the edges of windows. Rows without a time belong at most
    /// to a window without a start.
    pub(crate) fn of(windows: &BTreeSet<Window>, undated: Undated) -> Self {
        let is_open = windows.iter().any(|window| window.start.is_none());
        let edges: BTreeSet<NaiveDate> =
            windows.iter().flat_map(|window| window.start.into_iter().chain([window.end])).collect();
        let mut ends: Vec<NaiveDate> = edges.into_iter().collect();
        let start = if is_open || ends.is_empty() { None } else { Some(ends.remove(0)) };
        Self { ends, start, undated: is_open && undated == Undated::Counted }
    }

    /// Whether there are not too many for a mask.
    pub(crate) fn fit(&self) -> bool {
        self.ends.len() + usize::from(self.undated) <= MOST
    }

    /// The first day of all; `None` where they have no start.
    pub(crate) fn start(&self) -> Option<NaiveDate> {
        self.start
    }

    /// The bit of every span, with the first day after it, in order.
    pub(crate) fn bits(&self) -> impl Iterator<Item = (NaiveDate, i64)> + '_ {
        self.ends.iter().enumerate().map(|(place, end)| (*end, 1 << place))
    }

    /// The bit of rows without a time, where they belong to a window.
    pub(crate) fn undated(&self) -> Option<i64> {
        self.undated.then(|| 1 << self.ends.len())
    }

    /// The bits of all spans of a window.
    pub(crate) fn mask(&self, window: Window) -> i64 {
        let mut from = self.start;
        let mut mask = 0;
        for (end, bit) in self.bits() {
            let begins = window.start.is_none_or(|start| from.is_some_and(|from| start <= from));
            if begins && end <= window.end {
                mask |= bit;
            }
            from = Some(end);
        }
        mask | self.undated().filter(|_| window.start.is_none()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn window(start: &str, end: &str) -> Window {
        Window { start: (!start.is_empty()).then(|| day(start)), end: day(end) }
    }

    /// The bit that a row of a day gets, as a scan gives it.
    fn bit(spans: &Spans, row: NaiveDate) -> i64 {
        if spans.start().is_some_and(|start| row < start) {
            return 0;
        }
        spans.bits().find(|(end, _)| row < *end).map_or(0, |(_, bit)| bit)
    }

    #[test]
    fn two_windows_that_overlap_make_three_spans() {
        // January to March and February to April: January, February with March, April.
        let first = window("2026-01-01", "2026-04-01");
        let second = window("2026-02-01", "2026-05-01");
        let spans = Spans::of(&[first, second].into(), Undated::Counted);
        assert_eq!(spans.mask(first), 0b011);
        assert_eq!(spans.mask(second), 0b110);
        assert_eq!(spans.undated(), None);
        assert_eq!(bit(&spans, day("2025-12-31")), 0);
        assert_eq!(bit(&spans, day("2026-01-31")), 0b001);
        assert_eq!(bit(&spans, day("2026-03-31")), 0b010);
        assert_eq!(bit(&spans, day("2026-04-30")), 0b100);
        assert_eq!(bit(&spans, day("2026-05-01")), 0);
    }

    #[test]
    fn rows_without_a_time_belong_to_all_time_alone() {
        let all = window("", "2026-02-01");
        let january = window("2026-01-01", "2026-02-01");
        let spans = Spans::of(&[all, january].into(), Undated::Counted);
        // Before January, January, and the undated.
        assert_eq!(spans.mask(all), 0b111);
        assert_eq!(spans.mask(january), 0b010);
        assert_eq!(spans.undated(), Some(0b100));
        let left_out = Spans::of(&[all, january].into(), Undated::LeftOut);
        assert_eq!(left_out.mask(all), 0b011);
        assert_eq!(left_out.undated(), None);
    }

    /// A day is in a window exactly where the window's mask has the day's bit,
    /// for a hundred sets of windows drawn by a fixed congruential generator.
    #[test]
    fn masks_are_the_windows() {
        let mut state = 7_u64;
        let mut below = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let plus = |days: u64| {
            day("2025-01-01").checked_add_days(chrono::Days::new(days)).expect("a date of this century")
        };
        for _ in 0..100 {
            let mut windows = BTreeSet::new();
            for _ in 0..=below(29) {
                let start = below(300);
                let is_open = below(8) == 0;
                let end = plus(start + 1 + below(120));
                windows.insert(Window { start: (!is_open).then(|| plus(start)), end });
            }
            let spans = Spans::of(&windows, Undated::Counted);
            assert!(spans.fit());
            for row in (0..450).map(|days| plus(days) - chrono::Days::new(10)) {
                for window in &windows {
                    let is_in = spans.mask(*window) & bit(&spans, row) != 0;
                    assert_eq!(is_in, window.contains(row), "{row} in {window:?} of {windows:?}");
                }
            }
        }
    }
}
