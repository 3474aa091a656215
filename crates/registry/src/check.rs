//! `check`: goals judged, each with its reason.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Calendar, Period};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Goal, Level, NoDataPolicy, Rule, Severity};
use goalpost_core::name::{DimensionName, GoalName};
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::report::{Aim, CheckReport, Verdict};
use goalpost_core::unit::{Direction, Unit};
use goalpost_core::verdict::{Gate, Strictness, VerdictKind, judge};

use crate::catalogue::Entry;
use crate::engine::EngineOptions;
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::compile::Compiler;
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::question::{Answered, Loaded, Question};
use crate::run::{finished, named, segments, undated};

/// What "(none)" is called in goals: rows without a value of the dimension.
const NONE: &str = "(none)";

/// What is asked.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// The goals, in the order of the answer.
    pub goals: Vec<GoalName>,
    /// Whether being at risk fails the gate.
    pub strictness: Strictness,
    /// The moment the run speaks for.
    pub as_of: AsOf,
}

/// A goal on its way to verdicts.
struct Judged<'a> {
    goal: &'a Goal,
    entry: &'a Entry,
    better: Direction,
    dimensions: Vec<DimensionName>,
    period: Period,
    /// Why the period cannot be judged yet.
    pending: Option<String>,
    value: usize,
    target: Option<usize>,
    limit: Option<usize>,
}

/// Judges goals: each in the latest closed period of its grain, by segment.
///
/// # Errors
/// Everything that keeps a judgement from being right.
pub fn check(
    project: &Project,
    request: &CheckRequest,
    options: &EngineOptions,
) -> Result<CheckReport, Vec<Diagnostic>> {
    let mut leaves = Leaves::default();
    let mut questions: Vec<Question> = Vec::new();
    let mut judged: Vec<Judged<'_>> = Vec::new();
    let mut problems = Vec::new();
    for name in &request.goals {
        match prepare(project, name, &request.as_of, &mut leaves, &mut questions) {
            Ok(found) => judged.push(found),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut report = CheckReport {
        project: project.config.name.clone(),
        as_of: request.as_of.shown(&project.config.calendar),
        currency: project.config.currency.clone(),
        verdicts: Vec::new(),
        diagnostics: Vec::new(),
    };
    if judged.is_empty() {
        return Ok(report);
    }
    let loaded = Loaded::load(project, &leaves, request.as_of, options)?;
    let answered = loaded.answer(&questions)?;
    report.diagnostics.extend(answered.diagnostics.iter().cloned());
    report.diagnostics.extend(undated(&leaves, &questions, &answered));
    for judged in &judged {
        let found = verdicts(judged, &answered, &mut report.diagnostics);
        report.verdicts.extend(found.into_iter().map(|verdict| Verdict {
            gate: verdict.kind.gate(Severity::Block, NoDataPolicy::Fail, request.strictness),
            ..verdict
        }));
    }
    Ok(report)
}

fn prepare<'a>(
    project: &'a Project,
    name: &GoalName,
    as_of: &AsOf,
    leaves: &mut Leaves,
    questions: &mut Vec<Question>,
) -> Result<Judged<'a>, Vec<Diagnostic>> {
    let unknown = || vec![Diagnostic::error(Code::UnknownGoal, format!("there is no goal `{name}`"))];
    let goal = &project.catalogue.goal(name).ok_or_else(unknown)?.goal;
    let entry = project.catalogue.metric(&goal.metric).ok_or_else(unknown)?;
    let better = entry.metric.better.ok_or_else(unknown)?;
    let mut dimensions: Vec<DimensionName> = goal.by.iter().map(|(name, _)| name.clone()).collect();
    for filter in &goal.segment {
        if !dimensions.contains(&filter.dimension) {
            dimensions.push(filter.dimension.clone());
        }
    }
    let (period, pending) = period_of(goal, entry, as_of, &project.config.calendar);
    let mut compiler = Compiler {
        catalogue: &project.catalogue,
        leaves,
        dimensions: &dimensions,
        placed_in_time: period.start.is_some(),
        diagnostics: Vec::new(),
    };
    let mut ask = |node: Node| {
        questions.push(Question { node, grain: goal.every, windows: vec![period.window()] });
        questions.len() - 1
    };
    let value = ask(compiler.compile(&entry.metric.value, &entry.metric));
    let mut of_level = |level: Option<&Level>| match level {
        Some(Level::Measure(measure)) => Some(ask(compiler.compile(measure, &entry.metric))),
        _ => None,
    };
    let (of_target, of_limit) = levels(goal);
    let target = of_level(of_target);
    let limit = of_level(of_limit);
    if !compiler.diagnostics.is_empty() {
        return Err(compiler.diagnostics);
    }
    Ok(Judged { goal, entry, better, dimensions, period, pending, value, target, limit })
}

/// The period that a goal is judged in: the latest closed one of its grain,
/// not before `from` and not after `due`. Where there is none, the first that
/// will be, and why it waits.
fn period_of(goal: &Goal, entry: &Entry, as_of: &AsOf, calendar: &Calendar) -> (Period, Option<String>) {
    let mut period = calendar.period(goal.every, as_of.last_day(calendar));
    if period.start.is_none() {
        return (period, None);
    }
    let first = goal.from.map(|from| {
        let period = calendar.period(goal.every, from);
        // A period that began before `from` is not wholly the goal's.
        if period.start.is_some_and(|start| start < from) {
            calendar.period(goal.every, period.end)
        } else {
            period
        }
    });
    let settle = entry.metric.settle;
    let after_due = |period: &Period| {
        goal.due
            .is_some_and(|due| due.checked_add_days(chrono::Days::new(1)).is_some_and(|day| period.end > day))
    };
    while !calendar.is_closed(&period, settle, as_of) || after_due(&period) {
        let before = calendar.before(&period);
        if before == period {
            break;
        }
        period = before;
    }
    match first {
        Some(first) if period.start < first.start => {
            let reason = if first.start.is_some_and(|start| calendar.instant(start) > as_of.at) {
                format!("{} has not begun", first.label)
            } else {
                format!("{} is not over", first.label)
            };
            (first, Some(reason))
        }
        _ => (period, None),
    }
}

fn verdicts(judged: &Judged<'_>, answered: &Answered, diagnostics: &mut Vec<Diagnostic>) -> Vec<Verdict> {
    let of = |question: usize| answered.values[question].first();
    let Some(values) = of(judged.value) else { return Vec::new() };
    let mut keys: Vec<SegmentKey> = segments(std::slice::from_ref(values), judged.dimensions.len());
    keys.retain(|key| is_wanted(judged, key));
    let mut found = Vec::new();
    let mut unlisted = Vec::new();
    for key in &keys {
        let (of_target, of_limit) = levels(judged.goal);
        let Some(target) = level(judged, of_target, judged.target.and_then(of), key) else {
            unlisted.push(shown(key));
            continue;
        };
        let limit = match of_limit {
            Some(limit) => level(judged, Some(limit), judged.limit.and_then(of), key),
            None => None,
        };
        found.push(verdict(judged, key, &finished(values.get(key)), &target, limit.as_ref()));
    }
    if !unlisted.is_empty() {
        diagnostics.push(
            Diagnostic::warning(
                Code::GoalInvalid,
                format!(
                    "the goal `{}` has no level for {}, which are not judged",
                    judged.goal.name,
                    unlisted.join(", ")
                ),
            )
            .at(judged.goal.at.clone())
            .help("add a level for them, or `\"*\"` for all others"),
        );
    }
    found.extend(absent(judged, &keys));
    found
}

/// Segments that the goal names and the data does not have: no data, so that a
/// segment that disappears (or is misspelt) fails the gate.
fn absent(judged: &Judged<'_>, keys: &[SegmentKey]) -> Vec<Verdict> {
    let mut found = Vec::new();
    for filter in &judged.goal.segment {
        let Some(place) = judged.dimensions.iter().position(|name| *name == filter.dimension) else {
            continue;
        };
        for value in &filter.values {
            if !keys.iter().any(|key| is_value(key.get(place), value)) {
                let mut segment = vec![None; judged.dimensions.len()];
                segment[place] = Some(value.clone());
                let reason = format!("no row has {} = {value}", filter.dimension);
                found.push(without_value(judged, segment, reason));
            }
        }
    }
    if let (Some(Level::BySegment(levels)), _) = levels(judged.goal) {
        for (value, _) in levels.iter().filter(|(value, _)| value != "*") {
            if judged.goal.segment.is_empty() && !keys.iter().any(|key| is_value(key.first(), value)) {
                let mut segment = vec![None; judged.dimensions.len()];
                segment[0] = Some(value.clone());
                found.push(without_value(
                    judged,
                    segment,
                    format!("no row has {} = {value}", judged.dimensions[0]),
                ));
            }
        }
    }
    if found.is_empty() && keys.is_empty() {
        found.push(without_value(
            judged,
            vec![None; judged.dimensions.len()],
            "there is no segment to judge".to_owned(),
        ));
    }
    found
}

fn is_wanted(judged: &Judged<'_>, key: &SegmentKey) -> bool {
    judged.goal.segment.iter().all(|filter| {
        let place = judged.dimensions.iter().position(|name| *name == filter.dimension);
        place.is_none_or(|place| filter.values.iter().any(|value| is_value(key.get(place), value)))
    })
}

fn is_value(found: Option<&Option<String>>, wanted: &str) -> bool {
    match found {
        Some(Some(text)) => text == wanted,
        Some(None) => wanted == NONE,
        None => false,
    }
}

fn shown(key: &SegmentKey) -> String {
    key.iter().map(|value| value.as_deref().unwrap_or(NONE)).collect::<Vec<_>>().join(" / ")
}

/// A level for a segment, in base units; `None` where the goal has none for it.
fn level(
    judged: &Judged<'_>,
    level: Option<&Level>,
    measured: Option<&BySegment>,
    key: &SegmentKey,
) -> Option<Outcome> {
    let unit = judged.entry.unit;
    Some(match level? {
        Level::Number(number) => Outcome::Value(in_base_units(unit, *number)),
        Level::Duration(step) => {
            let seconds = step.unit.seconds()?.checked_mul(step.count)?;
            Outcome::Value(Decimal::from(seconds))
        }
        Level::BySegment(levels) => {
            let value = key.first()?.as_deref().unwrap_or(NONE);
            let of = |name: &str| levels.iter().find(|(known, _)| known == name).map(|(_, number)| *number);
            Outcome::Value(in_base_units(unit, of(value).or_else(|| of("*"))?))
        }
        Level::Measure(_) => measured?.get(key).outcome.clone(),
        Level::Function(_) => return None,
    })
}

fn levels(goal: &Goal) -> (Option<&Level>, Option<&Level>) {
    match &goal.rule {
        Rule::Levels { target, limit, .. } => (Some(target), limit.as_ref()),
        _ => (None, None),
    }
}

/// A number as written beside a metric, in the base units of its values.
pub(crate) fn in_base_units(unit: Unit, number: Decimal) -> Decimal {
    unit.base(number).unwrap_or(number)
}

fn verdict(
    judged: &Judged<'_>,
    key: &SegmentKey,
    value: &Computed,
    target: &Outcome,
    limit: Option<&Outcome>,
) -> Verdict {
    let blank = without_value(judged, key.clone(), String::new());
    let mut verdict = Verdict {
        value: value.outcome.value(),
        n: value.n,
        aim: Aim::Levels {
            target: target.value(),
            limit: limit.unwrap_or(target).value(),
            stretch: None,
            better: judged.better,
        },
        interval: value.interval,
        dropped: value.dropped.clone(),
        ..blank
    };
    if let Some(reason) = &judged.pending {
        verdict.kind = VerdictKind::Pending;
        verdict.reason = reason.clone();
        return verdict;
    }
    let no_level = |what: &str, outcome: &Outcome| match outcome {
        Outcome::NoData(reason) | Outcome::Undefined(reason) => {
            Some(format!("the {what} has no value: {reason}"))
        }
        Outcome::Value(_) => None,
    };
    let reason = match &value.outcome {
        Outcome::NoData(reason) => Some(reason.clone()),
        Outcome::Undefined(reason) => Some(format!("undefined: {reason}")),
        Outcome::Value(_) => {
            no_level("target", target).or_else(|| limit.and_then(|limit| no_level("limit", limit)))
        }
    };
    if let Some(reason) = reason {
        verdict.reason = reason;
        return verdict;
    }
    let (Some(value), Aim::Levels { target: Some(target), limit: Some(limit), .. }) =
        (verdict.value, &verdict.aim)
    else {
        return verdict;
    };
    let (target, limit) = (*target, *limit);
    verdict.kind = judge(value, target, limit, judged.better);
    let beyond = if judged.better == Direction::Higher { "below" } else { "above" };
    verdict.reason = match verdict.kind {
        VerdictKind::Met if value == target => "exactly on the target".to_owned(),
        VerdictKind::Met => "reaches the target".to_owned(),
        VerdictKind::AtRisk => format!("{beyond} the target, within the limit"),
        _ if levels(judged.goal).1.is_some() => format!("{beyond} the limit"),
        _ => format!("{beyond} the target"),
    };
    verdict
}

fn without_value(judged: &Judged<'_>, segment: SegmentKey, reason: String) -> Verdict {
    let goal = judged.goal;
    Verdict {
        goal: goal.name.clone(),
        metric: goal.metric.clone(),
        unit: judged.entry.unit,
        every: goal.every,
        period: Some(judged.period.clone()),
        segment: named(&judged.dimensions, &segment),
        kind: if judged.pending.is_some() { VerdictKind::Pending } else { VerdictKind::NoData },
        value: None,
        n: 0,
        aim: Aim::Levels { target: None, limit: None, stretch: None, better: judged.better },
        gate: Gate::Silent,
        severity: Severity::Block,
        interval: None,
        dropped: BTreeMap::new(),
        pace: None,
        cause: None,
        waiver: None,
        tags: goal.tags.clone(),
        area: String::new(),
        reason: judged.pending.clone().unwrap_or(reason),
        owner: goal.owner.clone(),
        due: goal.due.map(|due| due.to_string()),
        why: goal.why.clone(),
        at: goal.at.clone(),
    }
}
