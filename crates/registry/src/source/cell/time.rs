//! Dates and times as exports write them: ISO 8601, or a format that the config gives.
//!
//! A text without an offset is wall-clock time in the project's zone. A date
//! column that holds a date and time keeps the day as written, or, where the text
//! has an offset, the day in the project's zone. A date and time column that
//! holds a date means its midnight.

use std::fmt;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use goalpost_core::calendar::Calendar;
use goalpost_core::preset::DateStyle;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Days from the first of January of year 1 to the epoch, plus one.
const EPOCH: i32 = 719_163;

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
    /// Before the year 1 or after the year 9999.
    BeyondCalendar,
}

impl fmt::Display for BadTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInStyle(style) => return write!(f, "not with the {style}, as other dates of the table"),
            Self::NotIso => "not a date like 2026-01-31, nor a time like 2026-01-31T09:30",
            Self::NotInFormat => "not in the column's `format`",
            Self::NoSuchDay => "no such day",
            Self::NoSuchTime => "no such time of day",
            Self::TimeOfDay => "has a time of day, which a column of days would lose",
            Self::BeyondCalendar => "not in the years 1 to 9999",
        })
    }
}

/// A format in `strftime` notation, or the formats of a style.
#[derive(Clone, Debug)]
pub(in crate::source) struct TimeFormat {
    formats: Vec<Vec<Item<'static>>>,
    /// Whether ISO 8601 is understood as well.
    or_iso: bool,
    /// The style that was found.
    style: Option<&'static str>,
}

impl TimeFormat {
    /// Understands a format; `None` when it is not one.
    pub(in crate::source) fn new(format: &str) -> Option<Self> {
        Some(Self { formats: vec![items(format)?], or_iso: false, style: None })
    }

    /// A style: any of these formats, or ISO 8601.
    pub(in crate::source) fn of_style(style: &DateStyle) -> Option<Self> {
        let formats: Option<Vec<_>> = style.formats.iter().map(|format| items(format)).collect();
        Some(Self { formats: formats?, or_iso: true, style: Some(style.name) })
    }

    /// The style that was found, where one was looked for.
    pub(in crate::source) const fn style(&self) -> Option<&'static str> {
        self.style
    }

    /// The same, or ISO 8601.
    pub(in crate::source) fn or_iso(self) -> Self {
        Self { or_iso: true, ..self }
    }

    fn read(&self, text: &str) -> Result<Moment, BadTime> {
        let mut why = BadTime::NotInFormat;
        if self.or_iso {
            match iso(text) {
                Err(BadTime::NotIso) => {}
                found => return found,
            }
        }
        for format in &self.formats {
            match read_as(format, text) {
                Ok(moment) => return Ok(moment),
                Err(BadTime::NotInFormat) => {}
                Err(other) => why = other,
            }
        }
        Err(self.style.map_or(why, BadTime::NotInStyle))
    }
}

fn items(format: &str) -> Option<Vec<Item<'static>>> {
    StrftimeItems::new(format).parse_to_owned().ok()
}

fn read_as(items: &[Item<'static>], text: &str) -> Result<Moment, BadTime> {
    let moment = moment_of(items, text)?;
    match moment.wall.year() {
        // A year of two digits where four are wanted: 31/01/26 is not in year 26.
        year @ 1..100 if !text.contains(&format!("{year:04}")) => Err(BadTime::NotInFormat),
        0 if !text.contains("0000") => Err(BadTime::NotInFormat),
        1..=9_999 => Ok(moment),
        // Far years would overflow later; nobody means them.
        _ => Err(BadTime::BeyondCalendar),
    }
}

fn moment_of(items: &[Item<'static>], text: &str) -> Result<Moment, BadTime> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, items.iter()).map_err(|error| match error.kind() {
        chrono::format::ParseErrorKind::OutOfRange if has_marks(items, text) => BadTime::NoSuchDay,
        _ => BadTime::NotInFormat,
    })?;
    if let Some(seconds) = parsed.timestamp() {
        let moment = DateTime::from_timestamp(seconds, 0).ok_or(BadTime::NoSuchTime)?;
        return Ok(Moment { wall: moment.naive_utc(), clock: Clock::Offset(0) });
    }
    let date = parsed.to_naive_date().map_err(|_| BadTime::NoSuchDay)?;
    let Ok(time) = parsed.to_naive_time() else {
        // A format without a clock gives a midnight; one with half a clock does not.
        let no_clock = parsed.hour_mod_12().is_none() && parsed.minute().is_none();
        return if no_clock { Ok(Moment::midnight(date)) } else { Err(BadTime::NoSuchTime) };
    };
    let clock = parsed.offset().map_or(Clock::Wall, |offset| Clock::Offset(i64::from(offset)));
    Ok(Moment { wall: date.and_time(time), clock })
}

/// Whether a text has what stands between the numbers of a format.
fn has_marks(items: &[Item<'static>], text: &str) -> bool {
    items.iter().all(|item| match item {
        Item::Literal(mark) => text.contains(mark),
        Item::OwnedLiteral(mark) => text.contains(&**mark),
        _ => true,
    })
}

/// A moment as written.
struct Moment {
    wall: NaiveDateTime,
    clock: Clock,
}

/// What the written time of day is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// No time was written.
    None,
    /// Wall-clock time in the project's zone.
    Wall,
    /// Seconds east of UTC.
    Offset(i64),
}

impl Moment {
    fn midnight(date: NaiveDate) -> Self {
        Self { wall: date.and_time(NaiveTime::MIN), clock: Clock::None }
    }
}

/// What a text turned out to be, for inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum TimeShape {
    /// A day.
    Date,
    /// A day with a time of day.
    DateTime,
}

/// Reads times of one column; it remembers the offset of days already seen.
#[derive(Debug)]
pub(in crate::source) struct TimeReader<'a> {
    format: Option<&'a TimeFormat>,
    calendar: Calendar,
    days: Days,
    /// Times of day that a guessed column of days would have lost.
    pub(in crate::source) lost: u64,
    /// Days since the epoch and their offset in microseconds, by day modulo the length.
    offsets: Vec<Option<(i32, i64)>>,
}

/// What a column of days does with a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Days {
    /// It was declared, so the day alone is wanted.
    Wanted,
    /// It was guessed, so a time of day shows that the guess is wrong.
    Guessed,
}

/// Days whose offset is remembered: about 22 years.
const REMEMBERED: usize = 8_192;

impl<'a> TimeReader<'a> {
    /// A reader of a column with this format, or of ISO 8601.
    pub(in crate::source) fn new(format: Option<&'a TimeFormat>, calendar: Calendar) -> Self {
        Self { format, calendar, days: Days::Wanted, lost: 0, offsets: Vec::new() }
    }

    /// The reader of a column whose type was guessed.
    pub(in crate::source) fn of_guess(self) -> Self {
        Self { days: Days::Guessed, ..self }
    }

    /// The day that a text means, in days since 1970.
    pub(in crate::source) fn date(&mut self, text: &str) -> Result<i32, BadTime> {
        if self.format.is_none()
            && let Some((date, [])) = iso_date(text.as_bytes())
        {
            return date.map(days);
        }
        let moment = self.read(text)?;
        if self.days == Days::Guessed && moment.wall.time() != NaiveTime::MIN {
            self.lost += 1;
            return Err(BadTime::TimeOfDay);
        }
        match moment.clock {
            Clock::None | Clock::Wall => Ok(days(moment.wall.date())),
            Clock::Offset(offset) => {
                let instant = moment.wall.checked_sub_signed(TimeDelta::seconds(offset));
                let instant = instant.ok_or(BadTime::NoSuchDay)?.and_utc();
                Ok(days(self.calendar.day(instant)))
            }
        }
    }

    /// The moment that a text means, in microseconds since 1970 in UTC.
    pub(in crate::source) fn moment(&mut self, text: &str) -> Result<i64, BadTime> {
        let moment = self.read(text)?;
        match moment.clock {
            Clock::None | Clock::Wall => Ok(self.instant(moment.wall)),
            Clock::Offset(offset) => Ok(moment.wall.and_utc().timestamp_micros() - offset * SECOND),
        }
    }

    /// The moment of a wall-clock time in the project's zone.
    pub(in crate::source) fn instant(&mut self, wall: NaiveDateTime) -> i64 {
        let day = days(wall.date());
        if self.offsets.is_empty() {
            self.offsets = vec![None; REMEMBERED];
        }
        let slot = day.rem_euclid(REMEMBERED as i32) as usize;
        let written = wall.and_utc().timestamp_micros();
        if let Some((remembered, offset)) = self.offsets[slot]
            && remembered == day
        {
            return written - offset;
        }
        // A day of 24 hours has one offset; the others are looked up each time.
        let starts = self.calendar.instant(wall.date()).timestamp_micros();
        let ends = wall.date().succ_opt().map(|next| self.calendar.instant(next).timestamp_micros());
        if ends == Some(starts + DAY) {
            self.offsets[slot] = Some((day, i64::from(day) * DAY - starts));
        }
        self.calendar.local(wall).timestamp_micros()
    }

    /// Whether a text is a day or a moment.
    pub(in crate::source) fn shape(&mut self, text: &str) -> Result<TimeShape, BadTime> {
        let moment = self.read(text)?;
        Ok(if moment.clock == Clock::None { TimeShape::Date } else { TimeShape::DateTime })
    }

    /// The day of a moment, in the project's zone.
    pub(in crate::source) fn day_of(&self, micros: i64) -> Result<i32, BadTime> {
        let moment = DateTime::<Utc>::from_timestamp_micros(micros).ok_or(BadTime::BeyondCalendar)?;
        Ok(days(self.calendar.day(moment)))
    }

    fn read(&self, text: &str) -> Result<Moment, BadTime> {
        let text = text.trim();
        match self.format {
            Some(format) => format.read(text),
            None => iso(text),
        }
    }
}

/// Days since 1970.
fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - EPOCH
}

/// The date that a text begins with, and the rest; `None` when it does not look like one.
fn iso_date(bytes: &[u8]) -> Option<(Result<NaiveDate, BadTime>, &[u8])> {
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
fn iso(text: &str) -> Result<Moment, BadTime> {
    let (date, rest) = iso_date(text.as_bytes()).ok_or(BadTime::NotIso)?;
    let date = date?;
    let rest = match rest {
        [] => return Ok(Moment::midnight(date)),
        [b'T' | b't' | b' ', rest @ ..] => rest,
        _ => return Err(BadTime::NotIso),
    };
    let (&[h1, h2, b':', m1, m2], mut rest) = rest.split_first_chunk().ok_or(BadTime::NotIso)? else {
        return Err(BadTime::NotIso);
    };
    let hour = number([h1, h2]).ok_or(BadTime::NotIso)?;
    let minute = number([m1, m2]).ok_or(BadTime::NotIso)?;
    let (mut second, mut nanos) = (0, 0);
    if let [b':', s1, s2, after @ ..] = rest {
        second = number([*s1, *s2]).ok_or(BadTime::NotIso)?;
        rest = after;
        if let [b'.' | b',', after @ ..] = rest {
            let length = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&length) {
                return Err(BadTime::NotIso);
            }
            for place in 0..9 {
                nanos = nanos * 10
                    + after.get(place).filter(|_| place < length).map_or(0, |b| u32::from(b - b'0'));
            }
            rest = &after[length..];
        }
    }
    // Moments are kept to the microsecond.
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos / 1_000 * 1_000);
    let wall = date.and_time(time.ok_or(BadTime::NoSuchTime)?);
    Ok(Moment { wall, clock: iso_offset(rest.trim_ascii_start()).ok_or(BadTime::NotIso)? })
}

/// ``, `Z`, `UTC`, `+01`, `+0100`, `+01:00`.
fn iso_offset(text: &[u8]) -> Option<Clock> {
    let (sign, hours, minutes) = match *text {
        [] => return Some(Clock::Wall),
        [b'Z' | b'z'] | [b'U', b'T', b'C'] | [b'G', b'M', b'T'] => return Some(Clock::Offset(0)),
        [sign, h1, h2] => (sign, [h1, h2], [b'0', b'0']),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => (sign, [h1, h2], [m1, m2]),
        _ => return None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = i64::from(hours * 3_600 + minutes * 60);
    match sign {
        b'+' if hours < 24 && minutes < 60 => Some(Clock::Offset(seconds)),
        b'-' if hours < 24 && minutes < 60 => Some(Clock::Offset(-seconds)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use goalpost_core::preset::DATE_STYLES;

    use super::*;

    fn calendar(zone: &str) -> Calendar {
        Calendar { time_zone: zone.parse().expect("a zone"), ..Calendar::default() }
    }

    fn shown(text: &str, zone: &str) -> Result<String, BadTime> {
        let micros = TimeReader::new(None, calendar(zone)).moment(text)?;
        Ok(DateTime::<Utc>::from_timestamp_micros(micros).expect("in range").format("%FT%T%.f").to_string())
    }

    fn day(text: &str, format: Option<&str>, zone: &str) -> Result<String, BadTime> {
        let format = format.map(|format| TimeFormat::new(format).expect("a format"));
        let days = TimeReader::new(format.as_ref(), calendar(zone)).date(text)?;
        Ok(NaiveDate::from_num_days_from_ce_opt(days + EPOCH).expect("in range").to_string())
    }

    #[test]
    fn years_of_two_digits_are_not_those_of_the_romans() {
        assert_eq!(day("31/01/26", Some("%d/%m/%Y"), "UTC"), Err(BadTime::NotInFormat));
        assert_eq!(day("31/01/26", Some("%d/%m/%y"), "UTC"), Ok("2026-01-31".to_owned()));
        assert_eq!(day("1/1/0001", Some("%d/%m/%Y"), "UTC"), Ok("0001-01-01".to_owned()));
        assert_eq!(day("1/1/0000", Some("%d/%m/%Y"), "UTC"), Err(BadTime::BeyondCalendar));
    }

    #[test]
    fn a_style_has_many_formats_and_understands_iso() {
        let month_first = DATE_STYLES.iter().find(|style| style.name == "month first").expect("a style");
        let style = TimeFormat::of_style(month_first).expect("a style");
        let mut reader = TimeReader::new(Some(&style), calendar("UTC"));
        let iso = |micros: i64| {
            DateTime::<Utc>::from_timestamp_micros(micros).expect("in range").format("%FT%R").to_string()
        };
        for (text, moment) in [
            ("1/31/2026", "2026-01-31T00:00"),
            ("01/31/2026 3:05 PM", "2026-01-31T15:05"),
            ("1/31/26", "2026-01-31T00:00"),
            ("2026-01-31 09:30", "2026-01-31T09:30"),
            ("2026-01-31T09:30:00.000+0000", "2026-01-31T09:30"),
        ] {
            assert_eq!(reader.moment(text).map(iso), Ok(moment.to_owned()), "{text}");
        }
        for text in ["31/01/2026", "Saturday"] {
            let why = reader.moment(text).expect_err("not of the style").to_string();
            assert_eq!(why, "not with the month first, as other dates of the table");
        }
    }

    #[test]
    fn days_are_iso_and_must_exist() {
        assert_eq!(day("2026-01-31", None, "UTC"), Ok("2026-01-31".to_owned()));
        assert_eq!(day("1969-12-31", None, "UTC"), Ok("1969-12-31".to_owned()));
        assert_eq!(day("2026-02-30", None, "UTC"), Err(BadTime::NoSuchDay));
        assert_eq!(day("0000-00-00", None, "UTC"), Err(BadTime::NoSuchDay));
        for text in ["31/01/2026", "2026-1-31", "20260131", "2026-01-31x", "today", ""] {
            assert_eq!(day(text, None, "UTC"), Err(BadTime::NotIso), "{text}");
        }
    }

    #[test]
    fn a_day_column_keeps_the_written_day_or_the_local_one() {
        assert_eq!(day("2026-01-31 23:30", None, "America/New_York"), Ok("2026-01-31".to_owned()));
        // 23:30 in UTC is already the first of February in Berlin.
        assert_eq!(day("2026-01-31T23:30:00Z", None, "Europe/Berlin"), Ok("2026-02-01".to_owned()));
    }

    #[test]
    fn moments_are_read_with_and_without_offset() {
        let moment = "2026-01-31T09:30:00";
        for text in [
            "2026-01-31T09:30",
            "2026-01-31 09:30:00",
            "2026-01-31T09:30:00Z",
            "2026-01-31 09:30:00 UTC",
            "2026-01-31T10:30:00+01:00",
            "2026-01-31T10:30:00.000+0100",
            "2026-01-31 04:30:00-05",
        ] {
            assert_eq!(shown(text, "UTC").as_deref(), Ok(moment), "{text}");
        }
        assert_eq!(shown("2026-01-31T09:30:00.1234567", "UTC").as_deref(), Ok("2026-01-31T09:30:00.123456"));
        assert_eq!(shown("2026-01-31", "Europe/Berlin").as_deref(), Ok("2026-01-30T23:00:00"));
        assert_eq!(shown("2026-01-31T25:00", "UTC"), Err(BadTime::NoSuchTime));
        for text in [
            "2026-01-31T",
            "2026-01-31T9:30",
            "2026-01-31T09:30:00+1",
            "2026-01-31T09:30:00.",
            "2026-01-31T09:30 PM",
        ] {
            assert_eq!(shown(text, "UTC"), Err(BadTime::NotIso), "{text}");
        }
    }

    #[test]
    fn wall_clock_time_follows_daylight_saving() {
        let mut reader = TimeReader::new(None, calendar("Europe/Berlin"));
        let mut hour = |text: &str| reader.moment(text).expect(text) / SECOND / 3_600 % 24;
        // Twice per day, so that the second comes from the remembered offset.
        for _ in 0..2 {
            assert_eq!(hour("2026-03-28T12:00"), 11);
            assert_eq!(hour("2026-03-29T12:00"), 10);
            assert_eq!(hour("2026-03-29T01:30"), 0);
            assert_eq!(hour("2026-03-30T12:00"), 10);
            assert_eq!(hour("2026-10-25T12:00"), 11);
        }
    }

    #[test]
    fn formats_are_those_of_strftime() {
        assert_eq!(day("31/01/2026", Some("%d/%m/%Y"), "UTC"), Ok("2026-01-31".to_owned()));
        assert_eq!(day("1/2/2026", Some("%m/%d/%Y"), "UTC"), Ok("2026-01-02".to_owned()));
        assert_eq!(day("31/01/26", Some("%d/%m/%y"), "UTC"), Ok("2026-01-31".to_owned()));
        assert_eq!(
            day("Jan 31, 2026 11:30 PM", Some("%b %d, %Y %I:%M %p"), "UTC"),
            Ok("2026-01-31".to_owned())
        );
        assert_eq!(day("1769900400", Some("%s"), "Europe/Berlin"), Ok("2026-02-01".to_owned()));
        assert_eq!(day("30/02/2026", Some("%d/%m/%Y"), "UTC"), Err(BadTime::NoSuchDay));
        assert_eq!(day("01/31/2026", Some("%d/%m/%Y"), "UTC"), Err(BadTime::NoSuchDay));
        assert_eq!(day("2026-01-31", Some("%d/%m/%Y"), "UTC"), Err(BadTime::NotInFormat));
        assert!(TimeFormat::new("%Q").is_none());
        let format = TimeFormat::new("%d.%m.%Y %H:%M").expect("a format");
        let mut reader = TimeReader::new(Some(&format), calendar("UTC"));
        assert_eq!(reader.moment("01.01.1970 00:01"), Ok(60 * SECOND));
        assert_eq!(reader.shape("01.01.1970 00:01"), Ok(TimeShape::DateTime));
    }
}
