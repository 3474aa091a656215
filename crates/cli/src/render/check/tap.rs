//! Verdicts in the Test Anything Protocol, version 14.
//!
//! What fails the gate is `not ok`. A miss that does not (waived, advising, no
//! worse than a baseline) is `not ok … # TODO`, which harnesses count as no
//! failure; what could not be judged is `# SKIP`. What keeps a run from being a
//! judgement is `not ok` as well, and the run ends with `Bail out!`, because a
//! plan without failures would pass.
//!
//! What was found on the way stands in comments at the end.
//!
//! Below each point that is not plainly met with all of its rows stands a YAML block of texts in
//! double quotes and numbers, which every reader of YAML takes.

use std::fmt::Write as _;

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::report::Verdict;
use goalpost_core::verdict::{ExitCode, Gate, VerdictKind};

use super::Checked;
use super::words::{details, figures, kind, period, problem, severity, subjects, summary};
use crate::escape::visible;

/// A check.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let failures = failures(checked);
    let verdicts = checked.verdicts();
    let mut text = format!("TAP version 14\n1..{}\n", verdicts.len() + failures.len());
    for (index, (verdict, subject)) in verdicts.iter().zip(subjects(verdicts)).enumerate() {
        point(index + 1, verdict, &subject, checked, &mut text);
    }
    for (index, failure) in failures.iter().enumerate() {
        let number = verdicts.len() + index + 1;
        let _ = writeln!(text, "not ok {number} - {}", escaped(&failure.title));
        if let Some((file, line)) = &failure.at {
            let _ = write!(text, "  ---\n  message: {}\n  severity: \"fail\"\n", quoted(&failure.message));
            let _ = writeln!(text, "  at:\n    file: {}\n    line: {line}\n  ...", quoted(file));
        }
    }
    for diagnostic in checked.warnings() {
        let place = diagnostic.at.as_ref().map(|span| format!(" at {span}")).unwrap_or_default();
        let (word, code) = (severity(diagnostic), diagnostic.code.name());
        let _ = writeln!(text, "# {word} {code}{}: {}", visible(&place), problem(diagnostic));
    }
    if checked.report.is_some() {
        let _ = writeln!(text, "# {}", summary(checked));
    }
    if let Some(first) = failures.first() {
        let _ = writeln!(text, "Bail out! {}", visible(&first.title));
    }
    text
}

/// Something that keeps the run from being a judgement.
struct Failure {
    title: String,
    message: String,
    /// File and line, where they are known.
    at: Option<(String, u32)>,
}

/// The errors, or that nothing was judged. They are points as well, for
/// harnesses that do not heed `Bail out!`.
fn failures(checked: &Checked<'_>) -> Vec<Failure> {
    let of_error = |diagnostic: &Diagnostic| Failure {
        title: format!("error {}: {}", diagnostic.code.name(), diagnostic.message),
        message: problem(diagnostic),
        at: diagnostic.at.as_ref().map(|span| {
            let place = checked.places.place(span);
            (place.map_or_else(|| span.file.name.clone(), |place| place.path), span.line)
        }),
    };
    let mut failures: Vec<Failure> = checked.errors().into_iter().map(of_error).collect();
    if failures.is_empty() && !checked.is_judged() {
        let title = match checked.exit {
            ExitCode::NothingJudged => "nothing was judged",
            _ => "the gate could not be judged",
        };
        failures.push(Failure { title: title.to_owned(), message: title.to_owned(), at: None });
    }
    failures
}

fn point(number: usize, verdict: &Verdict, subject: &str, checked: &Checked<'_>, text: &mut String) {
    let word = kind(verdict.kind);
    let (ok, directive) = match (verdict.gate, verdict.kind) {
        (Gate::Fails, _) => ("not ok", String::new()),
        (_, VerdictKind::Met | VerdictKind::AtRisk) => ("ok", String::new()),
        (Gate::Warns, VerdictKind::Missed | VerdictKind::NoData | VerdictKind::Incomplete)
        | (_, VerdictKind::Waived) => ("not ok", format!(" # TODO {word}: {}", escaped(&verdict.reason))),
        _ => ("ok", format!(" # SKIP {word}: {}", escaped(&verdict.reason))),
    };
    let _ = writeln!(text, "{ok} {number} - {}{directive}", escaped(subject));
    if verdict.kind == VerdictKind::Met && verdict.gate != Gate::Fails && !verdict.sample.has_gaps() {
        return;
    }
    let figures = figures(verdict, checked.currency());
    let texts = [
        ("message", verdict.reason.as_str()),
        ("severity", if verdict.gate == Gate::Fails { "fail" } else { "comment" }),
        ("verdict", verdict.kind.name()),
        ("metric", verdict.metric.as_str()),
        ("period", period(verdict)),
        ("value", &figures.value),
        ("aim", &figures.aim),
        ("owner", verdict.owner.as_deref().unwrap_or_default()),
    ];
    text.push_str("  ---\n");
    for (name, value) in texts.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "  {name}: {}", quoted(value));
    }
    let _ = writeln!(text, "  n: {}", verdict.n());
    for (index, line) in details(verdict, checked.currency()).iter().enumerate() {
        if index == 0 {
            text.push_str("  details:\n");
        }
        let _ = writeln!(text, "    - {}", quoted(line));
    }
    let place = checked.places.place(&verdict.at);
    let file = place.as_ref().map_or(verdict.at.file.name.as_str(), |place| &place.path);
    let _ = writeln!(text, "  at:\n    file: {}\n    line: {}\n  ...", quoted(file), verdict.at.line);
}

/// A text on one line in which `#` begins no directive.
fn escaped(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// A text in the double quotes of YAML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn every_verdict_is_a_point() {
        let report = fixture::every_kind();
        assert_snapshot!(check(&fixture::checked(&report)), @r#"
        TAP version 14
        1..11
        ok 1 - close_rate
        not ok 2 - close rate by region (region=EMEA)
          ---
          message: "below the limit"
          severity: "fail"
          verdict: "missed"
          metric: "close_rate"
          period: "2026-02"
          value: "19.9999 %"
          aim: "target ≥ 25.0000 %, limit 20.0000 %"
          owner: "sales-ops"
          n: 1204
          details:
            - "interval 18.0 % to 22.0 % (n 1,204)"
            - "since 2026-01 (25.0 %) -5.0 points: won -6.0 points, ended +1.0 points; mostly rep 017 -4.0 points (mix -1.0 points, rate -3.0 points)"
            - "metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 5
          ...
        ok 3 - resolution_time
          ---
          message: "between limit and target"
          severity: "comment"
          verdict: "at_risk"
          metric: "resolution_time"
          period: "2026-02"
          value: "5.0 hours"
          aim: "target ≤ 4.0 hours, limit 8.0 hours"
          n: 1204
          at:
            file: "metrics.d/goals.rhai"
            line: 36
          ...
        ok 4 - won_revenue # SKIP pending: 2026-02 is not over; behind
          ---
          message: "2026-02 is not over; behind"
          severity: "comment"
          verdict: "pending"
          metric: "won_revenue"
          period: "2026-02"
          value: "$400,000.00"
          aim: "target ≥ $1,000,000.00"
          owner: "sales-ops"
          n: 1204
          details:
            - "expected $500,000.00 by now, 50.0 % of the whole; at this pace $800,000.00 at the end"
            - "owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 9
          ...
        not ok 5 - deal_size # TODO missed: below the limit
          ---
          message: "below the limit"
          severity: "comment"
          verdict: "missed"
          metric: "won_revenue"
          period: "2026-02"
          value: "$900.00"
          aim: "target ≥ $1,200.00, limit $1,000.00"
          owner: "sales-ops"
          n: 1204
          details:
            - "since 2026-01 ($1,000.00) -$100.00: won_revenue -$100.00"
            - "metric won_revenue · advises only · owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 12
          ...
        not ok 6 - close_rate_waived (region=EMEA) # TODO waived: below the limit
          ---
          message: "below the limit"
          severity: "comment"
          verdict: "waived"
          metric: "close_rate"
          period: "2026-02"
          value: "19.9999 %"
          aim: "target ≥ 25.0000 %, limit 20.0000 %"
          owner: "sales-ops"
          n: 1204
          details:
            - "waived by dana until 2026-09-30, else missed: the new CRM (metrics.d/goals.rhai:20:1)"
            - "metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 16
          ...
        ok 7 - discount # SKIP inconclusive: 11 rows are too few to tell
          ---
          message: "11 rows are too few to tell"
          severity: "comment"
          verdict: "inconclusive"
          metric: "discount"
          period: "2026-02"
          value: "30.0 %"
          aim: "between 20.0 % and 40.0 %"
          owner: "sales-ops"
          n: 11
          details:
            - "interval 10.0 % to 50.0 % (n 11)"
            - "owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 24
          ...
        not ok 8 - mix
          ---
          message: "half of it is one customer"
          severity: "fail"
          verdict: "missed"
          metric: "mix"
          period: "2026-02"
          value: "50.0 %"
          aim: "checked by a function"
          owner: "sales-ops"
          n: 1204
          details:
            - "owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 28
          ...
        ok 9 - quiet # SKIP no data: no ended deals
          ---
          message: "no ended deals"
          severity: "comment"
          verdict: "no_data"
          metric: "close_rate"
          value: "–"
          aim: "target ≥ 25.0 %, limit 20.0 %"
          owner: "sales-ops"
          n: 0
          details:
            - "metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 32
          ...
        not ok 10 - partial
          ---
          message: "40 % of the rows were left out (no amount: 40), and at most 5 % may be"
          severity: "fail"
          verdict: "incomplete"
          metric: "close_rate"
          period: "2026-02"
          value: "25.0 %"
          aim: "target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %"
          owner: "sales-ops"
          n: 60
          details:
            - "metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 40
          ...
        not ok 11 - partly # TODO incomplete: 40 % of the rows were left out (no amount: 40), and at most 5 % may be
          ---
          message: "40 % of the rows were left out (no amount: 40), and at most 5 % may be"
          severity: "comment"
          verdict: "incomplete"
          metric: "close_rate"
          period: "2026-02"
          value: "25.0 %"
          aim: "target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %"
          owner: "sales-ops"
          n: 60
          details:
            - "metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026"
          at:
            file: "metrics.d/goals.rhai"
            line: 44
          ...
        # 1 met, 1 at risk, 3 missed, 1 no data, 2 incomplete, 1 inconclusive, 1 pending, 1 waived as of 2026-03-15T00:00:00+00:00: the gate fails (exit code 1)
        "#);
    }

    #[test]
    fn a_run_that_failed_bails_out() {
        let failed = fixture::failed();
        assert_snapshot!(check(&fixture::broken(&failed)), @r#"
        TAP version 14
        1..3
        not ok 1 - error unknown-goal: there is no goal `x`
          ---
          message: "there is no goal `x`"
          severity: "fail"
          at:
            file: "command line"
            line: 1
          ...
        not ok 2 - error empty-table: `deals` has no rows
          ---
          message: "`deals` has no rows"
          severity: "fail"
          at:
            file: "data/deals.csv"
            line: 0
          ...
        not ok 3 - error unknown-name: `close_rte` is not known
          ---
          message: "`close_rte` is not known; not declared; help: did you mean `close_rate`?; known: close_rate"
          severity: "fail"
          at:
            file: "metrics.d/goals.rhai"
            line: 3
          ...
        # warning bad-value at data/deals.csv:7:3: 3 cells of `amount` are no numbers
        Bail out! error unknown-goal: there is no goal `x`
        "#);
    }

    #[test]
    fn a_run_that_judged_nothing_bails_out() {
        let mut report = fixture::every_kind();
        report.verdicts.retain(|verdict| verdict.kind == VerdictKind::Pending);
        let checked = Checked { exit: ExitCode::NothingJudged, ..fixture::checked(&report) };
        assert!(check(&checked).contains("\nnot ok 2 - nothing was judged\n"));
    }

    #[test]
    fn a_name_is_no_directive() {
        assert_eq!(escaped("a # SKIP b \\ c\nok 2"), "a \\# SKIP b \\\\ c\\\\nok 2");
        assert_eq!(quoted("say \"x\" \\ y\n"), "\"say \\\"x\\\" \\\\ y\\\\n\"");
    }
}
