//! Lowering: from plans to DataFusion, with built-in functions only.
//!
//! - [`expr`]: row expressions, with the meaning of nulls that the language has;
//!   [`time`]: times in them.
//! - [`rows`]: the rows of a source with references joined, and as columns
//!   histories ([`history`]) and semi-joins ([`semi_join`]).
//! - [`aggregate`]: a scan as one grouped aggregation; distinct counts as two
//!   ([`distinct`]).
//! - [`listing`]: the rows themselves.
//! - [`samples`]: what tests of a difference need to know of rows.
//!
//! Types were checked before (`catalogue::row_type`); what fails here is a
//! defect and comes back as an engine error, never as a panic.

pub(crate) mod aggregate;
pub(crate) mod business;
mod distinct;
pub(crate) mod expr;
pub(crate) mod groups;
mod history;
pub(crate) mod join;
pub(crate) mod listing;
mod query;
pub(crate) mod rows;
pub(crate) mod samples;
mod semi_join;
mod steady;
mod time;

use chrono::{DateTime, NaiveDate, Utc};
use goalpost_core::calendar::{AsOf, Calendar, Window};

/// The moments that the bounds of a period stand for: as days for date
/// columns, as instants for columns with a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bounds {
    pub(crate) start: (NaiveDate, DateTime<Utc>),
    pub(crate) end: (NaiveDate, DateTime<Utc>),
    pub(crate) now: (NaiveDate, DateTime<Utc>),
}

impl Bounds {
    pub(crate) fn of(window: Window, calendar: &Calendar, as_of: &AsOf) -> Self {
        // A window without a start begins before any date of a calendar in use.
        let start = window.start.unwrap_or(NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN));
        let end = (window.end, calendar.instant(window.end));
        // Days of which something has happened are before "now" for a date column.
        let now = if end.1 <= as_of.at { end } else { (as_of.visible_end(calendar), as_of.at) };
        Self { start: (start, calendar.instant(start)), end, now }
    }
}
