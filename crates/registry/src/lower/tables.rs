//! The tables that rows are made from: what reading them has said, and their rows
//! once somebody asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, Result};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::ColumnsByTable;

use crate::source::{LoadOptions, LoadedTable, Said, Sources};

/// A column of a table.
type Place = (TableName, ColumnName);

/// The wanted columns of some tables. Of those that an earlier run has read only
/// what it said is there: they are read when their rows are asked for.
#[derive(Debug)]
pub(crate) struct Tables<'a> {
    pub(crate) sources: &'a Sources,
    wanted: ColumnsByTable,
    options: LoadOptions,
    said: BTreeMap<TableName, Said>,
    loaded: Mutex<BTreeMap<TableName, LoadedTable>>,
    /// What was wrong with those that were read late.
    wrong: Mutex<Vec<Diagnostic>>,
    /// The last moments of columns, in microseconds from 1970.
    latest: Mutex<BTreeMap<Place, Option<i64>>>,
}

impl<'a> Tables<'a> {
    /// Reads tables of which no earlier run has.
    pub(crate) fn load(
        sources: &'a Sources,
        wanted: ColumnsByTable,
        options: LoadOptions,
    ) -> std::result::Result<Self, Vec<Diagnostic>> {
        let mut said = BTreeMap::new();
        let mut unread = ColumnsByTable::new();
        for (name, columns) in &wanted {
            match sources.known_said(name, columns) {
                Some(known) => {
                    said.insert(name.clone(), known);
                }
                None => {
                    unread.insert(name.clone(), columns.clone());
                }
            }
        }
        let mut loaded = BTreeMap::new();
        for table in read(sources, &unread, &options)? {
            let found = table.said();
            sources.keep_said(&table.name, wanted.get(&table.name).unwrap_or(&BTreeSet::new()), &found);
            said.insert(table.name.clone(), found);
            loaded.insert(table.name.clone(), table);
        }
        let (loaded, wrong, latest) = (Mutex::new(loaded), Mutex::default(), Mutex::default());
        Ok(Self { sources, wanted, options, said, loaded, wrong, latest })
    }

    /// How many bytes of memory their rows take, or may take once they are read.
    pub(crate) fn held(&self) -> usize {
        let loaded = held(&self.loaded);
        let late = self.wanted.len() - loaded.len();
        loaded.values().map(|table| table.held).sum::<usize>() + late * self.late()
    }

    /// How much a table may hold that is read late: they are read one by one, and
    /// share what all may hold.
    fn late(&self) -> usize {
        self.options.memory / self.wanted.len().max(1)
    }

    /// What reading each table has said.
    pub(crate) fn said(&self) -> &BTreeMap<TableName, Said> {
        &self.said
    }

    /// The rows of a table.
    pub(crate) fn rows_of(&self, name: &TableName) -> Result<Arc<dyn TableProvider>> {
        let mut loaded = held(&self.loaded);
        if let Some(table) = loaded.get(name) {
            return Ok(Arc::clone(&table.provider));
        }
        let Some(columns) = self.wanted.get(name) else {
            return Err(DataFusionError::Internal(format!("table {name} was not loaded")));
        };
        let late = ColumnsByTable::from([(name.clone(), columns.clone())]);
        let options = LoadOptions { memory: self.late(), ..self.options.clone() };
        let found = read(self.sources, &late, &options).and_then(|found| {
            // Answers of before would stand beside those of other rows.
            let changed = self.sources.changed(name);
            if changed.is_empty() { Ok(found) } else { Err(changed) }
        });
        match found.map(|found| found.into_iter().next()) {
            Ok(Some(table)) => {
                let provider = Arc::clone(&table.provider);
                loaded.insert(name.clone(), table);
                Ok(provider)
            }
            Ok(None) => Err(DataFusionError::Internal(format!("table {name} was not loaded"))),
            Err(wrong) => {
                held(&self.wrong).extend(wrong);
                Err(DataFusionError::Execution(format!("table {name} could not be read")))
            }
        }
    }

    /// What was wrong with tables that were read late.
    pub(crate) fn wrong(&self) -> Vec<Diagnostic> {
        held(&self.wrong).clone()
    }

    /// The type of a column in the engine, as a text; nothing where it is not wanted.
    pub(crate) fn type_of(&self, table: &TableName, column: &ColumnName) -> Option<&str> {
        self.said.get(table)?.types.get(column).map(String::as_str)
    }

    /// The last moment in a column, where it is known; there may be none.
    pub(crate) fn latest(&self, table: &TableName, column: &ColumnName) -> Option<Option<i64>> {
        held(&self.latest).get(&(table.clone(), column.clone())).copied()
    }

    /// Notes the last moment in a column.
    pub(crate) fn note_latest(&self, table: &TableName, column: &ColumnName, moment: Option<i64>) {
        held(&self.latest).insert((table.clone(), column.clone()), moment);
    }
}

fn read(
    sources: &Sources,
    wanted: &ColumnsByTable,
    options: &LoadOptions,
) -> std::result::Result<Vec<LoadedTable>, Vec<Diagnostic>> {
    // Files are read on threads of its own; nothing is waited for.
    futures::executor::block_on(sources.load(wanted, options))
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
