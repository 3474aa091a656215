//! Formulas of days: a metric's formula over one window, as a resample sees it.
//!
//! Windows are resolved (moved ones, growth), and each leaf is either made of
//! days, which can be drawn again, or taken as it is: stocks and plans are counted,
//! not sampled. Anything else has no formula of days, and [`Term::resolve`] says why.

use goalpost_core::calendar::{Grain, Window};
use goalpost_core::expr::StepUnit;
use goalpost_core::measure::{AggregateFunction, MeasureOp, Shift, WindowShape};

use crate::plan::windows::{TimeContext, reshaped};
use crate::plan::{Leaf, Leaves, Node};

/// A formula over one window.
#[derive(Clone, Debug)]
pub(crate) enum Term {
    Constant(f64),
    /// A leaf made of days.
    Days {
        leaf: usize,
        window: Window,
    },
    /// What is taken as it is: a stock.
    Given {
        ask: usize,
    },
    /// What is taken as it is: a plan, prorated to the window.
    Planned {
        ask: usize,
    },
    Binary(MeasureOp, Box<Term>, Box<Term>),
    Coalesce(Box<Term>, Box<Term>),
    /// Now, and the base.
    Growth(Box<Term>, Box<Term>),
}

/// What is asked of the engine besides the metrics, each once.
#[derive(Debug, Default)]
pub(crate) struct Asks {
    pub(crate) leaves: Vec<(usize, Window)>,
}

impl Asks {
    /// The place of a leaf's value over a window.
    pub(crate) fn leaf(&mut self, leaf: usize, window: Window) -> usize {
        let wanted = (leaf, window);
        self.leaves.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.leaves.push(wanted);
            self.leaves.len() - 1
        })
    }
}

impl Term {
    /// Resolves a node over a window.
    ///
    /// # Errors
    /// Why the node has no formula of days.
    pub(crate) fn resolve(
        node: &Node,
        window: Window,
        leaves: &Leaves,
        context: &TimeContext<'_>,
        asks: &mut Asks,
    ) -> Result<Self, String> {
        let mut again =
            |node: &Node, window| Self::resolve(node, window, leaves, context, asks).map(Box::new);
        Ok(match node {
            Node::Constant(value) => Self::Constant(float(*value)),
            Node::Leaf(place) => {
                let leaf = leaves.get(*place);
                if leaf.relation.alive.is_some() {
                    Self::Given { ask: asks.leaf(*place, window) }
                } else if leaf.function == AggregateFunction::Spread {
                    Self::Planned { ask: asks.leaf(*place, window) }
                } else {
                    of_days(leaf)?;
                    // What it is as a whole tells whether its window lies outside of the data.
                    asks.leaf(*place, window);
                    Self::Days { leaf: *place, window }
                }
            }
            Node::Binary(op, a, b) => Self::Binary(*op, again(a, window)?, again(b, window)?),
            Node::Coalesce(a, b) => Self::Coalesce(again(a, window)?, again(b, window)?),
            Node::Window(inner, shape) => *again(inner, reshaped(window, *shape, context))?,
            Node::InPeriod(inner, fixed) => *again(inner, *fixed)?,
            Node::Growth(inner, shift) => {
                let before = reshaped(window, WindowShape::Previous(*shift), context);
                Self::Growth(again(inner, window)?, again(inner, before)?)
            }
            Node::Total(inner) => *again(inner, window)?,
            Node::DailyAverage(_) => {
                return Err("it is a mean of daily closings, which follow from one another".to_owned());
            }
            Node::Split(_) | Node::Function(..) => {
                return Err("a function of the script computes it".to_owned());
            }
        })
    }

    /// Its value where leaves of days have these values; `None` where it has none.
    pub(crate) fn value(
        &self,
        days: &impl Fn(usize, Window) -> Option<f64>,
        given: &impl Fn(usize) -> Option<f64>,
    ) -> Option<f64> {
        let finite = |value: f64| value.is_finite().then_some(value);
        match self {
            Self::Constant(value) => Some(*value),
            // Outside of the data nothing is drawn.
            Self::Days { leaf, window } => days(*leaf, *window),
            Self::Given { ask } | Self::Planned { ask } => given(*ask),
            Self::Coalesce(a, b) => a.value(days, given).or_else(|| b.value(days, given)),
            Self::Growth(now, before) => {
                let base = before.value(days, given).filter(|base| *base > 0.0)?;
                finite((now.value(days, given)? - base) / base)
            }
            Self::Binary(op, a, b) => {
                let (a, b) = (a.value(days, given)?, b.value(days, given)?);
                match op {
                    MeasureOp::Add => finite(a + b),
                    MeasureOp::Subtract => finite(a - b),
                    MeasureOp::Multiply => finite(a * b),
                    MeasureOp::Divide if b == 0.0 => None,
                    MeasureOp::Divide => finite(a / b),
                    MeasureOp::Min => Some(a.min(b)),
                    MeasureOp::Max => Some(a.max(b)),
                }
            }
        }
    }

    fn children(&self) -> Vec<&Self> {
        match self {
            Self::Constant(_) | Self::Days { .. } | Self::Given { .. } | Self::Planned { .. } => Vec::new(),
            Self::Binary(_, a, b) | Self::Coalesce(a, b) | Self::Growth(a, b) => vec![a, b],
        }
    }

    /// Its leaves of days, each once.
    pub(crate) fn days(&self, found: &mut Vec<(usize, Window)>) {
        if let Self::Days { leaf, window } = self
            && !found.contains(&(*leaf, *window))
        {
            found.push((*leaf, *window));
        }
        self.children().into_iter().for_each(|child| child.days(found));
    }

    /// Whether a value is taken as it is.
    pub(crate) fn has_given(&self) -> bool {
        matches!(self, Self::Given { .. } | Self::Planned { .. })
            || self.children().into_iter().any(Self::has_given)
    }

    /// With which power of the window's length it grows: a total with the first,
    /// a rate not at all. `None` where there is no such power.
    pub(crate) fn degree(&self, leaves: &Leaves, own: Window) -> Option<i32> {
        let same = |a: &Self, b: &Self| {
            let (a, b) = (a.degree(leaves, own)?, b.degree(leaves, own)?);
            (a == b).then_some(a)
        };
        match self {
            Self::Days { leaf, window } => {
                let total =
                    matches!(leaves.get(*leaf).function, AggregateFunction::Count | AggregateFunction::Sum);
                // A window of a fixed length does not grow with the one asked for.
                Some(i32::from(total && days_of(*window) == days_of(own)))
            }
            Self::Planned { .. } => Some(1),
            Self::Constant(_) | Self::Given { .. } | Self::Growth(..) => Some(0),
            Self::Coalesce(a, b) => match **b {
                Self::Constant(_) => a.degree(leaves, own),
                _ => same(a, b),
            },
            Self::Binary(op, a, b) => match op {
                MeasureOp::Multiply => Some(a.degree(leaves, own)? + b.degree(leaves, own)?),
                MeasureOp::Divide => Some(a.degree(leaves, own)? - b.degree(leaves, own)?),
                _ => same(a, b),
            },
        }
    }
}

/// Why a leaf is not made of days, if it is not.
fn of_days(leaf: &Leaf) -> Result<(), String> {
    use AggregateFunction::{Count, CountDistinct, Max, Mean, Median, Min, Percentile, Share, Spread, Sum};
    let argument = leaf.argument.as_ref().map(ToString::to_string).unwrap_or_default();
    match leaf.function {
        Count | Sum | Mean | Share | Spread if leaf.depends_on_window() => {
            Err(format!("{} looks at the window by more than the time of its rows", leaf.relation))
        }
        Count | Sum | Mean | Share | Spread if leaf.time.is_none() => {
            Err(format!("{} has no time to tell its days apart", leaf.relation.source))
        }
        Count | Sum | Mean | Share | Spread => Ok(()),
        CountDistinct => {
            Err(format!("it counts different values of {argument}, and those of days do not add up"))
        }
        Median | Percentile(_) => {
            Err(format!("the {} of {argument} is only a part of it", leaf.function.name()))
        }
        Min | Max => Err(format!("the {} of {argument} is one row, not a sample", leaf.function.name())),
    }
}

/// A node whose moved windows all name their unit: a step without one is the
/// length of the window asked for, so that the previous period of half a year
/// is the half year before.
pub(crate) fn with_units(node: &Node, window: Window) -> Node {
    let again = |node: &Node| Box::new(with_units(node, window));
    let named = |shift: Shift| match (shift.unit, length(window)) {
        (None, Some((count, unit))) => Shift { count: shift.count.saturating_mul(count), unit: Some(unit) },
        _ => shift,
    };
    match node {
        Node::Window(inner, shape) => {
            let shape = match shape {
                WindowShape::Previous(shift) => WindowShape::Previous(named(*shift)),
                WindowShape::Next(shift) => WindowShape::Next(named(*shift)),
                WindowShape::Trailing(shift) => WindowShape::Trailing(named(*shift)),
                other => *other,
            };
            Node::Window(again(inner), shape)
        }
        Node::InPeriod(inner, fixed) => Node::InPeriod(Box::new(with_units(inner, *fixed)), *fixed),
        Node::Growth(inner, shift) => Node::Growth(again(inner), named(*shift)),
        _ => node.map(|inner| with_units(inner, window)),
    }
}

/// Whether a step of a node names no unit.
pub(crate) fn has_open_step(node: &Node) -> bool {
    node.any(&mut |part| match part {
        Node::Window(_, WindowShape::Previous(s) | WindowShape::Next(s) | WindowShape::Trailing(s))
        | Node::Growth(_, s) => s.unit.is_none(),
        _ => false,
    })
}

/// The length of a window in whole months where it has one, else in days.
fn length(window: Window) -> Option<(u32, StepUnit)> {
    use chrono::Datelike;
    let start = window.start?;
    let months = (window.end.year() - start.year()) * 12 + window.end.month() as i32 - start.month() as i32;
    if start.day() == window.end.day() && start.day() <= 28 && months > 0 {
        return Some((u32::try_from(months).ok()?, StepUnit::Month));
    }
    Some((u32::try_from((window.end - start).num_days()).ok()?, StepUnit::Day))
}

/// The number of days of a window; 0 without a start.
pub(crate) fn days_of(window: Window) -> usize {
    window.start.map_or(0, |start| usize::try_from((window.end - start).num_days()).unwrap_or(0))
}

/// The grain that questions of a comparison have: none of its windows is a
/// period, and no step is without a unit any more.
pub(crate) const GRAIN: Grain = Grain::Day;

/// A decimal as the nearest float.
pub(crate) fn float(value: goalpost_core::Decimal) -> f64 {
    value.to_string().parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: &str, end: &str) -> Window {
        Window { start: start.parse().ok(), end: end.parse().expect("a date") }
    }

    #[test]
    fn steps_without_a_unit_are_as_long_as_the_window() {
        let growth = Node::Growth(Box::new(Node::Leaf(0)), Shift { count: 1, unit: None });
        let step = |window| match with_units(&growth, window) {
            Node::Growth(_, shift) => (shift.count, shift.unit),
            _ => (0, None),
        };
        assert_eq!(step(window("2026-01-01", "2026-07-01")), (6, Some(StepUnit::Month)));
        assert_eq!(step(window("2025-12-15", "2026-03-15")), (3, Some(StepUnit::Month)));
        assert_eq!(step(window("2026-01-01", "2026-01-15")), (14, Some(StepUnit::Day)));
        assert_eq!(step(window("2026-01-31", "2026-03-31")), (59, Some(StepUnit::Day)));
        let year = Shift { count: 1, unit: Some(StepUnit::Year) };
        let named =
            with_units(&Node::Growth(Box::new(Node::Leaf(0)), year), window("2026-01-01", "2026-01-15"));
        assert!(matches!(named, Node::Growth(_, shift) if shift == year));
    }

    #[test]
    fn formulas_are_undefined_where_the_metric_is() {
        let days = |leaf: usize, _: Window| [Some(6.0), Some(0.0), None][leaf];
        let given = |_: usize| Some(4.0);
        let leaf = |leaf| Box::new(Term::Days { leaf, window: window("2026-01-01", "2026-02-01") });
        let of = |term: Term| term.value(&days, &given);
        let given_term = || Box::new(Term::Given { ask: 0 });
        assert_eq!(of(Term::Binary(MeasureOp::Divide, leaf(0), given_term())), Some(1.5));
        assert_eq!(of(Term::Binary(MeasureOp::Divide, leaf(0), leaf(1))), None);
        assert_eq!(of(Term::Growth(leaf(0), given_term())), Some(0.5));
        assert_eq!(of(Term::Growth(leaf(0), leaf(1))), None);
        assert_eq!(of(Term::Coalesce(leaf(2), Box::new(Term::Constant(0.0)))), Some(0.0));
        assert_eq!(of(Term::Binary(MeasureOp::Add, leaf(0), leaf(2))), None);
    }
}
