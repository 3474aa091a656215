//! Windows: the span of days that one evaluation looks at.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::{Calendar, Grain, Shift, Step, StepUnit, WindowShape};

/// Days from a start (or from the beginning of time) up to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first day; `None` puts no bound on the past, and lets rows without
    /// a date in as well.
    pub start: Option<NaiveDate>,
    /// The first day after.
    pub end: NaiveDate,
}

impl Window {
    /// The window of a question about a moved or widened window.
    ///
    /// Windows of whole months (and so quarters and years) move by months at
    /// both ends; any other window moves its start and keeps its length, so
    /// that 30 March less a month is 28 February and not an empty window.
    #[must_use]
    pub fn reshaped(self, shape: WindowShape, grain: Grain, calendar: &Calendar) -> Self {
        let unit = |shift: Shift| shift.unit.or(grain.unit());
        // A week a year before is the week with the same days of the week.
        let step = |count: i64, unit: StepUnit| match (grain, unit) {
            (Grain::Week, StepUnit::Year) => Step { count: count.saturating_mul(52), unit: StepUnit::Week },
            _ => Step { count, unit },
        };
        match shape {
            WindowShape::Previous(shift) => match unit(shift) {
                Some(unit) => self.moved(step(-i64::from(shift.count), unit)),
                None => self,
            },
            WindowShape::Next(shift) => match unit(shift) {
                Some(unit) => self.moved(step(i64::from(shift.count), unit)),
                None => self,
            },
            WindowShape::Trailing(shift) => match unit(shift) {
                Some(unit) => {
                    let step = Step { count: -i64::from(shift.count), unit };
                    // A window has whole days, so hours take in the last of them.
                    let last = self.end.checked_sub_days(Days::new(1)).unwrap_or(self.end);
                    Self { start: Some(add_step(self.end, step).min(last)), end: self.end }
                }
                None => self,
            },
            WindowShape::ToDate(unit) => {
                let grain = match unit {
                    StepUnit::Year => Grain::Year,
                    StepUnit::Quarter => Grain::Quarter,
                    StepUnit::Month => Grain::Month,
                    StepUnit::Week => Grain::Week,
                    _ => Grain::Day,
                };
                let unit = calendar.period(grain, self.last()).window();
                // A unit that is shorter than the window says nothing of its beginning.
                let start = match (self.days(), unit.days()) {
                    (Some(own), Some(unit)) if own > unit => self.start,
                    _ => unit.start,
                };
                Self { start: Some(start.unwrap_or(self.last())), end: self.end }
            }
            WindowShape::WeekYearToDate => {
                Self { start: Some(calendar.week_year_start(self.last())), end: self.end }
            }
            WindowShape::AllTime => Self { start: None, end: self.end },
        }
    }

    /// The same window so much later (or earlier).
    #[must_use]
    pub fn moved(self, step: Step) -> Self {
        let Some(start) = self.start else {
            return Self { start: None, end: add_step(self.end, step) };
        };
        let moved = add_step(start, step);
        if step.unit.months().is_some() && self.is_whole_months() {
            return Self { start: Some(moved), end: add_step(self.end, step) };
        }
        let days = (self.end - start).num_days().max(0) as u64;
        Self { start: Some(moved), end: moved.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX) }
    }

    fn last(self) -> NaiveDate {
        self.end.checked_sub_days(Days::new(1)).unwrap_or(self.end)
    }

    /// How many days it has; `None` where it has no beginning.
    fn days(self) -> Option<i64> {
        Some((self.end - self.start?).num_days())
    }

    fn is_whole_months(self) -> bool {
        self.start.is_some_and(|start| start.day() <= 28 && start.day() == self.end.day() && start < self.end)
    }

    /// Whether the day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.start.is_none_or(|start| start <= day) && day < self.end
    }
}

/// A date so much later; calendar steps clamp at the month's end, and dates
/// beyond the calendar's range stay at its edge.
pub fn add_step(date: NaiveDate, step: Step) -> NaiveDate {
    let edge = if step.count < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    let count = step.count.unsigned_abs();
    if let Some(months) = step.unit.months() {
        let months = u32::try_from(count.saturating_mul(months.unsigned_abs())).map(Months::new);
        let Ok(months) = months else { return edge };
        let moved =
            if step.count < 0 { date.checked_sub_months(months) } else { date.checked_add_months(months) };
        return moved.unwrap_or(edge);
    }
    let seconds = step.unit.seconds().unwrap_or(0).unsigned_abs();
    let days = Days::new(count.saturating_mul(seconds) / 86_400);
    let moved = if step.count < 0 { date.checked_sub_days(days) } else { date.checked_add_days(days) };
    moved.unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn window(start: &str, end: &str) -> Window {
        Window { start: Some(day(start)), end: day(end) }
    }

    fn months(count: i64) -> Step {
        Step { count, unit: StepUnit::Month }
    }

    #[test]
    fn months_keep_their_ends() {
        assert_eq!(add_step(day("2026-03-31"), months(-1)), day("2026-02-28"));
        assert_eq!(add_step(day("2024-01-31"), months(1)), day("2024-02-29"));
        assert_eq!(window("2026-03-01", "2026-04-01").moved(months(-1)), window("2026-02-01", "2026-03-01"));
        assert_eq!(window("2026-04-01", "2026-05-01").moved(months(-1)), window("2026-03-01", "2026-04-01"));
    }

    #[test]
    fn days_at_the_end_of_a_month_are_not_lost() {
        assert_eq!(window("2026-03-30", "2026-03-31").moved(months(-1)), window("2026-02-28", "2026-03-01"));
        assert_eq!(window("2026-03-31", "2026-04-01").moved(months(-1)), window("2026-02-28", "2026-03-01"));
    }

    #[test]
    fn weeks_keep_their_length() {
        let year = Step { count: -1, unit: StepUnit::Year };
        assert_eq!(window("2026-03-02", "2026-03-09").moved(year), window("2025-03-02", "2025-03-09"));
    }

    #[test]
    fn a_week_a_year_before_has_the_same_days_of_the_week() {
        let calendar = Calendar::default();
        let year = Some(StepUnit::Year);
        let before = WindowShape::Previous(Shift { count: 1, unit: year });
        // Monday 8 June 2026 less 52 weeks is Monday 9 June 2025.
        let week = window("2026-06-08", "2026-06-15");
        assert_eq!(week.reshaped(before, Grain::Week, &calendar), window("2025-06-09", "2025-06-16"));
        assert_eq!(week.reshaped(before, Grain::Day, &calendar), window("2025-06-08", "2025-06-15"));
    }

    #[test]
    fn trailing_and_to_date() {
        let calendar = Calendar { fiscal_year_start: 4, ..Calendar::default() };
        let march = window("2026-03-01", "2026-04-01");
        let trailing = WindowShape::Trailing(Shift { count: 12, unit: Some(StepUnit::Month) });
        assert_eq!(march.reshaped(trailing, Grain::Month, &calendar), window("2025-04-01", "2026-04-01"));
        let to_date = WindowShape::ToDate(StepUnit::Year);
        assert_eq!(march.reshaped(to_date, Grain::Month, &calendar), window("2025-04-01", "2026-04-01"));
    }

    #[test]
    fn a_week_is_to_date_in_the_year_of_its_last_day() {
        let calendar = Calendar::default();
        let to_date = |start, end, shape| window(start, end).reshaped(shape, Grain::Week, &calendar);
        let year = WindowShape::ToDate(StepUnit::Year);
        // The weeks begin on Mondays: 29 December 2025, 5 January 2026.
        assert_eq!(to_date("2025-12-22", "2025-12-29", year), window("2025-01-01", "2025-12-29"));
        assert_eq!(to_date("2025-12-29", "2026-01-05", year), window("2026-01-01", "2026-01-05"));
        assert_eq!(to_date("2026-01-05", "2026-01-12", year), window("2026-01-01", "2026-01-12"));
        let month = WindowShape::ToDate(StepUnit::Month);
        assert_eq!(to_date("2026-03-30", "2026-04-06", month), window("2026-04-01", "2026-04-06"));
        let weeks = WindowShape::WeekYearToDate;
        assert_eq!(to_date("2025-12-22", "2025-12-29", weeks), window("2024-12-30", "2025-12-29"));
        assert_eq!(to_date("2025-12-29", "2026-01-05", weeks), window("2025-12-29", "2026-01-05"));
        assert_eq!(to_date("2026-01-05", "2026-01-12", weeks), window("2025-12-29", "2026-01-12"));
        // 2026-W53 ends on 3 January 2027.
        assert_eq!(to_date("2026-12-28", "2027-01-04", weeks), window("2025-12-29", "2027-01-04"));
        // A month is no part of a week.
        let week = WindowShape::ToDate(StepUnit::Week);
        let march = window("2026-03-01", "2026-04-01");
        assert_eq!(march.reshaped(week, Grain::Month, &calendar), march);
        // Weeks from Sunday: that of 28 December 2025 has its Thursday in 2026.
        let sundays = Calendar { week_start: chrono::Weekday::Sun, ..calendar };
        let first = window("2025-12-28", "2026-01-04");
        assert_eq!(first.reshaped(weeks, Grain::Week, &sundays), first);
        // A fiscal year from 1 April 2026, a Wednesday.
        let fiscal = Calendar { fiscal_year_start: 4, ..calendar };
        let april = window("2026-03-30", "2026-04-06").reshaped(year, Grain::Week, &fiscal);
        assert_eq!(april, window("2026-04-01", "2026-04-06"));
    }
}
