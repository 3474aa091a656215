//! Which of several files cannot be read.

use std::fs::File;

use goalpost_core::diagnostic::Diagnostic;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;

use super::damage::unreadable;
use super::open::{open, reader};
use crate::source::find::file::DataFile;
use crate::source::find::guard::guarded;

/// What is wrong with a file, if anything: everything in it is read again.
///
/// For files that are scanned where they are, because an engine that fails on
/// one does not say on which.
pub(in crate::source) fn fault(file: &DataFile) -> Option<Diagnostic> {
    let read = || {
        let contents = open(file)?;
        // What the engine reads beside the rows, to know which it may skip.
        let input = File::open(&file.path).map_err(|error| unreadable(file, &error))?;
        let indexes = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        ArrowReaderMetadata::load(&input, indexes).map_err(|error| unreadable(file, &error))?;
        let all: Vec<usize> = (0..contents.schema().fields().len()).collect();
        let batches = reader(file, &contents, &all)?.build().map_err(|error| unreadable(file, &error))?;
        for batch in batches {
            batch.map_err(|error| unreadable(file, &error))?;
        }
        Ok(())
    };
    guarded(file, read).err()
}
