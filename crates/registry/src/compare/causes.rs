//! What the parts of formulas make of changes: the causes of `check`, asked for
//! the two windows of a comparison.

use goalpost_core::calendar::Period;
use goalpost_core::comparison::{ComparisonRow, Span};
use goalpost_core::diagnostic::Diagnostic;

use super::CompareRequest;
use super::term::{GRAIN, has_open_step};
use crate::cause::{Causes, Depth, Subject};
use crate::plan::align::SegmentKey;
use crate::plan::needs::Needs;
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::question::Loaded;

/// What the parts of formulas make of changes.
pub(super) struct Parts {
    causes: Causes,
    /// By metric, its place among the causes.
    places: Vec<Option<usize>>,
}

impl Parts {
    pub(super) fn prepare(
        project: &Project,
        request: &CompareRequest,
        nodes: &[Node],
        leaves: &mut Leaves,
    ) -> Self {
        let Span { label, window } = &request.before;
        let against = Period { grain: GRAIN, start: window.start, end: window.end, label: label.clone() };
        let mut subjects = Vec::new();
        let mut places = Vec::new();
        for (name, node) in request.metrics.iter().zip(nodes) {
            // A step without a unit is as long as the window here, which causes do not know.
            let entry = project.catalogue.metric(name).filter(|_| !has_open_step(node));
            places.push(entry.map(|_| subjects.len()));
            subjects.extend(entry.map(|entry| Subject {
                entry,
                dimensions: request.by.clone(),
                grain: GRAIN,
                now: request.after.window,
                against: against.clone(),
                depth: Depth::Parts,
            }));
        }
        Self { causes: Causes::prepare(project, &subjects, leaves), places }
    }

    /// Adds what they read.
    pub(super) fn need(&self, project: &Project, leaves: &Leaves, needs: &mut Needs) {
        self.causes.need(project, leaves, needs);
    }

    /// Puts the parts into the rows whose change is that of the values.
    pub(super) fn explain(
        &self,
        loaded: &Loaded<'_>,
        keys: &[(usize, SegmentKey)],
        rows: &mut [ComparisonRow],
    ) -> Result<(), Vec<Diagnostic>> {
        let mut places = Vec::new();
        let mut wanted = Vec::new();
        for (place, ((metric, key), row)) in keys.iter().zip(rows.iter()).enumerate() {
            let is_plain = row.change.is_some_and(|change| change.per_days.is_none());
            if let (true, Some(subject)) = (is_plain, self.places.get(*metric).copied().flatten()) {
                places.push(place);
                wanted.push((subject, key.clone()));
            }
        }
        let found = self.causes.answer(loaded, &wanted)?;
        for (place, cause) in places.into_iter().zip(found) {
            if let (Some(row), Some(cause)) = (rows.get_mut(place), cause) {
                row.parts = cause.parts;
            }
        }
        Ok(())
    }
}
