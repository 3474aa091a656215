//! A project in a folder of its own, made of tables that are held as values.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use goalpost_core::canonical::{self, CanonicalType};
use goalpost_core::config;
use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::{Diagnostic, Severity};
use goalpost_core::name::TableName;
use goalpost_core::source::SourceFile;
use goalpost_registry::Project;
use goalpost_registry::catalogue::Catalogue;
use goalpost_registry::source::Sources;
use goalpost_script::Scripts;
use tempfile::TempDir;

use crate::dirt::DOUBLED;
use crate::tables::{Style, Table};

/// What a project says besides its tables.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Lines of `[project]`.
    pub(crate) project: String,
    /// Every type is written down, even where it could be inferred.
    pub(crate) all_types: bool,
}

/// How its files are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) style: Style,
    /// Files that the rows of each table are spread over, at most.
    pub(crate) files: usize,
}

impl Layout {
    pub(crate) const CSV: Self = Self { style: Style::Csv, files: 1 };
}

/// A project and the folder that it is in.
pub(crate) struct Place {
    pub(crate) project: Project,
    _folder: TempDir,
}

/// Writes tables into a new folder and opens the project.
pub(crate) fn place(tables: &[Table], setting: &Setting, layout: Layout, definitions: &Definitions) -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("data")).expect("a folder");
    let mut config = format!("[project]\n{}", setting.project);
    for table in tables {
        write(folder.path(), table, layout);
        configure(&mut config, table, setting, layout);
    }
    let project = open(folder.path(), &config, definitions);
    Place { project, _folder: folder }
}

/// Runs of rows, one to a file, so that the order of names is that of the rows.
pub(crate) fn write(folder: &Path, table: &Table, Layout { style, files }: Layout) {
    let size = table.rows.len().div_ceil(files).max(1);
    let mut parts: Vec<_> = table.rows.chunks(size).collect();
    if parts.is_empty() {
        parts.push(&[]);
    }
    for (number, rows) in parts.into_iter().enumerate() {
        let part = Table { rows: rows.to_vec(), ..table.clone() };
        part.write(&folder.join(format!("data/{}-{number}.{}", table.name, style.ending())), style);
    }
}

fn configure(config: &mut String, table: &Table, setting: &Setting, layout: Layout) {
    let (name, ending) = (&table.name, layout.style.ending());
    let _ = write!(config, "\n[tables.{name}]\nfrom = \"data/{name}-*.{ending}\"\non_bad_value = \"null\"\n");
    let known = canonical::table(name);
    // Rows that are there twice count twice, where nothing leads to them.
    let is_key = known.is_some_and(|known| known.key.is_some());
    let counted = if is_key && DOUBLED.contains(&name.as_str()) { "duplicates = \"count\"\n" } else { "" };
    let _ = write!(config, "allow_empty = true\n{counted}\n[tables.{name}.columns]\n");
    for (place, column) in table.columns.iter().enumerate() {
        let canonical = known.and_then(|known| known.column(&column.name));
        // A date among which something is no date could not be inferred.
        let is_open = canonical.is_some_and(|known| known.ty == CanonicalType::Time);
        if setting.all_types || is_open && table.is_dirty(place) {
            let _ = writeln!(config, "{0} = {{ from = \"{0}\", type = \"{1}\" }}", column.name, column.ty);
        }
    }
}

/// Opens a project whose files are there.
pub(crate) fn open(folder: &Path, config: &str, definitions: &Definitions) -> Project {
    let config = config::read(&SourceFile::new("goalpost.toml", config)).expect("a valid configuration");
    let (sources, mut problems) = Sources::open(&config, folder);
    let (catalogue, found) = Catalogue::build(definitions.clone(), sources.schema(), &config);
    problems.extend(found);
    assert_eq!(errors(&problems), Vec::<&str>::new());
    Project { config, sources, catalogue }
}

/// What keeps an answer from being given.
pub(crate) fn errors(found: &[Diagnostic]) -> Vec<&str> {
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| found.message.as_str()).collect()
}

/// The built-in scripts.
pub(crate) fn built_in() -> &'static Definitions {
    static LOADED: OnceLock<Definitions> = OnceLock::new();
    LOADED.get_or_init(|| with_script(""))
}

/// The built-in scripts and one of the project.
pub(crate) fn with_script(script: &str) -> Definitions {
    let tables: BTreeSet<TableName> =
        canonical::tables().iter().map(|table| TableName::from(table.name)).collect();
    let own = SourceFile::new("metrics.d/own.rhai", script);
    let layers = vec![(Layer::BuiltIn, goalpost_script::built_in()), (Layer::Project, vec![own])];
    let definitions = goalpost_script::load(&Scripts { layers, tables, ..Scripts::default() });
    assert_eq!(errors(&definitions.diagnostics), Vec::<&str>::new());
    definitions
}
