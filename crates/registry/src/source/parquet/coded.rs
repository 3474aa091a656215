//! Texts as the codes of a dictionary, where a file keeps them so: what a text means
//! is then asked once for each that occurs.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use goalpost_core::diagnostic::Diagnostic;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::open::{Contents, projected, reader};
use super::words;
use crate::source::find::file::DataFile;

/// A reader of some of a file's fields, in batches, where texts that the file keeps as
/// codes of a dictionary stay so.
pub(super) fn coded_reader(
    file: &DataFile,
    contents: &Contents,
    columns: &[usize],
) -> Result<ParquetRecordBatchReaderBuilder<File>, Diagnostic> {
    let fields = contents.schema().fields().iter().enumerate().map(|(place, field)| {
        let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        match is_text && columns.contains(&place) && words::are_coded(contents, field.name()) {
            true => {
                Arc::new(field.as_ref().clone().with_data_type(DataType::Dictionary(
                    Box::new(DataType::Int32),
                    Box::new(DataType::Utf8),
                )))
            }
            false => Arc::clone(field),
        }
    });
    let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), contents.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(contents.metadata.metadata()), options);
    // A writer's own schema may say something that a dictionary does not go with.
    let Ok(metadata) = metadata else { return reader(file, contents, columns) };
    let input =
        File::open(&file.path).map_err(|error| crate::source::text::bytes::unreadable(file, &error))?;
    Ok(projected(ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata), columns))
}
