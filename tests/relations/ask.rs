//! Questions, and answers as cells that can be held against each other.

use std::collections::BTreeMap;

use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::name::MetricName;
use goalpost_core::outcome::Computed;
use goalpost_core::report::{Cell, RunReport};
use goalpost_registry::catalogue::Availability;
use goalpost_registry::run::{RunRequest, run};
use goalpost_registry::{EngineOptions, Project};

use crate::Case;
use crate::project::errors;

/// What is asked of every metric that can answer it.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) grain: Grain,
    /// Periods, the last ones before the end.
    pub(crate) last: u32,
    pub(crate) by: Vec<&'static str>,
    pub(crate) as_of: String,
    /// Which metrics are asked.
    pub(crate) among: Case,
}

/// A cell's place: metric, period, segment.
pub(crate) type Key = (String, String, Vec<Option<String>>);

/// The cells of an answer, in their order.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) cells: Vec<Cell>,
    /// Code and message of what was said beside them.
    pub(crate) said: Vec<String>,
}

impl Answer {
    pub(crate) fn by_key(&self) -> BTreeMap<Key, &Computed> {
        self.cells.iter().map(|cell| (key(cell), &cell.computed)).collect()
    }
}

pub(crate) fn key(cell: &Cell) -> Key {
    let segment = cell.segment.iter().map(|(_, value)| value.clone()).collect();
    (cell.metric.to_string(), cell.period.label.clone(), segment)
}

/// The metrics that a project can compute and cut so.
pub(crate) fn able(project: &Project, by: &[&str]) -> Vec<MetricName> {
    let able = project.catalogue.metrics().filter(|entry| {
        entry.availability == Availability::Available
            && by.iter().all(|name| entry.dimensions.iter().any(|known| known.as_str() == *name))
    });
    able.map(|entry| entry.metric.name.clone()).collect()
}

/// Asks the metrics that can answer, as far as the case looks at them.
pub(crate) fn ask(project: &Project, question: &Question) -> Answer {
    ask_with(project, question, &one_thread())
}

/// Threads are for large tables.
pub(crate) fn one_thread() -> EngineOptions {
    EngineOptions { threads: Some(1), ..EngineOptions::default() }
}

pub(crate) fn ask_with(project: &Project, question: &Question, options: &EngineOptions) -> Answer {
    let mut metrics = able(project, &question.by);
    metrics.retain(|name| question.among.asks(name.as_str()));
    ask_metrics(project, metrics, question, options)
}

/// Asks these metrics.
pub(crate) fn ask_metrics(
    project: &Project,
    metrics: Vec<MetricName>,
    question: &Question,
    options: &EngineOptions,
) -> Answer {
    let request = RunRequest {
        metrics,
        grain: question.grain,
        from: None,
        to: None,
        last: Some(question.last),
        by: question.by.iter().map(|name| (*name).into()).collect(),
        as_of: AsOf::parse(&question.as_of, &project.config.calendar).expect("a moment"),
    };
    let asked =
        run(project, &request, options).map_err(|found| format!("{question:?}: {:?}", errors(&found)));
    let RunReport { cells, diagnostics, .. } = asked.expect("an answer");
    assert_eq!(errors(&diagnostics), Vec::<&str>::new());
    let said = diagnostics.iter().map(|found| format!("{}: {}", found.code.name(), found.message));
    Answer { cells, said: said.collect() }
}

/// Holds that two answers are the same to the last word, samples included.
pub(crate) fn same(one: &Answer, other: &Answer, what: &str) {
    let found = differences(one, other);
    assert!(found.is_empty(), "{what} differ{}", found.concat());
}

/// The first cells in which two answers are not the same.
fn differences(one: &Answer, other: &Answer) -> Vec<String> {
    let pairs = one.cells.iter().zip(&other.cells).filter(|(one, other)| !is_same(one, other));
    let shown = pairs.take(5).map(|(one, other)| format!("\n  {}\n  {}", line(one), line(other)));
    let mut found: Vec<String> = shown.collect();
    if one.cells.len() != other.cells.len() {
        found.push(format!("\n  {} cells, and {}", one.cells.len(), other.cells.len()));
    }
    found
}

/// Whether two cells say the same. The value is a fraction, so nothing is rounded away.
fn is_same(one: &Cell, other: &Cell) -> bool {
    one.metric == other.metric
        && one.unit == other.unit
        && one.period == other.period
        && one.segment == other.segment
        && one.pending == other.pending
        && one.computed == other.computed
}

/// All that a cell says.
fn line(cell: &Cell) -> String {
    let Cell { metric, unit, period, segment, computed, pending } = cell;
    format!("{metric} {} {segment:?} {unit:?} {pending} {computed:?}", period.label)
}
