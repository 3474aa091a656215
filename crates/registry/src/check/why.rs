//! Why a value is at risk or missed: what moved it away from the period that its
//! goal compares it with.

use goalpost_core::decomposition::change;
use goalpost_core::diagnostic::{Diagnostic, Severity};
use goalpost_core::report::Verdict;
use goalpost_core::verdict::VerdictKind;

use super::prepared::Prepared;
use crate::cause::{Causes, Depth, Subject, baseline};
use crate::plan::Leaves;
use crate::plan::align::SegmentKey;
use crate::plan::needs::Needs;
use crate::project::Project;
use crate::question::Loaded;

/// What can be asked of each goal.
pub(crate) struct Why {
    causes: Causes,
    /// The place of each goal among the causes; `None` for one without a period
    /// before.
    places: Vec<Option<usize>>,
}

/// Prepares the causes of goals.
pub(crate) fn prepare(project: &Project, prepared: &[Prepared<'_>], leaves: &mut Leaves) -> Why {
    let mut subjects = Vec::new();
    let mut places = Vec::new();
    for goal in prepared {
        let subject = match goal {
            Prepared::Judged(judged) if judged.periods.pending.is_none() => {
                let period = &judged.periods.main;
                baseline(judged.goal, period, &project.config.calendar).map(|against| Subject {
                    entry: judged.entry,
                    dimensions: judged.dimensions.clone(),
                    grain: judged.goal.every,
                    now: period.window(),
                    against,
                    depth: Depth::Segments,
                })
            }
            _ => None,
        };
        places.push(subject.is_some().then_some(subjects.len()));
        subjects.extend(subject);
    }
    Why { causes: Causes::prepare(project, &subjects, leaves), places }
}

impl Why {
    /// Adds what they read, whichever verdicts want them.
    pub(crate) fn need(&self, project: &Project, leaves: &Leaves, needs: &mut Needs) {
        self.causes.need(project, leaves, needs);
    }

    /// Gives the verdicts that are at risk or missed their causes. `goals` says
    /// of each verdict which goal it is of.
    ///
    /// What keeps causes from being computed is a warning: the verdicts stand.
    pub(crate) fn explain(
        &self,
        loaded: &Loaded<'_>,
        prepared: &[Prepared<'_>],
        goals: &[usize],
        verdicts: &mut [Verdict],
    ) -> Vec<Diagnostic> {
        let mut wanted = Vec::new();
        let mut of = Vec::new();
        for (place, (verdict, goal)) in verdicts.iter().zip(goals).enumerate() {
            if let Some(subject) = self.places[*goal].filter(|_| is_asked(verdict, &prepared[*goal])) {
                let key: SegmentKey = verdict.segment.iter().map(|(_, value)| value.clone()).collect();
                wanted.push((subject, key));
                of.push(place);
            }
        }
        if wanted.is_empty() {
            return Vec::new();
        }
        match self.causes.answer(loaded, &wanted) {
            Ok(causes) => {
                for (place, cause) in of.into_iter().zip(causes) {
                    let verdict = &mut verdicts[place];
                    let is_same = |before| verdict.value.and_then(|value| change(before, value));
                    verdict.cause = cause.filter(|cause| is_same(cause.before) == Some(cause.change));
                }
                Vec::new()
            }
            Err(found) => found
                .into_iter()
                .map(|problem| Diagnostic {
                    severity: Severity::Warning,
                    message: format!("why goals were missed is not known: {}", problem.message),
                    ..problem
                })
                .collect(),
        }
    }
}

/// Whether a verdict is of the value that a cause would explain.
fn is_asked(verdict: &Verdict, prepared: &Prepared<'_>) -> bool {
    let Prepared::Judged(judged) = prepared else { return false };
    matches!(verdict.kind, VerdictKind::Missed | VerdictKind::AtRisk)
        && verdict.value.is_some()
        && verdict.pace.is_none()
        && verdict.period.as_ref() == Some(&judged.periods.main)
        && verdict.segment.len() == judged.dimensions.len()
}
