//! Metrics, goals, dimensions, parameters and tests as data.

use goalpost_core::Decimal;
use goalpost_core::calendar::Grain;
use goalpost_core::case::{Matcher, Subject};
use goalpost_core::diagnostic::Code;
use goalpost_core::expr::{Literal, Step, StepUnit};
use goalpost_core::goal::{
    Goal, GoalAnswer, GoalContext, Level, MayMiss, MissingPolicy, Pacing, PastValue, Rule, Severity,
};
use goalpost_core::segment::Whom;
use goalpost_core::verdict::VerdictKind;

use crate::loading::{right, shown, with_params};
use crate::plan;

#[test]
fn a_metric_with_every_key() {
    let definitions = right(
        r#"metric("m", #{ title: "M", value: t.count(), unit: "money per day", better: "lower", time: t.at ?? t.until,
               by: #{ owner: t.rep.name, team: t.team }, settle: 90.days, tags: ["a", "b"] });"#,
    );
    let metric = &definitions.metrics[0];
    assert_eq!(metric.unit.map(|unit| unit.to_string()).as_deref(), Some("money per day"));
    assert_eq!(metric.time.as_ref().map(plan::expr).as_deref(), Some("(t.at ?? t.until)"));
    let by: Vec<String> = metric
        .by
        .iter()
        .map(|d| format!("{}={}", d.name, d.column.as_ref().map(|c| c.dotted()).unwrap_or_default()))
        .collect();
    assert_eq!(by, ["owner=rep.name", "team=team"]);
    assert_eq!(metric.settle, Some(Step { count: 90, unit: StepUnit::Day }));
    assert_eq!(metric.tags, ["a", "b"]);
}

#[test]
fn a_metric_with_its_value_alone() {
    let metric = right("metric(\"close_rate\", #{ value: t.count() });").metrics.remove(0);
    assert_eq!(metric.title, "close rate");
    assert_eq!((metric.unit, metric.better), (None, None));
    assert!(metric.by.is_empty() && metric.tags.is_empty() && metric.documentation.is_empty());
}

#[test]
fn levels_of_goals() {
    let definitions = right(
        r#"goal("a", #{ target: 25.percent, limit: 0.2 });
           goal("b", #{ target: 3.days });
           goal("c", #{ target: #{ EMEA: 0.3, "()": 0.1, "*": 0.2 }, by: ["region"] });
           goal("d", #{ target: metrics.won.previous(1, "year") * 1.05 });
           goal("e", #{ target: 5, where: #{ region: ["EMEA", "(none)", ()], active: true, size: 3, "rep.manager": null } });"#,
    );
    let goals = &definitions.goals;
    assert!(matches!(target(&goals[0]), Level::Number(n) if *n == Decimal::new(25, 2)));
    assert!(matches!(target(&goals[1]), Level::Duration(step) if step.to_string() == "3 days"));
    let Level::BySegment(levels) = target(&goals[2]) else { panic!("{:?}", target(&goals[2])) };
    assert_eq!(
        levels.as_slice(),
        [
            (Whom::Segment(None), Decimal::new(1, 1)),
            (Whom::Others, Decimal::new(2, 1)),
            (Whom::Segment(Some("EMEA".to_owned())), Decimal::new(3, 1)),
        ]
    );
    let Level::Measure(measure) = target(&goals[3]) else { panic!("{:?}", target(&goals[3])) };
    assert_eq!(plan::measure(measure), "(previous(metrics.won, 1 year) * 1.05)");
    let segments: Vec<String> =
        goals[4].segment.iter().map(|f| format!("{}={:?}", f.dimension, f.values)).collect();
    assert_eq!(
        segments,
        [
            "active=[Some(\"true\")]",
            "region=[Some(\"EMEA\"), Some(\"(none)\"), None]",
            "rep.manager=[None]",
            "size=[Some(\"3\")]"
        ]
    );
    assert_eq!(goals[0].every, Grain::Month);
}

#[test]
fn a_goal_with_every_key() {
    let definitions = right(
        r#"goal(metrics.m, #{ name: "EMEA close rate", target: 1, every: "week", by: [t.rep.manager, "region"],
               from: "2026-01-01", due: "2026-12-31", owner: "ops", why: "plan", tags: "x" });"#,
    );
    let goal = &definitions.goals[0];
    assert_eq!((goal.name.as_str(), goal.metric.as_str()), ("EMEA close rate", "m"));
    assert_eq!(goal.every, Grain::Week);
    let by: Vec<&str> = goal.by.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(by, ["rep.manager", "region"]);
    assert_eq!(goal.from.map(|d| d.to_string()).as_deref(), Some("2026-01-01"));
    assert_eq!((goal.owner.as_deref(), goal.why.as_deref()), (Some("ops"), Some("plan")));
    assert_eq!(goal.tags, ["x"]);
}

#[test]
fn shared_dimensions() {
    let definitions =
        right("dimension(\"region\", [deals.region, customers.region, orders.customer.region]);");
    let columns: Vec<String> = definitions.dimensions[0].columns.iter().map(|c| c.dotted()).collect();
    assert_eq!(columns, ["region", "region", "customer.region"]);
}

#[test]
fn parameters_take_their_default_or_what_is_set() {
    let script = "let n = param(\"n\", 12, \"months\", [6, 12]); metric(\"m\", #{ value: t.where(t.a > n.months).count() });";
    let plan_of = |params: &[(&str, Literal)]| {
        let definitions = with_params(script, params);
        assert!(definitions.diagnostics.is_empty(), "{}", shown(&definitions.diagnostics));
        plan::measure(&definitions.metrics[0].value)
    };
    assert_eq!(plan_of(&[]), "count(t[(t.a > 12 months)])");
    assert_eq!(plan_of(&[("n", Literal::Number(6.into()))]), "count(t[(t.a > 6 months)])");
    // A command line gives texts.
    assert_eq!(plan_of(&[("n", Literal::Text("6".into()))]), "count(t[(t.a > 6 months)])");
}

#[test]
fn parameters_that_are_wrong() {
    let script = "let n = param(\"n\", 12, \"months\", [6, 12]); let d = param(\"d\", 5.minutes, \"limit\");";
    for (name, value, expected) in [
        ("n", Literal::Number(7.into()), "- script-type parameter `n` cannot be 7 | allowed: 6, 12"),
        ("n", Literal::Text("x".into()), "script-type parameter `n` is a text, and its default is a number"),
        ("d", Literal::Bool(true), "script-type parameter `d` is true/false, and its default is a duration"),
        (
            "m",
            Literal::Bool(true),
            "- unknown-param no script declares a parameter `m` | did you mean `d`? known: d, n",
        ),
    ] {
        let text = shown(&with_params(script, &[(name, value)]).diagnostics);
        assert!(text.contains(expected.trim_start_matches("- ")), "{text}");
    }
    let definitions = with_params(script, &[("d", Literal::Text("10 minutes".into()))]);
    assert_eq!(definitions.params[1].value, Literal::Step(Step { count: 10, unit: StepUnit::Minute }));
}

#[test]
fn a_parameter_may_be_declared_twice_alike() {
    let definitions = right("let a = param(\"n\", 12, \"x\"); let b = param(\"n\", 12, \"y\");");
    assert_eq!(definitions.params.len(), 1);
}

#[test]
fn tests_are_data() {
    let definitions = right(
        r#"let n = param("months", 12, "x");
           let ids = [1, 2];
           test("shows", #{ months: 6 }, || {
               as_of("2026-04-01");
               given("deals", [#{ id: ids[0], amount: 1.50, won: true, note: null, at: '2026-01-10' }]);
               given(deals, rows(2, #{ id: 7 }));
               given("t", rows(3, |i| #{ id: i, amount: i * 0.5 }));
               expect("m", "2026-01", #{ region: "EMEA", "rep.manager": "Ann", team: () }).equals(0.5);
               expect("m", 2026).is_no_data();
               expect(metrics.m, "all").is_undefined();
               expect("m", "FY2026-Q1").equals(-25.percent);
               expect_goal("g", "2026-Q1").is_met();
               expect_goal("g", "2026-W05").is_no_data();
               for v in ["is_x"] { expect_goal("g", "2026-01-31").is_at_risk(); }
               expect_goal("g", "2026").is_missed();
               expect_goal("g", "2026").is_pending();
               expect_goal("g", "2026").is_waived();
               expect_goal("g", "2026").is_incomplete();
               expect_goal("g", "2026").is_inconclusive();
           });"#,
    );
    let case = &definitions.cases[0];
    assert_eq!(case.params, [("months".into(), Literal::Number(6.into()))]);
    assert_eq!(case.as_of.as_ref().map(|(text, _)| text.as_str()), Some("2026-04-01"));
    let deals = &case.fixtures[0];
    assert_eq!(deals.rows.len(), 1);
    let named: Vec<&str> = deals.columns.keys().map(|name| name.as_str()).collect();
    assert_eq!(named, ["amount", "at", "id", "note", "won"]);
    let first: Vec<String> = deals.rows[0].iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    assert_eq!(first, ["amount=Number(1.5)", "at=Text(\"2026-01-10\")", "id=Number(1)", "won=Bool(true)"]);
    assert_eq!(case.fixtures[1].rows.len(), 2);
    assert_eq!(case.fixtures[2].rows.len(), 3);
    assert_eq!(case.fixtures[2].rows[1][0], ("amount".into(), Literal::Number(Decimal::new(5, 1))));
    let matchers: Vec<&Matcher> = case.expectations.iter().map(|e| &e.matcher).collect();
    assert_eq!(
        matchers,
        [
            &Matcher::Equals(Decimal::new(5, 1)),
            &Matcher::IsNoData,
            &Matcher::IsUndefined,
            &Matcher::Equals(Decimal::new(-25, 2)),
            &Matcher::Verdict(VerdictKind::Met),
            &Matcher::Verdict(VerdictKind::NoData),
            &Matcher::Verdict(VerdictKind::AtRisk),
            &Matcher::Verdict(VerdictKind::Missed),
            &Matcher::Verdict(VerdictKind::Pending),
            &Matcher::Verdict(VerdictKind::Waived),
            &Matcher::Verdict(VerdictKind::Incomplete),
            &Matcher::Verdict(VerdictKind::Inconclusive),
        ]
    );
    assert_eq!(
        case.expectations[0].segment,
        [
            ("region".to_owned(), Some("EMEA".to_owned())),
            ("rep.manager".to_owned(), Some("Ann".to_owned())),
            ("team".to_owned(), None),
        ]
    );
    assert_eq!(case.expectations[1].period, "2026");
    assert!(matches!(&case.expectations[4].subject, Subject::Goal(name) if name.as_str() == "g"));
    assert_eq!(case.expectations[0].at.line, 8);
}

#[test]
fn tests_do_not_see_what_other_tests_changed() {
    let definitions = right(
        r#"let n = 0;
           test("a", || { n += 1; given("t", rows(n, #{ a: 1 })); expect("m", "2026").equals(n); });
           test("b", || { n += 1; given("t", rows(n, #{ a: 1 })); expect("m", "2026").equals(n); });"#,
    );
    assert!(
        definitions.cases.iter().all(|case| case.expectations[0].matcher == Matcher::Equals(Decimal::ONE))
    );
}

#[test]
fn a_goal_is_judged_by_levels_a_range_or_a_function() {
    let definitions = right(
        r#"goal("a", #{ target: 1, limit: 0.5, stretch: 2, parts: #{ open: metrics.open },
                        severity: "advise", no_data: "skip", incomplete: "warn", min_sample: 30, confidence: 95.percent,
                        pacing: "business_days", max_dropped: 0.1, may_miss: #{ periods: 1, of: 4 } });
           goal("b", #{ between: [0.2, 3.days], by: ["region"], require: ["EMEA", "AMER"] });
           goal("c", #{ check: |g| if g.value > 3 { met() } else { missed("too few") }, whole: 10 });
           goal("d", #{ target: |g| g.previous * 1.05, limit: metrics.a.in_period("2025-Q1") });"#,
    );
    let goals = &definitions.goals;
    let keys: Vec<&str> = goals[0].rule.levels().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["target", "limit", "stretch"]);
    let policies = &goals[0].policies;
    assert_eq!((policies.severity, policies.no_data), (Some(Severity::Advise), Some(MissingPolicy::Skip)));
    assert_eq!(policies.incomplete, Some(MissingPolicy::Warn));
    assert_eq!((policies.min_sample, policies.confidence), (Some(30), Some(Decimal::new(95, 2))));
    assert_eq!((policies.pacing, policies.may_miss), (Some(Pacing::BusinessDays), MayMiss::new(1, 4)));
    assert_eq!(goals[0].parts[0].0, "open");
    assert!(matches!(goals[1].rule, Rule::Between { low: Level::Number(_), high: Level::Duration(_) }));
    assert_eq!(goals[1].require[0].values, [Some("EMEA".to_owned()), Some("AMER".to_owned())]);
    assert!(matches!(goals[2].rule, Rule::Check(_)) && goals[2].whole.is_some());
    assert!(matches!(target(&goals[3]), Level::Function(_)));
}

#[test]
fn a_check_sees_the_value_with_its_past() {
    let definitions = right(
        r#"goal("a", #{ check: |g| {
               if g.n < 30 { return at_risk("few"); }
               if g.history.len() == 0 || g.previous == null { return undefined("no past"); }
               g.value >= g.previous and g.segment.region == "EMEA" and g.period.label == "2026-02"
           } });"#,
    );
    let Rule::Check(check) = &definitions.goals[0].rule else { panic!("no check") };
    let past = |value: i64| PastValue { period: "2026-01".to_owned(), value: Some(value.into()), n: 40 };
    let seen = GoalContext {
        value: 12.into(),
        n: 40,
        segment: vec![("region".to_owned(), Some("EMEA".to_owned()))],
        period: "2026-02".to_owned(),
        start: Some("2026-02-01".to_owned()),
        end: "2026-03-01".to_owned(),
        previous: Some(11.into()),
        last_year: None,
        history: vec![past(11)],
        interval: None,
        parts: Vec::new(),
    };
    let answer = |seen: &GoalContext| check.0.call(seen).expect("an answer").0;
    assert_eq!(answer(&seen), GoalAnswer::Verdict(VerdictKind::Met, None));
    let lower = GoalContext { value: 10.into(), ..seen.clone() };
    assert_eq!(answer(&lower), GoalAnswer::Verdict(VerdictKind::Missed, None));
    let few = GoalContext { n: 29, ..seen.clone() };
    assert_eq!(answer(&few), GoalAnswer::Verdict(VerdictKind::AtRisk, Some("few".to_owned())));
    let first = GoalContext { previous: None, history: Vec::new(), ..seen.clone() };
    assert_eq!(answer(&first), GoalAnswer::Undefined("no past".to_owned()));
    let elsewhere = GoalContext { segment: Vec::new(), ..seen };
    let problem = check.0.call(&elsewhere).expect_err("no region here");
    assert_eq!(problem.code, Code::FunctionFailed);
    assert!(problem.message.contains("region"), "{}", problem.message);
}

#[test]
fn waivers_name_who_why_and_until_when() {
    let definitions = right(
        r#"waive("close_rate", #{ periods: ["2026-06"], where: #{ region: "EMEA" },
                                  expires: "2026-09-30", by: "cro", why: "a new team" });"#,
    );
    let waiver = &definitions.waivers[0];
    assert_eq!((waiver.goal.as_str(), waiver.by.as_str()), ("close_rate", "cro"));
    assert_eq!(waiver.expires.to_string(), "2026-09-30");
    assert_eq!(waiver.periods[0].0, "2026-06");
    assert_eq!(waiver.segment[0].values, [Some("EMEA".to_owned())]);
}

/// The target of a goal that has one.
fn target(goal: &Goal) -> &Level {
    match &goal.rule {
        Rule::Levels { target, .. } => target,
        other => panic!("{other:?}"),
    }
}
