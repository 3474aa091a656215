//! What a run says: the model that every renderer draws from.

use crate::Decimal;
use crate::calendar::{Grain, Period};
use crate::diagnostic::Diagnostic;
use crate::name::{DimensionName, GoalName, MetricName};
use crate::outcome::Computed;
use crate::source::Span;
use crate::unit::{Direction, Unit};
use crate::verdict::VerdictKind;

/// One combination of dimension values, in the order asked; `None` is "(none)".
pub type Segment = Vec<(DimensionName, Option<String>)>;

/// A metric in a period and a segment.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The metric.
    pub metric: MetricName,
    /// Its unit.
    pub unit: Unit,
    /// The period.
    pub period: Period,
    /// The segment; empty when nothing is cut.
    pub segment: Segment,
    /// The value in base units, with what a reader needs to weigh it.
    pub computed: Computed,
    /// Whether the period is still running at as-of (or has not settled).
    pub pending: bool,
}

/// What `goalpost run` says.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The moment the run speaks for, in the project's time zone, RFC 3339.
    pub as_of: String,
    /// The project's currency, an ISO 4217 code.
    pub currency: String,
    /// Titles and documentation of the metrics in the order of the cells.
    pub metrics: Vec<MetricHeading>,
    /// The cells: by metric, then period, then segment.
    pub cells: Vec<Cell>,
    /// Notices and warnings of the run.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a table of cells needs to know of a metric.
#[derive(Clone, Debug)]
pub struct MetricHeading {
    /// The name.
    pub name: MetricName,
    /// The title.
    pub title: String,
    /// The unit.
    pub unit: Unit,
    /// Which way it should move.
    pub better: Option<Direction>,
}

/// The judgement of a goal in a period and a segment.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The goal.
    pub goal: GoalName,
    /// The metric.
    pub metric: MetricName,
    /// The metric's unit, in which the numbers are shown.
    pub unit: Unit,
    /// The grain of the period.
    pub every: Grain,
    /// The period judged; `None` when no period could be chosen.
    pub period: Option<Period>,
    /// The segment.
    pub segment: Segment,
    /// The judgement.
    pub kind: VerdictKind,
    /// The value in base units, if there is one.
    pub value: Option<Decimal>,
    /// Rows behind the value.
    pub n: u64,
    /// The aim in base units.
    pub target: Option<Decimal>,
    /// The failing line in base units.
    pub limit: Option<Decimal>,
    /// Which way is better.
    pub better: Direction,
    /// Always says why.
    pub reason: String,
    /// Who answers for the goal.
    pub owner: Option<String>,
    /// When the target is due, ISO.
    pub due: Option<String>,
    /// Why the goal exists.
    pub why: Option<String>,
    /// The goal's statement.
    pub at: Span,
}

/// What `goalpost check` says.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// The moment the run speaks for, in the project's time zone, RFC 3339.
    pub as_of: String,
    /// The project's currency.
    pub currency: String,
    /// One per goal, period and segment, in the order of declaration.
    pub verdicts: Vec<Verdict>,
    /// Notices and warnings of the run.
    pub diagnostics: Vec<Diagnostic>,
}
