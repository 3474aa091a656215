//! `[project]`, `[params]` and `[engine]`: what holds for all tables.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::Weekday;
use chrono_tz::Tz;
use toml::Spanned;
use toml::de::DeValue;

use super::document::{Problems, Section, one_of};
use super::{iso_4217, size};
use crate::Decimal;
use crate::calendar::Calendar;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::expr::Literal;
use crate::name::ParamName;
use crate::source::Span;

/// What `[project]` says.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) calendar: Calendar,
    pub(super) packs: Vec<(String, Span)>,
}

/// Memory that a run may use when nothing is said: 1 GiB.
const MEMORY_LIMIT: usize = 1 << 30;
/// The engine cannot start with less.
const LEAST_MEMORY: usize = 1 << 20;

const MONTHS: [(&str, u32); 12] = [
    ("january", 1),
    ("february", 2),
    ("march", 3),
    ("april", 4),
    ("may", 5),
    ("june", 6),
    ("july", 7),
    ("august", 8),
    ("september", 9),
    ("october", 10),
    ("november", 11),
    ("december", 12),
];

pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Reads `[project]`.
///
/// The currency has no default: an amount in a guessed currency is a wrong
/// number that looks right. The rest has defaults that show themselves.
pub(super) fn project(document: &mut Section<'_>, problems: &mut Problems<'_>) -> Project {
    let help = "say in which currency amounts are: `currency = \"USD\"` (or EUR, GBP, …) under [project]";
    let mut project = Project {
        name: "project".to_owned(),
        currency: String::new(),
        calendar: Calendar::default(),
        packs: Vec::new(),
    };
    if document.value("project").is_none() {
        let missing = Diagnostic::error(Code::ConfigKey, "`project.currency` is missing");
        problems.push(missing.at(problems.whole()).help(help));
    }
    let Some(mut section) = document.section("project", problems) else { return project };
    if let Some(name) = section.string("name", problems) {
        if name.get_ref().trim().is_empty() {
            problems.at(Code::ConfigValue, name.span(), "`project.name` is empty".to_owned(), "");
        }
        project.name = (*name.get_ref()).to_owned();
    }
    match section.value("currency") {
        Some(_) => {
            if let Some(code) = section.string("currency", problems) {
                check_currency(&code, problems);
                project.currency = (*code.get_ref()).to_owned();
            }
        }
        None => section.missing("currency", problems, help),
    }
    if let Some(zone) = section.string("time_zone", problems) {
        project.calendar.time_zone = time_zone("project.time_zone", &zone, problems).unwrap_or(Tz::UTC);
    }
    if let Some(month) = section.value("fiscal_year_start") {
        project.calendar.fiscal_year_start = fiscal_year_start(month, problems).unwrap_or(1);
    }
    if let Some(day) = section.word("week_start", &WEEKDAYS, problems) {
        project.calendar.week_start = day;
    }
    for pack in section.strings("packs", problems).unwrap_or_default() {
        let folder = *pack.get_ref();
        if let Some(problem) = bad_location(folder) {
            problems.at(problem.0, pack.span(), format!("`project.packs`: {}", problem.1), problem.2);
        } else if project.packs.iter().any(|(earlier, _)| earlier == folder) {
            let message = format!("`project.packs` names `{folder}` twice");
            problems.at(Code::ConfigValue, pack.span(), message, "remove one of them");
        } else {
            project.packs.push((folder.to_owned(), problems.span(pack.span())));
        }
    }
    section.finish(problems);
    project
}

/// Why a text cannot be a path of the project: code, what, help.
pub(super) fn bad_location(path: &str) -> Option<(Code, String, &'static str)> {
    if path.trim().is_empty() {
        return Some((
            Code::ConfigValue,
            "the path is empty".to_owned(),
            "write a path relative to goalpost.toml",
        ));
    }
    if let Some((scheme, _)) = path.split_once("://") {
        let message = format!("reading from `{scheme}://` is not supported yet");
        return Some((Code::Unsupported, message, "copy the files beside goalpost.toml and name their path"));
    }
    path.contains('\0').then(|| (Code::ConfigValue, "the path holds a NUL character".to_owned(), ""))
}

fn check_currency(code: &Spanned<&str>, problems: &mut Problems<'_>) {
    let written = *code.get_ref();
    if iso_4217::is_currency(written) {
        return;
    }
    let message = format!("`project.currency`: `{written}` is not a currency code of ISO 4217");
    let help = match nearest(written, iso_4217::codes()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write its three capital letters, such as USD, EUR or GBP".to_owned(),
    };
    problems.at(Code::ConfigValue, code.span(), message, help);
}

/// Reads a zone by its name.
pub(super) fn time_zone(path: &str, zone: &Spanned<&str>, problems: &mut Problems<'_>) -> Option<Tz> {
    let written = *zone.get_ref();
    let found = written.parse().ok();
    if found.is_none() {
        let message = format!("`{path}`: `{written}` is not a time zone");
        let help = match nearest(written, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write an IANA name such as Europe/London, America/New_York or UTC".to_owned(),
        };
        problems.at(Code::ConfigValue, zone.span(), message, help);
    }
    found
}

fn fiscal_year_start(value: &Spanned<DeValue<'_>>, problems: &mut Problems<'_>) -> Option<u32> {
    let (written, month) = match value.get_ref() {
        DeValue::String(name) => {
            let lower = name.to_lowercase();
            (name.to_string(), MONTHS.iter().find(|(month, _)| *month == lower).map(|(_, number)| *number))
        }
        DeValue::Integer(number) => {
            let month = u32::from_str_radix(number.as_str(), number.radix()).ok();
            (number.to_string(), month.filter(|month| (1..=12).contains(month)))
        }
        _ => (String::new(), None),
    };
    if month.is_none() {
        let message = match written.as_str() {
            "" => "`project.fiscal_year_start` must be a month".to_owned(),
            _ => format!("`project.fiscal_year_start`: `{written}` is not a month"),
        };
        let help = format!("{}, or 1 to 12", one_of(&written, &MONTHS.map(|(month, _)| month)));
        problems.at(Code::ConfigValue, value.span(), message, help);
    }
    month
}

/// Reads `[engine]`: the memory limit in bytes.
pub(super) fn engine(section: Option<Section<'_>>, problems: &mut Problems<'_>) -> usize {
    let Some(mut section) = section else { return MEMORY_LIMIT };
    let limit = section.value("memory_limit");
    section.finish(problems);
    let Some(limit) = limit else { return MEMORY_LIMIT };
    let bytes = limit.get_ref().as_str().map(|text| (text, size::parse(text)));
    let message = match bytes {
        Some((_, Some(bytes))) if bytes >= LEAST_MEMORY => return bytes,
        Some((text, Some(_))) => format!("`engine.memory_limit`: `{text}` is less than 1 MiB"),
        Some((text, None)) => format!("`engine.memory_limit`: `{text}` is not a size"),
        None => "`engine.memory_limit` must be a string".to_owned(),
    };
    problems.at(Code::ConfigValue, limit.span(), message, "write a number and a unit: \"512MiB\", \"2GiB\"");
    MEMORY_LIMIT
}

/// Reads `[params]`. Whether a parameter exists, and takes such a value, is
/// known once the scripts are loaded.
pub(super) fn params(
    section: Option<Section<'_>>,
    problems: &mut Problems<'_>,
) -> BTreeMap<ParamName, (Literal, Span)> {
    let mut params = BTreeMap::new();
    let Some(section) = section else { return params };
    for (name, value) in section.named() {
        let path = section.path_of(name.get_ref());
        if let Some(literal) = literal(&path, value.get_ref(), value.span(), problems) {
            let span = problems.span(value.span());
            params.insert(ParamName::from(*name.get_ref()), (literal, span));
        }
    }
    params
}

/// A value as a script would write it.
pub(super) fn literal(
    path: &str,
    value: &DeValue<'_>,
    range: Range<usize>,
    problems: &mut Problems<'_>,
) -> Option<Literal> {
    let number = match value {
        DeValue::String(text) => return Some(Literal::Text(text.as_ref().into())),
        DeValue::Boolean(truth) => return Some(Literal::Bool(*truth)),
        // A date is written as a text in scripts, too.
        DeValue::Datetime(moment) => return Some(Literal::Text(moment.to_string().into())),
        DeValue::Integer(integer) if integer.radix() == 10 => Decimal::from_str_exact(integer.as_str()).ok(),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(Decimal::from)
        }
        DeValue::Float(float) => decimal(float.as_str()),
        DeValue::Array(_) | DeValue::Table(_) => {
            let message = format!("`{path}` must be a string, a number, true or false");
            problems.at(Code::ConfigValue, range, message, "");
            return None;
        }
    };
    if number.is_none() {
        let message = format!("`{path}` is not a number that can be kept exactly");
        problems.at(
            Code::ConfigValue,
            range,
            message,
            "at most 28 digits are kept; infinity and nan are not numbers",
        );
    }
    number.map(Literal::Number)
}

/// The exact number that a float is written as, with or without an exponent.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim_start_matches('+');
    if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else {
        Decimal::from_str_exact(text).ok()
    }
}
