//! Rewriting: a copy of a formula in which something stands in another's place.
//!
//! A rewriting says what becomes of an expression, a relation or a column; what is
//! below and above it is copied here, once for all of them.

use std::sync::Arc;

use crate::definition::Metric;
use crate::expr::{
    Alive, ColumnOfRows, ColumnRef, Expr, ExprKind, GroupBy, HistoryCall, Join, Relation, RelationSource,
};
use crate::goal::{Goal, Level, Rule};
use crate::measure::{Aggregate, FunctionCall, Measure, MeasureKind};

/// What changes in a formula.
pub trait Rewrite {
    /// What becomes of an expression over rows.
    fn expr(&self, expr: &Expr, rows: &RelationSource) -> Expr {
        self.below_expr(expr, rows)
    }

    /// What becomes of the rows of a relation.
    fn relation(&self, relation: &Relation) -> Relation {
        self.below_relation(relation)
    }

    /// What becomes of a column.
    fn column(&self, column: &ColumnRef) -> ColumnRef {
        column.clone()
    }

    /// The measure with everything below it rewritten.
    fn measure(&self, measure: &Measure) -> Measure {
        let of = |inner: &Measure| self.measure(inner);
        let kind = match &*measure.kind {
            MeasureKind::Aggregate(aggregate) => {
                let rows = &aggregate.relation.source;
                MeasureKind::Aggregate(Aggregate {
                    relation: self.relation(&aggregate.relation),
                    function: aggregate.function,
                    argument: aggregate.argument.as_ref().map(|argument| self.expr(argument, rows)),
                    time: aggregate.time.as_ref().map(|time| self.expr(time, rows)),
                })
            }
            MeasureKind::Binary(op, a, b) => MeasureKind::Binary(*op, of(a), of(b)),
            MeasureKind::Coalesce(a, b) => MeasureKind::Coalesce(of(a), of(b)),
            MeasureKind::Window(a, shape) => MeasureKind::Window(of(a), *shape),
            MeasureKind::InPeriod(a, period) => MeasureKind::InPeriod(of(a), Arc::clone(period)),
            MeasureKind::Growth(a, shift) => MeasureKind::Growth(of(a), *shift),
            MeasureKind::Total(a) => MeasureKind::Total(of(a)),
            MeasureKind::DailyAverage(a) => MeasureKind::DailyAverage(of(a)),
            MeasureKind::Split(a, dimension) => MeasureKind::Split(of(a), dimension.clone()),
            MeasureKind::Function(call) => MeasureKind::Function(FunctionCall {
                parts: call.parts.iter().map(|(name, part)| (name.clone(), of(part))).collect(),
                function: call.function.clone(),
            }),
            MeasureKind::Number(_) | MeasureKind::Duration(_) | MeasureKind::Metric(_) => {
                return measure.clone();
            }
        };
        Measure::new(kind, measure.at.clone())
    }

    /// Rewrites all formulas of a metric.
    fn metric(&self, metric: &mut Metric) {
        metric.value = self.measure(&metric.value);
        let rows = metric.time.as_ref().and_then(Expr::rows);
        if let (Some(time), Some(rows)) = (&mut metric.time, rows) {
            *time = self.expr(time, &rows);
        }
        for dimension in &mut metric.by {
            dimension.column = dimension.column.as_ref().map(|column| self.column(column));
        }
    }

    /// Rewrites all formulas of a goal.
    fn goal(&self, goal: &mut Goal) {
        let levels: Vec<&mut Level> = match &mut goal.rule {
            Rule::Levels { target, limit, stretch } => {
                std::iter::once(target).chain(limit).chain(stretch).collect()
            }
            Rule::Between { low, high } => vec![low, high],
            Rule::Check(_) => Vec::new(),
        };
        for level in levels.into_iter().chain(&mut goal.whole) {
            if let Level::Measure(measure) = level {
                *measure = self.measure(measure);
            }
        }
        for (_, part) in &mut goal.parts {
            *part = self.measure(part);
        }
    }

    /// The relation with everything below it rewritten.
    fn below_relation(&self, relation: &Relation) -> Relation {
        let rows = &relation.source;
        Relation {
            source: self.source(rows),
            filters: relation.filters.iter().map(|filter| self.expr(filter, rows)).collect(),
            alive: relation.alive.as_ref().map(|alive| Alive {
                from: self.expr(&alive.from, rows),
                until: alive.until.as_ref().map(|until| self.expr(until, rows)),
                moment: alive.moment,
            }),
            at: relation.at.clone(),
        }
    }

    /// The source with everything below it rewritten.
    fn source(&self, source: &RelationSource) -> RelationSource {
        match source {
            RelationSource::Join(join) => RelationSource::Join(Arc::new(Join {
                left: self.relation(&join.left),
                right: self.relation(&join.right),
                on: self.expr(&join.on, source),
            })),
            RelationSource::GroupBy(group) => RelationSource::GroupBy(Arc::new(GroupBy {
                input: self.relation(&group.input),
                key: self.column(&group.key),
                columns: group.columns.iter().map(|(name, of)| (name.clone(), self.measure(of))).collect(),
            })),
            RelationSource::Table(_) | RelationSource::Sql(_) => source.clone(),
        }
    }

    /// The expression with everything below it rewritten.
    fn below_expr(&self, expr: &Expr, rows: &RelationSource) -> Expr {
        let of = |inner: &Expr| self.expr(inner, rows);
        let kind = match &*expr.kind {
            ExprKind::Column(column) => ExprKind::Column(self.column(column)),
            ExprKind::Binary(op, a, b) => ExprKind::Binary(*op, of(a), of(b)),
            ExprKind::Not(a) => ExprKind::Not(of(a)),
            ExprKind::Negate(a) => ExprKind::Negate(of(a)),
            ExprKind::InList(a, list) => ExprKind::InList(of(a), list.clone()),
            ExprKind::InRows(a, others) => ExprKind::InRows(
                of(a),
                ColumnOfRows {
                    relation: self.relation(&others.relation),
                    column: self.expr(&others.column, &others.relation.source),
                },
            ),
            ExprKind::Matches(a, pattern) => ExprKind::Matches(of(a), Arc::clone(pattern)),
            ExprKind::Call(function, arguments) => {
                ExprKind::Call(*function, arguments.iter().map(of).collect())
            }
            ExprKind::Case { arms, otherwise } => ExprKind::Case {
                arms: arms.iter().map(|(condition, value)| (of(condition), of(value))).collect(),
                otherwise: otherwise.as_ref().map(of),
            },
            ExprKind::History(call) => ExprKind::History(Arc::new(HistoryCall {
                relation: self.relation(&call.relation),
                key: of(&call.key),
                order: call.order.as_ref().map(of),
                function: call.function,
                argument: call.argument.as_ref().map(of),
            })),
            ExprKind::Literal(_) | ExprKind::Period(_) => return expr.clone(),
        };
        Expr::new(kind, expr.at.clone())
    }
}
