//! Loading: the wanted columns of the wanted tables, read once.
//!
//! `tables` plans and puts together, `job` is a part of the work and runs on
//! threads, `look` decides of each row whether it counts, `keys` finds keys that
//! occur twice, `duplicates` and `findings` say what is wrong.

mod duplicates;
pub(super) mod findings;
pub(super) mod job;
mod keys;
mod look;
pub(super) mod tables;
