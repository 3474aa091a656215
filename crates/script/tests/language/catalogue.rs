//! The tests of the built-in metrics: enough of them, and of the right kinds.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::canonical;
use goalpost_core::case::{Case, Matcher, Subject};
use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::name::{MetricName, TableName};
use goalpost_script::{Limits, Scripts, built_in, load};

/// Cases that every metric has at least.
const LEAST: usize = 4;

fn built_in_definitions() -> Definitions {
    let tables = canonical::tables().iter().map(|table| TableName::from(table.name)).collect();
    let definitions = load(&Scripts {
        layers: vec![(Layer::BuiltIn, built_in())],
        tables,
        params: BTreeMap::new(),
        limits: Limits::default(),
    });
    assert!(definitions.diagnostics.is_empty(), "{:?}", definitions.diagnostics);
    definitions
}

/// The cases that expect something of each metric.
fn cases(definitions: &Definitions) -> BTreeMap<&MetricName, Vec<&Case>> {
    let mut cases: BTreeMap<&MetricName, Vec<&Case>> =
        definitions.metrics.iter().map(|metric| (&metric.name, Vec::new())).collect();
    for case in &definitions.cases {
        let metrics: BTreeSet<&MetricName> = case
            .expectations
            .iter()
            .filter_map(|expectation| match &expectation.subject {
                Subject::Metric(name) => Some(name),
                Subject::Goal(_) => None,
            })
            .collect();
        for metric in metrics {
            cases.get_mut(metric).unwrap_or_else(|| panic!("{metric} is no metric")).push(case);
        }
    }
    cases
}

#[test]
fn every_metric_has_cases_enough() {
    let definitions = built_in_definitions();
    assert!(definitions.metrics.len() >= 90, "{}", definitions.metrics.len());
    let few: Vec<String> = cases(&definitions)
        .into_iter()
        .filter(|(_, cases)| cases.len() < LEAST)
        .map(|(metric, cases)| format!("{metric}: {}", cases.len()))
        .collect();
    assert!(few.is_empty(), "fewer than {LEAST} cases: {few:?}");
}

#[test]
fn every_metric_says_what_nothing_is() {
    let definitions = built_in_definitions();
    let says_nothing = |case: &&Case, metric: &MetricName| {
        case.expectations.iter().any(|expectation| {
            let is_of = matches!(&expectation.subject, Subject::Metric(name) if name == metric);
            let zero = matches!(&expectation.matcher, Matcher::Equals(value) if value.is_zero());
            is_of && (zero || matches!(expectation.matcher, Matcher::IsNoData | Matcher::IsUndefined))
        })
    };
    let silent: Vec<&MetricName> = cases(&definitions)
        .into_iter()
        .filter(|(metric, cases)| !cases.iter().any(|case| says_nothing(case, metric)))
        .map(|(metric, _)| metric)
        .collect();
    assert!(silent.is_empty(), "no case of an empty period, or of a denominator of 0: {silent:?}");
}
