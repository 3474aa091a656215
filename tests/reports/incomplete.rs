//! What is incomplete is a failure to the reader of every format, unless its
//! policy says otherwise; where it is waived or passed over it is none.

use crate::decoders::{Tap, tap};
use crate::formats::{ALL, annotations, junit, read, sarif};
use crate::project::check;

/// Three receipts, one without an amount: 33.3 % are left out, where 5 % may be.
fn judged() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    write(
        "goalpost.toml",
        "[project]\ncurrency = \"USD\"\n\n[tables.receipts]\nfrom = \"receipts.csv\"\ntime = \"paid_at\"\n",
    );
    write("receipts.csv", "paid_at,amount\n2026-03-01,10\n2026-03-02,10\n2026-03-03,\n");
    write(
        "metrics.d/goals.rhai",
        "metric(\"sold\", #{ value: receipts.sum(receipts.amount), better: \"higher\" });\n\
         goal(\"sold\", #{ name: \"fails\", target: 1 });\n\
         goal(\"sold\", #{ name: \"warns\", target: 1, incomplete: \"warn\" });\n\
         goal(\"sold\", #{ name: \"skips\", target: 1, incomplete: \"skip\" });\n\
         goal(\"sold\", #{ name: \"excused\", target: 1 });\n\
         waive(\"excused\", #{ expires: \"2026-12-31\", by: \"ops\", why: \"a broken till\" });\n",
    );
    assert_eq!(check(folder.path(), &[], &ALL), 1);
    folder
}

const REASON: &str = "1 of 3 rows of receipts were left out (no amount: 1), and at most 5 % may be";

#[test]
fn only_what_fails_the_gate_fails_a_report() {
    let folder = judged();
    let found = junit(&read(folder.path(), "junit"));
    assert_eq!((found.tests, found.failures, found.errors, found.skipped), (4, 1, 0, 3));
    let case = found.suites.iter().flat_map(|suite| &suite.cases).find(|case| case.status.is_failure());
    let failure = case.expect("a failure").status.failure_as_ref();
    assert_eq!(failure.failure_type, "incomplete");
    assert_eq!(failure.message, format!("incomplete in 2026-03: 20, target ≥ 1; {REASON}"));

    let document = sarif(&read(folder.path(), "sarif"));
    let results = document["runs"][0]["results"].as_array().expect("results");
    let seen: Vec<_> = results
        .iter()
        .map(|result| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let suppressed = !result["suppressions"].is_null();
            (
                text(&result["ruleId"]),
                text(&result["properties"]["verdict"]),
                text(&result["level"]),
                suppressed,
            )
        })
        .collect();
    let expected = [
        ("fails", "incomplete", "error", false),
        ("warns", "incomplete", "warning", false),
        ("skips", "incomplete", "note", false),
        ("excused", "waived", "error", true),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(goal, verdict, level, waived)| (goal.to_owned(), verdict.to_owned(), level.to_owned(), waived))
        .collect();
    assert_eq!(seen, expected);

    let Tap { points, plan, bail_out } = tap(&read(folder.path(), "tap")).expect("TAP 14");
    assert_eq!((points.len(), plan, bail_out), (4, Some(4), None));
    let seen: Vec<_> = points.iter().map(|point| (point.ok, point.directive.as_str())).collect();
    assert_eq!(seen, [(false, ""), (false, "TODO"), (true, "SKIP"), (false, "TODO")]);

    let commands = annotations(&read(folder.path(), "github"));
    let names: Vec<&str> = commands.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["error", "warning", "notice", "notice", "error"]);
    assert!(commands[0].message.contains(REASON), "{}", commands[0].message);
}

#[test]
fn every_report_says_how_much_is_missing() {
    let folder = judged();
    let document: serde_json::Value = serde_json::from_str(&read(folder.path(), "json")).expect("JSON");
    assert_eq!((&document["summary"]["incomplete"], &document["summary"]["waived"]), (&3.into(), &1.into()));
    assert_eq!(document["verdicts"][3]["waiver"]["instead_of"], "incomplete");
    let text = read(folder.path(), "csv");
    let records: Vec<csv::StringRecord> =
        csv::Reader::from_reader(text.as_bytes()).records().map(|record| record.expect("a record")).collect();
    let kinds: Vec<(&str, &str)> = records.iter().map(|record| (&record[7], &record[8])).collect();
    assert_eq!(
        kinds,
        [("incomplete", "fails"), ("incomplete", "warns"), ("incomplete", "silent"), ("waived", "passes")]
    );
    for format in ALL {
        let text = read(folder.path(), format).replace("%25", "%");
        assert!(text.contains(REASON), "{format}: {text}");
    }
}
