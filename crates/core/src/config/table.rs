//! `[tables.NAME]`: where a table's rows come from, and how they are read.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::DeValue;

use super::document::{Problems, Section, check_name, one_of, string};
use super::{
    Duplicates, OnBadValue, ReferenceConfig, TableConfig, TablePreset, column, counted, file_format, general,
};
use crate::canonical;
use crate::diagnostic::{Code, did_you_mean};
use crate::name::{ColumnName, TableName};
use crate::preset::{self, Preset};
use crate::source::Span;

/// What a table must know of the rest of the configuration.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// The names of all tables.
    pub(super) tables: &'a BTreeSet<&'a str>,
    /// The project's currency; empty where it is missing or wrong.
    pub(super) currency: &'a str,
}

/// Names that a script already gives a meaning.
const TAKEN: [&str; 2] = ["metrics", "period"];

/// Reads one table; `None` where it has no source, which is reported.
pub(super) fn table(
    name: &Spanned<&str>,
    mut section: Section<'_>,
    surroundings: Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Option<TableConfig> {
    check_name("table", name, problems);
    if TAKEN.contains(name.get_ref()) {
        let message = format!("a table cannot be called `{}`: scripts use that word", name.get_ref());
        problems.at(Code::ConfigValue, name.span(), message, "give it another name");
    }
    let at = problems.span(section.range());
    let from = from(&mut section, problems);
    let preset = preset(name.get_ref(), &mut section, problems);
    let format = file_format::file_format(&mut section, from.as_ref().map_or("", |(path, _)| path), problems);
    let time = column_name(&mut section, "time", problems);
    let key = counted::key(&mut section, problems);
    let duplicates = counted::duplicates(&mut section, problems);
    let only = counted::conditions(&mut section, problems);
    let references = references(&mut section, surroundings.tables, problems);
    let words = [("null", OnBadValue::Null), ("error", OnBadValue::Error)];
    let on_bad_value = section.word("on_bad_value", &words, problems).unwrap_or_default();
    let allow_empty = section.boolean("allow_empty", problems).unwrap_or(false);
    let canonical = canonical::table(name.get_ref());
    // Rows without a key are known by all that they say, and may count however often.
    if key.is_empty()
        && duplicates != Duplicates::Count
        && canonical.is_none_or(|table| table.key.is_none())
        && let Some(written) = ["keep", "duplicates"].iter().find_map(|key| section.value(key))
    {
        let message = format!("table `{}` has no key, so that no row is a duplicate", name.get_ref());
        let help = "say which column identifies a row: `key = \"…\"`, or `key = [\"…\", \"…\"]` for several";
        problems.at(Code::ConfigValue, written.span(), message, help);
    }
    let columns = match section.section("columns", problems) {
        Some(columns) => column::columns(&columns, canonical, surroundings.currency, problems),
        None => BTreeMap::new(),
    };
    section.finish(problems);
    let (from, from_at) = from?;
    Some(TableConfig {
        name: TableName::from(*name.get_ref()),
        from,
        from_at,
        preset,
        format,
        time,
        key,
        duplicates,
        only,
        references,
        columns,
        on_bad_value,
        allow_empty,
        at,
    })
}

fn from(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<(String, Span)> {
    let path = section.path_of("from");
    let Some(value) = section.value("from") else {
        let help = "say where its rows are: `from = \"data/deals-*.csv\"` (a path, a glob or a folder)";
        section.missing("from", problems, help);
        return None;
    };
    if let DeValue::Table(_) = value.get_ref() {
        let message = format!("`{path}`: reading from a database is not supported yet");
        problems.at(Code::Unsupported, value.span(), message, "export the table and name the file's path");
        return None;
    }
    let from = string(&path, value, problems)?;
    if let Some((code, what, help)) = general::bad_location(from.get_ref()) {
        problems.at(code, from.span(), format!("`{path}`: {what}"), help);
        return None;
    }
    Some(((*from.get_ref()).to_owned(), problems.span(from.span())))
}

/// The preset of a table of this name.
fn preset(table: &str, section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<TablePreset> {
    let written = section.string("preset", problems)?;
    let path = section.path_of("preset");
    let Some(preset) = preset::preset(written.get_ref()) else {
        let known: Vec<&str> = preset::presets().iter().map(|preset| preset.name).collect();
        let message = format!("`{path}`: `{}` is not a preset", written.get_ref());
        problems.at(Code::ConfigValue, written.span(), message, one_of(written.get_ref(), &known));
        return None;
    };
    if let Some(found) = preset.table(table) {
        return Some(TablePreset { preset, table: found, at: problems.span(written.span()) });
    }
    let message = format!("`{path}`: the preset `{}` knows no table `{table}`", preset.name);
    problems.at(Code::ConfigValue, written.span(), message, tables_of(preset, table));
    None
}

/// The tables that a preset knows, and who knows the one that it does not.
fn tables_of(preset: &Preset, table: &str) -> String {
    let tables = preset.tables.iter().map(|known| match known.export == known.table {
        true => known.table.to_owned(),
        false => format!("{} ({})", known.table, known.export),
    });
    let tables = tables.collect::<Vec<_>>().join(", ");
    let others: Vec<&str> = preset::presets()
        .iter()
        .filter(|other| other.table(table).is_some())
        .map(|other| other.name)
        .collect();
    match others.is_empty() {
        true => format!("it knows: {tables}"),
        false => format!("it knows: {tables}; presets that know `{table}`: {}", others.join(", ")),
    }
}

fn column_name(
    section: &mut Section<'_>,
    key: &'static str,
    problems: &mut Problems<'_>,
) -> Option<(ColumnName, Span)> {
    let name = section.string(key, problems)?;
    check_name("column", &name, problems);
    Some((ColumnName::from(*name.get_ref()), problems.span(name.span())))
}

fn references(
    section: &mut Section<'_>,
    tables: &BTreeSet<&str>,
    problems: &mut Problems<'_>,
) -> BTreeMap<ColumnName, ReferenceConfig> {
    let mut references = BTreeMap::new();
    let Some(refs) = section.section("refs", problems) else { return references };
    for (name, value) in refs.named() {
        check_name("reference", &name, problems);
        let expected = "a table such as { table = \"customers\", on = \"customer_id\" }";
        let Some(mut entry) = Section::of(refs.path_of(name.get_ref()), value, expected, problems) else {
            continue;
        };
        let help = "write `{ table = \"customers\", on = \"customer_id\" }`";
        let table = needed(&mut entry, "table", help, problems);
        let on = needed(&mut entry, "on", help, problems);
        let key = column_name(&mut entry, "key", problems);
        if let Some(table) = &table
            && !tables.contains(table.get_ref())
        {
            let message =
                format!("`{}` refers to `{}`, which is not a table", entry.path_of("table"), table.get_ref());
            let help = format!(
                "{}; or add [tables.{}]",
                did_you_mean(table.get_ref(), tables.iter().copied()),
                table.get_ref()
            );
            problems.at(Code::ConfigReference, table.span(), message, help);
        }
        if let Some(on) = &on {
            check_name("column", on, problems);
        }
        entry.finish(problems);
        if let (Some(table), Some(on)) = (table, on) {
            let reference = ReferenceConfig {
                table: TableName::from(*table.get_ref()),
                on: ColumnName::from(*on.get_ref()),
                key: key.map(|(key, _)| key),
                at: problems.span(name.span()),
            };
            references.insert(ColumnName::from(*name.get_ref()), reference);
        }
    }
    references
}

fn needed<'d>(
    section: &mut Section<'d>,
    key: &'static str,
    help: &str,
    problems: &mut Problems<'_>,
) -> Option<Spanned<&'d str>> {
    let found = section.value(key);
    if found.is_none() {
        section.missing(key, problems, help);
    }
    found.and_then(|_| section.string(key, problems))
}
