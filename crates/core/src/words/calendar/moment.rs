//! As-of: the moment a run speaks for.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::Calendar;

/// The moment a run speaks for. Everything strictly before it has happened;
/// rows at or after it are invisible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The moment.
    pub at: DateTime<Utc>,
}

/// A text that names no moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMoment(pub String);

impl fmt::Display for BadMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a date: write 2026-04-01 (its first moment) or 2026-04-01T09:30", self.0)
    }
}

impl std::error::Error for BadMoment {}

/// Four digits and a hyphen: longer years would lie beyond what moments can hold.
fn is_year(start: &[u8; 5]) -> bool {
    start[..4].iter().all(u8::is_ascii_digit) && start[4] == b'-'
}

impl AsOf {
    /// Reads a date (its first moment in the project's zone), a wall-clock
    /// time in the project's zone, or an RFC 3339 moment; years have four digits.
    ///
    /// # Errors
    /// The text, when it is none of these.
    pub fn parse(text: &str, calendar: &Calendar) -> Result<Self, BadMoment> {
        let text = text.trim();
        if !text.as_bytes().first_chunk::<5>().is_some_and(is_year) {
            return Err(BadMoment(text.to_owned()));
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self { at: calendar.instant(date) });
        }
        for format in ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"] {
            if let Ok(wall) = NaiveDateTime::parse_from_str(text, format) {
                return Ok(Self { at: calendar.local(wall) });
            }
        }
        match DateTime::parse_from_rfc3339(text) {
            Ok(moment) => Ok(Self { at: moment.with_timezone(&Utc) }),
            Err(_) => Err(BadMoment(text.to_owned())),
        }
    }

    /// The last local day of which something has happened: the day before,
    /// where as-of is a midnight.
    pub fn last_day(&self, calendar: &Calendar) -> NaiveDate {
        let before = self.at.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(self.at);
        calendar.day(before)
    }

    /// The first local day of which nothing has happened.
    pub fn visible_end(&self, calendar: &Calendar) -> NaiveDate {
        Calendar::next_day(self.last_day(calendar))
    }

    /// The moment in the project's zone, RFC 3339.
    pub fn shown(&self, calendar: &Calendar) -> String {
        self.at.with_timezone(&calendar.time_zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
    }
}
