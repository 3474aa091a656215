//! `goalpost explain`: what a metric means and how it is computed, or what a message means.
//!
//! `rows` lists the rows behind a value instead.

mod rows;

use clap::Args;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_registry::explain::explain;
use goalpost_registry::run::RunRequest;

use super::{Answer, Asked, Named, ask, select};
use crate::diagnostics::has_errors;
use crate::options::{GrainArg, Question};
use crate::render::list::explanation;
use crate::render::rows::RowsFormat;
use crate::settings::Settings;

/// `goalpost explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The metric, or the code of a message such as bad-value
    #[arg(value_name = "METRIC")]
    pub(crate) metric: String,
    /// The size of the periods that the plan is for
    #[arg(long, value_name = "GRAIN", default_value = "month", hide_possible_values = true)]
    pub(crate) grain: GrainArg,
    /// Dimensions that the plan cuts by, by comma
    #[arg(long, value_name = "DIM,…", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// List the rows behind a value instead, and the rows left out of it
    #[arg(long)]
    pub(crate) rows: bool,
    /// The period whose rows are listed, e.g. 2026-03 or 2026-Q1; otherwise the last one of --grain
    /// that is over
    #[arg(long, value_name = "PERIOD", requires = "rows")]
    pub(crate) period: Option<String>,
    /// Only rows of this segment, e.g. region=EMEA; may be given several times
    #[arg(long, value_name = "DIM=VALUE", requires = "rows")]
    pub(crate) segment: Vec<String>,
    /// Rows listed of each kind; 20 otherwise
    #[arg(long, value_name = "N", requires = "rows")]
    pub(crate) limit: Option<String>,
    /// How to write the rows: table, json or csv; table otherwise
    #[arg(long, value_name = "FORMAT", requires = "rows", hide_possible_values = true)]
    pub(crate) format: Option<RowsFormat>,
    /// What the run speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
}

const EXAMPLES: &str = "\
Examples:
  goalpost explain close_rate
  goalpost explain churn_rate --grain quarter --by region
  goalpost explain close_rate --rows --period 2026-Q1 --segment region=EMEA
  goalpost explain bad-value          what error[bad-value] means";

/// Answers the command.
pub(crate) fn answer(args: &ExplainArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    if args.rows {
        return rows::answer(args, settings, problems);
    }
    let mut problems = problems;
    // A code comes from a message, wherever that was seen: it needs no project.
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == args.metric) {
        return Answer::new(explanation::code(*code), problems);
    }
    let asked =
        ask(&args.question, Named::Metrics(std::slice::from_ref(&args.metric)), settings, &mut problems);
    let found = asked.and_then(|Asked { loaded, as_of, options }| {
        let project = &loaded.project;
        let words = std::slice::from_ref(&args.metric);
        // What a metric means can be told without the data that it needs.
        let named = project.catalogue.metric(&MetricName::from(args.metric.as_str()));
        let metrics = match named {
            Some(entry) => vec![entry.metric.name.clone()],
            None => select(words, settings, &mut problems, |words| project.catalogue.select_metrics(words)),
        };
        if has_errors(&problems) {
            return None;
        }
        let request = RunRequest {
            metrics,
            grain: args.grain.0,
            from: None,
            to: None,
            last: None,
            by: args.by.iter().map(|name| DimensionName::from(name.trim())).collect(),
            as_of,
        };
        explain(project, &request, &options).map_err(|found| problems.extend(found)).ok()
    });
    let text = found.map_or_else(String::new, |found| explanation::explain(&found));
    Answer::new(text, problems)
}
