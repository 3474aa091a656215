//! `lint`: what is wrong with goals before any data is read.
//!
//! Errors in goals are found by the catalogue whenever a project is loaded; here
//! are the things that a run accepts and a reader should not.

use std::collections::BTreeMap;

use goalpost_core::calendar::AsOf;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Goal, Level, Rule};
use goalpost_core::measure::MeasureKind;

use crate::catalogue::GoalEntry;
use crate::check::prepared::{LookBack, prepare};
use crate::check::unavailable;
use crate::check::waive::expired;
use crate::plan::Leaves;
use crate::project::Project;

/// Looks at the goals and waivers of a project, as of a moment.
pub fn lint(project: &Project, as_of: &AsOf) -> Vec<Diagnostic> {
    let today = project.config.calendar.day(as_of.at);
    let mut found = Vec::new();
    let mut by_aim: BTreeMap<String, Vec<&Goal>> = BTreeMap::new();
    for GoalEntry { goal, .. } in project.catalogue.goals() {
        if goal.owner.as_ref().is_none_or(|owner| owner.trim().is_empty()) {
            found.push(
                Diagnostic::warning(
                    Code::GoalIncomplete,
                    format!("nobody answers for the goal `{}`", goal.name),
                )
                .at(goal.at.clone())
                .help("add `owner: \"…\"`"),
            );
        }
        if let Some(due) = goal.due.filter(|due| *due < today) {
            found.push(
                Diagnostic::warning(
                    Code::GoalOverdue,
                    format!("the goal `{}` was due on {due}; no later period is judged", goal.name),
                )
                .at(goal.at.clone())
                .help("give it a new date and target, or remove it"),
            );
        }
        found.extend(unavailable(project, goal));
        // What a check would refuse before it reads anything, such as pacing.
        let refused =
            prepare(project, &goal.name, as_of, LookBack::default(), &mut Leaves::default(), &mut Vec::new());
        found.extend(refused.err().into_iter().flatten().filter(|problem| problem.code == Code::GoalInvalid));
        for (key, level) in goal.rule.levels() {
            let Level::Measure(measure) = level else { continue };
            // Arithmetic around it may have made up for the length.
            let MeasureKind::InPeriod(_, label) = &*measure.kind else { continue };
            let other = project.config.calendar.named(label).filter(|period| period.grain != goal.every);
            if let Some(period) = other {
                found.push(
                    Diagnostic::warning(
                        Code::GoalInvalid,
                        format!(
                            "the `{key}` of the goal `{}` is of a {}, and the goal is judged by {}",
                            goal.name, period.grain, goal.every
                        ),
                    )
                    .at(measure.at.clone())
                    .help("sums, and rates of what is lost or gained, grow with the period: compare like with like"),
                );
            }
        }
        let alike = by_aim.entry(aim(goal)).or_default();
        if let Some(first) = alike.iter().copied().find(|earlier| is_the_same(earlier, goal)) {
            found.push(
                Diagnostic::warning(
                    Code::GoalRepeated,
                    format!("the goal `{}` judges the same as `{}`", goal.name, first.name),
                )
                .at(goal.at.clone())
                .related(first.at.clone(), "the first")
                .help("remove one of them"),
            );
        } else {
            alike.push(goal);
        }
    }
    for waiver in project.catalogue.waivers() {
        if today > waiver.expires {
            found.push(expired(waiver));
            continue;
        }
        let calendar = &project.config.calendar;
        let periods = waiver.periods.iter().map(|(label, _)| calendar.named(label));
        let goal = project.catalogue.goal(&waiver.goal).map(|entry| &entry.goal);
        let from = goal.and_then(|goal| goal.from);
        let due = goal.and_then(|goal| goal.due);
        let never = |period: &goalpost_core::calendar::Period| {
            from.zip(period.start).is_some_and(|(from, start)| start < from)
                || due.is_some_and(|due| period.start.is_some_and(|start| start > due))
        };
        let periods: Option<Vec<_>> = periods.collect();
        if periods.is_some_and(|periods| !periods.is_empty() && periods.iter().all(never)) {
            found.push(
                Diagnostic::warning(
                    Code::UnusedWaiver,
                    format!("the waiver of the goal `{}` is for periods that are never judged", waiver.goal),
                )
                .at(waiver.at.clone())
                .help("the goal begins later or is due earlier: remove the waiver, or correct its periods"),
            );
        }
    }
    found
}

/// What two goals that are the same have in common, as a text to find them by.
fn aim(goal: &Goal) -> String {
    let by: Vec<&str> = goal.by.iter().map(|(name, _)| name.as_str()).collect();
    let levels = goal.rule.levels().into_iter().map(|(key, level)| match level {
        Level::Number(number) => format!("{key} {}", number.normalize()),
        Level::Duration(step) => format!("{key} {step}"),
        Level::BySegment(levels) => format!("{key} {levels:?}"),
        Level::Measure(measure) => format!("{key} {measure}"),
        Level::Function(_) => key.to_owned(),
    });
    let levels: Vec<String> = levels.collect();
    format!("{} {} {by:?} {:?} {:?} {levels:?}", goal.metric, goal.every, goal.from, goal.due)
}

/// Whether two goals would always have the same verdicts, as far as can be told:
/// two functions may differ in what they do.
fn is_the_same(a: &Goal, b: &Goal) -> bool {
    let dimensions = |goal: &Goal| goal.by.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    a.metric == b.metric
        && a.every == b.every
        && dimensions(a) == dimensions(b)
        && a.segment == b.segment
        && (a.from, a.due) == (b.from, b.due)
        && a.policies == b.policies
        && match (&a.rule, &b.rule) {
            (Rule::Check(_), _) | (_, Rule::Check(_)) => false,
            (a, b) => {
                let (a, b) = (a.levels(), b.levels());
                a.len() == b.len() && a.iter().zip(&b).all(|((a, x), (b, y))| a == b && is_equal(x, y))
            }
        }
}

fn is_equal(a: &Level, b: &Level) -> bool {
    match (a, b) {
        (Level::Number(a), Level::Number(b)) => a == b,
        (Level::Duration(a), Level::Duration(b)) => a == b,
        (Level::BySegment(a), Level::BySegment(b)) => a == b,
        (Level::Measure(a), Level::Measure(b)) => a == b,
        _ => false,
    }
}
