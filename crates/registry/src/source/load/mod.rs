//! Loading: the wanted columns of the wanted tables, read once.
//!
//! `tables` plans and puts together, `job` is a part of the work and runs on
//! threads, `findings` says what could not be read.

pub(super) mod findings;
pub(super) mod job;
pub(super) mod tables;
