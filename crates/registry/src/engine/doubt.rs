//! Doubt: rows of which it is not known whether they belong to an aggregate, or
//! with what value, because a cell that decides could not be read, a reference
//! that decides leads nowhere, a condition looks at the table's time and the row
//! has none, or it has no key that tells it from others.
//!
//! Such a row is blank where it is doubtful, and blank has a meaning of its own: a
//! condition is false, a sum leaves it out, an open end goes on. So the gate has to
//! know of it. Data without such cells costs nothing: conditions are made only for
//! columns in which loading has found some.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::expr::{BinaryOp, ColumnRef, Expr, ExprKind, Literal, Owner, Relation, RelationSource};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::sample::{Input, InputId, LeftOut, Why};
use goalpost_core::schema::Reference;

use super::references::Unmatched;
use crate::plan::behind::{Behind, Want};
use crate::plan::needs::Needs;
use crate::plan::{Leaf, Leaves};
use crate::relation::shape::Shapes;
use crate::source::mark;

/// Where a run's tables are doubtful.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubts {
    /// Unreadable cells by table and column.
    pub(crate) cells: BTreeMap<(TableName, ColumnName), u64>,
    /// Columns of which some row may lack the value.
    pub(crate) lacking: BTreeSet<(TableName, ColumnName)>,
    /// How many rows the tables have.
    pub(crate) rows: BTreeMap<TableName, u64>,
    /// References by which some rows lead nowhere, with the table they start from
    /// and how many do.
    pub(crate) unmatched: Unmatched,
    /// Rows without a key by table, with the columns that it is made of.
    pub(crate) keyless: BTreeMap<TableName, (Vec<ColumnName>, u64)>,
}

/// A reason to doubt rows of a leaf.
#[derive(Clone, Debug)]
pub(crate) struct Doubt {
    pub(crate) why: Why,
    /// The columns that are doubtful, as the script names them.
    pub(crate) column: String,
    /// Holds for a doubtful row.
    pub(crate) condition: Expr,
    /// The leaf's conditions, each of which a doubtful row may meet after all.
    pub(crate) perhaps: Vec<Expr>,
}

impl Doubts {
    /// Whether there is nothing to doubt.
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.unmatched.is_empty() && self.keyless.is_empty()
    }

    /// Why rows of a leaf under these conditions are doubtful: one reason for
    /// unreadable cells, one for references that lead nowhere and one for times that
    /// are blank.
    pub(crate) fn of(&self, leaf: &Leaf, filters: &[Expr], shapes: Shapes<'_>) -> Vec<Doubt> {
        self.of_rows(&leaf.relation, expressions(leaf).collect(), filters, shapes)
    }

    /// Why rows behind an aggregate are doubtful, likewise.
    pub(crate) fn behind(&self, behind: &Behind, filters: &[Expr], shapes: Shapes<'_>) -> Vec<Doubt> {
        let wants = behind.wants.iter().map(Want::expr);
        let others = wants.chain(life(&behind.relation)).collect();
        self.of_rows(&behind.relation, others, filters, shapes)
    }

    fn of_rows(
        &self,
        relation: &Relation,
        others: Vec<&Expr>,
        filters: &[Expr],
        shapes: Shapes<'_>,
    ) -> Vec<Doubt> {
        let RelationSource::Table(table) = &relation.source else { return Vec::new() };
        let all: Vec<&Expr> = filters.iter().chain(others).collect();
        // What the window itself asks of a time is counted beside the conditions.
        let own: Vec<&Expr> = relation.filters.iter().collect();
        [Why::Unreadable, Why::Unmatched, Why::Undated]
            .into_iter()
            .filter_map(|why| {
                let decides = if why == Why::Undated { &own } else { &all };
                let signs = |expr: &Expr| self.signs(why, table, expr, shapes);
                let mut found: Vec<(String, Expr)> = Vec::new();
                for sign in decides.iter().flat_map(|expr| signs(expr)) {
                    if !found.contains(&sign) {
                        found.push(sign);
                    }
                }
                let column = found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
                let condition = any(found.into_iter().map(|(_, sign)| sign))?;
                let perhaps = filters
                    .iter()
                    .map(|filter| perhaps(filter, &|part| any(signs(part).into_iter().map(|(_, sign)| sign))))
                    .collect();
                Some(Doubt { why, column, condition, perhaps })
            })
            .collect()
    }

    /// What tells a doubtful row for an expression over it: the columns' names with
    /// a condition each.
    fn signs(&self, why: Why, table: &TableName, expr: &Expr, shapes: Shapes<'_>) -> Vec<(String, Expr)> {
        let mut found = Vec::new();
        if why == Why::Undated {
            return self.without_time(table, expr, shapes).into_iter().collect();
        }
        own_columns(expr, table, &mut |path| {
            let Ok(resolved) = shapes.schema.resolve(table, path) else { return };
            let Some((last, prefix)) = path.split_last() else { return };
            match why {
                Why::Unreadable => {
                    let key = (resolved.table.name.clone(), resolved.column.name.clone());
                    if self.cells.contains_key(&key) {
                        let mut marked = prefix.to_vec();
                        marked.push(mark(last));
                        found.push((dotted(path), column(table, marked)));
                    }
                    // The references on the way decide too.
                    for (depth, (from, reference)) in resolved.through.iter().enumerate() {
                        if self.cells.contains_key(&(from.name.clone(), reference.on.clone())) {
                            let mut marked = prefix[..depth].to_vec();
                            marked.push(mark(&reference.on));
                            found.push((dotted(&prefix[..=depth]), column(table, marked)));
                        }
                    }
                }
                _ => {
                    for (depth, (from, reference)) in resolved.through.iter().enumerate() {
                        if self.unmatched.contains_key(&(from.name.clone(), reference.name.clone())) {
                            let sign = leads_nowhere(table, &prefix[..depth], &prefix[depth], reference);
                            found.push((dotted(&prefix[..=depth]), sign));
                        }
                    }
                }
            }
        });
        found
    }

    /// What tells a row without the time of its table that an expression looks at. A
    /// condition that asks whether it is blank has an answer for such a row, and
    /// what could not be read is doubtful for that reason already.
    fn without_time(&self, table: &TableName, expr: &Expr, shapes: Shapes<'_>) -> Option<(String, Expr)> {
        let time = shapes.schema.tables.get(table)?.time.as_ref()?;
        if !self.lacking.contains(&(table.clone(), time.clone())) {
            return None;
        }
        let is_time = |path: &[ColumnName]| path == std::slice::from_ref(time);
        let mut looks = false;
        own_columns(expr, table, &mut |path| looks |= is_time(path));
        let asks = asks_for_blank(expr, &mut |column| {
            matches!(&column.owner, Owner::Table(owner) if owner == table) && is_time(&column.path)
        });
        if !looks || asks {
            return None;
        }
        let path = vec![time.clone()];
        let mut sign = column(table, path).is_null();
        if self.cells.contains_key(&(table.clone(), time.clone())) {
            let unreadable = column(table, vec![mark(time)]);
            sign = Expr::binary(BinaryOp::And, sign, unreadable.negated());
        }
        Some((time.to_string(), sign))
    }

    /// What is doubtful in other rows than a leaf's own (in joins, groups, queries,
    /// histories, other tables) or in what it is cut by: unreadable cells and
    /// references that lead nowhere, of the whole table, since which of them matter
    /// cannot be told. A row without its segment may belong to any, whether or not
    /// a condition looks at the same column. And so are rows without a key that are
    /// counted: what they may repeat or add up is anywhere in their table.
    pub(crate) fn elsewhere(&self, leaves: &Leaves, place: usize, shapes: Shapes<'_>) -> Vec<Input> {
        if self.is_empty() {
            return Vec::new();
        }
        let leaf = leaves.get(place);
        let mut here = LookedAt::default();
        if let RelationSource::Table(table) = &leaf.relation.source {
            for expr in leaf.relation.filters.iter().chain(expressions(leaf)) {
                own_columns(expr, table, &mut |path| here.add(table, path, shapes));
            }
        }
        // What is behind it counts its own.
        for (_, Behind { relation, wants }) in leaves.behind(place) {
            if let RelationSource::Table(table) = &relation.source {
                for expr in relation.filters.iter().chain(wants.iter().map(Want::expr)).chain(life(relation))
                {
                    own_columns(expr, table, &mut |path| here.add(table, path, shapes));
                }
            }
        }
        for expr in Behind::unused(leaf) {
            if let Some(RelationSource::Table(table)) = expr.rows() {
                own_columns(&expr, &table, &mut |path| here.add(&table, path, shapes));
            }
        }
        let mut cut = LookedAt::default();
        for dimension in &leaf.dimensions {
            if let Owner::Table(table) = &dimension.owner {
                cut.add(table, &dimension.path, shapes);
            }
        }
        let needs = Needs::of_leaf(leaf, shapes);
        let columns = needs
            .columns
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(move |column| (table.clone(), column.clone())))
            .filter(|key| cut.columns.contains(key) || !here.columns.contains(key));
        let unreadable = columns.filter_map(|(table, column)| {
            let bad = *self.cells.get(&(table.clone(), column.clone()))?;
            let left = LeftOut { why: Why::Unreadable, column: column.to_string(), rows: bad };
            Some(self.of_table(&table, left, InputId::Column(table.clone(), column)))
        });
        let references = needs
            .references
            .keys()
            .filter(|key| cut.references.contains(*key) || !here.references.contains(*key))
            .filter(|key| !needs.meeting.contains_key(*key));
        // A row whose key is not there meets none of the others, whatever they are.
        let unmatched = references.chain(needs.meeting.keys()).filter_map(|key| {
            let (table, name) = key.clone();
            let left =
                LeftOut { why: Why::Unmatched, column: name.to_string(), rows: *self.unmatched.get(key)? };
            Some(self.of_table(&table, left, InputId::Reference(table.clone(), name)))
        });
        let mut keyless = BTreeSet::new();
        self.keyless_of(&leaf.relation, &expressions(leaf).collect::<Vec<_>>(), shapes, &mut keyless);
        for (_, Behind { relation, wants }) in leaves.behind(place) {
            let wants: Vec<&Expr> = wants.iter().map(Want::expr).collect();
            self.keyless_of(relation, &wants, shapes, &mut keyless);
        }
        let keyless = keyless.into_iter().filter_map(|table| {
            let (key, rows) = self.keyless.get(&table)?;
            let left = LeftOut { why: Why::Keyless, column: listed(key), rows: *rows };
            Some(self.of_table(&table, left, InputId::Keys(table.clone())))
        });
        unreadable.chain(unmatched).chain(keyless).collect()
    }

    /// Finds the tables of which a relation counts rows without a key, unless it asks
    /// whether the key is blank: then it has an answer for them. Tables that references
    /// lead to are looked up by a key, and a row without one is never found.
    fn keyless_of(
        &self,
        relation: &Relation,
        others: &[&Expr],
        shapes: Shapes<'_>,
        found: &mut BTreeSet<TableName>,
    ) {
        match &relation.source {
            RelationSource::Table(table) => {
                let Some((key, _)) = self.keyless.get(table) else { return };
                let is_asked = |part: &ColumnName| {
                    let mut is_part = |column: &ColumnRef| {
                        matches!(&column.owner, Owner::Table(owner) if owner == table)
                            && column.path.as_slice() == std::slice::from_ref(part)
                    };
                    let mut all = relation.filters.iter().chain(others.iter().copied());
                    all.any(|expr| asks_for_blank(expr, &mut is_part))
                };
                if !key.iter().all(is_asked) {
                    found.insert(table.clone());
                }
            }
            RelationSource::GroupBy(group) => self.keyless_of(&group.input, &[], shapes, found),
            RelationSource::Join(join) => {
                self.keyless_of(&join.left, &[], shapes, found);
                self.keyless_of(&join.right, &[], shapes, found);
            }
            RelationSource::Sql(text) => {
                let wanted = shapes.queries.get(text).into_iter().flat_map(|query| query.wanted.keys());
                found.extend(wanted.filter(|table| self.keyless.contains_key(*table)).cloned());
            }
        }
    }

    /// A table as an input of its own, of which rows are left out.
    fn of_table(&self, table: &TableName, left: LeftOut, id: InputId) -> Input {
        let rows = self.rows.get(table).copied().unwrap_or(left.rows).max(left.rows);
        Input {
            id,
            table: table.to_string(),
            rows: table.to_string(),
            n: rows - left.rows,
            looked_at: rows,
            left_out: vec![left],
        }
    }
}

/// Columns and references that something looks at, with their tables.
#[derive(Default)]
struct LookedAt {
    columns: BTreeSet<(TableName, ColumnName)>,
    references: BTreeSet<(TableName, ColumnName)>,
}

impl LookedAt {
    /// Adds a column of a table, with the references on the way to it.
    fn add(&mut self, table: &TableName, path: &[ColumnName], shapes: Shapes<'_>) {
        let Ok(resolved) = shapes.schema.resolve(table, path) else { return };
        self.columns.insert((resolved.table.name.clone(), resolved.column.name.clone()));
        for (from, reference) in &resolved.through {
            self.columns.insert((from.name.clone(), reference.on.clone()));
            self.references.insert((from.name.clone(), reference.name.clone()));
        }
    }
}

/// What decides the value of a row besides the conditions.
fn expressions(leaf: &Leaf) -> impl Iterator<Item = &Expr> {
    leaf.argument.iter().chain(leaf.time.iter()).chain(life(&leaf.relation))
}

/// When the life of a row at a moment begins, and when it ends.
fn life(relation: &Relation) -> impl Iterator<Item = &Expr> {
    relation.alive.iter().flat_map(|alive| std::iter::once(&alive.from).chain(&alive.until))
}

/// Visits the columns of a row itself, not those of other rows that it is held against.
fn own_columns(expr: &Expr, table: &TableName, visit: &mut impl FnMut(&[ColumnName])) {
    match &*expr.kind {
        ExprKind::Column(ColumnRef { owner: Owner::Table(owner), path }) if owner == table => visit(path),
        ExprKind::InRows(value, _) => own_columns(value, table, visit),
        ExprKind::History(_) => {}
        _ => expr.children().into_iter().for_each(|child| own_columns(child, table, visit)),
    }
}

/// A condition that also holds where it may hold after all, by what tells a
/// doubtful row for each part of it: one that fails for another reason does not.
fn perhaps(condition: &Expr, doubtful: &impl Fn(&Expr) -> Option<Expr>) -> Expr {
    if let ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b) = &*condition.kind {
        return Expr::binary(*op, perhaps(a, doubtful), perhaps(b, doubtful));
    }
    match doubtful(condition) {
        Some(doubtful) => Expr::binary(BinaryOp::Or, condition.clone(), doubtful),
        None => condition.clone(),
    }
}

/// Whether an expression asks somewhere whether a column is blank, or what is made of it.
fn asks_for_blank(expr: &Expr, is_wanted: &mut impl FnMut(&ColumnRef) -> bool) -> bool {
    let mut holds = |expr: &Expr| {
        expr.any(&mut |part| matches!(&*part.kind, ExprKind::Column(column) if is_wanted(column)))
    };
    let is_blank = |expr: &Expr| matches!(&*expr.kind, ExprKind::Literal(Literal::Null));
    expr.any(&mut |part| match &*part.kind {
        ExprKind::Binary(BinaryOp::Equal | BinaryOp::NotEqual, a, b) => {
            (is_blank(b) && holds(a)) || (is_blank(a) && holds(b))
        }
        ExprKind::Binary(BinaryOp::Coalesce, a, b) => holds(a) || holds(b),
        ExprKind::InList(a, list) => list.contains(&Literal::Null) && holds(a),
        _ => false,
    })
}

/// Holds for a row that has a key for a reference, and nothing there with that key.
fn leads_nowhere(table: &TableName, before: &[ColumnName], name: &ColumnName, reference: &Reference) -> Expr {
    let path = |more: &[&ColumnName]| {
        let mut path = before.to_vec();
        path.extend(more.iter().map(|name| (*name).clone()));
        column(table, path)
    };
    let has_key = path(&[&reference.on]).is_known();
    let finds_none = path(&[name, &reference.key]).is_null();
    Expr::binary(BinaryOp::And, has_key, finds_none)
}

fn any(conditions: impl Iterator<Item = Expr>) -> Option<Expr> {
    conditions.reduce(|a, b| Expr::binary(BinaryOp::Or, a, b))
}

fn column(table: &TableName, path: Vec<ColumnName>) -> Expr {
    Expr::column(ColumnRef::of_table(table, path))
}

fn listed(names: &[ColumnName]) -> String {
    names.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(", ")
}

fn dotted(path: &[ColumnName]) -> String {
    path.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(".")
}
