//! Evaluation: a node over a window, from the answers of the engine.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::measure::{AggregateFunction, FunctionCall, MeasureOp, PartValue, WindowShape};
use goalpost_core::outcome::{Computed, Outcome};

use super::align::{BySegment, SegmentKey, combine, constant, join_dropped, without};
use super::windows::{TimeContext, days, reshaped};
use super::{Leaves, Node};
use crate::engine::rollup::Answers;

/// Evaluates nodes and gathers what failed.
pub(crate) struct Evaluator<'a, 'b> {
    pub(crate) leaves: &'a Leaves,
    pub(crate) answers: &'b mut Answers<'a>,
    pub(crate) context: TimeContext<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Evaluator<'_, '_> {
    /// The values of a node over a window, by segment.
    pub(crate) fn evaluate(&mut self, node: &Node, window: Window) -> BySegment {
        match node {
            Node::Constant(value) => BySegment::everywhere(constant(*value)),
            Node::Leaf(place) => self.answers.get(*place, window),
            Node::Binary(op, a, b) => {
                let (left, right) = (self.evaluate(a, window), self.evaluate(b, window));
                let reason = if *op == MeasureOp::Divide { self.nothing_below(b) } else { String::new() };
                left.zip(&right, |a, b| combine(*op, a, b, &reason))
            }
            Node::Coalesce(a, b) => {
                let (left, right) = (self.evaluate(a, window), self.evaluate(b, window));
                left.zip(&right, |a, b| if a.outcome.value().is_some() { a.clone() } else { b.clone() })
            }
            Node::Window(inner, shape) => self.evaluate(inner, reshaped(window, *shape, &self.context)),
            Node::Growth(inner, shift) => {
                let now = self.evaluate(inner, window);
                let before =
                    self.evaluate(inner, reshaped(window, WindowShape::Previous(*shift), &self.context));
                now.zip(&before, growth)
            }
            // Uncut, so its one segment is the value of every segment.
            Node::Total(inner) => {
                let total = self.evaluate(inner, window);
                BySegment::everywhere(total.get(&SegmentKey::new()).clone())
            }
            Node::DailyAverage(inner) => {
                let days = days(window, &self.context);
                let closings: Vec<BySegment> =
                    days.into_iter().map(|day| self.evaluate(inner, day)).collect();
                daily_average(closings)
            }
            Node::Function(call, parts) => self.function(call, parts, window),
        }
    }

    fn function(&mut self, call: &FunctionCall, parts: &[Node], window: Window) -> BySegment {
        let values: Vec<BySegment> = parts.iter().map(|part| self.evaluate(part, window)).collect();
        let mut segments: BTreeMap<SegmentKey, Computed> = BTreeMap::new();
        for key in values.iter().flat_map(|value| value.segments.keys()) {
            if !segments.contains_key(key) {
                let here: Vec<&Computed> = values.iter().map(|value| value.get(key)).collect();
                segments.insert(key.clone(), self.call(call, &here));
            }
        }
        let rest: Vec<&Computed> = values.iter().map(|value| &value.rest).collect();
        BySegment { rest: self.call(call, &rest), segments }
    }

    fn call(&mut self, call: &FunctionCall, parts: &[&Computed]) -> Computed {
        let mut all = constant(Decimal::ZERO);
        let mut given = Vec::new();
        for ((name, _), part) in call.parts.iter().zip(parts) {
            all.dropped = join_dropped(&all, part);
            all.n = all.n.min(part.n);
            match &part.outcome {
                Outcome::Value(value) => {
                    given.push(PartValue { name: name.clone(), value: *value, n: part.n })
                }
                other => {
                    let outcome = match other {
                        Outcome::NoData(reason) => Outcome::NoData(reason.clone()),
                        _ => Outcome::Undefined(reason_of(other, name)),
                    };
                    return Computed { outcome, ..all };
                }
            }
        }
        match call.function.0.call(&given) {
            Ok(outcome) => Computed { outcome, ..all },
            Err(diagnostic) => {
                let reason = diagnostic.message.clone();
                if !self.diagnostics.contains(&diagnostic) {
                    self.diagnostics.push(diagnostic);
                }
                Computed { outcome: Outcome::Undefined(reason), ..all }
            }
        }
    }

    /// What to say when a denominator is 0.
    fn nothing_below(&self, denominator: &Node) -> String {
        match denominator {
            Node::Leaf(place) => {
                let leaf = self.leaves.get(*place);
                match (leaf.function, &leaf.argument) {
                    (AggregateFunction::Count | AggregateFunction::CountDistinct, _) => {
                        format!("no {}", leaf.relation)
                    }
                    (function, Some(argument)) => {
                        format!("the {} of {argument} is 0 for {}", function.name(), leaf.relation)
                    }
                    _ => "the denominator is 0".to_owned(),
                }
            }
            Node::Window(inner, _) | Node::Total(inner) => self.nothing_below(inner),
            _ => "the denominator is 0".to_owned(),
        }
    }
}

fn reason_of(outcome: &Outcome, part: &str) -> String {
    match outcome {
        Outcome::Undefined(reason) => format!("{part} is undefined: {reason}"),
        _ => String::new(),
    }
}

/// Relative change against a base, which must be above 0 to have a direction.
fn growth(now: &Computed, before: &Computed) -> Computed {
    let change = combine(MeasureOp::Subtract, now, before, "");
    let outcome = match (&change.outcome, &before.outcome) {
        (Outcome::Value(change), Outcome::Value(base)) if *base > Decimal::ZERO => {
            match change.checked_div(*base) {
                Some(growth) => Outcome::Value(growth),
                None => Outcome::Undefined("the number is too large".to_owned()),
            }
        }
        (Outcome::Value(_), Outcome::Value(base)) => {
            Outcome::Undefined(format!("the base is {}, not above 0", base.normalize()))
        }
        (other, _) => other.clone(),
    };
    Computed { outcome, n: before.n, ..change }
}

/// The mean over days; a day without a value leaves the mean without one.
fn daily_average(closings: Vec<BySegment>) -> BySegment {
    let days = Decimal::from(closings.len());
    let sum = closings.into_iter().reduce(|sum, day| sum.zip(&day, |a, b| combine(MeasureOp::Add, a, b, "")));
    match sum {
        Some(sum) => {
            let days = constant(days);
            sum.map(|value| {
                let n = value.n;
                Computed { n, ..combine(MeasureOp::Divide, &value, &days, "no day of the period has begun") }
            })
        }
        None => BySegment::everywhere(without(Outcome::NoData("no day of the period has begun".to_owned()))),
    }
}
