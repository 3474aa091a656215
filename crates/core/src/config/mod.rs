//! `goalpost.toml`, validated: a [`Config`] cannot be wrong in itself.
//!
//! [`read()`] turns the text into this model and reports every problem at once,
//! each with its place; its module shows all keys. Whether files exist and
//! columns are there is found later, by who reads the data: it asks
//! [`with_canonical_defaults`] how to read a table, and [`schema`] what the
//! columns found make of it.

mod business;
mod cache;
mod column;
mod counted;
mod date_format;
mod defaults;
mod document;
mod file_format;
mod general;
mod goals;
mod iso_4217;
mod read;
mod size;
mod table;
#[cfg(test)]
mod tests;

pub use defaults::{
    ColumnOutline, DefaultOr, ReferenceOutline, TableOutline, canonical_type, schema, with_canonical_defaults,
};
pub use iso_4217::{is_currency, money_scale};
pub use read::read;
pub use size::parse as parse_size;

use std::collections::BTreeMap;

use crate::calendar::Calendar;
use crate::expr::Literal;
use crate::goal::Policies;
use crate::name::{ColumnName, ParamName, TableName};
use crate::preset::{Preset, PresetTable};
use crate::schema::ColumnType;
use crate::source::Span;

/// A project's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The project's name.
    pub name: String,
    /// Its currency, an ISO 4217 code; amounts are in it.
    pub currency: String,
    /// How it counts time.
    pub calendar: Calendar,
    /// When it works; `business_time` counts nothing else.
    pub business: BusinessHours,
    /// What holds for goals that do not say otherwise.
    pub goals: Policies,
    /// Tables by name.
    pub tables: BTreeMap<TableName, TableConfig>,
    /// Values of parameters, with their places.
    pub params: BTreeMap<ParamName, (Literal, Span)>,
    /// Folders of script packs, in order, relative to the project.
    pub packs: Vec<(String, Span)>,
    /// Memory that a run may use before it spills to disk, in bytes.
    pub memory_limit: usize,
    /// What is kept from one run to the next.
    pub cache: CacheConfig,
}

/// What is kept from one run to the next, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Whether anything is.
    pub enabled: bool,
    /// The folder, relative to the project; `.goalpost/cache` when absent.
    pub dir: Option<String>,
    /// Bytes beyond which what was used longest ago goes.
    pub max_size: u64,
    /// Whether what is made of private columns is kept as well.
    pub private: bool,
}

impl Default for CacheConfig {
    /// On, up to 1 GiB, without private columns.
    fn default() -> Self {
        Self { enabled: true, dir: None, max_size: 1 << 30, private: false }
    }
}

/// Working days, hours and holidays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessHours {
    /// Whether each day is worked, Monday first.
    pub days: [bool; 7],
    /// When work begins, in seconds from midnight.
    pub opens: u32,
    /// When it ends, in seconds from midnight; after `opens`.
    pub closes: u32,
    /// Days without work, whatever the weekday.
    pub holidays: std::collections::BTreeSet<chrono::NaiveDate>,
}

impl Default for BusinessHours {
    /// Monday to Friday, 9 to 17, no holidays.
    fn default() -> Self {
        Self {
            days: [true, true, true, true, true, false, false],
            opens: 9 * 3_600,
            closes: 17 * 3_600,
            holidays: std::collections::BTreeSet::new(),
        }
    }
}

/// A table: where its rows come from and how they are read.
#[derive(Clone, Debug)]
pub struct TableConfig {
    /// Its name.
    pub name: TableName,
    /// Path, glob or folder, relative to the project.
    pub from: String,
    /// Where `from` was written.
    pub from_at: Span,
    /// What is known of exports like it, where the config says whose they are.
    pub preset: Option<TablePreset>,
    /// How the files are written.
    pub format: FileFormat,
    /// The default time column.
    pub time: Option<(ColumnName, Span)>,
    /// The columns that identify a row, together where they are several; none
    /// where nothing is said.
    pub key: Vec<(ColumnName, Span)>,
    /// What happens with a second row of the same key.
    pub duplicates: Duplicates,
    /// What holds for the rows that count; the others are left out on purpose.
    pub only: Vec<RowCondition>,
    /// References by name.
    pub references: BTreeMap<ColumnName, ReferenceConfig>,
    /// Mapped columns by name.
    pub columns: BTreeMap<ColumnName, ColumnConfig>,
    /// What happens with cells that cannot be read.
    pub on_bad_value: OnBadValue,
    /// Whether a table without rows is accepted.
    pub allow_empty: bool,
    /// The `[tables.…]` header.
    pub at: Span,
}

/// What happens with rows whose key another row has as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// The run fails: whatever is counted would be counted twice.
    #[default]
    Error,
    /// All of them count: rows are events, or the duplicates are what is measured.
    Count,
    /// One of them counts, the others are left out on purpose.
    Keep(Keep),
}

/// Which row of a key counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The first or the last.
    pub which: Which,
    /// In the order of this column; of the files where absent.
    pub by: Option<(ColumnName, Span)>,
}

/// One end of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first.
    First,
    /// The last.
    Last,
}

/// What holds for a column in the rows that count.
#[derive(Clone, Debug, PartialEq)]
pub struct RowCondition {
    /// The column, by its name in scripts.
    pub column: ColumnName,
    /// What holds.
    pub test: RowTest,
    /// Where it was written.
    pub at: Span,
}

/// A test of a value. A blank passes none but [`RowTest::Blank`] and [`RowTest::NoneOf`].
#[derive(Clone, Debug, PartialEq)]
pub enum RowTest {
    /// It is one of these.
    OneOf(Vec<(Literal, Span)>),
    /// It is none of these.
    NoneOf(Vec<(Literal, Span)>),
    /// There is none.
    Blank,
    /// There is one.
    Filled,
    /// It is not less than one value, and less than another.
    Range {
        /// The least that passes.
        at_least: Option<(Literal, Span)>,
        /// The least that does not.
        below: Option<(Literal, Span)>,
    },
}

/// The preset that a table names.
#[derive(Clone, Debug)]
pub struct TablePreset {
    /// The preset.
    pub preset: &'static Preset,
    /// What it knows of this table.
    pub table: &'static PresetTable,
    /// Where it was named.
    pub at: Span,
}

/// How files are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFormat {
    /// `None` lets the file's ending decide.
    pub kind: Option<FileKind>,
    /// The delimiter of delimited text; `None` means comma, or tab for `.tsv`.
    pub delimiter: Option<u8>,
    /// The name of an encoding of the encoding standard in lower case, e.g.
    /// `utf-8`, `windows-1252`; never a label that is not known.
    pub encoding: String,
    /// Texts that stand for null besides the empty cell.
    pub null_values: Vec<String>,
    /// The decimal separator of numbers: `.` or `,`.
    pub decimal_separator: char,
    /// Lines of delimited text before its header.
    pub skip_rows: u32,
    /// Rows of delimited text at its end that are none of the table, such as totals.
    pub skip_footer: u32,
}

impl Default for FileFormat {
    fn default() -> Self {
        Self {
            kind: None,
            delimiter: None,
            encoding: "utf-8".to_owned(),
            null_values: Vec::new(),
            decimal_separator: '.',
            skip_rows: 0,
            skip_footer: 0,
        }
    }
}

/// Kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Comma- or otherwise delimited text.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object per line.
    Json,
}

/// A reference to another table.
#[derive(Clone, Debug)]
pub struct ReferenceConfig {
    /// The table referred to.
    pub table: TableName,
    /// The column of this table that holds the other's key.
    pub on: ColumnName,
    /// The other table's column; its `key` when absent.
    pub key: Option<ColumnName>,
    /// Where it was written.
    pub at: Span,
}

/// A mapped column.
#[derive(Clone, Debug)]
pub struct ColumnConfig {
    /// The header in the source; the column's own name when absent.
    pub from: Option<String>,
    /// The type; inferred, or the canonical one, when absent.
    pub ty: Option<ColumnType>,
    /// The format of dates and times, in `strftime` notation, or what their
    /// numbers count: `epoch_s`, `epoch_ms`, `excel`. It reads what the type needs.
    /// Of lengths of time, what `90:15` is: `hh:mm` or `mm:ss`.
    pub format: Option<String>,
    /// Texts that stand for null, besides those of the table.
    pub null_values: Vec<String>,
    /// The zone of times of day that name none; the project's when absent.
    pub time_zone: Option<chrono_tz::Tz>,
    /// The decimals that a number keeps, where that is said; when absent, as
    /// many as the column's numbers have.
    pub scale: Option<u8>,
    /// What its numbers without a unit of their own are, where that is said.
    pub unit: Option<CellUnit>,
    /// Source values and what they become before they are read as the column's
    /// type: `""` is null, `"*"` stands for every other text that is not blank.
    /// Without `"*"`, other texts stay as they are.
    pub values: Vec<(String, String)>,
    /// Whether its values are kept out of listings of rows.
    pub private: bool,
    /// Where it was written.
    pub at: Span,
}

/// What a number without a unit of its own is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellUnit {
    /// What it says: 0.4 is 40 %.
    Fraction,
    /// Hundredths: 40 is 40 %.
    Percent,
    /// So many microseconds each: a length of time.
    Micros(i64),
}

impl CellUnit {
    /// The microseconds of one, where it is a length of time.
    pub const fn micros(self) -> Option<i64> {
        match self {
            Self::Micros(micros) => Some(micros),
            Self::Fraction | Self::Percent => None,
        }
    }
}

/// What happens with cells that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBadValue {
    /// They become null and are counted.
    #[default]
    Null,
    /// The run fails.
    Error,
}
