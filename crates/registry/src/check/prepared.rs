//! A goal on its way to verdicts: its periods and the questions it needs answers to.

use std::collections::BTreeMap;

use goalpost_core::calendar::{AsOf, Grain, Period, Window};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Goal, Level, Pacing, Policies, Rule};
use goalpost_core::measure::MeasureKind;
use goalpost_core::name::{DimensionName, GoalName};
use goalpost_core::report::{Aim, Verdict};
use goalpost_core::sample::Sample;
use goalpost_core::unit::{Kind, TimeUnit, Unit};
use goalpost_core::verdict::{Gate, VerdictKind};

use super::accumulation::{Accumulation, PacePlan, accumulation};
use super::periods::{HISTORY, Periods, a_year_before, periods_of};
use crate::catalogue::needs::listed;
use crate::catalogue::{Availability, Entry};
use crate::plan::align::BySegment;
use crate::plan::compile::Compiler;
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::question::{Answered, Question};

/// A question of the run and the windows it was asked over.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    question: usize,
    windows: Vec<Window>,
}

impl Asked {
    /// The values over a period, if it was asked.
    pub(crate) fn over<'a>(&self, period: &Period, answered: &'a Answered) -> Option<&'a BySegment> {
        self.over_window(period.window(), answered)
    }

    /// The values over a window, if it was asked.
    pub(crate) fn over_window<'a>(&self, window: Window, answered: &'a Answered) -> Option<&'a BySegment> {
        let place = self.windows.iter().position(|known| *known == window)?;
        answered.values.get(self.question)?.get(place)
    }
}

/// A part that a goal's functions are given.
#[derive(Clone, Debug)]
pub(crate) struct AskedPart {
    pub(crate) name: String,
    /// The unit that functions see it in.
    pub(crate) unit: Unit,
    pub(crate) asked: Asked,
    /// Whether it is split by a further dimension.
    pub(crate) is_split: bool,
}

/// A goal that can be judged.
pub(crate) struct Judged<'a> {
    pub(crate) goal: &'a Goal,
    pub(crate) entry: &'a Entry,
    pub(crate) policies: Policies,
    /// What it is judged by: `by`, then what `where` adds.
    pub(crate) dimensions: Vec<DimensionName>,
    pub(crate) periods: Periods,
    pub(crate) value: Asked,
    /// The measured levels, by key.
    pub(crate) levels: BTreeMap<&'static str, Asked>,
    pub(crate) parts: Vec<AskedPart>,
    pub(crate) pace: Option<PacePlan>,
}

/// A goal, prepared.
pub(crate) enum Prepared<'a> {
    Judged(Box<Judged<'a>>),
    /// It lacks data that the project does not map.
    Unavailable(Box<Verdict>, &'a Goal, Policies),
}

impl Prepared<'_> {
    pub(crate) fn goal(&self) -> &Goal {
        match self {
            Self::Judged(judged) => judged.goal,
            Self::Unavailable(_, goal, _) => goal,
        }
    }

    /// The closed periods before the judged one that are looked at.
    pub(crate) fn earlier(&self) -> &[Period] {
        match self {
            Self::Judged(judged) => &judged.periods.earlier,
            Self::Unavailable(..) => &[],
        }
    }

    pub(crate) fn policies(&self) -> &Policies {
        match self {
            Self::Judged(judged) => &judged.policies,
            Self::Unavailable(_, _, policies) => policies,
        }
    }
}

/// What is looked at besides what a verdict needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct LookBack {
    /// At least so many closed periods, the main one among them.
    pub(crate) periods: u32,
    /// Values over these windows.
    pub(crate) values_over: Vec<Window>,
    /// Levels over these windows.
    pub(crate) levels_over: Vec<Window>,
    /// Whether periods before the goal's `from` count.
    pub(crate) from: From,
}

/// What becomes of the periods before the goal's `from`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum From {
    /// They are not the goal's.
    #[default]
    Kept,
    /// They count as any other.
    Ignored,
}

/// Compiles a goal and adds its questions.
pub(crate) fn prepare<'a>(
    project: &'a Project,
    name: &GoalName,
    as_of: &AsOf,
    look_back: LookBack,
    leaves: &mut Leaves,
    questions: &mut Vec<Question>,
) -> Result<Prepared<'a>, Vec<Diagnostic>> {
    let unknown = || vec![Diagnostic::error(Code::UnknownGoal, format!("there is no goal `{name}`"))];
    let goal = &project.catalogue.goal(name).ok_or_else(unknown)?.goal;
    let entry = project.catalogue.metric(&goal.metric).ok_or_else(unknown)?;
    let policies = project.catalogue.policies(goal);
    let calendar = &project.config.calendar;
    let periods_back = policies.may_miss.map_or(1, |may_miss| may_miss.of).max(look_back.periods);
    let from = goal.from.filter(|_| look_back.from == From::Kept);
    let periods = periods_of(goal, from, entry.metric.settle, periods_back, as_of, calendar);
    let missing = project.catalogue.needs_of_goal(goal);
    if !missing.is_empty() {
        let what =
            if entry.availability == Availability::Available { "the goal" } else { goal.metric.as_str() };
        let verdict = Verdict {
            reason: format!("{what} needs {}", listed(&missing)),
            ..blank(goal, entry, &periods.main)
        };
        return Ok(Prepared::Unavailable(Box::new(verdict), goal, policies));
    }
    let mut dimensions: Vec<DimensionName> = goal.by.iter().map(|(name, _)| name.clone()).collect();
    for filter in goal.segment.iter().chain(&goal.require) {
        if !dimensions.contains(&filter.dimension) {
            dimensions.push(filter.dimension.clone());
        }
    }
    let mut compiler = Compiler {
        catalogue: &project.catalogue,
        leaves,
        dimensions: &dimensions,
        placed_in_time: periods.main.start.is_some(),
        diagnostics: Vec::new(),
    };
    let value = compiler.compile(&entry.metric.value, &entry.metric);
    let mut measured: Vec<(&'static str, Node)> = Vec::new();
    for (key, level) in keyed_levels(goal) {
        if let Level::Measure(measure) = level {
            measured.extend(compiler.compile(measure, &entry.metric).map(|node| (key, node)));
        }
    }
    if let Some(Level::Measure(measure)) = &goal.whole {
        // What all segments add up to is not cut by them.
        let total =
            goalpost_core::measure::Measure::new(MeasureKind::Total(measure.clone()), measure.at.clone());
        measured.extend(compiler.compile(&total, &entry.metric).map(|node| ("whole", node)));
    }
    let parts = goal.parts.iter();
    let parts: Vec<Node> = parts.filter_map(|(_, part)| compiler.compile(part, &entry.metric)).collect();
    let mut problems = compiler.diagnostics;
    let Some(value) = value else { return Err(problems) };
    let aims = measured.iter().filter(|(key, _)| *key != "whole").map(|(_, node)| node);
    let aims: Vec<Accumulation> = aims.map(|node| accumulation(node, leaves)).collect();
    let pace = pace_plan(goal, entry, &policies, accumulation(&value, leaves), &aims, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut judged_in: Vec<Period> = vec![periods.main.clone()];
    judged_in.extend(periods.earlier.iter().cloned());
    if pace.is_some() {
        judged_in.extend(periods.running.iter().cloned());
    }
    let windows: Vec<Window> = unique(judged_in.iter().map(Period::window));
    let mut looked_at = windows.clone();
    looked_at.extend(look_back.values_over);
    if !dimensions.is_empty() {
        // A segment is judged where it had rows in the period before.
        let closed = [&periods.main].into_iter().chain(&periods.earlier);
        looked_at.extend(closed.map(|period| calendar.before(period).window()));
    }
    if has_functions(goal) {
        for period in &judged_in {
            looked_at.push(a_year_before(period, calendar).window());
            let mut before = period.clone();
            for _ in 0..HISTORY {
                before = calendar.before(&before);
                looked_at.push(before.window());
            }
        }
    }
    if let (Some(plan), Some(running)) = (&pace, &periods.running) {
        looked_at.extend(plan.windows(running, as_of, calendar));
    }
    let mut ask = |node: Node, windows: Vec<Window>| {
        questions.push(Question { node, grain: goal.every, windows: windows.clone() });
        Asked { question: questions.len() - 1, windows }
    };
    let value = ask(value, unique(looked_at.into_iter()));
    let levels_over = unique(windows.iter().copied().chain(look_back.levels_over));
    let levels = measured.into_iter().map(|(key, node)| (key, ask(node, levels_over.clone()))).collect();
    let parts = parts
        .into_iter()
        .zip(&goal.parts)
        .map(|(node, (name, measure))| AskedPart {
            name: name.clone(),
            unit: unit_of(project.catalogue.kind_of(measure), entry),
            is_split: matches!(node, Node::Split(_)),
            asked: ask(node, windows.clone()),
        })
        .collect();
    Ok(Prepared::Judged(Box::new(Judged {
        goal,
        entry,
        policies,
        dimensions,
        periods,
        value,
        levels,
        parts,
        pace,
    })))
}

/// The unit of a part: the metric's own where it is of the same kind, so that
/// the two can be compared; else days for durations.
fn unit_of(kind: Option<Kind>, entry: &Entry) -> Unit {
    match kind {
        Some(kind) if kind == entry.kind => entry.unit,
        Some(Kind::DURATION) => Unit::Duration(TimeUnit::Day),
        Some(Kind { money: 1, time: -1 }) => Unit::MoneyPer(TimeUnit::Day),
        _ => Unit::Number,
    }
}

fn unique(windows: impl Iterator<Item = Window>) -> Vec<Window> {
    let mut found: Vec<Window> = Vec::new();
    for window in windows {
        if !found.contains(&window) {
            found.push(window);
        }
    }
    found
}

/// The levels of a goal's rule, the two ends of a range told apart.
pub(crate) fn keyed_levels(goal: &Goal) -> Vec<(&'static str, &Level)> {
    match &goal.rule {
        Rule::Between { low, high } => vec![("low", low), ("high", high)],
        rule => rule.levels(),
    }
}

fn has_functions(goal: &Goal) -> bool {
    matches!(goal.rule, Rule::Check(_))
        || keyed_levels(goal).iter().any(|(_, level)| matches!(level, Level::Function(_)))
}

/// How the running period is paced. A goal that asks for what its metric cannot
/// give is wrong; a project's default is not meant for such a goal.
fn pace_plan(
    goal: &Goal,
    entry: &Entry,
    policies: &Policies,
    accumulation: Accumulation,
    aims: &[Accumulation],
    problems: &mut Vec<Diagnostic>,
) -> Option<PacePlan> {
    let pacing = policies.pacing.filter(|pacing| *pacing != Pacing::Pending)?;
    let is_partial = |aim: &Accumulation| matches!(aim, Accumulation::Flow | Accumulation::Neither);
    let has_function = keyed_levels(goal).iter().any(|(_, level)| matches!(level, Level::Function(_)));
    let reason = match (&goal.rule, accumulation) {
        (Rule::Check(_), _) => Some("a check has no target that could be expected in part"),
        (_, Accumulation::Neither) => Some(
            "its metric is neither a sum over time nor a rate: part of a period says nothing of the whole",
        ),
        _ if goal.every == Grain::All => Some("all time never ends"),
        _ if entry.metric.settle.is_some() => Some("its metric settles only after the period is over"),
        _ if has_function || aims.iter().any(is_partial) => {
            Some("its level is itself of the part of the period that has passed")
        }
        _ => None,
    };
    match reason {
        None => Some(PacePlan { pacing, accumulation }),
        Some(reason) => {
            if goal.policies.pacing.is_some() {
                problems.push(
                    Diagnostic::error(
                        Code::GoalInvalid,
                        format!("the goal `{}` cannot be paced: {reason}", goal.name),
                    )
                    .at(goal.at.clone())
                    .help("leave `pacing` out: its periods are judged when they are over"),
                );
            }
            None
        }
    }
}

/// A verdict without a value, to be filled in.
pub(crate) fn blank(goal: &Goal, entry: &Entry, period: &Period) -> Verdict {
    let aim = match (&goal.rule, entry.metric.better) {
        (Rule::Levels { .. }, Some(better)) => {
            Aim::Levels { target: None, limit: None, stretch: None, better }
        }
        (Rule::Between { .. }, _) => Aim::Between { low: None, high: None },
        _ => Aim::Check,
    };
    Verdict {
        goal: goal.name.clone(),
        metric: goal.metric.clone(),
        unit: entry.unit,
        every: goal.every,
        period: Some(period.clone()),
        segment: Vec::new(),
        kind: VerdictKind::NoData,
        gate: Gate::Silent,
        severity: goal.policies.severity.unwrap_or_default(),
        value: None,
        interval: None,
        sample: Sample::empty(),
        aim,
        pace: None,
        reason: String::new(),
        cause: None,
        waiver: None,
        owner: goal.owner.clone(),
        due: goal.due.map(|due| due.to_string()),
        why: goal.why.clone(),
        tags: goal.tags.clone(),
        area: entry.metric.area().to_owned(),
        at: goal.at.clone(),
    }
}
