//! `goalpost demo`: writes an example project.

use std::fmt::Write as _;

use chrono::NaiveDate;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_registry::sink::Format;

use super::Answer;
use crate::args::{DemoArgs, DemoFormat};
use crate::demo::{DemoOptions, write};

/// Answers the command.
pub(crate) fn answer(args: &DemoArgs, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let options = match options(args) {
        Ok(options) => options,
        Err(found) => {
            problems.push(found);
            return Answer::new(String::new(), problems);
        }
    };
    let mut text = String::new();
    match write(&options) {
        Ok(summary) => {
            let folder = summary.folder.display();
            let _ = writeln!(
                text,
                "wrote {} tables with {} rows to {folder}\n\nnext:\n  goalpost check -C {folder} --as-of {}\n  goalpost run -C {folder} --as-of {}",
                summary.tables.len(),
                summary.rows(),
                summary.as_of,
                summary.as_of,
            );
        }
        Err(found) => problems.push(*found),
    }
    Answer::new(text, problems)
}

fn options(args: &DemoArgs) -> Result<DemoOptions, Diagnostic> {
    let until = match &args.until {
        None => DemoOptions::default_until(),
        Some(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
            Diagnostic::error(Code::Usage, format!("`--until {text}` is not a date"))
                .help("write it as 2026-06-30: the last day of the data")
        })?,
    };
    let format = match args.format {
        DemoFormat::Csv => Format::Csv,
        DemoFormat::Parquet => Format::Parquet,
    };
    Ok(DemoOptions { folder: args.dir.clone(), deals: args.deals, seed: args.seed, format, until })
}
