//! Evaluation: a node over a window, from the values of its leaves.

use std::collections::BTreeSet;

use goalpost_core::Decimal;
use goalpost_core::calendar::{Grain, Window};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::measure::{
    AggregateFunction, FunctionCall, MeasureOp, PartContent, PartValue, SegmentValue, WindowShape,
};
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::sample::Sample;

use super::align::{BySegment, SegmentKey, combine, constant};
use super::windows::{TimeContext, days, reshaped};
use super::{Leaves, Node};

/// Evaluates nodes and gathers what failed.
pub(crate) struct Evaluator<'a, 'b> {
    pub(crate) leaves: &'a Leaves,
    /// The value of a leaf in a window, by segment.
    pub(crate) answer: &'b mut dyn FnMut(usize, Window) -> BySegment,
    pub(crate) context: TimeContext<'a>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Evaluator<'_, '_> {
    /// The values of a node over a window, by segment.
    pub(crate) fn evaluate(&mut self, node: &Node, window: Window) -> BySegment {
        match node {
            Node::Constant(value) => BySegment::everywhere(constant(*value)),
            Node::Leaf(place) => (self.answer)(*place, window),
            Node::Binary(op, a, b) => {
                let (left, right) = (self.evaluate(a, window), self.evaluate(b, window));
                let reason = if *op == MeasureOp::Divide { self.nothing_below(b) } else { String::new() };
                left.zip(&right, |a, b| combine(*op, a, b, &reason))
            }
            Node::Coalesce(a, b) => {
                let (left, right) = (self.evaluate(a, window), self.evaluate(b, window));
                left.zip(&right, coalesce)
            }
            Node::Window(
                _,
                WindowShape::Previous(shift) | WindowShape::Next(shift) | WindowShape::Trailing(shift),
            )
            | Node::Growth(_, shift)
                if shift.unit.is_none() && self.context.grain == Grain::All =>
            {
                let reason =
                    "all time has no period beside it: say of which unit, e.g. `previous(1, \"year\")`";
                BySegment::everywhere(Computed::without(Outcome::Undefined(reason.to_owned())))
            }
            Node::Window(inner, shape) => self.evaluate(inner, reshaped(window, *shape, &self.context)),
            Node::InPeriod(inner, fixed) => self.evaluate(inner, *fixed),
            Node::Growth(inner, shift) => {
                let now = self.evaluate(inner, window);
                let before =
                    self.evaluate(inner, reshaped(window, WindowShape::Previous(*shift), &self.context));
                now.zip(&before, growth)
            }
            // Alone it would be cut once too often; the type check refuses that.
            Node::Split(inner) => self.evaluate(inner, window),
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
        let values: Vec<Part> = parts
            .iter()
            .map(|part| match part {
                Node::Split(inner) => Part::Split(self.evaluate(inner, window)),
                _ => Part::Whole(self.evaluate(part, window)),
            })
            .collect();
        let mut keys: BTreeSet<SegmentKey> = BTreeSet::new();
        for value in &values {
            match value {
                Part::Whole(value) => keys.extend(value.segments.keys().cloned()),
                Part::Split(value) => keys.extend(value.segments.keys().map(|key| outer(key).to_vec())),
            }
        }
        let rest = self.call(call, &values, None);
        let segments =
            keys.into_iter().map(|key| (key.clone(), self.call(call, &values, Some(&key)))).collect();
        BySegment { segments, rest }
    }

    /// Calls a function for a segment, or for all that have no rows here.
    fn call(&mut self, call: &FunctionCall, parts: &[Part], key: Option<&SegmentKey>) -> Computed {
        let mut all = constant(Decimal::ZERO);
        let mut given = Vec::new();
        for ((name, _), part) in call.parts.iter().zip(parts) {
            let content = match part {
                Part::Whole(value) => whole(key.map_or(&value.rest, |key| value.get(key)), name, &mut all),
                Part::Split(value) => split(value, key, &mut all),
            };
            match content {
                Ok(content) => given.push(PartValue { name: name.clone(), content }),
                Err(outcome) => return Computed { outcome, ..all },
            }
        }
        match call.function.0.call(&given) {
            Ok(outcome) => Computed { outcome, ..all },
            Err(diagnostic) => {
                let reason = diagnostic.message.clone();
                if !self.diagnostics.contains(&*diagnostic) {
                    self.diagnostics.push(*diagnostic);
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
                    (AggregateFunction::Spread, _) => {
                        format!("nothing of {} is spread over the period", leaf.relation.source)
                    }
                    (function, Some(argument)) => {
                        format!("the {} of {argument} is 0 for {}", function.name(), leaf.relation)
                    }
                    _ => "the denominator is 0".to_owned(),
                }
            }
            Node::Window(inner, _) | Node::InPeriod(inner, _) | Node::Total(inner) => {
                self.nothing_below(inner)
            }
            _ => "the denominator is 0".to_owned(),
        }
    }
}

/// A part of a function, evaluated.
enum Part {
    Whole(BySegment),
    /// Cut by one dimension more than the others.
    Split(BySegment),
}

/// A split segment's place in the question: all but the last dimension.
fn outer(key: &SegmentKey) -> &[Option<String>] {
    key.split_last().map_or(&[], |(_, outer)| outer)
}

fn whole(part: &Computed, name: &str, all: &mut Computed) -> Result<PartContent, Outcome> {
    all.sample = all.sample.with(&part.sample);
    match (&part.outcome, part.outcome.value()) {
        (_, Some(value)) => Ok(PartContent::Value(value)),
        (Outcome::NoData(reason), None) => Err(Outcome::NoData(reason.clone())),
        (Outcome::Undefined(reason), None) => {
            Err(Outcome::Undefined(format!("{name} is undefined: {reason}")))
        }
        (Outcome::Value(_), None) => Err(Outcome::Undefined(format!("{name} is too large a number"))),
    }
}

/// The values of a split part for a segment: one per value of its last dimension.
pub(crate) fn segments_of(part: &BySegment, key: &SegmentKey) -> Vec<SegmentValue> {
    let of_key = part.segments.iter().filter(|(segment, _)| outer(segment) == key.as_slice());
    of_key
        .filter_map(|(segment, computed)| {
            let value = computed.outcome.value()?;
            Some(SegmentValue { key: segment.last().cloned().flatten(), value, n: computed.n() })
        })
        .collect()
}

fn split(part: &BySegment, key: Option<&SegmentKey>, all: &mut Computed) -> Result<PartContent, Outcome> {
    if let (true, Outcome::NoData(reason)) = (part.segments.is_empty(), &part.rest.outcome) {
        return Err(Outcome::NoData(reason.clone()));
    }
    let mut found = Vec::new();
    let mut together = Sample::empty();
    for (segment, computed) in &part.segments {
        if key.is_some_and(|key| outer(segment) != key.as_slice()) || key.is_none() {
            continue;
        }
        together = together.beside(&computed.sample);
        if let Some(value) = computed.outcome.value() {
            found.push(SegmentValue { key: segment.last().cloned().flatten(), value, n: computed.n() });
        }
    }
    all.sample = all.sample.with(&together);
    Ok(PartContent::Segments(found))
}

/// The first that has a value. What was left out of the one that has none is
/// not forgotten: it may be why.
fn coalesce(a: &Computed, b: &Computed) -> Computed {
    if a.outcome.exact().is_some() {
        return a.clone();
    }
    let sample = Sample { n: b.sample.n, ..a.sample.with(&b.sample) };
    Computed { sample, ..b.clone() }
}

/// Relative change against a base, which must be above 0 to have a direction.
fn growth(now: &Computed, before: &Computed) -> Computed {
    let change = combine(MeasureOp::Subtract, now, before, "");
    let outcome = match (&change.outcome, &before.outcome) {
        (Outcome::Value(change), Outcome::Value(base)) if base.is_positive() => {
            change.checked_div(base).map_or_else(|| change_of_nothing(before), Outcome::of)
        }
        (Outcome::Value(_), Outcome::Value(_)) => change_of_nothing(before),
        (other, _) => other.clone(),
    };
    let sample = Sample { n: before.sample.n, ..change.sample };
    Computed { outcome, interval: None, sample }
}

fn change_of_nothing(before: &Computed) -> Outcome {
    let base = before.outcome.value().unwrap_or_default().normalize();
    Outcome::Undefined(format!("the base is {base}, not above 0"))
}

/// The mean over days; a day without a value leaves the mean without one.
fn daily_average(closings: Vec<BySegment>) -> BySegment {
    let days = Decimal::from(closings.len());
    let sum = closings.into_iter().reduce(|sum, day| sum.zip(&day, |a, b| combine(MeasureOp::Add, a, b, "")));
    match sum {
        Some(sum) => {
            let days = constant(days);
            sum.map(|value| combine(MeasureOp::Divide, &value, &days, "no day of the period has begun"))
        }
        None => BySegment::everywhere(Computed::without(Outcome::NoData(
            "no day of the period has begun".to_owned(),
        ))),
    }
}
