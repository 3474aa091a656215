//! Values that belong to spans of time or to segments: `spread`,
//! `business_time`, `split`.

use goalpost_core::expr::{BinaryOp, Expr, ExprKind, Function, Literal, PeriodBound, Step, StepUnit};
use goalpost_core::measure::{Aggregate, AggregateFunction, MeasureKind};
use goalpost_core::name::DimensionName;
use goalpost_core::source::At;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::{column, measure, real_column_of, text_of};
use crate::host::{Call, Fallible};
use crate::value::Value;
use crate::value::column::Column;
use crate::value::measure::Formula;
use crate::value::table::{self, Rows};
use crate::value::weight::Weight;

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn(
        "spread",
        |context: NativeCallContext, rows: Rows, value: Dynamic, from: Dynamic, until: Dynamic| {
            spread(&Call::of(&context), rows, [value, from, until].map(Value::of))
        },
    );
    engine.register_fn("business_time", |context: NativeCallContext, from: Dynamic, until: Dynamic| {
        business_time(&Call::of(&context), Value::of(from), Value::of(until))
    });
    engine.register_fn("split", |context: NativeCallContext, of: Formula, name: Dynamic| {
        split(&Call::of(&context), of, &Value::of(name))
    });
}

/// The sum of a value over the rows, each prorated by the part of its span
/// that lies within the period.
fn spread(call: &Call, rows: Rows, [value, from, until]: [Value; 3]) -> Fallible<Formula> {
    let value = real_column_of(call, value, "the value to spread")?;
    let from = real_column_of(call, from, "the start of the span")?;
    let until = real_column_of(call, until, "the end of the span")?;
    for expr in [&value.expr, &from.expr, &until.expr] {
        table::check_belongs(&rows.relation, expr)?;
    }
    let build = Builder { at: call.at.clone() };
    let [start, end] =
        [PeriodBound::Start, PeriodBound::End].map(|bound| build.expr(ExprKind::Period(bound)));
    // What of the span lies before the period, and what after it.
    let before = build.if_positive(&start, &from.expr);
    let after = build.if_positive(&until.expr, &end);
    let length = build.binary(BinaryOp::Subtract, until.expr.clone(), from.expr.clone());
    let rest = build.binary(BinaryOp::Subtract, length.clone(), before);
    let overlap = build.binary(BinaryOp::Subtract, rest, after);
    // In days, since an amount times a duration is nothing; multiplied before it
    // is divided, so that the parts of a whole add up to it.
    let days = |time: Expr| build.binary(BinaryOp::Divide, time, build.day());
    let weighted = build.binary(BinaryOp::Multiply, value.expr.clone(), days(overlap));
    let part = build.binary(BinaryOp::Divide, weighted, days(length));
    // Rows that may overlap the period, and rows of which nobody can say: those
    // without one of the dates, or with an end that is not after the beginning.
    // The latter have no part, so that they are counted as left out.
    let forwards = build.binary(BinaryOp::Less, from.expr.clone(), until.expr.clone());
    let backwards = build.binary(BinaryOp::LessOrEqual, until.expr.clone(), from.expr.clone());
    let begins_after = build.binary(BinaryOp::GreaterOrEqual, from.expr, end);
    let ended_before = build.binary(BinaryOp::LessOrEqual, until.expr, start);
    let apart = build.binary(BinaryOp::Or, begins_after, ended_before);
    let overlaps = build.expr(ExprKind::Not(apart));
    let part = build.expr(ExprKind::Case { arms: vec![(forwards, part)], otherwise: None });
    let mut relation = (*rows.relation).clone();
    relation.filters.push(build.binary(BinaryOp::Or, overlaps, backwards));
    let aggregate =
        Aggregate { relation, function: AggregateFunction::Spread, argument: Some(part), time: None };
    let weights = [rows.weight, value.weight, from.weight, from.weight, until.weight, until.weight];
    measure(call, MeasureKind::Aggregate(aggregate), weights)
}

struct Builder {
    at: At,
}

impl Builder {
    fn expr(&self, kind: ExprKind) -> Expr {
        Expr::new(kind, self.at.clone())
    }

    fn binary(&self, op: BinaryOp, a: Expr, b: Expr) -> Expr {
        self.expr(ExprKind::Binary(op, a, b))
    }

    fn day(&self) -> Expr {
        self.expr(ExprKind::Literal(Literal::Step(Step { count: 1, unit: StepUnit::Day })))
    }

    /// The time from `b` to `a` where `a` is later, else none.
    fn if_positive(&self, a: &Expr, b: &Expr) -> Expr {
        let later = self.binary(BinaryOp::Greater, a.clone(), b.clone());
        let time = self.binary(BinaryOp::Subtract, a.clone(), b.clone());
        let none = Step { count: 0, unit: StepUnit::Second };
        let otherwise = Some(self.expr(ExprKind::Literal(Literal::Step(none))));
        self.expr(ExprKind::Case { arms: vec![(later, time)], otherwise })
    }
}

/// Working time between two dates of a row.
fn business_time(call: &Call, from: Value, until: Value) -> Fallible<Column> {
    let from = real_column_of(call, from, "the start of the working time")?;
    let until = real_column_of(call, until, "its end")?;
    let parts: [Weight; 2] = [from.weight, until.weight];
    let rows = from.rows.and(&until.rows);
    column(call, ExprKind::Call(Function::BusinessTime, vec![from.expr, until.expr]), rows, parts)
}

/// One value per segment, for a function to work on.
fn split(call: &Call, of: Formula, name: &Value) -> Fallible<Formula> {
    let name = text_of(call, name, "the name of a dimension")?;
    measure(call, MeasureKind::Split(of.measure, DimensionName::from(name)), [of.weight])
}
