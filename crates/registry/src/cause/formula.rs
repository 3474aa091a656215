//! The parts of a metric's formula: what its top-level arithmetic combines.
//!
//! A reference to another metric is one part, with that metric's name and unit;
//! an aggregate is one, unless it is the whole formula: then a share is what it
//! counts and of how many, a sum how many values it has and their mean. The parts of a script's function are its parts. Windows are followed, so that a trailing quotient is a
//! quotient of trailing parts; equal parts are one.

use std::sync::Arc;

use goalpost_core::Decimal;
use goalpost_core::decomposition::{Changed, by_parts};
use goalpost_core::definition::Metric;
use goalpost_core::measure::{
    Aggregate, AggregateFunction, FunctionCall, Measure, MeasureKind, MeasureOp, PartContent, PartValue,
    WindowShape,
};
use goalpost_core::outcome::Outcome;
use goalpost_core::report::PartEffect;
use goalpost_core::unit::{Kind, Unit};

use super::wrap::{Wrap, within};
use super::{Asked, names};
use crate::catalogue::{Catalogue, Entry, natural_unit};
use crate::plan::align::SegmentKey;
use crate::plan::compile::Compiler;
use crate::plan::{Leaf, Node};

/// A formula over parts.
#[derive(Debug)]
pub(super) struct Formula {
    form: Form,
    pub(super) parts: Vec<Part>,
}

/// A part of a formula.
#[derive(Debug)]
pub(super) struct Part {
    name: String,
    unit: Unit,
    pub(super) node: Node,
}

/// How parts are combined.
#[derive(Debug)]
enum Form {
    Part(usize),
    Constant(Decimal),
    Binary(MeasureOp, Box<Form>, Box<Form>),
    /// Relative change of the first against the second.
    Growth(Box<Form>, Box<Form>),
    Function(FunctionCall, Vec<usize>),
}

/// A part before it is compiled.
struct Found<'a> {
    name: String,
    unit: Unit,
    /// With everything that lies around it.
    measure: Measure,
    /// Whose formula it is in, which decides its time column.
    metric: &'a Metric,
}

/// The formula of a metric over its parts; `None` where it is one part alone, or
/// a function of whole lists of segments.
pub(super) fn formula(entry: &Entry, compiler: &mut Compiler<'_>) -> Option<Formula> {
    let catalogue = compiler.catalogue;
    let mut reading = Reading { catalogue, unit: entry.unit, found: Vec::new() };
    let form = reading.whole(&entry.metric.value, &entry.metric, &[])?;
    if matches!(form, Form::Part(_)) {
        return None;
    }
    let mut parts: Vec<Part> = Vec::new();
    for Found { name, unit, measure, metric } in reading.found {
        let node = compiler.compile(&measure, metric)?;
        let alike = parts.iter().filter(|part| part.name == name).count();
        let name = if alike == 0 { name } else { format!("{name} ({})", alike + 1) };
        parts.push(Part { name, unit, node });
    }
    Some(Formula { form, parts })
}

struct Reading<'a> {
    catalogue: &'a Catalogue,
    /// The metric's unit, in which its parts of the same kind are given.
    unit: Unit,
    found: Vec<Found<'a>>,
}

impl<'a> Reading<'a> {
    /// A formula that is the whole of a metric: a reference is followed, a share
    /// or sum is taken apart.
    fn whole(&mut self, measure: &Measure, metric: &'a Metric, wraps: &[Wrap]) -> Option<Form> {
        match &*measure.kind {
            MeasureKind::Metric(name) => {
                let entry = self.catalogue.metric(name)?;
                self.whole(&entry.metric.value, &entry.metric, wraps)
            }
            MeasureKind::Window(inner, shape) => {
                self.whole(inner, metric, &within(wraps, Wrap::Window(*shape)))
            }
            MeasureKind::InPeriod(inner, label) => {
                self.whole(inner, metric, &within(wraps, Wrap::Fixed(Arc::clone(label))))
            }
            MeasureKind::Total(inner) => self.whole(inner, metric, &within(wraps, Wrap::Total)),
            MeasureKind::Aggregate(aggregate) => {
                let Some((op, one, other)) = self.taken_apart(aggregate) else {
                    return self.term(measure, metric, wraps);
                };
                let of = |aggregate| Measure::new(MeasureKind::Aggregate(aggregate), measure.at.clone());
                let one = self.term(&of(one), metric, wraps)?;
                let other = self.term(&of(other), metric, wraps)?;
                Some(Form::Binary(op, Box::new(one), Box::new(other)))
            }
            MeasureKind::Function(call) => {
                let mut places = Vec::new();
                for (name, part) in &call.parts {
                    if matches!(&*part.kind, MeasureKind::Split(..)) {
                        return None;
                    }
                    places.push(self.part(Some(name), part, metric, wraps));
                }
                Some(Form::Function(call.clone(), places))
            }
            _ => self.term(measure, metric, wraps),
        }
    }

    /// A term of a formula.
    fn term(&mut self, measure: &Measure, metric: &'a Metric, wraps: &[Wrap]) -> Option<Form> {
        Some(match &*measure.kind {
            MeasureKind::Number(value) => Form::Constant(*value),
            MeasureKind::Duration(step) => {
                Form::Constant(Decimal::from(step.unit.seconds()?.checked_mul(step.count)?))
            }
            MeasureKind::Binary(op, a, b) => {
                let (a, b) = (self.term(a, metric, wraps)?, self.term(b, metric, wraps)?);
                Form::Binary(*op, Box::new(a), Box::new(b))
            }
            MeasureKind::Window(inner, shape) => {
                self.term(inner, metric, &within(wraps, Wrap::Window(*shape)))?
            }
            MeasureKind::InPeriod(inner, label) => {
                self.term(inner, metric, &within(wraps, Wrap::Fixed(Arc::clone(label))))?
            }
            MeasureKind::Total(inner) => self.term(inner, metric, &within(wraps, Wrap::Total))?,
            MeasureKind::Growth(inner, shift) => {
                let before = within(wraps, Wrap::Window(WindowShape::Previous(*shift)));
                let (now, before) = (self.term(inner, metric, wraps)?, self.term(inner, metric, &before)?);
                Form::Growth(Box::new(now), Box::new(before))
            }
            _ => Form::Part(self.part(None, measure, metric, wraps)),
        })
    }

    /// The place of a part, made where it is new.
    fn part(&mut self, name: Option<&str>, measure: &Measure, metric: &'a Metric, wraps: &[Wrap]) -> usize {
        let whole = wraps.iter().rev().fold(measure.clone(), |inner, wrap| wrap.around(inner));
        let known = self.found.iter().position(|found| {
            found.measure == whole
                && found.metric.name == metric.name
                && name.is_none_or(|name| found.name == name)
        });
        known.unwrap_or_else(|| {
            let name = name.map_or_else(|| names::part(measure, wraps), str::to_owned);
            self.found.push(Found { name, unit: self.unit_of(measure), measure: whole, metric });
            self.found.len() - 1
        })
    }

    fn unit_of(&self, measure: &Measure) -> Unit {
        if let MeasureKind::Metric(name) = &*measure.kind
            && let Some(entry) = self.catalogue.metric(name)
        {
            return entry.unit;
        }
        let kind = self.catalogue.kind_of(measure);
        // Days beside a metric in hours would be hard to compare.
        if kind == Some(self.unit.kind()) && kind != Some(Kind::NUMBER) {
            return self.unit;
        }
        natural_unit(measure, kind)
    }

    /// The two aggregates that one is made of, and how.
    fn taken_apart(&self, aggregate: &Aggregate) -> Option<(MeasureOp, Aggregate, Aggregate)> {
        let argument = aggregate.argument.as_ref()?;
        let counted = |condition| {
            let mut counted =
                Aggregate { function: AggregateFunction::Count, argument: None, ..aggregate.clone() };
            counted.relation.filters.extend(condition);
            counted
        };
        match aggregate.function {
            AggregateFunction::Share => {
                Some((MeasureOp::Divide, counted(Some(argument.clone())), counted(None)))
            }
            // Not a mean: its total and its count both grow with the number of rows,
            // and would cancel each other out. What moved it are its segments.
            AggregateFunction::Sum => {
                let kind = argument.row_type()?.kind()?;
                let values = counted(Some(Leaf::has_value(argument, kind)));
                let with = |function| Aggregate { function, ..aggregate.clone() };
                Some((MeasureOp::Multiply, values, with(AggregateFunction::Mean)))
            }
            _ => None,
        }
    }
}

impl Formula {
    /// The parts with their effects; `None` where they cannot be told exactly.
    pub(super) fn effects(
        &self,
        asked: &Asked<'_>,
        first: usize,
        key: &SegmentKey,
        change: Decimal,
    ) -> Option<Vec<PartEffect>> {
        let changes: Vec<Changed> =
            (0..self.parts.len()).map(|part| asked.changed(first + part, key)).collect::<Option<_>>()?;
        let split = by_parts(&changes, |values| self.form.value(values)).ok()?;
        // What was split must be what the metric did.
        if split.change != change {
            return None;
        }
        let parts = self.parts.iter().zip(changes).zip(split.effects);
        Some(
            parts
                .map(|((part, changed), effect)| PartEffect {
                    name: part.name.clone(),
                    unit: part.unit,
                    before: changed.before,
                    after: changed.after,
                    effect,
                })
                .collect(),
        )
    }
}

impl Form {
    fn value(&self, values: &[Decimal]) -> Option<Decimal> {
        match self {
            Self::Part(place) => values.get(*place).copied(),
            Self::Constant(value) => Some(*value),
            Self::Binary(op, a, b) => {
                let (a, b) = (a.value(values)?, b.value(values)?);
                match op {
                    MeasureOp::Add => a.checked_add(b),
                    MeasureOp::Subtract => a.checked_sub(b),
                    MeasureOp::Multiply => a.checked_mul(b),
                    MeasureOp::Divide => a.checked_div(b),
                    MeasureOp::Min => Some(a.min(b)),
                    MeasureOp::Max => Some(a.max(b)),
                }
            }
            Self::Growth(now, before) => {
                let (now, before) = (now.value(values)?, before.value(values)?);
                if before > Decimal::ZERO { now.checked_sub(before)?.checked_div(before) } else { None }
            }
            Self::Function(call, places) => {
                let given: Vec<PartValue> = call
                    .parts
                    .iter()
                    .zip(places)
                    .map(|((name, _), place)| {
                        let content = PartContent::Value(*values.get(*place)?);
                        Some(PartValue { name: name.clone(), content })
                    })
                    .collect::<Option<_>>()?;
                match call.function.0.call(&given) {
                    Ok(Outcome::Value(value)) => value.decimal(),
                    _ => None,
                }
            }
        }
    }
}
