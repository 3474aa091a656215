//! Files with damaged bytes, of every format: an answer or an error that names the
//! file, never a panic and never a defect of the program.
//!
//! Each mutation is one of a kind that disks and transfers make: a bit, a byte, a
//! stretch of noise, a stretch of zeros, an end that is missing.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::config;
use goalpost_core::definition::Layer;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{DimensionName, MetricName, TableName};
use goalpost_core::source::SourceFile;
use goalpost_registry::catalogue::Catalogue;
use goalpost_registry::run::{RunRequest, run};
use goalpost_registry::source::Sources;
use goalpost_registry::{EngineOptions, Project};
use goalpost_script::Scripts;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What reads numbers, days, texts and all rows of an entity, in place and not.
const SCRIPT: &str = r#"
metric("rows", #{ value: deals.count() });
metric("amount", #{ value: deals.sum(deals.amount) });
metric("middle", #{ value: deals.median(deals.amount) });
metric("owners", #{ value: deals.count_distinct(deals.owner) });
metric("closed", #{ value: deals.count(), time: deals.closed_at });
metric("won", #{ value: deals.where(deals.outcome == "won").count() });
"#;

const METRICS: [&str; 6] = ["rows", "amount", "middle", "owners", "closed", "won"];

fn answer(folder: &Path) -> Result<String, Vec<Diagnostic>> {
    let text = fs::read_to_string(folder.join("goalpost.toml")).expect("a configuration");
    let config = config::read(&SourceFile::new("goalpost.toml", &text)).expect("a configuration");
    let (sources, problems) = Sources::open(&config, folder);
    if !problems.is_empty() {
        return Err(problems);
    }
    let files = vec![SourceFile::new("metrics.d/m.rhai", SCRIPT)];
    let definitions = goalpost_script::load(&Scripts {
        layers: vec![(Layer::Project, files)],
        tables: BTreeSet::from([TableName::from("deals")]),
        ..Scripts::default()
    });
    let (catalogue, problems) = Catalogue::build(definitions, sources.schema(), &config);
    if !problems.is_empty() {
        return Err(problems);
    }
    let as_of = AsOf::parse("2026-07-01", &config.calendar).expect("a moment");
    let request = RunRequest {
        metrics: METRICS.map(MetricName::from).to_vec(),
        grain: Grain::Month,
        from: None,
        to: None,
        last: Some(6),
        by: vec![DimensionName::from("owner")],
        as_of,
    };
    let project = Project { config, sources, catalogue };
    run(&project, &request, &EngineOptions::default()).map(|report| format!("{report:?}"))
}

fn damaged(bytes: &[u8], numbers: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = numbers.random_range(0..bytes.len());
    let end = (place + numbers.random_range(1..64)).min(bytes.len());
    match numbers.random_range(0..6) {
        0 | 1 => bytes[place] ^= 1 << numbers.random_range(0..8),
        2 => bytes[place] = numbers.random(),
        3 => numbers.fill(&mut bytes[place..end]),
        4 => bytes[place..end].fill(0),
        _ => bytes.truncate(place),
    }
    bytes
}

/// How many mutations a file gets; the long run of a release has ten times as many.
fn mutations() -> u64 {
    if std::env::var_os("GOALPOST_LONG").is_some() { 3_000 } else { 150 }
}

/// A project of the demo, in files of this format.
fn demo(above: &Path, format: &str) -> PathBuf {
    let made = Command::new(env!("CARGO_BIN_EXE_goalpost"))
        .args(["demo", "acme", "--deals", "1000", "--format", format])
        .current_dir(above)
        .output()
        .expect("the program starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    above.join("acme")
}

/// Damages a file again and again, and asks each time; so many faults have to be noticed.
fn hold(folder: &Path, name: &str, mutations: u64, noticed: u64) {
    let file = folder.join("data").join(name);
    let bytes = fs::read(&file).expect("a file");
    let clean = answer(folder);
    assert!(clean.is_ok(), "{clean:?}");
    let mut failures = Vec::new();
    let mut refused = 0;
    for seed in 0..mutations {
        let mut numbers = StdRng::seed_from_u64(seed);
        fs::write(&file, damaged(&bytes, &mut numbers)).expect("a file");
        let folder = folder.to_owned();
        match std::thread::spawn(move || answer(&folder)).join() {
            Ok(Ok(_)) => {}
            Ok(Err(found)) => {
                refused += 1;
                let is_of_program = found.iter().any(|found| found.code == Code::EngineFailed);
                let named = found
                    .iter()
                    .any(|found| found.code != Code::UnreadableFile || found.message.contains(name));
                if is_of_program || !named {
                    failures.push(format!("{seed}: {found:?}"));
                }
            }
            Err(_) => failures.push(format!("{seed}: a panic")),
        }
    }
    assert!(failures.is_empty(), "{name}: {}", failures.join("\n"));
    assert!(refused > noticed, "{name}: only {refused} were noticed");
}

#[test]
fn damaged_files_are_named() {
    // A fault inside of a library is caught, so it is not to be printed.
    std::panic::set_hook(Box::new(|_| {}));
    let above = tempfile::tempdir().expect("a folder");
    let held = std::panic::catch_unwind(|| {
        hold(&demo(above.path(), "parquet"), "deals.parquet", mutations(), mutations() / 4);
    });
    let _ = std::panic::take_hook();
    held.unwrap_or_else(|what| std::panic::resume_unwind(what));
}

/// The rows of a table of CSV as objects, amounts as numbers.
fn objects(file: &Path) -> Vec<String> {
    let mut reader = csv::Reader::from_path(file).expect("a table");
    let headers = reader.headers().expect("headers").clone();
    let object = |row: csv::StringRecord| {
        let member = |(name, cell): (&str, &str)| {
            let is_number = name == "amount" && !cell.is_empty();
            let cell = if is_number { cell.to_owned() } else { serde_json::json!(cell).to_string() };
            format!("{}: {cell}", serde_json::json!(name))
        };
        let members: Vec<String> = headers.iter().zip(&row).map(member).collect();
        format!("{{{}}}", members.join(", "))
    };
    reader.records().map(|row| object(row.expect("a row"))).collect()
}

#[test]
fn damaged_texts_are_named() {
    let above = tempfile::tempdir().expect("a folder");
    let folder = demo(above.path(), "csv");
    let config = fs::read_to_string(folder.join("goalpost.toml")).expect("a configuration");
    let csv = folder.join("data/deals.csv");
    let objects = objects(&csv);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&fs::read(&csv).expect("a file")).expect("bytes");
    let files = [
        ("deals.csv", fs::read(&csv).expect("a file")),
        ("deals.csv.gz", packed.finish().expect("bytes")),
        ("deals.jsonl", objects.join("\n").into_bytes()),
        ("deals.json", format!("[{}]", objects.join(",\n")).into_bytes()),
    ];
    let few = mutations() / 5;
    for (name, bytes) in files {
        fs::write(folder.join("data").join(name), bytes).expect("a file");
        let config = config.replace("data/deals.csv", &format!("data/{name}"));
        fs::write(folder.join("goalpost.toml"), config).expect("a configuration");
        hold(&folder, name, few, few / 10);
    }
}
