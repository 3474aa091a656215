//! Operators, in every order of operands: columns, measures, and plain values
//! (in [`arithmetic`]).
//!
//! Each operator is one function of two values of any kind. Rhai looks for it
//! before its own, so that a pair nobody thought of is an error here, and not
//! Rhai's silent `false`.

use goalpost_core::Decimal;
use goalpost_core::expr::{BinaryOp, ExprKind, Literal, Step};
use goalpost_core::measure::{MeasureKind, MeasureOp};
use rhai::{Array, Dynamic, Engine, ImmutableString, Map, NativeCallContext};

use super::arithmetic::{self, refuse};
use super::{column, column_of, measure};
use crate::host::{Call, Fallible, raise};
use crate::value::column::{Column, is_condition, may_be_condition};
use crate::value::measure::Formula;
use crate::value::weight::Weight;
use crate::value::{Value, number};

/// Operators with the names Rhai calls them by.
const OPERATORS: [(&str, BinaryOp); 13] = [
    ("==", BinaryOp::Equal),
    ("!=", BinaryOp::NotEqual),
    ("<", BinaryOp::Less),
    ("<=", BinaryOp::LessOrEqual),
    (">", BinaryOp::Greater),
    (">=", BinaryOp::GreaterOrEqual),
    ("+", BinaryOp::Add),
    ("-", BinaryOp::Subtract),
    ("*", BinaryOp::Multiply),
    ("/", BinaryOp::Divide),
    ("and", BinaryOp::And),
    ("or", BinaryOp::Or),
    ("??", BinaryOp::Coalesce),
];

/// Operators that Rhai parses only when they are made known, with the
/// precedence of those they stand for.
const CUSTOM: [(&str, u8); 3] = [("and", 60), ("or", 30), ("??", 135)];

pub(super) fn register(engine: &mut Engine) {
    engine.set_fast_operators(false);
    engine.disable_symbol("??");
    for (name, precedence) in CUSTOM {
        // The names are constant and valid; a refusal would fail every test.
        let _ = engine.register_custom_operator(name, precedence);
    }
    for (name, op) in OPERATORS {
        let any = move |context: NativeCallContext, a: Dynamic, b: Dynamic| apply(&context, op, a, b);
        engine.register_fn(name, any);
        // Rhai's packages have these pairs too, and exact types go first.
        engine.register_fn(name, move |c: NativeCallContext, a: ImmutableString, b: Dynamic| {
            apply(&c, op, a.into(), b)
        });
        engine.register_fn(name, move |c: NativeCallContext, a: Dynamic, b: ImmutableString| {
            apply(&c, op, a, b.into())
        });
        engine.register_fn(name, move |c: NativeCallContext, a: ImmutableString, (): ()| {
            apply(&c, op, a.into(), Dynamic::UNIT)
        });
        engine.register_fn(name, move |c: NativeCallContext, (): (), b: ImmutableString| {
            apply(&c, op, Dynamic::UNIT, b.into())
        });
        engine.register_fn(name, move |c: NativeCallContext, a: Array, b: Array| {
            apply(&c, op, a.into(), b.into())
        });
        engine
            .register_fn(name, move |c: NativeCallContext, a: Map, b: Map| apply(&c, op, a.into(), b.into()));
    }
    for (name, op) in [
        ("+=", BinaryOp::Add),
        ("-=", BinaryOp::Subtract),
        ("*=", BinaryOp::Multiply),
        ("/=", BinaryOp::Divide),
    ] {
        let any = move |context: NativeCallContext, a: &mut Dynamic, b: Dynamic| -> Fallible<()> {
            *a = apply(&context, op, a.clone(), b)?;
            Ok(())
        };
        engine.register_fn(name, any);
        engine.register_fn(
            name,
            move |c: NativeCallContext, a: &mut ImmutableString, b: Dynamic| -> Fallible<()> {
                let result = apply(&c, op, a.clone().into(), b)?;
                if let Ok(text) = result.into_immutable_string() {
                    *a = text;
                }
                Ok(())
            },
        );
    }
    engine.register_fn("-", |context: NativeCallContext, a: Dynamic| negate(&Call::of(&context), a));
    engine.register_fn("+", |context: NativeCallContext, a: Dynamic| -> Fallible<Dynamic> {
        // As checked as a minus, and as it was.
        negate(&Call::of(&context), a.clone()).map(|_| a)
    });
    engine.register_fn("!", |context: NativeCallContext, a: Dynamic| not(&Call::of(&context), a));
}

fn apply(context: &NativeCallContext, op: BinaryOp, a: Dynamic, b: Dynamic) -> Fallible<Dynamic> {
    binary(&Call::of(context), op, Value::of(a), Value::of(b))
}

fn binary(call: &Call, op: BinaryOp, a: Value, b: Value) -> Fallible<Dynamic> {
    match (&a, &b) {
        (Value::Column(_), Value::Measure(_)) | (Value::Measure(_), Value::Column(_)) => Err(raise(
            call.mismatch(format!(
                "`{}` between a column (a value per row) and a measure (a value per period)",
                op.symbol()
            ))
            .help("aggregate the column first, e.g. deals.sum(deals.amount)"),
        )),
        (Value::Column(_), _) | (_, Value::Column(_)) => between_columns(call, op, a, b),
        (Value::Measure(_), _) | (_, Value::Measure(_)) => between_measures(call, op, a, b),
        _ => arithmetic::apply(call, op, a, b),
    }
}

fn between_columns(call: &Call, op: BinaryOp, a: Value, b: Value) -> Fallible<Dynamic> {
    if let Some(problem) = column_problem(op, &a, &b) {
        return Err(raise(call.mismatch(problem.0).help(problem.1)));
    }
    let is_known = |v: &Value| matches!(v, Value::Column(_)) || v.literal().is_some();
    if !is_known(&a) || !is_known(&b) {
        return Err(refuse(call, op, &a, &b));
    }
    let a = column_of(call, a, "the left side")?;
    let b = column_of(call, b, "the right side")?;
    if let Some(folded) = folded(op, &a, &b) {
        return Ok(Dynamic::from(folded));
    }
    let rows = a.rows.and(&b.rows);
    let made = column(call, ExprKind::Binary(op, a.expr, b.expr), rows, [a.weight, b.weight])?;
    Ok(Dynamic::from(made))
}

/// `true and c` is `c`; `false and c` is false. Parameters make such things.
fn folded(op: BinaryOp, a: &Column, b: &Column) -> Option<Column> {
    let (constant, constant_column, other) = match (a.as_literal(), b.as_literal()) {
        (Some(Literal::Bool(constant)), _) => (*constant, a, b),
        (_, Some(Literal::Bool(constant))) => (*constant, b, a),
        _ => return None,
    };
    match (op, constant) {
        (BinaryOp::And, true) | (BinaryOp::Or, false) => Some(other.clone()),
        (BinaryOp::And, false) | (BinaryOp::Or, true) => Some(constant_column.clone()),
        _ => None,
    }
}

/// What is wrong with an operator on a column, as far as the forms tell.
fn column_problem(op: BinaryOp, a: &Value, b: &Value) -> Option<(String, String)> {
    let symbol = op.symbol();
    let problem = |message: String, help: &str| Some((message, help.to_owned()));
    let sides = [a, b];
    let column_is = |wanted: fn(&goalpost_core::expr::Expr) -> bool| {
        sides.iter().any(|side| matches!(side, Value::Column(c) if wanted(&c.expr)))
    };
    let has_bool = sides.iter().any(|side| matches!(side, Value::Bool(_)));
    match op {
        BinaryOp::And | BinaryOp::Or => {
            for side in sides {
                let fits = match side {
                    Value::Column(column) => may_be_condition(&column.expr),
                    Value::Bool(_) => true,
                    _ => false,
                };
                if !fits {
                    let what = match side {
                        Value::Column(_) => "a value that is neither true nor false".to_owned(),
                        other => other.kind(),
                    };
                    return problem(
                        format!("`{symbol}` needs a condition on both sides, and one is {what}"),
                        "to compare with several values write deals.stage in [\"a\", \"b\"]",
                    );
                }
            }
            None
        }
        BinaryOp::Equal | BinaryOp::NotEqual => {
            let is_not = |expr: &goalpost_core::expr::Expr| matches!(&*expr.kind, ExprKind::Not(_));
            if !has_bool && column_is(is_not) {
                return problem(
                    format!(
                        "`!` covers only what is next to it, so this compares a negation with `{symbol}`"
                    ),
                    "write `not a == b`, `!(a == b)` or `a != b`",
                );
            }
            if column_is(is_condition) && !has_bool && !sides.iter().all(|side| is_condition_value(side)) {
                return problem(
                    format!("`{symbol}` compares a condition, which is true or false, with something else"),
                    "join two comparisons with `and`, e.g. 1 < deals.amount and deals.amount < 10",
                );
            }
            None
        }
        BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
            if column_is(is_condition) || has_bool {
                return problem(
                    format!("`{symbol}` compares a condition, which is true or false"),
                    "join two comparisons with `and`, e.g. 1 < deals.amount and deals.amount < 10",
                );
            }
            if sides.iter().any(|side| matches!(side, Value::Null)) {
                return problem(
                    format!("`{symbol}` with null is never true"),
                    "test for null with `== null` or `!= null`",
                );
            }
            None
        }
        BinaryOp::Coalesce => {
            if matches!(b, Value::Null) {
                return problem(
                    "`?? null` changes nothing".to_owned(),
                    "write the value to use instead of null",
                );
            }
            None
        }
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
            if column_is(is_condition) || has_bool {
                return problem(
                    format!("`{symbol}` does not work with a condition, which is true or false"),
                    "count the rows where it holds: deals.where(…).count(), or their share: deals.share(…)",
                );
            }
            if sides.iter().any(|side| matches!(side, Value::Null)) {
                return problem(format!("`{symbol}` with null is always null"), "leave it out");
            }
            let text = sides.iter().find_map(|side| match side {
                Value::Text(text) => Some(text),
                _ => None,
            })?;
            if op == BinaryOp::Subtract && is_date(text) {
                return None;
            }
            problem(
                format!("`{symbol}` does not work between a column and a text"),
                "a column has no value while the script loads; to make names from texts, join texts only",
            )
        }
    }
}

/// Whether a text can stand for a date beside a date column.
fn is_date(text: &str) -> bool {
    text.get(..10).is_some_and(|day| day.parse::<chrono::NaiveDate>().is_ok())
}

fn is_condition_value(value: &Value) -> bool {
    match value {
        Value::Column(column) => may_be_condition(&column.expr),
        Value::Bool(_) => true,
        _ => false,
    }
}

fn between_measures(call: &Call, op: BinaryOp, a: Value, b: Value) -> Fallible<Dynamic> {
    let made = match op {
        BinaryOp::Add => MeasureOp::Add,
        BinaryOp::Subtract => MeasureOp::Subtract,
        BinaryOp::Multiply => MeasureOp::Multiply,
        BinaryOp::Divide => MeasureOp::Divide,
        BinaryOp::Coalesce => {
            let (a, b) = (formula_of(call, op, a, &b)?, formula_of(call, op, b, &Value::Null)?);
            let made = measure(call, MeasureKind::Coalesce(a.measure, b.measure), [a.weight, b.weight])?;
            return Ok(Dynamic::from(made));
        }
        _ => {
            return Err(raise(
                call.mismatch(format!(
                    "`{}` on a measure: it has no value while the script loads",
                    op.symbol()
                ))
                .help(
                    "set a target with goal(…), or decide in a function: parts: #{ x: … }, value: |m| if m.x …",
                ),
            ));
        }
    };
    let (left, right) = (formula_of(call, op, a.clone(), &b)?, formula_of(call, op, b, &a)?);
    let parts = [left.weight, right.weight];
    Ok(Dynamic::from(measure(call, MeasureKind::Binary(made, left.measure, right.measure), parts)?))
}

/// A measure, or a constant as one.
fn formula_of(call: &Call, op: BinaryOp, value: Value, other: &Value) -> Fallible<Formula> {
    as_formula(call, value).map_err(|value| refuse(call, op, &value, other))?
}

/// A measure, or a number or fixed duration as one; the value itself if it is
/// none of these.
pub(super) fn as_formula(call: &Call, value: Value) -> Result<Fallible<Formula>, Value> {
    match value {
        Value::Measure(formula) => Ok(Ok(formula)),
        Value::Number(number) => Ok(measure(call, MeasureKind::Number(number.normalize()), [])),
        Value::Duration(step) if step.unit.seconds().is_some() => {
            Ok(measure(call, MeasureKind::Duration(step), []))
        }
        Value::Duration(step) => Ok(Err(raise(
            call.mismatch(format!("{step} has no fixed length, so it cannot be part of a formula"))
                .help("write it in days, e.g. 30.days"),
        ))),
        other => Err(other),
    }
}

fn negate(call: &Call, value: Dynamic) -> Fallible<Dynamic> {
    match Value::of(value) {
        Value::Number(number) => Ok(number::dynamic(-number)),
        Value::Duration(step) => match step.count.checked_neg() {
            Some(count) => Ok(Dynamic::from(Step { count, unit: step.unit })),
            None => Err(raise(call.mismatch("this duration is too long"))),
        },
        Value::Column(of) if !is_condition(&of.expr) => {
            Ok(Dynamic::from(column(call, ExprKind::Negate(of.expr), of.rows, [of.weight])?))
        }
        Value::Measure(of) => {
            let minus = measure(call, MeasureKind::Number(Decimal::NEGATIVE_ONE), [])?;
            let kind = MeasureKind::Binary(MeasureOp::Multiply, minus.measure, of.measure);
            Ok(Dynamic::from(measure(call, kind, [of.weight, Weight::LEAF])?))
        }
        other => Err(raise(call.mismatch(format!("`-` does not work on {}", other.kind())))),
    }
}

fn not(call: &Call, value: Dynamic) -> Fallible<Dynamic> {
    match Value::of(value) {
        Value::Bool(bool) => Ok((!bool).into()),
        Value::Column(of) if may_be_condition(&of.expr) => {
            Ok(Dynamic::from(column(call, ExprKind::Not(of.expr), of.rows, [of.weight])?))
        }
        Value::Column(_) => Err(raise(
            call.mismatch("`not` needs a condition, and this is a value that is neither true nor false"),
        )),
        other => Err(raise(call.mismatch(format!("`not` does not work on {}", other.kind())))),
    }
}
