//! A script's query as rows, over tables cut off at as-of.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::catalog::{MemoryCatalogProviderList, TableProvider};
use datafusion::common::{Result, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::execution::context::SessionContext;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::functions::expr_fn::{coalesce, to_local_time};
use datafusion::logical_expr::{Expr as Df, LogicalPlan, LogicalPlanBuilder, cast, lit, try_cast};
use goalpost_core::expr::RelationSource;
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::ColumnType;

use super::rows::{RowContext, column_of};
use super::scope::Scope;
use super::terms::{column, defect};
use crate::query::{QUERY, column_type, functions, planned};
use crate::source::arrow_type;

impl RowContext<'_> {
    /// The rows of a query, over tables cut off at as-of.
    pub(crate) fn query(&self, text: &Arc<str>) -> Result<(LogicalPlan, Vec<ColumnName>)> {
        let query = self.shapes.queries.get(text).ok_or_else(|| defect("a query that was not described"))?;
        // The tables of one query are nobody else's: another may be asked at once.
        let config = self.state.config().clone().with_create_default_catalog_and_schema(true);
        let state = SessionStateBuilder::new_from_existing(self.state.clone())
            .with_config(config)
            .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()));
        let state = functions(state);
        let context = SessionContext::new_with_state(state);
        for (name, columns) in &query.wanted {
            let visible = self.visible_table(name, columns)?;
            context.register_table(name.as_str(), visible)?;
        }
        let state = context.state();
        let frame = DataFrame::new(self.state.clone(), planned(&state, self.shapes.schema, text)?);
        // Numbers may have turned out to have more decimals than their columns
        // were thought to keep when the query was looked at.
        let found = frame.schema().fields().clone();
        let select: Vec<Df> = query
            .columns
            .iter()
            .zip(&found)
            .map(|((name, ty), field)| {
                if let DataType::Timestamp(_, zone) = field.data_type() {
                    let moment = match zone {
                        Some(_) => cast(column(name.as_str()), arrow_type(ColumnType::DateTime)),
                        None => self.moment(column(name.as_str())),
                    };
                    return moment.alias(name.as_str());
                }
                let found = column_type(field.data_type());
                let ty = match (*ty, found) {
                    (ColumnType::Decimal(_), Some(ColumnType::Decimal(scale)))
                    | (ColumnType::Decimal(scale), _) => DataType::Decimal128(28, scale as i8),
                    (other, _) => arrow_type(other),
                };
                cast(column(name.as_str()), ty).alias(name.as_str())
            })
            .collect();
        let plan = frame.alias(QUERY)?.select(select)?.into_unoptimized_plan();
        Ok((plan, query.columns.iter().map(|(name, _)| name.clone()).collect()))
    }

    /// What a clock of the project's zone shows at a moment.
    fn wall_clock(&self, moment: Df) -> Df {
        let zone = DataType::Timestamp(TimeUnit::Microsecond, Some(self.calendar.time_zone.name().into()));
        to_local_time(vec![cast(moment, zone)])
    }

    /// The moment at which a clock of the project's zone shows this. What it shows
    /// twice in a year is the first time, what it never shows is an hour later.
    fn moment(&self, shown: Df) -> Df {
        let zone = DataType::Timestamp(TimeUnit::Microsecond, Some(self.calendar.time_zone.name().into()));
        let hour = lit(ScalarValue::new_interval_dt(0, 3_600_000));
        let shown = cast(shown, DataType::Timestamp(TimeUnit::Microsecond, None));
        let once = try_cast(shown.clone(), zone.clone());
        let otherwise = try_cast(shown - hour.clone(), zone) + hour;
        cast(coalesce(vec![once, otherwise]), arrow_type(ColumnType::DateTime))
    }

    /// A table without the rows that lie after as-of by its default time, with the
    /// columns that a query looks at: what else was loaded is not for `select *`.
    fn visible_table(
        &self,
        name: &TableName,
        columns: &BTreeSet<ColumnName>,
    ) -> Result<Arc<dyn TableProvider>> {
        let provider =
            self.providers.get(name).ok_or_else(|| defect(format!("table {name} was not loaded")))?;
        let source = RelationSource::Table(name.clone());
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
        let plan = LogicalPlanBuilder::scan(name.as_str(), provider_as_source(Arc::clone(provider)), None)?
            .project(select)?
            .build()?;
        let mut frame = DataFrame::new(self.state.clone(), plan);
        if let Some(time) = self.shapes.default_time(&source) {
            frame = frame.filter(self.lowering(&scope, None).visible(&time)?)?;
        }
        let all: Vec<String> = frame.schema().fields().iter().map(|field| field.name().clone()).collect();
        let seen = all.iter().filter(|name| columns.is_empty() || columns.contains(name.as_str()));
        let seen: Vec<Df> = seen
            .map(|name| match schema.field_with_name(name).map(|field| field.data_type()) {
                Ok(DataType::Timestamp(..)) => self.wall_clock(column(name)).alias(name),
                _ => column(name),
            })
            .collect();
        frame = frame.select(seen)?;
        Ok(Arc::new(ViewTable::new(frame.into_unoptimized_plan(), None)))
    }
}
