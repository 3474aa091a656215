//! One value against its goal, under the goal's policies.
//!
//! In this order: a period that is not over waits; a value that is missing, or
//! that too many rows are missing from, is not compared; a sample that is too small says
//! nothing; then the rule decides, and the confidence asked for may say that
//! chance could have decided otherwise.

use goalpost_core::Decimal;
use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{GoalAnswer, Policies, Rule};
use goalpost_core::outcome::{Computed, Outcome, wilson_at};
use goalpost_core::report::{Aim, Verdict};
use goalpost_core::unit::Direction;
use goalpost_core::verdict::{VerdictKind, judge};
use rust_decimal::prelude::ToPrimitive;

use super::Court;
use super::context::context;
use super::goal::{Judged, blank};
use super::levels::{LevelsFound, levels};
use crate::plan::align::{SegmentKey, without};
use crate::run::{finished, named};

/// The verdict of a closed period and a segment; `None` where the goal names no
/// level for the segment.
pub(crate) fn verdict(
    court: &Court<'_>,
    judged: &Judged<'_>,
    period: &Period,
    key: &SegmentKey,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Verdict> {
    let computed = judged.value.over(period, court.answered).map(|by| by.get(key));
    let missing = without(Outcome::NoData("it was not computed".to_owned()));
    let computed = with_interval(computed.unwrap_or(&missing), &judged.policies);
    let mut verdict = Verdict {
        segment: named(&judged.dimensions, key),
        n: computed.n,
        interval: computed.interval,
        dropped: computed.dropped.clone(),
        value: computed.outcome.value(),
        ..blank(judged.goal, judged.entry, period)
    };
    let seen = verdict.value.map(|value| context(court, judged, period, key, (value, &computed)));
    let (seen, of_parts) = match seen {
        Some(Ok(seen)) => (Some(seen), None),
        Some(Err(reason)) => (None, Some(reason)),
        None => (None, None),
    };
    let found = levels(court, judged, period, key, seen.as_ref(), diagnostics);
    if found.is_unlisted() {
        return None;
    }
    verdict.aim = aim(judged, &found);
    let why_not = match &computed.outcome {
        Outcome::NoData(reason) => Some(reason.clone()),
        Outcome::Undefined(reason) => Some(format!("undefined: {reason}")),
        Outcome::Value(_) => of_parts.or_else(|| found.missing()),
    };
    if let Some(reason) = why_not {
        verdict.reason = reason;
        return Some(verdict);
    }
    let Some(value) = verdict.value else { return Some(verdict) };
    if verdict.n == 0 && !verdict.dropped.is_empty() {
        verdict.reason = format!("no row has a value ({})", left_out(&verdict));
        return Some(verdict);
    }
    if let Some(reason) = too_many_left_out(&verdict, &judged.policies) {
        (verdict.kind, verdict.reason) = (VerdictKind::Incomplete, reason);
        return Some(verdict);
    }
    if let Some(reason) = too_few(&computed, &judged.policies) {
        (verdict.kind, verdict.reason) = (VerdictKind::Inconclusive, reason);
        return Some(verdict);
    }
    (verdict.kind, verdict.reason) = match &judged.goal.rule {
        Rule::Check(function) => {
            let Some(seen) = &seen else { return Some(verdict) };
            match function.0.call(seen) {
                Ok(GoalAnswer::Verdict(kind, why)) => {
                    (kind, why.unwrap_or_else(|| "as the check says".to_owned()))
                }
                Ok(GoalAnswer::Undefined(why)) => (VerdictKind::NoData, format!("undefined: {why}")),
                Ok(GoalAnswer::Number(number)) => {
                    let message = format!("the check returned the number {number}, which judges nothing");
                    let problem = Diagnostic::error(Code::FunctionFailed, message)
                        .at(judged.goal.at.clone())
                        .help("return met(), at_risk(\"why\"), missed(\"why\"), true or false");
                    failed(problem, diagnostics)
                }
                Err(problem) => failed(*problem, diagnostics),
            }
        }
        Rule::Levels { limit, .. } => {
            against_levels(value, &verdict.aim, limit.is_some() && !found.is_unlisted_limit())
        }
        Rule::Between { .. } => within(value, &verdict.aim),
    };
    if let Some(reason) = uncertain(&verdict, &judged.policies) {
        (verdict.kind, verdict.reason) = (VerdictKind::Inconclusive, reason);
    }
    Some(verdict)
}

fn failed(problem: Diagnostic, diagnostics: &mut Vec<Diagnostic>) -> (VerdictKind, String) {
    let reason = format!("the check failed: {}", problem.message);
    if !diagnostics.contains(&problem) {
        diagnostics.push(problem);
    }
    (VerdictKind::NoData, reason)
}

/// The value with its interval at the confidence that the goal asks for.
fn with_interval(computed: &Computed, policies: &Policies) -> Computed {
    let mut computed = finished(computed);
    let asked = policies.confidence.filter(|asked| !asked.is_zero()).and_then(|asked| asked.to_f64());
    if let (Some(_), Some(asked), Some(share)) = (computed.interval, asked, computed.outcome.value()) {
        let hits = share.checked_mul(Decimal::from(computed.n)).and_then(|hits| hits.round().to_u64());
        computed.interval = hits.and_then(|hits| wilson_at(hits, computed.n, asked));
    }
    computed
}

/// What the value is compared with, as the report says it.
pub(crate) fn aim(judged: &Judged<'_>, found: &LevelsFound) -> Aim {
    match blank(judged.goal, judged.entry, &judged.periods.main).aim {
        Aim::Levels { better, .. } => {
            let target = found.value("target");
            let limit = match &judged.goal.rule {
                Rule::Levels { limit: Some(_), .. } if !found.is_unlisted_limit() => found.value("limit"),
                _ => target,
            };
            Aim::Levels { target, limit, stretch: found.value("stretch"), better }
        }
        Aim::Between { .. } => Aim::Between { low: found.value("low"), high: found.value("high") },
        Aim::Check => Aim::Check,
    }
}

/// A value against target, limit and stretch.
pub(crate) fn against_levels(value: Decimal, aim: &Aim, has_limit: bool) -> (VerdictKind, String) {
    let Aim::Levels { target: Some(target), limit: Some(limit), stretch, better } = aim else {
        return (VerdictKind::NoData, "a level has no value".to_owned());
    };
    if judge(*limit, *target, *target, *better) == VerdictKind::Met && limit != target {
        return (VerdictKind::NoData, "the limit is stricter than the target".to_owned());
    }
    let kind = judge(value, *target, *limit, *better);
    let beyond = if *better == Direction::Higher { "below" } else { "above" };
    let stretched =
        stretch.is_some_and(|stretch| judge(value, stretch, stretch, *better) == VerdictKind::Met);
    let reason = match kind {
        VerdictKind::Met if stretched => "reaches the stretch".to_owned(),
        VerdictKind::Met if value == *target => "exactly on the target".to_owned(),
        VerdictKind::Met => "reaches the target".to_owned(),
        VerdictKind::AtRisk => format!("{beyond} the target, within the limit"),
        _ if has_limit => format!("{beyond} the limit"),
        _ => format!("{beyond} the target"),
    };
    (kind, reason)
}

/// A value against a range.
pub(crate) fn within(value: Decimal, aim: &Aim) -> (VerdictKind, String) {
    match aim {
        Aim::Between { low: Some(low), high: Some(high) } if low > high => {
            (VerdictKind::NoData, "the range ends below its beginning".to_owned())
        }
        Aim::Between { low: Some(low), high: Some(high) } => {
            if value < *low {
                (VerdictKind::Missed, "below the range".to_owned())
            } else if value > *high {
                (VerdictKind::Missed, "above the range".to_owned())
            } else {
                (VerdictKind::Met, "within the range".to_owned())
            }
        }
        _ => (VerdictKind::NoData, "the range has no value".to_owned()),
    }
}

/// A figure that most rows are missing from is no figure.
fn too_many_left_out(verdict: &Verdict, policies: &Policies) -> Option<String> {
    let most = policies.most_dropped();
    let dropped = verdict.dropped.values().fold(0_u64, |sum, rows| sum.saturating_add(*rows));
    let all = Decimal::from(verdict.n).checked_add(Decimal::from(dropped))?;
    let share = Decimal::from(dropped).checked_div(all)?;
    if share <= most {
        return None;
    }
    let percent = |share: Decimal| (share * Decimal::ONE_HUNDRED).round_dp(1).normalize();
    Some(format!(
        "{} % of the rows were left out ({}), and at most {} % may be",
        percent(share),
        left_out(verdict),
        percent(most)
    ))
}

/// Rows left out, by reason.
fn left_out(verdict: &Verdict) -> String {
    let reasons: Vec<String> =
        verdict.dropped.iter().map(|(reason, rows)| format!("{reason}: {rows}")).collect();
    reasons.join(", ")
}

fn too_few(computed: &Computed, policies: &Policies) -> Option<String> {
    let least = policies.min_sample?;
    (computed.n < least).then(|| format!("{} rows, and at least {least} are wanted", computed.n))
}

/// Whether chance alone could have moved the value across the level that decided.
fn uncertain(verdict: &Verdict, policies: &Policies) -> Option<String> {
    let asked = policies.confidence.filter(|asked| !asked.is_zero())?;
    let (low, high) = verdict.interval?;
    let holds = |level: Option<Decimal>| {
        level.and_then(|level| level.to_f64()).is_some_and(|level| low <= level && level <= high)
    };
    let what = match (&verdict.aim, verdict.kind) {
        (Aim::Levels { target, .. }, VerdictKind::Met | VerdictKind::AtRisk) if holds(*target) => "target",
        (Aim::Levels { limit, .. }, VerdictKind::Missed | VerdictKind::AtRisk) if holds(*limit) => "limit",
        (Aim::Between { low, high }, _) if holds(*low) || holds(*high) => "end of the range",
        _ => return None,
    };
    let percent = (asked * Decimal::ONE_HUNDRED).normalize();
    Some(format!("the {percent} % interval holds the {what}"))
}
