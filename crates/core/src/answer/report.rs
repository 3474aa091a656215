//! What a run says: the model that every renderer draws from.

use crate::Decimal;
use crate::calendar::{Grain, Period};
use crate::diagnostic::Diagnostic;
use crate::goal::Severity;
use crate::name::{DimensionName, GoalName, MetricName};
use crate::outcome::Computed;
use crate::sample::Sample;
use crate::source::Span;
use crate::unit::{Direction, Unit};
use crate::verdict::{Gate, VerdictKind};

/// One combination of dimension values, in the order asked; `None` are rows without one.
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
    /// What it means for the gate.
    pub gate: Gate,
    /// Whether a miss blocks or advises.
    pub severity: Severity,
    /// The value in base units, if there is one.
    pub value: Option<Decimal>,
    /// The interval of a rate, at the goal's confidence or else at 95 %.
    pub interval: Option<(f64, f64)>,
    /// The rows behind the value, by input.
    pub sample: Sample,
    /// What it is compared with.
    pub aim: Aim,
    /// How the running period does, for a goal that asks for pacing.
    pub pace: Option<Paced>,
    /// Always says why, in a few words.
    pub reason: String,
    /// What moved the value, for those at risk or missed.
    pub cause: Option<Cause>,
    /// Who excused a miss, and until when.
    pub waiver: Option<Waived>,
    /// Who answers for the goal.
    pub owner: Option<String>,
    /// When the target is due, ISO.
    pub due: Option<String>,
    /// Why the goal exists.
    pub why: Option<String>,
    /// Its labels.
    pub tags: Vec<String>,
    /// The area of its metric: the folder of the built-in script that declares
    /// it, or `project` for a metric of the project or of a pack.
    pub area: String,
    /// The goal's statement.
    pub at: Span,
}

impl Verdict {
    /// Rows behind the value; 0 where there are none.
    pub fn n(&self) -> u64 {
        self.sample.n.unwrap_or_default()
    }
}

/// What a value is compared with, in base units. A level without a value is
/// `None`, and the verdict says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Levels, on the side of which the direction says that better is.
    Levels {
        /// The aim.
        target: Option<Decimal>,
        /// The failing line; the target where the goal names none.
        limit: Option<Decimal>,
        /// More than met.
        stretch: Option<Decimal>,
        /// Which way is better.
        better: Direction,
    },
    /// A range, both ends included.
    Between {
        /// The lowest value that meets the goal.
        low: Option<Decimal>,
        /// The highest.
        high: Option<Decimal>,
    },
    /// A script's function decides.
    Check,
}

/// The running period against what could be expected of it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paced {
    /// How much of the period's value is expected by now, 0 to 1.
    pub elapsed: Decimal,
    /// The part of the target expected by now, in base units.
    pub expected: Decimal,
    /// The value at the end of the period if it goes on so, in base units.
    pub projected: Decimal,
}

/// A waiver that excuses a miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// What the verdict would be.
    pub instead_of: VerdictKind,
    /// Who answers for the waiver.
    pub by: String,
    /// The last day on which it counts, ISO.
    pub expires: String,
    /// Its reason.
    pub why: String,
    /// Its statement.
    pub at: Span,
}

/// What moved a value away from the period it is compared with.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The period compared with.
    pub against: Period,
    /// The value then, in base units.
    pub before: Decimal,
    /// The change, in base units: the parts' effects add up to exactly this.
    pub change: Decimal,
    /// The parts of the formula.
    pub parts: Vec<PartEffect>,
    /// The dimension along which the change is most concentrated, if any was
    /// looked at.
    pub dimension: Option<DimensionName>,
    /// Its segments, those that contributed most first; not all of them need
    /// be listed.
    pub segments: Vec<SegmentEffect>,
}

/// The share of a part of a formula in a change.
#[derive(Clone, Debug, PartialEq)]
pub struct PartEffect {
    /// The part as the formula names it.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// Its value before, in base units.
    pub before: Decimal,
    /// Its value now, in base units.
    pub after: Decimal,
    /// How much of the metric's change it makes, in the metric's base units.
    pub effect: Decimal,
}

/// The share of a segment in a change, in the metric's base units.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentEffect {
    /// The segment's value; `None` are rows without one.
    pub value: Option<String>,
    /// How much of the change it makes: mix and rate together.
    pub effect: Decimal,
    /// Of that, how much because the segment's weight changed; `None` where the
    /// metric is a sum, which has no weights.
    pub mix: Option<Decimal>,
    /// Of that, how much because its own value changed.
    pub rate: Option<Decimal>,
}

/// What `goalpost check` says.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// The project's name.
    pub project: String,
    /// The moment the run speaks for, in the project's time zone, RFC 3339.
    pub as_of: String,
    /// The project's currency.
    pub currency: String,
    /// One per goal, period and segment, in the order of declaration.
    pub verdicts: Vec<Verdict>,
    /// Notices and warnings of the run.
    pub diagnostics: Vec<Diagnostic>,
}
