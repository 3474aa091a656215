//! `waive(goal, #{ … })`: an excuse for misses, beside the goal that it is about.

use goalpost_core::diagnostic::Code;
use goalpost_core::goal::Waiver;
use goalpost_core::name::GoalName;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::fields::{Fields, name_of};
use super::goal::{metric_at, segments};
use super::{NOTHING, counts};
use crate::host::{Call, Fallible};
use crate::surface::is_a_period;
use crate::value::Value;

const KEYS: [&str; 5] = ["periods", "where", "expires", "by", "why"];

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("waive", |context: NativeCallContext, goal: Dynamic, map: Dynamic| {
        declare(&Call::of(&context), &Value::of(goal), Value::of(map))
    });
}

fn declare(call: &Call, goal: &Value, map: Value) -> Fallible<Dynamic> {
    if !counts(call, "waive")? {
        return Ok(NOTHING);
    }
    let goal = name_of(call, goal, "goal")?;
    let mut fields = Fields::new(call, map, "waive")?;
    let segment = segments(&mut fields, "where");
    let at = fields.at("periods");
    let periods = fields.texts("periods");
    for period in &periods {
        if let Err(problem) = is_a_period(period) {
            fields.problem(
                "periods",
                Code::BadDate,
                problem.to_string(),
                "write periods: [\"2026-06\", \"2026-07\"]",
            );
        }
    }
    let expires = fields.date("expires");
    let by = fields.text("by");
    let why = fields.text("why");
    if expires.is_none() && !fields.has_problem() {
        let help = "write expires: \"2026-12-31\", the last day on which it counts";
        fields.missing("expires", "this waiver never expires, so the goal would be forgotten", help);
    }
    for (key, value, example) in [("by", &by, "the name of who answers for it"), ("why", &why, "its reason")]
    {
        if value.as_ref().is_none_or(|text| text.trim().is_empty()) && !fields.has_problem() {
            fields.missing(
                key,
                &format!("this waiver has no `{key}`"),
                &format!("write {key}: \"…\", {example}"),
            );
        }
    }
    fields.finish(&KEYS)?;
    let (Some(expires), Some(by), Some(why)) = (expires, by, why) else { return Ok(NOTHING) };
    let waiver = Waiver {
        goal: GoalName::from(goal),
        goal_at: metric_at(call),
        periods: periods.into_iter().map(|period| (period, at.clone())).collect(),
        segment,
        expires,
        by,
        why,
        layer: call.layer(),
        at: call.span(),
    };
    call.host.state().definitions.waivers.push(waiver);
    Ok(NOTHING)
}
