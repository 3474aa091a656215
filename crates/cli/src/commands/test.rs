//! `goalpost test`: the tests that scripts declare, each on its own rows.

use std::fmt::Write as _;

use clap::Args;
use goalpost_core::calendar::Calendar;
use goalpost_core::case::Case;
use goalpost_core::config::{BusinessHours, Config};
use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::schema::Schema;
use goalpost_core::source::At;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::Bench;
use goalpost_registry::case::run_case;

use super::{Answer, engine_options, load};
use crate::diagnostics::has_errors;
use crate::escape::visible;
use crate::load::{Loaded, Tests};
use crate::options::Params;
use crate::settings::Settings;

/// `goalpost test`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TestArgs {
    /// Only tests whose name contains this
    #[arg(value_name = "PATTERN")]
    pub(crate) pattern: Option<String>,
    /// Run the tests of the built-in metrics too
    #[arg(long)]
    pub(crate) built_in: bool,
    /// Parameters.
    #[command(flatten)]
    pub(crate) params: Params,
}

const EXAMPLES: &str = "\
Examples:
  goalpost test                       every test of the project's scripts
  goalpost test 'open deals'          those whose name contains it";

/// Answers the command.
pub(crate) fn answer(args: &TestArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let loaded =
        load(&args.params, settings, Tests::Loaded, &mut problems).filter(|_| !has_errors(&problems));
    let Some(loaded) = loaded else { return Answer::new(String::new(), problems) };
    let bench = match Bench::new(engine_options(&loaded, settings)) {
        Ok(bench) => bench,
        Err(problem) => {
            problems.push(*problem);
            return Answer::new(String::new(), problems);
        }
    };
    let cases: Vec<&Case> = loaded.definitions.cases.iter().filter(|case| is_wanted(case, args)).collect();
    let mut text = String::new();
    let mut failed = 0;
    for case in &cases {
        let failures = match world(case, &loaded) {
            Ok(World { config, data, definitions }) => {
                run_case(&config, &data, definitions, case, &bench).failures
            }
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

/// What a case is computed with.
struct World {
    config: Config,
    /// What its rows may look like besides.
    data: Schema,
    definitions: Definitions,
}

/// The configuration and the definitions for a case, with its parameters.
///
/// A built-in case shows what a built-in metric means anywhere, so neither the
/// project's mapping nor its own definitions take part in it.
fn world(case: &Case, loaded: &Loaded) -> Result<World, Vec<Diagnostic>> {
    let built_in = case.layer == Layer::BuiltIn;
    let mut config = loaded.project.config.clone();
    let mut data = loaded.project.sources.schema().clone();
    let mut scripts = loaded.scripts.clone();
    if built_in {
        data.tables.clear();
        config.tables.clear();
        config.calendar = Calendar::default();
        config.business = BusinessHours::default();
        scripts.layers.retain(|(layer, _)| *layer == Layer::BuiltIn);
        scripts.params.clear();
    }
    if case.params.is_empty() {
        let mut definitions = loaded.definitions.clone();
        if built_in {
            definitions.metrics.retain(|metric| metric.layer == Layer::BuiltIn);
            definitions.goals.retain(|goal| goal.layer == Layer::BuiltIn);
            definitions.dimensions.retain(|dimension| dimension.layer == Layer::BuiltIn);
        }
        // Parameters that the project sets are in the formulas already.
        if !built_in || loaded.scripts.params.is_empty() {
            return Ok(World { config, data, definitions });
        }
    }
    for (name, value) in &case.params {
        scripts.params.insert(name.clone(), (value.clone(), At::from(case.at.clone())));
    }
    let mut definitions = goalpost_script::load(&scripts);
    let found = std::mem::take(&mut definitions.diagnostics);
    if has_errors(&found) { Err(found) } else { Ok(World { config, data, definitions }) }
}
