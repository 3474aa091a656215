//! The folder as a whole: its bytes, its files, its configuration, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use goalpost_core::canonical::{self, CanonicalType};
use goalpost_core::config;
use goalpost_core::definition::Layer;
use goalpost_core::diagnostic::{Code, Severity};
use goalpost_core::source::SourceFile;
use goalpost_registry::source::Sources;
use goalpost_registry::write::Format;
use goalpost_script::{Scripts, load, read_folder};

use super::{DEALS, Project};
use crate::demo::{DemoOptions, DemoSummary, tables, write};

/// Files below a folder with their contents.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below").to_owned();
            if path.is_dir() {
                if name != Path::new(".goalpost") {
                    folders.push(path);
                }
            } else {
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn the_same_options_give_the_same_bytes() {
    for format in [Format::Csv, Format::Parquet] {
        let once = files(&Project::written(|options| options.format = format).root());
        let again = files(&Project::written(|options| options.format = format).root());
        assert_eq!(once.len(), tables::ALL.len() + 5);
        assert!(once == again, "{format:?}");
        let other = files(&Project::written(|options| (options.format, options.seed) = (format, 2)).root());
        let deals = PathBuf::from(format!("data/deals.{}", format.name()));
        assert_ne!(once[&deals], other[&deals]);
    }
}

/// `examples/acme` is what `goalpost demo DIR` writes.
#[test]
fn the_committed_example_is_up_to_date() {
    let committed = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme"));
    let written = files(&Project::written(|_| ()).root());
    assert_eq!(committed.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
    for (path, bytes) in &written {
        assert!(committed[path] == *bytes, "{} differs: run `goalpost demo` again", path.display());
    }
    assert!(written.values().map(Vec::len).sum::<usize>() < 1_500_000);
}

#[test]
fn both_formats_have_the_same_rows() {
    let csv = Project::written(|_| ()).summary;
    let parquet = Project::written(|options| options.format = Format::Parquet).summary;
    let rows = |summary: &DemoSummary| -> Vec<_> {
        summary.tables.iter().map(|(name, written)| (*name, written.rows)).collect()
    };
    assert_eq!(rows(&csv), rows(&parquet));
}

#[test]
fn tables_follow_the_number_of_deals() {
    let small = Project::written(|_| ()).summary;
    let large = Project::written(|options| options.deals = DEALS).summary;
    for (summary, deals) in [(&small, 1_000), (&large, DEALS)] {
        let rows: BTreeMap<_, _> =
            summary.tables.iter().map(|(name, written)| (*name, written.rows)).collect();
        assert_eq!(rows.len(), tables::ALL.len());
        assert_eq!([rows["deals"], rows["tickets"], rows["leads"]], [deals; 3]);
        let customers = rows["customers"] as f64 / deals as f64;
        assert!((0.17..0.27).contains(&customers), "{customers}");
        assert!(rows["email_events"] <= deals && rows["touches"] <= deals && rows["orders"] <= deals);
        assert!(rows["stage_changes"] <= 5 * deals);
    }
}

#[test]
fn any_last_day_will_do() {
    for until in ["1990-01-01", "2024-02-29", "2025-08-17", "2199-12-31"] {
        let until: NaiveDate = until.parse().expect("a date");
        let project = Project::written(|options| options.until = until);
        for deal in project.table("deals") {
            assert!(deal.day("Create Date").expect("a date") <= until);
            assert!(deal.day("Close Date").is_none_or(|day| day <= until));
        }
        for ticket in project.table("tickets") {
            let end = project.summary.as_of.and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp();
            assert!(ticket.seconds("Solved at").is_none_or(|at| at < end));
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = DemoOptions::new(folder.path().to_owned());
    for deals in [0, 999, 100_000_001] {
        assert_eq!(write(&DemoOptions { deals, ..options.clone() }).expect_err("refused").code, Code::Usage);
    }
    fs::write(folder.path().join("notes.txt"), "mine").expect("written");
    let refused = write(&options).expect_err("refused");
    assert_eq!(refused.code, Code::Usage);
    assert!(refused.message.contains("is not empty"), "{}", refused.message);
    let inside = DemoOptions::new(folder.path().join("notes.txt/demo"));
    assert_eq!(write(&inside).expect_err("refused").code, Code::WriteFailed);
}

/// The files around the data are what Goalpost itself accepts, in both formats.
#[test]
fn goalpost_reads_what_it_wrote() {
    for format in [Format::Csv, Format::Parquet] {
        let project = Project::written(|options| options.format = format);
        let text = fs::read_to_string(project.root().join("goalpost.toml")).expect("a configuration");
        let config = config::read(&SourceFile::new("goalpost.toml", text)).expect("a valid configuration");
        let (sources, problems) = Sources::open(&config, &project.root());
        let errors: Vec<_> = problems.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{format:?}: {errors:?}");
        for canonical in canonical::tables() {
            let table = sources.schema().tables.get(canonical.name).expect(canonical.name);
            for column in canonical.columns {
                let found = table.column(column.name);
                assert!(found.is_some(), "{}.{}", canonical.name, column.name);
                let timed = found.is_some_and(|found| found.ty.is_time());
                assert!(timed || column.ty != CanonicalType::Time, "{}.{}", canonical.name, column.name);
            }
        }
        let (files, problems) = read_folder(&project.root().join("metrics.d"), "metrics.d");
        assert_eq!(problems, []);
        let tables = config.tables.keys().cloned().collect();
        let scripts = Scripts { layers: vec![(Layer::Project, files)], tables, ..Scripts::default() };
        let definitions = load(&scripts);
        assert_eq!(definitions.diagnostics, []);
        assert_eq!([definitions.metrics.len(), definitions.cases.len()], [2, 2]);
    }
}

/// Every header that `goalpost.toml` maps is in the export, and every table is there.
#[test]
fn the_configuration_fits_the_exports() {
    let project = Project::written(|_| ());
    let text = fs::read_to_string(project.root().join("goalpost.toml")).expect("a configuration");
    let config: toml::Table = text.parse().expect("valid TOML");
    let configured = config["tables"].as_table().expect("tables");
    let written: BTreeSet<&str> = tables::ALL.iter().map(|table| table.name).collect();
    assert_eq!(configured.keys().map(String::as_str).collect::<BTreeSet<_>>(), written);
    for table in tables::ALL {
        let headers: BTreeSet<&str> = table.columns.iter().map(|column| column.header).collect();
        assert_eq!(headers.len(), table.columns.len(), "{}", table.name);
        let entry = &configured[table.name];
        assert_eq!(entry["from"].as_str(), Some(format!("data/{}.csv", table.name).as_str()));
        if let Some(columns) = entry.get("columns").and_then(toml::Value::as_table) {
            for column in columns.values() {
                let from = column["from"].as_str().expect("a header");
                assert!(headers.contains(from), "{}: {from}", table.name);
            }
        }
        if let Some(references) = entry.get("refs").and_then(toml::Value::as_table) {
            for reference in references.values() {
                assert!(written.contains(reference["table"].as_str().expect("a table")));
            }
        }
    }
    for (path, bytes) in files(&project.root()) {
        assert!(!String::from_utf8(bytes).expect("text").contains("{{"), "{}", path.display());
    }
}
