//! How far the data reaches: the first and the last day on the time axes of the
//! leaves, which decides the periods that are shown where nobody says which.

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use datafusion::arrow::record_batch::RecordBatch;
use goalpost_core::calendar::{Calendar, Window};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::expr::{BinaryOp, Expr, PeriodBound, RelationSource};

use super::door;
use super::run::holds_many_rows;
use super::session::failed;
use crate::lower::rows::RowContext;
use crate::lower::terms::EPOCH_FROM_CE;
use crate::plan::Leaves;
use crate::relation::window::Undated;
use crate::scan::reading::Reading;
use crate::scan::{Bucket, Output, OutputFunction, Scan};

/// The first and the last day.
pub(crate) type Days = (NaiveDate, NaiveDate);

/// The first and last day of the data on any time axis of the leaves, up to as-of;
/// `None` without a dated row. Axes that need a sort or a join to be known are not
/// looked at where the others are `enough` for whoever asks.
pub(crate) async fn range(
    context: &RowContext<'_>,
    leaves: &Leaves,
    at_once: usize,
    enough: impl Fn(Days) -> bool,
) -> Result<Option<Days>, Diagnostic> {
    let (heavy, light): (Vec<Scan>, Vec<Scan>) =
        scans(context, leaves).into_iter().partition(holds_many_rows);
    let readings: Vec<Reading> = light.into_iter().map(Reading::Groups).collect();
    let mut range = None;
    for batches in door::read_all(context, &readings, at_once).await {
        let batches = batches.map_err(|error| failed(&error))?;
        range = widened(range, reach(&batches, context.calendar));
    }
    for scan in &heavy {
        if range.is_some_and(&enough) {
            break;
        }
        range = widened(range, ends(context, scan).await?);
    }
    Ok(range)
}

fn widened(a: Option<Days>, b: Option<Days>) -> Option<Days> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// A scan for each source, with the extremes of its axes; those that need a sort
/// or a join are apart from those that do not.
fn scans(context: &RowContext<'_>, leaves: &Leaves) -> Vec<Scan> {
    let window = Window { start: None, end: context.as_of.visible_end(context.calendar) };
    let mut scans: Vec<Scan> = Vec::new();
    for (_, leaf) in leaves.iter() {
        let axis = leaf.relation.alive.as_ref().map(|alive| &alive.from).or(leaf.time.as_ref());
        let Some(axis) = axis else { continue };
        let scan = extremes(&leaf.relation.source, axis, window);
        let is_heavy = holds_many_rows(&scan);
        match scans.iter_mut().find(|known| known.reads_like(&scan) && holds_many_rows(known) == is_heavy) {
            Some(known) => scan.outputs.into_iter().for_each(|output| {
                known.output(output);
            }),
            None => scans.push(scan),
        }
    }
    scans
}

/// A scan for the first and the last time on an axis.
pub(crate) fn extremes(source: &RelationSource, axis: &Expr, window: Window) -> Scan {
    // What happens after as-of is invisible.
    let now = Expr::period(PeriodBound::Now);
    let visible = Expr::binary(BinaryOp::Less, axis.clone(), now);
    let ends = [OutputFunction::Min, OutputFunction::Max].map(|function| Output {
        function,
        argument: Some(axis.clone()),
        filters: vec![visible.clone()],
        window: Some(window),
    });
    Scan {
        source: source.clone(),
        axis: None,
        dimensions: Vec::new(),
        apart: None,
        bucket: Bucket::Whole,
        undated: Undated::Counted,
        outputs: ends.into(),
    }
}

async fn ends(context: &RowContext<'_>, scan: &Scan) -> Result<Option<Days>, Diagnostic> {
    let batches = door::read(context, &Reading::Groups(scan.clone())).await;
    let batches = batches.map_err(|error| failed(&error))?;
    Ok(reach(&batches, context.calendar))
}

/// The first and the last of all days and moments of a result.
pub(crate) fn reach(batches: &[RecordBatch], calendar: &Calendar) -> Option<Days> {
    let columns = batches.iter().flat_map(RecordBatch::columns);
    let days = columns.flat_map(|column| -> Vec<NaiveDate> {
        if let Some(days) = column.as_primitive_opt::<Date32Type>() {
            let days = days.iter().flatten();
            return days
                .filter_map(|day| NaiveDate::from_num_days_from_ce_opt(day + EPOCH_FROM_CE))
                .collect();
        }
        let Some(moments) = column.as_primitive_opt::<TimestampMicrosecondType>() else { return Vec::new() };
        let moments = moments.iter().flatten().filter_map(DateTime::<Utc>::from_timestamp_micros);
        moments.map(|moment| calendar.day(moment)).collect()
    });
    days.fold(None, |range, day| widened(range, Some((day, day))))
}
