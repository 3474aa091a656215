//! The engine: from a demand of leaves over windows to their values.
//!
//! 1. [`fuse`] lays out [scans](crate::scan).
//! 2. [`run`] runs them in a [`session`], as many at once as its memory allows. They
//!    and all else that is read of rows go through one [`door`], where what is
//!    [`known`] from an earlier run is not computed again.
//!    Scans of the same rows whose outputs add up make one pass of a [`dense`] operator.
//! 3. [`read`] turns the results into exact numbers; [`percentile`] takes those that a
//!    double does not hold from distributions.
//! 4. [`rollup`] adds buckets up to windows and answers for each leaf; [`value`] says
//!    what a sum and its counts come to.

pub(crate) mod behind;
pub(crate) mod bounded;
pub(crate) mod currency;
mod dense;
pub(crate) mod door;
pub(crate) mod doubt;
pub(crate) mod fuse;
pub(crate) mod known;
pub(crate) mod listing;
pub(crate) mod memory;
pub(crate) mod missing;
pub(crate) mod parts;
mod percentile;
mod planning;
pub(crate) mod range;
pub(crate) mod read;
pub(crate) mod references;
pub(crate) mod rollup;
pub(crate) mod run;
pub(crate) mod session;
mod value;
mod values;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::progress::Progress;

pub use dense::Grouping;
pub use fuse::Fusion;
pub use percentile::Percentiles;
pub use planning::{DynamicFilters, Planning, Rules};

/// How the engine may work.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Threads to use; `None` for as many as the machine has processors.
    pub threads: Option<usize>,
    /// Bytes that loaded rows and operators may hold together before they go to disk.
    pub memory_limit: usize,
    /// Where to spill; `None` for the system's temporary folder.
    pub temp_dir: Option<PathBuf>,
    /// Whether aggregates share scans.
    pub fusion: Fusion,
    /// How plans are made.
    pub planning: Planning,
    /// How long a scan of a script's query may take.
    pub query_time: Duration,
    /// Who is told how far it is.
    pub progress: Arc<Progress>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            threads: None,
            memory_limit: 1 << 30,
            temp_dir: None,
            fusion: Fusion::Shared,
            planning: Planning::default(),
            query_time: Duration::from_secs(60),
            progress: Arc::default(),
        }
    }
}

impl EngineOptions {
    /// How many readings may run beside each other.
    pub(crate) fn at_once(&self) -> usize {
        memory::at_once(self.memory_limit, self.threads())
    }

    /// The number of threads in force.
    pub fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.threads.unwrap_or_else(all).max(1)
    }
}
