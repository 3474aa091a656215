//! Opening: all tables of a project with their names and types, not yet read.
//!
//! `sources` opens them, `date_styles` and `types` settle what only the data can
//! say and `shown` keeps for the next run, `twins` finds files that hold the same, `hidden` columns that no table can have, `given` opens rows of tests,
//! `identity` says what decides which rows a table has, `describe` is what `list tables` shows.

mod date_styles;
pub(super) mod describe;
pub(super) mod file;
pub(super) mod given;
pub(super) mod given_rows;
mod hidden;
mod identity;
mod shown;
pub(super) mod sources;
mod twins;
pub(super) mod types;
