//! Every format through a reader of it: the counts are right, every hostile
//! text comes back as a text, and a failed or empty run is not a passed one.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::decoders::{Tap, WorkflowCommand, tap, workflow_commands};
use crate::project::{self, GOAL, HOSTILE, check, goalpost, shown};

pub(crate) const ALL: [&str; 8] = ["human", "json", "junit", "github", "sarif", "tap", "markdown", "csv"];

pub(crate) fn read(folder: &Path, format: &str) -> String {
    std::fs::read_to_string(folder.join(format!("{format}.out"))).expect("a report")
}

/// A project with its reports of one run: 12 segments that miss, two goals met,
/// one at risk, one pending, one missed that only advises, one waived.
fn judged() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    project::write(folder.path());
    assert_eq!(check(folder.path(), &[], &ALL), 1);
    folder
}

/// Reports over those of an earlier run, of a run that fails: no such file.
fn failed() -> tempfile::TempDir {
    let folder = judged();
    std::fs::remove_file(folder.path().join("data/requests.csv")).expect("removed");
    assert_eq!(check(folder.path(), &[], &ALL), 3);
    folder
}

/// The descriptions that segments of the hostile goal should have.
fn subjects() -> BTreeSet<String> {
    HOSTILE.iter().map(|text| format!("{GOAL} (place={})", shown(text))).collect()
}

pub(crate) fn junit(text: &str) -> junit_parser::TestSuites {
    let own = quick_junit::Report::deserialize_from_str(text).expect("readable by the library that wrote it");
    let found = junit_parser::from_reader(std::io::Cursor::new(text)).expect("readable by another library");
    assert_eq!(own.tests as u64, found.tests);
    assert_eq!(own.failures as u64, found.failures);
    found
}

#[test]
fn junit_readers_see_every_goal() {
    let folder = judged();
    let text = read(folder.path(), "junit");
    let found = junit(&text);
    assert_eq!((found.tests, found.failures, found.errors, found.skipped), (18, 12, 0, 3));
    let cases: Vec<_> = found.suites.iter().flat_map(|suite| &suite.cases).collect();
    let failures: BTreeSet<String> =
        cases.iter().filter(|case| case.status.is_failure()).map(|case| case.original_name.clone()).collect();
    // XML has no U+FFFE, not even as an entity.
    let expected: BTreeSet<String> =
        subjects().into_iter().map(|name| name.replace('\u{fffe}', "\\u{fffe}")).collect();
    assert_eq!(failures, expected);
    let own = quick_junit::Report::deserialize_from_str(&text).expect("readable");
    let own: Vec<_> = own.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    for case in cases.iter().filter(|case| case.status.is_failure()) {
        assert_eq!((case.file.as_deref(), case.line), (Some("metrics.d/goals.rhai"), Some(2)));
        let failure = case.status.failure_as_ref();
        assert_eq!(failure.failure_type, "missed");
        assert!(failure.message.contains("1, target ≥ 2; below the target"), "{}", failure.message);
        let own = own.iter().find(|own| own.name == case.original_name).expect("the same case");
        let property = |name: &str| {
            let found = own.properties.iter().find(|property| property.name == *name);
            found.map(|property| property.value.as_str())
        };
        assert_eq!(property("owner"), Some("::warning::o%0A, \"x\" | =1+1"));
        assert_eq!(property("value"), Some("1"));
        assert_eq!(property("aim"), Some("target ≥ 2"));
        assert_eq!(property("n"), Some("1"));
    }
    let allowed =
        |c: char| matches!(c, '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(allowed), "characters that XML does not have");
}

#[test]
fn junit_says_that_a_run_failed() {
    let found = junit(&read(failed().path(), "junit"));
    assert_eq!((found.tests, found.errors), (1, 1));
    let error = found.suites[0].cases[0].status.error_as_ref();
    assert_eq!(error.error_type, "missing-file");
    assert_eq!(found.suites[0].cases[0].file.as_deref(), Some("goalpost.toml"));
}

/// The document, once it is valid by the schema of OASIS.
pub(crate) fn sarif(text: &str) -> Value {
    // Its pattern of languages is no valid regular expression; no document here has one.
    let schema = include_str!("../schemas/sarif-2.1.0.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).expect("a schema");
    assert_eq!(schema["properties"]["version"]["enum"], serde_json::json!(["2.1.0"]));
    let validator =
        jsonschema::options().should_validate_formats(true).build(&schema).expect("a valid schema");
    let document: Value = serde_json::from_str(text).expect("JSON");
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    document
}

#[test]
fn sarif_is_valid_and_tells_findings_apart() {
    let folder = judged();
    let document = sarif(&read(folder.path(), "sarif"));
    let run = &document["runs"][0];
    let results = run["results"].as_array().expect("results");
    let levels = |level: &str| results.iter().filter(|result| result["level"] == level).count();
    // The waived one is an error as well, and suppressed.
    assert_eq!((results.len(), levels("error"), levels("warning")), (15, 13, 2));
    let suppressed: Vec<_> = results.iter().filter(|result| !result["suppressions"].is_null()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "excused");
    assert_eq!(suppressed[0]["suppressions"][0]["location"]["physicalLocation"]["region"]["startLine"], 8);
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), 7);
    let mut prints = BTreeSet::new();
    for result in results {
        assert_eq!(rules[result["ruleIndex"].as_u64().expect("an index") as usize]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "metrics.d/goals.rhai");
        assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 1));
        prints.insert(result["partialFingerprints"].to_string());
    }
    assert_eq!(prints.len(), results.len());
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    // With the goals further down they are the same findings.
    let path = folder.path().join("metrics.d/goals.rhai");
    let script = std::fs::read_to_string(&path).expect("a script");
    std::fs::write(&path, format!("// moved\n\n{script}")).expect("written");
    assert_eq!(check(folder.path(), &[], &["sarif"]), 1);
    let moved = sarif(&read(folder.path(), "sarif"));
    let again: BTreeSet<String> = moved["runs"][0]["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| result["partialFingerprints"].to_string())
        .collect();
    assert_eq!(prints, again);
}

#[test]
fn sarif_says_that_a_run_failed() {
    let document = sarif(&read(failed().path(), "sarif"));
    let invocation = &document["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 3);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["descriptor"]["id"], "missing-file");
    assert_eq!(notification["locations"][0]["physicalLocation"]["region"]["startLine"], 6);
    assert_eq!(document["runs"][0]["results"], serde_json::json!([]));
}

pub(crate) fn annotations(text: &str) -> Vec<WorkflowCommand> {
    let commands = workflow_commands(text);
    assert_eq!(commands.len(), text.lines().count(), "every line is a command: {text}");
    assert!(commands.iter().all(|one| ["error", "warning", "notice"].contains(&one.name.as_str())));
    commands
}

#[test]
fn annotations_stand_at_the_goals() {
    let folder = judged();
    let commands = annotations(&read(folder.path(), "github"));
    let count = |name: &str| commands.iter().filter(|one| one.name == name).count();
    // 12 missed and the summary; at risk and advised; pending and waived.
    assert_eq!((count("error"), count("warning"), count("notice")), (13, 2, 2));
    let titles: BTreeSet<String> = commands
        .iter()
        .filter(|one| one.property("line") == Some("2"))
        .filter_map(|one| one.property("title")?.strip_suffix(": missed").map(str::to_owned))
        .collect();
    assert_eq!(titles, subjects());
    for one in commands.iter().filter(|one| one.property("line") == Some("2")) {
        assert_eq!(one.property("file"), Some("metrics.d/goals.rhai"));
        assert!(one.message.contains("owner ::warning::o%0A, \"x\" | =1+1"), "{}", one.message);
    }
}

#[test]
fn annotations_say_that_a_run_failed() {
    let commands = annotations(&read(failed().path(), "github"));
    assert_eq!(commands[0].name, "error");
    assert_eq!(commands[0].property("file"), Some("goalpost.toml"));
    assert_eq!(commands[0].property("line"), Some("6"));
    assert!(commands[0].message.contains("is not there"));
}

#[test]
fn a_log_for_people_holds_no_command() {
    let folder = judged();
    for words in [vec!["check"], vec!["check", "later", "--report", "human"], vec!["check", "::error::x"]] {
        let mut all = words.clone();
        all.extend(["--as-of", "2026-04-01"]);
        let output = goalpost(folder.path(), &all, &[]);
        assert_eq!(workflow_commands(&String::from_utf8_lossy(&output.stdout)), []);
        assert_eq!(workflow_commands(&String::from_utf8_lossy(&output.stderr)), []);
    }
    // Beside the annotations, too.
    let words = ["check", "--as-of", "2026-04-01", "--report", "human", "--report", "github"];
    let output = goalpost(folder.path(), &words, &[("GITHUB_WORKSPACE", ".")]);
    assert_eq!(workflow_commands(&String::from_utf8_lossy(&output.stdout)).len(), 17);
}

#[test]
fn tap_readers_see_every_goal() {
    let folder = judged();
    let text = read(folder.path(), "tap");
    let Tap { points, plan, bail_out } = tap(&text).expect("TAP 14");
    assert_eq!((points.len(), plan, bail_out), (18, Some(18), None));
    let failing = points.iter().filter(|point| !point.ok && point.directive.is_empty());
    let failing: BTreeSet<String> = failing.map(|point| point.description.clone()).collect();
    assert_eq!(failing, subjects());
    assert_eq!(points.iter().filter(|point| point.directive == "SKIP").count(), 1);
    assert_eq!(points.iter().filter(|point| point.directive == "TODO").count(), 2);
    let first = points.iter().find(|point| !point.ok).expect("a failure");
    for line in ["verdict: \"missed\"", "value: \"1\"", "  file: \"metrics.d/goals.rhai\"", "  line: 2"] {
        assert!(first.yaml.iter().any(|one| one == line), "{line}: {:?}", first.yaml);
    }
    perl(&text, "planned 18 failed 12 skipped 1 todo 2");
}

#[test]
fn tap_says_that_a_run_failed() {
    let text = read(failed().path(), "tap");
    let found = tap(&text).expect("TAP 14");
    assert!(found.bail_out.is_some_and(|why| why.contains("is not there")));
    assert!(matches!(&found.points[..], [point] if !point.ok && point.directive.is_empty()));
    assert_eq!(found.plan, Some(1));
    perl(&text, "bailed out");
}

/// Perl's own reader, where there is one. Before version 3.48 it knows TAP only
/// up to version 13, and says so of the first line; everything else of the
/// format it has to take.
fn perl(text: &str, expected: &str) {
    const SCRIPT: &str = r#"
        use TAP::Parser; use TAP::Parser::YAMLish::Reader; local $/; binmode STDIN, ':utf8'; binmode STDOUT, ':utf8';
        my $p = TAP::Parser->new({ tap => scalar <STDIN> });
        my ($skipped, $todo, $bailed) = (0, 0, 0);
        while (my $r = $p->next) {
            if ($r->is_test) { $skipped++ if $r->has_skip; $todo++ if $r->has_todo }
            elsif ($r->is_bailout) { $bailed = 1 }
            elsif ($r->is_yaml) { die "no line" unless $r->data->{at}{line} >= 0 }
            elsif ($r->is_unknown) { print "unknown: ", $r->as_string, "\n" }
        }
        print "error: $_\n" for grep { !/version 14/ } $p->parse_errors;
        if ($bailed) { print "bailed out\n" }
        else { printf "planned %d failed %d skipped %d todo %d\n", $p->tests_planned, scalar($p->failed), $skipped, $todo }
    "#;
    let known =
        Command::new("perl").args(["-MTAP::Parser", "-MTAP::Parser::YAMLish::Reader", "-e", "1"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        skipped("perl with TAP::Parser");
        return;
    }
    let mut child = Command::new("perl")
        .args(["-e", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("perl starts");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("perl ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
}

/// Says that something here was not checked with another program.
#[expect(clippy::print_stdout, reason = "whoever runs the tests has to see that this one did not run")]
pub(crate) fn skipped(what: &str) {
    println!("skipped: {what} is not there");
}

#[test]
fn csv_has_a_line_per_verdict_and_no_formula() {
    let folder = judged();
    let text = read(folder.path(), "csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a record")).collect();
    assert_eq!(records.len(), 18);
    let of = |record: &csv::StringRecord, name: &str| {
        record[header.iter().position(|column| column == name).expect("a column")].to_owned()
    };
    let missed: Vec<_> = records.iter().filter(|record| of(record, "gate") == "fails").collect();
    assert_eq!(missed.len(), 12);
    for record in &missed {
        assert_eq!(
            (of(record, "value"), of(record, "target"), of(record, "line")),
            ("1".into(), "2".into(), "2".into())
        );
    }
    let segments: BTreeSet<String> = missed.iter().map(|record| of(record, "segment")).collect();
    assert_eq!(segments, HOSTILE.iter().map(|text| format!("place={}", shown(text))).collect());
    for cell in records.iter().flat_map(|record| record.iter()) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let failed = failed();
    let text = read(failed.path(), "csv");
    let records: Vec<csv::StringRecord> =
        csv::Reader::from_reader(text.as_bytes()).records().map(|record| record.expect("a record")).collect();
    assert_eq!(records.len(), 1);
    assert_eq!(of(&records[0], "verdict"), "error");
    assert_eq!((of(&records[0], "file"), of(&records[0], "line")), ("goalpost.toml".into(), "6".into()));
}

/// The cells of a row of a table: a bar that is escaped is part of a cell.
fn cells(row: &str) -> Vec<String> {
    let (mut cells, mut escaped) = (vec![String::new()], false);
    for c in row.chars() {
        if c == '|' && !escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    cells
}

#[test]
fn markdown_is_text_in_every_cell() {
    let folder = judged();
    let text = read(folder.path(), "markdown");
    let first = text.lines().next().expect("a line");
    assert_eq!(first, "<!-- goalpost check -->");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    // Two tables with two lines of header each.
    assert_eq!(rows.len(), 18 + 4);
    for row in &rows {
        assert_eq!(cells(row).len(), 8, "{row}");
    }
    let body = text.replacen(first, "", 1).replace("<details><summary>", "").replace("</summary>", "");
    let body = body.replace("</details>", "");
    assert!(!body.contains(['<', '>', '\u{1b}', '\u{202e}', '@']), "{body}");
    let mut before = ' ';
    for c in body.chars() {
        assert!(!("`[]".contains(c) && before != '\\'), "markup in {body}");
        before = if before == '\\' && c == '\\' { ' ' } else { c };
    }
    assert!(read(failed().path(), "markdown").contains("the gate could not be judged"));
}

#[test]
fn people_are_told_in_a_file_too() {
    assert!(read(judged().path(), "human").ends_with("the gate fails (exit code 1)\n"));
    let text = read(failed().path(), "human");
    assert!(text.contains("error[missing-file]") && text.contains("exit code 3"), "{text}");
}

#[test]
fn a_script_error_reaches_every_report() {
    let folder = judged();
    std::fs::write(folder.path().join("metrics.d/bad.rhai"), "\ngoal(\"opned\", #{ target: 1 });\n")
        .expect("written");
    assert_eq!(check(folder.path(), &[], &ALL), 2);
    let document = sarif(&read(folder.path(), "sarif"));
    let notes = &document["runs"][0]["invocations"][0]["toolConfigurationNotifications"];
    let place = &notes[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "metrics.d/bad.rhai");
    assert_eq!(place["region"]["startLine"], 2);
    assert_eq!(junit(&read(folder.path(), "junit")).errors, 1);
    let commands = annotations(&read(folder.path(), "github"));
    assert_eq!(
        (commands[0].property("file"), commands[0].property("line")),
        (Some("metrics.d/bad.rhai"), Some("2"))
    );
    assert!(tap(&read(folder.path(), "tap")).expect("TAP 14").bail_out.is_some());
    for format in ["human", "json", "markdown", "csv"] {
        let text = read(folder.path(), format).replace('\\', "");
        assert!(text.contains("opned"), "{format}: {text}");
    }
}

#[test]
fn files_are_named_from_the_top_of_the_repository() {
    let top = tempfile::tempdir().expect("a folder");
    let folder = top.path().join("teams/sales");
    project::write(&folder);
    std::fs::create_dir(top.path().join(".git")).expect("a repository");
    let words = ["check", "opened", "risky", "--as-of", "2026-04-01", "--report", "github"];
    let file = |variables: &[(&str, &str)]| {
        let output = goalpost(&folder, &words, variables);
        let commands = workflow_commands(&String::from_utf8_lossy(&output.stdout));
        commands[0].property("file").expect("a file").to_owned()
    };
    assert_eq!(file(&[]), "teams/sales/metrics.d/goals.rhai");
    let teams = top.path().join("teams");
    assert_eq!(file(&[("GITHUB_WORKSPACE", &teams.to_string_lossy())]), "sales/metrics.d/goals.rhai");
    assert_eq!(file(&[("CI_PROJECT_DIR", &teams.to_string_lossy())]), "sales/metrics.d/goals.rhai");
    // A checkout that the project is not in says nothing.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let elsewhere = elsewhere.path().to_string_lossy().into_owned();
    assert_eq!(file(&[("GITHUB_WORKSPACE", &elsewhere)]), "teams/sales/metrics.d/goals.rhai");
}

#[test]
fn reports_are_replaced_whole_and_leave_nothing_behind() {
    let folder = judged();
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    let before = names(folder.path());
    let first = ALL.map(|format| read(folder.path(), format));
    assert_eq!(check(folder.path(), &[], &ALL), 1);
    assert_eq!(ALL.map(|format| read(folder.path(), format)), first, "the same bytes again");
    assert_eq!(names(folder.path()), before);
}
