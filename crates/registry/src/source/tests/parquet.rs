//! Parquet: in place where it fits, converted where it does not, the same either way.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array,
    Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::Int32Type;
use parquet::arrow::ArrowWriter;

use super::{Project, query, rows, shown};
use crate::source::LoadOptions;

pub(super) fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .expect("columns");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut writer =
        ArrowWriter::try_new(File::create(path).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a file");
}

fn project(name: &str, columns: Vec<(&str, ArrayRef)>) -> Project {
    let project = Project::new(&format!("[tables.t]\nfrom = \"{name}\"\n"));
    write(&project.path(name), columns);
    project
}

fn is_in_place(project: &Project) -> bool {
    let table = project.load().expect("rows");
    !format!("{:?}", table.provider).contains("MemTable")
}

#[test]
fn fitting_columns_are_scanned_in_place() {
    let names: DictionaryArray<Int32Type> = vec![Some("x"), None, Some("y")].into_iter().collect();
    let amounts = Decimal128Array::from(vec![Some(12_345), None, Some(-5)])
        .with_precision_and_scale(15, 2)
        .expect("fits");
    let project = project(
        "we [1] 50% né*.parquet",
        vec![
            ("Deal ID", Arc::new(Int64Array::from(vec![1, 2, 3]))),
            ("Name", Arc::new(names)),
            ("amount", Arc::new(amounts)),
            ("day", Arc::new(Date32Array::from(vec![Some(0), None, Some(20_000)]))),
            (
                "at",
                Arc::new(
                    TimestampMillisecondArray::from(vec![Some(1_500), None, Some(-1)])
                        .with_timezone("Europe/Berlin"),
                ),
            ),
            ("won", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
            ("n", Arc::new(Int32Array::from(vec![Some(7), None, Some(-7)]))),
        ],
    );
    assert_eq!(
        project.types(),
        "deal_id text, name text, amount decimal(2), day date, at datetime, won bool, n integer"
    );
    assert!(is_in_place(&project));
    assert_eq!(
        project.rows(),
        "1|x|123.45|1970-01-01|1970-01-01T00:00:01.500Z|true|7\n2|-|-|-|-|-|-\n\
         3|y|-0.05|2024-10-04|1969-12-31T23:59:59.999Z|false|-7"
    );
    assert_eq!(project.sources().describe()[0].rows, Some(3));
}

#[test]
fn only_wanted_columns_are_decoded() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("ID", Arc::new(StringArray::from(vec!["a", "b"]))),
        ("N", Arc::new(Int64Array::from(vec![1, 2]))),
        ("other", Arc::new(Int64Array::from(vec![3, 4]))),
    ];
    let project = project("t.parquet", columns);
    let table = project.load().expect("rows");
    let plan = query(&table.provider, "explain select sum(n) from t where id = 'a'");
    assert!(plan.contains("projection=[N@"), "{plan}");
    assert!(!plan.contains("other"), "{plan}");
}

#[test]
fn blank_texts_are_null_even_in_place() {
    let project = project(
        "t.parquet",
        vec![("name", Arc::new(StringArray::from(vec![Some("x"), Some(""), Some(" \t"), None])))],
    );
    assert!(is_in_place(&project));
    assert_eq!(project.rows(), "x\n-\n-\n-");
}

#[test]
fn what_does_not_fit_is_converted_by_the_rules_of_cells() {
    let project = project(
        "t.parquet",
        vec![
            ("price", Arc::new(Float64Array::from(vec![Some(0.1 + 0.2), Some(f64::NAN), None]))),
            ("day", Arc::new(StringArray::from(vec![Some("31/01/2026"), Some("x"), None]))),
            ("wall", Arc::new(TimestampMillisecondArray::from(vec![Some(0), None, Some(1)]))),
            ("code", Arc::new(Int64Array::from(vec![Some(1), Some(2), None]))),
        ],
    )
    .with("[tables.t.columns]\nprice = { type = \"money\" }\nday = { format = \"%d/%m/%Y\" }\ncode = { values = { 1 = \"new\", \"*\" = \"old\" } }");
    assert_eq!(project.types(), "price money(2), day date, wall datetime, code text");
    assert!(!is_in_place(&project));
    assert_eq!(
        project.rows_and_warnings(),
        "0.30|2026-01-31|1970-01-01T00:00:00Z|new\n-|-|-|old\n-|-|1970-01-01T00:00:00.001Z|-\n\
         warning[bad-value] at t.parquet:2: a cell of `t.price` cannot be read as money and is left blank\n  \
         label: \"NaN\": not a number\n  \
         help: correct such cells in the export; a word that stands for nothing goes into `null_values` of the column\n\
         warning[bad-value] at t.parquet:2: a cell of `t.day` cannot be read as date and is left blank\n  \
         label: \"x\": not in the column's `format`\n  \
         help: correct such cells in the export; a word that stands for nothing goes into `null_values` of the column"
    );
}

/// Doubles are scanned where they are as long as each is a number of few digits; one
/// that is not has the whole column read, with as many decimals as it turns out to have.
#[test]
fn doubles_that_are_what_was_written_stay_in_place() {
    let of = |amounts: Vec<Option<f64>>, config: &str| {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("price", Arc::new(Float64Array::from(amounts))),
            ("name", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
        ];
        let project = project("t.parquet", columns).with(config);
        (is_in_place(&project), project.rows())
    };
    let money = "[tables.t.columns]\nprice = { type = \"money\" }";
    let written = vec![Some(1234.56), None, Some(-0.1)];
    assert_eq!(of(written.clone(), money), (true, "1234.56|a\n-|b\n-0.10|c".to_owned()));
    assert!(of(vec![Some(9_999_999_999_999.99), Some(-0.0), Some(2.5)], money).0);
    // The sum of a tenth and two tenths is no number of fifteen digits.
    assert_eq!(of(vec![Some(0.1 + 0.2), None, Some(2.5)], money), (false, "0.30|a\n-|b\n2.50|c".to_owned()));
    assert_eq!(of(vec![Some(0.125), None, Some(2.5)], money), (false, "0.125|a\n-|b\n2.500|c".to_owned()));
    assert_eq!(
        of(vec![Some(f64::INFINITY), Some(1.0), Some(2.0)], money),
        (false, "-|a\n1.00|b\n2.00|c".to_owned())
    );
    assert_eq!(of(written, ""), (true, "1234.560000|a\n-|b\n-0.100000|c".to_owned()));
}

#[test]
fn wall_clock_times_follow_the_zone() {
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![0, 1_785_484_800_000]));
    let project = Project::new(
        "[project]\nname = \"Test\"\ncurrency = \"EUR\"\ntime_zone = \"Europe/Berlin\"\n[tables.t]\nfrom = \"t.parquet\"\n",
    );
    write(&project.path("t.parquet"), vec![("at", times)]);
    // 2026-07-31 08:00 on the wall is 06:00 in UTC in summer.
    assert_eq!(project.rows(), "1969-12-31T23:00:00Z\n2026-07-31T06:00:00Z");
}

#[test]
fn words_decide_whether_a_canonical_table_stays_in_place() {
    let deals = |outcomes: [&str; 2]| {
        let project = Project::new("[tables.deals]\nfrom = \"deals.parquet\"\n");
        write(
            &project.path("deals.parquet"),
            vec![
                ("id", Arc::new(StringArray::from(vec!["1", "2"])) as ArrayRef),
                ("outcome", Arc::new(StringArray::from(outcomes.to_vec()))),
                ("created_at", Arc::new(Date32Array::from(vec![0, 1]))),
            ],
        );
        let tables = super::load(&project.sources(), &["deals"], &LoadOptions::default()).expect("rows");
        let in_place = !format!("{:?}", tables[0].provider).contains("MemTable");
        (in_place, rows(&tables[0].provider), tables[0].warnings.len())
    };
    assert_eq!(deals(["won", "open"]), (true, "1|won|1970-01-01\n2|open|1970-01-02".to_owned(), 0));
    assert_eq!(deals(["Won", "dead"]), (false, "1|won|1970-01-01\n2|-|1970-01-02".to_owned(), 1));
}

#[test]
fn files_with_other_orders_and_types_still_make_one_table() {
    let project = Project::new("[tables.t]\nfrom = \"data\"\n");
    write(
        &project.path("data/a.parquet"),
        vec![("id", Arc::new(StringArray::from(vec!["a"]))), ("n", Arc::new(Int64Array::from(vec![1])))],
    );
    write(
        &project.path("data/b.parquet"),
        vec![("n", Arc::new(Int32Array::from(vec![2]))), ("ID", Arc::new(StringArray::from(vec!["b"])))],
    );
    assert_eq!(project.rows(), "a|1\nb|2");
    let project = project.file("data/c.csv", "n,id\n3,c\n");
    assert_eq!(project.rows(), "a|1\nb|2\nc|3");
}

#[test]
fn broken_files_are_errors() {
    let (_, problems) = Project::of("t.parquet", "no parquet at all").open();
    assert!(
        shown(&problems)
            .starts_with("error[unreadable-file] at t.parquet: `t.parquet` cannot be read as Parquet"),
        "{}",
        shown(&problems)
    );
}

#[test]
fn tables_beyond_the_limit_go_to_files_in_order() {
    let mut project = Project::new("[tables.t]\nfrom = \"data\"\n");
    for file in 0..3 {
        let mut text = String::from("id,n,name\n");
        (0..30_000).for_each(|i| text.push_str(&format!("k{file}-{i},{i},some name that is long {i}\n")));
        project = project.file(&format!("data/{file}.csv"), text);
    }
    let sources = project.sources();
    let parent = project.path("spill");
    let options =
        LoadOptions { threads: 2, memory: 1 << 20, temp_dir: Some(parent.clone()), ..LoadOptions::default() };
    let tables = super::load(&sources, &["t"], &options).expect("rows");
    let table = &tables[0];
    assert!(!format!("{:?}", table.provider).contains("MemTable"));
    assert_eq!(table.rows, Some(90_000));
    // Three times the sum of 0 to 29,999.
    assert_eq!(
        query(&table.provider, "select count(*), sum(n), count(distinct id) from t"),
        "90000|1349955000|90000"
    );
    let kept = super::load(&sources, &["t"], &LoadOptions::default()).expect("rows");
    let sql = "select id, n, name from t where n % 9973 = 5";
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(query(&table.provider, sql)), sorted(query(&kept[0].provider, sql)));
    assert_eq!(parent.read_dir().expect("a folder").count(), 1);
    drop(tables);
    assert_eq!(parent.read_dir().expect("a folder").count(), 0);
}
