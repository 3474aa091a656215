//! Rows of text from any textual file, whatever its format.
//!
//! The one place that knows both delimited text and JSON: it opens a file, finds
//! the wanted columns in it, hands out rows, and turns what the readers stumble
//! over into diagnostics.

use std::io::Read;

use goalpost_core::config::{FileFormat, FileKind};
use goalpost_core::diagnostic::{Code, Diagnostic};

use super::bytes;
use super::csv::{CsvReader, Decoding, Skipped, Stop, Wanted};
use super::json::{JsonReader, Members};
use super::split::Part;
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::naming::folded;
use crate::source::cell::records::{Records, Rows};
use crate::source::find::file::DataFile;

/// Rows looked at to find the members of JSON objects and to guess types.
pub(in crate::source) const SAMPLE: usize = 100_000;

/// A textual file while it is read.
pub(in crate::source) struct TextReader<'a> {
    file: &'a DataFile,
    format: &'a FileFormat,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Csv { reader: Box<CsvReader<Box<dyn Read + Send>>>, wanted: Wanted, header: usize },
    Json { reader: JsonReader<'a>, members: Members },
}

/// The columns that a file has.
pub(in crate::source) fn header(file: &DataFile, format: &FileFormat) -> Result<Vec<String>, Diagnostic> {
    let text = bytes::open(file, format)?;
    match file.kind {
        FileKind::Json => JsonReader::new(file, format, text).paths(SAMPLE),
        _ => {
            let mut reader = CsvReader::new(text.reader, file.delimiter(format), 1, text.decoding);
            let header = reader.header().map_err(|stop| stopped(file, format, stop))?.unwrap_or_default();
            match implausible(file, format, &header) {
                Some(problem) => Err(problem),
                None => Ok(header),
            }
        }
    }
}

impl<'a> TextReader<'a> {
    /// A reader of the columns with these headers, in this order of slots.
    ///
    /// A header that the file lacks is an error for delimited text; in JSON
    /// every member may be absent.
    pub(in crate::source) fn open(
        file: &'a DataFile,
        format: &'a FileFormat,
        headers: &[&str],
        part: Option<&Part>,
    ) -> Result<Self, Diagnostic> {
        if file.kind == FileKind::Json {
            let reader = JsonReader::new(file, format, bytes::open(file, format)?);
            let members = Members::new(headers.iter().copied());
            return Ok(Self { file, format, kind: Kind::Json { reader, members } });
        }
        let text = bytes::open(file, format)?;
        let delimiter = file.delimiter(format);
        let mut reader = CsvReader::new(text.reader, delimiter, 1, text.decoding);
        let found = reader.header().map_err(|stop| stopped(file, format, stop))?.unwrap_or_default();
        let found: Vec<String> = found.iter().map(|header| folded(header)).collect();
        let mut wanted = Wanted::new(found.len());
        for (slot, header) in headers.iter().enumerate() {
            let position = found.iter().position(|found| *found == folded(header));
            wanted.want(position.ok_or_else(|| lacks(file, header))?, slot);
        }
        if let Some(part) = part {
            let input = bytes::open_part(file, part.from..part.to)?;
            reader = CsvReader::new(input, delimiter, part.line, Decoding::Utf8);
            if part.line == 1 {
                reader.header().map_err(|stop| stopped(file, format, stop))?;
            }
        }
        Ok(Self { file, format, kind: Kind::Csv { reader: Box::new(reader), wanted, header: found.len() } })
    }

    /// The next rows; `None` at the end.
    pub(in crate::source) fn rows<'r>(
        &'r mut self,
        records: &'r mut Records,
    ) -> Result<Option<Rows<'r>>, Diagnostic> {
        self.fill(records)?;
        Ok((!records.is_empty()).then_some(Rows { text: self.text(), records }))
    }

    /// Takes the next rows; no rows at the end.
    pub(in crate::source) fn fill(&mut self, records: &mut Records) -> Result<(), Diagnostic> {
        let (file, format) = (self.file, self.format);
        match &mut self.kind {
            Kind::Csv { reader, wanted, .. } => {
                reader.rows(wanted, records).map_err(|stop| stopped(file, format, stop))
            }
            Kind::Json { reader, members } => reader.rows(members, records),
        }
    }

    /// The text that the cells of the rows last taken lie in.
    pub(in crate::source) fn text(&self) -> &str {
        match &self.kind {
            Kind::Csv { reader, .. } => reader.text(),
            Kind::Json { .. } => "",
        }
    }

    /// What was not taken.
    pub(in crate::source) fn skipped(self) -> (Skipped, usize) {
        match self.kind {
            Kind::Csv { reader, header, .. } => (reader.skipped, header),
            Kind::Json { .. } => (Skipped::default(), 0),
        }
    }
}

/// An error about a file that lacks a column.
pub(in crate::source) fn lacks(file: &DataFile, header: &str) -> Diagnostic {
    let message = format!("`{}` has no column `{header}`", file.shown.name);
    Diagnostic::error(Code::BadHeader, message)
        .at(file.line(1))
        .help("all files of a table need the columns that are used, in any order")
}

/// Errors about the headers of a column that a file lacks.
pub(in crate::source) fn lacking(
    file: &DataFile,
    column: &BoundColumn,
    has: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let lacks = column.headers().filter(|header| !has(header));
    // The header as it is written somewhere says more than how it is compared.
    let shown = |header: &str| match column.derivation {
        None => column.column.source.clone(),
        Some(_) => header.to_owned(),
    };
    lacks.map(|header| self::lacks(file, &shown(header))).collect()
}

/// What is wrong with a header that shows that the file was read in the wrong way.
fn implausible(file: &DataFile, format: &FileFormat, header: &[String]) -> Option<Diagnostic> {
    let name = &file.shown.name;
    if header.iter().any(|column| column.contains('\0')) {
        let message =
            format!("the header of `{name}` holds NUL characters, so it is not {}", format.encoding);
        let help = "set the table's `encoding`, e.g. \"utf-16le\" for text files saved by Windows";
        return Some(Diagnostic::error(Code::BadEncoding, message).at(file.line(1)).help(help));
    }
    let [only] = header else { return None };
    let separates = |found: &u8| *found != file.delimiter(format) && only.as_bytes().contains(found);
    let found = [b';', b'\t', b'|', b','].into_iter().find(separates)?;
    let (found, used) = (found.escape_ascii(), file.delimiter(format).escape_ascii());
    let message =
        format!("`{name}` has a single column when it is cut at `{used}`, but its header holds `{found}`");
    let help = format!("set the table's `delimiter = \"{found}\"`");
    Some(Diagnostic::error(Code::BadHeader, message).at(file.line(1)).help(help))
}

/// An error about rows with more or fewer cells than the header.
pub(in crate::source) fn ragged(file: &DataFile, skipped: &Skipped, header: usize) -> Option<Diagnostic> {
    let (first, others) = skipped.ragged.split_first()?;
    let name = &file.shown.name;
    let cells = |count: usize| if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
    let message = match skipped.ragged_count {
        1 => format!("a row of `{name}` has {} where the header has {header}", cells(first.cells)),
        count => {
            format!("{count} rows of `{name}` have more or fewer cells than the header, which has {header}")
        }
    };
    let mut diagnostic = Diagnostic::error(Code::RaggedRow, message)
        .at(file.line(first.line))
        .label(cells(first.cells))
        .help("a cell that holds the delimiter or a line break must be quoted");
    for row in others {
        diagnostic = diagnostic.related(file.line(row.line), cells(row.cells));
    }
    Some(diagnostic)
}

fn stopped(file: &DataFile, format: &FileFormat, stop: Stop) -> Diagnostic {
    let name = &file.shown.name;
    match stop {
        Stop::Read(error) => bytes::unreadable(file, &error),
        Stop::Encoding(line) => bytes::bad_encoding(file, format, line),
        Stop::Unclosed(line) => {
            let message = format!("a quote is opened in `{name}` and never closed");
            Diagnostic::error(Code::UnclosedQuote, message)
                .at(file.line(line))
                .label("the record that begins here runs to the end of the file")
                .help("close the quote; a quote inside a quoted cell is written twice")
        }
        Stop::AfterQuote(line) => {
            let message = format!("a quoted cell of `{name}` goes on after its closing quote");
            Diagnostic::error(Code::UnclosedQuote, message)
                .at(file.line(line))
                .help("an earlier quote was left open, or a quote inside the cell is not written twice")
        }
    }
}
