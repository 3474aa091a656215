//! `goalpost.toml` as people write it: one that is right, many that are not,
//! and any text at all.

use chrono::Weekday;
use proptest::prelude::*;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::source::SourceFile;

const GOOD: &str = r#"
[project]
name = "Acme"
currency = "USD"
time_zone = "Europe/London"
fiscal_year_start = "April"
week_start = "sunday"
packs = ["packs/saas", "../shared"]

[params]
new_customer_months = 6
nps_scale = "1-5"
share = 0.10
since = 2026-01-01
strict = true

[engine]
memory_limit = "1.5GiB"

[tables.deals]
from = "data/deals-*.csv"
delimiter = ";"
encoding = "latin1"
null_values = ["N/A", "-"]
decimal_separator = ","
time = "closed_at"
key = "id"
refs = { customer = { table = "customers", on = "customer_id" }, rep = { table = "reps", on = "owner", key = "name" } }
on_bad_value = "error"
allow_empty = true

[tables.deals.columns]
id = "Record ID"
amount = { from = "Amount (USD)", type = "money", scale = 4 }
closed_at = { from = "Close Date", type = "date", format = "%d/%m/%Y" }
created_at = { format = "%d/%m/%Y %H:%M" }
outcome = { from = "Deal Stage", values = { "Closed Won" = "won", "Closed Lost" = "lost", Dup = "", "*" = "open" } }
probability = { scale = 2 }
renewed = { type = "bool", values = { Yes = true, No = false } }
"Odd name" = "odd"

[tables.customers]
from = "data/customers.parquet"

[tables.customers.columns]
name = { private = true }

[tables.reps]
from = "data/reps"
format = "tsv"
"#;

fn good(text: &str) -> Config {
    read(&SourceFile::new("goalpost.toml", text)).expect("a good config")
}

fn lines(problems: &[Diagnostic]) -> Vec<String> {
    let line = |problem: &Diagnostic| {
        let at = problem.at.as_ref().map_or((0, 0), |span| (span.line, span.column));
        let help = problem.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
        format!("=> {}:{} {} {}{help}", at.0, at.1, problem.code.name(), problem.message)
    };
    problems.iter().map(line).collect()
}

fn name<T>(named: &Option<(ColumnName, T)>) -> Option<&str> {
    named.as_ref().map(|(name, _)| name.as_str())
}

#[test]
fn everything_that_can_be_said() {
    let config = good(GOOD);
    assert_eq!((config.name.as_str(), config.currency.as_str()), ("Acme", "USD"));
    let calendar =
        Calendar { time_zone: chrono_tz::Europe::London, fiscal_year_start: 4, week_start: Weekday::Sun };
    assert_eq!(config.calendar, calendar);
    assert_eq!(
        config.packs.iter().map(|(pack, _)| pack.as_str()).collect::<Vec<_>>(),
        ["packs/saas", "../shared"]
    );
    assert_eq!(config.memory_limit, 3 << 29);
    let params: Vec<String> =
        config.params.iter().map(|(name, (value, at))| format!("{name} = {value:?} @{}", at.line)).collect();
    assert_eq!(
        params,
        [
            "new_customer_months = Number(6) @11",
            "nps_scale = Text(\"1-5\") @12",
            "share = Number(0.10) @13",
            "since = Text(\"2026-01-01\") @14",
            "strict = Bool(true) @15",
        ]
    );
}

#[test]
fn tables_as_they_are_written() {
    let config = good(GOOD);
    let deals = &config.tables["deals"];
    assert_eq!((deals.from.as_str(), deals.from_at.line, deals.from_at.column), ("data/deals-*.csv", 21, 8));
    assert_eq!((deals.at.line, deals.at.column, deals.at.length), (20, 1, 14));
    let format = FileFormat {
        kind: None,
        delimiter: Some(b';'),
        encoding: "windows-1252".to_owned(),
        null_values: vec!["N/A".to_owned(), "-".to_owned()],
        decimal_separator: ',',
        ..FileFormat::default()
    };
    assert_eq!(deals.format, format);
    assert_eq!((name(&deals.time), name(&deals.key.first().cloned())), (Some("closed_at"), Some("id")));
    assert_eq!((deals.on_bad_value, deals.allow_empty), (OnBadValue::Error, true));
    let rep = &deals.references["rep"];
    assert_eq!((rep.table.as_str(), rep.on.as_str()), ("reps", "owner"));
    assert_eq!(rep.key.as_ref().map(ColumnName::as_str), Some("name"));
    assert_eq!(deals.references["customer"].key, None);

    let reps = &config.tables["reps"];
    assert_eq!((reps.format.kind, reps.format.delimiter), (Some(FileKind::Csv), Some(b'\t')));
    assert_eq!((reps.on_bad_value, reps.allow_empty, reps.columns.len()), (OnBadValue::Null, false, 0));
    assert_eq!(config.tables["customers"].format, FileFormat::default());
}

#[test]
fn columns_as_they_are_written() {
    let config = good(GOOD);
    let deals = &config.tables["deals"].columns;
    let header = |name: &str| deals[name].from.as_deref();
    assert_eq!(
        (header("id"), header("Odd name"), header("probability")),
        (Some("Record ID"), Some("odd"), None)
    );
    assert_eq!(deals["id"].ty, None);
    assert_eq!(deals["amount"].ty, Some(ColumnType::Money(4)));
    assert_eq!(deals["closed_at"].ty, Some(ColumnType::Date));
    assert_eq!(deals["closed_at"].format.as_deref(), Some("%d/%m/%Y"));
    // A format alone says whether there is a time of day, a scale alone refines the canonical type.
    assert_eq!(deals["created_at"].ty, Some(ColumnType::DateTime));
    assert_eq!(deals["probability"].ty, Some(ColumnType::Decimal(2)));
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        deals["outcome"].values,
        [pair("Closed Won", "won"), pair("Closed Lost", "lost"), pair("Dup", ""), pair("*", "open")]
    );
    assert_eq!(deals["renewed"].values, [pair("Yes", "true"), pair("No", "false")]);
    assert!(config.tables["customers"].columns["name"].private && !deals["id"].private);
}

#[test]
fn defaults_when_little_is_said() {
    let config = good(
        "[project]\ncurrency = \"KWD\"\n[tables.t]\nfrom = \"t.csv\"\ncolumns.x = { type = \"money\" }\n",
    );
    assert_eq!((config.name.as_str(), config.memory_limit), ("project", 1 << 30));
    assert_eq!(config.calendar, Calendar::default());
    assert!(config.params.is_empty() && config.packs.is_empty());
    assert_eq!(config.tables["t"].columns["x"].ty, Some(ColumnType::Money(3)));
}

/// Cases are parted by `----`; set `GOALPOST_FILL` to write the present answers
/// into the file, for review.
fn check(file: &str, cases: &str) {
    let (head, rest) = cases.split_once("----\n").expect("a first case");
    let mut answered = head.to_owned();
    for case in rest.split("----\n") {
        let text: String =
            case.lines().filter(|line| !line.starts_with("=> ")).map(|line| format!("{line}\n")).collect();
        let problems = read(&SourceFile::new("goalpost.toml", text.as_str())).err().unwrap_or_default();
        let answer = lines(&problems).into_iter().map(|line| line + "\n").collect::<String>();
        answered += &format!("----\n{text}{answer}");
    }
    if std::env::var_os("GOALPOST_FILL").is_some() {
        let path = format!("{}/src/config/tests/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, &answered).expect("the case file can be written");
    }
    for (expected, got) in cases.split("----\n").zip(answered.split("----\n")) {
        assert_eq!(expected, got, "{file}");
    }
}

#[test]
fn bad_projects() {
    check("bad_project.txt", include_str!("tests/bad_project.txt"));
}

#[test]
fn bad_tables() {
    check("bad_table.txt", include_str!("tests/bad_table.txt"));
}

#[test]
fn bad_columns() {
    check("bad_column.txt", include_str!("tests/bad_column.txt"));
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_text() {
    let text = "[tables.deals]\nfrom = 1\nkey = 2\n[project]\ncurrency = 3\n[params]\na = []\n";
    let problems = read(&SourceFile::new("goalpost.toml", text)).expect_err("four problems");
    let places: Vec<u32> =
        problems.iter().filter_map(|problem| problem.at.as_ref()).map(|at| at.line).collect();
    assert_eq!(places, [2, 3, 5, 7]);
}

/// What stands in a good file, to be put together wrongly.
fn scraps() -> impl Strategy<Value = String> {
    let scraps: Vec<String> = GOOD
        .split_inclusive(['\n', ' ', '=', ',', '{', '}', '[', ']', '"'])
        .chain(["\u{feff}", "é", "0x", "1e99", "nan", "\"\"\"", "'", "#", "\0", "\r\n", "%", "."])
        .map(str::to_owned)
        .collect();
    proptest::collection::vec(proptest::sample::select(scraps), 0..40).prop_map(|scraps| scraps.concat())
}

/// A good file with one stretch of bytes replaced.
fn damaged() -> impl Strategy<Value = String> {
    (0..GOOD.len(), 0..40usize, ".{0,6}").prop_map(|(start, length, patch)| {
        let end = (start + length).min(GOOD.len());
        format!("{}{patch}{}", &GOOD[..start], &GOOD[end..])
    })
}

#[test]
fn depth_is_no_way_to_crash() {
    let deep = 200_000;
    for text in [
        "x = ".to_owned() + &"[".repeat(deep),
        "x = ".to_owned() + &"{a=".repeat(deep),
        "a.".repeat(deep) + "a = 1",
        format!("[{}a]", "a.".repeat(deep)),
        format!("[tables.{}a]", "a.".repeat(deep)),
    ] {
        assert!(read(&SourceFile::new("goalpost.toml", text)).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_panics(text in prop_oneof![any::<String>(), scraps(), damaged()]) {
        let file = SourceFile::new("goalpost.toml", text);
        if let Err(problems) = read(&file) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| problem.at.is_some()));
        }
    }

    #[test]
    fn what_is_read_is_valid(text in damaged()) {
        if let Ok(config) = read(&SourceFile::new("goalpost.toml", text)) {
            prop_assert!(iso_4217::is_currency(&config.currency));
            prop_assert!((1..=12).contains(&config.calendar.fiscal_year_start));
            for table in config.tables.values() {
                prop_assert!(table.references.values().all(|reference| config.tables.contains_key(&reference.table)));
            }
        }
    }
}
