//! The rows of a source, with everything its expressions need as columns.
//!
//! References are joined in, semi-joins become flags ([`super::semi_join`]),
//! histories become window functions ([`super::history`]). Filters are not applied here: each aggregate applies its own, so
//! that all of them share the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column, Result};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::provider_as_source;
use datafusion::execution::context::SessionState;
use datafusion::logical_expr::{Expr as Df, JoinType, LogicalPlanBuilder, lit};
use goalpost_core::calendar::{AsOf, Calendar};
use goalpost_core::config::BusinessHours;
use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner, Relation, RelationSource};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::Table;

use super::Bounds;
use super::expr::Lowering;
use super::scope::{Scope, Wanted};
use super::terms::{column, defect};
use crate::relation::shape::Shapes;
use crate::relation::window::alive_filters;

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

/// What expressions need besides arithmetic.
#[derive(Default)]
struct Needs<'e> {
    columns: Vec<&'e Expr>,
    /// Histories and semi-joins, by how deep others of them lie within.
    special: Vec<Vec<Wanted<'e>>>,
}

impl<'e> Needs<'e> {
    /// Gathers what is needed, and says how deep histories and semi-joins lie.
    fn gather(&mut self, wanted: Wanted<'e>) -> usize {
        let below = |expr: &'e Expr| Wanted { expr, ..wanted };
        match &*wanted.expr.kind {
            ExprKind::Column(_) => {
                self.columns.push(wanted.expr);
                0
            }
            // The other rows are prepared on their own.
            ExprKind::InRows(value, _) => {
                let depth = self.gather(below(value));
                self.special(depth, wanted.settled())
            }
            ExprKind::History(_) => {
                let depth = self.deepest(wanted);
                self.special(depth, wanted.settled())
            }
            _ => self.deepest(wanted),
        }
    }

    fn deepest(&mut self, wanted: Wanted<'e>) -> usize {
        let children = wanted.expr.children();
        children.into_iter().map(|expr| self.gather(Wanted { expr, ..wanted })).max().unwrap_or(0)
    }

    fn special(&mut self, depth: usize, wanted: Wanted<'e>) -> usize {
        if self.special.len() <= depth {
            self.special.resize_with(depth + 1, Vec::new);
        }
        let is_known = |known: &Wanted<'_>| known.expr == wanted.expr && known.bounds == wanted.bounds;
        if !self.special[depth].iter().any(is_known) {
            self.special[depth].push(wanted);
        }
        depth + 1
    }

    fn has_histories(&self) -> bool {
        let is_history = |wanted: &Wanted<'_>| matches!(&*wanted.expr.kind, ExprKind::History(_));
        self.special.iter().flatten().any(is_history)
    }
}

impl<'a> RowContext<'a> {
    pub(crate) fn lowering<'b>(&'b self, scope: &'b Scope, bounds: Option<Bounds>) -> Lowering<'b> {
        Lowering { calendar: self.calendar, business: self.business, as_of: self.as_of, scope, bounds }
    }

    /// The rows of a source with all columns that the expressions need. The bounds
    /// beside them are for the source itself, where its rows are those of a window.
    pub(crate) fn prepare(
        &self,
        source: &RelationSource,
        wanted: &[Wanted<'_>],
        bounds: Option<Bounds>,
    ) -> Result<Rows> {
        let mut needs = Needs::default();
        for wanted in wanted {
            needs.gather(*wanted);
        }
        let default_time = self.shapes.default_time(source);
        let keys: Vec<Expr> = self.shapes.keys(source).into_iter().map(Expr::column).collect();
        if needs.has_histories() {
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
                    scope.columns.insert(Expr::column(column), name.as_str().to_owned());
                }
                Rows { frame: DataFrame::new(self.state.clone(), plan), scope }
            }
        };
        for special in &needs.special {
            rows = self.histories(rows, source, special, default_time.as_ref())?;
            rows = self.flags(rows, special)?;
        }
        Ok(rows)
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
            None => self.shapes.default_time(source),
        };
        let exprs = filters.iter().chain(&axis).chain(more.iter().copied());
        let wanted: Vec<Wanted<'_>> = Wanted::all(exprs, bounds).collect();
        let Rows { mut frame, scope } = self.prepare(source, &wanted, bounds)?;
        let lowering = self.lowering(&scope, bounds);
        if let Some(axis) = &axis {
            frame = frame.filter(lowering.visible(axis)?)?;
        }
        if let Some(filter) = lowering.filters(&filters)? {
            frame = frame.filter(filter)?;
        }
        Ok(Rows { frame, scope })
    }
}

/// All columns that a frame has.
pub(super) fn existing(frame: &DataFrame) -> Vec<Df> {
    frame.schema().fields().iter().map(|field| column(field.name())).collect()
}

fn named(table: &TableName, name: &ColumnName) -> Df {
    Df::Column(Column::new(Some(table.as_str()), name.as_str()))
}

/// A column of a table as an expression.
pub(crate) fn column_of(table: &TableName, path: Vec<ColumnName>) -> Expr {
    Expr::column(ColumnRef::of_table(table, path))
}
