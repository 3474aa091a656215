//! Optional columns of the catalogue that a project does not map, where a blank
//! has a meaning.
//!
//! Such a column is null in every row. That is all there is to say
//!
//! - beside `??`: of `stage_changes.left_at ?? …` what stands on the other side is left;
//! - where a life ends: `customers.active(started_at, ended_at)` goes on;
//! - in a guard: `not (ended_at < started_at)` lets every row through;
//! - in an alternative that asks for the value: `… or phone != null and …` never holds.
//!
//! A reference over such a column (`touches.lead` without `lead_id`) leads nowhere
//! and is blank like it. Anywhere else what is not mapped makes the metric
//! unavailable: a formula that wants the column, and not a stand-in for it, says
//! `when(t.c != null, t.c)`.

use std::sync::Arc;

use goalpost_core::canonical;
use goalpost_core::definition::Metric;
use goalpost_core::expr::{
    Alive, BinaryOp, ColumnOfRows, ColumnRef, Expr, ExprKind, Function, GroupBy, HistoryCall, Join, Literal,
    Owner, Relation, RelationSource,
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

    /// The measure without absent columns where a blank has a meaning.
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
            filters: relation
                .filters
                .iter()
                .map(|filter| self.expr(filter))
                .filter(|filter| !self.is_open_guard(filter))
                .collect(),
            alive: relation.alive.as_ref().map(|alive| Alive {
                from: self.expr(&alive.from),
                until: alive
                    .until
                    .as_ref()
                    .map(|until| self.expr(until))
                    .filter(|until| !self.is_absent(until)),
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

    /// The expression without absent columns where a blank has a meaning.
    fn expr(self, expr: &Expr) -> Expr {
        let of = |inner: &Expr| self.expr(inner);
        let kind = match &*expr.kind {
            ExprKind::Binary(op @ (BinaryOp::Coalesce | BinaryOp::And | BinaryOp::Or), a, b) => {
                let (a, b) = (of(a), of(b));
                let is_nothing = |side: &Expr| match op {
                    BinaryOp::Coalesce => self.is_absent(side),
                    BinaryOp::And => self.is_open_guard(side),
                    _ => self.never_holds(side),
                };
                match (is_nothing(&a), is_nothing(&b)) {
                    (true, false) => return b,
                    (false, true) => return a,
                    _ => ExprKind::Binary(*op, a, b),
                }
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
    /// project's does not, or one behind a reference over such a column.
    fn is_absent(self, expr: &Expr) -> bool {
        let ExprKind::Column(column) = &*expr.kind else { return false };
        let Owner::Table(table) = &column.owner else { return false };
        let Err(Unresolved::Column { table, name, as_reference }) = self.schema.resolve(table, &column.path)
        else {
            return false;
        };
        let Some(canonical) = canonical::table(table.as_str()) else { return false };
        let known = if as_reference {
            let reference = canonical.references.iter().find(|known| known.name == name.as_str());
            let found = self.schema.tables.get(&table);
            reference
                .filter(|known| found.is_some_and(|found| found.column(known.on).is_none()))
                .and_then(|known| canonical.column(known.on))
        } else {
            canonical.column(name.as_str())
        };
        known.is_some_and(|column| !column.required)
    }

    /// Whether a value is null in every row because of an absent column.
    fn is_blank(self, expr: &Expr) -> bool {
        match &*expr.kind {
            ExprKind::Column(_) => self.is_absent(expr),
            ExprKind::Negate(inner) => self.is_blank(inner),
            ExprKind::Binary(
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide,
                a,
                b,
            ) => self.is_blank(a) || self.is_blank(b),
            ExprKind::Call(Function::Key, _) => false,
            ExprKind::Call(_, arguments) => arguments.iter().any(|argument| self.is_blank(argument)),
            ExprKind::Case { arms, otherwise } => {
                arms.iter().all(|(condition, value)| self.never_holds(condition) || self.is_blank(value))
                    && otherwise.as_ref().is_none_or(|value| self.is_blank(value))
            }
            _ => false,
        }
    }

    /// Whether a condition asks for a value that is absent: that it is there, or
    /// how it lies to another. What compares it with a word asks for the column.
    fn never_holds(self, condition: &Expr) -> bool {
        use BinaryOp::{And, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, Or};
        let is_null = |expr: &Expr| matches!(&*expr.kind, ExprKind::Literal(Literal::Null));
        match &*condition.kind {
            ExprKind::Binary(Less | LessOrEqual | Greater | GreaterOrEqual, a, b) => {
                self.is_blank(a) || self.is_blank(b)
            }
            ExprKind::Binary(NotEqual, a, b) => {
                is_null(a) && self.is_blank(b) || is_null(b) && self.is_blank(a)
            }
            ExprKind::Binary(And, a, b) => self.never_holds(a) || self.never_holds(b),
            ExprKind::Binary(Or, a, b) => self.never_holds(a) && self.never_holds(b),
            _ => false,
        }
    }

    /// Whether a condition keeps out only rows whose dates are out of order, and an
    /// absent date never is. What is measured against a length asks for the column.
    fn is_open_guard(self, condition: &Expr) -> bool {
        match &*condition.kind {
            ExprKind::Not(inner) => self.is_out_of_no_order(inner),
            ExprKind::Binary(BinaryOp::And, a, b) => self.is_open_guard(a) && self.is_open_guard(b),
            _ => false,
        }
    }

    fn is_out_of_no_order(self, condition: &Expr) -> bool {
        use BinaryOp::{And, Greater, GreaterOrEqual, Less, LessOrEqual, Or};
        match &*condition.kind {
            ExprKind::Binary(Less | LessOrEqual | Greater | GreaterOrEqual, a, b) => {
                self.is_absent(a) || self.is_absent(b)
            }
            ExprKind::Binary(And, a, b) => self.is_out_of_no_order(a) || self.is_out_of_no_order(b),
            ExprKind::Binary(Or, a, b) => self.is_out_of_no_order(a) && self.is_out_of_no_order(b),
            _ => false,
        }
    }
}
