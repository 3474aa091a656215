//! JSON: one object per row, on a line each, one after another, or in an array.
//!
//! Members of an object inside another are columns of their own, by their path
//! (`properties.amount`); an array is the text of itself. Numbers with a fraction
//! are binary floats to JSON readers and writers alike, so their decimals may be
//! rounded to the column's; whole numbers are exact.

use std::collections::HashMap;
use std::io::Read;

use goalpost_core::config::FileFormat;
use goalpost_core::diagnostic::{Code, Diagnostic};
use serde_json::Value;

use super::bytes::{Text, bad_encoding, unreadable};
use super::csv::Decoding;
use crate::source::bind::naming::folded;
use crate::source::cell::records::Records;
use crate::source::find::file::DataFile;

const BLOCK: usize = 1 << 20;
/// The longest object; beyond it the file is surely not what it says.
const LONGEST: usize = 1 << 26;
const ROWS: usize = 8_192;

/// A reader of objects.
pub(in crate::source) struct JsonReader<'a> {
    file: &'a DataFile,
    format: &'a FileFormat,
    input: Box<dyn Read + Send>,
    decoding: Decoding,
    bytes: Vec<u8>,
    at: usize,
    exhausted: bool,
    line: u32,
    place: Place,
}

/// Where in the document the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before anything.
    Start,
    /// Before an object of those that stand one after another.
    Next,
    /// In an array, before its first object or its end.
    First,
    /// In an array, after an object.
    After,
    /// In an array, after a comma.
    Item,
    /// After the array.
    End,
}

/// The line of an object, and the object.
type Found = (u32, serde_json::Map<String, Value>);

/// Where members go: by path as written, and by path without regard to case.
pub(in crate::source) struct Members {
    folded: HashMap<String, usize>,
    known: HashMap<String, Option<usize>>,
}

impl Members {
    /// Wants the members with these paths, in this order of slots.
    pub(in crate::source) fn new<'h>(paths: impl IntoIterator<Item = &'h str>) -> Self {
        let folded = paths.into_iter().enumerate().map(|(slot, path)| (folded(path), slot)).collect();
        Self { folded, known: HashMap::new() }
    }

    fn slot(&mut self, path: &str) -> Option<usize> {
        if let Some(slot) = self.known.get(path) {
            return *slot;
        }
        let slot = self.folded.get(&folded(path)).copied();
        self.known.insert(path.to_owned(), slot);
        slot
    }
}

impl<'a> JsonReader<'a> {
    /// A reader of an opened file.
    pub(in crate::source) fn new(file: &'a DataFile, format: &'a FileFormat, text: Text) -> Self {
        Self {
            file,
            format,
            input: text.reader,
            decoding: text.decoding,
            bytes: Vec::new(),
            at: 0,
            exhausted: false,
            line: 1,
            place: Place::Start,
        }
    }

    /// Takes the next rows; no rows when there are no more.
    pub(in crate::source) fn rows(
        &mut self,
        members: &mut Members,
        records: &mut Records,
    ) -> Result<(), Diagnostic> {
        records.clear();
        while records.len() < ROWS && records.side_len() < LONGEST {
            let Some((line, object)) = self.next()? else { break };
            records.begin(line);
            let mut path = String::new();
            let mut lost = None;
            visit(&object, &mut path, &mut |path, value| {
                let Some(slot) = members.slot(path) else { return };
                match value {
                    Value::Null => {}
                    Value::String(text) => records.put_text(slot, text),
                    Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                        // Rust writes floats without exponents, and as short as they can be told apart.
                        Some(float) => {
                            if lost.is_none() && is_inexact(float) {
                                lost = Some((path.to_owned(), float));
                            }
                            records.put_float(slot, &float.to_string());
                        }
                        None => records.put_text(slot, &number.to_string()),
                    },
                    other => records.put_text(slot, &other.to_string()),
                }
            });
            if let Some((path, float)) = lost {
                return Err(self.not_exact(line, &path, float));
            }
        }
        Ok(())
    }

    fn not_exact(&self, line: u32, path: &str, float: f64) -> Diagnostic {
        let message = format!(
            "the number of `{path}` in `{}`, about {float:e}, has more digits than a number of JSON is read with",
            self.file.shown.name
        );
        Diagnostic::error(Code::UnreadableFile, message)
            .at(self.file.line(line))
            .help("write it in quotes in the export: then all of its digits count")
    }

    /// The paths of the members of the next rows, at most so many rows, in the
    /// order in which they first appear.
    pub(in crate::source) fn paths(&mut self, rows: usize) -> Result<Vec<String>, Diagnostic> {
        let mut paths = Vec::new();
        let mut known: HashMap<String, ()> = HashMap::new();
        for _ in 0..rows {
            let Some((_, object)) = self.next()? else { break };
            let mut path = String::new();
            visit(&object, &mut path, &mut |path, _| {
                if !known.contains_key(path) {
                    known.insert(path.to_owned(), ());
                    paths.push(path.to_owned());
                }
            });
        }
        Ok(paths)
    }

    /// The next object with its line.
    fn next(&mut self) -> Result<Option<Found>, Diagnostic> {
        loop {
            self.skip_blanks();
            match (self.bytes.get(self.at), self.place) {
                (None, _) if !self.exhausted => self.more()?,
                (None, Place::Start | Place::Next | Place::End) => return Ok(None),
                (None, _) => return Err(self.wrong("the array is not closed; was the download complete?")),
                (Some(b'['), Place::Start) => self.step(Place::First),
                (Some(b']'), Place::First | Place::After) => self.step(Place::End),
                (Some(b','), Place::After) => self.step(Place::Item),
                (Some(_), Place::After | Place::End) => return Err(self.wrong("`,` or `]` expected")),
                (Some(_), _) => {
                    if let Some(found) = self.object()? {
                        return Ok(Some(found));
                    }
                }
            }
        }
    }

    fn step(&mut self, place: Place) {
        (self.at, self.place) = (self.at + 1, place);
    }

    /// Reads the object at the present place; `None` when more text is needed first.
    fn object(&mut self) -> Result<Option<Found>, Diagnostic> {
        let mut values = serde_json::Deserializer::from_slice(&self.bytes[self.at..]).into_iter::<Value>();
        let found = values.next();
        let length = values.byte_offset();
        match found {
            Some(Ok(Value::Object(object))) => {
                let line = self.line;
                self.advance(length);
                self.place = match self.place {
                    Place::Start | Place::Next => Place::Next,
                    _ => Place::After,
                };
                Ok(Some((line, object)))
            }
            Some(Ok(other)) => {
                let what = match other {
                    Value::Array(_) => "an array",
                    Value::String(_) => "a text",
                    Value::Number(_) => "a number",
                    _ => "a word",
                };
                Err(self.wrong(&format!("every row must be an object, and this is {what}")))
            }
            Some(Err(error)) if error.is_eof() && !self.exhausted => {
                self.more()?;
                Ok(None)
            }
            Some(Err(error)) => {
                let below = (error.line() as u32).saturating_sub(1);
                self.line = self.line.saturating_add(below);
                let rest = std::str::from_utf8(&self.bytes[self.at..]);
                if rest.is_err_and(|error| error.error_len().is_some()) {
                    return Err(bad_encoding(self.file, self.format, self.line));
                }
                let message = error.to_string();
                Err(self.wrong(message.split(" at line ").next().unwrap_or_default()))
            }
            None => {
                self.at = self.bytes.len();
                Ok(None)
            }
        }
    }

    fn skip_blanks(&mut self) {
        let blanks = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.advance(blanks);
    }

    fn advance(&mut self, length: usize) {
        let passed = &self.bytes[self.at..self.at + length];
        let lines = passed.iter().filter(|&&byte| byte == b'\n').count();
        self.line = self.line.saturating_add(lines as u32);
        self.at += length;
    }

    fn more(&mut self) -> Result<(), Diagnostic> {
        self.bytes.drain(..self.at);
        self.at = 0;
        let held = self.bytes.len();
        if held > LONGEST {
            return Err(self.wrong("an object goes on for more than 64 MiB"));
        }
        let wanted = BLOCK.max(held);
        let read = self.input.by_ref().take(wanted as u64).read_to_end(&mut self.bytes);
        let read = read.map_err(|error| unreadable(self.file, &error))?;
        self.exhausted = read < wanted;
        let replaced = char::REPLACEMENT_CHARACTER.to_string();
        let is_replaced = |bytes: &[u8]| bytes.windows(3).any(|bytes| bytes == replaced.as_bytes());
        if self.decoding == Decoding::Replaced && is_replaced(&self.bytes[held.saturating_sub(2)..]) {
            return Err(bad_encoding(self.file, self.format, self.line));
        }
        Ok(())
    }

    fn wrong(&self, why: &str) -> Diagnostic {
        let message = format!("`{}` is not valid JSON: {why}", self.file.shown.name);
        Diagnostic::error(Code::UnreadableFile, message).at(self.file.line(self.line))
    }
}

/// Whether a number may have had digits that a binary float has lost: cents from
/// so many billions on, whole numbers beyond 53 bits.
fn is_inexact(float: f64) -> bool {
    /// Floats here are further apart than a cent.
    const CENTS: f64 = (1_u64 << 46) as f64;
    /// And here than one.
    const WHOLE: f64 = (1_u64 << 53) as f64;
    /// Digits that every float gives back as they were written.
    const SURE_DIGITS: usize = 15;
    let digits = || float.to_string().bytes().filter(u8::is_ascii_digit).count();
    float.abs() >= WHOLE || (float.abs() >= CENTS && float.fract() != 0.0 && digits() > SURE_DIGITS)
}

/// Calls `each` with every member that is not an object, and its path.
fn visit(object: &serde_json::Map<String, Value>, path: &mut String, each: &mut impl FnMut(&str, &Value)) {
    let length = path.len();
    for (key, value) in object {
        if length > 0 {
            path.push('.');
        }
        path.push_str(key);
        match value {
            Value::Object(inner) => visit(inner, path, each),
            other => each(path, other),
        }
        path.truncate(length);
    }
}
