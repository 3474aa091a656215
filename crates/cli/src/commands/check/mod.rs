//! `goalpost check`: goals judged, the gate, and the reports of both.
//!
//! `args` is what it takes, `reports` which reports that asks for, `baseline` the
//! file of an earlier run.

mod args;
mod baseline;
mod reports;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use goalpost_core::baseline::Baseline;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::GoalName;
use goalpost_core::report::CheckReport;
use goalpost_core::segment::label;
use goalpost_core::source::At;
use goalpost_core::verdict::{ExitCode, Strictness, exit_code};
use goalpost_registry::catalogue::{Catalogue, GoalFilter, Wanted};
use goalpost_registry::check::{CheckRequest, check};

pub(crate) use self::args::CheckArgs;
use self::args::Narrowed;
use self::reports::Report;
use super::{Answer, Asked, Named, Output, ask, select};
use crate::diagnostics::{self, has_errors};
use crate::output::{self, Reserved};
use crate::places::Places;
use crate::render::check::{CheckFormat, Checked, markdown, written};
use crate::settings::{Colour, Settings, Surface};

/// Answers the command.
pub(crate) fn answer(args: &CheckArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let to_record = args.narrowed.save_baseline.as_deref();
    let asked = reports::asked(&args.reports, to_record, &settings.line, &mut problems);
    let before = recorded(&args.narrowed, settings, &mut problems);
    let judged = judge(args, before.as_ref(), settings, &mut problems);
    let (report, mut problems) = match judged {
        Some(mut report) => {
            let mut found = std::mem::take(&mut report.diagnostics);
            found.append(&mut problems);
            (Some(report), found)
        }
        None => (None, problems),
    };
    let destinations = Destinations {
        summary: settings.step_summary.clone(),
        baseline: args.narrowed.save_baseline.clone().filter(|_| report.is_some()),
        surface: &|file| settings.surface(file),
        places: settings.places(),
    };
    let exit = match &report {
        Some(report) => exit_code(report.verdicts.iter().map(|verdict| (verdict.kind, verdict.gate))),
        None => ExitCode::Data,
    };
    write(&asked, &destinations, report.as_ref(), &mut problems, exit)
}

/// The answer to words that could not be parsed, or to a run that broke off:
/// every report that they ask for says so.
pub(crate) fn broken_off(words: &[OsString], problem: Diagnostic, surface: Surface) -> Option<Answer> {
    let asked = reports::of_words(words);
    if asked.is_empty() {
        return None;
    }
    let destinations = Destinations {
        summary: None,
        baseline: None,
        surface: &|file| file.map_or(surface, |_| Surface::of_file(Colour::Plain)),
        places: Places::default(),
    };
    Some(write(&asked, &destinations, None, &mut vec![problem], ExitCode::Data))
}

/// The verdicts, unless something keeps them from being right.
fn judge(
    args: &CheckArgs,
    before: Option<&Baseline>,
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
) -> Option<CheckReport> {
    let filter = filter(&args.narrowed, settings);
    let named = Named::Narrowed(&args.goals, &filter);
    let Asked { loaded, as_of, options } = ask(&args.question, named, settings, problems)?;
    let catalogue = &loaded.project.catalogue;
    let selected = select(&args.goals, settings, problems, |words| catalogue.select_goals(words));
    if has_errors(problems) {
        return None;
    }
    let goals = catalogue.filter_goals(selected, &filter).map_err(|found| problems.extend(found)).ok()?;
    let strictness = if args.strict { Strictness::Strict } else { Strictness::Lenient };
    let request = CheckRequest { goals, as_of, strictness };
    let mut report =
        check(&loaded.project, &request, &options).map_err(|found| problems.extend(found)).ok()?;
    if let Some(before) = before {
        before.excuse(&mut report.verdicts);
        problems.extend(gone(before, &report, catalogue, args, settings));
    }
    Some(report)
}

fn filter(narrowed: &Narrowed, settings: &Settings) -> GoalFilter {
    let wanted = |option: &str, values: &[String]| {
        let value = |(nth, value): (usize, &String)| Wanted {
            value: value.clone(),
            at: At(settings.line.option(option, nth)),
        };
        values.iter().enumerate().map(value).collect()
    };
    GoalFilter {
        owners: wanted("--owner", &narrowed.owner),
        tags: wanted("--tag", &narrowed.tag),
        severities: wanted("--severity", &narrowed.severity),
        areas: wanted("--area", &narrowed.area),
    }
}

/// The baseline that is asked for.
fn recorded(narrowed: &Narrowed, settings: &Settings, problems: &mut Vec<Diagnostic>) -> Option<Baseline> {
    let path = narrowed.baseline.as_ref()?;
    let at = At(settings.line.option("--baseline", 0));
    baseline::read(path, at).map_err(|problem| problems.push(*problem)).ok()
}

/// A note on what the baseline records and is not there any more.
fn gone(
    before: &Baseline,
    report: &CheckReport,
    catalogue: &Catalogue,
    args: &CheckArgs,
    settings: &Settings,
) -> Option<Diagnostic> {
    let known: BTreeSet<GoalName> = catalogue.goals().iter().map(|entry| entry.goal.name.clone()).collect();
    let gone = before.gone(&report.verdicts, &known);
    if gone.is_empty() {
        return None;
    }
    const MOST: usize = 6;
    let named = |subject: &&goalpost_core::baseline::Subject| {
        let parts: Vec<String> = subject
            .segment
            .iter()
            .map(|(name, value)| format!("{name}={}", label(value.as_deref())))
            .collect();
        let place = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        format!("`{}`{place}", subject.goal)
    };
    let names: Vec<String> = gone.iter().take(MOST).map(named).collect();
    let more = gone.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let path = args.narrowed.baseline.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    Some(
        Diagnostic::note(
            Code::StaleBaseline,
            format!("the baseline records what is not there any more: {}{more}", names.join(", ")),
        )
        .at(At(settings.line.option("--baseline", 0)))
        .help(format!("record it again with `--save-baseline {path}` once that is as it should be")),
    )
}

/// Where a check's reports go, besides their own files.
struct Destinations<'a> {
    /// The job summary of GitHub Actions, for its report.
    summary: Option<PathBuf>,
    /// The file to record a baseline in.
    baseline: Option<PathBuf>,
    surface: &'a dyn Fn(Option<&PathBuf>) -> Surface,
    places: Places,
}

/// What goes into a reserved file.
enum Content {
    Report(CheckFormat),
    Summary,
    Baseline,
}

/// Reserves all files first, so that every report can say which other one
/// could not be written and what the program exits with.
fn write(
    asked: &[Report],
    to: &Destinations<'_>,
    report: Option<&CheckReport>,
    problems: &mut Vec<Diagnostic>,
    exit: ExitCode,
) -> Answer {
    let mut files: Vec<(Content, Reserved)> = Vec::new();
    let mut keep = |content: Content, found: Result<Reserved, Box<Diagnostic>>| match found {
        Ok(file) => files.push((content, file)),
        Err(problem) => problems.push(*problem),
    };
    for report in asked {
        if let Some(file) = &report.file {
            keep(Content::Report(report.format), output::reserve(file));
        }
    }
    if let Some(summary) = &to.summary
        && asked.iter().any(|report| report.format == CheckFormat::Github)
    {
        keep(Content::Summary, output::reserve_end(summary));
    }
    if let Some(baseline) = &to.baseline {
        keep(Content::Baseline, output::reserve(baseline));
    }
    let exit = diagnostics::exit_code(problems).unwrap_or(exit);
    let checked = Checked { report, diagnostics: problems, exit, places: &to.places };
    let in_file = (to.surface)(Some(&PathBuf::new()));
    let more = files
        .into_iter()
        .map(|(content, file)| {
            let text = match content {
                Content::Report(format) => written(format, &checked, in_file),
                Content::Summary => markdown::check(&checked),
                Content::Baseline => baseline::written(&Baseline::record(checked.verdicts())),
            };
            Output { file, text }
        })
        .collect();
    let printed = asked.iter().filter(|report| report.file.is_none());
    let text = printed.map(|report| match (report.format, checked.report) {
        // People have the reasons before them already, on standard error.
        (CheckFormat::Human, None) => String::new(),
        (format, _) => written(format, &checked, (to.surface)(None)),
    });
    Answer { text: text.collect(), destination: None, more, exit, diagnostics: std::mem::take(problems) }
}
