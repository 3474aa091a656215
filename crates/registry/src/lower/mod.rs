//! Lowering: from plans to DataFusion, with built-in functions only.
//!
//! - [`terms`]: what every plan is built from.
//! - [`expr`]: row expressions, with the meaning of nulls that the language has;
//!   [`time`]: times in them.
//! - [`rows`]: the rows of a source with references joined, and as columns
//!   histories ([`history`]) and semi-joins ([`semi_join`]); [`scope`]: which column
//!   holds what.
//! - [`aggregate`]: a scan as one grouped aggregation; distinct counts as two
//!   ([`distinct`]).
//! - [`together`]: several scans over the same rows, before they are grouped.
//! - [`listing`]: the rows themselves; [`references`]: keys, and what refers to them;
//!   [`moments`]: what means and spreads are computed from.
//!
//! [`plan`] gives the plan of anything that can be read.
//!
//! Expressions bring their types with them (`relation::typed`), and were checked
//! before; what fails here is a defect and comes back as an engine error, never as a
//! panic.

pub(crate) mod aggregate;
pub(crate) mod business;
mod distinct;
pub(crate) mod expr;
pub(crate) mod groups;
mod history;
pub(crate) mod join;
pub(crate) mod listing;
mod moments;
mod query;
mod references;
pub(crate) mod rows;
mod scope;
mod semi_join;
mod steady;
pub(crate) mod terms;
mod time;
pub(crate) mod together;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use goalpost_core::calendar::{AsOf, Calendar, Window};

use self::rows::RowContext;
use crate::scan::reading::Reading;

/// The plan of a reading.
pub(crate) fn plan(context: &RowContext<'_>, reading: &Reading) -> Result<DataFrame> {
    match reading {
        Reading::Groups(scan) => aggregate::scan(context, scan),
        Reading::Moments(asked) => moments::moments(context, asked),
        Reading::Repeated { key, most } => references::repeated(context, key, *most),
        Reading::Unmatched { from, to } => references::unmatched(context, from, to),
        Reading::UnmatchedValues { from, to, most } => references::unmatched_values(context, from, to, *most),
        Reading::Totals(listing) => listing::totals(context, listing),
        Reading::Rows(listing, class) => listing::first_rows(context, listing, *class),
    }
}

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
