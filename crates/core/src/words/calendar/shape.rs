//! How windows are moved and widened.

use super::StepUnit;

/// A number of units back or forth; without a unit, of the grain asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shift {
    /// How many, 1 or more.
    pub count: u32,
    /// Of what; `None` for the grain of the question.
    pub unit: Option<StepUnit>,
}

/// How a window is moved or widened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowShape {
    /// So much earlier.
    Previous(Shift),
    /// So much later.
    Next(Shift),
    /// The n units that end where the window ends.
    Trailing(Shift),
    /// From the start of the unit that the window's last day lies in, to its end:
    /// a week of two years counts in the later one, with its days of that year.
    ToDate(StepUnit),
    /// The same by years of whole weeks, as ISO 8601 counts them: from the first
    /// day of the first week.
    WeekYearToDate,
    /// Everything up to the window's end.
    AllTime,
}
