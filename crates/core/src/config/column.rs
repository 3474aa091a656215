//! `[tables.NAME.columns]`: how columns of a source map to columns of a table.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use toml::Spanned;
use toml::de::DeValue;

use super::document::{Problems, Section, check_name, expect, one_of};
use super::{CellUnit, ColumnConfig, canonical_type, date_format, general, iso_4217};
use crate::Decimal;
use crate::canonical::{CanonicalColumn, CanonicalTable, CanonicalType};
use crate::diagnostic::{Code, nearest};
use crate::name::ColumnName;
use crate::schema::ColumnType;
use crate::source::Span;

/// The types by name, and what else people call them.
const TYPES: [(&str, &[&str]); 8] = [
    ("text", &["string", "str", "varchar"]),
    ("bool", &["boolean"]),
    ("integer", &["int", "int64", "bigint", "long"]),
    ("decimal", &["number", "numeric", "float", "double", "real"]),
    ("money", &["currency", "amount"]),
    ("date", &["day"]),
    ("datetime", &["timestamp", "time"]),
    ("duration", &["interval", "timedelta"]),
];

/// Reads the columns of a table.
pub(super) fn columns(
    section: &Section<'_>,
    canonical: Option<&'static CanonicalTable>,
    currency: &str,
    problems: &mut Problems<'_>,
) -> BTreeMap<ColumnName, ColumnConfig> {
    let mut columns = BTreeMap::new();
    for (name, value) in section.named() {
        check_name("column", &name, problems);
        let path = section.path_of(name.get_ref());
        let at = problems.span(name.span());
        let column = match value.get_ref() {
            DeValue::String(header) => {
                check_header(&path, &Spanned::new(value.span(), header.as_ref()), problems);
                Some(ColumnConfig { from: Some(header.to_string()), ..unmapped(at) })
            }
            DeValue::Table(_) => {
                let canonical = canonical.and_then(|table| table.column(name.get_ref()));
                Section::of(path, value, "a table", problems)
                    .map(|section| column(section, canonical, currency, at, problems))
            }
            _ => expect(&path, value, "a header or a table such as { from = \"…\" }", problems, |_| None),
        };
        if let Some(column) = column {
            columns.insert(ColumnName::from(*name.get_ref()), column);
        }
    }
    columns
}

fn unmapped(at: Span) -> ColumnConfig {
    ColumnConfig {
        from: None,
        ty: None,
        format: None,
        time_zone: None,
        scale: None,
        unit: None,
        null_values: Vec::new(),
        values: Vec::new(),
        private: false,
        at,
    }
}

fn check_header(path: &str, header: &Spanned<&str>, problems: &mut Problems<'_>) {
    if header.get_ref().trim().is_empty() {
        let help = "write the header as the source has it";
        problems.at(Code::ConfigValue, header.span(), format!("`{path}`: the header is empty"), help);
    }
}

fn column(
    mut section: Section<'_>,
    canonical: Option<&'static CanonicalColumn>,
    currency: &str,
    at: Span,
    problems: &mut Problems<'_>,
) -> ColumnConfig {
    let from = section.string("from", problems);
    if let Some(header) = &from {
        check_header(&section.path_of("from"), header, problems);
    }
    let written = section.string("type", problems);
    let scale = scale(&mut section, problems);
    let declared = column_type(&section, written, scale.as_ref(), canonical, currency, problems);
    let expected = declared.or_else(|| canonical.and_then(|column| canonical_type(column, currency)));
    let unit = unit(&mut section, expected, problems);
    // What has a unit is a number, or a length of time.
    let implied = |unit: CellUnit| match unit {
        CellUnit::Micros(_) => ColumnType::Duration,
        CellUnit::Fraction | CellUnit::Percent => ColumnType::DECIMAL,
    };
    let declared = declared.or(unit.filter(|_| expected.is_none()).map(implied));
    let expected = expected.or(declared);
    let (format, implied) = format(&mut section, expected, problems);
    let time_zone = time_zone(&mut section, expected.or(implied), problems);
    let ty = declared.or(implied);
    let values = values(&mut section, expected.or(implied), canonical, problems);
    let nulls = section.strings("null_values", problems).unwrap_or_default();
    let null_values = nulls.iter().map(|text| (*text.get_ref()).to_owned()).collect();
    let private = section.boolean("private", problems).unwrap_or(false);
    section.finish(problems);
    let scale = scale.map(|scale| *scale.get_ref());
    let from = from.map(|header| (*header.get_ref()).to_owned());
    ColumnConfig { from, ty, format, time_zone, scale, unit, null_values, values, private, at }
}

/// The type from `type` and `scale`; a scale alone refines the canonical type.
fn column_type(
    section: &Section<'_>,
    written: Option<Spanned<&str>>,
    scale: Option<&Spanned<u8>>,
    canonical: Option<&'static CanonicalColumn>,
    currency: &str,
    problems: &mut Problems<'_>,
) -> Option<ColumnType> {
    let base = match &written {
        Some(name) => Some(type_named(section, name, currency, problems)?),
        None => canonical.and_then(|column| canonical_type(column, currency)),
    };
    if let (Some(column), Some(name), Some(ty)) = (canonical, &written, base)
        && !column.values.is_empty()
        && ty != ColumnType::Text
    {
        let message =
            format!("`{}` must be `text`, because `{}` holds words", section.path_of("type"), column.name);
        let help = format!("map what the source holds to {} with `values = {{ … }}`", quoted(column.values));
        problems.at(Code::ConfigValue, name.span(), message, help);
    }
    if let (Some(column), Some(name), Some(ty)) = (canonical, &written, base)
        && let Some(wanted) = unfit(column, ty)
    {
        let message = format!(
            "`{}` must be {wanted}, as built-in metrics expect of `{}`",
            section.path_of("type"),
            column.name
        );
        let help = "declare how it is to be read, or map the source's column to another name";
        problems.at(Code::ConfigValue, name.span(), message, help);
    }
    let Some(scale) = scale else { return written.and(base) };
    match base {
        Some(ColumnType::Decimal(_)) => Some(ColumnType::Decimal(*scale.get_ref())),
        Some(ColumnType::Money(_)) => Some(ColumnType::Money(*scale.get_ref())),
        _ => {
            let message = format!("`{}` is for the types decimal and money alone", section.path_of("scale"));
            let help = "add `type = \"decimal\"` or `type = \"money\"`, or remove it";
            problems.at(Code::ConfigValue, scale.span(), message, help);
            written.and(base)
        }
    }
}

/// What a column of the catalogue must be, where the declared type is not that.
/// A text may be declared as anything: built-in metrics only compare it.
fn unfit(canonical: &CanonicalColumn, declared: ColumnType) -> Option<&'static str> {
    let is_number = matches!(declared, ColumnType::Integer | ColumnType::Decimal(_) | ColumnType::Money(_));
    match canonical.ty {
        CanonicalType::Time => (!declared.is_time()).then_some("`date` or `datetime`"),
        CanonicalType::Fixed(ColumnType::Bool) => (declared != ColumnType::Bool).then_some("`bool`"),
        CanonicalType::Fixed(ColumnType::Money(_)) => {
            (!matches!(declared, ColumnType::Money(_))).then_some("`money`")
        }
        // A whole number would be 0 or 1, and 40 of a hundred 40 times the whole.
        CanonicalType::Fixed(ColumnType::Decimal(_)) if canonical.is_share => {
            (!matches!(declared, ColumnType::Decimal(_))).then_some("`decimal`")
        }
        CanonicalType::Fixed(ColumnType::Decimal(_)) => (!is_number).then_some("`decimal` or `integer`"),
        CanonicalType::Fixed(_) => None,
    }
}

fn type_named(
    section: &Section<'_>,
    name: &Spanned<&str>,
    currency: &str,
    problems: &mut Problems<'_>,
) -> Option<ColumnType> {
    let ty = match *name.get_ref() {
        "text" => ColumnType::Text,
        "bool" => ColumnType::Bool,
        "integer" => ColumnType::Integer,
        "decimal" => ColumnType::DECIMAL,
        "money" => ColumnType::Money(iso_4217::money_scale(currency)),
        "date" => ColumnType::Date,
        "datetime" => ColumnType::DateTime,
        "duration" => ColumnType::Duration,
        other => {
            let lower = other.to_lowercase();
            let meant = TYPES.iter().find(|(ty, also)| *ty == lower || also.contains(&lower.as_str()));
            let message = format!("`{}`: `{other}` is not a type", section.path_of("type"));
            let help = one_of(meant.map_or(other, |(ty, _)| ty), &TYPES.map(|(ty, _)| ty));
            problems.at(Code::ConfigValue, name.span(), message, help);
            return None;
        }
    };
    Some(ty)
}

fn scale(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<Spanned<u8>> {
    let path = section.path_of("scale");
    let value = section.value("scale")?;
    let integer = expect(&path, value, "an integer from 0 to 12", problems, DeValue::as_integer)?;
    let scale = u8::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .filter(|scale| *scale <= ColumnType::MOST_DECIMALS);
    if scale.is_none() {
        let most = ColumnType::MOST_DECIMALS;
        let message = format!("`{path}` must be an integer from 0 to {most}, not {integer}");
        let help = "28 digits are kept in all, 16 of them before the decimals";
        problems.at(Code::ConfigValue, value.span(), message, help);
    }
    scale.map(|scale| Spanned::new(value.span(), scale))
}

/// What numbers without a unit of their own are.
const UNITS: [(&str, CellUnit); 8] = [
    ("fraction", CellUnit::Fraction),
    ("percent", CellUnit::Percent),
    ("milliseconds", CellUnit::Micros(1_000)),
    ("seconds", CellUnit::Micros(1_000_000)),
    ("minutes", CellUnit::Micros(60_000_000)),
    ("hours", CellUnit::Micros(3_600_000_000)),
    ("days", CellUnit::Micros(86_400_000_000)),
    ("weeks", CellUnit::Micros(604_800_000_000)),
];

fn unit(
    section: &mut Section<'_>,
    declared: Option<ColumnType>,
    problems: &mut Problems<'_>,
) -> Option<CellUnit> {
    let written = section.string("unit", problems)?;
    let path = section.path_of("unit");
    let Some((name, unit)) = UNITS.iter().find(|(name, _)| name == written.get_ref()) else {
        let other = *written.get_ref();
        let message = format!("`{path}`: `{other}` is not a unit of numbers in cells");
        let help = match other {
            "%" => "write \"percent\"".to_owned(),
            _ => one_of(other, &UNITS.map(|(name, _)| name)),
        };
        problems.at(Code::ConfigValue, written.span(), message, help);
        return None;
    };
    let (fits, wanted) = match unit {
        CellUnit::Micros(_) => (declared.is_none_or(|ty| ty == ColumnType::Duration), "duration"),
        _ => (declared.is_none_or(|ty| matches!(ty, ColumnType::Decimal(_))), "decimal"),
    };
    if !fits {
        let message = format!("`{path}`: {name} is for the type {wanted} alone");
        let help = format!("add `type = \"{wanted}\"`, or remove it");
        problems.at(Code::ConfigValue, written.span(), message, help);
        return None;
    }
    Some(*unit)
}

/// The format, and the type that it implies where none is declared.
fn format(
    section: &mut Section<'_>,
    declared: Option<ColumnType>,
    problems: &mut Problems<'_>,
) -> (Option<String>, Option<ColumnType>) {
    let Some(written) = section.string("format", problems) else { return (None, None) };
    let path = section.path_of("format");
    let mut report =
        |message: String, help: &str| problems.at(Code::ConfigValue, written.span(), message, help);
    if declared == Some(ColumnType::Duration) {
        if !["hh:mm", "mm:ss"].contains(written.get_ref()) {
            let message = format!("`{path}`: {:?} is not a way to write lengths of time", written.get_ref());
            report(
                message,
                "write \"hh:mm\" or \"mm:ss\", as cells such as 90:15 mean it; others say it themselves",
            );
            return (None, None);
        }
        return (Some((*written.get_ref()).to_owned()), None);
    }
    if let Some(ty) = declared.filter(|ty| !ty.is_time()) {
        report(format!("`{path}` is for the types date and datetime, not {ty}"), "remove one of the two");
        return (None, None);
    }
    match date_format::check(written.get_ref()) {
        Err(problem) => {
            let help = "write it in strftime notation, such as \"%d/%m/%Y\" or \"%Y-%m-%d %H:%M:%S\", or as \"epoch_s\", \"epoch_ms\" or \"excel\"";
            report(format!("`{path}`: {:?} {problem}", written.get_ref()), help);
            (None, None)
        }
        Ok(date_format::Reads::Date) if declared == Some(ColumnType::DateTime) => {
            report(
                format!("`{path}`: {:?} holds no time of day", written.get_ref()),
                "write `type = \"date\"`",
            );
            (None, None)
        }
        Ok(reads) => (Some((*written.get_ref()).to_owned()), Some(reads.ty())),
    }
}

/// The zone of a column's times of day.
fn time_zone(
    section: &mut Section<'_>,
    declared: Option<ColumnType>,
    problems: &mut Problems<'_>,
) -> Option<Tz> {
    let written = section.string("time_zone", problems)?;
    let path = section.path_of("time_zone");
    if let Some(ty) = declared.filter(|ty| !ty.is_time()) {
        let message = format!("`{path}` is for the types date and datetime, not {ty}");
        problems.at(Code::ConfigValue, written.span(), message, "remove one of the two");
        return None;
    }
    general::time_zone(&path, &written, problems)
}

/// The map of values, in the order of the text. What a value becomes is then
/// read as a cell of the column's type, so it is checked against that here.
fn values(
    section: &mut Section<'_>,
    ty: Option<ColumnType>,
    canonical: Option<&'static CanonicalColumn>,
    problems: &mut Problems<'_>,
) -> Vec<(String, String)> {
    let Some(map) = section.section("values", problems) else { return Vec::new() };
    let mut values = Vec::new();
    for (from, value) in map.named() {
        let path = map.path_of(from.get_ref());
        let Some(to) = expect(&path, value, "a string, a number, true or false", problems, scalar) else {
            continue;
        };
        let words = canonical.map_or(&[][..], |column| column.values);
        if !to.is_empty() && !words.is_empty() && !words.contains(&to.as_str()) {
            let message = format!("`{path}` cannot become {to:?}: built-in metrics know {}", quoted(words));
            let help = match nearest(&to, words.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "use one of these, or \"\" for none of them".to_owned(),
            };
            problems.at(Code::ConfigValue, value.span(), message, help);
        } else if let Some(ty) = ty.filter(|ty| !fits(&to, *ty)) {
            let message = format!("`{path}` cannot become {to:?}, which is not of type {ty}");
            problems.at(Code::ConfigValue, value.span(), message, "\"\" makes the cell null");
        }
        values.push(((*from.get_ref()).to_owned(), to));
    }
    values
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str().to_owned()),
        DeValue::Float(float) => Some(float.as_str().to_owned()),
        DeValue::Datetime(moment) => Some(moment.to_string()),
        DeValue::Integer(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// Whether a text is a cell of a type; the empty text is null in every type.
fn fits(text: &str, ty: ColumnType) -> bool {
    match ty {
        _ if text.is_empty() => true,
        ColumnType::Text => true,
        ColumnType::Bool => matches!(text, "true" | "false"),
        ColumnType::Integer => text.parse::<i64>().is_ok(),
        ColumnType::Decimal(scale) | ColumnType::Money(scale) => {
            Decimal::from_str_exact(text).is_ok_and(|number| number.normalize().scale() <= u32::from(scale))
        }
        // How a time is written is the format's affair, which only the reader knows.
        ColumnType::Date | ColumnType::DateTime | ColumnType::Duration => true,
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
