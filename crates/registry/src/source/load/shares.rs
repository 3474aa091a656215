//! Shares of a whole, such as probabilities: fractions or percentages?
//!
//! `40` is more than any fraction, and `0.4` hardly a percentage, so the numbers of
//! the whole table say what they are, unless the config does. Where there are
//! both, nothing says it: a guess would make a figure a hundred times too large. So it
//! is where some cells of any column have a percent sign, and others are more than 1.

use goalpost_core::config::CellUnit;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{ColumnName, TableName};

use crate::source::bind::columns::BoundColumn;
use crate::source::cell::convert::{BadCell, ShownUnits};

/// Whether the parts of a table show that the numbers of a column are percentages,
/// which nobody has said.
pub(super) fn are_percentages<'a>(
    column: &BoundColumn,
    parts: impl Iterator<Item = &'a ShownUnits> + Clone,
) -> bool {
    is_open(column)
        && parts.clone().any(|shown| shown.percent.is_some())
        && parts.into_iter().all(|shown| shown.fraction.is_none())
}

/// The columns of which the numbers are hundredths.
pub(super) fn in_percent<'a>(
    columns: impl Iterator<Item = &'a BoundColumn>,
) -> impl Iterator<Item = ColumnName> {
    let is_percent = |column: &&BoundColumn| {
        column.rules.numbers.share.is_some_and(|share| share.unit == CellUnit::Percent)
    };
    columns.filter(is_percent).map(|column| column.column.name.clone())
}

/// An error about a column with both.
pub(super) fn ambiguous(table: &TableName, column: &BoundColumn, shown: &ShownUnits) -> Option<Diagnostic> {
    let name = &column.column.name;
    let (percent, other, message) = match (shown, column.rules.numbers.share) {
        (ShownUnits { percent: Some(percent), fraction: Some(fraction), .. }, Some(share))
            if share.is_open =>
        {
            let message = format!(
                "`{table}.{name}` holds numbers above 1 and below: they may be fractions or percentages"
            );
            (percent, fraction, message)
        }
        (ShownUnits { percent: Some(percent), sign: Some(sign), .. }, None) => {
            let message = format!(
                "`{table}.{name}` holds percentages and numbers above 1 without a percent sign: these may be percentages too"
            );
            (percent, sign, message)
        }
        _ => return None,
    };
    Some(
        Diagnostic::error(Code::AmbiguousShares, message)
            .at(percent.at.clone())
            .label(example(column, percent))
            .related(other.at.clone(), example(column, other))
            .help(remedy(table, name)),
    )
}

/// An error about a condition on a column that may hold percentages: its value is
/// written as one or the other.
pub(super) fn undecided(table: &TableName, column: &BoundColumn, shown: &ShownUnits) -> Option<Diagnostic> {
    let percent = shown.percent.as_ref().filter(|_| is_open(column))?;
    let name = &column.column.name;
    let message =
        format!("`{table}.{name}` seems to hold percentages, and a condition on it decides which rows count");
    let found = Diagnostic::error(Code::AmbiguousShares, message);
    Some(found.at(percent.at.clone()).label(example(column, percent)).help(remedy(table, name)))
}

fn is_open(column: &BoundColumn) -> bool {
    column.rules.numbers.share.is_some_and(|share| share.is_open)
}

fn example(column: &BoundColumn, cell: &BadCell) -> String {
    match column.private {
        true => format!("(private): {}", cell.why),
        false => format!("{:?}: {}", cell.text, cell.why),
    }
}

fn remedy(table: &TableName, name: &ColumnName) -> String {
    format!(
        "say which in [tables.{table}.columns]: {name} = {{ unit = \"percent\" }} or {{ unit = \"fraction\" }}"
    )
}
