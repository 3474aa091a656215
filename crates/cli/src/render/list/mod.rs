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
