//! Doubt: rows of which it is not known whether they belong to an aggregate, or
//! with what value, because a cell that decides could not be read or a reference
//! that decides leads nowhere.
//!
//! Such a row is blank where it is doubtful, and blank has a meaning of its own: a
//! condition is false, a sum leaves it out, an open end goes on. So the gate has to
//! know of it. Data without such cells costs nothing: conditions are made only for
//! columns in which loading has found some.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::expr::{BinaryOp, ColumnRef, Expr, ExprKind, Owner, RelationSource};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::sample::{Input, InputId, LeftOut, Why};
use goalpost_core::schema::Reference;

use crate::plan::Leaf;
use crate::plan::needs::Needs;
use crate::relation::shape::Shapes;
use crate::source::mark;

/// Where a run's tables are doubtful.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubts {
    /// Unreadable cells by table and column.
    pub(crate) cells: BTreeMap<(TableName, ColumnName), u64>,
    /// How many rows the tables have.
    pub(crate) rows: BTreeMap<TableName, u64>,
    /// References by which some rows lead nowhere, with the table they start from.
    pub(crate) unmatched: BTreeSet<(TableName, ColumnName)>,
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
        self.cells.is_empty() && self.unmatched.is_empty()
    }

    /// Why rows of a leaf under these conditions are doubtful: one reason for
    /// unreadable cells and one for references that lead nowhere.
    pub(crate) fn of(&self, leaf: &Leaf, filters: &[Expr], shapes: Shapes<'_>) -> Vec<Doubt> {
        let RelationSource::Table(table) = &leaf.relation.source else { return Vec::new() };
        if self.is_empty() {
            return Vec::new();
        }
        let decides: Vec<&Expr> = filters.iter().chain(expressions(leaf)).collect();
        [Why::Unreadable, Why::Unmatched]
            .into_iter()
            .filter_map(|why| {
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
                    .map(|filter| match any(signs(filter).into_iter().map(|(_, sign)| sign)) {
                        Some(doubtful) => Expr::binary(BinaryOp::Or, filter.clone(), doubtful),
                        None => filter.clone(),
                    })
                    .collect();
                Some(Doubt { why, column, condition, perhaps })
            })
            .collect()
    }

    /// What tells a doubtful row for an expression over it: the columns' names with
    /// a condition each.
    fn signs(&self, why: Why, table: &TableName, expr: &Expr, shapes: Shapes<'_>) -> Vec<(String, Expr)> {
        let mut found = Vec::new();
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
                        if self.unmatched.contains(&(from.name.clone(), reference.name.clone())) {
                            let sign = leads_nowhere(table, &prefix[..depth], &prefix[depth], reference);
                            found.push((dotted(&prefix[..=depth]), sign));
                        }
                    }
                }
            }
        });
        found
    }

    /// Unreadable cells of columns that a leaf looks at in other rows than its own
    /// (in joins, groups, queries, histories, other tables) or is cut by: of the
    /// whole table, since which of them matter cannot be told.
    pub(crate) fn elsewhere(&self, leaf: &Leaf, shapes: Shapes<'_>) -> Vec<Input> {
        if self.cells.is_empty() {
            return Vec::new();
        }
        let mut here: BTreeSet<(TableName, ColumnName)> = BTreeSet::new();
        if let RelationSource::Table(table) = &leaf.relation.source {
            for expr in leaf.relation.filters.iter().chain(expressions(leaf)) {
                own_columns(expr, table, &mut |path| {
                    if let Ok(resolved) = shapes.schema.resolve(table, path) {
                        here.insert((resolved.table.name.clone(), resolved.column.name.clone()));
                        let on = |(from, reference): &(&goalpost_core::schema::Table, &Reference)| {
                            (from.name.clone(), reference.on.clone())
                        };
                        here.extend(resolved.through.iter().map(on));
                    }
                });
            }
        }
        let looked_at = Needs::of_leaf(leaf, shapes).columns;
        let looked_at = looked_at
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(move |column| (table.clone(), column.clone())));
        looked_at
            .filter(|key| !here.contains(key))
            .filter_map(|key| {
                let bad = *self.cells.get(&key)?;
                let rows = self.rows.get(&key.0).copied().unwrap_or(bad).max(bad);
                let (table, column) = key;
                let left = LeftOut { why: Why::Unreadable, column: column.to_string(), rows: bad };
                Some(Input {
                    table: table.to_string(),
                    rows: table.to_string(),
                    n: rows - bad,
                    looked_at: rows,
                    left_out: vec![left],
                    id: InputId::Column(table, column),
                })
            })
            .collect()
    }
}

/// What decides the value of a row besides the conditions.
fn expressions(leaf: &Leaf) -> impl Iterator<Item = &Expr> {
    let alive = leaf.relation.alive.iter().flat_map(|alive| std::iter::once(&alive.from).chain(&alive.until));
    leaf.argument.iter().chain(leaf.time.iter()).chain(alive)
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

fn dotted(path: &[ColumnName]) -> String {
    path.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(".")
}
