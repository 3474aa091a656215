//! What a format in `strftime` notation reads, or a style of dates.
//!
//! Formats are those of `chrono`, which takes zones and halves of the day at their
//! letter and skips the name of a zone. Here a zone says which moment is meant,
//! whether a code stands for it or the format spells it out, and `a.m.` is `am`.

use std::borrow::Cow;

use chrono::format::{
    Fixed, Item, Numeric, ParseErrorKind, Parsed, StrftimeItems, parse, parse_and_remainder,
};
use chrono::{DateTime, Datelike, NaiveDate};
use goalpost_core::calendar::WrittenZone;
use goalpost_core::preset::DateStyle;

use super::clock;
use super::counted::Counted;
use super::moment::{BadTime, Clock, Moment};

/// A format in `strftime` notation, or a style.
#[derive(Clone, Debug)]
pub(in crate::source) struct TimeFormat {
    patterns: Vec<Pattern>,
    /// What numbers count, where the column holds these.
    counted: Option<Counted>,
    /// Whether ISO 8601 is understood as well.
    or_iso: bool,
    /// The style that was found.
    style: Option<&'static str>,
}

impl TimeFormat {
    /// Understands a format; `None` when it is not one.
    pub(in crate::source) fn new(format: &str) -> Option<Self> {
        let counted = Counted::of_format(format);
        let patterns = if counted.is_some() { Vec::new() } else { vec![Pattern::new(format)?] };
        Some(Self { patterns, counted, or_iso: false, style: None })
    }

    /// A style: any of its dates, alone or before a time of day, or ISO 8601.
    pub(in crate::source) fn of_style(style: &DateStyle) -> Option<Self> {
        let patterns: Option<Vec<_>> = style.dates.iter().map(|format| Pattern::new(format)).collect();
        Some(Self { patterns: patterns?, counted: None, or_iso: true, style: Some(style.name) })
    }

    /// The style that was found, where one was looked for.
    pub(in crate::source) const fn style(&self) -> Option<&'static str> {
        self.style
    }

    /// The same, or ISO 8601.
    pub(in crate::source) fn or_iso(self) -> Self {
        Self { or_iso: true, ..self }
    }

    pub(super) fn read(&self, text: &str) -> Result<Moment, BadTime> {
        let mut why = BadTime::NotInFormat;
        if self.or_iso {
            match clock::iso(text) {
                Err(BadTime::NotIso) => {}
                found => return found,
            }
        }
        if let Some(counted) = self.counted {
            return counted.read(text);
        }
        for pattern in &self.patterns {
            let read =
                if self.style.is_some() { pattern.read_before_clock(text) } else { pattern.read(text) };
            match read.and_then(|moment| in_calendar(moment, text)) {
                Ok(moment) => return Ok(moment),
                Err(BadTime::NotInFormat) => {}
                Err(other) => why = other,
            }
        }
        match why {
            BadTime::NotInFormat | BadTime::NoSuchDay => Err(self.style.map_or(why, BadTime::NotInStyle)),
            _ => Err(why),
        }
    }
}

fn in_calendar(moment: Moment, text: &str) -> Result<Moment, BadTime> {
    match moment.wall.year() {
        // A year of two digits where four are wanted: 31/01/26 is not in year 26.
        year @ 1..100 if !text.contains(&format!("{year:04}")) => Err(BadTime::NotInFormat),
        0 if !text.contains("0000") => Err(BadTime::NotInFormat),
        1..=9_999 => Ok(moment),
        // Far years would overflow later; nobody means them.
        _ => Err(BadTime::BeyondCalendar),
    }
}

/// One format.
#[derive(Clone, Debug)]
struct Pattern {
    items: Vec<Item<'static>>,
    /// Which of the items is a zone.
    zone: Option<usize>,
    /// The zone that the format spells out.
    spelled: Option<WrittenZone>,
    /// Whether the format has a half of the day.
    halves: bool,
}

impl Pattern {
    fn new(format: &str) -> Option<Self> {
        let mut items = StrftimeItems::new(format).parse_to_owned().ok()?;
        let is_half = |item: &Item<'_>| matches!(item, Item::Fixed(Fixed::LowerAmPm | Fixed::UpperAmPm));
        let halves = items.iter().any(is_half);
        // White space before a half of the day may be there or not.
        let is_blank = |item: &Item<'_>| matches!(item, Item::Space(_) | Item::OwnedSpace(_));
        while let Some(place) = items.iter().position(is_half).filter(|place| *place > 0)
            && is_blank(&items[place - 1])
        {
            items.remove(place - 1);
        }
        let is_zone = |item: &Item<'_>| {
            matches!(
                item,
                Item::Fixed(
                    Fixed::TimezoneName
                        | Fixed::TimezoneOffset
                        | Fixed::TimezoneOffsetColon
                        | Fixed::TimezoneOffsetDoubleColon
                        | Fixed::TimezoneOffsetTripleColon
                        | Fixed::TimezoneOffsetColonZ
                        | Fixed::TimezoneOffsetZ
                )
            )
        };
        let zone = items.iter().position(is_zone);
        let spelled = items.iter().find_map(WrittenZone::of_item);
        Some(Self { items, zone, spelled, halves })
    }

    fn read(&self, text: &str) -> Result<Moment, BadTime> {
        let text = &*self.usual(text);
        let Some(place) = self.zone else {
            let parsed = self.parsed(&self.items, text, Parsed::new())?;
            return self.moment(&parsed, self.spelled.map_or(Clock::Wall, Clock::Zone));
        };
        let mut parsed = Parsed::new();
        let before = self.items.iter().take(place);
        let rest =
            parse_and_remainder(&mut parsed, text, before).map_err(|error| self.wrong(error.kind(), text))?;
        let rest = rest.trim_start();
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':' | '/' | '_'));
        let (zone, rest) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        if zone.is_empty() {
            return Err(BadTime::NotInFormat);
        }
        let zone = WrittenZone::read(zone).ok_or(BadTime::NoSuchZone)?;
        let after = self.items.get(place + 1..).unwrap_or_default();
        self.moment(&self.parsed(after, rest, parsed)?, Clock::Zone(zone))
    }

    /// Reads a date with what stands behind it.
    fn read_before_clock(&self, text: &str) -> Result<Moment, BadTime> {
        let mut parsed = Parsed::new();
        let rest = parse_and_remainder(&mut parsed, text, self.items.iter())
            .map_err(|error| self.wrong(error.kind(), text))?;
        let date = date(&parsed)?;
        clock::behind(date, rest).ok_or(BadTime::NotInFormat)?
    }

    fn parsed(&self, items: &[Item<'static>], text: &str, mut parsed: Parsed) -> Result<Parsed, BadTime> {
        match parse(&mut parsed, text, items.iter()) {
            Ok(()) => Ok(parsed),
            Err(error) => Err(self.wrong(error.kind(), text)),
        }
    }

    fn moment(&self, parsed: &Parsed, clock: Clock) -> Result<Moment, BadTime> {
        if let Some(seconds) = parsed.timestamp() {
            let moment = DateTime::from_timestamp(seconds, 0).ok_or(BadTime::NoSuchTime)?;
            return Ok(Moment { wall: moment.naive_utc(), clock: Clock::Zone(WrittenZone::Offset(0)) });
        }
        let date = date(parsed)?;
        let Ok(time) = parsed.to_naive_time() else {
            // A format without a clock gives a midnight; one with half a clock does not.
            let no_clock = parsed.hour_mod_12().is_none() && parsed.minute().is_none();
            return if no_clock { Ok(Moment::midnight(date)) } else { Err(BadTime::NoSuchTime) };
        };
        let clock = match parsed.offset() {
            Some(seconds) => Clock::Zone(WrittenZone::Offset(seconds)),
            None => clock,
        };
        Ok(Moment { wall: date.and_time(time), clock })
    }

    /// A text as the format has it: `a.m.` as `am` right after the time.
    fn usual<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.halves {
            return Cow::Borrowed(text);
        }
        let mut after =
            text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(i, _)| i + 1);
        let found = after.find_map(|place| {
            let (before, rest) = text.split_at_checked(place)?;
            let (half, rest) = clock::half(rest)?;
            let half = if half == clock::Half::Morning { "am" } else { "pm" };
            Some(format!("{before}{half}{rest}"))
        });
        found.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    fn wrong(&self, kind: ParseErrorKind, text: &str) -> BadTime {
        match kind {
            ParseErrorKind::OutOfRange if self.has_day(text) => BadTime::NoSuchTime,
            ParseErrorKind::OutOfRange if self.has_marks(text) => BadTime::NoSuchDay,
            _ => BadTime::NotInFormat,
        }
    }

    /// Whether a text has what comes before the time of day.
    fn has_day(&self, text: &str) -> bool {
        let is_clock = |item: &Item<'_>| {
            matches!(item, Item::Numeric(Numeric::Hour | Numeric::Hour12 | Numeric::Minute, _))
        };
        self.items.iter().position(is_clock).filter(|place| *place > 0).is_some_and(|place| {
            parse_and_remainder(&mut Parsed::new(), text, self.items.iter().take(place)).is_ok()
        })
    }

    /// Whether a text has what stands between the numbers of the format.
    fn has_marks(&self, text: &str) -> bool {
        self.items.iter().all(|item| match item {
            Item::Literal(mark) => text.contains(mark),
            Item::OwnedLiteral(mark) => text.contains(&**mark),
            _ => true,
        })
    }
}

fn date(parsed: &Parsed) -> Result<NaiveDate, BadTime> {
    parsed.to_naive_date().map_err(|_| BadTime::NoSuchDay)
}
