//! `compare`: metrics before and after, and whether the change is more than chance.
//!
//! 1. [`method`] decides from a metric's formula which test suits it, [`term`] is
//!    the formula as a resample sees it.
//! 2. The values of both windows, and of what tests ask for, are questions like
//!    any other, computed together.
//! 3. [`sample`] reads what tests need beyond values: sums by day, moments,
//!    histograms.
//! 4. [`judge`] tests each metric in each segment; p values are adjusted for all
//!    of them together.
//! 5. [`causes`] says what the parts of each formula make of its change.
//! 6. [`coverage`] says what a reader has to know of the windows.
//!
//! Statistics themselves are in `goalpost_core::statistics`.

mod causes;
mod coverage;
mod judge;
mod method;
mod sample;
mod term;

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Grain, Period, Window};
use goalpost_core::comparison::{Change, ComparisonReport, ComparisonRow, Span, Test, Tested};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::statistics::holm::holm;

use crate::catalogue::Entry;
use crate::engine::EngineOptions;
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::windows::{Demand, TimeContext, demand};
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::question::{Loaded, Question, needs};
use crate::run::{RunRequest, compile, named, segments, undated};
use causes::Parts;
use coverage::Gap;
use judge::{Evidence, Judged, Measured};
use method::{Approach, Common, Pair, Plan, plan};
use sample::{Reach, Wanted};
use term::{Asks, GRAIN, days_of, with_units};

/// What is asked.
#[derive(Clone, Debug)]
pub struct CompareRequest {
    /// The metrics, in the order of the answer.
    pub metrics: Vec<MetricName>,
    /// The earlier window; it has a start and ends before the later one begins.
    pub before: Span,
    /// The later window; it has a start.
    pub after: Span,
    /// What to cut by.
    pub by: Vec<DimensionName>,
    /// The moment the run speaks for.
    pub as_of: AsOf,
}

/// Compares metrics over two windows, one row for each metric and segment.
///
/// A window is computed as it is asked for, also where the data does not reach
/// through it or it is not over at as-of; the report says so, and has no change
/// where that would be one of the window and not of the metric.
///
/// # Errors
/// Everything that keeps the answer from being right.
pub fn compare(
    project: &Project,
    request: &CompareRequest,
    options: &EngineOptions,
) -> Result<ComparisonReport, Vec<Diagnostic>> {
    let mut leaves = Leaves::default();
    let nodes = compile(project, &as_run(request), &mut leaves)?;
    let calendar = &project.config.calendar;
    let context = TimeContext { calendar, as_of: request.as_of, grain: GRAIN };
    let windows = Pair { before: request.before.window, after: request.after.window };
    let mut asks = Asks::default();
    let plans: Vec<Plan> =
        nodes.iter().map(|node| plan(node, windows, &mut leaves, &context, &mut asks)).collect();
    let parts = Parts::prepare(project, request, &nodes, &mut leaves);
    let mut questions = metric_questions(&nodes, windows);
    questions.extend(asks.leaves.iter().map(|(leaf, window)| Question {
        node: Node::Leaf(*leaf),
        grain: GRAIN,
        windows: vec![*window],
    }));
    let mut needs = needs(project, &leaves, &questions);
    parts.need(project, &leaves, &mut needs);
    let loaded = Loaded::load(project, &leaves, needs, request.as_of, options)?;
    let answered = loaded.answer(&questions)?;
    // Each question is over one window.
    let mut values: Vec<BySegment> = answered.values.iter().flatten().cloned().collect();
    let asked = values.split_off(2 * nodes.len());
    let samples = sample::read(&loaded, &leaves, &wanted(&plans))?;
    let evidence = Evidence { leaves: &leaves, asks: &asks, values: &asked, samples: &samples };
    let of_windows = Windows::new(&loaded, &leaves, &nodes, windows, &context)?;

    let mut rows = Vec::new();
    let mut judged: Vec<Option<Judged>> = Vec::new();
    // The metric of each row, by its place in the request, and its segment.
    let mut keys: Vec<(usize, SegmentKey)> = Vec::new();
    for (nth, (name, plan)) in request.metrics.iter().zip(&plans).enumerate() {
        let Some(entry) = project.catalogue.metric(name) else { continue };
        let metric = MetricRows {
            entry,
            plan,
            values: &values[2 * nth..2 * nth + 2],
            gaps: of_windows.gaps(nth),
            unsettled: of_windows.unsettled(entry, request),
        };
        for key in segments(metric.values, request.by.len()) {
            let (row, found) = metric.row(&key, request, &evidence);
            rows.push(row);
            judged.push(found);
            keys.push((nth, key));
        }
    }
    parts.explain(&loaded, &keys, &mut rows)?;
    let tests = adjust(&mut rows, judged);
    let end = request.as_of.visible_end(calendar);
    let mut diagnostics = answered.diagnostics.clone();
    diagnostics.extend(undated(&leaves, &questions[..2 * nodes.len()], &answered));
    let caveats = coverage::caveats(&request.before, &request.after, end, &rows);
    Ok(ComparisonReport {
        as_of: request.as_of.shown(calendar),
        currency: project.config.currency.clone(),
        before: request.before.clone(),
        after: request.after.clone(),
        rows,
        tests,
        caveats,
        diagnostics,
    })
}

/// The metrics as `run` compiles them; its periods are not used.
fn as_run(request: &CompareRequest) -> RunRequest {
    RunRequest {
        metrics: request.metrics.clone(),
        grain: Grain::Day,
        from: None,
        to: None,
        last: None,
        by: request.by.clone(),
        as_of: request.as_of,
    }
}

/// Each metric over both windows, before and after one another.
fn metric_questions(nodes: &[Node], windows: Pair<Window>) -> Vec<Question> {
    let question = |node: &Node, window| Question {
        node: with_units(node, window),
        grain: GRAIN,
        windows: vec![window],
    };
    nodes.iter().flat_map(|node| [question(node, windows.before), question(node, windows.after)]).collect()
}

/// What the tests need beyond values.
fn wanted(plans: &[Plan]) -> Wanted {
    let mut wanted = Wanted::default();
    for plan in plans {
        want(&plan.approach, &mut wanted);
    }
    wanted
}

fn want(approach: &Approach, wanted: &mut Wanted) {
    match approach {
        Approach::Share(_) | Approach::None(_) => {}
        Approach::CountRatio(ratio) => match ratio.common {
            Common::Counted(_) => want(&ratio.otherwise, wanted),
            Common::All | Common::Either(_) => {}
        },
        Approach::Mean(leaf, windows) => {
            let sample = (*leaf, [windows.before, windows.after]);
            if !wanted.moments.contains(&sample) {
                wanted.moments.push(sample);
            }
        }
        Approach::Percentile(leaf, _, windows) => {
            let sample = (*leaf, [windows.before, windows.after]);
            if !wanted.histograms.contains(&sample) {
                wanted.histograms.push(sample);
            }
        }
        Approach::Days(terms) => {
            terms.before.days(&mut wanted.days);
            terms.after.days(&mut wanted.days);
        }
    }
}

/// What the data says of the windows.
struct Windows {
    /// By metric: what its rows lack.
    gaps: Vec<Vec<Gap>>,
    windows: Pair<Window>,
    calendar: goalpost_core::calendar::Calendar,
}

impl Windows {
    fn new(
        loaded: &Loaded<'_>,
        leaves: &Leaves,
        nodes: &[Node],
        windows: Pair<Window>,
        context: &TimeContext<'_>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut needs: Vec<Demand> = Vec::new();
        for node in nodes {
            let mut need = Demand::new();
            for window in [windows.before, windows.after] {
                demand(&with_units(node, window), window, context, &mut need);
            }
            // A stock goes on where its table has no new rows.
            need.retain(|leaf, _| {
                leaves.get(*leaf).relation.alive.is_none() && leaves.get(*leaf).time.is_some()
            });
            needs.push(need);
        }
        let mut places: Vec<usize> = needs.iter().flat_map(|need| need.keys().copied()).collect();
        places.sort_unstable();
        places.dedup();
        let reaches: BTreeMap<usize, Reach> = sample::reaches(loaded, leaves, &places)?;
        let end = context.visible_end();
        let gaps = needs.iter().map(|need| {
            let mut gaps: Vec<Gap> = Vec::new();
            for (leaf, windows) in need {
                let Some(reach) = reaches.get(leaf) else { continue };
                for gap in windows.iter().filter_map(|w| coverage::gap(leaves.get(*leaf), *reach, *w, end)) {
                    if !gaps.contains(&gap) {
                        gaps.push(gap);
                    }
                }
            }
            gaps
        });
        Ok(Self { gaps: gaps.collect(), windows, calendar: *context.calendar })
    }

    fn gaps(&self, metric: usize) -> &[Gap] {
        self.gaps.get(metric).map_or(&[], Vec::as_slice)
    }

    /// The window that is not over, or has not settled, at as-of.
    fn unsettled<'r>(&self, entry: &Entry, request: &'r CompareRequest) -> Option<&'r Span> {
        let open = |window: Window| {
            let label = String::new();
            let period = Period { grain: Grain::Day, start: window.start, end: window.end, label };
            !self.calendar.is_closed(&period, entry.metric.settle, &request.as_of)
        };
        if open(self.windows.before) {
            Some(&request.before)
        } else {
            open(self.windows.after).then_some(&request.after)
        }
    }
}

/// A metric on its way to rows.
struct MetricRows<'a> {
    entry: &'a Entry,
    plan: &'a Plan,
    /// Before and after.
    values: &'a [BySegment],
    gaps: &'a [Gap],
    unsettled: Option<&'a Span>,
}

impl MetricRows<'_> {
    fn row(
        &self,
        key: &SegmentKey,
        request: &CompareRequest,
        evidence: &Evidence<'_>,
    ) -> (ComparisonRow, Option<Judged>) {
        let value = |nth: usize| self.values[nth].get(key).clone();
        let (before, after) = (value(0), value(1));
        let days = Pair { before: request.before.window, after: request.after.window }.map(days_of);
        let per_days = (self.plan.is_total && days.before != days.after)
            .then(|| (request.after.days(), request.before.days()));
        let values = before.outcome.value().zip(after.outcome.value());
        let change = values
            .filter(|_| self.is_whole())
            .and_then(|(before, after)| Change::between(before, after, per_days))
            .map(|change| match self.entry.unit.changes_in_points() {
                true => Change { relative: None, ..change },
                false => change,
            });
        let mut notes: Vec<String> = self.gaps.iter().map(|gap| gap.0.clone()).collect();
        let judged = match (self.untestable(&before, &after), &change) {
            (Some(why), _) => Err(why),
            (None, None) => Err("the numbers are too large".to_owned()),
            (None, Some(change)) => {
                let n = Pair { before: before.n(), after: after.n() };
                evidence.judge(self.plan, &Measured { key, change, n })
            }
        };
        let (tested, judged) = match judged {
            Ok(judged) => {
                notes.extend(judged.notes.iter().cloned());
                (Tested::Not(String::new()), Some(judged))
            }
            Err(why) => (Tested::Not(why), None),
        };
        let metric = &self.entry.metric;
        let row = ComparisonRow {
            metric: metric.name.clone(),
            title: metric.title.clone(),
            unit: self.entry.unit,
            better: metric.better,
            segment: named(&request.by, key),
            before,
            after,
            pending: self.unsettled.is_some(),
            change,
            parts: Vec::new(),
            tested,
            notes,
        };
        (row, judged)
    }

    /// Why no test of any kind is possible.
    fn untestable(&self, before: &Computed, after: &Computed) -> Option<String> {
        for (computed, side) in [(before, "before"), (after, "after")] {
            match &computed.outcome {
                Outcome::Value(_) => {}
                Outcome::NoData(why) => return Some(format!("no data {side}: {why}")),
                Outcome::Undefined(why) => return Some(format!("undefined {side}: {why}")),
            }
        }
        if let Some(span) = self.unsettled {
            return Some(match self.entry.metric.settle {
                Some(settle) => format!("{} settles {settle} after its end", span.label),
                None => format!("{} is not over", span.label),
            });
        }
        (!self.is_whole()).then(|| "a total of a window that the data does not reach through".to_owned())
    }

    /// Whether what is compared is all there: a total of a part of a window would
    /// show a change that did not happen, and so would anything of a window that
    /// is not over.
    fn is_whole(&self) -> bool {
        self.unsettled.is_none() && (self.gaps.is_empty() || !self.plan.is_total)
    }
}

/// Adjusts the p values for each other and puts the tests into their rows; the
/// number of tests.
fn adjust(rows: &mut [ComparisonRow], judged: Vec<Option<Judged>>) -> usize {
    let p: Vec<f64> = judged.iter().flatten().map(|judged| judged.finding.p).collect();
    let mut adjusted = holm(&p).into_iter();
    for (row, judged) in rows.iter_mut().zip(judged) {
        let Some(Judged { method, finding, agrees, notes: _ }) = judged else { continue };
        let ends = (decimal(finding.interval.0), decimal(finding.interval.1));
        row.tested = Tested::Done(Test {
            method,
            interval: ends.0.zip(ends.1),
            p: finding.p,
            adjusted: adjusted.next().unwrap_or(1.0),
            agrees,
        });
    }
    p.len()
}

/// A float with the digits that it has.
fn decimal(value: f64) -> Option<Decimal> {
    Decimal::try_from(value).ok()
}
