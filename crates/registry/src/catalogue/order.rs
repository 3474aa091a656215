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

/// Metrics that refer to metrics that refer to metrics …
const DEEPEST: usize = 200;

/// Parts of a formula, those of the metrics that it refers to counted as often as
/// it does.
const MOST_PARTS: u64 = 50_000;

/// Orders metrics after their dependencies. A reference to a metric that does
/// not exist, a circle of references, and references too many or too deep are
/// errors; the metrics with them are left out.
pub(crate) fn by_dependency(
    metrics: Vec<InForce<Metric>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<InForce<Metric>> {
    let names: BTreeSet<MetricName> = metrics.iter().map(|metric| metric.definition.name.clone()).collect();
    let mut waiting: BTreeMap<MetricName, InForce<Metric>> = BTreeMap::new();
    let mut needs: BTreeMap<MetricName, Vec<MetricName>> = BTreeMap::new();
    let mut unknown: BTreeSet<MetricName> = BTreeSet::new();
    for metric in metrics {
        let name = metric.definition.name.clone();
        places(&metric.definition.value, &mut |other, at| {
            if !names.contains(other) {
                unknown.insert(name.clone());
                diagnostics.push(
                    Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{other}`"))
                        .at(at.clone())
                        .help(did_you_mean(other.as_str(), names.iter().map(MetricName::as_str))),
                );
            }
        });
        needs.insert(name.clone(), references(&metric.definition.value));
        waiting.insert(name, metric);
    }
    waiting.retain(|name, _| !unknown.contains(name));
    let mut ordered: Vec<InForce<Metric>> = Vec::new();
    let mut sizes: BTreeMap<MetricName, u64> = unknown.into_iter().map(|name| (name, 1)).collect();
    for _ in 0..DEEPEST {
        let is_ready = |name: &MetricName| {
            needs.get(name).is_none_or(|needs| needs.iter().all(|need| sizes.contains_key(need)))
        };
        let ready: Vec<MetricName> = waiting.keys().filter(|name| is_ready(name)).cloned().collect();
        if ready.is_empty() {
            break;
        }
        for name in ready {
            let Some(metric) = waiting.remove(&name) else { continue };
            let parts = parts(&metric.definition.value, &sizes);
            sizes.insert(name.clone(), parts);
            if parts <= MOST_PARTS {
                ordered.push(metric);
                continue;
            }
            sizes.insert(name.clone(), 1);
            let message =
                format!("`{name}` is made of more than {MOST_PARTS} parts, those of its metrics included");
            diagnostics.push(
                Diagnostic::error(Code::ScriptLimit, message)
                    .at(metric.definition.at)
                    .help("does each metric refer to another more than once?"),
            );
        }
    }
    report_circles(&waiting, &needs, diagnostics);
    ordered
}

/// The parts of a formula.
fn parts(measure: &Measure, sizes: &BTreeMap<MetricName, u64>) -> u64 {
    let own = match &*measure.kind {
        MeasureKind::Metric(name) => sizes.get(name).copied().unwrap_or(1),
        _ => 1,
    };
    measure.children().into_iter().fold(own, |sum, child| sum.saturating_add(parts(child, sizes)))
}

/// Says of what could not be ordered why: it is part of a circle, or too deep.
fn report_circles(
    waiting: &BTreeMap<MetricName, InForce<Metric>>,
    needs: &BTreeMap<MetricName, Vec<MetricName>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeSet<MetricName> = BTreeSet::new();
    let mut has_circle = false;
    for start in waiting.keys() {
        let mut path: Vec<MetricName> = Vec::new();
        let mut next = Some(start.clone());
        while let Some(name) = next.filter(|name| seen.insert(name.clone())) {
            next = needs
                .get(&name)
                .and_then(|needs| needs.iter().find(|need| waiting.contains_key(*need)))
                .cloned();
            path.push(name);
            let first = path.iter().position(|known| Some(known) == next.as_ref());
            if let Some(first) = first {
                has_circle = true;
                diagnostics.push(circle(waiting, &path[first..]));
            }
        }
    }
    if let (false, Some((name, metric))) = (has_circle, waiting.iter().next()) {
        let count = waiting.len();
        let message = format!("`{name}` and {} more refer to metrics more than {DEEPEST} deep", count - 1);
        let message =
            if count == 1 { format!("`{name}` refers to metrics more than {DEEPEST} deep") } else { message };
        diagnostics.push(
            Diagnostic::error(Code::ScriptLimit, message)
                .at(metric.definition.at.clone())
                .help("compute some of them from tables alone"),
        );
    }
}

fn circle(waiting: &BTreeMap<MetricName, InForce<Metric>>, circle: &[MetricName]) -> Diagnostic {
    let shown: Vec<&str> = circle.iter().chain(circle.first()).map(MetricName::as_str).collect();
    let message = format!("metrics refer to each other in a circle: {}", shown.join(" → "));
    let mut found =
        Diagnostic::error(Code::Cycle, message).help("let one of them be computed from tables alone");
    for (place, name) in circle.iter().enumerate() {
        if let Some(metric) = waiting.get(name) {
            let at = metric.definition.at.clone();
            found = if place == 0 { found.at(at) } else { found.related(at, "and this one") };
        }
    }
    found
}
