//! Samples of aggregates, as plans: what tests of a difference need to know of
//! rows beyond the aggregate itself.
//!
//! Sums by day, exact sums with sums of squares, and histograms, each by segment
//! and window. Rows are placed and left out exactly as in the scans of the
//! engine: by the aggregate's time, visible at as-of, without nulls and without
//! negative durations. Only aggregates whose rows do not depend on the window by
//! more than their time are sampled.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn as aggregates;
use datafusion::logical_expr::{Expr as Df, ExprFunctionExt, cast, lit, when};
use goalpost_core::calendar::Window;
use goalpost_core::expr::{Expr, RelationSource};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::row_type::RowType;
use goalpost_core::unit::Kind;

use super::aggregate::sum;
use super::expr::{Lowering, day_literal, defect, exact};
use super::rows::{RowContext, Rows, Wanted};
use crate::plan::Leaf;

/// Decimals kept of values whose squares are added up.
const SQUARED_DECIMALS: i8 = 6;

/// Sums by day of leaves that share source, time and segments: columns `d0…`,
/// `day`, and for the nth leaf `r`n (rows), `v`n (the sum, or the hits of a
/// share) and `k`n (rows with a value).
pub(crate) fn by_day(context: &RowContext<'_>, leaves: &[&Leaf], windows: &[Window]) -> Result<DataFrame> {
    let first = leaves.first().ok_or_else(|| defect("days of nothing"))?;
    let valid: Vec<Vec<Expr>> = leaves.iter().map(|leaf| valid(leaf)).collect();
    let exprs = valid.iter().flatten().chain(leaves.iter().filter_map(|leaf| leaf.argument.as_ref()));
    let placed = Placed::new(context, first, &exprs.collect::<Vec<_>>(), windows)?;
    let lowering = placed.lowering(context);
    let mut keys = dimensions(first, &lowering)?;
    keys.push(lowering.day(axis(first)?)?.alias("day"));
    let mut outputs = Vec::new();
    for (place, leaf) in leaves.iter().enumerate() {
        let mut output = |name: &str, plain: Df, filters: &[Expr]| -> Result<()> {
            let whole = match lowering.filters(filters)? {
                Some(filter) => plain.filter(filter).build()?,
                None => plain,
            };
            outputs.push(whole.alias(format!("{name}{place}")));
            Ok(())
        };
        let rows = || aggregates::count(lit(1_i64));
        output("r", rows(), &leaf.relation.filters)?;
        let Some(argument) = &leaf.argument else { continue };
        if leaf.function == AggregateFunction::Share {
            let mut hits = leaf.relation.filters.clone();
            hits.push(argument.clone());
            output("v", rows(), &hits)?;
        } else {
            output("v", sum(lowering.value(argument)?, lowering.type_of(argument)?), &valid[place])?;
            output("k", rows(), &valid[place])?;
        }
    }
    placed.frame.clone().aggregate(keys, outputs)
}

/// Count, sum, sum of squares and extremes of a leaf's values by window:
/// columns `d0…`, `window` (its first day), `n`, `s`, `q`, `lo`, `hi`.
///
/// Values are whole numbers, or decimals of so many places that their squares
/// have room. What the sums can hold is for the reader to check, from `n` and
/// the extremes.
pub(crate) fn moments(context: &RowContext<'_>, leaf: &Leaf, windows: &[Window]) -> Result<DataFrame> {
    values(context, leaf, windows, |value, ty, mut keys, frame, day| {
        let value = match ty {
            RowType::Integer | RowType::Duration => exact(value, ty),
            _ => cast(value, DataType::Decimal128(38, SQUARED_DECIMALS)),
        };
        keys.push(window_of(day, windows)?.alias("window"));
        let outputs = vec![
            aggregates::count(lit(1_i64)).alias("n"),
            aggregates::sum(value.clone()).alias("s"),
            aggregates::sum(value.clone() * value.clone()).alias("q"),
            aggregates::min(value.clone()).alias("lo"),
            aggregates::max(value).alias("hi"),
        ];
        frame.aggregate(keys, outputs)
    })
}

/// How often each value of a leaf occurs by window: columns `d0…`, `window` (its
/// first day), `value`, `n`.
pub(crate) fn histogram(context: &RowContext<'_>, leaf: &Leaf, windows: &[Window]) -> Result<DataFrame> {
    values(context, leaf, windows, |value, ty, mut keys, frame, day| {
        keys.push(window_of(day, windows)?.alias("window"));
        keys.push(exact(value, ty).alias("value"));
        frame.aggregate(keys, vec![aggregates::count(lit(1_i64)).alias("n")])
    })
}

/// How far a source reaches on a time axis up to as-of: columns `first` and
/// `last` (days), and `n`.
pub(crate) fn reach(context: &RowContext<'_>, source: &RelationSource, axis: &Expr) -> Result<DataFrame> {
    let Rows { frame, scope } = context.prepare(source, &[Wanted { expr: axis, bounds: None }], None)?;
    let lowering = context.lowering(&scope, None);
    let day = lowering.day(axis)?;
    frame.filter(lowering.visible(axis)?)?.aggregate(
        Vec::new(),
        vec![
            aggregates::min(day.clone()).alias("first"),
            aggregates::max(day.clone()).alias("last"),
            aggregates::count(day).alias("n"),
        ],
    )
}

fn values(
    context: &RowContext<'_>,
    leaf: &Leaf,
    windows: &[Window],
    grouped: impl FnOnce(Df, RowType, Vec<Df>, DataFrame, Df) -> Result<DataFrame>,
) -> Result<DataFrame> {
    let argument = leaf.argument.as_ref().ok_or_else(|| defect("values of nothing"))?;
    let valid = valid(leaf);
    let exprs: Vec<&Expr> = valid.iter().chain([argument]).collect();
    let placed = Placed::new(context, leaf, &exprs, windows)?;
    let lowering = placed.lowering(context);
    let mut frame = placed.frame.clone();
    if let Some(filter) = lowering.filters(&valid)? {
        frame = frame.filter(filter)?;
    }
    let day = lowering.day(axis(leaf)?)?;
    grouped(lowering.value(argument)?, lowering.type_of(argument)?, dimensions(leaf, &lowering)?, frame, day)
}

/// The rows of a leaf's source that lie in one of the windows.
struct Placed {
    frame: DataFrame,
    scope: super::expr::Scope,
}

impl Placed {
    fn new(context: &RowContext<'_>, leaf: &Leaf, exprs: &[&Expr], windows: &[Window]) -> Result<Self> {
        let columns: Vec<Expr> = cuts(leaf);
        let axis = axis(leaf)?;
        let mut all: Vec<&Expr> = columns.iter().chain([axis]).collect();
        all.extend(exprs);
        let wanted: Vec<Wanted<'_>> = Wanted::all(all, None).collect();
        let Rows { frame, scope } = context.prepare(&leaf.relation.source, &wanted, None)?;
        let lowering = context.lowering(&scope, None);
        let day = lowering.day(axis)?;
        let mut inside: Option<Df> = None;
        for window in windows {
            let within = within(&day, *window)?;
            inside = Some(match inside {
                Some(before) => before.or(within),
                None => within,
            });
        }
        let mut frame = frame.filter(lowering.visible(axis)?)?;
        if let Some(inside) = inside {
            frame = frame.filter(inside)?;
        }
        Ok(Self { frame, scope })
    }

    fn lowering<'b>(&'b self, context: &'b RowContext<'_>) -> Lowering<'b> {
        context.lowering(&self.scope, None)
    }
}

fn axis(leaf: &Leaf) -> Result<&Expr> {
    leaf.time.as_ref().ok_or_else(|| defect("a sample without a time"))
}

fn cuts(leaf: &Leaf) -> Vec<Expr> {
    leaf.dimensions.iter().cloned().map(Expr::column).collect()
}

fn dimensions(leaf: &Leaf, lowering: &Lowering<'_>) -> Result<Vec<Df>> {
    let named = cuts(leaf).into_iter().enumerate();
    named.map(|(place, cut)| Ok(lowering.value(&cut)?.alias(format!("d{place}")))).collect()
}

/// The filters of a leaf and that its argument is a value: not null, and where it
/// is a duration not negative.
fn valid(leaf: &Leaf) -> Vec<Expr> {
    let mut filters = leaf.relation.filters.clone();
    let Some(argument) = leaf.argument.as_ref().filter(|_| leaf.function != AggregateFunction::Share) else {
        return filters;
    };
    filters.push(argument.clone().is_known());
    if leaf.kind == Kind::DURATION {
        filters.push(Leaf::has_value(argument, leaf.kind));
    }
    filters
}

fn within(day: &Df, window: Window) -> Result<Df> {
    let start = window.start.ok_or_else(|| defect("a window without a start"))?;
    Ok(day.clone().gt_eq(day_literal(start)).and(day.clone().lt(day_literal(window.end))))
}

/// The first day of the window that a day lies in.
fn window_of(day: Df, windows: &[Window]) -> Result<Df> {
    let mut arms: Option<datafusion::logical_expr::conditional_expressions::CaseBuilder> = None;
    for window in windows {
        let start = day_literal(window.start.unwrap_or(window.end));
        let inside = within(&day, *window)?;
        arms = Some(match arms {
            None => when(inside, start),
            Some(mut arms) => arms.when(inside, start),
        });
    }
    arms.ok_or_else(|| defect("a sample of no window"))?.end()
}
