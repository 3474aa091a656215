//! What can be done with a column: its references, its functions, cases.

use std::sync::Arc;

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Code;
use goalpost_core::expr::{BinaryOp, ColumnRef, Expr, ExprKind, Function, Literal};
use goalpost_core::name::ColumnName;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::{column, column_of, condition_of, text_of};
use crate::host::{Call, Fallible, raise};
use crate::value::column::{Column, Origin, is_condition};
use crate::value::{Value, number};

/// Functions of a column alone.
const PLAIN: [Function; 8] = [
    Function::Lower,
    Function::Upper,
    Function::Trim,
    Function::Digits,
    Function::Length,
    Function::Year,
    Function::Month,
    Function::Weekday,
];

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Column>("column");
    engine.register_indexer_get(|context: NativeCallContext, of: &mut Column, name: Dynamic| {
        property(&Call::of(&context), of, &Value::of(name))
    });
    for function in PLAIN {
        engine.register_fn(function.name(), move |context: NativeCallContext, of: Column| {
            function_of(&Call::of(&context), function, of, None)
        });
    }
    for function in [Function::Left, Function::Right] {
        engine.register_fn(function.name(), move |context: NativeCallContext, of: Column, n: Dynamic| {
            let call = Call::of(&context);
            let n = count(&call, &Value::of(n), "the number of characters")?;
            function_of(&call, function, of, Some(n))
        });
    }
    engine.register_fn("between", |context: NativeCallContext, of: Column, a: Dynamic, b: Dynamic| {
        between(&Call::of(&context), of, Value::of(a), Value::of(b))
    });
    engine.register_fn("matches", |context: NativeCallContext, of: Column, pattern: Dynamic| {
        matches(&Call::of(&context), of, &Value::of(pattern))
    });
    engine.register_fn("when", |context: NativeCallContext, condition: Dynamic, value: Dynamic| {
        when(&Call::of(&context), None, Value::of(condition), Value::of(value))
    });
    engine.register_fn(
        "when",
        |context: NativeCallContext, of: Column, condition: Dynamic, value: Dynamic| {
            when(&Call::of(&context), Some(of), Value::of(condition), Value::of(value))
        },
    );
    engine.register_fn("otherwise", |context: NativeCallContext, of: Column, value: Dynamic| {
        otherwise(&Call::of(&context), of, Value::of(value))
    });
    // A column in a text has no value to show; Rhai would show its insides.
    engine.register_fn("to_string", |context: NativeCallContext, _: Column| shown(&context, "a column"));
    engine.register_fn("to_string", |context: NativeCallContext, _: crate::value::measure::Formula| {
        shown(&context, "a measure")
    });
    engine.register_fn("to_string", |context: NativeCallContext, _: crate::value::table::Rows| {
        shown(&context, "a table")
    });
}

fn shown(context: &NativeCallContext, what: &str) -> String {
    let call = Call::of(context);
    call.host.report(
        call.mismatch(format!("{what} cannot be part of a text: it has no value while the script loads"))
            .help("use its name as a text instead"),
    );
    what.to_owned()
}

/// A column through a reference: `deals.rep.manager`.
fn property(call: &Call, of: &Column, name: &Value) -> Fallible<Dynamic> {
    let name = text_of(call, name, "the name of a column")?;
    let ExprKind::Column(from) = &*of.expr.kind else {
        return Err(raise(
            call.error(Code::UnknownName, format!("a computed value has no column `{name}`"))
                .help("take the column first, e.g. deals.rep.manager, and compute with it"),
        ));
    };
    let mut path = from.path.clone();
    path.push(ColumnName::from(name));
    let to = ColumnRef { owner: from.owner.clone(), path };
    Ok(Dynamic::from(column(call, ExprKind::Column(to), of.rows.clone(), [of.weight])?))
}

/// A column of rows.
pub(super) fn of_rows(
    call: &Call,
    owner: goalpost_core::expr::Owner,
    name: Arc<str>,
    rows: &crate::value::table::Rows,
) -> Fallible<Column> {
    let reference = ColumnRef { owner, path: vec![ColumnName::from(name)] };
    let rows = Origin::Rows(rows.clone());
    column(call, ExprKind::Column(reference), rows, [])
}

fn function_of(call: &Call, function: Function, of: Column, n: Option<i64>) -> Fallible<Dynamic> {
    if is_condition(&of.expr) {
        return Err(raise(call.mismatch(format!(
            "`{}` does not work on a condition, which is true or false",
            function.name()
        ))));
    }
    let mut arguments = vec![of.expr];
    if let Some(n) = n {
        arguments.push(Expr::new(ExprKind::Literal(Literal::Number(Decimal::from(n))), call.at.clone()));
    }
    Ok(Dynamic::from(column(call, ExprKind::Call(function, arguments), of.rows, [of.weight])?))
}

/// A whole number from 1.
fn count(call: &Call, value: &Value, wanted: &str) -> Fallible<i64> {
    match value {
        Value::Number(given) if number::whole(*given).is_some_and(|n| n > 0) => {
            Ok(number::whole(*given).unwrap_or(1))
        }
        Value::Number(given) => {
            Err(raise(call.mismatch(format!("{wanted} is {given}, not a whole number from 1"))))
        }
        other => Err(raise(call.mismatch(format!("{wanted} is {}, not a number", other.kind())))),
    }
}

/// Both ends included.
fn between(call: &Call, of: Column, a: Value, b: Value) -> Fallible<Dynamic> {
    for (bound, which) in [(&a, "the lower bound"), (&b, "the upper bound")] {
        if matches!(bound, Value::Null | Value::Bool(_)) {
            return Err(raise(call.mismatch(format!("{which} of `between` is {}", bound.kind()))));
        }
    }
    if let (Some(Literal::Number(low)), Some(Literal::Number(high))) = (a.literal(), b.literal())
        && low > high
    {
        return Err(raise(
            call.mismatch(format!("nothing is between {low} and {high}"))
                .help("write the smaller bound first"),
        ));
    }
    let (a, b) = (column_of(call, a, "the lower bound")?, column_of(call, b, "the upper bound")?);
    let compare = |op, bound: &Column| {
        Expr::new(ExprKind::Binary(op, of.expr.clone(), bound.expr.clone()), call.at.clone())
    };
    let kind = ExprKind::Binary(
        BinaryOp::And,
        compare(BinaryOp::GreaterOrEqual, &a),
        compare(BinaryOp::LessOrEqual, &b),
    );
    let rows = of.rows.and(&a.rows).and(&b.rows);
    Ok(Dynamic::from(column(call, kind, rows, [of.weight, of.weight, a.weight, b.weight])?))
}

/// Patterns are compiled here once, so that a wrong one is found while the
/// script loads and at its place.
fn matches(call: &Call, of: Column, pattern: &Value) -> Fallible<Dynamic> {
    let pattern = text_of(call, pattern, "the pattern")?;
    if let Err(problem) = regex::RegexBuilder::new(&pattern).size_limit(1 << 20).build() {
        let last = problem.to_string().lines().last().unwrap_or_default().trim().to_owned();
        let reason = last.strip_prefix("error: ").unwrap_or(&last).to_owned();
        return Err(raise(
            call.mismatch(format!("`{pattern}` is not a regular expression: {reason}"))
                .help("write patterns in backticks, e.g. deals.name.matches(`^ACME \\d+`)"),
        ));
    }
    Ok(Dynamic::from(column(call, ExprKind::Matches(of.expr, pattern), of.rows, [of.weight])?))
}

fn when(call: &Call, of: Option<Column>, condition: Value, value: Value) -> Fallible<Dynamic> {
    let condition = condition_of(call, condition, "the condition of `when`")?;
    let value = column_of(call, value, "the value of `when`")?;
    let (mut arms, mut rows, mut weights) = (Vec::new(), Origin::Nowhere, Vec::new());
    if let Some(of) = of {
        match &*of.expr.kind {
            ExprKind::Case { arms: before, otherwise: None } => arms.clone_from(before),
            ExprKind::Case { .. } => {
                return Err(raise(call.mismatch("`when` after `otherwise`").help("put `otherwise` last")));
            }
            _ => {
                return Err(raise(
                    call.mismatch("`when` on a column").help("start with when(condition, value)"),
                ));
            }
        }
        rows = of.rows;
        weights.push(of.weight);
    }
    rows = rows.and(&condition.rows).and(&value.rows);
    weights.extend([condition.weight, value.weight]);
    arms.push((condition.expr, value.expr));
    Ok(Dynamic::from(column(call, ExprKind::Case { arms, otherwise: None }, rows, weights)?))
}

fn otherwise(call: &Call, of: Column, value: Value) -> Fallible<Dynamic> {
    let ExprKind::Case { arms, otherwise: None } = &*of.expr.kind else {
        return Err(raise(
            call.mismatch("`otherwise` without `when`")
                .help("start with when(condition, value); for nulls write column ?? value"),
        ));
    };
    let value = column_of(call, value, "the value of `otherwise`")?;
    let kind = ExprKind::Case { arms: arms.clone(), otherwise: Some(value.expr) };
    Ok(Dynamic::from(column(call, kind, of.rows.and(&value.rows), [of.weight, value.weight])?))
}
