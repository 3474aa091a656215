//! What the built-in metrics add up, each a metric of its own.
//!
//! Shares become the two counts that they are quotients of, means the sum, and
//! what does not add up at all (medians, different values) the count of its rows:
//! the rows are those of a metric, whatever is asked of them.

use goalpost_core::definition::{Definitions, Layer, Metric};
use goalpost_core::expr::{Expr, ExprKind, Relation};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::MetricName;
use goalpost_core::source::At;

/// An aggregate that adds up, and the metric it is of.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) aggregate: Aggregate,
    /// The metric, which has the time column and the dimensions.
    pub(crate) metric: Metric,
}

/// All leaves that add up, each once.
pub(crate) fn additive(definitions: &Definitions) -> Vec<Leaf> {
    let mut found: Vec<Leaf> = Vec::new();
    for metric in &definitions.metrics {
        let mut aggregates = Vec::new();
        gather(&metric.value, &mut aggregates);
        for aggregate in aggregates.into_iter().flat_map(parts) {
            let is_known = |leaf: &Leaf| {
                leaf.aggregate == aggregate && leaf.metric.time == metric.time && leaf.metric.by == metric.by
            };
            if !found.iter().any(is_known) {
                found.push(Leaf { aggregate, metric: metric.clone() });
            }
        }
    }
    found
}

fn gather<'m>(measure: &'m Measure, found: &mut Vec<&'m Aggregate>) {
    if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
        found.push(aggregate);
    }
    measure.children().into_iter().for_each(|child| gather(child, found));
}

fn parts(aggregate: &Aggregate) -> Vec<Aggregate> {
    let count = Aggregate { function: AggregateFunction::Count, argument: None, ..aggregate.clone() };
    match aggregate.function {
        AggregateFunction::Count | AggregateFunction::Sum | AggregateFunction::Spread => {
            vec![aggregate.clone()]
        }
        AggregateFunction::Mean => {
            vec![Aggregate { function: AggregateFunction::Sum, ..aggregate.clone() }]
        }
        AggregateFunction::Share => {
            let mut hits = count.clone();
            hits.relation.filters.extend(aggregate.argument.clone());
            vec![hits, count]
        }
        AggregateFunction::CountDistinct
        | AggregateFunction::Median
        | AggregateFunction::Percentile(_)
        | AggregateFunction::Min
        | AggregateFunction::Max => vec![count],
    }
}

impl Leaf {
    /// The leaf as a metric of the project.
    pub(crate) fn as_metric(&self, name: &str) -> Metric {
        self.metric_of(name, self.aggregate.clone())
    }

    /// The leaf over the rows that meet a condition as well.
    pub(crate) fn on_condition(&self, name: &str, condition: Expr) -> Metric {
        let mut aggregate = self.aggregate.clone();
        aggregate.relation.filters.push(condition);
        self.metric_of(name, aggregate)
    }

    /// Another aggregate in the place of this one.
    pub(crate) fn metric_of(&self, name: &str, aggregate: Aggregate) -> Metric {
        Metric {
            name: MetricName::from(name),
            title: name.to_owned(),
            value: Measure::new(MeasureKind::Aggregate(aggregate), At::default()),
            unit: None,
            better: None,
            layer: Layer::Project,
            ..self.metric.clone()
        }
    }

    /// Whether which rows they are, or what they add, depends on the period.
    pub(crate) fn looks_at_period(&self) -> bool {
        let Aggregate { relation, argument, function, .. } = &self.aggregate;
        relation.alive.is_some()
            || *function == AggregateFunction::Spread
            || filters_look(relation)
            || argument.as_ref().is_some_and(looks)
    }
}

pub(crate) fn filters_look(relation: &Relation) -> bool {
    relation.filters.iter().any(looks)
}

fn looks(expr: &Expr) -> bool {
    expr.any(&mut |part| match &*part.kind {
        ExprKind::Period(_) => true,
        ExprKind::InRows(_, rows) => rows.relation.alive.is_some() || filters_look(&rows.relation),
        _ => false,
    })
}

/// The built-in scripts, and these metrics beside them.
pub(crate) fn with(definitions: &Definitions, metrics: Vec<Metric>) -> Definitions {
    let mut all = definitions.clone();
    all.metrics.extend(metrics);
    all
}
