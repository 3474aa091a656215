//! `goalpost compare`: metrics before and after a change. `windows` reads which days those are.

mod windows;

use std::path::PathBuf;

use clap::Args;
use goalpost_core::calendar::Grain;
use goalpost_core::comparison::ComparisonReport;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::compare::{CompareRequest, compare};

use super::run::{Wanted, metrics};
use super::{Answer, Asked, Named, ask};
use crate::options::Question;
use crate::question;
use crate::render::{RunFormat, compare as render};
use crate::settings::Settings;

/// `goalpost compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompareArgs {
    /// Metrics by name or pattern (*, ?, [a-z]); every available one otherwise
    #[arg(value_name = "METRIC")]
    pub(crate) metrics: Vec<String>,
    /// The day of the change: the window before ends here and the one after begins
    #[arg(long, value_name = "DATE")]
    pub(crate) at: Option<String>,
    /// How long both windows of --at are: 6mo, 26w, 180d, 2q or 1y
    #[arg(long, value_name = "LENGTH")]
    pub(crate) window: Option<String>,
    /// The window before: a period (2025-Q4), or days from A up to, not including, B
    #[arg(long, value_name = "A..B")]
    pub(crate) before: Option<String>,
    /// The window after, in the same way
    #[arg(long, value_name = "A..B")]
    pub(crate) after: Option<String>,
    /// Dimensions to cut by, by comma: owner,rep.manager
    #[arg(long, value_name = "DIM,…", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// What the run speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
    /// How to write the result: table, json, csv or markdown
    #[arg(long, value_name = "FORMAT", default_value = "table", hide_possible_values = true)]
    pub(crate) format: RunFormat,
    /// Write the result to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  goalpost compare --at 2026-01-01 --window 6mo     every metric, half a year before and after
  goalpost compare close_rate churn_rate --at 2026-01-01 --window 6mo --by region
  goalpost compare --before 2025-01-01..2025-07-01 --after 2026-01-01..2026-07-01
  goalpost compare 'sales_cycle*' --before 2025-Q1 --after 2026-Q1 --format json

How sure one can be is in the interval of the difference (95 %) and in p, which is adjusted for
the number of rows tested (Holm). A change is clear where p is below 0.05.

Exit codes:
  0  something was compared, whatever it came to
  2  an error of use, configuration or script
  3  data could not be read or computed
  4  nothing has a value in both windows";

/// Answers the command.
pub(crate) fn answer(args: &CompareArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    windows::check(args, &settings.line, &mut problems);
    let asked = ask(&args.question, Named::Metrics(&args.metrics), settings, &mut problems);
    let by = question::dimensions(&args.by, &settings.line, &mut problems);
    let report = asked.and_then(|Asked { loaded, as_of, options }| {
        let project = &loaded.project;
        let calendar = &project.config.calendar;
        let spans = windows::read(args, calendar, &as_of, &settings.line, &mut problems);
        let wanted = Wanted { words: &args.metrics, by: &by, grain: Grain::Day };
        let metrics = metrics(&wanted, &project.catalogue, settings, &mut problems)?;
        let (before, after) = spans?;
        let request = CompareRequest { metrics, before, after, by, as_of };
        compare(project, &request, &options).map_err(|found| problems.extend(found)).ok()
    });
    let Some(mut report) = report else { return failed(args, problems) };
    report.diagnostics.append(&mut problems);
    let width = settings.surface(args.output.as_ref()).width;
    let text = render::written(args.format, &report, width);
    let exit = exit(&report);
    Answer { destination: args.output.clone(), exit, ..Answer::new(text, report.diagnostics) }
}

/// A comparison in which nothing could be compared is not a success.
fn exit(report: &ComparisonReport) -> ExitCode {
    if report.rows.iter().any(|row| row.change.is_some()) {
        ExitCode::Success
    } else {
        ExitCode::NothingJudged
    }
}

fn failed(args: &CompareArgs, problems: Vec<Diagnostic>) -> Answer {
    let text = render::failed(args.format, &problems);
    Answer { destination: args.output.clone(), exit: ExitCode::Data, ..Answer::new(text, problems) }
}
