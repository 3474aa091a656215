//! `goalpost demo`: writes an example project.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::At;
use goalpost_registry::write::Format;

use super::Answer;
use crate::demo::{self, DemoOptions, DemoSummary};
use crate::diagnostics::has_errors;
use crate::escape::visible;
use crate::format::count;
use crate::settings::Settings;

/// `goalpost demo`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    /// The folder to write; it must not exist or be empty
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// How many deals; every other table follows, 1000 to 100000000
    #[arg(long, value_name = "N", default_value_t = DemoOptions::DEFAULT_DEALS)]
    pub(crate) deals: u64,
    /// The same seed writes the same bytes
    #[arg(long, value_name = "S", default_value_t = DemoOptions::DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// The last day of the data; the end of a quarter otherwise
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
    /// How to write the data: csv or parquet
    #[arg(long, value_name = "FORMAT", default_value = "csv", hide_possible_values = true)]
    pub(crate) format: DemoFormat,
}

/// Formats of demo data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoFormat {
    /// Comma-separated text, as exports are
    Csv,
    /// Parquet
    Parquet,
}

const EXAMPLES: &str = "\
Examples:
  goalpost demo acme
  goalpost demo big --deals 1000000 --format parquet
  goalpost demo other --seed 7";

/// Answers the command.
pub(crate) fn answer(args: &DemoArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let options = options(args, settings, &mut problems);
    if has_errors(&problems) {
        return Answer::new(String::new(), problems);
    }
    match demo::write(&options) {
        Ok(summary) => Answer::new(text(&summary), problems),
        Err(problem) => {
            problems.push(*problem);
            Answer::new(String::new(), problems)
        }
    }
}

fn options(args: &DemoArgs, settings: &Settings, problems: &mut Vec<Diagnostic>) -> DemoOptions {
    let mut options = DemoOptions::new(args.dir.clone());
    options.deals = args.deals;
    options.seed = args.seed;
    options.format = match args.format {
        DemoFormat::Csv => Format::Csv,
        DemoFormat::Parquet => Format::Parquet,
    };
    if let Some(text) = &args.until {
        match NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d") {
            Ok(until) => options.until = until,
            Err(_) => problems.push(
                Diagnostic::error(Code::BadDate, format!("`{text}` is not a date"))
                    .at(At(settings.line.option("--until", 0)))
                    .label("not a day of the calendar")
                    .help("write year, month and day: 2026-06-30"),
            ),
        }
    }
    options
}

fn text(summary: &DemoSummary) -> String {
    let folder = summary.folder.display().to_string();
    let folder = visible(&folder);
    format!(
        "{folder}: {} tables, {} rows, {} bytes\n\nTry:\n  goalpost check -C {folder} --as-of {as_of}\n  goalpost run \
         -C {folder} --as-of {as_of}\n",
        summary.tables.len(),
        count(summary.rows()),
        count(summary.bytes()),
        as_of = summary.as_of,
    )
}
