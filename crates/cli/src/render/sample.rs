//! Reports by hand, for the tests of the renderers.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::{Calendar, Grain, Period};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::Severity;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::report::{Aim, Cell, CheckReport, MetricHeading, RunReport, Segment, Verdict};
use goalpost_core::source::SourceFile;
use goalpost_core::unit::{Direction, TimeUnit, Unit};
use goalpost_core::verdict::{Gate, VerdictKind};

fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a number")
}

fn month(month: u32) -> Period {
    let day = NaiveDate::from_ymd_opt(2026, month, 1).expect("a day");
    Calendar::default().period(Grain::Month, day)
}

fn region(value: Option<&str>) -> Segment {
    vec![("region".into(), value.map(str::to_owned))]
}

/// Two metrics by month and region, with every status.
pub(crate) fn run() -> RunReport {
    let metrics = [("close_rate", Unit::Percent), ("won_revenue", Unit::Money)];
    let value = |text: &str| Outcome::Value(d(text));
    let mut cells = Vec::new();
    for (metric, unit) in metrics {
        for (number, pending) in [(1, false), (2, false), (3, true)] {
            for place in [Some("=EMEA|\u{1b}[31m"), None] {
                let outcome = match (unit, number, place) {
                    (Unit::Percent, 2, None) => Outcome::Undefined("no ended deals".to_owned()),
                    (Unit::Percent, _, _) => value("0.625"),
                    (_, 1, None) => Outcome::NoData("the data starts on 2026-01-15".to_owned()),
                    (_, 1, _) => value("-1234.50"),
                    _ => value("10005534.00"),
                };
                let share = unit == Unit::Percent && outcome.value().is_some();
                let mut dropped = BTreeMap::new();
                if unit == Unit::Money && number == 2 {
                    dropped.insert("amount is blank".to_owned(), 3);
                }
                cells.push(Cell {
                    metric: metric.into(),
                    unit,
                    period: month(number),
                    segment: region(place),
                    computed: Computed {
                        outcome,
                        n: 1_204,
                        interval: share.then_some((0.25, 0.875)),
                        dropped,
                    },
                    pending,
                });
            }
        }
    }
    RunReport {
        as_of: "2026-03-15T00:00:00+00:00".to_owned(),
        currency: "USD".to_owned(),
        metrics: metrics
            .map(|(name, unit)| MetricHeading {
                name: name.into(),
                title: name.replace('_', " "),
                unit,
                better: Some(Direction::Higher),
            })
            .into(),
        cells,
        diagnostics: vec![Diagnostic::warning(Code::BadValue, "3 cells of `amount` are no numbers")],
    }
}

/// Verdicts of every kind that needs its own words.
pub(crate) fn check() -> CheckReport {
    let file = SourceFile::new("metrics.d/goals.rhai", "\n\ngoal(…);\n");
    let met = Verdict {
        goal: "close_rate".into(),
        metric: "close_rate".into(),
        unit: Unit::Percent,
        every: Grain::Month,
        period: Some(month(2)),
        segment: Vec::new(),
        kind: VerdictKind::Met,
        value: Some(d("0.25")),
        n: 1_204,
        aim: Aim::Levels {
            target: Some(d("0.25")),
            limit: Some(d("0.2")),
            stretch: None,
            better: Direction::Higher,
        },
        gate: Gate::Passes,
        severity: Severity::Block,
        interval: None,
        dropped: BTreeMap::new(),
        pace: None,
        cause: None,
        waiver: None,
        tags: Vec::new(),
        area: "sales".to_owned(),
        reason: "at or above the target".to_owned(),
        owner: Some("sales-ops".to_owned()),
        due: Some("2026-12-31".to_owned()),
        why: Some("board plan 2026".to_owned()),
        at: file.span(2..6),
    };
    let missed = Verdict {
        goal: "close rate by region".into(),
        segment: region(Some("EMEA")),
        kind: VerdictKind::Missed,
        gate: Gate::Fails,
        value: Some(d("0.199999")),
        reason: "below the limit".to_owned(),
        ..met.clone()
    };
    let slow = Verdict {
        goal: "resolution_time".into(),
        metric: "resolution_time".into(),
        unit: Unit::Duration(TimeUnit::Hour),
        kind: VerdictKind::AtRisk,
        value: Some(d("18000")),
        aim: Aim::Levels {
            target: Some(d("14400")),
            limit: Some(d("28800")),
            stretch: None,
            better: Direction::Lower,
        },
        gate: Gate::Warns,
        reason: "between limit and target".to_owned(),
        owner: None,
        due: None,
        why: None,
        ..met.clone()
    };
    let none = Verdict {
        kind: VerdictKind::NoData,
        gate: Gate::Fails,
        period: None,
        value: None,
        n: 0,
        reason: "no ended deals".to_owned(),
        ..met.clone()
    };
    CheckReport {
        project: "Acme".to_owned(),
        as_of: "2026-03-15T00:00:00+00:00".to_owned(),
        currency: "USD".to_owned(),
        verdicts: vec![met, missed, slow, none],
        diagnostics: Vec::new(),
    }
}
