//! The catalogue: the definitions in force, checked against the project's tables.
//!
//! It decides which layer's definition counts ([`layers`]), in which order
//! metrics depend on each other, what each is made of and whether the project
//! can compute it ([`expr_check`], [`measure_check`]), and by what it can be cut
//! ([`dimension`]). It reports all problems at once and computes nothing.

mod absent;
pub(crate) mod dimension;
mod expr_check;
mod fan_out;
mod filter;
mod goals;
pub(crate) mod layers;
pub(crate) mod measure_check;
pub mod needs;
mod offers;
mod order;
mod queries;
mod select;
mod untyped;
mod waivers;

pub use filter::{GoalFilter, Wanted};
pub use needs::{Availability, Missing};

use std::collections::BTreeMap;

use goalpost_core::calendar::Calendar;
use goalpost_core::config::Config;
use goalpost_core::definition::{Definitions, Layer, Metric, Param, SharedDimension};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::RelationSource;
use goalpost_core::goal::{Goal, Policies, Waiver};
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind, MeasureOp};
use goalpost_core::name::{DimensionName, GoalName, MetricName};
use goalpost_core::rewrite::Rewrite;
use goalpost_core::schema::Schema;
use goalpost_core::source::Span;
use goalpost_core::unit::{Kind, TimeUnit, Unit};

use absent::Absent;
use expr_check::Checker;
use layers::{InForce, in_force};
use measure_check::Kinds;

use crate::query::{self, Queries};
use crate::relation::shape::Shapes;
use crate::relation::typed::Typed;

/// The metrics and goals in force.
#[derive(Debug)]
pub struct Catalogue {
    pub(crate) schema: Schema,
    pub(crate) calendar: Calendar,
    pub(crate) dimensions: Vec<SharedDimension>,
    entries: BTreeMap<MetricName, Entry>,
    /// The kinds of the entries, for the check of what refers to them.
    kinds: Kinds,
    goals: Vec<GoalEntry>,
    /// Where each goal is among them.
    goal_places: BTreeMap<GoalName, usize>,
    waivers: Vec<Waiver>,
    policies: Policies,
    params: Vec<Param>,
    queries: Queries,
}

/// A metric in force.
#[derive(Debug)]
pub struct Entry {
    /// The definition.
    pub metric: Metric,
    /// Its unit, declared or as the formula has it.
    pub unit: Unit,
    /// What its formula yields.
    pub kind: Kind,
    /// Whether the project has what it needs.
    pub availability: Availability,
    /// Definitions of earlier layers that it replaces.
    pub replaces: Vec<(Layer, Span)>,
    /// What it is offered to be cut by and can be.
    pub dimensions: Vec<DimensionName>,
    /// Metrics that its formula refers to, directly.
    pub dependencies: Vec<MetricName>,
}

/// A goal in force.
#[derive(Debug)]
pub struct GoalEntry {
    /// The definition.
    pub goal: Goal,
    /// Definitions of earlier layers that it replaces.
    pub replaces: Vec<(Layer, Span)>,
}

impl Catalogue {
    /// Checks definitions against the tables of a project.
    pub fn build(definitions: Definitions, schema: &Schema, config: &Config) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut metrics = in_force(
            "metric",
            definitions.metrics,
            |metric| metric.name.to_string(),
            |metric| (metric.layer.clone(), metric.at.clone()),
            &mut diagnostics,
        );
        let mut goals = in_force(
            "goal",
            definitions.goals,
            |goal| goal.name.to_string(),
            |goal| (goal.layer.clone(), goal.at.clone()),
            &mut diagnostics,
        );
        let dimensions = in_force(
            "dimension",
            definitions.dimensions,
            |dimension| dimension.name.to_string(),
            |dimension| (dimension.layer.clone(), dimension.at.clone()),
            &mut diagnostics,
        );
        let absent = Absent { schema };
        metrics.iter_mut().for_each(|metric| absent.metric(&mut metric.definition));
        goals.iter_mut().for_each(|goal| absent.goal(&mut goal.definition));
        let mut catalogue = Self {
            schema: schema.clone(),
            calendar: config.calendar,
            dimensions: dimensions.into_iter().map(|dimension| dimension.definition).collect(),
            entries: BTreeMap::new(),
            kinds: Kinds::new(),
            goals: Vec::new(),
            goal_places: BTreeMap::new(),
            waivers: Vec::new(),
            policies: config.goals.clone(),
            params: definitions.params,
            queries: Queries::new(),
        };
        catalogue.describe_queries(&metrics, &mut diagnostics);
        let typed = Typed(catalogue.shapes());
        metrics.iter_mut().for_each(|metric| typed.metric(&mut metric.definition));
        goals.iter_mut().for_each(|goal| typed.goal(&mut goal.definition));
        catalogue.add_metrics(metrics, &mut diagnostics);
        for InForce { definition, replaces } in goals {
            catalogue.check_goal(&definition, &mut diagnostics);
            catalogue.goal_places.insert(definition.name.clone(), catalogue.goals.len());
            catalogue.goals.push(GoalEntry { goal: definition, replaces });
        }
        for waiver in definitions.waivers {
            catalogue.check_waiver(&waiver, &mut diagnostics);
            catalogue.waivers.push(waiver);
        }
        (catalogue, diagnostics)
    }

    /// All metrics, by name.
    pub fn metrics(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// A metric by name.
    pub fn metric(&self, name: &MetricName) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// All goals, in order of declaration.
    pub fn goals(&self) -> &[GoalEntry] {
        &self.goals
    }

    /// A goal by name.
    pub fn goal(&self, name: &GoalName) -> Option<&GoalEntry> {
        self.goal_places.get(name).and_then(|place| self.goals.get(*place))
    }

    /// All waivers, in order of declaration.
    pub fn waivers(&self) -> &[Waiver] {
        &self.waivers
    }

    /// What a goal's verdicts mean for the gate: as it says, else as the project does.
    pub fn policies(&self, goal: &Goal) -> Policies {
        goal.policies.or(&self.policies)
    }

    /// All parameters, with the values in force.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// What columns are looked up in.
    pub(crate) fn shapes(&self) -> Shapes<'_> {
        Shapes { schema: &self.schema, queries: &self.queries }
    }

    /// Plans the queries that metrics read from, so that their columns are known.
    fn describe_queries(&mut self, metrics: &[InForce<Metric>], diagnostics: &mut Vec<Diagnostic>) {
        for metric in metrics {
            let mut found = Vec::new();
            queries::of_measure(&metric.definition.value, &mut found);
            for (text, at) in found {
                if self.queries.contains_key(&text) {
                    continue;
                }
                match query::describe(&self.schema, &text) {
                    Ok(query) => {
                        self.queries.insert(text, query);
                    }
                    Err(message) => diagnostics.push(
                        Diagnostic::error(Code::BadQuery, format!("the query cannot be planned: {message}"))
                            .at(at)
                            .help("queries are SQL over the project's tables; `goalpost list tables` shows their columns"),
                    ),
                }
            }
        }
    }

    fn add_metrics(&mut self, metrics: Vec<InForce<Metric>>, diagnostics: &mut Vec<Diagnostic>) {
        for InForce { definition: metric, replaces } in order::by_dependency(metrics, diagnostics) {
            let mut checker = Checker::new(self.shapes(), &self.calendar);
            let kind = checker.measure(&metric.value, &self.kinds);
            let (mut missing, wrong) = self.needs_of_metric(&metric, checker);
            let dependencies = order::references(&metric.value);
            let unit = metric.unit.unwrap_or_else(|| natural_unit(&metric.value, kind));
            if let (Some(kind), true) = (kind, wrong.is_empty())
                && kind != unit.kind()
            {
                let unfit = if metric.layer == Layer::BuiltIn { self.unfit(&metric) } else { Vec::new() };
                if unfit.is_empty() {
                    diagnostics.push(wrong_unit(&metric, unit, kind));
                }
                missing.extend(unfit);
            }
            diagnostics.extend(wrong);
            self.kinds.insert(metric.name.clone(), Some(unit.kind()));
            let name = metric.name.clone();
            let availability =
                if missing.is_empty() { Availability::Available } else { Availability::Missing(missing) };
            self.entries.insert(
                name.clone(),
                Entry {
                    kind: unit.kind(),
                    unit,
                    availability,
                    replaces,
                    dimensions: Vec::new(),
                    dependencies,
                    metric,
                },
            );
            if let Some(entry) = self.entries.get(&name) {
                self.check_offers(&entry.metric, diagnostics);
            }
            let dimensions = self.offered(&name);
            if let Some(entry) = self.entries.get_mut(&name) {
                entry.dimensions = dimensions;
            }
        }
    }

    /// The dimensions of a metric's `by` that it can be cut by in this project.
    fn offered(&self, name: &MetricName) -> Vec<DimensionName> {
        let Some(entry) = self.entries.get(name) else { return Vec::new() };
        let own = entry.metric.by.iter().map(|dimension| dimension.name.clone());
        let mut offered: Vec<DimensionName> = own.filter(|name| self.can_cut(&entry.metric, name)).collect();
        offered.dedup();
        offered
    }

    /// Whether every aggregate of a metric reaches a dimension.
    pub(crate) fn can_cut(&self, metric: &Metric, name: &DimensionName) -> bool {
        let sources = self.sources(&metric.value);
        self.reaches(&metric.value, metric, sources.len() <= 1, name)
    }

    fn reaches(&self, measure: &Measure, metric: &Metric, only: bool, name: &DimensionName) -> bool {
        match &*measure.kind {
            MeasureKind::Aggregate(aggregate) => {
                let source = &aggregate.relation.source;
                dimension::column_for(name, source, Some(metric), only, &self.dimensions, self.shapes())
                    .is_ok()
            }
            MeasureKind::Metric(other) => {
                self.entries.get(other).is_some_and(|entry| self.can_cut(&entry.metric, name))
            }
            MeasureKind::Total(_) => true,
            _ => measure.children().into_iter().all(|child| self.reaches(child, metric, only, name)),
        }
    }

    /// The distinct sources of the aggregates of a measure, metrics followed;
    /// those of totals are left out, since totals are not cut.
    pub(crate) fn sources(&self, measure: &Measure) -> Vec<RelationSource> {
        let mut found = Vec::new();
        self.gather_sources(measure, &mut found);
        found
    }

    fn gather_sources(&self, measure: &Measure, found: &mut Vec<RelationSource>) {
        match &*measure.kind {
            MeasureKind::Aggregate(aggregate) => {
                if !found.contains(&aggregate.relation.source) {
                    found.push(aggregate.relation.source.clone());
                }
            }
            MeasureKind::Metric(name) => {
                if let Some(entry) = self.entries.get(name) {
                    self.gather_sources(&entry.metric.value, found);
                }
            }
            MeasureKind::Total(_) => {}
            _ => {
                for child in measure.children() {
                    self.gather_sources(child, found);
                }
            }
        }
    }
}

/// A metric whose formula yields something else than its unit says.
fn wrong_unit(metric: &Metric, unit: Unit, kind: Kind) -> Diagnostic {
    let message = format!("`{}` has the unit \"{unit}\", but its formula yields {kind}", metric.name);
    Diagnostic::error(Code::TypeMismatch, message).at(metric.at.clone()).help(match kind {
        Kind::MONEY => "use `unit: \"money\"`".to_owned(),
        Kind::DURATION => "use a unit of time, e.g. `unit: \"days\"`".to_owned(),
        _ => "use \"percent\", \"count\", \"ratio\", \"points\" or \"number\", or change the formula"
            .to_owned(),
    })
}

/// The unit of a formula for which none was declared.
pub(crate) fn natural_unit(measure: &Measure, kind: Option<Kind>) -> Unit {
    match (&*measure.kind, kind) {
        (_, Some(Kind::MONEY)) => Unit::Money,
        (_, Some(Kind::DURATION)) => Unit::Duration(TimeUnit::Day),
        (_, Some(Kind { money: 1, time: -1 })) => Unit::MoneyPer(TimeUnit::Day),
        (MeasureKind::Aggregate(aggregate), _) => match aggregate.function {
            AggregateFunction::Share => Unit::Percent,
            AggregateFunction::Count | AggregateFunction::CountDistinct => Unit::Count,
            _ => Unit::Number,
        },
        (MeasureKind::Growth(..), _) => Unit::Percent,
        (MeasureKind::Binary(MeasureOp::Add | MeasureOp::Subtract, a, b), _) => {
            let (left, right) = (natural_unit(a, kind), natural_unit(b, kind));
            if left == right { left } else { Unit::Number }
        }
        (
            MeasureKind::Window(inner, _)
            | MeasureKind::InPeriod(inner, _)
            | MeasureKind::Total(inner)
            | MeasureKind::Coalesce(inner, _),
            _,
        ) => natural_unit(inner, kind),
        _ => Unit::Number,
    }
}
