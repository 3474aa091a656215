//! Reports by hand, for the tests of the renderers.

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::{Calendar, Grain, Period, Window};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::Severity;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::report::{
    Aim, Cause, Cell, CheckReport, MetricHeading, Paced, PartEffect, RunReport, Segment, SegmentEffect,
    Verdict, Waived,
};
use goalpost_core::sample::{Input, InputId, LeftOut, Sample, Why};
use goalpost_core::source::{SourceFile, Span};
use goalpost_core::unit::{Direction, TimeUnit, Unit};
use goalpost_core::verdict::{ExitCode, Gate, VerdictKind};

use crate::places::Places;
use crate::render::check::Checked;

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

/// Rows of deals, some of them without an amount.
fn sample_of(n: u64, blank: u64) -> Sample {
    let end = NaiveDate::from_ymd_opt(2026, 2, 1).expect("a day");
    let left = LeftOut { why: Why::Blank, column: "amount".to_owned(), rows: blank };
    Sample::of(Input {
        id: InputId::Aggregate(0, Window { start: None, end }),
        table: "deals".to_owned(),
        rows: "won deals".to_owned(),
        n,
        looked_at: n + blank,
        left_out: if blank > 0 { vec![left] } else { Vec::new() },
    })
}

/// Two metrics by month and region, with every status.
pub(crate) fn run() -> RunReport {
    let metrics = [("close_rate", Unit::Percent), ("won_revenue", Unit::Money)];
    let value = |text: &str| Outcome::of(d(text));
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
                let blank = if unit == Unit::Money && number == 2 { 3 } else { 0 };
                cells.push(Cell {
                    metric: metric.into(),
                    unit,
                    period: month(number),
                    segment: region(place),
                    computed: Computed {
                        outcome,
                        interval: share.then_some((0.25, 0.875)),
                        sample: sample_of(1_204, blank),
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
        sample: sample_of(1_204, 0),
        aim: Aim::Levels {
            target: Some(d("0.25")),
            limit: Some(d("0.2")),
            stretch: None,
            better: Direction::Higher,
        },
        gate: Gate::Passes,
        severity: Severity::Block,
        interval: None,
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
        sample: Sample::empty(),
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

/// The places of a project at the top of its repository.
static HERE: std::sync::LazyLock<Places> = std::sync::LazyLock::new(Places::default);

/// A report as a check that fails.
pub(crate) fn checked(report: &CheckReport) -> Checked<'_> {
    Checked { report: Some(report), diagnostics: &report.diagnostics, exit: ExitCode::Missed, places: &HERE }
}

/// A check that came to nothing.
pub(crate) fn broken(diagnostics: &[Diagnostic]) -> Checked<'_> {
    Checked { report: None, diagnostics, exit: ExitCode::Usage, places: &HERE }
}

/// Why a check came to nothing: an error in a script, one of the command line,
/// one of data, and a warning.
pub(crate) fn failed() -> Vec<Diagnostic> {
    let script = SourceFile::new("metrics.d/goals.rhai", "\n\ngoal(close_rte);\n");
    let line = SourceFile::new("command line", "goalpost check x");
    let data = SourceFile::new("data/deals.csv", "");
    vec![
        Diagnostic::error(Code::UnknownName, "`close_rte` is not known")
            .at(script.span(7..16))
            .label("not declared")
            .help("did you mean `close_rate`?\nknown: close_rate"),
        Diagnostic::error(Code::UnknownGoal, "there is no goal `x`").at(line.span(15..16)),
        Diagnostic::error(Code::EmptyTable, "`deals` has no rows").at(Span::whole(&data)),
        Diagnostic::warning(Code::BadValue, "3 cells of `amount` are no numbers").at(Span::at(&data, 7, 3)),
    ]
}

/// A verdict of every kind, with everything that a verdict can say.
pub(crate) fn every_kind() -> CheckReport {
    let report = check();
    let [met, missed, slow, none] = report.verdicts.as_slice() else { unreachable!("four verdicts") };
    let at = |line: u32| Span { line, ..met.at.clone() };
    let levels = |target: &str, limit: &str, stretch| Aim::Levels {
        target: Some(d(target)),
        limit: Some(d(limit)),
        stretch,
        better: Direction::Higher,
    };
    let met = Verdict { aim: levels("0.25", "0.2", Some(d("0.3"))), at: at(3), ..met.clone() };
    let explained = Verdict {
        interval: Some((0.18, 0.22)),
        cause: Some(Cause {
            against: month(1),
            before: d("0.25"),
            // -0.06 and 0.009999 add up to the change.
            change: d("-0.050001"),
            parts: vec![
                PartEffect {
                    name: "won".to_owned(),
                    unit: Unit::Count,
                    before: d("25"),
                    after: d("19"),
                    effect: d("-0.06"),
                },
                PartEffect {
                    name: "ended".to_owned(),
                    unit: Unit::Count,
                    before: d("100"),
                    after: d("95"),
                    effect: d("0.009999"),
                },
            ],
            dimension: Some("rep".into()),
            segments: vec![SegmentEffect {
                value: Some("017".to_owned()),
                effect: d("-0.04"),
                mix: Some(d("-0.01")),
                rate: Some(d("-0.03")),
            }],
        }),
        tags: vec!["board".to_owned(), "q1".to_owned()],
        at: at(5),
        ..missed.clone()
    };
    let revenue = Verdict {
        goal: "won_revenue".into(),
        metric: "won_revenue".into(),
        unit: Unit::Money,
        value: Some(d("400000")),
        aim: levels("1000000", "1000000", None),
        kind: VerdictKind::Pending,
        gate: Gate::Silent,
        reason: "2026-02 is not over; behind".to_owned(),
        pace: Some(Paced { elapsed: d("0.5"), expected: d("500000"), projected: d("800000") }),
        at: at(9),
        ..met.clone()
    };
    let advice = Verdict {
        goal: "deal_size".into(),
        value: Some(d("900")),
        kind: VerdictKind::Missed,
        gate: Gate::Warns,
        severity: Severity::Advise,
        reason: "below the limit".to_owned(),
        pace: None,
        cause: Some(Cause {
            against: month(1),
            before: d("1000"),
            change: d("-100"),
            parts: vec![PartEffect {
                name: "won_revenue".to_owned(),
                unit: Unit::Money,
                before: d("10000"),
                after: d("9000"),
                effect: d("-100"),
            }],
            dimension: None,
            segments: Vec::new(),
        }),
        aim: levels("1200", "1000", None),
        area: "service".to_owned(),
        at: at(12),
        ..revenue.clone()
    };
    let waived = Verdict {
        goal: "close_rate_waived".into(),
        kind: VerdictKind::Waived,
        gate: Gate::Passes,
        waiver: Some(Waived {
            instead_of: VerdictKind::Missed,
            by: "dana".to_owned(),
            expires: "2026-09-30".to_owned(),
            why: "the new CRM".to_owned(),
            at: at(20),
        }),
        cause: None,
        interval: None,
        at: at(16),
        ..explained.clone()
    };
    let range = Verdict {
        goal: "discount".into(),
        metric: "discount".into(),
        kind: VerdictKind::Inconclusive,
        gate: Gate::Warns,
        value: Some(d("0.3")),
        sample: sample_of(11, 0),
        interval: Some((0.1, 0.5)),
        aim: Aim::Between { low: Some(d("0.2")), high: Some(d("0.4")) },
        reason: "11 rows are too few to tell".to_owned(),
        at: at(24),
        ..met.clone()
    };
    let function = Verdict {
        goal: "mix".into(),
        metric: "mix".into(),
        kind: VerdictKind::Missed,
        gate: Gate::Fails,
        value: Some(d("0.5")),
        aim: Aim::Check,
        reason: "half of it is one customer".to_owned(),
        at: at(28),
        ..met.clone()
    };
    let silent = Verdict { goal: "quiet".into(), gate: Gate::Silent, at: at(32), ..none.clone() };
    let slow = Verdict { area: "service".to_owned(), at: at(36), ..slow.clone() };
    let partial = Verdict {
        goal: "partial".into(),
        kind: VerdictKind::Incomplete,
        gate: Gate::Fails,
        sample: sample_of(60, 40),
        reason: "40 % of the rows were left out (no amount: 40), and at most 5 % may be".to_owned(),
        at: at(40),
        ..met.clone()
    };
    let partly = Verdict {
        goal: "partly".into(),
        gate: Gate::Warns,
        kind: VerdictKind::Incomplete,
        at: at(44),
        ..partial.clone()
    };
    CheckReport {
        verdicts: vec![
            met, explained, slow, revenue, advice, waived, range, function, silent, partial, partly,
        ],
        ..report
    }
}

/// Texts that try to be more than text, wherever a goal has one.
pub(crate) const HOSTILE: [&str; 17] = [
    "\u{1b}[2J\u{1b}]0;x\u{7}red",
    "=cmd|' /C calc'!A1",
    "+1+1",
    "@SUM(A1) @team #12 https://evil.example",
    "<script>alert(1)</script> & \"quotes\" 'single'",
    "]]><!-- --> <![CDATA[",
    "two\nlines\r\n::error::x",
    "::error file=a,line=1::x%0A::stop-commands::t",
    "##[add-mask]x ##vso[task.complete]",
    "100%25 %0A %3A %",
    "a | b `code` *bold* [x](javascript:y) ~~z~~",
    "name # SKIP not really # TODO",
    "ok 3 - me too\nBail out! \\# \\",
    "---\n...\n- yaml: \"x",
    "\u{202e}txt.exe\u{202c} \u{2028}\u{feff}",
    "nul \u{0} and \u{fffe}\u{ffff}\u{b}\u{9f}",
    "{0} {{1}} Zoë 北京 👩‍👩‍👧",
];

/// A missed goal for each hostile text, which is also its segment, owner,
/// reason, purpose, label, waiver and part.
pub(crate) fn hostile() -> CheckReport {
    let report = check();
    let Some(missed) = report.verdicts.get(1) else { unreachable!("four verdicts") };
    let long = "long ".repeat(5_000);
    let texts = HOSTILE.into_iter().chain([long.as_str()]);
    let verdict = |text: &str| Verdict {
        goal: text.into(),
        metric: text.into(),
        segment: vec![(text.into(), Some(text.to_owned())), ("region".into(), None)],
        reason: text.to_owned(),
        owner: Some(text.to_owned()),
        why: Some(text.to_owned()),
        tags: vec![text.to_owned()],
        area: "sales".to_owned(),
        waiver: Some(Waived {
            instead_of: VerdictKind::Missed,
            by: text.to_owned(),
            expires: "2026-09-30".to_owned(),
            why: text.to_owned(),
            at: missed.at.clone(),
        }),
        cause: Some(Cause {
            against: month(1),
            before: d("0.25"),
            change: d("-0.05"),
            parts: vec![PartEffect {
                name: text.to_owned(),
                unit: Unit::Count,
                before: d("1"),
                after: d("2"),
                effect: d("-0.05"),
            }],
            dimension: Some(text.into()),
            segments: vec![SegmentEffect {
                value: Some(text.to_owned()),
                effect: d("-0.05"),
                mix: None,
                rate: None,
            }],
        }),
        ..missed.clone()
    };
    CheckReport { project: HOSTILE[4].to_owned(), verdicts: texts.map(verdict).collect(), ..report }
}
