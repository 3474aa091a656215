//! Loads a project: configuration, scripts, sources, catalogue.
//!
//! Each step reports all its problems. A step whose input is broken is left
//! out, because what it would say would mislead.

use std::path::Path;

use goalpost_core::config::{self, Config};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::{SourceFile, Span};

use crate::settings::CONFIG_FILE;

/// Reads the configuration of the project in a folder.
pub(crate) fn read_config(root: &Path) -> Result<Config, Vec<Diagnostic>> {
    let path = root.join(CONFIG_FILE);
    let bytes = std::fs::read(&path).map_err(|error| {
        vec![Diagnostic::error(Code::NoProject, format!("`{}` cannot be read: {error}", path.display()))]
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let file = SourceFile::new(CONFIG_FILE, "");
        vec![
            Diagnostic::error(Code::ConfigSyntax, format!("{CONFIG_FILE} is not UTF-8"))
                .at(Span::at(&file, u32::try_from(line).unwrap_or(0), 0))
                .help("save it in the encoding UTF-8"),
        ]
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    config::read(&SourceFile::new(CONFIG_FILE, text))
}
