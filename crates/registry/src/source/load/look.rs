//! What is looked at in a row beside the columns that are wanted: whether it
//! counts, and its key.

use goalpost_core::diagnostic::Diagnostic;

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
    /// The keys of those that count.
    pub(super) keys: Keys,
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
        let mut kept = vec![true; records.len()];
        for (i, ((rule, reader), slots)) in self.rules.iter_mut().zip(of_rules).enumerate() {
            let derivation = rule.column.derivation.as_deref();
            reader.read_from(Rows { text, records }, slots, derivation, &file.shown);
            self.seen.by_rule[i] += decide(rule, reader, &mut kept);
        }
        if kept.contains(&false) {
            records.retain(&kept);
        }
        if let Some(keys) = &mut self.keys {
            keys.read(Rows { text, records }, of_keys, &file.shown);
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
        let mut kept = vec![true; rows.rows().len()];
        for (i, ((rule, reader), origin)) in self.rules.iter_mut().zip(of_rules).enumerate() {
            rows.append(origin, reader)?;
            self.seen.by_rule[i] += decide(rule, reader, &mut kept);
        }
        if kept.contains(&false) {
            rows.retain(&kept)?;
        }
        match &mut self.keys {
            Some(keys) => keys.arrived(rows, of_keys),
            None => Ok(()),
        }
    }

    /// What was seen.
    pub(super) fn finish(mut self) -> Seen {
        self.seen.bad = self.rules.iter_mut().map(|(_, reader)| std::mem::take(&mut reader.bad)).collect();
        self.seen.keys = self.keys.map(|keys| keys.keys).unwrap_or_default();
        self.seen
    }
}

/// Asks a rule about the rows that still count; says how many it is about.
fn decide(rule: &RowRule, reader: &mut ColumnReader<'_>, kept: &mut [bool]) -> u64 {
    let mut about = 0;
    for (kept, passes) in kept.iter_mut().zip(rule.pass(&reader.finish())) {
        if *kept && !passes {
            about += 1;
            *kept = !rule.leaves_out();
        }
    }
    about
}
