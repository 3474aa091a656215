//! `expect(metric, period, segment?)`, `expect_goal(…)` and what they expect.

use goalpost_core::case::{Matcher, Subject};
use goalpost_core::diagnostic::Code;
use goalpost_core::name::{GoalName, MetricName};
use goalpost_core::verdict::VerdictKind;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::NOTHING;
use super::case::in_test;
use super::fields::segment_value;
use super::goal::metric_name;
use super::open_case::OpenExpectation;
use crate::host::{Call, Fallible, raise};
use crate::surface::is_a_period;
use crate::value::Value;

/// An expectation of the running test, to be told what it expects.
#[derive(Clone, Copy, Debug)]
struct Expected {
    index: usize,
}

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Expected>("expectation");
    engine.register_fn("expect", |context: NativeCallContext, metric: Dynamic, period: Dynamic| {
        expect_metric(&Call::of(&context), &Value::of(metric), &Value::of(period), Value::Null)
    });
    engine.register_fn(
        "expect",
        |context: NativeCallContext, metric: Dynamic, period: Dynamic, segment: Dynamic| {
            expect_metric(&Call::of(&context), &Value::of(metric), &Value::of(period), Value::of(segment))
        },
    );
    engine.register_fn("expect_goal", |context: NativeCallContext, goal: Dynamic, period: Dynamic| {
        expect_goal(&Call::of(&context), &Value::of(goal), &Value::of(period), Value::Null)
    });
    engine.register_fn(
        "expect_goal",
        |context: NativeCallContext, goal: Dynamic, period: Dynamic, segment: Dynamic| {
            expect_goal(&Call::of(&context), &Value::of(goal), &Value::of(period), Value::of(segment))
        },
    );
    engine.register_fn("equals", |context: NativeCallContext, of: Expected, value: Dynamic| {
        equals(&Call::of(&context), of, &Value::of(value))
    });
    engine.register_fn("is_no_data", |context: NativeCallContext, of: Expected| {
        let call = Call::of(&context);
        let matcher = match is_goal(&call, of)? {
            true => Matcher::Verdict(VerdictKind::NoData),
            false => Matcher::IsNoData,
        };
        set(&call, of, matcher)
    });
    engine.register_fn("is_undefined", |context: NativeCallContext, of: Expected| {
        let call = Call::of(&context);
        if is_goal(&call, of)? {
            return Err(raise(
                call.mismatch("a goal is never undefined").help("a goal without a value has .is_no_data()"),
            ));
        }
        set(&call, of, Matcher::IsUndefined)
    });
    for (name, kind) in [
        ("is_met", VerdictKind::Met),
        ("is_at_risk", VerdictKind::AtRisk),
        ("is_missed", VerdictKind::Missed),
        ("is_pending", VerdictKind::Pending),
        ("is_waived", VerdictKind::Waived),
        ("is_incomplete", VerdictKind::Incomplete),
        ("is_inconclusive", VerdictKind::Inconclusive),
    ] {
        engine.register_fn(name, move |context: NativeCallContext, of: Expected| {
            let call = Call::of(&context);
            if !is_goal(&call, of)? {
                return Err(raise(
                    call.mismatch(format!("`{name}` is about a goal, and this expects a metric's value"))
                        .help("write expect_goal(\"goal\", \"2026-Q1\") instead"),
                ));
            }
            set(&call, of, Matcher::Verdict(kind))
        });
    }
}

fn expect_metric(call: &Call, metric: &Value, period: &Value, segment: Value) -> Fallible<Expected> {
    let subject = Subject::Metric(MetricName::from(metric_name(call, metric)?));
    expect(call, "expect", subject, period, segment)
}

fn expect_goal(call: &Call, goal: &Value, period: &Value, segment: Value) -> Fallible<Expected> {
    let Value::Text(goal) = goal else {
        return Err(raise(call.mismatch(format!("the name of a goal is {}, not a text", goal.kind()))));
    };
    expect(call, "expect_goal", Subject::Goal(GoalName::from(&**goal)), period, segment)
}

fn expect(call: &Call, what: &str, subject: Subject, period: &Value, segment: Value) -> Fallible<Expected> {
    let period = match period {
        Value::Text(period) => period.to_string(),
        // A year without quotes.
        Value::Number(year) => year.normalize().to_string(),
        other => return Err(raise(call.mismatch(format!("the period is {}, not a text", other.kind())))),
    };
    check_period(call, &period)?;
    let segment = match segment {
        Value::Null => Vec::new(),
        Value::Map(map) => {
            let mut pairs = Vec::with_capacity(map.len());
            for (dimension, value) in map {
                let value = Value::of(value);
                match segment_value(&value) {
                    Some(value) => pairs.push((dimension.to_string(), value)),
                    None => {
                        return Err(raise(
                            call.mismatch(format!("the value of `{dimension}` is {}", value.kind())),
                        ));
                    }
                }
            }
            pairs
        }
        other => {
            return Err(raise(
                call.mismatch(format!("the segment is {}, not a map", other.kind()))
                    .help("write #{ region: \"EMEA\" }"),
            ));
        }
    };
    in_test(call, what, |case| {
        case.expectations.push(OpenExpectation { subject, period, segment, matcher: None, at: call.span() });
        Expected { index: case.expectations.len() - 1 }
    })
}

fn check_period(call: &Call, period: &str) -> Fallible<()> {
    is_a_period(period).map_err(|bad| raise(call.error(Code::BadDate, bad.to_string())))
}

fn open<T>(call: &Call, of: Expected, then: impl FnOnce(&mut OpenExpectation) -> T) -> Fallible<T> {
    let found = in_test(call, "expect", |case| case.expectations.get_mut(of.index).map(then))?;
    found.ok_or_else(|| raise(call.error(Code::ScriptError, "this expectation belongs to another test")))
}

fn is_goal(call: &Call, of: Expected) -> Fallible<bool> {
    open(call, of, |expectation| matches!(expectation.subject, Subject::Goal(_)))
}

fn set(call: &Call, of: Expected, matcher: Matcher) -> Fallible<Dynamic> {
    let before = open(call, of, |expectation| expectation.matcher.replace(matcher))?;
    match before {
        None => Ok(NOTHING),
        Some(_) => Err(raise(call.error(Code::ScriptError, "one expectation expects two things"))),
    }
}

fn equals(call: &Call, of: Expected, value: &Value) -> Fallible<Dynamic> {
    if is_goal(call, of)? {
        return Err(raise(
            call.mismatch("a goal has a verdict, not a value").help("write .is_met(), .is_missed(), …"),
        ));
    }
    match value {
        Value::Number(number) => set(call, of, Matcher::Equals(number.normalize())),
        other => {
            Err(raise(call.mismatch(format!("`equals` compares with {}, not a number", other.kind())).help(
                match other {
                    Value::Null => "a missing value is .is_no_data() or .is_undefined()",
                    _ => "write the value in the metric's unit, e.g. 0.25 for a percentage, 3 for 3 days",
                },
            )))
        }
    }
}
