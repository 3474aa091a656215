//! A table that was read: its rows, and what reading them has said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::catalog::TableProvider;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::name::{ColumnName, TableName};
use tempfile::TempDir;

use super::said::Said;
use crate::source::cell::convert::BadCells;

/// A table, ready for plans.
#[derive(Debug)]
pub(crate) struct LoadedTable {
    /// Its name.
    pub(crate) name: TableName,
    /// Its wanted columns.
    pub(crate) provider: Arc<dyn TableProvider>,
    /// How many rows it has.
    pub(crate) rows: Option<u64>,
    /// How many bytes of memory its rows take.
    pub(crate) held: usize,
    /// The column that no two rows share a value of, where that was looked at.
    pub(crate) unique: Option<ColumnName>,
    /// Cells that could not be read and are null.
    pub(crate) bad_cells: BTreeMap<ColumnName, BadCells>,
    /// Columns of which a row may lack the value.
    pub(crate) lacking: BTreeSet<ColumnName>,
    /// How many of its rows have no key, where it has one.
    pub(crate) keyless: u64,
    /// What is odd about it.
    pub(crate) warnings: Vec<Diagnostic>,
    /// Keeps files that the provider scans.
    pub(super) _folder: Option<Arc<TempDir>>,
}

impl LoadedTable {
    /// What reading it has said. It is taken apart field by field, so that a new one
    /// has to be thought of.
    pub(crate) fn said(&self) -> Said {
        let Self {
            name: _,
            provider,
            rows,
            held: _,
            unique,
            bad_cells,
            lacking,
            keyless,
            warnings,
            _folder: _,
        } = self;
        let schema = provider.schema();
        let name = |field: &Field| ColumnName::from(field.name().as_str());
        Said {
            rows: *rows,
            unique: unique.clone(),
            bad_cells: bad_cells.iter().map(|(column, bad)| (column.clone(), bad.count)).collect(),
            lacking: lacking.clone(),
            keyless: *keyless,
            warnings: warnings.clone(),
            types: schema.fields().iter().map(|field| (name(field), field.data_type().to_string())).collect(),
        }
    }
}
