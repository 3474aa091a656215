//! Names that stand for nothing, and names that are taken.

use std::collections::BTreeSet;

use goalpost_core::diagnostic::{Code, Diagnostic, listed, nearest};
use goalpost_core::name::TableName;
use rhai::Position;

use crate::file::File;
use crate::host::Host;
use crate::surface::methods;

/// A name that stands for nothing.
pub(crate) fn unknown(host: &Host, file: &File, name: &str, position: Position) -> Diagnostic {
    let mut known: BTreeSet<&str> = host.tables.iter().map(TableName::as_str).collect();
    let declared = file.declared_names();
    if declared.contains(name) {
        return Diagnostic::error(Code::UnknownName, format!("`{name}` is not known here"))
            .at(file.span(position))
            .help("use it after its `let`, and not inside `fn`: a function that sees variables is written |x| …");
    }
    known.extend(["metrics", "period"]);
    let error = Diagnostic::error(Code::UnknownName, format!("nothing is called `{name}`"))
        .at(file.span(position))
        .label("not known");
    if let Some(hint) = of_word(name) {
        return error.help(hint);
    }
    if file.is_assigned(position) {
        return error.help(format!("declare it: let {name} = …"));
    }
    let near = nearest(name, declared.iter().map(String::as_str).chain(known.iter().copied()));
    let tables = listed(host.tables.iter().map(TableName::as_str), 12);
    error.help(match near {
        Some(near) if known.contains(near) && host.tables.contains(near) => {
            format!("did you mean `{near}`? tables: {tables}")
        }
        Some(near) => format!("did you mean `{near}`?"),
        None if methods::FUNCTIONS.iter().any(|function| function.name == name) => {
            format!("`{name}` is a function: write {name}(…)")
        }
        None => format!("tables: {tables}; a text needs quotes"),
    })
}

/// A variable with a name that is taken.
pub(crate) fn taken(host: &Host, file: &File, name: &str, position: Position) -> Diagnostic {
    let error = |message| Diagnostic::error(Code::ScriptError, message).at(file.span(position));
    if host.tables.contains(name) || matches!(name, "metrics" | "period") {
        return error(format!("`{name}` is the name of a table or of the language"))
            .help("choose another name for the variable");
    }
    let error = error(format!("a variable `{name}` exists already"))
        .help("choose another name; a second `let` would silently replace the first");
    let first = file.declaration_of(name);
    match first {
        Some(span) if error.at.as_ref() != Some(&span) => error.related(span, "the first"),
        _ => error,
    }
}

/// What a word of another language is here.
fn of_word(word: &str) -> Option<String> {
    let hint = match word {
        "None" | "nil" | "NULL" | "Null" | "undefined" => "nothing is written `null`",
        "True" | "TRUE" => "write `true`",
        "False" | "FALSE" => "write `false`",
        "elif" | "elsif" | "elseif" => "write `else if`",
        "AND" | "And" => "write `and`",
        "OR" | "Or" => "write `or`",
        "NOT" | "Not" | "not" => "write `not` before a condition",
        "IN" | "In" => "write `in`",
        "IS" | "is" => "write `== null` or `!= null`",
        "case" | "CASE" | "WHEN" => "write when(condition, value).otherwise(value)",
        "var" | "def" => "write `let`",
        "lambda" | "function" => "write |x| …",
        _ => return None,
    };
    Some(hint.to_owned())
}
