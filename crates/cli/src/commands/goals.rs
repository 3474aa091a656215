//! `goalpost goals`: goals with their levels, or how SMART they are.

use std::collections::BTreeMap;

use clap::Args;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::review::review;

use super::{Answer, Asked, Named, ask, select};
use crate::diagnostics::has_errors;
use crate::options::Question;
use crate::render::list::{ListWhat, human, review as rendered};
use crate::settings::Settings;

/// `goalpost goals`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GoalsArgs {
    /// Goals by name or pattern (*, ?, [a-z]); every goal otherwise
    #[arg(value_name = "GOAL")]
    pub(crate) goals: Vec<String>,
    /// Review each goal by the five letters of SMART, with what history shows
    #[arg(long)]
    pub(crate) review: bool,
    /// What the review speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
}

const EXAMPLES: &str = "\
Examples:
  goalpost goals                                    every goal with its levels
  goalpost goals --review                           how SMART each goal is
  goalpost goals 'sales*' --review --as-of 2026-04-01";

/// Answers the command.
pub(crate) fn answer(args: &GoalsArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let Some(Asked { loaded, as_of, options }) =
        ask(&args.question, Named::Goals(&args.goals), settings, &mut problems)
    else {
        return Answer::new(String::new(), problems);
    };
    let project = &loaded.project;
    let goals = select(&args.goals, settings, &mut problems, |words| project.catalogue.select_goals(words));
    if has_errors(&problems) {
        return Answer::new(String::new(), problems);
    }
    if !args.review {
        let text = if args.goals.is_empty() {
            human::list(project, &BTreeMap::new(), &[ListWhat::Goals])
        } else {
            human::selected_goals(project, &goals)
        };
        return Answer::new(text, problems);
    }
    match review(project, &goals, as_of, &options) {
        Ok((facts, notices)) => {
            problems.extend(notices);
            let text = rendered::review(&facts, &project.config.currency);
            let exit = if facts.is_empty() { ExitCode::NothingJudged } else { ExitCode::Success };
            Answer { exit, ..Answer::new(text, problems) }
        }
        Err(found) => {
            problems.extend(found);
            Answer::new(String::new(), problems)
        }
    }
}
