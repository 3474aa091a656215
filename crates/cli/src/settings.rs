//! Arguments, environment and terminal, resolved once into what commands use.
//!
//! Nothing else reads the environment. The project is only found here, not
//! read; see `project`.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

use goalpost_core::config::parse_size;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::At;

use crate::args::{ColorWhen, Global};
use crate::command_line::CommandLine;

/// The name of a project's configuration file.
pub(crate) const CONFIG_FILE: &str = "goalpost.toml";

/// What commands need to know of where they run.
pub(crate) struct Settings {
    /// The words as given, for diagnostics.
    pub(crate) line: CommandLine,
    /// The folder from which the project is looked for.
    pub(crate) start: Start,
    /// When to colour.
    colour: ColorWhen,
    /// Memory to use before spilling, where the command line says so.
    pub(crate) memory_limit: Option<usize>,
    /// Threads to compute with, where the command line says so.
    pub(crate) threads: Option<usize>,
}

/// Where to look for the project.
pub(crate) enum Start {
    /// In this folder only: `--project` named it.
    Named(PathBuf),
    /// Here and upwards.
    Upwards(PathBuf),
}

/// What a stream can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surface {
    /// Colours.
    pub(crate) colour: Colour,
    /// Columns, which bound how wide a table may be.
    pub(crate) width: usize,
}

/// Whether escapes for colour are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// No escapes.
    Plain,
    /// ANSI escapes.
    Ansi,
}

/// The least memory that a run can do something with.
const LEAST_MEMORY: usize = 16 << 20;

/// Columns assumed where the output is not a terminal.
const DEFAULT_WIDTH: usize = 120;

impl Settings {
    /// Resolves the options of every command; problems come back beside what could be resolved.
    pub(crate) fn resolve(global: &Global, line: CommandLine) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let start = match &global.project {
            Some(folder) => Start::Named(folder.clone()),
            None => Start::Upwards(std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))),
        };
        let memory_limit = global.memory_limit.as_deref().and_then(|text| {
            let bytes = parse_size(text).filter(|bytes| *bytes >= LEAST_MEMORY);
            if bytes.is_none() {
                problems.push(
                    Diagnostic::error(Code::Usage, format!("`{text}` is not an amount of memory"))
                        .at(At(line.option("--memory-limit", 0)))
                        .label("expected a number and a unit, 16MiB or more")
                        .help("write it like 512MB, 2GB or 2GiB"),
                );
            }
            bytes
        });
        if global.threads == Some(0) {
            problems.push(
                Diagnostic::error(Code::Usage, "nothing can be computed with 0 threads")
                    .at(At(line.option("--threads", 0)))
                    .help("leave --threads out to use every core"),
            );
        }
        (Self { line, start, colour: global.color, memory_limit, threads: global.threads }, problems)
    }

    /// How a result is written: for the terminal, or for the file it goes to.
    pub(crate) fn surface(&self, destination: Option<&PathBuf>) -> Surface {
        match (destination, self.colour) {
            (None, when) => Surface::of(&std::io::stdout(), when),
            (Some(_), ColorWhen::Always) => Surface { colour: Colour::Ansi, width: DEFAULT_WIDTH },
            (Some(_), _) => Surface { colour: Colour::Plain, width: DEFAULT_WIDTH },
        }
    }

    /// The project's folder.
    pub(crate) fn find_project(&self) -> Result<PathBuf, Box<Diagnostic>> {
        let (message, at) = match &self.start {
            Start::Named(folder) => {
                if folder.join(CONFIG_FILE).is_file() {
                    return Ok(folder.clone());
                }
                let missing = if folder.is_dir() { "holds no goalpost.toml" } else { "is not a folder" };
                let place = self.line.option("--project", 0).or_else(|| self.line.option("-C", 0));
                (format!("`{}` {missing}", folder.display()), place)
            }
            Start::Upwards(folder) => {
                if let Some(found) = folder.ancestors().find(|folder| folder.join(CONFIG_FILE).is_file()) {
                    return Ok(found.to_owned());
                }
                (format!("no {CONFIG_FILE} in this folder or above it"), None)
            }
        };
        let help =
            format!("write a {CONFIG_FILE}, name its folder with --project, or try `goalpost demo acme`");
        Err(Box::new(Diagnostic::error(Code::NoProject, message).at(At(at)).help(help)))
    }
}

impl Surface {
    /// What a stream of the process can show.
    pub(crate) fn of(stream: &impl IsTerminal, when: ColorWhen) -> Self {
        let terminal = stream.is_terminal();
        let colour = match when {
            ColorWhen::Always => Colour::Ansi,
            ColorWhen::Never => Colour::Plain,
            ColorWhen::Auto if terminal && !is_set("NO_COLOR") && !is_dumb() => Colour::Ansi,
            ColorWhen::Auto => Colour::Plain,
        };
        let width = if terminal {
            terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
        } else {
            None
        };
        Self { colour, width: width.unwrap_or(DEFAULT_WIDTH) }
    }
}

/// When to colour, read from raw words for the case that they cannot be parsed.
pub(crate) fn color_of(words: &[OsString]) -> ColorWhen {
    let read = |text: &str| match text {
        "always" => Some(ColorWhen::Always),
        "never" => Some(ColorWhen::Never),
        _ => None,
    };
    let texts: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    for (index, text) in texts.iter().enumerate() {
        let value = if text == "--color" {
            texts.get(index + 1).and_then(|value| read(value))
        } else {
            text.strip_prefix("--color=").and_then(read)
        };
        if let Some(when) = value {
            return when;
        }
    }
    ColorWhen::Auto
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_known_even_when_the_words_are_wrong() {
        let of = |words: &[&str]| color_of(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of(&["chekc", "--color", "always"]), ColorWhen::Always);
        assert_eq!(of(&["--color=never", "chekc"]), ColorWhen::Never);
        assert_eq!(of(&["chekc"]), ColorWhen::Auto);
    }
}
