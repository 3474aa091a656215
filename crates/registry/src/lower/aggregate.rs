//! A scan as one grouped aggregation.

use chrono::NaiveDate;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::dataframe::DataFrame;
use datafusion::functions::expr_fn::date_part;
use datafusion::functions_aggregate::expr_fn as aggregates;
use datafusion::logical_expr::conditional_expressions::CaseBuilder;
use datafusion::logical_expr::{Expr as Df, ExprSchemable, cast, lit, when};
use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::expr::Expr;
use goalpost_core::row_type::RowType;

use super::expr::Lowering;
use super::rows::{RowContext, Rows};
use super::scope::Wanted;
use super::terms::{day_literal, defect, exact, filtered};
use super::{Bounds, distinct};
use crate::relation::window::{Undated, is_windowed};
use crate::scan::spans::Spans;
use crate::scan::{Apart, Bucket, Output, OutputFunction, Scan};

/// The name of the bucket's column in the result.
pub(crate) const BUCKET: &str = "bucket";

/// The name of the column of what tells groups apart further in the result.
pub(crate) const APART: &str = "apart";

/// Lowers a scan. The columns of the result are the dimensions `d0…`, the
/// bucket, what tells groups apart further, and the outputs `o0…`.
pub(crate) fn scan(context: &RowContext<'_>, scan: &Scan) -> Result<DataFrame> {
    if scan.outputs.is_empty() {
        return Err(defect("a scan without an output"));
    }
    let dimensions = dimensions(scan);
    let wanted = wanted(context, scan, &dimensions);
    let of_source = shared_bounds(context, scan);
    let rows = context.prepare(&scan.source, &wanted, of_source)?;
    let Rows { mut frame, scope } = context.steady(rows, &[scan])?;
    let lowering = context.lowering(&scope, of_source);
    if let Some(axis) = &scan.axis {
        frame = frame.filter(lowering.visible(axis)?)?;
    }
    if let Some(within) = within(scan, &lowering)? {
        frame = frame.filter(within)?;
    }
    let common = common(scan);
    if let Some(filter) = lowering.filters(&common)? {
        frame = frame.filter(filter)?;
    }
    let mut keys = Vec::new();
    for (place, dimension) in dimensions.iter().enumerate() {
        keys.push(lowering.value(dimension)?.alias(format!("d{place}")));
    }
    keys.extend(bucket(scan, &lowering)?.map(|bucket| bucket.alias(BUCKET)));
    match &scan.apart {
        Some(Apart::Divisor(divisor)) => {
            keys.push(cast(lowering.value(divisor)?, DataType::Int64).alias(APART));
        }
        Some(Apart::Value(value)) => {
            keys.push(exact(lowering.value(value)?, lowering.type_of(value)?).alias(APART));
        }
        None => {}
    }
    let own = |output: &Output| own(output, &common);
    let lowering_of = |output: &Output| context.lowering(&scope, bounds_of(context, output));
    if let Some(argument) = distinct::argument(scan) {
        let value = lowering.value(argument)?;
        let filters = scan
            .outputs
            .iter()
            .map(|output| lowering_of(output).filters(&own(output)))
            .collect::<Result<Vec<_>>>()?;
        return distinct::counts(scan, &lowering, frame, keys, value, filters);
    }
    let schema = frame.schema().clone();
    let outputs = scan
        .outputs
        .iter()
        .enumerate()
        .map(|(place, output)| {
            let rest = Output { filters: own(output), ..output.clone() };
            Ok(lower_output(&rest, &lowering_of(output), &schema)?.alias(format!("o{place}")))
        })
        .collect::<Result<Vec<_>>>()?;
    frame.aggregate(keys, outputs)
}

/// The bounds that `period` stands for in an output.
pub(super) fn bounds_of(context: &RowContext<'_>, output: &Output) -> Option<Bounds> {
    output.window.map(|window| Bounds::of(window, context.calendar, context.as_of))
}

/// The bounds that `period` stands for in all outputs; `None` where they are not the same.
pub(super) fn shared_bounds(context: &RowContext<'_>, scan: &Scan) -> Option<Bounds> {
    let first = scan.outputs.first()?;
    bounds_of(context, first).filter(|_| has_one_window(scan))
}

fn has_one_window(scan: &Scan) -> bool {
    let mut windows = scan.outputs.iter().map(|output| output.window);
    windows.next().is_none_or(|first| windows.all(|window| window == first))
}

/// The columns by which segments are told apart.
pub(super) fn dimensions(scan: &Scan) -> Vec<Expr> {
    scan.dimensions.iter().cloned().map(Expr::column).collect()
}

/// Everything that a scan looks at, its dimensions included.
pub(super) fn wanted<'s>(
    context: &RowContext<'_>,
    scan: &'s Scan,
    dimensions: &'s [Expr],
) -> Vec<Wanted<'s>> {
    let mut wanted: Vec<Wanted<'_>> = Wanted::all(dimensions.iter().chain(&scan.axis), None).collect();
    for output in &scan.outputs {
        wanted.extend(Wanted::all(output.filters.iter().chain(&output.argument), bounds_of(context, output)));
    }
    wanted.extend(Wanted::all(scan.apart.as_ref().map(Apart::expr), shared_bounds(context, scan)));
    wanted
}

/// What all outputs ask for: it is asked once, before grouping; of the period only
/// where it is the same for all.
pub(super) fn common(scan: &Scan) -> Vec<Expr> {
    let Some((first, rest)) = scan.outputs.split_first() else { return Vec::new() };
    let one_window = has_one_window(scan);
    first
        .filters
        .iter()
        .filter(|filter| rest.iter().all(|output| output.filters.contains(filter)))
        .filter(|filter| one_window || !is_windowed(filter))
        .cloned()
        .collect()
}

/// What an output asks for beyond that.
pub(super) fn own(output: &Output, common: &[Expr]) -> Vec<Expr> {
    output.filters.iter().filter(|filter| !common.contains(filter)).cloned().collect()
}

/// Rows that no window of the scan wants are not grouped at all.
fn within(scan: &Scan, lowering: &Lowering<'_>) -> Result<Option<Df>> {
    let Some(axis) = &scan.axis else { return Ok(None) };
    let day = lowering.day(axis)?;
    let inside = |start: Option<NaiveDate>, end: NaiveDate| {
        let before = day.clone().lt(day_literal(end));
        match start {
            Some(start) => day.clone().gt_eq(day_literal(start)).and(before),
            None => before,
        }
    };
    Ok(match &scan.bucket {
        Bucket::Whole | Bucket::Day | Bucket::Month => None,
        Bucket::Before(end) if scan.undated == Undated::Counted => Some(inside(None, *end).or(day.is_null())),
        Bucket::Before(end) => Some(inside(None, *end)),
        Bucket::Windows(windows) => match (windows.first(), windows.last()) {
            (Some(first), Some(last)) => Some(inside(first.start, last.end)),
            _ => None,
        },
        Bucket::Overlapping(windows) => {
            let spans = Spans::of(windows, scan.undated);
            let end = spans.bits().last().map_or(NaiveDate::MIN, |(end, _)| end);
            let dated = inside(spans.start(), end);
            Some(if spans.undated().is_some() { dated.or(day.is_null()) } else { dated })
        }
    })
}

fn bucket(scan: &Scan, lowering: &Lowering<'_>) -> Result<Option<Df>> {
    let Some(axis) = &scan.axis else { return Ok(None) };
    let day = lowering.day(axis)?;
    Ok(match &scan.bucket {
        Bucket::Whole | Bucket::Before(_) | Bucket::Overlapping(_) => None,
        Bucket::Day => Some(day),
        Bucket::Month => Some(first_of_month(day)),
        Bucket::Windows(windows) => window_of(&day, windows)?,
    })
}

/// The first day of the window that a day lies in, of disjoint ones.
pub(super) fn window_of(day: &Df, windows: &[Window]) -> Result<Option<Df>> {
    let mut arms: Option<CaseBuilder> = None;
    for window in windows {
        let start = window.start.ok_or_else(|| defect("a window without a start among others"))?;
        let inside = day.clone().gt_eq(day_literal(start)).and(day.clone().lt(day_literal(window.end)));
        arms = Some(match arms {
            None => when(inside, day_literal(start)),
            Some(mut arms) => arms.when(inside, day_literal(start)),
        });
    }
    arms.map(|arms| arms.end()).transpose()
}

/// The first day of a day's month, by counting days. The engine would cut a moment
/// off in nanoseconds, which reach from 1677 to 2262 only.
fn first_of_month(day: Df) -> Df {
    let passed = date_part(lit("day"), day.clone()) - lit(1_i32);
    cast(cast(day, DataType::Int32) - passed, DataType::Date32)
}

fn lower_output(output: &Output, lowering: &Lowering<'_>, schema: &DFSchema) -> Result<Df> {
    let argument = || -> Result<(Df, RowType)> {
        let argument = output.argument.as_ref().ok_or_else(|| defect("an aggregate of nothing"))?;
        Ok((lowering.value(argument)?, lowering.type_of(argument)?))
    };
    let plain = match output.function {
        OutputFunction::Count => aggregates::count(lit(1_i64)),
        OutputFunction::CountDistinct => aggregates::count_distinct(argument()?.0),
        OutputFunction::Min => aggregates::min(argument()?.0),
        OutputFunction::Max => aggregates::max(argument()?.0),
        OutputFunction::Sum => {
            let (value, ty) = argument()?;
            sum(wide(value, schema), ty)
        }
        OutputFunction::Percentile(p) => {
            let (value, ty) = argument()?;
            percentile(value, ty, p)?
        }
    };
    match lowering.filters(&output.filters)? {
        Some(filter) => filtered(plain, filter),
        None => Ok(plain),
    }
}

/// A value whose sum does not wrap: the engine adds the widest decimals without
/// looking at where they end, so those that were computed get room for it.
fn wide(value: Df, schema: &DFSchema) -> Df {
    match value.get_type(schema) {
        Ok(DataType::Decimal128(digits, scale)) if digits > 28 => {
            cast(value, DataType::Decimal256(66, scale))
        }
        _ => value,
    }
}

/// A sum that is exact and does not wrap, of values up to 28 digits.
pub(crate) fn sum(value: Df, ty: RowType) -> Df {
    aggregates::sum(exact(value, ty))
}

/// A percentile by linear interpolation. On decimals the engine would truncate,
/// so it is computed on doubles. `engine::percentile` rounds these to the decimals
/// that are sure, or takes it from the distribution of the values.
///
/// The engine cuts the weight between two values off at six decimals. A
/// percentile of up to six decimals has such a weight exactly, unless the double
/// next to it is a little smaller: then a whole millionth would be lost. So the
/// double is taken a little larger, which the cut takes away again.
pub(crate) fn percentile(value: Df, _ty: RowType, p: Decimal) -> Result<Df> {
    let exact: f64 = p.try_into().map_err(|_| defect("a percentile that is no number"))?;
    let p = if exact > 0.0 && exact < 1.0 { exact.next_up().next_up() } else { exact };
    Ok(aggregates::percentile_cont(cast(value, DataType::Float64).sort(true, false), lit(p)))
}
