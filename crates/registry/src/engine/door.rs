//! The door to the engine: whatever is read of rows is read here, unless an earlier
//! run has read it already.

use std::collections::BTreeMap;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use futures::{StreamExt, stream};
use goalpost_core::calendar::AsOf;
use goalpost_core::expr::{ColumnRef, RelationSource};
use goalpost_core::name::{ColumnName, TableName};

use super::dense::{self, Grouping};
use super::known::Asked;
use super::{known, memory};
use crate::lower::rows::RowContext;
use crate::progress::Progress;
use crate::relation::window::Undated;
use crate::scan::reading::Reading;
use crate::scan::sight::SeenAt;
use crate::scan::{Bucket, Output, OutputFunction, Scan};

/// What was read.
pub(crate) type Found = Result<Vec<RecordBatch>>;

/// Reads, within the time and memory of the session; the columns are those that
/// the reading says.
pub(crate) async fn read(context: &RowContext<'_>, reading: &Reading) -> Found {
    let (asked, before) = before(context, reading).await?;
    match before {
        Some(before) if !context.tables.sources.kept().verifies() => Ok(before),
        before => settled(context, reading, asked, before, computed(context, reading).await),
    }
}

/// Reads several, in their order: what can be grouped in one pass over the same rows
/// is, the others beside each other, so many at once.
pub(crate) async fn read_all(context: &RowContext<'_>, readings: &[Reading], at_once: usize) -> Vec<Found> {
    let mut found: Vec<Option<Found>> = readings.iter().map(|_| None).collect();
    let mut open = Vec::new();
    for (place, reading) in readings.iter().enumerate() {
        match before(context, reading).await {
            Err(error) => found[place] = Some(Err(error)),
            Ok((_, Some(before))) if !context.tables.sources.kept().verifies() => {
                found[place] = Some(Ok(before));
            }
            Ok((asked, before)) => open.push((place, asked, before)),
        }
    }
    let unread: Vec<Reading> = open.iter().map(|(place, ..)| readings[*place].clone()).collect();
    let batches = computed_all(context, &unread, at_once).await;
    for ((place, asked, before), batches) in open.into_iter().zip(batches) {
        found[place] = Some(settled(context, &readings[place], asked, before, batches));
    }
    found.into_iter().flatten().collect()
}

/// What a reading asks, and what it was answered before.
async fn before(
    context: &RowContext<'_>,
    reading: &Reading,
) -> Result<(Option<Asked>, Option<Vec<RecordBatch>>)> {
    if !context.tables.sources.kept().is_on() {
        return Ok((None, None));
    }
    let sight = reading.sight(context.shapes, context.calendar, context.as_of);
    let seen = seen_at(context, &sight.moment).await?;
    let asked = known::asked(context, reading, &sight, &seen);
    let before = asked.as_ref().and_then(|asked| asked.answer(context));
    Ok((asked, before))
}

/// Keeps what was computed, or holds it against what was kept.
fn settled(
    context: &RowContext<'_>,
    reading: &Reading,
    asked: Option<Asked>,
    before: Option<Vec<RecordBatch>>,
    found: Found,
) -> Found {
    let found = found?;
    match (asked, before) {
        (_, Some(before)) => {
            let is_alike = known::are_alike(&before, &found)?;
            context.tables.sources.kept().compared((!is_alike).then(|| reading.canonical()));
        }
        (Some(asked), None) => asked.keep(context, &found),
        (None, None) => {}
    }
    Ok(found)
}

async fn computed(context: &RowContext<'_>, reading: &Reading) -> Found {
    let progress = context.state.config().get_extension::<Progress>().unwrap_or_default();
    let task = progress.computing(reading.over());
    memory::read(context, reading, &task).await
}

async fn computed_all(context: &RowContext<'_>, readings: &[Reading], at_once: usize) -> Vec<Found> {
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
        rest.map(|(place, reading)| async move { (place, computed(context, reading).await) }).collect();
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
