//! What `list tables` says of the sources.

use goalpost_core::canonical;
use goalpost_core::config::FileKind;
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{ColumnType, Reference};

use super::sources::{Content, Sources, TableSource};
use crate::source::bind::preset::Match;

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

impl Sources {
    /// All tables, by name.
    pub fn describe(&self) -> Vec<TableDescription> {
        self.tables.values().map(|table| self.describe_table(table)).collect()
    }

    fn describe_table(&self, table: &TableSource) -> TableDescription {
        let files = match &table.content {
            Content::Files(files) => files.as_slice(),
            Content::Given(_) => &[],
        };
        let schema = self.schema.tables.get(&table.name);
        let canonical = canonical::table(table.name.as_str()).map_or(&[][..], |table| table.columns);
        let has = |name: &str| table.columns.iter().any(|bound| bound.column.name.as_str() == name);
        TableDescription {
            name: table.name.clone(),
            files: files.iter().map(|file| file.file.shown.name.clone()).collect(),
            kind: files
                .iter()
                .map(|file| kind(file.file.kind))
                .reduce(|a, b| if a == b { a } else { SourceKind::Mixed }),
            size: files.iter().map(|file| file.file.size).sum(),
            rows: table.rows,
            columns: table
                .columns
                .iter()
                .map(|bound| ColumnDescription {
                    name: bound.column.name.clone(),
                    ty: bound.column.ty,
                    declared: bound.column.declared,
                    source: bound.column.source.clone(),
                    mapped: bound.mapped.is_some(),
                })
                .collect(),
            time: schema.and_then(|schema| schema.time.clone()),
            key: schema.and_then(|schema| schema.key.clone()),
            identity: table.identity.clone(),
            references: schema.map_or_else(Vec::new, |schema| schema.references.clone()),
            missing: canonical
                .iter()
                .filter(|column| !has(column.name))
                .map(|column| ColumnName::from(column.name))
                .collect(),
            preset: table.preset.as_ref().map(|found| preset(table, found)),
        }
    }
}

fn preset(table: &TableSource, found: &Match) -> PresetDescription {
    let found_columns = table.columns.iter().filter(|bound| found.found.contains(&bound.column.name));
    let missing = found.missing.iter().map(|(name, headers)| {
        let headers = headers.iter().map(|header| (*header).to_owned());
        (name.clone(), headers.collect())
    });
    PresetDescription {
        name: found.name.to_owned(),
        found: found_columns.map(|bound| (bound.column.name.clone(), bound.column.source.clone())).collect(),
        missing: missing.collect(),
        unused: found.unused.clone(),
    }
}

const fn kind(kind: FileKind) -> SourceKind {
    match kind {
        FileKind::Csv => SourceKind::Csv,
        FileKind::Parquet => SourceKind::Parquet,
        FileKind::Json => SourceKind::Json,
    }
}
