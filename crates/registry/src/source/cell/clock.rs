//! Times of day and zones as people and programs write them: `09:30`, `9:30:00.25`,
//! `9:30 a.m.`, `9:30PM EST`; and ISO 8601, which puts one behind a date.

use chrono::{NaiveDate, NaiveTime};
use goalpost_core::calendar::WrittenZone;

use super::moment::{BadTime, Clock, Moment};

/// The date that a text begins with, and the rest; `None` when it does not look like one.
pub(super) fn iso_date(bytes: &[u8]) -> Option<(Result<NaiveDate, BadTime>, &[u8])> {
    let (date, rest) = bytes.split_at_checked(10)?;
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let year = number([y1, y2])? * 100 + number([y3, y4])?;
    let (month, day) = (number([m1, m2])?, number([d1, d2])?);
    // Year 0 is how some databases write "no date".
    let found = NaiveDate::from_ymd_opt(year as i32, month, day).filter(|_| year > 0);
    Some((found.ok_or(BadTime::NoSuchDay), rest))
}

fn number([tens, ones]: [u8; 2]) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// `2026-01-31`, `2026-01-31T09:30`, `2026-01-31 09:30:00.25+01:00`.
pub(super) fn iso(text: &str) -> Result<Moment, BadTime> {
    let (date, rest) = iso_date(text.as_bytes()).ok_or(BadTime::NotIso)?;
    // What is read of a date is ASCII.
    let rest = text.get(text.len() - rest.len()..).unwrap_or_default();
    behind(date?, rest).ok_or(BadTime::NotIso)?
}

/// A date with what stands behind it: nothing, or a time of day. `None` where that
/// is neither.
pub(super) fn behind(date: NaiveDate, rest: &str) -> Option<Result<Moment, BadTime>> {
    if rest.is_empty() {
        return Some(Ok(Moment::midnight(date)));
    }
    let rest = match rest.strip_prefix(['T', 't']) {
        Some(rest) => rest,
        None => {
            let rest = rest.strip_prefix(',').unwrap_or(rest);
            let clock = rest.trim_start();
            if clock.len() == rest.len() {
                return None;
            }
            clock
        }
    };
    let (time, zone) = time(rest)?;
    let clock = match zone.trim_start() {
        "" => Clock::Wall,
        zone => match WrittenZone::read(zone) {
            Some(zone) => Clock::Zone(zone),
            // Capital letters are meant to be a zone.
            None if zone.len() > 1 && zone.bytes().all(|b| b.is_ascii_uppercase()) => {
                return Some(Err(BadTime::NoSuchZone));
            }
            None => return None,
        },
    };
    Some(time.map(|time| Moment { wall: date.and_time(time), clock }))
}

/// The time of day that a text begins with, and the rest; `None` when it does not
/// look like one.
fn time(text: &str) -> Option<(Result<NaiveTime, BadTime>, &str)> {
    let (hour, rest) = digits(text, 1..=2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2..=2)?;
    let (mut second, mut nanos) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = digits(after, 2..=2)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let length = after.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, after) = digits(after, 1..=9)?;
            nanos = fraction * 10_u32.pow(9_u32.saturating_sub(length as u32));
            rest = after;
        }
    }
    let hour = match half(rest) {
        None => Some(hour),
        Some((half, after)) => {
            rest = after;
            (1..=12).contains(&hour).then_some(hour % 12 + if half == Half::Afternoon { 12 } else { 0 })
        }
    };
    // Moments are kept to the microsecond.
    let time =
        hour.and_then(|hour| NaiveTime::from_hms_nano_opt(hour, minute, second, nanos / 1_000 * 1_000));
    Some((time.ok_or(BadTime::NoSuchTime), rest))
}

/// So many digits, at most nine, and the rest.
fn digits(text: &str, many: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let mut number = 0_u32;
    let mut length = 0;
    for digit in text.bytes().take_while(u8::is_ascii_digit) {
        number = number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
        length += 1;
    }
    many.contains(&length).then(|| Some((number, text.get(length..)?)))?
}

/// A half of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
}

/// The half of the day that a text begins with, after white space, and the rest:
/// `am`, `AM`, `a.m.`, `a. m.`.
pub(super) fn half(text: &str) -> Option<(Half, &str)> {
    let text = text.trim_start();
    let mut rest = text.chars();
    let half = match rest.next()? {
        'a' | 'A' => Half::Morning,
        'p' | 'P' => Half::Afternoon,
        _ => return None,
    };
    let rest = rest.as_str();
    let (rest, is_short) = match rest.strip_prefix('.') {
        Some(rest) => (rest.trim_start(), true),
        None => (rest, false),
    };
    let rest = rest.strip_prefix(['m', 'M'])?;
    let rest = if is_short { rest.strip_prefix('.').unwrap_or(rest) } else { rest };
    // Not the beginning of a word.
    rest.chars().next().is_none_or(|next| !next.is_alphanumeric()).then_some((half, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let date = NaiveDate::from_ymd_opt(2026, 1, 31)?;
        let moment = behind(date, text)?.ok()?;
        Some(format!("{} {:?}", moment.wall.time(), moment.clock))
    }

    #[test]
    fn clocks_are_read_with_halves_and_zones() {
        for (text, time) in [
            (" 09:30", "09:30:00 Wall"),
            (", 9:30 am", "09:30:00 Wall"),
            (" 9:30 a.m.", "09:30:00 Wall"),
            (" 9:30\u{202f}p. m.", "21:30:00 Wall"),
            (" 9:30PM", "21:30:00 Wall"),
            (" 12:05 AM", "00:05:00 Wall"),
            (" 12:05:06.5 pm", "12:05:06.500 Wall"),
            (" 9:30 AM EST", "09:30:00 Zone(Offset(-18000))"),
            ("T22:30Z", "22:30:00 Zone(Offset(0))"),
            (" 22:30 IST", "22:30:00 Zone(Shared(\"IST\"))"),
            (" 22:30 Europe/Berlin", "22:30:00 Zone(Place(Europe/Berlin))"),
        ] {
            assert_eq!(read(text).as_deref(), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_clock_is_not() {
        for text in
            ["9:30", " ", "T", " 9", " 9:3", " 9:30 amber", " 13:30 pm", " 0:30 am", " 24:00", " 9:30 est"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        let date = NaiveDate::MIN;
        assert_eq!(behind(date, " 9:30 XYZ").map(|found| found.err()), Some(Some(BadTime::NoSuchZone)));
        assert_eq!(behind(date, " 25:00").map(|found| found.err()), Some(Some(BadTime::NoSuchTime)));
    }
}
