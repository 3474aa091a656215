//! `explain`: what a metric is, what it is made of, and how it is computed.

use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::explanation::{ExplainedAggregate, ExplainedColumn, ExplainedScan, Explanation, Lacking};
use goalpost_core::expr::{ColumnRef, Owner};
use goalpost_core::name::MetricName;

use crate::catalogue::{Availability, needs};
use crate::engine::EngineOptions;
use crate::plan::Leaves;
use crate::plan::needs::Needs;
use crate::project::Project;
use crate::question::{Loaded, Question};
use crate::run::{RunRequest, compile, periods};
use crate::scan::Bucket;

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
        let nodes = if entry.availability == Availability::Available {
            let only = RunRequest { metrics: vec![name.clone()], ..request.clone() };
            compile(project, &only, &mut leaves)?
        } else {
            Vec::new()
        };
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
        for (table, names) in Needs::of(&nodes, &leaves, project.catalogue.shapes()).columns {
            let Some(known) = schema.tables.get(&table) else { continue };
            for column in names.iter().filter_map(|name| known.column(name.as_str())) {
                columns.push(ExplainedColumn {
                    name: format!("{table}.{}", column.name),
                    ty: column.ty.to_string(),
                    source: column.source.clone(),
                });
            }
        }
        let missing = entry.availability.missing();
        let lacking = (!missing.is_empty())
            .then(|| Lacking { what: needs::listed(missing), remedy: needs::remedy(missing) });
        explanations.push(Explanation {
            metric: entry.metric.clone(),
            unit: entry.unit,
            formula: entry.metric.value.to_string(),
            dependencies: entry.dependencies.clone(),
            replaces: entry.replaces.clone(),
            dimensions: entry.dimensions.clone(),
            aggregates,
            columns,
            lacking,
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
    let needs = Needs::of(&nodes, &leaves, project.catalogue.shapes());
    let loaded = Loaded::load(project, &leaves, needs, request.as_of, options)?;
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
