//! `explain`: what a metric is, what it is made of, and how it is computed.

use goalpost_core::calendar::Period;
use goalpost_core::definition::{Layer, Metric};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::expr::{ColumnRef, Owner};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::source::Span;
use goalpost_core::unit::Unit;

use crate::catalogue::{Availability, Missing};
use crate::engine::EngineOptions;
use crate::engine::columns::wanted;
use crate::plan::Leaves;
use crate::project::Project;
use crate::question::{Loaded, Question};
use crate::run::{RunRequest, compile, periods};
use crate::scan::Bucket;

/// Everything there is to say about a metric.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The definition.
    pub metric: Metric,
    /// Its unit.
    pub unit: Unit,
    /// The formula, close to how the script wrote it.
    pub formula: String,
    /// Metrics that the formula refers to.
    pub dependencies: Vec<MetricName>,
    /// Definitions of earlier layers that it replaces.
    pub replaces: Vec<(Layer, Span)>,
    /// What it can be cut by.
    pub dimensions: Vec<DimensionName>,
    /// The aggregates it is made of.
    pub aggregates: Vec<ExplainedAggregate>,
    /// The columns it looks at.
    pub columns: Vec<ExplainedColumn>,
    /// What it needs and the project does not have; then there is no plan.
    pub missing: Vec<Missing>,
    /// The periods that the plan is for.
    pub periods: Vec<Period>,
    /// The scans that compute it.
    pub scans: Vec<ExplainedScan>,
}

/// An aggregate of a formula.
#[derive(Clone, Debug)]
pub struct ExplainedAggregate {
    /// It, as text.
    pub text: String,
    /// The time column that places its rows; `None` for rows at a moment.
    pub time: Option<String>,
    /// The columns it is cut by.
    pub dimensions: Vec<String>,
}

/// A column that a metric looks at.
#[derive(Clone, Debug)]
pub struct ExplainedColumn {
    /// `table.column`.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// The header it is read from.
    pub source: String,
}

/// One scan of the fused plan.
#[derive(Clone, Debug)]
pub struct ExplainedScan {
    /// What it reads and how it groups, in a line.
    pub summary: String,
    /// The engine's optimised plan.
    pub plan: String,
    /// The same as SQL, where it can be said.
    pub sql: Option<String>,
}

/// Explains the metrics of a request, each on its own, and the scans that
/// compute all of them together (given with the first).
///
/// # Errors
/// Everything that keeps them from being computed.
pub fn explain(
    project: &Project,
    request: &RunRequest,
    options: &EngineOptions,
) -> Result<Vec<Explanation>, Vec<Diagnostic>> {
    let mut explanations = Vec::new();
    for name in &request.metrics {
        let mut leaves = Leaves::default();
        let Some(entry) = project.catalogue.metric(name) else { continue };
        if entry.availability == Availability::Available {
            let only = RunRequest { metrics: vec![name.clone()], ..request.clone() };
            compile(project, &only, &mut leaves)?;
        }
        let schema = project.sources.schema();
        let aggregates = leaves
            .iter()
            .map(|(_, leaf)| ExplainedAggregate {
                text: match &leaf.argument {
                    Some(argument) => {
                        format!("{} of {argument} over {}", leaf.function.name(), leaf.relation)
                    }
                    None => format!("{} over {}", leaf.function.name(), leaf.relation),
                },
                time: leaf.time.as_ref().map(ToString::to_string),
                dimensions: leaf.dimensions.iter().map(ColumnRef::dotted).collect(),
            })
            .collect();
        let mut columns = Vec::new();
        for (table, names) in wanted(&leaves, project.catalogue.shapes()) {
            let Some(known) = schema.tables.get(&table) else { continue };
            for column in names.iter().filter_map(|name| known.column(name.as_str())) {
                columns.push(ExplainedColumn {
                    name: format!("{table}.{}", column.name),
                    ty: column.ty.to_string(),
                    source: column.source.clone(),
                });
            }
        }
        explanations.push(Explanation {
            metric: entry.metric.clone(),
            unit: entry.unit,
            formula: entry.metric.value.to_string(),
            dependencies: entry.dependencies.clone(),
            replaces: entry.replaces.clone(),
            dimensions: entry.dimensions.clone(),
            aggregates,
            columns,
            missing: entry.availability.missing().to_vec(),
            periods: Vec::new(),
            scans: Vec::new(),
        });
    }
    let is_available = |name: &&MetricName| {
        project.catalogue.metric(name).is_some_and(|entry| entry.availability == Availability::Available)
    };
    let metrics: Vec<MetricName> = request.metrics.iter().filter(is_available).cloned().collect();
    if metrics.is_empty() {
        return Ok(explanations);
    }
    let (periods, scans) = scans(project, &RunRequest { metrics, ..request.clone() }, options)?;
    if let Some(first) = explanations.first_mut() {
        first.periods = periods;
        first.scans = scans;
    }
    Ok(explanations)
}

/// The scans that compute a request, with their plans.
fn scans(
    project: &Project,
    request: &RunRequest,
    options: &EngineOptions,
) -> Result<(Vec<Period>, Vec<ExplainedScan>), Vec<Diagnostic>> {
    let mut leaves = Leaves::default();
    let nodes = compile(project, request, &mut leaves)?;
    let loaded = Loaded::load(project, &leaves, request.as_of, options)?;
    let periods = periods(project, request, &loaded)?;
    let windows: Vec<_> = periods.iter().map(Period::window).collect();
    let questions: Vec<Question> = nodes
        .into_iter()
        .map(|node| Question { node, grain: request.grain, windows: windows.clone() })
        .collect();
    let fused = loaded.fused(&questions);
    let plans = loaded.plans(&fused)?;
    let scans = fused
        .scans
        .iter()
        .zip(plans)
        .map(|(scan, plan)| {
            let mut summary = format!("{} aggregates over {}", scan.outputs.len(), scan.source);
            if let Some(axis) = &scan.axis {
                summary.push_str(&format!(" by {axis}, {}", scan.bucket));
            }
            let windows = scan.windows().len();
            if windows > 0 && scan.bucket == Bucket::Whole {
                summary.push_str(&format!(", for {windows} windows"));
            }
            if !scan.dimensions.is_empty() {
                let names: Vec<String> = scan.dimensions.iter().map(named).collect();
                summary.push_str(&format!(", by {}", names.join(", ")));
            }
            ExplainedScan { summary, plan: plan.logical, sql: plan.sql }
        })
        .collect();
    Ok((periods, scans))
}

fn named(column: &ColumnRef) -> String {
    match &column.owner {
        Owner::Table(table) => format!("{table}.{}", column.dotted()),
        Owner::Derived(_) => column.dotted(),
    }
}
