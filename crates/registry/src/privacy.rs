//! Columns that a project keeps out of listings of rows: `private = true`.

use std::collections::BTreeSet;

use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner, RelationSource};
use goalpost_core::measure::{Measure, MeasureKind};
use goalpost_core::name::{ColumnName, TableName};

use crate::project::Project;

/// Whether a column shows values of a private one: it is private, or is made of
/// one by a grouping or a query.
pub(crate) fn is_private(project: &Project, column: &ColumnRef) -> bool {
    match &column.owner {
        Owner::Table(table) => match project.sources.schema().resolve(table, &column.path) {
            Ok(resolved) => is_marked(project, &resolved.table.name, &resolved.column.name),
            Err(_) => false,
        },
        Owner::Derived(RelationSource::GroupBy(group)) => {
            let name = column.path.last();
            if name == group.key.path.last() {
                return is_private(project, &group.key);
            }
            let made = group.columns.iter().filter(|(known, _)| Some(known) == name);
            made.into_iter().any(|(_, measure)| shows(project, measure))
        }
        // A query's columns are not traced to those they are made of.
        Owner::Derived(RelationSource::Sql(text)) => {
            let query = project.catalogue.shapes().queries.get(text);
            let mut read = query.into_iter().flat_map(|query| &query.wanted);
            read.any(|(table, columns): (&TableName, &BTreeSet<ColumnName>)| {
                columns.iter().any(|column| is_marked(project, table, column))
            })
        }
        Owner::Derived(_) => false,
    }
}

/// Whether an expression over rows shows values of a private column.
pub(crate) fn is_made_of_private(project: &Project, expr: &Expr) -> bool {
    expr.any(&mut |part| matches!(&*part.kind, ExprKind::Column(column) if is_private(project, column)))
}

fn shows(project: &Project, measure: &Measure) -> bool {
    let own = match &*measure.kind {
        MeasureKind::Aggregate(aggregate) => {
            aggregate.argument.iter().any(|argument| is_made_of_private(project, argument))
        }
        _ => false,
    };
    own || measure.children().into_iter().any(|child| shows(project, child))
}

fn is_marked(project: &Project, table: &TableName, column: &ColumnName) -> bool {
    let table = project.config.tables.get(table);
    table.and_then(|table| table.columns.get(column)).is_some_and(|column| column.private)
}
