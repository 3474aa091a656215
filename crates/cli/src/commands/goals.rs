//! `goalpost goals`: goals with their levels, or how SMART they are.

use std::collections::BTreeMap;

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::review::review;

use super::{Answer, Asked, Named, ask, select};
use crate::args::{GoalsArgs, ListWhat};
use crate::diagnostics::has_errors;
use crate::render::list::{human, review as rendered};
use crate::settings::Settings;

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
