//! Formats to propose where cells are written in one that nobody has declared.

use goalpost_core::calendar::Calendar;

use super::format::TimeFormat;
use super::moment::BadTime;
use super::time::TimeReader;

/// Dates as exports often write them.
const DATES: [&str; 14] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d-%b-%Y",
    "%Y-%m-%d",
];

/// Times of day behind them.
const CLOCKS: [&str; 9] = [
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
    ", %I:%M %p",
    ", %I:%M:%S %p",
];

/// Zones behind these.
const ZONES: [&str; 2] = ["", " %Z"];

/// How many formats are proposed at most.
const MOST: usize = 2;

/// The formats that read nearly all of these texts, four of five.
pub(in crate::source) fn formats(texts: &[&str], calendar: Calendar) -> Vec<String> {
    among(&DATES, texts, calendar)
}

/// What these texts look like, if all are numbers that count time, and its format.
pub(in crate::source) fn counted(texts: &[&str]) -> Option<(&'static str, &'static str)> {
    // From 2001 on, and until 2286; and from 1954 to 2119.
    let kind = |text: &str| {
        let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) {
            return None;
        }
        match (whole.len(), whole.parse::<u64>().ok()?) {
            (13, _) => Some(("milliseconds since 1970", "epoch_ms")),
            (10, _) => Some(("seconds since 1970", "epoch_s")),
            (5, 20_000..80_000) => Some(("days of a spreadsheet", "excel")),
            _ => None,
        }
    };
    let first = kind(texts.first()?)?;
    texts.iter().all(|text| kind(text) == Some(first)).then_some(first)
}

/// Those that begin with one of these dates.
pub(in crate::source) fn among(dates: &[&str], texts: &[&str], calendar: Calendar) -> Vec<String> {
    let all = dates.iter().flat_map(|date| {
        CLOCKS.iter().flat_map(move |clock| ZONES.iter().map(move |zone| format!("{date}{clock}{zone}")))
    });
    let reads_nearly_all = |format: &String| {
        let Some(format) = TimeFormat::new(format) else { return false };
        let mut reader = TimeReader::new(Some(&format), calendar);
        // Which zone is meant is another question.
        let reads = |text: &&&str| matches!(reader.moment(text), Ok(_) | Err(BadTime::SharedZone(_)));
        let read = texts.iter().filter(reads).count();
        read > 0 && read * 5 >= texts.len() * 4
    };
    all.filter(reads_nearly_all).take(MOST).collect()
}
