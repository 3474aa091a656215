//! In-process figures of a small project: what start-up, planning and computing
//! cost without a process around them.
//!
//! `cargo bench -p goalpost --bench small_project`; whole processes and large
//! data are timed by `whole_process.py` beside this file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use divan::Bencher;
use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::canonical;
use goalpost_core::config;
use goalpost_core::definition::Layer;
use goalpost_core::name::TableName;
use goalpost_core::source::SourceFile;
use goalpost_registry::catalogue::Catalogue;
use goalpost_registry::run::{RunRequest, run};
use goalpost_registry::source::Sources;
use goalpost_registry::{EngineOptions, Fusion, Project};
use goalpost_script::Scripts;

/// The end of the example's data.
const AS_OF: &str = "2026-07-01";

/// Metrics over one table, over three, and with medians and stocks.
const METRICS: [&str; 8] = [
    "close_rate",
    "average_deal_size",
    "won_revenue",
    "sales_cycle_length_median",
    "ticket_volume",
    "first_response_time_mean",
    "active_customers",
    "churn_rate",
];

fn main() {
    divan::main();
}

/// The example project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme")
}

fn read_config() -> config::Config {
    let text = std::fs::read_to_string(root().join("goalpost.toml")).expect("the example is there");
    config::read(&SourceFile::new("goalpost.toml", text)).expect("the example is right")
}

fn scripts(config: &config::Config) -> Scripts {
    let (own, _) = goalpost_script::read_folder(&root().join("metrics.d"), "metrics.d");
    let canonical = canonical::tables().iter().map(|table| TableName::from(table.name));
    let tables: BTreeSet<TableName> = config.tables.keys().cloned().chain(canonical).collect();
    let layers = vec![(Layer::BuiltIn, goalpost_script::built_in()), (Layer::Project, own)];
    Scripts { layers, tables, params: BTreeMap::new(), ..Scripts::default() }
}

fn project() -> Project {
    let config = read_config();
    let (sources, problems) = Sources::open(&config, &root());
    assert!(problems.is_empty(), "{problems:?}");
    let definitions = goalpost_script::load(&scripts(&config));
    let (catalogue, problems) = Catalogue::build(definitions, sources.schema(), &config);
    assert!(problems.is_empty(), "{problems:?}");
    Project { config, sources, catalogue }
}

fn request(project: &Project, metrics: &[&str]) -> RunRequest {
    RunRequest {
        metrics: metrics.iter().map(|name| (*name).into()).collect(),
        grain: Grain::Month,
        from: None,
        to: None,
        last: None,
        by: Vec::new(),
        as_of: AsOf::parse(AS_OF, &project.config.calendar).expect("a date"),
    }
}

/// Every script of the catalogue and of the project, from text to definitions.
#[divan::bench]
fn load_scripts(bencher: Bencher<'_, '_>) {
    let scripts = scripts(&read_config());
    bencher.bench(|| goalpost_script::load(&scripts));
}

/// Files found, headers read, types inferred.
#[divan::bench]
fn open_sources(bencher: Bencher<'_, '_>) {
    let config = read_config();
    bencher.bench(|| Sources::open(&config, &root()));
}

/// All of start-up: configuration, sources, scripts, catalogue.
#[divan::bench]
fn load_project() -> Project {
    project()
}

/// Eight metrics by month, sharing scans.
#[divan::bench]
fn run_together(bencher: Bencher<'_, '_>) {
    let project = project();
    let request = request(&project, &METRICS);
    bencher.bench(|| run(&project, &request, &EngineOptions::default()).expect("an answer"));
}

/// The same, a scan for each aggregate.
#[divan::bench]
fn run_together_without_fusion(bencher: Bencher<'_, '_>) {
    let project = project();
    let request = request(&project, &METRICS);
    let options = EngineOptions { fusion: Fusion::Separate, ..EngineOptions::default() };
    bencher.bench(|| run(&project, &request, &options).expect("an answer"));
}

/// The same eight, each in a run of its own.
#[divan::bench]
fn run_one_by_one(bencher: Bencher<'_, '_>) {
    let project = project();
    let requests: Vec<RunRequest> = METRICS.iter().map(|metric| request(&project, &[metric])).collect();
    bencher.bench(|| {
        for request in &requests {
            divan::black_box(run(&project, request, &EngineOptions::default()).expect("an answer"));
        }
    });
}
