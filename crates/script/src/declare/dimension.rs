//! `dimension(name, [columns])`: one name for columns of several tables.

use goalpost_core::definition::SharedDimension;
use goalpost_core::diagnostic::Code;
use goalpost_core::expr::{ColumnRef, Owner};
use goalpost_core::name::DimensionName;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::fields::{name_of, plain_column};
use super::{NOTHING, counts};
use crate::host::{Call, Fallible, raise};
use crate::value::{Value, table};

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("dimension", |context: NativeCallContext, name: Dynamic, columns: Dynamic| {
        declare(&Call::of(&context), &Value::of(name), Value::of(columns))
    });
}

fn declare(call: &Call, name: &Value, columns: Value) -> Fallible<Dynamic> {
    if !counts(call, "dimension")? {
        return Ok(NOTHING);
    }
    let name = name_of(call, name, "dimension")?;
    let items: Vec<Value> = match columns {
        Value::List(list) => list.into_iter().map(Value::of).collect(),
        one => vec![one],
    };
    let mut columns: Vec<ColumnRef> = Vec::with_capacity(items.len());
    for item in &items {
        let Some(column) = plain_column(item) else {
            return Err(raise(
                call.mismatch(format!("dimension `{name}` lists {}, not a plain column", item.kind()))
                    .help("e.g. dimension(\"region\", [deals.region, customers.region])"),
            ));
        };
        if !matches!(column.owner, Owner::Table(_)) {
            return Err(raise(call.mismatch("a dimension is made of columns of the project's tables")));
        }
        if let Some(other) = columns.iter().find(|other| other.owner == column.owner) {
            return Err(raise(
                call.error(
                    Code::Duplicate,
                    format!(
                        "dimension `{name}` lists two columns of {}: `{}` and `{}`",
                        table::owner_title(&column.owner),
                        other.dotted(),
                        column.dotted()
                    ),
                )
                .help("one column per table"),
            ));
        }
        columns.push(column.clone());
    }
    if columns.is_empty() {
        return Err(raise(call.error(Code::ScriptError, format!("dimension `{name}` lists no column"))));
    }
    let dimension =
        SharedDimension { name: DimensionName::from(name), columns, layer: call.layer(), at: call.span() };
    call.host.state().definitions.dimensions.push(dimension);
    Ok(NOTHING)
}
