//! Files that cannot be read: which of several it is, and that a fault of the
//! reader is told as one of the file.
//!
//! Readers of bytes come from libraries, and damaged bytes make some of them fail
//! in ways that are no error. Wherever one is called, it is called through here.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use goalpost_core::diagnostic::{Code, Diagnostic};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;

use super::open::{reader, unreadable};
use crate::source::find::file::DataFile;

/// What a reader found; what it could not read in any way is an error of the file.
pub(super) fn guarded<T>(
    file: &DataFile,
    read: impl FnOnce() -> Result<T, Diagnostic>,
) -> Result<T, Diagnostic> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(crashed(file)))
}

/// A file that makes its reader fail.
pub(in crate::source) fn crashed(file: &DataFile) -> Diagnostic {
    let message = format!("`{}` cannot be read: what is in it makes the reader fail", file.shown.name);
    Diagnostic::error(Code::UnreadableFile, message)
        .at(file.whole())
        .help("check whether the file is damaged; if it is not, please report this, with the file if you can")
}

/// What is wrong with a file, if anything: everything in it is read again.
///
/// For files that are scanned where they are, because an engine that fails on
/// one does not say on which.
pub(in crate::source) fn found(file: &DataFile) -> Option<Diagnostic> {
    let read = || {
        let contents = super::open(file)?;
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
