//! `goalpost check`: goals judged, and the gate.

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::{ExitCode, Strictness, exit_code};
use goalpost_registry::check::{CheckRequest, check};

use super::{Answer, Asked, ask, select};
use crate::args::{CheckArgs, CheckFormat};
use crate::diagnostics::has_errors;
use crate::render::{check_human, check_json};
use crate::settings::Settings;

/// Answers the command.
pub(crate) fn answer(args: &CheckArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let asked = ask(&args.question, settings, &mut problems);
    let report = asked.and_then(|Asked { loaded, as_of, options }| {
        let catalogue = &loaded.project.catalogue;
        let goals = select(&args.goals, settings, &mut problems, |words| catalogue.select_goals(words));
        if has_errors(&problems) {
            return None;
        }
        let strictness = if args.strict { Strictness::Strict } else { Strictness::Lenient };
        let request = CheckRequest { goals, as_of, strictness };
        check(&loaded.project, &request, &options).map_err(|found| problems.extend(found)).ok()
    });
    let Some(mut report) = report else { return failed(args, problems) };
    report.diagnostics.append(&mut problems);
    let gate = exit_code(report.verdicts.iter().map(|verdict| (verdict.kind, verdict.gate)));
    let exit = super::exit_code(&report.diagnostics, gate);
    let text = match args.format {
        CheckFormat::Human => {
            check_human::check(&report, exit, settings.surface(args.output.as_ref()).colour)
        }
        CheckFormat::Json => check_json::check(&report, exit),
    };
    Answer { text, destination: args.output.clone(), diagnostics: report.diagnostics, exit }
}

/// A document without verdicts where documents are wanted, so that an earlier
/// one is not taken for this run's; nothing otherwise.
fn failed(args: &CheckArgs, problems: Vec<Diagnostic>) -> Answer {
    let exit = super::exit_code(&problems, ExitCode::Data);
    let text = match args.format {
        CheckFormat::Human => String::new(),
        CheckFormat::Json => check_json::failed(&problems, exit),
    };
    Answer { text, destination: args.output.clone(), diagnostics: problems, exit }
}
