//! Files of one table that hold the same, so that each of their rows would count
//! twice: an export that was saved again, a link, a compressed copy.
//!
//! Only files of the same length are opened, and only those that begin alike are
//! read to their ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use goalpost_core::config::FileKind;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::TableName;

use super::file::OpenFile;
use crate::source::find::guard::guarded;
use crate::source::text::bytes::unreadable;

/// How much of a file is looked at before all of it is read.
const BEGINNING: u64 = 1 << 16;

/// What is wrong with files of a table that hold the same as one before them.
pub(super) fn found(table: &TableName, files: &[OpenFile]) -> Vec<Diagnostic> {
    let mut alike: BTreeMap<u32, Vec<&OpenFile>> = BTreeMap::new();
    for file in files {
        // Who cannot be read is reported by who reads it.
        if let Ok(length) = length(&file.file.path) {
            alike.entry(length).or_default().push(file);
        }
    }
    let mut problems = Vec::new();
    for files in alike.into_values().filter(|files| files.len() > 1) {
        let mut different: BTreeMap<Vec<u8>, Vec<&OpenFile>> = BTreeMap::new();
        for file in files {
            let read = || beginning(&file.file.path).map_err(|error| unreadable(&file.file, &error));
            let Ok(beginning) = guarded(&file.file, read) else { continue };
            if !has_rows(file, &beginning) {
                continue;
            }
            let others = different.entry(beginning).or_default();
            let is_same = |other: &&&OpenFile| {
                let same = || is_same(&other.file.path, &file.file.path);
                let same = || same().map_err(|error| unreadable(&file.file, &error));
                guarded(&file.file, same).unwrap_or(false)
            };
            match others.iter().find(is_same) {
                Some(first) => problems.push(twice(table, first, file)),
                None => others.push(file),
            }
        }
    }
    problems
}

fn twice(table: &TableName, first: &OpenFile, second: &OpenFile) -> Diagnostic {
    let (first, second) = (&first.file, &second.file);
    let message = format!(
        "`{}` and `{}` hold the same, so each row of table `{table}` in them would count twice",
        first.shown.name, second.shown.name
    );
    Diagnostic::error(Code::DuplicateFile, message).at(second.whole()).help(format!(
        "remove one of them, or narrow `from` in [tables.{table}]; where each row is an event that counts \
         however often it is there, `duplicates = \"count\"`"
    ))
}

/// Whether a file that begins so has any row: exports of two months without one are alike.
fn has_rows(file: &OpenFile, beginning: &[u8]) -> bool {
    // Both bytes of a line end in UTF-16 are none of a cell.
    let is_blank = |bytes: &[u8]| bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0);
    match (&file.parquet, file.file.kind) {
        (Some(contents), _) => contents.rows() > 0,
        (None, FileKind::Json) => beginning.contains(&b'{'),
        (None, _) => {
            let lines = beginning.split(|byte| matches!(byte, b'\n' | b'\r'));
            lines.filter(|line| !is_blank(line)).count() > 1 || beginning.len() as u64 == BEGINNING
        }
    }
}

/// How many bytes a file has when it is unpacked, as far as 32 bits hold it.
fn length(path: &Path) -> io::Result<u32> {
    let mut file = File::open(path)?;
    if !is_packed(&mut file)? {
        return Ok(file.metadata()?.len() as u32);
    }
    file.seek(SeekFrom::End(-4))?;
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    Ok(u32::from_le_bytes(length))
}

/// Whether a file is compressed; it is at its start afterwards.
fn is_packed(file: &mut File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start == [0x1f, 0x8b])
}

fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let is_packed = is_packed(&mut file)?;
    let file = BufReader::with_capacity(1 << 16, file);
    Ok(if is_packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) })
}

fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    unpacked(path)?.take(BEGINNING).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    if one.canonicalize()? == other.canonicalize()? {
        return Ok(true);
    }
    let (mut one, mut other) = (unpacked(one)?, unpacked(other)?);
    let (mut of_one, mut of_other) = (Vec::new(), Vec::new());
    loop {
        of_one.clear();
        of_other.clear();
        one.by_ref().take(BEGINNING).read_to_end(&mut of_one)?;
        other.by_ref().take(BEGINNING).read_to_end(&mut of_other)?;
        if of_one != of_other || of_one.is_empty() {
            return Ok(of_one == of_other);
        }
    }
}
