//! What sources do with whole projects: files in, typed rows and findings out.

mod counted;
mod delimited;
mod fixtures;
mod headers;
mod json;
mod numbers;
mod parquet;
mod robust;
mod shapes;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;
use goalpost_core::config::{self, Config};
use goalpost_core::diagnostic::{Diagnostic, Severity};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::ColumnType;
use goalpost_core::source::SourceFile;
use tempfile::TempDir;

use super::{LoadOptions, LoadedTable, Sources};

/// A project in a folder of its own.
struct Project {
    folder: TempDir,
    config: String,
}

impl Project {
    fn new(config: &str) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), config: config.to_owned() }
    }

    /// A project whose only table is `t`, from this file.
    fn of(name: &str, content: impl AsRef<[u8]>) -> Self {
        Self::new(&format!("[tables.t]\nfrom = \"{name}\"\n")).file(name, content)
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
        self
    }

    /// More lines of the config.
    fn with(mut self, more: &str) -> Self {
        self.config.push_str(more);
        self.config.push('\n');
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> Config {
        let text = if self.config.contains("[project]") {
            self.config.clone()
        } else {
            format!("[project]\nname = \"Test\"\ncurrency = \"USD\"\n{}", self.config)
        };
        config::read(&SourceFile::new("goalpost.toml", text)).expect("a valid config")
    }

    fn open(&self) -> (Sources, Vec<Diagnostic>) {
        Sources::open(&self.config(), self.folder.path())
    }

    /// Opens without any finding.
    fn sources(&self) -> Sources {
        let (sources, problems) = self.open();
        assert!(problems.is_empty(), "{}", shown(&problems));
        sources
    }

    /// All columns of `t`.
    fn load(&self) -> Result<LoadedTable, Vec<Diagnostic>> {
        let (sources, problems) = self.open();
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let mut tables = load(&sources, &["t"], &LoadOptions { threads: 2, ..LoadOptions::default() })?;
        Ok(tables.remove(0))
    }

    /// The rows of `t`, a line each, with `|` between cells and `-` for null.
    fn rows(&self) -> String {
        match self.load() {
            Ok(table) => rows(&table.provider),
            Err(problems) => shown(&problems),
        }
    }

    /// The rows, then the warnings.
    fn rows_and_warnings(&self) -> String {
        match self.load() {
            Ok(table) => format!("{}\n{}", rows(&table.provider), shown(&table.warnings)),
            Err(problems) => shown(&problems),
        }
    }

    /// The findings, which there must be.
    fn problems(&self) -> String {
        shown(&self.load().expect_err("findings"))
    }

    /// The types of the columns of `t`, e.g. `id text, amount money(2)`.
    fn types(&self) -> String {
        types(&self.sources(), "t")
    }
}

fn types(sources: &Sources, table: &str) -> String {
    let columns = sources.schema().tables[table].columns.iter().map(|column| match column.ty {
        ColumnType::Decimal(scale) | ColumnType::Money(scale) => {
            format!("{} {}({scale})", column.name, column.ty)
        }
        ty => format!("{} {ty}", column.name),
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// All columns of some tables.
fn load(
    sources: &Sources,
    tables: &[&str],
    options: &LoadOptions,
) -> Result<Vec<LoadedTable>, Vec<Diagnostic>> {
    let all = |table: &&str| {
        let columns = sources.schema().tables[*table].columns.iter().map(|column| column.name.clone());
        (TableName::from(*table), columns.collect())
    };
    load_columns(sources, &tables.iter().map(all).collect(), options)
}

fn load_columns(
    sources: &Sources,
    wanted: &BTreeMap<TableName, BTreeSet<ColumnName>>,
    options: &LoadOptions,
) -> Result<Vec<LoadedTable>, Vec<Diagnostic>> {
    block_on(sources.load(wanted, options))
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

fn rows(provider: &Arc<dyn TableProvider>) -> String {
    query(provider, "select * from t")
}

/// The result of a query on `t`, a line per row.
fn query(provider: &Arc<dyn TableProvider>, sql: &str) -> String {
    let context = SessionContext::new();
    context.register_table("t", Arc::clone(provider)).expect("a table");
    let batches = block_on(async { context.sql(sql).await?.collect().await }).expect(sql);
    let options = FormatOptions::default().with_null("-");
    let mut lines = Vec::new();
    for batch in &batches {
        // The marks of unreadable cells lie beside the columns; a test of their own looks at them.
        let schema = batch.schema();
        let shown = schema.fields().iter().zip(batch.columns());
        let columns: Vec<ArrayFormatter<'_>> = shown
            .filter(|(field, _)| !field.name().contains("#unreadable"))
            .map(|(_, column)| ArrayFormatter::try_new(column, &options).expect("a column"))
            .collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            lines.push(cells.join("|"));
        }
    }
    lines.join("\n")
}

/// Findings as they would be told, a line each.
fn shown(problems: &[Diagnostic]) -> String {
    let mut lines = Vec::new();
    for problem in problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let at = problem.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
        lines.push(format!("{severity}[{}]{at}: {}", problem.code.name(), problem.message));
        if !problem.label.is_empty() {
            lines.push(format!("  label: {}", problem.label));
        }
        for (span, label) in &problem.related {
            lines.push(format!("  {span}: {label}"));
        }
        if let Some(help) = &problem.help {
            lines.push(format!("  help: {help}"));
        }
    }
    lines.join("\n")
}

/// The data that nobody here made, where it is at hand.
fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.is_dir().then_some(folder)
}
