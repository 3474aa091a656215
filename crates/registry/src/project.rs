//! A project, ready to be asked.

use goalpost_core::config::Config;

use crate::catalogue::Catalogue;
use crate::source::Sources;

/// The configuration, the data and the definitions of a project.
#[derive(Debug)]
pub struct Project {
    /// `goalpost.toml`.
    pub config: Config,
    /// Its tables.
    pub sources: Sources,
    /// Its metrics and goals.
    pub catalogue: Catalogue,
}
