//! `check`: goals judged, each with its reason.
//!
//! In reading order: [`periods`] (when a goal is judged), [`accumulation`] (how its
//! metric grows in them), [`prepared`] (what has to be asked for that), [`segments`]
//! (where), [`levels`] and [`judge`] (a value against its goal, under its policies),
//! [`context`] (what functions see), [`left_out`] (what a figure lacks), [`pace`] (the
//! running period), [`whole`] (parts that must add up), [`waive`] (what is excused),
//! [`why`] (what moved a value that falls short). All goals of a run are asked
//! together, in one fused scan.

mod accumulation;
mod context;
pub(crate) mod judge;
mod left_out;
pub(crate) mod levels;
mod pace;
pub(crate) mod periods;
pub(crate) mod prepared;
pub(crate) mod segments;
#[cfg(test)]
mod tests;
pub(crate) mod waive;
mod whole;
mod why;

use goalpost_core::Decimal;
use goalpost_core::calendar::AsOf;
use goalpost_core::config::BusinessHours;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Goal, MissingPolicy};
use goalpost_core::name::GoalName;
use goalpost_core::report::{CheckReport, Verdict};
use goalpost_core::unit::Unit;
use goalpost_core::verdict::Strictness;

use crate::catalogue::needs::{listed, remedy};
use crate::engine::EngineOptions;
use crate::plan::Leaves;
use crate::project::Project;
use crate::question::{Answered, Loaded, Question, needs};
use crate::run::undated;

use prepared::{Judged, LookBack, Prepared, prepare};

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

/// What judging needs besides a goal.
pub(crate) struct Court<'a> {
    pub(crate) project: &'a Project,
    pub(crate) as_of: AsOf,
    pub(crate) answered: &'a Answered,
}

impl Court<'_> {
    fn business(&self) -> &BusinessHours {
        &self.project.config.business
    }
}

/// Judges goals: each in the latest closed period of its grain, by segment, and
/// with pacing in the running one as well.
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
    let mut prepared: Vec<Prepared<'_>> = Vec::new();
    let mut problems = Vec::new();
    for name in &request.goals {
        match prepare(project, name, &request.as_of, LookBack::default(), &mut leaves, &mut questions) {
            Ok(found) => prepared.push(found),
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
    if prepared.is_empty() {
        return Ok(report);
    }
    let why = why::prepare(project, &prepared, &mut leaves);
    let loaded = if questions.is_empty() {
        None
    } else {
        let mut needs = needs(project, &leaves, &questions);
        why.need(project, &leaves, &mut needs);
        Some(Loaded::load(project, &leaves, needs, request.as_of, options)?)
    };
    let answered = match &loaded {
        Some(loaded) => loaded.answer(&questions)?,
        None => Answered::nothing(),
    };
    report.diagnostics.extend(answered.diagnostics.iter().cloned());
    report.diagnostics.extend(undated(&leaves, &questions, &answered));
    let court = Court { project, as_of: request.as_of, answered: &answered };
    // Of each verdict, which goal it is of.
    let mut goals = Vec::new();
    for (place, prepared) in prepared.iter().enumerate() {
        let mut verdicts = match prepared {
            Prepared::Judged(judged) => verdicts(&court, judged, &mut report.diagnostics),
            Prepared::Unavailable(verdict, goal, _) => {
                report.diagnostics.extend(unavailable(project, goal));
                vec![(**verdict).clone()]
            }
        };
        waive::waive(
            &court,
            prepared.goal(),
            prepared.earlier(),
            request.strictness,
            &mut verdicts,
            &mut report.diagnostics,
        );
        for verdict in &mut verdicts {
            let policies = prepared.policies();
            verdict.severity = policies.severity.unwrap_or_default();
            verdict.gate = verdict.kind.gate(policies, request.strictness);
        }
        goals.extend(verdicts.iter().map(|_| place));
        report.verdicts.extend(verdicts);
    }
    if let Some(loaded) = &loaded {
        report.diagnostics.extend(why.explain(loaded, &prepared, &goals, &mut report.verdicts));
    }
    Ok(report)
}

/// How a goal that lacks data would get it; nothing where it accepts that.
pub(crate) fn unavailable(project: &Project, goal: &Goal) -> Option<Diagnostic> {
    let missing = project.catalogue.needs_of_goal(goal);
    let fails = project.catalogue.policies(goal).no_data.unwrap_or_default() == MissingPolicy::Fail;
    if missing.is_empty() || !fails {
        return None;
    }
    let needs = listed(&missing);
    let is_the_metrics = project.catalogue.unavailable(&goal.metric).is_some();
    let message = match is_the_metrics {
        true => format!("the goal `{}` judges `{}`, which needs {needs}", goal.name, goal.metric),
        false => format!("the goal `{}` needs {needs}", goal.name),
    };
    let help = format!("{}; or let the goal pass over it with `no_data: \"skip\"`", remedy(&missing));
    Some(Diagnostic::warning(Code::Unavailable, message).at(goal.at.clone()).help(help))
}

/// All verdicts of a goal, before waivers.
fn verdicts(court: &Court<'_>, judged: &Judged<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Verdict> {
    let mut found = segments::verdicts(court, judged, diagnostics);
    found.extend(whole::verdict(court, judged));
    found.extend(pace::verdicts(court, judged, diagnostics));
    // A goal never drops out of the report: at the least it waits.
    if let (true, Some(reason)) = (found.is_empty(), &judged.periods.pending) {
        found = segments::waiting(court, judged, reason, diagnostics);
    }
    found
}

/// A number as written beside a metric, in the base units of its values.
pub(crate) fn in_base_units(unit: Unit, number: Decimal) -> Decimal {
    unit.base(number).unwrap_or(number)
}
