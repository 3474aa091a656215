//! A listing of rows as CSV: one line per row, the columns of all aggregates
//! beside one another.
//!
//! Values are plain, as data; what a row adds is a number in the unit named.
//! Texts that a spreadsheet would run as a formula are made harmless.

use goalpost_core::listing::{ListedRow, RowCell, RowSection, RowsReport};

use super::human::plain;
use crate::render::csv::{document, text};

/// A listing.
pub(crate) fn rows(report: &RowsReport) -> String {
    let mut columns: Vec<&String> = Vec::new();
    for name in report.sections.iter().flat_map(|section| &section.columns) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let mut header: Vec<String> = ["aggregate", "start", "end", "left_out"].map(String::from).into();
    header.extend(columns.iter().map(|name| text(name)));
    header.extend(["adds", "unit"].map(String::from));
    let mut records = Vec::new();
    for section in &report.sections {
        records.extend(section.rows.iter().map(|row| record(section, row, "", &columns)));
        for left_out in &section.left_out {
            records.extend(left_out.rows.iter().map(|row| record(section, row, &left_out.reason, &columns)));
        }
    }
    document(header, records.into_iter())
}

fn record(section: &RowSection, row: &ListedRow, left_out: &str, columns: &[&String]) -> Vec<String> {
    let mut record = vec![
        text(&section.aggregate),
        section.start.map(|day| day.to_string()).unwrap_or_default(),
        section.end.to_string(),
        text(left_out),
    ];
    record.extend(columns.iter().map(|name| {
        let place = section.columns.iter().position(|known| known == *name);
        place.and_then(|place| row.cells.get(place)).map_or_else(String::new, cell)
    }));
    let (adds, unit) = match (&row.value, section.row_unit) {
        _ if !left_out.is_empty() => (String::new(), String::new()),
        (RowCell::Number(value), Some(unit)) => {
            let shown = unit.shown(*value).map(|value| value.normalize().to_string());
            (shown.unwrap_or_default(), unit.to_string())
        }
        (other, _) => (cell(other), String::new()),
    };
    record.extend([adds, unit]);
    record
}

fn cell(cell: &RowCell) -> String {
    match cell {
        RowCell::Nothing => String::new(),
        RowCell::Text(found) => text(found),
        RowCell::Moment(moment) => moment.to_rfc3339(),
        other => plain(other),
    }
}
