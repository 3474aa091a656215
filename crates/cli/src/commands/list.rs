//! `goalpost list`: what a project has, and what is missing for more.
//!
//! It shows what it can even where something is wrong, because it is where one
//! looks to find out what.

use goalpost_core::diagnostic::Diagnostic;

use super::{Answer, load};
use crate::args::{ListArgs, ListFormat, ListWhat};
use crate::project::Tests;
use crate::render::{list_json, listing};
use crate::settings::Settings;

/// Answers the command.
pub(crate) fn answer(args: &ListArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let Some(loaded) = load(&args.params, settings, Tests::LeftOut, &mut problems) else {
        return Answer::new(String::new(), problems);
    };
    let project = &loaded.project;
    let wanted: Vec<ListWhat> = match args.what {
        Some(what) => vec![what],
        None => vec![ListWhat::Metrics, ListWhat::Goals, ListWhat::Tables],
    };
    let text = match args.format {
        ListFormat::Table => listing::list(project, &wanted),
        ListFormat::Json => list_json::list(project, &wanted, &problems),
    };
    Answer::new(text, problems)
}
