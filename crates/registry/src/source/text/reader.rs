//! Rows of text from any textual file, whatever its format.
//!
//! The one place that knows both delimited text and JSON: it opens a file, finds
//! the wanted columns in it, hands out rows, and turns what the readers stumble
//! over into diagnostics.

use std::collections::BTreeSet;
use std::io::Read;

use goalpost_core::config::{FileFormat, FileKind};
use goalpost_core::diagnostic::{Code, Diagnostic};

use super::bytes;
use super::csv::{self, CsvReader, Decoding, DelimiterIs, Skipped, Stop, Wanted};
use super::json::{JsonReader, Members};
use super::split::Part;
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::naming::folded;
use crate::source::cell::records::{Records, Rows};
use crate::source::find::file::DataFile;
use crate::source::find::guard::guarded;

/// Rows looked at to find the members of JSON objects and to guess types.
pub(in crate::source) const SAMPLE: usize = 100_000;

/// A textual file while it is read.
pub(in crate::source) struct TextReader<'a> {
    file: &'a DataFile,
    format: &'a FileFormat,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Csv { reader: Box<CsvReader<Box<dyn Read + Send>>>, wanted: Wanted, header: Vec<String> },
    Json { reader: JsonReader<'a>, members: Members },
}

/// The columns that a file has.
pub(in crate::source) fn header(file: &DataFile, format: &FileFormat) -> Result<Vec<String>, Diagnostic> {
    guarded(file, || read_header(file, format))
}

fn read_header(file: &DataFile, format: &FileFormat) -> Result<Vec<String>, Diagnostic> {
    let text = bytes::open(file, format)?;
    match file.kind {
        FileKind::Json => JsonReader::new(file, format, text).paths(SAMPLE),
        _ => {
            let mut reader = CsvReader::new(text.reader, file.delimiter(format), 1, text.decoding);
            let header = begun(&mut reader, file, format)?;
            let found = implausible(file, format, reader.delimiter(), &header);
            let found =
                found.map_or_else(|| skipped_header(file, format, &reader, &header), |p| Ok(Some(p)))?;
            match found.or_else(|| misread(file, reader.delimiter(), &header, reader.after_header())) {
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
        guarded(file, || Self::opened(file, format, headers, part))
    }

    fn opened(
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
        let found = begun(&mut reader, file, format)?;
        let found: Vec<String> = found.iter().map(|header| folded(header)).collect();
        let wanted = wanted(&found, headers).map_err(|header| lacks(file, header))?;
        if let Some(part) = part {
            let input = bytes::open_part(file, part.from..part.to)?;
            let whole = reader;
            reader = CsvReader::new(input, whole.delimiter(), part.line, Decoding::Utf8);
            match part.line {
                1 => drop(begun(&mut reader, file, format)?),
                _ => reader.knows(whole.written()),
            }
        }
        if format.skip_footer > 0 {
            let text = bytes::open(file, format)?;
            let mut all = CsvReader::new(text.reader, delimiter, 1, text.decoding);
            begun(&mut all, file, format)?;
            let rows = all.count().map_err(|stop| stopped(file, format, stop))?;
            reader.limit(rows.saturating_sub(u64::from(format.skip_footer)));
        }
        Ok(Self { file, format, kind: Kind::Csv { reader: Box::new(reader), wanted, header: found } })
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
        guarded(file, || match &mut self.kind {
            Kind::Csv { reader, wanted, .. } => {
                reader.rows(wanted, records).map_err(|stop| stopped(file, format, stop))
            }
            Kind::Json { reader, members } => reader.rows(members, records),
        })
    }

    /// The text that the cells of the rows last taken lie in.
    pub(in crate::source) fn text(&self) -> &str {
        match &self.kind {
            Kind::Csv { reader, .. } => reader.text(),
            Kind::Json { .. } => "",
        }
    }

    /// How many bytes of text were taken, as far as that is known.
    pub(in crate::source) fn taken(&self) -> u64 {
        match &self.kind {
            Kind::Csv { reader, .. } => reader.taken(),
            Kind::Json { .. } => 0,
        }
    }

    /// After the last row: shows the columns with these headers of what `skip_footer`
    /// cuts off, and says how many rows that are and on which line they begin.
    pub(in crate::source) fn footer(
        &mut self,
        headers: &[&str],
        mut each: impl FnMut(Rows<'_>),
    ) -> Result<(u64, u32), Diagnostic> {
        let (file, format) = (self.file, self.format);
        let Kind::Csv { reader, header, .. } = &mut self.kind else { return Ok((0, 0)) };
        let wanted = wanted(header, headers).map_err(|header| lacks(file, header))?;
        let (before, line) = (reader.go_on(), reader.line());
        let mut records = Records::new(headers.len());
        let mut cut = 0;
        loop {
            reader.rows(&wanted, &mut records).map_err(|stop| stopped(file, format, stop))?;
            if records.is_empty() {
                break;
            }
            cut += records.len() as u64;
            each(Rows { text: reader.text(), records: &records });
        }
        let others = std::mem::replace(&mut reader.skipped, before);
        Ok((cut + others.ragged_count + others.blank_count + others.header_count, line))
    }

    /// What was not taken.
    pub(in crate::source) fn skipped(self) -> (Skipped, usize) {
        match self.kind {
            Kind::Csv { reader, header, .. } => (reader.skipped, header.len()),
            Kind::Json { .. } => (Skipped::default(), 0),
        }
    }
}

/// Where the cells of some headers go, in this order of slots; else the header that
/// is not found.
fn wanted<'h>(found: &[String], headers: &[&'h str]) -> Result<Wanted, &'h str> {
    let mut wanted = Wanted::new(found.len());
    for (slot, header) in headers.iter().enumerate() {
        let position = found.iter().position(|found| *found == folded(header));
        wanted.want(position.ok_or(*header)?, slot);
    }
    Ok(wanted)
}

/// The header, after what stands before it.
fn begun<R: Read>(
    reader: &mut CsvReader<R>,
    file: &DataFile,
    format: &FileFormat,
) -> Result<Vec<String>, Diagnostic> {
    let delimiter = if format.delimiter.is_some() { DelimiterIs::Declared } else { DelimiterIs::Open };
    let header = reader.begin(format.skip_rows, delimiter).and_then(|()| reader.header());
    Ok(header.map_err(|stop| stopped(file, format, stop))?.unwrap_or_default())
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
fn implausible(file: &DataFile, format: &FileFormat, delimiter: u8, header: &[String]) -> Option<Diagnostic> {
    let name = &file.shown.name;
    if header.iter().any(|column| column.contains('\0')) {
        let message =
            format!("the header of `{name}` holds NUL characters, so it is not {}", format.encoding);
        let help = "set the table's `encoding`, e.g. \"utf-16le\" for text files saved by Windows";
        return Some(Diagnostic::error(Code::BadEncoding, message).at(file.line(1)).help(help));
    }
    let [only] = header else { return None };
    let separates = |found: &u8| *found != delimiter && only.as_bytes().contains(found);
    let found = DELIMITERS.into_iter().find(separates)?;
    let (found, used) = (found.escape_ascii(), delimiter.escape_ascii());
    let message =
        format!("`{name}` has a single column when it is cut at `{used}`, but its header holds `{found}`");
    let help = format!("set the table's `delimiter = \"{found}\"`");
    Some(Diagnostic::error(Code::BadHeader, message).at(file.line(1)).help(help))
}

/// What is wrong where `skip_rows` skips the header, so that a row of data is taken
/// for it.
fn skipped_header<R: Read>(
    file: &DataFile,
    format: &FileFormat,
    reader: &CsvReader<R>,
    header: &[String],
) -> Result<Option<Diagnostic>, Diagnostic> {
    // A name may have a number in it, but some letter as well.
    let is_value = |cell: &String| {
        cell.contains(|c: char| c.is_ascii_digit()) && !cell.contains(|c: char| c.is_alphabetic())
    };
    if format.skip_rows == 0 || !header.iter().any(is_value) {
        return Ok(None);
    }
    let text = bytes::open(file, format)?;
    let mut lines = CsvReader::new(text.reader, reader.delimiter(), 1, text.decoding);
    let lines = lines.lines(format.skip_rows).map_err(|stop| stopped(file, format, stop))?;
    let is_header = |cells: &[String]| {
        let names: BTreeSet<String> = cells.iter().map(|cell| folded(cell)).collect();
        cells.len() > 1
            && cells.len() == header.len()
            && names.len() == cells.len()
            && !names.contains("")
            && !cells.iter().any(is_value)
    };
    let found = lines.iter().rev().find(|(_, text)| is_header(&csv::cells(text, reader.delimiter())));
    Ok(found.map(|(line, _)| {
        let (name, skip) = (&file.shown.name, format.skip_rows);
        let message = format!(
            "`skip_rows = {skip}` skips line {line} of `{name}`, which reads as its header, and takes a row for it"
        );
        let help = match line - 1 {
            0 => "take `skip_rows` away; files of one table need the same number of lines above their header"
                .to_owned(),
            rows => format!(
                "set `skip_rows = {rows}`; files of one table need the same number of lines above their header"
            ),
        };
        Diagnostic::error(Code::BadHeader, message).at(file.line(*line)).help(help)
    }))
}

/// What usually separates cells.
const DELIMITERS: [u8; 4] = [b';', b'\t', b'|', b','];

/// What is wrong where the first rows show that the first line is no header, or
/// that cells are separated by something else.
fn misread(
    file: &DataFile,
    delimiter: u8,
    header: &[String],
    (text, line): (&str, u32),
) -> Option<Diagnostic> {
    /// Rows that are looked at.
    const LOOKED: usize = 50;
    let name = &file.shown.name;
    let found = csv::shape(text, line, delimiter, LOOKED);
    let rows = found.get(1..).filter(|rows| rows.len() > 1)?;
    if rows.iter().all(|(_, cells)| *cells == header.len()) {
        return None;
    }
    let is_even = |other: &u8| {
        let shape = csv::shape(text, line, *other, LOOKED);
        let first = shape.first().map_or(0, |(_, cells)| *cells);
        *other != delimiter && first > 1 && shape.len() > 2 && shape.iter().all(|(_, cells)| *cells == first)
    };
    if let Some(other) = DELIMITERS.into_iter().find(is_even) {
        let (other, used) = (other.escape_ascii(), delimiter.escape_ascii());
        let message = format!(
            "the rows of `{name}` have different numbers of cells when it is cut at `{used}`, but not at `{other}`"
        );
        let help = format!("set the table's `delimiter = \"{other}\"`");
        return Some(Diagnostic::error(Code::BadHeader, message).at(file.line(line)).help(help));
    }
    let usual = |cells: usize| rows.iter().filter(|row| row.1 == cells).count();
    let most = rows.iter().map(|row| row.1).max_by_key(|cells| (usual(*cells), *cells))?;
    let (real, _) = *rows.iter().find(|row| row.1 == most)?;
    if most <= header.len() || usual(most) < 2 || usual(most) * 2 < rows.len() {
        return None;
    }
    let cells = if header.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", header.len()) };
    let message = format!(
        "`{name}` does not begin with a header: line {line} has {cells}, most rows below have {most}"
    );
    let help = format!("if the header is line {real}, set `skip_rows = {}` for the table", real - 1);
    Some(Diagnostic::error(Code::BadHeader, message).at(file.line(line)).help(help))
}

/// An error about rows with more or fewer cells than the header; so many rows at
/// the end are skipped already.
pub(in crate::source) fn ragged(
    file: &DataFile,
    skipped: &Skipped,
    header: usize,
    format: &FileFormat,
) -> Option<Diagnostic> {
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
        .help(match skipped.footer() {
            Some(rows) => format!(
                "if the end of the file is none of the table, such as totals, set `skip_footer = {}` for it; \
                 a cell that holds the delimiter or a line break must be quoted",
                rows + u64::from(format.skip_footer)
            ),
            None => "a cell that holds the delimiter or a line break must be quoted".to_owned(),
        });
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
