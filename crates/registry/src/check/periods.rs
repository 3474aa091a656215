//! When a goal is judged: the latest closed period of its grain, the ones
//! before that it may be excused by, and the running one.

use chrono::{Days, NaiveDate};
use goalpost_core::calendar::{AsOf, Calendar, Grain, Period};
use goalpost_core::expr::{Step, StepUnit};
use goalpost_core::goal::Goal;

/// How many periods before the judged one a function sees.
pub(crate) const HISTORY: usize = 12;

/// The periods of a goal.
#[derive(Clone, Debug)]
pub(crate) struct Periods {
    /// The latest closed one that counts; where there is none, the first that will.
    pub(crate) main: Period,
    /// Why the main period cannot be judged yet.
    pub(crate) pending: Option<String>,
    /// Closed ones before the main period that count, the latest first, as many
    /// as the goal looks back.
    pub(crate) earlier: Vec<Period>,
    /// The one that has begun and not ended, where it counts.
    pub(crate) running: Option<Period>,
}

/// Finds them: not before `from` and not after `due`. So many closed ones are
/// looked at, the main one among them.
pub(crate) fn periods_of(
    goal: &Goal,
    from: Option<NaiveDate>,
    settle: Option<Step>,
    look_back: u32,
    as_of: &AsOf,
    calendar: &Calendar,
) -> Periods {
    let mut main = calendar.period(goal.every, as_of.last_day(calendar));
    if main.start.is_none() {
        return Periods { main, pending: None, earlier: Vec::new(), running: None };
    }
    let first = first(from, goal.every, calendar);
    let begins_before = |period: &Period| first.as_ref().is_some_and(|first| period.start < first.start);
    let after_due = |period: &Period| {
        let day_after = goal.due.and_then(|due| due.checked_add_days(Days::new(1)));
        day_after.is_some_and(|day| period.end > day)
    };
    let is_running = as_of.at < calendar.instant(main.end);
    let running = (is_running && !begins_before(&main) && !after_due(&main)).then(|| main.clone());
    while !calendar.is_closed(&main, settle, as_of) || after_due(&main) {
        let before = calendar.before(&main);
        if before == main {
            break;
        }
        main = before;
    }
    if let Some(first) = first.clone().filter(|first| main.start < first.start) {
        let begun = first.start.is_some_and(|start| calendar.instant(start) <= as_of.at);
        let reason = if begun { "is not over" } else { "has not begun" };
        let pending = Some(format!("{} {reason}", first.label));
        return Periods { main: first, pending, earlier: Vec::new(), running };
    }
    let mut earlier = Vec::new();
    let mut last = main.clone();
    for _ in 1..look_back {
        let before = calendar.before(&last);
        if begins_before(&before) || before == last {
            break;
        }
        earlier.push(before.clone());
        last = before;
    }
    Periods { main, pending: None, earlier, running }
}

/// The first period that is wholly the goal's: one that began before `from` is not.
fn first(from: Option<NaiveDate>, every: Grain, calendar: &Calendar) -> Option<Period> {
    let from = from?;
    let period = calendar.period(every, from);
    let begins_inside = period.start.is_some_and(|start| start < from);
    Some(if begins_inside { calendar.period(every, period.end) } else { period })
}

/// The same period a year before; itself for all time.
pub(crate) fn a_year_before(period: &Period, calendar: &Calendar) -> Period {
    let Some(start) = period.start else { return period.clone() };
    let year = Step { count: -1, unit: StepUnit::Year };
    let day = match period.grain {
        // The week that holds the same Thursday of the year before.
        Grain::Week => start.checked_sub_days(Days::new(364)).unwrap_or(start),
        _ => goalpost_core::calendar::add_step(start, year),
    };
    calendar.period(period.grain, day)
}
