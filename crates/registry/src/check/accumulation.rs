//! How a metric grows within a period, which says how the running one is paced.

use chrono::Days;
use goalpost_core::calendar::{AsOf, Calendar, Period, Window};
use goalpost_core::expr::StepUnit;
use goalpost_core::goal::Pacing;
use goalpost_core::measure::{AggregateFunction, MeasureOp, Shift, WindowShape};

use crate::plan::{Leaves, Node};

/// How a goal's running period is paced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PacePlan {
    pub(crate) pacing: Pacing,
    pub(crate) accumulation: Accumulation,
}

/// How a metric grows within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accumulation {
    /// It adds up: half a period has about half of it.
    Flow,
    /// It is what it is at any time: a rate, a mean, a stock.
    Level,
    /// The same in every period.
    Constant,
    /// Part of a period says nothing of the whole (distinct counts, extremes, functions).
    Neither,
}

impl PacePlan {
    /// What has to be asked besides the running period: last year's curve.
    pub(crate) fn windows(self, running: &Period, as_of: &AsOf, calendar: &Calendar) -> Vec<Window> {
        if self.pacing != Pacing::Seasonal {
            return Vec::new();
        }
        curve(running, as_of, calendar).map_or_else(Vec::new, |(so_far, whole)| vec![so_far, whole])
    }
}

/// The same period a year before, up to the same day and whole.
pub(super) fn curve(running: &Period, as_of: &AsOf, calendar: &Calendar) -> Option<(Window, Window)> {
    let year = WindowShape::Previous(Shift { count: 1, unit: Some(StepUnit::Year) });
    let whole = running.window().reshaped(year, running.grain, calendar);
    let passed = (as_of.visible_end(calendar) - running.start?).num_days();
    let days = Days::new(u64::try_from(passed).ok()?);
    let end = whole.start?.checked_add_days(days)?.min(whole.end);
    Some((Window { start: whole.start, end }, whole))
}

/// How a formula grows within a period.
pub(crate) fn accumulation(node: &Node, leaves: &Leaves) -> Accumulation {
    use Accumulation::{Constant, Flow, Level, Neither};
    match node {
        Node::Constant(_) | Node::InPeriod(..) => Constant,
        Node::Leaf(place) => {
            let leaf = leaves.get(*place);
            match leaf.function {
                AggregateFunction::Count | AggregateFunction::Sum if leaf.relation.alive.is_none() => Flow,
                // What is spread over the period is known from its first day on.
                AggregateFunction::Spread => Constant,
                AggregateFunction::CountDistinct | AggregateFunction::Min | AggregateFunction::Max => Neither,
                _ => Level,
            }
        }
        Node::Binary(op, a, b) => {
            let (a, b) = (accumulation(a, leaves), accumulation(b, leaves));
            match (op, a, b) {
                (_, Neither, _) | (_, _, Neither) => Neither,
                (_, Constant, Constant) => Constant,
                (MeasureOp::Multiply, Flow, Flow) => Neither,
                (MeasureOp::Multiply, Flow, _) | (MeasureOp::Multiply, _, Flow) => Flow,
                (MeasureOp::Multiply, ..) => Level,
                (MeasureOp::Divide, Flow, Flow) => Level,
                (MeasureOp::Divide, Flow, _) => Flow,
                (MeasureOp::Divide, _, Flow) => Neither,
                (MeasureOp::Divide, ..) => Level,
                (_, Flow, Flow) => Flow,
                (_, Flow, _) | (_, _, Flow) => Neither,
                (..) => Level,
            }
        }
        Node::Coalesce(a, b) => match (accumulation(a, leaves), accumulation(b, leaves)) {
            (a, Constant) => a,
            (a, b) if a == b => a,
            _ => Neither,
        },
        // Another window is complete, or moves with the question.
        Node::Window(_, WindowShape::Previous(_)) => Constant,
        Node::Window(inner, _) => match accumulation(inner, leaves) {
            // A sum over a longer window lacks the days that are still to come.
            Neither | Flow => Neither,
            other => other,
        },
        Node::Total(inner) => accumulation(inner, leaves),
        Node::DailyAverage(_) => Level,
        Node::Growth(..) | Node::Split(_) | Node::Function(..) => Neither,
    }
}
