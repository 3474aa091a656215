//! Verdicts as SARIF 2.1.0: goals as rules, what is not met as results.
//!
//! A result's level follows the gate. What is met or pending is no result; where
//! it is so without some of the rows, a notification says which. A
//! waived miss is a result with a suppression at the waiver. Diagnostics are
//! notifications of the invocation, which counts as successful only where the
//! gate was judged: an empty list of results means that all is met.

use std::collections::BTreeSet;

use goalpost_core::diagnostic::{Code, Severity};
use goalpost_core::goal;
use goalpost_core::report::Verdict;
use goalpost_core::source::Span;
use goalpost_core::verdict::{Gate, VerdictKind};
use serde_json::{Map, Value, json};

use super::Checked;
use super::words::{details, gate, headline, left_out, period, problem, segment, subject, summary};
use crate::diagnostics::sorted;
use crate::escape::visible;
use crate::render::json::{Field, document};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A check.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let mut goals: Vec<&Verdict> = Vec::new();
    for verdict in checked.verdicts() {
        if !goals.iter().any(|known| known.goal == verdict.goal) {
            goals.push(verdict);
        }
    }
    let codes: BTreeSet<Code> = checked.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    let notified = codes.into_iter().map(
        |code| json!({ "id": code.name(), "shortDescription": { "text": message(&code.explanation()) } }),
    );
    let results: Vec<Value> = checked
        .verdicts()
        .iter()
        .filter(|verdict| is_result(verdict))
        .map(|verdict| {
            let rule = goals.iter().position(|known| known.goal == verdict.goal).unwrap_or_default();
            result(verdict, rule, checked)
        })
        .collect();
    let run = json!({
        "tool": { "driver": {
            "name": "goalpost",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": goals.iter().map(|verdict| rule(verdict)).collect::<Vec<_>>(),
            "notifications": notified.collect::<Vec<_>>(),
        }},
        "invocations": [invocation(checked, &goals)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    document(vec![
        ("$schema", Field::One(SCHEMA.into())),
        ("version", Field::One("2.1.0".into())),
        ("runs", Field::Records(vec![run])),
    ])
}

/// A goal: what it is for and who answers for it.
fn rule(verdict: &Verdict) -> Value {
    let level = match verdict.severity {
        goal::Severity::Block => "error",
        goal::Severity::Advise => "warning",
    };
    let mut lines = vec![format!("Goal on the metric {}, judged by {}.", verdict.metric, verdict.every)];
    lines.extend(verdict.why.as_ref().map(|why| format!("Why: {why}")));
    lines.extend(verdict.owner.as_ref().map(|owner| format!("Owner: {owner}")));
    lines.extend(verdict.due.as_ref().map(|due| format!("Due: {due}")));
    lines.push(format!(
        "Declared at {}; `goalpost explain {}` says how it is computed.",
        verdict.at, verdict.metric
    ));
    let lines: Vec<String> = lines.iter().map(|line| message(line)).collect();
    let tags: BTreeSet<&str> = verdict.tags.iter().chain([&verdict.area]).map(String::as_str).collect();
    let tags: Vec<_> = tags.into_iter().filter(|tag| !tag.is_empty()).collect();
    json!({
        "id": verdict.goal.as_str(),
        "shortDescription": { "text": message(&format!("Goal {} on {}", verdict.goal, verdict.metric)) },
        "fullDescription": { "text": lines.first() },
        "help": { "text": lines.join("\n") },
        "defaultConfiguration": { "level": level },
        "properties": { "tags": tags },
    })
}

fn is_result(verdict: &Verdict) -> bool {
    verdict.gate == Gate::Fails || !matches!(verdict.kind, VerdictKind::Met | VerdictKind::Pending)
}

fn result(verdict: &Verdict, rule: usize, checked: &Checked<'_>) -> Value {
    let level = match (verdict.gate, verdict.severity) {
        (Gate::Fails, _) => "error",
        (Gate::Warns, _) => "warning",
        // A waived miss is as bad as it would be without its waiver, and suppressed.
        (Gate::Passes | Gate::Silent, goal::Severity::Block) if verdict.waiver.is_some() => "error",
        (Gate::Passes | Gate::Silent, _) => "note",
    };
    let mut lines = vec![format!("{}: {}", subject(verdict), headline(verdict, checked.currency()))];
    lines.extend(details(verdict, checked.currency()));
    let lines: Vec<String> = lines.iter().map(|line| message(line)).collect();
    let fingerprint = fingerprint(verdict);
    let mut result = json!({
        "ruleId": verdict.goal.as_str(),
        "ruleIndex": rule,
        "kind": "fail",
        "level": level,
        "message": { "text": lines.join("\n") },
        "locations": locations(&verdict.at, checked),
        // Goals by segment share a line: without a fingerprint that tells them
        // apart, code hosts take them for one finding.
        "partialFingerprints": {
            "goalAndSegment/v1": fingerprint,
            "primaryLocationLineHash": format!("{fingerprint}:1"),
        },
        "properties": {
            "verdict": verdict.kind.name(),
            "gate": verdict.gate.name(),
            "period": period(verdict),
            "segment": segment(&verdict.segment),
            "n": verdict.sample.n,
        },
    });
    if let Some(words) = left_out(verdict) {
        result["properties"]["leftOut"] = words.into();
    }
    if let Some(waiver) = &verdict.waiver {
        let why = message(&visible(&format!("{} until {}: {}", waiver.by, waiver.expires, waiver.why)));
        let mut suppression = json!({ "kind": "inSource", "status": "accepted", "justification": why });
        if let Some(place) = locations(&waiver.at, checked).into_iter().next() {
            suppression["location"] = place;
        }
        result["suppressions"] = json!([suppression]);
    }
    result
}

/// What identifies a finding from run to run: its goal and segment, whatever
/// the period and however the script moves.
fn fingerprint(verdict: &Verdict) -> String {
    let mut parts = vec![verdict.goal.as_str()];
    for (name, value) in &verdict.segment {
        parts.extend([name.as_str(), value.as_deref().unwrap_or("\u{0}")]);
    }
    // FNV-1a with 64 bits; 0xff, which no UTF-8 has, ends each part.
    let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0xff]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn invocation(checked: &Checked<'_>, goals: &[&Verdict]) -> Value {
    let (mut of_data, mut of_words) = (Vec::new(), Vec::new());
    for diagnostic in sorted(checked.diagnostics) {
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let mut text = problem(diagnostic);
        let mut found = Map::new();
        match diagnostic.at.as_ref().map(|span| (span, locations(span, checked))) {
            Some((_, places)) if !places.is_empty() => {
                found.insert("locations".to_owned(), places.into());
            }
            Some((span, _)) => text = format!("{text} (at {})", visible(&span.to_string())),
            None => {}
        }
        found.insert("descriptor".to_owned(), json!({ "id": diagnostic.code.name() }));
        found.insert("level".to_owned(), level.into());
        found.insert("message".to_owned(), json!({ "text": message(&text) }));
        let notifications = if diagnostic.code.is_data() { &mut of_data } else { &mut of_words };
        notifications.push(Value::Object(found));
    }
    // What is no result has no other place to say which rows it lost.
    for verdict in checked.verdicts().iter().filter(|verdict| !is_result(verdict)) {
        let Some(words) = left_out(verdict) else { continue };
        let text = format!("{}: {}; {words}", subject(verdict), headline(verdict, checked.currency()));
        let rule = goals.iter().position(|known| known.goal == verdict.goal).unwrap_or_default();
        of_data.push(json!({
            "associatedRule": { "id": verdict.goal.as_str(), "index": rule },
            "locations": locations(&verdict.at, checked),
            "level": "note",
            "message": { "text": message(&text) },
        }));
    }
    if !checked.is_judged() && checked.errors().is_empty() {
        of_data.push(json!({ "level": "error", "message": { "text": message(&summary(checked)) } }));
    }
    json!({
        "executionSuccessful": checked.is_judged(),
        "exitCode": checked.exit as u8,
        "exitCodeDescription": gate(checked),
        "toolExecutionNotifications": of_data,
        "toolConfigurationNotifications": of_words,
    })
}

/// A place as a list of one location; none where it is in no file of the repository.
fn locations(span: &Span, checked: &Checked<'_>) -> Vec<Value> {
    let Some(place) = checked.places.place(span) else { return Vec::new() };
    let mut physical = json!({
        "artifactLocation": { "uri": uri(&place.path), "uriBaseId": "%SRCROOT%" },
    });
    if let Some(line) = place.line {
        physical["region"] = json!({ "startLine": line });
        if let Some(column) = place.column {
            physical["region"]["startColumn"] = column.into();
        }
    }
    vec![json!({ "physicalLocation": physical })]
}

/// A path as a relative reference: every byte that is not plain is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    // A first segment with a colon would be a scheme; colons are encoded above.
    uri
}

/// A plain text message. Brackets could be a link and braces a placeholder to
/// SARIF (3.11.5, 3.11.6); they are texts here.
fn message(text: &str) -> String {
    let mut shown = text.split('\n').map(visible).collect::<Vec<_>>().join("\n");
    if shown.contains("](") {
        shown = shown.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    }
    shown.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    /// The document, once it is valid by the schema of OASIS.
    fn valid(text: &str) -> Value {
        let schema = include_str!("../../../../../tests/schemas/sarif-2.1.0.json");
        // Its pattern of languages is no valid regular expression; no document here has one.
        let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
        let schema: Value = serde_json::from_str(&schema).expect("a schema");
        let validator =
            jsonschema::options().should_validate_formats(true).build(&schema).expect("a valid schema");
        let document: Value = serde_json::from_str(text).expect("JSON");
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        document
    }

    #[test]
    fn results_follow_the_gate() {
        let report = fixture::every_kind();
        let document = valid(&check(&fixture::checked(&report)));
        let run = &document["runs"][0];
        let lines: Vec<String> = run["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|result| {
                let rule =
                    &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().expect("an index") as usize];
                assert_eq!(rule["id"], result["ruleId"]);
                let place = &result["locations"][0]["physicalLocation"];
                format!(
                    "{} {} {}:{} {}",
                    result["properties"]["verdict"],
                    result["level"],
                    place["artifactLocation"]["uri"],
                    place["region"]["startLine"],
                    result["suppressions"]
                )
            })
            .collect();
        assert_snapshot!(lines.join("\n"), @r#"
        "missed" "error" "metrics.d/goals.rhai":5 null
        "at_risk" "warning" "metrics.d/goals.rhai":36 null
        "missed" "warning" "metrics.d/goals.rhai":12 null
        "waived" "error" "metrics.d/goals.rhai":16 [{"kind":"inSource","status":"accepted","justification":"dana until 2026-09-30: the new CRM","location":{"physicalLocation":{"artifactLocation":{"uri":"metrics.d/goals.rhai","uriBaseId":"%SRCROOT%"},"region":{"startLine":20,"startColumn":1}}}}]
        "inconclusive" "warning" "metrics.d/goals.rhai":24 null
        "missed" "error" "metrics.d/goals.rhai":28 null
        "no_data" "note" "metrics.d/goals.rhai":32 null
        "incomplete" "error" "metrics.d/goals.rhai":40 null
        "incomplete" "warning" "metrics.d/goals.rhai":44 null
        "#);
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    }

    #[test]
    fn a_run_that_failed_says_so() {
        let failed = fixture::failed();
        let document = valid(&check(&fixture::broken(&failed)));
        assert_snapshot!(serde_json::to_string_pretty(&document["runs"][0]["invocations"]).expect("JSON"), @r#"
        [
          {
            "executionSuccessful": false,
            "exitCode": 2,
            "exitCodeDescription": "the gate could not be judged",
            "toolExecutionNotifications": [
              {
                "locations": [
                  {
                    "physicalLocation": {
                      "artifactLocation": {
                        "uri": "data/deals.csv",
                        "uriBaseId": "%SRCROOT%"
                      }
                    }
                  }
                ],
                "descriptor": {
                  "id": "empty-table"
                },
                "level": "error",
                "message": {
                  "text": "`deals` has no rows"
                }
              },
              {
                "locations": [
                  {
                    "physicalLocation": {
                      "artifactLocation": {
                        "uri": "data/deals.csv",
                        "uriBaseId": "%SRCROOT%"
                      },
                      "region": {
                        "startLine": 7,
                        "startColumn": 3
                      }
                    }
                  }
                ],
                "descriptor": {
                  "id": "bad-value"
                },
                "level": "warning",
                "message": {
                  "text": "3 cells of `amount` are no numbers"
                }
              }
            ],
            "toolConfigurationNotifications": [
              {
                "descriptor": {
                  "id": "unknown-goal"
                },
                "level": "error",
                "message": {
                  "text": "there is no goal `x` (at command line:1:16)"
                }
              },
              {
                "locations": [
                  {
                    "physicalLocation": {
                      "artifactLocation": {
                        "uri": "metrics.d/goals.rhai",
                        "uriBaseId": "%SRCROOT%"
                      },
                      "region": {
                        "startLine": 3,
                        "startColumn": 6
                      }
                    }
                  }
                ],
                "descriptor": {
                  "id": "unknown-name"
                },
                "level": "error",
                "message": {
                  "text": "`close_rte` is not known; not declared; help: did you mean `close_rate`?; known: close_rate"
                }
              }
            ]
          }
        ]
        "#);
    }

    #[test]
    fn hostile_texts_are_valid_and_no_links() {
        let report = fixture::hostile();
        let document = valid(&check(&fixture::checked(&report)));
        let results = document["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), report.verdicts.len());
        let mut prints: Vec<&str> = results
            .iter()
            .filter_map(|result| result["partialFingerprints"]["goalAndSegment/v1"].as_str())
            .collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), results.len(), "each its own fingerprint");
    }

    #[test]
    fn paths_are_references_and_messages_are_plain() {
        assert_eq!(uri("metrics.d/a b:ü%.rhai"), "metrics.d/a%20b%3A%C3%BC%25.rhai");
        assert_eq!(message("[x](y) {0}\u{1b}"), "\\[x\\](y) {{0}}\\\\u{{1b}}");
        assert_eq!(message("a [b] c"), "a [b] c");
    }
}
