//! Histories as columns: values from the other rows of the same entity.
//!
//! They are window functions. All histories that go by the same entity and order
//! share one sort; what is the same in any order shares it too where there is one,
//! and is else computed once per entity and joined to its rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column as Name, NullEquality, Result};
use datafusion::dataframe::DataFrame;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::functions_aggregate::{count::count_udaf, sum::sum_udaf};
use datafusion::functions_window::{lead_lag, nth_value, row_number::row_number_udwf};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    AggregateUDF, Expr as Df, ExprFunctionExt, JoinType, LogicalPlanBuilder, SortExpr, WindowFrame,
    WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, cast, lit, when,
};
use datafusion::scalar::ScalarValue;
use goalpost_core::expr::{Expr, ExprKind, HistoryCall, HistoryFunction, RelationSource};
use goalpost_core::row_type::RowType;

use super::rows::{RowContext, Rows, existing};
use super::scope::{Scope, Wanted};
use super::terms::{column, defect, exact, filtered};
use crate::relation::window::alive_filters;

/// A history on its way to a column.
struct Column<'e> {
    whole: Wanted<'e>,
    call: &'e HistoryCall,
    /// The columns that name its entity and say whether a row takes part.
    entity: String,
    part: String,
    order: Vec<Df>,
    argument: Option<Df>,
}

impl RowContext<'_> {
    /// Adds a column for each history among the expressions.
    pub(super) fn histories(
        &self,
        rows: Rows,
        source: &RelationSource,
        special: &[Wanted<'_>],
        default_time: Option<&Expr>,
    ) -> Result<Rows> {
        let Rows { frame, mut scope } = rows;
        let place = scope.len();
        let mut entities: Vec<Df> = Vec::new();
        let mut parts: Vec<Df> = Vec::new();
        let mut columns: Vec<Column<'_>> = Vec::new();
        let ties = self.ties(source, &scope);
        for whole in special {
            let ExprKind::History(call) = &*whole.expr.kind else { continue };
            let lowering = self.lowering(&scope, whole.bounds);
            let mut filters = call.relation.filters.clone();
            if let Some(alive) = &call.relation.alive {
                filters.extend(alive_filters(alive));
            }
            let mut takes_part = lowering.filters(&filters)?;
            if let Some(time) = default_time {
                let visible = lowering.visible(time)?;
                takes_part = Some(match takes_part {
                    Some(filters) => filters.and(visible),
                    None => visible,
                });
            }
            let takes_part = coalesce(vec![takes_part.unwrap_or_else(|| lit(true)), lit(false)]);
            let mut order: Vec<Df> =
                call.order.iter().map(|order| lowering.value(order)).collect::<Result<_>>()?;
            for tie in &ties {
                if !order.contains(tie) {
                    order.push(tie.clone());
                }
            }
            let argument = call.argument.as_ref().map(|argument| lowering.value(argument)).transpose()?;
            let argument = match (call.function, argument, &call.argument) {
                (HistoryFunction::Sum, Some(value), Some(argument)) => {
                    Some(exact(value, lowering.type_of(argument).unwrap_or(RowType::Null)))
                }
                (_, value, _) => value,
            };
            columns.push(Column {
                whole: *whole,
                call,
                entity: named(&mut entities, lowering.value(&call.key)?, &format!("#entity{place}.")),
                part: named(&mut parts, takes_part, &format!("#part{place}.")),
                order,
                argument,
            });
        }
        if columns.is_empty() {
            return Ok(Rows { frame, scope });
        }
        let own = existing(&frame);
        let mut select = own.clone();
        for (number, entity) in entities.into_iter().enumerate() {
            select.push(entity.alias(format!("#entity{place}.{number}")));
        }
        for (number, part) in parts.into_iter().enumerate() {
            select.push(part.alias(format!("#part{place}.{number}")));
        }
        let mut frame = frame.select(select)?;
        let prepared = frame.clone();
        let raw = |number: usize| format!("#raw{place}.{number}");
        let (apart, sorted): (Vec<_>, Vec<_>) =
            columns.iter().enumerate().partition(|(_, history)| stands_alone(history, &columns));
        let mut select = existing(&frame);
        for (number, history) in sorted {
            select.push(value(history)?.alias(raw(number)));
        }
        frame = frame.select(select)?;
        let mut by_entity: BTreeMap<&str, Vec<Df>> = BTreeMap::new();
        for (number, history) in apart {
            by_entity.entry(&history.entity).or_default().push(of_entity(history)?.alias(raw(number)));
        }
        for (entity, values) in by_entity {
            frame = self.joined(frame, &prepared, entity, values)?;
        }
        let mut kept = own;
        for (number, history) in columns.iter().enumerate() {
            let name = format!("#history{place}.{number}");
            // A row that takes no part has no place in the history.
            kept.push(when(column(&history.part), column(&raw(number))).end()?.alias(&name));
            scope.insert(history.whole, name);
        }
        Ok(Rows { frame: frame.select(kept)?, scope })
    }

    /// Joins what is the same for all rows of an entity to each of them. Rows
    /// without an entity are one of their own.
    fn joined(&self, frame: DataFrame, rows: &DataFrame, entity: &str, values: Vec<Df>) -> Result<DataFrame> {
        let key = format!("{entity}#");
        let grouped = rows.clone().aggregate(vec![column(entity).alias(&key)], values)?;
        let plan = LogicalPlanBuilder::from(frame.into_unoptimized_plan())
            .join_detailed(
                grouped.into_unoptimized_plan(),
                JoinType::Left,
                (vec![Name::new_unqualified(entity)], vec![Name::new_unqualified(&key)]),
                None,
                NullEquality::NullEqualsNull,
            )?
            .build()?;
        Ok(DataFrame::new(self.state.clone(), plan))
    }

    /// What breaks ties of any order: the key, then all columns that are looked at,
    /// so that the order never depends on which thread came first.
    fn ties(&self, source: &RelationSource, scope: &Scope) -> Vec<Df> {
        let keys = self.shapes.keys(source).into_iter().map(Expr::column);
        let mut ties: Vec<Df> =
            keys.filter_map(|key| scope.columns.get(&key)).map(|name| column(name)).collect();
        let names: BTreeMap<&String, &Expr> = scope
            .columns
            .iter()
            .filter(|(expr, _)| matches!(&*expr.kind, ExprKind::Column(_)))
            .map(|(expr, name)| (name, expr))
            .collect();
        for name in names.into_keys() {
            if !ties.contains(&column(name)) {
                ties.push(column(name));
            }
        }
        ties
    }
}

/// The name of an expression among those that are known, added when it is new.
fn named(known: &mut Vec<Df>, expr: Df, prefix: &str) -> String {
    let place = known.iter().position(|known| *known == expr).unwrap_or_else(|| {
        known.push(expr);
        known.len() - 1
    });
    format!("{prefix}{place}")
}

/// The value of a history for rows that take part.
fn value(history: &Column<'_>) -> Result<Df> {
    let window = |definition: WindowFunctionDefinition, arguments: Vec<Df>| {
        Df::from(WindowFunction::new(definition, arguments))
    };
    let udwf = WindowFunctionDefinition::WindowUDF;
    let argument = || history.argument.clone().ok_or_else(|| defect("a history without a value"));
    let own = || vec![column(&history.entity), column(&history.part)];
    let sorted = |ascending: bool| -> Vec<SortExpr> {
        history.order.iter().map(|by| by.clone().sort(ascending, !ascending)).collect()
    };
    let ordered =
        |function: Df, ascending: bool| function.partition_by(own()).order_by(sorted(ascending)).build();
    let framed = |function: Df, until: WindowFrameBound| {
        let from = WindowFrameBound::Preceding(ScalarValue::UInt64(None));
        let frame = WindowFrame::new_bounds(WindowFrameUnits::Rows, from, until);
        function.partition_by(own()).order_by(sorted(true)).window_frame(frame).build()
    };
    let whole_number = |value: Df| cast(value, DataType::Int64);
    Ok(match history.call.function {
        HistoryFunction::Rank => whole_number(ordered(window(udwf(row_number_udwf()), vec![]), true)?),
        HistoryFunction::RankFromEnd => {
            whole_number(ordered(window(udwf(row_number_udwf()), vec![]), false)?)
        }
        HistoryFunction::Previous => ordered(window(udwf(lead_lag::lag_udwf()), vec![argument()?]), true)?,
        HistoryFunction::Next => ordered(window(udwf(lead_lag::lead_udwf()), vec![argument()?]), true)?,
        // Up to the current row is enough for the first, and can be streamed.
        HistoryFunction::First => framed(
            window(udwf(nth_value::first_value_udwf()), vec![argument()?]),
            WindowFrameBound::CurrentRow,
        )?,
        HistoryFunction::Last => framed(
            window(udwf(nth_value::last_value_udwf()), vec![argument()?]),
            WindowFrameBound::Following(ScalarValue::UInt64(None)),
        )?,
        HistoryFunction::Count => whole_number(over_all(count_udaf(), lit(1_i64), own())?),
        HistoryFunction::Sum => over_all(sum_udaf(), argument()?, own())?,
    })
}

/// A value of all rows of a partition.
fn over_all(function: Arc<AggregateUDF>, argument: Df, partition: Vec<Df>) -> Result<Df> {
    let definition = WindowFunctionDefinition::AggregateUDF(function);
    Df::from(WindowFunction::new(definition, vec![argument])).partition_by(partition).build()
}

fn is_unordered(history: &Column<'_>) -> bool {
    matches!(history.call.function, HistoryFunction::Count | HistoryFunction::Sum)
}

/// Whether a history is the same in any order, and no other sorts the same rows: it
/// needs no sort then. A window function would also hand on all rows of a
/// partition at once, which a sort after it could not put aside in pieces.
fn stands_alone(history: &Column<'_>, all: &[Column<'_>]) -> bool {
    let sorts = |other: &Column<'_>| {
        !is_unordered(other) && other.entity == history.entity && other.part == history.part
    };
    is_unordered(history) && !all.iter().any(sorts)
}

/// The value of a history that stands alone, for all rows of an entity together.
fn of_entity(history: &Column<'_>) -> Result<Df> {
    let takes_part = column(&history.part);
    match (history.call.function, &history.argument) {
        (HistoryFunction::Sum, Some(argument)) => filtered(sum(argument.clone()), takes_part),
        _ => filtered(count(lit(1_i64)), takes_part),
    }
}
