//! The file of a baseline: schema `goalpost/baseline/2`, see
//! `crates/cli/schemas/baseline.schema.json`. Files of version 1, which knew no
//! `incomplete`, are read as well.
//!
//! One line per goal and segment, sorted, without a date of its own: a run in
//! which nothing changed writes the same bytes. What a baseline means is
//! `goalpost_core::baseline`.

use std::collections::BTreeMap;
use std::path::Path;

use goalpost_core::Decimal;
use goalpost_core::baseline::{Baseline, Recorded, Subject};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::{At, SourceFile, Span};
use goalpost_core::verdict::VerdictKind;
use serde_json::{Value, json};

use crate::render::json::{Field, document};

/// The schema that a file is written in.
const SCHEMA: &str = "goalpost/baseline/2";

/// The schemas that a file may name.
const SCHEMAS: [&str; 2] = [SCHEMA, "goalpost/baseline/1"];

/// A baseline as a file.
pub(super) fn written(baseline: &Baseline) -> String {
    let record = |(subject, recorded): (&Subject, &Recorded)| {
        let number = |number: Decimal| number.normalize().to_string();
        let mut record = json!({
            "goal": subject.goal.as_str(),
            "segment": subject.segment,
            "running": subject.running,
            "verdict": recorded.kind.name(),
            "value": recorded.value.map(number),
            "period": recorded.period,
        });
        if let Some(share) = recorded.left_out {
            record["left_out"] = number(share).into();
        }
        record
    };
    document(vec![
        ("schema", Field::One(SCHEMA.into())),
        ("goals", Field::Records(baseline.recorded.iter().map(record).collect())),
    ])
}

/// Reads the file of a baseline; `at` is where it was asked for.
///
/// # Errors
/// A diagnostic that says what to do: a gate without its baseline is not the
/// gate that was asked for.
pub(super) fn read(path: &Path, at: At) -> Result<Baseline, Box<Diagnostic>> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let what = if missing {
            format!("there is no baseline `{name}`")
        } else {
            format!("the baseline `{name}` cannot be read: {error}")
        };
        let help = format!("record one with `goalpost check --save-baseline {name}`");
        Box::new(Diagnostic::error(Code::BadBaseline, what).at(at).help(help))
    })?;
    parse(&text).map_err(|problem| {
        let file = SourceFile::new(name.to_string(), "");
        let place = if problem.line > 0 { Span::at(&file, problem.line, 0) } else { Span::whole(&file) };
        let help = format!(
            "it should be as `goalpost check --save-baseline {name}` writes it: restore the file, or record it again"
        );
        Box::new(
            Diagnostic::error(Code::BadBaseline, format!("`{name}` is no baseline: {}", problem.what))
                .at(place)
                .help(help),
        )
    })
}

/// What is wrong with a text, and in which line, where one is known.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    what: String,
    line: u32,
}

fn parse(text: &str) -> Result<Baseline, Problem> {
    let problem = |what: &str| Problem { what: what.to_owned(), line: 0 };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Value = serde_json::from_str(text).map_err(|error| Problem {
        what: format!("it is not valid JSON ({error})"),
        line: u32::try_from(error.line()).unwrap_or(0),
    })?;
    match document.get("schema").and_then(Value::as_str) {
        Some(known) if SCHEMAS.contains(&known) => {}
        Some(other) => return Err(problem(&format!("its schema is `{other}`, not `{SCHEMA}`"))),
        None => return Err(problem(&format!("it names no schema; expected `{SCHEMA}`"))),
    }
    let goals = document.get("goals").and_then(Value::as_array);
    let goals = goals.ok_or_else(|| problem("it has no list `goals`"))?;
    let mut baseline = Baseline::default();
    for (index, goal) in goals.iter().enumerate() {
        let (subject, recorded) =
            entry(goal).map_err(|what| problem(&format!("entry {} of `goals` {what}", index + 1)))?;
        if baseline.recorded.contains_key(&subject) {
            return Err(problem(&format!(
                "entry {} of `goals` records `{}` a second time for the same segment",
                index + 1,
                subject.goal
            )));
        }
        baseline.recorded.insert(subject, recorded);
    }
    Ok(baseline)
}

fn entry(value: &Value) -> Result<(Subject, Recorded), String> {
    let text = |name: &str| match value.get(name) {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Null) | None => Ok(None),
        Some(_) => Err(format!("has a `{name}` that is no text")),
    };
    let goal = text("goal")?.filter(|goal| !goal.is_empty()).ok_or("names no goal")?;
    let running = match value.get("running") {
        None => false,
        Some(running) => running.as_bool().ok_or("has a `running` that is not true or false")?,
    };
    let mut segment = BTreeMap::new();
    let of = value.get("segment").and_then(Value::as_object).ok_or("has no map `segment`")?;
    for (dimension, value) in of {
        let value = match value {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            _ => return Err(format!("has a segment whose `{dimension}` is no text")),
        };
        segment.insert(dimension.clone(), value);
    }
    let name = text("verdict")?.ok_or("has no verdict")?;
    let kind = VerdictKind::ALL.into_iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| format!("has the verdict `{name}`, which does not exist"))?;
    let number = |name: &str| match text(name)? {
        None => Ok(None),
        Some(text) => Decimal::from_str_exact(&text)
            .map(Some)
            .map_err(|_| format!("has the {name} `{text}`, which is no number")),
    };
    let (value, left_out) = (number("value")?, number("left_out")?);
    let recorded = Recorded { kind, value, period: text("period")?, left_out };
    Ok((Subject { goal: goal.into(), segment, running }, recorded))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn what_is_written_is_read_again() {
        let baseline = Baseline::record(&fixture::hostile().verdicts);
        let text = written(&baseline);
        assert_eq!(parse(&text), Ok(baseline));
        let short = written(&Baseline::record(&fixture::check().verdicts));
        assert_snapshot!(short, @r#"
        {
          "schema": "goalpost/baseline/2",
          "goals": [
            {"goal":"close rate by region","segment":{"region":"EMEA"},"running":false,"verdict":"missed","value":"0.199999","period":"2026-02"},
            {"goal":"close_rate","segment":{},"running":false,"verdict":"met","value":"0.25","period":"2026-02"},
            {"goal":"resolution_time","segment":{},"running":false,"verdict":"at_risk","value":"18000","period":"2026-02"}
          ]
        }
        "#);
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let entry = |entry: &str| format!("{{\"schema\": \"goalpost/baseline/1\", \"goals\": [{entry}]}}");
        let met = "{\"goal\": \"a\", \"segment\": {}, \"verdict\": \"met\", \"value\": \"1\"}";
        assert_eq!(parse(&entry(met)).map(|baseline| baseline.recorded.len()), Ok(1));
        let later = entry(met).replace("baseline/1", "baseline/2");
        assert_eq!(parse(&later).map(|baseline| baseline.recorded.len()), Ok(1));
        let cases = [
            (String::new(), "it is not valid JSON (EOF while parsing a value at line 1 column 0)"),
            ("[]".to_owned(), "it names no schema; expected `goalpost/baseline/2`"),
            (
                "{\"schema\": \"goalpost/check/2\"}".to_owned(),
                "its schema is `goalpost/check/2`, not `goalpost/baseline/2`",
            ),
            ("{\"schema\": \"goalpost/baseline/1\"}".to_owned(), "it has no list `goals`"),
            (entry("{}"), "entry 1 of `goals` names no goal"),
            (entry("{\"goal\": 7}"), "entry 1 of `goals` has a `goal` that is no text"),
            (entry("{\"goal\": \"a\"}"), "entry 1 of `goals` has no map `segment`"),
            (
                entry("{\"goal\": \"a\", \"segment\": {\"x\": 1}}"),
                "entry 1 of `goals` has a segment whose `x` is no text",
            ),
            (
                entry(&met.replace("met", "won")),
                "entry 1 of `goals` has the verdict `won`, which does not exist",
            ),
            (
                entry(&met.replace("\"1\"", "\"1,5\"")),
                "entry 1 of `goals` has the value `1,5`, which is no number",
            ),
            (entry(&met.replace("\"1\"", "1")), "entry 1 of `goals` has a `value` that is no text"),
            (
                entry(&format!("{met}, {met}")),
                "entry 2 of `goals` records `a` a second time for the same segment",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(&text).expect_err("no baseline").what, expected, "{text}");
        }
    }
}
