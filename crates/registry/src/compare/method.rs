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
//! A count over a count of the same table is a proportion where all that is above
//! is also below: by its filters, or else as counted. Rows lost of a stock
//! (customers at the start) of which some were never in it are drawn by days;
//! different values (mails opened of mails delivered) are a ratio of counts whose
//! common values are accounted for. What is a multiple of one of these, or one of
//! these over a moved window, is tested like it.

use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::expr::{BinaryOp, Expr};
use goalpost_core::measure::{AggregateFunction, MeasureOp};
use goalpost_core::unit::Kind;

use super::term::{Asks, Term, days_of, float, with_units};
use crate::plan::windows::{TimeContext, reshaped};
use crate::plan::{Leaf, Leaves, Node, in_order};
use crate::relation::window::within_window;

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

/// A count over a count of rows, or values, of the same table.
#[derive(Debug)]
pub(crate) struct CountRatio {
    pub(crate) hits: Pair<usize>,
    pub(crate) base: Pair<usize>,
    pub(crate) common: Common<Pair<usize>>,
    /// Whether the metric is the rest: base less hits over base.
    pub(crate) is_rest: bool,
    /// The test where what is above is not all among what is below.
    pub(crate) otherwise: Box<Approach>,
}

/// How many of what is above are among what is below.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Common<T> {
    /// All, by their filters.
    All,
    /// So many rows.
    Counted(T),
    /// Of values, those above and those below less the values in either.
    Either(T),
}

impl<T> Common<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> Common<U> {
        match self {
            Self::All => Common::All,
            Self::Counted(place) => Common::Counted(f(place)),
            Self::Either(place) => Common::Either(f(place)),
        }
    }
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
    let formula = Formula { nodes: &nodes, windows, context };
    let (days, is_total) = formula.days_alike(leaves, asks);
    let (before, after) =
        (stripped(&nodes.before, windows.before, context), stripped(&nodes.after, windows.after, context));
    let own = Pair { before: before.window, after: after.window };
    let factor = before.factor;
    if overlap(own.before, own.after) || factor == 0.0 || !factor.is_finite() {
        return Plan { approach: days, factor: 1.0, is_total };
    }
    let found = match before.node {
        Node::Leaf(place) => of_leaf(*place, own, leaves, asks).ok_or(days),
        Node::Binary(MeasureOp::Divide, above, below) => of_ratio(above, below, own, leaves, asks, days),
        _ => Err(days),
    };
    match found {
        Ok(approach) => Plan { approach, factor, is_total: false },
        Err(days) => Plan { approach: days, factor: 1.0, is_total },
    }
}

/// The test that suits a leaf by itself, if one does.
fn of_leaf(place: usize, windows: Pair<Window>, leaves: &Leaves, asks: &mut Asks) -> Option<Approach> {
    let leaf = leaves.get(place);
    let is_flow = leaf.relation.alive.is_none();
    let is_sample = is_flow && leaf.time.is_some() && !leaf.depends_on_window();
    match leaf.function {
        AggregateFunction::Share if is_flow => {
            Some(Approach::Share(windows.map(|window| asks.leaf(place, window))))
        }
        AggregateFunction::Share => Some(Approach::None(
            "its rows are mostly the same ones before and after, not two samples".to_owned(),
        )),
        AggregateFunction::Mean if is_sample => Some(Approach::Mean(place, windows)),
        AggregateFunction::Median if is_sample => {
            Some(Approach::Percentile(place, Decimal::new(5, 1), windows))
        }
        AggregateFunction::Percentile(p) if is_sample => Some(Approach::Percentile(place, p, windows)),
        _ => None,
    }
}

/// The test that suits a count over a count; the formula of days back where it
/// is no such ratio.
fn of_ratio(
    above: &Node,
    below: &Node,
    windows: Pair<Window>,
    leaves: &mut Leaves,
    asks: &mut Asks,
    days: Approach,
) -> Result<Approach, Approach> {
    let Some(Ratio { hits, base, is_rest }) = ratio(above, below) else { return Err(days) };
    let Some(common) = among(hits, base, leaves) else { return Err(days) };
    // What is lost of a stock grows with the window, but not in proportion.
    if matches!(common, Common::Counted(_)) && !are_alike(windows) {
        return Ok(Approach::None(UNLIKE.to_owned()));
    }
    let mut pair = |leaf| windows.map(|window| asks.leaf(leaf, window));
    Ok(Approach::CountRatio(CountRatio {
        hits: pair(hits),
        base: pair(base),
        common: common.map(&mut pair),
        is_rest,
        otherwise: Box::new(days),
    }))
}

/// Why a metric that grows with its window, but is no total, is not tested.
const UNLIKE: &str = "it changes with the length of the window, and the windows differ in length";

/// Whether the windows are as long as each other but for the lengths of months.
fn are_alike(windows: Pair<Window>) -> bool {
    let (before, after) = (days_of(windows.before), days_of(windows.after));
    before.abs_diff(after) * 20 <= before.max(after)
}

/// A metric's formula before and after.
struct Formula<'a> {
    nodes: &'a Pair<Node>,
    windows: Pair<Window>,
    context: &'a TimeContext<'a>,
}

impl Formula<'_> {
    /// The formula of days, where the lengths of the windows allow to compare it,
    /// and whether it is a total.
    fn days_alike(&self, leaves: &Leaves, asks: &mut Asks) -> (Approach, bool) {
        let terms = match self.days(leaves, asks) {
            Approach::Days(terms) => terms,
            other => return (other, false),
        };
        let degree = (
            terms.before.degree(leaves, self.windows.before),
            terms.after.degree(leaves, self.windows.after),
        );
        match degree {
            (Some(1), Some(1)) => (Approach::Days(terms), true),
            (Some(0), Some(0)) => (Approach::Days(terms), false),
            _ if are_alike(self.windows) => (Approach::Days(terms), false),
            _ => (Approach::None(UNLIKE.to_owned()), false),
        }
    }

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
                "it is a stock or a plan, counted and not sampled"
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
                "it looks at more days than its window has, some of which are both before and after: \
                 a longer window may do"
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

/// How what is above may be among what is below; `None` where it is no such
/// ratio.
fn among(hits: usize, base: usize, leaves: &mut Leaves) -> Option<Common<usize>> {
    let (above, below) = (leaves.get(hits), leaves.get(base));
    let is_count = |leaf: &Leaf| {
        matches!(leaf.function, AggregateFunction::Count | AggregateFunction::CountDistinct)
            && leaf.relation.source == below.relation.source
            && leaf.dimensions == below.dimensions
    };
    let alike = above.function == below.function && above.argument == below.argument;
    if !is_count(above) || !is_count(below) || !alike {
        return None;
    }
    let narrower = below.relation.filters.iter().all(|filter| above.relation.filters.contains(filter));
    match (&above.relation.alive, &below.relation.alive, above.function) {
        (None, None, _) if above.time.is_none() || above.time != below.time => None,
        (None, None, _) if narrower => Some(Common::All),
        (None, None, AggregateFunction::CountDistinct) => {
            let either = in_either(above, below);
            Some(Common::Either(leaves.place(either)))
        }
        (None, Some(_), AggregateFunction::Count) => {
            let both = in_both(above, below)?;
            Some(Common::Counted(leaves.place(both)))
        }
        _ => None,
    }
}

/// The rows of a flow that are also in a stock.
fn in_both(flow: &Leaf, stock: &Leaf) -> Option<Leaf> {
    let time = flow.time.clone()?;
    let mut filters = flow.relation.filters.clone();
    filters.extend(within_window(&time));
    filters.extend(stock.relation.filters.iter().cloned());
    Some(Leaf { kind: Kind::NUMBER, argument: None, ..filtered(stock, filters) })
}

/// The values of rows that are in one flow or the other.
fn in_either(a: &Leaf, b: &Leaf) -> Leaf {
    let (ours, theirs) = (&a.relation.filters, &b.relation.filters);
    let of_one = |own: &[Expr], other: &[Expr]| -> Option<Expr> {
        let own = own.iter().filter(|filter| !other.contains(filter)).cloned();
        own.reduce(|all, filter| Expr::binary(BinaryOp::And, all, filter))
    };
    let mut filters: Vec<Expr> = ours.iter().filter(|filter| theirs.contains(filter)).cloned().collect();
    // Where one has no filter of its own, either is that one.
    if let Some((ours, theirs)) = of_one(ours, theirs).zip(of_one(theirs, ours)) {
        filters.push(Expr::binary(BinaryOp::Or, ours, theirs));
    }
    filtered(a, filters)
}

/// The leaf with other filters, in the order that equal leaves have.
fn filtered(leaf: &Leaf, mut filters: Vec<Expr>) -> Leaf {
    in_order(&mut filters);
    let mut leaf = leaf.clone();
    leaf.relation.filters = filters;
    leaf
}

/// Whether two windows have a day in common.
fn overlap(a: Window, b: Window) -> bool {
    a.start.is_none_or(|start| start < b.end) && b.start.is_none_or(|start| start < a.end)
}
