//! Reports as text: one file per format, all over the report model of core.
//!
//! A renderer gets a finished report and returns a text. It computes nothing,
//! decides no exit code and prints nothing.
//!
//! - `grid`: a run as rows and columns, drawn by `table` and `markdown`.
//! - `csv`, `run_json`: a run for programs; `json` is what all documents share.
//! - `check`: verdicts, in every format of `goalpost check --report`; `review`: how SMART goals are.
//! - `compare_grid`, `compare_csv`, `compare_json`: a before against an after.
//! - `rows_human`, `rows_json`, `rows_csv`: the rows behind a value.
//! - `listing`, `list_json`, `explanation`: what `list` and `explain` show.
//! - `docs`: the catalogue as pages.

pub(crate) mod check;
pub(crate) mod compare_csv;
pub(crate) mod compare_grid;
pub(crate) mod compare_json;
pub(crate) mod csv;
pub(crate) mod docs;
pub(crate) mod explanation;
pub(crate) mod grid;
pub(crate) mod json;
pub(crate) mod list_json;
pub(crate) mod listing;
pub(crate) mod markdown;
pub(crate) mod review;
pub(crate) mod rows_csv;
pub(crate) mod rows_human;
pub(crate) mod rows_json;
pub(crate) mod run_json;
pub(crate) mod table;

#[cfg(test)]
pub(crate) mod sample;
