//! The running period: what has come so far against what could be expected of it.
//!
//! A metric that adds up over time (won revenue, tickets opened) is held against
//! the part of its target that is expected by now, and projected to the period's
//! end. A rate is compared as it stands: its value so far is its projection.

use chrono::{Datelike, NaiveDate, NaiveTime};
use goalpost_core::calendar::{Period, Window};
use goalpost_core::config::BusinessHours;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::goal::{Pacing, Rule};
use goalpost_core::number::Exact;
use goalpost_core::report::{Aim, Paced, Verdict};
use goalpost_core::sample::Sample;
use goalpost_core::unit::Direction;
use goalpost_core::verdict::VerdictKind;

use super::accumulation::{Accumulation, PacePlan, curve};
use super::left_out::too_many_left_out;
use super::levels::{Bar, levels};
use super::prepared::Judged;
use super::{Court, judge, segments};
use crate::plan::align::SegmentKey;

/// The verdicts of the running period, for a goal that is paced.
pub(crate) fn verdicts(
    court: &Court<'_>,
    judged: &Judged<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Verdict> {
    let (Some(plan), Some(running)) = (judged.pace, &judged.periods.running) else { return Vec::new() };
    let keys = segments::keys(court, judged, running);
    let mut found: Vec<Verdict> = keys
        .iter()
        .filter_map(|key| {
            let verdict = judge::verdict(court, judged, running, key, diagnostics)?;
            let verdict = paced(court, judged, plan, running, key, verdict, diagnostics);
            let before = judged.periods.pending.is_none().then_some(&judged.periods.main);
            let before = before.into_iter().chain(&judged.periods.earlier);
            Some(segments::excused(court, judged, key, verdict, before, diagnostics))
        })
        .collect();
    // On its first morning a period has nothing to say beside the one before.
    if judged.periods.pending.is_none() && elapsed_linear(running, court).is_some_and(|part| part.is_zero()) {
        found.clear();
    }
    found
}

/// Turns the verdict of a period's part into one of its pace.
fn paced(
    court: &Court<'_>,
    judged: &Judged<'_>,
    plan: PacePlan,
    running: &Period,
    key: &SegmentKey,
    verdict: Verdict,
    diagnostics: &mut Vec<Diagnostic>,
) -> Verdict {
    // What has not come yet may still come; only a closed period has no data.
    let value = judged.value.over(running, court.answered).and_then(|by| by.get(key).outcome.exact());
    let Some(value) = value.filter(|_| verdict.value.is_some()) else {
        return Verdict {
            kind: VerdictKind::Pending,
            reason: format!("so far: {}", verdict.reason),
            ..verdict
        };
    };
    // Levels that are functions are not paced, so that there is nothing to tell them.
    let bar = Bar::of(judged, &levels(court, judged, running, key, None, diagnostics));
    // What does not hold for the part that has passed holds for no projection.
    let is_unfit = matches!(verdict.kind, VerdictKind::Inconclusive | VerdictKind::Incomplete);
    if is_unfit || has_no_levels(&bar) {
        return verdict;
    }
    let pending = |reason: String| Verdict { kind: VerdictKind::Pending, reason, ..verdict.clone() };
    if let Some((sample, reason)) = curve_is_incomplete(court, judged, plan, running, key) {
        let sample = Sample { n: verdict.sample.n, ..verdict.sample.with(&sample) };
        return Verdict { kind: VerdictKind::Incomplete, reason, sample, ..verdict };
    }
    let elapsed = match elapsed(court, judged, plan, running, key) {
        Ok(elapsed) => elapsed,
        Err(reason) => return pending(reason),
    };
    if elapsed.is_zero() {
        return pending(format!("nothing of {} is expected by now", running.label));
    }
    let is_flow = plan.accumulation == Accumulation::Flow;
    let projected = if is_flow { value.checked_div(&elapsed) } else { Some(value.clone()) };
    let Some(projected) = projected else {
        return pending("nothing can be projected from nothing".to_owned());
    };
    let level = match &bar {
        Bar::Levels { target, .. } => target.as_ref(),
        Bar::Between { low, .. } => low.as_ref(),
        Bar::Check => None,
    };
    let expected = level.map(|level| if is_flow { level * &elapsed } else { level.clone() });
    let (kind, _) = match &judged.goal.rule {
        Rule::Between { .. } => judge::within(&projected, &bar),
        Rule::Levels { limit, .. } => judge::against_levels(&projected, &bar, limit.is_some()),
        Rule::Check(_) => return verdict,
    };
    let off = match &verdict.aim {
        Aim::Levels { better: Direction::Higher, .. } => "behind pace",
        _ => "ahead of what is allowed",
    };
    let reason = match kind {
        VerdictKind::Met => "on pace".to_owned(),
        VerdictKind::AtRisk => format!("{off}, within the limit"),
        _ => off.to_owned(),
    };
    let pace = expected.and_then(|expected| {
        let read = |number: &Exact| number.decimal();
        Some(Paced { elapsed: read(&elapsed)?, expected: read(&expected)?, projected: read(&projected)? })
    });
    Verdict { kind, reason, pace, ..verdict }
}

fn has_no_levels(bar: &Bar) -> bool {
    match bar {
        Bar::Levels { target, limit, .. } => target.is_none() || limit.is_none(),
        Bar::Between { low, high } => low.is_none() || high.is_none(),
        Bar::Check => true,
    }
}

/// How much of the period's value is expected by now; the reason where that
/// cannot be said.
fn elapsed(
    court: &Court<'_>,
    judged: &Judged<'_>,
    plan: PacePlan,
    running: &Period,
    key: &SegmentKey,
) -> Result<Exact, String> {
    let calendar = &court.project.config.calendar;
    match plan.pacing {
        Pacing::Pending => Err("the period is not over".to_owned()),
        // What is as it is at any time has no curve.
        _ if plan.accumulation != Accumulation::Flow => {
            elapsed_linear(running, court).ok_or_else(|| "all time never ends".to_owned())
        }
        Pacing::Linear => elapsed_linear(running, court).ok_or_else(|| "all time never ends".to_owned()),
        Pacing::BusinessDays => {
            let today = calendar.day(court.as_of.at);
            let (Some(start), end) = (running.start, running.end) else {
                return Err("all time never ends".to_owned());
            };
            let all = working_days(court.business(), start, end);
            let passed = working_days(court.business(), start, today.min(end));
            passed.checked_div(&all).ok_or_else(|| format!("{} has no working day", running.label))
        }
        Pacing::Seasonal => {
            let over = |window| judged.value.over_window(window, court.answered).map(|by| by.get(key));
            let of = |window: Window| over(window).and_then(|computed| computed.outcome.exact());
            let none = || "the year before has no curve to go by".to_owned();
            let (so_far, whole) = curve(running, &court.as_of, calendar).ok_or_else(none)?;
            match (of(so_far), of(whole)) {
                (Some(so_far), Some(whole)) if whole.is_positive() && *so_far >= Exact::zero() => {
                    so_far.checked_div(whole).ok_or_else(none)
                }
                _ => Err(none()),
            }
        }
    }
}

/// Why a curve of the year before says nothing: too many of its rows are missing.
fn curve_is_incomplete(
    court: &Court<'_>,
    judged: &Judged<'_>,
    plan: PacePlan,
    running: &Period,
    key: &SegmentKey,
) -> Option<(Sample, String)> {
    if plan.accumulation != Accumulation::Flow {
        return None;
    }
    let windows = plan.windows(running, &court.as_of, &court.project.config.calendar);
    let over = |window| judged.value.over_window(window, court.answered).map(|by| by.get(key));
    windows.into_iter().filter_map(over).find_map(|computed| {
        let reason = too_many_left_out(&computed.sample, &judged.policies)?;
        Some((computed.sample.clone(), format!("in the year before, whose curve it is held to: {reason}")))
    })
}

/// The share of the period's time that has passed, as its calendar and clocks show
/// it: ten days of thirty are a third, also where a night was an hour longer.
fn elapsed_linear(running: &Period, court: &Court<'_>) -> Option<Exact> {
    let start = running.start?.and_time(NaiveTime::MIN);
    let whole = running.end.and_time(NaiveTime::MIN) - start;
    let now = court.as_of.at.with_timezone(&court.project.config.calendar.time_zone).naive_local();
    let passed = (now - start).num_seconds().clamp(0, whole.num_seconds());
    Exact::from(passed).checked_div(&Exact::from(whole.num_seconds()))
}

fn working_days(business: &BusinessHours, from: NaiveDate, until: NaiveDate) -> Exact {
    let days = from.iter_days().take_while(|day| *day < until);
    let worked = days.filter(|day| {
        business.days[day.weekday().num_days_from_monday() as usize] && !business.holidays.contains(day)
    });
    Exact::from(worked.count() as u64)
}
