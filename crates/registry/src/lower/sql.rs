//! `sql("…")`: a query over the project's tables, as rows.
//!
//! Queries may only read, and only with functions whose value depends on
//! nothing but their arguments: a query that asks for the time of day could not
//! be repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema as ArrowSchema, TimeUnit};
use datafusion::catalog::{MemoryCatalogProviderList, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::ViewTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::{Expr as Df, LogicalPlan, LogicalPlanBuilder, Volatility, cast};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{ColumnType, Schema};

use super::expr::{Scope, column};
use super::rows::{RowContext, column_of};
use crate::engine::columns::Wanted;

/// What is known of a query without running it.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// Its columns.
    pub(crate) columns: Vec<(ColumnName, ColumnType)>,
    /// What it reads.
    pub(crate) wanted: Wanted,
}

/// Queries by their text.
pub(crate) type Queries = BTreeMap<Arc<str>, Query>;

/// The arrow type that tables have for a column type.
pub(crate) fn arrow_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Text => DataType::Utf8View,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Integer => DataType::Int64,
        ColumnType::Decimal(scale) | ColumnType::Money(scale) => DataType::Decimal128(18, scale as i8),
        ColumnType::Date => DataType::Date32,
        ColumnType::DateTime => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

/// The column type of a query's column, and the arrow type it is brought to.
fn column_type(ty: &DataType) -> Option<ColumnType> {
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
    let context = SessionContext::new();
    for table in schema.tables.values() {
        let fields: Vec<Field> = table
            .columns
            .iter()
            .map(|column| Field::new(column.name.as_str(), arrow_type(column.ty), true))
            .collect();
        let empty = EmptyTable::new(Arc::new(ArrowSchema::new(fields)));
        context.register_table(table.name.as_str(), Arc::new(empty)).map_err(|error| error.to_string())?;
    }
    let frame = futures::executor::block_on(context.sql_with_options(text, reading_only()))
        .map_err(|error| error.find_root().to_string())?;
    repeatable(frame.logical_plan()).map_err(|error| error.find_root().to_string())?;
    let mut columns = Vec::new();
    for field in frame.schema().fields() {
        let ty = column_type(field.data_type()).ok_or_else(|| {
            format!(
                "its column `{}` has the type {}, which no column can have",
                field.name(),
                field.data_type()
            )
        })?;
        columns.push((ColumnName::from(field.name().as_str()), ty));
    }
    let plan = frame.into_optimized_plan().map_err(|error| error.find_root().to_string())?;
    let mut wanted = Wanted::new();
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
    Ok(Query { columns, wanted })
}

fn reading_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

/// Refuses functions whose value depends on when or how often they are called.
fn repeatable(plan: &LogicalPlan) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|part| match part {
                Df::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                    Err(DataFusionError::Plan(format!(
                        "`{}()` gives another value each time; as-of is told to a run, so filter by dates instead",
                        call.func.name()
                    )))
                }
                _ => Ok(TreeNodeRecursion::Continue),
            })
        })
    })?;
    Ok(())
}

impl RowContext<'_> {
    /// The rows of a query, over tables cut off at as-of.
    pub(crate) fn query(&self, text: &Arc<str>) -> Result<(LogicalPlan, Vec<ColumnName>)> {
        let query = self
            .shapes
            .queries
            .get(text)
            .ok_or_else(|| super::expr::defect("a query that was not described"))?;
        // The tables of one query are nobody else's: another may be asked at once.
        let config = self.state.config().clone().with_create_default_catalog_and_schema(true);
        let state = SessionStateBuilder::new_from_existing(self.state.clone())
            .with_config(config)
            .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()))
            .build();
        let context = SessionContext::new_with_state(state);
        for name in query.wanted.keys() {
            let visible = self.visible_table(name)?;
            context.register_table(name.as_str(), visible)?;
        }
        let frame = futures::executor::block_on(context.sql_with_options(text, reading_only()))?;
        let select: Vec<Df> = query
            .columns
            .iter()
            .map(|(name, ty)| {
                let ty = match ty {
                    ColumnType::Decimal(scale) => DataType::Decimal128(28, *scale as i8),
                    other => arrow_type(*other),
                };
                cast(column(name.as_str()), ty).alias(name.as_str())
            })
            .collect();
        let plan = frame.alias("query")?.select(select)?.into_unoptimized_plan();
        Ok((plan, query.columns.iter().map(|(name, _)| name.clone()).collect()))
    }

    /// A table without the rows that lie after as-of by its default time.
    fn visible_table(&self, name: &TableName) -> Result<Arc<dyn TableProvider>> {
        let provider = self
            .providers
            .get(name)
            .ok_or_else(|| super::expr::defect(format!("table {name} was not loaded")))?;
        let source = goalpost_core::expr::RelationSource::Table(name.clone());
        let Some(time) = self.default_time(&source) else { return Ok(Arc::clone(provider)) };
        let schema = provider.schema();
        let mut scope = Scope::default();
        for field in schema.fields() {
            let path = vec![ColumnName::from(field.name().as_str())];
            scope.columns.insert(column_of(name, path), field.name().clone());
        }
        let select: Vec<Df> = schema
            .fields()
            .iter()
            .map(|field| {
                Df::Column(datafusion::common::Column::new(Some(name.as_str()), field.name()))
                    .alias(field.name())
            })
            .collect();
        let plan = LogicalPlanBuilder::scan(
            name.as_str(),
            datafusion::datasource::provider_as_source(Arc::clone(provider)),
            None,
        )?
        .project(select)?
        .build()?;
        let visible = self.lowering(&source, &scope, None).visible(&time)?;
        let frame = DataFrame::new(self.state.clone(), plan).filter(visible)?;
        Ok(Arc::new(ViewTable::new(frame.into_unoptimized_plan(), None)))
    }
}
