//! Loading: the wanted columns of the wanted tables, read once.
//!
//! `tables` plans and puts together, `job` is a part of the work and runs on
//! threads (`parallel`), `look` decides of each row whether it counts, `keys` finds
//! keys that occur twice, `keyless` rows that have none, `shares` whether numbers are percentages, `proof` whether
//! doubles are what was written, `duplicates` and `findings` say what is wrong.
//! `inspect` reads all of a table for nothing else, `said` is all of
//! what reading says and is kept for other runs.

mod duplicates;
pub(super) mod findings;
mod footer;
mod inspect;
pub(super) mod job;
mod keyless;
mod keys;
pub(super) mod loaded;
mod look;
mod parallel;
mod proof;
pub(super) mod said;
mod same_rows;
mod shares;
pub(super) mod tables;
