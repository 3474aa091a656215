//! `run`: metrics by period and segment.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use goalpost_core::calendar::{AsOf, Calendar, Grain, Period, Window};
use goalpost_core::definition::Metric;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::report::{Cell, MetricHeading, RunReport, Segment};
use goalpost_core::sample::of_rows;

use crate::engine::EngineOptions;
use crate::engine::range::Days;
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::compile::Compiler;
use crate::plan::needs::Needs;
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::question::{Answered, Loaded, Question};
use crate::relation::window::Undated;

/// Periods shown when nothing says which.
const USUAL_PERIODS: usize = 12;

/// What is asked.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The metrics, in the order of the answer.
    pub metrics: Vec<MetricName>,
    /// The size of the periods.
    pub grain: Grain,
    /// The first day; periods that overlap the days asked for are answered.
    pub from: Option<NaiveDate>,
    /// The first day after.
    pub to: Option<NaiveDate>,
    /// Only so many periods, the last ones.
    pub last: Option<u32>,
    /// What to cut by.
    pub by: Vec<DimensionName>,
    /// The moment the run speaks for.
    pub as_of: AsOf,
}

/// Computes metrics by period and segment. Without dates, the periods are the
/// last twelve that the data reaches.
///
/// # Errors
/// Everything that keeps the answer from being right.
pub fn run(
    project: &Project,
    request: &RunRequest,
    options: &EngineOptions,
) -> Result<RunReport, Vec<Diagnostic>> {
    let mut leaves = Leaves::default();
    let nodes = compile(project, request, &mut leaves)?;
    let needs = Needs::of(&nodes, &leaves, project.catalogue.shapes());
    let loaded = Loaded::load(project, &leaves, needs, request.as_of, options)?;
    let periods = periods(project, request, &loaded)?;
    let windows: Vec<Window> = periods.iter().map(Period::window).collect();
    let questions: Vec<Question> = nodes
        .iter()
        .map(|node| Question { node: node.clone(), grain: request.grain, windows: windows.clone() })
        .collect();
    let answered = loaded.answer(&questions)?;
    let mut diagnostics = answered.diagnostics.clone();
    diagnostics.extend(undated(&leaves, &questions, &answered));
    let mut cells = Vec::new();
    let mut headings = Vec::new();
    for ((name, values), _) in request.metrics.iter().zip(&answered.values).zip(&nodes) {
        let Some(entry) = project.catalogue.metric(name) else { continue };
        headings.push(MetricHeading {
            name: name.clone(),
            title: entry.metric.title.clone(),
            unit: entry.unit,
            better: entry.metric.better,
        });
        let calendar = &project.config.calendar;
        let keys = segments(values, request.by.len());
        for (period, value) in periods.iter().zip(values) {
            for key in &keys {
                cells.push(Cell {
                    metric: name.clone(),
                    unit: entry.unit,
                    period: period.clone(),
                    segment: named(&request.by, key),
                    computed: value.get(key).clone(),
                    pending: is_pending(calendar, period, &entry.metric, &request.as_of),
                });
            }
        }
    }
    Ok(RunReport {
        as_of: request.as_of.shown(&project.config.calendar),
        currency: project.config.currency.clone(),
        metrics: headings,
        cells,
        diagnostics,
    })
}

/// Compiles the metrics of a request; all problems at once.
pub(crate) fn compile(
    project: &Project,
    request: &RunRequest,
    leaves: &mut Leaves,
) -> Result<Vec<Node>, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        catalogue: &project.catalogue,
        leaves,
        dimensions: &request.by,
        placed_in_time: request.grain != Grain::All,
        diagnostics: Vec::new(),
    };
    let mut nodes = Vec::new();
    for name in &request.metrics {
        match project.catalogue.metric(name) {
            Some(entry) => nodes.extend(compiler.compile(&entry.metric.value, &entry.metric)),
            None => compiler
                .diagnostics
                .push(Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{name}`"))),
        }
    }
    if compiler.diagnostics.is_empty() { Ok(nodes) } else { Err(compiler.diagnostics) }
}

/// The periods of a request.
pub(crate) fn periods(
    project: &Project,
    request: &RunRequest,
    loaded: &Loaded<'_>,
) -> Result<Vec<Period>, Vec<Diagnostic>> {
    let calendar = &project.config.calendar;
    if request.grain == Grain::All {
        return Ok(vec![calendar.all_time(&request.as_of)]);
    }
    let now = request.as_of.visible_end(calendar);
    let mut found = match (request.from, request.last) {
        (Some(from), _) => calendar.periods(request.grain, from, request.to.unwrap_or(now)),
        (None, Some(last)) => trailing(calendar, request.grain, request.to.unwrap_or(now), last),
        (None, None) => {
            // Nothing can happen after now, and what comes before is not shown.
            let enough = |(first, last): Days| {
                let next = last.checked_add_days(chrono::Days::new(1)).unwrap_or(last);
                let end = request.to.unwrap_or(next);
                (request.to.is_some() || next >= now)
                    && calendar.periods(request.grain, first, end.min(now)).len() >= USUAL_PERIODS
            };
            let Some((first, last)) = loaded.range(enough)? else {
                return Ok(trailing(calendar, request.grain, request.to.unwrap_or(now), 1));
            };
            let end = last.checked_add_days(chrono::Days::new(1)).unwrap_or(last);
            let mut found = calendar.periods(request.grain, first, request.to.unwrap_or(end).min(now));
            found.drain(..found.len().saturating_sub(USUAL_PERIODS));
            found
        }
    };
    if let Some(last) = request.last {
        let keep = usize::try_from(last).unwrap_or(usize::MAX);
        found.drain(..found.len().saturating_sub(keep));
    }
    Ok(found)
}

fn trailing(calendar: &Calendar, grain: Grain, end: NaiveDate, count: u32) -> Vec<Period> {
    let Some(last) = end.checked_sub_days(chrono::Days::new(1)) else { return Vec::new() };
    let mut periods = vec![calendar.period(grain, last)];
    for _ in 1..count {
        let Some(first) = periods.last() else { break };
        let before = calendar.before(first);
        if before == *first {
            break;
        }
        periods.push(before);
    }
    periods.reverse();
    periods
}

/// All segments that any of the windows has, in order; the one whole where
/// nothing is cut.
pub(crate) fn segments(values: &[BySegment], dimensions: usize) -> Vec<SegmentKey> {
    if dimensions == 0 {
        return vec![SegmentKey::new()];
    }
    let keys: BTreeSet<&SegmentKey> = values.iter().flat_map(|value| value.segments.keys()).collect();
    keys.into_iter().cloned().collect()
}

pub(crate) fn named(dimensions: &[DimensionName], key: &SegmentKey) -> Segment {
    dimensions.iter().cloned().zip(key.iter().cloned()).collect()
}

pub(crate) fn is_pending(calendar: &Calendar, period: &Period, metric: &Metric, as_of: &AsOf) -> bool {
    !calendar.is_closed(period, metric.settle, as_of)
}

/// Rows that are in no period because they have no time, once for each kind.
pub(crate) fn undated(leaves: &Leaves, questions: &[Question], answered: &Answered) -> Vec<Diagnostic> {
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for question in questions {
        let mut places = question.node.leaves();
        // All time counts them, unless the script named the time column.
        places.retain(|place| question.grain != Grain::All || leaves.get(*place).undated == Undated::LeftOut);
        used.extend(places);
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    for place in used {
        let (rows, all) = answered.undated.get(&place).copied().unwrap_or_default();
        let leaf = leaves.get(place);
        if let (true, Some(time)) = (rows > 0, &leaf.time) {
            let message = match rows {
                1 => {
                    format!("{} of {} has no `{time}` and is in no period", of_rows(rows, all), leaf.relation)
                }
                _ => format!(
                    "{} of {} have no `{time}` and are in no period",
                    of_rows(rows, all),
                    leaf.relation
                ),
            };
            let diagnostic = Diagnostic::warning(Code::RowsLeftOut, message)
                .at(leaf.relation.at.clone())
                .help("give them a date in the export, or leave them out of the metric with `where`");
            if !found.contains(&diagnostic) {
                found.push(diagnostic);
            }
        }
    }
    found
}
