//! `goalpost lint`: what is wrong with scripts and goals, before anything is computed.
//!
//! Data need not be there: what could only be said of data is left out.

use clap::Args;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::lint::lint;

use super::{Answer, load};
use crate::load::Tests;
use crate::options::Question;
use crate::question;
use crate::settings::Settings;

/// `goalpost lint`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LintArgs {
    /// The moment that due dates and waivers are compared with.
    #[command(flatten)]
    pub(crate) question: Question,
}

const EXAMPLES: &str = "\
Examples:
  goalpost lint                                     scripts and goals, as of today
  goalpost lint --as-of 2026-04-01

Exit codes:
  0  nothing was found
  1  there is something to mend
  2  an error of use, configuration or script";

/// Answers the command.
pub(crate) fn answer(args: &LintArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let Some(loaded) = load(&args.question.params, settings, Tests::Loaded, &mut problems) else {
        return Answer::new(String::new(), problems);
    };
    let project = &loaded.project;
    let as_of = args.question.as_of.as_ref();
    let as_of = question::as_of(as_of, &project.config.calendar, &settings.line, &mut problems);
    problems.retain(|problem| !problem.code.is_data());
    problems.extend(lint(project, &as_of));
    let goals = project.catalogue.goals().len();
    let metrics = project.catalogue.metrics().count();
    let found = match problems.len() {
        0 => "nothing to mend".to_owned(),
        1 => "1 thing to mend".to_owned(),
        many => format!("{many} things to mend"),
    };
    let text = format!("{metrics} metrics, {goals} goals: {found}\n");
    let exit = if problems.is_empty() { ExitCode::Success } else { ExitCode::Missed };
    Answer { exit, ..Answer::new(text, problems) }
}
