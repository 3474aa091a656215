//! Cutting one large file of delimited text into parts for several threads.
//!
//! A quick pass counts quotes and lines. A cut is made after a line break with an
//! even number of quotes before it, which is between two records unless a quote
//! stands inside an unquoted cell. Such a wrong cut is always found: the part
//! before it ends in an open quote. The file is then read as a whole.

use std::io::{self, Read};

use goalpost_core::config::{FileFormat, FileKind};

use super::bytes::{self, unreadable};
use crate::source::find::file::DataFile;
use crate::source::find::guard::guarded;

const BLOCK: usize = 1 << 18;

/// A part of a file that can be read on its own: bytes that begin with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Part {
    /// The first byte.
    pub(in crate::source) from: u64,
    /// The byte after the last one.
    pub(in crate::source) to: u64,
    /// The line of the first one.
    pub(in crate::source) line: u32,
}

/// Cuts a file into parts of about this size; none when it is to be read whole.
pub(in crate::source) fn split(file: &DataFile, format: &FileFormat, size: u64) -> Vec<Part> {
    let size = size.max(1);
    // A remainder of a quarter is not worth a part of its own.
    if file.kind != FileKind::Csv || format.skip_footer > 0 || file.size < size + size / 4 {
        return Vec::new();
    }
    // What cannot be read here is reported when the file is read whole.
    let Ok(text) = guarded(file, || bytes::open(file, format)) else { return Vec::new() };
    let Some(start) = text.plain_from else { return Vec::new() };
    let count = file.size.div_ceil(size).max(2);
    let wanted: Vec<u64> = (1..count).map(|i| start + (file.size - start) * i / count).collect();
    let cuts = guarded(file, || cuts(text.reader, start, &wanted).map_err(|error| unreadable(file, &error)));
    cuts.map_or_else(|_| Vec::new(), |cuts| parts(start, file.size, &cuts))
}

/// A place between two records, as far as quotes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    at: u64,
    line: u32,
}

fn parts(start: u64, end: u64, cuts: &[Cut]) -> Vec<Part> {
    let mut from = Cut { at: start, line: 1 };
    let mut parts = Vec::new();
    for &cut in cuts.iter().filter(|cut| cut.at < end) {
        if cut.at > from.at {
            parts.push(Part { from: from.at, to: cut.at, line: from.line });
            from = cut;
        }
    }
    if parts.is_empty() {
        return parts;
    }
    parts.push(Part { from: from.at, to: end, line: from.line });
    parts
}

/// The first possible cut at or after each of the wanted places.
fn cuts(mut input: impl Read, start: u64, wanted: &[u64]) -> io::Result<Vec<Cut>> {
    let mut wanted = wanted.iter().copied().peekable();
    let mut cuts = Vec::new();
    let (mut at, mut line, mut quotes) = (start, 1_u32, 0_usize);
    let mut block = vec![0; BLOCK];
    while wanted.peek().is_some() {
        let read = input.read(&mut block)?;
        if read == 0 {
            break;
        }
        let bytes = &block[..read];
        let end = at + read as u64;
        let mut done = 0;
        while let Some(&next) = wanted.peek().filter(|&&next| next < end) {
            let from = usize::try_from(next.saturating_sub(at)).unwrap_or(read).max(done);
            (line, quotes) = counted(&bytes[done..from], line, quotes);
            done = from;
            let found = bytes[from..].iter().position(|&byte| {
                done += 1;
                quotes += usize::from(byte == b'"');
                line = line.saturating_add(u32::from(byte == b'\n'));
                byte == b'\n' && quotes % 2 == 0
            });
            if found.is_none() {
                break;
            }
            cuts.push(Cut { at: at + done as u64, line });
            wanted.next();
        }
        (line, quotes) = counted(&bytes[done..], line, quotes);
        at += read as u64;
    }
    Ok(cuts)
}

fn counted(bytes: &[u8], line: u32, quotes: usize) -> (u32, usize) {
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let more = bytes.iter().filter(|&&byte| byte == b'"').count();
    (line.saturating_add(lines as u32), quotes + more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_made_between_records() {
        let text = b"id,n\na,\"x\ny\"\nb,2\nc,3\n";
        let found = cuts(&text[..], 0, &[0, 6, 13, 14]).expect("read");
        // After line 1, after the quoted line break, and twice after `b,2`.
        assert_eq!(
            found,
            [
                Cut { at: 5, line: 2 },
                Cut { at: 13, line: 4 },
                Cut { at: 17, line: 5 },
                Cut { at: 21, line: 6 }
            ]
        );
        assert_eq!(cuts(&b"a\rb\rc"[..], 0, &[1]).expect("read"), []);
    }

    #[test]
    fn parts_cover_the_file_once() {
        let cut = |at| Cut { at, line: at as u32 };
        let found = parts(3, 100, &[cut(40), cut(40), cut(100)]);
        assert_eq!(found, [Part { from: 3, to: 40, line: 1 }, Part { from: 40, to: 100, line: 40 }]);
        assert_eq!(parts(0, 100, &[cut(100)]), []);
    }
}
