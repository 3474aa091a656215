//! What is the same for every window of a scan, computed once per row.
//!
//! A scan for several windows evaluates the filters of each. The parts of them
//! that do not look at the window (a text normalised, a duration) would be
//! computed again for every window; here they become columns of the rows.

use datafusion::common::Result;
use goalpost_core::expr::{Expr, ExprKind};

use super::rows::{RowContext, Rows, existing};
use crate::relation::window::is_windowed;
use crate::scan::Scan;

impl RowContext<'_> {
    /// Adds the steady parts of the outputs of scans as columns, of those that have
    /// several windows.
    pub(super) fn steady(&self, rows: Rows, scans: &[&Scan]) -> Result<Rows> {
        let Rows { frame, mut scope } = rows;
        let mut parts: Vec<&Expr> = Vec::new();
        let several = scans.iter().filter(|scan| scan.windows().len() > 1);
        for output in several.flat_map(|scan| &scan.outputs) {
            output.filters.iter().chain(&output.argument).for_each(|expr| gather(expr, &mut parts));
        }
        if parts.is_empty() {
            return Ok(Rows { frame, scope });
        }
        let lowering = self.lowering(&scope, None);
        let mut select = existing(&frame);
        for (place, part) in parts.iter().enumerate() {
            select.push(lowering.value(part)?.alias(name(place)));
        }
        let frame = frame.select(select)?;
        for (place, part) in parts.into_iter().enumerate() {
            scope.steady.insert(part.clone(), name(place));
        }
        Ok(Rows { frame, scope })
    }
}

fn name(place: usize) -> String {
    format!("#steady{place}")
}

/// The largest parts that do not look at the window, and are not columns already.
fn gather<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &*expr.kind {
        ExprKind::Column(_)
        | ExprKind::Literal(_)
        | ExprKind::Period(_)
        | ExprKind::History(_)
        | ExprKind::InRows(..) => {}
        _ if !is_windowed(expr) => {
            if !found.contains(&expr) {
                found.push(expr);
            }
        }
        // A branch may be guarded by its condition.
        ExprKind::Case { .. } => {}
        _ => expr.children().into_iter().for_each(|child| gather(child, found)),
    }
}
