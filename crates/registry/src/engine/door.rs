//! The door to the engine: whatever is read of rows is read here, unless an earlier
//! run has read it already.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use goalpost_core::calendar::AsOf;
use goalpost_core::expr::{ColumnRef, RelationSource};
use goalpost_core::name::{ColumnName, TableName};

use super::{bounded, known};
use crate::lower;
use crate::lower::rows::RowContext;
use crate::progress::Progress;
use crate::relation::window::Undated;
use crate::scan::reading::Reading;
use crate::scan::sight::SeenAt;
use crate::scan::{Bucket, Output, OutputFunction, Scan};

/// Reads, within the time and memory of the session; the columns are those that
/// the reading says.
pub(crate) async fn read(context: &RowContext<'_>, reading: &Reading) -> Result<Vec<RecordBatch>> {
    if !context.tables.sources.kept().is_on() {
        return computed(context, reading).await;
    }
    let sight = reading.sight(context.shapes, context.calendar, context.as_of);
    let seen = seen_at(context, &sight.moment).await?;
    let Some(asked) = known::asked(context, reading, &sight, &seen) else {
        return computed(context, reading).await;
    };
    match asked.answer(context) {
        None => {
            let found = computed(context, reading).await?;
            asked.keep(context, &found);
            Ok(found)
        }
        Some(before) if context.tables.sources.kept().verifies() => {
            let found = computed(context, reading).await?;
            let is_alike = known::are_alike(&before, &found)?;
            context.tables.sources.kept().compared((!is_alike).then(|| reading.canonical()));
            Ok(found)
        }
        Some(before) => Ok(before),
    }
}

async fn computed(context: &RowContext<'_>, reading: &Reading) -> Result<Vec<RecordBatch>> {
    let progress = context.state.config().get_extension::<Progress>().unwrap_or_default();
    let task = progress.computing(reading.over());
    bounded::collect(lower::plan(context, reading)?, &task).await
}

/// What as-of lets a reading see, as a text.
async fn seen_at(context: &RowContext<'_>, moment: &SeenAt) -> Result<String> {
    let AsOf { at } = context.as_of;
    let day = context.as_of.visible_end(context.calendar);
    if !moment.by_day && !moment.exactly {
        return Ok(String::new());
    }
    if context.calendar.instant(day) == *at {
        return Ok(format!("until {day}"));
    }
    let mut is_exact = moment.exactly;
    for (table, column) in &moment.columns {
        if is_exact {
            break;
        }
        let latest = latest(context, table, column).await?;
        is_exact = latest.is_some_and(|latest| latest >= at.timestamp_micros());
    }
    Ok(if is_exact { format!("at {at:?}") } else { format!("within the day before {day}") })
}

/// The last moment in a column, in microseconds from 1970, whatever as-of is.
async fn latest(context: &RowContext<'_>, table: &TableName, column: &ColumnName) -> Result<Option<i64>> {
    if let Some(known) = context.tables.latest(table, column) {
        return Ok(known);
    }
    let argument = context.shapes.column(ColumnRef::of_table(table, vec![column.clone()]));
    let reading = Reading::Groups(Scan {
        source: RelationSource::Table(table.clone()),
        axis: None,
        dimensions: Vec::new(),
        apart: None,
        bucket: Bucket::Whole,
        undated: Undated::Counted,
        outputs: vec![Output {
            function: OutputFunction::Max,
            argument: Some(argument),
            filters: Vec::new(),
            window: None,
        }],
    });
    let batches = Box::pin(read(context, &reading)).await?;
    let columns = batches.iter().flat_map(RecordBatch::columns);
    let moments = columns.filter_map(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
    let found = moments.flat_map(|moments| moments.iter().flatten()).max();
    context.tables.note_latest(table, column, found);
    Ok(found)
}
