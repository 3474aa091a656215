//! Queries that would take longer than anybody waits are stopped.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::config;
use goalpost_core::definition::Layer;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{MetricName, TableName};
use goalpost_core::source::SourceFile;
use goalpost_registry::catalogue::Catalogue;
use goalpost_registry::run::{RunRequest, run};
use goalpost_registry::source::Sources;
use goalpost_registry::{EngineOptions, Project};
use goalpost_script::Scripts;

const CONFIG: &str = "[project]\ncurrency = \"USD\"\n\n[tables.rows]\nfrom = \"rows.csv\"\n";

/// What comes of a metric over a query, and how long it took.
fn asked(query: &str, rows: usize, time: Duration) -> (Result<(), Vec<Diagnostic>>, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut csv = "k,n\n".to_owned();
    (0..rows).for_each(|n| writeln!(csv, "a,{n}").expect("a text"));
    fs::write(folder.path().join("rows.csv"), csv).expect("a file");
    let config = config::read(&SourceFile::new("goalpost.toml", CONFIG)).expect("a configuration");
    let (sources, _) = Sources::open(&config, folder.path());
    let script = format!("let q = sql(\"{query}\");\nmetric(\"m\", #{{ value: q.count() }});\n");
    let files = vec![SourceFile::new("metrics.d/q.rhai", &script)];
    let definitions = goalpost_script::load(&Scripts {
        layers: vec![(Layer::Project, files)],
        tables: BTreeSet::from([TableName::from("rows")]),
        ..Scripts::default()
    });
    let (catalogue, problems) = Catalogue::build(definitions, sources.schema(), &config);
    if !problems.is_empty() {
        return (Err(problems), Duration::ZERO);
    }
    let as_of = AsOf::parse("2026-04-01", &config.calendar).expect("a moment");
    let project = Project { config, sources, catalogue };
    let metrics = vec![MetricName::from("m")];
    let request =
        RunRequest { metrics, grain: Grain::All, from: None, to: None, last: None, by: Vec::new(), as_of };
    let options = EngineOptions { query_time: time, ..EngineOptions::default() };
    let started = Instant::now();
    (run(&project, &request, &options).map(|_| ()), started.elapsed())
}

fn code(found: Result<(), Vec<Diagnostic>>) -> Option<Code> {
    found.err().and_then(|found| found.first().map(|found| found.code))
}

#[test]
fn a_query_that_takes_too_long_is_stopped() {
    // A billion pairs of equal keys.
    let query = "select a.n from rows a join rows b on a.k = b.k where a.n + b.n <> 7";
    let (found, took) = asked(query, 30_000, Duration::from_millis(200));
    assert_eq!(code(found), Some(Code::ScriptLimit));
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn a_join_of_everything_with_everything_is_not_begun() {
    let query = "select a.n from rows a join rows b on a.n < b.n";
    let (found, took) = asked(query, 60_000, Duration::from_secs(60));
    assert_eq!(code(found), Some(Code::ScriptLimit));
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn small_joins_are_answered() {
    for query in ["select a.n from rows a join rows b on a.n < b.n", "select a.n from rows a, rows b"] {
        let (found, _) = asked(query, 100, Duration::from_secs(60));
        assert!(found.is_ok(), "{query}");
    }
}

/// Long and deep texts end in a message, not in a crash.
#[test]
fn large_texts_are_read_or_refused() {
    let or = (0..1_500).map(|n| format!("n = {n}")).collect::<Vec<_>>().join(" or ");
    let few = (0..150).map(|n| format!("n = {n}")).collect::<Vec<_>>().join(" or ");
    let sum = vec!["n"; 4_000].join(" + ");
    let tables = (0..800).map(|n| format!("rows r{n}")).collect::<Vec<_>>().join(", ");
    let deep = format!("{}n{}", "(".repeat(5_000), ")".repeat(5_000));
    let nested = (0..60).fold("select n from rows".to_owned(), |query, _| format!("select n from ({query})"));
    let long = format!("select n from rows where k = '{}'", "a".repeat(30_000));
    let union = vec!["select n from rows"; 300].join(" union all ");
    for query in [
        format!("select n from rows where {or}"),
        format!("select n from rows where {few}"),
        format!("select r1.n from {tables}"),
        format!("select {sum} as n from rows"),
        format!("select {deep} as n from rows"),
        nested,
        long,
        union,
    ] {
        let started = Instant::now();
        let _ = asked(&query, 10, Duration::from_secs(60));
        assert!(started.elapsed() < Duration::from_secs(30), "{}", &query[..60]);
    }
}
