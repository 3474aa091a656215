//! Grouped scans over the same rows in one pass, by an operator of the embedded
//! engine's own.
//!
//! Groups are places of arrays: segments are small integers, days come from moments
//! by integer arithmetic, and totals are added up in plain numbers. The plan of
//! each scan stays the reference, for other engines and wherever this operator does
//! not fit: with too many groups, values of other types, or any error it gives up,
//! and the plans are run. Both give the same numbers.
//!
//! [`days`] and [`buckets`] place rows in time, [`codes`] in segments; [`totals`] adds
//! up, a [`cube`] is one scan; [`unfit`] says why not.

mod buckets;
mod codes;
mod cube;
mod days;
#[cfg(test)]
mod tests;
mod totals;
mod unfit;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use goalpost_core::calendar::Calendar;
use goalpost_core::expr::{ColumnRef, Expr, ExprKind, RelationSource};
use goalpost_core::name::{ColumnName, TableName};

use self::codes::Codes;
use self::cube::{Cube, Read};
use self::days::LocalDays;
use super::bounded;
use crate::lower::rows::RowContext;
use crate::lower::together::{Columns, Together, together};
use crate::progress::Task;
use crate::scan::{Bucket, OutputFunction, Scan};

/// Who groups the rows of scans whose outputs add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// The embedded engine's own operator, several scans in one pass, wherever it fits.
    #[default]
    Embedded,
    /// The plan of each scan.
    Planned,
}

/// Which rows a scan needs: scans of the same rows make one pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rows {
    table: TableName,
    /// The references that are followed.
    paths: BTreeSet<Vec<ColumnName>>,
}

/// The rows that a scan needs, where the operator can group it.
pub(super) fn rows(scan: &Scan) -> Option<Rows> {
    let RelationSource::Table(table) = &scan.source else { return None };
    let adds_up =
        |function| !matches!(function, OutputFunction::CountDistinct | OutputFunction::Percentile(_));
    let fits = scan.apart.is_none()
        && !matches!(scan.bucket, Bucket::Overlapping(_))
        && scan.outputs.iter().all(|output| adds_up(output.function));
    if !fits {
        return None;
    }
    let mut paths = BTreeSet::new();
    let mut follow = |column: &ColumnRef| {
        if let Some((_, path @ [_, ..])) = column.path.split_last() {
            paths.insert(path.to_vec());
        }
    };
    scan.dimensions.iter().for_each(&mut follow);
    let exprs = scan.outputs.iter().flat_map(|output| output.filters.iter().chain(&output.argument));
    for expr in scan.axis.iter().chain(exprs) {
        let is_strange = expr.any(&mut |part: &Expr| match &*part.kind {
            ExprKind::Column(column) => {
                follow(column);
                false
            }
            ExprKind::History(_) | ExprKind::InRows(..) => true,
            _ => false,
        });
        if is_strange {
            return None;
        }
    }
    Some(Rows { table: table.clone(), paths })
}

/// Reads scans of the same rows: for each the batches that its plan would give, in
/// another order of groups.
pub(super) async fn read(
    context: &RowContext<'_>,
    scans: &[&Scan],
    task: &Task<'_>,
) -> Result<Vec<Vec<RecordBatch>>> {
    let Together { frame, scans: columns } = together(context, scans)?;
    let layout = Layout {
        calendar: *context.calendar,
        scans: scans.iter().map(|scan| (*scan).clone()).collect(),
        columns,
    };
    let layout = Arc::new(layout);
    let mut pass = Pass::new(&layout)?;
    let of_part = Arc::clone(&layout);
    let parts = bounded::folded(frame, task, move || Pass::new(&of_part), Pass::add).await?;
    for part in &parts {
        pass.merge(part)?;
    }
    pass.finish()
}

/// What a pass computes.
struct Layout {
    calendar: Calendar,
    scans: Vec<Scan>,
    columns: Vec<Columns>,
}

/// Scans while their rows arrive.
struct Pass {
    cubes: Vec<Cube>,
    /// By column, where segments are told apart by it.
    codes: Vec<Option<Codes>>,
    /// Columns of times that are read into days.
    axes: BTreeSet<usize>,
    local: LocalDays,
    /// What was read of the columns of the last batch.
    read_codes: Vec<Vec<u32>>,
    read_days: Vec<Vec<i32>>,
}

impl Pass {
    fn new(layout: &Layout) -> Result<Self> {
        let scans = layout.scans.iter().zip(&layout.columns);
        let cubes: Vec<Cube> =
            scans.map(|(scan, columns)| Cube::new(scan, columns)).collect::<Result<_>>()?;
        let cuts: BTreeSet<usize> =
            layout.columns.iter().flat_map(|columns| columns.dimensions.iter().copied()).collect();
        let axes: BTreeSet<usize> = cubes.iter().filter_map(Cube::axis).collect();
        let columns = cuts.iter().chain(&axes).max().map_or(0, |last| last + 1);
        Ok(Self {
            cubes,
            codes: (0..columns).map(|column| cuts.contains(&column).then(Codes::new)).collect(),
            axes,
            local: LocalDays::new(layout.calendar),
            read_codes: vec![Vec::new(); columns],
            read_days: vec![Vec::new(); columns],
        })
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = batch.columns();
        for (column, codes) in self.codes.iter_mut().enumerate() {
            if let Some(codes) = codes {
                codes.read(&columns[column], &mut self.read_codes[column])?;
            }
        }
        for &axis in &self.axes {
            self.local.read(&columns[axis], &mut self.read_days[axis])?;
        }
        let read = Read { columns, codes: &self.read_codes, days: &self.read_days };
        self.cubes.iter_mut().try_for_each(|cube| cube.add(batch.num_rows(), &read))
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        let codes: Vec<Vec<u32>> = self
            .codes
            .iter_mut()
            .zip(&other.codes)
            .map(|(codes, other)| match (codes, other) {
                (Some(codes), Some(other)) => codes.merged(other),
                _ => Vec::new(),
            })
            .collect();
        self.cubes.iter_mut().zip(&other.cubes).try_for_each(|(cube, other)| cube.merge(other, &codes))
    }

    fn finish(&self) -> Result<Vec<Vec<RecordBatch>>> {
        let texts: Vec<&[Option<String>]> =
            self.codes.iter().map(|codes| codes.as_ref().map_or(&[][..], Codes::texts)).collect();
        self.cubes.iter().map(|cube| Ok(vec![cube.finish(&texts)?])).collect()
    }
}
