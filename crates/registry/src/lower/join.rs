//! Joins as rows: pairs of rows of two relations.

use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr as Df, JoinType, LogicalPlanBuilder};
use goalpost_core::expr::{BinaryOp, Expr, ExprKind, Join};

use super::Bounds;
use super::expr::Lowering;
use super::rows::{RowContext, Rows};
use super::scope::Scope;
use super::terms::column;
use crate::relation::owner::belongs_to;

impl RowContext<'_> {
    /// The pairs of a join, with the columns that expressions over them need.
    pub(crate) fn pairs(&self, join: &Join, columns: &[&Expr], bounds: Option<Bounds>) -> Result<Rows> {
        let mut wanted: Vec<&Expr> = columns.to_vec();
        wanted.push(&join.on);
        let mut leaves = Vec::new();
        for expr in wanted {
            gather(expr, &mut leaves);
        }
        let mut scope = Scope::default();
        let mut side = |source: &goalpost_core::expr::Relation, mark: &str| -> Result<DataFrame> {
            let own: Vec<&Expr> =
                leaves.iter().copied().filter(|leaf| belongs_to(leaf, &source.source)).collect();
            let rows = self.filtered(source, &own, bounds)?;
            let mut names: Vec<(&Expr, &String)> = rows.scope.columns.iter().collect();
            names.sort_by_key(|(_, name)| name.as_str());
            let mut select: Vec<Df> = Vec::new();
            for (expr, name) in names {
                let marked = format!("{mark}.{name}");
                select.push(column(name).alias(&marked));
                scope.columns.insert(expr.clone(), marked);
            }
            rows.frame.select(select)
        };
        let left = side(&join.left, "left")?;
        let right = side(&join.right, "right")?;
        let lowering = self.lowering(&scope, bounds);
        let on = conditions(&join.on, &lowering)?;
        let plan = LogicalPlanBuilder::from(left.into_unoptimized_plan())
            .join_on(right.into_unoptimized_plan(), JoinType::Inner, on)?
            .build()?;
        Ok(Rows { frame: DataFrame::new(self.state.clone(), plan), scope })
    }
}

/// The columns below an expression.
fn gather<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &*expr.kind {
        ExprKind::Column(_) => found.push(expr),
        ExprKind::InRows(value, _) => gather(value, found),
        _ => {
            for child in expr.children() {
                gather(child, found);
            }
        }
    }
}

/// The parts of a join's condition. Keys are compared so that null meets
/// nothing, as in every other way from one table to another.
fn conditions(on: &Expr, lowering: &Lowering<'_>) -> Result<Vec<Df>> {
    match &*on.kind {
        ExprKind::Binary(BinaryOp::And, a, b) => {
            let mut all = conditions(a, lowering)?;
            all.extend(conditions(b, lowering)?);
            Ok(all)
        }
        ExprKind::Binary(BinaryOp::Equal, a, b) => {
            let (left, right) = lowering.comparable(a, b)?;
            Ok(vec![left.eq(right)])
        }
        _ => Ok(vec![lowering.filter(on)?]),
    }
}
