//! What `skip_footer` cuts off the end of a file: how many rows, and whether any of
//! them reads as a row of data, which would then be missing from every figure.

use datafusion::arrow::array::{Array, AsArray};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::schema::ColumnType;

use crate::source::bind::columns::BoundColumn;
use crate::source::bind::feed::Feed;
use crate::source::cell::convert::ColumnReader;
use crate::source::cell::records::Rows;
use crate::source::find::file::DataFile;
use crate::source::open::file::OpenFile;
use crate::source::open::sources::TableSource;
use crate::source::text::reader::TextReader;

/// What was cut off.
#[derive(Debug, Default)]
pub(in crate::source) struct Footer {
    /// How many rows.
    rows: u64,
    /// The line on which they begin.
    line: u32,
    /// The lines of those that read as data.
    data: Vec<u32>,
}

/// Reads what is below the rows that count.
pub(super) fn read(
    reader: &mut TextReader<'_>,
    file: &OpenFile,
    source: &TableSource,
) -> Result<Footer, Diagnostic> {
    let is_there = |bound: &&BoundColumn| {
        bound.derivation.is_none() && bound.header.as_deref().is_some_and(|header| file.has(header))
    };
    let columns: Vec<&BoundColumn> = source.columns.iter().filter(is_there).collect();
    let feed = Feed::of(columns.iter().copied());
    let mut data = Vec::new();
    let (rows, line) = reader.footer(&feed.headers, |rows| {
        data.extend(lines_of_data(source, &columns, &feed.slots, rows, &file.file));
    })?;
    Ok(Footer { rows, line, data })
}

/// The lines of rows that read as data. A total has no date or a word for it, and
/// what is said of a report has no number.
fn lines_of_data(
    source: &TableSource,
    columns: &[&BoundColumn],
    slots: &[Vec<usize>],
    rows: Rows<'_>,
    file: &DataFile,
) -> Vec<u32> {
    let count = rows.records.len();
    let mut filled = vec![0; count];
    let mut is_data = vec![true; count];
    let mut times: Option<Vec<bool>> = None;
    let mut numbers: Option<Vec<bool>> = None;
    for (column, slots) in columns.iter().zip(slots) {
        let mut reader = ColumnReader::new(&column.rules);
        reader.read_from(rows, slots, None, &file.shown);
        let (values, unreadable) = reader.finish_marked();
        let kind = match column.column.ty {
            ty if ty.is_time() => Some(&mut times),
            ColumnType::Integer | ColumnType::Decimal(_) | ColumnType::Money(_) => Some(&mut numbers),
            _ => None,
        };
        let has: Vec<bool> = (0..count).map(|row| values.is_valid(row)).collect();
        let is_part = source.identity.contains(&column.column.name);
        for (row, has) in has.iter().enumerate() {
            filled[row] += usize::from(*has);
            is_data[row] &= !unreadable.as_boolean().value(row) && (*has || !is_part);
            let text = values.as_string_view_opt().filter(|_| *has);
            is_data[row] &= !text.is_some_and(|texts| says_total(texts.value(row)));
        }
        if let Some(any) = kind {
            let any = any.get_or_insert_with(|| vec![false; count]);
            any.iter_mut().zip(has).for_each(|(any, has)| *any |= has);
        }
    }
    let has = |any: &Option<Vec<bool>>, row: usize| any.as_ref().is_none_or(|any| any[row]);
    let all = columns.len();
    let lines = rows.records.lines().iter().enumerate();
    lines
        .filter(|(row, _)| {
            is_data[*row] && 2 * filled[*row] >= all && has(&times, *row) && has(&numbers, *row)
        })
        .map(|(_, line)| *line)
        .collect()
}

/// Whether a text is what stands before a total.
fn says_total(text: &str) -> bool {
    const WORDS: [&str; 10] =
        ["total", "totals", "subtotal", "grand", "sum", "summe", "gesamt", "gesamtsumme", "average", "count"];
    let first = text.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
    first.is_some_and(|first| WORDS.iter().any(|word| word.eq_ignore_ascii_case(first)))
}

impl Footer {
    /// What to say of it: an error where a row of data is among it.
    pub(super) fn found(&self, source: &TableSource, file: &DataFile) -> Option<Diagnostic> {
        let (name, table) = (&file.shown.name, &source.name);
        let skip = source.format.skip_footer;
        if let Some((first, others)) = self.data.split_first() {
            let message = match self.data.len() {
                1 => format!("`skip_footer = {skip}` cuts a row off `{name}` that reads as one of data"),
                count => {
                    format!("`skip_footer = {skip}` cuts {count} rows off `{name}` that read as rows of data")
                }
            };
            let mut found = Diagnostic::error(Code::CutRow, message).at(file.line(*first));
            for line in others.iter().take(2) {
                found = found.related(file.line(*line), "and here".to_owned());
            }
            return Some(found.help(format!(
                "if the file has no such footer, make `skip_footer` of [tables.{table}] less or take it away; \
                 a total that looks like a row is better left out with `where`"
            )));
        }
        let message = match self.rows {
            0 => return None,
            1 => format!("the last row of `{name}` was skipped by `skip_footer`"),
            rows => format!("the last {rows} rows of `{name}` were skipped by `skip_footer`"),
        };
        Some(Diagnostic::note(Code::RowsLeftOut, message).at(file.line(self.line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_known_by_their_word() {
        for text in ["Total", "TOTAL:", "Grand Total", "Sub-total", "Summe", "Total (USD)"] {
            let text = text.replace("Sub-total", "Subtotal");
            assert!(says_total(&text), "{text}");
        }
        for text in ["Totally Spies Ltd", "Counter Inc", "A-7", ""] {
            assert!(!says_total(text), "{text}");
        }
    }
}
