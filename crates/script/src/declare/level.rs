//! The levels of a goal: numbers, durations, maps by segment, measures and
//! functions, each told apart by what it is.

use std::sync::Arc;

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Code;
use goalpost_core::goal::{GoalFunctionRef, Level};
use goalpost_core::segment::Whom;
use rhai::NativeCallContext;

use super::fields::Fields;
use super::inputs::{Takes, check_function};
use crate::function::ScriptFunction;
use crate::judgement::FIELDS;
use crate::surface::is_percentage_text;
use crate::value::Value;

const HELP: &str = "write a number in the metric's unit (a percentage is a fraction: 0.25 or 25.percent), \
                    a duration, a map by segment, a measure, or a function |g| …";

/// What the levels of a goal have in common.
pub(super) struct Levels<'a, 'c> {
    /// The call of `goal`.
    pub(super) context: &'a NativeCallContext<'c>,
    /// The parts that its functions are given.
    pub(super) parts: &'a [&'a str],
}

impl Levels<'_, '_> {
    /// Takes the level under a key; `None` where there is none, or a wrong one.
    pub(super) fn take(&self, fields: &mut Fields<'_>, key: &str) -> Option<Level> {
        let value = fields.take(key)?;
        self.level(fields, key, value)
    }

    fn level(&self, fields: &mut Fields<'_>, key: &str, value: Value) -> Option<Level> {
        match value {
            Value::Number(number) => Some(Level::Number(number.normalize())),
            Value::Duration(step) => Some(Level::Duration(step)),
            Value::Measure(formula) => Some(Level::Measure(formula.measure)),
            Value::Map(map) => self.by_segment(fields, key, map),
            function @ Value::Function(_) => self
                .function(fields, key, function)
                .map(|function| Level::Function(GoalFunctionRef(function))),
            Value::Text(text) if is_percentage_text(&text) => {
                let number = text.trim_end_matches(['%', ' ']);
                let message = format!("`{key}` is the text \"{text}\"");
                fields.problem(
                    key,
                    Code::ScriptType,
                    message,
                    &format!("write {number}.percent without quotes"),
                );
                None
            }
            other => {
                let message = format!("`{key}` is {}", other.kind());
                fields.problem(key, Code::ScriptType, message, HELP);
                None
            }
        }
    }

    fn by_segment(&self, fields: &mut Fields<'_>, key: &str, map: rhai::Map) -> Option<Level> {
        let mut levels: Vec<(Whom, Decimal)> = Vec::with_capacity(map.len());
        for (segment, value) in map {
            match Value::of(value) {
                Value::Number(number) => levels.push((Whom::of_key(&segment), number.normalize())),
                other => {
                    let message =
                        format!("`{key}` for segment `{segment}` is {}, not a number", other.kind());
                    let help = "write a number in the metric's unit";
                    fields.problem_in(&[key, &segment], Code::ScriptType, message, help);
                }
            }
        }
        if levels.is_empty() {
            fields.problem(key, Code::GoalInvalid, format!("`{key}` holds no level"), HELP);
            return None;
        }
        Some(Level::BySegment(levels))
    }

    /// A function of the goal's context.
    pub(super) fn function(
        &self,
        fields: &mut Fields<'_>,
        key: &str,
        value: Value,
    ) -> Option<Arc<ScriptFunction>> {
        let Value::Function(function) = value else {
            let message = format!("`{key}` is {}, not a function", value.kind());
            let help = "write check: |g| if g.value < g.previous { missed(\"it fell\") } else { met() }";
            fields.problem(key, Code::ScriptType, message, help);
            return None;
        };
        let takes = Takes {
            names: FIELDS.iter().chain(self.parts).copied().collect(),
            takes: "the function of a goal takes one argument, the record of what is judged",
            example: "write |g| g.previous * 1.05, or |g| if g.n < 30 { at_risk(\"few\") } else { met() }",
        };
        check_function(self.context, fields, key, &function, &takes)?;
        let at = fields.at(key);
        Some(Arc::new(ScriptFunction::new(self.context, function, at)))
    }
}

/// The two ends of a range, `[low, high]`.
pub(super) fn range(
    fields: &mut Fields<'_>,
    levels: &Levels<'_, '_>,
    value: Value,
) -> Option<(Level, Level)> {
    let help = "write between: [0.2, 0.4], the lowest and the highest value that meet the goal";
    let list = match value {
        Value::List(list) if list.len() == 2 => list,
        other => {
            let message = format!("`between` is {}, not a list of two levels", other.kind());
            fields.problem("between", Code::ScriptType, message, help);
            return None;
        }
    };
    let mut ends = list.into_iter().map(|end| levels.level(fields, "between", Value::of(end)));
    let (low, high) = (ends.next().flatten(), ends.next().flatten());
    low.zip(high)
}
