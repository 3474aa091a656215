//! When things happen: three years that grow, peak before the end of the
//! calendar year, sleep in August and rest at weekends.
//!
//! Days are counted from 1970-01-01. Rows are placed by their share of the
//! total weight, so that the n-th of so many rows has its day at once and ids
//! rise with time.

use chrono::{Datelike, Months, NaiveDate};

use super::chance::Draws;

/// A day, counted from 1970-01-01.
pub(super) type Day = i32;

/// Months of history before the export.
const MONTHS: u32 = 36;

/// How busy each month is, January first.
const BY_MONTH: [u64; 12] = [95, 98, 104, 98, 100, 100, 88, 62, 112, 124, 122, 97];

/// How busy each weekday is, Monday first.
const BY_WEEKDAY: [u64; 7] = [110, 115, 112, 105, 90, 6, 5];

/// The history of the company.
pub(super) struct Timeline {
    /// The first day.
    pub(super) start: Day,
    /// The first day after it: the day of the export.
    pub(super) end: Day,
    /// Weight up to and including each day.
    cumulative: Vec<u64>,
}

impl Timeline {
    /// The years up to and including a day.
    pub(super) fn until(last: NaiveDate) -> Self {
        let end = last.to_epoch_days() + 1;
        let start = months_before(end, MONTHS);
        let days = u64::try_from(end - start).unwrap_or(1);
        let mut total = 0;
        let cumulative = (start..end)
            .enumerate()
            .map(|(number, day)| {
                let date = date(day);
                let growth = 1_000 + 600 * number as u64 / days;
                total += BY_MONTH[date.month0() as usize]
                    * BY_WEEKDAY[date.weekday().num_days_from_monday() as usize]
                    * growth;
                total
            })
            .collect();
        Self { start, end, cumulative }
    }

    /// The day of the n-th of so many rows.
    pub(super) fn day_of(&self, index: u64, rows: u64) -> Day {
        let place = (2 * u128::from(index) + 1) * u128::from(self.total()) / (2 * u128::from(rows.max(1)));
        let days = self.cumulative.partition_point(|weight| u128::from(*weight) <= place);
        self.start + days.min(self.cumulative.len() - 1) as Day
    }

    /// How many of so many rows happened before a day.
    pub(super) fn rows_before(&self, day: Day, rows: u64) -> u64 {
        let weight = match usize::try_from(day - self.start) {
            Ok(days) if days > 0 => self.cumulative[days.min(self.cumulative.len()) - 1],
            _ => return 0,
        };
        // The largest count whose last row, by `day_of`, lies before the day.
        let place = 2 * u128::from(rows) * u128::from(weight);
        (place.saturating_sub(1) / u128::from(self.total())).div_ceil(2) as u64
    }

    /// Which thousandth of a thousand of all weight lies in the days from one to another.
    pub(super) fn millionths(&self, from: Day, to: Day) -> u64 {
        self.rows_before(to, 1_000_000) - self.rows_before(from, 1_000_000)
    }

    /// The first days of the months from a day up to the export; the first may be cut.
    pub(super) fn months(&self, from: Day) -> impl Iterator<Item = (Day, Day)> {
        let end = self.end;
        std::iter::successors(Some(from), |day| Some(next_month(*day)))
            .take_while(move |day| *day < end)
            .map(move |day| (day, next_month(day).min(end)))
    }

    fn total(&self) -> u64 {
        self.cumulative.last().copied().unwrap_or(1)
    }
}

/// The date of a day.
pub(super) fn date(day: Day) -> NaiveDate {
    NaiveDate::from_epoch_days(day).unwrap_or(NaiveDate::MIN)
}

/// The same day of an earlier month.
pub(super) fn months_before(day: Day, months: u32) -> Day {
    date(day).checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN).to_epoch_days()
}

/// The first day of the next month.
pub(super) fn next_month(day: Day) -> Day {
    let first = day - date(day).day0() as Day;
    date(first).checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX).to_epoch_days()
}

/// The first day of the quarter that a day lies in.
pub(super) fn quarter_start(day: Day) -> Day {
    let first = day - date(day).day0() as Day;
    months_before(first, date(day).month0() % 3)
}

/// The day, or the Monday after it.
pub(super) fn workday(day: Day) -> Day {
    // 1970-01-01 was a Thursday.
    match (day + 3).rem_euclid(7) {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    }
}

/// Microseconds in a minute.
pub(super) const MINUTE: i64 = 60_000_000;

/// The first moment of a day.
pub(super) fn midnight(day: Day) -> i64 {
    i64::from(day) * 1_440 * MINUTE
}

/// A moment of a day between 7 and 20 o'clock.
pub(super) fn working_hour(day: Day, draws: &mut Draws) -> i64 {
    midnight(day) + 7 * 60 * MINUTE + draws.below(13 * 3_600) as i64 * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Timeline {
        Timeline::until(NaiveDate::from_ymd_opt(2026, 6, 30).expect("a date"))
    }

    #[test]
    fn three_years_that_end_with_the_day_given() {
        let timeline = timeline();
        assert_eq!(date(timeline.start).to_string(), "2023-07-01");
        assert_eq!(date(timeline.end).to_string(), "2026-07-01");
        assert_eq!(timeline.months(timeline.start).count(), 36);
    }

    #[test]
    fn rows_rise_and_are_counted_the_same_both_ways() {
        let timeline = timeline();
        for rows in [10, 1_000, 12_345] {
            let days: Vec<Day> = (0..rows).map(|i| timeline.day_of(i, rows)).collect();
            assert!(days.is_sorted());
            for day in (timeline.start - 1..=timeline.end + 1).step_by(13) {
                let before = days.iter().filter(|d| **d < day).count() as u64;
                assert_eq!(timeline.rows_before(day, rows), before, "{rows} {day}");
            }
        }
    }

    #[test]
    fn august_is_low_and_the_last_quarter_high() {
        let timeline = timeline();
        let of = |from: &str, to: &str| {
            let day = |text: &str| text.parse::<NaiveDate>().expect("a date").to_epoch_days();
            timeline.millionths(day(from), day(to))
        };
        assert!(of("2025-08-01", "2025-09-01") * 3 < of("2025-10-01", "2025-11-01") * 2);
        assert!(of("2025-10-01", "2026-01-01") > of("2025-07-01", "2025-10-01"));
        assert!(of("2025-10-01", "2026-01-01") > of("2023-10-01", "2024-01-01"));
    }

    #[test]
    fn weekends_move_to_monday() {
        let friday = NaiveDate::from_ymd_opt(2026, 6, 26).expect("a date").to_epoch_days();
        let moved: Vec<Day> = (0..4).map(|days| workday(friday + days) - friday).collect();
        assert_eq!(moved, [0, 3, 3, 3]);
    }
}
