//! Rows of a table without a key that are in several of its files: exports that were
//! saved twice in different forms, or that overlap.
//!
//! The bytes of such files differ (line ends, order of columns, format), their rows do
//! not. While a table of several files is read, each row gets a hash of what is read
//! of it ([`RowHashes`]), and each file the range of its dates and numbers: files of
//! which those lie apart, such as exports by month, share nothing. Only files that
//! seem to share rows are read once more, with all their columns, and compared. A
//! table of one file, or with a key, costs nothing.
//!
//! Two events may be equal by chance, so [`Verdict`] weighs how many rows two files
//! share against how often rows are equal within a file: where they often are, files
//! that have some in common say nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute;
use datafusion::arrow::datatypes::{
    ArrowNumericType, DataType, Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType,
};
use goalpost_core::config::FileKind;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::sample::of_rows;
use goalpost_core::schema::ColumnType;

use super::keys;
use super::look::{self, Look};
use super::tables::Plan;
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::feed::Feed;
use crate::source::cell::convert::ColumnReader;
use crate::source::cell::records::{Records, Rows};
use crate::source::open::file::OpenFile;
use crate::source::open::sources::{Content, TableSource};
use crate::source::parquet::{self, Arrived, Origin};
use crate::source::text::reader::TextReader;

/// So many columns tell rows well enough apart; where fewer are wanted, texts are
/// looked at beside them, which need not be converted to be compared.
const ENOUGH: usize = 3;

/// Hashes of rows while they are read.
pub(super) struct RowHashes<'a> {
    texts: Vec<(&'a BoundColumn, ColumnReader<'a>)>,
    /// Of rows whose wanted columns are not finished yet.
    pending: Vec<u64>,
    /// Of all rows before.
    pub(super) done: Part,
}

/// What a part of a file has shown of its rows.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// A hash of each.
    hashes: Vec<u64>,
    /// The range of each wanted column.
    ranges: Vec<Range>,
}

/// What is known of the values of a column.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    /// Whether they have an order that is looked at.
    is_ordered: bool,
    /// The least and the greatest.
    bounds: Option<(i128, i128)>,
    has_blank: bool,
}

impl Range {
    fn add(&mut self, other: Self) {
        self.is_ordered |= other.is_ordered;
        self.has_blank |= other.has_blank;
        self.bounds = match (self.bounds, other.bounds) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }

    /// Whether no value is in both.
    fn is_apart(self, other: Self) -> bool {
        if !self.is_ordered || !other.is_ordered || (self.has_blank && other.has_blank) {
            return false;
        }
        match (self.bounds, other.bounds) {
            (Some((a, b)), Some((c, d))) => b < c || d < a,
            _ => true,
        }
    }

    fn of(column: &ArrayRef) -> Self {
        fn bounds<T: ArrowNumericType>(column: &ArrayRef) -> Option<(i128, i128)>
        where
            T::Native: Into<i128>,
        {
            let values = column.as_primitive::<T>();
            Some((compute::min(values)?.into(), compute::max(values)?.into()))
        }
        let bounds = match column.data_type() {
            DataType::Int64 => bounds::<Int64Type>(column),
            DataType::Decimal128(..) => bounds::<Decimal128Type>(column),
            DataType::Date32 => bounds::<Date32Type>(column),
            DataType::Timestamp(..) => bounds::<TimestampMicrosecondType>(column),
            _ => return Self::default(),
        };
        Self { is_ordered: true, bounds, has_blank: column.null_count() > 0 }
    }
}

/// The columns that are looked at beside the wanted ones, where rows of several files
/// of a table may be the same.
pub(super) fn beside(
    source: &TableSource,
    wanted: usize,
    is_wanted: impl Fn(&BoundColumn) -> bool,
) -> Vec<&BoundColumn> {
    let Content::Files(files) = &source.content else { return Vec::new() };
    let is_text = |bound: &&BoundColumn| bound.column.ty == ColumnType::Text && !is_wanted(bound);
    let texts = source.columns.iter().filter(is_text).filter(|bound| is_in_all(bound, files.iter()));
    texts.take(ENOUGH.saturating_sub(wanted)).collect()
}

/// Whether a column is one cell of each of some files.
fn is_in_all<'f>(bound: &BoundColumn, mut files: impl Iterator<Item = &'f OpenFile>) -> bool {
    let has = |file: &OpenFile| {
        file.file.kind == FileKind::Json || bound.header.as_deref().is_some_and(|header| file.has(header))
    };
    bound.derivation.is_none() && bound.header.is_some() && files.all(has)
}

/// Whether rows of several files of a table are to be compared.
pub(super) fn may_repeat(source: &TableSource) -> bool {
    let Content::Files(files) = &source.content else { return false };
    source.counts_twice && source.identity.is_empty() && files.len() > 1
}

impl<'a> RowHashes<'a> {
    /// No row yet; these texts are looked at.
    pub(super) fn new(texts: &[&'a BoundColumn]) -> Self {
        let texts = texts.iter().map(|bound| (*bound, ColumnReader::new(&bound.rules)));
        Self { texts: texts.collect(), pending: Vec::new(), done: Part::default() }
    }

    /// Looks at the texts of rows; `slots` says where they are.
    pub(super) fn text(&mut self, rows: Rows<'_>, slots: &[Vec<usize>]) {
        let mut hashes = vec![keys::SEED; rows.records.len()];
        for ((bound, _), slots) in self.texts.iter().zip(slots) {
            let Some(slot) = slots.first() else { continue };
            for (hash, (_, cell)) in hashes.iter_mut().zip(rows.column(*slot)) {
                add_text(hash, bound.rules.text(cell.text));
            }
        }
        self.pending.append(&mut hashes);
    }

    /// The same of rows of Parquet.
    pub(super) fn arrived(&mut self, rows: &Arrived<'_>, origins: &[Origin<'_>]) -> Result<(), Diagnostic> {
        let mut hashes = vec![keys::SEED; rows.rows().len()];
        for ((_, reader), origin) in self.texts.iter_mut().zip(origins) {
            rows.append(origin, reader)?;
            add(&mut hashes, &reader.finish());
        }
        self.pending.append(&mut hashes);
        Ok(())
    }

    /// Adds the wanted columns of the rows that were looked at.
    pub(super) fn finish(&mut self, columns: &[ArrayRef]) {
        self.done.ranges.resize(columns.len(), Range::default());
        for (column, range) in columns.iter().zip(&mut self.done.ranges) {
            add(&mut self.pending, column);
            range.add(Range::of(column));
        }
        self.done.hashes.append(&mut self.pending);
    }
}

/// Adds the values of a column to the hashes of its rows.
fn add(hashes: &mut [u64], column: &ArrayRef) {
    fn numbers(hashes: &mut [u64], values: impl Iterator<Item = Option<i128>>) {
        for (hash, value) in hashes.iter_mut().zip(values) {
            *hash = match value {
                None => keys::folded(*hash),
                Some(value) => keys::folded(keys::folded(*hash ^ value as u64) ^ (value >> 64) as u64),
            };
        }
    }
    match column.data_type() {
        DataType::Utf8View => {
            hashes.iter_mut().zip(column.as_string_view()).for_each(|(hash, text)| add_text(hash, text));
        }
        DataType::Boolean => numbers(hashes, column.as_boolean().iter().map(|value| value.map(i128::from))),
        DataType::Int64 => {
            numbers(hashes, column.as_primitive::<Int64Type>().iter().map(|value| value.map(i128::from)));
        }
        DataType::Decimal128(..) => numbers(hashes, column.as_primitive::<Decimal128Type>().iter()),
        DataType::Date32 => {
            numbers(hashes, column.as_primitive::<Date32Type>().iter().map(|value| value.map(i128::from)));
        }
        DataType::Timestamp(..) => {
            let values = column.as_primitive::<TimestampMicrosecondType>().iter();
            numbers(hashes, values.map(|value| value.map(i128::from)));
        }
        _ => {}
    }
}

fn add_text(hash: &mut u64, text: Option<&str>) {
    match text {
        None => *hash = keys::folded(*hash),
        Some(text) => keys::add(hash, text.as_bytes()),
    }
}

/// The rows of a file, in their order: what they are, and on which line.
#[derive(Default)]
struct FileRows {
    rows: Vec<u64>,
    lines: Vec<u32>,
    /// What is known of its columns.
    ranges: Vec<Range>,
    /// How many pairs of its rows are equal.
    equal: f64,
}

impl FileRows {
    /// Counts the equal pairs among rows for which this holds.
    fn count_equal(&mut self, may_repeat: impl Fn(u64) -> bool) {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for row in self.rows.iter().filter(|row| may_repeat(**row)) {
            *counts.entry(*row).or_default() += 1;
        }
        self.equal = counts.into_values().map(pairs).sum();
    }

    fn is_apart(&self, other: &Self) -> bool {
        self.ranges.iter().zip(&other.ranges).any(|(one, other)| one.is_apart(*other))
    }
}

/// How many pairs so many rows make.
fn pairs(rows: usize) -> f64 {
    rows as f64 * rows.saturating_sub(1) as f64 / 2.0
}

/// Two files of a table, by their number, and the rows that they share.
struct Shared {
    files: [usize; 2],
    /// How many rows of one are rows of the other.
    rows: usize,
}

/// What is wrong with files of a table that share rows, by what its parts have shown,
/// each with the number of its file.
pub(super) fn found(plan: &Plan<'_>, parts: &[(usize, Part)], threads: usize) -> Vec<Diagnostic> {
    let Content::Files(files) = &plan.source.content else { return Vec::new() };
    let numbers = suspicious(parts, threads);
    let columns = columns(plan.source, files, &numbers);
    let mut of_files = BTreeMap::new();
    for number in numbers {
        match read(plan, &files[number], &columns) {
            Ok(mut rows) => {
                rows.count_equal(|_| true);
                of_files.insert(number, rows);
            }
            // It was read a moment ago.
            Err(problem) => return vec![problem],
        }
    }
    let mut told = Vec::new();
    for shared in shared(&of_files, |_| true) {
        let [one, other] = shared.files;
        told.extend(verdict(&shared, &of_files).map(|verdict| {
            let sides = [(&files[one], &of_files[&one]), (&files[other], &of_files[&other])];
            said(plan.source, &shared, verdict, sides)
        }));
    }
    told
}

/// The files that seem to share rows with another, by the columns that were read:
/// many, or more than chance has.
fn suspicious(parts: &[(usize, Part)], threads: usize) -> Vec<usize> {
    let mut all: BTreeMap<usize, FileRows> = BTreeMap::new();
    for (file, part) in parts {
        let rows = all.entry(*file).or_default();
        rows.rows.extend(&part.hashes);
        rows.ranges.resize(rows.ranges.len().max(part.ranges.len()), Range::default());
        rows.ranges.iter_mut().zip(&part.ranges).for_each(|(range, more)| range.add(*more));
    }
    all.retain(|_, rows| !rows.rows.is_empty());
    let meets = |number: &usize| {
        let rows = &all[number];
        all.iter().any(|(other, others)| other != number && !rows.is_apart(others))
    };
    let near: Vec<usize> = all.keys().copied().filter(meets).collect();
    all.retain(|number, _| near.contains(number));
    let hashes: Vec<&[u64]> = all.values().map(|rows| rows.rows.as_slice()).collect();
    let repeated = keys::repeated_among(&hashes, threads);
    if repeated.is_empty() {
        return Vec::new();
    }
    all.values_mut().for_each(|rows| rows.count_equal(|row| repeated.contains(&row)));
    let seems = |shared: &Shared| {
        let [one, other] = shared.files.map(|file| &all[&file]);
        let least = one.rows.len().min(other.rows.len());
        let is_much = shared.rows == least || 5 * shared.rows >= least;
        is_much || (shared.rows > 1 && shared.rows as f64 > 3.0 * by_chance(one, other))
    };
    let found = shared(&all, |row| repeated.contains(&row)).into_iter().filter(seems);
    let numbers: BTreeSet<usize> = found.flat_map(|shared| shared.files).collect();
    numbers.into_iter().collect()
}

/// The columns that all of some files have.
fn columns(source: &TableSource, files: &[OpenFile], numbers: &[usize]) -> Vec<BoundColumn> {
    let common = |bound: &&BoundColumn| is_in_all(bound, numbers.iter().map(|number| &files[*number]));
    let widened = |bound: &BoundColumn| {
        // Its values are compared and not kept, so they may have all decimals.
        let mut bound = bound.clone();
        bound.widen(ColumnType::MOST_DECIMALS);
        // Two words that nobody knows are not the same.
        bound.rules.words = &[];
        bound
    };
    source.columns.iter().filter(common).map(widened).collect()
}

/// Reads the rows of a file that count, in these columns.
fn read(plan: &Plan<'_>, file: &OpenFile, columns: &[BoundColumn]) -> Result<FileRows, Diagnostic> {
    let mut look = Look::new(plan);
    let mut found = FileRows::default();
    let mut readers: Vec<ColumnReader<'_>> =
        columns.iter().map(|column| ColumnReader::new(&column.rules)).collect();
    let mut take = |readers: &mut [ColumnReader<'_>], lines: &[u32]| {
        let mut hashes = vec![keys::SEED; lines.len()];
        readers.iter_mut().for_each(|reader| add(&mut hashes, &reader.finish()));
        found.rows.append(&mut hashes);
        found.lines.extend(lines);
    };
    if let Some(contents) = &file.parquet {
        let origins: Vec<Origin<'_>> = columns.iter().map(|column| Origin::of(column, contents)).collect();
        let looked: Vec<Origin<'_>> =
            look::columns(plan).map(|column| Origin::of(column, contents)).collect();
        for groups in parquet::row_groups(contents, 1) {
            parquet::ingest(&file.file, contents, groups, origins.iter().chain(&looked), |mut rows| {
                look.arrived(&mut rows, &looked)?;
                for (reader, origin) in readers.iter_mut().zip(&origins) {
                    rows.append(origin, reader)?;
                }
                take(&mut readers, rows.rows());
                Ok(())
            })?;
        }
        return Ok(found);
    }
    let feed = Feed::of(columns.iter().chain(look::columns(plan)));
    let (slots, looked) = feed.slots.split_at(columns.len());
    let mut reader = TextReader::open(&file.file, &plan.source.format, &feed.headers, None)?;
    let mut records = Records::new(feed.headers.len());
    loop {
        reader.fill(&mut records)?;
        if records.is_empty() {
            return Ok(found);
        }
        look.text(reader.text(), &mut records, looked, &file.file);
        let rows = Rows { text: reader.text(), records: &records };
        for (column, slots) in readers.iter_mut().zip(slots) {
            column.read_from(rows, slots, None, &file.file.shown);
        }
        take(&mut readers, records.lines());
    }
}

/// How many rows each pair of files shares, where it shares any: a row that is twice
/// in both is shared twice.
fn shared(files: &BTreeMap<usize, FileRows>, may_repeat: impl Fn(u64) -> bool) -> Vec<Shared> {
    let mut places: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
    for (file, rows) in files {
        for row in rows.rows.iter().filter(|row| may_repeat(**row)) {
            let counts = places.entry(*row).or_default();
            match counts.last_mut() {
                Some((last, count)) if last == file => *count += 1,
                _ => counts.push((*file, 1)),
            }
        }
    }
    let mut pairs: BTreeMap<[usize; 2], usize> = BTreeMap::new();
    for counts in places.values() {
        for (i, (file, count)) in counts.iter().enumerate() {
            for (before, others) in &counts[..i] {
                *pairs.entry([*before, *file]).or_default() += count.min(others);
            }
        }
    }
    pairs.into_iter().map(|(files, rows)| Shared { files, rows }).collect()
}

/// What rows that two files share come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// All rows of the file of this number are in the other.
    Contained(usize),
    /// Some are, more than chance has.
    Overlapping,
    /// Some are, and nobody can tell why.
    Doubtful,
}

fn verdict(shared: &Shared, files: &BTreeMap<usize, FileRows>) -> Option<Verdict> {
    let [one, other] = shared.files;
    let (of_one, of_other) = (&files[&one].rows, &files[&other].rows);
    let (small, least, most) = match of_one.len() < of_other.len() {
        true => (one, of_one.len(), of_other.len()),
        false => (other, of_other.len(), of_one.len()),
    };
    if shared.rows == most {
        return Some(Verdict::Contained(small));
    }
    let by_chance = by_chance(&files[&one], &files[&other]);
    let beyond = shared.rows as f64 - 3.0 * by_chance;
    if beyond < 1.0 {
        return None;
    }
    let is_run = is_run(of_one, of_other) && is_run(of_other, of_one);
    if shared.rows == least && least > 1 {
        return Some(Verdict::Contained(small));
    }
    if beyond >= 3.0 && (is_run || 5 * shared.rows >= least) {
        return Some(Verdict::Overlapping);
    }
    (beyond >= 2.0 && (is_run || 100 * shared.rows >= least)).then_some(Verdict::Doubtful)
}

/// How many rows of the smaller of two files are in the other if rows are equal
/// across files as often as they are within one.
fn by_chance(one: &FileRows, other: &FileRows) -> f64 {
    let (rows, others) = (one.rows.len(), other.rows.len());
    let all = pairs(rows) + pairs(others);
    if all == 0.0 {
        return 0.0;
    }
    let rate = (one.equal + other.equal) / all;
    rows.min(others) as f64 * (rows.max(others) as f64 * rate).min(1.0)
}

/// Whether the rows of one file that the other has as well stand one after another.
fn is_run(rows: &[u64], others: &[u64]) -> bool {
    let others: HashSet<u64> = others.iter().copied().collect();
    let mut places = rows.iter().enumerate().filter(|(_, row)| others.contains(row)).map(|(place, _)| place);
    let Some(first) = places.next() else { return false };
    places.enumerate().all(|(i, place)| place == first + i + 1)
}

fn said(
    source: &TableSource,
    shared: &Shared,
    verdict: Verdict,
    sides: [(&OpenFile, &FileRows); 2],
) -> Diagnostic {
    let table = &source.name;
    let [(one, of_one), (other, of_other)] = sides;
    // Of two files that hold the same the second is the copy.
    let is_one = match verdict {
        Verdict::Contained(small) => small == shared.files[0] && of_one.rows.len() < of_other.rows.len(),
        _ => of_one.rows.len() < of_other.rows.len(),
    };
    let ((copy, copied), (first, firsts)) = match is_one {
        true => ((one, of_one), (other, of_other)),
        false => ((other, of_other), (one, of_one)),
    };
    let (copy_name, first_name) = (&copy.file.shown.name, &first.file.shown.name);
    let all = copied.rows.len() as u64;
    let message = match verdict {
        Verdict::Contained(_) if of_one.rows.len() == of_other.rows.len() => format!(
            "`{first_name}` and `{copy_name}` hold the same {}, so each row of table `{table}` in them would count \
             twice",
            rows(all)
        ),
        Verdict::Contained(_) => format!(
            "each of the {} of `{copy_name}` is in `{first_name}` as well, so table `{table}` would count them twice",
            rows(all)
        ),
        Verdict::Overlapping => format!(
            "{} of `{copy_name}` are in `{first_name}` as well, so table `{table}` would count them twice",
            of_rows(shared.rows as u64, all)
        ),
        Verdict::Doubtful => format!(
            "{} of `{copy_name}` are in `{first_name}` as well, and count twice in table `{table}`",
            of_rows(shared.rows as u64, all)
        ),
    };
    let line = |file: &OpenFile, rows: &FileRows, others: &FileRows| {
        let others: HashSet<u64> = others.rows.iter().copied().collect();
        let place = rows.rows.iter().position(|row| others.contains(row)).unwrap_or(0);
        file.file.line(rows.lines.get(place).copied().unwrap_or(1))
    };
    let diagnostic = match verdict {
        Verdict::Doubtful => Diagnostic::warning(Code::DuplicateFile, message),
        _ => Diagnostic::error(Code::DuplicateFile, message),
    };
    diagnostic.at(line(copy, copied, firsts)).related(line(first, firsts, copied), "the first of them here".to_owned()).help(
        format!(
            "remove one of the files or the rows that are there twice; where rows have a key, \
             `key = \"<column>\"` and `keep = \"last\"` in [tables.{table}] let each count once; where each row is an \
             event that counts however often it is there, `duplicates = \"count\"`"
        ),
    )
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(one: &[u64], other: &[u64]) -> Option<Verdict> {
        let rows = |rows: &[u64]| {
            let mut rows = FileRows { rows: rows.to_vec(), ..FileRows::default() };
            rows.count_equal(|_| true);
            rows
        };
        let files = BTreeMap::from([(0, rows(one)), (1, rows(other))]);
        shared(&files, |_| true).first().and_then(|shared| verdict(shared, &files))
    }

    fn span(from: u64, to: u64) -> Vec<u64> {
        (from..to).collect()
    }

    #[test]
    fn files_that_hold_the_same_are_found_in_any_order() {
        assert_eq!(of(&[1, 2, 3], &[3, 1, 2]), Some(Verdict::Contained(1)));
        assert_eq!(of(&[1], &[1]), Some(Verdict::Contained(1)));
        assert_eq!(of(&[1, 1, 1, 2], &[1, 2, 1, 1]), Some(Verdict::Contained(1)));
        assert_eq!(of(&[2, 3], &[1, 2, 3, 4]), Some(Verdict::Contained(0)));
        assert_eq!(of(&span(0, 100), &span(20, 50)), Some(Verdict::Contained(1)));
    }

    #[test]
    fn exports_that_overlap_are_found_where_their_rows_differ() {
        assert_eq!(of(&span(0, 1_000), &span(990, 2_000)), Some(Verdict::Overlapping));
        assert_eq!(of(&span(0, 1_000), &span(998, 2_000)), Some(Verdict::Doubtful));
        assert_eq!(of(&span(0, 1_000), &span(999, 2_000)), None);
        let scattered: Vec<u64> = (0..1_000).map(|i| if i % 10 == 0 { i } else { i + 5_000 }).collect();
        assert_eq!(of(&span(0, 1_000), &scattered), Some(Verdict::Doubtful));
        let rare: Vec<u64> = (0..1_000).map(|i| if i % 400 == 0 { i } else { i + 5_000 }).collect();
        assert_eq!(of(&span(0, 1_000), &rare), None);
    }

    #[test]
    fn files_whose_values_lie_apart_share_nothing() {
        let range = |bounds, has_blank| Range { is_ordered: true, bounds, has_blank };
        let is_apart = |one: Range, other: Range| one.is_apart(other) && other.is_apart(one);
        assert!(is_apart(range(Some((1, 5)), false), range(Some((6, 9)), true)));
        assert!(!is_apart(range(Some((1, 5)), true), range(Some((6, 9)), true)));
        assert!(!is_apart(range(Some((1, 5)), false), range(Some((5, 9)), false)));
        assert!(is_apart(range(None, true), range(Some((5, 9)), false)));
        assert!(!is_apart(Range::default(), range(Some((5, 9)), false)));
    }

    #[test]
    fn rows_that_are_often_equal_say_nothing() {
        let small: Vec<u64> = (0..300).map(|i| i % 11).collect();
        let large: Vec<u64> = (0..2_000).map(|i| i % 11).collect();
        assert_eq!(of(&small, &large), None);
        assert_eq!(of(&[7, 7, 7, 1, 2], &[7, 7, 3, 4, 5]), None);
        assert_eq!(of(&[1, 2], &[3, 4]), None);
    }
}
