//! Known answers: those that an earlier run has found out are given again.
//!
//! What is asked is a text of everything that decides an answer but for the contents
//! of files: the reading, how its tables are read and shaped, the calendar, and what
//! as-of lets it see. Answers to the same text of the same contents are the same.

use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::Result;

use crate::kept::{Basis, Digest, Digester};
use crate::lower::rows::RowContext;
use crate::scan::reading::Reading;
use crate::scan::sight::Sight;

/// What is asked, of which files.
pub(super) struct Asked {
    question: Digest,
    basis: Basis,
}

/// What a reading that looks at this asks, where as-of lets it see what the text
/// says; nothing where its answer is not to be kept.
pub(super) fn asked(
    context: &RowContext<'_>,
    reading: &Reading,
    sight: &Sight,
    seen_at: &str,
) -> Option<Asked> {
    let sources = context.tables.sources;
    let mut basis = Basis::default();
    for (table, columns) in &sight.tables {
        let files = sources.basis(table)?;
        if !sources.kept().keeps_private() && sources.is_private(table, columns) {
            return None;
        }
        basis.and(files);
    }
    let mut digester = Digester::of_program("answer");
    digester.part(reading.canonical());
    digester.printed(&(context.calendar, context.business));
    digester.part(seen_at);
    shaped(context, sight, &mut digester)?;
    Some(Asked { question: digester.finish(), basis })
}

/// Takes in how the tables of a reading are read, and what came of it; nothing where
/// one of them is not there.
fn shaped(context: &RowContext<'_>, sight: &Sight, digester: &mut Digester) -> Option<()> {
    for (name, columns) in &sight.tables {
        digester.printed(context.shapes.schema.tables.get(name)?);
        digester.digest(&context.tables.sources.read_as(name)?);
        for column in columns {
            digester.printed(&context.tables.type_of(name, column));
        }
    }
    for text in &sight.queries {
        digester.printed(context.shapes.queries.get(text)?);
    }
    Some(())
}

impl Asked {
    /// The answer of before; one that cannot be read was never given.
    pub(super) fn answer(&self, context: &RowContext<'_>) -> Option<Vec<RecordBatch>> {
        let bytes = context.tables.sources.kept().get(&self.question, &self.basis)?;
        read(&bytes).ok()
    }

    /// Keeps an answer.
    pub(super) fn keep(self, context: &RowContext<'_>, answer: &[RecordBatch]) {
        if let Ok(bytes) = written(answer) {
            context.tables.sources.kept().keep(self.question, &self.basis, bytes);
        }
    }
}

/// Batches as bytes; none are none.
fn written(batches: &[RecordBatch]) -> Result<Vec<u8>, ArrowError> {
    let Some(first) = batches.first() else { return Ok(Vec::new()) };
    let mut writer = StreamWriter::try_new(Vec::new(), &first.schema())?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.into_inner()
}

fn read(bytes: &[u8]) -> Result<Vec<RecordBatch>, ArrowError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    StreamReader::try_new(bytes, None)?.collect()
}

/// Whether two answers have the same columns and rows, in whatever order, since
/// groups have none.
pub(super) fn are_alike(one: &[RecordBatch], other: &[RecordBatch]) -> Result<bool, ArrowError> {
    Ok(rows(one)? == rows(other)?)
}

/// The names of columns and the rows, sorted.
fn rows(batches: &[RecordBatch]) -> Result<(Vec<String>, Vec<Vec<u8>>), ArrowError> {
    let mut names = Vec::new();
    let mut found = Vec::new();
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        let schema = batch.schema();
        names =
            schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect();
        let fields = schema.fields().iter().map(|field| SortField::new(field.data_type().clone()));
        let rows = RowConverter::new(fields.collect())?.convert_columns(batch.columns())?;
        found.extend(rows.iter().map(|row| row.as_ref().to_vec()));
    }
    found.sort();
    Ok((names, found))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Decimal256Array, Int64Array, NullArray, StringViewArray};
    use datafusion::arrow::datatypes::i256;

    use super::*;

    fn batch(numbers: Vec<Option<i64>>) -> RecordBatch {
        let texts =
            numbers.iter().map(|number| number.map(|number| format!("a text of some length {number}")));
        let wide = numbers.iter().map(|number| number.map(i256::from));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("n", Arc::new(Int64Array::from(numbers.clone()))),
            ("t", Arc::new(texts.collect::<StringViewArray>())),
            ("w", Arc::new(wide.collect::<Decimal256Array>())),
            ("z", Arc::new(NullArray::new(numbers.len()))),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        RecordBatch::try_from_iter_with_nullable(columns).expect("a batch")
    }

    #[test]
    fn answers_come_back_as_they_were() {
        let whole = batch(vec![Some(1), None, Some(3)]);
        for batches in [vec![], vec![whole.clone()], vec![whole.slice(1, 2), whole.slice(0, 1)]] {
            let bytes = written(&batches).expect("written");
            assert_eq!(read(&bytes).expect("read"), batches);
        }
        assert!(read(b"something else").is_err());
    }

    #[test]
    fn answers_are_alike_whatever_the_order_of_rows() {
        let whole = batch(vec![Some(1), None, Some(3)]);
        let parts = [whole.slice(1, 2), whole.slice(0, 1)];
        assert!(are_alike(std::slice::from_ref(&whole), &parts).expect("compared"));
        assert!(!are_alike(&[whole.slice(0, 2)], &parts).expect("compared"));
        assert!(!are_alike(&[whole], &[batch(vec![Some(1), None, Some(4)])]).expect("compared"));
    }
}
