//! `list tables`: what a run would leave out of the tables of a project, and what
//! it would refuse.
//!
//! Every column is read, once, and nothing is kept of it. What is wrong with a
//! column that no available metric looks at keeps no run from anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::inventory::TableState;
use goalpost_core::name::TableName;
use goalpost_core::schema::ColumnsByTable;

use crate::catalogue::Availability;
use crate::engine::{EngineOptions, memory};
use crate::plan::compile::Compiler;
use crate::plan::needs::Needs;
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::source::LoadOptions;

/// Reads all tables; with everything that is to be said of them.
pub fn inspect(
    project: &Project,
    options: &EngineOptions,
) -> (BTreeMap<TableName, TableState>, Vec<Diagnostic>) {
    let load = LoadOptions {
        threads: options.threads(),
        memory: memory::for_rows(options.memory_limit),
        temp_dir: options.temp_dir.clone(),
        progress: Arc::clone(&options.progress),
        ..LoadOptions::default()
    };
    let used = used(project);
    let none = BTreeSet::new();
    let mut states = BTreeMap::new();
    let mut findings = Vec::new();
    for name in project.sources.schema().tables.keys() {
        let inspected = project.sources.inspect(name, used.get(name).unwrap_or(&none), &load);
        findings.extend(inspected.findings);
        let state = TableState {
            rows: inspected.rows,
            left_out: inspected.left_out,
            unread: inspected.bad_cells,
            in_percent: inspected.in_percent,
        };
        states.insert(name.clone(), state);
    }
    (states, findings)
}

/// The columns that available metrics look at.
fn used(project: &Project) -> ColumnsByTable {
    let mut leaves = Leaves::default();
    let mut compiler = Compiler {
        catalogue: &project.catalogue,
        leaves: &mut leaves,
        dimensions: &[],
        placed_in_time: false,
        diagnostics: Vec::new(),
    };
    let available = project.catalogue.metrics().filter(|entry| entry.availability == Availability::Available);
    let nodes: Vec<Node> =
        available.filter_map(|entry| compiler.compile(&entry.metric.value, &entry.metric)).collect();
    Needs::of(&nodes, &leaves, project.catalogue.shapes()).columns
}
