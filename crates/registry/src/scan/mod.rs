//! Scans: what the engine is asked for, still without naming it.
//!
//! A scan reads the rows of one source once and groups them by segment and by
//! bucket of time; everything that any metric wants of these rows is one of
//! its outputs. What looks at the period itself is asked for several windows at
//! once, with an output for each.

pub(crate) mod listing;
pub(crate) mod reading;
pub(crate) mod spans;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::expr::{ColumnRef, Expr, RelationSource};

use crate::relation::window::Undated;

/// One grouped aggregation over one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    pub(crate) source: RelationSource,
    /// Rows at or after as-of on this axis are invisible.
    pub(crate) axis: Option<Expr>,
    pub(crate) dimensions: Vec<ColumnRef>,
    /// A value of each row by which its groups are told apart further.
    pub(crate) apart: Option<Apart>,
    pub(crate) bucket: Bucket,
    /// What becomes of rows without a time on the axis, where a window has no start.
    pub(crate) undated: Undated,
    pub(crate) outputs: Vec<Output>,
}

/// A value by which the rows of a segment and bucket are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Apart {
    /// A whole number by which sums are divided after they are added up.
    Divisor(Expr),
    /// Each value has a group of its own: the groups are a distribution, of which
    /// the count of rows says how often a value occurs.
    Value(Expr),
}

impl Apart {
    /// The value.
    pub(crate) fn expr(&self) -> &Expr {
        match self {
            Self::Divisor(expr) | Self::Value(expr) => expr,
        }
    }
}

/// How the axis is cut into groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// One group for all rows.
    Whole,
    /// One group for the rows before a day.
    Before(NaiveDate),
    /// Local days.
    Day,
    /// Local calendar months, by their first day.
    Month,
    /// These windows, disjoint and in order; a group is named by its first day.
    Windows(Vec<Window>),
    /// One group for the rows of windows that may overlap; each output says of
    /// which of them it is.
    Overlapping(BTreeSet<Window>),
}

impl Bucket {
    /// The first day after the bucket that starts on a day.
    pub(crate) fn end(&self, start: NaiveDate) -> NaiveDate {
        let one = |unit| goalpost_core::expr::Step { count: 1, unit };
        match self {
            Self::Whole | Self::Before(_) | Self::Day | Self::Windows(_) | Self::Overlapping(_) => {
                goalpost_core::calendar::add_step(start, one(goalpost_core::expr::StepUnit::Day))
            }
            Self::Month => {
                goalpost_core::calendar::add_step(start, one(goalpost_core::expr::StepUnit::Month))
            }
        }
    }
}

impl std::fmt::Display for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole => f.write_str("as a whole"),
            Self::Before(end) => write!(f, "before {end}"),
            Self::Day => f.write_str("grouped by day"),
            Self::Month => f.write_str("grouped by month"),
            Self::Windows(windows) => write!(f, "grouped by {} windows", windows.len()),
            Self::Overlapping(windows) => write!(f, "over {} windows", windows.len()),
        }
    }
}

/// An aggregate of the rows of a group for which all filters hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Output {
    pub(crate) function: OutputFunction,
    pub(crate) argument: Option<Expr>,
    pub(crate) filters: Vec<Expr>,
    /// The window that `period` stands for in the filters and the argument, or of
    /// overlapping windows the one whose rows are looked at.
    pub(crate) window: Option<Window>,
}

/// What the engine can aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OutputFunction {
    Count,
    CountDistinct,
    Sum,
    Min,
    Max,
    Percentile(Decimal),
}

impl Output {
    pub(crate) fn count(filters: Vec<Expr>) -> Self {
        Self { function: OutputFunction::Count, argument: None, filters, window: None }
    }
}

impl Scan {
    /// The place of an output, added when it is new. A percentile comes with the
    /// extremes of its values, which say how many digits they have.
    pub(crate) fn output(&mut self, output: Output) -> usize {
        let place = self.place(output.clone());
        if let OutputFunction::Percentile(_) = output.function {
            self.place(Output { function: OutputFunction::Min, ..output.clone() });
            self.place(Output { function: OutputFunction::Max, ..output });
        }
        place
    }

    fn place(&mut self, output: Output) -> usize {
        self.outputs.iter().position(|known| *known == output).unwrap_or_else(|| {
            self.outputs.push(output);
            self.outputs.len() - 1
        })
    }

    /// Whether the same rows are read and grouped alike, whatever the outputs.
    pub(crate) fn reads_like(&self, other: &Self) -> bool {
        self.source == other.source
            && self.axis == other.axis
            && self.dimensions == other.dimensions
            && self.apart == other.apart
            && self.bucket == other.bucket
            && self.undated == other.undated
    }

    /// The windows that its outputs are for.
    pub(crate) fn windows(&self) -> BTreeSet<Window> {
        self.outputs.iter().filter_map(|output| output.window).collect()
    }
}
