//! Loading: the wanted columns of the wanted tables, read once.
//!
//! `tables` plans and puts together, `job` is a part of the work and runs on
//! threads (`parallel`), `look` decides of each row whether it counts, `keys` finds
//! keys that occur twice, `shares` whether numbers are percentages, `proof` whether
//! doubles are what was written, `duplicates` and `findings` say what is wrong.
//! `inspect` reads all of a table for nothing else.

mod duplicates;
pub(super) mod findings;
mod footer;
mod inspect;
pub(super) mod job;
mod keys;
mod look;
mod parallel;
mod proof;
mod same_rows;
mod shares;
pub(super) mod tables;
