//! The types of columns that nobody declared: Parquet says its own, those of
//! texts are guessed from the cells of the first rows.

use datafusion::arrow::datatypes::DataType;
use goalpost_core::config::FileFormat;
use goalpost_core::schema::{ColumnType, Odd, Untyped};

use super::file::OpenFile;
use crate::source::bind::columns::{BoundColumn, Typing};
use crate::source::bind::feed::Feed;
use crate::source::cell::infer::{Guess, Why};
use crate::source::cell::records::{Records, Rows};
use crate::source::parquet;
use crate::source::text::reader::{SAMPLE, TextReader};

/// Tables whose texts are no larger than this are looked at as a whole to guess types.
const WHOLE: u64 = 8 << 20;

/// Settles the types that nobody declared; says how many rows there are, where
/// looking at the data has shown it.
pub(super) fn settle(columns: &mut [BoundColumn], files: &[OpenFile], format: &FileFormat) -> Option<u64> {
    if files.iter().all(|file| file.parquet.is_some()) {
        for column in columns.iter_mut() {
            settle_parquet(column, files);
            keep_decimals(column, files);
        }
        return Some(
            files.iter().filter_map(|file| file.parquet.as_ref()).map(parquet::Contents::rows).sum(),
        );
    }
    let open: Vec<usize> =
        (0..columns.len()).filter(|&i| matches!(columns[i].typing, Typing::Open | Typing::Time)).collect();
    let (types, rows) = guess(columns, &open, files, format);
    for (&i, (ty, why)) in open.iter().zip(types) {
        columns[i].set_type(ty);
        let blank = if rows.is_some() { Untyped::Blank } else { Untyped::BlankSoFar };
        columns[i].column.untyped = why.map(|why| untyped(why, files, blank, columns[i].private));
    }
    rows
}

fn untyped(why: Why, files: &[OpenFile], blank: Untyped, is_private: bool) -> Untyped {
    let Why::But { stray, others, count, of } = why else { return blank };
    let (file, line) = stray.place;
    let Some(file) = files.get(file).map(|file| &file.file) else { return blank };
    let at = if line == 0 { file.whole() } else { file.line(line) };
    Untyped::Odd(Odd { at, text: (!is_private).then_some(stray.text), others, count, of })
}

fn settle_parquet(column: &mut BoundColumn, files: &[OpenFile]) {
    // A time that may stand in several columns is as fine as the first of them.
    let header = match column.typing {
        Typing::Time => column.time_headers().into_iter().next(),
        _ => column.header.clone(),
    };
    let header = header.unwrap_or_default();
    let first = files.iter().find_map(|file| {
        let contents = file.parquet.as_ref()?;
        let index = contents.position(&header)?;
        Some((file, contents, index))
    });
    let Some((file, contents, index)) = first else { return };
    let Some(field) = contents.fields().get(index) else { return };
    let natural = field.natural;
    if field.ty == DataType::Null && column.typing == Typing::Open {
        column.column.untyped = Some(Untyped::Blank);
    }
    let ty = match column.typing {
        Typing::Time | Typing::Open if natural.is_time() && column.rules.values.is_empty() => {
            // The file says so itself; a number that is no time does not show otherwise.
            column.typing = Typing::Declared;
            natural
        }
        Typing::Time if natural.is_time() => natural,
        Typing::Time => {
            let mut guess = Guess::new(&column.rules);
            // What cannot be read now is reported when the table is.
            let _ =
                parquet::sample_texts(&file.file, contents, index, SAMPLE, |text| guess.see(text, (0, 0)));
            guess.time()
        }
        Typing::Open if column.rules.values.is_empty() => natural,
        Typing::Open => ColumnType::Text,
        Typing::Declared | Typing::Key => return,
    };
    column.set_type(ty);
}

/// Lets a column keep the decimals that its files keep, where it can then be
/// scanned where it is. Others turn out when they are read.
fn keep_decimals(column: &mut BoundColumn, files: &[OpenFile]) {
    let Some(header) = column.header.clone() else { return };
    for contents in files.iter().filter_map(|file| file.parquet.as_ref()) {
        let field = contents.position(&header).and_then(|index| contents.fields().get(index));
        let Some(DataType::Decimal128(digits, scale)) = field.map(|field| &field.ty) else { continue };
        let Ok(scale) = u8::try_from(*scale) else { continue };
        if scale <= ColumnType::MOST_DECIMALS && digits.saturating_sub(scale) <= ColumnType::WHOLE_DIGITS {
            column.widen(scale);
        }
    }
}

/// Guesses the types of some columns from texts.
fn guess(
    columns: &[BoundColumn],
    open: &[usize],
    files: &[OpenFile],
    format: &FileFormat,
) -> (Vec<(ColumnType, Option<Why>)>, Option<u64>) {
    let mut guesses: Vec<Guess<'_>> = open.iter().map(|&i| Guess::new(&columns[i].rules)).collect();
    let most = sampled(files);
    let mut rows = Some(0);
    for (number, file) in files.iter().enumerate() {
        let wanted: Vec<(usize, &BoundColumn)> = open
            .iter()
            .enumerate()
            .map(|(g, &i)| (g, &columns[i]))
            .filter(|(_, column)| column.headers().all(|header| file.has(header)))
            .collect();
        let seen = match &file.parquet {
            Some(contents) => {
                for &(g, column) in &wanted {
                    let Some(header) = column.header.as_deref() else { continue };
                    let index = contents.position(header);
                    let see = |text: &str| guesses[g].see(text, (number, 0));
                    // What cannot be read now is reported when the table is.
                    let _ =
                        index.map(|index| parquet::sample_texts(&file.file, contents, index, SAMPLE, see));
                }
                Some(contents.rows())
            }
            None => look((number, file), format, &wanted, &mut guesses, most),
        };
        rows = rows.zip(seen).map(|(rows, seen)| rows + seen);
    }
    let types = guesses.iter().zip(open).map(|(guess, &i)| match columns[i].typing {
        Typing::Time => (guess.time(), None),
        _ => (guess.any(), guess.why_text()),
    });
    (types.collect(), rows)
}

/// How many rows of each file are looked at.
pub(super) fn sampled(files: &[OpenFile]) -> u64 {
    let size: u64 = files.iter().map(|file| file.file.size).sum();
    if size <= WHOLE { u64::MAX } else { (SAMPLE / files.len().max(1)).max(1_000) as u64 }
}

/// Shows rows of a file to the guesses; says how many there are if those were all.
fn look(
    (number, file): (usize, &OpenFile),
    format: &FileFormat,
    wanted: &[(usize, &BoundColumn)],
    guesses: &mut [Guess<'_>],
    most: u64,
) -> Option<u64> {
    let feed = Feed::of(wanted.iter().map(|(_, column)| *column));
    let mut reader = TextReader::open(&file.file, format, &feed.headers, None).ok()?;
    let mut records = Records::new(feed.headers.len());
    let mut seen = 0;
    while let Some(rows) = reader.rows(&mut records).ok()? {
        for (&(g, column), slots) in wanted.iter().zip(&feed.slots) {
            let mut see = |rows: Rows<'_>, slot: usize| {
                rows.column(slot).for_each(|(line, cell)| guesses[g].see(cell.text, (number, line)));
            };
            match &column.derivation {
                None => slots.iter().for_each(|&slot| see(rows, slot)),
                Some(derivation) => {
                    let mut times = column.rules.times();
                    let derived = derivation.derive(rows, slots, &column.rules, &mut times);
                    see(Rows { text: "", records: &derived }, 0);
                }
            }
        }
        seen += rows.records.len() as u64;
        if seen >= most {
            return None;
        }
    }
    Some(seen)
}
