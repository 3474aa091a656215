//! `goals --review`: what history says of each goal.

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Calendar, Grain, Period};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::goal::Goal;
use goalpost_core::name::GoalName;
use goalpost_core::report::{Aim, Segment, Verdict};
use goalpost_core::review::{Due, Facts, History, Projection};
use goalpost_core::unit::{Direction, Unit};
use goalpost_core::verdict::{VerdictKind, judge};

use crate::check::levels::{Bar, levels};
use crate::check::periods::a_year_before;
use crate::check::prepared::{From, Judged, LookBack, Prepared, prepare};
use crate::check::{Court, judge as judgement, segments};
use crate::engine::EngineOptions;
use crate::plan::Leaves;
use crate::plan::align::SegmentKey;
use crate::project::Project;
use crate::question::{Answered, Loaded, Question, needs};
use crate::run::named;

/// How many closed periods are looked at, the judged one among them.
const PERIODS: u32 = 12;

/// How many years back a season is looked for.
const YEARS: u32 = 5;

/// Finds out about goals, with the notices of the run.
///
/// # Errors
/// Everything that keeps an answer from being right.
pub fn review(
    project: &Project,
    goals: &[GoalName],
    as_of: AsOf,
    options: &EngineOptions,
) -> Result<(Vec<Facts>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let calendar = &project.config.calendar;
    let mut leaves = Leaves::default();
    let mut questions: Vec<Question> = Vec::new();
    let mut prepared: Vec<Prepared<'_>> = Vec::new();
    let mut problems = Vec::new();
    for name in goals {
        let goal = project.catalogue.goal(name).map(|entry| &entry.goal);
        let due = goal.and_then(|goal| due_period(goal, calendar));
        let seasons: Vec<_> =
            due.iter().flat_map(|due| seasons(due, calendar)).map(|season| season.window()).collect();
        let look_back = LookBack {
            periods: PERIODS,
            levels_over: due.iter().map(Period::window).chain(seasons.iter().copied()).collect(),
            values_over: seasons,
            // What came before the goal shows whether it can be reached.
            from: From::Ignored,
        };
        match prepare(project, name, &as_of, look_back, &mut leaves, &mut questions) {
            Ok(found) => prepared.push(found),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let answered = if questions.is_empty() {
        Answered::nothing()
    } else {
        let needs = needs(project, &leaves, &questions);
        Loaded::load(project, &leaves, needs, as_of, options)?.answer(&questions)?
    };
    let mut diagnostics = answered.diagnostics.clone();
    let court = Court { project, as_of, answered: &answered };
    let today = calendar.day(as_of.at);
    let facts = prepared.iter().map(|prepared| facts(&court, prepared, today, &mut diagnostics)).collect();
    Ok((facts, diagnostics))
}

fn facts(
    court: &Court<'_>,
    prepared: &Prepared<'_>,
    today: NaiveDate,
    diagnostics: &mut Vec<Diagnostic>,
) -> Facts {
    let goal = prepared.goal();
    let is_given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let due = match goal.due {
        None => Due::Never,
        Some(due) if due < today => Due::Passed(due.to_string()),
        Some(due) => Due::On(due.to_string()),
    };
    let (unit, value, history) = match prepared {
        Prepared::Unavailable(verdict, ..) => (verdict.unit, Err(verdict.reason.clone()), History::default()),
        Prepared::Judged(judged) => {
            (judged.entry.unit, latest(court, judged, diagnostics), history(court, judged, diagnostics))
        }
    };
    Facts {
        goal: goal.name.clone(),
        metric: goal.metric.clone(),
        unit,
        better: court.project.catalogue.metric(&goal.metric).and_then(|entry| entry.metric.better),
        at: goal.at.clone(),
        has_owner: is_given(&goal.owner),
        has_reason: is_given(&goal.why),
        due,
        value,
        history,
    }
}

/// The value of the latest closed period in any segment, or why there is none
/// that could be judged.
fn latest(
    court: &Court<'_>,
    judged: &Judged<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Decimal, String> {
    if let Some(reason) = &judged.periods.pending {
        return Err(reason.clone());
    }
    let mut reason = "there is no segment".to_owned();
    let main = &judged.periods.main;
    for key in segments::keys(court, judged, main) {
        let Some(verdict) = judgement::verdict(court, judged, main, &key, diagnostics) else { continue };
        match (verdict.kind, verdict.value) {
            (VerdictKind::NoData | VerdictKind::Incomplete, _) | (_, None) => reason = verdict.reason,
            (_, Some(value)) => return Ok(value),
        }
    }
    Err(reason)
}

fn history(court: &Court<'_>, judged: &Judged<'_>, diagnostics: &mut Vec<Diagnostic>) -> History {
    let mut history = History::default();
    if judged.periods.pending.is_some() {
        return history;
    }
    let periods: Vec<&Period> = judged.periods.earlier.iter().rev().chain([&judged.periods.main]).collect();
    let mut need: Option<(Decimal, SegmentKey)> = None;
    for key in segments::keys(court, judged, &judged.periods.main) {
        let verdicts: Vec<Option<Verdict>> = periods
            .iter()
            .map(|period| judgement::verdict(court, judged, period, &key, diagnostics))
            .collect();
        let compared = verdicts.iter().flatten().filter(|verdict| verdict.kind.is_judgement());
        for verdict in compared {
            history.judged += 1;
            history.met += u32::from(verdict.kind == VerdictKind::Met);
        }
        // What could not be judged shows neither what was reached nor what is needed.
        let judged_value = |verdict: &Verdict| verdict.value.filter(|_| verdict.kind.is_judgement());
        let values: Vec<Option<Decimal>> =
            verdicts.iter().map(|verdict| verdict.as_ref().and_then(judged_value)).collect();
        let Some(Some(last)) = verdicts.last() else { continue };
        let Aim::Levels { target: Some(target), better, .. } = &last.aim else { continue };
        let steps = values.windows(2).filter_map(|pair| match pair {
            [Some(before), Some(after)] => change(*before, *after, *better, judged.entry.unit),
            _ => None,
        });
        history.best = steps.chain(history.best).max();
        if let Some(needed) =
            judged_value(last).and_then(|value| change(value, *target, *better, judged.entry.unit))
            && need.as_ref().is_none_or(|(most, _)| needed > *most)
        {
            need = Some((needed, key));
        }
    }
    if let Some((needed, key)) = need {
        history.needed = Some(needed);
        history.projection = projection(court, judged, &key, diagnostics);
        history.furthest = furthest(judged, &key);
    }
    history
}

fn furthest(judged: &Judged<'_>, key: &SegmentKey) -> Segment {
    if judged.dimensions.is_empty() { Vec::new() } else { named(&judged.dimensions, key) }
}

/// The change from one value to another in the better direction: of scores and
/// percentages their difference, else relative, and none where either is not
/// above 0.
fn change(from: Decimal, to: Decimal, better: Direction, unit: Unit) -> Option<Decimal> {
    let difference = to.checked_sub(from)?;
    let change = if unit.changes_in_points() {
        difference
    } else if from > Decimal::ZERO && to >= Decimal::ZERO {
        difference.checked_div(from)?
    } else {
        return None;
    };
    Some(if better == Direction::Higher { change } else { -change })
}

/// The last period of the goal's grain that ends by its due date.
fn due_period(goal: &Goal, calendar: &Calendar) -> Option<Period> {
    let due = goal.due.filter(|_| goal.every != Grain::All)?;
    let period = calendar.period(goal.every, due);
    let day_after = due.succ_opt()?;
    Some(if period.end > day_after { calendar.before(&period) } else { period })
}

/// The same season in earlier years, the latest first.
fn seasons(due: &Period, calendar: &Calendar) -> Vec<Period> {
    let mut found = Vec::new();
    let mut period = due.clone();
    for _ in 0..YEARS {
        period = a_year_before(&period, calendar);
        found.push(period.clone());
    }
    found
}

fn projection(
    court: &Court<'_>,
    judged: &Judged<'_>,
    key: &SegmentKey,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Projection> {
    let calendar = &court.project.config.calendar;
    let due = due_period(judged.goal, calendar)?;
    let settle = judged.entry.metric.settle;
    let closed = seasons(&due, calendar)
        .into_iter()
        .find(|season| calendar.is_closed(season, settle, &court.as_of))?;
    let season = judgement::verdict(court, judged, &closed, key, diagnostics)?;
    let value = season.value.filter(|_| season.kind != VerdictKind::Incomplete)?;
    let outcome = judged.value.over(&closed, court.answered)?.get(key).outcome.clone();
    let mut ignored = Vec::new();
    let found = levels(court, judged, &due, key, None, &mut ignored);
    let Bar::Levels { target: Some(target), better, .. } = Bar::of(judged, &found) else { return None };
    let reaches = judge(outcome.exact()?, &target, &target, better) == VerdictKind::Met;
    Some(Projection { period: due, from: closed, value, reaches })
}
