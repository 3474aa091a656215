//! What a Parquet file says about itself: columns, types, rows.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use goalpost_core::diagnostic::Diagnostic;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type;
use parquet::errors::ParquetError;

use super::damage::unreadable;
use super::fields::{self, Field, Fields};
use crate::source::bind::naming::folded;
use crate::source::find::file::DataFile;
use crate::source::find::guard::guarded;

/// What a file holds.
#[derive(Clone, Debug)]
pub(in crate::source) struct Contents {
    /// Its metadata, read once.
    pub(super) metadata: ArrowReaderMetadata,
    /// The columns that can be used.
    fields: Vec<Field>,
    /// Those that cannot, with their types.
    unusable: Vec<(String, String)>,
}

impl Contents {
    /// The fields of the file and their Arrow types.
    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// The columns that can be used, those of structs by their path.
    pub(in crate::source) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The names or paths of columns that cannot be used, and the types that they have.
    pub(in crate::source) fn unusable(&self) -> &[(String, String)] {
        &self.unusable
    }

    /// The names at the top of the file, of columns that can be used and of others.
    pub(in crate::source) fn roots(&self) -> impl Iterator<Item = String> + '_ {
        self.schema().fields().iter().map(|field| field.name().clone())
    }

    /// The column with a header, as it is compared.
    pub(in crate::source) fn position(&self, header: &str) -> Option<usize> {
        self.fields.iter().position(|field| folded(&field.header) == header)
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
        let metadata = far_reaching(ArrowReaderMetadata::load(&input, ArrowReaderOptions::new())?)?;
        let Fields { usable, unusable } = fields::of(&input, &metadata);
        Ok(Contents { fields: usable, unusable, metadata })
    };
    guarded(file, || read().map_err(|error| unreadable(file, &error)))
}

/// The same, with the oldest form of moments read as microseconds: it reaches
/// beyond what nanoseconds can say, and the reader would wrap around there.
fn far_reaching(metadata: ArrowReaderMetadata) -> Result<ArrowReaderMetadata, ParquetError> {
    let parquet = metadata.parquet_schema();
    let is_old = |name: &String| {
        let mut leaves = parquet.columns().iter();
        leaves.any(|leaf| leaf.physical_type() == Type::INT96 && leaf.path().parts() == [name.as_str()])
    };
    let fields = metadata.schema().fields().iter();
    if !fields.clone().any(|field| is_old(field.name())) {
        return Ok(metadata);
    }
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let fields: Vec<_> = fields
        .map(|field| match is_old(field.name()) {
            true => Arc::new(field.as_ref().clone().with_data_type(micros.clone())),
            false => Arc::clone(field),
        })
        .collect();
    let schema = Schema::new_with_metadata(fields, metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
}

/// A reader of some of a file's fields, in batches.
pub(super) fn reader(
    file: &DataFile,
    contents: &Contents,
    columns: &[usize],
) -> Result<ParquetRecordBatchReaderBuilder<File>, Diagnostic> {
    let input =
        File::open(&file.path).map_err(|error| crate::source::text::bytes::unreadable(file, &error))?;
    let metadata = contents.metadata.clone();
    Ok(projected(ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata), columns))
}

/// It, of some fields.
pub(super) fn projected(
    builder: ParquetRecordBatchReaderBuilder<File>,
    columns: &[usize],
) -> ParquetRecordBatchReaderBuilder<File> {
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
    builder.with_projection(mask)
}

/// The place of a plain column among all leaves of the file's schema.
pub(super) fn leaf(contents: &Contents, column: &str) -> Option<usize> {
    let schema = contents.metadata.metadata().file_metadata().schema_descr();
    (0..schema.num_columns()).find(|&leaf| schema.column(leaf).path().parts() == [column])
}

/// Shows the first texts of a column to a guess.
pub(in crate::source) fn sample_texts(
    file: &DataFile,
    contents: &Contents,
    column: usize,
    rows: usize,
    mut see: impl FnMut(&str),
) -> Result<(), Diagnostic> {
    let Some(field) = contents.fields.get(column) else { return Ok(()) };
    guarded(file, || {
        let reader = reader(file, contents, &[field.root])?.with_limit(rows).build();
        for batch in reader.map_err(|error| unreadable(file, &error))? {
            let batch: RecordBatch = batch.map_err(|error| unreadable(file, &error))?;
            let values = field.values(batch.column(0));
            // Bytes that are no text become null.
            let texts = values.and_then(|values| cast(&values, &DataType::Utf8View));
            let texts = texts.map_err(|error| unreadable(file, &error))?;
            texts.as_string_view().iter().flatten().for_each(&mut see);
        }
        Ok(())
    })
}
