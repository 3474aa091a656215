//! Tables: which rows. Stocks: rows with lifetimes, before a moment is chosen.

use std::sync::Arc;

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::{Expr, ExprKind, Owner, Relation, RelationSource};

use super::weight::Weight;
use crate::host::{Fallible, raise};

/// A table with its filters.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// The plan.
    pub(crate) relation: Arc<Relation>,
    /// Its size.
    pub(crate) weight: Weight,
}

/// Rows that live from one date to another.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    /// The rows.
    pub(crate) rows: Rows,
    /// When a life begins.
    pub(crate) from: Expr,
    /// When it ends.
    pub(crate) until: Option<Expr>,
    /// The size of all of it.
    pub(crate) weight: Weight,
}

/// Whose columns a relation's rows have.
pub(crate) fn owners(relation: &Relation) -> Vec<Owner> {
    match &relation.source {
        RelationSource::Table(name) => vec![Owner::Table(name.clone())],
        RelationSource::Join(join) => {
            let mut all = owners(&join.left);
            all.extend(owners(&join.right));
            all
        }
        source @ (RelationSource::GroupBy(_) | RelationSource::Sql(_)) => {
            vec![Owner::Derived(source.clone())]
        }
    }
}

/// What messages call a relation's rows.
pub(crate) fn title(relation: &Relation) -> String {
    let names: Vec<String> = owners(relation).iter().map(owner_title).collect();
    names.join(" joined with ")
}

/// What messages call an owner of columns.
pub(crate) fn owner_title(owner: &Owner) -> String {
    match owner {
        Owner::Table(name) => format!("`{name}`"),
        Owner::Derived(RelationSource::GroupBy(group)) => format!("the groups of {}", title(&group.input)),
        Owner::Derived(_) => "the query".to_owned(),
    }
}

/// Checks that an expression uses columns of these rows only.
pub(crate) fn check_belongs(relation: &Relation, expr: &Expr) -> Fallible<()> {
    let owners = owners(relation);
    let Some((owner, foreign)) = foreign(expr, &owners) else { return Ok(()) };
    let own = title(relation);
    let wrong = match &*foreign.kind {
        ExprKind::Column(column) => format!("column `{}` of {}", column.dotted(), owner_title(&owner)),
        _ => format!("a value of {}", owner_title(&owner)),
    };
    Err(raise(
        Diagnostic::error(Code::ScriptType, format!("{wrong} does not belong to the rows of {own}"))
            .at(foreign.at.clone())
            .label("not a column of these rows")
            .help(
                "follow a reference (deals.customer.region), test membership (deals.customer_id in \
                 customers.id), or join the tables first",
            ),
    ))
}

fn foreign(expr: &Expr, owners: &[Owner]) -> Option<(Owner, Expr)> {
    match &*expr.kind {
        ExprKind::Column(column) => {
            (!owners.contains(&column.owner)).then(|| (column.owner.clone(), expr.clone()))
        }
        // The other rows of a membership test are their own.
        ExprKind::InRows(value, _) => foreign(value, owners),
        ExprKind::History(history) => {
            let theirs = self::owners(&history.relation);
            if theirs.iter().any(|owner| owners.contains(owner)) {
                return None;
            }
            theirs.into_iter().next().map(|owner| (owner, expr.clone()))
        }
        _ => expr.children().into_iter().find_map(|child| foreign(child, owners)),
    }
}
