//! Finding: which files a table comes from, and what kind each is.
//!
//! `locate` turns what the config says into files, `file` is one of them.

pub(super) mod file;
pub(super) mod locate;
