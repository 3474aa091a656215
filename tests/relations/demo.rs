//! The same relations over the data of the demo: the example of the repository, and
//! what `goalpost demo` writes with other seeds. All cells are the texts of the
//! files, and the project is configured as the example is.

use std::fs;
use std::path::Path;
use std::process::Command;

use goalpost_core::calendar::Grain;
use goalpost_core::schema::ColumnType;
use goalpost_registry::{EngineOptions, Fusion, Grouping, Planning, Rules};

use crate::Case;
use crate::ask::{Answer, Question, ask_with, one_thread, same};
use crate::draw::Draw;
use crate::project::{Layout, built_in, open, write};
use crate::tables::{Column, Style, Table, Value};

/// The files of a demo and its configuration.
struct Demo {
    tables: Vec<Table>,
    config: String,
}

/// The example of the repository, or a demo of another seed.
fn demo(seed: u64) -> Demo {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    if seed < 2 {
        return read(&example);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new(env!("CARGO_BIN_EXE_goalpost"))
        .args(["demo", "demo", "--deals", "1000", "--seed", &seed.to_string()])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    read(&folder.path().join("demo"))
}

fn read(folder: &Path) -> Demo {
    let mut tables = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder.join("data"))
        .expect("data")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .collect();
    paths.sort();
    for path in paths {
        let mut reader = csv::Reader::from_path(&path).expect("a table");
        let headers = reader.headers().expect("headers").clone();
        let columns = headers.iter().map(|name| Column { name: name.to_owned(), ty: ColumnType::Text });
        let cell = |text: &str| if text.is_empty() { Value::Blank } else { Value::Text(text.to_owned()) };
        tables.push(Table {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            columns: columns.collect(),
            rows: reader.records().map(|row| row.expect("a row").iter().map(cell).collect()).collect(),
        });
    }
    let config = fs::read_to_string(folder.join("goalpost.toml")).expect("a configuration");
    Demo { tables, config }
}

impl Demo {
    fn ask(&self, tables: &[Table], layout: Layout, question: &Question, options: &EngineOptions) -> Answer {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("data")).expect("a folder");
        let mut config = self.config.clone();
        for table in tables {
            write(folder.path(), table, layout);
            let (name, ending) = (&table.name, layout.style.ending());
            config = config.replace(&format!("data/{name}.csv"), &format!("data/{name}-*.{ending}"));
        }
        ask_with(&open(folder.path(), &config, built_in()), question, options)
    }
}

/// Formats, orders, files and plans over a demo.
pub(crate) fn relation(case: Case) -> usize {
    let demo = demo(case.seed);
    let mut draw = Draw::new(case.seed, "demo");
    let cuts: [&[&str]; 4] = [&["owner", "product"], &["region", "segment"], &["channel"], &["team"]];
    let as_of = *draw.pick(&["2026-07-01", "2026-05-14T11:45"]);
    let by = draw.pick(&cuts).to_vec();
    let question = Question { grain: Grain::Month, last: 12, by, as_of: as_of.to_owned(), among: case };
    let usual = one_thread();
    let first = demo.ask(&demo.tables, Layout::CSV, &question, &usual);
    let mut mixed = demo.tables.clone();
    mixed.iter_mut().for_each(|table| draw.shuffle(&mut table.rows));
    let planned = |planning| EngineOptions { planning, ..one_thread() };
    let rules = Planning { rules: Rules::Some(0), ..Planning::default() };
    let parts = Planning { partitions: Some(7), batch_rows: Some(100), ..Planning::default() };
    let separate = EngineOptions { fusion: Fusion::Separate, ..one_thread() };
    let layout = |style, files| Layout { style, files };
    let mut others = vec![
        ("JSON", &demo.tables, layout(Style::JsonArray, 1), usual.clone()),
        ("rows in another order", &mixed, layout(Style::ParquetText, 1), usual.clone()),
        ("several files", &demo.tables, layout(Style::JsonLines, 4), usual.clone()),
        ("no rules", &demo.tables, Layout::CSV, planned(rules)),
        ("partitions", &demo.tables, Layout::CSV, planned(parts)),
        ("scans of their own", &demo.tables, Layout::CSV, separate),
    ];
    if case.is_quick() {
        draw.shuffle(&mut others);
        others.truncate(1);
    }
    let grouping = Planning { grouping: Grouping::Planned, ..Planning::default() };
    others.push(("a plan for each scan", &demo.tables, Layout::CSV, planned(grouping)));
    for (what, tables, layout, options) in &others {
        let other = demo.ask(tables, *layout, &question, options);
        same(&first, &other, &format!("{question:?}: demo and {what}"));
    }
    first.cells.len() * others.len()
}
