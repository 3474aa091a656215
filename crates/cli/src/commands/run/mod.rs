//! `goalpost run`: metrics by period and segment. `range` reads from when to when.

mod range;

use std::path::PathBuf;

use clap::Args;
use goalpost_core::calendar::Grain;
use goalpost_core::diagnostic::{Code, Diagnostic, listed};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::source::At;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::catalogue::{Catalogue, Missing, needs};
use goalpost_registry::run::{RunRequest, run};

use super::{Answer, Asked, Named, ask, select};
use crate::diagnostics::has_errors;
use crate::options::{GrainArg, Question};
use crate::question;
use crate::render::{RunFormat, run as render};
use crate::settings::Settings;

/// `goalpost run`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// Metrics by name or pattern (*, ?, [a-z]); every available one otherwise
    #[arg(value_name = "METRIC")]
    pub(crate) metrics: Vec<String>,
    /// The size of the periods: day, week, month, quarter, year or all
    #[arg(long, value_name = "GRAIN", default_value = "month", hide_possible_values = true)]
    pub(crate) grain: GrainArg,
    /// Periods from this day on
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Periods up to, not including, this day
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Only the last N periods
    #[arg(long, value_name = "N")]
    pub(crate) last: Option<String>,
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
  goalpost run                                      every available metric, by month
  goalpost run close_rate won_revenue --last 6
  goalpost run 'churn*' --grain quarter --as-of 2026-04-01
  goalpost run close_rate --by owner,region --from 2026-01-01 --to 2026-04-01
  goalpost run --grain all --format json -o metrics.json
  goalpost run net_new_revenue --param new_customer_months=6";

/// Answers the command.
pub(crate) fn answer(args: &RunArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let range = range::range(args, &settings.line, &mut problems);
    let asked = ask(&args.question, Named::Metrics(&args.metrics), settings, &mut problems);
    let by = question::dimensions(&args.by, &settings.line, &mut problems);
    let report = asked.and_then(|Asked { loaded, as_of, options }| {
        let project = &loaded.project;
        let now = (&project.config.calendar, &as_of);
        if let Some(problem) = range::too_many(range, args.grain.0, now, &settings.line) {
            problems.push(problem);
            return None;
        }
        let wanted = Wanted { words: &args.metrics, by: &by, grain: args.grain.0 };
        let metrics = metrics(&wanted, &project.catalogue, settings, &mut problems)?;
        let request = RunRequest {
            metrics,
            grain: args.grain.0,
            from: range.from,
            to: range.to,
            last: range.last,
            by,
            as_of,
        };
        run(project, &request, &options).map_err(|found| problems.extend(found)).ok()
    });
    let Some(mut report) = report else { return failed(args, problems) };
    report.diagnostics.append(&mut problems);
    let width = settings.surface(args.output.as_ref()).width;
    let text = render::written(args.format, &report, width);
    Answer { destination: args.output.clone(), ..Answer::new(text, report.diagnostics) }
}

fn failed(args: &RunArgs, problems: Vec<Diagnostic>) -> Answer {
    let text = render::failed(args.format, &problems);
    Answer { destination: args.output.clone(), exit: ExitCode::Data, ..Answer::new(text, problems) }
}

/// What metrics are asked for, and how.
pub(super) struct Wanted<'a> {
    /// Names and patterns.
    pub(super) words: &'a [String],
    /// What to cut by.
    pub(super) by: &'a [DimensionName],
    /// The size of the periods.
    pub(super) grain: Grain,
}

/// The metrics asked for. Those that nobody named are narrowed to what can be
/// placed in periods and cut as asked; those that were named have to be.
pub(super) fn metrics(
    wanted: &Wanted<'_>,
    catalogue: &Catalogue,
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<MetricName>> {
    let Wanted { words, by, grain } = *wanted;
    let mut selected = select(words, settings, problems, |words| catalogue.select_metrics(words));
    if has_errors(problems) {
        return None;
    }
    let is_named = |name: &MetricName| words.iter().any(|word| word == name.as_str());
    let mut lacking: Vec<Missing> = Vec::new();
    let mut undated = Vec::new();
    selected.retain(|name| {
        let Some(entry) = catalogue.metric(name).filter(|_| grain != Grain::All && !is_named(name)) else {
            return true;
        };
        let missing = catalogue.lacking_times(&entry.metric.value, &entry.metric);
        if !missing.is_empty() {
            undated.push(name.clone());
        }
        let is_placed = missing.is_empty();
        lacking.extend(missing);
        is_placed
    });
    if !undated.is_empty() {
        let names = listed(undated.iter().map(MetricName::as_str), 12);
        lacking.dedup();
        let message = format!("left out, because nothing places them in periods: {names}");
        let help = format!("they need {}; {}", needs::listed(&lacking), needs::remedy(&lacking));
        problems.push(Diagnostic::note(Code::Unavailable, message).help(help));
    }
    let can_be_cut = |name: &MetricName| {
        catalogue
            .metric(name)
            .is_some_and(|entry| by.iter().all(|dimension| entry.dimensions.contains(dimension)))
    };
    let (kept, left): (Vec<_>, Vec<_>) =
        selected.into_iter().partition(|name| is_named(name) || can_be_cut(name));
    if kept.is_empty() {
        problems.push(nothing(by, catalogue, settings));
        return None;
    }
    if !left.is_empty() {
        let names = listed(left.iter().map(MetricName::as_str), 12);
        let dimensions = by.iter().map(DimensionName::as_str).collect::<Vec<_>>().join(", ");
        problems.push(
            Diagnostic::note(
                Code::UnknownDimension,
                format!("left out, because not offered by {dimensions}: {names}"),
            )
            .help("`goalpost list metrics` shows what each can be cut by"),
        );
    }
    Some(kept)
}

fn nothing(by: &[DimensionName], catalogue: &Catalogue, settings: &Settings) -> Diagnostic {
    let offered = catalogue.metrics().flat_map(|entry| entry.dimensions.iter().map(DimensionName::as_str));
    match by {
        [] => {
            Diagnostic::error(Code::Unavailable, "no metric can be computed from the tables of this project")
                .help("`goalpost list metrics` shows what each needs")
        }
        _ => Diagnostic::error(Code::UnknownDimension, "no metric can be cut like this")
            .at(At(settings.line.option("--by", 0)))
            .help(format!("dimensions of this project: {}", listed(offered, 20))),
    }
}
