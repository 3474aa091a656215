//! Currencies: amounts in another currency than the project's are not added.

use goalpost_core::config::Config;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::{ColumnRef, ExprKind, Owner};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::{ColumnType, ColumnsByTable, Schema};

use super::run;
use crate::lower::rows::RowContext;
use crate::plan::Leaves;
use crate::relation::window::Undated;
use crate::scan::{Bucket, Output, Scan};

/// The column in which a table says the currency of its amounts.
const CURRENCY: &str = "currency";

/// Tables of which amounts are looked at, and that say their currency.
fn concerned(leaves: &Leaves, schema: &Schema) -> Vec<TableName> {
    let mut found: Vec<TableName> = Vec::new();
    for (_, leaf) in leaves.iter() {
        for expr in leaf.expressions() {
            expr.any(&mut |part| {
                if let ExprKind::Column(ColumnRef { owner: Owner::Table(table), path }) = &*part.kind
                    && let Ok(resolved) = schema.resolve(table, path)
                    && matches!(resolved.column.ty, ColumnType::Money(_))
                    && resolved.table.column(CURRENCY).is_some_and(|column| column.ty == ColumnType::Text)
                    && !found.contains(&resolved.table.name)
                {
                    found.push(resolved.table.name.clone());
                }
                false
            });
        }
    }
    found
}

/// Adds the currency columns to those that are loaded.
pub(crate) fn want(leaves: &Leaves, schema: &Schema, wanted: &mut ColumnsByTable) {
    for table in concerned(leaves, schema) {
        wanted.entry(table).or_default().insert(ColumnName::from(CURRENCY));
    }
}

/// Finds amounts in other currencies.
pub(crate) async fn check(
    context: &RowContext<'_>,
    leaves: &Leaves,
    config: &Config,
    at_once: usize,
) -> Vec<Diagnostic> {
    let tables = concerned(leaves, context.shapes.schema);
    let scans: Vec<Scan> = tables
        .iter()
        .map(|table| Scan {
            source: goalpost_core::expr::RelationSource::Table(table.clone()),
            axis: None,
            dimensions: vec![ColumnRef {
                owner: Owner::Table(table.clone()),
                path: vec![ColumnName::from(CURRENCY)],
            }],
            apart: None,
            bucket: Bucket::Whole,
            undated: Undated::Counted,
            outputs: vec![Output::count(Vec::new())],
        })
        .collect();
    let found = match run::run(context, &scans, at_once).await {
        Ok(found) => found,
        Err(error) => return vec![error],
    };
    let mut problems = Vec::new();
    for (table, groups) in tables.iter().zip(found) {
        let strange: Vec<String> = groups
            .iter()
            .filter_map(|group| {
                group.segment.first().cloned().flatten().zip(group.values.first().copied().flatten())
            })
            .filter(|(code, _)| !code.trim().eq_ignore_ascii_case(&config.currency))
            .map(|(code, rows)| format!("{code} ({rows} rows)"))
            .collect();
        if strange.is_empty() {
            continue;
        }
        let at = config.tables.get(table).map(|table| table.at.clone());
        problems.push(
            Diagnostic::error(
                Code::MixedCurrencies,
                format!("{table} has amounts in other currencies than {}: {}", config.currency, strange.join(", ")),
            )
            .at(goalpost_core::source::At(at))
            .help(format!("convert them in the export, or leave those rows out of it; adding them to {} would be a wrong number", config.currency)),
        );
    }
    problems
}
