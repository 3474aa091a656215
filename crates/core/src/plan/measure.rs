//! Symbolic aggregates: what a metric's formula is made of.
//!
//! A measure has a value per period and per segment. It is evaluated for a
//! window of time; [`WindowShape`] moves or widens that window for everything
//! below it, referenced metrics included.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::Decimal;
pub use crate::calendar::{Shift, WindowShape};
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, Relation, Step};
use crate::name::{DimensionName, MetricName};
use crate::outcome::Outcome;
use crate::source::At;

/// A symbolic aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Measure {
    /// What it is.
    pub kind: Arc<MeasureKind>,
    /// Where the script made it.
    pub at: At,
}

impl Measure {
    /// A measure made at a place.
    pub fn new(kind: MeasureKind, at: impl Into<At>) -> Self {
        Self { kind: Arc::new(kind), at: at.into() }
    }

    /// The measures directly below this one.
    pub fn children(&self) -> Vec<&Measure> {
        match &*self.kind {
            MeasureKind::Number(_)
            | MeasureKind::Duration(_)
            | MeasureKind::Aggregate(_)
            | MeasureKind::Metric(_) => Vec::new(),
            MeasureKind::Binary(_, a, b) | MeasureKind::Coalesce(a, b) => vec![a, b],
            MeasureKind::Window(a, _)
            | MeasureKind::InPeriod(a, _)
            | MeasureKind::Growth(a, _)
            | MeasureKind::Total(a)
            | MeasureKind::DailyAverage(a)
            | MeasureKind::Split(a, _) => vec![a],
            MeasureKind::Function(function) => function.parts.iter().map(|(_, part)| part).collect(),
        }
    }
}

/// The kinds of measure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MeasureKind {
    /// A constant.
    Number(Decimal),
    /// A constant duration of fixed length.
    Duration(Step),
    /// An aggregate over rows: a leaf.
    Aggregate(Aggregate),
    /// Another metric, by name.
    Metric(MetricName),
    /// Arithmetic, aligned on period and segment; x ÷ 0 is undefined.
    Binary(MeasureOp, Measure, Measure),
    /// The first, or the second where the first has no value.
    Coalesce(Measure, Measure),
    /// The same over another window.
    Window(Measure, WindowShape),
    /// The same over one named period, whatever the question: a fixed baseline.
    InPeriod(Measure, Arc<str>),
    /// Relative change against n units before; undefined where the base is not above 0.
    Growth(Measure, Shift),
    /// The same, not cut by segments.
    Total(Measure),
    /// The mean of the measure over the closings of the days of the window.
    DailyAverage(Measure),
    /// A function of named parts.
    Function(FunctionCall),
    /// One value per segment of a dimension: a part of a function, nothing else.
    Split(Measure, DimensionName),
}

/// An aggregate over the rows of a relation whose time lies in the window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aggregate {
    /// The rows.
    pub relation: Relation,
    /// What is computed.
    pub function: AggregateFunction,
    /// Of what; for [`AggregateFunction::Share`] the condition; absent for counts.
    pub argument: Option<Expr>,
    /// The time column that `.on(…)` chose.
    pub time: Option<Expr>,
}

/// Aggregate functions. Nulls of the argument are left out and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// Number of rows.
    Count,
    /// Number of different values.
    CountDistinct,
    /// Exact sum.
    Sum,
    /// Exact sum ÷ count.
    Mean,
    /// The middle value; the mean of the two middle ones.
    Median,
    /// The value below which this fraction lies, linearly interpolated.
    Percentile(Decimal),
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Rows where the condition holds ÷ rows.
    Share,
    /// A sum of values prorated to the window by days of overlap. The argument
    /// does the prorating, so such an aggregate has no time column.
    Spread,
}

impl AggregateFunction {
    /// The name in scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::CountDistinct => "count_distinct",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Percentile(_) => "percentile",
            Self::Min => "min",
            Self::Max => "max",
            Self::Share => "share",
            Self::Spread => "spread",
        }
    }
}

/// Arithmetic between measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// The smaller.
    Min,
    /// The larger.
    Max,
}

/// A call of a script's function with declared parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionCall {
    /// The inputs by name; the function is not called where one has no value.
    pub parts: Vec<(String, Measure)>,
    /// The function.
    pub function: FunctionRef,
}

/// What a script's function is given: a part by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct PartValue {
    /// The part's name.
    pub name: String,
    /// What it is.
    pub content: PartContent,
}

/// The content of a part, in base units (durations in seconds).
#[derive(Clone, Debug, PartialEq)]
pub enum PartContent {
    /// One value.
    Value(Decimal),
    /// One value per segment of a dimension, in the order of segments; those
    /// without a value are left out.
    Segments(Vec<SegmentValue>),
}

/// A segment of a split part.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentValue {
    /// The dimension's value; `None` are rows without one.
    pub key: Option<String>,
    /// The value in base units.
    pub value: Decimal,
    /// Its sample size.
    pub n: u64,
}

/// A function of a script, callable without knowing the language.
pub trait MetricFunction: Send + Sync {
    /// Computes the value from the parts.
    ///
    /// # Errors
    /// A diagnostic at the script's place when the function fails.
    fn call(&self, parts: &[PartValue]) -> Result<Outcome, Box<Diagnostic>>;
}

/// A shared [`MetricFunction`]; equal only to itself.
#[derive(Clone)]
pub struct FunctionRef(pub Arc<dyn MetricFunction>);

impl PartialEq for FunctionRef {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for FunctionRef {}

impl Hash for FunctionRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).cast::<()>().hash(state);
    }
}

impl fmt::Debug for FunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("|m| …")
    }
}
