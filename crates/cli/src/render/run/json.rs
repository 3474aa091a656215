//! A run as JSON: schema `goalpost/run/2`, see `crates/cli/schemas/run.schema.json`.

use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::report::{Cell, RunReport};
use serde_json::{Value, json};

use super::status;
use crate::render::json::{Field, amount, diagnostics, document, float, inputs, period, segment, shown};

/// A run.
pub(crate) fn run(report: &RunReport) -> String {
    document(vec![
        ("schema", Field::One("goalpost/run/2".into())),
        ("as_of", Field::One(report.as_of.clone().into())),
        ("cells", Field::Records(report.cells.iter().map(|one| cell(report, one)).collect())),
        ("diagnostics", Field::Records(diagnostics(&report.diagnostics))),
    ])
}

/// A run that came to nothing, with the reasons.
pub(crate) fn failed(found: &[Diagnostic]) -> String {
    document(vec![
        ("schema", Field::One("goalpost/run/2".into())),
        ("as_of", Field::One(Value::Null)),
        ("cells", Field::Records(Vec::new())),
        ("diagnostics", Field::Records(diagnostics(found))),
    ])
}

fn cell(report: &RunReport, cell: &Cell) -> Value {
    let base = cell.computed.outcome.value();
    let status = status(cell);
    let mut record = json!({
        "metric": cell.metric.as_str(),
        "grain": cell.period.grain.name(),
        "period": period(Some(&cell.period)),
        "segment": segment(&cell.segment),
        "value": shown(base, cell.unit),
        "unit": cell.unit.to_string(),
        "n": cell.computed.sample.n,
        "status": status.name,
        "reason": status.reason,
        "inputs": inputs(&cell.computed.sample),
        "interval": cell.computed.interval.map(|(low, high)| [float(low), float(high)]),
    });
    if cell.unit.kind().money != 0 {
        record["amount"] = amount(base, cell.unit, &report.currency);
        record["currency"] = report.currency.clone().into();
    }
    record
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn a_run_is_one_record_per_cell() {
        assert_snapshot!(run(&fixture::run()), @r#"
        {
          "schema": "goalpost/run/2",
          "as_of": "2026-03-15T00:00:00+00:00",
          "cells": [
            {"metric":"close_rate","grain":"month","period":{"label":"2026-01","start":"2026-01-01","end":"2026-02-01"},"segment":{"region":"=EMEA|\u001b[31m"},"value":0.625,"unit":"percent","n":1204,"status":"ok","reason":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":[0.25,0.875]},
            {"metric":"close_rate","grain":"month","period":{"label":"2026-01","start":"2026-01-01","end":"2026-02-01"},"segment":{"region":null},"value":0.625,"unit":"percent","n":1204,"status":"ok","reason":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":[0.25,0.875]},
            {"metric":"close_rate","grain":"month","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{"region":"=EMEA|\u001b[31m"},"value":0.625,"unit":"percent","n":1204,"status":"ok","reason":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":[0.25,0.875]},
            {"metric":"close_rate","grain":"month","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{"region":null},"value":null,"unit":"percent","n":1204,"status":"undefined","reason":"no ended deals","inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":null},
            {"metric":"close_rate","grain":"month","period":{"label":"2026-03","start":"2026-03-01","end":"2026-04-01"},"segment":{"region":"=EMEA|\u001b[31m"},"value":0.625,"unit":"percent","n":1204,"status":"pending","reason":"the period is not over","inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":[0.25,0.875]},
            {"metric":"close_rate","grain":"month","period":{"label":"2026-03","start":"2026-03-01","end":"2026-04-01"},"segment":{"region":null},"value":0.625,"unit":"percent","n":1204,"status":"pending","reason":"the period is not over","inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":[0.25,0.875]},
            {"metric":"won_revenue","grain":"month","period":{"label":"2026-01","start":"2026-01-01","end":"2026-02-01"},"segment":{"region":"=EMEA|\u001b[31m"},"value":-1234.5,"unit":"money","n":1204,"status":"ok","reason":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":null,"amount":"-1234.50","currency":"USD"},
            {"metric":"won_revenue","grain":"month","period":{"label":"2026-01","start":"2026-01-01","end":"2026-02-01"},"segment":{"region":null},"value":null,"unit":"money","n":1204,"status":"no_data","reason":"the data starts on 2026-01-15","inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":null,"amount":null,"currency":"USD"},
            {"metric":"won_revenue","grain":"month","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{"region":"=EMEA|\u001b[31m"},"value":10005534,"unit":"money","n":1204,"status":"ok","reason":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1207,"left_out":[{"why":"blank","column":"amount","rows":3}]}],"interval":null,"amount":"10005534.00","currency":"USD"},
            {"metric":"won_revenue","grain":"month","period":{"label":"2026-02","start":"2026-02-01","end":"2026-03-01"},"segment":{"region":null},"value":10005534,"unit":"money","n":1204,"status":"ok","reason":null,"inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1207,"left_out":[{"why":"blank","column":"amount","rows":3}]}],"interval":null,"amount":"10005534.00","currency":"USD"},
            {"metric":"won_revenue","grain":"month","period":{"label":"2026-03","start":"2026-03-01","end":"2026-04-01"},"segment":{"region":"=EMEA|\u001b[31m"},"value":10005534,"unit":"money","n":1204,"status":"pending","reason":"the period is not over","inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":null,"amount":"10005534.00","currency":"USD"},
            {"metric":"won_revenue","grain":"month","period":{"label":"2026-03","start":"2026-03-01","end":"2026-04-01"},"segment":{"region":null},"value":10005534,"unit":"money","n":1204,"status":"pending","reason":"the period is not over","inputs":[{"table":"deals","rows":"won deals","n":1204,"looked_at":1204,"left_out":[]}],"interval":null,"amount":"10005534.00","currency":"USD"}
          ],
          "diagnostics": [
            {"code":"bad-value","severity":"warning","message":"3 cells of `amount` are no numbers","file":null,"line":null,"column":null,"label":null,"help":null}
          ]
        }
        "#);
    }
}
