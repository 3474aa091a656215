//! Currencies: amounts in another currency than the project's are not added.

use goalpost_core::config::Config;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::ColumnRef;
use goalpost_core::name::{ColumnName, TableName};

use super::run;
use crate::lower::rows::RowContext;
use crate::plan::needs::CURRENCY;
use crate::relation::window::Undated;
use crate::scan::{Bucket, Output, Scan};

/// Finds amounts in other currencies among tables that say theirs.
pub(crate) async fn check(
    context: &RowContext<'_>,
    tables: &[(TableName, ColumnName)],
    config: &Config,
    at_once: usize,
) -> Vec<Diagnostic> {
    let scans: Vec<Scan> = tables
        .iter()
        .map(|(table, column)| Scan {
            source: goalpost_core::expr::RelationSource::Table(table.clone()),
            axis: None,
            dimensions: vec![ColumnRef::of_table(table, vec![column.clone()])],
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
    for ((table, column), groups) in tables.iter().zip(found) {
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
        let (by, or) = match column.as_str() {
            CURRENCY => (String::new(), String::new()),
            _ => (
                format!(", by `{column}`"),
                format!(
                    "; if `{column}` is not the currency of these amounts, give it another name in [tables.{table}.columns]"
                ),
            ),
        };
        problems.push(
            Diagnostic::error(
                Code::MixedCurrencies,
                format!("{table} has amounts in other currencies than {}{by}: {}", config.currency, strange.join(", ")),
            )
            .at(goalpost_core::source::At(at))
            .help(format!("convert them in the export, or leave those rows out of it; adding them to {} would be a wrong number{or}", config.currency)),
        );
    }
    problems
}
