//! Which columns that say a currency a query decides by itself.
//!
//! Amounts that a query adds are as mixed as those of its tables, unless it looks at
//! one currency alone, or computes with the currency. Whatever is not plainly one of
//! these does not count: a query that is refused can be made plain, a sum of dollars
//! and euros is not seen.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, Operator};
use datafusion::scalar::ScalarValue;
use goalpost_core::name::{ColumnName, TableName};

/// Columns of tables.
pub(crate) type Columns = BTreeSet<(TableName, ColumnName)>;

/// The columns of which every reading of their table in a plan, as it is written,
/// sees a single value or computes with it.
pub(super) fn decided(plan: &LogicalPlan) -> Result<Columns> {
    let mut read: BTreeMap<TableName, usize> = BTreeMap::new();
    let mut found: BTreeMap<(TableName, ColumnName), usize> = BTreeMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            *read.entry(TableName::from(scan.table_name.table())).or_default() += 1;
        }
        for column in of_node(node) {
            *found.entry(column).or_default() += 1;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    // A table that is read twice has to be decided twice.
    let is_decided = |(column, times): &(&(TableName, ColumnName), &usize)| {
        read.get(&column.0).is_some_and(|read| *times >= read)
    };
    Ok(found.iter().filter(is_decided).map(|(column, _)| column.clone()).collect())
}

/// The columns that one step of a plan decides by.
fn of_node(node: &LogicalPlan) -> Columns {
    match node {
        LogicalPlan::Filter(filter) => {
            let conditions = split_conjunction(&filter.predicate);
            conditions.into_iter().filter_map(one_value).flat_map(|c| origins(&filter.input, c)).collect()
        }
        LogicalPlan::Projection(projection) => {
            projection.expr.iter().flat_map(|expr| computed(&projection.input, expr)).collect()
        }
        LogicalPlan::Aggregate(aggregate) => {
            aggregate.aggr_expr.iter().flat_map(|expr| computed(&aggregate.input, expr)).collect()
        }
        // Rates by currency, for example.
        LogicalPlan::Join(join) => {
            let sides = join.on.iter().flat_map(|(left, right)| {
                let column = |expr: &Expr, side: &LogicalPlan| match expr {
                    Expr::Column(column) => origins(side, column),
                    _ => Columns::new(),
                };
                column(left, &join.left).into_iter().chain(column(right, &join.right))
            });
            let filters = join.filter.iter().flat_map(|filter| split_conjunction(filter));
            let filtered = filters.flat_map(|condition| match condition {
                Expr::BinaryExpr(both) if both.op == Operator::Eq => match (&*both.left, &*both.right) {
                    (Expr::Column(a), Expr::Column(b)) => {
                        [a, b].into_iter().flat_map(|c| of_sides(join, c)).collect::<Columns>()
                    }
                    _ => one_value(condition).map_or_else(Columns::new, |c| of_sides(join, c)),
                },
                _ => one_value(condition).map_or_else(Columns::new, |c| of_sides(join, c)),
            });
            sides.chain(filtered).collect()
        }
        _ => Columns::new(),
    }
}

fn of_sides(join: &datafusion::logical_expr::Join, column: &Column) -> Columns {
    let mut found = origins(&join.left, column);
    found.extend(origins(&join.right, column));
    found
}

/// The column that a condition lets have one value only.
fn one_value(condition: &Expr) -> Option<&Column> {
    let is_value = |expr: &Expr| matches!(expr, Expr::Literal(value, _) if !value.is_null());
    let column = match condition {
        Expr::BinaryExpr(both) if both.op == Operator::Eq => match (&*both.left, &*both.right) {
            (column, value) if is_value(value) => column,
            (value, column) if is_value(value) => column,
            _ => return None,
        },
        Expr::InList(InList { expr, list, negated: false }) => {
            let values: Option<BTreeSet<String>> = list
                .iter()
                .map(|item| match item {
                    Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text.clone()),
                    Expr::Literal(ScalarValue::Utf8View(Some(text)), _) => Some(text.clone()),
                    _ => None,
                })
                .collect();
            match values {
                Some(values) if values.len() == 1 => expr,
                _ => return None,
            }
        }
        _ => return None,
    };
    let mut columns = column.column_refs().into_iter();
    // `upper(currency) = 'USD'` is as plain.
    columns.next().filter(|_| columns.next().is_none())
}

/// The columns that an expression computes with, beside other columns.
fn computed(input: &LogicalPlan, expr: &Expr) -> Columns {
    let expr = expr.clone().unalias_nested().data;
    if matches!(expr, Expr::Column(_)) {
        return Columns::new();
    }
    let columns = expr.column_refs();
    if columns.len() < 2 {
        return Columns::new();
    }
    columns.into_iter().flat_map(|column| origins(input, column)).collect()
}

/// The columns of tables that a column of a plan is, unchanged.
fn origins(plan: &LogicalPlan, column: &Column) -> Columns {
    let Ok(place) = plan.schema().index_of_column(column) else { return Columns::new() };
    at(plan, place)
}

fn at(plan: &LogicalPlan, place: usize) -> Columns {
    match plan {
        LogicalPlan::TableScan(scan) => {
            let field = plan.schema().field(place);
            [(TableName::from(scan.table_name.table()), ColumnName::from(field.name().as_str()))].into()
        }
        LogicalPlan::SubqueryAlias(alias) => at(&alias.input, place),
        LogicalPlan::Filter(filter) => at(&filter.input, place),
        LogicalPlan::Sort(sort) => at(&sort.input, place),
        LogicalPlan::Limit(limit) => at(&limit.input, place),
        LogicalPlan::Distinct(Distinct::All(input)) => at(input, place),
        LogicalPlan::Projection(projection) => match projection.expr.get(place) {
            Some(expr) => of_expr(&projection.input, expr),
            None => Columns::new(),
        },
        LogicalPlan::Aggregate(aggregate) => match aggregate.group_expr.get(place) {
            Some(expr) => of_expr(&aggregate.input, expr),
            None => Columns::new(),
        },
        LogicalPlan::Join(join) => {
            let left = join.left.schema().fields().len();
            let all = left + join.right.schema().fields().len();
            match place {
                // Of a semi-join there is one side only, and which is not told here.
                _ if plan.schema().fields().len() != all => Columns::new(),
                place if place < left => at(&join.left, place),
                place => at(&join.right, place - left),
            }
        }
        LogicalPlan::Union(union) => union.inputs.iter().flat_map(|input| at(input, place)).collect(),
        _ => Columns::new(),
    }
}

fn of_expr(input: &LogicalPlan, expr: &Expr) -> Columns {
    match expr {
        Expr::Column(column) => origins(input, column),
        Expr::Alias(alias) => of_expr(input, &alias.expr),
        _ => Columns::new(),
    }
}
