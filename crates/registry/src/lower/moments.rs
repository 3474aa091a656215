//! Count, sum, sum of squares and extremes of values by window, as a plan.
//!
//! Rows are placed and left out exactly as in a scan.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn as aggregates;
use datafusion::logical_expr::{cast, lit};
use goalpost_core::expr::Expr;
use goalpost_core::row_type::RowType;

use super::aggregate::{BUCKET, window_of};
use super::rows::{RowContext, Rows};
use super::scope::Wanted;
use super::terms::exact;
use crate::scan::reading::Moments;

/// Decimals kept of values whose squares are added up.
const SQUARED_DECIMALS: i8 = 6;

/// The columns are `d0…`, the bucket (the first day of the window; nothing for
/// rows in none), `n`, `s`, `q`, `lo`, `hi`.
///
/// Values are whole numbers, or decimals of so many places that their squares
/// have room. What the sums can hold is for the reader to check, from `n` and
/// the extremes.
pub(super) fn moments(context: &RowContext<'_>, asked: &Moments) -> Result<DataFrame> {
    let cuts: Vec<Expr> = asked.dimensions.iter().cloned().map(Expr::column).collect();
    let all = cuts.iter().chain([&asked.axis, &asked.value]).chain(&asked.filters);
    let wanted: Vec<Wanted<'_>> = Wanted::all(all, None).collect();
    let Rows { frame, scope } = context.prepare(&asked.source, &wanted, None)?;
    let lowering = context.lowering(&scope, None);
    let mut frame = frame.filter(lowering.visible(&asked.axis)?)?;
    if let Some(filter) = lowering.filters(&asked.filters)? {
        frame = frame.filter(filter)?;
    }
    let mut keys = Vec::new();
    for (place, cut) in cuts.iter().enumerate() {
        keys.push(lowering.value(cut)?.alias(format!("d{place}")));
    }
    keys.extend(window_of(&lowering.day(&asked.axis)?, &asked.windows)?.map(|window| window.alias(BUCKET)));
    let (value, ty) = (lowering.value(&asked.value)?, lowering.type_of(&asked.value)?);
    let value = match ty {
        RowType::Integer | RowType::Duration => exact(value, ty),
        _ => cast(value, DataType::Decimal128(38, SQUARED_DECIMALS)),
    };
    let outputs = vec![
        aggregates::count(lit(1_i64)).alias("n"),
        aggregates::sum(value.clone()).alias("s"),
        aggregates::sum(value.clone() * value.clone()).alias("q"),
        aggregates::min(value.clone()).alias("lo"),
        aggregates::max(value).alias("hi"),
    ];
    frame.aggregate(keys, outputs)
}
