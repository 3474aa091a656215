//! Parquet files as DataFusion scans them: only the columns that a plan needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

/// A table of files, in this order, with this schema.
pub(in crate::source) fn files(paths: &[PathBuf], schema: SchemaRef) -> Result<Arc<dyn TableProvider>> {
    let urls = paths.iter().map(|path| url(path)).collect::<Result<Vec<_>>>()?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension("");
    let config =
        ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// A table whose columns are expressions over those of another; the optimizer
/// looks through it, so that only needed columns are decoded.
pub(in crate::source) fn projected(
    name: &str,
    table: Arc<dyn TableProvider>,
    columns: Vec<Expr>,
) -> Result<Arc<dyn TableProvider>> {
    let plan = LogicalPlanBuilder::scan(
        format!("\"{}\"", name.replace('"', "\"\"")),
        provider_as_source(table),
        None,
    )?;
    Ok(Arc::new(ViewTable::new(plan.project(columns)?.build()?, None)))
}

/// The address of one file; its name may hold what means something to a glob or in an address.
fn url(path: &Path) -> Result<ListingTableUrl> {
    let path = std::path::absolute(path)?;
    let mut address = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    ListingTableUrl::parse(address)
}
