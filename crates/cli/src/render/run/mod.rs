//! A run as text: metrics by period and segment.
//!
//! `grid` lays it out in rows and columns for `table` and `markdown`; `csv` and
//! `json` are for programs.

mod csv;
mod grid;
mod json;
mod markdown;
mod table;

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::outcome::Outcome;
use goalpost_core::report::{Cell, RunReport};

use super::RunFormat;

/// A run in a format; `width` is what a table has room for.
pub(crate) fn written(format: RunFormat, report: &RunReport, width: usize) -> String {
    match format {
        RunFormat::Table => table::run(report, width),
        RunFormat::Json => json::run(report),
        RunFormat::Csv => csv::run(report),
        RunFormat::Markdown => markdown::run(report),
    }
}

/// A run that came to nothing: a document without cells where documents are
/// wanted, so that an earlier one is not taken for this run's; nothing otherwise.
pub(crate) fn failed(format: RunFormat, found: &[Diagnostic]) -> String {
    match format {
        RunFormat::Json => json::failed(found),
        RunFormat::Table | RunFormat::Csv | RunFormat::Markdown => String::new(),
    }
}

/// How a cell stands, and why.
struct Status<'a> {
    /// ok, no_data, undefined or pending.
    name: &'static str,
    /// The reason where it is not ok.
    reason: Option<&'a str>,
}

/// The status of a cell. A cell of a running period that has a value is
/// pending; without a value, the missing value is what matters.
fn status(cell: &Cell) -> Status<'_> {
    match &cell.computed.outcome {
        Outcome::NoData(why) => Status { name: "no_data", reason: Some(why) },
        Outcome::Undefined(why) => Status { name: "undefined", reason: Some(why) },
        Outcome::Value(_) if cell.pending => {
            Status { name: "pending", reason: Some("the period is not over") }
        }
        Outcome::Value(_) => Status { name: "ok", reason: None },
    }
}
