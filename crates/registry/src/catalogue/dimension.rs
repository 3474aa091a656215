//! Dimensions: by which column of each table a metric is cut.

use std::collections::BTreeSet;

use goalpost_core::definition::{Metric, SharedDimension};
use goalpost_core::expr::{ColumnRef, Owner, RelationSource};
use goalpost_core::name::{ColumnName, DimensionName};
use goalpost_core::schema::Schema;

use crate::relation::owner::owns;
use crate::relation::shape::Shapes;

/// Why a metric cannot be cut by a dimension.
pub(crate) type Refusal = String;

/// The column by which the rows of one source are cut.
///
/// In this order: the column that the metric's `by` names for this source; the
/// column that a shared dimension lists for its table, or the single shortest
/// path of references to a listed one; and the name read as a path, if all of
/// the metric's aggregates are over this source, or its `by` lists the name.
pub(crate) fn column_for(
    name: &DimensionName,
    source: &RelationSource,
    metric: Option<&Metric>,
    is_only_source: bool,
    shared: &[SharedDimension],
    shapes: Shapes<'_>,
) -> Result<ColumnRef, Refusal> {
    let schema = shapes.schema;
    let offered = metric.and_then(|metric| metric.by.iter().find(|dimension| dimension.name == *name));
    if let Some(column) = offered.and_then(|dimension| dimension.column.as_ref())
        && owns(source, &column.owner)
    {
        return match shapes.resolve(&column.owner, &column.path) {
            Ok(_) => Ok(column.clone()),
            Err(unfound) => Err(format!("{} has no column `{}`", unfound.table, column.dotted())),
        };
    }
    // Pairs are cut by what either side has.
    if let RelationSource::Join(join) = source {
        let side = |side: &RelationSource| column_for(name, side, metric, is_only_source, shared, shapes);
        return side(&join.left.source).or_else(|_| side(&join.right.source));
    }
    if let Some(dimension) = shared.iter().find(|dimension| dimension.name == *name) {
        return shared_column(dimension, source, schema);
    }
    let owner = match source {
        RelationSource::Table(table) => Owner::Table(table.clone()),
        other => Owner::Derived(other.clone()),
    };
    let path: Vec<ColumnName> = name.as_str().split('.').map(ColumnName::from).collect();
    if !is_only_source && offered.is_none() {
        return Err(format!(
            "it is computed from several tables, and `{name}` is no dimension over all of them"
        ));
    }
    match shapes.resolve(&owner, &path) {
        Ok(_) => Ok(ColumnRef { owner, path }),
        Err(unfound) => Err(match unfound.column {
            Some(column) => format!("{} has no column `{column}`", unfound.table),
            None => format!("there is no table {}", unfound.table),
        }),
    }
}

/// A shared dimension's column for a table: listed, or reached by the single
/// shortest path of references.
fn shared_column(
    dimension: &SharedDimension,
    source: &RelationSource,
    schema: &Schema,
) -> Result<ColumnRef, Refusal> {
    let RelationSource::Table(start) = source else {
        return Err(format!("`{}` is not reached from {source}", dimension.name));
    };
    let listed = |table: &goalpost_core::name::TableName| {
        dimension.columns.iter().find(|column| column.owner == Owner::Table(table.clone()))
    };
    let mut seen = BTreeSet::from([start.clone()]);
    let mut frontier = vec![(start.clone(), Vec::<ColumnName>::new())];
    while !frontier.is_empty() {
        let mut found: Vec<ColumnRef> = Vec::new();
        for (table, prefix) in &frontier {
            if let Some(column) = listed(table) {
                let mut path = prefix.clone();
                path.extend(column.path.iter().cloned());
                if schema.resolve(start, &path).is_ok() {
                    found.push(ColumnRef::of_table(start, path));
                }
            }
        }
        match found.len() {
            0 => {}
            1 => return found.pop().ok_or_else(String::new),
            _ => {
                let paths: Vec<String> = found.iter().map(ColumnRef::dotted).collect();
                return Err(format!(
                    "`{}` is reached from {start} by {}: say which one in the metric's `by`",
                    dimension.name,
                    paths.join(" and by ")
                ));
            }
        }
        let mut next = Vec::new();
        for (table, prefix) in frontier {
            let Some(table) = schema.tables.get(&table) else { continue };
            for reference in &table.references {
                if !seen.contains(&reference.table) {
                    let mut path = prefix.clone();
                    path.push(reference.name.clone());
                    next.push((reference.table.clone(), path));
                }
            }
        }
        seen.extend(next.iter().map(|(table, _)| table.clone()));
        frontier = next;
    }
    Err(format!("`{}` is not reached from {start}", dimension.name))
}
