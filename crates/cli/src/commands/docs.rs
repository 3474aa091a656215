//! `goalpost docs`: the catalogue as Markdown, from the comments of the scripts.
//!
//! Pages go to a folder of their own. Only pages that this command wrote are
//! replaced or removed, and nothing is written before all of it can be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use goalpost_core::diagnostic::{Code, Diagnostic, nearest};
use goalpost_core::name::MetricName;
use goalpost_core::source::At;

use super::{Answer, load};
use crate::diagnostics::has_errors;
use crate::escape::visible;
use crate::load::{Loaded, Tests};
use crate::options::Params;
use crate::output;
use crate::render::list::docs::{MARK, Page, Pages};
use crate::settings::Settings;

/// `goalpost docs`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DocsArgs {
    /// A metric, whose page is printed, or a folder to write all pages to; the index otherwise
    #[arg(value_name = "METRIC|DIR")]
    pub(crate) what: Option<String>,
    /// Parameters.
    #[command(flatten)]
    pub(crate) params: Params,
}

const EXAMPLES: &str = "\
Examples:
  goalpost docs                       the index of all metrics, by area
  goalpost docs close_rate            the page of a metric
  goalpost docs docs/metrics          write a page for each metric, and the index";

/// Answers the command.
pub(crate) fn answer(args: &DocsArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let loaded =
        load(&args.params, settings, Tests::Loaded, &mut problems).filter(|_| !has_errors(&problems));
    let Some(loaded) = loaded else { return Answer::new(String::new(), problems) };
    let pages = Pages::of(&loaded);
    let Some(what) = &args.what else { return Answer::new(pages.index(), problems) };
    if let Some(entry) = loaded.project.catalogue.metric(&MetricName::from(what.as_str())) {
        return Answer::new(pages.page(entry), problems);
    }
    let folder = PathBuf::from(what);
    let written = match misspelt(what, &loaded, settings) {
        Some(problem) => Err(problem),
        None => write(&folder, &pages.all()),
    };
    match written {
        Ok(count) => {
            let text = format!("{}: {count} pages\n", visible(&folder.display().to_string()));
            Answer::new(text, problems)
        }
        Err(problem) => {
            problems.push(*problem);
            Answer::new(String::new(), problems)
        }
    }
}

/// An error where a word looks like a metric rather than a folder.
fn misspelt(what: &str, loaded: &Loaded, settings: &Settings) -> Option<Box<Diagnostic>> {
    if what.contains(['/', '\\', '.']) || Path::new(what).is_dir() {
        return None;
    }
    let names = loaded.project.catalogue.metrics().map(|entry| entry.metric.name.as_str());
    let near = nearest(what, names)?;
    Some(Box::new(
        Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{what}`"))
            .at(At(settings.line.word(what)))
            .help(format!(
                "did you mean `{near}`? to write all pages to a folder of that name, write ./{what}"
            )),
    ))
}

/// Writes the pages, and removes those that an earlier run wrote and this one did not.
fn write(folder: &Path, pages: &[Page]) -> Result<usize, Box<Diagnostic>> {
    if folder.exists() && !folder.is_dir() {
        let message = format!("`{}` is not a folder", folder.display());
        let help = "name a folder for the pages, or a metric";
        return Err(Box::new(Diagnostic::error(Code::WriteFailed, message).help(help)));
    }
    let targets: Vec<(PathBuf, &Page)> = pages.iter().map(|page| (folder.join(&page.path), page)).collect();
    for (path, _) in targets.iter().filter(|(path, _)| path.exists()) {
        if !is_ours(path) {
            let message = format!("`{}` was not written by `goalpost docs`", path.display());
            let help = "name another folder, or remove the file";
            return Err(Box::new(Diagnostic::error(Code::WriteFailed, message).help(help)));
        }
    }
    let old = written_before(folder);
    for (path, page) in &targets {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
        }
        output::write_file(path, &format!("{MARK}\n\n{}", page.text))?;
    }
    let new: BTreeSet<&PathBuf> = targets.iter().map(|(path, _)| path).collect();
    for path in old.iter().filter(|path| !new.contains(path)) {
        fs::remove_file(path).map_err(|error| failed(path, &error))?;
        // A folder that holds something else stays.
        let _ = path.parent().filter(|parent| *parent != folder).map(fs::remove_dir);
    }
    Ok(targets.len())
}

/// The pages of an earlier run, in the folder and the folders of its areas.
fn written_before(folder: &Path) -> BTreeSet<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder)
            .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
            .unwrap_or_default()
    };
    let (folders, mut files): (Vec<_>, Vec<_>) =
        inside(folder).into_iter().partition(|path| path.is_dir() && !path.is_symlink());
    files.extend(folders.iter().flat_map(|folder| inside(folder)));
    files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "md") && is_ours(path))
        .collect()
}

fn is_ours(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.starts_with(MARK))
}

fn failed(path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    let message = format!("`{}` could not be written: {error}", path.display());
    Box::new(Diagnostic::error(Code::WriteFailed, message).help("check that its folder can be written to"))
}
