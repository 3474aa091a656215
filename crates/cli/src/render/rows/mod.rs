//! The rows behind a value as text.
//!
//! `human` is for people; `csv` and `json` are for programs.

mod csv;
mod human;
mod json;

use clap::ValueEnum;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::listing::RowsReport;

/// Formats of `goalpost explain --rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsFormat {
    /// For reading at a terminal
    Table,
    /// One document, schema goalpost/rows/1
    Json,
    /// One line per row
    Csv,
}

/// A listing in a format.
pub(crate) fn written(format: RowsFormat, report: &RowsReport) -> String {
    match format {
        RowsFormat::Table => human::rows(report),
        RowsFormat::Json => json::rows(report),
        RowsFormat::Csv => csv::rows(report),
    }
}

/// A listing that came to nothing: a document with the reasons where documents
/// are wanted; nothing otherwise.
pub(crate) fn failed(format: RowsFormat, found: &[Diagnostic]) -> String {
    match format {
        RowsFormat::Json => json::failed(found),
        RowsFormat::Table | RowsFormat::Csv => String::new(),
    }
}
