//! Inspecting: reading every column of a table to say what is wrong with it, and
//! keeping none of its rows. What a run needs of it is `tables`' affair.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{ColumnName, TableName};

use super::shares;
use super::tables::{LoadOptions, Purpose, read_settled};
use crate::source::keep::room::Room;
use crate::source::open::sources::{Content, Sources};

/// What reading a table has shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inspected {
    /// The rows that count; nothing where a file could not be read.
    pub(crate) rows: Option<u64>,
    /// Rows that were left out on purpose.
    pub(crate) left_out: u64,
    /// Cells that could not be read, by column.
    pub(crate) bad_cells: BTreeMap<ColumnName, u64>,
    /// Columns of which the numbers are hundredths.
    pub(crate) in_percent: BTreeSet<ColumnName>,
    /// What a run would refuse or say.
    pub(crate) findings: Vec<Diagnostic>,
}

impl Sources {
    /// Reads every column of a table and keeps nothing but what is to be said of
    /// it. What is wrong with a column that is not used stops nothing.
    pub(crate) fn inspect(
        &self,
        name: &TableName,
        used: &BTreeSet<ColumnName>,
        options: &LoadOptions,
    ) -> Inspected {
        let mut inspected = Inspected::default();
        let Some(source) = self.tables.get(name) else { return inspected };
        if matches!(&source.content, Content::Files(files) if files.is_empty()) {
            inspected.rows = source.rows;
            return inspected;
        }
        let columns = source.columns.iter().map(|bound| bound.column.name.clone()).collect();
        let mut plans = match self.plan(name, &columns, Purpose::Inspect) {
            Ok(plan) => vec![plan],
            Err(wrong) => {
                inspected.findings = wrong;
                return inspected;
            }
        };
        let _reading = options.progress.reading(vec![name.to_string()]);
        let room = Room::new(options.memory, options.temp_dir.clone(), Arc::clone(&options.progress));
        let done = read_settled(&mut plans, options, &room, &mut inspected.findings);
        for (plan, parts) in plans.iter_mut().zip(done) {
            plan.used = Some(used);
            let judged = plan.judge(parts, options, &room);
            // Rows of another length were not counted, so what was is not the table.
            let is_whole = !judged.problems.iter().any(|problem| problem.code == Code::RaggedRow);
            inspected.rows = (is_whole && !plan.failed).then_some(judged.rows);
            inspected.left_out = judged.left_out;
            inspected.in_percent = shares::in_percent(plan.columns()).collect();
            inspected.bad_cells =
                judged.bad_cells.into_iter().map(|(column, bad)| (column, bad.count)).collect();
            inspected.findings.extend(judged.problems);
            inspected.findings.extend(judged.warnings);
        }
        inspected
    }
}
