//! The rows behind a value, for people: a table per aggregate, then what is left out.

use std::fmt::Write as _;

use goalpost_core::Decimal;
use goalpost_core::listing::{ListedRow, RowCell, RowSection, RowsReport};
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::segment::label;
use goalpost_core::unit::Unit;

use crate::escape::visible;
use crate::format::{self, Format};
use crate::render::grid::{Column, Grid};
use crate::render::table;

/// How a column that is marked private is shown.
pub(crate) const PRIVATE: &str = "(private)";
/// The mark of a cell without a value.
const NOTHING: &str = "–";

/// A listing.
pub(crate) fn rows(report: &RowsReport) -> String {
    let segment: Vec<String> = report
        .segment
        .iter()
        .map(|(name, value)| format!(", {name} = {}", label(value.as_deref())))
        .collect();
    let value = computed(report, &report.value, report.unit);
    let mut text = format!(
        "{} {}{}: {}\n",
        visible(report.metric.as_str()),
        report.period,
        visible(&segment.concat()),
        visible(&value)
    );
    let _ = writeln!(text, "{}", visible(&report.formula));
    if !report.by.is_empty() {
        let names = report.dimensions.iter().map(|name| Column::left(name.to_string()));
        let columns = names.chain([Column::right("value"), Column::right("n")]).collect();
        let mut grid = Grid { columns, ..Grid::default() };
        for (key, found) in &report.by {
            let mut row: Vec<String> = key
                .iter()
                .map(|cell| match cell {
                    RowCell::Nothing => label(None).into_owned(),
                    RowCell::Text(text) => label(Some(text)).into_owned(),
                    cell => plain(cell),
                })
                .collect();
            row.extend([computed(report, found, report.unit), format::count(found.n())]);
            grid.rows.push(row);
        }
        let _ = write!(text, "\n{}", table::grid(&grid));
    }
    for section in &report.sections {
        let _ = write!(text, "\n{}", one(report, section));
    }
    let _ = writeln!(text, "\nas of {}", report.as_of);
    text
}

fn one(report: &RowsReport, section: &RowSection) -> String {
    let mut text = format!("{}\n", visible(&section.aggregate));
    let _ = writeln!(
        text,
        "{}, {}: {}",
        section.window,
        visible(&section.placed),
        visible(&total(report, section))
    );
    if section.more_windows > 0 {
        let _ = writeln!(text, "({} earlier windows are not listed)", section.more_windows);
    }
    if !section.rows.is_empty() {
        let _ = write!(text, "\n{}", listed(report, section, &section.rows, Some("adds")));
        text.push_str(&more(section.rows.len(), section.count));
    }
    for left_out in &section.left_out {
        let _ = writeln!(text, "\nleft out, {}: {}", visible(&left_out.reason), counted(left_out.count));
        text.push_str(&listed(report, section, &left_out.rows, None));
        text.push_str(&more(left_out.rows.len(), left_out.count));
    }
    text
}

/// What the rows of a section come to.
fn total(report: &RowsReport, section: &RowSection) -> String {
    let value = computed(report, &section.value, section.unit);
    let rows = counted(section.count);
    if let Outcome::NoData(_) = section.value.outcome {
        return value;
    }
    match (section.sum, section.row_unit) {
        (Some(sum), Some(_)) if section.value.outcome.value() == Some(sum) => {
            format!("{rows}, together {value}")
        }
        (Some(sum), Some(unit)) => format!("{rows}, together {}: {value}", number(report, sum, unit)),
        _ => format!("{rows}: {value}"),
    }
}

fn counted(count: u64) -> String {
    format!("{} row{}", format::count(count), if count == 1 { "" } else { "s" })
}

fn more(shown: usize, count: u64) -> String {
    match count.saturating_sub(shown as u64) {
        0 => String::new(),
        more => format!("and {} more\n", format::count(more)),
    }
}

fn listed(report: &RowsReport, section: &RowSection, rows: &[ListedRow], adds: Option<&str>) -> String {
    let is_number = |place: usize| {
        let found =
            rows.iter().find_map(|row| row.cells.get(place).filter(|cell| **cell != RowCell::Nothing));
        matches!(found, Some(RowCell::Number(_)))
    };
    let column = |(place, name): (usize, &String)| {
        if is_number(place) { Column::right(name.clone()) } else { Column::left(name.clone()) }
    };
    let mut grid =
        Grid { columns: section.columns.iter().enumerate().map(column).collect(), ..Grid::default() };
    grid.columns.extend(adds.map(Column::right));
    for row in rows {
        let mut cells: Vec<String> = row.cells.iter().map(plain).collect();
        cells.extend(adds.map(|_| match (&row.value, section.row_unit) {
            (RowCell::Number(value), Some(unit)) => number(report, *value, unit),
            (other, _) => plain(other),
        }));
        grid.rows.push(cells);
    }
    table::grid(&grid)
}

fn computed(report: &RowsReport, computed: &Computed, unit: Unit) -> String {
    match &computed.outcome {
        Outcome::Value(value) => number(report, value.decimal().unwrap_or_default(), unit),
        Outcome::NoData(why) => format!("no data, {why}"),
        Outcome::Undefined(why) => format!("undefined, {why}"),
    }
}

fn number(report: &RowsReport, value: Decimal, unit: Unit) -> String {
    Format { unit, currency: &report.currency }.value(value)
}

/// A cell as it is, without a unit.
pub(crate) fn plain(cell: &RowCell) -> String {
    match cell {
        RowCell::Nothing => NOTHING.to_owned(),
        RowCell::Private => PRIVATE.to_owned(),
        // A text that is the mark of nothing is not nothing.
        RowCell::Text(text) if text == NOTHING => format!("\"{text}\""),
        RowCell::Text(text) => text.clone(),
        RowCell::Truth(truth) => truth.to_string(),
        RowCell::Number(number) => number.normalize().to_string(),
        RowCell::Day(day) => day.to_string(),
        RowCell::Moment(moment) => moment.format("%Y-%m-%d %H:%M:%S").to_string(),
    }
}
