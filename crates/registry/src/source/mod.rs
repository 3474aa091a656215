//! STUB until merged.
use datafusion::catalog::TableProvider;
use goalpost_core::{diagnostic::Diagnostic, name::*, schema::Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
/// s
#[derive(Debug)]
pub struct Sources {
    s: Schema,
}
#[derive(Default)]
pub(crate) struct LoadOptions {
    pub threads: usize,
    pub temp_dir: Option<PathBuf>,
}
pub(crate) struct LoadedTable {
    pub name: TableName,
    pub provider: Arc<dyn TableProvider>,
    pub rows: Option<u64>,
    pub warnings: Vec<Diagnostic>,
}
impl Sources {
    /// s
    pub fn schema(&self) -> &Schema {
        &self.s
    }
    pub(crate) async fn load(
        &self,
        _w: &BTreeMap<TableName, BTreeSet<ColumnName>>,
        _o: &LoadOptions,
    ) -> Result<Vec<LoadedTable>, Vec<Diagnostic>> {
        Ok(vec![])
    }
}
impl Sources {
    /// s
    pub fn from_fixtures(
        _c: &goalpost_core::config::Config,
        _f: &[goalpost_core::case::Fixture],
    ) -> (Self, Vec<Diagnostic>) {
        (Sources { s: Schema::default() }, vec![])
    }
}
