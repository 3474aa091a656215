//! Steps in time: so many of a unit, as scripts write them.

/// A duration as written: `90.days`, `12.months`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// How many; may be negative.
    pub count: i64,
    /// Of what.
    pub unit: StepUnit,
}

/// Units of [`Step`]. Seconds to weeks are fixed lengths; months, quarters and
/// years are calendar steps, clamped at month ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepUnit {
    /// 1 s.
    Second,
    /// 60 s.
    Minute,
    /// 3,600 s.
    Hour,
    /// A day.
    Day,
    /// 7 days.
    Week,
    /// A calendar month.
    Month,
    /// 3 calendar months.
    Quarter,
    /// 12 calendar months.
    Year,
}

impl StepUnit {
    /// All, shortest first.
    pub const ALL: [Self; 8] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// Reads `day` or `days`.
    pub fn parse(text: &str) -> Option<Self> {
        let singular = text.strip_suffix('s').unwrap_or(text);
        Self::ALL.into_iter().find(|unit| unit.singular() == singular)
    }

    /// The singular English name.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The length in seconds; `None` for calendar steps.
    pub const fn seconds(self) -> Option<i64> {
        match self {
            Self::Second => Some(1),
            Self::Minute => Some(60),
            Self::Hour => Some(3_600),
            Self::Day => Some(86_400),
            Self::Week => Some(604_800),
            Self::Month | Self::Quarter | Self::Year => None,
        }
    }

    /// The length in months; `None` for fixed lengths.
    pub const fn months(self) -> Option<i64> {
        match self {
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Year => Some(12),
            _ => None,
        }
    }
}

impl Step {
    /// Whether it leads from some date to another: dates are in the years 1 to 9999.
    pub fn is_within_calendar(self) -> bool {
        const MONTHS: i64 = 12 * 9_999;
        const SECONDS: i64 = 366 * 9_999 * 86_400;
        let (unit, most) = match (self.unit.months(), self.unit.seconds()) {
            (Some(months), _) => (months, MONTHS),
            (None, seconds) => (seconds.unwrap_or(1), SECONDS),
        };
        self.count.checked_mul(unit).is_some_and(|length| length.unsigned_abs() <= most.unsigned_abs())
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.count, self.unit.singular())
    }
}
