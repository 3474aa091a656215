//! Arguments, environment and terminal, resolved once into what commands use.
//!
//! Nothing else reads the environment. The project is only found here, not
//! read; see `project`.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use goalpost_core::config::parse_size;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::At;
use goalpost_registry::progress::Progress;

use crate::command_line::CommandLine;
use crate::options::{ColorWhen, Global};
use crate::places::Places;
use crate::watch::Told;

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
    /// What is noted of the work while it goes on.
    pub(crate) progress: Arc<Progress>,
    /// Where GitHub Actions takes a job's summary, where it runs this.
    pub(crate) step_summary: Option<PathBuf>,
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
    /// Where lines break: at the width of a terminal, nowhere in a file or pipe.
    pub(crate) lines: Lines,
}

/// Whether lines that are too long are broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// They stay as they are: a program may read them.
    Whole,
    /// They break at the width.
    Broken,
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
        let settings = Self {
            line,
            start,
            colour: global.color,
            memory_limit,
            threads: global.threads,
            progress: Arc::default(),
            step_summary: path_in("GITHUB_STEP_SUMMARY"),
        };
        (settings, problems)
    }

    /// How much is said of the work: a line while it goes on where somebody looks
    /// at a terminal that can take it back, which those of CI servers cannot.
    pub(crate) fn told(global: &Global) -> Told {
        let stderr = std::io::stderr();
        let is_shown = !global.quiet && stderr.is_terminal() && !is_dumb() && !is_set("CI");
        let line = is_shown.then(|| Surface::of(&stderr, ColorWhen::Never).width);
        Told { line, report: global.verbose }
    }

    /// Where files of the project lie in its repository, which is how reports
    /// for other programs name them. The repository is the checkout of the CI
    /// job, else the nearest folder upwards with a `.git`, else the project.
    pub(crate) fn places(&self) -> Places {
        let absolute = |path: PathBuf| std::fs::canonicalize(&path).ok();
        let Some(project) = self.find_project().ok().and_then(absolute) else { return Places::default() };
        let checkout = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().filter_map(path_in);
        let checkout = checkout.filter_map(absolute).find(|folder| project.starts_with(folder));
        let found = || project.ancestors().find(|folder| folder.join(".git").exists()).map(PathBuf::from);
        let repository = checkout.or_else(found).unwrap_or_else(|| project.clone());
        Places::new(&repository, &project)
    }

    /// How a result is written: for the terminal, or for the file it goes to.
    pub(crate) fn surface(&self, destination: Option<&PathBuf>) -> Surface {
        match (destination, self.colour) {
            (None, when) => Surface::of(&std::io::stdout(), when),
            (Some(_), ColorWhen::Always) => Surface::of_file(Colour::Ansi),
            (Some(_), _) => Surface::of_file(Colour::Plain),
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
        let lines = if width.is_some() { Lines::Broken } else { Lines::Whole };
        Self { colour, width: width.unwrap_or(DEFAULT_WIDTH), lines }
    }

    /// What a file can show.
    pub(crate) const fn of_file(colour: Colour) -> Self {
        Self { colour, width: DEFAULT_WIDTH, lines: Lines::Whole }
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

fn path_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
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
