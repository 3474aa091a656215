//! Verdicts as JSON: schema `goalpost/check/2`, see `crates/cli/schemas/check.schema.json`.

use goalpost_core::Decimal;
use goalpost_core::report::{Aim, Cause, Verdict};
use goalpost_core::unit::{Direction, Unit};
use goalpost_core::verdict::VerdictKind;
use serde_json::{Map, Value, json};

use super::Checked;
use crate::render::json::{Field, diagnostics, document, float, inputs, number, period, segment, shown};

/// A check and the code that the process will exit with.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let of_report = |field: fn(&goalpost_core::report::CheckReport) -> &String| {
        checked.report.map_or(Value::Null, |report| field(report).clone().into())
    };
    let count = |kind| checked.verdicts().iter().filter(|verdict| verdict.kind == kind).count();
    let summary: Map<String, Value> =
        VerdictKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), count(kind).into())).collect();
    document(vec![
        ("schema", Field::One("goalpost/check/2".into())),
        ("project", Field::One(of_report(|report| &report.project))),
        ("as_of", Field::One(of_report(|report| &report.as_of))),
        ("currency", Field::One(of_report(|report| &report.currency))),
        ("verdicts", Field::Records(checked.verdicts().iter().map(verdict).collect())),
        ("summary", Field::One(summary.into())),
        ("exit_code", Field::One((checked.exit as u8).into())),
        ("diagnostics", Field::Records(diagnostics(checked.diagnostics))),
    ])
}

fn verdict(verdict: &Verdict) -> Value {
    let unit = verdict.unit;
    let levels = Levels::of(&verdict.aim);
    json!({
        "goal": verdict.goal.as_str(),
        "metric": verdict.metric.as_str(),
        "period": period(verdict.period.as_ref()),
        "segment": segment(&verdict.segment),
        "verdict": verdict.kind.name(),
        "gate": verdict.gate.name(),
        "severity": verdict.severity.name(),
        "value": shown(verdict.value, unit),
        "aim": levels.kind,
        "better": levels.better.map(better),
        "target": shown(levels.target, unit),
        "limit": shown(levels.limit, unit),
        "stretch": shown(levels.stretch, unit),
        "low": shown(levels.low, unit),
        "high": shown(levels.high, unit),
        "reason": verdict.reason,
        "owner": verdict.owner,
        "due": verdict.due,
        "file": verdict.at.file.name,
        "line": verdict.at.line,
        "unit": unit.to_string(),
        "n": verdict.sample.n,
        "interval": verdict.interval.map(|(low, high)| [float(low), float(high)]),
        "inputs": inputs(&verdict.sample),
        "pace": verdict.pace.as_ref().map(|pace| json!({
            "elapsed": number(pace.elapsed),
            "expected": shown(Some(pace.expected), unit),
            "projected": shown(Some(pace.projected), unit),
        })),
        "cause": verdict.cause.as_ref().map(|found| cause(found, unit)),
        "waiver": verdict.waiver.as_ref().map(|waiver| json!({
            "instead_of": waiver.instead_of.name(),
            "by": waiver.by,
            "expires": waiver.expires,
            "why": waiver.why,
            "file": waiver.at.file.name,
            "line": waiver.at.line,
        })),
        "why": verdict.why,
        "tags": verdict.tags,
        "area": verdict.area,
    })
}

/// What is aimed at, every level by its name.
#[derive(Default)]
struct Levels {
    kind: &'static str,
    better: Option<Direction>,
    target: Option<Decimal>,
    limit: Option<Decimal>,
    stretch: Option<Decimal>,
    low: Option<Decimal>,
    high: Option<Decimal>,
}

impl Levels {
    fn of(aim: &Aim) -> Self {
        match *aim {
            Aim::Levels { target, limit, stretch, better } => {
                Self { kind: "levels", better: Some(better), target, limit, stretch, ..Self::default() }
            }
            Aim::Between { low, high } => Self { kind: "between", low, high, ..Self::default() },
            Aim::Check => Self { kind: "check", ..Self::default() },
        }
    }
}

const fn better(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
    }
}

fn cause(cause: &Cause, unit: Unit) -> Value {
    let effect = |effect: Decimal| shown(Some(effect), unit);
    let part = |part: &goalpost_core::report::PartEffect| {
        json!({
            "name": part.name,
            "unit": part.unit.to_string(),
            "before": shown(Some(part.before), part.unit),
            "after": shown(Some(part.after), part.unit),
            "effect": effect(part.effect),
        })
    };
    let segment = |segment: &goalpost_core::report::SegmentEffect| {
        json!({
            "value": segment.value,
            "effect": effect(segment.effect),
            "mix": shown(segment.mix, unit),
            "rate": shown(segment.rate, unit),
        })
    };
    json!({
        "against": period(Some(&cause.against)),
        "before": shown(Some(cause.before), unit),
        "change": effect(cause.change),
        "parts": cause.parts.iter().map(part).collect::<Vec<_>>(),
        "dimension": cause.dimension.as_ref().map(|name| name.to_string()),
        "segments": cause.segments.iter().map(segment).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn a_check_is_one_record_per_verdict() {
        let report = fixture::check();
        assert_snapshot!(check(&fixture::checked(&report)), @r#"
        {
          "schema": "goalpost/check/2",
          "project": "Acme",
          "as_of": "2026-03-15T00:00:00+00:00",
          "currency": "USD",
          "verdicts": [
            {"goal":"close_rate","metric":"close_rate","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{},"verdict":"met","gate":"passes","severity":"block","value":0.25,"aim":"levels","better":"higher","target":0.25,"limit":0.2,"stretch":null,"low":null,"high":null,"reason":"at or above the target","owner":"sales-ops","due":"2026-12-31","file":"metrics.d/goals.rhai","line":3,"unit":"percent","n":1204,"interval":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"pace":null,"cause":null,"waiver":null,"why":"board plan 2026","tags":[],"area":"sales"},
            {"goal":"close rate by region","metric":"close_rate","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{"region":"EMEA"},"verdict":"missed","gate":"fails","severity":"block","value":0.199999,"aim":"levels","better":"higher","target":0.25,"limit":0.2,"stretch":null,"low":null,"high":null,"reason":"below the limit","owner":"sales-ops","due":"2026-12-31","file":"metrics.d/goals.rhai","line":3,"unit":"percent","n":1204,"interval":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"pace":null,"cause":null,"waiver":null,"why":"board plan 2026","tags":[],"area":"sales"},
            {"goal":"resolution_time","metric":"resolution_time","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{},"verdict":"at_risk","gate":"warns","severity":"block","value":5,"aim":"levels","better":"lower","target":4,"limit":8,"stretch":null,"low":null,"high":null,"reason":"between limit and target","owner":null,"due":null,"file":"metrics.d/goals.rhai","line":3,"unit":"hours","n":1204,"interval":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"pace":null,"cause":null,"waiver":null,"why":null,"tags":[],"area":"sales"},
            {"goal":"close_rate","metric":"close_rate","period":null,"segment":{},"verdict":"no_data","gate":"fails","severity":"block","value":null,"aim":"levels","better":"higher","target":0.25,"limit":0.2,"stretch":null,"low":null,"high":null,"reason":"no ended deals","owner":"sales-ops","due":"2026-12-31","file":"metrics.d/goals.rhai","line":3,"unit":"percent","n":0,"interval":null,"inputs":[],"pace":null,"cause":null,"waiver":null,"why":"board plan 2026","tags":[],"area":"sales"}
          ],
          "summary": {"met":1,"at_risk":1,"missed":1,"no_data":1,"incomplete":0,"inconclusive":0,"pending":0,"waived":0},
          "exit_code": 1,
          "diagnostics": []
        }
        "#);
    }

    #[test]
    fn every_document_fits_the_schema() {
        let text = include_str!("../../../schemas/check.schema.json");
        let schema: Value = serde_json::from_str(text).expect("a schema");
        let validator = jsonschema::validator_for(&schema).expect("a valid schema");
        for report in [fixture::check(), fixture::every_kind(), fixture::hostile()] {
            let document: Value = serde_json::from_str(&check(&fixture::checked(&report))).expect("JSON");
            let errors: Vec<String> =
                validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?}");
            // The texts come back as they were.
            for (written, verdict) in
                document["verdicts"].as_array().expect("a list").iter().zip(&report.verdicts)
            {
                assert_eq!(written["goal"], verdict.goal.as_str());
                assert_eq!(written["reason"], verdict.reason.as_str());
            }
        }
        let failed = fixture::failed();
        let document: Value = serde_json::from_str(&check(&fixture::broken(&failed))).expect("JSON");
        assert!(validator.is_valid(&document));
        assert_eq!(document["as_of"], Value::Null);
        assert_eq!(document["exit_code"], 2);
    }
}
