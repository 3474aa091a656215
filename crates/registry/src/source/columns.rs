//! The columns of a table: which header each comes from, its name, its rules.
//!
//! Mapped columns take the header that the config names; a canonical or mapped
//! name without `from` takes the header that reads the same. Every other header
//! gives a column under its name in snake case. Types that nobody declared are
//! left open here and guessed from the data afterwards.

use std::collections::BTreeSet;

use goalpost_core::calendar::Calendar;
use goalpost_core::canonical::{CanonicalColumn, CanonicalType};
use goalpost_core::config::{ColumnConfig, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{Column, ColumnType};
use goalpost_core::source::Span;

use super::cell::number::{NumberStyle, Percent};
use super::cell::time::TimeFormat;
use super::cell::{CellRules, ValueMap};
use super::naming::{folded, free, snake_case};

/// A column of a table, bound to its source.
#[derive(Clone, Debug)]
pub(super) struct BoundColumn {
    /// As scripts see it.
    pub(super) column: Column,
    /// The header as it is compared; `None` for a column that only rows of tests have.
    pub(super) header: Option<String>,
    /// How its cells are read.
    pub(super) rules: CellRules,
    /// Where the type comes from.
    pub(super) typing: Typing,
    /// Where the config maps it.
    pub(super) mapped: Option<Span>,
}

/// Where a column's type comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    /// The config or the canonical table says it.
    Declared,
    /// It is a key, or refers to one: text.
    Key,
    /// It is a time; whether it has a time of day is for the data to say.
    Time,
    /// The data says it.
    Open,
}

/// What all columns of a project have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// The project's currency.
    pub(super) currency: &'a str,
    /// What wall-clock times are relative to.
    pub(super) calendar: Calendar,
    /// Columns that are keys or refer to keys.
    pub(super) keys: &'a BTreeSet<(TableName, ColumnName)>,
}

/// Binds the headers of a table, in their order.
pub(super) fn bind(
    outline: &TableOutline<'_>,
    headers: &[String],
    setting: Setting<'_>,
) -> (Vec<BoundColumn>, Vec<Diagnostic>) {
    let folded_headers: Vec<String> = headers.iter().map(|header| folded(header)).collect();
    let snake: Vec<String> =
        headers.iter().enumerate().map(|(i, header)| snake_case(header, i + 1)).collect();
    let mut problems = Vec::new();
    // For each header, the names that are mapped to it.
    let mut names: Vec<Vec<&ColumnName>> = vec![Vec::new(); headers.len()];
    let mapped = outline.columns.iter().filter_map(|(name, column)| Some((name, column.config?)));
    for (name, config) in mapped {
        match position(name, config, &folded_headers, &snake) {
            Some(position) => names[position].push(name),
            None => problems.push(unknown_header(outline, name, config, headers)),
        }
    }
    let mut taken: BTreeSet<String> = names.iter().flatten().map(|name| name.as_str().to_owned()).collect();
    let mut columns = Vec::new();
    for (i, header) in headers.iter().enumerate() {
        let mut of_this: Vec<ColumnName> = names[i].iter().map(|name| (*name).clone()).collect();
        if of_this.is_empty() {
            let name = free(snake[i].clone(), &taken);
            taken.insert(name.clone());
            of_this.push(ColumnName::from(name));
        }
        for name in of_this {
            columns.push(column(outline, name, header.trim(), Some(folded_headers[i].clone()), setting));
        }
    }
    (columns, problems)
}

/// A column of rows that are given by name, in a test: written as scripts
/// write values, whatever the exports look like.
pub(super) fn by_name(outline: &TableOutline<'_>, name: ColumnName, setting: Setting<'_>) -> BoundColumn {
    let mut bound = column(outline, name, "", None, setting);
    bound.column.source = bound.column.name.to_string();
    bound.rules.format = None;
    bound.rules.nulls = Vec::new();
    bound.rules.values = ValueMap::default();
    bound.rules.numbers.decimal = b'.';
    bound
}

fn position(name: &ColumnName, config: &ColumnConfig, headers: &[String], snake: &[String]) -> Option<usize> {
    let wanted = folded(config.from.as_deref().unwrap_or(name.as_str()));
    let found = headers.iter().position(|header| *header == wanted);
    found.or_else(|| match config.from {
        Some(_) => None,
        None => snake.iter().position(|snake| snake == name.as_str()),
    })
}

fn unknown_header(
    outline: &TableOutline<'_>,
    name: &ColumnName,
    config: &ColumnConfig,
    headers: &[String],
) -> Diagnostic {
    let wanted = config.from.as_deref().unwrap_or(name.as_str());
    let table = &outline.config.name;
    let known = headers.iter().map(|header| header.trim()).filter(|header| !header.is_empty());
    let help = did_you_mean(wanted, known);
    let message = format!("table `{table}` has no column `{wanted}` in its files");
    Diagnostic::error(Code::BadHeader, message).at(config.at.clone()).help(help)
}

fn column(
    outline: &TableOutline<'_>,
    name: ColumnName,
    source: &str,
    header: Option<String>,
    setting: Setting<'_>,
) -> BoundColumn {
    let known = outline.columns.get(name.as_str());
    let config = known.and_then(|column| column.config);
    let canonical: Option<&CanonicalColumn> = known.and_then(|column| column.canonical);
    let is_key = name.as_str() == "id"
        || name.as_str().ends_with("_id")
        || setting.keys.contains(&(outline.config.name.clone(), name.clone()));
    let (typing, ty) = match known.and_then(|column| column.ty) {
        Some(ty) => (Typing::Declared, ty),
        None if canonical.is_some_and(|column| column.ty == CanonicalType::Time) => {
            (Typing::Time, ColumnType::Date)
        }
        None if is_key => (Typing::Key, ColumnType::Text),
        None => (Typing::Open, ColumnType::Text),
    };
    let format = &outline.config.format;
    let rules = CellRules {
        ty,
        guessed: matches!(typing, Typing::Open | Typing::Time),
        numbers: NumberStyle {
            decimal: if format.decimal_separator == ',' { b',' } else { b'.' },
            currency: setting.currency.to_owned(),
            percent: Percent::Refused,
        },
        format: config.and_then(|config| TimeFormat::new(config.format.as_deref()?)),
        calendar: setting.calendar,
        nulls: format.null_values.iter().map(|null| null.trim_ascii().to_owned()).collect(),
        values: config.map_or_else(ValueMap::default, |config| ValueMap::new(&config.values)),
        words: canonical.map_or(&[], |column| column.values),
    };
    let declared = typing == Typing::Declared;
    let mapped = config.map(|config| config.at.clone());
    let mut bound = BoundColumn {
        column: Column { name, ty, declared, source: source.to_owned() },
        header,
        rules,
        typing,
        mapped,
    };
    bound.set_type(ty);
    if typing == Typing::Open {
        // While the type is open, a percentage is a number too.
        bound.rules.numbers.percent = Percent::Hundredth;
    }
    bound
}

impl BoundColumn {
    /// Settles the type.
    pub(super) fn set_type(&mut self, ty: ColumnType) {
        self.column.ty = ty;
        self.rules.ty = ty;
        let decimal = matches!(ty, ColumnType::Decimal(_));
        self.rules.numbers.percent = if decimal { Percent::Hundredth } else { Percent::Refused };
    }
}
