//! Semi-joins as columns: whether a value is among those of other rows.
//!
//! The other rows are read once for all conditions and moments under which the
//! same column of them is asked for: grouped by the value, with a flag for each.

use datafusion::common::{Column, Result};
use datafusion::dataframe::DataFrame;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::bool_or;
use datafusion::logical_expr::{Expr as Df, JoinType, LogicalPlanBuilder, lit};
use goalpost_core::expr::{ColumnOfRows, Expr, ExprKind, Relation, RelationSource};

use super::Bounds;
use super::expr::Lowering;
use super::rows::{RowContext, Rows, existing};
use super::scope::Wanted;
use super::terms::column;
use crate::relation::window::{alive_filters, is_windowed_source};

/// Semi-joins that look for the same value in the same column.
struct Alike<'e> {
    value: Wanted<'e>,
    column: Wanted<'e>,
    source: &'e RelationSource,
    /// Bounds of the source, where its own rows are those of a window.
    of_source: Option<Bounds>,
    members: Vec<(Wanted<'e>, &'e Relation)>,
}

impl RowContext<'_> {
    /// Adds a flag for each semi-join among the expressions.
    pub(super) fn flags(&self, mut rows: Rows, special: &[Wanted<'_>]) -> Result<Rows> {
        let mut groups: Vec<Alike<'_>> = Vec::new();
        for whole in special {
            let ExprKind::InRows(value, ColumnOfRows { relation, column }) = &*whole.expr.kind else {
                continue;
            };
            let bounds = whole.bounds;
            let value = Wanted { expr: value, bounds }.settled();
            let column = Wanted { expr: column, bounds }.settled();
            let of_source = bounds.filter(|_| is_windowed_source(&relation.source));
            let known = groups.iter_mut().find(|group| {
                is_same(&group.value, &value)
                    && is_same(&group.column, &column)
                    && *group.source == relation.source
                    && group.of_source == of_source
            });
            match known {
                Some(group) => group.members.push((*whole, relation)),
                None => groups.push(Alike {
                    value,
                    column,
                    source: &relation.source,
                    of_source,
                    members: vec![(*whole, relation)],
                }),
            }
        }
        for group in groups {
            rows = self.flagged(rows, &group)?;
        }
        Ok(rows)
    }

    /// Adds the flags of semi-joins that are alike.
    fn flagged(&self, rows: Rows, group: &Alike<'_>) -> Result<Rows> {
        let Rows { frame, mut scope } = rows;
        let place = scope.len();
        let [wanted, key] = ["value", "key"].map(|part| format!("#{part}{place}"));
        let flag = |member: usize| format!("#among{place}.{member}");
        let others = self.values_with_flags(group, &key, flag)?;
        let mut select = existing(&frame);
        select.push(self.lowering(&scope, group.value.bounds).value(group.value.expr)?.alias(&wanted));
        let left = frame.select(select)?;
        let mut select: Vec<Df> = existing(&left);
        select.retain(|kept| *kept != column(&wanted));
        for member in 0..group.members.len() {
            // Null where the other rows do not have the value at all.
            select.push(coalesce(vec![column(&flag(member)), lit(false)]).alias(flag(member)));
        }
        let plan = LogicalPlanBuilder::from(left.into_unoptimized_plan())
            .join(
                others.into_unoptimized_plan(),
                JoinType::Left,
                (vec![Column::new_unqualified(&wanted)], vec![Column::new_unqualified(&key)]),
                None,
            )?
            .build()?;
        let frame = DataFrame::new(self.state.clone(), plan).select(select)?;
        for (member, (whole, _)) in group.members.iter().enumerate() {
            scope.insert(*whole, flag(member));
        }
        Ok(Rows { frame, scope })
    }

    /// The values of the column once each, with a flag for every member.
    fn values_with_flags(
        &self,
        group: &Alike<'_>,
        key: &str,
        flag: impl Fn(usize) -> String,
    ) -> Result<DataFrame> {
        if let [(whole, relation)] = group.members.as_slice() {
            let others = self.filtered(relation, &[group.column.expr], whole.bounds)?;
            let value = self.lowering(&others.scope, whole.bounds).value(group.column.expr)?;
            let keys = others.frame.select(vec![value.alias(key)])?.filter(column(key).is_not_null())?;
            return keys.distinct()?.select(vec![column(key), lit(true).alias(flag(0))]);
        }
        let conditions: Vec<(Vec<Expr>, Option<Expr>, Option<Bounds>)> = group
            .members
            .iter()
            .map(|(whole, relation)| {
                let mut filters = relation.filters.clone();
                let axis = match &relation.alive {
                    Some(alive) => {
                        filters.extend(alive_filters(alive));
                        Some(alive.from.clone())
                    }
                    None => self.shapes.default_time(group.source),
                };
                (filters, axis, whole.bounds)
            })
            .collect();
        let mut needed = vec![group.column];
        for (filters, axis, bounds) in &conditions {
            needed.extend(Wanted::all(filters.iter().chain(axis), *bounds));
        }
        let Rows { frame, scope } = self.prepare(group.source, &needed, group.of_source)?;
        let lowering = |bounds| -> Lowering<'_> { self.lowering(&scope, bounds) };
        let value = lowering(group.column.bounds).value(group.column.expr)?;
        let mut select = vec![value.alias(key)];
        for (member, (filters, axis, bounds)) in conditions.iter().enumerate() {
            let lowering = lowering(*bounds);
            let mut holds = lowering.filters(filters)?.unwrap_or_else(|| lit(true));
            if let Some(axis) = axis {
                holds = holds.and(lowering.visible(axis)?);
            }
            select.push(holds.alias(flag(member)));
        }
        let any = (0..group.members.len())
            .map(|member| bool_or(column(&flag(member))).alias(flag(member)))
            .collect();
        frame.select(select)?.filter(column(key).is_not_null())?.aggregate(vec![column(key)], any)
    }
}

fn is_same(a: &Wanted<'_>, b: &Wanted<'_>) -> bool {
    a.expr == b.expr && a.bounds == b.bounds
}
