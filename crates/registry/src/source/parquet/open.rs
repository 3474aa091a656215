//! What a Parquet file says about itself: columns, types, rows.

use std::fs::File;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::schema::ColumnType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use crate::source::find::file::DataFile;

/// What a file holds.
#[derive(Clone, Debug)]
pub(in crate::source) struct Contents {
    /// Its metadata, read once.
    pub(super) metadata: ArrowReaderMetadata,
}

impl Contents {
    /// The columns and their Arrow types.
    pub(in crate::source) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Number of rows.
    pub(in crate::source) fn rows(&self) -> u64 {
        self.metadata.metadata().file_metadata().num_rows().try_into().unwrap_or(0)
    }
}

/// Reads a file's metadata.
pub(in crate::source) fn open(file: &DataFile) -> Result<Contents, Diagnostic> {
    let read = || -> Result<Contents, ParquetError> {
        let input = File::open(&file.path)?;
        Ok(Contents { metadata: ArrowReaderMetadata::load(&input, ArrowReaderOptions::new())? })
    };
    read().map_err(|error| unreadable(file, &error))
}

/// A reader of some of a file's columns, in batches.
pub(super) fn reader(
    file: &DataFile,
    contents: &Contents,
    columns: &[usize],
) -> Result<ParquetRecordBatchReaderBuilder<File>, Diagnostic> {
    let input =
        File::open(&file.path).map_err(|error| crate::source::text::bytes::unreadable(file, &error))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, contents.metadata.clone());
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
    Ok(builder.with_projection(mask))
}

/// The place of a plain column among all leaves of the file's schema.
pub(super) fn leaf(contents: &Contents, column: &str) -> Option<usize> {
    let schema = contents.metadata.metadata().file_metadata().schema_descr();
    (0..schema.num_columns()).find(|&leaf| schema.column(leaf).path().parts() == [column])
}

/// The type that a column has by nature; `None` for nested ones and others that
/// cannot be used.
pub(in crate::source) fn natural_type(ty: &DataType) -> Option<ColumnType> {
    Some(match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::Text,
        DataType::Dictionary(_, value) => return natural_type(value),
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => ColumnType::Integer,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            ColumnType::Decimal(ColumnType::DECIMAL_SCALE)
        }
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => match u8::try_from(*scale).ok()? {
            0 => ColumnType::Integer,
            scale => ColumnType::Decimal(scale.min(18)),
        },
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Timestamp(_, _) => ColumnType::DateTime,
        DataType::Null => ColumnType::Text,
        _ => return None,
    })
}

/// Shows the first texts of a column to a guess.
pub(in crate::source) fn sample_texts(
    file: &DataFile,
    contents: &Contents,
    column: usize,
    rows: usize,
    mut see: impl FnMut(&str),
) -> Result<(), Diagnostic> {
    let reader = reader(file, contents, &[column])?.with_limit(rows).build();
    for batch in reader.map_err(|error| unreadable(file, &error))? {
        let batch: RecordBatch = batch.map_err(|error| unreadable(file, &error))?;
        let texts = cast(batch.column(0), &DataType::Utf8View).map_err(|error| unreadable(file, &error))?;
        texts.as_string_view().iter().flatten().for_each(&mut see);
    }
    Ok(())
}

/// An error about a file that cannot be read.
pub(super) fn unreadable(file: &DataFile, error: &dyn std::error::Error) -> Diagnostic {
    let message = format!("`{}` cannot be read as Parquet: {error}", file.shown.name);
    Diagnostic::error(Code::UnreadableFile, message).at(file.whole())
}
