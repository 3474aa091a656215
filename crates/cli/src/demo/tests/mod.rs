//! What the generated project promises, counted in its files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use tempfile::TempDir;

use super::{DemoOptions, DemoSummary, write};

mod folder;
mod rows;

/// Deals in the project that shares are counted in.
const DEALS: u64 = 6_000;

struct Project {
    folder: TempDir,
    summary: DemoSummary,
}

impl Project {
    fn written(change: impl FnOnce(&mut DemoOptions)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = DemoOptions::new(folder.path().join("demo"));
        change(&mut options);
        let summary = write(&options).expect("written");
        Self { folder, summary }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    fn table(&self, name: &str) -> Vec<Row> {
        let path = self.root().join(format!("data/{name}.csv"));
        let mut reader = csv::Reader::from_path(path).expect("a table");
        let header = reader.headers().expect("a header").clone();
        reader
            .records()
            .map(|record| {
                let record = record.expect("a row");
                Row(header.iter().zip(record.iter()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
            })
            .collect()
    }
}

struct Row(BTreeMap<String, String>);

impl Row {
    fn get(&self, column: &str) -> &str {
        &self.0[column]
    }

    /// A day, as typed by hand or in ISO form.
    fn day(&self, column: &str) -> Option<NaiveDate> {
        let text = self.get(column);
        NaiveDate::parse_from_str(text, "%d/%m/%Y").or_else(|_| text.parse()).ok()
    }

    /// Seconds since 1970.
    fn seconds(&self, column: &str) -> Option<i64> {
        chrono::DateTime::parse_from_rfc3339(self.get(column)).ok().map(|at| at.timestamp())
    }
}
