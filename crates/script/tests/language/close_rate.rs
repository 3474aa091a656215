//! The example of the design, as a whole.

use goalpost_core::Decimal;
use goalpost_core::calendar::Grain;
use goalpost_core::case::Matcher;
use goalpost_core::expr::{BinaryOp, ExprKind, Literal, RelationSource};
use goalpost_core::goal::{Level, Rule};
use goalpost_core::measure::{AggregateFunction, MeasureKind};
use goalpost_core::unit::{Direction, Unit};

use crate::loading::right;

const SCRIPT: &str = r#"
/// The share of ended deals that were won.
///
/// A deal has ended when its outcome is won or lost; open deals do not count.
let ended = deals.where(deals.outcome in ["won", "lost"]);

metric("close_rate", #{
    title:  "Close rate",
    value:  ended.share(deals.outcome == "won"),
    time:   deals.closed_at,
    unit:   "percent",
    better: "higher",
    by:     [deals.owner, deals.product, "region"],
});

goal("close_rate", #{ target: 0.25, limit: 0.20, every: "quarter", owner: "sales-ops",
                      due: "2026-12-31", why: "board plan 2026" });

test("open deals do not count", || {
    given("deals", [
        #{ outcome: "won",  closed_at: "2026-01-10" },
        #{ outcome: "lost", closed_at: "2026-01-20" },
        #{ outcome: "open" },
    ]);
    expect("close_rate", "2026-01").equals(0.5);
});
"#;

#[test]
fn the_metric() {
    let definitions = right(SCRIPT);
    let metric = &definitions.metrics[0];
    assert_eq!(metric.name.as_str(), "close_rate");
    assert_eq!(metric.title, "Close rate");
    assert_eq!(
        metric.documentation,
        "The share of ended deals that were won.\n\nA deal has ended when its outcome is won or lost; open deals do not count."
    );
    assert_eq!((metric.unit, metric.better), (Some(Unit::Percent), Some(Direction::Higher)));
    assert_eq!((metric.at.line, metric.at.column, metric.at.length), (7, 1, 6));
    let names: Vec<&str> = metric.by.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["owner", "product", "region"]);
    assert!(metric.by[2].column.is_none());
    let MeasureKind::Aggregate(aggregate) = &*metric.value.kind else { panic!("{:?}", metric.value) };
    assert_eq!(aggregate.function, AggregateFunction::Share);
    assert_eq!(aggregate.relation.source, RelationSource::Table("deals".into()));
    let ExprKind::InList(column, values) = &*aggregate.relation.filters[0].kind else { panic!() };
    assert!(matches!(&*column.kind, ExprKind::Column(c) if c.dotted() == "outcome"));
    assert_eq!(values, &[Literal::Text("won".into()), Literal::Text("lost".into())]);
    let Some(ExprKind::Binary(BinaryOp::Equal, _, right)) = aggregate.argument.as_ref().map(|a| &*a.kind)
    else {
        panic!()
    };
    assert!(matches!(&*right.kind, ExprKind::Literal(Literal::Text(text)) if &**text == "won"));
    // The place of the comparison is its operator.
    let at = aggregate.argument.as_ref().and_then(|a| a.at.span()).expect("a place");
    assert_eq!((at.line, at.column, at.length), (9, 39, 2));
}

#[test]
fn the_goal() {
    let definitions = right(SCRIPT);
    let goal = &definitions.goals[0];
    assert_eq!((goal.name.as_str(), goal.metric.as_str()), ("close_rate", "close_rate"));
    let Rule::Levels { target, limit, stretch: None } = &goal.rule else { panic!("{:?}", goal.rule) };
    assert!(matches!(target, Level::Number(n) if *n == Decimal::new(25, 2)));
    assert!(matches!(limit, Some(Level::Number(n)) if *n == Decimal::new(20, 2)));
    assert_eq!(goal.every, Grain::Quarter);
    assert_eq!(goal.due.map(|due| due.to_string()).as_deref(), Some("2026-12-31"));
    assert_eq!(goal.metric_at.span().map(|at| (at.line, at.column, at.length)), Some((16, 6, 12)));
}

#[test]
fn the_test() {
    let definitions = right(SCRIPT);
    let case = &definitions.cases[0];
    assert_eq!(case.name, "open deals do not count");
    assert_eq!(case.fixtures[0].rows.len(), 3);
    assert_eq!(case.fixtures[0].rows[2].len(), 1);
    assert_eq!(case.expectations[0].period, "2026-01");
    assert_eq!(case.expectations[0].matcher, Matcher::Equals(Decimal::new(5, 1)));
}
