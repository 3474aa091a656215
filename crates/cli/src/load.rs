//! Loads a project: configuration, scripts, sources, catalogue.
//!
//! Each step reports all its problems. A later step still runs on what an
//! earlier one could make of broken input, but what it says is left out where
//! it would only repeat the earlier problem in other words.

use std::collections::BTreeSet;
use std::path::Path;

use goalpost_core::canonical;
use goalpost_core::config::{self, Config};
use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::{Code, Diagnostic, Severity, capped};
use goalpost_core::name::TableName;
use goalpost_core::source::{At, SourceFile, Span};
use goalpost_registry::Project;
use goalpost_registry::catalogue::Catalogue;
use goalpost_registry::source::Sources;
use goalpost_script::{Limits, Scripts};

use crate::diagnostics::has_errors;
use crate::question::ParamValues;
use crate::settings::CONFIG_FILE;

/// The folder of a project's own scripts.
const SCRIPTS: &str = "metrics.d";

/// Whether the test files of the built-in metrics are loaded: only the tests
/// themselves need them, and they are more than half of what there is to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tests {
    Loaded,
    LeftOut,
}

/// How the files are called that hold nothing but tests.
const TEST_FILE: &str = ".test.rhai";

/// A project as far as it could be loaded; problems were reported beside it.
pub(crate) struct Loaded {
    /// What can be asked.
    pub(crate) project: Project,
    /// What all layers declare, before names are resolved; for the tests of scripts.
    pub(crate) definitions: Definitions,
    /// The scripts, to be loaded again with other parameters.
    pub(crate) scripts: Scripts,
}

/// Loads the project in a folder; nothing where its configuration cannot be read.
pub(crate) fn project(
    root: &Path,
    params: ParamValues,
    tests: Tests,
    problems: &mut Vec<Diagnostic>,
) -> Option<Loaded> {
    let config = read_config(root).map_err(|found| problems.extend(found)).ok()?;
    let scripts = scripts(&config, root, params, tests, problems);
    // Neither knows of the other, and each takes about half of the time until a plan is there.
    let ((sources, of_sources), mut definitions) = std::thread::scope(|scope| {
        let opened = scope.spawn(|| Sources::open(&config, root));
        let definitions = goalpost_script::load(&scripts);
        (opened.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), definitions)
    });
    let of_scripts = std::mem::take(&mut definitions.diagnostics);
    let (catalogue, of_catalogue) = Catalogue::build(definitions.clone(), sources.schema(), &config);
    let (no_data, no_names) = (has_errors(&of_sources), has_errors(&of_scripts));
    let repeats = |code| (no_data && is_about_tables(code)) || (no_names && is_about_definitions(code));
    problems.extend(of_catalogue.into_iter().filter(|found| !repeats(found.code)));
    // A table that could not be read has none of the columns that the configuration refers to.
    let unread = of_sources.iter().any(|found| found.severity == Severity::Error && found.code.is_data());
    problems.extend(of_sources.into_iter().filter(|found| !(unread && found.code == Code::ConfigReference)));
    problems.extend(of_scripts);
    *problems = capped(std::mem::take(problems));
    Some(Loaded { project: Project { config, sources, catalogue }, definitions, scripts })
}

/// What the catalogue says when tables could not be read as they should be.
fn is_about_tables(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownTable
            | Code::UnknownColumn
            | Code::UnknownDimension
            | Code::TypeMismatch
            | Code::Unavailable
            | Code::NoTime
    )
}

/// What the catalogue says when definitions are missing because their script failed.
fn is_about_definitions(code: Code) -> bool {
    matches!(code, Code::UnknownMetric | Code::UnknownDimension)
}

fn scripts(
    config: &Config,
    root: &Path,
    params: ParamValues,
    tests: Tests,
    problems: &mut Vec<Diagnostic>,
) -> Scripts {
    let mut built_in = goalpost_script::built_in();
    built_in.retain(|file| tests == Tests::Loaded || !file.name.ends_with(TEST_FILE));
    let mut layers = vec![(Layer::BuiltIn, built_in)];
    for (place, (folder, at)) in config.packs.iter().enumerate() {
        if root.join(folder).is_dir() {
            let (files, found) = goalpost_script::read_folder(&root.join(folder), folder);
            problems.extend(found);
            layers.push((Layer::Pack(place, folder.clone()), files));
        } else {
            problems.push(
                Diagnostic::error(Code::ConfigReference, format!("the pack `{folder}` is not a folder"))
                    .at(at.clone())
                    .help("name a folder of scripts, relative to goalpost.toml"),
            );
        }
    }
    // A project without scripts of its own is fine: the built-in metrics are there.
    if root.join(SCRIPTS).exists() {
        let (files, found) = goalpost_script::read_folder(&root.join(SCRIPTS), SCRIPTS);
        problems.extend(found);
        layers.push((Layer::Project, files));
    }
    let own = config.tables.keys().cloned();
    let tables: BTreeSet<TableName> =
        own.chain(canonical::tables().iter().map(|table| TableName::from(table.name))).collect();
    let mut values: ParamValues = config
        .params
        .iter()
        .map(|(name, (value, at))| (name.clone(), (value.clone(), At::from(at.clone()))))
        .collect();
    values.extend(params);
    Scripts { layers, tables, params: values, limits: Limits::default() }
}

/// Reads the configuration of the project in a folder.
fn read_config(root: &Path) -> Result<Config, Vec<Diagnostic>> {
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
