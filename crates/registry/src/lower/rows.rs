//! The rows of a source, with everything its expressions need as columns.
//!
//! References are joined in, semi-joins become flags, histories become window
//! functions. Filters are not applied here: each aggregate applies its own, so
//! that all of them share the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column, Result};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::provider_as_source;
use datafusion::execution::context::SessionState;
use datafusion::functions_aggregate::{count::count_udaf, sum::sum_udaf};
use datafusion::functions_window::{lead_lag, nth_value, row_number::row_number_udwf};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr as Df, ExprFunctionExt, JoinType, LogicalPlanBuilder, SortExpr, WindowFrame, WindowFrameBound,
    WindowFrameUnits, WindowFunctionDefinition, lit, when,
};
use datafusion::scalar::ScalarValue;
use goalpost_core::calendar::{AsOf, Calendar};
use goalpost_core::config::BusinessHours;
use goalpost_core::expr::{
    ColumnOfRows, ColumnRef, Expr, ExprKind, HistoryCall, HistoryFunction, Owner, Relation, RelationSource,
};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::Table;
use goalpost_core::source::At;

use super::Bounds;
use super::expr::{Lowering, Scope, column, defect};
use crate::catalogue::shape::Shapes;
use crate::engine::fuse::alive_filters;

/// What rows are made from.
pub(crate) struct RowContext<'a> {
    pub(crate) state: &'a SessionState,
    pub(crate) providers: &'a BTreeMap<TableName, Arc<dyn TableProvider>>,
    pub(crate) shapes: Shapes<'a>,
    pub(crate) calendar: &'a Calendar,
    pub(crate) business: &'a BusinessHours,
    pub(crate) as_of: &'a AsOf,
}

/// Rows and where their columns are.
pub(crate) struct Rows {
    pub(crate) frame: DataFrame,
    pub(crate) scope: Scope,
}

/// What expressions need besides arithmetic, innermost first.
#[derive(Default)]
struct Needs<'e> {
    columns: Vec<&'e Expr>,
    special: Vec<&'e Expr>,
}

impl<'e> Needs<'e> {
    fn gather(&mut self, expr: &'e Expr) {
        match &*expr.kind {
            ExprKind::Column(_) => self.columns.push(expr),
            // The other rows are prepared on their own.
            ExprKind::InRows(value, _) => {
                self.gather(value);
                self.special.push(expr);
            }
            ExprKind::History(_) => {
                for child in expr.children() {
                    self.gather(child);
                }
                self.special.push(expr);
            }
            _ => {
                for child in expr.children() {
                    self.gather(child);
                }
            }
        }
    }
}

impl<'a> RowContext<'a> {
    pub(crate) fn lowering<'b>(
        &'b self,
        rows: &'b RelationSource,
        scope: &'b Scope,
        bounds: Option<Bounds>,
    ) -> Lowering<'b> {
        Lowering {
            shapes: self.shapes,
            calendar: self.calendar,
            business: self.business,
            as_of: self.as_of,
            rows,
            scope,
            bounds,
        }
    }

    /// The rows of a source with all columns that the expressions need.
    pub(crate) fn prepare(
        &self,
        source: &RelationSource,
        exprs: &[&Expr],
        bounds: Option<Bounds>,
    ) -> Result<Rows> {
        let mut needs = Needs::default();
        for expr in exprs {
            needs.gather(expr);
        }
        let default_time = self.default_time(source);
        let keys: Vec<Expr> = self
            .shapes
            .keys(source)
            .into_iter()
            .map(|key| Expr::new(ExprKind::Column(key), At::default()))
            .collect();
        if needs.special.iter().any(|special| matches!(&*special.kind, ExprKind::History(_))) {
            needs.columns.extend(default_time.iter().chain(&keys));
        }
        let mut rows = match source {
            RelationSource::Table(name) => self.table(name, &needs)?,
            RelationSource::GroupBy(group) => self.groups(group, bounds)?,
            RelationSource::Join(join) => self.pairs(join, &needs.columns, bounds)?,
            RelationSource::Sql(text) => {
                let (plan, names) = self.query(text)?;
                let owner = Owner::Derived(source.clone());
                let mut scope = Scope::default();
                for name in names {
                    let column = ColumnRef { owner: owner.clone(), path: vec![name.clone()] };
                    let expr = Expr::new(ExprKind::Column(column), At::default());
                    scope.columns.insert(expr, name.as_str().to_owned());
                }
                Rows { frame: DataFrame::new(self.state.clone(), plan), scope }
            }
        };
        for special in needs.special {
            if rows.scope.columns.contains_key(special) {
                continue;
            }
            rows = match &*special.kind {
                ExprKind::InRows(value, other) => self.flag(rows, source, special, value, other, bounds)?,
                ExprKind::History(call) => {
                    self.history(rows, source, special, call, default_time.as_ref(), bounds)?
                }
                _ => rows,
            };
        }
        Ok(rows)
    }

    /// The default time column of a table, as an expression.
    pub(crate) fn default_time(&self, source: &RelationSource) -> Option<Expr> {
        let RelationSource::Table(name) = source else { return None };
        let time = self.shapes.schema.tables.get(name)?.time.clone()?;
        Some(column_of(name, vec![time]))
    }

    fn provider(&self, name: &TableName) -> Result<LogicalPlanBuilder> {
        let provider =
            self.providers.get(name).ok_or_else(|| defect(format!("table {name} was not loaded")))?;
        LogicalPlanBuilder::scan(name.as_str(), provider_as_source(Arc::clone(provider)), None)
    }

    /// A table with its references joined in, columns named by their paths.
    fn table(&self, name: &TableName, needs: &Needs<'_>) -> Result<Rows> {
        let base = self.shapes.schema.tables.get(name).ok_or_else(|| defect(format!("no table {name}")))?;
        let refs = needs.columns.iter().filter_map(|expr| match &*expr.kind {
            ExprKind::Column(column) => Some(column),
            _ => None,
        });
        let paths: BTreeSet<Vec<ColumnName>> = refs
            .filter(|column| column.owner == Owner::Table(name.clone()))
            .map(|column| column.path.clone())
            .collect();
        let mut own: BTreeSet<ColumnName> = BTreeSet::new();
        // Columns wanted of each reference, by the path of references to it.
        let mut joined: BTreeMap<Vec<ColumnName>, BTreeSet<ColumnName>> = BTreeMap::new();
        for path in &paths {
            let Some((last, prefix)) = path.split_last() else { continue };
            if prefix.is_empty() {
                own.insert(last.clone());
                continue;
            }
            joined.entry(prefix.to_vec()).or_default().insert(last.clone());
            let mut here = base;
            for (depth, step) in prefix.iter().enumerate() {
                let reference =
                    here.reference(step.as_str()).ok_or_else(|| defect(format!("no reference {step}")))?;
                match &prefix[..depth] {
                    [] => own.insert(reference.on.clone()),
                    before => joined.entry(before.to_vec()).or_default().insert(reference.on.clone()),
                };
                joined.entry(prefix[..=depth].to_vec()).or_default();
                here = self.table_of(&reference.table)?;
            }
        }
        let mut scope = Scope::default();
        let mut select = Vec::new();
        for own in &own {
            select.push(named(name, own).alias(own.as_str()));
            scope.columns.insert(column_of(name, vec![own.clone()]), own.as_str().to_owned());
        }
        if select.is_empty() {
            // Rows are counted even where no column of theirs is looked at.
            select.push(lit(true).alias("#row"));
        }
        let mut plan = self.provider(name)?.project(select)?;
        for (prefix, wanted) in &joined {
            let mut here = base;
            let mut reference = None;
            for step in prefix {
                let found =
                    here.reference(step.as_str()).ok_or_else(|| defect(format!("no reference {step}")))?;
                here = self.table_of(&found.table)?;
                reference = Some(found);
            }
            let Some(reference) = reference else { continue };
            let dotted = |column: &ColumnName| {
                let mut path: Vec<&str> = prefix.iter().map(ColumnName::as_str).collect();
                path.push(column.as_str());
                path.join(".")
            };
            let key = format!("{}#", dotted(&reference.key));
            let mut select = vec![named(&here.name, &reference.key).alias(&key)];
            for column in wanted {
                select.push(named(&here.name, column).alias(dotted(column)));
                let mut path = prefix.clone();
                path.push(column.clone());
                scope.columns.insert(column_of(name, path), dotted(column));
            }
            let right = self.provider(&here.name)?.project(select)?.build()?;
            let mut on: Vec<&str> = prefix[..prefix.len() - 1].iter().map(ColumnName::as_str).collect();
            on.push(reference.on.as_str());
            let on = Column::new_unqualified(on.join("."));
            plan = plan.join(right, JoinType::Left, (vec![on], vec![Column::new_unqualified(key)]), None)?;
        }
        Ok(Rows { frame: DataFrame::new(self.state.clone(), plan.build()?), scope })
    }

    fn table_of(&self, name: &TableName) -> Result<&Table> {
        self.shapes.schema.tables.get(name).ok_or_else(|| defect(format!("no table {name}")))
    }

    /// The rows of a relation: prepared, filtered, and visible at as-of.
    pub(crate) fn filtered(
        &self,
        relation: &Relation,
        more: &[&Expr],
        bounds: Option<Bounds>,
    ) -> Result<Rows> {
        let source = &relation.source;
        let mut filters = relation.filters.clone();
        let axis = match &relation.alive {
            Some(alive) => {
                filters.extend(alive_filters(alive));
                Some(alive.from.clone())
            }
            None => self.default_time(source),
        };
        let exprs: Vec<&Expr> = filters.iter().chain(&axis).chain(more.iter().copied()).collect();
        let Rows { mut frame, scope } = self.prepare(source, &exprs, bounds)?;
        let lowering = self.lowering(source, &scope, bounds);
        if let Some(axis) = &axis {
            frame = frame.filter(lowering.visible(axis)?)?;
        }
        if let Some(filter) = lowering.filters(&filters)? {
            frame = frame.filter(filter)?;
        }
        Ok(Rows { frame, scope })
    }

    /// Adds a flag: whether the value is among those of a column of other rows.
    fn flag(
        &self,
        rows: Rows,
        source: &RelationSource,
        whole: &Expr,
        value: &Expr,
        other: &ColumnOfRows,
        bounds: Option<Bounds>,
    ) -> Result<Rows> {
        let Rows { frame, mut scope } = rows;
        let place = scope.columns.len();
        let (wanted, key, flag) =
            (format!("#value{place}"), format!("#key{place}"), format!("#among{place}"));
        let others = self.filtered(&other.relation, &[&other.column], bounds)?;
        let theirs = self.lowering(&other.relation.source, &others.scope, bounds).value(&other.column)?;
        let keys =
            others.frame.select(vec![theirs.alias(&key)])?.filter(column(&key).is_not_null())?.distinct()?;
        let mut select = existing(&frame);
        select.push(self.lowering(source, &scope, bounds).value(value)?.alias(&wanted));
        let left = frame.select(select)?;
        let mut select: Vec<Df> = existing(&left);
        select.retain(|kept| *kept != column(&wanted));
        select.push(column(&key).is_not_null().alias(&flag));
        let plan = LogicalPlanBuilder::from(left.into_unoptimized_plan())
            .join(
                keys.into_unoptimized_plan(),
                JoinType::Left,
                (vec![Column::new_unqualified(&wanted)], vec![Column::new_unqualified(&key)]),
                None,
            )?
            .build()?;
        let frame = DataFrame::new(self.state.clone(), plan).select(select)?;
        scope.columns.insert(whole.clone(), flag);
        Ok(Rows { frame, scope })
    }

    /// Adds a value from the other rows of the same entity.
    fn history(
        &self,
        rows: Rows,
        source: &RelationSource,
        whole: &Expr,
        call: &HistoryCall,
        default_time: Option<&Expr>,
        bounds: Option<Bounds>,
    ) -> Result<Rows> {
        let Rows { frame, mut scope } = rows;
        let lowering = self.lowering(source, &scope, bounds);
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
        let takes_part = datafusion::functions::expr_fn::coalesce(vec![
            takes_part.unwrap_or_else(|| lit(true)),
            lit(false),
        ]);
        let argument = call.argument.as_ref().map(|argument| lowering.value(argument)).transpose()?;
        let argument = || argument.clone().ok_or_else(|| defect("a history without a value"));
        let mut order: Vec<Df> =
            call.order.iter().map(|order| lowering.value(order)).collect::<Result<_>>()?;
        // Ties are broken by the key, then by all columns that are looked at, so
        // that the order never depends on which thread came first.
        let keys =
            self.shapes.keys(source).into_iter().map(|key| Expr::new(ExprKind::Column(key), At::default()));
        order.extend(keys.filter_map(|key| scope.columns.get(&key)).map(|name| column(name)));
        let mut names: Vec<&String> = scope
            .columns
            .iter()
            .filter(|(expr, _)| matches!(&*expr.kind, ExprKind::Column(_)))
            .map(|(_, name)| name)
            .collect();
        names.sort_unstable();
        for name in names {
            if !order.contains(&column(name)) {
                order.push(column(name));
            }
        }
        let sorted = |ascending: bool| -> Vec<SortExpr> {
            order.iter().map(|by| by.clone().sort(ascending, !ascending)).collect()
        };
        let over_all = WindowFrame::new_bounds(
            WindowFrameUnits::Rows,
            WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
            WindowFrameBound::Following(ScalarValue::UInt64(None)),
        );
        let name = format!("#history{}", scope.columns.len());
        let [raw, part, entity] = ["?", "!", "="].map(|mark| format!("{name}{mark}"));
        let mut before = existing(&frame);
        before.push(lowering.value(&call.key)?.alias(&entity));
        before.push(takes_part.alias(&part));
        let frame = frame.select(before)?;
        let window = |definition: WindowFunctionDefinition, arguments: Vec<Df>| {
            Df::from(WindowFunction::new(definition, arguments))
        };
        let udwf = WindowFunctionDefinition::WindowUDF;
        let partition = vec![column(&entity), column(&part)];
        let plain = |function: Df, ascending: bool| {
            function.partition_by(partition.clone()).order_by(sorted(ascending)).build()
        };
        let framed = |function: Df| {
            function
                .partition_by(partition.clone())
                .order_by(sorted(true))
                .window_frame(over_all.clone())
                .build()
        };
        // What is the same in any order needs none.
        let unordered = |function: Df| function.partition_by(partition.clone()).build();
        let value = match call.function {
            HistoryFunction::Rank => plain(window(udwf(row_number_udwf()), vec![]), true)?,
            HistoryFunction::RankFromEnd => plain(window(udwf(row_number_udwf()), vec![]), false)?,
            HistoryFunction::Previous => plain(window(udwf(lead_lag::lag_udwf()), vec![argument()?]), true)?,
            HistoryFunction::Next => plain(window(udwf(lead_lag::lead_udwf()), vec![argument()?]), true)?,
            HistoryFunction::First => framed(window(udwf(nth_value::first_value_udwf()), vec![argument()?]))?,
            HistoryFunction::Last => framed(window(udwf(nth_value::last_value_udwf()), vec![argument()?]))?,
            HistoryFunction::Count => {
                unordered(window(WindowFunctionDefinition::AggregateUDF(count_udaf()), vec![lit(1_i64)]))?
            }
            HistoryFunction::Sum => {
                let ty = call.argument.as_ref().map(|argument| lowering.type_of(argument)).transpose()?;
                let argument =
                    super::expr::exact(argument()?, ty.unwrap_or(crate::catalogue::row_type::RowType::Null));
                unordered(window(WindowFunctionDefinition::AggregateUDF(sum_udaf()), vec![argument]))?
            }
        };
        let value = if matches!(
            call.function,
            HistoryFunction::Rank | HistoryFunction::RankFromEnd | HistoryFunction::Count
        ) {
            datafusion::logical_expr::cast(value, datafusion::arrow::datatypes::DataType::Int64)
        } else {
            value
        };
        let mut select = existing(&frame);
        let mut kept: Vec<Df> = select
            .iter()
            .filter(|kept| **kept != column(&part) && **kept != column(&entity))
            .cloned()
            .collect();
        select.push(value.alias(&raw));
        // A row that takes no part has no place in the history.
        kept.push(when(column(&part), column(&raw)).end()?.alias(&name));
        let frame = frame.select(select)?.select(kept)?;
        scope.columns.insert(whole.clone(), name);
        Ok(Rows { frame, scope })
    }
}

/// All columns that a frame has.
fn existing(frame: &DataFrame) -> Vec<Df> {
    frame.schema().fields().iter().map(|field| column(field.name())).collect()
}

fn named(table: &TableName, name: &ColumnName) -> Df {
    Df::Column(Column::new(Some(table.as_str()), name.as_str()))
}

/// A column of a table as an expression.
pub(crate) fn column_of(table: &TableName, path: Vec<ColumnName>) -> Expr {
    Expr::new(ExprKind::Column(ColumnRef { owner: Owner::Table(table.clone()), path }), At::default())
}
