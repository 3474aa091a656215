//! What `list tables` says: the tables of a project as they are found.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::{ColumnName, TableName};
use crate::schema::{ColumnType, Reference};

/// A table as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDescription {
    /// Its name.
    pub name: TableName,
    /// Its files, as paths relative to the project.
    pub files: Vec<String>,
    /// How they are written; `None` without files.
    pub kind: Option<SourceKind>,
    /// Their size in bytes.
    pub size: u64,
    /// How many rows there are, where that is known without reading everything.
    pub rows: Option<u64>,
    /// Its columns, in the order of the source.
    pub columns: Vec<ColumnDescription>,
    /// The default time column.
    pub time: Option<ColumnName>,
    /// The column that identifies a row, where it is one.
    pub key: Option<ColumnName>,
    /// The columns that identify a row together.
    pub identity: Vec<ColumnName>,
    /// References to other tables.
    pub references: Vec<Reference>,
    /// Columns that built-in metrics know and the table lacks.
    pub missing: Vec<ColumnName>,
    /// What the preset found, where the config names one.
    pub preset: Option<PresetDescription>,
}

/// What a preset found in the headers of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetDescription {
    /// The preset.
    pub name: String,
    /// Columns of it that were found, with where they come from.
    pub found: Vec<(ColumnName, String)>,
    /// Columns that no header was found for, with the headers looked for.
    pub missing: Vec<(ColumnName, Vec<String>)>,
    /// Headers that neither the preset nor the config nor the catalogue reads;
    /// they are columns under their own names.
    pub unused: Vec<String>,
}

/// How the files of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Delimited text.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// JSON objects.
    Json,
    /// More than one of these.
    Mixed,
}

impl SourceKind {
    /// The name as `goalpost.toml` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Json => "json",
            Self::Mixed => "mixed",
        }
    }
}

/// A column as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDescription {
    /// The name in scripts.
    pub name: ColumnName,
    /// The type.
    pub ty: ColumnType,
    /// Whether the type was declared rather than guessed.
    pub declared: bool,
    /// The header in the source.
    pub source: String,
    /// Whether the config maps it.
    pub mapped: bool,
}

/// What reading a table has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableState {
    /// The rows that count; nothing where they cannot be read.
    pub rows: Option<u64>,
    /// The rows that are left out on purpose.
    pub left_out: u64,
    /// Cells that could not be read, by column.
    pub unread: BTreeMap<ColumnName, u64>,
    /// Columns of which the numbers are hundredths.
    pub in_percent: BTreeSet<ColumnName>,
}
