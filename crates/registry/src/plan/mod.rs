//! Plans of questions: formulas with their aggregates resolved, engine-neutral.
//!
//! 1. [`compile`](compile::compile) turns a metric's measure into a [`Node`] whose
//!    leaves know their time column and the columns they are cut by.
//! 2. [`windows`] walks a node for a window and notes which leaf is needed over
//!    which windows: the demand.
//! 3. [`behind`] names the rows that an aggregate's own are made of or held against.
//! 4. [`needs`] says what has to be read for that; the engine computes the demand.
//! 5. [`evaluate`] walks the node again and does the arithmetic.

pub(crate) mod align;
pub(crate) mod behind;
pub(crate) mod compile;
pub(crate) mod divided;
pub(crate) mod evaluate;
pub(crate) mod needs;
pub(crate) mod windows;

use std::collections::BTreeSet;

use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::expr::{BinaryOp, ColumnRef, Expr, Literal, Moment, Relation};
use goalpost_core::measure::{AggregateFunction, FunctionCall, MeasureOp, Shift, WindowShape};
use goalpost_core::unit::Kind;

use self::behind::Behind;
use crate::relation::window::{Undated, is_windowed};

/// A formula with resolved leaves.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A constant in base units.
    Constant(Decimal),
    /// An aggregate, by its place in [`Leaves`].
    Leaf(usize),
    /// Arithmetic.
    Binary(MeasureOp, Box<Node>, Box<Node>),
    /// The first that has a value.
    Coalesce(Box<Node>, Box<Node>),
    /// Over another window.
    Window(Box<Node>, WindowShape),
    /// Over one named period, whatever the question's.
    InPeriod(Box<Node>, Window),
    /// Relative change.
    Growth(Box<Node>, Shift),
    /// Spread over all segments; its leaves are not cut.
    Total(Box<Node>),
    /// Mean over the days of the window.
    DailyAverage(Box<Node>),
    /// One value per segment of a further dimension, which its leaves are cut by
    /// last; only as a part of a function.
    Split(Box<Node>),
    /// A script's function; the nodes are its parts, in order.
    Function(FunctionCall, Vec<Node>),
}

impl Node {
    /// The nodes directly below this one, in order.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match self {
            Self::Constant(_) | Self::Leaf(_) => Vec::new(),
            Self::Binary(_, a, b) | Self::Coalesce(a, b) => vec![a, b],
            Self::Window(inner, _)
            | Self::InPeriod(inner, _)
            | Self::Growth(inner, _)
            | Self::Total(inner)
            | Self::DailyAverage(inner)
            | Self::Split(inner) => vec![inner],
            Self::Function(_, parts) => parts.iter().collect(),
        }
    }

    /// The same node over others: what becomes of each of its children.
    pub(crate) fn map(&self, mut of: impl FnMut(&Node) -> Node) -> Node {
        let mut of = |inner: &Node| Box::new(of(inner));
        match self {
            Self::Constant(_) | Self::Leaf(_) => self.clone(),
            Self::Binary(op, a, b) => Self::Binary(*op, of(a), of(b)),
            Self::Coalesce(a, b) => Self::Coalesce(of(a), of(b)),
            Self::Window(inner, shape) => Self::Window(of(inner), *shape),
            Self::InPeriod(inner, fixed) => Self::InPeriod(of(inner), *fixed),
            Self::Growth(inner, shift) => Self::Growth(of(inner), *shift),
            Self::Total(inner) => Self::Total(of(inner)),
            Self::DailyAverage(inner) => Self::DailyAverage(of(inner)),
            Self::Split(inner) => Self::Split(of(inner)),
            Self::Function(call, parts) => {
                Self::Function(call.clone(), parts.iter().map(|part| *of(part)).collect())
            }
        }
    }

    /// Whether this node or one below it satisfies the predicate.
    pub(crate) fn any(&self, predicate: &mut impl FnMut(&Node) -> bool) -> bool {
        predicate(self) || self.children().into_iter().any(|child| child.any(predicate))
    }

    /// The places of its leaves.
    pub(crate) fn leaves(&self) -> BTreeSet<usize> {
        match self {
            Self::Leaf(place) => BTreeSet::from([*place]),
            _ => self.children().into_iter().flat_map(Self::leaves).collect(),
        }
    }
}

/// An aggregate with everything that decides its value but the window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Leaf {
    pub(crate) relation: Relation,
    pub(crate) function: AggregateFunction,
    pub(crate) argument: Option<Expr>,
    /// The time column; `None` for rows at a moment and for tables without one.
    pub(crate) time: Option<Expr>,
    /// What becomes of rows without a time where the window has no start.
    pub(crate) undated: Undated,
    /// The default time column of its table: with `time` it tells how far the
    /// data reaches.
    pub(crate) table_time: Option<Expr>,
    /// The columns it is cut by, in the order of the question.
    pub(crate) dimensions: Vec<ColumnRef>,
    /// What its values are.
    pub(crate) kind: Kind,
}

impl Leaf {
    /// Every expression over its rows but its dimensions.
    pub(crate) fn expressions(&self) -> Vec<&Expr> {
        let mut all = self.relation.expressions();
        all.extend(self.argument.iter().chain(&self.time).chain(&self.table_time));
        all
    }

    /// Whether its rows depend on the window by more than their time: through
    /// `period`, or through other rows at a moment.
    pub(crate) fn depends_on_window(&self) -> bool {
        let own = self.relation.filters.iter().chain(self.argument.iter());
        own.into_iter().any(is_windowed)
    }

    /// The number of its rows, or of those among them that meet a condition.
    pub(crate) fn counted(&self, condition: Option<Expr>) -> Self {
        let mut relation = self.relation.clone();
        relation.filters.extend(condition);
        in_order(&mut relation.filters);
        Self {
            relation,
            function: AggregateFunction::Count,
            argument: None,
            kind: Kind::NUMBER,
            ..self.clone()
        }
    }

    /// The condition that a row has a value that counts: one that is there, and no
    /// negative duration.
    pub(crate) fn has_value(argument: &Expr, kind: Kind) -> Expr {
        if kind == Kind::DURATION {
            Expr::binary(BinaryOp::GreaterOrEqual, argument.clone(), Expr::literal(Literal::NO_TIME))
        } else {
            argument.clone().is_known()
        }
    }

    /// Whether it is a stock that flows can add up to.
    pub(crate) fn moment(&self) -> Option<Moment> {
        self.relation.alive.as_ref().map(|alive| alive.moment)
    }

    /// Whether values of parts of a window add up to that of the window.
    pub(crate) fn is_additive(&self) -> bool {
        use AggregateFunction::{Count, Max, Mean, Min, Share, Spread, Sum};
        match self.function {
            Count | Sum | Mean | Share | Spread => true,
            Min | Max => self.relation.alive.is_none(),
            _ => false,
        }
    }
}

/// One order of filters for all spellings, so that equal aggregates are found.
pub(crate) fn in_order(filters: &mut Vec<Expr>) {
    filters.sort_by_cached_key(ToString::to_string);
    filters.dedup();
}

/// All distinct leaves of the questions of a run: equal aggregates are one, and so
/// are equal rows behind them.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    leaves: Vec<Leaf>,
    by_leaf: std::collections::HashMap<Leaf, usize>,
    behind: Vec<Behind>,
    /// The places of what is behind each leaf.
    behind_leaf: Vec<Vec<usize>>,
}

impl Leaves {
    /// The place of a leaf, made when it is new.
    pub(crate) fn place(&mut self, leaf: Leaf) -> usize {
        if let Some(place) = self.by_leaf.get(&leaf) {
            return *place;
        }
        let place = self.leaves.len();
        let behind = Behind::of(&leaf).into_iter().map(|behind| self.place_behind(behind)).collect();
        self.behind_leaf.push(behind);
        self.by_leaf.insert(leaf.clone(), place);
        self.leaves.push(leaf);
        place
    }

    fn place_behind(&mut self, behind: Behind) -> usize {
        self.behind.iter().position(|known| *known == behind).unwrap_or_else(|| {
            self.behind.push(behind);
            self.behind.len() - 1
        })
    }

    /// The rows behind a leaf, with their places.
    pub(crate) fn behind(&self, leaf: usize) -> impl Iterator<Item = (usize, &Behind)> {
        self.behind_leaf[leaf].iter().map(|place| (*place, &self.behind[*place]))
    }

    /// The leaf at a place.
    pub(crate) fn get(&self, place: usize) -> &Leaf {
        &self.leaves[place]
    }

    /// All leaves with their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Leaf)> {
        self.leaves.iter().enumerate()
    }
}
