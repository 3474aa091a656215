//! Keys and what refers to them, as plans.

use datafusion::common::{Column, JoinType, Result};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr as Df, LogicalPlanBuilder, lit};

use super::rows::RowContext;
use super::terms::{column, defect};
use crate::scan::reading::Key;

/// The first values, in order, that more than one row has: `key`, `rows`.
pub(super) fn repeated(context: &RowContext<'_>, key: &Key, most: usize) -> Result<DataFrame> {
    let plan = keys(context, key, "key")?.build()?;
    DataFrame::new(context.state.clone(), plan)
        .filter(column("key").is_not_null())?
        .aggregate(vec![column("key")], vec![count(lit(1_i64)).alias("rows")])?
        .filter(column("rows").gt(lit(1_i64)))?
        .sort(vec![column("key").sort(true, false)])?
        .limit(0, Some(most))
}

/// How many rows refer to what is not there: `rows`.
pub(super) fn unmatched(context: &RowContext<'_>, from: &Key, to: &Key) -> Result<DataFrame> {
    without(context, from, to)?.aggregate(Vec::new(), vec![count(lit(1_i64)).alias("rows")])
}

/// To what most of them refer: `key`, `rows`.
pub(super) fn unmatched_values(
    context: &RowContext<'_>,
    from: &Key,
    to: &Key,
    most: usize,
) -> Result<DataFrame> {
    without(context, from, to)?
        .aggregate(vec![column("key")], vec![count(lit(1_i64)).alias("rows")])?
        .sort(vec![column("rows").sort(false, false), column("key").sort(true, false)])?
        .limit(0, Some(most))
}

/// The values that refer to nothing.
fn without(context: &RowContext<'_>, from: &Key, to: &Key) -> Result<DataFrame> {
    let theirs = keys(context, to, "theirs")?.build()?;
    let plain = |name: &str| vec![Column::new_unqualified(name)];
    let plan = keys(context, from, "key")?
        .filter(column("key").is_not_null())?
        .join(theirs, JoinType::LeftAnti, (plain("key"), plain("theirs")), None)?
        .build()?;
    Ok(DataFrame::new(context.state.clone(), plan))
}

fn keys(context: &RowContext<'_>, key: &Key, alias: &str) -> Result<LogicalPlanBuilder> {
    let name = key.table.as_str();
    let provider = context.providers.get(&key.table);
    let provider = provider.ok_or_else(|| defect(format!("table {name} was not loaded")))?;
    let source = datafusion::datasource::provider_as_source(std::sync::Arc::clone(provider));
    let value = Df::Column(Column::new(Some(name), key.column.as_str()));
    LogicalPlanBuilder::scan(name, source, None)?.project(vec![value.alias(alias)])
}
