//! One data file: what kind it is, and its bytes as text.
//!
//! Compression and byte-order marks are recognised by the bytes themselves, so
//! that a wrong ending does no harm. What the text holds is for the readers.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;
use goalpost_core::config::{FileFormat, FileKind};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::{SourceFile, Span};

use super::csv::Decoding;

/// A data file of a table.
#[derive(Clone, Debug)]
pub(super) struct DataFile {
    /// The path as shown, without text.
    pub(super) shown: Arc<SourceFile>,
    /// Where it is.
    pub(super) path: PathBuf,
    /// How it is written.
    pub(super) kind: FileKind,
    /// Its size in bytes.
    pub(super) size: u64,
}

impl DataFile {
    /// The file as a whole, for a message.
    pub(super) fn whole(&self) -> Span {
        Span::whole(&self.shown)
    }

    /// A line of it, for a message.
    pub(super) fn line(&self, line: u32) -> Span {
        Span::at(&self.shown, line, 0)
    }

    /// The delimiter of delimited text.
    pub(super) fn delimiter(&self, format: &FileFormat) -> u8 {
        let tabs = matches!(inner_ending(&self.path).as_deref(), Some("tsv" | "tab"));
        format.delimiter.unwrap_or(if tabs { b'\t' } else { b',' })
    }
}

/// The kind that a file's name says, `.gz` aside.
pub(super) fn kind_by_name(path: &Path) -> Option<FileKind> {
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

/// The encoding that a config names.
pub(super) fn encoding(format: &FileFormat) -> &'static Encoding {
    Encoding::for_label(format.encoding.as_bytes()).unwrap_or(UTF_8)
}

/// A file's bytes, decompressed and decoded to UTF-8.
pub(super) struct Text {
    /// The text.
    pub(super) reader: Box<dyn Read + Send>,
    /// What was done to the bytes.
    pub(super) decoding: Decoding,
    /// Whether bytes of the file are bytes of the text, so that it can be read in
    /// parts; with the length of its byte-order mark.
    pub(super) plain_from: Option<u64>,
}

/// Opens a file as text.
pub(super) fn open(file: &DataFile, format: &FileFormat) -> Result<Text, Diagnostic> {
    open_text(&file.path, format).map_err(|error| unreadable(file, &error))
}

/// Opens a part of a plain file.
pub(super) fn open_part(file: &DataFile, part: Range<u64>) -> Result<Box<dyn Read + Send>, Diagnostic> {
    let open = || {
        let mut input = File::open(&file.path)?;
        input.seek(SeekFrom::Start(part.start))?;
        Ok(Box::new(input.take(part.end - part.start)) as Box<dyn Read + Send>)
    };
    open().map_err(|error| unreadable(file, &error))
}

fn open_text(path: &Path, format: &FileFormat) -> io::Result<Text> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start)?;
    file.rewind()?;
    match start.as_slice() {
        [0x1f, 0x8b, ..] => {
            let mut unpacked: Box<dyn Read + Send> =
                Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file)));
            let mut start = Vec::new();
            unpacked.by_ref().take(4).read_to_end(&mut start)?;
            let whole = Box::new(io::Cursor::new(start.clone()).chain(unpacked));
            Ok(Text { plain_from: None, ..decoded(whole, &start, format)? })
        }
        [b'P', b'K', 3, 4] => {
            Err(other_format("a zip archive or an Excel workbook", "save the sheet as CSV"))
        }
        [b'P', b'A', b'R', b'1'] => Err(other_format("Parquet", "name it `.parquet`")),
        _ => decoded(Box::new(file), &start, format),
    }
}

fn other_format(what: &str, remedy: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it is {what}, not text: {remedy}"))
}

fn decoded(mut input: Box<dyn Read + Send>, start: &[u8], format: &FileFormat) -> io::Result<Text> {
    let (encoding, mark) = Encoding::for_bom(start).unwrap_or((encoding(format), 0));
    let mark = mark as u64;
    if encoding == UTF_8 {
        io::copy(&mut input.by_ref().take(mark), &mut io::sink())?;
        return Ok(Text { reader: input, decoding: Decoding::Utf8, plain_from: Some(mark) });
    }
    let reader = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).strip_bom(true).build(input);
    Ok(Text { reader: Box::new(reader), decoding: Decoding::Replaced, plain_from: None })
}

/// An error about a file that cannot be read.
pub(super) fn unreadable(file: &DataFile, error: &io::Error) -> Diagnostic {
    let name = &file.shown.name;
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends in the middle; was the download complete?".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Diagnostic::error(Code::UnreadableFile, format!("`{name}` cannot be read: {what}")).at(file.whole())
}

/// An error about bytes that are no text in the file's encoding.
pub(super) fn bad_encoding(file: &DataFile, format: &FileFormat, line: u32) -> Diagnostic {
    let encoding = encoding(format);
    let message = format!("`{}` is not valid {}", file.shown.name, encoding.name());
    let help = match encoding == UTF_8 {
        true => "set the table's `encoding`, e.g. \"windows-1252\" for files saved by Excel",
        false => "set the table's `encoding` to the one that the file was saved in",
    };
    Diagnostic::error(Code::BadEncoding, message).at(file.line(line)).help(help)
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
