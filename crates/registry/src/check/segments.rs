//! Where a goal is judged: the segments that have rows, the ones that had rows
//! the period before, those that its targets are about, and those it names.
//!
//! A segment that disappears has no data, which fails the gate unless the goal
//! says otherwise: it must not drop out of the report in silence.

use std::collections::BTreeSet;

use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Level, MissingPolicy, SegmentFilter};
use goalpost_core::report::Verdict;
use goalpost_core::verdict::VerdictKind;

use super::goal::{Judged, blank, keyed_levels};
use super::{Court, NONE, judge, waive};
use crate::plan::align::SegmentKey;
use crate::run::{finished, named};

/// The verdicts of the main period, by segment.
pub(crate) fn verdicts(
    court: &Court<'_>,
    judged: &Judged<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Verdict> {
    if let Some(reason) = &judged.periods.pending {
        // The running period has a verdict of its own where the goal is paced.
        let is_paced = judged.pace.is_some()
            && judged.periods.running.as_ref().is_some_and(|running| *running == judged.periods.main);
        return if is_paced { Vec::new() } else { waiting(court, judged, reason, diagnostics) };
    }
    let period = &judged.periods.main;
    let keys = keys(court, judged, period);
    let mut found = Vec::new();
    let mut unlisted = Vec::new();
    for key in &keys {
        if let Some(reason) = gone(court, judged, key) {
            found.push(without_value(judged, key.clone(), reason));
            continue;
        }
        match judge::verdict(court, judged, period, key, diagnostics) {
            Some(verdict) => {
                let before = judged.periods.earlier.iter();
                found.push(excused(court, judged, key, verdict, before, diagnostics));
            }
            None => unlisted.push(shown(key)),
        }
    }
    if !unlisted.is_empty() {
        diagnostics.push(
            Diagnostic::warning(
                Code::GoalInvalid,
                format!(
                    "the goal `{}` has no level for {}: not judged there",
                    judged.goal.name,
                    unlisted.join(", ")
                ),
            )
            .at(judged.goal.at.clone())
            .help("add a level for them, or `\"*\"` for all others"),
        );
    }
    found.extend(absent(judged, &keys));
    if found.is_empty() {
        let reason =
            if unlisted.is_empty() { "there is no segment to judge" } else { "no segment has a level" };
        found.push(without_value(judged, vec![None; judged.dimensions.len()], reason.to_owned()));
    }
    found
}

/// Verdicts of a period that is not over: the value so far is shown and not
/// compared, and the levels where they are known.
pub(crate) fn waiting(
    court: &Court<'_>,
    judged: &Judged<'_>,
    reason: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Verdict> {
    let period = &judged.periods.main;
    let mut keys: Vec<SegmentKey> = keys(court, judged, period).into_iter().collect();
    if keys.is_empty() {
        keys.push(vec![None; judged.dimensions.len()]);
    }
    keys.iter()
        .map(|key| {
            let levels = super::levels::levels(court, judged, period, key, None, diagnostics);
            let so_far = judged.value.over(period, court.answered).map(|by| finished(by.get(key)));
            Verdict {
                value: so_far.as_ref().and_then(|so_far| so_far.outcome.value()),
                n: so_far.as_ref().map_or(0, |so_far| so_far.n),
                kind: VerdictKind::Pending,
                aim: judge::aim(judged, &levels),
                reason: reason.to_owned(),
                segment: if judged.dimensions.is_empty() {
                    Vec::new()
                } else {
                    named(&judged.dimensions, key)
                },
                ..blank(judged.goal, judged.entry, period)
            }
        })
        .collect()
}

/// A miss that the goal allows within its last periods is at risk.
///
/// Of the periods before, those count that would have failed the gate: missed
/// ones, and ones without data or incomplete where that fails; waived ones do
/// not. The judged one itself must be a miss: nobody allowed it to be unknown.
pub(crate) fn excused<'p>(
    court: &Court<'_>,
    judged: &Judged<'_>,
    key: &SegmentKey,
    verdict: Verdict,
    before: impl Iterator<Item = &'p Period>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Verdict {
    let Some(may_miss) = judged.policies.may_miss else { return verdict };
    if verdict.kind != VerdictKind::Missed || may_miss.periods == 0 {
        return verdict;
    }
    let back = usize::try_from(may_miss.of.saturating_sub(1)).unwrap_or(usize::MAX);
    let fails = |policy: Option<MissingPolicy>| policy.unwrap_or_default() == MissingPolicy::Fail;
    let missed = before
        .take(back)
        .filter_map(|period| judge::verdict(court, judged, period, key, diagnostics))
        .filter(|earlier| match earlier.kind {
            VerdictKind::Missed => true,
            VerdictKind::NoData => fails(judged.policies.no_data),
            VerdictKind::Incomplete => fails(judged.policies.incomplete),
            _ => false,
        })
        .filter(|earlier| !waive::is_waived(court, earlier))
        .count();
    let missed = u32::try_from(missed).unwrap_or(u32::MAX).saturating_add(1);
    let counted = format!("{missed} of the last {} periods missed", may_miss.of);
    let reason = format!("{}; {counted}, {} may", verdict.reason, may_miss.periods);
    let kind = if missed <= may_miss.periods { VerdictKind::AtRisk } else { verdict.kind };
    Verdict { kind, reason, ..verdict }
}

/// The segments to judge in a period.
pub(crate) fn keys(court: &Court<'_>, judged: &Judged<'_>, period: &Period) -> BTreeSet<SegmentKey> {
    if judged.dimensions.is_empty() {
        return BTreeSet::from([SegmentKey::new()]);
    }
    let before = court.project.config.calendar.before(period);
    let mut found: BTreeSet<SegmentKey> = BTreeSet::new();
    for period in [period, &before] {
        if let Some(values) = judged.value.over(period, court.answered) {
            found.extend(values.segments.keys().cloned());
        }
    }
    for key in ["target", "low", "high"] {
        let measured = judged.levels.get(key).and_then(|asked| asked.over(period, court.answered));
        let with_rows = measured.into_iter().flat_map(|values| &values.segments);
        found.extend(with_rows.filter(|(_, value)| value.n > 0).map(|(key, _)| key.clone()));
    }
    found.retain(|key| is_wanted(judged, key));
    found
}

/// Why a segment that is judged only because it had rows in the period before
/// has no data: that nothing of it is there may mean anything.
fn gone(court: &Court<'_>, judged: &Judged<'_>, key: &SegmentKey) -> Option<String> {
    let period = &judged.periods.main;
    if key.is_empty() || has_rows(court, judged, period, key) {
        return None;
    }
    let is_required = judged.goal.require.iter().any(|filter| {
        let place = place_of(judged, filter);
        place.is_some_and(|place| filter.values.iter().any(|value| is_value(key.get(place), value)))
    });
    if is_aimed_at(court, judged, key) && !is_required {
        return None;
    }
    if has_rows(court, judged, &court.project.config.calendar.before(period), key) {
        let before = court.project.config.calendar.before(period);
        return Some(format!("no rows in {}, where {} had some", period.label, before.label));
    }
    Some(format!("no rows in {}", period.label))
}

/// Whether a segment has rows in a period.
fn has_rows(court: &Court<'_>, judged: &Judged<'_>, period: &Period, key: &SegmentKey) -> bool {
    let values = judged.value.over(period, court.answered);
    values.is_some_and(|values| values.segments.contains_key(key))
}

/// Whether a level is measured for a segment, as a quota is for an owner.
fn is_aimed_at(court: &Court<'_>, judged: &Judged<'_>, key: &SegmentKey) -> bool {
    ["target", "low", "high"].into_iter().any(|name| {
        let measured =
            judged.levels.get(name).and_then(|asked| asked.over(&judged.periods.main, court.answered));
        measured.is_some_and(|values| values.segments.get(key).is_some_and(|value| value.n > 0))
    })
}

/// Segments that the goal names and the data does not have: no data, so that a
/// segment that is missing (or misspelt) fails the gate.
fn absent(judged: &Judged<'_>, keys: &BTreeSet<SegmentKey>) -> Vec<Verdict> {
    let mut missing: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut look_for = |place: usize, value: &str| {
        if !keys.iter().any(|key| is_value(key.get(place), value)) {
            missing.insert((place, value.to_owned()));
        }
    };
    for filter in judged.goal.segment.iter().chain(&judged.goal.require) {
        if let Some(place) = place_of(judged, filter) {
            filter.values.iter().for_each(|value| look_for(place, value));
        }
    }
    for (_, level) in keyed_levels(judged.goal) {
        if let Level::BySegment(levels) = level
            && judged.goal.segment.is_empty()
        {
            levels.iter().filter(|(value, _)| value != "*").for_each(|(value, _)| look_for(0, value));
        }
    }
    missing
        .into_iter()
        .map(|(place, value)| {
            let mut segment = vec![None; judged.dimensions.len()];
            let reason = format!("no row has {} = {value}", judged.dimensions[place]);
            segment[place] = (value != NONE).then_some(value);
            without_value(judged, segment, reason)
        })
        .collect()
}

fn place_of(judged: &Judged<'_>, filter: &SegmentFilter) -> Option<usize> {
    judged.dimensions.iter().position(|name| *name == filter.dimension)
}

fn is_wanted(judged: &Judged<'_>, key: &SegmentKey) -> bool {
    judged.goal.segment.iter().all(|filter| {
        let place = place_of(judged, filter);
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

fn without_value(judged: &Judged<'_>, segment: SegmentKey, reason: String) -> Verdict {
    Verdict {
        segment: named(&judged.dimensions, &segment),
        reason,
        ..blank(judged.goal, judged.entry, &judged.periods.main)
    }
}
