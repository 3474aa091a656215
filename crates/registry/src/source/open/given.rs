//! Rows that tests give: named values, typed as an export's cells would be.
//!
//! A test speaks of columns by their names in scripts, so value maps and formats
//! of exports do not apply. Every table of the config and of the catalogue is
//! there; one without rows is empty, and columns that no row names are null.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use goalpost_core::canonical;
use goalpost_core::case::Fixture;
use goalpost_core::config::{self, Config, Duplicates, FileFormat, OnBadValue, TableConfig, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::Literal;
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::ColumnType;
use goalpost_core::source::{SourceFile, Span};

use super::given_rows::GivenRows;
use super::sources::{Content, Sources, TableSource, keys};
use crate::kept::{Basis, Kept};
use crate::source::bind::columns::{Setting, Typing, by_name};
use crate::source::cell::infer::Guess;

impl Sources {
    /// The tables of a test: the rows that it gives, and nothing else.
    pub fn from_fixtures(config: &Config, fixtures: &[Fixture]) -> (Self, Vec<Diagnostic>) {
        let config = &with_all_tables(config, fixtures);
        let keys = keys(config);
        let setting = Setting { currency: &config.currency, calendar: config.calendar, keys: &keys };
        let mut problems = Vec::new();
        let mut rows: BTreeMap<TableName, GivenRows> = BTreeMap::new();
        for fixture in fixtures {
            let given = rows.entry(fixture.table.clone()).or_default();
            given.at.get_or_insert_with(|| fixture.at.clone());
            given.rows.extend(fixture.rows.iter().map(|row| texts(row, fixture, &mut problems)));
        }
        let mut tables = BTreeMap::new();
        for table in config.tables.values() {
            let outline = config::with_canonical_defaults(config, table);
            let given = rows.remove(&table.name).unwrap_or_default();
            tables.insert(table.name.clone(), given_table(&outline, given, setting));
        }
        Self::with_schema(config, tables, Kept::none(), problems)
    }
}

/// The config with every table of the catalogue and of the rows given.
pub(crate) fn with_all_tables(config: &Config, fixtures: &[Fixture]) -> Config {
    let mut config = config.clone();
    let nowhere = Span::whole(&SourceFile::new("", ""));
    let given = fixtures.iter().map(|fixture| (fixture.table.clone(), fixture.at.clone()));
    let canonical = canonical::tables().iter().map(|table| (TableName::from(table.name), nowhere.clone()));
    for (name, at) in given.chain(canonical) {
        config.tables.entry(name.clone()).or_insert_with(|| unconfigured(name, at));
    }
    config
}

/// A table that the config does not mention.
fn unconfigured(name: TableName, at: Span) -> TableConfig {
    TableConfig {
        name,
        from: String::new(),
        from_at: at.clone(),
        preset: None,
        format: FileFormat::default(),
        time: None,
        key: Vec::new(),
        duplicates: Duplicates::Count,
        only: Vec::new(),
        references: BTreeMap::new(),
        columns: BTreeMap::new(),
        on_bad_value: OnBadValue::Error,
        allow_empty: true,
        at,
    }
}

fn texts(
    row: &[(ColumnName, Literal)],
    fixture: &Fixture,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<ColumnName, String> {
    let mut cells = BTreeMap::new();
    for (name, value) in row {
        let text = match value {
            Literal::Null => continue,
            Literal::Bool(value) => value.to_string(),
            Literal::Number(value) => value.normalize().to_string(),
            Literal::Text(text) => text.to_string(),
            Literal::Step(step) => {
                let message = format!("a cell of `{}.{name}` is a duration, {step}", fixture.table);
                let help = "give a text, a number, true or false; a date is a text such as \"2026-01-31\"";
                problems.push(Diagnostic::error(Code::BadValue, message).at(fixture.at.clone()).help(help));
                continue;
            }
        };
        cells.insert(name.clone(), text);
    }
    cells
}

fn given_table(outline: &TableOutline<'_>, given: GivenRows, setting: Setting<'_>) -> TableSource {
    let mut names: Vec<ColumnName> = outline.columns.keys().cloned().collect();
    names.extend(given.rows.iter().flat_map(|row| row.keys().cloned()));
    // What the config builds on exists, even if it only ever comes from the source.
    let table = &outline.config.name;
    names.extend(setting.keys.iter().filter(|(of, _)| of == table).map(|(_, name)| name.clone()));
    names.extend(outline.time.iter().map(|time| time.value.clone()));
    names.sort();
    names.dedup();
    let columns = names.into_iter().map(|name| {
        let is_time = outline.time.as_ref().is_some_and(|time| time.value == name);
        let mut column = by_name(outline, name, setting);
        if is_time && column.typing == Typing::Open {
            column.typing = Typing::Time;
        }
        let mut guess = Guess::new(&column.rules);
        for row in &given.rows {
            guess.see(row.get(&column.column.name).map_or("", String::as_str), (0, 0));
        }
        let ty = match column.typing {
            Typing::Declared => column.column.ty,
            Typing::Key => ColumnType::Text,
            Typing::Time => guess.time(),
            Typing::Open => guess.any(),
        };
        column.set_type(ty);
        column
    });
    let columns = columns.collect();
    TableSource {
        name: outline.config.name.clone(),
        columns,
        at: given.at.clone().unwrap_or_else(|| outline.config.at.clone()),
        rows: Some(given.rows.len() as u64),
        content: Content::Given(given),
        basis: Basis::default(),
        read_as: OnceLock::new(),
        format: FileFormat::default(),
        on_bad_value: OnBadValue::Error,
        allow_empty: true,
        preset: None,
        rules: Vec::new(),
        identity: Vec::new(),
        duplicates: Duplicates::Count,
        counts_twice: false,
    }
}

/// The name under which rows of a test appear in messages.
pub(in crate::source) fn shown(table: &TableName) -> Arc<SourceFile> {
    SourceFile::new(format!("given(\"{table}\")"), "")
}
