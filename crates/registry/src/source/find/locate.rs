//! Finding the files of a table: a path, a glob, or a folder.
//!
//! Files come in the order of their names, so that runs repeat. What is not
//! there is an error at the place where the config asks for it, with the names
//! that come near.

use std::path::{Path, PathBuf};

use goalpost_core::config::TableConfig;
use goalpost_core::diagnostic::{Code, Diagnostic, listed, nearest};
use goalpost_core::source::SourceFile;

use super::file::{DataFile, kind_by_name};

/// The files of a table, sorted by name; never empty.
pub(in crate::source) fn files(config: &TableConfig, root: &Path) -> Result<Vec<DataFile>, Vec<Diagnostic>> {
    let from = config.from.as_str();
    if let Some((scheme, _)) = from.split_once("://") {
        let message = format!("`{from}` is not a path: {scheme} is not supported yet");
        return Err(vec![Diagnostic::error(Code::Unsupported, message).at(config.from_at.clone())]);
    }
    let path = root.join(from);
    let is_glob = from.contains(['*', '?', '[']) && !path.exists();
    let paths = match (is_glob, path.is_dir()) {
        (true, _) => matching(root, from).map_err(|why| {
            let message = format!("`{from}` is not a valid pattern: {why}");
            vec![Diagnostic::error(Code::ConfigValue, message).at(config.from_at.clone())]
        })?,
        (false, true) => data_files(&path),
        (false, false) => Vec::from_iter(path.is_file().then(|| path.clone())),
    };
    if paths.is_empty() {
        return Err(vec![missing(config, root, is_glob)]);
    }
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let shown = SourceFile::new(shown(&path, root), "");
        let Some(kind) = config.format.kind.or_else(|| kind_by_name(&path)) else {
            let message = format!("it is not known how `{}` is written", shown.name);
            let help = "name it .csv, .tsv, .json or .parquet, or set the table's `format`";
            problems
                .push(Diagnostic::error(Code::UnreadableFile, message).at(config.from_at.clone()).help(help));
            continue;
        };
        let size = path.metadata().map_or(0, |data| data.len());
        files.push(DataFile { shown, path, kind, size });
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

/// A path as messages show it: relative to the project, with `/`.
fn shown(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
        .replacen("//", "/", 1)
}

fn matching(root: &Path, from: &str) -> Result<Vec<PathBuf>, String> {
    // The project's own path may hold characters that mean something to a glob.
    let root = glob::Pattern::escape(&root.to_string_lossy());
    let pattern = Path::new(&root).join(from);
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let found = glob::glob_with(&pattern.to_string_lossy(), options).map_err(|error| error.msg.to_owned())?;
    let mut paths: Vec<PathBuf> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    paths.sort();
    Ok(paths)
}

/// The data files of a folder; hidden ones are not.
fn data_files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = entries(folder)
        .into_iter()
        .map(|name| folder.join(name))
        .filter(|path| path.is_file() && kind_by_name(path).is_some())
        .collect();
    paths.sort();
    paths
}

/// Names in a folder that are not hidden, sorted; none when it cannot be listed.
fn entries(folder: &Path) -> Vec<String> {
    let Ok(found) = folder.read_dir() else { return Vec::new() };
    let mut names: Vec<String> = found
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn missing(config: &TableConfig, root: &Path, is_glob: bool) -> Diagnostic {
    let (from, table) = (&config.from, &config.name);
    let path = root.join(from);
    let message = if is_glob {
        format!("no file matches `{from}`, where table `{table}` should come from")
    } else if path.is_dir() {
        format!("folder `{from}`, where table `{table}` should come from, holds no data file")
    } else {
        format!("`{from}`, where table `{table}` should come from, is not there")
    };
    let diagnostic = Diagnostic::error(Code::MissingFile, message).at(config.from_at.clone());
    match what_is_there(&path, root) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What there is instead: in the folder itself, or in the nearest one above that exists.
fn what_is_there(path: &Path, root: &Path) -> Option<String> {
    if path.is_dir() {
        return Some("expected .csv, .tsv, .json, .jsonl or .parquet files".to_owned());
    }
    let mut missing = path;
    let folder = loop {
        let parent = missing.parent()?;
        if parent.is_dir() {
            break parent;
        }
        missing = parent;
    };
    let wanted = missing.file_name()?.to_string_lossy();
    let names = entries(folder);
    let place = match shown(folder, root) {
        place if place.is_empty() => "the project's folder".to_owned(),
        place => format!("`{place}`"),
    };
    if names.is_empty() {
        return Some(format!("{place} is empty"));
    }
    let all = listed(names.iter().map(String::as_str), 8);
    match nearest(&wanted, names.iter().map(String::as_str)) {
        Some(near) => Some(format!("did you mean `{near}`? {place} holds: {all}")),
        None => Some(format!("{place} holds: {all}")),
    }
}
