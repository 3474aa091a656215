//! Where files of a project lie in its repository.
//!
//! Diagnostics and goals name files from the project's folder. CI servers and
//! code hosts know files from the top of the repository, and link only those.
//! Nothing is looked up here; `settings` finds the two folders.

use std::path::{Component, Path};

use goalpost_core::source::Span;

/// The way from the top of the repository to the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Folders from the repository down to the project.
    down: Vec<String>,
}

/// A place in a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The path from the top of the repository, with `/` between its parts.
    pub(crate) path: String,
    /// 1-based; nothing where the whole file is meant.
    pub(crate) line: Option<u32>,
    /// 1-based, in characters; nothing where the whole line is meant.
    pub(crate) column: Option<u32>,
}

impl Places {
    /// For a project in a repository; both absolute.
    pub(crate) fn new(repository: &Path, project: &Path) -> Self {
        let down = project.strip_prefix(repository).unwrap_or_else(|_| Path::new(""));
        Self { down: down.iter().map(|part| part.to_string_lossy().into_owned()).collect() }
    }

    /// The project's folder from the top of the repository; empty where it is the top.
    pub(crate) fn project(&self) -> String {
        self.down.join("/")
    }

    /// A place as the repository knows it; nothing where it is in no file of
    /// the repository: on the command line, in a built-in script, elsewhere.
    pub(crate) fn place(&self, span: &Span) -> Option<Place> {
        let name = span.file.name.as_str();
        if name.is_empty() || name == "command line" || name.starts_with("built-in/") {
            return None;
        }
        let mut parts = self.down.clone();
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                Component::ParentDir => drop(parts.pop()?),
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return None,
            }
        }
        let line = Some(span.line).filter(|line| *line > 0);
        let column = Some(span.column).filter(|column| *column > 0 && line.is_some());
        Some(Place { path: parts.join("/"), line, column })
    }
}

#[cfg(test)]
mod tests {
    use goalpost_core::source::SourceFile;

    use super::*;

    #[test]
    fn files_are_named_from_the_top_of_the_repository() {
        let places = Places::new(Path::new("/work/repo"), Path::new("/work/repo/examples/acme"));
        let path =
            |name: &str| places.place(&Span::whole(&SourceFile::new(name, ""))).map(|place| place.path);
        assert_eq!(path("metrics.d/a.rhai").as_deref(), Some("examples/acme/metrics.d/a.rhai"));
        assert_eq!(path("../shared/./b.csv").as_deref(), Some("examples/shared/b.csv"));
        for nowhere in ["../../../c.csv", "/data/c.csv", "command line", "built-in/sales/deals.rhai", ""] {
            assert_eq!(path(nowhere), None, "{nowhere}");
        }
        let alone = Places::new(Path::new("/work/acme"), Path::new("/work/acme"));
        let span = Span::at(&SourceFile::new("metrics.d/a.rhai", ""), 3, 0);
        let place = Place { path: "metrics.d/a.rhai".to_owned(), line: Some(3), column: None };
        assert_eq!(alone.place(&span), Some(place));
    }
}
