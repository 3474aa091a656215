//! A column or a table that an export lacks takes nothing away but what needs it.
//!
//! The demo's export, with the names of the catalogue; then without each column
//! of each canonical table, and without each table. Whatever is missing, no
//! command fails, no message is about a built-in script, and every metric either
//! has an answer or says what it lacks: the column that was taken away.
//!
//! `cargo test` looks at every column, and computes what the missing column could
//! have touched. `cargo test --test missing_columns -- --ignored` computes every
//! metric and runs every command of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::canonical;
use goalpost_core::config;
use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::{Diagnostic, Severity};
use goalpost_core::name::{GoalName, MetricName, TableName};
use goalpost_core::outcome::Outcome;
use goalpost_core::source::SourceFile;
use goalpost_core::verdict::Strictness;
use goalpost_registry::catalogue::{Availability, Catalogue, needs};
use goalpost_registry::check::{CheckRequest, check};
use goalpost_registry::explain::explain;
use goalpost_registry::review::review;
use goalpost_registry::run::{RunRequest, run};
use goalpost_registry::source::Sources;
use goalpost_registry::{EngineOptions, Project};
use goalpost_script::Scripts;

/// The day the export is asked about.
const AS_OF: &str = "2026-04-01";

/// Headers of the demo's exports that are not those of the catalogue.
const HEADERS: [(&str, &str, &str); 23] = [
    ("deals", "Record ID", "id"),
    ("deals", "Deal Stage", "stage"),
    ("deals", "Pipeline", "pipeline"),
    ("deals", "Amount", "amount"),
    ("deals", "Currency", "currency"),
    ("deals", "Deal owner", "owner"),
    ("deals", "Team", "team"),
    ("deals", "Create Date", "created_at"),
    ("deals", "Close Date", "closed_at"),
    ("deals", "Expected Close Date", "expected_close_at"),
    ("deals", "Deal Probability", "probability"),
    ("deals", "Original Source", "source"),
    ("deals", "Campaign ID", "campaign_id"),
    ("deals", "Product", "product"),
    ("deals", "Region", "region"),
    ("deals", "Deal Type", "kind"),
    ("deals", "Associated Company IDs", "customer_id"),
    ("deals", "Associated Contact IDs", "contact_id"),
    ("tickets", "Organization", "customer_id"),
    ("tickets", "Assignee", "agent"),
    ("tickets", "Created at", "opened_at"),
    ("tickets", "First reply at", "first_response_at"),
    ("tickets", "Solved at", "resolved_at"),
];

/// A table as text: headers, and rows.
type Csv = (Vec<String>, Vec<Vec<String>>);

/// The demo's export under the names of the catalogue.
fn export() -> BTreeMap<String, Csv> {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new(env!("CARGO_BIN_EXE_goalpost"))
        .args(["demo", "acme", "--deals", "1000"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut tables = BTreeMap::new();
    for table in canonical::tables() {
        let path = folder.path().join(format!("acme/data/{}.csv", table.name));
        tables.insert(table.name.to_owned(), renamed(table.name, read(&path)));
    }
    tables
}

fn read(path: &Path) -> Csv {
    let mut reader = csv::Reader::from_path(path).expect("a table of the demo");
    let headers = reader.headers().expect("headers").iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    (headers, rows)
}

fn renamed(table: &str, (headers, mut rows): Csv) -> Csv {
    let known = |header: &String| HEADERS.iter().find(|(of, from, _)| *of == table && from == header);
    let mut headers: Vec<String> = headers
        .iter()
        .map(|header| known(header).map_or_else(|| header.to_lowercase(), |(_, _, name)| (*name).to_owned()))
        .collect();
    if table == "deals" {
        let stage = headers.iter().position(|header| header == "stage").expect("a stage");
        let kind = headers.iter().position(|header| header == "kind").expect("a kind");
        headers.push("outcome".to_owned());
        for row in &mut rows {
            row[kind] = match row[kind].as_str() {
                "newbusiness" => "new",
                "existingbusiness" => "upsell",
                other => other,
            }
            .to_owned();
            let outcome = match row[stage].as_str() {
                "Closed Won" => "won",
                "Closed Lost" => "lost",
                _ => "open",
            };
            row.push(outcome.to_owned());
            for (header, cell) in headers.iter().zip(row.iter_mut()) {
                if header.ends_with("_at") {
                    *cell = iso(cell);
                }
            }
        }
    }
    (headers, rows)
}

/// 31/01/2026 as 2026-01-31; blank where it is no such thing.
fn iso(cell: &str) -> String {
    match cell.split('/').collect::<Vec<_>>()[..] {
        [day, month, year] if year.len() == 4 && !(day == "31" && month == "02") => {
            format!("{year}-{month}-{day}")
        }
        _ => String::new(),
    }
}

/// What is taken away: a column, or a whole table.
#[derive(Clone, Copy, Debug)]
struct Without {
    table: &'static str,
    column: Option<&'static str>,
}

impl Without {
    /// As a metric says that it needs it.
    fn need(self) -> String {
        match self.column {
            Some(column) => format!("{}.{column}", self.table),
            None => format!("table {}", self.table),
        }
    }
}

/// Every column of every canonical table, and every table.
fn all() -> Vec<Without> {
    let mut found = Vec::new();
    for table in canonical::tables() {
        found.push(Without { table: table.name, column: None });
        for column in table.columns {
            found.push(Without { table: table.name, column: Some(column.name) });
        }
    }
    found
}

/// Writes the export without something, and a project that reads it.
fn write(folder: &Path, export: &BTreeMap<String, Csv>, without: Option<Without>) {
    let _ = fs::remove_dir_all(folder.join("data"));
    fs::create_dir_all(folder.join("data")).expect("a folder");
    let mut config = "[project]\ncurrency = \"USD\"\n".to_owned();
    for (name, (headers, rows)) in export {
        let taken = without.filter(|without| without.table == name);
        if taken.is_some_and(|taken| taken.column.is_none()) {
            continue;
        }
        let column = taken.and_then(|taken| taken.column);
        config.push_str(&format!("\n[tables.{name}]\nfrom = \"data/{name}.csv\"\non_bad_value = \"null\"\n"));
        let kept: Vec<usize> =
            (0..headers.len()).filter(|place| column != Some(headers[*place].as_str())).collect();
        let path = folder.join(format!("data/{name}.csv"));
        let mut writer = csv::Writer::from_path(path).expect("a file");
        writer.write_record(kept.iter().map(|place| &headers[*place])).expect("a row");
        for row in rows {
            writer.write_record(kept.iter().map(|place| &row[*place])).expect("a row");
        }
        writer.flush().expect("a file");
    }
    fs::write(folder.join("goalpost.toml"), config).expect("a file");
    fs::create_dir_all(folder.join("metrics.d")).expect("a folder");
    fs::write(folder.join("metrics.d/goals.rhai"), goals()).expect("a file");
}

/// Goals on metrics of several tables, whatever they need.
fn goals() -> String {
    let mut text = String::new();
    for name in ["close_rate", "churn_rate", "lead_quality", "journey_length", "customer_effort_score"] {
        text.push_str(&format!("goal(\"{name}\", #{{ between: [0, 1] }});\n"));
    }
    text
}

fn definitions() -> Definitions {
    let goals = SourceFile::new("metrics.d/goals.rhai", goals());
    let tables: BTreeSet<TableName> =
        canonical::tables().iter().map(|table| TableName::from(table.name)).collect();
    let layers = vec![(Layer::BuiltIn, goalpost_script::built_in()), (Layer::Project, vec![goals])];
    let definitions = goalpost_script::load(&Scripts { layers, tables, ..Scripts::default() });
    let messages: Vec<&str> = definitions.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert!(messages.is_empty(), "{messages:?}");
    definitions
}

fn open(folder: &Path, definitions: &Definitions) -> (Project, Vec<Diagnostic>) {
    let text = fs::read_to_string(folder.join("goalpost.toml")).expect("a configuration");
    let config = config::read(&SourceFile::new("goalpost.toml", &text)).expect("a valid configuration");
    let (sources, mut problems) = Sources::open(&config, folder);
    let (catalogue, found) = Catalogue::build(definitions.clone(), sources.schema(), &config);
    problems.extend(found);
    (Project { config, sources, catalogue }, problems)
}

fn errors(found: &[Diagnostic]) -> Vec<&Diagnostic> {
    found.iter().filter(|found| found.severity == Severity::Error).collect()
}

/// The metrics that can be computed.
fn available(project: &Project) -> Vec<MetricName> {
    let available = project.catalogue.metrics().filter(|entry| entry.availability == Availability::Available);
    available.map(|entry| entry.metric.name.clone()).collect()
}

fn request(metrics: Vec<MetricName>, project: &Project) -> RunRequest {
    let as_of = AsOf::parse(AS_OF, &project.config.calendar).expect("a moment");
    RunRequest { metrics, grain: Grain::Quarter, from: None, to: None, last: Some(2), by: Vec::new(), as_of }
}

/// Looks at a project without something; `touched` says which metrics to compute.
fn look(
    project: &Project,
    problems: &[Diagnostic],
    without: Without,
    before: &[MetricName],
    touched: impl Fn(&MetricName) -> bool,
) -> Vec<String> {
    let mut wrong: Vec<String> =
        errors(problems).iter().map(|found| format!("{without:?}: {}", found.message)).collect();
    let mut say = |what: String| wrong.push(format!("{without:?}: {what}"));
    let options = EngineOptions { threads: Some(1), ..EngineOptions::default() };
    for name in before {
        let Some(entry) = project.catalogue.metric(name) else {
            say(format!("{name} is gone"));
            continue;
        };
        let missing = entry.availability.missing();
        let is_named = missing.iter().any(|need| need.to_string() == without.need());
        if !missing.is_empty() && !is_named {
            say(format!("{name} needs {}", needs::listed(missing)));
        }
    }
    let able: Vec<MetricName> = available(project).into_iter().filter(|name| touched(name)).collect();
    if able.is_empty() {
        return wrong;
    }
    match run(project, &request(able.clone(), project), &options) {
        Ok(report) => {
            errors(&report.diagnostics).iter().for_each(|found| say(found.message.clone()));
            for name in &able {
                if !report.cells.iter().any(|cell| cell.metric == *name) {
                    say(format!("{name} has no cell"));
                }
            }
        }
        Err(found) => found.iter().for_each(|found| say(format!("run: {}", found.message))),
    }
    wrong
}

/// The formula of a metric, with those of the metrics that it refers to.
fn formula(project: &Project, name: &MetricName) -> String {
    let Some(entry) = project.catalogue.metric(name) else { return String::new() };
    let mut text =
        format!("{} {:?}", entry.metric.value, entry.metric.time.as_ref().map(ToString::to_string));
    for dependency in &entry.dependencies {
        text.push_str(&formula(project, dependency));
    }
    text
}

#[test]
fn every_column_can_be_missing() {
    let export = export();
    let definitions = definitions();
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &export, None);
    let (whole, problems) = open(folder.path(), &definitions);
    let messages: Vec<&str> = errors(&problems).iter().map(|found| found.message.as_str()).collect();
    assert!(messages.is_empty(), "{messages:?}");
    let before = available(&whole);
    assert!(before.len() > 90, "{}: {before:?}", before.len());
    let formulas: BTreeMap<&MetricName, String> =
        before.iter().map(|name| (name, formula(&whole, name))).collect();
    let mut wrong = Vec::new();
    for without in all() {
        write(folder.path(), &export, Some(without));
        let (project, problems) = open(folder.path(), &definitions);
        // What names the column and is computed without it.
        let touched = |name: &MetricName| {
            let text = formulas.get(name).map_or("", String::as_str);
            without.column.is_some_and(|column| text.contains(column) && text.contains(without.table))
                || without.column.is_none() && text.contains(without.table)
        };
        wrong.extend(look(&project, &problems, without, &before, touched));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Which metrics stay without a column, where that is a decision of the catalogue.
#[test]
fn what_a_blank_means() {
    let export = export();
    let definitions = definitions();
    let folder = tempfile::tempdir().expect("a folder");
    let lost = |table: &'static str, column: &'static str| -> Vec<String> {
        write(folder.path(), &export, Some(Without { table, column: Some(column) }));
        let (project, _) = open(folder.path(), &definitions);
        let missing = project.catalogue.metrics().filter(|entry| !entry.availability.missing().is_empty());
        missing.map(|entry| entry.metric.name.to_string()).collect()
    };
    // Nobody has left yet: what asks who left is gone, what counts who is there is not.
    assert_eq!(
        lost("customers", "ended_at"),
        [
            "churn_rate",
            "customer_lifespan",
            "customer_lifespan_from_churn",
            "customer_lifetime_value",
            "customer_retention_rate",
            "lost_customers",
            "ltv_to_cac",
            "net_churn_rate",
        ]
    );
    assert_eq!(lost("subscriptions", "ended_at"), ["revenue_churn_rate", "revenue_churn_rate_net"]);
    assert_eq!(lost("users", "licensed_until"), Vec::<String>::new());
    assert_eq!(lost("touches", "lead_id"), Vec::<String>::new());
    assert_eq!(lost("touches", "customer_id"), Vec::<String>::new());
    assert_eq!(lost("stage_changes", "left_at"), Vec::<String>::new());
    assert_eq!(lost("surveys", "scale_max"), Vec::<String>::new());
    assert_eq!(lost("contacts", "updated_at"), ["stale_contact_rate"]);
    // Without an end every ticket ever asked would still be open.
    assert_eq!(
        lost("tickets", "resolved_at"),
        [
            "resolution_time_business_mean",
            "resolution_time_business_median",
            "resolution_time_business_p90",
            "resolution_time_mean",
            "resolution_time_median",
            "resolution_time_p90",
            "ticket_backlog",
        ]
    );
}

#[test]
#[ignore = "long: every metric and every command, over every column"]
fn every_command_answers_without_any_column() {
    // Plans of all metrics at once are deep, and threads of tests have a small stack.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(over_all_columns);
    thread.expect("a thread").join().expect("every command answers");
}

fn over_all_columns() {
    let export = export();
    let definitions = definitions();
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &export, None);
    let before = available(&open(folder.path(), &definitions).0);
    let mut wrong = Vec::new();
    for without in all() {
        write(folder.path(), &export, Some(without));
        let (project, problems) = open(folder.path(), &definitions);
        wrong.extend(look(&project, &problems, without, &before, |_| true));
        let options = EngineOptions { threads: Some(1), ..EngineOptions::default() };
        let everything = request(available(&project), &project);
        let goals: Vec<GoalName> =
            project.catalogue.goals().iter().map(|entry| entry.goal.name.clone()).collect();
        let asked =
            CheckRequest { goals: goals.clone(), as_of: everything.as_of, strictness: Strictness::Lenient };
        let mut say = |what: &str, found: &[Diagnostic]| {
            wrong.extend(errors(found).iter().map(|found| format!("{without:?}: {what}: {}", found.message)));
        };
        match check(&project, &asked, &options) {
            Ok(report) => {
                say("check", &report.diagnostics);
                assert_eq!(report.verdicts.len(), goals.len(), "{without:?}");
            }
            Err(found) => say("check", &found),
        }
        if let Err(found) = explain(&project, &everything, &options) {
            say("explain", &found);
        }
        if let Err(found) = review(&project, &goals, everything.as_of, &options) {
            say("goals --review", &found);
        }
        for words in [
            &["run", "--as-of", AS_OF, "--last", "1"][..],
            &["check", "--as-of", AS_OF],
            &["list"],
            &["explain", "close_rate", "--as-of", AS_OF],
            &["docs"],
            &["goals", "--review", "--as-of", AS_OF],
            &["compare", "--as-of", AS_OF, "--before", "2025-Q4", "--after", "2026-Q1"],
        ] {
            let answered = Command::new(env!("CARGO_BIN_EXE_goalpost"))
                .args(words)
                .current_dir(folder.path())
                .output()
                .expect("the program starts");
            // Goals are missed or have no data, and there is nothing to compare in what is new.
            let code = answered.status.code();
            if !matches!(code, Some(0 | 1)) {
                let said = String::from_utf8_lossy(&answered.stderr).into_owned();
                wrong.push(format!("{without:?}: {words:?} exits with {code:?}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A metric has a value in what is left: the outcomes of a run over all time.
#[test]
fn what_is_left_has_values() {
    let export = export();
    let definitions = definitions();
    let folder = tempfile::tempdir().expect("a folder");
    let values = |without: Option<Without>, names: &[&str]| -> Vec<String> {
        write(folder.path(), &export, without);
        let (project, _) = open(folder.path(), &definitions);
        let names = names.iter().map(|name| MetricName::from(*name)).collect();
        let options = EngineOptions { threads: Some(1), ..EngineOptions::default() };
        let report = run(&project, &request(names, &project), &options).expect("an answer");
        let value = |outcome: &Outcome| outcome.value().map(|value| value.normalize().to_string());
        report.cells.iter().map(|cell| value(&cell.computed.outcome).unwrap_or_default()).collect()
    };
    // The columns of others change nothing.
    for (names, without) in [
        (["close_rate", "won_revenue"], Without { table: "deals", column: Some("probability") }),
        (["new_customers", "ticket_volume"], Without { table: "orders", column: Some("id") }),
        (
            ["net_promoter_score", "customer_satisfaction"],
            Without { table: "deals", column: Some("created_at") },
        ),
    ] {
        let whole = values(None, &names);
        assert!(whole.iter().all(|value| !value.is_empty()), "{whole:?}");
        assert_eq!(values(Some(without), &names), whole, "{without:?}");
    }
}
