//! All tables of a project: opened, named and typed, but not yet read.
//!
//! Whatever cannot be opened is reported and leaves a table with the columns
//! that the config and the catalogue expect, so that one missing file does not
//! turn into many unknown names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use goalpost_core::config::{self, Config, FileFormat, FileKind, OnBadValue, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{Column, ColumnType, Schema};
use goalpost_core::source::Span;

use super::columns::{Bound, BoundColumn, Setting, Typing, bind, by_name};
use super::derive::Feed;
use super::file::DataFile;
use super::fixture::GivenRows;
use super::infer::Guess;
use super::naming::{doubled, folded};
use super::preset::Match;
use super::records::{Records, Rows};
use super::text::{self, SAMPLE, TextReader};
use super::{locate, parquet, styles};

/// Tables whose texts are no larger than this are looked at as a whole to guess types.
const WHOLE: u64 = 8 << 20;

/// The data of a project: what is there, and how to read it.
#[derive(Debug)]
pub struct Sources {
    pub(super) schema: Schema,
    pub(super) tables: BTreeMap<TableName, TableSource>,
}

/// A table before it is read.
#[derive(Debug)]
pub(super) struct TableSource {
    /// Its name.
    pub(super) name: TableName,
    /// Its columns, in the order of the source.
    pub(super) columns: Vec<BoundColumn>,
    /// Its rows.
    pub(super) content: Content,
    /// How its files are written.
    pub(super) format: FileFormat,
    /// What happens with cells that cannot be read.
    pub(super) on_bad_value: OnBadValue,
    /// Whether it may be empty.
    pub(super) allow_empty: bool,
    /// Where its rows are said to be.
    pub(super) at: Span,
    /// How many rows it has, where that is known.
    pub(super) rows: Option<u64>,
    /// What its preset found, where it has one.
    pub(super) preset: Option<Match>,
}

/// The rows of a table.
#[derive(Debug)]
pub(super) enum Content {
    /// In files.
    Files(Vec<OpenFile>),
    /// Given by a test.
    Given(GivenRows),
}

/// A file with what is known of it.
#[derive(Debug)]
pub(super) struct OpenFile {
    /// The file.
    pub(super) file: DataFile,
    /// Its headers.
    pub(super) headers: Vec<String>,
    /// What it holds, if it is Parquet.
    pub(super) parquet: Option<parquet::Contents>,
}

impl OpenFile {
    /// Whether it has a column with this header, folded.
    pub(super) fn has(&self, header: &str) -> bool {
        self.headers.iter().any(|found| folded(found) == header)
    }
}

impl Sources {
    /// Finds the files of all tables, reads their headers and guesses the types
    /// that nobody declared. Everything that is wrong is reported at once.
    pub fn open(config: &Config, root: &Path) -> (Self, Vec<Diagnostic>) {
        let keys = keys(config);
        let setting = Setting { currency: &config.currency, calendar: config.calendar, keys: &keys };
        let mut problems = Vec::new();
        let mut tables = BTreeMap::new();
        for table in config.tables.values() {
            let outline = config::with_canonical_defaults(config, table);
            let source = open_table(&outline, root, setting, &mut problems);
            tables.insert(table.name.clone(), source);
        }
        Self::with_schema(config, tables, problems)
    }

    /// The schema of these tables, with keys and references.
    pub(super) fn with_schema(
        config: &Config,
        tables: BTreeMap<TableName, TableSource>,
        mut problems: Vec<Diagnostic>,
    ) -> (Self, Vec<Diagnostic>) {
        let columns = |table: &TableSource| -> Vec<Column> {
            table.columns.iter().map(|bound| bound.column.clone()).collect()
        };
        let found = tables.iter().map(|(name, table)| (name.clone(), columns(table))).collect();
        let (schema, more) = config::schema(config, found);
        problems.extend(more);
        (Self { schema, tables }, problems)
    }

    /// Tables and columns with their types.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

/// Columns that are keys or refer to keys; all of them are texts unless declared otherwise.
pub(super) fn keys(config: &Config) -> BTreeSet<(TableName, ColumnName)> {
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
pub(super) fn expected(outline: &TableOutline<'_>, setting: Setting<'_>) -> Vec<BoundColumn> {
    outline.columns.keys().map(|name| by_name(outline, name.clone(), setting)).collect()
}

fn open_table(
    outline: &TableOutline<'_>,
    root: &Path,
    setting: Setting<'_>,
    problems: &mut Vec<Diagnostic>,
) -> TableSource {
    let table = outline.config;
    let mut source = TableSource {
        name: table.name.clone(),
        columns: Vec::new(),
        content: Content::Files(Vec::new()),
        format: table.format.clone(),
        on_bad_value: table.on_bad_value,
        allow_empty: table.allow_empty,
        at: table.from_at.clone(),
        rows: None,
        preset: None,
    };
    let before = problems.len();
    let files = open_files(outline, root, problems);
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
    let Bound { columns, preset, problems: wrong } = bind(outline, &headers, setting);
    problems.extend(wrong);
    source.columns = columns;
    source.preset = preset;
    // A member may be absent from every object that was looked at.
    for file in files.iter().filter(|file| file.file.kind != FileKind::Json) {
        for column in source.columns.iter().filter(|column| column.mapped.is_some()) {
            problems.extend(text::lacking(&file.file, column, |header| file.has(header)));
        }
    }
    problems.extend(styles::settle(outline, &mut source.columns, &files, &source.format, sampled(&files)));
    source.rows = settle_types(&mut source.columns, &files, &source.format);
    source.content = Content::Files(files);
    source
}

/// Opens the files of a table; none when the table has no rows or cannot be read.
fn open_files(outline: &TableOutline<'_>, root: &Path, problems: &mut Vec<Diagnostic>) -> Vec<OpenFile> {
    let table = outline.config;
    let found = match locate::files(table, root) {
        Ok(found) => found,
        Err(wrong) => {
            problems.extend(wrong);
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    let mut bare = Vec::new();
    let before = problems.len();
    for file in found {
        match open_file(file, &table.format) {
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
pub(super) fn empty_table(message: String, at: Span) -> Diagnostic {
    Diagnostic::error(Code::EmptyTable, message)
        .at(at)
        .help("check the export; if it may be empty, set `allow_empty = true` for the table")
}

fn open_file(file: DataFile, format: &FileFormat) -> Result<OpenFile, Diagnostic> {
    if file.kind != FileKind::Parquet {
        let headers = text::header(&file, format)?;
        return Ok(OpenFile { file, headers, parquet: None });
    }
    let contents = parquet::open(&file)?;
    let usable =
        contents.schema().fields().iter().filter(|field| parquet::natural_type(field.data_type()).is_some());
    let headers = usable.map(|field| field.name().clone()).collect();
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

/// Settles the types that nobody declared; says how many rows there are, where
/// looking at the data has shown it.
fn settle_types(columns: &mut [BoundColumn], files: &[OpenFile], format: &FileFormat) -> Option<u64> {
    if files.iter().all(|file| file.parquet.is_some()) {
        for column in columns.iter_mut() {
            settle_parquet(column, files);
        }
        return Some(
            files.iter().filter_map(|file| file.parquet.as_ref()).map(parquet::Contents::rows).sum(),
        );
    }
    let open: Vec<usize> =
        (0..columns.len()).filter(|&i| matches!(columns[i].typing, Typing::Open | Typing::Time)).collect();
    let (types, rows) = guess(columns, &open, files, format);
    for (&i, ty) in open.iter().zip(types) {
        columns[i].set_type(ty);
    }
    rows
}

fn settle_parquet(column: &mut BoundColumn, files: &[OpenFile]) {
    // A time that may stand in several columns is as fine as the first of them.
    let header = match column.typing {
        Typing::Time => column.time_headers().into_iter().next(),
        _ => column.header.clone(),
    };
    let header = header.unwrap_or_default();
    let first = files.iter().find_map(|file| {
        let contents = file.parquet.as_ref()?;
        let index = contents.schema().fields().iter().position(|field| folded(field.name()) == header)?;
        Some((file, contents, index))
    });
    let Some((file, contents, index)) = first else { return };
    let natural = parquet::natural_type(contents.schema().field(index).data_type());
    let ty = match (column.typing, natural) {
        (Typing::Time, Some(ty)) if ty.is_time() => ty,
        (Typing::Time, Some(_)) => {
            let mut guess = Guess::new(&column.rules);
            // What cannot be read now is reported when the table is.
            let _ = parquet::sample_texts(&file.file, contents, index, SAMPLE, |text| guess.see(text));
            guess.time()
        }
        (Typing::Open, Some(ty)) if column.rules.values.is_empty() => ty,
        (Typing::Open, Some(_)) => ColumnType::Text,
        _ => return,
    };
    column.set_type(ty);
}

/// Guesses the types of some columns from texts.
fn guess(
    columns: &[BoundColumn],
    open: &[usize],
    files: &[OpenFile],
    format: &FileFormat,
) -> (Vec<ColumnType>, Option<u64>) {
    let mut guesses: Vec<Guess<'_>> = open.iter().map(|&i| Guess::new(&columns[i].rules)).collect();
    let most = sampled(files);
    let mut rows = Some(0);
    for file in files {
        let wanted: Vec<(usize, &BoundColumn)> = open
            .iter()
            .enumerate()
            .map(|(g, &i)| (g, &columns[i]))
            .filter(|(_, column)| column.headers().all(|header| file.has(header)))
            .collect();
        let seen = match &file.parquet {
            Some(contents) => {
                for &(g, column) in &wanted {
                    let Some(header) = column.header.as_deref() else { continue };
                    let fields = contents.schema().fields();
                    let index = fields.iter().position(|field| folded(field.name()) == header);
                    let see = |text: &str| guesses[g].see(text);
                    // What cannot be read now is reported when the table is.
                    let _ =
                        index.map(|index| parquet::sample_texts(&file.file, contents, index, SAMPLE, see));
                }
                Some(contents.rows())
            }
            None => look(file, format, &wanted, &mut guesses, most),
        };
        rows = rows.zip(seen).map(|(rows, seen)| rows + seen);
    }
    let types = guesses.iter().zip(open).map(|(guess, &i)| match columns[i].typing {
        Typing::Time => guess.time(),
        _ => guess.any(),
    });
    (types.collect(), rows)
}

/// How many rows of each file are looked at.
fn sampled(files: &[OpenFile]) -> u64 {
    let size: u64 = files.iter().map(|file| file.file.size).sum();
    if size <= WHOLE { u64::MAX } else { (SAMPLE / files.len().max(1)).max(1_000) as u64 }
}

/// Shows rows of a file to the guesses; says how many there are if those were all.
fn look(
    file: &OpenFile,
    format: &FileFormat,
    wanted: &[(usize, &BoundColumn)],
    guesses: &mut [Guess<'_>],
    most: u64,
) -> Option<u64> {
    let feed = Feed::of(wanted.iter().map(|(_, column)| *column));
    let mut reader = TextReader::open(&file.file, format, &feed.headers, None).ok()?;
    let mut records = Records::new(feed.headers.len());
    let mut seen = 0;
    while let Some(rows) = reader.rows(&mut records).ok()? {
        for (&(g, column), slots) in wanted.iter().zip(&feed.slots) {
            let mut see = |rows: Rows<'_>, slot: usize| {
                rows.column(slot).for_each(|(_, cell)| guesses[g].see(cell.text));
            };
            match &column.derivation {
                None => slots.iter().for_each(|&slot| see(rows, slot)),
                Some(derivation) => {
                    let mut times = column.rules.times();
                    let derived = derivation.derive(rows, slots, &column.rules, &mut times);
                    see(Rows { text: "", records: &derived }, 0);
                }
            }
        }
        seen += rows.records.len() as u64;
        if seen >= most {
            return None;
        }
    }
    Some(seen)
}
