//! Periods: named windows of a grain, and the labels people write for them.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};

use super::window::add_step;
use super::{AsOf, Calendar, Grain, Step, StepUnit, Window};

/// One period of a grain: half-open, in local days.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// Its grain.
    pub grain: Grain,
    /// The first day; `None` for all time.
    pub start: Option<NaiveDate>,
    /// The first day after it.
    pub end: NaiveDate,
    /// How it is called: `2026-03-31`, `2026-W14`, `2026-03`, `2026-Q1`,
    /// `FY2026-Q4`, `2026`, `FY2026`, `all`.
    pub label: String,
}

impl Period {
    /// Its days.
    pub fn window(&self) -> Window {
        Window::from(self)
    }
}

impl From<&Period> for Window {
    fn from(period: &Period) -> Self {
        Self { start: period.start, end: period.end }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

/// A text that names no period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPeriod(pub String);

impl fmt::Display for BadPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a period: write 2026-03-31, 2026-W14, 2026-03, 2026-Q1, 2026, FY2026-Q1, FY2026 or all",
            self.0
        )
    }
}

impl std::error::Error for BadPeriod {}

impl Calendar {
    /// The period of a grain in which a day lies. For all time, the day is the
    /// last one that belongs to it.
    pub fn period(&self, grain: Grain, day: NaiveDate) -> Period {
        let months = |start: NaiveDate, count: i64| {
            (Some(start), add_step(start, Step { count, unit: StepUnit::Month }))
        };
        let (start, end) = match grain {
            Grain::Day => (Some(day), Self::next_day(day)),
            Grain::Week => {
                let back = day.weekday().days_since(self.week_start);
                let start = day.checked_sub_days(Days::new(u64::from(back))).unwrap_or(day);
                (Some(start), start.checked_add_days(Days::new(7)).unwrap_or(NaiveDate::MAX))
            }
            Grain::Month => months(first_of_month(day), 1),
            Grain::Quarter => {
                let back = self.fiscal_month(day) % 3;
                months(
                    add_step(first_of_month(day), Step { count: -i64::from(back), unit: StepUnit::Month }),
                    3,
                )
            }
            Grain::Year => {
                let back = self.fiscal_month(day);
                months(
                    add_step(first_of_month(day), Step { count: -i64::from(back), unit: StepUnit::Month }),
                    12,
                )
            }
            Grain::All => (None, Self::next_day(day)),
        };
        Period { grain, start, end, label: self.label(grain, start, end) }
    }

    /// All periods of a grain that overlap the days from `from` up to, not
    /// including, `to`; in order.
    pub fn periods(&self, grain: Grain, from: NaiveDate, to: NaiveDate) -> Vec<Period> {
        let mut periods = Vec::new();
        if grain == Grain::All {
            if let Some(last) = to.checked_sub_days(Days::new(1)) {
                periods.push(self.period(grain, last));
            }
            return periods;
        }
        let mut day = from;
        while day < to {
            let period = self.period(grain, day);
            if period.end <= day {
                break;
            }
            day = period.end;
            periods.push(period);
        }
        periods
    }

    /// How many periods that are, found without making any of them.
    pub fn count(&self, grain: Grain, from: NaiveDate, to: NaiveDate) -> u64 {
        let Some(last) = to.checked_sub_days(Days::new(1)).filter(|last| from <= *last) else { return 0 };
        let start = |day| self.period(grain, day).start.unwrap_or(day);
        let (first, last) = (start(from), start(last));
        let days = (last - first).num_days();
        let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        let months = months(last) - months(first);
        let between = match grain {
            Grain::Day => days,
            Grain::Week => days / 7,
            Grain::Month => months,
            Grain::Quarter => months / 3,
            Grain::Year => months / 12,
            Grain::All => 0,
        };
        between.unsigned_abs() + 1
    }

    /// The first day of the year of whole weeks in which a day lies. A week belongs
    /// to the year of its Thursday, as its label says.
    pub fn week_year_start(&self, day: NaiveDate) -> NaiveDate {
        let start = self.period(Grain::Week, day).start.unwrap_or(day);
        let first = NaiveDate::from_isoywd_opt(thursday(start).iso_week().year(), 1, chrono::Weekday::Thu);
        first.and_then(|first| self.period(Grain::Week, first).start).unwrap_or(start)
    }

    /// The period before; itself for all time.
    pub fn before(&self, period: &Period) -> Period {
        match period.start.and_then(|start| start.checked_sub_days(Days::new(1))) {
            Some(last) => self.period(period.grain, last),
            None => period.clone(),
        }
    }

    /// Whether everything of a period (and of the time it takes to settle) has
    /// happened at as-of. All time is always closed: it ends at as-of.
    pub fn is_closed(&self, period: &Period, settle: Option<Step>, as_of: &AsOf) -> bool {
        if period.grain == Grain::All {
            return true;
        }
        let closes = match settle {
            None => self.instant(period.end),
            // Days and longer are counted on the calendar, shorter steps on the clock.
            Some(Step { count, unit: unit @ (StepUnit::Second | StepUnit::Minute | StepUnit::Hour) }) => {
                let seconds = count.saturating_mul(unit.seconds().unwrap_or(1));
                let delta = TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX);
                self.instant(period.end).checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
            Some(step) => self.instant(add_step(period.end, step)),
        };
        closes <= as_of.at
    }

    /// Reads a period by its label.
    ///
    /// # Errors
    /// The text, when it names no period.
    pub fn parse_period(&self, text: &str, as_of: &AsOf) -> Result<Period, BadPeriod> {
        self.read_period(text.trim(), as_of).ok_or_else(|| BadPeriod(text.to_owned()))
    }

    fn read_period(&self, text: &str, as_of: &AsOf) -> Option<Period> {
        if text == "all" {
            return Some(self.all_time(as_of));
        }
        let (fiscal, rest) = match text.strip_prefix("FY") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (year, part) = match rest.split_once('-') {
            Some((year, part)) => (year, Some(part)),
            None => (rest, None),
        };
        if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let year: i32 = year.parse().ok()?;
        // A project with a fiscal year counts years and quarters in it, so a
        // plain 2026 or 2026-Q1 would be ambiguous there and is not accepted.
        let of_year = |months: u32, grain| {
            if fiscal != self.is_fiscal() {
                return None;
            }
            let first = NaiveDate::from_ymd_opt(self.year_of_start(year), self.fiscal_year_start, 1)?;
            let day = add_step(first, Step { count: i64::from(months), unit: StepUnit::Month });
            Some(self.period(grain, day))
        };
        match part {
            None => of_year(0, Grain::Year),
            Some(quarter) if quarter.starts_with('Q') => match &quarter[1..] {
                "1" => of_year(0, Grain::Quarter),
                "2" => of_year(3, Grain::Quarter),
                "3" => of_year(6, Grain::Quarter),
                "4" => of_year(9, Grain::Quarter),
                _ => None,
            },
            Some(_) if fiscal => None,
            Some(week) if week.starts_with('W') => {
                let number = two_digits(&week[1..])?;
                let day = NaiveDate::from_isoywd_opt(year, number, chrono::Weekday::Thu)?;
                Some(self.period(Grain::Week, day))
            }
            Some(month) if month.len() == 2 => {
                let first = NaiveDate::from_ymd_opt(year, two_digits(month)?, 1)?;
                Some(self.period(Grain::Month, first))
            }
            Some(part) => {
                let (month, day) = part.split_once('-')?;
                let day = NaiveDate::from_ymd_opt(year, two_digits(month)?, two_digits(day)?)?;
                Some(self.period(Grain::Day, day))
            }
        }
    }

    /// The period that a label names, whatever as-of; none for all time, which
    /// has an end only at some as-of.
    pub fn named(&self, label: &str) -> Option<Period> {
        if label.trim() == "all" {
            return None;
        }
        self.read_period(label.trim(), &AsOf { at: DateTime::<Utc>::UNIX_EPOCH })
    }

    /// All time up to as-of, the day of as-of included.
    pub fn all_time(&self, as_of: &AsOf) -> Period {
        let last = as_of.last_day(self);
        self.period(Grain::All, last)
    }

    /// Whether the fiscal year is not the calendar's.
    pub fn is_fiscal(&self) -> bool {
        self.fiscal_year_start != 1
    }

    /// Months since the start of the fiscal year, 0 to 11.
    fn fiscal_month(&self, day: NaiveDate) -> u32 {
        (day.month() + 12 - self.fiscal_year_start) % 12
    }

    /// A fiscal year is named after the calendar year in which it ends.
    fn year_of_start(&self, named: i32) -> i32 {
        if self.is_fiscal() { named - 1 } else { named }
    }

    fn label(&self, grain: Grain, start: Option<NaiveDate>, end: NaiveDate) -> String {
        let Some(start) = start else { return "all".to_owned() };
        let last = end.checked_sub_days(Days::new(1)).unwrap_or(end);
        let prefix = if self.is_fiscal() { "FY" } else { "" };
        match grain {
            Grain::Day => start.to_string(),
            Grain::Week => {
                let week = thursday(start).iso_week();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Grain::Month => format!("{:04}-{:02}", start.year(), start.month()),
            Grain::Quarter => {
                let quarter = self.fiscal_month(start) / 3 + 1;
                let year_end = self.period(Grain::Year, start).end;
                let year = year_end.checked_sub_days(Days::new(1)).unwrap_or(year_end).year();
                format!("{prefix}{year:04}-Q{quarter}")
            }
            Grain::Year => format!("{prefix}{:04}", last.year()),
            Grain::All => "all".to_owned(),
        }
    }
}

/// A month, week or day as labels write it. Nothing else is read, so that a
/// period has one name.
fn two_digits(text: &str) -> Option<u32> {
    if text.len() != 2 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The Thursday of the week that begins on a day; every week has one, whatever its
/// first day.
fn thursday(start: NaiveDate) -> NaiveDate {
    let days = chrono::Weekday::Thu.days_since(start.weekday());
    start.checked_add_days(Days::new(u64::from(days))).unwrap_or(start)
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn shown(period: &Period) -> String {
        format!("{} {}..{}", period.label, period.start.map_or("-".into(), |d| d.to_string()), period.end)
    }

    #[test]
    fn periods_of_every_grain() {
        let calendar = Calendar::default();
        let of = |grain| shown(&calendar.period(grain, day("2026-03-31")));
        assert_eq!(of(Grain::Day), "2026-03-31 2026-03-31..2026-04-01");
        assert_eq!(of(Grain::Week), "2026-W14 2026-03-30..2026-04-06");
        assert_eq!(of(Grain::Month), "2026-03 2026-03-01..2026-04-01");
        assert_eq!(of(Grain::Quarter), "2026-Q1 2026-01-01..2026-04-01");
        assert_eq!(of(Grain::Year), "2026 2026-01-01..2027-01-01");
        assert_eq!(of(Grain::All), "all -..2026-04-01");
    }

    #[test]
    fn fiscal_years_are_named_after_their_end() {
        let calendar = Calendar { fiscal_year_start: 4, ..Calendar::default() };
        let of = |grain, date| shown(&calendar.period(grain, day(date)));
        assert_eq!(of(Grain::Year, "2026-03-31"), "FY2026 2025-04-01..2026-04-01");
        assert_eq!(of(Grain::Year, "2026-04-01"), "FY2027 2026-04-01..2027-04-01");
        assert_eq!(of(Grain::Quarter, "2026-03-31"), "FY2026-Q4 2026-01-01..2026-04-01");
        assert_eq!(of(Grain::Quarter, "2026-04-01"), "FY2027-Q1 2026-04-01..2026-07-01");
    }

    #[test]
    fn weeks_start_where_the_project_says() {
        let calendar = Calendar { week_start: Weekday::Sun, ..Calendar::default() };
        assert_eq!(
            shown(&calendar.period(Grain::Week, day("2026-03-29"))),
            "2026-W14 2026-03-29..2026-04-05"
        );
        let labels: Vec<String> = calendar
            .periods(Grain::Week, day("2026-12-20"), day("2027-01-10"))
            .into_iter()
            .map(|p| p.label)
            .collect();
        assert_eq!(labels, ["2026-W52", "2026-W53", "2027-W01"]);
    }

    #[test]
    fn labels_read_back() {
        for (start, week_start) in [(1, Weekday::Mon), (4, Weekday::Sun), (10, Weekday::Sat)] {
            let calendar = Calendar { fiscal_year_start: start, week_start, ..Calendar::default() };
            let as_of = AsOf::parse("2028-01-01", &calendar).expect("a moment");
            for grain in Grain::ALL {
                for period in calendar.periods(grain, day("2025-12-20"), day("2028-01-01")) {
                    assert_eq!(calendar.parse_period(&period.label, &as_of), Ok(period));
                }
            }
        }
    }

    #[test]
    fn closed_means_that_the_end_has_come() {
        let calendar = Calendar { time_zone: chrono_tz::Europe::London, ..Calendar::default() };
        let march = calendar.period(Grain::Month, day("2026-03-10"));
        // British summer time began on 29 March, so April began at 23:00 UTC.
        let at = |text| AsOf::parse(text, &calendar).expect("a moment");
        assert!(!calendar.is_closed(&march, None, &at("2026-03-31T22:59:59Z")));
        assert!(calendar.is_closed(&march, None, &at("2026-03-31T23:00:00Z")));
        assert!(calendar.is_closed(&march, None, &at("2026-04-01")));
        let settle = Some(Step { count: 90, unit: StepUnit::Day });
        assert!(!calendar.is_closed(&march, settle, &at("2026-06-29")));
        assert!(calendar.is_closed(&march, settle, &at("2026-06-30")));
        // 36 hours after 31 March 23:00 UTC.
        let settle = Some(Step { count: 36, unit: StepUnit::Hour });
        assert!(!calendar.is_closed(&march, settle, &at("2026-04-02T10:59:59Z")));
        assert!(calendar.is_closed(&march, settle, &at("2026-04-02T11:00:00Z")));
    }

    #[test]
    fn what_is_no_period_is_said_so() {
        let calendar = Calendar::default();
        let as_of = AsOf::parse("2026-01-01", &calendar).expect("a moment");
        for text in [
            "",
            "2026-13",
            "2026-02-30",
            "2026-Q5",
            "26",
            "FY2026",
            "2026-W60",
            "2026-W1",
            "2026-1",
            "2026-+1",
            "2026-1-05",
            "Q1",
            "2026-é",
            "2025-W53",
        ] {
            assert!(calendar.parse_period(text, &as_of).is_err(), "{text}");
        }
    }
}
