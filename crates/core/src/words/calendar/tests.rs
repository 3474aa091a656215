//! What holds of every calendar, whatever its zone, fiscal year and week.

use chrono::{Datelike, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::expr::{Step, StepUnit};
use crate::measure::{Shift, WindowShape};

/// Days that data may hold, with the ends of months, years and centuries among them.
fn any_day() -> impl Strategy<Value = NaiveDate> {
    let plain = (1_000..9_000i32, 1..=366u32);
    let near = (1_990..2_040i32, 1..=366u32);
    prop_oneof![plain, near].prop_map(|(year, ordinal)| {
        NaiveDate::from_yo_opt(year, ordinal).unwrap_or(NaiveDate::from_ymd_opt(year, 12, 31).expect("a day"))
    })
}

fn any_grain() -> impl Strategy<Value = Grain> {
    proptest::sample::select(&[Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year][..])
}

fn any_unit() -> impl Strategy<Value = StepUnit> {
    proptest::sample::select(&StepUnit::ALL[..])
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let zones = proptest::sample::select(&chrono_tz::TZ_VARIANTS[..]);
    (zones, 1..=12u32, 0..7u8).prop_map(|(time_zone, fiscal_year_start, weekday)| Calendar {
        time_zone,
        fiscal_year_start,
        week_start: Weekday::try_from(weekday).expect("seven weekdays"),
    })
}

fn length_of_month(day: NaiveDate) -> u32 {
    let first = day.with_day(1).expect("the first");
    let next = first.checked_add_months(chrono::Months::new(1)).expect("a month later");
    u32::try_from((next - first).num_days()).expect("28 to 31")
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn periods_tile_time(
        calendar in any_calendar(), grain in any_grain(), from in any_day(), length in 1..900u64, pick in 0..900u64,
    ) {
        let to = from + Days::new(length);
        let periods = calendar.periods(grain, from, to);
        prop_assert_eq!(calendar.count(grain, from, to), periods.len() as u64);
        prop_assert!(periods.first().is_some_and(|first| first.window().contains(from)));
        prop_assert!(periods.last().is_some_and(|last| last.window().contains(to - Days::new(1))));
        for pair in periods.windows(2) {
            prop_assert_eq!(Some(pair[0].end), pair[1].start);
            prop_assert_eq!(&calendar.before(&pair[1]), &pair[0]);
            prop_assert!(pair[0].label != pair[1].label);
        }
        // Every day lies in exactly the period that says so.
        let day = from + Days::new(pick % length);
        let of_day = calendar.period(grain, day);
        prop_assert!(of_day.start.is_some_and(|start| start < of_day.end));
        prop_assert_eq!(periods.iter().filter(|period| period.window().contains(day)).collect::<Vec<_>>(), [&of_day]);
    }

    #[test]
    fn periods_begin_where_the_calendar_says(calendar in any_calendar(), grain in any_grain(), day in any_day()) {
        let start = calendar.period(grain, day).start.expect("a start");
        let end = calendar.period(grain, day).end;
        let months = (end.year() - start.year()) * 12 + end.month() as i32 - start.month() as i32;
        let since_fiscal = (start.month() + 12 - calendar.fiscal_year_start) % 12;
        match grain {
            Grain::Day => prop_assert_eq!(end - start, TimeDelta::days(1)),
            Grain::Week => {
                prop_assert_eq!(start.weekday(), calendar.week_start);
                prop_assert_eq!(end - start, TimeDelta::days(7));
            }
            Grain::Month => prop_assert_eq!((start.day(), end.day(), months), (1, 1, 1)),
            Grain::Quarter => {
                prop_assert_eq!((start.day(), end.day(), months, since_fiscal % 3), (1, 1, 3, 0));
            }
            Grain::Year => prop_assert_eq!((start.day(), end.day(), months, since_fiscal), (1, 1, 12, 0)),
            Grain::All => {}
        }
    }

    #[test]
    fn labels_name_one_period(calendar in any_calendar(), grain in any_grain(), day in any_day()) {
        let as_of = AsOf { at: DateTime::UNIX_EPOCH };
        let period = calendar.period(grain, day);
        prop_assert_eq!(calendar.parse_period(&period.label, &as_of), Ok(period));
    }

    #[test]
    fn a_period_has_one_name(
        calendar in any_calendar(),
        text in prop_oneof!["(FY)?[0-9]{4}(-[QW]?[0-9+ ]{1,2}){0,2}", "(FY|Q|W|-|[0-9+ é]){0,12}", any::<String>()],
    ) {
        let as_of = AsOf { at: DateTime::UNIX_EPOCH };
        if let Ok(period) = calendar.parse_period(&text, &as_of) {
            prop_assert_eq!(period.label, text.trim());
        }
    }

    #[test]
    fn shifts_never_empty_a_window(
        calendar in any_calendar(), grain in any_grain(), day in any_day(), count in 1..1_200u32, unit in any_unit(),
    ) {
        let window = calendar.period(grain, day).window();
        for unit in [Some(unit), None] {
            let shift = Shift { count, unit };
            for shape in [
                WindowShape::Previous(shift),
                WindowShape::Next(shift),
                WindowShape::Trailing(shift),
                WindowShape::ToDate(unit.unwrap_or(StepUnit::Year)),
                WindowShape::WeekYearToDate,
                WindowShape::AllTime,
            ] {
                let reshaped = window.reshaped(shape, grain, &calendar);
                prop_assert!(reshaped.start.is_none_or(|start| start < reshaped.end), "{shape:?} {reshaped:?}");
            }
        }
    }

    #[test]
    fn a_period_moved_by_its_own_unit_is_a_period(
        calendar in any_calendar(), grain in any_grain(), day in any_day(), count in 1..100u32,
    ) {
        let shift = Shift { count, unit: None };
        let mut earlier = calendar.period(grain, day);
        let window = earlier.window();
        for _ in 0..count {
            earlier = calendar.before(&earlier);
        }
        let moved = window.reshaped(WindowShape::Previous(shift), grain, &calendar);
        prop_assert_eq!(moved, earlier.window());
        prop_assert_eq!(moved.reshaped(WindowShape::Next(shift), grain, &calendar), window);
        let trailing = window.reshaped(WindowShape::Trailing(shift), grain, &calendar);
        prop_assert_eq!(trailing, Window { start: Some(moved.end), end: window.end });
    }

    #[test]
    fn months_clamp_and_lose_nothing(day in any_day(), count in -600..600i64) {
        let moved = add_step(day, Step { count, unit: StepUnit::Month });
        let months = i64::from(moved.year() - day.year()) * 12 + i64::from(moved.month()) - i64::from(day.month());
        prop_assert_eq!(months, count);
        prop_assert_eq!(moved.day(), day.day().min(length_of_month(moved)));
        prop_assert_eq!(add_step(day, Step { count: count * 12, unit: StepUnit::Month }),
            add_step(day, Step { count, unit: StepUnit::Year }));
        prop_assert_eq!(add_step(day, Step { count: count * 3, unit: StepUnit::Month }),
            add_step(day, Step { count, unit: StepUnit::Quarter }));
    }

    #[test]
    fn steps_keep_the_order_of_days(a in any_day(), later in 0..100u64, count in -600..600i64, unit in any_unit()) {
        let step = Step { count, unit };
        prop_assert!(add_step(a, step) <= add_step(a + Days::new(later), step));
    }

    #[test]
    fn no_step_leaves_the_calendar(day in any_day(), count in any::<i64>(), unit in any_unit()) {
        let step = Step { count, unit };
        let moved = add_step(day, step);
        if count < 0 { prop_assert!(moved <= day) } else { prop_assert!(moved >= day) }
        let window = Window { start: Some(day), end: Calendar::next_day(day) };
        let moved = window.moved(step);
        prop_assert!(moved.start.is_none_or(|start| start <= moved.end));
    }

    #[test]
    fn days_start_in_order_in_every_zone(calendar in any_calendar(), day in any_day()) {
        let next = Calendar::next_day(day);
        let (start, end) = (calendar.instant(day), calendar.instant(next));
        prop_assert!(start <= end);
        // A day that the zone skipped has no moment; any other starts with itself.
        let exists = calendar.day(start) == day;
        prop_assert_eq!(exists, start < end, "{} {}", start, end);
        prop_assert!(calendar.day(start - TimeDelta::microseconds(1)) < day);
    }

    #[test]
    fn a_day_given_as_as_of_is_over_when_it_begins(calendar in any_calendar(), day in any_day()) {
        let as_of = AsOf::parse(&day.to_string(), &calendar).expect("a day");
        let before = calendar.period(Grain::Day, day - Days::new(1));
        prop_assert!(calendar.is_closed(&before, None, &as_of));
        prop_assert!(as_of.last_day(&calendar) < day);
        let moment = AsOf::parse(&as_of.shown(&calendar), &calendar);
        prop_assert!(moment.is_ok(), "{}", as_of.shown(&calendar));
    }

    #[test]
    fn no_as_of_panics(
        calendar in any_calendar(),
        text in prop_oneof!["[+-]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2}))?)?", any::<String>()],
    ) {
        if let Ok(as_of) = AsOf::parse(&text, &calendar) {
            let all = calendar.all_time(&as_of);
            prop_assert!(calendar.is_closed(&all, None, &as_of));
            prop_assert!(!as_of.shown(&calendar).is_empty());
        }
    }
}

#[test]
fn days_that_zones_bend() {
    // Zone, day, its first moment, the first moment of the day after.
    let days = [
        ("Europe/London", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
        ("Europe/London", "2026-10-25", "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"),
        // The clock went from 24:00 to 01:00, so the day began at 01:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
        // Midnight came twice: at 01:00 the clock went back to it.
        ("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"),
        // The day was skipped to change sides of the date line.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        // From 44 minutes and 30 seconds behind Greenwich to Greenwich.
        ("Africa/Monrovia", "1972-01-07", "1972-01-07T00:44:30Z", "1972-01-08T00:00:00Z"),
        ("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00Z", "2026-01-01T18:30:00Z"),
    ];
    for (zone, day, start, end) in days {
        let calendar = Calendar { time_zone: zone.parse().expect(zone), ..Calendar::default() };
        let day: NaiveDate = day.parse().expect(day);
        let moment = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        assert_eq!(calendar.instant(day), moment(start), "{zone} {day}");
        assert_eq!(calendar.instant(Calendar::next_day(day)), moment(end), "{zone} {day}");
    }
}

#[test]
fn the_edges_of_the_calendar_do_not_panic() {
    for time_zone in chrono_tz::TZ_VARIANTS {
        let calendar = Calendar { time_zone, ..Calendar::default() };
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            let as_of = AsOf { at: calendar.instant(day) };
            let last = as_of.last_day(&calendar);
            for grain in Grain::ALL {
                let period = calendar.period(grain, last);
                calendar.before(&period);
                calendar.is_closed(&period, Some(Step { count: i64::MAX, unit: StepUnit::Hour }), &as_of);
            }
        }
    }
}
