//! All tables of a project: opened, named and typed, but not yet read.
//!
//! Whatever cannot be opened is reported and leaves a table with the columns
//! that the config and the catalogue expect, so that one missing file does not
//! turn into many unknown names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use goalpost_core::config::{self, Config, Duplicates, FileFormat, FileKind, Keep, OnBadValue, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::preset;
use goalpost_core::schema::{Column, ColumnType, Schema};
use goalpost_core::source::Span;

use super::file::OpenFile;
use super::given_rows::GivenRows;
use super::shown::Shown;
use super::{date_styles, hidden, shown, twins, types};
use crate::kept::{Basis, Digest, Kept};
use crate::source::bind::columns::{Bound, BoundColumn, Preset, Setting, Typing, bind, by_name};
use crate::source::bind::naming::{doubled, folded, snake_case};
use crate::source::bind::preset::Match;
use crate::source::bind::select::{self, RowRule};
use crate::source::find::file::DataFile;
use crate::source::find::locate;
use crate::source::parquet;
use crate::source::text::reader;

/// The data of a project: what is there, and how to read it.
#[derive(Debug)]
pub struct Sources {
    pub(in crate::source) schema: Schema,
    pub(in crate::source) tables: BTreeMap<TableName, TableSource>,
    pub(super) kept: Kept,
}

/// A table before it is read.
#[derive(Debug)]
pub(in crate::source) struct TableSource {
    /// Its name.
    pub(in crate::source) name: TableName,
    /// Its columns, in the order of the source.
    pub(in crate::source) columns: Vec<BoundColumn>,
    /// Its rows.
    pub(in crate::source) content: Content,
    /// Its files, as they were before any of them was read.
    pub(in crate::source) basis: Basis,
    /// How its rows are read, once somebody has asked.
    pub(super) read_as: OnceLock<Digest>,
    /// How its files are written.
    pub(in crate::source) format: FileFormat,
    /// What happens with cells that cannot be read.
    pub(in crate::source) on_bad_value: OnBadValue,
    /// Whether it may be empty.
    pub(in crate::source) allow_empty: bool,
    /// Where its rows are said to be.
    pub(in crate::source) at: Span,
    /// How many rows it has, where that is known.
    pub(in crate::source) rows: Option<u64>,
    /// What its preset found, where it has one.
    pub(in crate::source) preset: Option<Match>,
    /// What decides which rows count.
    pub(in crate::source) rules: Vec<RowRule>,
    /// The columns that identify a row together, where all of them are there.
    pub(in crate::source) identity: Vec<ColumnName>,
    /// What happens with a second row of the same key.
    pub(in crate::source) duplicates: Duplicates,
    /// Whether a row that is in two files counts twice and that is not known yet.
    pub(in crate::source) counts_twice: bool,
}

/// The rows of a table.
#[derive(Debug)]
pub(in crate::source) enum Content {
    /// In files.
    Files(Vec<OpenFile>),
    /// Given by a test.
    Given(GivenRows),
}

impl Sources {
    /// Finds the files of all tables, reads their headers and guesses the types
    /// that nobody declared. Everything that is wrong is reported at once.
    pub fn open(config: &Config, root: &Path) -> (Self, Vec<Diagnostic>) {
        Self::open_with(config, root, Kept::none())
    }

    /// The same, with what earlier runs have found out.
    pub fn open_with(config: &Config, root: &Path, kept: Kept) -> (Self, Vec<Diagnostic>) {
        let keys = keys(config);
        let setting = Setting { currency: &config.currency, calendar: config.calendar, keys: &keys };
        let mut problems = Vec::new();
        let mut tables = BTreeMap::new();
        for table in config.tables.values() {
            let outline = config::with_canonical_defaults(config, table);
            let source = open_table(&outline, root, setting, &kept, &mut problems);
            tables.insert(table.name.clone(), source);
        }
        Self::with_schema(config, tables, kept, problems)
    }

    /// The schema of these tables, with keys and references.
    pub(in crate::source) fn with_schema(
        config: &Config,
        tables: BTreeMap<TableName, TableSource>,
        kept: Kept,
        mut problems: Vec<Diagnostic>,
    ) -> (Self, Vec<Diagnostic>) {
        let columns = |table: &TableSource| -> Vec<Column> {
            table.columns.iter().map(|bound| bound.column.clone()).collect()
        };
        let found = tables.iter().map(|(name, table)| (name.clone(), columns(table))).collect();
        let (mut schema, more) = config::schema(config, found);
        problems.extend(more);
        for (name, table) in &mut schema.tables {
            let Some(Content::Files(files)) = tables.get(name).map(|source| &source.content) else {
                continue;
            };
            let unusable = files.iter().flat_map(OpenFile::unusable);
            let unusable = unusable.map(|(header, ty)| (ColumnName::from(snake_case(header, 1)), ty.clone()));
            table.unusable = unusable.collect();
        }
        (Self { schema, tables, kept }, problems)
    }

    /// Tables and columns with their types.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

/// Columns that are keys or refer to keys; all of them are texts unless declared otherwise.
pub(in crate::source) fn keys(config: &Config) -> BTreeSet<(TableName, ColumnName)> {
    let mut keys = BTreeSet::new();
    for table in config.tables.values() {
        let outline = config::with_canonical_defaults(config, table);
        keys.extend(outline.key.map(|key| (table.name.clone(), key.value)));
        for reference in outline.references {
            keys.insert((table.name.clone(), reference.value.on));
            keys.insert((reference.value.table, reference.value.key));
        }
    }
    keys
}

/// The columns that a table is expected to have, when its source cannot say.
pub(in crate::source) fn expected(outline: &TableOutline<'_>, setting: Setting<'_>) -> Vec<BoundColumn> {
    outline.columns.keys().map(|name| by_name(outline, name.clone(), setting)).collect()
}

fn open_table(
    outline: &TableOutline<'_>,
    root: &Path,
    setting: Setting<'_>,
    kept: &Kept,
    problems: &mut Vec<Diagnostic>,
) -> TableSource {
    let table = outline.config;
    let mut source = TableSource {
        name: table.name.clone(),
        columns: Vec::new(),
        content: Content::Files(Vec::new()),
        basis: Basis::default(),
        read_as: OnceLock::new(),
        format: table.format.clone(),
        on_bad_value: table.on_bad_value,
        allow_empty: table.allow_empty,
        at: table.from_at.clone(),
        rows: None,
        preset: None,
        rules: Vec::new(),
        identity: Vec::new(),
        duplicates: table.duplicates.clone(),
        counts_twice: false,
    };
    let before = problems.len();
    let found = locate::files(table, root).unwrap_or_else(|wrong| {
        problems.extend(wrong);
        Vec::new()
    });
    source.basis = kept.watch(found.iter().map(|file| file.path.as_path()));
    let files = open_files(outline, found, before, kept, problems);
    if files.is_empty() {
        source.columns = expected(outline, setting);
        source.rows = (problems.len() == before).then_some(0);
        return source;
    }
    let mut headers: Vec<String> = Vec::new();
    for header in files.iter().flat_map(|file| &file.headers) {
        if headers.iter().all(|known| folded(known) != folded(header) || folded(header).is_empty()) {
            headers.push(header.clone());
        }
    }
    let unusable: Vec<_> = files.iter().flat_map(OpenFile::unusable).cloned().collect();
    let Bound { columns, preset, problems: wrong } = bind(outline, &headers, &unusable, setting);
    problems.extend(wrong);
    source.columns = columns;
    source.preset = preset;
    problems.extend(hidden::found(outline, &source.columns, &files));
    keep_by_time(outline, &mut source);
    // A member may be absent from every object that was looked at.
    for file in files.iter().filter(|file| file.file.kind != FileKind::Json) {
        for column in source.columns.iter().filter(|column| column.mapped.is_some()) {
            problems.extend(reader::lacking(&file.file, column, |header| file.has(header)));
        }
    }
    let shown = Shown { kept, basis: &source.basis };
    problems.extend(date_styles::settle(
        outline,
        &mut source.columns,
        &files,
        &source.format,
        types::sampled(&files),
        shown,
    ));
    source.rows = shown::types(shown, &mut source.columns, &files, &source.format, |columns| {
        types::settle(columns, &files, &source.format)
    });
    source.rules = select::bind(outline, &headers, &source.columns, setting, problems);
    identify(outline, &mut source, problems);
    if counts_twice(&source) {
        let twins = twins::found(&table.name, &files);
        source.counts_twice = twins.is_empty();
        problems.extend(twins);
    }
    source.content = Content::Files(files);
    source
}

/// Whether a row that is in two files counts twice, and nobody has said that it is to.
/// Of snapshots one row of each key is kept, however little changed between them.
fn counts_twice(source: &TableSource) -> bool {
    match source.duplicates {
        Duplicates::Error => true,
        Duplicates::Keep(_) => source.identity.is_empty(),
        Duplicates::Count => false,
    }
}

/// Finds the columns that identify a row. One that the config names and that is
/// not there is reported with the schema.
fn identify(outline: &TableOutline<'_>, source: &mut TableSource, problems: &mut Vec<Diagnostic>) {
    let has = |name: &ColumnName| source.columns.iter().any(|bound| bound.column.name == *name);
    let parts = outline.identity.iter().map(|part| part.value.clone());
    source.identity =
        if outline.identity.iter().all(|part| has(&part.value)) { parts.collect() } else { Vec::new() };
    let Duplicates::Keep(Keep { by: Some((by, at)), .. }) = &source.duplicates else { return };
    let table = &source.name;
    let Some(bound) = source.columns.iter().find(|bound| bound.column.name == *by) else {
        let message = format!("table `{table}` has no column `{by}` to keep rows by");
        let help = did_you_mean(by.as_str(), source.columns.iter().map(|bound| bound.column.name.as_str()));
        problems.push(Diagnostic::error(Code::ConfigReference, message).at(at.clone()).help(help));
        return;
    };
    // As texts, 3/9 comes after 3/10 and v9 after v10.
    if matches!(bound.column.ty, ColumnType::Text | ColumnType::Bool) {
        let message = format!(
            "rows of `{table}` are kept by `{by}`, which is of type {}: that is no order in time",
            bound.column.ty
        );
        let help = format!(
            "say in [tables.{table}.columns] what it holds, such as `{by} = {{ type = \"date\", format = \
             \"%d/%m/%Y\" }}` or `{by} = {{ type = \"integer\" }}`, or let the order of the files decide"
        );
        problems.push(Diagnostic::error(Code::ConfigValue, message).at(at.clone()).help(help));
    }
}

/// Lets the column by which rows are kept be a time where the presets know it as one,
/// so that it is read in the style of the export's other times.
fn keep_by_time(outline: &TableOutline<'_>, source: &mut TableSource) {
    let Duplicates::Keep(Keep { by: Some((by, _)), .. }) = &source.duplicates else { return };
    let Some(preset) = &outline.config.preset else { return };
    let is_known = |bound: &BoundColumn| {
        let header = bound.header.as_deref();
        preset::MODIFIED.iter().any(|known| Some(folded(known).as_str()) == header)
    };
    let column = source.columns.iter_mut().find(|bound| bound.column.name == *by);
    if let Some(column) = column.filter(|column| column.typing == Typing::Open && is_known(column)) {
        column.typing = Typing::Time;
        column.set_type(ColumnType::Date);
        let finds_style = column.rules.format.is_none();
        column.preset = Some(Preset { name: preset.preset.name, needs_words: false, finds_style });
    }
}

/// Opens the files of a table; none when the table has no rows or cannot be read.
/// So many problems were there before it was looked for.
fn open_files(
    outline: &TableOutline<'_>,
    found: Vec<DataFile>,
    before: usize,
    kept: &Kept,
    problems: &mut Vec<Diagnostic>,
) -> Vec<OpenFile> {
    let table = outline.config;
    let mut files = Vec::new();
    let mut bare = Vec::new();
    for file in found {
        match open_file(file, &table.format, kept) {
            Err(problem) => problems.push(problem),
            Ok(file) if file.headers.iter().all(|header| header.trim().is_empty()) => bare.push(file.file),
            Ok(file) => {
                if let Some((first, second)) = doubled(&file.headers) {
                    problems.push(doubled_header(&file, first, second));
                }
                files.push(file);
            }
        }
    }
    if table.allow_empty {
        return files;
    }
    if files.is_empty() && problems.len() == before {
        let names: Vec<&str> = bare.iter().map(|file| file.shown.name.as_str()).collect();
        let message = format!("table `{}` has no rows: `{}` is empty", table.name, names.join("`, `"));
        problems.push(empty_table(message, table.from_at.clone()));
    } else {
        // One empty file among others is a truncated export rather than an empty table.
        for file in &bare {
            let message = format!("`{}` is empty: it has no header", file.shown.name);
            problems.push(Diagnostic::error(Code::BadHeader, message).at(file.whole()));
        }
    }
    files
}

/// An error about a table without rows.
pub(in crate::source) fn empty_table(message: String, at: Span) -> Diagnostic {
    Diagnostic::error(Code::EmptyTable, message)
        .at(at)
        .help("check the export; if it may be empty, set `allow_empty = true` for the table")
}

fn open_file(file: DataFile, format: &FileFormat, kept: &Kept) -> Result<OpenFile, Diagnostic> {
    if file.kind != FileKind::Parquet {
        let headers = match file.kind {
            FileKind::Json => shown::members(kept, &file.path, format, || reader::header(&file, format))?,
            _ => reader::header(&file, format)?,
        };
        return Ok(OpenFile { file, headers, parquet: None });
    }
    let contents = parquet::open(&file)?;
    let headers = contents.fields().iter().map(|field| field.header.clone()).collect();
    Ok(OpenFile { file, headers, parquet: Some(contents) })
}

fn doubled_header(file: &OpenFile, first: usize, second: usize) -> Diagnostic {
    let name = file.headers[second - 1].trim();
    let message = format!(
        "`{}` has two columns `{name}`, the {} and the {}",
        file.file.shown.name,
        nth(first),
        nth(second)
    );
    Diagnostic::error(Code::BadHeader, message).at(file.file.line(1)).help("rename or remove one of them")
}

fn nth(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
