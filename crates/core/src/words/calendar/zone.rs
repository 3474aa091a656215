//! Zones as exports write them beside a time of day: `Z`, `UTC`, `+02:00`, `EST`,
//! `Europe/Berlin`.
//!
//! An abbreviation counts where exports of businesses use it for one offset. Those
//! that several places share (`IST` is India, Israel and Ireland) say nothing on
//! their own.

use chrono::format::Item;
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::{OffsetName, Tz};

/// What a zone beside a time of day says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenZone {
    /// Seconds east of UTC.
    Offset(i32),
    /// A place, with its own rules.
    Place(Tz),
    /// An abbreviation that several places share.
    Shared(&'static str),
}

/// Abbreviations and the offsets they mean, in quarters of an hour.
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("Z", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    // Europe.
    ("WET", 0),
    ("WEST", 4),
    ("CET", 4),
    ("CEST", 8),
    ("MEZ", 4),
    ("MESZ", 8),
    ("EET", 8),
    ("EEST", 12),
    ("MSK", 12),
    ("TRT", 12),
    // America.
    ("NST", -14),
    ("NDT", -10),
    ("EST", -20),
    ("EDT", -16),
    ("CDT", -20),
    ("MST", -28),
    ("MDT", -24),
    ("PST", -32),
    ("PDT", -28),
    ("AKST", -36),
    ("AKDT", -32),
    ("HST", -40),
    ("BRT", -12),
    ("ART", -12),
    ("CLT", -16),
    ("CLST", -12),
    // Africa.
    ("WAT", 4),
    ("CAT", 8),
    ("SAST", 8),
    ("EAT", 12),
    // Asia and Oceania.
    ("PKT", 20),
    ("WIB", 28),
    ("ICT", 28),
    ("HKT", 32),
    ("SGT", 32),
    ("MYT", 32),
    ("PHT", 32),
    ("AWST", 32),
    ("JST", 36),
    ("KST", 36),
    ("ACST", 38),
    ("ACDT", 42),
    ("AEST", 40),
    ("AEDT", 44),
    ("NZST", 48),
    ("NZDT", 52),
];

/// Abbreviations that several places share, or that mean one offset in summer and
/// another in winter.
const SHARED: &[&str] = &[
    "IST", "CST", "BST", "AST", "ADT", "GST", "AMT", "AMST", "ECT", "SST", "WST", "ET", "CT", "MT", "PT",
    "LMT",
];

impl WrittenZone {
    /// Reads a zone; `None` for a text that is none.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
        if let Some((_, quarters)) = ABBREVIATIONS.iter().find(|(name, _)| *name == text) {
            return Some(Self::Offset(quarters * 900));
        }
        if text == "z" {
            return Some(Self::Offset(0));
        }
        if let Some(name) = SHARED.iter().find(|name| **name == text) {
            return Some(Self::Shared(name));
        }
        if text.contains('/') {
            return text.parse().ok().map(Self::Place);
        }
        match text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")) {
            Some(rest) => offset(rest, true),
            None => offset(text, false),
        }
        .map(Self::Offset)
    }

    /// The zone that a part of a format names: the `EST` of `%H:%M EST`.
    pub fn of_item(item: &Item<'_>) -> Option<Self> {
        let literal: &str = match item {
            Item::Literal(literal) => literal,
            Item::OwnedLiteral(literal) => literal,
            _ => return None,
        };
        literal.split_whitespace().find_map(Self::read)
    }
}

/// `+01`, `+0100`, `+01:00`, after the name of Greenwich also `+1`; in seconds.
fn offset(text: &str, is_short: bool) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match (digits.len(), digits.split_once(':')) {
        (5, Some((hours, minutes))) if hours.len() == 2 => (hours, minutes),
        (4, Some((hours, minutes))) if is_short && hours.len() == 1 => (hours, minutes),
        (4, None) => (digits.get(..2)?, digits.get(2..)?),
        (2, None) => (digits, "00"),
        (1, None) if is_short => (digits, "00"),
        _ => return None,
    };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i32>().ok())?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Whether a place calls its time by this abbreviation when its clocks show this.
pub fn is_called(place: Tz, wall: &NaiveDateTime, name: &str) -> bool {
    let found = place.offset_from_local_datetime(wall);
    let is = |offset: &<Tz as TimeZone>::Offset| offset.abbreviation() == Some(name);
    [found.earliest(), found.latest()].iter().flatten().any(is)
}

#[cfg(test)]
mod tests {
    use chrono::format::StrftimeItems;

    use super::*;

    fn hours(text: &str) -> Option<i32> {
        match WrittenZone::read(text) {
            Some(WrittenZone::Offset(seconds)) => Some(seconds / 36),
            _ => None,
        }
    }

    #[test]
    fn zones_that_say_one_thing_are_read() {
        for (text, hundredths) in [
            ("Z", 0),
            ("UTC", 0),
            ("EST", -500),
            ("EDT", -400),
            ("PDT", -700),
            ("CEST", 200),
            ("NST", -350),
            ("ACST", 950),
            ("+02:00", 200),
            ("-0330", -350),
            ("+05", 500),
            ("UTC+2", 200),
            ("GMT-05:30", -550),
            ("UTC+1:00", 100),
            ("(EST)", -500),
        ] {
            assert_eq!(hours(text), Some(hundredths), "{text}");
        }
        assert_eq!(
            WrittenZone::read("America/New_York"),
            Some(WrittenZone::Place(chrono_tz::America::New_York))
        );
    }

    #[test]
    fn others_are_not() {
        assert_eq!(WrittenZone::read("IST"), Some(WrittenZone::Shared("IST")));
        assert_eq!(WrittenZone::read("ET"), Some(WrittenZone::Shared("ET")));
        for text in ["", "est", "XYZ", "+1", "+24:00", "+01:60", "UTC2", "A/B", "+0a:00", "PM", "+é"] {
            assert_eq!(WrittenZone::read(text), None, "{text}");
        }
    }

    #[test]
    fn places_know_what_they_are_called() {
        let noon = |day: &str| format!("{day}T12:00:00").parse::<NaiveDateTime>().expect("a moment");
        assert!(is_called(chrono_tz::Asia::Kolkata, &noon("2026-01-31"), "IST"));
        assert!(is_called(chrono_tz::Europe::London, &noon("2026-07-31"), "BST"));
        assert!(!is_called(chrono_tz::Europe::London, &noon("2026-01-31"), "BST"));
    }

    #[test]
    fn formats_name_zones() {
        let of = |format: &str| StrftimeItems::new(format).find_map(|item| WrittenZone::of_item(&item));
        assert_eq!(of("%Y-%m-%d %H:%M EST"), Some(WrittenZone::Offset(-18_000)));
        assert_eq!(of("%FT%TZ"), Some(WrittenZone::Offset(0)));
        assert_eq!(of("%FT%T+01:00"), Some(WrittenZone::Offset(3_600)));
        for format in ["%Y-%m-%dT%H:%M", "%d/%m/%Y, %H:%M Uhr", "%d.%m.%Y at %Hh%M", "%F %T %Z"] {
            assert_eq!(of(format), None, "{format}");
        }
    }
}
