//! What a reader has to know of the two windows: whether they are over, whether
//! the data reaches through them, whether they cover the same seasons.
//!
//! A window is never shortened to what there is. What it lacks is said, and a
//! total over days that have no data is not tested.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use goalpost_core::calendar::Window;
use goalpost_core::comparison::{ComparisonRow, Span};
use goalpost_core::expr::{Step, StepUnit};

use super::sample::Reach;
use super::term::days_of;
use crate::plan::Leaf;

/// Days without a row that surprise nobody.
const USUAL_GAP: i64 = 7;
/// Times the usual distance between two rows that a gap may have.
const USUAL_DISTANCES: i64 = 10;

/// What a window lacks of a leaf's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap(pub(crate) String);

/// Whether the data of a leaf begins long after a window does, or ends long
/// before what of it has happened does. Data that lies wholly outside is no gap
/// but no data.
///
/// No table has a row on every first and last day, so a gap counts from a week
/// on, and from ten times the distance that rows usually have.
pub(crate) fn gap(leaf: &Leaf, reach: Reach, window: Window, visible_end: NaiveDate) -> Option<Gap> {
    let start = window.start?;
    let end = window.end.min(visible_end);
    let span = (reach.last - reach.first).num_days();
    let distance = span / i64::try_from(reach.rows).unwrap_or(i64::MAX).max(1);
    let usual = USUAL_GAP.max(distance.saturating_mul(USUAL_DISTANCES));
    let named = || {
        let time = leaf.time.as_ref().map(|time| format!(" by {time}")).unwrap_or_default();
        format!("{}{time}", leaf.relation.source)
    };
    if reach.first < end && (reach.first - start).num_days() > usual {
        return Some(Gap(format!("{} begins on {}, a window on {start}", named(), reach.first)));
    }
    let next = reach.last.checked_add_days(Days::new(1)).unwrap_or(reach.last);
    if reach.last >= start && (end - next).num_days() > usual {
        return Some(Gap(format!("{} ends on {}, a window goes on to {end}", named(), reach.last)));
    }
    None
}

/// What holds for all rows.
pub(crate) fn caveats(
    before: &Span,
    after: &Span,
    visible_end: NaiveDate,
    rows: &[ComparisonRow],
) -> Vec<String> {
    let mut caveats = Vec::new();
    if after.window.end > visible_end {
        caveats.push(format!(
            "{} is not over: its values are of what has happened so far, and are not compared",
            after.label
        ));
    }
    let (earlier, later) = (before.days(), after.days());
    if earlier != later {
        let mut caveat = format!("the windows have {earlier} and {later} days");
        if rows.iter().any(|row| row.change.is_some_and(|change| change.per_days.is_some())) {
            caveat.push_str(&format!(": for the change of a total, before is taken times {later}/{earlier}"));
        }
        caveats.push(caveat);
    }
    if months(before.window) != months(after.window) {
        let year = Step { count: -1, unit: StepUnit::Year };
        let earlier = after.window.moved(year);
        let mut caveat = format!(
            "before covers {}, after {}: a change of season is in the difference",
            named(&months(before.window)),
            named(&months(after.window))
        );
        if let (Some(from), Some(since)) = (earlier.start, after.window.start) {
            caveat.push_str(&format!(
                "; the same months a year earlier: --before {from}..{} --after {since}..{}",
                earlier.end, after.window.end
            ));
        }
        caveats.push(caveat);
    }
    caveats
}

/// The months of the year that a window covers at least half of.
fn months(window: Window) -> BTreeSet<u32> {
    let mut days = [0_u32; 13];
    let Some(start) = window.start else { return BTreeSet::new() };
    let all = u64::try_from(days_of(window)).unwrap_or(0);
    for day in (0..all.min(366 * 4)).filter_map(|day| start.checked_add_days(Days::new(day))) {
        days[day.month() as usize] += 1;
    }
    let covered: BTreeSet<u32> = (1..=12).filter(|month| days[*month as usize] >= 15).collect();
    // A window of a week or two covers the month that it lies in.
    if covered.is_empty() { (1..=12).filter(|month| days[*month as usize] > 0).collect() } else { covered }
}

/// Months as a reader sees them: the first and the last of a run.
fn named(months: &BTreeSet<u32>) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = |month: u32| NAMES[(month as usize + 11) % 12];
    if months.len() == 12 {
        return "all months".to_owned();
    }
    // A run may go on from December to January: it begins where the month before is not covered.
    let before = |month: u32| if month == 1 { 12 } else { month - 1 };
    let after = |month: u32| month % 12 + 1;
    let runs: Vec<String> = months
        .iter()
        .filter(|month| !months.contains(&before(**month)))
        .map(|first| {
            let mut last = *first;
            while months.contains(&after(last)) {
                last = after(last);
            }
            if last == *first { name(last).to_owned() } else { format!("{} to {}", name(*first), name(last)) }
        })
        .collect();
    runs.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: &str, end: &str) -> Span {
        let window = Window { start: start.parse().ok(), end: end.parse().expect("a date") };
        Span { label: format!("{start}..{end}"), window }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn seasons_are_named_and_the_year_before_is_proposed() {
        let found = caveats(
            &span("2025-07-01", "2026-01-01"),
            &span("2026-01-01", "2026-07-01"),
            day("2026-07-01"),
            &[],
        );
        assert_eq!(
            found,
            [
                "the windows have 184 and 181 days",
                "before covers July to December, after January to June: a change of season is in the \
                 difference; the same months a year earlier: --before 2025-01-01..2025-07-01 --after \
                 2026-01-01..2026-07-01",
            ]
        );
        let winter = caveats(
            &span("2025-05-01", "2025-11-01"),
            &span("2025-11-01", "2026-05-01"),
            day("2026-07-01"),
            &[],
        );
        assert!(winter[1].starts_with("before covers May to October, after November to April"), "{winter:?}");
    }

    #[test]
    fn the_same_months_of_two_years_need_no_caveat() {
        let none = caveats(
            &span("2025-01-01", "2025-07-01"),
            &span("2026-01-01", "2026-07-01"),
            day("2026-07-01"),
            &[],
        );
        assert_eq!(none, [""; 0]);
        let years = caveats(
            &span("2024-07-01", "2025-07-01"),
            &span("2025-07-01", "2026-07-01"),
            day("2026-07-01"),
            &[],
        );
        assert_eq!(years, [""; 0]);
    }

    #[test]
    fn a_window_that_is_not_over_is_said_so() {
        let found = caveats(
            &span("2025-01-01", "2025-07-01"),
            &span("2026-01-01", "2026-07-01"),
            day("2026-05-01"),
            &[],
        );
        assert_eq!(
            found,
            [
                "2026-01-01..2026-07-01 is not over: its values are of what has happened so far, and are not compared"
            ]
        );
    }
}
