//! `goalpost explain --rows`: the rows behind a value.

use goalpost_core::calendar::{AsOf, Calendar, Grain, Period};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::listing::{RowSection, RowsReport};
use goalpost_core::name::DimensionName;
use goalpost_core::segment::of_label;
use goalpost_core::source::At;
use goalpost_registry::rows::{RowsRequest, rows};

use super::ExplainArgs;
use crate::commands::{Answer, Asked, Named, ask, select};
use crate::diagnostics::has_errors;
use crate::render::rows::{self as render, RowsFormat};
use crate::settings::Settings;

/// Rows listed of each kind when nothing is said.
const USUAL_LIMIT: usize = 20;

/// Answers the command.
pub(super) fn answer(args: &ExplainArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let limit = limit(args, settings, &mut problems);
    let segment = segment(args, settings, &mut problems);
    let asked =
        ask(&args.question, Named::Metrics(std::slice::from_ref(&args.metric)), settings, &mut problems);
    let report = asked.and_then(|Asked { loaded, as_of, options }| {
        let project = &loaded.project;
        let words = std::slice::from_ref(&args.metric);
        let metrics = select(words, settings, &mut problems, |words| project.catalogue.select_metrics(words));
        let period = period(args, &as_of, &project.config.calendar, settings, &mut problems);
        if let [_, second, ..] = metrics.as_slice() {
            problems.push(
                Diagnostic::error(Code::Usage, format!("`{}` names several metrics", args.metric))
                    .at(At(settings.line.word(&args.metric)))
                    .help(format!("rows are listed for one at a time, e.g. `{second}`")),
            );
        }
        let metric = metrics.into_iter().next()?;
        if has_errors(&problems) {
            return None;
        }
        let request = RowsRequest {
            metric,
            period: period?,
            by: args.by.iter().map(|name| DimensionName::from(name.trim())).collect(),
            segment,
            limit,
            as_of,
        };
        rows(project, &request, &options).map_err(|found| problems.extend(found)).ok()
    });
    let format = args.format.unwrap_or(RowsFormat::Table);
    let Some(mut report) = report else {
        return Answer::new(render::failed(format, &problems), problems);
    };
    report.diagnostics.append(&mut problems);
    if format == RowsFormat::Csv {
        report.diagnostics.extend(unlisted(&report));
    }
    Answer::new(render::written(format, &report), report.diagnostics)
}

/// A table says below what it does not list, and JSON beside; lines of CSV cannot.
fn unlisted(report: &RowsReport) -> Option<Diagnostic> {
    let kinds = |section: &RowSection| {
        let left_out = section.left_out.iter().map(|left| (left.count, left.rows.len()));
        left_out.chain([(section.count, section.rows.len())]).collect::<Vec<_>>()
    };
    let kinds: Vec<(u64, usize)> = report.sections.iter().flat_map(kinds).collect();
    let rows: u64 = kinds.iter().map(|(count, listed)| count.saturating_sub(*listed as u64)).sum();
    let most = kinds.iter().map(|(count, _)| *count).max()?;
    (rows > 0).then(|| {
        Diagnostic::note(Code::RowsLeftOut, format!("{rows} rows are not listed"))
            .help(format!("--limit {most} lists all of them"))
    })
}

fn limit(args: &ExplainArgs, settings: &Settings, problems: &mut Vec<Diagnostic>) -> usize {
    let Some(text) = &args.limit else { return USUAL_LIMIT };
    text.trim().parse().ok().filter(|limit| *limit > 0).unwrap_or_else(|| {
        problems.push(
            Diagnostic::error(Code::Usage, format!("`{text}` is not a number of rows"))
                .at(At(settings.line.option("--limit", 0)))
                .help("write a whole number from 1: --limit 100"),
        );
        USUAL_LIMIT
    })
}

fn segment(
    args: &ExplainArgs,
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(DimensionName, Option<String>)> {
    let mut found: Vec<(DimensionName, Option<String>)> = Vec::new();
    for (nth, text) in args.segment.iter().enumerate() {
        let at = At(settings.line.option("--segment", nth));
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            problems.push(
                Diagnostic::error(Code::Usage, format!("`{text}` is not a segment"))
                    .at(at)
                    .help("write DIM=VALUE: --segment region=EMEA; `(none)` stands for rows without a value, `\"(none)\"` for that text"),
            );
            continue;
        };
        let name = DimensionName::from(name.trim());
        if found.iter().any(|(known, _)| *known == name) {
            problems.push(Diagnostic::error(Code::Usage, format!("`{name}` is given twice")).at(at));
            continue;
        }
        found.push((name, of_label(value)));
    }
    found
}

/// The period named, else the last one of the grain that is over.
fn period(
    args: &ExplainArgs,
    as_of: &AsOf,
    calendar: &Calendar,
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
) -> Option<Period> {
    if let Some(text) = &args.period {
        return calendar
            .parse_period(text, as_of)
            .map_err(|bad| {
                problems.push(
                    Diagnostic::error(Code::BadDate, bad.to_string())
                        .at(At(settings.line.option("--period", 0))),
                );
            })
            .ok();
    }
    let period = calendar.period(args.grain.0, as_of.last_day(calendar));
    let is_over = args.grain.0 == Grain::All || calendar.is_closed(&period, None, as_of);
    Some(if is_over { period } else { calendar.before(&period) })
}
