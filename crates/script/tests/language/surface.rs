//! Every row of the reference's table, and what it becomes.

use crate::loading::{measure, right};
use crate::plan;

/// The plan of a formula.
fn formula(text: &str) -> String {
    plan::measure(&measure(text))
}

/// The plan of a condition on `t`.
fn condition(text: &str) -> String {
    let plan = formula(&format!("t.where({text}).count()"));
    let inner = plan.strip_prefix("count(t[").and_then(|rest| rest.strip_suffix("])"));
    inner.unwrap_or(&plan).to_owned()
}

/// The plan of a value of a row of `t`.
fn value(text: &str) -> String {
    let plan = formula(&format!("t.max({text})"));
    let inner = plan.strip_prefix("max(t, ").and_then(|rest| rest.strip_suffix(')'));
    inner.unwrap_or(&plan).to_owned()
}

#[test]
fn columns_and_references() {
    assert_eq!(value("t.c"), "t.c");
    assert_eq!(value("t.rep.manager"), "t.rep.manager");
    assert_eq!(value("t[\"Odd name\"]"), "t.Odd name");
    assert_eq!(value("t.rep[\"Odd name\"]"), "t.rep.Odd name");
    assert_eq!(formula("table(\"odd name\").count()"), "count(odd name)");
    // Filtering a table does not change whose column it is.
    assert_eq!(formula("t.where(t.a == 1).sum(t.b)"), "sum(t[(t.a == 1)], t.b)");
    assert_eq!(formula("t.sum(t.where(t.a == 1).b)"), "sum(t, t.b)");
}

#[test]
fn filters_add_up() {
    assert_eq!(formula("t.where(t.a == 1).where(t.b).count()"), "count(t[(t.a == 1)][t.b])");
}

#[test]
fn several_columns_are_one_key() {
    assert_eq!(formula("t.count_distinct([t.a, t.b])"), "count_distinct(t, key(t.a, t.b))");
    assert_eq!(formula("t.count_distinct([t.a])"), "count_distinct(t, t.a)");
    assert_eq!(value("t.per([t.a, t.b], t.at).rank()"), "rank( of t per key(t.a, t.b) order t.at)");
}

#[test]
fn joins() {
    let script = "orders.join(touches, orders.c == touches.c and touches.at <= orders.at).sum(orders.amount)";
    assert_eq!(
        formula(script),
        "sum((orders join touches on ((orders.c == touches.c) and (touches.at <= orders.at))), orders.amount)"
    );
    assert_eq!(
        formula(
            "orders.where(orders.a).join(touches.where(touches.b), orders.c == touches.c).where(touches.x == 1).count()"
        ),
        "count((orders[orders.a] join touches[touches.b] on (orders.c == touches.c))[(touches.x == 1)])"
    );
}

#[test]
fn groups() {
    let definitions = right(
        r#"let g = orders.group_by(orders.customer_id, #{ n: orders.count(), total: orders.sum(orders.amount) });
           metric("m", #{ value: g.where(g.n > 1 and g.customer.region == "EMEA").sum(g.total) });"#,
    );
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        "sum((orders by customer_id {n: count(orders), total: sum(orders, orders.amount)})\
         [((group.n > 1) and (group.customer.region == \"EMEA\"))], group.total)"
    );
}

#[test]
fn queries() {
    assert_eq!(formula("sql(\"select 1\").count()"), "count(sql<select 1>)");
    let definitions =
        right("let q = sql(`select *`); metric(\"m\", #{ value: q.where(q.a == 1).sum(q.b) });");
    assert_eq!(plan::measure(&definitions.metrics[0].value), "sum(sql<select *>[(query.a == 1)], query.b)");
}

#[test]
fn stocks() {
    let of = |rest: &str| formula(&format!("t.active(t.from, t.until).{rest}"));
    assert_eq!(of("at_start().count()"), "count(t@start(t.from..t.until))");
    assert_eq!(of("at_end().sum(t.mrr)"), "sum(t@end(t.from..t.until), t.mrr)");
    assert_eq!(
        of("during().where(t.a == 1).count_distinct(t.b)"),
        "count_distinct(t[(t.a == 1)]@during(t.from..t.until), t.b)"
    );
    assert_eq!(of("at_end().count().average()"), "average(count(t@end(t.from..t.until)))");
    assert_eq!(formula("t.active(t.from).at_end().count()"), "count(t@end(t.from))");
    assert_eq!(
        formula("t.where(t.x == 1).active(t.from, t.until).at_end().count()"),
        "count(t[(t.x == 1)]@end(t.from..t.until))"
    );
}

#[test]
fn histories() {
    let of = |rest: &str| value(&format!("t.per(t.key, t.at).{rest}"));
    assert_eq!(of("rank()"), "rank( of t per t.key order t.at)");
    assert_eq!(of("rank_from_end()"), "rank_from_end( of t per t.key order t.at)");
    for function in ["first", "last", "previous", "next", "sum"] {
        assert_eq!(of(&format!("{function}(t.c)")), format!("{function}(t.c of t per t.key order t.at)"));
    }
    assert_eq!(value("t.per(t.email.trim().lower()).count()"), "count( of t per lower(trim(t.email)))");
    assert_eq!(value("t.where(t.a == 1).per(t.key).sum(t.c)"), "sum(t.c of t[(t.a == 1)] per t.key)");
}

#[test]
fn every_operator_in_both_orders() {
    for op in ["==", "!="] {
        for literal in ["1", "1.5", "\"x\"", "true", "null"] {
            assert_eq!(condition(&format!("t.a {op} {literal}")), format!("(t.a {op} {literal})"));
            assert_eq!(condition(&format!("{literal} {op} t.a")), format!("({literal} {op} t.a)"));
        }
    }
    for op in ["<", "<=", ">", ">="] {
        for (literal, shown) in
            [("1", "1"), ("1.5", "1.5"), ("\"2026-01-01\"", "\"2026-01-01\""), ("5.days", "5 days")]
        {
            assert_eq!(condition(&format!("t.a {op} {literal}")), format!("(t.a {op} {shown})"));
            assert_eq!(condition(&format!("{literal} {op} t.a")), format!("({shown} {op} t.a)"));
        }
    }
    for op in ["+", "-", "*", "/", "??"] {
        for (literal, shown) in [("1", "1"), ("1.5", "1.5"), ("5.days", "5 days")] {
            assert_eq!(value(&format!("t.a {op} {literal}")), format!("(t.a {op} {shown})"));
            assert_eq!(value(&format!("{literal} {op} t.a")), format!("({shown} {op} t.a)"));
        }
        assert_eq!(value(&format!("t.a {op} t.b")), format!("(t.a {op} t.b)"));
    }
    for op in ["==", "!=", "<", "<=", ">", ">=", "and", "or"] {
        assert_eq!(condition(&format!("t.a {op} t.b")), format!("(t.a {op} t.b)"));
    }
    assert_eq!(value("t.stage ?? \"none\""), "(t.stage ?? \"none\")");
    assert_eq!(value("-t.a"), "-t.a");
    assert_eq!(value("+t.a"), "t.a");
    assert_eq!(value("t.closed - \"2026-01-01\""), "(t.closed - \"2026-01-01\")");
}

#[test]
fn precedence_is_that_of_the_written_words() {
    assert_eq!(condition("t.a == 1 or t.b == 2 and t.c"), "((t.a == 1) or ((t.b == 2) and t.c))");
    assert_eq!(condition("not t.a == 1 and t.b"), "(not (t.a == 1) and t.b)");
    assert_eq!(condition("not (t.a or t.b)"), "not (t.a or t.b)");
    assert_eq!(value("t.a + t.b * 2 ?? 0"), "((t.a + (t.b * 2)) ?? 0)");
    assert_eq!(value("t.a ?? t.b ?? 0"), "((t.a ?? t.b) ?? 0)");
    assert_eq!(condition("t.a ?? 0 > 1"), "((t.a ?? 0) > 1)");
}

#[test]
fn membership() {
    assert_eq!(condition("t.a in [1, 2, 2]"), "t.a in [1, 2]");
    assert_eq!(condition("t.a in [\"x\", null]"), "t.a in [\"x\", null]");
    assert_eq!(condition("t.a not in [1]"), "not t.a in [1]");
    assert_eq!(condition("not t.a in [1]"), "not t.a in [1]");
    assert_eq!(condition("t.a in deals.id"), "t.a in deals:deals.id");
    assert_eq!(
        condition("t.a not in deals.where(deals.x == 1).rep.id"),
        "not t.a in deals[(deals.x == 1)]:deals.rep.id"
    );
    assert_eq!(
        condition("t.a in deals.active(deals.f, deals.u).at_start().id.lower()"),
        "t.a in deals@start(deals.f..deals.u):lower(deals.id)"
    );
}

#[test]
fn functions_of_columns() {
    for function in ["lower", "upper", "trim", "digits", "length", "year", "month", "weekday"] {
        assert_eq!(value(&format!("t.a.{function}()")), format!("{function}(t.a)"));
    }
    assert_eq!(value("t.a.left(3)"), "left(t.a, 3)");
    assert_eq!(value("t.rep.name.right(9)"), "right(t.rep.name, 9)");
    assert_eq!(condition("t.a.between(1, 5)"), "((t.a >= 1) and (t.a <= 5))");
    assert_eq!(condition("t.a.matches(`^a\\d+`)"), "t.a ~ /^a\\d+/");
}

#[test]
fn cases() {
    assert_eq!(
        value("when(t.k == \"a\", t.x).when(t.k == \"b\", 2).otherwise(null)"),
        "case((t.k == \"a\") => t.x, (t.k == \"b\") => 2, else null)"
    );
    assert_eq!(value("when(t.k, t.x)"), "case(t.k => t.x)");
}

#[test]
fn the_period() {
    assert_eq!(condition("t.a < period.start"), "(t.a < period.start)");
    assert_eq!(condition("period.end - t.a > 5.days"), "((period.end - t.a) > 5 days)");
    assert_eq!(condition("t.a >= period.now"), "(t.a >= period.now)");
    // Half-open.
    assert_eq!(condition("period.contains(t.a)"), "((t.a >= period.start) and (t.a < period.end))");
}

#[test]
fn aggregates() {
    assert_eq!(formula("t.count()"), "count(t)");
    for function in ["count_distinct", "sum", "mean", "median", "min", "max"] {
        assert_eq!(formula(&format!("t.{function}(t.a)")), format!("{function}(t, t.a)"));
        assert_eq!(formula(&format!("t.aggregate(\"{function}\", t.a)")), format!("{function}(t, t.a)"));
    }
    assert_eq!(formula("t.aggregate(\"count\")"), "count(t)");
    assert_eq!(formula("t.percentile(t.a, 0.9)"), "percentile(t, t.a, 0.9)");
    assert_eq!(formula("t.percentile(t.a, 90.percent)"), "percentile(t, t.a, 0.9)");
    assert_eq!(formula("t.share(t.a == 1)"), "share(t, (t.a == 1))");
    assert_eq!(formula("t.count().on(t.at)"), "count(t) on t.at");
}

#[test]
fn windows() {
    assert_eq!(formula("t.count().previous(1, \"year\")"), "previous(count(t), 1 year)");
    assert_eq!(formula("t.count().previous()"), "previous(count(t), 1 grain)");
    assert_eq!(formula("t.count().previous(2)"), "previous(count(t), 2 grain)");
    assert_eq!(formula("t.count().previous(12.months)"), "previous(count(t), 12 month)");
    assert_eq!(formula("metrics.a.next(1, \"month\")"), "next(metrics.a, 1 month)");
    assert_eq!(formula("t.count().trailing(12, \"months\")"), "trailing(count(t), 12 month)");
    assert_eq!(formula("t.count().to_date(\"year\")"), "to_date(count(t), year)");
    assert_eq!(formula("t.count().all_time()"), "all_time(count(t))");
    assert_eq!(formula("metrics.a.growth(1, \"year\")"), "growth(metrics.a, 1 year)");
    assert_eq!(formula("t.count() / t.count().total()"), "(count(t) / total(count(t)))");
}

#[test]
fn formulas() {
    for op in ["+", "-", "*", "/"] {
        assert_eq!(formula(&format!("t.count() {op} 2")), format!("(count(t) {op} 2)"));
        assert_eq!(formula(&format!("0.5 {op} t.count()")), format!("(0.5 {op} count(t))"));
        assert_eq!(formula(&format!("t.count() {op} metrics.a")), format!("(count(t) {op} metrics.a)"));
    }
    assert_eq!(formula("t.count() ?? 0"), "(count(t) ?? 0)");
    assert_eq!(formula("t.mean(t.a - t.b) + 5.minutes"), "(mean(t, (t.a - t.b)) + 5 minutes)");
    assert_eq!(formula("min(t.count(), 5)"), "(count(t) min 5)");
    assert_eq!(formula("max(5, metrics.a)"), "(5 max metrics.a)");
    assert_eq!(formula("-t.count()"), "(-1 * count(t))");
    assert_eq!(formula("metrics[\"won_\" + \"revenue\"]"), "metrics.won_revenue");
}

#[test]
fn spans_and_segments() {
    let spread = formula("quotas.spread(quotas.amount, quotas.starts_at, quotas.ends_at)");
    assert!(
        spread.starts_with(
            "spread(quotas[(not ((quotas.starts_at >= period.end) or (quotas.ends_at <= period.start)) or"
        ),
        "{spread}"
    );
    assert_eq!(value("business_time(t.opened, t.closed)"), "business_time(t.opened, t.closed)");
    assert_eq!(formula("metrics.a.split(\"stage\")"), "split(metrics.a, stage)");
}

#[test]
fn durations_and_percentages() {
    assert_eq!(condition("t.a > 90.days"), "(t.a > 90 days)");
    assert_eq!(condition("t.a > 1.day"), "(t.a > 1 day)");
    assert_eq!(condition("t.a + 12.months < t.b"), "((t.a + 12 months) < t.b)");
    assert_eq!(condition("t.a > 1.5.hours"), "(t.a > 90 minutes)");
    assert_eq!(condition("t.a > 2 * 45.days - 1.days"), "(t.a > 89 days)");
    assert_eq!(condition("t.a > -(5.minutes)"), "(t.a > -5 minutes)");
    assert_eq!(condition("t.a > 25.percent"), "(t.a > 0.25)");
    assert_eq!(condition("t.a > 12.5.percent"), "(t.a > 0.125)");
}

#[test]
fn names_are_known_in_functions_and_closures_too() {
    let definitions = right(
        r#"
        fn won() { deals.where(deals.outcome == "won") }
        let by_kind = |kind| deals.where(deals.kind == kind).count();
        for kind in ["new", "upsell"] { metric(`${kind}_deals`, #{ value: by_kind.call(kind) / won().count() }); }
        "#,
    );
    let plans: Vec<String> = definitions.metrics.iter().map(|m| plan::measure(&m.value)).collect();
    assert_eq!(
        plans,
        [
            "(count(deals[(deals.kind == \"new\")]) / count(deals[(deals.outcome == \"won\")]))",
            "(count(deals[(deals.kind == \"upsell\")]) / count(deals[(deals.outcome == \"won\")]))"
        ]
    );
}

#[test]
fn conditions_from_parameters_fold() {
    assert_eq!(condition("true and t.a == 1"), "(t.a == 1)");
    assert_eq!(condition("t.a == 1 or false"), "(t.a == 1)");
    assert_eq!(condition("false and t.a == 1"), "false");
}

#[test]
fn every_symbolic_value_knows_its_place() {
    let measure = measure("t.where(t.amount > 5).count() / t.count()");
    let span = measure.at.span().expect("a place");
    assert_eq!((span.line, span.column, span.length), (1, 53, 1));
    for child in measure.children() {
        assert!(child.at.span().is_some());
    }
}
