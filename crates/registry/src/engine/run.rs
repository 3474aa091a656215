//! Running scans within the memory limit, and saying which of them failed.
//!
//! Scans that need every row of an entity or of a join at once run one at a time,
//! after the others, which run beside each other. What is done where memory is too
//! small is the door's affair (`memory`).

use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::{ColumnOfRows, Expr, ExprKind, RelationSource};
use goalpost_core::source::Span;

use super::door;
use super::percentile;
use super::read::{Group, groups};
use super::session::{failed, is_outside};
use crate::lower::rows::RowContext;
use crate::progress::Progress;
use crate::scan::reading::Reading;
use crate::scan::{Output, OutputFunction, Scan};

/// Runs the scans and reads their results, in the order of the scans.
pub(crate) async fn run(
    context: &RowContext<'_>,
    scans: &[Scan],
    at_once: usize,
) -> std::result::Result<Vec<Vec<Group>>, Diagnostic> {
    let (heavy, light): (Vec<usize>, Vec<usize>) =
        (0..scans.len()).partition(|place| holds_many_rows(&scans[*place]));
    if let Some(progress) = context.state.config().get_extension::<Progress>() {
        progress.plan(scans.len());
    }
    let mut found: Vec<Option<Vec<Group>>> = vec![None; scans.len()];
    for (places, at_once) in [(light, at_once.max(1)), (heavy, 1)] {
        let readings: Vec<Reading> =
            places.iter().map(|place| Reading::Groups(scans[*place].clone())).collect();
        let batches = door::read_all(context, &readings, at_once).await;
        for (place, batches) in places.into_iter().zip(batches) {
            let result = match batches {
                Ok(batches) => exact(context, &scans[place], &batches).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(groups) => found[place] = Some(groups),
                Err(error) => return Err(blamed(context, &scans[place], &error).await),
            }
        }
    }
    Ok(found.into_iter().map(Option::unwrap_or_default).collect())
}

async fn one(context: &RowContext<'_>, scan: &Scan) -> Result<Vec<Group>> {
    let batches = door::read(context, &Reading::Groups(scan.clone())).await?;
    exact(context, scan, &batches).await
}

/// The groups of a scan, with percentiles that are exact.
async fn exact(context: &RowContext<'_>, scan: &Scan, batches: &[RecordBatch]) -> Result<Vec<Group>> {
    let mut found = groups(scan, batches)?;
    percentile::settle(context, scan, &mut found).await?;
    Ok(found)
}

/// Whether a scan sorts all rows of its source, or joins it with another.
pub(super) fn holds_many_rows(scan: &Scan) -> bool {
    let outputs = scan.outputs.iter().flat_map(|output| output.filters.iter().chain(&output.argument));
    is_derived(&scan.source) || scan.axis.iter().chain(outputs).any(has_histories)
}

fn is_derived(source: &RelationSource) -> bool {
    !matches!(source, RelationSource::Table(_))
}

fn has_histories(expr: &Expr) -> bool {
    expr.any(&mut |part| match &*part.kind {
        ExprKind::History(_) => true,
        ExprKind::InRows(_, ColumnOfRows { relation, .. }) => is_derived(&relation.source),
        _ => false,
    })
}

/// An error of a scan, with the aggregate that it comes from. Which one it is the
/// engine does not say, so each is tried alone.
async fn blamed(context: &RowContext<'_>, scan: &Scan, error: &DataFusionError) -> Diagnostic {
    if is_outside(error) {
        let at = scan.outputs.iter().find_map(written_at);
        return failed(error).at(goalpost_core::source::At(at));
    }
    // Counts look at values too, but sums are what a script speaks of.
    let (values, counts): (Vec<&Output>, Vec<&Output>) =
        scan.outputs.iter().partition(|output| output.argument.is_some());
    for output in values.into_iter().chain(counts) {
        let only = Scan { outputs: vec![output.clone()], ..scan.clone() };
        if let Err(error) = one(context, &only).await {
            return explained(output, scan, &error);
        }
    }
    failed(error)
}

fn explained(output: &Output, scan: &Scan, error: &DataFusionError) -> Diagnostic {
    let aggregate = shown(output, scan);
    let found = match error.find_root() {
        DataFusionError::ArrowError(cause, _) if matches!(**cause, ArrowError::ArithmeticOverflow(_)) => {
            Diagnostic::error(
                Code::NumberTooLarge,
                format!("{aggregate} is too large: exact numbers have 28 digits, and 38 on the way to them"),
            )
            .help("measure in a larger unit, or divide before you multiply; digits cut off would make a wrong number")
        }
        DataFusionError::ArrowError(cause, _)
            if is_query(&scan.source)
                && matches!(&**cause, ArrowError::CastError(what) if is_no_number(what)) =>
        {
            Diagnostic::error(
                Code::EngineFailed,
                format!("{aggregate}: on this data the query gives NaN or infinity, which is no number"),
            )
            .help("doubles divide by 0 without an error: divide by `nullif(…, 0)`, which gives null, or leave such rows out of the query")
        }
        DataFusionError::ArrowError(cause, _)
            if is_query(&scan.source) && matches!(**cause, ArrowError::DivideByZero) =>
        {
            Diagnostic::error(Code::EngineFailed, format!("{aggregate}: on this data the query divides by 0"))
                .help("divide by `nullif(…, 0)`, which gives null, or leave such rows out of the query")
        }
        DataFusionError::ArrowError(cause, _)
            if matches!(&**cause, ArrowError::CastError(what) if is_overflow(what)) =>
        {
            Diagnostic::error(
                Code::NumberTooLarge,
                format!("{aggregate}: a number on the way to it is too large for its type"),
            )
            .help("whole numbers have 64 bits; in a query cast to `decimal(38, 6)` before you add or multiply what is larger")
        }
        root if is_query(&scan.source) => {
            Diagnostic::error(Code::EngineFailed, format!("{aggregate}: the query fails on this data: {root}"))
                .help("`try_cast(… as …)` gives null where `cast` fails, and `nullif(…, 0)` below a `/` where that fails")
        }
        _ => {
            let found = failed(error);
            let message = format!("{aggregate}: {}", found.message);
            Diagnostic { message, ..found }
        }
    };
    let at = written_at(output);
    let label = if at.is_some() { "used here" } else { "" };
    found.at(goalpost_core::source::At(at)).label(label)
}

/// Whether a source reads a query.
fn is_query(source: &RelationSource) -> bool {
    match source {
        RelationSource::Sql(_) => true,
        RelationSource::Table(_) => false,
        RelationSource::GroupBy(group) => is_query(&group.input.source),
        RelationSource::Join(join) => is_query(&join.left.source) || is_query(&join.right.source),
    }
}

/// Whether a cast failed because a double was none of the numbers.
fn is_no_number(what: &str) -> bool {
    ["NaN", "inf"].iter().any(|word| {
        let mut words = what.split(|c: char| !c.is_alphabetic());
        words.any(|found| found == *word)
    })
}

/// Whether a cast failed because a number does not fit.
fn is_overflow(what: &str) -> bool {
    ["Can't cast value", "is out of range", "too large to store", "Overflowing"]
        .iter()
        .any(|words| what.contains(words))
}

/// An aggregate in words.
fn shown(output: &Output, scan: &Scan) -> String {
    let function = match output.function {
        OutputFunction::Count => "the number of values",
        OutputFunction::CountDistinct => "the number of different values",
        OutputFunction::Sum => "the sum",
        OutputFunction::Min => "the least",
        OutputFunction::Max => "the greatest",
        OutputFunction::Percentile(_) => "the percentile",
    };
    match &output.argument {
        Some(argument) => format!("{function} of `{argument}` over {}", scan.source),
        None => format!("a condition on rows of {}", scan.source),
    }
}

/// Where a script wrote what an output looks at.
fn written_at(output: &Output) -> Option<Span> {
    output.argument.iter().chain(&output.filters).find_map(|expr| expr.at.span().cloned())
}
