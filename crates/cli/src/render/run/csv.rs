//! A run as CSV: one line per metric, period and segment.
//!
//! Values are plain numbers in the metric's unit (percentages as fractions).

use goalpost_core::report::{Cell, RunReport};
use goalpost_core::segment::label;

use super::grid::dimensions;
use super::{Status, status};
use crate::render::csv::{document, left_out, text};

/// A run.
pub(crate) fn run(report: &RunReport) -> String {
    let mut header: Vec<String> = ["metric", "grain", "period", "start", "end"].map(String::from).into();
    header.extend(dimensions(report).iter().map(|name| text(name)));
    header.extend(["value", "unit", "currency", "n", "status", "reason", "left_out"].map(String::from));
    document(header, report.cells.iter().map(|cell| record(report, cell)))
}

fn record(report: &RunReport, cell: &Cell) -> Vec<String> {
    let period = &cell.period;
    let mut record = vec![
        text(cell.metric.as_str()),
        period.grain.to_string(),
        period.label.clone(),
        period.start.map(|day| day.to_string()).unwrap_or_default(),
        period.end.to_string(),
    ];
    record.extend(cell.segment.iter().map(|(_, value)| text(&label(value.as_deref()))));
    let shown = cell.computed.outcome.value().and_then(|base| cell.unit.shown(base));
    let currency = if cell.unit.kind().money == 0 { "" } else { report.currency.as_str() };
    let Status { name, reason } = status(cell);
    record.extend([
        shown.map(|value| value.normalize().to_string()).unwrap_or_default(),
        cell.unit.to_string(),
        currency.to_owned(),
        cell.computed.n().to_string(),
        name.to_owned(),
        text(reason.unwrap_or_default()),
        left_out(&cell.computed.sample),
    ]);
    record
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn a_run_is_one_line_per_cell() {
        assert_snapshot!(run(&fixture::run()), @r"
        metric,grain,period,start,end,region,value,unit,currency,n,status,reason,left_out
        close_rate,month,2026-01,2026-01-01,2026-02-01,'=EMEA|\u{1b}[31m,0.625,percent,,1204,ok,,
        close_rate,month,2026-01,2026-01-01,2026-02-01,(none),0.625,percent,,1204,ok,,
        close_rate,month,2026-02,2026-02-01,2026-03-01,'=EMEA|\u{1b}[31m,0.625,percent,,1204,ok,,
        close_rate,month,2026-02,2026-02-01,2026-03-01,(none),,percent,,1204,undefined,no ended deals,
        close_rate,month,2026-03,2026-03-01,2026-04-01,'=EMEA|\u{1b}[31m,0.625,percent,,1204,pending,the period is not over,
        close_rate,month,2026-03,2026-03-01,2026-04-01,(none),0.625,percent,,1204,pending,the period is not over,
        won_revenue,month,2026-01,2026-01-01,2026-02-01,'=EMEA|\u{1b}[31m,-1234.5,money,USD,1204,ok,,
        won_revenue,month,2026-01,2026-01-01,2026-02-01,(none),,money,USD,1204,no_data,the data starts on 2026-01-15,
        won_revenue,month,2026-02,2026-02-01,2026-03-01,'=EMEA|\u{1b}[31m,10005534,money,USD,1204,ok,,deals: no amount: 3 of 1207
        won_revenue,month,2026-02,2026-02-01,2026-03-01,(none),10005534,money,USD,1204,ok,,deals: no amount: 3 of 1207
        won_revenue,month,2026-03,2026-03-01,2026-04-01,'=EMEA|\u{1b}[31m,10005534,money,USD,1204,pending,the period is not over,
        won_revenue,month,2026-03,2026-03-01,2026-04-01,(none),10005534,money,USD,1204,pending,the period is not over,
        ");
    }
}
