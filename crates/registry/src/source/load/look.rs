//! What is looked at in a row beside the columns that are wanted: whether it
//! counts, and its key.

use goalpost_core::diagnostic::Diagnostic;

use super::keyless::Keyless;
use super::keys::{KeyReader, Keys};
use super::tables::Plan;
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::select::RowRule;
use crate::source::cell::convert::{BadCells, ColumnReader};
use crate::source::cell::records::{Records, Rows};
use crate::source::find::file::DataFile;
use crate::source::parquet::{Arrived, Origin};

/// What was seen of the rows of a part.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How many rows there are, whether they count or not.
    pub(super) rows: u64,
    /// For each rule of the table, the rows that it and none before it is about.
    pub(super) by_rule: Vec<u64>,
    /// For each rule, cells that could not be read.
    pub(super) bad: Vec<BadCells>,
    /// The keys of all rows, whether they count or not.
    pub(super) keys: Keys,
    /// Rows that count and have no key.
    pub(super) keyless: Keyless,
    /// For each row the number of the rule that leaves it out; empty where none does.
    pub(super) out_by: Vec<Option<usize>>,
}

/// Looks at rows as they are read.
pub(super) struct Look<'a> {
    rules: Vec<(&'a RowRule, ColumnReader<'a>)>,
    keys: Option<KeyReader<'a>>,
    seen: Seen,
}

/// The columns that are looked at: those of the rules, then those of the key.
pub(super) fn columns<'a>(plan: &Plan<'a>) -> impl Iterator<Item = &'a BoundColumn> {
    plan.source.rules.iter().map(|rule| &rule.column).chain(plan.key.clone())
}

impl<'a> Look<'a> {
    /// Nothing seen yet of a table.
    pub(super) fn new(plan: &Plan<'a>) -> Self {
        let rules = &plan.source.rules;
        Self {
            rules: rules.iter().map(|rule| (rule, ColumnReader::new(&rule.column.rules))).collect(),
            keys: (!plan.key.is_empty()).then(|| KeyReader::new(&plan.key)),
            seen: Seen { by_rule: vec![0; rules.len()], ..Seen::default() },
        }
    }

    /// Looks at rows of text, and takes those away that do not count. `slots` says
    /// where the columns of [`columns`] are.
    pub(super) fn text(&mut self, text: &str, records: &mut Records, slots: &[Vec<usize>], file: &DataFile) {
        self.seen.rows += records.len() as u64;
        let (of_rules, of_keys) = slots.split_at(self.rules.len());
        if let Some(keys) = &mut self.keys {
            keys.read(Rows { text, records }, of_keys, &file.shown);
        }
        let mut out_by = vec![None; records.len()];
        for (i, ((rule, reader), slots)) in self.rules.iter_mut().zip(of_rules).enumerate() {
            let derivation = rule.column.derivation.as_deref();
            reader.read_from(Rows { text, records }, slots, derivation, &file.shown);
            self.seen.by_rule[i] += decide(i, rule, reader, &mut out_by);
        }
        if let Some(kept) = self.noted(out_by, records.lines()) {
            records.retain(&kept);
        }
    }

    /// Looks at rows of a Parquet file, and takes those away that do not count.
    /// `origins` are those of the columns of [`columns`].
    pub(super) fn arrived(
        &mut self,
        rows: &mut Arrived<'_>,
        origins: &[Origin<'_>],
    ) -> Result<(), Diagnostic> {
        self.seen.rows += rows.rows().len() as u64;
        let (of_rules, of_keys) = origins.split_at(self.rules.len());
        if let Some(keys) = &mut self.keys {
            keys.arrived(rows, of_keys)?;
        }
        let mut out_by = vec![None; rows.rows().len()];
        for (i, ((rule, reader), origin)) in self.rules.iter_mut().zip(of_rules).enumerate() {
            rows.append(origin, reader)?;
            self.seen.by_rule[i] += decide(i, rule, reader, &mut out_by);
        }
        match self.noted(out_by, rows.rows()) {
            Some(kept) => rows.retain(&kept),
            None => Ok(()),
        }
    }

    /// Notes which of some rows, on these lines, are left out; says which are not, where any is.
    fn noted(&mut self, out_by: Vec<Option<usize>>, lines: &[u32]) -> Option<Vec<bool>> {
        if let Some(KeyReader { keys: Keys { hashes, .. }, .. }) = &self.keys {
            let before = hashes.len() - lines.len();
            self.seen.keyless.see(&hashes[before..], lines, &out_by);
        }
        let is_any = out_by.iter().any(Option::is_some);
        let kept = is_any.then(|| out_by.iter().map(Option::is_none).collect());
        // Only where rows have keys is it asked again which of them were left out.
        if self.keys.is_some() && self.rules.iter().any(|(rule, _)| rule.leaves_out()) {
            self.seen.out_by.extend(out_by);
        }
        kept
    }

    /// What was seen.
    pub(super) fn finish(mut self) -> Seen {
        self.seen.bad = self.rules.iter_mut().map(|(_, reader)| std::mem::take(&mut reader.bad)).collect();
        self.seen.keys = self.keys.map(|keys| keys.keys).unwrap_or_default();
        self.seen
    }
}

/// Asks the rule of a number about the rows that still count; says how many it is about.
fn decide(number: usize, rule: &RowRule, reader: &mut ColumnReader<'_>, out_by: &mut [Option<usize>]) -> u64 {
    let mut about = 0;
    for (out_by, passes) in out_by.iter_mut().zip(rule.pass(&reader.finish())) {
        if out_by.is_none() && !passes {
            about += 1;
            *out_by = rule.leaves_out().then_some(number);
        }
    }
    about
}
