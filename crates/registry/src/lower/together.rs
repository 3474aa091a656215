//! Several scans over the same rows, before they are grouped: one selection of all
//! values that they look at, and where in it each finds its own.
//!
//! What a value is comes from the same lowering as in a plan of one scan; only that
//! which tells rows apart by time is left to whoever groups them.

use std::collections::HashMap;

use datafusion::common::Result;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr as Df, lit};
use goalpost_core::expr::Expr;

use super::aggregate::{bounds_of, common, dimensions, own, shared_bounds, wanted};
use super::rows::{RowContext, Rows};
use super::terms::defect;
use crate::scan::Scan;

/// Rows of all that some scans look at.
pub(crate) struct Together {
    pub(crate) frame: DataFrame,
    /// The columns of each scan, in their order.
    pub(crate) scans: Vec<Columns>,
}

/// Where a scan finds its values: places of columns.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// What holds of its rows; `None` where they are all.
    pub(crate) kept: Option<usize>,
    pub(crate) dimensions: Vec<usize>,
    /// The time by which rows are told apart.
    pub(crate) axis: Option<usize>,
    pub(crate) outputs: Vec<OutputColumns>,
}

/// Where an output finds its values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputColumns {
    /// What holds of its rows beyond that; `None` where nothing has to.
    pub(crate) filter: Option<usize>,
    pub(crate) argument: Option<usize>,
}

/// The rows of scans over the same source, none of whose rows are those of a window.
pub(crate) fn together(context: &RowContext<'_>, scans: &[&Scan]) -> Result<Together> {
    let source = &scans.first().ok_or_else(|| defect("no scans"))?.source;
    let cuts: Vec<Vec<Expr>> = scans.iter().map(|scan| dimensions(scan)).collect();
    let wanted: Vec<_> =
        scans.iter().zip(&cuts).flat_map(|(scan, cuts)| wanted(context, scan, cuts)).collect();
    let rows = context.prepare(source, &wanted, None)?;
    let Rows { frame, scope } = context.steady(rows, scans)?;
    let mut selected = Selected::default();
    let mut found = Vec::with_capacity(scans.len());
    for (scan, cuts) in scans.iter().zip(&cuts) {
        let lowering = context.lowering(&scope, shared_bounds(context, scan));
        let common = common(scan);
        let visible = scan.axis.as_ref().map(|axis| lowering.visible(axis)).transpose()?;
        let kept = match (visible, lowering.filters(&common)?) {
            (Some(visible), Some(common)) => Some(visible.and(common)),
            (visible, common) => visible.or(common),
        };
        let mut outputs = Vec::with_capacity(scan.outputs.len());
        for output in &scan.outputs {
            let lowering = context.lowering(&scope, bounds_of(context, output));
            let filter = lowering.filters(&own(output, &common))?;
            let argument = output.argument.as_ref().map(|argument| lowering.value(argument)).transpose()?;
            let (filter, argument) =
                (filter.map(|df| selected.place(df)), argument.map(|df| selected.place(df)));
            outputs.push(OutputColumns { filter, argument });
        }
        let cuts = cuts.iter().map(|cut| Ok(selected.place(lowering.value(cut)?)));
        found.push(Columns {
            dimensions: cuts.collect::<Result<_>>()?,
            kept: kept.map(|df| selected.place(df)),
            axis: scan
                .axis
                .as_ref()
                .map(|axis| lowering.value(axis))
                .transpose()?
                .map(|df| selected.place(df)),
            outputs,
        });
    }
    Ok(Together { frame: frame.select(selected.columns())?, scans: found })
}

/// Values, each once.
#[derive(Default)]
struct Selected {
    values: Vec<Df>,
    places: HashMap<Df, usize>,
}

impl Selected {
    fn place(&mut self, value: Df) -> usize {
        let next = self.values.len();
        let place = *self.places.entry(value.clone()).or_insert(next);
        if place == next {
            self.values.push(value);
        }
        place
    }

    fn columns(mut self) -> Vec<Df> {
        if self.values.is_empty() {
            // Rows are counted even where nothing of theirs is looked at.
            self.values.push(lit(true));
        }
        self.values.into_iter().enumerate().map(|(place, value)| value.alias(format!("#{place}"))).collect()
    }
}
