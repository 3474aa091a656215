//! `[business]`: when the company works.

use std::ops::Range;

use chrono::{NaiveDate, NaiveTime, Timelike};

use super::BusinessHours;
use super::document::{Problems, Section, one_of};
use super::general::WEEKDAYS;
use crate::diagnostic::Code;

/// Reads `[business]`; Monday to Friday from 9 to 17 where it says nothing.
pub(super) fn business(section: Option<Section<'_>>, problems: &mut Problems<'_>) -> BusinessHours {
    let mut hours = BusinessHours::default();
    let Some(mut section) = section else { return hours };
    if let Some(days) = section.strings("days", problems) {
        hours.days = [false; 7];
        for day in days {
            let written = day.get_ref().to_lowercase();
            match WEEKDAYS.iter().position(|(name, _)| *name == written) {
                Some(place) => hours.days[place] = true,
                None => {
                    let names = WEEKDAYS.map(|(name, _)| name);
                    let message = format!("`business.days`: `{}` is not a day of the week", day.get_ref());
                    problems.at(Code::ConfigValue, day.span(), message, one_of(&written, &names));
                }
            }
        }
        if !hours.days.contains(&true) {
            let message = "`business.days` names no day, so no time would ever count".to_owned();
            problems.at(Code::ConfigValue, section.range(), message, "write days = [\"monday\", …]");
        }
    }
    if let Some(written) = section.string("hours", problems) {
        match times(written.get_ref()) {
            Some(times) => (hours.opens, hours.closes) = (times.start, times.end),
            None => {
                let message = format!("`business.hours`: `{}` is not a span of hours", written.get_ref());
                problems.at(Code::ConfigValue, written.span(), message, "write hours = \"09:00-17:00\"");
            }
        }
    }
    for day in section.strings("holidays", problems).unwrap_or_default() {
        match NaiveDate::parse_from_str(day.get_ref(), "%Y-%m-%d") {
            Ok(date) => {
                hours.holidays.insert(date);
            }
            Err(_) => {
                let message = format!("`business.holidays`: `{}` is not a date", day.get_ref());
                problems.at(Code::BadDate, day.span(), message, "write dates as \"2026-12-25\"");
            }
        }
    }
    section.finish(problems);
    hours
}

/// `09:00-17:30`, as seconds from midnight; `24:00` is the end of the day.
fn times(text: &str) -> Option<Range<u32>> {
    let (from, until) = text.split_once('-')?;
    let seconds = |text: &str| match text.trim() {
        "24:00" => Some(86_400),
        text => NaiveTime::parse_from_str(text, "%H:%M").ok().map(|time| time.num_seconds_from_midnight()),
    };
    let (from, until) = (seconds(from)?, seconds(until)?);
    (from < until).then_some(from..until)
}

#[cfg(test)]
mod tests {
    use super::times;

    #[test]
    fn hours_are_a_span_within_a_day() {
        assert_eq!(times("09:00-17:30"), Some(32_400..63_000));
        assert_eq!(times("00:00-24:00"), Some(0..86_400));
        for wrong in ["17:00-09:00", "9-17", "09:00", "25:00-26:00", ""] {
            assert_eq!(times(wrong), None, "{wrong}");
        }
    }
}
