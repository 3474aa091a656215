//! The clock: the one place of the program that asks what time it is.
//!
//! Everything else is told the moment it speaks for, so that every run can be
//! repeated with `--as-of`.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// The moment now.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Time that goes by, for what is said of a run beside its answer.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago that was.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
