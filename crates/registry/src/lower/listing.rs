//! A listing as a plan: the rows with what is shown of them and their kind.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::conditional_expressions::CaseBuilder;
use datafusion::logical_expr::{Expr as Df, cast, lit, when};
use goalpost_core::expr::Expr;
use goalpost_core::row_type::RowType;

use super::Bounds;
use super::aggregate::sum;
use super::expr::Lowering;
use super::rows::{RowContext, Rows};
use super::scope::Wanted;
use super::terms::{column, defect};
use crate::scan::listing::{Listing, RowValue};

/// The column that says of which kind a row is.
pub(crate) const CLASS: &str = "class";
/// The column of what a row adds.
pub(crate) const VALUE: &str = "value";

/// The rows of a listing that are of some kind: the columns `c0…`, what each row
/// adds, and its kind; and whether what rows add adds up.
fn classed(context: &RowContext<'_>, listing: &Listing) -> Result<(DataFrame, bool)> {
    let bounds = Some(Bounds::of(listing.window, context.calendar, context.as_of));
    let mut exprs: Vec<&Expr> = listing.columns.iter().chain(&listing.axis).collect();
    exprs.extend(listing.segment.iter().map(|(column, _)| column));
    exprs.extend(listing.classes.iter().flatten());
    if let RowValue::Truth(expr) | RowValue::Of(expr) = &listing.value {
        exprs.push(expr);
    }
    let wanted: Vec<Wanted<'_>> = Wanted::all(exprs, bounds).collect();
    let Rows { mut frame, scope } = context.prepare(&listing.source, &wanted, bounds)?;
    let lowering = context.lowering(&scope, bounds);
    if let Some(axis) = &listing.axis {
        frame = frame.filter(lowering.visible(axis)?)?;
    }
    for (dimension, wanted) in &listing.segment {
        let value = cast(lowering.value(dimension)?, DataType::Utf8);
        frame = frame.filter(match wanted {
            Some(text) => value.eq(lit(text.clone())),
            None => value.is_null(),
        })?;
    }
    let mut select = Vec::new();
    for (place, shown) in listing.columns.iter().enumerate() {
        select.push(lowering.value(shown)?.alias(format!("c{place}")));
    }
    let (value, adds_up) = value(listing, &lowering)?;
    select.push(value.alias(VALUE));
    select.push(class(listing, &lowering)?.alias(CLASS));
    Ok((frame.select(select)?.filter(column(CLASS).is_not_null())?, adds_up))
}

/// How many rows there are of each kind (`class`, `rows`), and what they add up to
/// (`sum`, where that is a number).
pub(super) fn totals(context: &RowContext<'_>, listing: &Listing) -> Result<DataFrame> {
    let (frame, adds_up) = classed(context, listing)?;
    let mut outputs = vec![count(lit(1_i64)).alias("rows")];
    if adds_up {
        // Whole numbers and durations are made wide, so that sums do not wrap.
        let ty = match frame.schema().field_with_unqualified_name(VALUE)?.data_type() {
            DataType::Int64 => RowType::Integer,
            _ => RowType::Decimal,
        };
        outputs.push(sum(column(VALUE), ty).alias("sum"));
    }
    frame.aggregate(vec![column(CLASS)], outputs)
}

/// The first rows of a kind: the columns `c0…` and what each row adds.
pub(super) fn first_rows(context: &RowContext<'_>, listing: &Listing, class: usize) -> Result<DataFrame> {
    let (frame, _) = classed(context, listing)?;
    let shown = (0..listing.columns.len()).map(|place| format!("c{place}")).chain([VALUE.to_owned()]);
    let order = shown.map(|name| column(&name).sort(true, false)).collect();
    frame.filter(column(CLASS).eq(lit(class as i64)))?.sort(order)?.limit(0, Some(listing.limit))
}

fn value(listing: &Listing, lowering: &Lowering<'_>) -> Result<(Df, bool)> {
    Ok(match &listing.value {
        RowValue::One => (lit(1_i64), true),
        RowValue::Truth(condition) => {
            let holds = coalesce(vec![lowering.filter(condition)?, lit(false)]);
            (when(holds, lit(1_i64)).otherwise(lit(0_i64))?, true)
        }
        RowValue::Of(expr) => {
            let ty = lowering.type_of(expr)?;
            (lowering.value(expr)?, ty.kind().is_some())
        }
    })
}

/// The place of the first kind whose conditions hold.
fn class(listing: &Listing, lowering: &Lowering<'_>) -> Result<Df> {
    let mut arms: Option<CaseBuilder> = None;
    for (place, conditions) in listing.classes.iter().enumerate() {
        let holds = lowering.filters(conditions)?.unwrap_or_else(|| lit(true));
        let place = lit(place as i64);
        arms = Some(match arms {
            None => when(holds, place),
            Some(mut arms) => arms.when(holds, place),
        });
    }
    match arms {
        Some(arms) => arms.end(),
        None => Err(defect("a listing without a kind of rows")),
    }
}
