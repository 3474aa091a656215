//! `in` and `not in`: lists, other tables' columns, texts and maps.

use goalpost_core::expr::{ColumnOfRows, ExprKind, Literal};
use rhai::{Array, Dynamic, Engine, INT, ImmutableString, Map, NativeCallContext};

use super::{arithmetic, column};
use crate::host::{Call, Fallible, raise};
use crate::value::Value;
use crate::value::column::{Column, Origin, is_condition};

pub(super) fn register(engine: &mut Engine) {
    // `a in b` calls `contains(b, a)`. Rhai's packages compare a column with
    // each item and take what comes of it for false, so their pairs are taken over.
    engine.register_fn("contains", |c: NativeCallContext, b: Dynamic, a: Dynamic| contains(&c, b, a));
    engine.register_fn("contains", |c: NativeCallContext, b: Array, a: Dynamic| contains(&c, b.into(), a));
    engine.register_fn("contains", |c: NativeCallContext, b: Map, a: Dynamic| contains(&c, b.into(), a));
    engine.register_fn("contains", |c: NativeCallContext, b: ImmutableString, a: Dynamic| {
        contains(&c, b.into(), a)
    });
    engine
        .register_fn("index_of", |c: NativeCallContext, list: Array, item: Dynamic| index_of(&c, list, item));
}

fn contains(context: &NativeCallContext, container: Dynamic, item: Dynamic) -> Fallible<Dynamic> {
    let call = Call::of(context);
    match (Value::of(item), Value::of(container)) {
        (Value::Column(item), Value::List(list)) => in_list(&call, item, list),
        (Value::Column(item), Value::Column(rows)) => in_rows(&call, item, rows),
        (Value::Column(_), Value::Table(_)) => Err(raise(
            call.mismatch("`in` needs a column of the other table, not the table itself")
                .help("name the column, e.g. deals.customer_id in customers.id"),
        )),
        (Value::Column(_), other) => Err(raise(
            call.mismatch(format!("`in` does not work between a column and {}", other.kind())).help(
                "write a list, e.g. deals.stage in [\"won\", \"lost\"]; a range is .between(1, 5), a part of a text .matches(\"…\")",
            ),
        )),
        (item, Value::Column(_)) => Err(raise(
            call.mismatch(format!("`in` looks for {} in a column of rows", item.kind()))
                .help("turn it around: deals.stage in [\"won\"], or deals.stage.matches(\"…\") for a part of a text"),
        )),
        (item, Value::List(list)) => {
            for candidate in list {
                let candidate = Value::of(candidate);
                match arithmetic::equal(&item, &candidate) {
                    Some(true) => return Ok(true.into()),
                    Some(false) => {}
                    None => {
                        return Err(raise(call.mismatch(format!(
                            "`in` compares {} with {}",
                            item.kind(),
                            candidate.kind()
                        ))));
                    }
                }
            }
            Ok(false.into())
        }
        (Value::Text(item), Value::Text(text)) => Ok(text.contains(&*item).into()),
        (Value::Text(item), Value::Map(map)) => Ok(map.contains_key(&*item).into()),
        (item, container) => Err(raise(
            call.mismatch(format!("`in` does not work between {} and {}", item.kind(), container.kind())),
        )),
    }
}

fn index_of(context: &NativeCallContext, list: Array, item: Dynamic) -> Fallible<INT> {
    let item = Value::of(item);
    for (index, candidate) in (0..).zip(list) {
        let candidate = Value::of(candidate);
        match arithmetic::equal(&item, &candidate) {
            Some(true) => return Ok(index),
            Some(false) => {}
            None => {
                let kinds = (item.kind(), candidate.kind());
                let message = format!("`index_of` compares {} with {}", kinds.0, kinds.1);
                return Err(raise(Call::of(context).mismatch(message)));
            }
        }
    }
    Ok(-1)
}

fn in_list(call: &Call, item: Column, list: Array) -> Fallible<Dynamic> {
    if list.is_empty() {
        return Err(raise(
            call.mismatch("`in []` is never true: the list is empty").help("name the values wanted"),
        ));
    }
    if is_condition(&item.expr) {
        return Err(raise(
            call.mismatch("`in` tests a condition, which is true or false")
                .help("write `not (a in b)` or `a not in b`"),
        ));
    }
    let mut literals = Vec::with_capacity(list.len());
    for candidate in list {
        let candidate = Value::of(candidate);
        match candidate.literal() {
            Some(literal) if !literals.contains(&literal) => literals.push(literal),
            Some(_) => {}
            None => {
                return Err(raise(
                    call.mismatch(format!("a list for `in` holds {}", candidate.kind()))
                        .help("list texts, numbers or null; compare with another column by `==`"),
                ));
            }
        }
    }
    let kind = |literal: &Literal| std::mem::discriminant(literal);
    let mut kinds = literals.iter().filter(|l| !matches!(l, Literal::Null)).map(kind);
    let first = kinds.next();
    if kinds.any(|other| Some(other) != first) {
        return Err(raise(
            call.mismatch("a list for `in` mixes texts and numbers").help("write all of them in one way"),
        ));
    }
    Ok(Dynamic::from(column(call, ExprKind::InList(item.expr, literals), item.rows, [item.weight])?))
}

fn in_rows(call: &Call, item: Column, rows: Column) -> Fallible<Dynamic> {
    let Origin::Rows(of) = &rows.rows else {
        return Err(raise(
            call.mismatch("the right side of `in` mixes columns of different rows")
                .help("take it from one table, e.g. deals.customer_id in active.customer_id"),
        ));
    };
    let column_of_rows = ColumnOfRows { relation: (*of.relation).clone(), column: rows.expr };
    let kind = ExprKind::InRows(item.expr, column_of_rows);
    Ok(Dynamic::from(column(call, kind, item.rows, [item.weight, rows.weight, of.weight])?))
}
