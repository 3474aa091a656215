//! Where something was written: files as read, and places in them.
//!
//! Every symbolic value carries its place, so that a problem found much later
//! (in the type check, or while computing) can still point at the script.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// A text that the user wrote, as it was when it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as shown to the user, relative to the project where possible.
    pub name: String,
    /// The whole text; empty for data files, which are not quoted in messages.
    pub text: String,
    /// Where its lines begin, in bytes; found when a place in it is first asked for,
    /// and then once, because a script has thousands of places.
    lines: OnceLock<Vec<usize>>,
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || (self.name == other.name && self.text == other.text)
    }
}

impl Eq for SourceFile {}

impl SourceFile {
    /// A file with its text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), lines: OnceLock::new() })
    }

    /// Where each line begins; never empty, the first is 0.
    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect()
        })
    }

    /// The span of a byte range of the text; the range is clamped to the text.
    pub fn span(self: &Arc<Self>, range: std::ops::Range<usize>) -> Span {
        let mut start = range.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let lines = self.lines();
        let line = lines.partition_point(|begin| *begin <= start);
        let line_start = lines[line - 1];
        let line_end = lines.get(line).map_or(self.text.len(), |next| next - 1);
        let mut end = range.end.clamp(start, line_end);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        Span {
            file: Arc::clone(self),
            line: line as u32,
            column: self.text[line_start..start].chars().count() as u32 + 1,
            length: self.text[start..end].chars().count() as u32,
        }
    }
}

/// A place in a file: 1-based line and column in characters, and a length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub file: Arc<SourceFile>,
    /// 1-based line; 0 when the whole file is meant.
    pub line: u32,
    /// 1-based column, in characters; 0 when the whole line is meant.
    pub column: u32,
    /// Length in characters on that line; 0 when only the start is known.
    pub length: u32,
}

impl Span {
    /// The whole of a file, when no line is to blame.
    pub fn whole(file: &Arc<SourceFile>) -> Self {
        Self { file: Arc::clone(file), line: 0, column: 0, length: 0 }
    }

    /// A line and column of a file, both 1-based.
    pub fn at(file: &Arc<SourceFile>, line: u32, column: u32) -> Self {
        Self { file: Arc::clone(file), line, column, length: 0 }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file.name)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

/// The place of a symbolic value. It is *where*, not *what*: any two places
/// are equal and hash alike, so that two spellings of one aggregate are one
/// aggregate to fusion.
#[derive(Clone, Default)]
pub struct At(pub Option<Span>);

impl At {
    /// The span, where one is known.
    pub fn span(&self) -> Option<&Span> {
        self.0.as_ref()
    }
}

impl From<Span> for At {
    fn from(span: Span) -> Self {
        Self(Some(span))
    }
}

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for At {}

impl std::hash::Hash for At {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for At {
    /// Alike for any two places, as they are equal: what is printed of a plan says
    /// what is asked for and nothing else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("@")
    }
}
