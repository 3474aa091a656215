//! Dates and times as exports write them: ISO 8601, or a format that the config gives.
//!
//! A text without a zone is wall-clock time in the column's zone, which is the
//! project's where none is declared. A date column that holds a date and time keeps
//! the day as written, or, where the text has a zone, the day in the project's zone.
//! A date and time column that holds a date means its midnight. `clock` reads times
//! of day and zones, `format` what a format or a style says.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use goalpost_core::calendar::{Calendar, WrittenZone, is_called};

use super::clock;
use super::format::TimeFormat;
use super::moment::{BadTime, Clock, DAY, Moment, SECOND, days};

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
    /// The zone of times of day without one, where it is not the project's.
    zone: Option<Tz>,
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
        Self { format, calendar, zone: None, days: Days::Wanted, lost: 0, offsets: Vec::new() }
    }

    /// The reader of a column whose times of day are those of a zone.
    pub(in crate::source) fn of_zone(self, zone: Option<Tz>) -> Self {
        Self { zone, ..self }
    }

    /// The reader of a column whose type was guessed.
    pub(in crate::source) fn of_guess(self) -> Self {
        Self { days: Days::Guessed, ..self }
    }

    /// The day that a text means, in days since 1970.
    pub(in crate::source) fn date(&mut self, text: &str) -> Result<i32, BadTime> {
        if self.format.is_none()
            && let Some((date, [])) = clock::iso_date(text.as_bytes())
        {
            return date.map(days);
        }
        let moment = self.read(text)?;
        if let Clock::Zone(zone) = moment.clock {
            self.in_zone(moment.wall, zone)?;
        }
        if self.days == Days::Guessed && moment.wall.time() != NaiveTime::MIN {
            self.lost += 1;
            return Err(BadTime::TimeOfDay);
        }
        match moment.clock {
            Clock::Wall if self.zone.is_some() => {
                let instant = self.instant(moment.wall);
                self.day_of(instant)
            }
            Clock::None | Clock::Wall => Ok(days(moment.wall.date())),
            Clock::Zone(zone) => self.day_of(self.in_zone(moment.wall, zone)?),
        }
    }

    /// The moment that a text means, in microseconds since 1970 in UTC.
    pub(in crate::source) fn moment(&mut self, text: &str) -> Result<i64, BadTime> {
        let moment = self.read(text)?;
        match moment.clock {
            Clock::None | Clock::Wall => Ok(self.instant(moment.wall)),
            Clock::Zone(zone) => self.in_zone(moment.wall, zone),
        }
    }

    /// The moment of a wall-clock time in a zone that a cell names.
    fn in_zone(&self, wall: NaiveDateTime, zone: WrittenZone) -> Result<i64, BadTime> {
        let place = match (zone, self.zone) {
            (WrittenZone::Offset(seconds), _) => {
                return Ok(wall.and_utc().timestamp_micros() - i64::from(seconds) * SECOND);
            }
            (WrittenZone::Place(place), _) => place,
            (WrittenZone::Shared(name), Some(place)) if is_called(place, &wall, name) => place,
            (WrittenZone::Shared(name), _) => return Err(BadTime::SharedZone(name)),
        };
        Ok(Calendar { time_zone: place, ..self.calendar }.local(wall).timestamp_micros())
    }

    /// The moment of a wall-clock time in the column's zone.
    pub(in crate::source) fn instant(&mut self, wall: NaiveDateTime) -> i64 {
        let calendar = Calendar { time_zone: self.zone.unwrap_or(self.calendar.time_zone), ..self.calendar };
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
        let starts = calendar.instant(wall.date()).timestamp_micros();
        let ends = wall.date().succ_opt().map(|next| calendar.instant(next).timestamp_micros());
        if ends == Some(starts + DAY) {
            self.offsets[slot] = Some((day, i64::from(day) * DAY - starts));
        }
        calendar.local(wall).timestamp_micros()
    }

    /// Whether a text is a day or a moment.
    pub(in crate::source) fn shape(&mut self, text: &str) -> Result<TimeShape, BadTime> {
        let moment = self.read(text)?;
        if let Clock::Zone(zone) = moment.clock {
            self.in_zone(moment.wall, zone)?;
        }
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
            None => clock::iso(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use goalpost_core::preset::DATE_STYLES;

    use super::*;
    use crate::source::cell::moment::EPOCH;

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
            "2026-01-31 4:30 a.m. EST",
            "2026-01-31 10:30 Europe/Berlin",
        ] {
            assert_eq!(shown(text, "UTC").as_deref(), Ok(moment), "{text}");
        }
        assert_eq!(shown("2026-01-31T09:30:00.1234567", "UTC").as_deref(), Ok("2026-01-31T09:30:00.123456"));
        assert_eq!(shown("2026-01-31", "Europe/Berlin").as_deref(), Ok("2026-01-30T23:00:00"));
        assert_eq!(shown("2026-01-31T25:00", "UTC"), Err(BadTime::NoSuchTime));
        assert_eq!(shown("2026-01-31T09:30 PM", "UTC").as_deref(), Ok("2026-01-31T21:30:00"));
        assert_eq!(shown("2026-01-31T09:30 IST", "UTC"), Err(BadTime::SharedZone("IST")));
        assert_eq!(shown("2026-01-31T09:30 IST", "Asia/Kolkata"), Err(BadTime::SharedZone("IST")));
        assert_eq!(shown("2026-01-31T09:30 XYZ", "UTC"), Err(BadTime::NoSuchZone));
        for text in ["2026-01-31T", "2026-01-31T09:30:00+1", "2026-01-31T09:30:00.", "2026-01-31T09:30 in"] {
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
