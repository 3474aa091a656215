//! What `explain` says: what a metric is, what it is made of, and how it is computed.

use crate::calendar::Period;
use crate::definition::{Layer, Metric};
use crate::name::{DimensionName, MetricName};
use crate::source::Span;
use crate::unit::Unit;

/// Everything there is to say about a metric.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The definition.
    pub metric: Metric,
    /// Its unit.
    pub unit: Unit,
    /// The formula, close to how the script wrote it.
    pub formula: String,
    /// Metrics that the formula refers to.
    pub dependencies: Vec<MetricName>,
    /// Definitions of earlier layers that it replaces.
    pub replaces: Vec<(Layer, Span)>,
    /// What it can be cut by.
    pub dimensions: Vec<DimensionName>,
    /// The aggregates it is made of.
    pub aggregates: Vec<ExplainedAggregate>,
    /// The columns it looks at.
    pub columns: Vec<ExplainedColumn>,
    /// What it needs and the project does not have; then there is no plan.
    pub lacking: Option<Lacking>,
    /// The periods that the plan is for.
    pub periods: Vec<Period>,
    /// The scans that compute it.
    pub scans: Vec<ExplainedScan>,
}

/// What a metric needs and a project does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// What, in words: `deals.amount, table leads`.
    pub what: String,
    /// How it would be mapped.
    pub remedy: String,
}

/// An aggregate of a formula.
#[derive(Clone, Debug)]
pub struct ExplainedAggregate {
    /// It, as text.
    pub text: String,
    /// The time column that places its rows; `None` for rows at a moment.
    pub time: Option<String>,
    /// The columns it is cut by.
    pub dimensions: Vec<String>,
}

/// A column that a metric looks at.
#[derive(Clone, Debug)]
pub struct ExplainedColumn {
    /// `table.column`.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// The header it is read from.
    pub source: String,
}

/// One scan of the fused plan.
#[derive(Clone, Debug)]
pub struct ExplainedScan {
    /// What it reads and how it groups, in a line.
    pub summary: String,
    /// The engine's optimised plan.
    pub plan: String,
    /// The same as SQL, where it can be said.
    pub sql: Option<String>,
}
