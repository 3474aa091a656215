//! A file that was opened, and what its beginning has shown.

use crate::source::bind::naming::folded;
use crate::source::find::file::DataFile;
use crate::source::parquet;

/// A file with what is known of it.
#[derive(Debug)]
pub(in crate::source) struct OpenFile {
    /// The file.
    pub(in crate::source) file: DataFile,
    /// Its headers.
    pub(in crate::source) headers: Vec<String>,
    /// What it holds, if it is Parquet.
    pub(in crate::source) parquet: Option<parquet::Contents>,
}

impl OpenFile {
    /// What it has and no column can be: names or paths, and types.
    pub(in crate::source) fn unusable(&self) -> &[(String, String)] {
        self.parquet.as_ref().map_or(&[], parquet::Contents::unusable)
    }

    /// Whether it has a column with this header, folded.
    pub(in crate::source) fn has(&self, header: &str) -> bool {
        self.headers.iter().any(|found| folded(found) == header)
    }
}
