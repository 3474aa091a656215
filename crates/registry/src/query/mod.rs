//! `sql("…")`: what a query over the project's tables is.
//!
//! Queries may only read, and only with functions whose value depends on
//! nothing but their arguments: a query that asks for the time of day could not
//! be repeated. What they may be is decided in [`admit`] before anything of them
//! is computed; [`checked`] sees to it that their numbers do not wrap, [`currency`]
//! whether their amounts are in one currency.

mod admit;
mod checked;
mod currency;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use admit::functions;
use datafusion::arrow::datatypes::{DataType, Field, Schema as ArrowSchema, TimeUnit};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::context::SessionContext;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use goalpost_core::diagnostic::did_you_mean;
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{ColumnType, ColumnsByTable, Schema};

use crate::source::arrow_type;

/// The name that a query has in plans.
pub(crate) const QUERY: &str = "query";

/// What is known of a query without running it.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// Its columns.
    pub(crate) columns: Vec<(ColumnName, ColumnType)>,
    /// What it reads.
    pub(crate) wanted: ColumnsByTable,
    /// Of which columns it sees one value alone, or computes with it.
    pub(crate) decided: currency::Columns,
}

/// The stack of the thread that reads a query.
const STACK: usize = 128 << 20;

/// Queries by their text.
pub(crate) type Queries = BTreeMap<Arc<str>, Query>;

/// The arrow type that a query sees a column in. Moments are what clocks of the
/// project's zone show, so that days and months of a query are those of the project.
fn seen_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::DateTime => DataType::Timestamp(TimeUnit::Microsecond, None),
        other => arrow_type(other),
    }
}

/// The column type of a query's column, and the arrow type it is brought to.
pub(crate) fn column_type(ty: &DataType) -> Option<ColumnType> {
    Some(match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnType::Text,
        DataType::Boolean => ColumnType::Bool,
        ty if ty.is_integer() => ColumnType::Integer,
        DataType::Decimal128(_, scale) => ColumnType::Decimal(u8::try_from(*scale).ok()?.min(12)),
        ty if ty.is_floating() => ColumnType::Decimal(ColumnType::DECIMAL_SCALE),
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Timestamp(..) => ColumnType::DateTime,
        _ => return None,
    })
}

/// Plans a query against empty tables of a schema.
pub(crate) fn describe(schema: &Schema, text: &str) -> std::result::Result<Query, String> {
    let builder = SessionStateBuilder::new().with_default_features();
    let context = SessionContext::new_with_state(admit::functions(builder));
    for table in schema.tables.values() {
        let fields: Vec<Field> = table
            .columns
            .iter()
            .map(|column| Field::new(column.name.as_str(), seen_type(column.ty), true))
            .collect();
        let empty = EmptyTable::new(Arc::new(ArrowSchema::new(fields)));
        context.register_table(table.name.as_str(), Arc::new(empty)).map_err(|error| error.to_string())?;
    }
    let state = context.state();
    let failed = |error: DataFusionError| said(schema, &error);
    let written = admitted(&state, schema, text)?;
    let decided = currency::decided(&written).map_err(failed)?;
    let plan = checked::checked(&state, written).map_err(failed)?;
    let mut columns = Vec::new();
    for field in plan.schema().fields() {
        let ty = column_type(field.data_type()).ok_or_else(|| {
            format!(
                "its column `{}` has the type {}, which no column can have",
                field.name(),
                field.data_type()
            )
        })?;
        columns.push((ColumnName::from(field.name().as_str()), ty));
    }
    let plan = state.optimize(&plan).map_err(failed)?;
    admit::pairs(&plan)?;
    let mut wanted = ColumnsByTable::new();
    plan.apply(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let names: BTreeSet<ColumnName> = scan
                .projected_schema
                .fields()
                .iter()
                .map(|field| ColumnName::from(field.name().as_str()))
                .collect();
            wanted.entry(TableName::from(scan.table_name.table())).or_default().extend(names);
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(|error| error.to_string())?;
    if wanted.is_empty() {
        return Err("it reads none of the project's tables".to_owned());
    }
    Ok(Query { columns, wanted, decided })
}

/// What the engine says of a query, in the words of a project.
fn said(schema: &Schema, error: &DataFusionError) -> String {
    let message = match error.find_root() {
        DataFusionError::Plan(message) => message.clone(),
        other => other.to_string(),
    };
    let quoted = |before: &str| message.strip_prefix(before).and_then(|rest| rest.split('\'').next());
    if let Some(name) = quoted("table 'datafusion.") {
        let name = name.strip_prefix("public.").unwrap_or(name);
        let known = did_you_mean(name, schema.tables.keys().map(TableName::as_str));
        return format!("there is no table `{name}`; {known}");
    }
    if let Some(name) = quoted("Invalid function '").or_else(|| quoted("table function '")) {
        return format!("`{name}` is no function that a query can use");
    }
    message
}

/// The plan of a query as it is written, if it may be one.
fn admitted(state: &SessionState, schema: &Schema, text: &str) -> std::result::Result<LogicalPlan, String> {
    let failed = |error: DataFusionError| said(schema, &error);
    // How deep a text is nested is only known once it is read.
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().name("query".to_owned()).stack_size(STACK);
        let read = || {
            let statement = admit::statement(state, text)?;
            let plan = futures::executor::block_on(state.statement_to_plan(statement)).map_err(failed)?;
            admit::admit(&plan, schema)?;
            admit::repeatable(&plan).map_err(failed)?;
            Ok(plan)
        };
        let thread = reader.spawn_scoped(scope, read).map_err(|error| error.to_string())?;
        thread.join().unwrap_or_else(|_| Err("it cannot be read".to_owned()))
    })
}

/// The plan of a query over the tables of a session, with arithmetic that fails
/// rather than wraps.
pub(crate) fn planned(state: &SessionState, schema: &Schema, text: &str) -> Result<LogicalPlan> {
    checked::checked(state, admitted(state, schema, text).map_err(DataFusionError::Plan)?)
}
