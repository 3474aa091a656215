//! Rows with the same key: read once more to compare the keys themselves, then
//! reported, or left out but for one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::util::display::array_value_to_string;
use goalpost_core::config::{Duplicates, Keep, Which};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::schema::ColumnType;

use goalpost_core::sample::of_rows;

use super::findings::{listed, named};
use super::keys::{self, KeyReader, Keys};
use super::look::Seen;
use super::tables::{Judged, LoadOptions, Plan, Purpose};
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::feed::Feed;
use crate::source::bind::select::{Value, values};
use crate::source::cell::convert::ColumnReader;
use crate::source::cell::records::{Records, Rows};
use crate::source::find::file::DataFile;
use crate::source::keep::batches;
use crate::source::keep::room::Room;
use crate::source::open::file::OpenFile;
use crate::source::open::sources::Content;
use crate::source::parquet::{self, Origin};
use crate::source::text::reader::TextReader;

/// Beyond so many keys only the first are compared and shown; all are counted.
const COMPARED: usize = 100_000;
/// Keys shown in a message.
const SHOWN: usize = 3;

/// A row whose key may be that of another.
struct Hit {
    /// The number of its file.
    file: usize,
    /// Its line, or row, there.
    line: u32,
    /// Its number among all rows of the table.
    row: u64,
    key: Vec<Value>,
    shown: String,
    order: Option<Value>,
}

/// Rows of the same key, in the order of the files; always several.
type Group = Vec<Hit>;

/// Finds rows with the same key, and leaves them out where the config says which
/// counts; says how many, and takes them from those that rules leave out.
pub(super) fn settle(
    plan: &Plan<'_>,
    seen: &[Seen],
    by_rule: &mut [u64],
    options: &LoadOptions,
    room: &Room,
    judged: &mut Judged,
) -> u64 {
    let Content::Files(files) = &plan.source.content else { return 0 };
    let parts: Vec<&Keys> = seen.iter().map(|seen| &seen.keys).collect();
    if plan.key.is_empty() {
        return 0;
    }
    let repeated = keys::repeated(&parts, options.threads);
    if repeated.is_empty() {
        return 0;
    }
    let Duplicates::Keep(keep) = &plan.source.duplicates else {
        let found = error(plan, files, &parts, &repeated);
        judged.problems.extend(found.unwrap_or_else(Some));
        return 0;
    };
    let (dropped, note) = match superseded(plan, files, &parts, &repeated, keep) {
        Ok(found) => found,
        Err(problem) => {
            judged.problems.push(problem);
            return 0;
        }
    };
    judged.warnings.extend(note);
    let stored = among_stored(&dropped, seen, by_rule);
    if plan.purpose == Purpose::Compute {
        match batches::without(std::mem::take(&mut judged.stored), &stored, &plan.schema, room) {
            Ok(stored) => judged.stored = stored,
            Err(problem) => judged.problems.push(problem),
        }
    }
    dropped.len() as u64
}

/// The numbers that rows have among those that rules do not leave out; one that a
/// rule leaves out is taken from the count of that rule.
fn among_stored(rows: &[u64], seen: &[Seen], by_rule: &mut [u64]) -> Vec<u64> {
    let is_any_out = seen.iter().any(|seen| !seen.out_by.is_empty());
    if !is_any_out {
        return rows.to_vec();
    }
    let mut stored = Vec::new();
    let mut rows = rows.iter().copied().peekable();
    let mut next = 0;
    for (row, out_by) in (0..).zip(seen.iter().flat_map(|seen| &seen.out_by)) {
        let is_asked = rows.next_if_eq(&row).is_some();
        match out_by {
            Some(rule) if is_asked => by_rule[*rule] -= 1,
            Some(_) => {}
            None => {
                if is_asked {
                    stored.push(next);
                }
                next += 1;
            }
        }
    }
    stored
}

/// What is wrong with keys of which hashes occur more than once; nothing where
/// only the hashes are equal.
fn error(
    plan: &Plan<'_>,
    files: &[OpenFile],
    parts: &[&Keys],
    repeated: &HashSet<u64>,
) -> Result<Option<Diagnostic>, Diagnostic> {
    let is_repeated = |hash: &&u64| repeated.contains(hash);
    let hashes = || parts.iter().flat_map(|keys| &keys.hashes);
    let mut compared = HashSet::new();
    for hash in hashes().filter(is_repeated) {
        if compared.len() == COMPARED {
            break;
        }
        compared.insert(*hash);
    }
    let groups = groups(plan, files, &compared, None)?;
    if groups.is_empty() {
        return Ok(None);
    }
    let all = hashes().count() as u64;
    let (keys, rows) = match compared.len() < repeated.len() {
        true => (repeated.len(), hashes().filter(is_repeated).count() as u64),
        false => (groups.len(), groups.iter().map(|group| group.len() as u64).sum()),
    };
    let name = &plan.source.name;
    let columns = named(&plan.key);
    let shown = examples(&groups, &plan.key);
    let message = match keys {
        1 => format!("{columns} of {name} is not unique: {shown} is in {}", of_rows(rows, all)),
        keys => {
            format!("{columns} of {name} is not unique: {keys} keys are in {}: {shown}", of_rows(rows, all))
        }
    };
    let mut places = groups.iter().take(SHOWN).flat_map(|group| {
        group.iter().take(SHOWN).enumerate().map(|(i, hit)| {
            let what = if i == 0 { "first here" } else { "again here" };
            let what = match groups.len() {
                1 => what.to_owned(),
                _ => format!("{} {what}", hidden(&hit.shown, &plan.key)),
            };
            (files[hit.file].file.line(hit.line), what)
        })
    });
    let mut diagnostic = Diagnostic::error(Code::DuplicateKey, message);
    if let Some((at, what)) = places.next() {
        diagnostic = diagnostic.at(at).label(what);
    }
    for (at, what) in places {
        diagnostic = diagnostic.related(at, what);
    }
    Ok(Some(diagnostic.help(help(plan, files, parts, repeated))))
}

fn help(plan: &Plan<'_>, files: &[OpenFile], parts: &[&Keys], repeated: &HashSet<u64>) -> String {
    let table = &plan.source.name;
    let twice = copies(plan, files, parts, repeated);
    let twice = match twice.is_empty() {
        true => String::new(),
        false => {
            format!("every row of {} is in another file as well: was it exported twice? ", listed(&twice))
        }
    };
    format!(
        "{twice}remove the duplicates, or say in [tables.{table}] which row counts: `keep = \"last\"` \
         (by the order of files) or `keep = {{ last = \"<column>\" }}`; where each row is an event that \
         counts, `duplicates = \"count\"`"
    )
}

/// Files all of whose keys are in another one.
fn copies(plan: &Plan<'_>, files: &[OpenFile], parts: &[&Keys], repeated: &HashSet<u64>) -> Vec<String> {
    let mut of_files: BTreeMap<usize, HashSet<u64>> = BTreeMap::new();
    for (file, keys) in plan.part_files.iter().zip(parts) {
        of_files.entry(*file).or_default().extend(&keys.hashes);
    }
    let mut found = Vec::new();
    let mut before: HashSet<u64> = HashSet::new();
    for (file, hashes) in &of_files {
        let all_twice = hashes.iter().all(|hash| repeated.contains(hash));
        if *file > 0 && all_twice && !hashes.is_empty() && hashes.iter().all(|hash| before.contains(hash)) {
            found.push(format!("`{}`", files[*file].file.shown.name));
        }
        before.extend(hashes.iter().filter(|hash| repeated.contains(hash)));
    }
    found
}

/// The rows that do not count because another row of their key does, in order;
/// and what to say of it.
fn superseded(
    plan: &Plan<'_>,
    files: &[OpenFile],
    parts: &[&Keys],
    repeated: &HashSet<u64>,
    keep: &Keep,
) -> Result<(Vec<u64>, Option<Diagnostic>), Diagnostic> {
    let by = keep
        .by
        .as_ref()
        .and_then(|(by, _)| plan.source.columns.iter().find(|bound| bound.column.name == *by));
    // Its values are compared and not kept, so they may have all decimals.
    let by = by.cloned().map(|mut by| {
        by.widen(ColumnType::MOST_DECIMALS);
        by
    });
    let groups = groups(plan, files, repeated, by.as_ref())?;
    if by.is_some()
        && let Some(problem) = unordered(plan, files, &groups, keep)
    {
        return Err(problem);
    }
    let mut dropped = Vec::new();
    let mut tied = 0_u64;
    for group in &groups {
        let kept = match keep.which {
            Which::First => group.iter().min_by_key(|hit| (&hit.order, hit.row)),
            Which::Last => group.iter().max_by_key(|hit| (&hit.order, hit.row)),
        };
        let alike = |hit: &&Hit| kept.is_some_and(|kept| kept.order == hit.order);
        tied += u64::from(by.is_some() && group.iter().filter(alike).count() > 1);
        let kept = kept.map(|hit| hit.row);
        dropped.extend(group.iter().map(|hit| hit.row).filter(|row| Some(*row) != kept));
    }
    dropped.sort_unstable();
    if dropped.is_empty() {
        return Ok((dropped, None));
    }
    let all = parts.iter().map(|keys| keys.hashes.len() as u64).sum();
    let which = match keep.which {
        Which::First => "first",
        Which::Last => "last",
    };
    let order = match &keep.by {
        Some((by, _)) if tied > 0 => {
            let keys = if tied == 1 { "key" } else { "keys" };
            format!("by `{by}`, and in the order of the files where that is the same, as for {tied} {keys}")
        }
        Some((by, _)) => format!("by `{by}`"),
        None => "in the order of the files".to_owned(),
    };
    let message = format!(
        "{} of {} left out, because only the {which} row of each {} counts, {order}: {}",
        of_rows(dropped.len() as u64, all),
        plan.source.name,
        named(&plan.key),
        examples(&groups, &plan.key),
    );
    let first = &groups[0][0];
    let note = Diagnostic::note(Code::RowsLeftOut, message).at(files[first.file].file.line(first.line));
    Ok((dropped, Some(note)))
}

/// An error about rows of the same key that have no value in the column by which
/// one of them is kept: the one that counts may be among them.
fn unordered(plan: &Plan<'_>, files: &[OpenFile], groups: &[Group], keep: &Keep) -> Option<Diagnostic> {
    let (by, _) = keep.by.as_ref()?;
    let column = plan.source.columns.iter().find(|bound| bound.column.name == *by)?;
    let lacking: Vec<&Hit> = groups.iter().flatten().filter(|hit| hit.order.is_none()).collect();
    let first = lacking.first()?;
    let all = groups.iter().map(|group| group.len() as u64).sum();
    let (table, ty) = (&plan.source.name, column.column.ty);
    let which = match keep.which {
        Which::First => "first",
        Which::Last => "last",
    };
    let message = format!(
        "which row of a key is the {which} of {table} cannot be told: in {} with a key that others have, `{by}` \
         is blank or cannot be read as {ty}",
        of_rows(lacking.len() as u64, all)
    );
    let mut diagnostic =
        Diagnostic::error(Code::BadValue, message).at(files[first.file].file.line(first.line));
    for hit in lacking.iter().take(SHOWN).skip(1) {
        diagnostic = diagnostic.related(files[hit.file].file.line(hit.line), "and here".to_owned());
    }
    Some(diagnostic.help(format!(
        "correct the column `{by}` in the export or declare its `format`, or let the order of the files \
         decide: `keep = \"{which}\"`"
    )))
}

fn examples(groups: &[Group], key: &[&BoundColumn]) -> String {
    let mut shown: Vec<String> = groups
        .iter()
        .take(SHOWN)
        .map(|group| match groups.len() {
            1 => hidden(&group[0].shown, key),
            _ => format!("{} ({} rows)", hidden(&group[0].shown, key), group.len()),
        })
        .collect();
    if groups.len() > SHOWN {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

fn hidden(shown: &str, key: &[&BoundColumn]) -> String {
    if key.iter().any(|bound| bound.private) { "(private)".to_owned() } else { shown.to_owned() }
}

/// Rows whose keys are equal, of those with these hashes, by where the first of each is.
fn groups(
    plan: &Plan<'_>,
    files: &[OpenFile],
    hashes: &HashSet<u64>,
    by: Option<&BoundColumn>,
) -> Result<Vec<Group>, Diagnostic> {
    let mut found: BTreeMap<Vec<Value>, Group> = BTreeMap::new();
    let mut seek = Seek { plan, hashes, by, row: 0, hits: Vec::new() };
    for (number, file) in files.iter().enumerate() {
        match &file.parquet {
            Some(contents) => seek.parquet(number, &file.file, contents)?,
            None => seek.text(number, &file.file)?,
        }
    }
    for hit in seek.hits {
        found.entry(hit.key.clone()).or_default().push(hit);
    }
    let mut groups: Vec<Group> = found.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_by_key(|group| group[0].row);
    Ok(groups)
}

/// Looks for the rows with some hashes.
struct Seek<'p, 'a> {
    plan: &'p Plan<'a>,
    hashes: &'p HashSet<u64>,
    by: Option<&'p BoundColumn>,
    row: u64,
    hits: Vec<Hit>,
}

impl<'p> Seek<'p, '_> {
    /// The columns of the key, then the one that rows are kept by.
    fn looked(&self) -> Vec<&'p BoundColumn> {
        self.plan.key.iter().copied().chain(self.by).collect()
    }

    fn text(&mut self, number: usize, file: &DataFile) -> Result<(), Diagnostic> {
        let looked = self.looked();
        let feed = Feed::of(looked.iter().copied());
        let mut reader = TextReader::open(file, &self.plan.source.format, &feed.headers, None)?;
        let mut records = Records::new(feed.headers.len());
        loop {
            reader.fill(&mut records)?;
            if records.is_empty() {
                return Ok(());
            }
            let rows = Rows { text: reader.text(), records: &records };
            let mut keys = KeyReader::new(&self.plan.key);
            keys.read(rows, &feed.slots[..self.plan.key.len()], &file.shown);
            let read = looked.iter().zip(&feed.slots).map(|(column, slots)| {
                let mut values = ColumnReader::new(&column.rules);
                values.read_from(rows, slots, column.derivation.as_deref(), &file.shown);
                values.finish()
            });
            let read: Vec<ArrayRef> = read.collect();
            self.seen(number, &keys.keys, records.lines(), &read);
        }
    }

    fn parquet(
        &mut self,
        number: usize,
        file: &DataFile,
        contents: &parquet::Contents,
    ) -> Result<(), Diagnostic> {
        let looked = self.looked();
        let origins: Vec<Origin<'_>> = looked.iter().map(|column| Origin::of(column, contents)).collect();
        for groups in parquet::row_groups(contents, 1) {
            parquet::ingest(file, contents, groups, &origins, |rows| {
                let mut keys = KeyReader::new(&self.plan.key);
                keys.arrived(&rows, &origins[..self.plan.key.len()])?;
                let mut read = Vec::new();
                for (column, origin) in looked.iter().zip(&origins) {
                    let mut values = ColumnReader::new(&column.rules);
                    rows.append(origin, &mut values)?;
                    read.push(values.finish());
                }
                self.seen(number, &keys.keys, rows.rows(), &read);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Notes the rows of a run that have one of the hashes; `read` are the columns of the key, then the order.
    fn seen(&mut self, file: usize, keys: &Keys, lines: &[u32], read: &[ArrayRef]) {
        let parts = self.plan.key.len();
        let wanted: BTreeSet<usize> = keys
            .hashes
            .iter()
            .enumerate()
            .filter(|(_, hash)| self.hashes.contains(hash))
            .map(|(i, _)| i)
            .collect();
        if !wanted.is_empty() {
            let columns: Vec<Vec<Option<Value>>> = read.iter().map(values).collect();
            for i in wanted {
                let key: Option<Vec<Value>> =
                    columns[..parts].iter().map(|column| column[i].clone()).collect();
                let Some(key) = key else { continue };
                let order = columns.get(parts).and_then(|column| column[i].clone());
                let shown =
                    read[..parts].iter().map(|array| shown(array, i)).collect::<Vec<_>>().join(" with ");
                let line = lines.get(i).copied().unwrap_or_default();
                self.hits.push(Hit { file, line, row: self.row + i as u64, key, shown, order });
            }
        }
        self.row += keys.hashes.len() as u64;
    }
}

fn shown(array: &ArrayRef, row: usize) -> String {
    /// How much of a key is shown, in characters.
    const LENGTH: usize = 60;
    let text = array_value_to_string(array, row).unwrap_or_default();
    let cut: String = text.trim_ascii().chars().take(LENGTH).collect();
    format!("{cut:?}")
}
