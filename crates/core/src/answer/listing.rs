//! What `explain --rows` says: the rows behind a value, and those left out of it.

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::Decimal;
use crate::calendar::Period;
use crate::diagnostic::Diagnostic;
use crate::name::{DimensionName, MetricName};
use crate::outcome::Computed;
use crate::report::Segment;
use crate::unit::Unit;

/// The rows behind a value.
#[derive(Clone, Debug)]
pub struct RowsReport {
    /// The moment it speaks for, in the project's time zone, RFC 3339.
    pub as_of: String,
    /// The project's currency.
    pub currency: String,
    /// The metric.
    pub metric: MetricName,
    /// Its unit.
    pub unit: Unit,
    /// Its formula.
    pub formula: String,
    /// The period.
    pub period: Period,
    /// The segment.
    pub segment: Segment,
    /// The value.
    pub value: Computed,
    /// The value by the dimensions asked for.
    pub by: Vec<(Vec<RowCell>, Computed)>,
    /// The names of these dimensions.
    pub dimensions: Vec<DimensionName>,
    /// One per aggregate and window.
    pub sections: Vec<RowSection>,
    /// Notices and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// The rows of one aggregate in one window.
#[derive(Clone, Debug)]
pub struct RowSection {
    /// The aggregate, as text.
    pub aggregate: String,
    /// The first day of its window; `None` for all time.
    pub start: Option<NaiveDate>,
    /// The first day after it.
    pub end: NaiveDate,
    /// What its window is called: a period where it is one, else its first and last day.
    pub window: String,
    /// How rows are placed in the window: "by closed_at", "alive at the start".
    pub placed: String,
    /// The columns shown.
    pub columns: Vec<String>,
    /// Rows that count, in order of time, key and all that is shown.
    pub rows: Vec<ListedRow>,
    /// How many count; more than are listed where the limit was reached.
    pub count: u64,
    /// What they add up to, in base units; `None` where that is not a number.
    pub sum: Option<Decimal>,
    /// The aggregate's value, as a run computes it.
    pub value: Computed,
    /// The unit of that value.
    pub unit: Unit,
    /// The unit of what a row adds; `None` where it is no number.
    pub row_unit: Option<Unit>,
    /// Rows that do not count.
    pub left_out: Vec<LeftOut>,
    /// How many earlier windows of the same aggregate are not listed.
    pub more_windows: usize,
}

/// Rows left out for one reason.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// Why.
    pub reason: String,
    /// The first ones, in the same order.
    pub rows: Vec<ListedRow>,
    /// How many.
    pub count: u64,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRow {
    /// What is shown of it, in the order of the columns.
    pub cells: Vec<RowCell>,
    /// What it adds; numbers in base units.
    pub value: RowCell,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowCell {
    /// None.
    Nothing,
    /// Kept back: the column is marked private.
    Private,
    /// A text.
    Text(String),
    /// True or false.
    Truth(bool),
    /// A number.
    Number(Decimal),
    /// A day.
    Day(NaiveDate),
    /// A moment, in the project's time zone.
    Moment(DateTime<FixedOffset>),
}
