//! The clock: the one place of the program that asks what time it is.
//!
//! Everything else is told the moment it speaks for, so that every run can be
//! repeated with `--as-of`.

use chrono::{DateTime, Utc};

/// The moment now.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}
