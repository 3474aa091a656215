//! A moment as it is written, and why a text is none.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use goalpost_core::calendar::WrittenZone;

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400 * SECOND;
/// Days from the first of January of year 1 to the epoch, plus one.
pub(super) const EPOCH: i32 = 719_163;

/// The days that a cell can mean: the years 1 to 9999, and a day around them, so
/// that their first and last moments can be read in any zone.
const CALENDAR: std::ops::RangeInclusive<i32> = -719_163..=2_932_897;

/// A day that a source counts from 1970.
pub(in crate::source) fn day(number: i64) -> Result<i32, BadTime> {
    i32::try_from(number).ok().filter(|day| CALENDAR.contains(day)).ok_or(BadTime::BeyondCalendar)
}

/// A moment that a source counts in microseconds from 1970.
pub(in crate::source) fn micros(number: i128) -> Result<i64, BadTime> {
    let micros = i64::try_from(number).map_err(|_| BadTime::BeyondCalendar)?;
    day(micros.div_euclid(DAY)).map(|_| micros)
}

/// Why a cell is not a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum BadTime {
    /// Not written as ISO 8601 has it.
    NotIso,
    /// Not written in the format of the column.
    NotInFormat,
    /// Not written as the other dates of the table are, in this style.
    NotInStyle(&'static str),
    /// A day that the calendar does not have.
    NoSuchDay,
    /// A time that the clock does not have.
    NoSuchTime,
    /// A time of day in a column that was taken for one of days.
    TimeOfDay,
    /// A zone whose abbreviation several places share.
    SharedZone(&'static str),
    /// A zone that is not known.
    NoSuchZone,
    /// Not a number, where times are counted.
    NoCount,
    /// A number of seconds where milliseconds are counted.
    CountsSeconds,
    /// A number that is no day of a spreadsheet.
    BeyondSpreadsheet,
    /// Before the year 1 or after the year 9999.
    BeyondCalendar,
}

impl fmt::Display for BadTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInStyle(style) => return write!(f, "not with the {style}, as other dates of the table"),
            Self::SharedZone(zone) => return write!(f, "{zone} is a zone of several places"),
            Self::NoCount => "not a number, as the column's `format` has it",
            Self::CountsSeconds => "counts seconds rather than milliseconds",
            Self::BeyondSpreadsheet => "not a day of a spreadsheet, which are 1 to 2958465",
            Self::NoSuchZone => "names a zone that is not known",
            Self::NotIso => "not a date like 2026-01-31, nor a time like 2026-01-31T09:30",
            Self::NotInFormat => "not in the column's `format`",
            Self::NoSuchDay => "no such day",
            Self::NoSuchTime => "no such time of day",
            Self::TimeOfDay => "has a time of day, which a column of days would lose",
            Self::BeyondCalendar => "not in the years 1 to 9999",
        })
    }
}

/// A moment as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) wall: NaiveDateTime,
    pub(super) clock: Clock,
}

/// What the written time of day is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// No time was written.
    None,
    /// The zone of the column, which is the project's where none is declared.
    Wall,
    /// A zone that the cell names.
    Zone(WrittenZone),
}

impl Moment {
    pub(super) fn midnight(date: NaiveDate) -> Self {
        Self { wall: date.and_time(NaiveTime::MIN), clock: Clock::None }
    }
}

/// Days since 1970.
pub(super) fn days(date: NaiveDate) -> i32 {
    chrono::Datelike::num_days_from_ce(&date) - EPOCH
}
