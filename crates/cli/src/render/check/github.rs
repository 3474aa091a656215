//! Verdicts as workflow commands of GitHub Actions: annotations at the goals.
//!
//! The runner reads lines that begin with `::` as commands; a message is
//! escaped as its toolkit does it (`%`, carriage return, line feed; in
//! properties also `:` and `,`). The job summary is the Markdown report.
//! What is met with all of its rows gets no annotation.

use std::fmt::Write as _;

use goalpost_core::diagnostic::Severity;
use goalpost_core::source::Span;
use goalpost_core::verdict::{ExitCode, Gate, VerdictKind};

use super::Checked;
use super::words::{details, headline, kind, problem, subjects, summary};
use crate::diagnostics::sorted;
use crate::escape::visible;

/// Characters of an annotation; the runner cuts longer ones off in the middle.
const MOST: usize = 4_000;

/// A check.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let mut text = String::new();
    for diagnostic in sorted(checked.diagnostics) {
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let title = format!("goalpost {}", diagnostic.code.name());
        let mut message = problem(diagnostic);
        // What is in no file of the repository is named in the text.
        if let Some(span) = diagnostic.at.as_ref().filter(|span| checked.places.place(span).is_none()) {
            message = format!("{message}\nat {}", visible(&span.to_string()));
        }
        command(level, diagnostic.at.as_ref(), &title, &message, checked, &mut text);
    }
    let subjects = subjects(checked.verdicts());
    for (verdict, subject) in checked.verdicts().iter().zip(subjects) {
        let level = match (verdict.gate, verdict.kind) {
            (Gate::Fails, _) => "error",
            // Met, but without some of the rows.
            (_, VerdictKind::Met) if verdict.sample.has_gaps() => "notice",
            (_, VerdictKind::Met) => continue,
            (Gate::Warns, _) => "warning",
            (Gate::Passes | Gate::Silent, _) => "notice",
        };
        let title = format!("{subject}: {}", kind(verdict.kind));
        let mut lines = vec![headline(verdict, checked.currency())];
        lines.extend(details(verdict, checked.currency()));
        command(level, Some(&verdict.at), &title, &lines.join("\n"), checked, &mut text);
    }
    let level = match checked.exit {
        ExitCode::Success => "notice",
        _ => "error",
    };
    command(level, None, "goalpost", &summary(checked), checked, &mut text);
    text
}

fn command(
    level: &str,
    at: Option<&Span>,
    title: &str,
    message: &str,
    checked: &Checked<'_>,
    text: &mut String,
) {
    let mut properties = Vec::new();
    if let Some(place) = at.and_then(|span| checked.places.place(span)) {
        properties.push(format!("file={}", property(&visible(&place.path))));
        properties.extend(place.line.map(|line| format!("line={line}")));
        properties.extend(place.column.map(|column| format!("col={column}")));
    }
    properties.push(format!("title={}", property(&shortened(title, MOST))));
    let _ = writeln!(text, "::{level} {}::{}", properties.join(","), data(&shortened(message, MOST)));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The first characters of a text that is too long.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn what_is_not_met_is_annotated_where_the_goal_is() {
        let report = fixture::every_kind();
        assert_snapshot!(check(&fixture::checked(&report)), @"
        ::error file=metrics.d/goals.rhai,line=5,col=1,title=close rate by region (region=EMEA)%3A missed::missed in 2026-02: 19.9999 %25, target ≥ 25.0000 %25, limit 20.0000 %25; below the limit%0Ainterval 18.0 %25 to 22.0 %25 (n 1,204)%0Asince 2026-01 (25.0 %25) -5.0 points: won -6.0 points, ended +1.0 points; mostly rep 017 -4.0 points (mix -1.0 points, rate -3.0 points)%0Ametric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        ::warning file=metrics.d/goals.rhai,line=36,col=1,title=resolution_time%3A at risk::at risk in 2026-02: 5.0 hours, target ≤ 4.0 hours, limit 8.0 hours; between limit and target
        ::notice file=metrics.d/goals.rhai,line=9,col=1,title=won_revenue%3A pending::pending in 2026-02: $400,000.00, target ≥ $1,000,000.00; 2026-02 is not over; behind%0Aexpected $500,000.00 by now, 50.0 %25 of the whole; at this pace $800,000.00 at the end%0Aowner sales-ops · due 2026-12-31 · board plan 2026
        ::warning file=metrics.d/goals.rhai,line=12,col=1,title=deal_size%3A missed::missed in 2026-02: $900.00, target ≥ $1,200.00, limit $1,000.00; below the limit%0Asince 2026-01 ($1,000.00) -$100.00: won_revenue -$100.00%0Ametric won_revenue · advises only · owner sales-ops · due 2026-12-31 · board plan 2026
        ::notice file=metrics.d/goals.rhai,line=16,col=1,title=close_rate_waived (region=EMEA)%3A waived::waived in 2026-02: 19.9999 %25, target ≥ 25.0000 %25, limit 20.0000 %25; below the limit%0Awaived by dana until 2026-09-30, else missed: the new CRM (metrics.d/goals.rhai:20:1)%0Ametric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        ::warning file=metrics.d/goals.rhai,line=24,col=1,title=discount%3A inconclusive::inconclusive in 2026-02: 30.0 %25, between 20.0 %25 and 40.0 %25; 11 rows are too few to tell%0Ainterval 10.0 %25 to 50.0 %25 (n 11)%0Aowner sales-ops · due 2026-12-31 · board plan 2026
        ::error file=metrics.d/goals.rhai,line=28,col=1,title=mix%3A missed::missed in 2026-02: 50.0 %25, checked by a function; half of it is one customer%0Aowner sales-ops · due 2026-12-31 · board plan 2026
        ::notice file=metrics.d/goals.rhai,line=32,col=1,title=quiet%3A no data::no data: –, target ≥ 25.0 %25, limit 20.0 %25; no ended deals%0Ametric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        ::error file=metrics.d/goals.rhai,line=40,col=1,title=partial%3A incomplete::incomplete in 2026-02: 25.0 %25, target ≥ 25.0 %25, limit 20.0 %25, stretch 30.0 %25; 40 %25 of the rows were left out (no amount: 40), and at most 5 %25 may be%0Ametric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        ::warning file=metrics.d/goals.rhai,line=44,col=1,title=partly%3A incomplete::incomplete in 2026-02: 25.0 %25, target ≥ 25.0 %25, limit 20.0 %25, stretch 30.0 %25; 40 %25 of the rows were left out (no amount: 40), and at most 5 %25 may be%0Ametric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        ::error title=goalpost::1 met, 1 at risk, 3 missed, 1 no data, 2 incomplete, 1 inconclusive, 1 pending, 1 waived as of 2026-03-15T00:00:00+00:00: the gate fails (exit code 1)
        ");
    }

    #[test]
    fn a_run_that_failed_is_annotated_where_it_failed() {
        let failed = fixture::failed();
        assert_snapshot!(check(&fixture::broken(&failed)), @"
        ::error title=goalpost unknown-goal::there is no goal `x`%0Aat command line:1:16
        ::error file=data/deals.csv,title=goalpost empty-table::`deals` has no rows
        ::error file=metrics.d/goals.rhai,line=3,col=6,title=goalpost unknown-name::`close_rte` is not known; not declared; help: did you mean `close_rate`?; known: close_rate
        ::warning file=data/deals.csv,line=7,col=3,title=goalpost bad-value::3 cells of `amount` are no numbers
        ::error title=goalpost::no verdicts: the gate could not be judged (exit code 2)
        ");
    }

    #[test]
    fn every_line_is_one_command() {
        let report = fixture::hostile();
        let text = check(&fixture::checked(&report));
        for line in text.lines() {
            let rest =
                line.strip_prefix("::error ").or_else(|| line.strip_prefix("::notice ")).expect("a command");
            let (properties, message) = rest.split_once("::").expect("properties and a message");
            assert!(
                !message.contains('\r') && properties.split(',').all(|pair| pair.contains('=')),
                "{line}"
            );
        }
        assert_eq!(text.lines().count(), report.verdicts.len() + 1);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("äöüß", 3), "äö…");
    }
}
