//! The SMART review of a goal: is it Specific, Measurable, Achievable, Relevant
//! and Timely?
//!
//! The five are those of the practitioners' guides S0 and S3: one metric with an
//! owner; a target on data that exists; within reach of what history shows; a
//! reason tied to an objective; a period and a due date. [`Facts`] are what a run
//! found out about a goal, [`letters`] what follows from them.

use crate::Decimal;
use crate::calendar::Period;
use crate::name::{GoalName, MetricName};
use crate::report::Segment;
use crate::source::Span;
use crate::unit::{Direction, Unit};

/// What is known of a goal.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The goal.
    pub goal: GoalName,
    /// Its metric.
    pub metric: MetricName,
    /// The metric's unit.
    pub unit: Unit,
    /// Which way is better, where the goal is judged by levels.
    pub better: Option<Direction>,
    /// Its statement.
    pub at: Span,
    /// Whether somebody answers for it.
    pub has_owner: bool,
    /// Whether it says why it is wanted.
    pub has_reason: bool,
    /// When it is due.
    pub due: Due,
    /// The value of the latest closed period, or why there is none that could be
    /// judged.
    pub value: Result<Decimal, String>,
    /// The past, where the goal was compared with it.
    pub history: History,
}

/// When a goal is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// It says no date.
    Never,
    /// On a day that has passed.
    Passed(String),
    /// On a day to come.
    On(String),
}

/// What the past says of a goal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Closed periods (and segments) in which it could be judged.
    pub judged: u32,
    /// Those in which it would have been met.
    pub met: u32,
    /// The segment that is furthest from its target, where the goal is cut.
    pub furthest: Segment,
    /// The change (relative, of scores and percentages their difference) that the furthest segment needs to reach its target,
    /// in the better direction; 0 or less where it is reached. `None` where it
    /// cannot be told (no target as a number, nothing to grow from).
    pub needed: Option<Decimal>,
    /// The largest such change in the better direction from one period to the next.
    pub best: Option<Decimal>,
    /// A seasonal-naive projection for the period of the due date: the latest
    /// value of the same season. With the period, and whether it reaches the target.
    pub projection: Option<Projection>,
}

/// A projected value.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The period it is for.
    pub period: Period,
    /// The period whose value it takes.
    pub from: Period,
    /// The value in base units.
    pub value: Decimal,
    /// Whether it reaches the target.
    pub reaches: bool,
}

/// One of the five.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// S, M, A, R or T.
    pub letter: char,
    /// What is missing for it; nothing where it is there.
    pub missing: Option<String>,
}

/// The five letters of a goal, in their order.
pub fn letters(facts: &Facts) -> [Letter; 5] {
    let letter = |letter, missing: Option<String>| Letter { letter, missing };
    let specific = (!facts.has_owner).then(|| "nobody answers for it: add an owner".to_owned());
    let measurable = facts.value.as_ref().err().map(|reason| format!("there is no value to judge: {reason}"));
    let relevant = (!facts.has_reason).then(|| "it does not say why it is wanted: add why".to_owned());
    let timely = match &facts.due {
        Due::Never => Some("it has no date by which it is to be reached: add due".to_owned()),
        Due::Passed(day) => Some(format!("it was due on {day}")),
        Due::On(_) => None,
    };
    [
        letter('S', specific),
        letter('M', measurable),
        letter('A', unachievable(&facts.history)),
        letter('R', relevant),
        letter('T', timely),
    ]
}

/// A goal is within reach if it was reached before, if the growth it needs was
/// seen before, or if the season of its due date would reach it.
fn unachievable(history: &History) -> Option<String> {
    if history.judged == 0 {
        return Some("no past period could be judged, so nothing shows that it can be reached".to_owned());
    }
    let seen = history.needed.zip(history.best).is_some_and(|(needed, best)| needed <= best);
    let season = history.projection.as_ref().is_some_and(|projection| projection.reaches);
    (history.met == 0 && !seen && !season).then(|| {
        "it was never reached, needs more growth than any period has seen, and its season does not reach it either"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn facts(history: History) -> Facts {
        Facts {
            goal: "close_rate".into(),
            metric: "close_rate".into(),
            unit: Unit::Percent,
            better: Some(Direction::Higher),
            at: Span::whole(&SourceFile::new("goals.rhai", "")),
            has_owner: true,
            has_reason: true,
            due: Due::On("2026-12-31".to_owned()),
            value: Ok(Decimal::ONE),
            history,
        }
    }

    fn word(facts: &Facts) -> String {
        letters(facts)
            .iter()
            .map(|letter| if letter.missing.is_none() { letter.letter } else { '·' })
            .collect()
    }

    #[test]
    fn each_letter_has_its_reason() {
        let reached = History { judged: 12, met: 1, ..History::default() };
        assert_eq!(word(&facts(reached.clone())), "SMART");
        let bare = Facts {
            has_owner: false,
            has_reason: false,
            due: Due::Never,
            value: Err("no ended deals".to_owned()),
            ..facts(History::default())
        };
        assert_eq!(word(&bare), "·····");
        assert_eq!(word(&Facts { due: Due::Passed("2025-12-31".to_owned()), ..facts(reached) }), "SMAR·");
    }

    #[test]
    fn within_reach_is_what_was_seen_before() {
        let never = History { judged: 12, met: 0, ..History::default() };
        let of = |needed: i64, best: i64| History {
            needed: Some(Decimal::new(needed, 2)),
            best: Some(Decimal::new(best, 2)),
            ..never.clone()
        };
        assert_eq!(word(&facts(of(5, 5))), "SMART");
        assert_eq!(word(&facts(of(6, 5))), "SM·RT");
        assert_eq!(word(&facts(never)), "SM·RT");
    }
}
