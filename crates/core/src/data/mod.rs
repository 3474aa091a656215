//! Tables: what columns there may be, and what exports call them.
//!
//! - `schema`: tables as a project knows them, columns with types, keys, references.
//! - `canonical`: the tables that built-in metrics are written for.
//! - `preset`: what the exports of known products call their columns.

pub mod canonical;
pub mod preset;
pub mod schema;
