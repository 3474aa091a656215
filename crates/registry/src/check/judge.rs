//! One value against its goal, under the goal's policies.
//!
//! In this order: a period that is not over waits; a value that is missing, or
//! that too many rows are missing from, is not compared; a sample that is too small says
//! nothing; then the rule decides, and the confidence asked for may say that
//! chance could have decided otherwise.

use std::collections::BTreeSet;

use goalpost_core::Decimal;
use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{GoalAnswer, Past, Policies, Rule};
use goalpost_core::number::Exact;
use goalpost_core::outcome::{Computed, Outcome, wilson_at};
use goalpost_core::report::{Aim, Verdict};
use goalpost_core::sample::Sample;
use goalpost_core::unit::Direction;
use goalpost_core::verdict::{VerdictKind, judge};
use rust_decimal::prelude::ToPrimitive;

use super::Court;
use super::context::{context, periods};
use super::left_out::{has_no_value, left_out, too_many_left_out};
use super::levels::{Bar, Seen, levels};
use super::prepared::{Judged, blank};
use crate::plan::align::SegmentKey;
use crate::run::named;

/// The verdict of a closed period and a segment; `None` where the goal names no
/// level for the segment.
pub(crate) fn verdict(
    court: &Court<'_>,
    judged: &Judged<'_>,
    period: &Period,
    key: &SegmentKey,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Verdict> {
    let Some(values) = judged.value.over(period, court.answered) else {
        let what = format!("`{}` was not computed over {}", judged.goal.metric, period.label);
        diagnostics.push(Diagnostic::defect(what).at(judged.goal.at.clone()));
        return Some(blank(judged.goal, judged.entry, period));
    };
    let computed = with_interval(values.get(key), &judged.policies);
    let mut verdict = Verdict {
        segment: named(&judged.dimensions, key),
        interval: computed.interval,
        sample: computed.sample.clone(),
        value: computed.outcome.value(),
        ..blank(judged.goal, judged.entry, period)
    };
    let seen = verdict.value.map(|value| context(court, judged, period, key, (value, &computed)));
    let (seen, of_parts) = match seen {
        Some(Ok(seen)) => (Some(seen), None),
        Some(Err(reason)) => (None, Some(reason)),
        None => (None, None),
    };
    let exact = seen.as_ref().zip(computed.outcome.exact()).map(|(context, value)| Seen { value, context });
    let found = levels(court, judged, period, key, exact, diagnostics);
    if found.is_unlisted() {
        return None;
    }
    let bar = Bar::of(judged, &found);
    verdict.aim = bar.aim();
    let why_not = match &computed.outcome {
        Outcome::NoData(reason) => Some(reason.clone()),
        Outcome::Undefined(reason) => Some(format!("undefined: {reason}")),
        Outcome::Value(_) => of_parts.or_else(|| found.missing()),
    };
    if let Some(reason) = why_not {
        verdict.reason = reason;
        // Nothing is divided where all rows are left out; that they are is why.
        let all_left_out = computed.sample.without_any().is_some_and(|input| !has_no_value(input));
        if let (Outcome::Undefined(_), true) = (&computed.outcome, all_left_out)
            && let Some(reason) = too_many_left_out(&computed.sample, &judged.policies)
        {
            (verdict.kind, verdict.reason) = (VerdictKind::Incomplete, reason);
        }
        return Some(verdict);
    }
    let Some(value) = computed.outcome.exact() else { return Some(verdict) };
    if let Some(input) = computed.sample.inputs.iter().find(|input| has_no_value(input)) {
        verdict.reason = format!("no row of {} has a value ({})", input.rows, left_out(input));
        return Some(verdict);
    }
    verdict.sample = with_what_it_is_held_against(court, judged, period, key, &verdict.sample);
    if let Some(reason) = too_many_left_out(&verdict.sample, &judged.policies) {
        (verdict.kind, verdict.reason) = (VerdictKind::Incomplete, reason);
        return Some(verdict);
    }
    if let Some(reason) = too_few(&computed, &judged.policies) {
        (verdict.kind, verdict.reason) = (VerdictKind::Inconclusive, reason);
        return Some(verdict);
    }
    let mut past = found.past.clone();
    (verdict.kind, verdict.reason) = match &judged.goal.rule {
        Rule::Check(function) => {
            let Some(seen) = &seen else { return Some(verdict) };
            let answer = function.0.call(seen).map(|(answer, looked_at)| {
                past.extend(looked_at);
                answer
            });
            match answer {
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
            against_levels(value, &bar, limit.is_some() && !found.is_unlisted_limit())
        }
        Rule::Between { .. } => within(value, &bar),
    };
    if let Some(reason) = past_is_incomplete(court, judged, (period, key), &past, &mut verdict.sample) {
        (verdict.kind, verdict.reason) = (VerdictKind::Incomplete, reason);
    } else if let Some(reason) = uncertain(&verdict, &judged.policies) {
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
    let mut computed = computed.clone();
    let asked = policies.confidence.filter(|asked| !asked.is_zero()).and_then(|asked| asked.to_f64());
    if let (Some(_), Some(asked), Some(share)) = (computed.interval, asked, computed.outcome.value()) {
        let hits = share.checked_mul(Decimal::from(computed.n())).and_then(|hits| hits.round().to_u64());
        computed.interval = hits.and_then(|hits| wilson_at(hits, computed.n(), asked));
    }
    computed
}

/// A value against target, limit and stretch.
pub(crate) fn against_levels(value: &Exact, bar: &Bar, has_limit: bool) -> (VerdictKind, String) {
    let Bar::Levels { target: Some(target), limit: Some(limit), stretch, better } = bar else {
        return (VerdictKind::NoData, "a level has no value".to_owned());
    };
    if judge(limit, target, target, *better) == VerdictKind::Met && limit != target {
        return (VerdictKind::NoData, "the limit is stricter than the target".to_owned());
    }
    let kind = judge(value, target, limit, *better);
    let beyond = if *better == Direction::Higher { "below" } else { "above" };
    let stretched =
        stretch.as_ref().is_some_and(|stretch| judge(value, stretch, stretch, *better) == VerdictKind::Met);
    let reason = match kind {
        VerdictKind::Met if stretched => "reaches the stretch".to_owned(),
        VerdictKind::Met if value == target => "exactly on the target".to_owned(),
        VerdictKind::Met => "reaches the target".to_owned(),
        VerdictKind::AtRisk => format!("{beyond} the target, within the limit"),
        _ if has_limit => format!("{beyond} the limit"),
        _ => format!("{beyond} the target"),
    };
    (kind, reason)
}

/// A value against a range.
pub(crate) fn within(value: &Exact, bar: &Bar) -> (VerdictKind, String) {
    match bar {
        Bar::Between { low: Some(low), high: Some(high) } if low > high => {
            (VerdictKind::NoData, "the range ends below its beginning".to_owned())
        }
        Bar::Between { low: Some(low), high: Some(high) } => {
            if value < low {
                (VerdictKind::Missed, "below the range".to_owned())
            } else if value > high {
                (VerdictKind::Missed, "above the range".to_owned())
            } else {
                (VerdictKind::Met, "within the range".to_owned())
            }
        }
        _ => (VerdictKind::NoData, "the range has no value".to_owned()),
    }
}

/// The rows behind a value and behind the levels and parts that it is judged by: a
/// quota that lost its rows is too easily reached.
fn with_what_it_is_held_against(
    court: &Court<'_>,
    judged: &Judged<'_>,
    period: &Period,
    key: &SegmentKey,
    sample: &Sample,
) -> Sample {
    let levels = judged.levels.iter().filter(|(name, _)| !matches!(**name, "stretch" | "whole"));
    let levels = levels.map(|(_, asked)| asked);
    let parts = judged.parts.iter().filter(|part| !part.is_split).map(|part| &part.asked);
    let mut all = sample.clone();
    for by in levels.chain(parts).filter_map(|asked| asked.over(period, court.answered)) {
        all = Sample { n: sample.n, ..all.with(&by.get(key).sample) };
    }
    let split = judged.parts.iter().filter(|part| part.is_split);
    for by in split.filter_map(|part| part.asked.over(period, court.answered)) {
        // A split part is seen as a whole: the segments below the one judged.
        let below = by.segments.iter().filter(|(segment, _)| segment.starts_with(key));
        let together = below.fold(Sample::default(), |all, (_, computed)| all.beside(&computed.sample));
        all = Sample { n: sample.n, ..all.with(&together) };
    }
    all
}

/// Whether a function looked at an earlier value that too many rows are missing
/// from. What that value lacks, the verdict's sample lacks.
fn past_is_incomplete(
    court: &Court<'_>,
    judged: &Judged<'_>,
    (period, key): (&Period, &SegmentKey),
    past: &BTreeSet<Past>,
    sample: &mut Sample,
) -> Option<String> {
    let mut said = None;
    for earlier in periods(court, period, past) {
        let Some(by) = judged.value.over(&earlier, court.answered) else { continue };
        let computed = by.get(key);
        if computed.outcome.value().is_none() {
            continue;
        }
        let lacking = too_many_left_out(&computed.sample, &judged.policies);
        said = said
            .or_else(|| lacking.map(|reason| format!("in {}, to which it is held: {reason}", earlier.label)));
        *sample = Sample { n: sample.n, ..sample.with(&computed.sample) };
    }
    said
}

fn too_few(computed: &Computed, policies: &Policies) -> Option<String> {
    let least = policies.min_sample?;
    let n = computed.n();
    (n < least).then(|| format!("{n} rows, and at least {least} are wanted"))
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
