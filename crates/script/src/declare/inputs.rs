//! The inputs of functions: named measures, and the check that a function asks
//! for nothing else.

use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::measure::Measure;
use rhai::{FnPtr, NativeCallContext};

use super::fields::Fields;
use crate::surface::measure_or_kind;
use crate::value::Value;

/// The inputs of a function: the outer option is whether there are any, the
/// inner one whether they are right.
#[expect(clippy::option_option, reason = "absent and wrong are different here")]
pub(super) fn parts(fields: &mut Fields<'_>) -> Option<Option<Vec<(String, Measure)>>> {
    let map = match fields.take("parts")? {
        Value::Map(map) if !map.is_empty() => map,
        other => {
            let message = format!("`parts` is {}, not a map of measures", other.kind());
            fields.problem("parts", Code::ScriptType, message, "write parts: #{ won: won.count() }");
            return Some(None);
        }
    };
    let mut parts = Vec::with_capacity(map.len());
    let mut fine = true;
    for (name, value) in map {
        match measure_or_kind(fields.call, Value::of(value)) {
            Ok(formula) => parts.push((name.to_string(), formula.measure)),
            Err(kind) => {
                let message = format!("part `{name}` is {kind}, not a measure");
                let help = "write a measure, e.g. deals.count()";
                fields.problem_in(&["parts", &name], Code::ScriptType, message, help);
                fine = false;
            }
        }
    }
    Some(fine.then_some(parts))
}

/// What a function is given.
pub(super) struct Takes<'a> {
    /// The fields of its record.
    pub(super) names: Vec<&'a str>,
    /// What it takes, for a function that takes something else.
    pub(super) takes: &'a str,
    /// How it is written.
    pub(super) example: &'a str,
}

/// Checks what can be known of a function before it is called: that it takes
/// one record, and that the record has the fields it asks for.
pub(super) fn check_function(
    context: &NativeCallContext,
    fields: &mut Fields<'_>,
    key: &str,
    function: &FnPtr,
    takes: &Takes<'_>,
) -> Option<()> {
    let wanted = function.curry().len() + 1;
    let fits = context.iter_namespaces().any(|m| m.get_script_fn(function.fn_name(), wanted).is_some());
    if !fits {
        fields.problem(key, Code::ScriptType, takes.takes, takes.example);
        return None;
    }
    let names = &takes.names;
    let at = fields.at(key);
    let asked = at.span().and_then(|at| fields.call.file().map(|file| file.fields_of_function(at)));
    let before = fields.problems.len();
    for (name, span) in asked.unwrap_or_default() {
        if !names.contains(&name.as_str()) {
            fields.problems.push(
                Diagnostic::error(Code::UnknownKey, format!("no part is called `{name}`"))
                    .at(span)
                    .help(did_you_mean(&name, names.iter().copied())),
            );
        }
    }
    (fields.problems.len() == before).then_some(())
}
