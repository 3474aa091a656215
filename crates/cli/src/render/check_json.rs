//! Verdicts as JSON: schema `goalpost/check/1`, see `crates/cli/schemas/check.schema.json`.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::report::{Aim, CheckReport, Verdict};
use goalpost_core::verdict::{ExitCode, VerdictKind};
use serde_json::{Map, Value, json};

use super::json::{Field, diagnostics, document, period, segment, shown};

/// The kinds of verdict in the order of summaries.
pub(crate) const KINDS: [VerdictKind; 7] = [
    VerdictKind::Met,
    VerdictKind::AtRisk,
    VerdictKind::Missed,
    VerdictKind::NoData,
    VerdictKind::Inconclusive,
    VerdictKind::Pending,
    VerdictKind::Waived,
];

/// A check and the code that the process will exit with.
pub(crate) fn check(report: &CheckReport, exit: ExitCode) -> String {
    written(report.as_of.clone().into(), &report.verdicts, exit, &report.diagnostics)
}

/// A check that came to nothing, with the reasons.
pub(crate) fn failed(found: &[Diagnostic], exit: ExitCode) -> String {
    written(Value::Null, &[], exit, found)
}

fn written(as_of: Value, verdicts: &[Verdict], exit: ExitCode, found: &[Diagnostic]) -> String {
    let count = |kind| verdicts.iter().filter(|verdict| verdict.kind == kind).count();
    let summary: Map<String, Value> =
        KINDS.into_iter().map(|kind| (kind.name().to_owned(), count(kind).into())).collect();
    document(vec![
        ("schema", Field::One("goalpost/check/1".into())),
        ("as_of", Field::One(as_of)),
        ("verdicts", Field::Records(verdicts.iter().map(verdict).collect())),
        ("summary", Field::One(summary.into())),
        ("exit_code", Field::One((exit as u8).into())),
        ("diagnostics", Field::Records(diagnostics(found))),
    ])
}

#[derive(Clone, Copy)]
enum Which {
    Target,
    Limit,
}

fn level(verdict: &Verdict, which: Which) -> Option<Decimal> {
    match (&verdict.aim, which) {
        (Aim::Levels { target, .. }, Which::Target) => *target,
        (Aim::Levels { limit, .. }, Which::Limit) => *limit,
        _ => None,
    }
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "goal": verdict.goal.as_str(),
        "metric": verdict.metric.as_str(),
        "period": period(verdict.period.as_ref()),
        "segment": segment(&verdict.segment),
        "verdict": verdict.kind.name(),
        "value": shown(verdict.value, verdict.unit),
        "target": shown(level(verdict, Which::Target), verdict.unit),
        "limit": shown(level(verdict, Which::Limit), verdict.unit),
        "reason": verdict.reason,
        "owner": verdict.owner,
        "due": verdict.due,
        "file": verdict.at.file.name,
        "line": verdict.at.line,
        "unit": verdict.unit.to_string(),
        "n": verdict.n,
        "why": verdict.why,
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::sample;

    #[test]
    fn a_check_is_one_record_per_verdict() {
        assert_snapshot!(check(&sample::check(), ExitCode::Missed), @r#"
        {
          "schema": "goalpost/check/1",
          "as_of": "2026-03-15T00:00:00+00:00",
          "verdicts": [
            {"goal":"close_rate","metric":"close_rate","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{},"verdict":"met","value":0.25,"target":0.25,"limit":0.2,"reason":"at or above the target","owner":"sales-ops","due":"2026-12-31","file":"metrics.d/goals.rhai","line":3,"unit":"percent","n":1204,"why":"board plan 2026"},
            {"goal":"close rate by region","metric":"close_rate","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{"region":"EMEA"},"verdict":"missed","value":0.199999,"target":0.25,"limit":0.2,"reason":"below the limit","owner":"sales-ops","due":"2026-12-31","file":"metrics.d/goals.rhai","line":3,"unit":"percent","n":1204,"why":"board plan 2026"},
            {"goal":"resolution_time","metric":"resolution_time","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{},"verdict":"at_risk","value":5,"target":4,"limit":8,"reason":"between limit and target","owner":null,"due":null,"file":"metrics.d/goals.rhai","line":3,"unit":"hours","n":1204,"why":null},
            {"goal":"close_rate","metric":"close_rate","period":null,"segment":{},"verdict":"no_data","value":null,"target":0.25,"limit":0.2,"reason":"no ended deals","owner":"sales-ops","due":"2026-12-31","file":"metrics.d/goals.rhai","line":3,"unit":"percent","n":0,"why":"board plan 2026"}
          ],
          "summary": {"met":1,"at_risk":1,"missed":1,"no_data":1,"inconclusive":0,"pending":0,"waived":0},
          "exit_code": 1,
          "diagnostics": []
        }
        "#);
    }
}
