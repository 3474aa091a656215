//! Finding: which files a table comes from, and what kind each is.
//!
//! `locate` turns what the config says into files, `file` is one of them, `guard`
//! sees to it that whatever goes wrong in reading one is told with its name.

pub(super) mod file;
pub(super) mod guard;
pub(super) mod locate;
