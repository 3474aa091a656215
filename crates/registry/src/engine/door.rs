//! The door to the engine: whatever is read of rows is read here.

use std::collections::BTreeMap;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use futures::{StreamExt, stream};

use super::bounded;
use super::dense::{self, Grouping};
use crate::lower;
use crate::lower::rows::RowContext;
use crate::progress::Progress;
use crate::scan::Scan;
use crate::scan::reading::Reading;

/// What was read.
pub(crate) type Found = Result<Vec<RecordBatch>>;

/// Reads, within the time and memory of the session; the columns are those that
/// the reading says.
pub(crate) async fn read(context: &RowContext<'_>, reading: &Reading) -> Found {
    let progress = context.state.config().get_extension::<Progress>().unwrap_or_default();
    let task = progress.computing(reading.over());
    bounded::collect(lower::plan(context, reading)?, &task).await
}

/// Reads several, in their order: what can be grouped in one pass over the same rows
/// is, the others beside each other, so many at once.
pub(crate) async fn read_all(context: &RowContext<'_>, readings: &[Reading], at_once: usize) -> Vec<Found> {
    let mut found: Vec<Option<Found>> = readings.iter().map(|_| None).collect();
    let progress = context.state.config().get_extension::<Progress>().unwrap_or_default();
    for pass in passes(context, readings) {
        let over = pass.first().map_or_else(String::new, |(place, _)| readings[*place].over());
        let task = progress.computing(over);
        let scans: Vec<&Scan> = pass.iter().map(|(_, scan)| *scan).collect();
        // What does not fit, and what fails, is left to the plans: they say why.
        if let Ok(batches) = dense::read(context, &scans, &task).await {
            for ((place, _), batches) in pass.iter().zip(batches) {
                found[*place] = Some(Ok(batches));
            }
        }
    }
    let rest = readings.iter().enumerate().filter(|(place, _)| found[*place].is_none());
    let rest: Vec<_> =
        rest.map(|(place, reading)| async move { (place, read(context, reading).await) }).collect();
    let rest: Vec<(usize, Found)> = stream::iter(rest).buffer_unordered(at_once.max(1)).collect().await;
    for (place, batches) in rest {
        found[place] = Some(batches);
    }
    found.into_iter().flatten().collect()
}

/// Scans of the same rows that can be grouped in one pass, each with its place.
fn passes<'r>(context: &RowContext<'_>, readings: &'r [Reading]) -> Vec<Vec<(usize, &'r Scan)>> {
    let grouping = context.state.config().get_extension::<Grouping>();
    if grouping.is_some_and(|grouping| *grouping == Grouping::Planned) {
        return Vec::new();
    }
    let mut passes: BTreeMap<dense::Rows, Vec<(usize, &Scan)>> = BTreeMap::new();
    for (place, reading) in readings.iter().enumerate() {
        let Reading::Groups(scan) = reading else { continue };
        if let Some(rows) = dense::rows(scan) {
            passes.entry(rows).or_default().push((place, scan));
        }
    }
    passes.into_values().collect()
}
