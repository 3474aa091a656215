//! The machinery behind `tests/suite.rs`: read a page, set up its project, run
//! its commands, compare or fill in.

pub(crate) mod console;
pub(crate) mod coverage;
mod files;
mod page;
mod schema;

use std::path::{Path, PathBuf};

use page::{Command, Page, Step};

/// What a case or its machinery has to say when it fails.
pub(crate) type Failure = String;

/// Runs one page; with `GOALPOST_SUITE=fill` writes what its commands print into it.
pub(crate) fn run(root: &Path, path: &Path) -> Result<(), Failure> {
    let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    let page = Page::parse(&text).map_err(|problem| format!("{shown}:{problem}"))?;
    let shared = shared_data(root);
    if page.needs_shared_data && shared.is_none() {
        skipped(&shown);
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let project = folder.path().canonicalize().map_err(|error| error.to_string())?.join("project");
    let place = console::Place { project, shared };
    let fill = std::env::var("GOALPOST_SUITE").is_ok_and(|mode| mode == "fill");
    let mut failures = Vec::new();
    let mut answers = Vec::new();
    for step in &page.steps {
        let at = |problem: String| format!("{shown}:{problem}");
        let command = match step {
            Step::Begin => {
                files::begin(&place).map_err(at)?;
                continue;
            }
            Step::Setup { path, line } => {
                files::set_up(root, path, &place).map_err(|problem| at(format!("{line}: {problem}")))?;
                continue;
            }
            Step::File(file) => {
                files::write(file, &place).map_err(at)?;
                continue;
            }
            Step::Command(command) => command,
        };
        let answer = console::answer(command, &place).map_err(at)?;
        if let Err(problem) = schema::validate(root, &answer.stdout) {
            failures.push(format!("{shown}:{}: $ {}\n{problem}", command.line, command.text));
        }
        if !fill && !console::matches(&command.expected, &answer.shown) {
            failures.push(difference(&shown, command, &answer.shown));
        }
        answers.push(answer.shown);
    }
    if fill {
        let filled = page.filled(&text, &answers);
        if filled != text {
            std::fs::write(path, filled).map_err(|error| error.to_string())?;
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests has to see that this one did not run")]
fn skipped(shown: &str) {
    println!("skipped: {shown} needs ../shared/data, which is not there");
}

/// Entries of a folder, sorted; none where it is not there.
pub(crate) fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// Data that does not belong to the repository, beside it.
fn shared_data(root: &Path) -> Option<PathBuf> {
    let folder =
        std::env::var_os("GOALPOST_SHARED_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    folder.canonicalize().ok().filter(|folder| folder.is_dir())
}

fn difference(shown: &str, command: &Command, actual: &str) -> Failure {
    let diff = similar::TextDiff::from_lines(command.expected.as_str(), actual);
    format!(
        "{shown}:{}: $ {}\n{}",
        command.line,
        command.text,
        diff.unified_diff().context_radius(3).header("expected", "actual")
    )
}
