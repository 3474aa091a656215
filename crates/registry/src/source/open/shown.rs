//! What the data of a table has shown when it was opened, kept from one run to the
//! next: looking at many rows to guess types takes longer than anything else there.

use std::path::Path;

use goalpost_core::config::FileFormat;
use goalpost_core::schema::{ColumnType, Odd, Others, Untyped};
use serde_json::{Value, json};

use super::file::OpenFile;
use crate::kept::{Basis, Digest, Digester, Kept};
use crate::source::bind::columns::{BoundColumn, Typing};
use crate::source::find::file::DataFile;

/// What was shown before of the files of a table, and is shown now.
#[derive(Clone, Copy)]
pub(super) struct Shown<'k> {
    pub(super) kept: &'k Kept,
    pub(super) basis: &'k Basis,
}

impl Shown<'_> {
    /// What the files show of something, as a text; found out where it is not known.
    /// What comes of it and is no text is not kept.
    pub(super) fn or<T>(
        self,
        question: &Digester,
        read: impl FnOnce(&Value) -> Option<T>,
        find: impl FnOnce() -> (T, Option<Value>),
    ) -> T {
        if !self.kept.is_on() {
            return find().0;
        }
        let question = question.finish();
        let known = self.kept.get(&question, self.basis);
        let known = known.and_then(|bytes| read(&serde_json::from_slice(&bytes).ok()?));
        known.unwrap_or_else(|| {
            let (found, text) = find();
            if let Some(text) = text {
                self.kept.keep(question, self.basis, text.to_string().into_bytes());
            }
            found
        })
    }
}

/// A question of columns that are read from files.
pub(super) fn asks(kind: &str, columns: &[BoundColumn], files: &[OpenFile], format: &FileFormat) -> Digester {
    let mut digester = Digester::of_program(kind);
    columns.iter().for_each(|bound| bound.read_as(&mut digester));
    digester.printed(format);
    for OpenFile { file: DataFile { shown, path: _, kind, size }, headers, parquet } in files {
        digester.printed(&(&shown.name, kind, size, headers, parquet.is_some()));
    }
    digester
}

/// The members of a JSON file, which only its rows name.
pub(super) fn members<E>(
    kept: &Kept,
    path: &Path,
    format: &FileFormat,
    find: impl FnOnce() -> Result<Vec<String>, E>,
) -> Result<Vec<String>, E> {
    let basis = kept.watch([path].into_iter());
    let mut question = Digester::of_program("members");
    question.printed(format);
    let read = |text: &Value| {
        let names = text.as_array()?.iter();
        names.map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>().map(Ok)
    };
    Shown { kept, basis: &basis }.or(&question, read, || {
        let found = find();
        let text = found.as_ref().ok().map(|names| json!(names));
        (found, text)
    })
}

/// The types of columns, as the data has shown them, and how many rows there are.
pub(super) fn types(
    shown: Shown<'_>,
    columns: &mut Vec<BoundColumn>,
    files: &[OpenFile],
    format: &FileFormat,
    find: impl FnOnce(&mut [BoundColumn]) -> Option<u64>,
) -> Option<u64> {
    let question = asks("types", columns, files, format);
    let before = columns.clone();
    let read = |text: &Value| {
        let mut settled = before.clone();
        apply(text.get("columns")?, &mut settled, files)?;
        let rows = text.get("rows")?;
        Some((settled, rows.as_u64()))
    };
    let (settled, rows) = shown.or(&question, read, || {
        let mut settled = before.clone();
        let rows = find(&mut settled);
        let text = json!({ "rows": rows, "columns": changes(&before, &settled) });
        let mut again = before.clone();
        // What would not come back as it is is not kept.
        let comes_back = apply(&text["columns"], &mut again, files).is_some()
            && printed(&again) == printed(&settled)
            && again.iter().zip(&settled).all(|(again, bound)| again.column == bound.column);
        ((settled, rows), comes_back.then_some(text))
    });
    *columns = settled;
    rows
}

/// The columns that differ: the place, the type, where that comes from, and why nothing
/// shows it.
fn changes(before: &[BoundColumn], after: &[BoundColumn]) -> Vec<Value> {
    let pairs = before.iter().zip(after).enumerate();
    let changed = pairs.filter(|(_, (before, after))| {
        before.column.untyped != after.column.untyped
            || printed(std::slice::from_ref(*before)) != printed(std::slice::from_ref(*after))
    });
    changed
        .map(|(place, (_, bound))| {
            let untyped = bound.column.untyped.as_ref().map(said);
            json!([place, format!("{:?}", bound.column.ty), format!("{:?}", bound.typing), untyped])
        })
        .collect()
}

fn apply(changes: &Value, columns: &mut [BoundColumn], files: &[OpenFile]) -> Option<()> {
    for change in changes.as_array()? {
        let place = usize::try_from(change.get(0)?.as_u64()?).ok()?;
        let (ty, typing) = (change.get(1)?.as_str()?, change.get(2)?.as_str()?);
        let bound = columns.get_mut(place)?;
        bound.typing = TYPINGS.into_iter().find(|known| format!("{known:?}") == typing)?;
        bound.set_type(all_types().find(|known| format!("{known:?}") == ty)?);
        bound.column.untyped = match change.get(3)? {
            Value::Null => None,
            untyped => Some(heard(untyped, files)?),
        };
    }
    Some(())
}

fn said(untyped: &Untyped) -> Value {
    match untyped {
        Untyped::Blank => json!([]),
        Untyped::BlankSoFar => json!([null]),
        Untyped::Odd(Odd { at, text, others, count, of }) => {
            json!([at.file.name, at.line, text, *others == Others::Numbers, count, of])
        }
    }
}

fn heard(untyped: &Value, files: &[OpenFile]) -> Option<Untyped> {
    let untyped = untyped.as_array()?;
    let [name, line, text, are_numbers, count, of] = untyped.as_slice() else {
        return Some(if untyped.is_empty() { Untyped::Blank } else { Untyped::BlankSoFar });
    };
    let file = files.iter().find(|file| name.as_str() == Some(&file.file.shown.name))?;
    let line = u32::try_from(line.as_u64()?).ok()?;
    Some(Untyped::Odd(Odd {
        at: if line == 0 { file.file.whole() } else { file.file.line(line) },
        text: text.as_str().map(str::to_owned),
        others: if are_numbers.as_bool()? { Others::Numbers } else { Others::Dates },
        count: count.as_u64()?,
        of: of.as_u64()?,
    }))
}

const TYPINGS: [Typing; 4] = [Typing::Declared, Typing::Key, Typing::Time, Typing::Open];

fn all_types() -> impl Iterator<Item = ColumnType> {
    let scales = || 0..=ColumnType::MOST_DECIMALS;
    let plain = [
        ColumnType::Text,
        ColumnType::Bool,
        ColumnType::Integer,
        ColumnType::Date,
        ColumnType::DateTime,
        ColumnType::Duration,
    ];
    plain.into_iter().chain(scales().map(ColumnType::Decimal)).chain(scales().map(ColumnType::Money))
}

/// How columns are read, as something that compares.
fn printed(columns: &[BoundColumn]) -> Digest {
    let mut digester = Digester::new("columns");
    columns.iter().for_each(|bound| bound.read_as(&mut digester));
    digester.finish()
}
