//! What can be done with a measure: its time column and its window.

use goalpost_core::diagnostic::{Code, did_you_mean};
use goalpost_core::expr::{Expr, Moment, Step, StepUnit};
use goalpost_core::measure::{Aggregate, Measure, MeasureKind, MeasureOp, Shift, WindowShape};
use rhai::{Dynamic, Engine, NativeCallContext};

use super::operators::as_formula;
use super::periods::is_a_period;
use super::{measure, real_column_of, text_of};
use crate::host::{Call, Fallible, raise};
use crate::value::measure::Formula;
use crate::value::{Value, number, table};

/// The year of whole weeks, for `to_date`.
const WEEK_YEAR: &str = "week_year";

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Formula>("measure");
    engine.register_fn("on", |context: NativeCallContext, of: Formula, time: Dynamic| {
        on(&Call::of(&context), of, Value::of(time))
    });
    type Shape = fn(Shift) -> WindowShape;
    for (name, shape) in [
        ("previous", WindowShape::Previous as Shape),
        ("next", WindowShape::Next as Shape),
        ("trailing", WindowShape::Trailing as Shape),
    ] {
        let window = move |call: &Call, of: Formula, shift: Shift| -> Fallible<Dynamic> {
            let kind = MeasureKind::Window(of.measure, shape(shift));
            Ok(Dynamic::from(measure(call, kind, [of.weight])?))
        };
        register_shifted(engine, name, window);
    }
    register_shifted(engine, "growth", |call, of, shift| {
        Ok(Dynamic::from(measure(call, MeasureKind::Growth(of.measure, shift), [of.weight])?))
    });
    engine.register_fn("to_date", |context: NativeCallContext, of: Formula, unit: Dynamic| {
        let call = Call::of(&context);
        let text = text_of(&call, &Value::of(unit), "the unit of time")?;
        let shape = match StepUnit::parse(&text) {
            Some(unit) => WindowShape::ToDate(unit),
            None if &*text == WEEK_YEAR => WindowShape::WeekYearToDate,
            None => {
                let known = ["day", "week", "month", "quarter", "year", WEEK_YEAR];
                let unknown = call.error(Code::UnknownName, format!("`{text}` is no unit of time"));
                return Err(raise(unknown.help(did_you_mean(&text, known))));
            }
        };
        measure(&call, MeasureKind::Window(of.measure, shape), [of.weight])
    });
    engine.register_fn("all_time", |context: NativeCallContext, of: Formula| {
        let kind = MeasureKind::Window(of.measure, WindowShape::AllTime);
        measure(&Call::of(&context), kind, [of.weight])
    });
    engine.register_fn("in_period", |context: NativeCallContext, of: Formula, period: Dynamic| {
        let call = Call::of(&context);
        let label = text_of(&call, &Value::of(period), "the period of `in_period`")?;
        is_a_period(&label).map_err(|bad| raise(call.error(Code::BadDate, bad.to_string())))?;
        measure(&call, MeasureKind::InPeriod(of.measure, label), [of.weight])
    });
    engine.register_fn("total", |context: NativeCallContext, of: Formula| {
        measure(&Call::of(&context), MeasureKind::Total(of.measure), [of.weight])
    });
    engine.register_fn("average", |context: NativeCallContext, of: Formula| average(&Call::of(&context), of));
    for (name, op) in [("min", MeasureOp::Min), ("max", MeasureOp::Max)] {
        let two = move |context: NativeCallContext, a: Formula, b: Dynamic| {
            extreme(&Call::of(&context), op, Value::Measure(a), Value::of(b))
        };
        engine.register_fn(name, two);
        engine.register_fn(name, move |context: NativeCallContext, a: Dynamic, b: Formula| {
            extreme(&Call::of(&context), op, Value::of(a), Value::Measure(b))
        });
        engine.register_fn(name, move |context: NativeCallContext, a: Formula, b: Formula| {
            extreme(&Call::of(&context), op, Value::Measure(a), Value::Measure(b))
        });
    }
}

/// Registers a method with a number of units: `(n, "month")`, `(n)`, `(3.months)`, `()`.
fn register_shifted(
    engine: &mut Engine,
    name: &str,
    make: impl Fn(&Call, Formula, Shift) -> Fallible<Dynamic> + Clone + Send + Sync + 'static,
) {
    let none = make.clone();
    engine.register_fn(name, move |context: NativeCallContext, of: Formula| {
        none(&Call::of(&context), of, Shift { count: 1, unit: None })
    });
    let one = make.clone();
    engine.register_fn(name, move |context: NativeCallContext, of: Formula, n: Dynamic| {
        let call = Call::of(&context);
        let shift = shift_of(&call, Value::of(n), None)?;
        one(&call, of, shift)
    });
    engine.register_fn(name, move |context: NativeCallContext, of: Formula, n: Dynamic, unit: Dynamic| {
        let call = Call::of(&context);
        let shift = shift_of(&call, Value::of(n), Some(Value::of(unit)))?;
        make(&call, of, shift)
    });
}

fn shift_of(call: &Call, n: Value, unit: Option<Value>) -> Fallible<Shift> {
    let (count, unit) = match (&n, unit) {
        (Value::Duration(Step { count, unit }), None) => (Some(*count), Some(*unit)),
        (Value::Number(n), None) => (number::whole(*n), None),
        (Value::Number(n), Some(unit)) => (number::whole(*n), Some(unit_of(call, &unit)?)),
        _ => {
            return Err(raise(
                call.mismatch(format!("the number of units is {}", n.kind()))
                    .help("e.g. .previous(1, \"year\") or .trailing(12, \"months\")"),
            ));
        }
    };
    match count.and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0) {
        Some(count) => Ok(Shift { count, unit }),
        None => Err(raise(
            call.mismatch("the number of units must be a whole number from 1")
                .help("previous and next say the direction; a number below 1 has no meaning"),
        )),
    }
}

fn unit_of(call: &Call, unit: &Value) -> Fallible<StepUnit> {
    let text = text_of(call, unit, "the unit of time")?;
    StepUnit::parse(&text).ok_or_else(|| {
        let known = StepUnit::ALL.map(StepUnit::singular);
        raise(
            call.error(Code::UnknownName, format!("`{text}` is no unit of time"))
                .help(did_you_mean(&text, known)),
        )
    })
}

fn on(call: &Call, of: Formula, time: Value) -> Fallible<Dynamic> {
    let time = real_column_of(call, time, "the time column of `on`")?;
    let MeasureKind::Aggregate(aggregate) = &*of.measure.kind else {
        return Err(raise(
            call.mismatch("`on` belongs to a single aggregate, and this is a formula")
                .help("give it to each part: a.count().on(a.closed_at) / b.count().on(b.created_at)"),
        ));
    };
    if aggregate.relation.alive.is_some() {
        return Err(raise(call.mismatch("rows at a moment need no time column").help("leave `.on(…)` out")));
    }
    check_time(aggregate, &time.expr)?;
    let mut aggregate: Aggregate = aggregate.clone();
    aggregate.time = Some(time.expr);
    let made = measure(call, MeasureKind::Aggregate(aggregate), [of.weight, time.weight])?;
    // The aggregate stays where it was written; `on` only adds to it.
    let measure = Measure { kind: made.measure.kind, at: of.measure.at };
    Ok(Dynamic::from(Formula { measure, weight: made.weight }))
}

fn check_time(aggregate: &Aggregate, time: &Expr) -> Fallible<()> {
    table::check_belongs(&aggregate.relation, time)
}

/// The mean of the daily closings of a stock.
fn average(call: &Call, of: Formula) -> Fallible<Dynamic> {
    if !is_of_closings(&of.measure) {
        return Err(raise(
            call.mismatch(
                "`average` is the mean of daily closings, and this is no measure at the end of a period",
            )
            .help(
                "e.g. customers.active(customers.started_at, customers.ended_at).at_end().count().average()",
            ),
        ));
    }
    Ok(Dynamic::from(measure(call, MeasureKind::DailyAverage(of.measure), [of.weight])?))
}

/// Whether all aggregates of a formula are of rows alive at the end.
fn is_of_closings(measure: &Measure) -> bool {
    match &*measure.kind {
        MeasureKind::Aggregate(aggregate) => {
            aggregate.relation.alive.as_ref().is_some_and(|alive| alive.moment == Moment::End)
        }
        MeasureKind::Metric(_) => true,
        MeasureKind::Number(_) | MeasureKind::Duration(_) => false,
        MeasureKind::Binary(_, a, b) | MeasureKind::Coalesce(a, b) => {
            let constant =
                |m: &Measure| matches!(&*m.kind, MeasureKind::Number(_) | MeasureKind::Duration(_));
            (is_of_closings(a) || constant(a)) && (is_of_closings(b) || constant(b))
        }
        MeasureKind::Total(a) => is_of_closings(a),
        _ => false,
    }
}

fn extreme(call: &Call, op: MeasureOp, a: Value, b: Value) -> Fallible<Dynamic> {
    let part = |value: Value| match as_formula(call, value) {
        Ok(formula) => formula,
        Err(other) => Err(raise(
            call.mismatch(format!("the smaller or larger of a measure and {} has no meaning", other.kind()))
                .help("min and max compare measures and numbers; of a column they are table.min(column)"),
        )),
    };
    let (a, b) = (part(a)?, part(b)?);
    Ok(Dynamic::from(measure(call, MeasureKind::Binary(op, a.measure, b.measure), [a.weight, b.weight])?))
}
