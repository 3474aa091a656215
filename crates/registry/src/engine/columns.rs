//! Which columns of which tables the leaves of a run look at.

use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner, Relation, RelationSource};
use goalpost_core::measure::{Measure, MeasureKind};
use goalpost_core::schema::ColumnsByTable;

use crate::plan::{Leaf, Leaves};
use crate::relation::shape::Shapes;

/// All columns that the leaves need, keys of references included.
pub(crate) fn wanted(leaves: &Leaves, shapes: Shapes<'_>) -> ColumnsByTable {
    let mut gather = Gather { shapes, wanted: ColumnsByTable::new() };
    leaves.iter().for_each(|(_, leaf)| gather.leaf(leaf));
    gather.wanted
}

/// All columns that a leaf needs.
pub(crate) fn of_leaf(leaf: &Leaf, shapes: Shapes<'_>) -> ColumnsByTable {
    let mut gather = Gather { shapes, wanted: ColumnsByTable::new() };
    gather.leaf(leaf);
    gather.wanted
}

struct Gather<'a> {
    shapes: Shapes<'a>,
    wanted: ColumnsByTable,
}

impl Gather<'_> {
    fn leaf(&mut self, leaf: &Leaf) {
        self.source(&leaf.relation.source);
        for dimension in &leaf.dimensions {
            self.column(dimension);
        }
        for expr in leaf.expressions() {
            self.expr(expr);
        }
    }

    fn source(&mut self, source: &RelationSource) {
        match source {
            RelationSource::Table(name) => {
                self.wanted.entry(name.clone()).or_default();
            }
            RelationSource::GroupBy(group) => {
                self.relation(&group.input);
                self.column(&group.key);
                for (_, measure) in &group.columns {
                    self.measure(measure);
                }
            }
            RelationSource::Join(join) => {
                self.relation(&join.left);
                self.relation(&join.right);
                self.expr(&join.on);
            }
            RelationSource::Sql(text) => {
                let Some(query) = self.shapes.queries.get(text) else { return };
                for (table, columns) in &query.wanted {
                    self.wanted.entry(table.clone()).or_default().extend(columns.iter().cloned());
                    self.default_time(&RelationSource::Table(table.clone()));
                }
            }
        }
    }

    fn relation(&mut self, relation: &Relation) {
        self.source(&relation.source);
        self.default_time(&relation.source);
        for expr in relation.expressions() {
            self.expr(expr);
        }
    }

    /// Histories and other rows are cut off at as-of by their default time, and
    /// ordered by their key.
    fn default_time(&mut self, source: &RelationSource) {
        let RelationSource::Table(name) = source else { return };
        if let Some(table) = self.shapes.schema.tables.get(name) {
            self.wanted.entry(name.clone()).or_default().extend(table.time.iter().cloned());
        }
    }

    fn measure(&mut self, measure: &Measure) {
        if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
            self.relation(&aggregate.relation);
            for expr in aggregate.argument.iter().chain(&aggregate.time) {
                self.expr(expr);
            }
        }
        for child in measure.children() {
            self.measure(child);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Column(column) => self.column(column),
            ExprKind::InRows(value, rows) => {
                self.expr(value);
                self.relation(&rows.relation);
                self.expr(&rows.column);
                return;
            }
            ExprKind::History(call) => {
                self.relation(&call.relation);
                for key in self.shapes.keys(&call.relation.source) {
                    self.column(&key);
                }
            }
            _ => {}
        }
        for child in expr.children() {
            self.expr(child);
        }
    }

    fn column(&mut self, column: &ColumnRef) {
        match &column.owner {
            Owner::Table(table) => {
                if let Ok(resolved) = self.shapes.schema.resolve(table, &column.path) {
                    for (from, reference) in &resolved.through {
                        self.wanted.entry(from.name.clone()).or_default().insert(reference.on.clone());
                        self.wanted.entry(reference.table.clone()).or_default().insert(reference.key.clone());
                    }
                    self.wanted
                        .entry(resolved.table.name.clone())
                        .or_default()
                        .insert(resolved.column.name.clone());
                }
            }
            Owner::Derived(source) => self.source(source),
        }
    }
}
