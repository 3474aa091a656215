//! Writing a table to a file, by columns and chunk by chunk: CSV or Parquet.
//!
//! This is how `goalpost demo` writes its exports; reading them back is the
//! business of the sources. A writer keeps no more than a chunk (CSV) or a row
//! group (Parquet) in memory, whatever the number of rows, and the same chunks
//! always give the same bytes. It knows nothing of what the columns mean.
//!
//! It is here and not beside the demo because only this crate knows Parquet.

mod arrays;
mod cells;
mod values;

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::ColumnName;
use goalpost_core::schema::ColumnType;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use self::arrays::{array, arrow_schema};
use self::cells::csv_cell;
pub use self::values::{TextValues, Values};

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
    file: Output,
}

enum Output {
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
                Output::Csv { writer, cell: String::new() }
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
                Output::Parquet { writer: Box::new(writer), schema }
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
            Output::Csv { writer, cell } => {
                for row in 0..rows {
                    for (values, (_, ty)) in chunk.iter().zip(&self.columns) {
                        cell.clear();
                        let text = csv_cell(values, *ty, row, cell);
                        writer.write_field(text).map_err(|error| failed(&self.path, &error))?;
                    }
                    writer.write_record(None::<&[u8]>).map_err(|error| failed(&self.path, &error))?;
                }
            }
            Output::Parquet { writer, schema } => {
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
            Output::Csv { writer, .. } => writer.into_inner().map_err(|error| failed(&error))?,
            Output::Parquet { writer, .. } => writer.into_inner().map_err(|error| failed(&error))?,
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

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
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
