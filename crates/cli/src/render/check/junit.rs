//! Verdicts as JUnit XML: goals as test cases, grouped by area.
//!
//! What fails the gate is a failure. What is met, or at risk and allowed to be,
//! passes. Everything else (pending, inconclusive, waived, without data where
//! that is allowed, missed where a goal only advises) is skipped, with the
//! reason. Errors of the run are test cases of a suite of their own, so that a
//! run that came to nothing is not a report without failures; its warnings and
//! notes are that suite's standard error.

use std::collections::BTreeMap;

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::report::Verdict;
use goalpost_core::verdict::{ExitCode, Gate, VerdictKind};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::Checked;
use super::words::{details, figures, headline, kind, left_out, period, problem, severity, subjects};
use crate::escape::visible;

/// The suite of what concerns the whole run.
const RUN: &str = "goalpost";

/// A check.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let name = checked.report.map_or(RUN, |report| report.project.as_str());
    let mut report = Report::new(xml(name));
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    let subjects = subjects(checked.verdicts());
    for (verdict, subject) in checked.verdicts().iter().zip(subjects) {
        let area = xml(if verdict.area.is_empty() { "goals" } else { &verdict.area });
        let case = case(verdict, &subject, &area, checked);
        suites.entry(area.clone()).or_insert_with(|| TestSuite::new(area)).add_test_case(case);
    }
    let mut of_run = TestSuite::new(RUN);
    of_run.add_test_cases(errors(checked));
    let warnings: Vec<String> = checked.warnings().into_iter().map(warning).collect();
    if !warnings.is_empty() {
        of_run.set_system_err(warnings.join("\n"));
    }
    if of_run.tests > 0 || !warnings.is_empty() {
        report.add_test_suite(of_run);
    }
    for mut suite in suites.into_values() {
        if let Some(found) = checked.report {
            suite.add_property(Property::new("as of", xml(&found.as_of)));
            suite.add_property(Property::new("project", xml(&found.project)));
        }
        report.add_test_suite(suite);
    }
    // Writing to memory cannot fail: every text is valid Unicode and valid XML.
    report.to_string().unwrap_or_default()
}

fn case(verdict: &Verdict, subject: &str, area: &str, checked: &Checked<'_>) -> TestCase {
    let currency = checked.currency();
    let headline = xml(&headline(verdict, currency));
    let mut lines = vec![headline.clone()];
    lines.extend(details(verdict, currency).iter().map(|line| xml(line)));
    lines.push(xml(&format!("at {}", verdict.at)));
    let body = lines.join("\n");
    let mut case = match (verdict.gate, verdict.kind) {
        (Gate::Fails, _) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(headline).set_type(verdict.kind.name()).set_description(body);
            TestCase::new(xml(subject), status)
        }
        (_, VerdictKind::Met) => TestCase::new(xml(subject), TestCaseStatus::success()),
        (_, VerdictKind::AtRisk) => {
            let mut case = TestCase::new(xml(subject), TestCaseStatus::success());
            case.set_system_out(body);
            case
        }
        _ => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(headline).set_type(verdict.kind.name()).set_description(body);
            TestCase::new(xml(subject), status)
        }
    };
    case.set_classname(format!("goals.{area}"));
    if let Some(place) = checked.places.place(&verdict.at) {
        case.extra.insert("file".into(), xml(&place.path).into());
        if let Some(line) = place.line {
            case.extra.insert("line".into(), line.to_string().into());
        }
    }
    let figures = figures(verdict, currency);
    let interval = verdict.interval.map(|(low, high)| format!("{low} to {high}"));
    let properties = [
        ("verdict", Some(kind(verdict.kind).to_owned())),
        ("gate", Some(verdict.gate.name().to_owned())),
        ("severity", Some(verdict.severity.name().to_owned())),
        ("metric", Some(verdict.metric.to_string())),
        ("period", Some(period(verdict).to_owned()).filter(|label| !label.is_empty())),
        ("value", verdict.value.map(|_| figures.value)),
        ("aim", Some(figures.aim).filter(|aim| !aim.is_empty())),
        ("n", Some(verdict.n().to_string())),
        ("left out", left_out(verdict)),
        ("interval", interval),
        ("owner", verdict.owner.clone()),
        ("due", verdict.due.clone()),
        ("why", verdict.why.clone()),
        ("tags", Some(verdict.tags.join(", ")).filter(|tags| !tags.is_empty())),
    ];
    for (name, value) in properties {
        case.add_properties(value.map(|value| Property::new(name, xml(&value))));
    }
    case
}

/// What was found on the way, in a line.
fn warning(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.at.as_ref().map(|span| format!(" at {span}")).unwrap_or_default();
    let (word, code) = (severity(diagnostic), diagnostic.code.name());
    xml(&format!("{word} {code}{place}: {}", problem(diagnostic)))
}

/// What keeps the run from being a judgement, one test case each.
fn errors(checked: &Checked<'_>) -> Vec<TestCase> {
    let mut cases = Vec::new();
    for diagnostic in checked.errors() {
        let place = diagnostic.at.as_ref().map(|span| format!("\nat {span}")).unwrap_or_default();
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status
            .set_message(xml(&diagnostic.message))
            .set_type(diagnostic.code.name())
            .set_description(format!("{}{}", xml(&problem(diagnostic)), xml_lines(&place)));
        let mut case =
            TestCase::new(format!("{}: {}", diagnostic.code.name(), xml(&diagnostic.message)), status);
        case.set_classname(RUN);
        if let Some(place) = diagnostic.at.as_ref().and_then(|span| checked.places.place(span)) {
            case.extra.insert("file".into(), xml(&place.path).into());
            if let Some(line) = place.line {
                case.extra.insert("line".into(), line.to_string().into());
            }
        }
        cases.push(case);
    }
    if cases.is_empty() && !checked.is_judged() {
        let message = match checked.exit {
            ExitCode::NothingJudged => {
                "nothing was judged: no goal is selected, or all are pending or skipped"
            }
            _ => "the gate could not be judged",
        };
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(message).set_type("nothing-judged");
        let mut case = TestCase::new("the gate", status);
        case.set_classname(RUN);
        cases.push(case);
    }
    cases
}

/// A text on one line that XML can hold: characters that it does not allow even
/// as entities are written out.
fn xml(text: &str) -> String {
    let shown = visible(text);
    shown
        .chars()
        .map(|c| match c {
            '\u{fffe}' => "\\u{fffe}".to_owned(),
            '\u{ffff}' => "\\u{ffff}".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

fn xml_lines(text: &str) -> String {
    text.split('\n').map(xml).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    /// As another reader sees it: suite, name, what it is, message, file and line.
    fn read(text: &str) -> Vec<String> {
        let own = Report::deserialize_from_str(text).expect("readable by its own reader");
        let suites =
            junit_parser::from_reader(std::io::Cursor::new(text)).expect("readable by another reader");
        assert_eq!(
            (own.tests, own.failures, own.errors),
            (suites.tests as usize, suites.failures as usize, suites.errors as usize)
        );
        let mut lines = Vec::new();
        for suite in &suites.suites {
            assert_eq!(suite.cases.len() as u64, suite.tests, "{}", suite.name);
            for case in &suite.cases {
                let status = match &case.status {
                    junit_parser::TestStatus::Success => "passed".to_owned(),
                    junit_parser::TestStatus::Error(error) => format!("error {}", error.message),
                    junit_parser::TestStatus::Failure(failure) => format!("failure {}", failure.message),
                    junit_parser::TestStatus::Skipped(skipped) => format!("skipped {}", skipped.message),
                };
                let place = format!("{}:{}", case.file.as_deref().unwrap_or("-"), case.line.unwrap_or(0));
                lines.push(format!("{} | {} | {status} | {place}", suite.name, case.original_name));
            }
        }
        lines
    }

    #[test]
    fn every_verdict_is_a_test_case() {
        let report = fixture::every_kind();
        let text = check(&fixture::checked(&report));
        assert_snapshot!(read(&text).join("\n"), @"
        sales | close_rate | passed | metrics.d/goals.rhai:3
        sales | close rate by region (region=EMEA) | failure missed in 2026-02: 19.9999 %, target ≥ 25.0000 %, limit 20.0000 %; below the limit | metrics.d/goals.rhai:5
        sales | won_revenue | skipped pending in 2026-02: $400,000.00, target ≥ $1,000,000.00; 2026-02 is not over; behind | metrics.d/goals.rhai:9
        sales | close_rate_waived (region=EMEA) | skipped waived in 2026-02: 19.9999 %, target ≥ 25.0000 %, limit 20.0000 %; below the limit | metrics.d/goals.rhai:16
        sales | discount | skipped inconclusive in 2026-02: 30.0 %, between 20.0 % and 40.0 %; 11 rows are too few to tell | metrics.d/goals.rhai:24
        sales | mix | failure missed in 2026-02: 50.0 %, checked by a function; half of it is one customer | metrics.d/goals.rhai:28
        sales | quiet | skipped no data: –, target ≥ 25.0 %, limit 20.0 %; no ended deals | metrics.d/goals.rhai:32
        sales | partial | failure incomplete in 2026-02: 25.0 %, target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %; 40 % of the rows were left out (no amount: 40), and at most 5 % may be | metrics.d/goals.rhai:40
        sales | partly | skipped incomplete in 2026-02: 25.0 %, target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %; 40 % of the rows were left out (no amount: 40), and at most 5 % may be | metrics.d/goals.rhai:44
        service | resolution_time | passed | metrics.d/goals.rhai:36
        service | deal_size | skipped missed in 2026-02: $900.00, target ≥ $1,200.00, limit $1,000.00; below the limit | metrics.d/goals.rhai:12
        ");
        let own = Report::deserialize_from_str(&text).expect("readable");
        let properties = |suite: usize, case: usize| -> Vec<String> {
            own.test_suites[suite].test_cases[case]
                .properties
                .iter()
                .map(|property| format!("{}={}", property.name.as_str(), property.value.as_str()))
                .collect()
        };
        assert_snapshot!(properties(0, 0).join("\n"), @"
        verdict=met
        gate=passes
        severity=block
        metric=close_rate
        period=2026-02
        value=25.0 %
        aim=target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %
        n=1204
        owner=sales-ops
        due=2026-12-31
        why=board plan 2026
        ");
    }

    #[test]
    fn a_run_that_failed_is_an_error() {
        let failed = fixture::failed();
        let lines = read(&check(&fixture::broken(&failed)));
        assert_snapshot!(lines.join("\n"), @"
        goalpost | unknown-goal: there is no goal `x` | error there is no goal `x` | -:0
        goalpost | empty-table: `deals` has no rows | error `deals` has no rows | data/deals.csv:0
        goalpost | unknown-name: `close_rte` is not known | error `close_rte` is not known | metrics.d/goals.rhai:3
        ");
    }

    #[test]
    fn a_run_that_judged_nothing_has_not_passed() {
        let mut report = fixture::check();
        report.verdicts.clear();
        let checked = Checked { exit: ExitCode::NothingJudged, ..fixture::checked(&report) };
        let lines = read(&check(&checked));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("error nothing was judged"), "{lines:?}");
    }

    #[test]
    fn hostile_texts_come_back_as_they_are_shown() {
        let report = fixture::hostile();
        let text = check(&fixture::checked(&report));
        let lines = read(&text);
        assert_eq!(lines.len(), report.verdicts.len());
        for (line, verdict) in lines.iter().zip(&report.verdicts) {
            assert!(line.contains(&xml(verdict.goal.as_str())), "{line:?}");
        }
        let allowed = |c: char| matches!(c, '\n' | '\t' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(allowed), "characters that XML does not allow");
        assert!(!text.contains("]]>") && !text.contains("<script>"));
    }
}
