//! What `list tables` says of the sources.

use goalpost_core::canonical;
use goalpost_core::config::FileKind;
use goalpost_core::inventory::{ColumnDescription, PresetDescription, SourceKind, TableDescription};
use goalpost_core::name::ColumnName;

use super::sources::{Content, Sources, TableSource};
use crate::source::bind::preset::Match;

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
