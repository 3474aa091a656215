//! Parquet columns that do not fit, converted value by value.
//!
//! Texts follow the rules of `cell`. Numbers and times that already have a type
//! keep their value exactly, or the cell is bad; binary floats follow the rule of
//! their texts.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Builder, Float64Array, Int32Array, LargeStringArray,
    RecordBatch, StringArray, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::schema::ColumnType;
use goalpost_core::source::SourceFile;

use super::coded::coded_reader;
use super::damage::unreadable;
use super::fields::{Field, is_bytes};
use super::open::Contents;
use super::times::{self, Count};
use crate::source::bind::columns::BoundColumn;
use crate::source::cell::CellRules;
use crate::source::cell::convert::{BadCells, Builder, ColumnReader};
use crate::source::cell::derive::Derivation;
use crate::source::cell::number::{self, BadNumber};
use crate::source::cell::records::{Records, Rows};
use crate::source::find::file::DataFile;
use crate::source::keep::batches::BATCH;

/// The row groups of a file in so many runs of about equal length.
pub(in crate::source) fn row_groups(contents: &Contents, runs: usize) -> Vec<Range<usize>> {
    let groups = groups(contents);
    let each = groups.div_ceil(runs.max(1)).max(1);
    (0..groups).step_by(each).map(|from| from..(from + each).min(groups)).collect()
}

/// How many row groups a file has.
pub(in crate::source) fn groups(contents: &Contents) -> usize {
    contents.metadata.metadata().num_row_groups()
}

/// Where a column comes from.
pub(in crate::source) struct Origin<'a> {
    /// The columns of the file.
    fields: Vec<Field>,
    /// How its cells come from theirs, where it is not one of them.
    derivation: Option<&'a Derivation>,
}

impl<'a> Origin<'a> {
    /// Where a column comes from in a file.
    pub(in crate::source) fn of(column: &'a BoundColumn, contents: &Contents) -> Self {
        let field = |header: &str| contents.fields().get(contents.position(header)?).cloned();
        Self {
            fields: column.headers().filter_map(field).collect(),
            derivation: column.derivation.as_deref(),
        }
    }
}

/// Some rows of a file, as they are read.
pub(in crate::source) struct Arrived<'f> {
    file: &'f DataFile,
    /// The fields that were read, in the order of the file.
    order: &'f [usize],
    batch: RecordBatch,
    rows: Vec<u32>,
}

impl Arrived<'_> {
    /// The number of each row in its file.
    pub(in crate::source) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Keeps the rows for which this is true, one truth for each.
    pub(in crate::source) fn retain(&mut self, kept: &[bool]) -> Result<(), Diagnostic> {
        let mask = BooleanArray::from(kept.to_vec());
        self.batch =
            filter_record_batch(&self.batch, &mask).map_err(|error| unreadable(self.file, &error))?;
        let mut kept = kept.iter();
        self.rows.retain(|_| kept.next().copied().unwrap_or_default());
        Ok(())
    }

    /// The values of the field that a column is, where it is one field and nothing else.
    pub(in crate::source) fn values(&self, origin: &Origin<'_>) -> Option<ArrayRef> {
        if origin.derivation.is_some() {
            return None;
        }
        <[ArrayRef; 1]>::try_from(self.fields(origin).ok()?).ok().map(|[values]| values)
    }

    /// Reads a column.
    pub(in crate::source) fn append(
        &self,
        origin: &Origin<'_>,
        column: &mut ColumnReader<'_>,
    ) -> Result<(), Diagnostic> {
        let values = self.fields(origin)?;
        match (origin.derivation, values.as_slice()) {
            (None, [values]) => append(values, column, &self.file.shown, &self.rows),
            (_, values) => append_texts(values, column, origin.derivation, &self.file.shown, &self.rows),
        }
        .map_err(|error| unreadable(self.file, &*error))
    }

    fn fields(&self, origin: &Origin<'_>) -> Result<Vec<ArrayRef>, Diagnostic> {
        let values = origin.fields.iter().filter_map(|field| {
            let place = self.order.binary_search(&field.root).ok()?;
            Some(field.values(self.batch.column(place)).map_err(|error| unreadable(self.file, &error)))
        });
        values.collect()
    }
}

/// Reads the fields of some columns in a run of row groups, and shows them batch by batch.
pub(in crate::source) fn ingest<'o>(
    file: &DataFile,
    contents: &Contents,
    groups: Range<usize>,
    origins: impl IntoIterator<Item = &'o Origin<'o>>,
    mut each: impl FnMut(Arrived<'_>) -> Result<(), Diagnostic>,
) -> Result<(), Diagnostic> {
    let before = contents.metadata.metadata().row_groups().iter().take(groups.start);
    let mut row = before.map(|group| group.num_rows()).sum::<i64>() + 1;
    // The reader gives columns in the order of the file.
    let mut order: Vec<usize> =
        origins.into_iter().flat_map(|origin| origin.fields.iter().map(|field| field.root)).collect();
    order.sort_unstable();
    order.dedup();
    let batches = coded_reader(file, contents, &order)?
        .with_row_groups(groups.collect())
        .with_batch_size(BATCH)
        .build();
    for batch in batches.map_err(|error| unreadable(file, &error))? {
        let batch = batch.map_err(|error| unreadable(file, &error))?;
        let next = row + batch.num_rows() as i64;
        let rows = (row..next).map(|row| u32::try_from(row).unwrap_or(u32::MAX)).collect();
        each(Arrived { file, order: &order, batch, rows })?;
        row = next;
    }
    Ok(())
}

type Failed = Box<dyn std::error::Error>;

fn append(
    values: &ArrayRef,
    column: &mut ColumnReader<'_>,
    file: &Arc<SourceFile>,
    rows: &[u32],
) -> Result<(), Failed> {
    let row = |i: usize| rows.get(i).copied().unwrap_or_default();
    let add = |bad: &mut BadCells, i: usize, text: &str, why: &BadNumber| {
        bad.decimals = bad.decimals.max(why.decimals());
        bad.add(i, file, row(i), text, why);
    };
    let (builder, rules, reader, bad) = column.parts();
    if let Builder::Text(builder) = builder
        && let Some(words) = Words::of(values)
    {
        append_words(&words, rules, builder, |i, text, why| bad.add(i, file, row(i), text, why));
        return Ok(());
    }
    if !rules.nulls.is_empty() || !rules.values.is_empty() || rules.numbers.share.is_some() {
        return append_texts(std::slice::from_ref(values), column, None, file, rows);
    }
    match (builder, values.data_type(), Count::of(values.data_type())) {
        (Builder::Decimal(builder, scale), ty, _) if ty.is_floating() => {
            let values = cast(values, &DataType::Float64)?;
            let (scale, excess) = (*scale, rules.numbers.excess);
            let read = |value| number::float(value, scale, excess);
            append_floats(values.as_primitive(), scale, builder, read, |i, value, why| {
                add(bad, i, &value.to_string(), &why);
            });
        }
        (Builder::Decimal(builder, scale), ty, _) if ty.is_integer() || is_decimal(ty) => {
            let given = match ty {
                DataType::Decimal32(_, given)
                | DataType::Decimal64(_, given)
                | DataType::Decimal128(_, given)
                | DataType::Decimal256(_, given) => *given,
                _ => 0,
            };
            let values = cast(values, &DataType::Decimal128(38, given))?;
            let values = values.as_primitive::<Decimal128Type>();
            for (i, value) in values.iter().enumerate() {
                builder.append_option(value.and_then(|value| {
                    let read = rescaled(value, given, *scale);
                    read.map_err(|why| add(bad, i, &values.value_as_string(i), &why)).ok()
                }));
            }
        }
        (Builder::Integer(builder), ty, _) if ty.is_integer() && *ty != DataType::UInt64 => {
            let values = cast(values, &DataType::Int64)?;
            values.as_primitive::<Int64Type>().iter().for_each(|value| builder.append_option(value));
        }
        (Builder::DateTime(builder), _, Some(count)) => {
            for (i, number) in times::each(&Count::numbers(values)?).enumerate() {
                builder.append_option(number.and_then(|number| {
                    let read = count.moment(number, reader);
                    read.map_err(|why| bad.add(i, file, row(i), &count.shown(number), why)).ok()
                }));
            }
        }
        (Builder::Date(builder), _, Some(count)) => {
            for (i, number) in times::each(&Count::numbers(values)?).enumerate() {
                builder.append_option(number.and_then(|number| {
                    let read = count.day(number, reader);
                    read.map_err(|why| bad.add(i, file, row(i), &count.shown(number), why)).ok()
                }));
            }
        }
        (Builder::Bool(builder), DataType::Boolean, _) => {
            values.as_boolean().iter().for_each(|value| builder.append_option(value));
        }
        _ => return append_texts(std::slice::from_ref(values), column, None, file, rows),
    }
    Ok(())
}

/// Reads binary floats: nearly all of them are numbers of few digits, which a
/// multiplication and a division tell; the others are read one by one.
fn append_floats(
    values: &Float64Array,
    scale: u8,
    builder: &mut Decimal128Builder,
    read: impl Fn(f64) -> Result<i128, BadNumber>,
    mut add: impl FnMut(usize, f64, BadNumber),
) {
    let power = number::power(scale);
    let mut others = Vec::new();
    let mut numbers: Vec<i128> = Vec::with_capacity(values.len());
    for (i, value) in values.values().iter().enumerate() {
        numbers.push(number::written(*value, power).map_or_else(
            || {
                others.push(i);
                0
            },
            i128::from,
        ));
    }
    let mut known: Option<Vec<bool>> =
        values.nulls().filter(|nulls| nulls.null_count() > 0).map(|nulls| nulls.iter().collect());
    for i in others.into_iter().filter(|i| values.is_valid(*i)) {
        match read(values.value(i)) {
            Ok(number) => numbers[i] = number,
            Err(why) => {
                add(i, values.value(i), why);
                known.get_or_insert_with(|| vec![true; values.len()])[i] = false;
            }
        }
    }
    match known {
        Some(known) => builder.append_values(&numbers, &known),
        None => builder.append_slice(&numbers),
    }
}

/// Texts as a reader gives them.
enum Words<'a> {
    Plain(&'a StringArray),
    Large(&'a LargeStringArray),
    Views(&'a StringViewArray),
    Coded(&'a Int32Array, &'a StringArray),
}

impl<'a> Words<'a> {
    fn of(values: &'a ArrayRef) -> Option<Self> {
        Some(match values.data_type() {
            DataType::Utf8 => Self::Plain(values.as_string()),
            DataType::LargeUtf8 => Self::Large(values.as_string()),
            DataType::Utf8View => Self::Views(values.as_string_view()),
            DataType::Dictionary(key, text) if **key == DataType::Int32 && **text == DataType::Utf8 => {
                let dictionary = values.as_dictionary::<Int32Type>();
                Self::Coded(dictionary.keys(), dictionary.values().as_string())
            }
            _ => return None,
        })
    }
}

/// Reads texts by the rules of a column of texts.
fn append_words<'a>(
    words: &Words<'a>,
    rules: &'a CellRules,
    builder: &mut StringViewBuilder,
    mut add: impl FnMut(usize, &str, String),
) {
    let read = |cell: &'a str| rules.text(cell).map(|text| rules.word(text)).transpose();
    let mut append = |i: usize, cell: Option<&'a str>| {
        let text = cell.and_then(|cell| {
            read(cell).unwrap_or_else(|why| {
                add(i, cell, why);
                None
            })
        });
        builder.append_option(text);
    };
    match words {
        Words::Plain(texts) => texts.iter().enumerate().for_each(|(i, text)| append(i, text)),
        Words::Large(texts) => texts.iter().enumerate().for_each(|(i, text)| append(i, text)),
        Words::Views(texts) => texts.iter().enumerate().for_each(|(i, text)| append(i, text)),
        Words::Coded(codes, texts) => {
            // What a code stands for is asked once, where it can be read.
            let few = if texts.len() <= codes.len() { texts.len() } else { 0 };
            let mut known: Vec<Option<Option<&'a str>>> = vec![None; few];
            for (i, code) in codes.iter().enumerate() {
                let code = code.and_then(|code| usize::try_from(code).ok());
                let code = code.filter(|code| texts.is_valid(*code));
                let known = code.and_then(|code| known.get_mut(code));
                match (known, code) {
                    (Some(Some(text)), _) => builder.append_option(*text),
                    (known, Some(code)) => match read(texts.value(code)) {
                        Ok(text) => {
                            builder.append_option(text);
                            if let Some(known) = known {
                                *known = Some(text);
                            }
                        }
                        Err(why) => {
                            add(i, texts.value(code), why);
                            builder.append_null();
                        }
                    },
                    (_, None) => builder.append_null(),
                }
            }
        }
    }
}

/// Reads values by their text, or what is derived from the texts of several columns.
fn append_texts(
    columns: &[ArrayRef],
    column: &mut ColumnReader<'_>,
    derivation: Option<&Derivation>,
    file: &Arc<SourceFile>,
    rows: &[u32],
) -> Result<(), Failed> {
    enum Texts {
        Floats(ArrayRef),
        Bytes(ArrayRef),
        Others(ArrayRef),
    }
    let texts: Vec<Texts> = columns
        .iter()
        .map(|values| match values.data_type() {
            ty if ty.is_floating() => cast(values, &DataType::Float64).map(Texts::Floats),
            ty if is_bytes(ty) => cast(values, &DataType::LargeBinary).map(Texts::Bytes),
            _ => cast(values, &DataType::Utf8View).map(Texts::Others),
        })
        .collect::<Result<_, _>>()?;
    let mut records = Records::new(columns.len());
    for (i, row) in rows.iter().enumerate() {
        records.begin(*row);
        for (slot, texts) in texts.iter().enumerate() {
            match texts {
                Texts::Floats(values) if values.is_valid(i) => {
                    records.put_number(slot, &values.as_primitive::<Float64Type>().value(i).to_string());
                }
                Texts::Bytes(values) if values.is_valid(i) => {
                    let bytes = values.as_binary::<i64>().value(i);
                    match std::str::from_utf8(bytes) {
                        Ok(text) => records.put_text(slot, text),
                        Err(_) => {
                            let (.., bad) = column.parts();
                            bad.add(i, file, *row, &String::from_utf8_lossy(bytes), "not valid UTF-8");
                        }
                    }
                }
                Texts::Others(values) if values.is_valid(i) => {
                    records.put_text(slot, values.as_string_view().value(i));
                }
                _ => {}
            }
        }
    }
    let slots: Vec<usize> = (0..columns.len()).collect();
    column.read_from(Rows { text: "", records: &records }, &slots, derivation, file);
    Ok(())
}

/// A cast that fails where a value does not fit, instead of losing it.
fn cast(values: &ArrayRef, ty: &DataType) -> Result<ArrayRef, Failed> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    Ok(cast_with_options(values, ty, &options)?)
}

fn is_decimal(ty: &DataType) -> bool {
    matches!(
        ty,
        DataType::Decimal32(_, _)
            | DataType::Decimal64(_, _)
            | DataType::Decimal128(_, _)
            | DataType::Decimal256(_, _)
    )
}

/// A decimal with other decimals, where that is the same number.
fn rescaled(value: i128, given: i8, scale: u8) -> Result<i128, BadNumber> {
    let (mut value, mut decimals) = (value, i32::from(given));
    while value % 10 == 0 && value != 0 {
        (value, decimals) = (value / 10, decimals - 1);
    }
    let up = if value == 0 { 0 } else { i32::from(scale) - decimals };
    let whole = i32::try_from(value.unsigned_abs().checked_ilog10().unwrap_or(0)).unwrap_or(0) + 1 - decimals;
    if whole > i32::from(ColumnType::WHOLE_DIGITS) {
        return Err(BadNumber::TooLarge);
    }
    match u32::try_from(up) {
        Ok(up) => {
            let power = 10_i128.checked_pow(up).ok_or(BadNumber::TooLarge)?;
            value.checked_mul(power).ok_or(BadNumber::TooLarge)
        }
        Err(_) => Err(BadNumber::TooManyDecimals(decimals.unsigned_abs() as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::cell::number::Excess;

    #[test]
    fn floats_are_read_at_fifteen_digits() {
        let read = |value, scale| number::float(value, scale, Excess::Widens);
        assert_eq!(read(0.1 + 0.2, 2), Ok(30));
        assert_eq!(read(54.410_000_000_000_01, 2), Ok(5_441));
        assert_eq!(read(0.285, 2), Err(BadNumber::TooManyDecimals(3)));
        assert_eq!(read(0.285, 3), Ok(285));
        assert_eq!(read(0.054_410_001, 2), Err(BadNumber::TooManyDecimals(9)));
        assert_eq!(read(1e-7, 12), Ok(100_000));
        assert_eq!(read(100.0 / 3.0, 12), Ok(33_333_333_333_333));
        assert_eq!(number::float(100.0 / 3.0, 2, Excess::Refused), Ok(3_333));
        assert_eq!(read(-1234.56, 2), Ok(-123_456));
        assert_eq!(read(1e15, 2), Ok(100_000_000_000_000_000));
        assert_eq!(read(1e16, 2), Err(BadNumber::TooLarge));
        assert_eq!(read(f64::NAN, 2), Err(BadNumber::Unreadable));
        assert_eq!(read(f64::INFINITY, 2), Err(BadNumber::Unreadable));
    }

    #[test]
    fn decimals_keep_their_value_or_are_refused() {
        assert_eq!(rescaled(12_345, 2, 4), Ok(1_234_500));
        assert_eq!(rescaled(12_300, 4, 2), Ok(123));
        assert_eq!(rescaled(12_345, 4, 2), Err(BadNumber::TooManyDecimals(4)));
        assert_eq!(rescaled(12_340, 4, 2), Err(BadNumber::TooManyDecimals(3)));
        assert_eq!(rescaled(10_i128.pow(16), 0, 2), Err(BadNumber::TooLarge));
        assert_eq!(rescaled(10_i128.pow(15), 0, 2), Ok(10_i128.pow(17)));
        assert_eq!(rescaled(0, 18, 2), Ok(0));
        assert_eq!(rescaled(5, -2, 2), Ok(50_000));
    }
}
