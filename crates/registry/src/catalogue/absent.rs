//! Optional columns of the catalogue that a project does not map, where the
//! script says what takes their place.
//!
//! In `stage_changes.left_at ?? …` the column is null in every row of a project
//! that has none, so what stands on the right is all there is. Anywhere else a
//! column that is not mapped makes the metric unavailable: a formula that wants
//! the column, and not a stand-in for it, says `when(t.c != null, t.c)`.

use std::sync::Arc;

use goalpost_core::canonical;
use goalpost_core::definition::Metric;
use goalpost_core::expr::{
    Alive, BinaryOp, ColumnOfRows, ColumnRef, Expr, ExprKind, GroupBy, HistoryCall, Join, Owner, Relation,
    RelationSource,
};
use goalpost_core::goal::{Goal, Level, Rule};
use goalpost_core::measure::{Aggregate, FunctionCall, Measure, MeasureKind};
use goalpost_core::schema::{Schema, Unresolved};

/// Puts what takes its place where an absent column stands.
#[derive(Clone, Copy)]
pub(super) struct Absent<'a> {
    pub(super) schema: &'a Schema,
}

impl Absent<'_> {
    /// Changes all formulas of a metric.
    pub(super) fn in_metric(self, metric: &mut Metric) {
        metric.value = self.measure(&metric.value);
        metric.time = metric.time.as_ref().map(|time| self.expr(time));
        for dimension in &mut metric.by {
            dimension.column = dimension.column.as_ref().map(|column| self.column(column));
        }
    }

    /// Changes all formulas of a goal.
    pub(super) fn in_goal(self, goal: &mut Goal) {
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

    /// The measure without absent columns on the left of `??`.
    fn measure(self, measure: &Measure) -> Measure {
        let of = |inner: &Measure| self.measure(inner);
        let kind = match &*measure.kind {
            MeasureKind::Aggregate(aggregate) => MeasureKind::Aggregate(Aggregate {
                relation: self.relation(&aggregate.relation),
                function: aggregate.function,
                argument: aggregate.argument.as_ref().map(|argument| self.expr(argument)),
                time: aggregate.time.as_ref().map(|time| self.expr(time)),
            }),
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

    fn relation(self, relation: &Relation) -> Relation {
        Relation {
            source: self.source(&relation.source),
            filters: relation.filters.iter().map(|filter| self.expr(filter)).collect(),
            alive: relation.alive.as_ref().map(|alive| Alive {
                from: self.expr(&alive.from),
                until: alive.until.as_ref().map(|until| self.expr(until)),
                moment: alive.moment,
            }),
            at: relation.at.clone(),
        }
    }

    fn source(self, source: &RelationSource) -> RelationSource {
        match source {
            RelationSource::Join(join) => RelationSource::Join(Arc::new(Join {
                left: self.relation(&join.left),
                right: self.relation(&join.right),
                on: self.expr(&join.on),
            })),
            RelationSource::GroupBy(group) => RelationSource::GroupBy(Arc::new(GroupBy {
                input: self.relation(&group.input),
                key: self.column(&group.key),
                columns: group.columns.iter().map(|(name, of)| (name.clone(), self.measure(of))).collect(),
            })),
            RelationSource::Table(_) | RelationSource::Sql(_) => source.clone(),
        }
    }

    /// The column of what its owner becomes.
    fn column(self, column: &ColumnRef) -> ColumnRef {
        match &column.owner {
            Owner::Table(_) => column.clone(),
            Owner::Derived(source) => {
                ColumnRef { owner: Owner::Derived(self.source(source)), path: column.path.clone() }
            }
        }
    }

    /// The expression without absent columns on the left of `??`.
    fn expr(self, expr: &Expr) -> Expr {
        let of = |inner: &Expr| self.expr(inner);
        let kind = match &*expr.kind {
            ExprKind::Binary(BinaryOp::Coalesce, a, b) => {
                let (a, b) = (of(a), of(b));
                if self.is_absent(&a) {
                    return b;
                }
                ExprKind::Binary(BinaryOp::Coalesce, a, b)
            }
            ExprKind::Binary(op, a, b) => ExprKind::Binary(*op, of(a), of(b)),
            ExprKind::Not(a) => ExprKind::Not(of(a)),
            ExprKind::Negate(a) => ExprKind::Negate(of(a)),
            ExprKind::InList(a, list) => ExprKind::InList(of(a), list.clone()),
            ExprKind::InRows(a, rows) => ExprKind::InRows(
                of(a),
                ColumnOfRows { relation: self.relation(&rows.relation), column: of(&rows.column) },
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
            ExprKind::Column(column) => ExprKind::Column(self.column(column)),
            ExprKind::Literal(_) | ExprKind::Period(_) => return expr.clone(),
        };
        Expr::new(kind, expr.at.clone())
    }

    /// Whether this is a column that a canonical table may have and this
    /// project's does not.
    fn is_absent(self, expr: &Expr) -> bool {
        let ExprKind::Column(column) = &*expr.kind else { return false };
        let Owner::Table(table) = &column.owner else { return false };
        let Err(Unresolved::Column { table, name, as_reference: false }) =
            self.schema.resolve(table, &column.path)
        else {
            return false;
        };
        let canonical = canonical::table(table.as_str()).and_then(|table| table.column(name.as_str()));
        canonical.is_some_and(|column| !column.required)
    }
}
