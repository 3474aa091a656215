//! Functions of plain numbers and lists, for functions of metrics and for
//! what scripts build from parameters.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Code;
use rhai::{Array, Dynamic, Engine, NativeCallContext};
use rust_decimal::RoundingStrategy;

use crate::host::{Call, Fallible, raise};
use crate::value::{Undefined, Value, number};

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Undefined>("undefined result");
    engine.register_fn("undefined", |context: NativeCallContext, why: Dynamic| {
        let call = Call::of(&context);
        super::text_of(&call, &Value::of(why), "the reason of `undefined`")
            .map(|why| Undefined(why.to_string()))
    });
    type OfList = fn(&Call, Vec<Decimal>) -> Fallible<Decimal>;
    let lists: [(&str, OfList); 5] = [
        ("sum", |call, list| total(call, &list)),
        ("mean", |call, list| Ok(total(call, &list)? / Decimal::from(list.len()))),
        ("median", median),
        ("min", |_, list| Ok(list.into_iter().min().unwrap_or_default())),
        ("max", |_, list| Ok(list.into_iter().max().unwrap_or_default())),
    ];
    for (name, function) in lists {
        engine.register_fn(name, move |context: NativeCallContext, list: Array| -> Fallible<Dynamic> {
            let call = Call::of(&context);
            let list = numbers(&call, name, list)?;
            if list.is_empty() && name != "sum" {
                return Err(raise(
                    call.error(Code::ScriptError, format!("`{name}` of an empty list has no value"))
                        .help("return undefined(\"why\") when the list is empty"),
                ));
            }
            function(&call, list).map(number::dynamic)
        });
    }
    for (name, smaller) in [("min", true), ("max", false)] {
        engine.register_fn(name, move |context: NativeCallContext, a: Dynamic, b: Dynamic| {
            extreme(&Call::of(&context), name, smaller, &Value::of(a), &Value::of(b))
        });
    }
    for (name, function) in [
        ("abs", Decimal::abs as fn(&Decimal) -> Decimal),
        ("floor", Decimal::floor),
        ("ceiling", Decimal::ceil),
        ("round", |n| n.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)),
    ] {
        engine.register_fn(name, move |context: NativeCallContext, of: Dynamic| {
            one(&Call::of(&context), name, &Value::of(of)).map(|n| number::dynamic(function(&n)))
        });
    }
    engine.register_fn("round", |context: NativeCallContext, of: Dynamic, digits: Dynamic| {
        let call = Call::of(&context);
        let of = one(&call, "round", &Value::of(of))?;
        let digits = one(&call, "round", &Value::of(digits))?;
        let digits = number::whole(digits).and_then(|d| u32::try_from(d).ok()).filter(|d| *d <= 28);
        match digits {
            Some(digits) => {
                Ok(number::dynamic(of.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)))
            }
            None => Err(raise(call.mismatch("`round` takes 0 to 28 digits"))),
        }
    });
    engine.register_fn("sqrt", |context: NativeCallContext, of: Dynamic| {
        let call = Call::of(&context);
        let of = one(&call, "sqrt", &Value::of(of))?;
        square_root(of).map(number::dynamic).ok_or_else(|| {
            raise(call.error(Code::ScriptError, format!("the square root of {of} has no value")))
        })
    });
    engine
        .register_fn("sort", |context: NativeCallContext, list: &mut Array| sort(&Call::of(&context), list));
    engine.register_fn("parse_number", |context: NativeCallContext, text: Dynamic| {
        let call = Call::of(&context);
        let text = super::text_of(&call, &Value::of(text), "the text of `parse_number`")?;
        match text.trim().parse::<Decimal>() {
            Ok(value) => Ok(number::dynamic(value)),
            Err(_) => Err(raise(call.mismatch(format!("`{text}` is not a number")))),
        }
    });
}

fn one(call: &Call, name: &str, value: &Value) -> Fallible<Decimal> {
    match value {
        Value::Number(number) => Ok(*number),
        Value::Column(_) => Err(raise(
            call.mismatch(format!("`{name}` does not work on a column"))
                .help("compute with + - * / and the functions of columns, or round what is shown"),
        )),
        Value::Measure(_) => Err(raise(
            call.mismatch(format!(
                "`{name}` does not work on a measure: it has no value while the script loads"
            ))
            .help("compute it in a function: parts: #{ x: … }, value: |m| …"),
        )),
        other => Err(raise(call.mismatch(format!("`{name}` does not work on {}", other.kind())))),
    }
}

fn numbers(call: &Call, name: &str, list: Array) -> Fallible<Vec<Decimal>> {
    list.into_iter().map(|item| one(call, name, &Value::of(item))).collect()
}

fn total(call: &Call, list: &[Decimal]) -> Fallible<Decimal> {
    list.iter()
        .try_fold(Decimal::ZERO, |sum, n| sum.checked_add(*n))
        .ok_or_else(|| raise(call.error(Code::ScriptError, "the result is too large a number")))
}

/// The middle value; the mean of the two middle ones.
fn median(_: &Call, mut list: Vec<Decimal>) -> Fallible<Decimal> {
    list.sort_unstable();
    let middle = list.len() / 2;
    let upper = list.get(middle).copied().unwrap_or_default();
    if list.len() % 2 == 1 {
        return Ok(upper);
    }
    let lower = middle.checked_sub(1).and_then(|i| list.get(i)).copied().unwrap_or_default();
    // Halves first, where the sum or difference would be too large.
    let middle = upper.checked_sub(lower).map(|gap| lower + gap / Decimal::TWO);
    Ok(middle.unwrap_or_else(|| lower / Decimal::TWO + upper / Decimal::TWO))
}

fn extreme(call: &Call, name: &str, smaller: bool, a: &Value, b: &Value) -> Fallible<Dynamic> {
    let (a, b) = (one(call, name, a)?, one(call, name, b)?);
    Ok(number::dynamic(if smaller { a.min(b) } else { a.max(b) }))
}

/// By Newton's method, to the digits that a decimal holds.
fn square_root(of: Decimal) -> Option<Decimal> {
    if of.is_sign_negative() && !of.is_zero() {
        return None;
    }
    if of.is_zero() {
        return Some(Decimal::ZERO);
    }
    let mut guess = if of > Decimal::ONE { of / Decimal::TWO } else { Decimal::ONE };
    for _ in 0..200 {
        let next = (guess + of.checked_div(guess)?) / Decimal::TWO;
        if (next - guess).abs() <= Decimal::new(1, 27) {
            return Some(next.round_dp(24));
        }
        guess = next;
    }
    Some(guess.round_dp(24))
}

/// Numbers or texts, not both: Rhai would leave a mixed list in any order.
fn sort(call: &Call, list: &mut Array) -> Fallible<()> {
    let values: Vec<Value> = list.iter().cloned().map(Value::of).collect();
    let all_numbers = values.iter().all(|v| matches!(v, Value::Number(_)));
    let all_texts = values.iter().all(|v| matches!(v, Value::Text(_)));
    if !all_numbers && !all_texts {
        return Err(raise(call.mismatch("only lists of numbers or lists of texts can be sorted")));
    }
    let mut pairs: Vec<(Value, Dynamic)> = values.into_iter().zip(list.drain(..)).collect();
    pairs.sort_by(|(a, _), (b, _)| match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    });
    list.extend(pairs.into_iter().map(|(_, item)| item));
    Ok(())
}
