//! Which rows count: keys that occur twice, conditions, the same in every format
//! and however a file is cut.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray};

use super::parquet::write;
use super::{Project, load, query, shown};
use crate::source::LoadOptions;

fn texts(values: &[&str]) -> ArrayRef {
    let value = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
    Arc::new(values.iter().map(value).collect::<StringArray>())
}

fn numbers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

#[test]
fn keys_in_parquet_are_compared_across_files_and_types() {
    let config = "[tables.t]\nfrom = \"*.parquet\"\nkey = \"id\"\n";
    let project = Project::new(config);
    write(&project.path("a.parquet"), vec![("id", numbers(&[1, 2, 5])), ("n", numbers(&[10, 20, 50]))]);
    write(
        &project.path("b.parquet"),
        vec![("id", texts(&["7", "", " 5", ""])), ("n", numbers(&[1, 2, 3, 4]))],
    );
    let said = project.problems();
    assert!(
        said.starts_with(
            "error[duplicate-key] at a.parquet:3: `id` of t is not unique: \"5\" is in 2 of 7 rows (28.6 %)\n  \
             label: first here\n  b.parquet:3: again here\n"
        ),
        "{said}"
    );
}

#[test]
fn sorted_parquet_is_scanned_where_it_is_and_a_double_is_found_all_the_same() {
    let config = "[tables.t]\nfrom = \"t.parquet\"\nkey = \"id\"\n";
    let project = Project::new(config);
    write(&project.path("t.parquet"), vec![("id", texts(&["9", "10", "11"]))]);
    let table = project.load().expect("rows");
    assert!(!format!("{:?}", table.provider).contains("MemTable"));
    assert_eq!(table.unique.expect("a key").as_str(), "id");
    write(&project.path("t.parquet"), vec![("id", texts(&["9", "10", "11", "10"]))]);
    assert!(project.problems().contains("\"10\" is in 2 of 4 rows (50 %)"));
    write(&project.path("t.parquet"), vec![("id", texts(&["", "10", "", "11"]))]);
    assert_eq!(project.rows(), "-\n10\n-\n11");
}

#[test]
fn parquet_keeps_one_row_by_a_column_and_leaves_out_by_conditions() {
    let config = "[tables.t]\nfrom = \"t.parquet\"\nkey = \"id\"\nkeep = { last = \"at\" }\n\
                  where = { test = false, kind = [\"a\", \"b\"] }\n";
    let project = Project::new(config);
    let at = TimestampMicrosecondArray::from(vec![Some(3), Some(9), Some(1), Some(8), Some(2), Some(7)])
        .with_timezone("UTC");
    let test = BooleanArray::from(vec![Some(false), Some(true), Some(true), Some(false), None, Some(false)]);
    write(
        &project.path("t.parquet"),
        vec![
            ("id", texts(&["x", "x", "y", "y", "y", "z"])),
            ("n", numbers(&[1, 2, 3, 4, 5, 6])),
            ("at", Arc::new(at)),
            ("test", Arc::new(test)),
            ("kind", texts(&["a", "a", "b", "b", "b", "c"])),
        ],
    );
    let table = project.load().expect("rows");
    assert_eq!(query(&table.provider, "select id, n from t"), "y|4");
    assert_eq!(table.rows, Some(1));
    let said = shown(&table.warnings);
    // Rows 1, 3 and 5 are not the last of their key; of the others, row 2 is a test and row 6 of another kind.
    assert!(
        said.contains("1 of 6 rows (16.7 %) of t left out on purpose, by the condition on `test`"),
        "{said}"
    );
    assert!(
        said.contains("1 of 6 rows (16.7 %) of t left out on purpose, by the condition on `kind`"),
        "{said}"
    );
    assert!(said.contains("3 of 6 rows (50 %) of t left out, because only the last row of each `id` counts, by `at`: \"x\" (2 rows), \"y\" (3 rows)"), "{said}");
}

#[test]
fn cells_of_rows_that_do_not_count_are_not_counted_as_bad() {
    let project = Project::of("t.csv", "id,n,test\n1,10,no\n2,x,yes\n3,30,no\n")
        .with("where = { test = false }\ncolumns = { n = { type = \"integer\" } }");
    let said = project.rows_and_warnings();
    assert!(said.starts_with("1|10|false\n3|30|false\nnote[rows-left-out]"), "{said}");
    assert!(!said.contains("bad-value"), "{said}");
}

#[test]
fn numbers_and_private_keys() {
    let config = "[tables.t]\nfrom = \"t.csv\"\nkey = \"number\"\ncolumns = { number = { type = \"integer\", private = true } }\n";
    let project = Project::new(config).file("t.csv", "number\n7\n007\n8\n\n");
    let said = project.problems();
    assert!(said.contains("`number` of t is not unique: (private) is in 2 of 3 rows (66.7 %)"), "{said}");
}

/// Numbers that look random and are the same in every run.
fn next(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

#[test]
fn however_files_are_cut_the_same_row_of_each_key_counts() {
    let mut state = 8;
    for round in 0..12 {
        let (mut first, mut last) = (BTreeMap::new(), BTreeMap::new());
        let mut files = Vec::new();
        let mut row = 0;
        for _ in 0..1 + next(&mut state, 3) {
            let mut text = "id,n\n".to_owned();
            for _ in 0..next(&mut state, 3_000) {
                row += 1;
                let id =
                    if round % 2 == 0 { next(&mut state, 100_000) } else { row + 5 * next(&mut state, 2) };
                let _ = writeln!(text, "{id},{row}");
                first.entry(id).or_insert(row);
                last.insert(id, row);
            }
            files.push(text);
        }
        for (which, expected) in [("first", &first), ("last", &last)] {
            let mut expected: Vec<String> =
                expected.iter().map(|(id, row)| (row, id)).map(|(row, id)| format!("{id}|{row}")).collect();
            expected.sort_by_key(|line| line.split('|').nth(1).and_then(|row| row.parse::<u64>().ok()));
            let config = format!(
                "[tables.t]\nfrom = \"*.csv\"\nkey = \"id\"\nkeep = \"{which}\"\nallow_empty = true\n\
                 columns = {{ n = {{ type = \"integer\" }} }}\n"
            );
            let mut project = Project::new(&config);
            for (number, text) in files.iter().enumerate() {
                project = project.file(&format!("{number}.csv"), text);
            }
            for (threads, memory) in [(1, 256 << 20), (3, 256 << 20), (2, 0)] {
                let options = LoadOptions { threads, memory, least_part: 2_000, ..LoadOptions::default() };
                let tables = load(&project.sources(), &["t"], &options).expect("rows");
                let found = query(&tables[0].provider, "select * from t order by n");
                let differs = found.lines().zip(&expected).find(|(found, expected)| found != expected);
                assert_eq!(differs, None, "{round} {which}");
                assert_eq!(tables[0].rows, Some(expected.len() as u64));
            }
        }
    }
}
