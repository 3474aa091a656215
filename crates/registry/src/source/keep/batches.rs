//! Where batches stay between reading and computing: in memory, or, beyond a
//! limit, in Parquet files in a temporary folder.
//!
//! Batches stay in the order of the files that they were read from, however many
//! threads read them. The folder lives as long as the table made from it.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::ColumnName;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::room::{Room, Spending};
use super::scan;

/// Rows in one batch.
pub(in crate::source) const BATCH: usize = 8_192;

/// The batches of one part of a table, in order.
pub(in crate::source) struct Batches<'a> {
    schema: SchemaRef,
    room: &'a Room,
    held: Vec<RecordBatch>,
    bytes: usize,
    rows: u64,
    /// Whether a value is missing somewhere, by column.
    lacks: Vec<bool>,
    spill: Spill,
}

/// Where a part goes when memory is short.
enum Spill {
    /// Nothing was written so far; the file's name.
    Possible(String),
    /// All batches so far are in this file.
    Open { writer: Box<ArrowWriter<File>>, path: PathBuf },
}

impl<'a> Batches<'a> {
    /// No batches yet; the name is that of this part's file, if it needs one.
    pub(in crate::source) fn new(schema: SchemaRef, room: &'a Room, name: String) -> Self {
        let lacks = vec![false; schema.fields().len()];
        Self { schema, room, held: Vec::new(), bytes: 0, rows: 0, lacks, spill: Spill::Possible(name) }
    }

    /// Adds a batch.
    pub(in crate::source) fn push(&mut self, batch: RecordBatch) -> Result<(), Diagnostic> {
        self.rows += batch.num_rows() as u64;
        for (lacks, column) in self.lacks.iter_mut().zip(batch.columns()) {
            *lacks |= column.null_count() > 0;
        }
        if let Spill::Open { writer, .. } = &mut self.spill {
            return writer.write(&batch).map_err(|error| self.room.not_put_aside(&error));
        }
        let bytes = batch.get_array_memory_size();
        self.bytes += bytes;
        self.held.push(batch);
        match self.room.take(bytes) {
            Spending::Within => Ok(()),
            Spending::Beyond => self.write_held(),
        }
    }

    fn write_held(&mut self) -> Result<(), Diagnostic> {
        if let Spill::Possible(name) = &self.spill {
            let folder = self.room.make_folder().map_err(|error| self.room.not_put_aside(&error))?;
            let path = folder.path().join(format!("{name}.parquet"));
            let file = File::create(&path).map_err(|error| self.room.not_put_aside(&error))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::LZ4_RAW)
                // A group is in memory until it is whole.
                .set_max_row_group_row_count(Some(16 * BATCH))
                .build();
            let writer = ArrowWriter::try_new(file, Arc::clone(&self.schema), Some(properties));
            let writer = Box::new(writer.map_err(|error| self.room.not_put_aside(&error))?);
            self.spill = Spill::Open { writer, path };
        }
        if let Spill::Open { writer, .. } = &mut self.spill {
            for batch in self.held.drain(..) {
                writer.write(&batch).map_err(|error| self.room.not_put_aside(&error))?;
            }
        }
        self.room.give_back(std::mem::take(&mut self.bytes));
        Ok(())
    }

    /// The part as it is kept.
    pub(in crate::source) fn finish(self) -> Result<StoredPart, Diagnostic> {
        let (rows, lacks) = (self.rows, self.lacks);
        match self.spill {
            Spill::Possible(_) => Ok(StoredPart { rows, lacks, kept: Kept::Memory(self.held) }),
            Spill::Open { writer, path } => {
                writer.close().map_err(|error| self.room.not_put_aside(&error))?;
                Ok(StoredPart { rows, lacks, kept: Kept::File(path) })
            }
        }
    }
}

/// A part of a table, read.
pub(in crate::source) struct StoredPart {
    /// Its rows.
    pub(in crate::source) rows: u64,
    /// Whether a value is missing somewhere, by column.
    lacks: Vec<bool>,
    kept: Kept,
}

enum Kept {
    Memory(Vec<RecordBatch>),
    File(PathBuf),
}

/// Parts without some of their rows, which are numbered through all parts in order.
pub(in crate::source) fn without(
    parts: Vec<StoredPart>,
    dropped: &[u64],
    schema: &SchemaRef,
    room: &Room,
) -> Result<Vec<StoredPart>, Diagnostic> {
    let mut first = 0;
    let mut dropped = dropped.iter().copied().peekable();
    let mut kept = Vec::with_capacity(parts.len());
    for (number, part) in parts.into_iter().enumerate() {
        let end = first + part.rows;
        if dropped.peek().is_none_or(|row| *row >= end) {
            first = end;
            kept.push(part);
            continue;
        }
        let mut batches = Batches::new(Arc::clone(schema), room, format!("kept-{number}"));
        part.each(room, |batch| {
            let next = first + batch.num_rows() as u64;
            let mut mask = vec![true; batch.num_rows()];
            while let Some(row) = dropped.next_if(|row| *row < next) {
                mask[(row - first) as usize] = false;
            }
            first = next;
            let mask = BooleanArray::from(mask);
            let batch = filter_record_batch(&batch, &mask).map_err(|error| room.not_put_aside(&error))?;
            batches.push(batch)
        })?;
        kept.push(batches.finish()?);
    }
    Ok(kept)
}

impl StoredPart {
    /// Shows its batches in order.
    fn each(
        self,
        room: &Room,
        mut show: impl FnMut(RecordBatch) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        match self.kept {
            Kept::Memory(held) => held.into_iter().try_for_each(show),
            Kept::File(path) => {
                let file = File::open(&path).map_err(|error| room.not_put_aside(&error))?;
                let reader = ParquetRecordBatchReaderBuilder::try_new(file)
                    .and_then(|builder| builder.with_batch_size(BATCH).build())
                    .map_err(|error| room.not_put_aside(&error))?;
                for batch in reader {
                    show(batch.map_err(|error| room.not_put_aside(&error))?)?;
                }
                Ok(())
            }
        }
    }
}

/// Bytes of memory that the table of some parts takes: nothing where one is in a
/// file, because then all go there.
pub(in crate::source) fn held(parts: &[StoredPart]) -> usize {
    let held = parts.iter().map(|part| match &part.kept {
        Kept::Memory(held) => Some(held.iter().map(RecordBatch::get_array_memory_size).sum::<usize>()),
        Kept::File(_) => None,
    });
    held.sum::<Option<usize>>().unwrap_or(0)
}

/// The columns of which a row of some part lacks the value.
pub(in crate::source) fn lacking(schema: &SchemaRef, parts: &[StoredPart]) -> BTreeSet<ColumnName> {
    let lacks = |place: usize| parts.iter().any(|part| part.lacks.get(place).copied().unwrap_or(true));
    let fields = schema.fields().iter().enumerate().filter(|(place, _)| lacks(*place));
    fields.map(|(_, field)| ColumnName::from(field.name().as_str())).collect()
}

/// Forgets a part, and gives back the memory that it took.
pub(in crate::source) fn drop(part: StoredPart, room: &Room) {
    if let Kept::Memory(held) = part.kept {
        room.give_back(held.iter().map(RecordBatch::get_array_memory_size).sum());
    }
}

/// The table that parts make, in their order.
pub(in crate::source) fn table(
    schema: &SchemaRef,
    parts: Vec<StoredPart>,
    partitions: usize,
    room: &Room,
    name: &str,
) -> Result<Arc<dyn TableProvider>, Diagnostic> {
    let spilled = parts.iter().any(|part| matches!(part.kept, Kept::File(_)));
    if !spilled {
        let batches = parts.into_iter().flat_map(|part| match part.kept {
            Kept::Memory(batches) => batches,
            Kept::File(_) => Vec::new(),
        });
        let table = MemTable::try_new(Arc::clone(schema), spread(batches.collect(), partitions));
        return Ok(Arc::new(table.map_err(|error| failed(&error))?));
    }
    let mut files = Vec::with_capacity(parts.len());
    for (number, part) in parts.into_iter().enumerate() {
        match part.kept {
            Kept::File(path) => files.push(path),
            Kept::Memory(held) => {
                let mut late = Batches::new(Arc::clone(schema), room, format!("{name}-late-{number}"));
                late.held = held;
                late.write_held()?;
                if let Kept::File(path) = late.finish()?.kept {
                    files.push(path);
                }
            }
        }
    }
    scan::files(&files, Arc::clone(schema)).map_err(|error| failed(&error))
}

/// Runs of batches, so that as many threads can compute; small tables stay whole.
fn spread(batches: Vec<RecordBatch>, partitions: usize) -> Vec<Vec<RecordBatch>> {
    let count = partitions.clamp(1, (batches.len() / 4).max(1));
    let each = batches.len().div_ceil(count).max(1);
    let spread: Vec<Vec<RecordBatch>> = batches.chunks(each).map(<[RecordBatch]>::to_vec).collect();
    if spread.is_empty() { vec![Vec::new()] } else { spread }
}

fn failed(error: &DataFusionError) -> Diagnostic {
    Diagnostic::error(Code::EngineFailed, format!("the data read cannot be scanned: {error}"))
}
