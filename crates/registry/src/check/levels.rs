//! A goal's levels for one period and segment, in base units.

use std::collections::BTreeSet;

use goalpost_core::Decimal;
use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{GoalAnswer, GoalContext, GoalFunctionRef, Level, Past, Rule};
use goalpost_core::number::Exact;
use goalpost_core::outcome::Outcome;
use goalpost_core::report::Aim;
use goalpost_core::segment::Whom;
use goalpost_core::unit::Direction;

use super::Court;
use super::left_out::left_out;
use super::prepared::{Judged, keyed_levels};
use crate::plan::align::SegmentKey;

/// What a level is for a segment.
pub(crate) enum Found {
    /// It has a value, or a reason for having none.
    Outcome(Outcome),
    /// The goal names none for this segment, which is therefore not judged.
    Unlisted,
}

/// The levels of one period and segment, by key.
pub(crate) struct LevelsFound {
    found: Vec<(&'static str, Found)>,
    /// Earlier values that functions of levels looked at.
    pub(crate) past: BTreeSet<Past>,
}

impl LevelsFound {
    /// Whether the segment is one that the goal says nothing about.
    pub(crate) fn is_unlisted(&self) -> bool {
        self.found.iter().any(|(key, found)| {
            matches!(key, &"target" | &"low" | &"high") && matches!(found, Found::Unlisted)
        })
    }

    /// Whether the limit is for other segments only.
    pub(crate) fn is_unlisted_limit(&self) -> bool {
        self.found.iter().any(|(key, found)| *key == "limit" && matches!(found, Found::Unlisted))
    }

    /// The value under a key, if there is one.
    fn value(&self, wanted: &str) -> Option<Exact> {
        self.found.iter().find_map(|(key, found)| match found {
            Found::Outcome(outcome) if *key == wanted => outcome.exact().cloned(),
            _ => None,
        })
    }

    /// Why a level that is needed has no value. A stretch is not needed.
    pub(crate) fn missing(&self) -> Option<String> {
        self.found.iter().filter(|(key, _)| *key != "stretch").find_map(|(key, found)| match found {
            Found::Outcome(Outcome::NoData(reason) | Outcome::Undefined(reason)) => {
                Some(format!("the {} has no value: {reason}", named(key)))
            }
            // A limit for some segments leaves the others with their target.
            Found::Unlisted if *key == "limit" => None,
            Found::Unlisted => Some(format!("the {} names no level here", named(key))),
            Found::Outcome(Outcome::Value(_)) => None,
        })
    }
}

fn named(key: &str) -> &str {
    match key {
        "low" => "lower end of the range",
        "high" => "upper end of the range",
        other => other,
    }
}

/// What a value is compared with, not rounded; as [`Aim`] in reports.
#[derive(Clone, Debug)]
pub(crate) enum Bar {
    Levels { target: Option<Exact>, limit: Option<Exact>, stretch: Option<Exact>, better: Direction },
    Between { low: Option<Exact>, high: Option<Exact> },
    Check,
}

impl Bar {
    /// The levels found for a goal.
    pub(crate) fn of(judged: &Judged<'_>, found: &LevelsFound) -> Self {
        match (&judged.goal.rule, judged.entry.metric.better) {
            (Rule::Levels { limit, .. }, Some(better)) => {
                let target = found.value("target");
                let limit = match limit {
                    Some(_) if !found.is_unlisted_limit() => found.value("limit"),
                    _ => target.clone(),
                };
                Self::Levels { target, limit, stretch: found.value("stretch"), better }
            }
            (Rule::Between { .. }, _) => Self::Between { low: found.value("low"), high: found.value("high") },
            _ => Self::Check,
        }
    }

    /// The same for reading.
    pub(crate) fn aim(&self) -> Aim {
        let read = |level: &Option<Exact>| level.as_ref().and_then(Exact::decimal);
        match self {
            Self::Levels { target, limit, stretch, better } => Aim::Levels {
                target: read(target),
                limit: read(limit),
                stretch: read(stretch),
                better: *better,
            },
            Self::Between { low, high } => Aim::Between { low: read(low), high: read(high) },
            Self::Check => Aim::Check,
        }
    }
}

/// A value, and how a goal's functions see it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) value: &'a Exact,
    pub(crate) context: &'a GoalContext,
}

/// Finds the levels of a goal. Functions are asked only where there is a value
/// to tell them about.
pub(crate) fn levels(
    court: &Court<'_>,
    judged: &Judged<'_>,
    period: &Period,
    key: &SegmentKey,
    seen: Option<Seen<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> LevelsFound {
    let mut past = BTreeSet::new();
    let found = keyed_levels(judged.goal)
        .into_iter()
        .map(|(name, level)| {
            let found = match level {
                Level::Function(function) => match seen {
                    Some(seen) => Found::Outcome(asked(judged, name, function, seen, &mut past, diagnostics)),
                    None => {
                        Found::Outcome(Outcome::NoData("there is no value to compute it from".to_owned()))
                    }
                },
                _ => fixed_or_measured(court, judged, name, level, period, key),
            };
            (name, found)
        })
        .collect();
    LevelsFound { found, past }
}

/// A level that does not depend on the value.
pub(crate) fn fixed_or_measured(
    court: &Court<'_>,
    judged: &Judged<'_>,
    name: &str,
    level: &Level,
    period: &Period,
    key: &SegmentKey,
) -> Found {
    let unit = judged.entry.unit;
    let value = |number: Decimal| Found::Outcome(Outcome::of(unit.exact_base(number)));
    match level {
        Level::Number(number) => value(*number),
        Level::Duration(step) => {
            let seconds = step.unit.seconds().and_then(|seconds| seconds.checked_mul(step.count));
            match seconds {
                Some(seconds) => Found::Outcome(Outcome::of(seconds)),
                None => Found::Outcome(Outcome::Undefined(format!("{step} has no fixed length"))),
            }
        }
        Level::BySegment(levels) => {
            let Some(first) = key.first() else { return Found::Unlisted };
            let of = |whom: &Whom| levels.iter().find(|(known, _)| known == whom).map(|(_, number)| *number);
            of(&Whom::Segment(first.clone())).or_else(|| of(&Whom::Others)).map_or(Found::Unlisted, value)
        }
        Level::Measure(_) => {
            let computed = judged.levels.get(name).and_then(|asked| asked.over(period, court.answered));
            let Some(computed) = computed.map(|by| by.get(key)) else { return Found::Unlisted };
            // A sum over no rows is 0, which as a target would be met by anything.
            if let (Outcome::Value(_), Some(0), Some(input)) =
                (&computed.outcome, computed.sample.n, computed.sample.without_any())
            {
                let why = format!("no row of {} has a value ({})", input.rows, left_out(input));
                return Found::Outcome(Outcome::NoData(why));
            }
            match (&computed.outcome, computed.sample.n, key.is_empty()) {
                (Outcome::Value(_), Some(0), true) => {
                    Found::Outcome(Outcome::NoData("no row is behind it".to_owned()))
                }
                (Outcome::Value(_), Some(0), false) => Found::Unlisted,
                (outcome, ..) => Found::Outcome(outcome.clone()),
            }
        }
        Level::Function(_) => Found::Unlisted,
    }
}

fn asked(
    judged: &Judged<'_>,
    name: &str,
    function: &GoalFunctionRef,
    seen: Seen<'_>,
    past: &mut BTreeSet<Past>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Outcome {
    let failed = |problem: Diagnostic, diagnostics: &mut Vec<Diagnostic>| {
        let reason = problem.message.clone();
        if !diagnostics.contains(&problem) {
            diagnostics.push(problem);
        }
        Outcome::Undefined(reason)
    };
    let answer = function.0.call(seen.context).map(|(answer, looked_at)| {
        past.extend(looked_at);
        answer
    });
    match answer {
        Ok(GoalAnswer::Number(number)) => {
            let level = judged.entry.unit.exact_base(number);
            // A script computes with so many digits; the last of them decide nothing.
            Outcome::of(if level.is_close(seen.value) { seen.value.clone() } else { level })
        }
        Ok(GoalAnswer::Undefined(why)) => Outcome::Undefined(why),
        Ok(GoalAnswer::Verdict(kind, _)) => {
            let message =
                format!("the function of `{name}` judges ({}), where a level is a number", kind.name());
            let problem = Diagnostic::error(Code::FunctionFailed, message)
                .at(judged.goal.at.clone())
                .help("return a number in the metric's unit, or write the function under `check`");
            failed(problem, diagnostics)
        }
        Err(problem) => failed(*problem, diagnostics),
    }
}
