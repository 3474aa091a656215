//! The `goalpost` program: from words to a command, from its answer to an exit code.
//!
//! In reading order:
//!
//! 1. [`args`], [`options`], [`command_line`], [`settings`], [`question`]: what was asked, resolved once.
//! 2. [`load`], [`places`]: the project it is asked of.
//! 3. [`commands`]: one file or folder per command, with what it takes; [`demo`] invents a project.
//! 4. [`format`], [`escape`], [`render`], [`diagnostics`]: answers as text.
//! 5. [`output`], [`streams`]: where text goes, and whether anybody is there; [`watch`] shows how far the work is.
//!
//! [`allocator`] gives back what is free; [`clock`] is the only place that reads the time. Metrics are computed
//! elsewhere, in `goalpost-registry`.

mod allocator;
mod args;
mod clock;
mod command_line;
mod commands;
mod demo;
mod diagnostics;
mod escape;
mod format;
mod load;
mod options;
mod output;
mod places;
mod question;
mod render;
mod settings;
mod streams;
mod watch;

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::verdict::ExitCode;

use crate::args::Cli;
use crate::command_line::CommandLine;
use crate::commands::{Answer, Output};
use crate::options::ColorWhen;
use crate::settings::{Colour, Settings, Surface};
use crate::watch::Watch;

/// What is said when the program itself is at fault.
const FAULT: &str = "goalpost stopped because of a fault in itself, not in your project";

/// Room for formulas that refer to one another far down; only what is used is taken.
const STACK: usize = 64 << 20;

fn main() -> std::process::ExitCode {
    quiet_panics();
    let work = std::thread::Builder::new().stack_size(STACK).spawn(answer_words);
    let code = match work.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => {
            output::notify(&format!(
                "{FAULT}. Please report it, with what it says when RUST_BACKTRACE=1 is set.\n"
            ));
            let words: Vec<OsString> = std::env::args_os().skip(1).collect();
            say_in_reports(&words, Diagnostic::error(Code::EngineFailed, FAULT), ColorWhen::Auto);
            ExitCode::Data
        }
        Err(error) => {
            output::notify(&format!("goalpost could not start: {error}\n"));
            ExitCode::Data
        }
    };
    std::process::ExitCode::from(code as u8)
}

/// Lets panics be told as diagnostics only: readers of files catch those of their
/// libraries and name the file. With RUST_BACKTRACE they are shown as they come.
fn quiet_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
}

fn answer_words() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let program = OsString::from("goalpost");
    match Cli::try_parse_from(std::iter::once(program).chain(words.iter().cloned())) {
        Ok(cli) => {
            let watch = Watch::begin(Settings::told(&cli.global));
            let (mut settings, problems) = Settings::resolve(&cli.global, CommandLine::new(&words));
            settings.progress = watch.progress();
            let answer = commands::answer(&cli.command, &settings, problems);
            deliver(answer, cli.global.color, &watch.end())
        }
        Err(unparsed) => explain_usage(&unparsed, &words),
    }
}

/// Help and version are answers; anything else that cannot be parsed is an error of use.
fn explain_usage(unparsed: &clap::Error, words: &[OsString]) -> ExitCode {
    let when = settings::color_of(words);
    let styled = |surface: Surface| match surface.colour {
        Colour::Plain => unparsed.render().to_string(),
        Colour::Ansi => unparsed.render().ansi().to_string(),
    };
    if unparsed.use_stderr() {
        output::notify(&styled(Surface::of(&std::io::stderr(), when)));
        let text = unparsed.render().to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        say_in_reports(words, Diagnostic::error(Code::Usage, first), when);
        return ExitCode::Usage;
    }
    match output::print(&styled(Surface::of(&std::io::stdout(), when))) {
        Ok(()) => ExitCode::Success,
        Err(failed) => {
            notify(&[*failed], when);
            ExitCode::Data
        }
    }
}

/// Lets the reports that a check was asked for say why there is none, so that
/// those of an earlier run are not taken for this one's.
fn say_in_reports(words: &[OsString], problem: Diagnostic, when: ColorWhen) {
    let surface = Surface::of(&std::io::stdout(), when);
    if let Some(answer) = commands::check::broken_off(words, problem, surface) {
        let failed = written(answer.more, answer.text, None);
        notify(&failed, when);
    }
}

/// Notices and what is said of the run to standard error, the result to where it was wanted.
fn deliver(answer: Answer, when: ColorWhen, report: &str) -> ExitCode {
    notify(&answer.diagnostics, when);
    output::notify(report);
    let exit = answer.exit_code();
    let failed = written(answer.more, answer.text, answer.destination.as_deref());
    if failed.is_empty() {
        return exit;
    }
    notify(&failed, when);
    let mut diagnostics = answer.diagnostics;
    diagnostics.extend(failed);
    diagnostics::exit_code(&diagnostics).unwrap_or(ExitCode::Data)
}

/// Writes everything; what cannot be written keeps nothing else from it.
fn written(more: Vec<Output>, text: String, destination: Option<&Path>) -> Vec<Diagnostic> {
    let files = more.into_iter().map(|output| output.file.write(&output.text));
    let mut failed: Vec<Diagnostic> = files.filter_map(|written| written.err().map(|error| *error)).collect();
    let main = match destination {
        Some(path) if !text.is_empty() => output::write_file(path, &text),
        Some(_) => Ok(()),
        None => output::print(&text),
    };
    failed.extend(main.err().map(|error| *error));
    failed
}

fn notify(diagnostics: &[Diagnostic], when: ColorWhen) {
    let surface = Surface::of(&std::io::stderr(), when);
    output::notify(&diagnostics::render(diagnostics, surface));
}
