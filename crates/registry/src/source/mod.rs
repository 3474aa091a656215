//! Sources: from the files that a config names to typed tables.
//!
//! [`Sources::open`] finds files, reads headers and settles names and types;
//! nothing else is read before a plan says what it needs. `load` then reads the
//! wanted columns of the wanted tables, once: texts are parsed here, cell by
//! cell, by one set of rules, and Parquet is scanned in place where it already
//! fits. DataFusion's own readers of text are not used, because they drop or move
//! cells in silence (quoted line breaks, open quotes, other column orders).
//!
//! Which rows count is decided here, too: conditions of the config, rows that an
//! export marks as deleted, a second row of the same key.
//!
//! What is deliberately not here: matching of references, which the engine checks
//! on typed rows.
//!
//! Each folder uses those before it: `find` (which files), `cell` (what a cell
//! means), `bind` (which header is which column), `text` and `parquet` (from
//! bytes to cells), `keep` (where rows stay once they are read), `open` (all
//! tables of a project, with names and types), `load` (their rows).

#![expect(clippy::result_large_err, reason = "an error ends a read, so its size never matters")]

mod bind;
mod cell;
mod find;
mod keep;
mod load;
mod open;
mod parquet;
mod text;

#[cfg(test)]
mod tests;

pub use open::sources::Sources;

pub(crate) use bind::columns::EXPORT;
pub(crate) use cell::convert::arrow_type;
pub(crate) use cell::unreadable::mark;
pub(crate) use keep::room::not_put_aside;
pub(crate) use load::loaded::LoadedTable;
pub(crate) use load::said::Said;
pub(crate) use load::tables::LoadOptions;
pub(crate) use open::given::with_all_tables;
