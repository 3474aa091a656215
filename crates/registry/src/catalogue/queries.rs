//! The queries (`sql("…")`) that measures read from.

use std::sync::Arc;

use goalpost_core::expr::{Expr, ExprKind, Relation, RelationSource};
use goalpost_core::measure::{Measure, MeasureKind};
use goalpost_core::source::At;

/// The queries below a measure, with their places.
pub(crate) fn of_measure(measure: &Measure, found: &mut Vec<(Arc<str>, At)>) {
    if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
        of_relation(&aggregate.relation, found);
        for expr in aggregate.argument.iter().chain(&aggregate.time) {
            of_expr(expr, found);
        }
    }
    for child in measure.children() {
        of_measure(child, found);
    }
}

fn of_relation(relation: &Relation, found: &mut Vec<(Arc<str>, At)>) {
    match &relation.source {
        RelationSource::Sql(text) => found.push((Arc::clone(text), relation.at.clone())),
        RelationSource::Join(join) => {
            of_relation(&join.left, found);
            of_relation(&join.right, found);
        }
        RelationSource::GroupBy(group) => {
            of_relation(&group.input, found);
            for (_, measure) in &group.columns {
                of_measure(measure, found);
            }
        }
        RelationSource::Table(_) => {}
    }
    for expr in relation.expressions() {
        of_expr(expr, found);
    }
}

fn of_expr(expr: &Expr, found: &mut Vec<(Arc<str>, At)>) {
    if let ExprKind::InRows(_, rows) = &*expr.kind {
        of_relation(&rows.relation, found);
    }
    for child in expr.children() {
        of_expr(child, found);
    }
}
