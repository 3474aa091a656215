//! How the files of a table are written: kind, delimiter, encoding, nulls, numbers.

use toml::de::DeValue;

use super::document::{Problems, Section, expect};
use super::{FileFormat, FileKind};
use crate::diagnostic::Code;

/// What is wrong with a value, and what to do.
type Unfit = (&'static str, &'static str);

/// Reads the keys of a table that say how its files are written. A key that
/// would have no effect on this kind of file is an error, because who wrote it
/// expects one.
pub(super) fn file_format(section: &mut Section<'_>, from: &str, problems: &mut Problems<'_>) -> FileFormat {
    let mut format = FileFormat::default();
    let words = [
        ("csv", (FileKind::Csv, None)),
        ("tsv", (FileKind::Csv, Some(b'\t'))),
        ("parquet", (FileKind::Parquet, None)),
        ("json", (FileKind::Json, None)),
    ];
    if let Some((kind, delimiter)) = section.word("format", &words, problems) {
        format.kind = Some(kind);
        format.delimiter = delimiter;
    }
    let kind = format.kind.or_else(|| kind_of(from));
    let is_tsv = format.delimiter.is_some();

    let chosen = section.parsed("delimiter", problems, |text| match kind {
        _ if is_tsv => Err(("does not go with tsv", "write `format = \"csv\"` or remove it")),
        Some(FileKind::Parquet | FileKind::Json) => {
            Err(("is for delimited text (csv, tsv) alone", "remove it"))
        }
        _ => delimiter(text),
    });
    format.delimiter = chosen.or(format.delimiter);
    let chosen = section.parsed("encoding", problems, |text| match kind {
        Some(FileKind::Parquet) => Err(("is for text files alone", "remove it")),
        _ => encoding(text),
    });
    format.encoding = chosen.unwrap_or(format.encoding);
    let chosen = section.parsed("decimal_separator", problems, |text| match (kind, text) {
        (Some(FileKind::Parquet), _) => Err(("is for text files alone", "remove it")),
        (_, ".") => Ok('.'),
        (_, ",") => Ok(','),
        _ => Err(("is not a decimal separator", "write \".\" or \",\"")),
    });
    format.decimal_separator = chosen.unwrap_or(format.decimal_separator);
    format.skip_rows = skipped("skip_rows", kind, section, problems);
    format.skip_footer = skipped("skip_footer", kind, section, problems);
    let nulls = section.strings("null_values", problems).unwrap_or_default();
    format.null_values = nulls.iter().map(|text| (*text.get_ref()).to_owned()).collect();
    format
}

/// A number of rows around those of the table.
fn skipped(
    key: &'static str,
    kind: Option<FileKind>,
    section: &mut Section<'_>,
    problems: &mut Problems<'_>,
) -> u32 {
    let path = section.path_of(key);
    let Some(value) = section.value(key) else { return 0 };
    let Some(integer) = expect(&path, value, "a number of rows", problems, DeValue::as_integer) else {
        return 0;
    };
    let rows = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
    if rows.is_none() {
        let message = format!("`{path}` must be a number of rows, not {integer}");
        problems.at(Code::ConfigValue, value.span(), message, "");
    }
    if matches!(kind, Some(FileKind::Parquet | FileKind::Json)) {
        let message = format!("`{path}` is for delimited text (csv, tsv) alone");
        problems.at(Code::ConfigValue, value.span(), message, "remove it");
    }
    rows.unwrap_or(0)
}

fn delimiter(text: &str) -> Result<u8, Unfit> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n\0".contains(byte) => {
            Ok(*byte)
        }
        _ => Err(("is not a delimiter", "write one ASCII character such as \",\", \";\", \"|\" or \"\\t\"")),
    }
}

/// The name of an encoding by any of its labels.
fn encoding(label: &str) -> Result<String, Unfit> {
    match encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()) {
        Some(encoding) => Ok(encoding.name().to_ascii_lowercase()),
        None => Err((
            "is not a known encoding",
            "write utf-8, windows-1252, utf-16le, shift_jis or another label of the encoding standard",
        )),
    }
}

/// The kind that a path's ending implies, for the checks here alone: the
/// reader decides for each file that it finds.
fn kind_of(from: &str) -> Option<FileKind> {
    let lower = from.to_ascii_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    let (_, ending) = plain.rsplit_once('.')?;
    match ending {
        "csv" | "tsv" | "txt" => Some(FileKind::Csv),
        "parquet" => Some(FileKind::Parquet),
        "json" | "jsonl" | "ndjson" => Some(FileKind::Json),
        _ => None,
    }
}
