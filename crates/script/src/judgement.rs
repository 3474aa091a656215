//! A goal's function: the record of the context it is given, and the verdicts
//! it answers with (`met(why?)`, `at_risk(why)`, `missed(why)`, true, false).

use std::collections::BTreeSet;

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::goal::{GoalAnswer, GoalContext, GoalFunction, Past, PastValue};
use goalpost_core::verdict::VerdictKind;
use rhai::{Array, Dynamic, Engine, NativeCallContext};

use crate::function::{LookedAt, Record, ScriptFunction, Unanswered, content};
use crate::host::{Call, Fallible, raise};
use crate::value::{Judgement, Value, number};

/// The fields of the record besides the goal's own parts.
pub(crate) const FIELDS: [&str; 8] =
    ["value", "n", "segment", "period", "previous", "last_year", "history", "interval"];

pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Judgement>("verdict");
    engine.register_fn("met", || Judgement { kind: VerdictKind::Met, why: None });
    for (name, kind) in
        [("met", VerdictKind::Met), ("at_risk", VerdictKind::AtRisk), ("missed", VerdictKind::Missed)]
    {
        engine.register_fn(name, move |context: NativeCallContext, why: Dynamic| {
            judgement(&Call::of(&context), name, kind, &Value::of(why))
        });
    }
    for name in ["at_risk", "missed"] {
        engine.register_fn(name, move |context: NativeCallContext| -> Fallible<Judgement> {
            Err(raise(
                Call::of(&context)
                    .mismatch(format!("`{name}` says no reason"))
                    .help(format!("write {name}(\"why\"): it is shown with the verdict")),
            ))
        });
    }
}

fn judgement(call: &Call, name: &str, kind: VerdictKind, why: &Value) -> Fallible<Judgement> {
    match why {
        Value::Text(why) => Ok(Judgement { kind, why: Some(why.to_string()) }),
        other => Err(raise(
            call.mismatch(format!("the reason of `{name}` is {}, not a text", other.kind()))
                .help(format!("write {name}(\"why\")")),
        )),
    }
}

/// The record that a goal's function is given. What has no value is null.
fn record(context: &GoalContext) -> Record {
    let optional = |number: Option<Decimal>| number.map_or(Dynamic::UNIT, number::dynamic);
    let text = |text: &str| Dynamic::from(text.to_owned());
    let segment = context
        .segment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref().map_or(Dynamic::UNIT, text)));
    let period = [
        ("label", text(&context.period)),
        ("start", context.start.as_deref().map_or(Dynamic::UNIT, text)),
        ("end", text(&context.end)),
    ];
    let interval = context.interval.map_or(Dynamic::UNIT, |(low, high)| {
        Dynamic::from(Record::of([("low", number::dynamic(low)), ("high", number::dynamic(high))]))
    });
    let past = |past: &PastValue| {
        Dynamic::from(Record::of([
            ("period", text(&past.period)),
            ("value", optional(past.value)),
            ("n", number::dynamic(Decimal::from(past.n))),
        ]))
    };
    let own = [
        ("value", number::dynamic(context.value)),
        ("n", number::dynamic(Decimal::from(context.n))),
        ("segment", Dynamic::from(Record::of(segment))),
        ("period", Dynamic::from(Record::of(period))),
        ("previous", optional(context.previous)),
        ("last_year", optional(context.last_year)),
        ("history", Dynamic::from_array(context.history.iter().map(past).collect::<Array>())),
        ("interval", interval),
    ];
    let parts = context.parts.iter().map(|part| (part.name.as_str(), content(&part.content)));
    Record::of(own.into_iter().chain(parts))
}

impl GoalFunction for ScriptFunction {
    fn call(&self, context: &GoalContext) -> Result<(GoalAnswer, BTreeSet<Past>), Box<Diagnostic>> {
        let looked_at = LookedAt::default();
        let answer = self.answered(record(context).watched(&looked_at))?;
        let names = looked_at.lock().map(|names| names.clone()).unwrap_or_default();
        let past = [("previous", Past::Previous), ("last_year", Past::LastYear), ("history", Past::History)];
        let past = past.into_iter().filter(|(name, _)| names.contains(*name));
        Ok((answer, past.map(|(_, past)| past).collect()))
    }
}

impl ScriptFunction {
    fn answered(&self, record: Record) -> Result<GoalAnswer, Box<Diagnostic>> {
        match self.run(record) {
            Ok(Value::Number(number)) => Ok(GoalAnswer::Number(number)),
            Ok(Value::Judgement(judgement)) => Ok(GoalAnswer::Verdict(judgement.kind, judgement.why)),
            Ok(Value::Bool(true)) => Ok(GoalAnswer::Verdict(VerdictKind::Met, None)),
            Ok(Value::Bool(false)) => Ok(GoalAnswer::Verdict(VerdictKind::Missed, None)),
            Ok(Value::Null) => Err(self.failed(
                "the function returned nothing",
                "end it with the result, without a semicolon, or with undefined(\"why\")",
            )),
            Ok(other) => Err(self.failed(
                format!("the function returned {}, which judges nothing", other.kind()),
                "a level is a number; a check returns met(), at_risk(\"why\"), missed(\"why\"), true or false",
            )),
            Err(Unanswered::Undefined(why)) => Ok(GoalAnswer::Undefined(why)),
            Err(Unanswered::Failed(problem)) => Err(problem),
        }
    }
}
