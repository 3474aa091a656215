//! Grains: the sizes of period that questions are asked in.

use std::fmt;

use super::StepUnit;

/// The size of the periods of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// A day.
    Day,
    /// A week from the project's first weekday.
    Week,
    /// A calendar month.
    Month,
    /// A quarter of the project's (fiscal) year.
    Quarter,
    /// The project's (fiscal) year.
    Year,
    /// All time up to as-of.
    All,
}

impl Grain {
    /// All grains, finest first.
    pub const ALL: [Self; 6] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year, Self::All];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::All => "all",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.name() == text)
    }

    /// The unit that one period of it is; `None` for all time.
    pub const fn unit(self) -> Option<StepUnit> {
        match self {
            Self::Day => Some(StepUnit::Day),
            Self::Week => Some(StepUnit::Week),
            Self::Month => Some(StepUnit::Month),
            Self::Quarter => Some(StepUnit::Quarter),
            Self::Year => Some(StepUnit::Year),
            Self::All => None,
        }
    }
}

impl fmt::Display for Grain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
