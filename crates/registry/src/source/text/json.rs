//! JSON: one object per row, on a line each, one after another, or in an array.
//!
//! Members of an object inside another are columns of their own, by their path
//! (`properties.amount`); an array is the text of itself. A number is the digits
//! that are written, and is read by the rules of a number in CSV.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;

use goalpost_core::config::FileFormat;
use goalpost_core::diagnostic::{Code, Diagnostic};
use serde::de::IgnoredAny;

use super::bytes::{Text, bad_encoding, unreadable};
use super::csv::Decoding;
use super::object::{Held, compact, members, plain, unquoted};
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

/// The line of an object, and where its text is.
type Found = (u32, Range<usize>);

/// Where members go: by path as written, and by path without regard to case.
///
/// A path, or a wanted member in two ways of writing, is in an object once: nothing
/// says which of two values is the one that is meant.
pub(in crate::source) struct Members {
    folded: HashMap<String, usize>,
    known: HashMap<String, Known>,
    /// The object in which each wanted member was last seen.
    seen: Vec<u64>,
    object: u64,
}

/// A path that was met.
struct Known {
    slot: Option<usize>,
    /// The object in which it was last seen.
    seen: u64,
}

impl Members {
    /// Wants the members with these paths, in this order of slots.
    pub(in crate::source) fn new<'h>(paths: impl IntoIterator<Item = &'h str>) -> Self {
        let folded: HashMap<_, _> =
            paths.into_iter().enumerate().map(|(slot, path)| (folded(path), slot)).collect();
        Self { seen: vec![0; folded.len()], folded, known: HashMap::new(), object: 0 }
    }

    /// Begins an object.
    fn begin(&mut self) {
        self.object += 1;
    }

    /// The slot of a path of the present object; an error where it has that member already.
    fn slot(&mut self, path: &str) -> Result<Option<usize>, Doubled> {
        let object = self.object;
        let seen = match self.known.get_mut(path) {
            Some(known) => (known.slot, std::mem::replace(&mut known.seen, object)),
            None => {
                let slot = self.folded.get(&folded(path)).copied();
                self.known.insert(path.to_owned(), Known { slot, seen: object });
                (slot, 0)
            }
        };
        let (slot, before) = seen;
        let other = slot.and_then(|slot| self.seen.get_mut(slot));
        let before = other.map_or(before, |seen| std::mem::replace(seen, object).max(before));
        if before == object { Err(Doubled) } else { Ok(slot) }
    }
}

/// A member is in one object twice.
struct Doubled;

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
            members.begin();
            let (mut wrong, mut doubled) = (None, None);
            self.visit(line, object, &mut |path, held| {
                let slot = match members.slot(path) {
                    Ok(Some(slot)) => slot,
                    Ok(None) => return,
                    Err(Doubled) => {
                        doubled.get_or_insert_with(|| path.to_owned());
                        return;
                    }
                };
                match held {
                    Held::Object => {}
                    Held::Null => records.put_text(slot, ""),
                    Held::Text(quoted) => match unquoted(quoted) {
                        Ok(text) => records.put_text(slot, &text),
                        Err(why) => wrong = Some(why),
                    },
                    Held::Number(number) => records.put_number(slot, &plain(number)),
                    Held::Word(word) => records.put_text(slot, word),
                    Held::Array(array) => records.put_text(slot, &compact(array)),
                }
            })?;
            if let Some(why) = wrong {
                return Err(self.wrong(line, &why));
            }
            if let Some(path) = doubled {
                return Err(self.doubled(line, &path));
            }
        }
        Ok(())
    }

    /// The paths of the members of the next rows, at most so many rows, in the
    /// order in which they first appear.
    pub(in crate::source) fn paths(&mut self, rows: usize) -> Result<Vec<String>, Diagnostic> {
        let mut paths = Vec::new();
        let mut known: HashMap<String, ()> = HashMap::new();
        for _ in 0..rows {
            let Some((line, object)) = self.next()? else { break };
            self.visit(line, object, &mut |path, held| {
                if held != Held::Object && !known.contains_key(path) {
                    known.insert(path.to_owned(), ());
                    paths.push(path.to_owned());
                }
            })?;
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
                (None, _) => {
                    return Err(self.cut_short(self.line, "the array is not closed"));
                }
                (Some(b'['), Place::Start) => self.step(Place::First),
                (Some(b']'), Place::First | Place::After) => self.step(Place::End),
                (Some(b','), Place::After) => self.step(Place::Item),
                (Some(_), Place::After | Place::End) => {
                    return Err(self.wrong(self.line, "`,` or `]` expected"));
                }
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

    /// Finds the object at the present place; `None` when more text is needed first.
    fn object(&mut self) -> Result<Option<Found>, Diagnostic> {
        let rest = &self.bytes[self.at..];
        let what = match rest.first() {
            Some(b'[') => "an array",
            Some(b'"') => "a text",
            Some(b'-' | b'0'..=b'9') => "a number",
            _ => "a word",
        };
        let is_object = rest.first() == Some(&b'{');
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
        let found = values.next();
        let length = values.byte_offset();
        match found {
            Some(Ok(_)) if is_object => {
                let (line, from) = (self.line, self.at);
                self.advance(length);
                self.place = match self.place {
                    Place::Start | Place::Next => Place::Next,
                    _ => Place::After,
                };
                Ok(Some((line, from..self.at)))
            }
            Some(Ok(_)) => {
                Err(self.wrong(self.line, &format!("every row must be an object, and this is {what}")))
            }
            Some(Err(error)) if error.is_eof() && !self.exhausted => {
                self.more()?;
                Ok(None)
            }
            Some(Err(error)) => Err(self.stumbled(&error, rest)),
            None => {
                self.at = self.bytes.len();
                Ok(None)
            }
        }
    }

    /// Calls `each` with every member of an object, and its path.
    fn visit<'t>(
        &'t self,
        line: u32,
        object: Range<usize>,
        each: &mut impl FnMut(&str, Held<'t>),
    ) -> Result<(), Diagnostic> {
        let bytes = &self.bytes[object];
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
            bad_encoding(self.file, self.format, line.saturating_add(before as u32))
        })?;
        members(text, each).map_err(|why| self.wrong(line, &why))
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
            return Err(self.wrong(self.line, "an object goes on for more than 64 MiB"));
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

    fn wrong(&self, line: u32, why: &str) -> Diagnostic {
        let message = format!("`{}` is not valid JSON: {why}", self.file.shown.name);
        Diagnostic::error(Code::UnreadableFile, message)
            .at(self.file.line(line))
            .help("each row is one object in braces, on a line of its own or in one array: let the export write it anew")
    }

    /// An object that breaks off: at the end of the file, or where the next line begins.
    fn cut_short(&self, line: u32, why: &str) -> Diagnostic {
        self.wrong(line, why)
            .help("was the download complete? Get the file anew, or let the export write it again")
    }

    /// What the parser stumbled over, with the text in which it did.
    fn stumbled(&self, error: &serde_json::Error, rest: &[u8]) -> Diagnostic {
        let below = u32::try_from(error.line()).unwrap_or(u32::MAX).saturating_sub(1);
        let line = self.line.saturating_add(below);
        if std::str::from_utf8(rest).is_err_and(|error| error.error_len().is_some()) {
            return bad_encoding(self.file, self.format, line);
        }
        let message = error.to_string();
        let why = message.split(" at line ").next().unwrap_or_default();
        if error.is_eof() {
            return self
                .cut_short(line, &format!("the object that begins on line {} is not closed", self.line));
        }
        let words = rest.split(|&byte| byte == b'\n').nth(below as usize).unwrap_or_default();
        if why.starts_with("control character") && error.column() >= words.len() {
            return self.cut_short(line, "a text goes on beyond the end of the line");
        }
        match not_json(words, error.column()) {
            Some(word) => self.wrong(line, &format!("`{word}` is no value of it")).help(
                "JSON knows numbers, texts in quotes, true, false and null: let the export write null \
                 where there is no number",
            ),
            None => self.wrong(line, why),
        }
    }

    fn doubled(&self, line: u32, path: &str) -> Diagnostic {
        let name = &self.file.shown.name;
        let message = format!("an object of `{name}` has the member `{path}` twice");
        Diagnostic::error(Code::UnreadableFile, message)
            .at(self.file.line(line))
            .label("the object that begins here")
            .help(
                "nothing says which of the two counts: let the export write each member once, \
                 whether in small or in capital letters",
            )
    }
}

/// The word at a column, counted from 1, where other programs write it for a value and
/// JSON has none: `NaN`, `-Infinity`, `None`.
fn not_json(line: &[u8], column: usize) -> Option<&str> {
    let is_of_word = |byte: &&u8| byte.is_ascii_alphabetic() || **byte == b'-';
    let at = column.saturating_sub(1).min(line.len());
    let before = line[..at].iter().rev().take_while(is_of_word).count();
    let after = line[at..].iter().take_while(is_of_word).count();
    let word = std::str::from_utf8(&line[at - before..at + after]).ok()?;
    let known = ["nan", "inf", "infinity", "none", "undefined", "null", "true", "false", "na", "nil"];
    known.contains(&word.trim_start_matches('-').to_ascii_lowercase().as_str()).then_some(word)
}
