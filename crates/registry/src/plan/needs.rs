//! Needs: what questions read of the data, gathered before any of it is loaded.
//!
//! What is asked in any case wants its references to lead to one row each, and its
//! amounts to be in one currency; loading checks both. What is perhaps asked later
//! (a cause of what was computed) or merely shown wants its columns to be there.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner, Relation, RelationSource};
use goalpost_core::measure::{Measure, MeasureKind};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{Column, ColumnType, ColumnsByTable, Reference};

use super::{Leaf, Leaves, Node};
use crate::relation::owner::equalities;
use crate::relation::shape::Shapes;

/// The column in which a table says the currency of its amounts.
pub(crate) const CURRENCY: &str = "currency";

/// References with the tables they start from.
pub(crate) type References = BTreeMap<(TableName, ColumnName), Reference>;

/// What questions read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    /// Their columns, keys of references included.
    pub(crate) columns: ColumnsByTable,
    /// The references that they follow.
    pub(crate) references: References,
    /// References that they do not follow, but by which rows meet: in a join or
    /// where a key is looked for.
    pub(crate) meeting: References,
    /// Tables of whose amounts they make something, with the columns that say their currency.
    pub(crate) currencies: Vec<(TableName, ColumnName)>,
}

impl Needs {
    /// What is needed for nodes that are asked.
    pub(crate) fn of<'n>(
        nodes: impl IntoIterator<Item = &'n Node>,
        leaves: &Leaves,
        shapes: Shapes<'_>,
    ) -> Self {
        let mut needs = Self::default();
        let places: BTreeSet<usize> = nodes.into_iter().flat_map(Node::leaves).collect();
        for place in places {
            Gather { shapes, needs: &mut needs }.leaf(leaves.get(place));
        }
        needs
    }

    /// What is needed for one aggregate.
    pub(crate) fn of_leaf(leaf: &Leaf, shapes: Shapes<'_>) -> Self {
        let mut needs = Self::default();
        Gather { shapes, needs: &mut needs }.leaf(leaf);
        needs
    }

    /// The columns that are read, those that say the currency of amounts included.
    pub(crate) fn to_read(&self) -> ColumnsByTable {
        let mut columns = self.columns.clone();
        for (table, column) in &self.currencies {
            columns.entry(table.clone()).or_default().insert(column.clone());
        }
        columns
    }

    /// Adds what others read that are not asked yet: their references are looked
    /// into when they are.
    pub(crate) fn and_perhaps(&mut self, others: Self) {
        for (table, columns) in others.columns {
            self.columns.entry(table).or_default().extend(columns);
        }
        for table in others.currencies {
            if !self.currencies.contains(&table) {
                self.currencies.push(table);
            }
        }
    }
}

/// A column of a table itself.
fn own_column(expr: &Expr) -> Option<(&TableName, &ColumnName)> {
    match &*expr.kind {
        ExprKind::Column(ColumnRef { owner: Owner::Table(table), path }) => match path.as_slice() {
            [column] => Some((table, column)),
            _ => None,
        },
        _ => None,
    }
}

struct Gather<'a> {
    shapes: Shapes<'a>,
    needs: &'a mut Needs,
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
                self.needs.columns.entry(name.clone()).or_default();
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
                for (left, right) in equalities(join) {
                    self.meet(left, right);
                    self.meet(right, left);
                }
            }
            RelationSource::Sql(text) => {
                let Some(query) = self.shapes.queries.get(text) else { return };
                for (table, columns) in &query.wanted {
                    self.needs.columns.entry(table.clone()).or_default().extend(columns.iter().cloned());
                    self.default_time(&RelationSource::Table(table.clone()));
                    for column in columns {
                        let column = ColumnRef::of_table(table, vec![column.clone()]);
                        self.amount(&column, |said| !query.decided.contains(said));
                    }
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
            self.needs.columns.entry(name.clone()).or_default().extend(table.time.iter().cloned());
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
            ExprKind::Column(column) => {
                self.column(column);
                self.amount(column, |_| true);
            }
            ExprKind::InRows(value, rows) => {
                self.expr(value);
                self.relation(&rows.relation);
                self.expr(&rows.column);
                self.meet(&rows.column, value);
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

    /// Notes the reference that a column is one of, where it is held against the key
    /// that this leads to: a row with a key that is not there meets nothing.
    fn meet(&mut self, mine: &Expr, theirs: &Expr) {
        let (Some((from, on)), Some((table, key))) = (own_column(mine), own_column(theirs)) else { return };
        let Some(here) = self.shapes.schema.tables.get(from) else { return };
        let found = here
            .references
            .iter()
            .find(|reference| reference.on == *on && reference.table == *table && reference.key == *key);
        if let Some(reference) = found {
            self.needs.meeting.insert((from.clone(), reference.name.clone()), reference.clone());
        }
    }

    fn column(&mut self, column: &ColumnRef) {
        match &column.owner {
            Owner::Table(table) => {
                if let Ok(resolved) = self.shapes.schema.resolve(table, &column.path) {
                    for (from, reference) in &resolved.through {
                        let followed = (from.name.clone(), reference.name.clone());
                        self.needs.references.insert(followed, (*reference).clone());
                        self.needs.columns.entry(from.name.clone()).or_default().insert(reference.on.clone());
                        self.needs
                            .columns
                            .entry(reference.table.clone())
                            .or_default()
                            .insert(reference.key.clone());
                    }
                    self.needs
                        .columns
                        .entry(resolved.table.name.clone())
                        .or_default()
                        .insert(resolved.column.name.clone());
                }
            }
            Owner::Derived(source) => self.source(source),
        }
    }

    /// Notes the table of an amount that says of each row which currency it is in,
    /// where that is still open.
    fn amount(&mut self, column: &ColumnRef, is_open: impl Fn(&(TableName, ColumnName)) -> bool) {
        let Owner::Table(table) = &column.owner else { return };
        let Ok(resolved) = self.shapes.schema.resolve(table, &column.path) else { return };
        let table = resolved.table;
        if !matches!(resolved.column.ty, ColumnType::Money(_)) {
            return;
        }
        let texts = table.columns.iter().filter(|column| column.ty == ColumnType::Text);
        for column in texts.filter(|column| says_currency(&table.name, resolved.column, column)) {
            let said = (table.name.clone(), column.name.clone());
            if is_open(&said) && !self.needs.currencies.contains(&said) {
                self.needs.currencies.push(said);
            }
        }
    }
}

/// Whether a column is named like the currency that an amount of its table is in.
fn says_currency(table: &TableName, amount: &Column, column: &Column) -> bool {
    let name = column.name.as_str();
    if name == CURRENCY {
        return true;
    }
    // Such an amount is in one currency already, and the column says what it was.
    let header = amount.source.to_lowercase();
    if ["company currency", "home currency", "converted"].iter().any(|said| header.contains(said)) {
        return false;
    }
    let name = name.strip_suffix("_code").unwrap_or(name);
    let name = name.strip_suffix("_iso").unwrap_or(name);
    let Some(of) = name.strip_suffix(CURRENCY) else { return false };
    let of = of.trim_end_matches('_');
    let table = table.as_str();
    of.is_empty()
        || of == "iso"
        || of == amount.name.as_str()
        || of == header.trim().replace([' ', '-'], "_")
        || of == table
        || of == table.trim_end_matches('s')
}
