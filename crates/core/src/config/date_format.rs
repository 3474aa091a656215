//! Formats of dates and times in `strftime` notation, checked before any cell is read.

use std::fmt::Write;

use chrono::format::{self, Item, Parsed, StrftimeItems};
use chrono::{DateTime, NaiveDate};

use crate::calendar::WrittenZone;
use crate::schema::ColumnType;

/// What a format can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// A day.
    Date,
    /// A day and a time of day.
    DateTime,
}

impl Reads {
    /// The column type that a format implies where none is declared.
    pub(super) fn ty(self) -> ColumnType {
        match self {
            Self::Date => ColumnType::Date,
            Self::DateTime => ColumnType::DateTime,
        }
    }
}

/// Formats of times that are counted: from 1970 in UTC, or in days of a spreadsheet.
const COUNTED: [&str; 3] = ["epoch_s", "epoch_ms", "excel"];

/// Finds what a format reads, by writing a moment with it and reading that
/// back: a format that loses the year or the half of the day is caught here.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(text: &str) -> Result<Reads, &'static str> {
    if COUNTED.contains(&text) {
        return Ok(Reads::DateTime);
    }
    let items: Vec<Item<'_>> = StrftimeItems::new(text).collect();
    if items.contains(&Item::Error) {
        return Err("holds a `%` code that is not known");
    }
    let is_shared = |zone| matches!(zone, WrittenZone::Shared(_));
    if items.iter().filter_map(WrittenZone::of_item).any(is_shared) {
        return Err(
            "names a zone that several places share: write %Z for it, and say where it is with `time_zone`",
        );
    }
    // Afternoon, and a day beyond 12, so that nothing can be mistaken for another.
    let probe = DateTime::parse_from_rfc3339("2026-11-23T14:35:00+00:00").map_err(|_| "")?;
    let mut written = String::new();
    let mut parsed = Parsed::new();
    if write!(written, "{}", probe.format_with_items(items.iter())).is_err()
        || format::parse(&mut parsed, &written, items.iter()).is_err()
    {
        return Err("cannot be used to read dates");
    }
    if let Ok(moment) = parsed.to_naive_datetime_with_offset(0) {
        return if moment == probe.naive_utc() {
            Ok(Reads::DateTime)
        } else {
            Err("loses a part of the moment")
        };
    }
    let has_time = parsed.hour_mod_12().is_some() || parsed.minute().is_some();
    match parsed.to_naive_date() {
        Ok(day) if Some(day) == NaiveDate::from_ymd_opt(2026, 11, 23) && !has_time => Ok(Reads::Date),
        Ok(_) => Err("has a part of a time that does not say which: %H and %M, or %I, %M and %p"),
        Err(_) => Err("does not say which day: it needs year, month and day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_read_days_or_moments() {
        for text in ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y", "%d %b %Y", "%B %d, %Y", "%F", "%Y%m%d", "%G-W%V-%u"]
        {
            assert_eq!(check(text), Ok(Reads::Date), "{text}");
        }
        for text in ["%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%+", "%s", "%FT%T%.f%:z"] {
            assert_eq!(check(text), Ok(Reads::DateTime), "{text}");
        }
    }

    #[test]
    fn formats_that_lose_something_do_not() {
        for text in ["", "%", "%Q", "%d/%m", "%H:%M", "%Y-%m", "%m/%d/%Y %I:%M", "%Y-%m-%d %H", "DD/MM/YYYY"]
        {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
