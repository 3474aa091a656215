//! Statements that declare something: metrics, goals, waivers, dimensions,
//! parameters, tests. Each checks everything it is given and reports all it finds wrong.

pub(crate) mod case;
mod dimension;
pub(crate) mod expectation;
mod fields;
mod goal;
mod inputs;
mod level;
mod metric;
pub(crate) mod open_case;
mod param;
mod policies;
mod waiver;

use goalpost_core::diagnostic::{Code, Diagnostic};
use rhai::{Dynamic, Engine};

use crate::host::{Call, Fallible, known, raise};

/// Registers them all.
pub(crate) fn register(engine: &mut Engine) {
    metric::register(engine);
    goal::register(engine);
    dimension::register(engine);
    param::register(engine);
    case::register(engine);
    expectation::register(engine);
    waiver::register(engine);
}

/// Whether a declaration counts here: in an import it does not, because the
/// imported file is loaded on its own; in a test's body it is a mistake.
fn counts(call: &Call, what: &str) -> Fallible<bool> {
    let state = call.host.state();
    if state.closed {
        return Err(raise(
            call.error(Code::ScriptError, format!("`{what}` in a function that computes a value"))
                .help("declare it at the top of the script"),
        ));
    }
    if state.case.is_some() {
        return Err(raise(
            call.error(Code::ScriptError, format!("`{what}` inside a test"))
                .help("declare it at the top of the script; a test gives rows and expects results"),
        ));
    }
    Ok(state.importing == 0)
}

/// Reports all problems of a statement; the statement fails if there are any.
fn settle(call: &Call, problems: Vec<Diagnostic>) -> Fallible<()> {
    if problems.is_empty() {
        return Ok(());
    }
    for problem in problems {
        call.host.report(problem);
    }
    Err(known())
}

/// The result of a statement.
const NOTHING: Dynamic = Dynamic::UNIT;
