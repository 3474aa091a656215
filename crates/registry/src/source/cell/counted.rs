//! Times that an export counts: seconds or milliseconds from 1970, days of a spreadsheet.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use goalpost_core::calendar::WrittenZone;

use super::moment::{BadTime, Clock, Moment};

/// What a number of a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Counted {
    /// Seconds from the first moment of 1970 in UTC.
    Seconds,
    /// Milliseconds from it.
    Milliseconds,
    /// Days of a spreadsheet, on a clock on the wall.
    Days,
}

/// Microseconds of a day.
const DAY: i128 = 86_400_000_000;
/// Most decimals that are looked at.
const DECIMALS: usize = 18;

impl Counted {
    /// What a format says that is none of `strftime`.
    pub(super) fn of_format(format: &str) -> Option<Self> {
        Some(match format {
            "epoch_s" => Self::Seconds,
            "epoch_ms" => Self::Milliseconds,
            "excel" => Self::Days,
            _ => return None,
        })
    }

    pub(super) fn read(self, text: &str) -> Result<Moment, BadTime> {
        let unit = match self {
            Self::Seconds => 1_000_000,
            Self::Milliseconds => 1_000,
            Self::Days => DAY,
        };
        let count = scaled(text, unit).ok_or(BadTime::NoCount)?;
        match self {
            // What was counted in seconds would all lie in the first months of 1970.
            Self::Milliseconds if (1_000_000_000_000..10_000_000_000_000).contains(&count) => {
                Err(BadTime::CountsSeconds)
            }
            Self::Seconds | Self::Milliseconds => {
                let micros = super::moment::micros(count)?;
                let moment = DateTime::from_timestamp_micros(micros).ok_or(BadTime::BeyondCalendar)?;
                Ok(Moment { wall: moment.naive_utc(), clock: Clock::Zone(WrittenZone::Offset(0)) })
            }
            Self::Days => of_spreadsheet(count),
        }
    }
}

/// The time of a spreadsheet: days from the end of 1899, to the millisecond.
fn of_spreadsheet(micros: i128) -> Result<Moment, BadTime> {
    let millis = (micros + 500).div_euclid(1_000);
    let (number, of_day) = (millis.div_euclid(DAY / 1_000), millis.rem_euclid(DAY / 1_000));
    let from = match number {
        // Day 60 is the 29th of February 1900, which spreadsheets have and the calendar has not.
        1..60 => NaiveDate::from_ymd_opt(1899, 12, 31),
        61..=2_958_465 => NaiveDate::from_ymd_opt(1899, 12, 30),
        60 => return Err(BadTime::NoSuchDay),
        _ => return Err(BadTime::BeyondSpreadsheet),
    };
    let days = TimeDelta::days(i64::try_from(number).unwrap_or_default());
    let day = from.and_then(|from| from.checked_add_signed(days)).ok_or(BadTime::BeyondSpreadsheet)?;
    if of_day == 0 {
        return Ok(Moment::midnight(day));
    }
    let time = NaiveTime::MIN + TimeDelta::milliseconds(i64::try_from(of_day).unwrap_or_default());
    Ok(Moment { wall: day.and_time(time), clock: Clock::Wall })
}

/// A decimal number times a unit; what is less than one is cut off.
fn scaled(text: &str, unit: i128) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 19 || !is_number(whole) || !is_number(decimals) {
        return None;
    }
    let decimals = decimals.get(..decimals.len().min(DECIMALS))?;
    let fraction: i128 = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
    let fraction = fraction.checked_mul(unit)? / 10_i128.pow(decimals.len() as u32);
    let whole = whole.parse::<i128>().ok()?.checked_mul(unit)?;
    Some(sign * (whole + fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(counted: Counted, text: &str) -> Result<String, BadTime> {
        counted.read(text).map(|moment| moment.wall.format("%FT%T%.f").to_string())
    }

    #[test]
    fn seconds_and_milliseconds_from_1970() {
        // 2026-01-01 is 56 years of 365 days and 14 leap days from there.
        let second = (56 * 365 + 14) * 86_400;
        assert_eq!(second, 1_767_225_600);
        let new_year = Ok("2026-01-01T00:00:00".to_owned());
        assert_eq!(read(Counted::Seconds, "1767225600"), new_year);
        assert_eq!(read(Counted::Milliseconds, "1767225600000"), new_year);
        assert_eq!(read(Counted::Milliseconds, "1767225600000.0"), new_year);
        assert_eq!(read(Counted::Seconds, "1767225600.25").as_deref(), Ok("2026-01-01T00:00:00.250"));
        assert_eq!(read(Counted::Seconds, "-1").as_deref(), Ok("1969-12-31T23:59:59"));
        assert_eq!(read(Counted::Milliseconds, "1767225600"), Err(BadTime::CountsSeconds));
        assert_eq!(read(Counted::Seconds, "1767225600000"), Err(BadTime::BeyondCalendar));
        for text in ["", "-", "1e9", "1,767,225,600", "12345678901234567890", "1.x", "é"] {
            assert_eq!(read(Counted::Seconds, text), Err(BadTime::NoCount), "{text}");
        }
    }

    #[test]
    fn days_of_a_spreadsheet() {
        assert_eq!(read(Counted::Days, "46023").as_deref(), Ok("2026-01-01T00:00:00"));
        assert_eq!(read(Counted::Days, "46023.5").as_deref(), Ok("2026-01-01T12:00:00"));
        // 9:30 is 0.39583333…, which a spreadsheet writes with some of its digits.
        assert_eq!(read(Counted::Days, "46023.395833333336").as_deref(), Ok("2026-01-01T09:30:00"));
        assert_eq!(read(Counted::Days, "46022.99999999999").as_deref(), Ok("2026-01-01T00:00:00"));
        assert_eq!(read(Counted::Days, "1").as_deref(), Ok("1900-01-01T00:00:00"));
        assert_eq!(read(Counted::Days, "59").as_deref(), Ok("1900-02-28T00:00:00"));
        assert_eq!(read(Counted::Days, "60"), Err(BadTime::NoSuchDay));
        assert_eq!(read(Counted::Days, "61").as_deref(), Ok("1900-03-01T00:00:00"));
        for text in ["0", "-1", "20260101"] {
            assert_eq!(read(Counted::Days, text), Err(BadTime::BeyondSpreadsheet), "{text}");
        }
    }
}
