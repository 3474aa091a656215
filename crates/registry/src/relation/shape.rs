//! Shapes: which columns a source of rows has, and where a path leads.

use goalpost_core::diagnostic::did_you_mean;
use std::sync::Arc;

use goalpost_core::expr::{ColumnRef, Expr, GroupBy, Owner, RelationSource};
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind, MeasureOp};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::row_type::RowType;
use goalpost_core::schema::{Schema, Table, Unresolved};

use crate::query::Queries;

/// Looks columns up in the tables of a project and in derived relations.
#[derive(Clone, Copy)]
pub(crate) struct Shapes<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) queries: &'a Queries,
}

/// A column that a path leads to.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) ty: RowType,
}

/// A name in a path that is not there.
#[derive(Debug)]
pub(crate) struct Unfound {
    pub(crate) table: TableName,
    pub(crate) column: Option<ColumnName>,
    pub(crate) help: String,
}

impl<'a> Shapes<'a> {
    /// Follows a path from its owner.
    pub(crate) fn resolve(&self, owner: &Owner, path: &[ColumnName]) -> Result<Found, Unfound> {
        match owner {
            Owner::Table(table) => self.in_table(table, path),
            Owner::Derived(RelationSource::GroupBy(group)) => self.in_group(group, path),
            Owner::Derived(RelationSource::Sql(text)) => self.in_query(text, path),
            Owner::Derived(other) => Err(Unfound {
                table: TableName::from(other.to_string()),
                column: path.first().cloned(),
                help: "its columns are not known".to_owned(),
            }),
        }
    }

    /// The columns that identify rows of a source, where the project says which.
    pub(crate) fn keys(&self, source: &RelationSource) -> Vec<ColumnRef> {
        match source {
            RelationSource::Table(name) => {
                let key = self.schema.tables.get(name).and_then(|table| table.key.clone());
                key.map(|key| ColumnRef::of_table(name, vec![key])).into_iter().collect()
            }
            RelationSource::Join(join) => {
                let mut keys = self.keys(&join.left.source);
                keys.extend(self.keys(&join.right.source));
                keys
            }
            RelationSource::GroupBy(_) | RelationSource::Sql(_) => Vec::new(),
        }
    }

    /// The column by which the rows of a table are placed in time where nothing else
    /// says so; none for rows that are made of others.
    pub(crate) fn default_time(&self, source: &RelationSource) -> Option<Expr> {
        let RelationSource::Table(name) = source else { return None };
        let time = self.schema.tables.get(name)?.time.clone()?;
        Some(self.column(ColumnRef::of_table(name, vec![time])))
    }

    fn in_query(&self, text: &Arc<str>, path: &[ColumnName]) -> Result<Found, Unfound> {
        let name = path.first().cloned().unwrap_or_else(|| ColumnName::from(""));
        let query = self.queries.get(text);
        let columns = query.map(|query| query.columns.as_slice()).unwrap_or_default();
        if let ([_], Some((_, ty))) = (path, columns.iter().find(|(known, _)| *known == name)) {
            return Ok(Found { ty: (*ty).into() });
        }
        let known: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        Err(Unfound {
            table: TableName::from("the query"),
            help: did_you_mean(name.as_str(), known.iter().copied()),
            column: Some(name),
        })
    }

    fn in_table(&self, table: &TableName, path: &[ColumnName]) -> Result<Found, Unfound> {
        match self.schema.resolve(table, path) {
            Ok(resolved) => Ok(Found { ty: resolved.column.ty.into() }),
            Err(Unresolved::Table(name)) => {
                let known: Vec<&str> = self.schema.tables.keys().map(TableName::as_str).collect();
                let help = did_you_mean(name.as_str(), known.iter().copied());
                Err(Unfound { table: name, column: None, help })
            }
            Err(Unresolved::Column { table, name, as_reference }) => {
                let found = self.schema.tables.get(&table);
                let known = found.map(|found| names_of(found, as_reference)).unwrap_or_default();
                let mut help = did_you_mean(name.as_str(), known.iter().copied());
                if as_reference {
                    help = format!("references of {table}: {help}");
                }
                Err(Unfound { table, column: Some(name), help })
            }
        }
    }

    fn in_group(&self, group: &GroupBy, path: &[ColumnName]) -> Result<Found, Unfound> {
        let key = group.key.path.last();
        if let [name] = path {
            if Some(name) == key {
                return self.resolve(&group.key.owner, &group.key.path).map(|found| Found { ty: found.ty });
            }
            if let Some((_, measure)) = group.columns.iter().find(|(column, _)| column == name) {
                return Ok(Found { ty: group_column(measure) });
            }
        }
        let mut known: Vec<&str> = group.columns.iter().map(|(name, _)| name.as_str()).collect();
        known.extend(key.map(ColumnName::as_str));
        let name = path.first().cloned().unwrap_or_else(|| ColumnName::from(""));
        Err(Unfound {
            table: TableName::from(format!("the groups by {}", group.key.dotted())),
            help: did_you_mean(name.as_str(), known.iter().copied()),
            column: Some(name),
        })
    }
}

/// The type of a measure of a group as a column.
fn group_column(measure: &Measure) -> RowType {
    match &*measure.kind {
        MeasureKind::Aggregate(aggregate) => match aggregate.function {
            AggregateFunction::Count | AggregateFunction::CountDistinct => RowType::Integer,
            AggregateFunction::Share => RowType::Decimal,
            _ => {
                let ty = aggregate.argument.as_ref().and_then(Expr::row_type);
                match (ty, aggregate.function) {
                    (Some(RowType::Integer), AggregateFunction::Min | AggregateFunction::Max) => {
                        RowType::Integer
                    }
                    (Some(RowType::Integer), _) => RowType::Decimal,
                    (Some(ty), _) => ty,
                    (None, _) => RowType::Null,
                }
            }
        },
        MeasureKind::Binary(MeasureOp::Divide, ..) => RowType::Decimal,
        MeasureKind::Binary(_, a, _) | MeasureKind::Coalesce(a, _) => group_column(a),
        _ => RowType::Decimal,
    }
}

fn names_of(table: &Table, references: bool) -> Vec<&str> {
    let references_of = table.references.iter().map(|reference| reference.name.as_str());
    if references {
        references_of.collect()
    } else {
        table.columns.iter().map(|column| column.name.as_str()).chain(references_of).collect()
    }
}
