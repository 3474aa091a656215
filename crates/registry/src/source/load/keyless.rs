//! Rows that count and have no key, in a table that has one: nothing tells them from
//! rows that are there already, or from a total below them.
//!
//! They count, since an export may lack the odd id; how many there are is said, and
//! goes with the table to whoever judges a figure over it. While rows are read only
//! the places of such rows are noted ([`Keyless`]); what to say of them is found here.

use std::collections::BTreeMap;

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::sample::of_rows;
use goalpost_core::schema::ColumnType;

use super::findings::{listed, named};
use super::keys::NONE;
use crate::source::bind::columns::BoundColumn;
use crate::source::open::sources::{Content, Sources, TableSource};

/// Files whose first such row is shown.
const SHOWN: usize = 3;
/// So many rows below the others may be totals and remarks.
const MOST_BELOW: u64 = 3;

/// What a part of a file has shown of keys that are not there. Only rows that count
/// are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keyless {
    /// How many rows have none.
    rows: u64,
    /// The line of the first of them.
    first: u32,
    /// How many rows have one.
    keyed: u64,
    /// Rows without one below the last that has one.
    below: u64,
}

impl Keyless {
    /// Takes in rows, by the hashes of their keys; `out_by` says which do not count.
    pub(super) fn see(&mut self, hashes: &[u64], lines: &[u32], out_by: &[Option<usize>]) {
        for ((hash, line), out_by) in hashes.iter().zip(lines).zip(out_by) {
            if out_by.is_some() {
                continue;
            }
            let is_keyed = *hash != NONE;
            self.append(Self {
                rows: u64::from(!is_keyed),
                first: *line,
                keyed: u64::from(is_keyed),
                below: u64::from(!is_keyed),
            });
        }
    }

    /// Takes in what follows.
    fn append(&mut self, next: Self) {
        if self.rows == 0 {
            self.first = next.first;
        }
        self.below = if next.keyed > 0 { next.below } else { self.below + next.below };
        self.rows += next.rows;
        self.keyed += next.keyed;
    }

    /// Whether these are a few rows below all others, as totals are.
    fn is_footer(&self) -> bool {
        self.keyed > 0 && self.below == self.rows && (1..=MOST_BELOW).contains(&self.rows)
    }
}

/// How many rows of a table with this key have none, with what to say of them; nothing
/// where all have. The parts are in the order of the files, each with the number of its own.
pub(super) fn found(
    source: &TableSource,
    key: &[&BoundColumn],
    parts: impl Iterator<Item = (usize, Keyless)>,
) -> Option<(u64, Diagnostic)> {
    let Content::Files(files) = &source.content else { return None };
    let mut of_files: BTreeMap<usize, Keyless> = BTreeMap::new();
    for (file, part) in parts {
        of_files.entry(file).or_default().append(part);
    }
    let all: u64 = of_files.values().map(|file| file.rows + file.keyed).sum();
    of_files.retain(|_, file| file.rows > 0);
    let rows: u64 = of_files.values().map(|file| file.rows).sum();
    if rows == 0 {
        return None;
    }
    let table = &source.name;
    let what = match key {
        [one] if one.column.ty == ColumnType::Text => format!("no {}", named(key)),
        [_] => format!("no {} that can be read", named(key)),
        _ => format!("no whole key ({})", named(key)),
    };
    let message = match rows {
        1 => format!("{} of {table} has {what} and counts all the same", of_rows(rows, all)),
        _ => format!("{} of {table} have {what} and count all the same", of_rows(rows, all)),
    };
    let mut diagnostic = Diagnostic::warning(Code::MissingKey, message);
    for (i, (file, keyless)) in of_files.iter().take(SHOWN).enumerate() {
        let (at, label) = (files[*file].file.line(keyless.first), label(keyless));
        diagnostic = match i {
            0 => diagnostic.at(at).label(label),
            _ => diagnostic.related(at, label),
        };
    }
    let names = |is_meant: &dyn Fn(&Keyless) -> bool| -> Vec<String> {
        let meant = of_files.iter().filter(|(_, file)| is_meant(file));
        meant.map(|(file, _)| format!("`{}`", files[*file].file.shown.name)).collect()
    };
    let parts: Vec<&ColumnName> = key.iter().map(|bound| &bound.column.name).collect();
    let filled: Vec<String> = parts.iter().map(|part| format!("{part} = {{ blank = false }}")).collect();
    let leave_out = format!("`where = {{ {} }}`", filled.join(", "));
    let whole = names(&|file| file.keyed == 0);
    let help = if of_files.values().all(Keyless::is_footer) {
        let skip = match of_files.values().map(|file| file.rows).max() {
            Some(most) if source.format.skip_footer == 0 && is_same(&of_files, files.len()) => {
                format!(" or `skip_footer = {most}`")
            }
            _ => String::new(),
        };
        format!(
            "a row without a key below the others is often their total, which would count once more: leave it \
             out in [tables.{table}] with {leave_out}{skip}, or give it its key"
        )
    } else if rows == all {
        format!(
            "no row has one, so that rows that are there twice cannot be told: map the column that holds it, or \
             name another `key`; where each row is an event that counts, `duplicates = \"count\"` in [tables.{table}]"
        )
    } else if !whole.is_empty() {
        format!(
            "no row of {} has one, so that rows that are in another file as well count twice: export it with its \
             keys, or leave such rows out in [tables.{table}] with {leave_out}; where each row is an event that \
             counts, `duplicates = \"count\"`",
            listed(&whole)
        )
    } else {
        format!(
            "such a row may be a subtotal, or one that is there already: complete the keys in the export, or leave \
             such rows out in [tables.{table}] with {leave_out}; where each row is an event that counts, \
             `duplicates = \"count\"`"
        )
    };
    Some((rows, diagnostic.help(help)))
}

/// Whether each of so many files ends in as many rows without a key.
fn is_same(of_files: &BTreeMap<usize, Keyless>, files: usize) -> bool {
    let mut rows = of_files.values().map(|file| file.rows);
    let first = rows.next();
    of_files.len() == files && rows.all(|rows| Some(rows) == first)
}

fn label(keyless: &Keyless) -> String {
    match keyless.rows {
        1 => "here".to_owned(),
        rows => format!("the first of {rows} here"),
    }
}

impl Sources {
    /// The columns of a table that identify a row together.
    pub(crate) fn key_of(&self, name: &TableName) -> Vec<ColumnName> {
        self.tables.get(name).map(|source| source.identity.clone()).unwrap_or_default()
    }
}
