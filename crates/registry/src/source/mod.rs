//! Sources: from the files that a config names to typed tables.
//!
//! [`Sources::open`] finds files, reads headers and settles names and types;
//! nothing else is read before a plan says what it needs. `load` then reads the
//! wanted columns of the wanted tables, once: texts are parsed here, cell by
//! cell, by one set of rules, and Parquet is scanned in place where it already
//! fits. DataFusion's own readers of text are not used, because they drop or move
//! cells in silence (quoted line breaks, open quotes, other column orders).
//!
//! What is deliberately not here: uniqueness of keys and matching of references,
//! which the engine checks on typed rows.
//!
//! In reading order: `locate` (which files), `file` (bytes to text), `csv` and
//! `json` (text to records), `text` (either), `records`, `naming`, `preset` and
//! `columns` (which cells), `derive` (cells from several), `styles` (how dates are written), `cell` (what a cell means), `infer` (types nobody declared),
//! `split` (large files), `convert` (columns), `store` (where they stay), `parquet`, `project` (all
//! tables of a project), `fixture` (rows of tests), `part`, `load`,
//! `report`, `describe`.

#![expect(clippy::result_large_err, reason = "an error ends a read, so its size never matters")]

mod cell;
mod columns;
mod convert;
mod csv;
mod derive;
mod describe;
mod file;
mod fixture;
mod infer;
mod json;
mod load;
mod locate;
mod naming;
mod parquet;
mod part;
mod preset;
mod project;
mod records;
mod report;
mod split;
mod store;
mod styles;
mod text;

#[cfg(test)]
mod tests;

pub use describe::{ColumnDescription, PresetDescription, SourceKind, TableDescription};
pub use project::Sources;

pub(crate) use fixture::with_all_tables;
pub(crate) use load::{LoadOptions, LoadedTable};
