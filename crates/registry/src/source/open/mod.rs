//! Opening: all tables of a project with their names and types, not yet read.
//!
//! `sources` opens them, `date_styles` and `types` settle what only the data can
//! say, `twins` finds files that hold the same, `hidden` columns that no table can have, `given` opens rows of tests,
//! `describe` is what `list tables` shows.

pub(super) mod date_styles;
pub(super) mod describe;
pub(super) mod file;
pub(super) mod given;
pub(super) mod given_rows;
mod hidden;
pub(super) mod sources;
mod twins;
pub(super) mod types;
