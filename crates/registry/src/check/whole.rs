//! Parts that must add up: the targets of all segments against the target of
//! the whole (`whole: …`), so that a plan by owner cannot fall short of the plan.

use goalpost_core::goal::Level;
use goalpost_core::number::Exact;
use goalpost_core::outcome::Outcome;
use goalpost_core::report::{Aim, Verdict};
use goalpost_core::sample::Sample;
use goalpost_core::segment::Whom;
use goalpost_core::unit::Direction;
use goalpost_core::verdict::{VerdictKind, judge};

use super::left_out::too_many_left_out;
use super::levels::{Found, fixed_or_measured};
use super::prepared::{Judged, blank, keyed_levels};
use super::{Court, segments};
use crate::plan::align::SegmentKey;

/// The verdict on the sum of the targets, for a goal that names the whole.
pub(crate) fn verdict(court: &Court<'_>, judged: &Judged<'_>) -> Option<Verdict> {
    let whole = judged.goal.whole.as_ref().filter(|_| judged.periods.pending.is_none())?;
    let period = &judged.periods.main;
    let all = judged.dimensions.iter().map(|name| (name.clone(), Some("(sum of targets)".to_owned())));
    let blank = Verdict { segment: all.collect(), ..blank(judged.goal, judged.entry, period) };
    let Aim::Levels { better, .. } = blank.aim else { return None };
    let (_, target) = keyed_levels(judged.goal).into_iter().find(|(key, _)| *key == "target")?;
    let wanted = match fixed_or_measured(court, judged, "whole", whole, period, &SegmentKey::new()) {
        Found::Outcome(Outcome::Value(value)) => Ok(value),
        Found::Outcome(Outcome::NoData(reason) | Outcome::Undefined(reason)) => {
            Err(format!("the whole has no value: {reason}"))
        }
        Found::Unlisted => Err("the whole names no level".to_owned()),
    };
    let (count, sum, mut sample) = targets(court, judged, target);
    if let Level::Measure(_) = whole
        && let Some(by) = judged.levels.get("whole").and_then(|asked| asked.over(period, court.answered))
    {
        sample = sample.with(&by.get(&SegmentKey::new()).sample);
    }
    let sample = Sample { n: Some(count), ..sample };
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(reason) => return Some(Verdict { reason, ..blank }),
    };
    let lacking = too_many_left_out(&sample, &judged.policies);
    let kind = match &lacking {
        Some(_) => VerdictKind::Incomplete,
        None if count == 0 => VerdictKind::NoData,
        None => judge(&sum, &wanted, &wanted, better),
    };
    let reason = match kind {
        VerdictKind::Incomplete => lacking.unwrap_or_default(),
        VerdictKind::NoData => "no segment has a target".to_owned(),
        VerdictKind::Met if better == Direction::Higher => {
            format!("the targets of {count} segments reach the whole")
        }
        VerdictKind::Met => format!("the targets of {count} segments stay within the whole"),
        _ if better == Direction::Higher => {
            format!("the targets of {count} segments fall short of the whole")
        }
        _ => format!("the targets of {count} segments exceed the whole"),
    };
    let wanted = wanted.decimal();
    let aim = Aim::Levels { target: wanted, limit: wanted, stretch: None, better };
    Some(Verdict { kind, reason, value: sum.decimal(), sample, aim, ..blank })
}

/// How many segments have a target, the sum of those, and the rows behind it.
fn targets(court: &Court<'_>, judged: &Judged<'_>, target: &Level) -> (u64, Exact, Sample) {
    let mut count = 0;
    let mut sum = Exact::zero();
    let mut sample = Sample::default();
    let mut add = |value: &Exact| {
        count += 1;
        sum = &sum + value;
    };
    let mut keys = segments::keys(court, judged, &judged.periods.main);
    if let Level::BySegment(levels) = target {
        // A segment that is named counts, whether it has rows or not.
        for (whom, _) in levels {
            let Whom::Segment(value) = whom else { continue };
            if !keys.iter().any(|key| key.first() == Some(value)) {
                let mut key = vec![None; judged.dimensions.len()];
                if let Some(first) = key.first_mut() {
                    first.clone_from(value);
                }
                keys.insert(key);
            }
        }
    }
    for key in keys {
        let found = fixed_or_measured(court, judged, "target", target, &judged.periods.main, &key);
        let measured = judged.levels.get("target").filter(|_| matches!(target, Level::Measure(_)));
        if let Some(by) = measured.and_then(|asked| asked.over(&judged.periods.main, court.answered)) {
            sample = sample.beside(&by.get(&key).sample);
        }
        if let Found::Outcome(Outcome::Value(value)) = found {
            add(&value);
        }
    }
    (count, sum, sample)
}
