//! Goals: what a metric should reach, and where and when that is judged.

use chrono::NaiveDate;

use crate::Decimal;
use crate::calendar::Grain;
use crate::definition::Layer;
use crate::expr::Step;
use crate::measure::Measure;
use crate::name::{DimensionName, GoalName, MetricName};
use crate::source::{At, Span};

/// A rule on a metric.
#[derive(Clone, Debug)]
pub struct Goal {
    /// Its identity: the `name` given, else the metric's name.
    pub name: GoalName,
    /// The metric it judges.
    pub metric: MetricName,
    /// Where the metric's name was written.
    pub metric_at: At,
    /// The aim.
    pub target: Level,
    /// The line that fails the gate; the target when absent.
    pub limit: Option<Level>,
    /// The grain of the periods it judges.
    pub every: Grain,
    /// The dimensions it is judged by, one verdict per segment.
    pub by: Vec<(DimensionName, At)>,
    /// Only the segments with these values; each dimension here is cut by as well.
    pub segment: Vec<SegmentFilter>,
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
    /// The layer it was declared in.
    pub layer: Layer,
    /// The statement.
    pub at: Span,
}

/// A condition on one dimension of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFilter {
    /// The dimension.
    pub dimension: DimensionName,
    /// The values wanted; `"(none)"` stands for null.
    pub values: Vec<String>,
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
    /// A number per segment value of the goal's first dimension; `"*"` for the rest.
    BySegment(Vec<(String, Decimal)>),
    /// A measure, evaluated for the same period and segment.
    Measure(Measure),
}
