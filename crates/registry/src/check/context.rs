//! What a goal's functions see: the value with its past, in the metric's unit.

use std::collections::BTreeSet;

use goalpost_core::Decimal;
use goalpost_core::calendar::Period;
use goalpost_core::goal::{GoalContext, Past, PastValue};
use goalpost_core::measure::{PartContent, PartValue};
use goalpost_core::outcome::{Computed, Outcome};

use super::Court;
use super::periods::{HISTORY, a_year_before};
use super::prepared::Judged;
use crate::plan::align::SegmentKey;
use crate::plan::evaluate::segments_of;
use crate::run::named;

/// The context for a value; the reason where a part has none.
pub(crate) fn context(
    court: &Court<'_>,
    judged: &Judged<'_>,
    period: &Period,
    key: &SegmentKey,
    value: (Decimal, &Computed),
) -> Result<GoalContext, String> {
    let calendar = &court.project.config.calendar;
    let unit = judged.entry.unit;
    let shown = |value: Decimal| unit.shown(value).unwrap_or(value);
    let of = |period: &Period| {
        let found = judged.value.over(period, court.answered)?.get(key);
        Some((found.outcome.value().map(shown), found.n()))
    };
    let mut history = Vec::with_capacity(HISTORY);
    let mut before = period.clone();
    for _ in 0..HISTORY {
        let earlier = calendar.before(&before);
        if earlier == before {
            break;
        }
        before = earlier;
        if let Some((value, n)) = of(&before) {
            history.push(PastValue { period: before.label.clone(), value, n });
        }
    }
    let previous = history.first().and_then(|past| past.value);
    history.reverse();
    let (value, computed) = value;
    let decimal = |number: f64| Decimal::from_f64_retain(number).map(shown);
    let interval = computed.interval.and_then(|(low, high)| decimal(low).zip(decimal(high)));
    Ok(GoalContext {
        value: shown(value),
        n: computed.n(),
        segment: named(&judged.dimensions, key)
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect(),
        period: period.label.clone(),
        start: period.start.map(|start| start.to_string()),
        end: period.end.to_string(),
        previous,
        last_year: period
            .start
            .and_then(|_| of(&a_year_before(period, calendar)))
            .and_then(|(value, _)| value),
        history,
        interval,
        parts: parts(court, judged, period, key)?,
    })
}

/// The earlier periods that a function looked at: those whose values it was given.
pub(crate) fn periods(court: &Court<'_>, period: &Period, past: &BTreeSet<Past>) -> Vec<Period> {
    let calendar = &court.project.config.calendar;
    let mut found: Vec<Period> = Vec::new();
    for past in past {
        match past {
            Past::Previous => found.push(calendar.before(period)),
            Past::LastYear => found.push(a_year_before(period, calendar)),
            Past::History => {
                let before = |period: &Period| Some(calendar.before(period));
                found.extend(std::iter::successors(before(period), before).take(HISTORY));
            }
        }
    }
    found
}

fn parts(
    court: &Court<'_>,
    judged: &Judged<'_>,
    period: &Period,
    key: &SegmentKey,
) -> Result<Vec<PartValue>, String> {
    let mut parts = Vec::with_capacity(judged.parts.len());
    for part in &judged.parts {
        let Some(by) = part.asked.over(period, court.answered) else { continue };
        let shown = |value: Decimal| part.unit.shown(value).unwrap_or(value);
        let content = if part.is_split {
            let mut segments = segments_of(by, key);
            for segment in &mut segments {
                segment.value = shown(segment.value);
            }
            PartContent::Segments(segments)
        } else {
            let outcome = &by.get(key).outcome;
            match (outcome, outcome.value()) {
                (_, Some(value)) => PartContent::Value(shown(value)),
                (Outcome::NoData(reason) | Outcome::Undefined(reason), None) => {
                    return Err(format!("{} has no value: {reason}", part.name));
                }
                (Outcome::Value(_), None) => return Err(format!("{} is too large a number", part.name)),
            }
        };
        parts.push(PartValue { name: part.name.clone(), content });
    }
    Ok(parts)
}
