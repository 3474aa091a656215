//! `goalpost compare`: metrics before and after a change.

use goalpost_core::calendar::Grain;
use goalpost_core::comparison::ComparisonReport;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::compare::{CompareRequest, compare};

use super::run::{Wanted, metrics};
use super::{Answer, Asked, Named, ask};
use crate::args::CompareArgs;
use crate::question;
use crate::render::compare as render;
use crate::settings::Settings;
use crate::windows;

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
