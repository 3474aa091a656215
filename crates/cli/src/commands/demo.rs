//! `goalpost demo`: writes an example project.

use goalpost_core::diagnostic::Diagnostic;

use super::Answer;
use crate::args::DemoArgs;
use crate::settings::Settings;

/// Answers the command.
pub(crate) fn answer(_args: &DemoArgs, _settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    Answer::new(String::new(), problems)
}
