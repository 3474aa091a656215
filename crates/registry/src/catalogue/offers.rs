//! What a metric says beside its formula: its time column and its dimensions.
//!
//! A dimension that a project does not map is not offered, and that is all; one
//! that nobody can know is a mistake in a team's script, found here. Whether a
//! question can be cut by a dimension is decided in `dimension`.

use goalpost_core::canonical;
use goalpost_core::definition::{Layer, Metric};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::expr::RelationSource;
use goalpost_core::name::DimensionName;

use super::Catalogue;
use super::expr_check::Checker;

impl Catalogue {
    /// Checks a metric's time column and the columns of its `by`.
    pub(super) fn check_offers(&self, metric: &Metric, diagnostics: &mut Vec<Diagnostic>) {
        let mut checker = Checker::new(self.shapes(), &self.calendar);
        if let Some(time) = &metric.time
            && let Some(rows) = time.rows()
        {
            checker.time(time, &rows);
        }
        for dimension in &metric.by {
            match &dimension.column {
                Some(column) => {
                    checker.column(column, &column.owner.rows(), &dimension.at);
                }
                None if metric.layer == Layer::Project && !self.is_known(metric, &dimension.name) => {
                    let declared = self.dimensions.iter().map(|dimension| dimension.name.as_str());
                    diagnostics.push(
                        Diagnostic::error(
                            Code::UnknownDimension,
                            format!("no dimension is called `{}`", dimension.name),
                        )
                        .at(dimension.at.clone())
                        .help(did_you_mean(dimension.name.as_str(), declared)),
                    );
                }
                None => {}
            }
        }
        // What is merely not mapped is not offered, or was said of the formula.
        let (_, wrong) = self.sort_problems(metric, checker.problems);
        for found in wrong {
            if !diagnostics.contains(&found) {
                diagnostics.push(found);
            }
        }
    }

    /// Whether a name in `by` is a declared dimension, or a path from the metric's
    /// rows, mapped here or known to the catalogue.
    fn is_known(&self, metric: &Metric, name: &DimensionName) -> bool {
        let first = name.as_str().split('.').next().unwrap_or_default();
        self.dimensions.iter().any(|dimension| dimension.name == *name)
            || self.can_cut(metric, name)
            || self.sources(&metric.value).iter().any(|source| match source {
                RelationSource::Table(table) => canonical::table(table.as_str()).is_some_and(|table| {
                    table.column(first).is_some() || table.references.iter().any(|known| known.name == first)
                }),
                _ => false,
            })
    }
}
