//! `goalpost test`: the tests that scripts declare, each on its own rows.

use std::fmt::Write as _;

use goalpost_core::case::Case;
use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::source::At;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::case::run_case;
use goalpost_script::Scripts;

use super::{Answer, engine_options, load};
use crate::args::TestArgs;
use crate::diagnostics::has_errors;
use crate::escape::visible;
use crate::project::Loaded;
use crate::settings::Settings;

/// Answers the command.
pub(crate) fn answer(args: &TestArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let loaded = load(&args.params, settings, &mut problems).filter(|_| !has_errors(&problems));
    let Some(loaded) = loaded else { return Answer::new(String::new(), problems) };
    let options = engine_options(&loaded, settings);
    let cases: Vec<&Case> = loaded.definitions.cases.iter().filter(|case| is_wanted(case, args)).collect();
    let mut text = String::new();
    let mut failed = 0;
    for case in &cases {
        let failures = match definitions(case, &loaded) {
            Ok(definitions) => run_case(&loaded.project.config, definitions, case, &options).failures,
            Err(found) => found,
        };
        let word = if failures.is_empty() { "ok    " } else { "failed" };
        failed += usize::from(!failures.is_empty());
        let _ = writeln!(text, "{word}  {}  ({})", visible(&case.name), visible(&case.at.to_string()));
        problems.extend(failures);
    }
    let _ = match (&args.pattern, cases.len()) {
        (Some(pattern), 0) => writeln!(text, "no test has a name with `{}`", visible(pattern)),
        (None, 0) => writeln!(text, "no tests: write `test(\"what it shows\", || {{ … }});` beside a metric"),
        (_, count) => writeln!(text, "\n{} passed, {failed} failed", count - failed),
    };
    let exit = match (cases.len(), failed) {
        (0, _) => ExitCode::NothingJudged,
        (_, 0) => ExitCode::Success,
        _ => ExitCode::Missed,
    };
    Answer { exit, ..Answer::new(text, problems) }
}

fn is_wanted(case: &Case, args: &TestArgs) -> bool {
    let named = args.pattern.as_ref().is_none_or(|pattern| case.name.contains(pattern.as_str()));
    named && (args.built_in || case.layer != Layer::BuiltIn)
}

/// What the scripts declare with the parameters of a case.
fn definitions(case: &Case, loaded: &Loaded) -> Result<Definitions, Vec<Diagnostic>> {
    if case.params.is_empty() {
        return Ok(loaded.definitions.clone());
    }
    let mut params = loaded.scripts.params.clone();
    for (name, value) in &case.params {
        params.insert(name.clone(), (value.clone(), At::from(case.at.clone())));
    }
    let mut definitions = goalpost_script::load(&Scripts { params, ..loaded.scripts.clone() });
    let found = std::mem::take(&mut definitions.diagnostics);
    if has_errors(&found) { Err(found) } else { Ok(definitions) }
}
