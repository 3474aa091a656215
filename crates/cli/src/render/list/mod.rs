//! What a project has, as text: its metrics, goals and tables.
//!
//! - `human`, `json`: all of them, or those of a kind.
//! - `explanation`: one metric, or what the code of a message means.
//! - `docs`: the catalogue of metrics as pages.
//! - `review`: how SMART goals are.

pub(crate) mod docs;
pub(crate) mod explanation;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod review;

use clap::ValueEnum;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListWhat {
    /// Metrics with layer and availability
    Metrics,
    /// Goals with their levels
    Goals,
    /// Tables with columns, types and sources
    Tables,
}

/// Formats of `goalpost list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For reading at a terminal
    Table,
    /// One document, schema goalpost/list/2
    Json,
}
