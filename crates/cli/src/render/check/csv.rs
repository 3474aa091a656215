//! Verdicts as CSV: one line each.
//!
//! Values are plain numbers in the metric's unit (percentages as fractions).
//! Texts that a spreadsheet would run as a formula are made harmless. A run
//! that failed has a line per error, with the verdict `error`, so that it is
//! not a table of nothing missed.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::report::{Aim, Verdict};
use goalpost_core::segment::label;

use super::Checked;
use super::words::problem;
use crate::render::csv::{document, left_out, text};

const HEADER: [&str; 27] = [
    "goal", "metric", "grain", "period", "start", "end", "segment", "verdict", "gate", "severity", "value",
    "target", "limit", "stretch", "low", "high", "unit", "currency", "n", "reason", "left_out", "owner",
    "due", "tags", "area", "file", "line",
];

/// A check.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let errors = checked.errors().into_iter().map(error);
    let verdicts = checked.verdicts().iter().map(|verdict| record(verdict, checked.currency()));
    document(HEADER.map(String::from).into(), errors.chain(verdicts).map(Vec::from))
}

fn record(verdict: &Verdict, currency: &str) -> [String; 27] {
    let number = |base: Option<Decimal>| {
        let shown = base.and_then(|base| verdict.unit.shown(base));
        shown.map(|value| value.normalize().to_string()).unwrap_or_default()
    };
    let (target, limit, stretch, low, high) = match verdict.aim {
        Aim::Levels { target, limit, stretch, .. } => (target, limit, stretch, None, None),
        Aim::Between { low, high } => (None, None, None, low, high),
        Aim::Check => (None, None, None, None, None),
    };
    let period = verdict.period.as_ref();
    let parts: Vec<String> =
        verdict.segment.iter().map(|(name, value)| format!("{name}={}", label(value.as_deref()))).collect();
    let currency = if verdict.unit.kind().money == 0 { "" } else { currency };
    [
        text(verdict.goal.as_str()),
        text(verdict.metric.as_str()),
        verdict.every.to_string(),
        period.map(|period| period.label.clone()).unwrap_or_default(),
        period.and_then(|period| period.start).map(|day| day.to_string()).unwrap_or_default(),
        period.map(|period| period.end.to_string()).unwrap_or_default(),
        text(&parts.join("; ")),
        verdict.kind.name().to_owned(),
        verdict.gate.name().to_owned(),
        verdict.severity.name().to_owned(),
        number(verdict.value),
        number(target),
        number(limit),
        number(stretch),
        number(low),
        number(high),
        verdict.unit.to_string(),
        currency.to_owned(),
        verdict.n().to_string(),
        text(&verdict.reason),
        left_out(&verdict.sample),
        text(verdict.owner.as_deref().unwrap_or_default()),
        text(verdict.due.as_deref().unwrap_or_default()),
        text(&verdict.tags.join("; ")),
        text(&verdict.area),
        text(&verdict.at.file.name),
        verdict.at.line.to_string(),
    ]
}

fn error(diagnostic: &Diagnostic) -> [String; 27] {
    let mut record: [String; 27] = std::array::from_fn(|_| String::new());
    let place = diagnostic.at.as_ref();
    let fields = [
        ("verdict", "error".to_owned()),
        ("reason", text(&format!("{}: {}", diagnostic.code.name(), problem(diagnostic)))),
        ("file", place.map(|span| text(&span.file.name)).unwrap_or_default()),
        ("line", place.filter(|span| span.line > 0).map(|span| span.line.to_string()).unwrap_or_default()),
    ];
    for (name, value) in fields {
        if let Some(index) = HEADER.iter().position(|column| *column == name) {
            record[index] = value;
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    fn column<'a>(records: &'a [csv::StringRecord], name: &str) -> Vec<&'a str> {
        let index = HEADER.iter().position(|column| *column == name).expect("a column");
        records.iter().map(|record| &record[index]).collect()
    }

    fn read(text: &str) -> Vec<csv::StringRecord> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().expect("a header"), HEADER.as_slice());
        reader.records().map(|record| record.expect("as long as the header")).collect()
    }

    #[test]
    fn every_verdict_is_a_line() {
        let report = fixture::every_kind();
        assert_snapshot!(check(&fixture::checked(&report)), @r#"
        goal,metric,grain,period,start,end,segment,verdict,gate,severity,value,target,limit,stretch,low,high,unit,currency,n,reason,left_out,owner,due,tags,area,file,line
        close_rate,close_rate,month,2026-02,2026-02-01,2026-03-01,,met,passes,block,0.25,0.25,0.2,0.3,,,percent,,1204,at or above the target,,sales-ops,2026-12-31,,sales,metrics.d/goals.rhai,3
        close rate by region,close_rate,month,2026-02,2026-02-01,2026-03-01,region=EMEA,missed,fails,block,0.199999,0.25,0.2,,,,percent,,1204,below the limit,,sales-ops,2026-12-31,board; q1,sales,metrics.d/goals.rhai,5
        resolution_time,resolution_time,month,2026-02,2026-02-01,2026-03-01,,at_risk,warns,block,5,4,8,,,,hours,,1204,between limit and target,,,,,service,metrics.d/goals.rhai,36
        won_revenue,won_revenue,month,2026-02,2026-02-01,2026-03-01,,pending,silent,block,400000,1000000,1000000,,,,money,USD,1204,2026-02 is not over; behind,,sales-ops,2026-12-31,,sales,metrics.d/goals.rhai,9
        deal_size,won_revenue,month,2026-02,2026-02-01,2026-03-01,,missed,warns,advise,900,1200,1000,,,,money,USD,1204,below the limit,,sales-ops,2026-12-31,,service,metrics.d/goals.rhai,12
        close_rate_waived,close_rate,month,2026-02,2026-02-01,2026-03-01,region=EMEA,waived,passes,block,0.199999,0.25,0.2,,,,percent,,1204,below the limit,,sales-ops,2026-12-31,board; q1,sales,metrics.d/goals.rhai,16
        discount,discount,month,2026-02,2026-02-01,2026-03-01,,inconclusive,warns,block,0.3,,,,0.2,0.4,percent,,11,11 rows are too few to tell,,sales-ops,2026-12-31,,sales,metrics.d/goals.rhai,24
        mix,mix,month,2026-02,2026-02-01,2026-03-01,,missed,fails,block,0.5,,,,,,percent,,1204,half of it is one customer,,sales-ops,2026-12-31,,sales,metrics.d/goals.rhai,28
        quiet,close_rate,month,,,,,no_data,silent,block,,0.25,0.2,,,,percent,,0,no ended deals,,sales-ops,2026-12-31,,sales,metrics.d/goals.rhai,32
        partial,close_rate,month,2026-02,2026-02-01,2026-03-01,,incomplete,fails,block,0.25,0.25,0.2,0.3,,,percent,,60,"40 % of the rows were left out (no amount: 40), and at most 5 % may be",deals: no amount: 40 of 100,sales-ops,2026-12-31,,sales,metrics.d/goals.rhai,40
        partly,close_rate,month,2026-02,2026-02-01,2026-03-01,,incomplete,warns,block,0.25,0.25,0.2,0.3,,,percent,,60,"40 % of the rows were left out (no amount: 40), and at most 5 % may be",deals: no amount: 40 of 100,sales-ops,2026-12-31,,sales,metrics.d/goals.rhai,44
        "#);
    }

    #[test]
    fn a_run_that_failed_has_its_errors() {
        let failed = fixture::failed();
        assert_snapshot!(check(&fixture::broken(&failed)), @"
        goal,metric,grain,period,start,end,segment,verdict,gate,severity,value,target,limit,stretch,low,high,unit,currency,n,reason,left_out,owner,due,tags,area,file,line
        ,,,,,,,error,,,,,,,,,,,,unknown-goal: there is no goal `x`,,,,,,command line,1
        ,,,,,,,error,,,,,,,,,,,,empty-table: `deals` has no rows,,,,,,data/deals.csv,
        ,,,,,,,error,,,,,,,,,,,,unknown-name: `close_rte` is not known; not declared; help: did you mean `close_rate`?; known: close_rate,,,,,,metrics.d/goals.rhai,3
        ");
    }

    #[test]
    fn no_cell_is_a_formula() {
        let report = fixture::hostile();
        let records = read(&check(&fixture::checked(&report)));
        assert_eq!(records.len(), report.verdicts.len());
        for cell in records.iter().flat_map(|record| record.iter()) {
            assert!(!cell.starts_with(['=', '+', '@', '\t', '\r']), "{cell:?}");
        }
        assert!(column(&records, "goal").contains(&"'=cmd|' /C calc'!A1"));
    }
}
