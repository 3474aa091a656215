//! One data file: what kind it is, and how messages name it.
//!
//! Its bytes are for `text` and `parquet`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use goalpost_core::config::{FileFormat, FileKind};
use goalpost_core::source::{SourceFile, Span};

/// A data file of a table.
#[derive(Clone, Debug)]
pub(in crate::source) struct DataFile {
    /// The path as shown, without text.
    pub(in crate::source) shown: Arc<SourceFile>,
    /// Where it is.
    pub(in crate::source) path: PathBuf,
    /// How it is written.
    pub(in crate::source) kind: FileKind,
    /// Its size in bytes.
    pub(in crate::source) size: u64,
}

impl DataFile {
    /// The file as a whole, for a message.
    pub(in crate::source) fn whole(&self) -> Span {
        Span::whole(&self.shown)
    }

    /// A line of it, for a message.
    pub(in crate::source) fn line(&self, line: u32) -> Span {
        Span::at(&self.shown, line, 0)
    }

    /// The delimiter of delimited text.
    pub(in crate::source) fn delimiter(&self, format: &FileFormat) -> u8 {
        let tabs = matches!(inner_ending(&self.path).as_deref(), Some("tsv" | "tab"));
        format.delimiter.unwrap_or(if tabs { b'\t' } else { b',' })
    }
}

/// The kind that a file's name says, `.gz` aside.
pub(in crate::source) fn kind_by_name(path: &Path) -> Option<FileKind> {
    match inner_ending(path)?.as_str() {
        "csv" | "tsv" | "tab" | "txt" => Some(FileKind::Csv),
        "parquet" | "pq" => Some(FileKind::Parquet),
        "json" | "jsonl" | "ndjson" => Some(FileKind::Json),
        _ => None,
    }
}

fn inner_ending(path: &Path) -> Option<String> {
    let ending = |path: &Path| path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    match ending(path)?.as_str() {
        "gz" => ending(Path::new(path.file_stem()?)),
        plain => Some(plain.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_ending_and_see_through_gzip() {
        for (name, kind) in [
            ("a.csv", Some(FileKind::Csv)),
            ("a.TSV.gz", Some(FileKind::Csv)),
            ("a.json", Some(FileKind::Json)),
            ("a.ndjson.gz", Some(FileKind::Json)),
            ("a.parquet", Some(FileKind::Parquet)),
            ("a.gz", None),
            ("a", None),
            ("a.xlsx", None),
        ] {
            assert_eq!(kind_by_name(Path::new(name)), kind, "{name}");
        }
    }
}
