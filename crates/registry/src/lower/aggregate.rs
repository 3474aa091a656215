//! A scan as one grouped aggregation.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn as aggregates;
use datafusion::logical_expr::{Expr as Df, ExprFunctionExt, cast, lit, when};
use goalpost_core::Decimal;
use goalpost_core::expr::{Expr, ExprKind};
use goalpost_core::source::At;

use super::Bounds;
use super::expr::{Lowering, day_literal, defect, exact};
use super::rows::{RowContext, Rows};
use crate::catalogue::row_type::RowType;
use crate::engine::scan::{Bucket, Output, OutputFunction, Scan};
use crate::plan::Undated;

/// The name of the bucket's column in the result.
pub(crate) const BUCKET: &str = "bucket";

/// Lowers a scan. The columns of the result are the dimensions `d0…`, the
/// bucket, and the outputs `o0…`.
pub(crate) fn scan(context: &RowContext<'_>, scan: &Scan) -> Result<DataFrame> {
    let bounds = scan.window.map(|window| Bounds::of(window, context.calendar, context.as_of));
    let dimensions: Vec<Expr> = scan
        .dimensions
        .iter()
        .map(|column| Expr::new(ExprKind::Column(column.clone()), At::default()))
        .collect();
    let mut exprs: Vec<&Expr> = dimensions.iter().chain(&scan.axis).collect();
    for output in &scan.outputs {
        exprs.extend(output.filters.iter().chain(&output.argument));
    }
    let Rows { mut frame, scope } = context.prepare(&scan.source, &exprs, bounds)?;
    let lowering = context.lowering(&scan.source, &scope, bounds);
    if let Some(axis) = &scan.axis {
        frame = frame.filter(lowering.visible(axis)?)?;
    }
    if let Some(within) = within_windows(scan, &lowering, bounds)? {
        frame = frame.filter(within)?;
    }
    // What all outputs ask for is asked once, before grouping.
    let (first, rest) = match scan.outputs.split_first() {
        Some(split) => split,
        None => return Err(defect("a scan without an output")),
    };
    let common: Vec<Expr> = first
        .filters
        .iter()
        .filter(|filter| rest.iter().all(|output| output.filters.contains(filter)))
        .cloned()
        .collect();
    if let Some(filter) = lowering.filters(&common)? {
        frame = frame.filter(filter)?;
    }
    let mut keys = Vec::new();
    for (place, dimension) in dimensions.iter().enumerate() {
        keys.push(lowering.value(dimension)?.alias(format!("d{place}")));
    }
    keys.extend(bucket(scan, &lowering)?.map(|bucket| bucket.alias(BUCKET)));
    let outputs: Vec<Output> = scan
        .outputs
        .iter()
        .map(|output| Output {
            filters: output.filters.iter().filter(|filter| !common.contains(filter)).cloned().collect(),
            ..output.clone()
        })
        .collect();
    if let [Output { function: OutputFunction::CountDistinct, argument: Some(argument), filters }] =
        outputs.as_slice()
        && filters.is_empty()
    {
        return distinct(frame, keys, lowering.value(argument)?);
    }
    let outputs = outputs
        .iter()
        .enumerate()
        .map(|(place, output)| Ok(lower_output(output, &lowering)?.alias(format!("o{place}"))))
        .collect::<Result<Vec<_>>>()?;
    frame.aggregate(keys, outputs)
}

/// A distinct count in two phases, which spills where one phase would not.
fn distinct(frame: DataFrame, keys: Vec<Df>, value: Df) -> Result<DataFrame> {
    let outer: Vec<Df> = keys.iter().map(|key| super::expr::column(&key.schema_name().to_string())).collect();
    let mut inner = keys;
    inner.push(value.alias("#value"));
    frame
        .aggregate(inner, Vec::new())?
        .filter(super::expr::column("#value").is_not_null())?
        .aggregate(outer, vec![aggregates::count(lit(1_i64)).alias("o0")])
}

/// Rows that no window of the scan wants are not grouped at all.
fn within_windows(scan: &Scan, lowering: &Lowering<'_>, bounds: Option<Bounds>) -> Result<Option<Df>> {
    let Some(axis) = &scan.axis else { return Ok(None) };
    let day = lowering.day(axis)?;
    Ok(match (&scan.bucket, bounds) {
        (Bucket::Windows(windows), _) => match (windows.first(), windows.last()) {
            (Some(first), Some(last)) => {
                let until = day.clone().lt(day_literal(last.end));
                Some(match first.start {
                    Some(start) => day.gt_eq(day_literal(start)).and(until),
                    None => until,
                })
            }
            _ => None,
        },
        (Bucket::Whole, Some(bounds)) => {
            let begun = day.clone().lt(day_literal(bounds.end.0));
            Some(if scan.undated == Undated::Counted { begun.or(day.is_null()) } else { begun })
        }
        _ => None,
    })
}

fn bucket(scan: &Scan, lowering: &Lowering<'_>) -> Result<Option<Df>> {
    let Some(axis) = &scan.axis else { return Ok(None) };
    let day = lowering.day(axis)?;
    Ok(match &scan.bucket {
        Bucket::Whole => None,
        Bucket::Day => Some(day),
        Bucket::Month => {
            // Microseconds reach far enough for any date; the engine would choose
            // nanoseconds, which end in 2262.
            let moment = cast(day, DataType::Timestamp(TimeUnit::Microsecond, None));
            let month = datafusion::functions::expr_fn::date_trunc(lit("month"), moment);
            Some(cast(month, DataType::Date32))
        }
        Bucket::Windows(windows) => {
            // Windows are in order, so the first end not yet reached names the window.
            let mut arms: Option<datafusion::logical_expr::conditional_expressions::CaseBuilder> = None;
            for window in windows {
                let start = window.start.ok_or_else(|| defect("a window without a start among others"))?;
                let inside =
                    day.clone().gt_eq(day_literal(start)).and(day.clone().lt(day_literal(window.end)));
                arms = Some(match arms {
                    None => when(inside, day_literal(start)),
                    Some(mut arms) => arms.when(inside, day_literal(start)),
                });
            }
            match arms {
                Some(arms) => Some(arms.end()?),
                None => None,
            }
        }
    })
}

fn lower_output(output: &Output, lowering: &Lowering<'_>) -> Result<Df> {
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
            sum(value, ty)
        }
        OutputFunction::Percentile(p) => {
            let (value, ty) = argument()?;
            percentile(value, ty, p)?
        }
    };
    match lowering.filters(&output.filters)? {
        Some(filter) => plain.filter(filter).build(),
        None => Ok(plain),
    }
}

/// A sum that is exact and does not wrap.
pub(crate) fn sum(value: Df, ty: RowType) -> Df {
    aggregates::sum(exact(value, ty))
}

/// A percentile by linear interpolation. On decimals the engine would truncate,
/// so it is computed on doubles and read back at 15 significant digits.
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
