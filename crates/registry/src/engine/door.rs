//! The door to the engine: whatever is read of rows is read here.

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;

use super::memory;
use crate::lower::rows::RowContext;
use crate::progress::Progress;
use crate::scan::reading::Reading;

/// Reads, within the time and memory of the session; the columns are those that
/// the reading says.
pub(crate) async fn read(context: &RowContext<'_>, reading: &Reading) -> Result<Vec<RecordBatch>> {
    let progress = context.state.config().get_extension::<Progress>().unwrap_or_default();
    let task = progress.computing(reading.over());
    memory::read(context, reading, &task).await
}
