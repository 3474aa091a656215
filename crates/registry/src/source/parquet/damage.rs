//! What is said of files that cannot be read: a fault of the reader is told as one
//! of the file.
//!
//! Readers of bytes come from libraries, and damaged bytes make some of them fail
//! in ways that are no error. Wherever one is called, it is called through here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use goalpost_core::diagnostic::{Code, Diagnostic};

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

/// An error about a file that cannot be read.
pub(super) fn unreadable(file: &DataFile, error: &dyn std::error::Error) -> Diagnostic {
    let message = format!("`{}` cannot be read as Parquet: {error}", file.shown.name);
    Diagnostic::error(Code::UnreadableFile, message).at(file.whole())
}
