//! The door to the engine: whatever is read of rows is read here.

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;

use super::bounded;
use crate::lower;
use crate::lower::rows::RowContext;
use crate::scan::reading::Reading;

/// Reads, within the time and memory of the session; the columns are those that
/// the reading says.
pub(crate) async fn read(context: &RowContext<'_>, reading: &Reading) -> Result<Vec<RecordBatch>> {
    bounded::collect(lower::plan(context, reading)?).await
}
