//! Causes on a dozen deals, their effects derived by hand.

use std::collections::BTreeMap;

use goalpost_core::calendar::AsOf;
use goalpost_core::case::Fixture;
use goalpost_core::config;
use goalpost_core::definition::{Definitions, Dimension, Layer, Metric};
use goalpost_core::expr::{BinaryOp, ColumnRef, Expr, ExprKind, Literal, Owner, Relation};
use goalpost_core::goal::{Policies, Rule};
use goalpost_core::measure::{Aggregate, AggregateFunction, MeasureOp, Shift};
use goalpost_core::name::{ColumnName, GoalName, MetricName};
use goalpost_core::source::{At, SourceFile, Span};
use goalpost_core::unit::Unit;

use super::*;
use crate::catalogue::Catalogue;
use crate::engine::EngineOptions;
use crate::source::Sources;

const CONFIG: &str = "
[project]
currency = \"USD\"
[tables.deals]
from = \"deals.csv\"
time = \"closed_at\"
refs = { rep = { table = \"reps\", on = \"owner\" } }
[tables.deals.columns]
buyer = { private = true }
[tables.reps]
from = \"reps.csv\"
key = \"name\"
";

/// January: EMEA won 2 of 4, AMER 1 of 2. February: EMEA 1 of 5, AMER 2 of 3.
/// Won amounts are 100, 200, 300 and 300, 300, 600. Ann sold in both regions.
/// The private buyer Roe lost one deal in each month, so that nearly all of every
/// change is the other's; and Ann is twice in `reps`, so deals by manager would
/// count twice.
const DEALS: &str = "
EMEA Ann won  100 2026-01-05
EMEA Ann won  200 2026-01-06
EMEA Ann lost 900 2026-01-07
EMEA Ann lost 900 2026-01-08
AMER Ann won  300 2026-01-09
AMER Ann lost 900 2026-01-10
EMEA Ann won  300 2026-02-05
EMEA Ann lost 900 2026-02-06
EMEA Ann lost 900 2026-02-07
EMEA Ann lost 900 2026-02-08
EMEA Ann lost 900 2026-02-09
AMER Ann won  300 2026-02-10
AMER Ann won  600 2026-02-11
AMER Ann lost 900 2026-02-12
";

fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a number")
}

fn at() -> Span {
    Span::at(&SourceFile::new("metrics.d/a.rhai", ""), 1, 1)
}

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

fn column(path: &[&str]) -> ColumnRef {
    ColumnRef {
        owner: Owner::Table("deals".into()),
        path: path.iter().map(|name| ColumnName::from(*name)).collect(),
    }
}

fn value(path: &[&str]) -> Expr {
    Expr::new(ExprKind::Column(column(path)), At::default())
}

fn is(name: &str, wanted: &str) -> Expr {
    let wanted = Expr::new(ExprKind::Literal(text(wanted)), At::default());
    Expr::new(ExprKind::Binary(BinaryOp::Equal, value(&[name]), wanted), At::default())
}

fn aggregate(filters: Vec<Expr>, function: AggregateFunction, argument: Option<Expr>) -> Measure {
    let relation = Relation { filters, ..Relation::table("deals".into(), At::default()) };
    let aggregate = Aggregate { relation, function, argument, time: None };
    Measure::new(MeasureKind::Aggregate(aggregate), At::default())
}

fn won() -> Vec<Expr> {
    vec![is("outcome", "won")]
}

fn reference(name: &str) -> Measure {
    Measure::new(MeasureKind::Metric(name.into()), At::default())
}

fn binary(op: MeasureOp, a: Measure, b: Measure) -> Measure {
    Measure::new(MeasureKind::Binary(op, a, b), At::default())
}

fn metric(name: &str, measure: Measure, unit: Unit) -> Metric {
    let by = [&["region"][..], &["owner"], &["buyer"], &["rep", "manager"]];
    let by = by.map(|path| Dimension {
        name: path.join(".").into(),
        column: Some(column(path)),
        at: At::default(),
    });
    Metric {
        name: name.into(),
        title: name.to_owned(),
        documentation: String::new(),
        value: measure,
        unit: Some(unit),
        better: None,
        time: None,
        by: by.into(),
        settle: None,
        tags: Vec::new(),
        layer: Layer::Project,
        at: at(),
    }
}

fn project() -> Project {
    let config = config::read(&SourceFile::new("goalpost.toml", CONFIG)).expect("a config");
    let deals = DEALS.trim().lines().enumerate().map(|(place, line)| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let names = ["region", "owner", "outcome", "amount", "closed_at"];
        let mut row: Vec<(ColumnName, Literal)> =
            names.iter().zip(&cells).map(|(name, cell)| (ColumnName::from(*name), text(cell))).collect();
        row.push(("buyer".into(), text(if [2, 7].contains(&place) { "Roe" } else { "Doe" })));
        row
    });
    let rep = |manager| vec![("name".into(), text("Ann")), ("manager".into(), text(manager))];
    let fixtures = [
        Fixture { table: "deals".into(), rows: deals.collect(), columns: BTreeMap::new(), at: at() },
        Fixture {
            table: "reps".into(),
            rows: vec![rep("Mia"), rep("Noa")],
            columns: BTreeMap::new(),
            at: at(),
        },
    ];
    let (sources, problems) = Sources::from_fixtures(&config, &fixtures);
    assert!(problems.is_empty(), "{problems:?}");
    use AggregateFunction::{CountDistinct, Mean, Median, Share, Sum};
    let amount = || Some(value(&["amount"]));
    let growth = Measure::new(
        MeasureKind::Growth(reference("revenue"), Shift { count: 1, unit: None }),
        At::default(),
    );
    let metrics = vec![
        metric("close_rate", aggregate(Vec::new(), Share, Some(is("outcome", "won"))), Unit::Percent),
        metric("size", aggregate(won(), Mean, amount()), Unit::Money),
        metric("revenue", aggregate(won(), Sum, amount()), Unit::Money),
        metric("yield", binary(MeasureOp::Multiply, reference("close_rate"), reference("size")), Unit::Money),
        metric("owners", aggregate(Vec::new(), CountDistinct, Some(value(&["owner"]))), Unit::Count),
        metric("middle", aggregate(won(), Median, amount()), Unit::Money),
        metric("growth", growth, Unit::Percent),
        metric("renamed", reference("close_rate"), Unit::Percent),
    ];
    let definitions = Definitions { metrics, ..Definitions::default() };
    let (catalogue, problems) = Catalogue::build(definitions, sources.schema(), &config);
    assert!(problems.is_empty(), "{problems:?}");
    Project { config, sources, catalogue }
}

/// The cause of a metric's change from January to February.
fn cause(name: &str, dimensions: &[&str], segment: &[&str]) -> Option<Cause> {
    let project = project();
    let calendar = &project.config.calendar;
    let period = |label: &str| calendar.named(label).expect("a period");
    let subject = Subject {
        entry: project.catalogue.metric(&MetricName::from(name)).expect("a metric"),
        dimensions: dimensions.iter().map(|name| DimensionName::from(*name)).collect(),
        grain: Grain::Month,
        now: period("2026-02").window(),
        against: period("2026-01"),
        depth: Depth::Segments,
    };
    let mut leaves = Leaves::default();
    let causes = Causes::prepare(&project, &[subject], &mut leaves);
    // Nobody asks yet: of the reps, whose names repeat, only a cause would make anything.
    let mut needs = Needs::default();
    causes.need(&project, &leaves, &mut needs);
    let as_of = AsOf::parse("2026-03-01", calendar).expect("a moment");
    let options = EngineOptions::default();
    let loaded = Loaded::load(&project, &leaves, needs, as_of, &options).expect("data");
    let key: SegmentKey = segment.iter().map(|value| Some((*value).to_owned())).collect();
    causes.answer(&loaded, &[(0, key)]).expect("an answer").pop().flatten()
}

fn parts(cause: &Cause) -> Vec<(&str, String, String, String)> {
    let shown = |value: Decimal| value.normalize().to_string();
    let part = |part: &'_ goalpost_core::report::PartEffect| {
        (shown(part.before), shown(part.after), shown(part.effect))
    };
    let all = cause.parts.iter().map(|found| (found.name.as_str(), part(found)));
    all.map(|(name, (before, after, effect))| (name, before, after, effect)).collect()
}

fn adds_up(cause: &Cause) {
    if !cause.parts.is_empty() {
        assert_eq!(cause.parts.iter().map(|part| part.effect).sum::<Decimal>(), cause.change);
    }
    if cause.dimension.is_some() {
        assert_eq!(cause.segments.iter().map(|segment| segment.effect).sum::<Decimal>(), cause.change);
    }
}

fn own(name: &str, before: &str, after: &str, effect: &str) -> (&'static str, String, String, String) {
    let name = Box::leak(name.to_owned().into_boxed_str());
    (name, before.to_owned(), after.to_owned(), effect.to_owned())
}

#[test]
fn a_share_is_what_it_counts_and_of_how_many() {
    // 3 of 6 → 3 of 8: all of the change is the denominator's.
    let found = cause("close_rate", &[], &[]).expect("a cause");
    assert_eq!((found.before, found.change), (d("0.5"), d("-0.125")));
    assert_eq!(parts(&found), [own("won deals", "3", "3", "0"), own("deals", "6", "8", "-0.125")]);
    adds_up(&found);
    // The mark is (0.5 + 0.375) / 2 = 0.4375.
    // EMEA, w 4/6 → 5/8, r 0.5 → 0.2: rate (2/3 + 5/8)/2 · −0.3 = −0.19375,
    // mix (5/8 − 2/3) · (0.35 − 0.4375) = 0.00364583….
    // AMER, w 1/3 → 3/8, r 0.5 → 2/3: rate (1/3 + 3/8)/2 · 1/6 = 0.05902777…,
    // mix 1/24 · (7/12 − 0.4375) = 0.00607638….
    // One owner is no cut; buyers are private; reps hold Ann twice.
    assert_eq!(found.dimension, Some("region".into()));
    let near = |value: Option<Decimal>| value.map(|value| value.round_dp(8).normalize().to_string());
    let segments: Vec<_> = found
        .segments
        .iter()
        .map(|segment| (segment.value.as_deref().unwrap_or("(none)"), near(segment.mix), near(segment.rate)))
        .collect();
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(
        segments,
        [("EMEA", own("0.00364583"), own("-0.19375")), ("AMER", own("0.00607639"), own("0.05902778")),]
    );
    // A metric that only refers to another is explained as that one is.
    assert_eq!(parts(&cause("renamed", &[], &[]).expect("a cause")), parts(&found));
}

#[test]
fn metrics_in_a_formula_are_its_parts() {
    // 0.5 × 200 → 0.375 × 400: the rate makes (−0.125 · 200 − 0.125 · 400) / 2,
    // the size (0.5 · 200 + 0.375 · 200) / 2.
    let found = cause("yield", &[], &[]).expect("a cause");
    assert_eq!(
        parts(&found),
        [own("close_rate", "0.5", "0.375", "-37.5"), own("size", "200", "400", "87.5")]
    );
    adds_up(&found);
    // A product of two ratios over different rows is no ratio of sums.
    assert_eq!((found.dimension.as_ref(), found.segments.len()), (None, 0));
}

#[test]
fn a_sum_is_how_many_and_how_much() {
    // 3 × 200 → 3 × 400.
    let found = cause("revenue", &[], &[]).expect("a cause");
    assert_eq!(
        parts(&found),
        [own("won deals with amount", "3", "3", "0"), own("mean amount of won deals", "200", "400", "600")]
    );
    // EMEA 300 → 300, AMER 300 → 900. Segments without effect are not named.
    let segments: Vec<_> = found.segments.iter().map(|s| (s.value.clone(), s.effect, s.mix)).collect();
    assert_eq!(segments, [(Some("AMER".to_owned()), d("600"), None)]);
    adds_up(&found);
}

#[test]
fn a_mean_is_of_its_segments_and_not_a_total_and_a_count() {
    // 600 ÷ 3 → 1,200 ÷ 3.
    let found = cause("size", &[], &[]).expect("a cause");
    assert_eq!((found.change, found.parts.len()), (d("200"), 0));
    assert_eq!(found.dimension, Some("region".into()));
    adds_up(&found);
}

#[test]
fn what_does_not_add_up_has_no_segments() {
    // 200 → 300, but medians of regions do not add up.
    let found = cause("middle", &[], &[]).expect("a cause");
    assert_eq!((found.change, found.parts.len(), found.dimension), (d("100"), 0, None));
    // One owner before and after: nothing changed, so there is no cause.
    assert!(cause("owners", &[], &[]).is_none());
}

#[test]
fn a_segment_is_explained_by_its_own_rows() {
    // EMEA alone: 2 of 4 → 1 of 5.
    let found = cause("close_rate", &["region"], &["EMEA"]).expect("a cause");
    assert_eq!((found.before, found.change), (d("0.5"), d("-0.3")));
    // Numerator: ((1 − 2)/4 + (1 − 2)/5) / 2; denominator: (2/5 − 2/4 + 1/5 − 1/4) / 2.
    assert_eq!(parts(&found), [own("won deals", "2", "1", "-0.225"), own("deals", "4", "5", "-0.075")]);
    assert_eq!(found.dimension, None);
    assert!(cause("close_rate", &["region"], &["APAC"]).is_none());
}

#[test]
fn without_a_value_before_there_is_no_cause() {
    // January grew against December, of which there is no data.
    assert!(cause("growth", &[], &[]).is_none());
}

#[test]
fn the_baseline_is_what_the_target_looks_back_to() {
    let calendar = Calendar::default();
    let against = |level: Option<MeasureKind>, label: &str| {
        let period = calendar.named(label).expect("a period");
        let target = level.map_or(Level::Number(d("1")), |kind| {
            let measure = Measure::new(kind, At::default());
            let raised = Measure::new(MeasureKind::Number(d("1.05")), At::default());
            Level::Measure(binary(MeasureOp::Multiply, measure, raised))
        });
        let goal = Goal {
            name: GoalName::from("g"),
            metric: "revenue".into(),
            metric_at: At::default(),
            rule: Rule::Levels { target, limit: None, stretch: None },
            parts: Vec::new(),
            every: period.grain,
            by: Vec::new(),
            segment: Vec::new(),
            require: Vec::new(),
            whole: None,
            from: None,
            due: None,
            owner: None,
            why: None,
            tags: Vec::new(),
            policies: Policies::default(),
            layer: Layer::Project,
            at: at(),
        };
        baseline(&goal, &period, &calendar).map(|found| found.label)
    };
    let previous = |count, unit| {
        let shift = Shift { count, unit };
        Some(MeasureKind::Window(reference("revenue"), WindowShape::Previous(shift)))
    };
    let year = Some(goalpost_core::expr::StepUnit::Year);
    assert_eq!(against(None, "2026-03").as_deref(), Some("2026-02"));
    assert_eq!(against(previous(1, None), "2026-03").as_deref(), Some("2026-02"));
    assert_eq!(against(previous(3, None), "2026-03").as_deref(), Some("2025-12"));
    assert_eq!(against(previous(1, year), "2026-Q1").as_deref(), Some("2025-Q1"));
    assert_eq!(against(previous(1, year), "2026-W10").as_deref(), Some("2025-W10"));
    let named = |label: &str| Some(MeasureKind::InPeriod(reference("revenue"), label.into()));
    assert_eq!(against(named("2024-Q4"), "2026-Q1").as_deref(), Some("2024-Q4"));
    // A year is no quarter to compare with.
    assert_eq!(against(named("2024"), "2026-Q1").as_deref(), Some("2025-Q4"));
}
