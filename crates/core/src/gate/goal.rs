//! Goals: what a metric should reach, where and when that is judged, and what a
//! verdict means for the gate.
//!
//! [`Goal`] is what a script declares; the defaults of `goalpost.toml` are
//! [`Policies`] as well, and [`Policies::or`] lays the two over each other.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::Decimal;
use crate::calendar::Grain;
use crate::diagnostic::Diagnostic;
use crate::expr::Step;
use crate::layer::Layer;
use crate::measure::{Measure, PartValue};
use crate::name::{DimensionName, GoalName, MetricName};
pub use crate::policies::{MayMiss, MissingPolicy, Pacing, Policies, Severity};
use crate::segment::Whom;
use crate::source::{At, Span};
use crate::verdict::VerdictKind;

/// A rule on a metric.
#[derive(Clone, Debug)]
pub struct Goal {
    /// Its identity: the `name` given, else the metric's name.
    pub name: GoalName,
    /// The metric it judges.
    pub metric: MetricName,
    /// Where the metric's name was written.
    pub metric_at: At,
    /// What is compared.
    pub rule: Rule,
    /// Inputs of its functions, by name.
    pub parts: Vec<(String, Measure)>,
    /// The grain of the periods it judges.
    pub every: Grain,
    /// The dimensions it is judged by, one verdict per segment.
    pub by: Vec<(DimensionName, At)>,
    /// Only the segments with these values; each dimension here is cut by as well.
    pub segment: Vec<SegmentFilter>,
    /// Segments that must be there: without rows they have no data.
    pub require: Vec<SegmentFilter>,
    /// What the targets of all segments must add up to.
    pub whole: Option<Level>,
    /// Periods that start before this date are not judged.
    pub from: Option<NaiveDate>,
    /// The date by which the target is to be reached; later periods are not judged.
    pub due: Option<NaiveDate>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it is wanted.
    pub why: Option<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// What it says of the gate's policies itself.
    pub policies: Policies,
    /// The layer it was declared in.
    pub layer: Layer,
    /// The statement.
    pub at: Span,
}

/// What is wrong with a goal whatever its metric, its project and its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The key that it was written under.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do; empty where that is plain.
    pub help: &'static str,
}

impl Goal {
    /// Everything that keeps it from ever being judged. What needs the metric or the
    /// calendar to be told is the catalogue's to find.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        let mut add = |key, message, help| found.push(Contradiction { key, message, help });
        let levels = self.rule.levels().into_iter().chain(self.whole.iter().map(|whole| ("whole", whole)));
        for (key, level) in levels {
            if matches!(level, Level::BySegment(_)) && self.by.is_empty() && self.segment.is_empty() {
                let message = format!("`{key}` is a map by segment, and the goal is not cut by anything");
                add(key, message, "add by: [\"region\"]");
            }
        }
        if let Rule::Between { low, high } = &self.rule
            && let Some((low, high)) = backwards(low, high)
        {
            let message = format!("`between` goes from {low} down to {high}, so no value would meet it");
            add(
                "between",
                message,
                "write between: [0.2, 0.4], the lowest and the highest value that meet the goal",
            );
        }
        if let (Some(from), Some(due)) = (self.from, self.due)
            && from > due
        {
            let message = format!("`due` {due} lies before `from` {from}, so no period would be judged");
            add("due", message, "");
        }
        found
    }
}

/// Two ends of a range as they are written, where the first is the higher one.
fn backwards(low: &Level, high: &Level) -> Option<(String, String)> {
    let seconds = |step: &Step| step.unit.seconds().map(|unit| unit.saturating_mul(step.count));
    match (low, high) {
        (Level::Number(low), Level::Number(high)) => {
            (low > high).then(|| (low.to_string(), high.to_string()))
        }
        (Level::Duration(low), Level::Duration(high)) => {
            (seconds(low) > seconds(high)).then(|| (low.to_string(), high.to_string()))
        }
        _ => None,
    }
}

/// What a goal compares its metric with.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Levels; the metric's direction says on which side better is.
    Levels {
        /// The aim.
        target: Level,
        /// The line that fails the gate; the target when absent.
        limit: Option<Level>,
        /// More than met.
        stretch: Option<Level>,
    },
    /// A range, both ends included.
    Between {
        /// The lowest value that meets the goal.
        low: Level,
        /// The highest.
        high: Level,
    },
    /// A function decides.
    Check(GoalFunctionRef),
}

impl Rule {
    /// Every level with the key that scripts write it under.
    pub fn levels(&self) -> Vec<(&'static str, &Level)> {
        match self {
            Self::Levels { target, limit, stretch } => {
                let others = [("limit", limit), ("stretch", stretch)];
                let others = others.into_iter().filter_map(|(key, level)| Some((key, level.as_ref()?)));
                std::iter::once(("target", target)).chain(others).collect()
            }
            Self::Between { low, high } => vec![("between", low), ("between", high)],
            Self::Check(_) => Vec::new(),
        }
    }
}

/// A condition on one dimension of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFilter {
    /// The dimension.
    pub dimension: DimensionName,
    /// The values wanted; `None` are rows without one.
    pub values: Vec<Option<String>>,
    /// Where it was written.
    pub at: At,
}

/// A level to compare with.
#[derive(Clone, Debug)]
pub enum Level {
    /// A number in the metric's unit; a percentage is a fraction.
    Number(Decimal),
    /// A duration, for metrics that are durations.
    Duration(Step),
    /// A number per segment value of the goal's first dimension.
    BySegment(Vec<(Whom, Decimal)>),
    /// A measure, evaluated for the same period and segment.
    Measure(Measure),
    /// A function of the goal's context, giving a number in the metric's unit.
    Function(GoalFunctionRef),
}

/// An excuse for misses of a goal.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The goal.
    pub goal: GoalName,
    /// Where the goal's name was written.
    pub goal_at: At,
    /// The labels of the periods that are excused; all when empty.
    pub periods: Vec<(String, At)>,
    /// Only these segments; all when empty.
    pub segment: Vec<SegmentFilter>,
    /// The last day on which it counts.
    pub expires: NaiveDate,
    /// Who answers for it.
    pub by: String,
    /// Its reason.
    pub why: String,
    /// The layer it was declared in.
    pub layer: Layer,
    /// The statement.
    pub at: Span,
}

/// What a goal's function is given. Numbers are in the metric's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalContext {
    /// The value.
    pub value: Decimal,
    /// Rows behind it.
    pub n: u64,
    /// The segment: dimension and value; `None` are rows without one.
    pub segment: Vec<(String, Option<String>)>,
    /// The period's label.
    pub period: String,
    /// The first day of the period, ISO; `None` for all time.
    pub start: Option<String>,
    /// The first day after it, ISO.
    pub end: String,
    /// The value of the period before, if it has one.
    pub previous: Option<Decimal>,
    /// The value of the same period a year before, if it has one.
    pub last_year: Option<Decimal>,
    /// The periods before, the oldest first.
    pub history: Vec<PastValue>,
    /// The interval of a rate.
    pub interval: Option<(Decimal, Decimal)>,
    /// The parts that the goal declares: in the metric's unit where they are of
    /// its kind, other durations in days.
    pub parts: Vec<PartValue>,
}

/// The value of an earlier period.
#[derive(Clone, Debug, PartialEq)]
pub struct PastValue {
    /// The period's label.
    pub period: String,
    /// The value, if it has one.
    pub value: Option<Decimal>,
    /// Rows behind it.
    pub n: u64,
}

/// Earlier values that a goal's function may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Past {
    /// [`GoalContext::previous`].
    Previous,
    /// [`GoalContext::last_year`].
    LastYear,
    /// [`GoalContext::history`].
    History,
}

/// What a goal's function answers.
#[derive(Clone, Debug, PartialEq)]
pub enum GoalAnswer {
    /// A number in the metric's unit: a level.
    Number(Decimal),
    /// A judgement with its reason, if one was given.
    Verdict(VerdictKind, Option<String>),
    /// It cannot be said, and why.
    Undefined(String),
}

/// A function of a goal, callable without knowing the language.
pub trait GoalFunction: Send + Sync {
    /// Answers for one period and segment, with the earlier values that it looked
    /// at to do so: what they lack, the answer lacks.
    ///
    /// # Errors
    /// A diagnostic at the script's place when the function fails.
    fn call(&self, context: &GoalContext) -> Result<(GoalAnswer, BTreeSet<Past>), Box<Diagnostic>>;
}

/// A shared [`GoalFunction`].
#[derive(Clone)]
pub struct GoalFunctionRef(pub Arc<dyn GoalFunction>);

impl fmt::Debug for GoalFunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("|g| …")
    }
}
