//! Lengths of time as exports write them: `1:30:00`, `2d 3h`, `90 min`, `PT1H30M`,
//! and numbers of a unit that the column has.
//!
//! `90:15` may be minutes and seconds or hours and minutes, and `90` anything, so
//! neither is read unless the column says which.

use std::fmt;

use super::number::{self, Excess, NumberStyle};

const SECOND: i128 = 1_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;
/// The longest that is read: ten thousand years.
const MOST: i128 = 10_000 * 366 * DAY;

/// How the lengths of a column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct DurationStyle {
    /// What a number alone counts, in microseconds.
    pub(in crate::source) unit: Option<i64>,
    /// What two numbers with a colon are.
    pub(in crate::source) pair: Option<Pair>,
}

/// What two numbers with a colon are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Pair {
    /// Hours and minutes.
    HoursMinutes,
    /// Minutes and seconds.
    MinutesSeconds,
}

impl Pair {
    /// What a format says.
    pub(in crate::source) fn of_format(format: &str) -> Option<Self> {
        match format {
            "hh:mm" => Some(Self::HoursMinutes),
            "mm:ss" => Some(Self::MinutesSeconds),
            _ => None,
        }
    }
}

/// Why a cell is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum BadDuration {
    /// Not written as a length.
    Unreadable,
    /// A number of nobody knows what.
    NoUnit,
    /// Two numbers of which nobody knows what they are.
    TwoParts,
    /// Minutes or seconds from 60 on.
    TooManyParts,
    /// Beyond ten thousand years.
    TooLong,
}

impl fmt::Display for BadDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "not a length of time like 1:30:00 or 2d 3h",
            Self::NoUnit => "a number of which nothing says what it counts",
            Self::TwoParts => "hours and minutes, or minutes and seconds",
            Self::TooManyParts => "minutes and seconds end with 59",
            Self::TooLong => "longer than ten thousand years",
        })
    }
}

/// Reads a length, in microseconds.
pub(in crate::source) fn read(
    text: &str,
    style: DurationStyle,
    numbers: &NumberStyle,
) -> Result<i64, BadDuration> {
    let text = text.trim();
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest.trim_start()),
        None => (1, text),
    };
    let micros = if unsigned.contains(':') {
        clock(unsigned, style.pair)?
    } else if let Some(rest) = unsigned.strip_prefix(['P', 'p']) {
        iso(rest).ok_or(BadDuration::Unreadable)?
    } else if unsigned.contains(|c: char| c.is_alphabetic()) {
        named(unsigned).ok_or(BadDuration::Unreadable)?
    } else {
        let number = number::scaled(unsigned, DECIMALS, numbers).map_err(|_| BadDuration::Unreadable)?;
        counted(number, style)?
    };
    bounded(sign * micros)
}

/// Reads what was a number in its source: one of the column's unit.
pub(in crate::source) fn read_number(text: &str, style: DurationStyle) -> Result<i64, BadDuration> {
    let number = number::with_point(text, DECIMALS, Excess::Refused).map_err(|_| BadDuration::Unreadable)?;
    bounded(counted(number, style)?)
}

/// The decimals of a unit that are looked at.
const DECIMALS: u8 = 9;

fn counted(number: i128, style: DurationStyle) -> Result<i128, BadDuration> {
    let unit = i128::from(style.unit.ok_or(BadDuration::NoUnit)?);
    Ok(number.checked_mul(unit).ok_or(BadDuration::TooLong)? / 10_i128.pow(u32::from(DECIMALS)))
}

fn bounded(micros: i128) -> Result<i64, BadDuration> {
    i64::try_from(micros).ok().filter(|_| micros.abs() <= MOST).ok_or(BadDuration::TooLong)
}

/// `1:30:00`, `1:30:00.5`, `1 day, 2:03:04`; `90:15` where the column says what it is.
fn clock(text: &str, pair: Option<Pair>) -> Result<i128, BadDuration> {
    let (before, clock) = match text.rfind([' ', ',']) {
        Some(place) => (text.get(..place).unwrap_or_default(), text.get(place + 1..).unwrap_or_default()),
        None => ("", text),
    };
    let days = match before.trim_end_matches([' ', ',']) {
        "" => 0,
        days => named(days).ok_or(BadDuration::Unreadable)?,
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, seconds) = match (parts.as_slice(), pair) {
        (&[hours, minutes, seconds], _) => (hours, minutes, seconds),
        (&[hours, minutes], Some(Pair::HoursMinutes)) => (hours, minutes, "0"),
        (&[minutes, seconds], Some(Pair::MinutesSeconds)) => {
            let minutes = decimal(minutes, MINUTE).ok_or(BadDuration::Unreadable)?;
            return Ok(days + minutes + below_60(seconds, SECOND)?);
        }
        (&[a, b], None) if decimal(a, 1).is_some() && decimal(b, 1).is_some() => {
            return Err(BadDuration::TwoParts);
        }
        _ => return Err(BadDuration::Unreadable),
    };
    let hours = decimal(hours, HOUR).ok_or(BadDuration::Unreadable)?;
    Ok(days + hours + below_60(minutes, MINUTE)? + below_60(seconds, SECOND)?)
}

fn below_60(text: &str, unit: i128) -> Result<i128, BadDuration> {
    let micros = decimal(text, unit).ok_or(BadDuration::Unreadable)?;
    if micros < 60 * unit { Ok(micros) } else { Err(BadDuration::TooManyParts) }
}

/// `2d 3h`, `1h30m`, `90 min`, `2 days 3 hours`, `1.5 hours`: each unit once, the
/// longest first.
fn named(text: &str) -> Option<i128> {
    let mut rest = text.trim();
    let mut micros = 0_i128;
    let mut last = i128::MAX;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|length| *length > 0)?;
        let (digits, after) = rest.split_at_checked(number)?;
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (word, after) = after.split_at_checked(end)?;
        let unit = unit(word)?;
        if unit >= last {
            return None;
        }
        last = unit;
        micros += decimal(digits, unit)?;
        rest = after.trim_start_matches([' ', ',', '.']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    (last < i128::MAX).then_some(micros)
}

/// `1DT2H`, `T1H30M`, `2W`: what stands behind the P of ISO 8601.
fn iso(text: &str) -> Option<i128> {
    let text = text.to_ascii_uppercase();
    let (days, clock) = text.split_once('T').unwrap_or((text.as_str(), ""));
    // Months and years have no fixed length.
    let parts = |text: &str, units: &str| match text {
        "" => Some(0),
        _ if text.chars().all(|c| c.is_ascii_digit() || c == '.' || units.contains(c)) => named(text),
        _ => None,
    };
    if days.is_empty() && clock.is_empty() {
        return None;
    }
    Some(parts(days, "WD")? + parts(clock, "HMS")?)
}

fn unit(word: &str) -> Option<i128> {
    Some(match word.to_ascii_lowercase().as_str() {
        "w" | "wk" | "wks" | "week" | "weeks" => 7 * DAY,
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "ms" | "millisecond" | "milliseconds" => SECOND / 1_000,
        _ => return None,
    })
}

/// Digits with decimals, times a unit; what is less than a microsecond is cut off.
fn decimal(text: &str, unit: i128) -> Option<i128> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(decimals) {
        return None;
    }
    let fraction: i128 = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
    Some(whole.parse::<i128>().ok()? * unit + fraction * unit / 10_i128.pow(decimals.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::super::number::Percent;
    use super::*;

    fn seconds(text: &str, style: DurationStyle) -> Result<f64, BadDuration> {
        let numbers = NumberStyle {
            decimal: b'.',
            currency: "USD".to_owned(),
            percent: Percent::Refused,
            excess: Excess::Refused,
            may_be_grouped: false,
            share: None,
        };
        read(text, style, &numbers).map(|micros| micros as f64 / 1e6)
    }

    const NOTHING: DurationStyle = DurationStyle { unit: None, pair: None };

    #[test]
    fn lengths_that_say_their_units() {
        for (text, length) in [
            ("1:30:00", 5_400.0),
            ("00:00:01.5", 1.5),
            ("123:00:00", 442_800.0),
            ("-0:00:30", -30.0),
            ("1 day, 2:03:04", 93_784.0),
            ("2d 3h", 183_600.0),
            ("1h30m", 5_400.0),
            ("90 min", 5_400.0),
            ("2 days, 3 hours and 4 minutes", 183_840.0),
            ("1.5 hours", 5_400.0),
            ("45s", 45.0),
            ("250 ms", 0.25),
            ("PT1H30M", 5_400.0),
            ("P1DT12H", 129_600.0),
            ("P2W", 1_209_600.0),
        ] {
            assert_eq!(seconds(text, NOTHING), Ok(length), "{text}");
        }
    }

    #[test]
    fn those_that_do_not_need_a_column_that_does() {
        assert_eq!(seconds("90:15", NOTHING), Err(BadDuration::TwoParts));
        assert_eq!(seconds("90", NOTHING), Err(BadDuration::NoUnit));
        let pair = |pair| DurationStyle { pair: Some(pair), ..NOTHING };
        assert_eq!(seconds("90:15", pair(Pair::MinutesSeconds)), Ok(5_415.0));
        assert_eq!(seconds("90:15", pair(Pair::HoursMinutes)), Ok(324_900.0));
        let minutes = DurationStyle { unit: Some(60_000_000), ..NOTHING };
        assert_eq!(seconds("1,090", minutes), Ok(65_400.0));
        assert_eq!(seconds("1.5", minutes), Ok(90.0));
        assert_eq!(seconds("1:00:00", minutes), Ok(3_600.0));
        assert_eq!(seconds("-2", minutes), Ok(-120.0));
    }

    #[test]
    fn others_are_none() {
        for text in [
            "", "P", "PT", "P1M", "P1Y", "1mo", "3h 2d", "2h 3h", "h", "1:2:3:4", "a:b", "1::2", "2d3", "é",
            "x:1",
        ] {
            assert_eq!(seconds(text, NOTHING), Err(BadDuration::Unreadable), "{text}");
        }
        assert_eq!(seconds("1:60:00", NOTHING), Err(BadDuration::TooManyParts));
        assert_eq!(seconds("999999999 weeks", NOTHING), Err(BadDuration::TooLong));
    }
}
