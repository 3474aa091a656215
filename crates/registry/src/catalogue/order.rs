//! Dependencies between metrics: an order in which each comes after what it
//! refers to, and the circles that have none.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::definition::Metric;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::measure::{Measure, MeasureKind};
use goalpost_core::name::MetricName;
use goalpost_core::source::At;

use super::layers::InForce;

/// The metrics that a measure refers to directly, in order of appearance.
pub(crate) fn references(measure: &Measure) -> Vec<MetricName> {
    let mut found = Vec::new();
    places(measure, &mut |name, _| {
        if !found.contains(name) {
            found.push(name.clone());
        }
    });
    found
}

fn places(measure: &Measure, visit: &mut impl FnMut(&MetricName, &At)) {
    if let MeasureKind::Metric(name) = &*measure.kind {
        visit(name, &measure.at);
    }
    for child in measure.children() {
        places(child, visit);
    }
}

/// Orders metrics after their dependencies. A reference to a metric that does
/// not exist and a circle of references are errors; the metrics with them are
/// left out.
pub(crate) fn by_dependency(
    metrics: Vec<InForce<Metric>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<InForce<Metric>> {
    let names: Vec<MetricName> = metrics.iter().map(|metric| metric.definition.name.clone()).collect();
    let mut waiting: BTreeMap<MetricName, InForce<Metric>> = BTreeMap::new();
    let mut unknown: BTreeSet<MetricName> = BTreeSet::new();
    for metric in metrics {
        places(&metric.definition.value, &mut |name, at| {
            if !names.contains(name) {
                unknown.insert(metric.definition.name.clone());
                diagnostics.push(
                    Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{name}`"))
                        .at(at.clone())
                        .help(did_you_mean(name.as_str(), names.iter().map(MetricName::as_str))),
                );
            }
        });
        waiting.insert(metric.definition.name.clone(), metric);
    }
    waiting.retain(|name, _| !unknown.contains(name));
    let mut ordered: Vec<InForce<Metric>> = Vec::new();
    let mut placed: BTreeSet<MetricName> = unknown;
    while !waiting.is_empty() {
        let ready: Vec<MetricName> = waiting
            .iter()
            .filter(|(_, metric)| {
                references(&metric.definition.value).iter().all(|name| placed.contains(name))
            })
            .map(|(name, _)| name.clone())
            .collect();
        if ready.is_empty() {
            report_circles(&waiting, diagnostics);
            break;
        }
        for name in ready {
            placed.insert(name.clone());
            ordered.extend(waiting.remove(&name));
        }
    }
    ordered
}

fn report_circles(waiting: &BTreeMap<MetricName, InForce<Metric>>, diagnostics: &mut Vec<Diagnostic>) {
    let mut reported: BTreeSet<MetricName> = BTreeSet::new();
    for start in waiting.keys() {
        let mut path = vec![start.clone()];
        while let Some(last) = path.last() {
            let next = waiting.get(last).and_then(|metric| {
                references(&metric.definition.value).into_iter().find(|name| waiting.contains_key(name))
            });
            let Some(next) = next else { break };
            if let Some(first) = path.iter().position(|name| *name == next) {
                let circle = &path[first..];
                if circle.iter().all(|name| reported.insert(name.clone())) {
                    let shown: Vec<&str> = circle.iter().chain([&next]).map(MetricName::as_str).collect();
                    let mut found = Diagnostic::error(
                        Code::Cycle,
                        format!("metrics refer to each other in a circle: {}", shown.join(" → ")),
                    )
                    .help("let one of them be computed from tables alone");
                    for (place, name) in circle.iter().enumerate() {
                        if let Some(metric) = waiting.get(name) {
                            let at = metric.definition.at.clone();
                            found = if place == 0 { found.at(at) } else { found.related(at, "and this one") };
                        }
                    }
                    diagnostics.push(found);
                }
                break;
            }
            path.push(next);
        }
    }
}
