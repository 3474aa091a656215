//! The words of a column: whether it holds nothing but these, and which it holds.
//!
//! Writers keep such columns as codes of a dictionary, so reading the few
//! dictionaries answers for millions of rows; only where a writer did otherwise
//! are the values themselves read.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::white::trimmed;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::damage::unreadable;
use super::open::{Contents, leaf, reader};
use crate::source::find::file::DataFile;
use crate::source::find::guard::guarded;

/// Whether all values of a column are among these words, or null.
pub(super) fn hold(
    file: &DataFile,
    contents: &Contents,
    column: &str,
    words: &[&str],
) -> Result<bool, Diagnostic> {
    guarded(file, || {
        let by_dictionaries = dictionaries_hold(file, contents, column, words);
        match by_dictionaries.map_err(|error| unreadable(file, &error))? {
            Some(answer) => Ok(answer),
            None => values_hold(file, contents, column, words),
        }
    })
}

/// Most different texts that a column may have to be mapped where it is.
const MOST_WORDS: usize = 64;

/// All different texts of a column, where dictionaries tell and they are few.
pub(super) fn distinct(
    file: &DataFile,
    contents: &Contents,
    column: &str,
) -> Result<Option<BTreeSet<String>>, Diagnostic> {
    let mut found = BTreeSet::new();
    let few = |words: &mut dyn Iterator<Item = Option<&[u8]>>| {
        for word in words {
            match word.map(std::str::from_utf8) {
                Some(Ok(word)) if found.len() < MOST_WORDS => found.insert(word.to_owned()),
                _ => return false,
            };
        }
        true
    };
    let known = guarded(file, || {
        each_dictionary(file, contents, column, few).map_err(|error| unreadable(file, &error))
    })?;
    Ok((known == Some(true)).then_some(found))
}

/// Whether dictionaries show that no value of a column is blank or has white space
/// around it.
pub(super) fn are_trimmed(file: &DataFile, contents: &Contents, column: &str) -> Result<bool, Diagnostic> {
    let is_trimmed = |word: &str| !word.is_empty() && trimmed(word).len() == word.len();
    let holds = |words: &mut dyn Iterator<Item = Option<&[u8]>>| {
        for word in words {
            if !word.and_then(|word| std::str::from_utf8(word).ok()).is_some_and(is_trimmed) {
                return false;
            }
        }
        true
    };
    let known = guarded(file, || {
        each_dictionary(file, contents, column, holds).map_err(|error| unreadable(file, &error))
    })?;
    Ok(known == Some(true))
}

/// The answer of the dictionaries; `None` when values are kept outside of them.
fn dictionaries_hold(
    file: &DataFile,
    contents: &Contents,
    column: &str,
    words: &[&str],
) -> Result<Option<bool>, ParquetError> {
    each_dictionary(file, contents, column, |texts| {
        for text in texts {
            if !words.iter().any(|word| Some(word.as_bytes()) == text) {
                return false;
            }
        }
        true
    })
}

/// Whether something holds of the texts of every dictionary of a column; `None`
/// when values are kept outside of them.
fn each_dictionary(
    file: &DataFile,
    contents: &Contents,
    column: &str,
    mut holds: impl FnMut(&mut dyn Iterator<Item = Option<&[u8]>>) -> bool,
) -> Result<Option<bool>, ParquetError> {
    let Some(leaf) = leaf(contents, column) else { return Ok(None) };
    let input = Arc::new(File::open(&file.path)?);
    for group in contents.metadata.metadata().row_groups() {
        let chunk = group.column(leaf);
        if !is_dictionary_only(chunk) {
            return Ok(None);
        }
        let rows = usize::try_from(group.num_rows()).unwrap_or_default();
        let mut pages = SerializedPageReader::new(Arc::clone(&input), chunk, rows, None)?;
        match pages.get_next_page()? {
            Some(Page::DictionaryPage { buf, .. }) => {
                if !holds(&mut texts(&buf)) {
                    return Ok(Some(false));
                }
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(true))
}

/// Whether a column is kept as codes of a dictionary in all of a file.
pub(super) fn are_coded(contents: &Contents, column: &str) -> bool {
    let Some(leaf) = leaf(contents, column) else { return false };
    let mut groups = contents.metadata.metadata().row_groups().iter();
    groups.all(|group| is_dictionary_only(group.column(leaf)))
}

fn is_dictionary_only(chunk: &ColumnChunkMetaData) -> bool {
    chunk.column_type() == Type::BYTE_ARRAY
        && chunk.dictionary_page_offset().is_some()
        && chunk.page_encoding_stats_mask().is_some_and(|pages| {
            pages.is_only(Encoding::PLAIN_DICTIONARY) || pages.is_only(Encoding::RLE_DICTIONARY)
        })
}

/// The texts of a dictionary: each its length in four bytes, then its bytes;
/// `None` where a length leads beyond the end.
fn texts(mut page: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    std::iter::from_fn(move || {
        if page.is_empty() {
            return None;
        }
        let found = page.split_first_chunk::<4>().and_then(|(length, rest)| {
            rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
        });
        let (text, rest) = found.map_or((None, &[][..]), |(text, rest)| (Some(text), rest));
        page = rest;
        Some(text)
    })
}

fn values_hold(
    file: &DataFile,
    contents: &Contents,
    column: &str,
    words: &[&str],
) -> Result<bool, Diagnostic> {
    let Ok(index) = contents.schema().index_of(column) else { return Ok(false) };
    let batches = reader(file, contents, &[index])?.build().map_err(|error| unreadable(file, &error))?;
    for batch in batches {
        let batch = batch.map_err(|error| unreadable(file, &error))?;
        let texts = cast(batch.column(0), &DataType::Utf8View).map_err(|error| unreadable(file, &error))?;
        if !texts.as_string_view().iter().flatten().all(|text| words.contains(&text)) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_are_read_and_cut_ones_noticed() {
        let found: Vec<_> = texts(b"\x03\0\0\0won\x04\0\0\0lost").collect();
        assert_eq!(found, [Some(&b"won"[..]), Some(b"lost")]);
        let found: Vec<_> = texts(b"\x03\0\0\0won\x04\0\0\0lo").collect();
        assert_eq!(found, [Some(&b"won"[..]), None]);
        assert_eq!(texts(b"").count(), 0);
    }
}
