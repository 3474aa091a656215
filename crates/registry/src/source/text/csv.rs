//! Delimited text: records, cells, and what can be wrong with them.
//!
//! Stricter than most readers where lenience would move cells or swallow rows:
//! a row has as many cells as the header, a quote that opens a cell ends with the
//! cell, and bytes are valid text. Everything else is as usual: cells may be
//! quoted and then hold delimiters, line breaks and doubled quotes; lines end in
//! LF, CRLF or CR; blank lines are skipped. What cells mean is not known here.

use std::io::{self, Read};

use crate::source::cell::is_blank;
use crate::source::cell::records::Records;

/// Bytes read first, which is enough for a header, and bytes read at a time.
const FIRST: usize = 1 << 16;
const BLOCK: usize = 1 << 20;
/// The longest record; beyond it a quote was surely left open.
const LONGEST: usize = 1 << 26;
/// The most rows taken at a time.
const ROWS: usize = 8_192;

/// Why reading stopped.
#[derive(Debug)]
pub(in crate::source) enum Stop {
    /// The file could not be read.
    Read(io::Error),
    /// Bytes that are no text in the encoding, on this line.
    Encoding(u32),
    /// A quote opened in the record that begins on this line is never closed.
    Unclosed(u32),
    /// On this line a quoted cell goes on after its closing quote.
    AfterQuote(u32),
}

/// A row with another number of cells than the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Ragged {
    /// The line it begins on.
    pub(in crate::source) line: u32,
    /// The cells it has.
    pub(in crate::source) cells: usize,
}

/// Rows that were not taken.
#[derive(Debug, Default)]
pub(in crate::source) struct Skipped {
    /// Ragged rows: the first few, and how many.
    pub(in crate::source) ragged: Vec<Ragged>,
    /// How many were ragged.
    pub(in crate::source) ragged_count: u64,
    /// The line of the first row with only blank cells.
    pub(in crate::source) first_blank: Option<u32>,
    /// How many had only blank cells.
    pub(in crate::source) blank_count: u64,
    /// The line of the first row that is the header again.
    pub(in crate::source) first_header: Option<u32>,
    /// How many were the header again.
    pub(in crate::source) header_count: u64,
    /// Whether any row was taken.
    taken: bool,
    /// Rows that were not taken since one was, ragged or blank.
    since: u64,
    /// The ones of those with fewer cells than the header.
    ragged_since: u64,
}

impl Skipped {
    /// How many ragged rows are kept.
    const SHOWN: usize = 5;

    /// Adds those of a later part.
    pub(in crate::source) fn append(&mut self, later: Self) {
        let room = Self::SHOWN.saturating_sub(self.ragged.len());
        self.ragged.extend(later.ragged.into_iter().take(room));
        self.ragged_count += later.ragged_count;
        self.first_blank = self.first_blank.or(later.first_blank);
        self.blank_count += later.blank_count;
        self.first_header = self.first_header.or(later.first_header);
        self.header_count += later.header_count;
        if later.taken {
            (self.taken, self.since, self.ragged_since) = (true, later.since, later.ragged_since);
        } else {
            self.since += later.since;
            self.ragged_since += later.ragged_since;
        }
    }

    /// How many rows at the end are none of the table, where all ragged rows are there.
    pub(in crate::source) fn footer(&self) -> Option<u64> {
        (self.taken && self.ragged_since == self.ragged_count).then_some(self.since)
    }
}

/// What was done to the bytes before they came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Decoding {
    /// Nothing: they are checked here.
    Utf8,
    /// Another encoding was decoded; what was no text became U+FFFD.
    Replaced,
}

/// Which cells of a record are wanted, and where they go.
#[derive(Clone, Debug)]
pub(in crate::source) struct Wanted {
    /// The slot of each cell of the header, or [`Wanted::NOT`].
    slots: Vec<usize>,
}

impl Wanted {
    const NOT: usize = usize::MAX;

    /// Nothing yet, of a header of so many cells.
    pub(in crate::source) fn new(header: usize) -> Self {
        Self { slots: vec![Self::NOT; header] }
    }

    /// Wants a cell of the header in a slot.
    pub(in crate::source) fn want(&mut self, cell: usize, slot: usize) {
        if let Some(place) = self.slots.get_mut(cell) {
            *place = slot;
        }
    }
}

/// A reader of delimited text that has been decoded to UTF-8.
pub(in crate::source) struct CsvReader<R> {
    input: R,
    delimiter: u8,
    decoding: Decoding,
    /// Text read and not yet dropped; what lies before `at` has been taken.
    text: String,
    at: usize,
    /// Bytes of text that were dropped.
    dropped: u64,
    /// Bytes of a character that the last block cut in two.
    cut: Vec<u8>,
    /// Bytes to be read next.
    block: usize,
    /// Everything was read.
    exhausted: bool,
    line: u32,
    /// Where the header is in the text, and on which line.
    header: (usize, u32),
    /// The header as it is written, by which it is known when it comes again.
    again: String,
    /// Rows that are still to be read, where that is limited.
    left: Option<u64>,
    /// Which bytes end an unquoted cell.
    ends: [bool; 256],
    /// What was not taken so far.
    pub(in crate::source) skipped: Skipped,
}

/// Whether somebody has said how cells are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum DelimiterIs {
    /// The config says it.
    Declared,
    /// Nobody has.
    Open,
}

/// A record without the end of its line.
fn line_of(record: &str) -> &str {
    record.trim_end_matches(['\r', '\n'])
}

fn ends_of(delimiter: u8) -> [bool; 256] {
    let mut ends = [false; 256];
    for byte in [delimiter, b'\n', b'\r'] {
        ends[usize::from(byte)] = true;
    }
    ends
}

/// The delimiter that a line such as `sep=;` names.
fn separator(line: &str) -> Option<u8> {
    let line = line.trim_matches(|c: char| c == '"' || c == ' ');
    let (word, said) = line.split_at_checked(4)?;
    match said.as_bytes() {
        [byte] if word.eq_ignore_ascii_case("sep=") && byte.is_ascii() => Some(*byte),
        _ => None,
    }
}

/// The cells of a line.
pub(in crate::source) fn cells(line: &str, delimiter: u8) -> Vec<String> {
    let mut reader = CsvReader::new(line.as_bytes(), delimiter, 1, Decoding::Utf8);
    reader.header().ok().flatten().unwrap_or_default()
}

/// How many cells each of the first records of a text has, cut in some way, with
/// its line; what cannot be cut ends it.
pub(in crate::source) fn shape(text: &str, line: u32, delimiter: u8, most: usize) -> Vec<(u32, usize)> {
    let mut reader = CsvReader::new(text.as_bytes(), delimiter, line, Decoding::Utf8);
    let mut found = Vec::new();
    while found.len() < most {
        match reader.record(|_, _, _, _| {}) {
            Taken::Record { next, lines, cells, blank } => {
                if !blank {
                    found.push((reader.line, cells));
                }
                reader.at = next;
                reader.line = reader.line.saturating_add(lines);
            }
            Taken::Incomplete if reader.more().is_ok_and(|more| more) => {}
            _ => return found,
        }
    }
    found
}

/// A record was taken, or not.
enum Taken {
    Record {
        next: usize,
        lines: u32,
        cells: usize,
        blank: bool,
    },
    /// The text ends inside a record.
    Incomplete,
    AfterQuote {
        lines: u32,
    },
}

impl<R: Read> CsvReader<R> {
    /// A reader from a first line on.
    pub(in crate::source) fn new(input: R, delimiter: u8, line: u32, decoding: Decoding) -> Self {
        Self {
            input,
            delimiter,
            decoding,
            text: String::new(),
            at: 0,
            dropped: 0,
            cut: Vec::new(),
            block: FIRST,
            exhausted: false,
            line,
            again: String::new(),
            header: (0, line),
            left: None,
            ends: ends_of(delimiter),
            skipped: Skipped::default(),
        }
    }

    /// Passes over what stands before a header: so many lines, and a first line
    /// such as `sep=;`, by which spreadsheets say how the others are cut. It counts
    /// as one of the lines, and holds where the delimiter is left open.
    pub(in crate::source) fn begin(&mut self, lines: u32, delimiter: DelimiterIs) -> Result<(), Stop> {
        let first = self.first_line()?;
        let said = separator(first);
        if let (Some(said), DelimiterIs::Open) = (said, delimiter) {
            self.delimiter = said;
            self.ends = ends_of(said);
        }
        for _ in 0..lines.max(u32::from(said.is_some())) {
            self.pass_line()?;
        }
        Ok(())
    }

    /// The byte between cells.
    pub(in crate::source) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The header as it is written; empty where it was not read.
    pub(in crate::source) fn written(&self) -> &str {
        &self.again
    }

    /// Says what the header is of a text that begins behind it.
    pub(in crate::source) fn knows(&mut self, header: &str) {
        header.clone_into(&mut self.again);
    }

    /// Reads no more than so many rows, blank lines aside.
    pub(in crate::source) fn limit(&mut self, rows: u64) {
        self.left = Some(rows);
    }

    /// Reads on where a limit ended; what was not taken so far is set aside.
    pub(in crate::source) fn go_on(&mut self) -> Skipped {
        self.left = None;
        std::mem::take(&mut self.skipped)
    }

    /// The line that comes next.
    pub(in crate::source) fn line(&self) -> u32 {
        self.line
    }

    /// The texts of the next lines, whatever they hold, each with its number.
    pub(in crate::source) fn lines(&mut self, count: u32) -> Result<Vec<(u32, String)>, Stop> {
        let mut lines = Vec::new();
        for _ in 0..count {
            let line = self.line;
            lines.push((line, self.first_line()?.to_owned()));
            self.pass_line()?;
        }
        Ok(lines)
    }

    /// How many rows there are from here on, blank lines aside.
    pub(in crate::source) fn count(mut self) -> Result<u64, Stop> {
        let mut rows = 0;
        loop {
            match self.record(|_, _, _, _| {}) {
                Taken::Record { next, lines, cells, blank } => {
                    self.at = next;
                    self.line = self.line.saturating_add(lines);
                    rows += u64::from(cells > 1 || !blank);
                }
                Taken::Incomplete => {
                    if !self.more()? {
                        return Ok(rows);
                    }
                }
                Taken::AfterQuote { lines } => return Err(Stop::AfterQuote(self.line.saturating_add(lines))),
            }
        }
    }

    /// The text from the header on, as far as it has been read, and the header's line.
    pub(in crate::source) fn after_header(&self) -> (&str, u32) {
        let text = self.text.get(self.header.0..).unwrap_or_default();
        // A line that is cut in the middle says nothing.
        let end = if self.exhausted { text.len() } else { text.rfind('\n').map_or(0, |end| end + 1) };
        (&text[..end], self.header.1)
    }

    fn first_line(&mut self) -> Result<&str, Stop> {
        while self.line_end().is_none() && !self.exhausted {
            self.more()?;
        }
        let end = self.line_end().unwrap_or(self.text.len());
        Ok(self.text.get(self.at..end).unwrap_or_default())
    }

    fn pass_line(&mut self) -> Result<(), Stop> {
        loop {
            if let Some(end) = self.line_end() {
                let bytes = self.text.as_bytes();
                let is_pair = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
                self.at = end + 1 + usize::from(is_pair);
                self.line = self.line.saturating_add(1);
                return Ok(());
            }
            if self.exhausted {
                self.at = self.text.len();
                return Ok(());
            }
            self.more()?;
        }
    }

    /// Where the present line ends; nothing while that is not known.
    fn line_end(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let end = self.at + bytes[self.at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
        // The next byte decides whether a line ends in one byte or two.
        (end + 1 < bytes.len() || self.exhausted).then_some(end)
    }

    /// The cells of the first record; `None` when there is none.
    pub(in crate::source) fn header(&mut self) -> Result<Option<Vec<String>>, Stop> {
        loop {
            let mut cells = Vec::new();
            let text = &self.text;
            let taken = self.record(|_, start, length, quoted| {
                let cell = text.get(start..start + length).unwrap_or_default();
                cells.push(if quoted { cell.replace("\"\"", "\"") } else { cell.to_owned() });
            });
            match taken {
                Taken::Record { next, lines, cells: several, blank } => {
                    self.header = (self.at, self.line);
                    // A single cell may be a value that is called like its column.
                    if several > 1 {
                        self.again = line_of(&self.text[self.at..next]).to_owned();
                    }
                    self.at = next;
                    self.line = self.line.saturating_add(lines);
                    if !blank {
                        return Ok(Some(cells));
                    }
                }
                Taken::Incomplete => {
                    if !self.more()? {
                        return Ok(None);
                    }
                }
                Taken::AfterQuote { lines } => return Err(Stop::AfterQuote(self.line.saturating_add(lines))),
            }
        }
    }

    /// The text that the records last taken lie in.
    pub(in crate::source) fn text(&self) -> &str {
        &self.text
    }

    /// How many bytes of text were taken.
    pub(in crate::source) fn taken(&self) -> u64 {
        self.dropped + self.at as u64
    }

    /// Takes the next rows; no rows when there are no more.
    pub(in crate::source) fn rows(&mut self, wanted: &Wanted, records: &mut Records) -> Result<(), Stop> {
        records.clear();
        let width = wanted.slots.len();
        while records.len() < ROWS && self.left != Some(0) {
            records.begin(self.line);
            let text = &self.text;
            let taken = self.record(|cell, start, length, doubled| match wanted.slots.get(cell) {
                None | Some(&Wanted::NOT) => {}
                Some(&slot) if doubled => {
                    let inner = text.get(start..start + length).unwrap_or_default();
                    records.put_text(slot, &inner.replace("\"\"", "\""));
                }
                Some(&slot) => records.put(slot, start, length),
            });
            match taken {
                Taken::Record { next, lines, cells, blank } => {
                    if blank || cells != width {
                        records.take_back();
                        self.skip(cells, width, blank);
                    } else if self.is_header(next) {
                        records.take_back();
                        self.skipped.first_header.get_or_insert(self.line);
                        self.skipped.header_count += 1;
                    } else {
                        (self.skipped.taken, self.skipped.since, self.skipped.ragged_since) = (true, 0, 0);
                    }
                    if let Some(left) = self.left.as_mut().filter(|_| cells > 1 || !blank) {
                        *left -= 1;
                    }
                    self.at = next;
                    self.line = self.line.saturating_add(lines);
                }
                Taken::Incomplete => {
                    records.take_back();
                    // Cells lie in the text, so it may only change while no row is held.
                    if !records.is_empty() || !self.more()? {
                        return Ok(());
                    }
                }
                Taken::AfterQuote { lines } => {
                    records.take_back();
                    return Err(Stop::AfterQuote(self.line.saturating_add(lines)));
                }
            }
        }
        Ok(())
    }

    /// Whether the record that ends here is the header again, as where exports were
    /// put one after the other.
    fn is_header(&self, next: usize) -> bool {
        !self.again.is_empty() && line_of(&self.text[self.at..next]) == self.again
    }

    /// Counts a record that is no row; a blank line is not worth counting.
    fn skip(&mut self, cells: usize, width: usize, blank: bool) {
        let skipped = &mut self.skipped;
        if !blank {
            if skipped.ragged.len() < Skipped::SHOWN {
                skipped.ragged.push(Ragged { line: self.line, cells });
            }
            skipped.ragged_count += 1;
            skipped.since += 1;
            // A total has fewer cells than a row; one with more has a text that is not quoted.
            skipped.ragged_since += u64::from(cells < width);
        } else if cells > 1 {
            skipped.first_blank.get_or_insert(self.line);
            skipped.blank_count += 1;
            skipped.since += 1;
        }
    }

    /// Reads more text; `false` when there is no more and nothing is left over.
    fn more(&mut self) -> Result<bool, Stop> {
        if self.exhausted {
            // Only an open quote leaves text behind at the end.
            return match self.at < self.text.len() {
                true => Err(Stop::Unclosed(self.line)),
                false => Ok(false),
            };
        }
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.drain(..self.at);
        self.dropped += self.at as u64;
        self.at = 0;
        if bytes.len() > LONGEST {
            return Err(Stop::Unclosed(self.line));
        }
        bytes.append(&mut self.cut);
        let wanted = self.block.max(bytes.len());
        self.block = BLOCK;
        let read = self.input.by_ref().take(wanted as u64).read_to_end(&mut bytes).map_err(Stop::Read)?;
        self.exhausted = read < wanted;
        let valid = match std::str::from_utf8(&bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() && !self.exhausted => error.valid_up_to(),
            Err(error) => return Err(self.not_text(&bytes[..error.valid_up_to()])),
        };
        self.cut = bytes.split_off(valid);
        self.text = String::from_utf8(bytes).unwrap_or_default();
        if self.decoding == Decoding::Replaced
            && let Some(place) = self.text.find(char::REPLACEMENT_CHARACTER)
        {
            return Err(self.not_text(&self.text.as_bytes()[..place]));
        }
        Ok(true)
    }

    /// Bytes that are no text, after these.
    fn not_text(&self, before: &[u8]) -> Stop {
        let lines = before.iter().filter(|&&byte| byte == b'\n').count();
        Stop::Encoding(self.line.saturating_add(lines as u32))
    }

    /// Finds the cells of the record at the present place. `each` is told the
    /// cell's number, where it starts, its length, and whether it holds doubled quotes.
    fn record(&self, mut each: impl FnMut(usize, usize, usize, bool)) -> Taken {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        let (mut cells, mut lines, mut blank) = (0, 0, true);
        if at == bytes.len() {
            return Taken::Incomplete;
        }
        loop {
            let start = at;
            if bytes.get(at) == Some(&b'"') {
                let mut doubled = false;
                at += 1;
                loop {
                    match bytes.get(at) {
                        None => return Taken::Incomplete,
                        Some(b'"') if bytes.get(at + 1) == Some(&b'"') => (at, doubled) = (at + 2, true),
                        // The next byte decides whether this quote closes the cell.
                        Some(b'"') if at + 1 == bytes.len() && !self.exhausted => return Taken::Incomplete,
                        Some(b'"') => break,
                        Some(&byte) => {
                            lines += u32::from(
                                byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'),
                            );
                            at += 1;
                        }
                    }
                }
                each(cells, start + 1, at - start - 1, doubled);
                blank = blank && is_blank(&bytes[start + 1..at]);
                at += 1;
                while bytes.get(at) == Some(&b' ') {
                    at += 1;
                }
                if bytes.get(at).is_some_and(|&byte| !self.ends[usize::from(byte)]) {
                    return Taken::AfterQuote { lines };
                }
            } else {
                while let Some(&byte) = bytes.get(at) {
                    if self.ends[usize::from(byte)] {
                        break;
                    }
                    at += 1;
                }
                each(cells, start, at - start, false);
                blank = blank && is_blank(&bytes[start..at]);
            }
            cells += 1;
            match bytes.get(at) {
                Some(&byte) if byte == self.delimiter => at += 1,
                Some(b'\n') => return Taken::Record { next: at + 1, lines: lines + 1, cells, blank },
                Some(_) => match bytes.get(at + 1) {
                    None if !self.exhausted => return Taken::Incomplete,
                    Some(b'\n') => return Taken::Record { next: at + 2, lines: lines + 1, cells, blank },
                    _ => return Taken::Record { next: at + 1, lines: lines + 1, cells, blank },
                },
                None if self.exhausted => return Taken::Record { next: at, lines, cells, blank },
                None => return Taken::Incomplete,
            }
        }
    }
}
