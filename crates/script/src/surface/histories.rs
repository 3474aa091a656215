//! What can be taken from the rows of the same entity.

use goalpost_core::expr::{ExprKind, HistoryCall, HistoryFunction};
use rhai::{Dynamic, Engine, NativeCallContext};

use super::{column, real_column_of};
use crate::host::{Call, Fallible, raise};
use crate::value::Value;
use crate::value::column::{Origin, is_condition};
use crate::value::history::History;
use crate::value::table::{self, Rows};

pub(super) fn register(engine: &mut Engine) {
    use HistoryFunction as F;
    engine.register_type_with_name::<History>("history");
    for function in [F::Rank, F::RankFromEnd, F::Count] {
        engine.register_fn(function.name(), move |context: NativeCallContext, history: History| {
            take(&Call::of(&context), history, function, None)
        });
    }
    for function in [F::First, F::Last, F::Previous, F::Next, F::Sum] {
        let one = move |context: NativeCallContext, history: History, of: Dynamic| {
            take(&Call::of(&context), history, function, Some(Value::of(of)))
        };
        engine.register_fn(function.name(), one);
    }
}

fn take(call: &Call, history: History, function: HistoryFunction, of: Option<Value>) -> Fallible<Dynamic> {
    use HistoryFunction as F;
    let needs_order = !matches!(function, F::Count | F::Sum);
    if needs_order && history.order.is_none() {
        return Err(raise(
            call.mismatch(format!("`{}` needs an order of the rows", function.name()))
                .help("give it to `per`, e.g. orders.per(orders.customer_id, orders.ordered_at)"),
        ));
    }
    let argument = match of {
        Some(of) => Some(real_column_of(call, of, &format!("the argument of `{}`", function.name()))?),
        None => None,
    };
    if let Some(argument) = &argument {
        table::check_belongs(&history.relation, &argument.expr)?;
        if function == F::Sum && is_condition(&argument.expr) {
            return Err(raise(
                call.mismatch("`sum` of a condition")
                    .help("count the rows where it holds: table.where(…).per(…).count()"),
            ));
        }
    }
    let parts = [Some(history.weight), argument.as_ref().map(|a| a.weight)];
    let rows = Origin::Rows(Rows { relation: history.relation.clone(), weight: history.weight });
    let kind = ExprKind::History(std::sync::Arc::new(HistoryCall {
        relation: (*history.relation).clone(),
        key: history.key,
        order: history.order,
        function,
        argument: argument.map(|a| a.expr),
    }));
    Ok(Dynamic::from(column(call, kind, rows, parts.into_iter().flatten())?))
}
