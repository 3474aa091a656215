//! Writing a table to a file, by columns and chunk by chunk: CSV or Parquet.
//!
//! This is how `goalpost demo` writes its exports; reading them back is the
//! business of the sources. A writer keeps no more than a chunk (CSV) or a row
//! group (Parquet) in memory, whatever the number of rows, and the same chunks
//! always give the same bytes. It knows nothing of what the columns mean.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::ColumnName;
use goalpost_core::schema::ColumnType;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text with a header, quoted by RFC 4180, lines ended by `\n`.
    Csv,
    /// Apache Parquet, LZ4.
    Parquet,
}

impl Format {
    /// The name, which is also the ending of files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// The values of one column in one chunk; `None` is null.
#[derive(Clone, Debug)]
pub enum Values {
    /// For [`ColumnType::Text`].
    Text(TextValues),
    /// For [`ColumnType::Bool`].
    Bool(Vec<Option<bool>>),
    /// For [`ColumnType::Integer`].
    Integer(Vec<Option<i64>>),
    /// For [`ColumnType::Decimal`] and [`ColumnType::Money`]: units of the last decimal.
    Scaled(Vec<Option<i64>>),
    /// For [`ColumnType::Date`]: days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// For [`ColumnType::DateTime`]: microseconds since 1970-01-01T00:00:00Z.
    DateTime(Vec<Option<i64>>),
}

impl Values {
    /// No values yet, of the kind that a column of this type takes.
    pub fn empty(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Text => Self::Text(TextValues::default()),
            ColumnType::Bool => Self::Bool(Vec::new()),
            ColumnType::Integer => Self::Integer(Vec::new()),
            ColumnType::Decimal(_) | ColumnType::Money(_) => Self::Scaled(Vec::new()),
            ColumnType::Date => Self::Date(Vec::new()),
            ColumnType::DateTime => Self::DateTime(Vec::new()),
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.cells.len(),
            Self::Bool(values) => values.len(),
            Self::Integer(values) | Self::Scaled(values) | Self::DateTime(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the values and keeps their memory.
    pub fn clear(&mut self) {
        match self {
            Self::Text(values) => {
                values.text.clear();
                values.cells.clear();
            }
            Self::Bool(values) => values.clear(),
            Self::Integer(values) | Self::Scaled(values) | Self::DateTime(values) => values.clear(),
            Self::Date(values) => values.clear(),
        }
    }

    fn fits(&self, ty: ColumnType) -> bool {
        matches!(
            (self, ty),
            (Self::Text(_), ColumnType::Text)
                | (Self::Bool(_), ColumnType::Bool)
                | (Self::Integer(_), ColumnType::Integer)
                | (Self::Scaled(_), ColumnType::Decimal(_) | ColumnType::Money(_))
                | (Self::Date(_), ColumnType::Date)
                | (Self::DateTime(_), ColumnType::DateTime)
        )
    }
}

/// Texts side by side in one buffer, so that a cell costs no allocation.
#[derive(Clone, Debug, Default)]
pub struct TextValues {
    text: String,
    cells: Vec<Option<std::ops::Range<usize>>>,
}

impl TextValues {
    /// Adds a text, or null.
    pub fn push(&mut self, text: Option<&str>) {
        let start = self.text.len();
        self.text.push_str(text.unwrap_or_default());
        self.cells.push(text.map(|_| start..self.text.len()));
    }

    /// Adds a text that is still to be put together.
    pub fn push_format(&mut self, text: fmt::Arguments<'_>) {
        let start = self.text.len();
        // Writing to a `String` does not fail; a failing `Display` leaves what it wrote.
        let _ = self.text.write_fmt(text);
        self.cells.push(Some(start..self.text.len()));
    }

    /// The texts in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.cells.iter().map(|cell| cell.clone().and_then(|range| self.text.get(range)))
    }

    fn get(&self, row: usize) -> Option<&str> {
        self.cells.get(row).cloned().flatten().and_then(|range| self.text.get(range))
    }
}

/// What a finished file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Rows, without the header.
    pub rows: u64,
    /// The size of the file.
    pub bytes: u64,
}

/// A file being written.
pub struct TableWriter {
    path: PathBuf,
    columns: Vec<(ColumnName, ColumnType)>,
    rows: u64,
    file: Sink,
}

enum Sink {
    Csv { writer: Box<csv::Writer<BufWriter<File>>>, cell: String },
    Parquet { writer: Box<ArrowWriter<BufWriter<File>>>, schema: SchemaRef },
}

/// Rows that a row group of Parquet holds, and so about what is kept in memory.
const ROW_GROUP: usize = 1 << 19;

impl TableWriter {
    /// Starts a file; one that is there is replaced.
    ///
    /// # Errors
    /// `write-failed` with the path.
    pub fn create(
        path: &Path,
        columns: &[(ColumnName, ColumnType)],
        format: Format,
    ) -> Result<Self, Box<Diagnostic>> {
        let failed = |error: &dyn fmt::Display| failed(path, error);
        let file = File::create(path).map_err(|error| failed(&error))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        let file = match format {
            Format::Csv => {
                let mut writer = Box::new(csv::Writer::from_writer(file));
                writer
                    .write_record(columns.iter().map(|(name, _)| name.as_str()))
                    .map_err(|error| failed(&error))?;
                Sink::Csv { writer, cell: String::new() }
            }
            Format::Parquet => {
                let schema = arrow_schema(columns);
                let properties = WriterProperties::builder()
                    .set_compression(Compression::LZ4_RAW)
                    .set_max_row_group_row_count(Some(ROW_GROUP))
                    .set_created_by("goalpost".to_owned())
                    .build();
                let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
                    .map_err(|error| failed(&error))?;
                Sink::Parquet { writer: Box::new(writer), schema }
            }
        };
        Ok(Self { path: path.to_owned(), columns: columns.to_vec(), rows: 0, file })
    }

    /// Adds rows: the values of every column, in the order of the columns.
    ///
    /// # Errors
    /// `write-failed`, also when the chunk is not of the table's shape.
    pub fn write(&mut self, chunk: &[Values]) -> Result<(), Box<Diagnostic>> {
        let rows = chunk.first().map_or(0, Values::len);
        let shaped = chunk.len() == self.columns.len()
            && chunk
                .iter()
                .zip(&self.columns)
                .all(|(values, (_, ty))| values.len() == rows && values.fits(*ty));
        if !shaped {
            return Err(failed(&self.path, &"the chunk does not have the shape of the table"));
        }
        match &mut self.file {
            Sink::Csv { writer, cell } => {
                for row in 0..rows {
                    for (values, (_, ty)) in chunk.iter().zip(&self.columns) {
                        cell.clear();
                        let text = csv_cell(values, *ty, row, cell);
                        writer.write_field(text).map_err(|error| failed(&self.path, &error))?;
                    }
                    writer.write_record(None::<&[u8]>).map_err(|error| failed(&self.path, &error))?;
                }
            }
            Sink::Parquet { writer, schema } => {
                let arrays = chunk
                    .iter()
                    .zip(&self.columns)
                    .map(|(values, (_, ty))| array(values, *ty))
                    .collect::<Result<Vec<_>, _>>();
                arrays
                    .and_then(|arrays| RecordBatch::try_new(Arc::clone(schema), arrays))
                    .map_err(|error| failed(&self.path, &error))
                    .and_then(|batch| writer.write(&batch).map_err(|error| failed(&self.path, &error)))?;
            }
        }
        self.rows += rows as u64;
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// `write-failed` with the path.
    pub fn finish(self) -> Result<Written, Box<Diagnostic>> {
        let failed = |error: &dyn fmt::Display| failed(&self.path, error);
        let mut file = match self.file {
            Sink::Csv { writer, .. } => writer.into_inner().map_err(|error| failed(&error))?,
            Sink::Parquet { writer, .. } => writer.into_inner().map_err(|error| failed(&error))?,
        };
        file.flush().map_err(|error| failed(&error))?;
        let bytes = file.get_ref().metadata().map_err(|error| failed(&error))?.len();
        Ok(Written { rows: self.rows, bytes })
    }
}

fn failed(path: &Path, error: &dyn fmt::Display) -> Box<Diagnostic> {
    let message = format!("`{}` could not be written: {error}", path.display());
    Box::new(Diagnostic::error(Code::WriteFailed, message).help("check that the folder exists and has room"))
}

fn arrow_schema(columns: &[(ColumnName, ColumnType)]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, ty)| {
            let ty = match *ty {
                ColumnType::Text => DataType::Utf8,
                ColumnType::Bool => DataType::Boolean,
                ColumnType::Integer => DataType::Int64,
                ColumnType::Decimal(scale) | ColumnType::Money(scale) => decimal(scale),
                ColumnType::Date => DataType::Date32,
                ColumnType::DateTime => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            };
            Field::new(name.as_str(), ty, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// 18 digits, which every reader of such files knows.
fn decimal(scale: u8) -> DataType {
    DataType::Decimal128(18, i8::try_from(scale).unwrap_or(i8::MAX))
}

fn array(values: &Values, ty: ColumnType) -> Result<ArrayRef, datafusion::arrow::error::ArrowError> {
    Ok(match values {
        Values::Text(values) => Arc::new(values.iter().collect::<StringArray>()),
        Values::Bool(values) => Arc::new(values.iter().copied().collect::<BooleanArray>()),
        Values::Integer(values) => Arc::new(values.iter().copied().collect::<Int64Array>()),
        Values::Scaled(values) => {
            let (ColumnType::Decimal(scale) | ColumnType::Money(scale)) = ty else {
                return Ok(Arc::new(values.iter().copied().collect::<Int64Array>()));
            };
            let wide = values.iter().map(|value| value.map(i128::from)).collect::<Decimal128Array>();
            Arc::new(wide.with_data_type(decimal(scale)))
        }
        Values::Date(values) => Arc::new(values.iter().copied().collect::<Date32Array>()),
        Values::DateTime(values) => {
            let moments = values.iter().copied().collect::<TimestampMicrosecondArray>();
            Arc::new(moments.with_timezone("UTC"))
        }
    })
}

/// The text of a cell: the text itself, or what is written into the buffer. Null is empty.
fn csv_cell<'a>(values: &'a Values, ty: ColumnType, row: usize, buffer: &'a mut String) -> &'a str {
    match values {
        Values::Text(values) => return values.get(row).unwrap_or_default(),
        Values::Bool(values) => match values.get(row).copied().flatten() {
            Some(true) => return "true",
            Some(false) => return "false",
            None => return "",
        },
        Values::Integer(values) => {
            if let Some(value) = values.get(row).copied().flatten() {
                let _ = write!(buffer, "{value}");
            }
        }
        Values::Scaled(values) => {
            let scale = match ty {
                ColumnType::Decimal(scale) | ColumnType::Money(scale) => scale,
                _ => 0,
            };
            if let Some(value) = values.get(row).copied().flatten() {
                write_scaled(buffer, value, scale);
            }
        }
        Values::Date(values) => {
            let day = values.get(row).copied().flatten();
            if let Some(date) = day.and_then(NaiveDate::from_epoch_days) {
                write_date(buffer, date);
            }
        }
        Values::DateTime(values) => {
            let moment = values.get(row).copied().flatten();
            if let Some(moment) = moment.and_then(DateTime::from_timestamp_micros) {
                write_date(buffer, moment.date_naive());
                let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
                let _ = write!(buffer, "T{hour:02}:{minute:02}:{second:02}");
                match moment.timestamp_subsec_micros() {
                    0 => {}
                    micros => {
                        let _ = write!(buffer, ".{micros:06}");
                    }
                }
                buffer.push('Z');
            }
        }
    }
    buffer
}

fn write_date(buffer: &mut String, date: NaiveDate) {
    let _ = write!(buffer, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

/// `-1205` with two decimals is `-12.05`.
fn write_scaled(buffer: &mut String, value: i64, scale: u8) {
    let one = 10_u64.saturating_pow(u32::from(scale));
    let size = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let _ = write!(buffer, "{sign}{}", size / one);
    if scale > 0 {
        let _ = write!(buffer, ".{:0width$}", size % one, width = usize::from(scale));
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::datatypes::TimestampMicrosecondType;
    use datafusion::arrow::util::pretty::pretty_format_batches;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    fn columns() -> Vec<(ColumnName, ColumnType)> {
        [
            ("Record ID", ColumnType::Text),
            ("won", ColumnType::Bool),
            ("seats", ColumnType::Integer),
            ("Amount", ColumnType::Money(2)),
            ("day", ColumnType::Date),
            ("at", ColumnType::DateTime),
        ]
        .map(|(name, ty)| (ColumnName::from(name), ty))
        .into()
    }

    /// 20_454 days after 1970 is 2026-01-01: 56 years of 365 days and 14 leap days.
    fn chunk() -> Vec<Values> {
        let mut text = TextValues::default();
        text.push(Some("a \"quoted\", one"));
        text.push(None);
        text.push_format(format_args!("two\n{}", "lines"));
        vec![
            Values::Text(text),
            Values::Bool(vec![Some(true), None, Some(false)]),
            Values::Integer(vec![Some(-3), None, Some(7)]),
            Values::Scaled(vec![Some(-5), None, Some(123_450)]),
            Values::Date(vec![Some(20_454), None, Some(-1)]),
            Values::DateTime(vec![Some(20_454 * 86_400_000_000 + 3_661_000_000), None, Some(1)]),
        ]
    }

    fn written(format: Format, name: &str) -> (Vec<u8>, Written) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        let mut writer = TableWriter::create(&path, &columns(), format).expect("a writer");
        writer.write(&chunk()).expect("written");
        writer.write(&chunk()).expect("written");
        let written = writer.finish().expect("finished");
        (std::fs::read(&path).expect("a file"), written)
    }

    #[test]
    fn csv_is_quoted_and_exact() {
        let (bytes, written) = written(Format::Csv, "t.csv");
        let rows = "\"a \"\"quoted\"\", one\",true,-3,-0.05,2026-01-01,2026-01-01T01:01:01Z\n\
                    ,,,,,\n\
                    \"two\nlines\",false,7,1234.50,1969-12-31,1970-01-01T00:00:00.000001Z\n";
        let expected = format!("Record ID,won,seats,Amount,day,at\n{rows}{rows}");
        assert_eq!(String::from_utf8(bytes).expect("text"), expected);
        assert_eq!(written, Written { rows: 6, bytes: expected.len() as u64 });
    }

    #[test]
    fn parquet_reads_back() {
        let (bytes, written) = written(Format::Parquet, "t.parquet");
        assert_eq!(written, Written { rows: 6, bytes: bytes.len() as u64 });
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, bytes).expect("written");
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).expect("a file"));
        let reader = reader.expect("a reader").build().expect("a reader");
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().expect("rows");
        let plain = batches[0].slice(0, 1).project(&[0, 1, 2, 3, 4]).expect("columns");
        let shown = pretty_format_batches(&[plain]).expect("text").to_string();
        let first = shown.lines().nth(3).expect("a row");
        assert_eq!(first, "| a \"quoted\", one | true | -3    | -0.05  | 2026-01-01 |");
        let moments = batches[0].column(5).as_primitive::<TimestampMicrosecondType>();
        assert_eq!((moments.value(0), moments.is_null(1)), (20_454 * 86_400_000_000 + 3_661_000_000, true));
        assert_eq!(moments.timezone(), Some("UTC"));
        assert_eq!(batches[0].schema().field(3).data_type(), &DataType::Decimal128(18, 2));
    }

    #[test]
    fn a_chunk_of_another_shape_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        let mut writer = TableWriter::create(&path, &columns(), Format::Csv).expect("a writer");
        let mut short = chunk();
        short[2] = Values::Integer(vec![Some(1)]);
        assert_eq!(writer.write(&short).expect_err("refused").code, Code::WriteFailed);
        assert!(TableWriter::create(&folder.path().join("no/where.csv"), &columns(), Format::Csv).is_err());
    }
}
