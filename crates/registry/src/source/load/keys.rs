//! Keys while they are read: a hash for each row, and which occur more than once.
//!
//! A table with a key is looked at on every run that reads it, so this is made
//! to cost little: the text of a key is hashed where it lies, nothing is kept of
//! a row but 64 bits, and a file that is sorted by its key needs no search at
//! all. Rows whose hashes are equal are read once more, to compare the keys
//! themselves; that is `duplicates`' affair.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::schema::ColumnType;
use goalpost_core::source::SourceFile;

use super::parallel::in_parallel;
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::select::{Value, values};
use crate::source::cell::convert::ColumnReader;
use crate::source::cell::records::Rows;
use crate::source::parquet::{Arrived, Origin};

/// What stands for a row without a key, or with only a part of it.
pub(super) const NONE: u64 = 0;
/// What a hash begins with.
pub(super) const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const MULTIPLIER: u64 = 0xa076_1d64_78bd_642f;

/// The keys of a part of a table, in the order of its rows.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// A hash for each row that counts.
    pub(super) hashes: Vec<u64>,
    /// Whether each key is greater than the one before, or each is less.
    sorted: Sorted,
}

/// Reads the key of each row.
pub(super) struct KeyReader<'a> {
    parts: Vec<Part<'a>>,
    pub(super) keys: Keys,
    /// The hashes of the rows that are being read.
    states: Vec<u64>,
}

struct Part<'a> {
    column: &'a BoundColumn,
    reader: ColumnReader<'a>,
}

impl<'a> KeyReader<'a> {
    /// A reader of keys that are made of these columns.
    pub(super) fn new(columns: &[&'a BoundColumn]) -> Self {
        let part = |column: &&'a BoundColumn| Part { column, reader: ColumnReader::new(&column.rules) };
        Self { parts: columns.iter().map(part).collect(), keys: Keys::default(), states: Vec::new() }
    }

    /// Reads the keys of a run of rows of text; `slots` says where the columns are in them.
    pub(super) fn read(&mut self, rows: Rows<'_>, slots: &[Vec<usize>], file: &Arc<SourceFile>) {
        self.states.clear();
        self.states.resize(rows.records.len(), SEED);
        let alone = self.parts.len() == 1;
        for (part, slots) in self.parts.iter_mut().zip(slots) {
            let rules = &part.column.rules;
            if let ([slot], None, ColumnType::Text) = (slots.as_slice(), &part.column.derivation, rules.ty) {
                for (state, (_, cell)) in self.states.iter_mut().zip(rows.column(*slot)) {
                    add_text(state, rules.text(cell.text), alone.then_some(&mut self.keys.sorted));
                }
            } else {
                part.reader.read_from(rows, slots, part.column.derivation.as_deref(), file);
                add_values(&mut self.states, &part.reader.finish(), &mut self.keys.sorted);
            }
        }
        self.take();
    }

    /// Reads the keys of a run of rows of a Parquet file.
    pub(super) fn arrived(&mut self, rows: &Arrived<'_>, origins: &[Origin<'_>]) -> Result<(), Diagnostic> {
        self.states.clear();
        self.states.resize(rows.rows().len(), SEED);
        let alone = self.parts.len() == 1;
        for (part, origin) in self.parts.iter_mut().zip(origins) {
            let rules = &part.column.rules;
            match rows.values(origin) {
                Some(texts) if rules.ty == ColumnType::Text && *texts.data_type() == DataType::Utf8 => {
                    for (state, text) in self.states.iter_mut().zip(texts.as_string::<i32>()) {
                        let text = text.and_then(|text| rules.text(text));
                        add_text(state, text, alone.then_some(&mut self.keys.sorted));
                    }
                }
                _ => {
                    rows.append(origin, &mut part.reader)?;
                    add_values(&mut self.states, &part.reader.finish(), &mut self.keys.sorted);
                }
            }
        }
        self.take();
        Ok(())
    }

    fn take(&mut self) {
        self.keys.hashes.extend(self.states.iter().map(|state| finished(*state)));
        if self.parts.len() > 1 {
            self.keys.sorted.broken();
        }
    }
}

fn add_text(state: &mut u64, text: Option<&str>, sorted: Option<&mut Sorted>) {
    match text.map(str::as_bytes) {
        None => *state = NONE,
        Some(text) => {
            if let Some(sorted) = sorted {
                sorted.see(text);
            }
            add(state, text);
        }
    }
}

fn add_values(states: &mut [u64], array: &ArrayRef, sorted: &mut Sorted) {
    // Only texts are looked at for their order.
    sorted.broken();
    for (state, value) in states.iter_mut().zip(values(array)) {
        match value {
            None => *state = NONE,
            Some(Value::Text(text)) => add(state, text.as_bytes()),
            Some(Value::Number(number)) => add(state, &number.to_le_bytes()),
        }
    }
}

/// Adds a text to a hash.
pub(super) fn add(state: &mut u64, bytes: &[u8]) {
    if *state == NONE {
        return;
    }
    let mut hash = folded(*state ^ bytes.len() as u64);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = folded(hash ^ u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = folded(hash ^ u64::from_le_bytes(word));
    }
    *state = hash.max(1);
}

/// Both halves of a product, so that every bit depends on every other.
pub(super) fn folded(word: u64) -> u64 {
    let product = u128::from(word ^ SEED) * u128::from(MULTIPLIER);
    (product as u64) ^ ((product >> 64) as u64)
}

fn finished(state: u64) -> u64 {
    if state == NONE { NONE } else { folded(state).max(1) }
}

/// Whether keys come in order: shorter ones before longer ones, so that numbers
/// are in order with and without zeros before them.
#[derive(Debug, Default)]
struct Sorted {
    order: Order,
    first: Option<Vec<u8>>,
    last: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    /// Of less than two keys nothing is known.
    #[default]
    Open,
    Up,
    Down,
    Broken,
}

impl Sorted {
    fn see(&mut self, key: &[u8]) {
        if self.order == Order::Broken {
            return;
        }
        if self.first.is_none() {
            self.first = Some(key.to_vec());
        } else {
            let here = step(&self.last, key);
            self.order = match self.order {
                Order::Open => here,
                order if order == here => order,
                _ => Order::Broken,
            };
        }
        self.last.clear();
        self.last.extend_from_slice(key);
    }

    fn broken(&mut self) {
        self.order = Order::Broken;
    }
}

/// From one key to the next.
fn step(from: &[u8], to: &[u8]) -> Order {
    match (from.len(), from).cmp(&(to.len(), to)) {
        std::cmp::Ordering::Less => Order::Up,
        std::cmp::Ordering::Greater => Order::Down,
        std::cmp::Ordering::Equal => Order::Broken,
    }
}

/// Whether the parts are sorted by their keys one after the other, so that no key
/// can occur twice.
fn is_sorted(parts: &[&Keys]) -> bool {
    let mut all = Order::Open;
    let mut before: Option<&Sorted> = None;
    for Keys { sorted, .. } in parts.iter().copied().filter(|keys| !keys.hashes.is_empty()) {
        let Some(first) = &sorted.first else {
            // Rows without any key say nothing, unless keys were not looked at.
            if sorted.order == Order::Broken { return false } else { continue }
        };
        let joint = before.map(|before| step(&before.last, first));
        for order in joint.into_iter().chain([sorted.order]).filter(|order| *order != Order::Open) {
            all = if all == Order::Open || all == order { order } else { Order::Broken };
        }
        before = Some(sorted);
    }
    all != Order::Broken
}

/// The hashes that more than one row has.
pub(super) fn repeated(parts: &[&Keys], threads: usize) -> HashSet<u64> {
    if is_sorted(parts) {
        return HashSet::new();
    }
    let parts: Vec<&[u64]> = parts.iter().map(|keys| keys.hashes.as_slice()).collect();
    repeated_among(&parts, threads)
}

/// The hashes that occur more than once.
pub(super) fn repeated_among(parts: &[&[u64]], threads: usize) -> HashSet<u64> {
    /// So many bits of a hash choose its heap.
    const BITS: u32 = 8;
    let all: usize = parts.iter().map(|hashes| hashes.len()).sum();
    let heap = |hash: u64| (hash >> (u64::BITS - BITS)) as usize;
    let mut heaps: Vec<Vec<u64>> =
        (0..1 << BITS).map(|_| Vec::with_capacity((all >> BITS) + (all >> (BITS + 3)) + 16)).collect();
    for &hash in parts.iter().copied().flatten().filter(|hash| **hash != NONE) {
        heaps[heap(hash)].push(hash);
    }
    let heaps: Vec<std::sync::Mutex<Vec<u64>>> = heaps.into_iter().map(std::sync::Mutex::new).collect();
    let found = in_parallel(threads, &heaps, |_, heap| {
        let mut hashes = heap.lock().map(|mut heap| std::mem::take(&mut *heap)).unwrap_or_default();
        hashes.sort_unstable();
        let pairs = hashes.array_windows::<2>().filter(|[one, other]| one == other);
        pairs.map(|[hash, _]| *hash).collect::<Vec<u64>>()
    });
    found.into_iter().flatten().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: &[&str]) -> Keys {
        let mut keys = Keys::default();
        for text in texts {
            let mut state = SEED;
            add_text(&mut state, Some(text).filter(|text| !text.is_empty()).copied(), Some(&mut keys.sorted));
            keys.hashes.push(finished(state));
        }
        keys
    }

    fn repeats(parts: &[&[&str]]) -> usize {
        let parts: Vec<Keys> = parts.iter().map(|texts| keys(texts)).collect();
        repeated(&parts.iter().collect::<Vec<_>>(), 2).len()
    }

    #[test]
    fn keys_that_occur_twice_are_found_wherever_they_are() {
        assert_eq!(repeats(&[&["1", "2", "3"], &["4", "10", "11"]]), 0);
        assert_eq!(repeats(&[&["3", "2"], &["1"]]), 0);
        assert_eq!(repeats(&[&["1", "2", "3"], &["3", "4"]]), 1);
        assert_eq!(repeats(&[&["1", "2", "3"], &["2"]]), 1);
        assert_eq!(repeats(&[&["b", "a"], &["c", "b", "c"]]), 2);
        assert_eq!(repeats(&[&["1", "1"]]), 1);
        assert_eq!(repeats(&[&["1", ""], &["", "2"]]), 0);
        assert_eq!(repeats(&[&["", ""], &["1", "2"], &["", "1"]]), 1);
    }

    #[test]
    fn files_that_are_sorted_need_no_search() {
        let sorted = |parts: &[&[&str]]| {
            let parts: Vec<Keys> = parts.iter().map(|texts| keys(texts)).collect();
            is_sorted(&parts.iter().collect::<Vec<_>>())
        };
        assert!(sorted(&[&["9", "10"], &["", "11"]]));
        assert!(sorted(&[&["D-3", "D-2"], &["D-1"]]));
        assert!(!sorted(&[&["1", "2"], &["2", "3"]]));
        assert!(!sorted(&[&["1", "2"], &["1"]]));
        assert!(!sorted(&[&["1", "3", "2"]]));
    }

    #[test]
    fn hashes_of_close_keys_differ() {
        let texts: Vec<String> = (0..100_000).map(|number| format!("{number}")).collect();
        let hashes: HashSet<u64> = texts.iter().flat_map(|text| keys(&[text.as_str()]).hashes).collect();
        assert_eq!(hashes.len(), 100_000);
    }
}
