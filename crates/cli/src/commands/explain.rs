//! `goalpost explain`: what a metric means and how it is computed, or what a message means.

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_registry::explain::explain;
use goalpost_registry::run::RunRequest;

use super::{Answer, Asked, Named, ask, select};
use crate::args::ExplainArgs;
use crate::diagnostics::has_errors;
use crate::render::list::explanation;
use crate::settings::Settings;

/// Answers the command.
pub(crate) fn answer(args: &ExplainArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
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
