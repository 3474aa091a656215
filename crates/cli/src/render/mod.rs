//! Reports as text: a folder for each kind of report, in it one file per format.
//!
//! A renderer gets a finished report and returns a text. It computes nothing,
//! decides no exit code and prints nothing.
//!
//! - `run`: metrics by period and segment. `check`: verdicts. `compare`: a before
//!   against an after. `rows`: the rows behind a value. `list`: what a project has.
//! - `grid`, `table`, `markdown`, `csv`, `json`: what they share, by format.

pub(crate) mod check;
pub(crate) mod compare;
mod csv;
mod grid;
pub(crate) mod json;
pub(crate) mod list;
mod markdown;
pub(crate) mod rows;
pub(crate) mod run;
mod table;

#[cfg(test)]
pub(crate) mod fixture;

use clap::ValueEnum;

/// Formats of `goalpost run` and `goalpost compare`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    /// For reading at a terminal
    Table,
    /// One document, schema goalpost/run/2 or goalpost/compare/2
    Json,
    /// One line per metric, period and segment
    Csv,
    /// A table to paste
    Markdown,
}
