//! `param(name, default, documentation, allowed?)`: a value that projects set.

use goalpost_core::definition::Param;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::Literal;
use goalpost_core::name::ParamName;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::fields::{name_of, segment_value};
use crate::host::{Call, Fallible, raise};
use crate::surface::parse_duration;
use crate::value::{Value, dynamic};

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn(
        "param",
        |context: NativeCallContext, name: Dynamic, default: Dynamic, doc: Dynamic| {
            declare(&Call::of(&context), &Value::of(name), &Value::of(default), &Value::of(doc), None)
        },
    );
    engine.register_fn(
        "param",
        |context: NativeCallContext, name: Dynamic, default: Dynamic, doc: Dynamic, allowed: Dynamic| {
            let (name, default, doc) = (Value::of(name), Value::of(default), Value::of(doc));
            declare(&Call::of(&context), &name, &default, &doc, Some(Value::of(allowed)))
        },
    );
}

fn declare(
    call: &Call,
    name: &Value,
    default: &Value,
    documentation: &Value,
    allowed: Option<Value>,
) -> Fallible<Dynamic> {
    let name = ParamName::from(name_of(call, name, "param")?);
    let Some(default) = default.literal().filter(|literal| *literal != Literal::Null) else {
        return Err(raise(call.mismatch(format!(
            "the default of parameter `{name}` is {}, not a text, number, true/false or duration",
            default.kind()
        ))));
    };
    let Value::Text(documentation) = documentation else {
        return Err(raise(
            call.mismatch(format!("the documentation of parameter `{name}` is {}", documentation.kind()))
                .help("write param(\"name\", default, \"what it is for\")"),
        ));
    };
    let allowed = match allowed {
        None => Vec::new(),
        Some(Value::List(list)) => list.into_iter().filter_map(|item| Value::of(item).literal()).collect(),
        Some(other) => {
            return Err(raise(call.mismatch(format!("the values allowed are {}, not a list", other.kind()))));
        }
    };
    if !allowed.is_empty() && !allowed.contains(&default) {
        return Err(raise(call.error(
            Code::ScriptError,
            format!("the default of parameter `{name}` is not one of the values allowed"),
        )));
    }
    let value = value_in_force(call, &name, &default, &allowed)?;
    let result = dynamic(&value);
    let at = call.span();
    let mut state = call.host.state();
    let definitions = &mut state.definitions;
    match definitions.params.iter().find(|param| param.name == name) {
        Some(other) if other.default != default => {
            let problem = call
                .error(Code::Duplicate, format!("parameter `{name}` has another default here"))
                .related(other.at.clone(), "the first declaration")
                .help("give it the same default everywhere, or another name");
            drop(state);
            return Err(raise(problem));
        }
        Some(_) => {}
        None => definitions.params.push(Param {
            name,
            default,
            value,
            documentation: documentation.to_string(),
            allowed,
            at,
        }),
    }
    Ok(result)
}

fn value_in_force(
    call: &Call,
    name: &ParamName,
    default: &Literal,
    allowed: &[Literal],
) -> Fallible<Literal> {
    let Some((given, at)) = call.host.params.get(name) else { return Ok(default.clone()) };
    let place = at.span().cloned().or_else(|| call.at.span().cloned());
    let problem = |message: String| {
        let problem = Diagnostic::error(Code::ScriptType, message);
        match &place {
            Some(place) => problem.at(place.clone()),
            None => problem,
        }
    };
    let Some(value) = converted(given, default) else {
        return Err(raise(problem(format!(
            "parameter `{name}` is {}, and its default is {}",
            kind(given),
            kind(default)
        ))));
    };
    if !allowed.is_empty() && !allowed.contains(&value) {
        let names: Vec<String> = allowed.iter().map(shown).collect();
        return Err(raise(
            problem(format!("parameter `{name}` cannot be {}", shown(&value)))
                .help(format!("allowed: {}", names.join(", "))),
        ));
    }
    Ok(value)
}

/// A given value as the type of the default; texts are read, because that is
/// what a command line gives.
fn converted(given: &Literal, default: &Literal) -> Option<Literal> {
    if std::mem::discriminant(given) == std::mem::discriminant(default) {
        return Some(given.clone());
    }
    match (given, default) {
        (Literal::Text(text), Literal::Number(_)) => text.trim().parse().ok().map(Literal::Number),
        (Literal::Text(text), Literal::Bool(_)) => text.trim().parse().ok().map(Literal::Bool),
        (Literal::Text(text), Literal::Step(_)) => parse_duration(text).map(Literal::Step),
        (Literal::Number(number), Literal::Text(_)) => {
            Some(Literal::Text(number.normalize().to_string().into()))
        }
        _ => None,
    }
}

fn kind(literal: &Literal) -> String {
    Value::of(dynamic(literal)).kind()
}

fn shown(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("\"{text}\""),
        Literal::Step(step) => step.to_string(),
        other => segment_value(&Value::of(dynamic(other))).flatten().unwrap_or_default(),
    }
}
