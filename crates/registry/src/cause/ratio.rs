//! A formula as a ratio of two formulas that may add up over segments.
//!
//! Shares and means are taken apart into what they divide; products, quotients
//! and windows are carried through. Whether the two sides really add up is seen
//! by their numbers, later.

use goalpost_core::Decimal;
use goalpost_core::measure::{AggregateFunction, MeasureOp, WindowShape};

use crate::plan::{Leaf, Leaves, Node};

/// A numerator, and a denominator where there is one.
#[derive(Clone, Debug)]
pub(super) struct Ratio {
    pub(super) numerator: Node,
    pub(super) denominator: Option<Node>,
}

/// The form of a node as a ratio; one without a denominator is the node itself.
pub(super) fn ratio(node: &Node, leaves: &mut Leaves) -> Ratio {
    let plain = |node: &Node| Ratio { numerator: node.clone(), denominator: None };
    match node {
        Node::Leaf(place) => {
            let Some((above, below)) = taken_apart(leaves.get(*place)) else { return plain(node) };
            Ratio {
                numerator: Node::Leaf(leaves.place(above)),
                denominator: Some(Node::Leaf(leaves.place(below))),
            }
        }
        Node::Binary(MeasureOp::Multiply, a, b) => {
            let (a, b) = (ratio(a, leaves), ratio(b, leaves));
            Ratio {
                numerator: times(a.numerator, b.numerator),
                denominator: product(a.denominator, b.denominator),
            }
        }
        Node::Binary(MeasureOp::Divide, a, b) => {
            let (a, b) = (ratio(a, leaves), ratio(b, leaves));
            let numerator = match b.denominator {
                Some(below) => times(a.numerator, below),
                None => a.numerator,
            };
            // A constant below is a scale and no weight.
            match (a.denominator, b.numerator) {
                (None, scale @ Node::Constant(_)) => {
                    Ratio { numerator: binary(MeasureOp::Divide, numerator, scale), denominator: None }
                }
                (below, other) => Ratio { numerator, denominator: product(below, Some(other)) },
            }
        }
        Node::Binary(op @ (MeasureOp::Add | MeasureOp::Subtract), a, b) => {
            let (left, right) = (ratio(a, leaves), ratio(b, leaves));
            match (left.denominator, right.denominator) {
                (None, None) => plain(node),
                (Some(one), Some(other)) if !is_same(&one, &other) => plain(node),
                (Some(below), Some(_)) => Ratio {
                    numerator: binary(*op, left.numerator, right.numerator),
                    denominator: Some(below),
                },
                (Some(below), None) => Ratio {
                    numerator: binary(*op, left.numerator, times(right.numerator, below.clone())),
                    denominator: Some(below),
                },
                (None, Some(below)) => Ratio {
                    numerator: binary(*op, times(left.numerator, below.clone()), right.numerator),
                    denominator: Some(below),
                },
            }
        }
        Node::Growth(inner, shift) => {
            let inside = ratio(inner, leaves);
            if inside.denominator.is_some() {
                return plain(node);
            }
            let before = Node::Window(inner.clone(), WindowShape::Previous(*shift));
            Ratio {
                numerator: binary(MeasureOp::Subtract, (**inner).clone(), before.clone()),
                denominator: Some(before),
            }
        }
        Node::Window(inner, _) | Node::InPeriod(inner, _) => {
            let Ratio { numerator, denominator } = ratio(inner, leaves);
            let around = |inner: Node| node.map(|_| inner.clone());
            Ratio { numerator: around(numerator), denominator: denominator.map(around) }
        }
        _ => plain(node),
    }
}

/// What a share or a mean divides by what.
fn taken_apart(leaf: &Leaf) -> Option<(Leaf, Leaf)> {
    let argument = leaf.argument.as_ref()?;
    match leaf.function {
        AggregateFunction::Share => Some((leaf.counted(Some(argument.clone())), leaf.counted(None))),
        AggregateFunction::Mean => {
            let total = Leaf { function: AggregateFunction::Sum, ..leaf.clone() };
            Some((total, leaf.counted(Some(Leaf::has_value(argument, leaf.kind)))))
        }
        _ => None,
    }
}

/// Whether some of a node is not cut by segments.
pub(super) fn has_total(node: &Node) -> bool {
    node.any(&mut |part| matches!(part, Node::Total(_)))
}

/// Whether a node is of a kind whose segments can add up to the whole, as far as
/// its form tells: not a median, an extreme, or anything made of them.
pub(super) fn may_add_up(node: &Node, leaves: &Leaves) -> bool {
    match node {
        Node::Total(_) | Node::Function(..) => true,
        Node::Leaf(place) => !matches!(
            leaves.get(*place).function,
            AggregateFunction::Median
                | AggregateFunction::Percentile(_)
                | AggregateFunction::Min
                | AggregateFunction::Max
                | AggregateFunction::Mean
                | AggregateFunction::Share
        ),
        Node::Binary(MeasureOp::Min | MeasureOp::Max, ..) | Node::Growth(..) => false,
        Node::Coalesce(a, _) => may_add_up(a, leaves),
        _ => node.children().into_iter().all(|child| may_add_up(child, leaves)),
    }
}

fn is_same(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Leaf(a), Node::Leaf(b)) => a == b,
        (Node::Constant(a), Node::Constant(b)) => a == b,
        (Node::Window(a, shape), Node::Window(b, other)) => shape == other && is_same(a, b),
        (Node::Binary(op, a, b), Node::Binary(other, c, d)) => op == other && is_same(a, c) && is_same(b, d),
        _ => false,
    }
}

fn binary(op: MeasureOp, a: Node, b: Node) -> Node {
    Node::Binary(op, Box::new(a), Box::new(b))
}

fn times(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::Constant(one), _) if *one == Decimal::ONE => b,
        (_, Node::Constant(one)) if *one == Decimal::ONE => a,
        _ => binary(MeasureOp::Multiply, a, b),
    }
}

fn product(a: Option<Node>, b: Option<Node>) -> Option<Node> {
    match (a, b) {
        (Some(a), Some(b)) => Some(times(a, b)),
        (a, b) => a.or(b),
    }
}
