//! A comparison as text: a before against an after.
//!
//! `grid` is for people, at a terminal or on a page; `csv` and `json` are for
//! programs.

mod csv;
mod grid;
mod json;

use goalpost_core::comparison::ComparisonReport;
use goalpost_core::diagnostic::Diagnostic;

use super::{RunFormat, markdown};

/// A comparison in a format; `width` is what a table has room for.
pub(crate) fn written(format: RunFormat, report: &ComparisonReport, width: usize) -> String {
    match format {
        RunFormat::Table => grid::table(report, width),
        RunFormat::Json => json::compare(report),
        RunFormat::Csv => csv::compare(report),
        RunFormat::Markdown => markdown::grid(&grid::grid(report)),
    }
}

/// A comparison that came to nothing: a document without rows where documents
/// are wanted, so that an earlier one is not taken for this run's; nothing
/// otherwise.
pub(crate) fn failed(format: RunFormat, found: &[Diagnostic]) -> String {
    match format {
        RunFormat::Json => json::failed(found),
        RunFormat::Table | RunFormat::Csv | RunFormat::Markdown => String::new(),
    }
}
