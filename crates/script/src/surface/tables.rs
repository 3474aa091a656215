//! What can be done with a table: choosing rows, joining, grouping, counting.

use std::sync::Arc;

use goalpost_core::Decimal;
use goalpost_core::diagnostic::{Code, did_you_mean};
use goalpost_core::expr::{
    Alive, BinaryOp, Expr, ExprKind, GroupBy, Join, Moment, Owner, Relation, RelationSource,
};
use goalpost_core::measure::{Aggregate, AggregateFunction, MeasureKind};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::source::At;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::operators::as_formula;
use super::{columns, condition_of, key_of, measure, real_column_of, text_of, weigh};
use crate::host::{Call, Fallible, raise};
use crate::value::Value;
use crate::value::column::is_condition;
use crate::value::history::History;
use crate::value::table::{self, Rows, Stock};
use crate::value::weight::Weight;

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Rows>("table");
    engine.register_type_with_name::<Stock>("stock");
    engine.register_indexer_get(|context: NativeCallContext, rows: &mut Rows, name: Dynamic| {
        property(&Call::of(&context), rows, &Value::of(name))
    });
    engine.register_fn("table", |context: NativeCallContext, name: Dynamic| {
        named(&Call::of(&context), &Value::of(name))
    });
    engine.register_fn("sql", |context: NativeCallContext, query: Dynamic| {
        sql(&Call::of(&context), &Value::of(query))
    });
    engine.register_fn("where", |context: NativeCallContext, rows: Rows, condition: Dynamic| {
        filter(&Call::of(&context), rows, Value::of(condition))
    });
    engine.register_fn("join", |context: NativeCallContext, rows: Rows, other: Dynamic, on: Dynamic| {
        join(&Call::of(&context), rows, Value::of(other), Value::of(on))
    });
    engine.register_fn("group_by", |context: NativeCallContext, rows: Rows, key: Dynamic, of: Dynamic| {
        group_by(&Call::of(&context), rows, Value::of(key), Value::of(of))
    });
    engine.register_fn("active", |context: NativeCallContext, rows: Rows, from: Dynamic| {
        active(&Call::of(&context), rows, Value::of(from), None)
    });
    engine.register_fn("active", |context: NativeCallContext, rows: Rows, from: Dynamic, until: Dynamic| {
        active(&Call::of(&context), rows, Value::of(from), Some(Value::of(until)))
    });
    for (name, moment) in [("at_start", Moment::Start), ("at_end", Moment::End), ("during", Moment::During)] {
        engine.register_fn(name, move |context: NativeCallContext, stock: Stock| {
            at_moment(&Call::of(&context), stock, moment)
        });
    }
    engine.register_fn("per", |context: NativeCallContext, rows: Rows, key: Dynamic| {
        per(&Call::of(&context), rows, Value::of(key), None)
    });
    engine.register_fn("per", |context: NativeCallContext, rows: Rows, key: Dynamic, order: Dynamic| {
        per(&Call::of(&context), rows, Value::of(key), Some(Value::of(order)))
    });
    register_aggregates(engine);
}

fn register_aggregates(engine: &mut Engine) {
    use AggregateFunction as F;
    engine.register_fn("count", |context: NativeCallContext, rows: Rows| {
        aggregate(&Call::of(&context), rows, F::Count, None)
    });
    for function in [F::CountDistinct, F::Sum, F::Mean, F::Median, F::Min, F::Max, F::Share] {
        let one = move |context: NativeCallContext, rows: Rows, of: Dynamic| {
            aggregate(&Call::of(&context), rows, function, Some(Value::of(of)))
        };
        engine.register_fn(function.name(), one);
    }
    engine.register_fn("percentile", |context: NativeCallContext, rows: Rows, of: Dynamic, p: Dynamic| {
        let call = Call::of(&context);
        let p = fraction(&call, &Value::of(p))?;
        aggregate(&call, rows, F::Percentile(p), Some(Value::of(of)))
    });
    engine.register_fn("aggregate", |context: NativeCallContext, rows: Rows, name: Dynamic| {
        by_name(&Call::of(&context), rows, &Value::of(name), None)
    });
    engine.register_fn("aggregate", |context: NativeCallContext, rows: Rows, name: Dynamic, of: Dynamic| {
        by_name(&Call::of(&context), rows, &Value::of(name), Some(Value::of(of)))
    });
}

fn table_of(call: &Call, relation: Relation, parts: impl IntoIterator<Item = Weight>) -> Fallible<Rows> {
    Ok(Rows { relation: Arc::new(relation), weight: weigh(call, parts)? })
}

/// A project table by its name, at no place yet.
pub(crate) fn plain(name: &TableName) -> Rows {
    let relation = Relation::table(name.clone(), At::default());
    Rows { relation: Arc::new(relation), weight: Weight::LEAF }
}

/// Rows at a place: a table's name alone does not tell Rhai's place.
fn placed(call: &Call, mut rows: Rows) -> Rows {
    if rows.relation.at.span().is_none() {
        Arc::make_mut(&mut rows.relation).at = call.at.clone();
    }
    rows
}

fn named(call: &Call, name: &Value) -> Fallible<Rows> {
    let name = text_of(call, name, "the name of a table")?;
    if call.host.tables.contains(&*name) {
        return table_of(call, Relation::table(TableName::from(name), call.at.clone()), []);
    }
    Err(raise(
        call.error(Code::UnknownTable, format!("no table is called `{name}`"))
            .help(did_you_mean(&name, call.host.tables.iter().map(TableName::as_str))),
    ))
}

fn sql(call: &Call, query: &Value) -> Fallible<Rows> {
    let query = text_of(call, query, "the query")?;
    let source = RelationSource::Sql(query);
    table_of(call, Relation { source, filters: Vec::new(), alive: None, at: call.at.clone() }, [])
}

fn property(call: &Call, rows: &Rows, name: &Value) -> Fallible<Dynamic> {
    let name = text_of(call, name, "the name of a column")?;
    let owner = match &rows.relation.source {
        RelationSource::Table(table) => Owner::Table(table.clone()),
        RelationSource::Join(_) => {
            return Err(raise(
                call.error(Code::UnknownName, format!("joined tables have no column `{name}` of their own"))
                    .help(format!(
                        "columns keep their tables: write them as columns of {}",
                        table::title(&rows.relation)
                    )),
            ));
        }
        source => Owner::Derived(source.clone()),
    };
    Ok(Dynamic::from(columns::of_rows(call, owner, name, rows)?))
}

fn check_belongs(rows: &Rows, expr: &Expr) -> Fallible<()> {
    table::check_belongs(&rows.relation, expr)
}

fn filter(call: &Call, rows: Rows, condition: Value) -> Fallible<Rows> {
    let condition = condition_of(call, condition, "the condition of `where`")?;
    check_belongs(&rows, &condition.expr)?;
    let mut relation = (*rows.relation).clone();
    relation.filters.push(condition.expr);
    relation.at = call.at.clone();
    table_of(call, relation, [rows.weight, condition.weight])
}

fn join(call: &Call, left: Rows, right: Value, on: Value) -> Fallible<Rows> {
    let Value::Table(right) = right else {
        return Err(raise(call.mismatch(format!("`join` needs a table, not {}", right.kind()))));
    };
    let (left, right) = (placed(call, left), placed(call, right));
    let on = condition_of(call, on, "the condition of `join`")?;
    let (left_owners, right_owners) = (table::owners(&left.relation), table::owners(&right.relation));
    if left_owners.iter().any(|owner| right_owners.contains(owner)) {
        return Err(raise(
            call.mismatch("a table cannot be joined with itself: its columns could not be told apart")
                .help("compare rows of one entity with .per(key), or keep one side with .group_by(…)"),
        ));
    }
    if !has_equality(&on.expr, &left_owners, &right_owners) {
        return Err(raise(
            call.mismatch("the condition of `join` needs an equality between the two tables")
                .help("e.g. orders.join(touches, orders.customer_id == touches.customer_id)"),
        ));
    }
    let weights = [left.weight, right.weight, on.weight];
    let join = Join { left: (*left.relation).clone(), right: (*right.relation).clone(), on: on.expr };
    let relation = Relation {
        source: RelationSource::Join(Arc::new(join)),
        filters: Vec::new(),
        alive: None,
        at: call.at.clone(),
    };
    let joined = table_of(call, relation, weights)?;
    if let RelationSource::Join(join) = &joined.relation.source {
        check_belongs(&joined, &join.on)?;
    }
    Ok(joined)
}

/// Whether an `and` of the condition compares a column of one side with one of the other.
fn has_equality(on: &Expr, left: &[Owner], right: &[Owner]) -> bool {
    match &*on.kind {
        ExprKind::Binary(BinaryOp::And, a, b) => has_equality(a, left, right) || has_equality(b, left, right),
        ExprKind::Binary(BinaryOp::Equal, a, b) => {
            let uses = |expr: &Expr, owners: &[Owner]| {
                expr.any(&mut |e| matches!(&*e.kind, ExprKind::Column(c) if owners.contains(&c.owner)))
            };
            (uses(a, left) && uses(b, right) && !uses(a, right) && !uses(b, left))
                || (uses(a, right) && uses(b, left) && !uses(a, left) && !uses(b, right))
        }
        _ => false,
    }
}

fn group_by(call: &Call, rows: Rows, key: Value, columns: Value) -> Fallible<Rows> {
    let rows = placed(call, rows);
    let key = real_column_of(call, key, "the key of `group_by`")?;
    check_belongs(&rows, &key.expr)?;
    let ExprKind::Column(reference) = &*key.expr.kind else {
        return Err(raise(
            call.mismatch("the key of `group_by` is computed")
                .help("write a plain column, e.g. orders.customer_id"),
        ));
    };
    let Value::Map(columns) = columns else {
        return Err(raise(
            call.mismatch(format!("`group_by` needs a map of measures, not {}", columns.kind()))
                .help("e.g. orders.group_by(orders.customer_id, #{ bought: orders.sum(orders.amount) })"),
        ));
    };
    let mut weights = vec![rows.weight, key.weight];
    let mut measures = Vec::with_capacity(columns.len());
    for (name, value) in columns {
        let value = Value::of(value);
        let Value::Measure(formula) = value else {
            return Err(raise(
                call.mismatch(format!("`{name}` of `group_by` is {}, not a measure", value.kind()))
                    .at(call.key(&[&name]))
                    .help("aggregate the rows of a group, e.g. orders.count()"),
            ));
        };
        weights.push(formula.weight);
        measures.push((ColumnName::from(name.as_str()), formula.measure));
    }
    if measures.is_empty() {
        return Err(raise(
            call.mismatch("`group_by` without measures").help("e.g. #{ orders: orders.count() }"),
        ));
    }
    let group = GroupBy { input: (*rows.relation).clone(), key: reference.clone(), columns: measures };
    let source = RelationSource::GroupBy(Arc::new(group));
    table_of(call, Relation { source, filters: Vec::new(), alive: None, at: call.at.clone() }, weights)
}

fn active(call: &Call, rows: Rows, from: Value, until: Option<Value>) -> Fallible<Stock> {
    if rows.relation.alive.is_some() {
        return Err(raise(
            call.mismatch("these rows are chosen by a lifetime already").help("call `active` once"),
        ));
    }
    let from = real_column_of(call, from, "the start of `active`")?;
    check_belongs(&rows, &from.expr)?;
    let until = match until {
        Some(until) => Some(real_column_of(call, until, "the end of `active`")?),
        None => None,
    };
    if let Some(until) = &until {
        check_belongs(&rows, &until.expr)?;
    }
    for date in std::iter::once(&from).chain(&until) {
        if is_condition(&date.expr) {
            return Err(raise(
                call.mismatch("`active` needs dates, and this is a condition")
                    .at(date.expr.at.clone())
                    .help("e.g. customers.active(customers.started_at, customers.ended_at)"),
            ));
        }
    }
    let weight = weigh(
        call,
        [Some(rows.weight), Some(from.weight), until.as_ref().map(|u| u.weight)].into_iter().flatten(),
    )?;
    Ok(Stock { rows, from: from.expr, until: until.map(|u| u.expr), weight })
}

fn at_moment(call: &Call, stock: Stock, moment: Moment) -> Fallible<Rows> {
    let mut relation = (*stock.rows.relation).clone();
    relation.alive = Some(Alive { from: stock.from, until: stock.until, moment });
    relation.at = call.at.clone();
    table_of(call, relation, [stock.weight])
}

fn per(call: &Call, rows: Rows, key: Value, order: Option<Value>) -> Fallible<History> {
    let rows = placed(call, rows);
    let key = key_of(call, key, "the key of `per`")?;
    check_belongs(&rows, &key.expr)?;
    let order = match order {
        Some(order) => Some(real_column_of(call, order, "the order of `per`")?),
        None => None,
    };
    if let Some(order) = &order {
        check_belongs(&rows, &order.expr)?;
    }
    let parts = [Some(rows.weight), Some(key.weight), order.as_ref().map(|o| o.weight)];
    let weight = weigh(call, parts.into_iter().flatten())?;
    Ok(History { relation: rows.relation, key: key.expr, order: order.map(|o| o.expr), weight })
}

fn by_name(call: &Call, rows: Rows, name: &Value, of: Option<Value>) -> Fallible<Dynamic> {
    use AggregateFunction as F;
    const NAMED: [F; 8] = [F::Count, F::CountDistinct, F::Sum, F::Mean, F::Median, F::Min, F::Max, F::Share];
    let name = text_of(call, name, "the name of an aggregate")?;
    let Some(function) = NAMED.into_iter().find(|function| function.name() == &*name) else {
        return Err(raise(
            call.error(Code::UnknownName, format!("no aggregate is called `{name}`"))
                .help(did_you_mean(&name, NAMED.iter().map(|function| function.name()))),
        ));
    };
    match (function, &of) {
        (F::Count, Some(_)) => Err(raise(call.mismatch("`count` counts rows and takes no column"))),
        (F::Count, None) => aggregate(call, rows, function, None),
        (_, None) => Err(raise(call.mismatch(format!("`{name}` needs a column")))),
        (_, Some(_)) => aggregate(call, rows, function, of),
    }
}

fn aggregate(call: &Call, rows: Rows, function: AggregateFunction, of: Option<Value>) -> Fallible<Dynamic> {
    let rows = placed(call, rows);
    let wanted = format!("the argument of `{}`", function.name());
    let argument = match of {
        None => None,
        Some(of) if function == AggregateFunction::Share => Some(condition_of(call, of, &wanted)?),
        Some(of) => {
            let column = match function {
                AggregateFunction::CountDistinct => key_of(call, of, &wanted)?,
                _ => real_column_of(call, of, &wanted)?,
            };
            if is_condition(&column.expr) {
                return Err(raise(
                    call.mismatch(format!("{wanted} is a condition, which is true or false"))
                        .help("count the rows where it holds: .where(…).count(), or their share: .share(…)"),
                ));
            }
            Some(column)
        }
    };
    if let Some(argument) = &argument {
        check_belongs(&rows, &argument.expr)?;
    }
    let parts = [Some(rows.weight), argument.as_ref().map(|a| a.weight)];
    let kind = MeasureKind::Aggregate(Aggregate {
        relation: (*rows.relation).clone(),
        function,
        argument: argument.map(|a| a.expr),
        time: None,
    });
    Ok(Dynamic::from(measure(call, kind, parts.into_iter().flatten())?))
}

fn fraction(call: &Call, value: &Value) -> Fallible<Decimal> {
    match value {
        Value::Number(p) if *p > Decimal::ZERO && *p < Decimal::ONE => Ok(p.normalize()),
        Value::Number(p) => Err(raise(
            call.mismatch(format!("a percentile is a fraction between 0 and 1, not {p}"))
                .help("the 90th percentile is 0.9, or 90.percent"),
        )),
        other => Err(raise(
            call.mismatch(format!("a percentile is a fraction, not {}", other.kind()))
                .help("the 90th percentile is 0.9, or 90.percent"),
        )),
    }
}

/// A measure, or what messages call the value instead.
pub(crate) fn measure_or_kind(call: &Call, value: Value) -> Result<crate::value::measure::Formula, String> {
    match as_formula(call, value) {
        Ok(Ok(formula)) => Ok(formula),
        Ok(Err(_)) => Err("a duration without a fixed length".to_owned()),
        Err(other) => Err(other.kind()),
    }
}
