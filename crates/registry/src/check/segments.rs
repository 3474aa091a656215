//! Where a goal is judged: the segments that have rows, the ones that had rows
//! the period before, those that its targets are about, and those it names.
//!
//! A segment that disappears has no data, which fails the gate unless the goal
//! says otherwise: it must not drop out of the report in silence.

use std::collections::BTreeSet;

use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Level, MissingPolicy, SegmentFilter};
use goalpost_core::outcome::Outcome;
use goalpost_core::report::Verdict;
use goalpost_core::sample::Sample;
use goalpost_core::segment::{BLANK, Whom, label};
use goalpost_core::verdict::VerdictKind;

use super::levels::Bar;
use super::prepared::{Asked, Judged, blank, keyed_levels};
use super::{Court, judge, waive};
use crate::plan::align::SegmentKey;
use crate::run;

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
        match closed(court, judged, period, key, diagnostics) {
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
        found.push(without_value(judged, period, vec![None; judged.dimensions.len()], reason.to_owned()));
    }
    found
}

/// The verdict of a segment that is judged in a closed period; `None` where the
/// goal names no level for it.
fn closed(
    court: &Court<'_>,
    judged: &Judged<'_>,
    period: &Period,
    key: &SegmentKey,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Verdict> {
    match gone(court, judged, period, key) {
        Some(reason) => Some(without_value(judged, period, key.clone(), reason)),
        None => judge::verdict(court, judged, period, key, diagnostics),
    }
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
            let so_far = judged.value.over(period, court.answered).map(|by| by.get(key));
            Verdict {
                value: so_far.and_then(|so_far| so_far.outcome.value()),
                sample: so_far.map_or_else(Sample::empty, |so_far| so_far.sample.clone()),
                kind: VerdictKind::Pending,
                aim: Bar::of(judged, &levels).aim(),
                reason: reason.to_owned(),
                segment: if judged.dimensions.is_empty() {
                    Vec::new()
                } else {
                    run::named(&judged.dimensions, key)
                },
                ..blank(judged.goal, judged.entry, period)
            }
        })
        .collect()
}

/// A miss that the goal allows within its last periods is at risk.
///
/// Of the periods before, those in which the segment was judged are looked at,
/// so none that lie before the data. Those count that failed the gate: missed
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
    let (mut judged_in, mut missed) = (1_u32, 1_u32);
    for period in before.take(back).filter(|period| is_judged_in(court, judged, period, key)) {
        let Some(earlier) = closed(court, judged, period, key, diagnostics) else { continue };
        let failed = match earlier.kind {
            VerdictKind::Missed => true,
            VerdictKind::NoData => fails(judged.policies.no_data),
            VerdictKind::Incomplete => fails(judged.policies.incomplete),
            _ => false,
        };
        judged_in = judged_in.saturating_add(1);
        missed = missed.saturating_add(u32::from(failed && !waive::is_waived(court, &earlier)));
    }
    let counted = if judged_in == may_miss.of {
        format!("{missed} of the last {} periods missed, {} may", may_miss.of, may_miss.periods)
    } else {
        let periods = if judged_in == 1 { "period" } else { "periods" };
        format!(
            "{missed} of {judged_in} {periods} so far missed, {} of {} may",
            may_miss.periods, may_miss.of
        )
    };
    let reason = format!("{}; {counted}", verdict.reason);
    let kind = if missed <= may_miss.periods { VerdictKind::AtRisk } else { verdict.kind };
    Verdict { kind, reason, ..verdict }
}

/// Whether an earlier period was one to judge for a segment that has a value now.
///
/// None is before the data. The segment has a value now, so that of a period
/// before, which looks at nothing later, can only be missing because something
/// it needs had not begun.
fn is_judged_in(court: &Court<'_>, judged: &Judged<'_>, period: &Period, key: &SegmentKey) -> bool {
    let has_not_begun = |asked: &Asked| {
        let value = asked.over(period, court.answered).map(|by| &by.get(key).outcome);
        matches!(value, Some(Outcome::NoData(_)))
    };
    let needed = judged.levels.iter().filter(|(level, _)| !matches!(**level, "stretch" | "whole"));
    let mut needed = needed.map(|(_, asked)| asked).chain(judged.parts.iter().map(|part| &part.asked));
    if has_not_begun(&judged.value) || needed.any(has_not_begun) {
        return false;
    }
    let keys = keys(court, judged, period);
    keys.contains(key) || named(judged).iter().any(|(place, value)| key.get(*place) == Some(value))
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
        found.extend(with_rows.filter(|(_, value)| aims(&value.sample)).map(|(key, _)| key.clone()));
    }
    found.retain(|key| is_wanted(judged, key));
    found
}

/// Why a segment that is judged only because it had rows in the period before
/// has no data: that nothing of it is there may mean anything.
fn gone(court: &Court<'_>, judged: &Judged<'_>, period: &Period, key: &SegmentKey) -> Option<String> {
    if key.is_empty() || has_rows(court, judged, period, key) {
        return None;
    }
    let is_required = judged.goal.require.iter().any(|filter| {
        let place = place_of(judged, filter);
        place.is_some_and(|place| key.get(place).is_some_and(|value| filter.values.contains(value)))
    });
    if is_aimed_at(court, judged, period, key) && !is_required {
        return None;
    }
    let before = court.project.config.calendar.before(period);
    if has_rows(court, judged, &before, key) {
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
fn is_aimed_at(court: &Court<'_>, judged: &Judged<'_>, period: &Period, key: &SegmentKey) -> bool {
    ["target", "low", "high"].into_iter().any(|name| {
        let measured = judged.levels.get(name).and_then(|asked| asked.over(period, court.answered));
        measured.is_some_and(|values| values.segments.get(key).is_some_and(|value| aims(&value.sample)))
    })
}

/// Whether rows are behind a level, or would be if they were not left out.
fn aims(level: &Sample) -> bool {
    level.n != Some(0) || level.without_any().is_some()
}

/// Segments that the goal names and the data does not have: no data, so that a
/// segment that is missing (or misspelt) fails the gate.
fn absent(judged: &Judged<'_>, keys: &BTreeSet<SegmentKey>) -> Vec<Verdict> {
    named(judged)
        .into_iter()
        .filter(|(place, value)| !keys.iter().any(|key| key.get(*place) == Some(value)))
        .map(|(place, value)| {
            let mut segment = vec![None; judged.dimensions.len()];
            let mut reason = format!("no row has {} = {}", judged.dimensions[place], label(value.as_deref()));
            if value.as_deref() == Some(BLANK) {
                reason.push_str("; rows without one are () in scripts");
            }
            segment[place] = value;
            without_value(judged, &judged.periods.main, segment, reason)
        })
        .collect()
}

/// The values that the goal names, with the places of their dimensions.
fn named(judged: &Judged<'_>) -> BTreeSet<(usize, Option<String>)> {
    let mut named: BTreeSet<(usize, Option<String>)> = BTreeSet::new();
    for filter in judged.goal.segment.iter().chain(&judged.goal.require) {
        if let Some(place) = place_of(judged, filter) {
            named.extend(filter.values.iter().map(|value| (place, value.clone())));
        }
    }
    for (_, level) in keyed_levels(judged.goal) {
        if let Level::BySegment(levels) = level
            && judged.goal.segment.is_empty()
        {
            named.extend(levels.iter().filter_map(|(whom, _)| match whom {
                Whom::Segment(value) => Some((0, value.clone())),
                Whom::Others => None,
            }));
        }
    }
    named
}

fn place_of(judged: &Judged<'_>, filter: &SegmentFilter) -> Option<usize> {
    judged.dimensions.iter().position(|name| *name == filter.dimension)
}

fn is_wanted(judged: &Judged<'_>, key: &SegmentKey) -> bool {
    judged.goal.segment.iter().all(|filter| {
        let place = place_of(judged, filter);
        place.is_none_or(|place| key.get(place).is_some_and(|value| filter.values.contains(value)))
    })
}

fn shown(key: &SegmentKey) -> String {
    key.iter().map(|value| label(value.as_deref())).collect::<Vec<_>>().join(" / ")
}

fn without_value(judged: &Judged<'_>, period: &Period, segment: SegmentKey, reason: String) -> Verdict {
    Verdict {
        segment: run::named(&judged.dimensions, &segment),
        reason,
        ..blank(judged.goal, judged.entry, period)
    }
}
