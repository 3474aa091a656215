//! `test(name, || …)` and what gives it its rows: `given`, `rows`, `as_of`.
//!
//! The body runs once, while the script loads, and leaves data behind.

use std::collections::BTreeMap;

use goalpost_core::calendar::{AsOf, Calendar};
use goalpost_core::case::{Case, Expectation, Fixture, FixtureColumn};
use goalpost_core::diagnostic::{Code, did_you_mean};
use goalpost_core::expr::{Literal, RelationSource};
use goalpost_core::name::{ColumnName, ParamName, TableName};
use rhai::{Array, Dynamic, Engine, FnPtr, NativeCallContext};

use super::open_case::{OpenCase, OpenExpectation};
use super::{NOTHING, counts};
use crate::function::without_memory;
use crate::host::{Call, Fallible, raise};
use crate::value::{Value, number};

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("test", |context: NativeCallContext, name: Dynamic, body: Dynamic| {
        test(&context, &Value::of(name), None, Value::of(body))
    });
    engine.register_fn(
        "test",
        |context: NativeCallContext, name: Dynamic, params: Dynamic, body: Dynamic| {
            test(&context, &Value::of(name), Some(Value::of(params)), Value::of(body))
        },
    );
    engine.register_fn("given", |context: NativeCallContext, table: Dynamic, rows: Dynamic| {
        given(&Call::of(&context), &Value::of(table), Value::of(rows))
    });
    engine.register_fn("rows", |context: NativeCallContext, count: Dynamic, row: Dynamic| {
        rows(&context, &Value::of(count), Value::of(row))
    });
    engine.register_fn("as_of", |context: NativeCallContext, moment: Dynamic| {
        as_of(&Call::of(&context), &Value::of(moment))
    });
}

/// The test that is running, or an error.
pub(super) fn in_test<T>(call: &Call, what: &str, then: impl FnOnce(&mut OpenCase) -> T) -> Fallible<T> {
    match &mut call.host.state().case {
        Some(case) => Ok(then(case)),
        None => Err(raise(
            call.error(Code::ScriptError, format!("`{what}` outside of a test"))
                .help(format!("write it inside test(\"…\", || {{ {what}(…) }})")),
        )),
    }
}

fn test(context: &NativeCallContext, name: &Value, params: Option<Value>, body: Value) -> Fallible<Dynamic> {
    let call = &Call::of(context);
    if !counts(call, "test")? {
        return Ok(NOTHING);
    }
    let Value::Text(name) = name else {
        return Err(raise(call.mismatch(format!("the name of a test is {}, not a text", name.kind()))));
    };
    let Value::Function(body) = body else {
        return Err(raise(
            call.mismatch(format!("the body of a test is {}, not a function", body.kind()))
                .help("write test(\"what it shows\", || { given(…); expect(…) })"),
        ));
    };
    let params = params_of(call, params)?;
    call.host.state().case = Some(OpenCase::default());
    let result = run(context, &body);
    let case = call.host.state().case.take().unwrap_or_default();
    let _: Dynamic = result?;
    let expectations = complete(call, case.expectations)?;
    let case = Case {
        name: name.to_string(),
        params,
        as_of: case.as_of,
        fixtures: case.fixtures,
        expectations,
        layer: call.layer(),
        at: call.span(),
    };
    call.host.state().definitions.cases.push(case);
    Ok(NOTHING)
}

fn run(context: &NativeCallContext, body: &FnPtr) -> Fallible<Dynamic> {
    without_memory(body).call_within_context(context, ())
}

fn params_of(call: &Call, params: Option<Value>) -> Fallible<Vec<(ParamName, Literal)>> {
    let map = match params {
        None => return Ok(Vec::new()),
        Some(Value::Map(map)) => map,
        Some(other) => {
            return Err(raise(
                call.mismatch(format!("the parameters of a test are {}, not a map", other.kind()))
                    .help("write test(\"…\", #{ new_customer_months: 6 }, || { … })"),
            ));
        }
    };
    let mut params = Vec::with_capacity(map.len());
    for (name, value) in map {
        let value = Value::of(value);
        match value.literal() {
            Some(literal) => params.push((ParamName::from(name.as_str()), literal)),
            None => {
                return Err(raise(
                    call.mismatch(format!("parameter `{name}` is {}", value.kind())).at(call.key(&[&name])),
                ));
            }
        }
    }
    Ok(params)
}

fn complete(call: &Call, open: Vec<OpenExpectation>) -> Fallible<Vec<Expectation>> {
    if open.is_empty() {
        return Err(raise(
            call.error(Code::ScriptError, "this test expects nothing, so it would always pass")
                .help("write expect(\"metric\", \"2026-01\").equals(…)"),
        ));
    }
    let mut expectations = Vec::with_capacity(open.len());
    let mut problems = Vec::new();
    for open in open {
        match open.matcher {
            Some(matcher) => expectations.push(Expectation {
                subject: open.subject,
                period: open.period,
                segment: open.segment,
                matcher,
                at: open.at,
            }),
            None => problems.push(
                call.error(Code::ScriptError, "this expectation expects nothing, so it would always pass")
                    .at(open.at)
                    .help("say what: .equals(0.5), .is_no_data(), .is_undefined(), .is_met(), …"),
            ),
        }
    }
    super::settle(call, problems)?;
    Ok(expectations)
}

fn given(call: &Call, table: &Value, rows: Value) -> Fallible<Dynamic> {
    let table = table_name(call, table)?;
    let Value::List(list) = rows else {
        return Err(raise(
            call.mismatch(format!("the rows given are {}, not a list of maps", rows.kind()))
                .help("write given(\"deals\", [#{ outcome: \"won\", closed_at: \"2026-01-10\" }])"),
        ));
    };
    let mut rows = Vec::with_capacity(list.len());
    let mut names: BTreeMap<ColumnName, usize> = BTreeMap::new();
    for (index, row) in list.into_iter().enumerate() {
        rows.push(cells(call, index, Value::of(row), &mut names)?);
    }
    let columns = names.into_iter().map(|(name, row)| {
        let at = call.cell(name.as_str());
        (name, FixtureColumn { row, at })
    });
    let columns = columns.collect();
    let fixture = Fixture { table, rows, columns, at: call.span() };
    in_test(call, "given", |case| case.fixtures.push(fixture))?;
    Ok(NOTHING)
}

fn table_name(call: &Call, table: &Value) -> Fallible<TableName> {
    match table {
        Value::Text(name) if call.host.tables.contains(&**name) => Ok(TableName::from(&**name)),
        Value::Text(name) => Err(raise(
            call.error(Code::UnknownTable, format!("no table is called `{name}`"))
                .help(did_you_mean(name, call.host.tables.iter().map(TableName::as_str))),
        )),
        Value::Table(rows) => match &rows.relation.source {
            RelationSource::Table(name) if rows.relation.filters.is_empty() => Ok(name.clone()),
            _ => Err(raise(call.mismatch("rows are given to a whole table, and this one is filtered"))),
        },
        other => Err(raise(call.mismatch(format!("the table given rows is {}", other.kind())))),
    }
}

/// The cells of a row; `names` learns which columns it names.
fn cells(
    call: &Call,
    index: usize,
    row: Value,
    names: &mut BTreeMap<ColumnName, usize>,
) -> Fallible<Vec<(ColumnName, Literal)>> {
    let Value::Map(row) = row else {
        return Err(raise(
            call.mismatch(format!("row {} is {}, not a map", index + 1, row.kind()))
                .help("write #{ column: value }"),
        ));
    };
    let mut cells = Vec::with_capacity(row.len());
    for (name, value) in row {
        if !names.contains_key(name.as_str()) {
            names.insert(ColumnName::from(name.as_str()), index);
        }
        let value = Value::of(value);
        match value.literal() {
            Some(Literal::Null) => {}
            Some(literal) if !matches!(literal, Literal::Step(_)) => {
                cells.push((ColumnName::from(name.as_str()), literal));
            }
            _ => {
                return Err(raise(
                    call.mismatch(format!("`{name}` of row {} is {}", index + 1, value.kind()))
                        .help("cells are texts (dates too), numbers, true, false or null"),
                ));
            }
        }
    }
    Ok(cells)
}

/// `rows(3, #{ … })`, or `rows(3, |i| #{ … })` with i from 0.
fn rows(context: &NativeCallContext, count: &Value, row: Value) -> Fallible<Array> {
    let call = Call::of(context);
    let count = match count {
        Value::Number(n) => number::whole(*n).and_then(|n| usize::try_from(n).ok()),
        _ => None,
    };
    let Some(count) = count else {
        return Err(raise(call.mismatch("`rows` takes a number of rows and a row")));
    };
    if count > call.host.limits.list_size {
        return Err(raise(call.error(
            Code::ScriptLimit,
            format!("{count} rows are more than the {} that a test may have", call.host.limits.list_size),
        )));
    }
    match row {
        Value::Map(row) => Ok(vec![Dynamic::from_map(row); count]),
        Value::Function(function) => {
            let mut rows = Array::with_capacity(count.min(1024));
            for index in 0..count {
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                let row: Dynamic = without_memory(&function).call_within_context(context, (index,))?;
                match Value::of(row) {
                    Value::Map(row) => rows.push(Dynamic::from_map(row)),
                    other => {
                        return Err(raise(
                            call.mismatch(format!(
                                "the function of `rows` returns {}, not a map",
                                other.kind()
                            ))
                            .help("write rows(3, |i| #{ id: i })"),
                        ));
                    }
                }
            }
            Ok(rows)
        }
        other => Err(raise(call.mismatch(format!("a row is a map, not {}", other.kind())))),
    }
}

fn as_of(call: &Call, moment: &Value) -> Fallible<Dynamic> {
    let Value::Text(text) = moment else {
        return Err(raise(call.mismatch(format!("`as_of` is {}, not a text", moment.kind()))));
    };
    if let Err(problem) = AsOf::parse(text, &Calendar::default()) {
        return Err(raise(call.error(Code::BadDate, problem.to_string())));
    }
    let twice = in_test(call, "as_of", |case| case.as_of.replace((text.to_string(), call.span())))?;
    match twice {
        None => Ok(NOTHING),
        Some((_, first)) => Err(raise(
            call.error(Code::Duplicate, "`as_of` is set twice in this test").related(first, "the first"),
        )),
    }
}
