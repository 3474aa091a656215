//! The texts of a layer: a folder of scripts, or those inside the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goalpost_core::diagnostic::{Code, Diagnostic, nearest};
use goalpost_core::source::{SourceFile, Span};
use include_dir::{Dir, include_dir};

/// The default scripts, as they were when the program was built.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../metrics.d");

/// Folders inside folders that are followed.
const DEPTH: usize = 8;

/// The largest script that is read.
const LARGEST: u64 = 4 << 20;

/// The default scripts inside the program, by name.
pub fn built_in() -> Vec<Arc<SourceFile>> {
    let mut files = Vec::new();
    let mut folders = vec![&BUILT_IN];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let path = file.path();
            if path.extension().is_some_and(|extension| extension == "rhai")
                && let Some(text) = file.contents_utf8()
            {
                let path = path.to_string_lossy().replace('\\', "/");
                files.push(SourceFile::new(format!("built-in/{path}"), text));
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// The scripts of a folder and the folders in it, by name, and what is wrong
/// with them. Hidden files are ignored; links that leave the folder are refused.
pub fn read_folder(folder: &Path, shown_as: &str) -> (Vec<Arc<SourceFile>>, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    match folder.canonicalize() {
        Ok(root) => {
            reader.seen.insert(root.clone());
            reader.root = root;
            reader.read(folder, shown_as.trim_end_matches('/'), 0);
        }
        Err(error) => reader.complain(Code::MissingFile, shown_as, &format!("cannot be read: {error}"), ""),
    }
    reader.files.sort_by(|a, b| a.name.cmp(&b.name));
    (reader.files, reader.diagnostics)
}

#[derive(Default)]
struct Reader {
    root: PathBuf,
    /// Files and folders that were read, so that links do not repeat them.
    seen: BTreeSet<PathBuf>,
    files: Vec<Arc<SourceFile>>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn complain(&mut self, code: Code, shown: &str, what: &str, help: &str) {
        let file = SourceFile::new(shown, "");
        let problem = Diagnostic::error(code, format!("`{shown}` {what}")).at(Span::whole(&file));
        self.diagnostics.push(if help.is_empty() { problem } else { problem.help(help) });
    }

    fn read(&mut self, folder: &Path, shown: &str, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                return self.complain(Code::UnreadableFile, shown, &format!("cannot be read: {error}"), "");
            }
        };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            self.entry(&entry.path(), &format!("{shown}/{name}"), depth);
        }
    }

    fn entry(&mut self, path: &Path, shown: &str, depth: usize) {
        let target = match path.canonicalize() {
            Ok(target) => target,
            Err(error) => {
                return self.complain(Code::UnreadableFile, shown, &format!("cannot be read: {error}"), "");
            }
        };
        if !target.starts_with(&self.root) {
            return self.complain(
                Code::ScriptImport,
                shown,
                "is a link that leaves the folder of scripts",
                "put the script itself into the folder",
            );
        }
        if !self.seen.insert(target.clone()) {
            return;
        }
        if target.is_dir() {
            if depth < DEPTH {
                self.read(path, shown, depth + 1);
            } else {
                self.complain(Code::IgnoredFile, shown, "lies too deep to be read", "");
            }
            return;
        }
        let extension = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
        if extension != "rhai" {
            let almost = extension.eq_ignore_ascii_case("rhai")
                || shown.contains(".rhai.")
                || nearest(&extension, ["rhai"]).is_some();
            if almost {
                self.diagnostics.push(
                    Diagnostic::warning(Code::IgnoredFile, format!("`{shown}` is not read"))
                        .at(Span::whole(&SourceFile::new(shown, "")))
                        .help("names of scripts end in .rhai"),
                );
            }
            return;
        }
        self.script(path, shown);
    }

    fn script(&mut self, path: &Path, shown: &str) {
        let size = fs::metadata(path).map(|meta| meta.len());
        if matches!(size, Ok(size) if size > LARGEST) {
            return self.complain(Code::ScriptLimit, shown, "is too large for a script", "");
        }
        match fs::read(path) {
            Err(error) => {
                self.complain(Code::UnreadableFile, shown, &format!("cannot be read: {error}"), "");
            }
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => {
                    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
                    self.files.push(SourceFile::new(shown, text));
                }
                Err(error) => {
                    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                    let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
                    self.diagnostics.push(
                        Diagnostic::error(Code::ScriptSyntax, format!("`{shown}` is not written in UTF-8"))
                            .at(Span::at(&SourceFile::new(shown, ""), u32::try_from(line).unwrap_or(0), 0))
                            .help("save the script in UTF-8"),
                    );
                }
            },
        }
    }
}
