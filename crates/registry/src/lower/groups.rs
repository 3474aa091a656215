//! Groupings as rows: one row per key, with measures as columns.

use datafusion::common::Result;
use datafusion::functions_aggregate::expr_fn as aggregates;
use datafusion::logical_expr::{Expr as Df, lit};
use goalpost_core::expr::{ColumnRef, Expr, GroupBy, Literal, Owner, RelationSource};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind, MeasureOp};
use goalpost_core::row_type::RowType;

use super::Bounds;
use super::aggregate::{percentile, sum};
use super::expr::Lowering;
use super::rows::{RowContext, Rows};
use super::scope::Scope;
use super::terms::{column, defect, exact, filtered, quotient};

impl RowContext<'_> {
    /// The rows of a grouping.
    pub(crate) fn groups(&self, group: &GroupBy, bounds: Option<Bounds>) -> Result<Rows> {
        let mut found: Vec<&Aggregate> = Vec::new();
        for (_, measure) in &group.columns {
            aggregates_of(measure, &mut found);
        }
        let key = Expr::column(group.key.clone());
        let mut exprs: Vec<&Expr> = vec![&key];
        for aggregate in &found {
            exprs.extend(aggregate.relation.filters.iter().chain(&aggregate.argument));
        }
        let rows = self.filtered(&group.input, &exprs, bounds)?;
        let lowering = self.lowering(&rows.scope, bounds);
        let mut outputs = Vec::new();
        let mut select = vec![column("#group").alias(key_name(group))];
        for (name, measure) in &group.columns {
            select.push(group_value(measure, &lowering, &mut outputs)?.alias(name.as_str()));
        }
        let outputs: Vec<Df> = outputs
            .into_iter()
            .enumerate()
            .map(|(place, output)| output.alias(format!("#{place}")))
            .collect();
        let key = lowering.value(&key)?.alias("#group");
        let frame = rows.frame.aggregate(vec![key], outputs)?.select(select)?;
        let owner = Owner::Derived(RelationSource::GroupBy(std::sync::Arc::new(group.clone())));
        let mut scope = Scope::default();
        let names = group.columns.iter().map(|(name, _)| name.clone()).chain(group.key.path.last().cloned());
        for name in names {
            let expr = Expr::column(ColumnRef { owner: owner.clone(), path: vec![name.clone()] });
            scope.columns.insert(expr, name.as_str().to_owned());
        }
        Ok(Rows { frame, scope })
    }
}

fn key_name(group: &GroupBy) -> &str {
    group.key.path.last().map_or("key", goalpost_core::name::ColumnName::as_str)
}

fn aggregates_of<'m>(measure: &'m Measure, found: &mut Vec<&'m Aggregate>) {
    if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
        found.push(aggregate);
    }
    for child in measure.children() {
        aggregates_of(child, found);
    }
}

/// A measure of a group as an expression over its outputs.
fn group_value(measure: &Measure, lowering: &Lowering<'_>, outputs: &mut Vec<Df>) -> Result<Df> {
    let mut output = |df: Df| {
        outputs.push(df);
        column(&format!("#{}", outputs.len() - 1))
    };
    match &*measure.kind {
        MeasureKind::Number(value) => lowering.value(&Expr::literal(Literal::Number(*value))),
        MeasureKind::Aggregate(aggregate) => {
            let filter = lowering.filters(&aggregate.relation.filters)?;
            let with = |df: Df| match &filter {
                Some(filter) => filtered(df, filter.clone()),
                None => Ok(df),
            };
            let argument = || {
                let argument =
                    aggregate.argument.as_ref().ok_or_else(|| defect("an aggregate of nothing"))?;
                Ok::<_, datafusion::common::DataFusionError>((
                    lowering.value(argument)?,
                    lowering.type_of(argument)?,
                ))
            };
            Ok(match aggregate.function {
                AggregateFunction::Count => output(with(aggregates::count(lit(1_i64)))?),
                AggregateFunction::CountDistinct => output(with(aggregates::count_distinct(argument()?.0))?),
                AggregateFunction::Min => output(with(aggregates::min(argument()?.0))?),
                AggregateFunction::Max => output(with(aggregates::max(argument()?.0))?),
                AggregateFunction::Sum | AggregateFunction::Spread => {
                    let (value, ty) = argument()?;
                    output(with(sum(value, ty))?)
                }
                AggregateFunction::Mean => {
                    let (value, ty) = argument()?;
                    let total = output(with(sum(value.clone(), ty))?);
                    let rows = output(with(aggregates::count(value))?);
                    quotient(total, rows)
                }
                AggregateFunction::Median => {
                    let (value, ty) = argument()?;
                    output(with(percentile(value, ty, goalpost_core::Decimal::new(5, 1))?)?)
                }
                AggregateFunction::Percentile(p) => {
                    let (value, ty) = argument()?;
                    output(with(percentile(value, ty, p)?)?)
                }
                AggregateFunction::Share => {
                    let condition =
                        aggregate.argument.as_ref().ok_or_else(|| defect("a share of nothing"))?;
                    let mut filters = aggregate.relation.filters.clone();
                    filters.push(condition.clone());
                    let both = lowering.filters(&filters)?.unwrap_or_else(|| lit(true));
                    let hits = output(filtered(aggregates::count(lit(1_i64)), both)?);
                    let rows = output(with(aggregates::count(lit(1_i64)))?);
                    quotient(hits, rows)
                }
            })
        }
        MeasureKind::Binary(op, a, b) => {
            let left = group_value(a, lowering, outputs)?;
            let right = group_value(b, lowering, outputs)?;
            // Counts, and extremes of whole numbers, would wrap.
            let (left, right) = match op {
                MeasureOp::Add | MeasureOp::Subtract | MeasureOp::Multiply => {
                    (exact(left, group_type(a, lowering)), exact(right, group_type(b, lowering)))
                }
                _ => (left, right),
            };
            Ok(match op {
                MeasureOp::Add => left + right,
                MeasureOp::Subtract => left - right,
                MeasureOp::Multiply => left * right,
                MeasureOp::Divide => quotient(left, right),
                MeasureOp::Min => datafusion::functions::expr_fn::least(vec![left, right]),
                MeasureOp::Max => datafusion::functions::expr_fn::greatest(vec![left, right]),
            })
        }
        MeasureKind::Coalesce(a, b) => {
            let left = group_value(a, lowering, outputs)?;
            let right = group_value(b, lowering, outputs)?;
            Ok(datafusion::functions::expr_fn::coalesce(vec![left, right]))
        }
        _ => Err(defect(format!("`{measure}` cannot be a column of a group"))),
    }
}

/// Whether a measure of a group is a whole number.
fn group_type(measure: &Measure, lowering: &Lowering<'_>) -> RowType {
    match &*measure.kind {
        MeasureKind::Aggregate(aggregate) => match aggregate.function {
            AggregateFunction::Count | AggregateFunction::CountDistinct => RowType::Integer,
            AggregateFunction::Min | AggregateFunction::Max => {
                let ty = aggregate.argument.as_ref().map(|argument| lowering.type_of(argument));
                ty.and_then(Result::ok).unwrap_or(RowType::Null)
            }
            _ => RowType::Null,
        },
        _ => RowType::Null,
    }
}
