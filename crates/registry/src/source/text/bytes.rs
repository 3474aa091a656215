//! The bytes of a data file as text.
//!
//! Compression and byte-order marks are recognised by the bytes themselves, so
//! that a wrong ending does no harm. What the text holds is for the readers.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;
use goalpost_core::config::FileFormat;
use goalpost_core::diagnostic::{Code, Diagnostic};

use super::csv::Decoding;
use crate::source::find::file::DataFile;

/// The encoding that a config names.
pub(in crate::source) fn encoding(format: &FileFormat) -> &'static Encoding {
    Encoding::for_label(format.encoding.as_bytes()).unwrap_or(UTF_8)
}

/// A file's bytes, decompressed and decoded to UTF-8.
pub(in crate::source) struct Text {
    /// The text.
    pub(in crate::source) reader: Box<dyn Read + Send>,
    /// What was done to the bytes.
    pub(in crate::source) decoding: Decoding,
    /// Whether bytes of the file are bytes of the text, so that it can be read in
    /// parts; with the length of its byte-order mark.
    pub(in crate::source) plain_from: Option<u64>,
}

/// Opens a file as text.
pub(in crate::source) fn open(file: &DataFile, format: &FileFormat) -> Result<Text, Diagnostic> {
    open_text(&file.path, format).map_err(|error| unreadable(file, &error))
}

/// Opens a part of a plain file.
pub(in crate::source) fn open_part(
    file: &DataFile,
    part: Range<u64>,
) -> Result<Box<dyn Read + Send>, Diagnostic> {
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
    io::Error::new(io::ErrorKind::Unsupported, format!("it is {what}, not text: {remedy}"))
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
pub(in crate::source) fn unreadable(file: &DataFile, error: &io::Error) -> Diagnostic {
    const ANEW: &str = "get the file anew, or let the export write it again";
    let name = &file.shown.name;
    let (what, help) = match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            ("it ends in the middle; was the download complete?".to_owned(), ANEW)
        }
        io::ErrorKind::PermissionDenied => {
            ("permission denied".to_owned(), "let the user who runs this read the file")
        }
        io::ErrorKind::Unsupported => {
            (error.to_string(), "what is read is CSV and TSV (also gzipped), JSON and Parquet")
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => (error.to_string(), ANEW),
        _ => (error.to_string(), "check that the file is there and can be read"),
    };
    let message = format!("`{name}` cannot be read: {what}");
    Diagnostic::error(Code::UnreadableFile, message).at(file.whole()).help(help)
}

/// An error about bytes that are no text in the file's encoding.
pub(in crate::source) fn bad_encoding(file: &DataFile, format: &FileFormat, line: u32) -> Diagnostic {
    let encoding = encoding(format);
    let message = format!("`{}` is not valid {}", file.shown.name, encoding.name());
    let help = match encoding == UTF_8 {
        true => "set the table's `encoding`, e.g. \"windows-1252\" for files saved by Excel",
        false => "set the table's `encoding` to the one that the file was saved in",
    };
    Diagnostic::error(Code::BadEncoding, message).at(file.line(line)).help(help)
}
