//! Distinct counts in two phases: grouped by the value, then counted. Unlike one
//! phase this spills, and several counts of the same values share both phases.
//!
//! The first phase notes of each value which conditions it meets: by a flag, or
//! where windows overlap by a mask of the spans in which it occurs.

use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{bit_or, bool_or, count};
use datafusion::logical_expr::{BinaryExpr, Case, Expr as Df, Operator, lit};
use goalpost_core::expr::Expr;

use super::expr::Lowering;
use super::terms::{column, day_literal, defect, filtered};
use crate::scan::spans::Spans;
use crate::scan::{Bucket, OutputFunction, Scan};

/// What is counted, where all outputs of a scan are distinct counts of the same.
pub(super) fn argument(scan: &Scan) -> Option<&Expr> {
    let argument = scan.outputs.first()?.argument.as_ref()?;
    let is_alike = scan.outputs.iter().all(|output| {
        output.function == OutputFunction::CountDistinct && output.argument.as_ref() == Some(argument)
    });
    is_alike.then_some(argument)
}

/// The counts, one for each of the filters: the outputs of the scan in their order.
pub(super) fn counts(
    scan: &Scan,
    lowering: &Lowering<'_>,
    frame: DataFrame,
    keys: Vec<Df>,
    value: Df,
    filters: Vec<Option<Df>>,
) -> Result<DataFrame> {
    let outer: Vec<Df> = keys.iter().map(|key| column(&key.schema_name().to_string())).collect();
    let mut inner = keys;
    inner.push(value.alias("#value"));
    let spans = match &scan.bucket {
        Bucket::Overlapping(windows) => Some(Spans::of(windows, scan.undated)),
        _ => None,
    };
    // Equal conditions are noted once.
    let mut notes: Vec<Option<Df>> = Vec::new();
    let mut counted = Vec::new();
    for (place, (output, filter)) in scan.outputs.iter().zip(filters).enumerate() {
        let note = notes.iter().position(|known| *known == filter).unwrap_or_else(|| {
            notes.push(filter.clone());
            notes.len() - 1
        });
        let noted = column(&format!("#note{note}"));
        let rows = count(lit(1_i64));
        let rows = match (&spans, &filter) {
            (Some(spans), _) => {
                let window = output.window.ok_or_else(|| defect("a count without its window"))?;
                let inside = binary(noted, Operator::BitwiseAnd, lit(spans.mask(window)));
                filtered(rows, inside.not_eq(lit(0_i64)))?
            }
            (None, Some(_)) => filtered(rows, noted)?,
            (None, None) => rows,
        };
        counted.push(rows.alias(format!("o{place}")));
    }
    let bit = spans.as_ref().map(|spans| span_bit(scan, spans, lowering)).transpose()?;
    let mut first = Vec::new();
    for (place, note) in notes.into_iter().enumerate() {
        let noted = match (&bit, note) {
            (Some(bit), Some(filter)) => filtered(bit_or(bit.clone()), filter)?,
            (Some(bit), None) => bit_or(bit.clone()),
            (None, Some(filter)) => bool_or(filter),
            (None, None) => continue,
        };
        first.push(noted.alias(format!("#note{place}")));
    }
    frame.aggregate(inner, first)?.filter(column("#value").is_not_null())?.aggregate(outer, counted)
}

/// The bit of the span in which a row lies.
fn span_bit(scan: &Scan, spans: &Spans, lowering: &Lowering<'_>) -> Result<Df> {
    let axis = scan.axis.as_ref().ok_or_else(|| defect("windows without a time"))?;
    let day = lowering.day(axis)?;
    // Rows before the first span and after the last one are left out before.
    let mut arms: Vec<(Box<Df>, Box<Df>)> = Vec::new();
    if let Some(bit) = spans.undated() {
        arms.push((Box::new(day.clone().is_null()), Box::new(lit(bit))));
    }
    for (end, bit) in spans.bits() {
        arms.push((Box::new(day.clone().lt(day_literal(end))), Box::new(lit(bit))));
    }
    Ok(Df::Case(Case::new(None, arms, None)))
}

fn binary(left: Df, operator: Operator, right: Df) -> Df {
    Df::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}
