//! Which test suits a metric: decided from its formula, before anything is read.
//!
//! | formula | test |
//! |---|---|
//! | a share of rows; a count of rows among the rows below it | two proportions |
//! | a mean | Welch |
//! | a median | Mann–Whitney |
//! | a percentile | bootstrap over rows |
//! | totals, ratios of totals, anything made of days | bootstrap over days |
//!
//! A count over a count of rows of the same table is a proportion where every
//! row above is one below: by its filters, or where a stock is below (customers
//! at the start) by counting the rows that are in both. What is a multiple of
//! one of these, or one of these over a moved window, is tested like it.

use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::expr::{BinaryOp, Expr, ExprKind, PeriodBound};
use goalpost_core::measure::{AggregateFunction, MeasureOp};
use goalpost_core::source::At;
use goalpost_core::unit::Kind;

use super::term::{Asks, Term, days_of, float, with_units};
use crate::plan::windows::{TimeContext, reshaped};
use crate::plan::{Leaf, Leaves, Node};

/// The same thing before and after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<T> {
    pub(crate) before: T,
    pub(crate) after: T,
}

impl<T> Pair<T> {
    pub(crate) fn map<U>(self, mut f: impl FnMut(T) -> U) -> Pair<U> {
        Pair { before: f(self.before), after: f(self.after) }
    }
}

/// How a metric is tested.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) approach: Approach,
    /// What the tested value is multiplied by in the metric.
    pub(crate) factor: f64,
    /// Whether it is a total, which grows with the length of the window.
    pub(crate) is_total: bool,
}

/// The tests; numbers are places of [`Asks`].
#[derive(Debug)]
pub(crate) enum Approach {
    /// A share.
    Share(Pair<usize>),
    /// A count over a count.
    CountRatio(CountRatio),
    /// A mean of a leaf over two windows.
    Mean(usize, Pair<Window>),
    /// A percentile of a leaf over two windows; the median is tested by ranks.
    Percentile(usize, Decimal, Pair<Window>),
    /// A formula of days.
    Days(Pair<Term>),
    /// None, and why.
    None(String),
}

/// A count of rows over a count of rows.
#[derive(Debug)]
pub(crate) struct CountRatio {
    pub(crate) hits: Pair<usize>,
    pub(crate) base: Pair<usize>,
    /// The rows in both; `None` where all above are below by their filters.
    pub(crate) overlap: Option<Pair<usize>>,
    /// Whether the metric is the rest: base less hits over base.
    pub(crate) is_rest: bool,
    /// The test where rows above are not among those below.
    pub(crate) otherwise: Box<Approach>,
}

/// Plans the test of a metric over two windows; adds what it needs to the leaves
/// and to what is asked.
pub(crate) fn plan(
    node: &Node,
    windows: Pair<Window>,
    leaves: &mut Leaves,
    context: &TimeContext<'_>,
    asks: &mut Asks,
) -> Plan {
    let nodes = windows.map(|window| with_units(node, window));
    let whole = Formula { nodes: &nodes, windows, context };
    let days = whole.days(leaves, asks);
    let is_total = matches!(&days, Approach::Days(terms)
        if terms.before.degree(leaves, windows.before) == Some(1)
            && terms.after.degree(leaves, windows.after) == Some(1));
    let days = match days {
        Approach::Days(terms) if days_of(windows.before) != days_of(windows.after) => {
            let degree = terms.after.degree(leaves, windows.after);
            if degree.is_some_and(|degree| degree == 0 || degree == 1) {
                Approach::Days(terms)
            } else {
                Approach::None("it changes with the length of the window, and the windows differ".to_owned())
            }
        }
        other => other,
    };
    let (before, after) =
        (stripped(&nodes.before, windows.before, context), stripped(&nodes.after, windows.after, context));
    let own = Pair { before: before.window, after: after.window };
    let factor = before.factor;
    let plain = |approach| Plan { approach, factor, is_total };
    if overlap(own.before, own.after) || factor == 0.0 || !factor.is_finite() {
        return Plan { approach: days, factor: 1.0, is_total };
    }
    match (before.node, after.node) {
        (Node::Leaf(place), _) => {
            let leaf = leaves.get(*place);
            let is_sample = leaf.relation.alive.is_none() && leaf.time.is_some() && !leaf.depends_on_window();
            match leaf.function {
                AggregateFunction::Share if leaf.relation.alive.is_none() => {
                    plain(Approach::Share(own.map(|window| asks.leaf(*place, window))))
                }
                AggregateFunction::Share => plain(Approach::None(
                    "its rows are mostly the same ones before and after, not two samples".to_owned(),
                )),
                AggregateFunction::Mean if is_sample => plain(Approach::Mean(*place, own)),
                AggregateFunction::Median if is_sample => {
                    plain(Approach::Percentile(*place, Decimal::new(5, 1), own))
                }
                AggregateFunction::Percentile(p) if is_sample => plain(Approach::Percentile(*place, p, own)),
                _ => Plan { approach: days, factor: 1.0, is_total },
            }
        }
        (Node::Binary(MeasureOp::Divide, above, below), _) => match ratio(above, below) {
            Some(Ratio { hits, base, is_rest }) => {
                let Some(overlap) = among(hits, base, leaves) else {
                    return Plan { approach: days, factor: 1.0, is_total };
                };
                let mut pair = |leaf| own.map(|window| asks.leaf(leaf, window));
                plain(Approach::CountRatio(CountRatio {
                    hits: pair(hits),
                    base: pair(base),
                    overlap: overlap.map(pair),
                    is_rest,
                    otherwise: Box::new(days),
                }))
            }
            None => Plan { approach: days, factor: 1.0, is_total },
        },
        _ => Plan { approach: days, factor: 1.0, is_total },
    }
}

/// A metric's formula before and after.
struct Formula<'a> {
    nodes: &'a Pair<Node>,
    windows: Pair<Window>,
    context: &'a TimeContext<'a>,
}

impl Formula<'_> {
    /// The formula of days, where it has one whose windows can be drawn.
    fn days(&self, leaves: &Leaves, asks: &mut Asks) -> Approach {
        let before = Term::resolve(&self.nodes.before, self.windows.before, leaves, self.context, asks);
        let after = Term::resolve(&self.nodes.after, self.windows.after, leaves, self.context, asks);
        let terms = match (before, after) {
            (Ok(before), Ok(after)) => Pair { before, after },
            (Err(why), _) | (_, Err(why)) => return Approach::None(why),
        };
        let mut found = Vec::new();
        terms.before.days(&mut found);
        terms.after.days(&mut found);
        if found.is_empty() {
            let why = if terms.after.has_given() {
                "it is what is there at a moment or was planned: counted, not sampled"
            } else {
                "it is a constant"
            };
            return Approach::None(why.to_owned());
        }
        let windows: Vec<Window> = found.iter().map(|(_, window)| *window).collect();
        if windows.iter().any(|window| window.start.is_none()) {
            return Approach::None("it looks at all time".to_owned());
        }
        // The same window is drawn once for all that look at it; windows that share
        // some days cannot be drawn apart.
        let shares = |a: &Window, b: &Window| a != b && overlap(*a, *b);
        if windows.iter().enumerate().any(|(place, a)| windows[place..].iter().any(|b| shares(a, b))) {
            return Approach::None(
                "it looks at more days than its window has, and some of them are both before and after"
                    .to_owned(),
            );
        }
        Approach::Days(terms)
    }
}

/// A node without constant factors and moved windows around it.
struct Stripped<'n> {
    node: &'n Node,
    window: Window,
    factor: f64,
}

fn stripped<'n>(node: &'n Node, window: Window, context: &TimeContext<'_>) -> Stripped<'n> {
    let scaled = |inner: &'n Node, by: f64| {
        let inner = stripped(inner, window, context);
        Stripped { factor: inner.factor * by, ..inner }
    };
    match node {
        Node::Binary(MeasureOp::Multiply, a, b) => match (&**a, &**b) {
            (Node::Constant(by), inner) | (inner, Node::Constant(by)) => scaled(inner, float(*by)),
            _ => Stripped { node, window, factor: 1.0 },
        },
        Node::Binary(MeasureOp::Divide, inner, by) => match &**by {
            Node::Constant(by) => scaled(inner, 1.0 / float(*by)),
            _ => Stripped { node, window, factor: 1.0 },
        },
        Node::Window(inner, shape) => stripped(inner, reshaped(window, *shape, context), context),
        Node::Total(inner) => stripped(inner, window, context),
        _ => Stripped { node, window, factor: 1.0 },
    }
}

/// A ratio of two leaves, or the rest of one.
struct Ratio {
    hits: usize,
    base: usize,
    is_rest: bool,
}

fn ratio(above: &Node, below: &Node) -> Option<Ratio> {
    let Node::Leaf(base) = below else { return None };
    match above {
        Node::Leaf(hits) => Some(Ratio { hits: *hits, base: *base, is_rest: false }),
        Node::Binary(MeasureOp::Subtract, whole, part) => match (&**whole, &**part) {
            (Node::Leaf(whole), Node::Leaf(hits)) if whole == base => {
                Some(Ratio { hits: *hits, base: *base, is_rest: true })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether rows above may be among those below: `Some(None)` where their filters
/// say so, `Some(leaf)` where the rows in both have to be counted, `None` where
/// it is no such ratio.
fn among(hits: usize, base: usize, leaves: &mut Leaves) -> Option<Option<usize>> {
    let (above, below) = (leaves.get(hits), leaves.get(base));
    let plain = |leaf: &Leaf| {
        matches!(leaf.function, AggregateFunction::Count | AggregateFunction::CountDistinct)
            && leaf.relation.source == below.relation.source
            && leaf.dimensions == below.dimensions
    };
    if !plain(above) || !plain(below) || above.function != below.function || above.argument != below.argument
    {
        return None;
    }
    let narrower = below.relation.filters.iter().all(|filter| above.relation.filters.contains(filter));
    match (&above.relation.alive, &below.relation.alive) {
        (None, None) => (narrower && above.time == below.time && above.time.is_some()).then_some(None),
        (None, Some(_)) if above.function == AggregateFunction::Count => {
            let both = in_both(above, below)?;
            Some(Some(leaves.place(both)))
        }
        _ => None,
    }
}

/// The rows of a flow that are also in a stock.
fn in_both(flow: &Leaf, stock: &Leaf) -> Option<Leaf> {
    let time = flow.time.clone()?;
    let bound = |op, bound| {
        let bound = Expr::new(ExprKind::Period(bound), At::default());
        Expr::new(ExprKind::Binary(op, time.clone(), bound), At::default())
    };
    let mut relation = stock.relation.clone();
    relation.filters.extend(flow.relation.filters.iter().cloned());
    relation.filters.push(bound(BinaryOp::GreaterOrEqual, PeriodBound::Start));
    relation.filters.push(bound(BinaryOp::Less, PeriodBound::End));
    relation.filters.sort_by_cached_key(ToString::to_string);
    relation.filters.dedup();
    let (function, kind) = (AggregateFunction::Count, Kind::NUMBER);
    Some(Leaf { relation, function, argument: None, kind, ..stock.clone() })
}

/// Whether two windows have a day in common.
fn overlap(a: Window, b: Window) -> bool {
    a.start.is_none_or(|start| start < b.end) && b.start.is_none_or(|start| start < a.end)
}
