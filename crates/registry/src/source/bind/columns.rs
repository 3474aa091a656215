//! The columns of a table: which header each comes from, its name, its rules.
//!
//! Mapped columns take the header that the config names; a canonical or mapped
//! name without `from` takes the header that reads the same. Every other header
//! gives a column under its name in snake case. Types that nobody declared are
//! left open here and guessed from the data afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use goalpost_core::calendar::Calendar;
use goalpost_core::canonical::{CanonicalColumn, CanonicalType};
use goalpost_core::config::{CellUnit, ColumnConfig, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{Column, ColumnType};
use goalpost_core::source::Span;

use super::naming::{folded, free, snake_case};
use super::preset::{self, Found, Match};
use crate::kept::Digester;
use crate::source::cell::derive::Derivation;
use crate::source::cell::duration::{DurationStyle, Pair};
use crate::source::cell::format::TimeFormat;
use crate::source::cell::number::{Excess, NumberStyle, Percent, Share};
use crate::source::cell::{CellRules, ValueMap};

/// A column of a table, bound to its source.
#[derive(Clone, Debug)]
pub(in crate::source) struct BoundColumn {
    /// As scripts see it.
    pub(in crate::source) column: Column,
    /// The header as it is compared; `None` for a column that is derived from
    /// several, or that only rows of tests have.
    pub(in crate::source) header: Option<String>,
    /// How its cells come from those of several headers, where they do.
    pub(in crate::source) derivation: Option<Arc<Derivation>>,
    /// How its cells are read.
    pub(in crate::source) rules: CellRules,
    /// Where the type comes from.
    pub(in crate::source) typing: Typing,
    /// Where the config maps it.
    pub(in crate::source) mapped: Option<Span>,
    /// The preset that finds it, where one does.
    pub(in crate::source) preset: Option<Preset>,
    /// Whether its cells are kept out of messages.
    pub(in crate::source) private: bool,
}

/// What a preset does for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Preset {
    /// Its name.
    pub(in crate::source) name: &'static str,
    /// Whether a word that nobody has given a meaning stops the run: it would
    /// leave deals out of every figure.
    pub(in crate::source) needs_words: bool,
    /// Whether the export says in which style its dates are written.
    pub(in crate::source) finds_style: bool,
}

/// Where a column's type comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Typing {
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
pub(in crate::source) struct Setting<'a> {
    /// The project's currency.
    pub(in crate::source) currency: &'a str,
    /// What wall-clock times are relative to.
    pub(in crate::source) calendar: Calendar,
    /// Columns that are keys or refer to keys.
    pub(in crate::source) keys: &'a BTreeSet<(TableName, ColumnName)>,
}

/// The columns of a table.
pub(in crate::source) struct Bound {
    /// In the order of the headers.
    pub(in crate::source) columns: Vec<BoundColumn>,
    /// What the table's preset found, where it has one.
    pub(in crate::source) preset: Option<Match>,
    /// What is wrong.
    pub(in crate::source) problems: Vec<Diagnostic>,
}

/// Binds the headers of a table, in their order.
pub(in crate::source) fn bind(outline: &TableOutline<'_>, headers: &[String], setting: Setting<'_>) -> Bound {
    let folded_headers: Vec<String> = headers.iter().map(|header| folded(header)).collect();
    let snake: Vec<String> =
        headers.iter().enumerate().map(|(i, header)| snake_case(header, i + 1)).collect();
    let mut problems = Vec::new();
    let found = preset::resolve(outline, &folded_headers, headers);
    // For each header, the names that are mapped to it, or derived from it and others.
    let mut names: Vec<Vec<(&ColumnName, Origin)>> = headers.iter().map(|_| Vec::new()).collect();
    for (name, found) in &found {
        match found {
            Found::At(i, values) => names[*i].push((name, Origin::Header(Some(values.clone())))),
            Found::Derived(i, derivation, said) => {
                names[*i].push((name, Origin::Derived(Arc::new(derivation.clone()), said.clone())));
            }
        }
    }
    let mapped = outline.columns.iter().filter_map(|(name, column)| Some((name, column.config?)));
    for (name, config) in mapped.filter(|(name, _)| !found.contains_key(*name)) {
        match position(name, config, &folded_headers, &snake) {
            Some(position) => names[position].push((name, Origin::Header(None))),
            None => problems.push(unknown_header(outline, name, config, headers)),
        }
    }
    let is_mapped = names.iter().any(|names| !names.is_empty());
    if !is_mapped && problems.is_empty() {
        problems.extend(preset::nothing_found(outline, headers));
    }
    let mut taken: BTreeSet<String> =
        names.iter().flatten().map(|(name, _)| name.as_str().to_owned()).collect();
    let read: BTreeSet<String> = names
        .iter()
        .flatten()
        .filter_map(|(_, origin)| match origin {
            Origin::Derived(derivation, _) => Some(derivation.headers.iter().cloned()),
            Origin::Header(_) => None,
        })
        .flatten()
        .collect();
    let mut columns = Vec::new();
    let mut unused = Vec::new();
    for (i, header) in headers.iter().enumerate() {
        let mut of_this = std::mem::take(&mut names[i]);
        of_this.sort_by_key(|(name, origin)| (matches!(origin, Origin::Derived(..)), *name));
        // What is derived from several cells replaces none of them.
        let raw = of_this.iter().all(|(_, origin)| match origin {
            Origin::Derived(derivation, _) => derivation.headers.len() > 1,
            Origin::Header(_) => false,
        });
        let raw = raw.then(|| ColumnName::from(free(snake[i].clone(), &taken)));
        if let Some(name) = &raw {
            taken.insert(name.as_str().to_owned());
            if !read.contains(&folded_headers[i]) && !outline.columns.contains_key(name) {
                unused.push(header.trim().to_owned());
            }
            let origin = Origin::Header(None);
            columns.push(column(outline, name.clone(), (header.trim(), &folded_headers[i]), origin, setting));
        }
        for (name, origin) in of_this {
            columns.push(column(outline, name.clone(), (header.trim(), &folded_headers[i]), origin, setting));
        }
    }
    let preset = outline.config.preset.as_ref().map(|preset| {
        let has = |name: &str| columns.iter().any(|bound| bound.column.name.as_str() == name);
        let missing = preset.table.columns.iter().filter(|column| !has(column.name));
        Match {
            name: preset.preset.name,
            found: found.keys().cloned().collect(),
            missing: missing
                .map(|column| {
                    let headers = column.from.iter().map(|place| place.headers[0]).collect();
                    (ColumnName::from(column.name), headers)
                })
                .collect(),
            unused,
        }
    });
    Bound { columns, preset, problems }
}

/// Where the cells of a column come from.
#[derive(Clone, Debug)]
enum Origin {
    /// One header, with what a preset makes of its values.
    Header(Option<Vec<(String, String)>>),
    /// Several, and how that is said.
    Derived(Arc<Derivation>, String),
}

/// A column of rows that are given by name, in a test: written as scripts
/// write values, whatever the exports look like.
pub(in crate::source) fn by_name(
    outline: &TableOutline<'_>,
    name: ColumnName,
    setting: Setting<'_>,
) -> BoundColumn {
    let mut bound = column(outline, name, ("", ""), Origin::Header(None), setting);
    bound.header = None;
    bound.preset = None;
    bound.column.source = bound.column.name.to_string();
    bound.rules.format = None;
    bound.rules.nulls = Vec::new();
    bound.rules.knows_blanks = false;
    bound.rules.values = ValueMap::default();
    bound.rules.numbers.decimal = b'.';
    bound.rules.durations = DurationStyle::default();
    bound.set_unit(CellUnit::Fraction);
    bound
}

/// What the numbers of a column are, where they are shares.
fn share(canonical: Option<&CanonicalColumn>, config: Option<&ColumnConfig>) -> Option<Share> {
    let said = config.and_then(|config| config.unit).filter(|unit| unit.micros().is_none());
    let is_bounded = canonical.is_some_and(|column| column.is_share);
    (is_bounded || said == Some(CellUnit::Percent)).then_some(Share {
        unit: said.unwrap_or(CellUnit::Fraction),
        is_open: said.is_none(),
        is_bounded,
    })
}

/// A column of a mark that some export gives to its rows: the text under a header.
pub(in crate::source) fn marked(
    outline: &TableOutline<'_>,
    shown: &str,
    header: &str,
    setting: Setting<'_>,
) -> BoundColumn {
    let mut bound = column(
        outline,
        ColumnName::from(snake_case(shown, 1)),
        (shown, header),
        Origin::Header(None),
        setting,
    );
    bound.set_type(ColumnType::Text);
    bound.typing = Typing::Declared;
    bound.rules.guessed = false;
    bound.rules.format = None;
    bound.rules.values = ValueMap::default();
    bound.rules.words = &[];
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
    (shown, header): (&str, &str),
    origin: Origin,
    setting: Setting<'_>,
) -> BoundColumn {
    let known = outline.columns.get(name.as_str());
    let config = known.and_then(|column| column.config);
    let canonical: Option<&CanonicalColumn> = known.and_then(|column| column.canonical);
    let is_key = name.as_str() == "id"
        || name.as_str().ends_with("_id")
        || setting.keys.contains(&(outline.config.name.clone(), name.clone()));
    let derivation = match &origin {
        Origin::Derived(derivation, _) => Some(Arc::clone(derivation)),
        Origin::Header(_) => None,
    };
    let adds_minutes = derivation.as_ref().is_some_and(|derivation| derivation.adds_minutes());
    let (typing, ty) = match known.and_then(|column| column.ty) {
        Some(ty) => (Typing::Declared, ty),
        None if adds_minutes => (Typing::Declared, ColumnType::DateTime),
        None if canonical.is_some_and(|column| column.ty == CanonicalType::Time) => {
            (Typing::Time, ColumnType::Date)
        }
        None if is_key => (Typing::Key, ColumnType::Text),
        None => (Typing::Open, ColumnType::Text),
    };
    let format = &outline.config.format;
    let declared_format = config.and_then(|config| TimeFormat::new(config.format.as_deref()?));
    let preset = match (&origin, known.and_then(|column| column.preset), &outline.config.preset) {
        (Origin::Header(None), ..) | (_, None, _) | (_, _, None) => None,
        (_, Some(_), Some(preset)) => Some(Preset {
            name: preset.preset.name,
            needs_words: canonical.is_some_and(|column| column.required && !column.values.is_empty()),
            finds_style: declared_format.is_none()
                && canonical.is_some_and(|column| column.ty == CanonicalType::Time),
        }),
    };
    let (source, header, values) = match origin {
        Origin::Header(Some(values)) => (shown.to_owned(), Some(header), ValueMap::new(&values)),
        Origin::Header(None) => {
            let values = config.map_or_else(ValueMap::default, |config| ValueMap::new(&config.values));
            (shown.to_owned(), Some(header), values)
        }
        Origin::Derived(_, said) => (said, None, ValueMap::default()),
    };
    let rules = CellRules {
        ty,
        guessed: matches!(typing, Typing::Open | Typing::Time),
        numbers: NumberStyle {
            decimal: if format.decimal_separator == ',' { b',' } else { b'.' },
            currency: setting.currency.to_owned(),
            percent: Percent::Refused,
            excess: match config.and_then(|config| config.scale) {
                Some(_) => Excess::Refused,
                None => Excess::Widens,
            },
            may_be_grouped: false,
            share: share(canonical, config),
        },
        // Times that are computed are written as ISO 8601 has it.
        format: match derivation {
            Some(_) => declared_format.map(TimeFormat::or_iso),
            None => declared_format,
        },
        durations: DurationStyle {
            unit: config.and_then(|config| config.unit).and_then(CellUnit::micros),
            pair: config.and_then(|config| Pair::of_format(config.format.as_deref()?)),
        },
        calendar: setting.calendar,
        zone: config.and_then(|config| config.time_zone),
        nulls: null_words(outline, config),
        knows_blanks: outline.config.preset.is_some(),
        values,
        words: canonical.map_or(&[], |column| column.values),
    };
    let declared = typing == Typing::Declared;
    let mapped = config.map(|config| config.at.clone());
    let mut bound = BoundColumn {
        column: Column { name, ty, declared, source, untyped: None },
        header: header.map(str::to_owned),
        derivation,
        rules,
        typing,
        mapped,
        preset,
        private: config.is_some_and(|config| config.private),
    };
    bound.set_type(ty);
    if typing == Typing::Open {
        // While the type is open, a percentage is a number too.
        bound.rules.numbers.percent = Percent::Hundredth;
    }
    bound
}

/// The words that mean null in a column: those that it or its table names.
fn null_words(outline: &TableOutline<'_>, config: Option<&ColumnConfig>) -> Vec<String> {
    let table = outline.config;
    let declared =
        table.format.null_values.iter().chain(config.iter().flat_map(|config| &config.null_values));
    declared.map(|null| null.trim_ascii().to_owned()).collect()
}

impl BoundColumn {
    /// Takes in how it is read.
    pub(in crate::source) fn read_as(&self, digester: &mut Digester) {
        let Self { column, header, derivation, rules, typing, mapped, preset, private } = self;
        digester.printed(&(column, header, derivation, rules, typing, mapped.is_some(), preset, private));
    }

    /// The headers that its cells come from, folded.
    pub(in crate::source) fn headers(&self) -> impl Iterator<Item = &str> {
        let derived = self.derivation.iter().flat_map(|derivation| derivation.headers.iter());
        self.header.iter().chain(derived).map(String::as_str)
    }

    /// Those of its headers that hold the times that it is.
    pub(in crate::source) fn time_headers(&self) -> Vec<String> {
        match &self.derivation {
            None => self.header.iter().cloned().collect(),
            Some(derivation) => derivation.times().map(|i| derivation.headers[i].clone()).collect(),
        }
    }

    /// Whether its format is that of the export's other times.
    pub(in crate::source) fn finds_style(&self) -> bool {
        self.preset.is_some_and(|preset| preset.finds_style)
    }

    /// Settles the type.
    pub(in crate::source) fn set_type(&mut self, ty: ColumnType) {
        self.column.ty = ty;
        self.rules.ty = ty;
        let decimal = matches!(ty, ColumnType::Decimal(_));
        self.rules.numbers.percent = if decimal { Percent::Hundredth } else { Percent::Refused };
        self.rules.numbers.may_be_grouped = matches!(ty, ColumnType::Decimal(2) | ColumnType::Money(2));
    }

    /// Settles what its numbers are, where they are shares.
    pub(in crate::source) fn set_unit(&mut self, unit: CellUnit) {
        if let Some(share) = &mut self.rules.numbers.share {
            (share.unit, share.is_open) = (unit, false);
        }
    }

    /// Lets the column keep so many decimals, where nobody has said how many it
    /// keeps; says whether that changes it.
    pub(in crate::source) fn widen(&mut self, scale: u8) -> bool {
        let wider = match self.column.ty {
            ColumnType::Decimal(kept) if kept < scale => ColumnType::Decimal(scale),
            ColumnType::Money(kept) if kept < scale => ColumnType::Money(scale),
            _ => return false,
        };
        if self.rules.numbers.excess == Excess::Refused {
            return false;
        }
        self.set_type(wider);
        true
    }
}
