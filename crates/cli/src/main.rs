//! The `goalpost` program: from words to a command, from its answer to an exit code.
//!
//! In reading order:
//!
//! 1. [`args`], [`command_line`], [`settings`], [`question`], [`windows`]: what was asked, resolved once.
//! 2. [`project`]: the project it is asked of.
//! 3. [`commands`]: one file per command; [`demo`] invents a project.
//! 4. [`format`], [`escape`], [`render`], [`diagnostics`]: answers as text.
//! 5. [`output`]: where text goes.
//!
//! [`clock`] is the only place that reads the time. Metrics are computed
//! elsewhere, in `goalpost-registry`.

mod args;
mod clock;
mod command_line;
mod commands;
mod demo;
mod diagnostics;
mod escape;
mod format;
mod output;
mod project;
mod question;
mod render;
mod settings;
mod windows;

use std::ffi::OsString;

use clap::Parser;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::ExitCode;

use crate::args::{Cli, ColorWhen};
use crate::command_line::CommandLine;
use crate::commands::Answer;
use crate::settings::{Colour, Settings, Surface};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Room for formulas that refer to one another far down; only what is used is taken.
const STACK: usize = 64 << 20;

fn main() -> std::process::ExitCode {
    let work = std::thread::Builder::new().stack_size(STACK).spawn(answer_words);
    let code = match work.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => {
            output::notify(
                "goalpost stopped because of a fault in itself, not in your project. Please report it.\n",
            );
            ExitCode::Data
        }
        Err(error) => {
            output::notify(&format!("goalpost could not start: {error}\n"));
            ExitCode::Data
        }
    };
    std::process::ExitCode::from(code as u8)
}

fn answer_words() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let program = OsString::from("goalpost");
    match Cli::try_parse_from(std::iter::once(program).chain(words.iter().cloned())) {
        Ok(cli) => {
            let (settings, problems) = Settings::resolve(&cli.global, CommandLine::new(&words));
            let answer = commands::answer(&cli.command, &settings, problems);
            deliver(answer, cli.global.color)
        }
        Err(unparsed) => explain_usage(&unparsed, settings::color_of(&words)),
    }
}

/// Help and version are answers; anything else that cannot be parsed is an error of use.
fn explain_usage(unparsed: &clap::Error, when: ColorWhen) -> ExitCode {
    let styled = |surface: Surface| match surface.colour {
        Colour::Plain => unparsed.render().to_string(),
        Colour::Ansi => unparsed.render().ansi().to_string(),
    };
    if unparsed.use_stderr() {
        output::notify(&styled(Surface::of(&std::io::stderr(), when)));
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

/// Notices to standard error, the result to where it was wanted.
fn deliver(answer: Answer, when: ColorWhen) -> ExitCode {
    notify(&answer.diagnostics, when);
    let written = match &answer.destination {
        Some(path) if !answer.text.is_empty() => output::write_file(path, &answer.text),
        Some(_) => Ok(()),
        None => output::print(&answer.text),
    };
    match written {
        Ok(()) => answer.exit_code(),
        Err(failed) => {
            notify(std::slice::from_ref(&*failed), when);
            let mut diagnostics = answer.diagnostics;
            diagnostics.push(*failed);
            diagnostics::exit_code(&diagnostics).unwrap_or(ExitCode::Data)
        }
    }
}

fn notify(diagnostics: &[Diagnostic], when: ColorWhen) {
    let surface = Surface::of(&std::io::stderr(), when);
    output::notify(&diagnostics::render(diagnostics, surface));
}
