//! What is said of Parquet files that cannot be read.

use goalpost_core::diagnostic::{Code, Diagnostic};

use crate::source::find::file::DataFile;

/// An error about a file that cannot be read.
pub(super) fn unreadable(file: &DataFile, error: &dyn std::error::Error) -> Diagnostic {
    let message = format!("`{}` cannot be read as Parquet: {error}", file.shown.name);
    Diagnostic::error(Code::UnreadableFile, message).at(file.whole())
}
