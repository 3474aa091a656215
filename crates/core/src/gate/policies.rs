//! What verdicts mean for the gate, as a goal or the defaults of a project say it.

use crate::Decimal;

/// What verdicts mean for the gate. Each is what was said of it, or nothing,
/// where a project's defaults or else the program's count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Whether a miss blocks or advises; blocks where nothing is said.
    pub severity: Option<Severity>,
    /// What a period or segment without data means; fails where nothing is said.
    pub no_data: Option<MissingPolicy>,
    /// What a value means that too many rows are missing from; fails where
    /// nothing is said.
    pub incomplete: Option<MissingPolicy>,
    /// The least sample that is judged; any where nothing is said.
    pub min_sample: Option<u64>,
    /// How sure a verdict on a rate must be, between 0 and 1; 0 asks for no certainty.
    pub confidence: Option<Decimal>,
    /// What becomes of the running period; it waits where nothing is said.
    pub pacing: Option<Pacing>,
    /// The largest share of rows that may have been left out of a value;
    /// [`Self::MOST_DROPPED`] where nothing is said, and any where it is 1. Also of
    /// those that count without a key in a table that has one: none where nothing is said.
    pub max_dropped: Option<Decimal>,
    /// How many of the last periods may miss; none where nothing is said.
    pub may_miss: Option<MayMiss>,
}

impl Policies {
    /// The highest confidence that can be asked for: certainty cannot be had.
    pub const MOST_CONFIDENT: Decimal = Decimal::from_parts(9_999, 0, 0, false, 4);

    /// The share of rows that may have been left out of a value where nothing is
    /// said: 5 %. An export has its odd row; a figure that lacks one in twenty
    /// is no longer the figure that its goal was set for.
    pub const MOST_DROPPED: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

    /// The largest share of rows that may have been left out of a value.
    pub fn most_dropped(&self) -> Decimal {
        self.max_dropped.unwrap_or(Self::MOST_DROPPED)
    }

    /// These, and for what they do not say, the others.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            severity: self.severity.or(other.severity),
            no_data: self.no_data.or(other.no_data),
            incomplete: self.incomplete.or(other.incomplete),
            min_sample: self.min_sample.or(other.min_sample),
            confidence: self.confidence.or(other.confidence),
            pacing: self.pacing.or(other.pacing),
            max_dropped: self.max_dropped.or(other.max_dropped),
            may_miss: self.may_miss.or(other.may_miss),
        }
    }
}

/// What a miss does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It fails the gate.
    #[default]
    Block,
    /// It is shown, and the gate passes.
    Advise,
}

impl Severity {
    /// Both, with the words of scripts and configuration.
    pub const NAMES: [(&'static str, Self); 2] = [("block", Self::Block), ("advise", Self::Advise)];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Advise => "advise",
        }
    }
}

/// What it means when there is nothing to judge, or too much of it is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingPolicy {
    /// It is as bad as a miss.
    #[default]
    Fail,
    /// It is a warning, and judges nothing.
    Warn,
    /// It is shown, and judges nothing.
    Skip,
}

impl MissingPolicy {
    /// All, with the words of scripts and configuration.
    pub const NAMES: [(&'static str, Self); 3] =
        [("fail", Self::Fail), ("warn", Self::Warn), ("skip", Self::Skip)];
}

/// What becomes of the running period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pacing {
    /// It waits until it has ended.
    #[default]
    Pending,
    /// What has come is held against the share of time that has passed.
    Linear,
    /// Against the share of working days that have passed.
    BusinessDays,
    /// Against the share that had come by then a year before.
    Seasonal,
}

impl Pacing {
    /// All, with the words of scripts and configuration.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("pending", Self::Pending),
        ("linear", Self::Linear),
        ("business_days", Self::BusinessDays),
        ("seasonal", Self::Seasonal),
    ];
}

/// How many of the last periods may miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MayMiss {
    /// So many may.
    pub periods: u32,
    /// Of the last so many, the judged one among them.
    pub of: u32,
}

impl MayMiss {
    /// Looking further back than this is a slip of the pen.
    const MOST: u32 = 120;

    /// So many of so many; `None` where that says nothing or allows everything.
    pub const fn new(periods: u32, of: u32) -> Option<Self> {
        if periods < of && of <= Self::MOST { Some(Self { periods, of }) } else { None }
    }
}
