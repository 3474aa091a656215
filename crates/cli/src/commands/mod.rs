//! The commands: each turns what was asked into an [`Answer`].
//!
//! A command prints nothing and exits nowhere, so that all of them deliver
//! their results and their exit codes by the same rules.

use std::path::PathBuf;

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::verdict::ExitCode;

use crate::args::Command;
use crate::diagnostics;
use crate::settings::Settings;

/// What a command leaves behind.
pub(crate) struct Answer {
    /// The result.
    pub(crate) text: String,
    /// The file that it goes to; standard output otherwise.
    pub(crate) destination: Option<PathBuf>,
    /// What was found on the way.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What the result alone means; errors come before it.
    pub(crate) exit: ExitCode,
}

impl Answer {
    /// No result, only findings.
    pub(crate) fn failed(diagnostics: Vec<Diagnostic>) -> Self {
        Self { text: String::new(), destination: None, diagnostics, exit: ExitCode::Data }
    }

    /// The code to exit with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        diagnostics::exit_code(&self.diagnostics).unwrap_or(self.exit)
    }
}

/// Answers a command; `problems` are those of the options of every command.
pub(crate) fn answer(_command: &Command, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    match settings.find_project() {
        Ok(root) => {
            if let Err(mut more) = crate::project::read_config(&root) {
                problems.append(&mut more);
            }
        }
        Err(problem) => problems.push(problem),
    }
    Answer::failed(problems)
}
