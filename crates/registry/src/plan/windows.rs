//! Demand: which leaf is needed over which windows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use goalpost_core::calendar::{AsOf, Calendar, Grain, Window};
use goalpost_core::measure::WindowShape;

use super::Node;

/// What decides how windows are moved and where they end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeContext<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) as_of: AsOf,
    pub(crate) grain: Grain,
}

impl TimeContext<'_> {
    /// The first day of which nothing has happened.
    pub(crate) fn visible_end(&self) -> NaiveDate {
        self.as_of.visible_end(self.calendar)
    }
}

/// Windows by leaf.
pub(crate) type Demand = BTreeMap<usize, BTreeSet<Window>>;

/// Notes what a node needs for a window.
pub(crate) fn demand(node: &Node, window: Window, context: &TimeContext<'_>, into: &mut Demand) {
    match node {
        Node::Leaf(leaf) => {
            into.entry(*leaf).or_default().insert(window);
        }
        Node::Window(inner, shape) => demand(inner, reshaped(window, *shape, context), context, into),
        Node::InPeriod(inner, fixed) => demand(inner, *fixed, context, into),
        Node::Growth(inner, shift) => {
            demand(inner, window, context, into);
            demand(inner, reshaped(window, WindowShape::Previous(*shift), context), context, into);
        }
        Node::DailyAverage(inner) => {
            for day in days(window, context) {
                demand(inner, day, context, into);
            }
        }
        _ => {
            for child in node.children() {
                demand(child, window, context, into);
            }
        }
    }
}

/// A window moved or widened.
pub(crate) fn reshaped(window: Window, shape: WindowShape, context: &TimeContext<'_>) -> Window {
    window.reshaped(shape, context.grain, context.calendar)
}

/// The days of a window that have begun at as-of; none without a start.
pub(crate) fn days(window: Window, context: &TimeContext<'_>) -> Vec<Window> {
    let mut days = Vec::new();
    let Some(mut day) = window.start else { return days };
    let end = window.end.min(context.visible_end());
    while day < end {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        days.push(Window { start: Some(day), end: next });
        if next <= day {
            break;
        }
        day = next;
    }
    days
}
