//! `goalpost list`: what a project has, and what is missing for more.
//!
//! It shows what it can even where something is wrong, because it is where one
//! looks to find out what: tables are read to the end, and what a run would
//! refuse or leave out is said.

use std::collections::BTreeMap;

use clap::Args;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_registry::inspect::inspect;

use super::{Answer, engine_options, load};
use crate::load::Tests;
use crate::options::Params;
use crate::render::list::{ListFormat, ListWhat, human, json};
use crate::settings::Settings;

/// `goalpost list`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    /// What to list: metrics, goals or tables; everything otherwise
    #[arg(value_name = "WHAT", hide_possible_values = true)]
    pub(crate) what: Option<ListWhat>,
    /// How to write the result: table or json
    #[arg(long, value_name = "FORMAT", default_value = "table", hide_possible_values = true)]
    pub(crate) format: ListFormat,
    /// Parameters.
    #[command(flatten)]
    pub(crate) params: Params,
}

const EXAMPLES: &str = "\
Examples:
  goalpost list                       everything
  goalpost list metrics               with layer, dimensions and what is missing
  goalpost list tables --format json";

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
    let mut states = BTreeMap::new();
    if wanted.contains(&ListWhat::Tables) {
        let (found, findings) = inspect(project, &engine_options(&loaded, settings));
        states = found;
        problems.extend(findings);
    }
    let text = match args.format {
        ListFormat::Table => human::list(project, &states, &wanted),
        ListFormat::Json => json::list(project, &states, &wanted, &problems),
    };
    Answer::new(text, problems)
}
