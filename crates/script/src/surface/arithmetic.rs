//! Operators between plain values: exact numbers, texts, durations, lists.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Code;
use goalpost_core::expr::{BinaryOp, Step};
use rhai::{Array, Dynamic};

use crate::host::{Call, Fallible, divided_by_zero, raise};
use crate::value::column::is_comparison;
use crate::value::{Value, number};

/// Applies an operator to two plain values.
pub(super) fn apply(call: &Call, op: BinaryOp, a: Value, b: Value) -> Fallible<Dynamic> {
    match op {
        BinaryOp::Equal | BinaryOp::NotEqual => match equal(&a, &b) {
            Some(equal) => Ok((equal == (op == BinaryOp::Equal)).into()),
            None => Err(refuse(call, op, &a, &b)),
        },
        _ if is_comparison(op) => compare(call, op, &a, &b),
        BinaryOp::And | BinaryOp::Or => match (&a, &b) {
            (Value::Bool(a), Value::Bool(b)) => {
                Ok(if op == BinaryOp::And { *a && *b } else { *a || *b }.into())
            }
            _ => Err(refuse(call, op, &a, &b)),
        },
        BinaryOp::Coalesce => Ok(if matches!(a, Value::Null) { back(b) } else { back(a) }),
        _ => arithmetic(call, op, a, b),
    }
}

/// Whether two plain values are equal; `None` where they cannot be compared.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Null, Value::Null) => Some(true),
        (Value::Null, other) | (other, Value::Null) => {
            // Whether a column is null is not known while the script loads.
            (!matches!(other, Value::Column(_) | Value::Measure(_))).then_some(false)
        }
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Number(a), Value::Number(b)) => Some(a == b),
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Duration(a), Value::Duration(b)) => Some(match (seconds(*a), seconds(*b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        }),
        (Value::List(a), Value::List(b)) => {
            let mut all = a.len() == b.len();
            for (a, b) in a.iter().zip(b) {
                all &= equal(&Value::of(a.clone()), &Value::of(b.clone()))?;
            }
            Some(all)
        }
        (Value::Map(a), Value::Map(b)) => {
            let mut all = a.len() == b.len();
            for (key, a) in a {
                all &= match b.get(key) {
                    Some(b) => equal(&Value::of(a.clone()), &Value::of(b.clone()))?,
                    None => false,
                };
            }
            Some(all)
        }
        _ => None,
    }
}

fn seconds(step: Step) -> Option<i64> {
    step.unit.seconds().and_then(|unit| unit.checked_mul(step.count))
}

fn compare(call: &Call, op: BinaryOp, a: &Value, b: &Value) -> Fallible<Dynamic> {
    let order = match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => match (seconds(*a), seconds(*b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ if a.unit == b.unit => a.count.cmp(&b.count),
            _ => {
                return Err(raise(
                    call.mismatch(format!("{a} and {b} cannot be compared: a month has no fixed length")),
                ));
            }
        },
        _ => return Err(refuse(call, op, a, b)),
    };
    Ok(match op {
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessOrEqual => order.is_le(),
        BinaryOp::Greater => order.is_gt(),
        _ => order.is_ge(),
    }
    .into())
}

fn arithmetic(call: &Call, op: BinaryOp, a: Value, b: Value) -> Fallible<Dynamic> {
    let step = |count: Option<i64>, step: Step| match count {
        Some(count) => Ok(Dynamic::from(Step { count, unit: step.unit })),
        None => Err(raise(call.mismatch("this duration is too long, or not a whole number of its unit"))),
    };
    match (&a, &b, op) {
        (Value::Number(x), Value::Number(y), _) => {
            if op == BinaryOp::Divide && y.is_zero() {
                return Err(divided_by_zero(call.error(Code::ScriptError, format!("{x} is divided by 0"))));
            }
            let result = number::arithmetic(op, *x, *y)
                .ok_or_else(|| raise(call.error(Code::ScriptError, "the result is too large a number")))?;
            Ok(number::dynamic(result))
        }
        (Value::Text(a), Value::Text(b), BinaryOp::Add) => Ok(format!("{a}{b}").into()),
        (Value::Text(a), Value::Number(b), BinaryOp::Add) => Ok(format!("{a}{}", b.normalize()).into()),
        (Value::Number(a), Value::Text(b), BinaryOp::Add) => Ok(format!("{}{b}", a.normalize()).into()),
        (Value::List(a), Value::List(b), BinaryOp::Add) => {
            Ok(a.iter().chain(b).cloned().collect::<Array>().into())
        }
        (Value::Map(a), Value::Map(b), BinaryOp::Add) => {
            let mut all = a.clone();
            all.extend(b.clone());
            Ok(all.into())
        }
        (Value::Duration(x), Value::Duration(y), BinaryOp::Add) if x.unit == y.unit => {
            step(x.count.checked_add(y.count), *x)
        }
        (Value::Duration(x), Value::Duration(y), BinaryOp::Subtract) if x.unit == y.unit => {
            step(x.count.checked_sub(y.count), *x)
        }
        (Value::Duration(x), Value::Number(n), BinaryOp::Multiply)
        | (Value::Number(n), Value::Duration(x), BinaryOp::Multiply) => {
            step(n.checked_mul(Decimal::from(x.count)).and_then(number::whole), *x)
        }
        (Value::Duration(x), Value::Number(n), BinaryOp::Divide) => {
            step(Decimal::from(x.count).checked_div(*n).and_then(number::whole), *x)
        }
        _ => Err(refuse(call, op, &a, &b)),
    }
}

/// A plain value as Rhai's again.
fn back(value: Value) -> Dynamic {
    match value {
        Value::Table(rows) => Dynamic::from(rows),
        Value::Stock(stock) => Dynamic::from(stock),
        Value::History(history) => Dynamic::from(history),
        Value::List(list) => list.into(),
        Value::Map(map) => map.into(),
        Value::Function(function) => function.into(),
        Value::Column(column) => Dynamic::from(column),
        Value::Measure(formula) => Dynamic::from(formula),
        Value::Undefined(undefined) => Dynamic::from(undefined),
        other => other.literal().map_or(Dynamic::UNIT, |literal| crate::value::dynamic(&literal)),
    }
}

/// An operator between two values that it does not work between.
pub(super) fn refuse(call: &Call, op: BinaryOp, a: &Value, b: &Value) -> Box<rhai::EvalAltResult> {
    let message = format!("`{}` does not work between {} and {}", op.symbol(), a.kind(), b.kind());
    let problem = call.mismatch(message);
    let has = |wanted: fn(&Value) -> bool| wanted(a) || wanted(b);
    let help = if has(|v| matches!(v, Value::Table(_))) {
        Some("name a column of the table, or aggregate it, e.g. deals.count()")
    } else if has(|v| matches!(v, Value::Stock(_))) {
        Some("choose a moment first: .at_start(), .at_end() or .during()")
    } else if has(|v| matches!(v, Value::History(_))) {
        Some("choose a value of the history, e.g. history.rank() or history.first(column)")
    } else if has(|v| matches!(v, Value::Text(_))) && has(|v| matches!(v, Value::Number(_))) {
        Some("write numbers without quotes")
    } else if has(|v| matches!(v, Value::Column(_))) && has(|v| matches!(v, Value::List(_))) {
        Some("to compare with several values write deals.stage in [\"a\", \"b\"]")
    } else if has(|v| matches!(v, Value::Null)) {
        Some("null is no value: say what counts instead with `??`, or test `== null` first")
    } else if matches!((a, b), (Value::Duration(_), Value::Duration(_))) {
        Some("only durations of one unit can be added: a month has no fixed length")
    } else {
        None
    };
    raise(match help {
        Some(help) => problem.help(help),
        None => problem,
    })
}
