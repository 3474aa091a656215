//! From Rhai's errors to diagnostics: whose place, which names were meant.

use std::collections::BTreeSet;

use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::expr::StepUnit;
use goalpost_core::source::{At, Span};
use rhai::{EvalAltResult, Position};

use crate::file::File;
use crate::hints;
use crate::host::{Host, Raised};
use crate::names;
use crate::surface::methods;
use crate::value::type_title;

/// How a function of a metric failed.
pub(crate) enum Failure {
    /// It has no value.
    Undefined(String),
    /// It is wrong.
    Error(Diagnostic),
}

/// The diagnostic of an error in a file; `None` when it follows from what is
/// reported already.
pub(crate) fn of_statement(host: &Host, file: &File, error: &EvalAltResult) -> Option<Diagnostic> {
    let mut trail = Vec::new();
    let (file, error) = innermost(host, file, error, &mut trail);
    let mut diagnostic = diagnosed(host, file, error)?;
    if diagnostic.at.is_none() {
        diagnostic = diagnostic.at(file.span(error.position()));
    }
    for span in trail {
        if diagnostic.at.as_ref() != Some(&span) && diagnostic.related.len() < 3 {
            diagnostic = diagnostic.related(span, "called from here");
        }
    }
    Some(diagnostic)
}

/// The failure of a function of a metric, called after the load.
///
/// An error without a call in its trail happened in the function itself, which
/// was written at `at`.
pub(crate) fn of_function(host: &Host, at: &At, error: &EvalAltResult) -> Failure {
    let own = at.span().and_then(|span| host.files.iter().find(|file| file.source == span.file));
    let Some(first) = own.or(host.files.first()) else {
        return Failure::Error(Diagnostic::error(Code::FunctionFailed, error.to_string()));
    };
    let (file, error) = innermost(host, first, error, &mut Vec::new());
    if let EvalAltResult::ErrorRuntime(value, _) = error
        && let Some(Raised::DividedByZero(problem)) = value.clone().try_cast::<Raised>()
    {
        return Failure::Undefined(problem.message);
    }
    let diagnostic = diagnosed(host, file, error)
        .unwrap_or_else(|| Diagnostic::error(Code::FunctionFailed, error.to_string()));
    let diagnostic = match &diagnostic.at {
        // Of some errors the language does not know where they happened.
        Some(place) if place.line == 0 && at.span().is_some() => diagnostic.at(at.clone()),
        Some(_) => diagnostic,
        None => diagnostic.at(file.span(error.position())),
    };
    let code = if diagnostic.code == Code::ScriptLimit { Code::ScriptLimit } else { Code::FunctionFailed };
    Failure::Error(Diagnostic { code, ..diagnostic })
}

/// The error at the bottom of calls, with the file it is in and the calls above.
fn innermost<'a>(
    host: &'a Host,
    file: &'a File,
    error: &'a EvalAltResult,
    trail: &mut Vec<Span>,
) -> (&'a File, &'a EvalAltResult) {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, source, inner, position) => {
            if !position.is_none() {
                trail.push(file.span(*position));
            }
            innermost(host, host.file(Some(source)).unwrap_or(file), inner, trail)
        }
        EvalAltResult::ErrorInModule(source, inner, position) => {
            if !position.is_none() {
                trail.push(file.span(*position));
            }
            innermost(host, host.file(Some(source)).unwrap_or(file), inner, trail)
        }
        _ => (file, error),
    }
}

fn diagnosed(host: &Host, file: &File, error: &EvalAltResult) -> Option<Diagnostic> {
    use EvalAltResult as E;
    let position = error.position();
    let at = |code: Code, message: String| Diagnostic::error(code, message).at(file.span(position));
    let found = match error {
        E::ErrorRuntime(value, _) => match value.clone().try_cast::<Raised>() {
            Some(Raised::Known) => return None,
            Some(Raised::New(diagnostic) | Raised::DividedByZero(diagnostic)) => diagnostic,
            None => at(Code::ScriptError, format!("the script stopped: {value}")),
        },
        E::ErrorFunctionNotFound(signature, _) => not_found(host, file, signature, position),
        E::ErrorVariableNotFound(name, _) => names::unknown(host, file, name, position),
        E::ErrorMismatchDataType(expected, actual, _) => mismatched(file, expected, actual, position),
        E::ErrorDotExpr(message, _) => no_property(file, message, position),
        E::ErrorIndexingType(types, _) => {
            let receiver = types.split(" [").next().unwrap_or(types);
            at(Code::ScriptType, format!("{} has nothing to look up in […]", type_title(receiver)))
        }
        E::ErrorPropertyNotFound(name, _) => at(Code::UnknownKey, format!("the map has no `{name}`"))
            .help("a map has the keys it was written with; test with `\"key\" in map`"),
        E::ErrorParsing(problem, _) => hints::parse_problem(host, file, problem, position),
        E::ErrorTooManyOperations(_) => at(
            Code::ScriptLimit,
            format!("this statement took more than {} operations", host.limits.operations),
        )
        .help("scripts declare metrics; the engine computes them. Is this loop endless?"),
        E::ErrorTerminated(..) => {
            at(Code::ScriptLimit, format!("this file took longer than {:?}", host.limits.wall_time))
                .help("scripts declare metrics; the engine computes them. Is this loop endless?")
        }
        E::ErrorStackOverflow(_) => at(
            Code::ScriptLimit,
            format!("functions call each other more than {} deep", host.limits.call_levels),
        )
        .help("does a function call itself without an end?"),
        E::ErrorDataTooLarge(what, _) => at(Code::ScriptLimit, format!("{} is too large", data_title(what))),
        E::ErrorTooManyVariables(_) => at(
            Code::ScriptLimit,
            format!("a script has at most {} variables; what follows is not read", host.limits.variables),
        )
        .help("keep many values of one kind in a list or a map"),
        E::ErrorTooManyModules(_) => at(Code::ScriptLimit, "too many imports".to_owned()),
        E::ErrorModuleNotFound(path, _) => at(Code::ScriptImport, format!("nothing to import at `{path}`"))
            .help(
                "import \"other\" as other; reads other.rhai of the same folder of scripts, and nothing else",
            ),
        E::ErrorVariableExists(name, _) => names::taken(host, file, name, position),
        E::ErrorForbiddenVariable(name, _) => names::taken(host, file, name, position),
        E::ErrorAssignmentToConstant(name, _) => at(Code::ScriptError, format!("`{name}` cannot be changed"))
            .help("tables and constants stay what they are; use let with another name"),
        E::ErrorNonPureMethodCallOnConstant(name, _) => {
            at(Code::ScriptError, format!("`{name}` would change a constant")).help("copy it with let first")
        }
        E::ErrorArrayBounds(length, index, _) => at(
            Code::ScriptError,
            format!("the list has {length} items, and item [{index}] is asked for (the first is [0])"),
        ),
        E::ErrorFor(_) => at(Code::ScriptType, "`for` needs a list".to_owned())
            .help("scripts never see rows: conditions and sums go through the table, e.g. deals.sum(…)"),
        E::ErrorMismatchOutputType(expected, actual, _) => {
            at(Code::ScriptType, format!("expected {}, found {}", type_title(expected), type_title(actual)))
        }
        // A closure that uses the record whose list it goes through, say.
        E::ErrorDataRace(..) => at(
            Code::ScriptError,
            "a function in |…| uses a variable that is being worked on by the call it is given to".to_owned(),
        )
        .help("take what it needs out first, e.g. `let mine = g.value;`, and use that inside of |…|"),
        other => at(Code::ScriptError, other.unwrap_position_text()),
    };
    Some(found)
}

/// Texts of errors without the position that Rhai puts at their end.
trait Text {
    fn unwrap_position_text(&self) -> String;
}

impl Text for EvalAltResult {
    fn unwrap_position_text(&self) -> String {
        let text = self.to_string();
        let cut = text.rfind(" (line ").unwrap_or(text.len());
        let text = text[..cut].trim().to_owned();
        let mut characters = text.chars();
        match characters.next() {
            Some(first) => first.to_lowercase().chain(characters).collect(),
            None => "the script failed".to_owned(),
        }
    }
}

fn data_title(what: &str) -> &'static str {
    if what.contains("string") || what.contains("String") {
        "a text"
    } else if what.contains("array") || what.contains("Array") {
        "a list"
    } else if what.contains("map") || what.contains("Map") {
        "a map"
    } else {
        "a value"
    }
}

/// A method or function that does not exist, or not for these arguments.
fn not_found(host: &Host, file: &File, signature: &str, position: Position) -> Diagnostic {
    let (name, rest) = signature.split_once(" (").unwrap_or((signature, ")"));
    let arguments: Vec<&str> = rest.trim_end_matches(')').split(", ").filter(|a| !a.is_empty()).collect();
    let error = |code, message: String| Diagnostic::error(code, message).at(file.span(position));
    let kinds: Vec<String> = arguments.iter().map(|argument| type_title(argument)).collect();
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        let problem = error(Code::ScriptType, format!("`{name}` does not work on {}", kinds.join(" and ")));
        return match name {
            "&" => problem.help("write `and`"),
            "|" => problem.help("write `or`"),
            _ => problem,
        };
    }
    let is_unit = name == "percent" || StepUnit::parse(name).is_some();
    if is_unit && kinds.first().is_some_and(|kind| kind == "a number") {
        return error(Code::ScriptType, format!("`{name}` is written without brackets"))
            .help(format!("e.g. 5.{name}"));
    }
    let receiver = arguments.first().copied().unwrap_or_default();
    if let Some(known) = methods::of(receiver) {
        let title = type_title(receiver);
        if let Some(method) = known.iter().find(|method| method.name == name) {
            let wanted = "use it as";
            return error(Code::ScriptType, format!("`{name}` of {title} does not take these arguments"))
                .help(format!("{wanted} .{}", method.usage));
        }
        let problem = error(Code::UnknownName, format!("{title} has no `{name}`"));
        let elsewhere = methods::owners(name);
        let owner = match receiver {
            // Of two that have it, the nearer one.
            "table" => elsewhere.iter().find(|owner| **owner == "measure").or(elsewhere.first()),
            _ => elsewhere.first(),
        };
        let help = match (receiver, owner) {
            ("column", Some(&"table")) => {
                format!("`{name}` belongs to the table: write deals.{name}(deals.amount)")
            }
            ("stock", Some(&"table")) => {
                format!(
                    "choose a moment first: .at_start().{name}(…), .at_end().{name}(…) or .during().{name}(…)"
                )
            }
            ("measure", Some(&"table")) => {
                format!("`{name}` belongs to a table, and this is a measure already")
            }
            ("table", Some(&"measure")) => format!("aggregate first, e.g. .count().{name}(…)"),
            (_, Some(owner)) => format!("`{name}` belongs to {}", type_title(owner)),
            (_, None) => did_you_mean(name, known.iter().map(|method| method.name)),
        };
        return problem.help(help);
    }
    if let Some(function) = methods::FUNCTIONS.iter().find(|function| function.name == name) {
        return error(Code::ScriptType, format!("`{name}` does not take these arguments"))
            .help(format!("use it as {}", function.usage));
    }
    let known: BTreeSet<&str> = methods::FUNCTIONS.iter().map(|function| function.name).collect();
    let message = match kinds.as_slice() {
        [] => format!("no function is called `{name}`"),
        [one] => format!("no function is called `{name}` that takes {one}"),
        many => format!("no function is called `{name}` that takes {}", many.join(" and ")),
    };
    let help = if host.tables.contains(name) {
        format!("`{name}` is a table: write {name}.where(…), without the brackets after its name")
    } else {
        did_you_mean(name, known.iter().copied())
    };
    error(Code::UnknownName, message).help(help)
}

fn mismatched(file: &File, expected: &str, actual: &str, position: Position) -> Diagnostic {
    let title = type_title(actual);
    let error = |message: String| Diagnostic::error(Code::ScriptType, message).at(file.span(position));
    match (expected, title.as_str()) {
        ("bool", "a column") => error("a column has no value while the script loads, so nothing can be decided".to_owned())
            .help("for a value per row write when(condition, value).otherwise(value); for choosing rows .where(condition)"),
        ("bool", "a measure") => error("a measure has no value while the script loads, so nothing can be decided".to_owned())
            .help("decide in a function: parts: #{ x: … }, value: |m| if m.x > 0 { … } else { … }"),
        _ => error(format!("expected {}, found {title}", type_title(expected))),
    }
}

fn no_property(file: &File, message: &str, position: Position) -> Diagnostic {
    // Unknown property 'x' - a getter is not registered for type 'y'
    let mut quoted = message.split('\'').skip(1).step_by(2);
    let (name, receiver) = (quoted.next().unwrap_or_default(), quoted.next().unwrap_or_default());
    let error = |text: String| Diagnostic::error(Code::UnknownName, text).at(file.span(position));
    if name.is_empty() || receiver.is_empty() {
        return error("this has no such property".to_owned());
    }
    if message.contains("writable") {
        return error(format!("`{name}` of {} cannot be changed", type_title(receiver)));
    }
    let title = type_title(receiver);
    let problem = error(format!("{title} has no `{name}`"));
    if let Some(known) = methods::of(receiver) {
        if let Some(method) = known.iter().find(|method| method.name == name) {
            return problem.help(format!("it is called with brackets: .{}", method.usage));
        }
        let help = match receiver {
            "stock" => "choose a moment first: .at_start(), .at_end() or .during()".to_owned(),
            _ => did_you_mean(name, known.iter().map(|method| method.name)),
        };
        return problem.help(help);
    }
    if title == "a number" {
        let units =
            ["percent", "seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"];
        return problem.help(did_you_mean(name, units));
    }
    problem
}
