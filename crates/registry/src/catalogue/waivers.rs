//! The check of waivers against the goals they excuse.

use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::goal::Waiver;
use goalpost_core::name::{DimensionName, GoalName};
use goalpost_core::source::At;

use super::Catalogue;

impl Catalogue {
    /// Reports everything that keeps a waiver from excusing anything.
    pub(super) fn check_waiver(&self, waiver: &Waiver, diagnostics: &mut Vec<Diagnostic>) {
        let place = |at: &At| if at.span().is_some() { at.clone() } else { waiver.at.clone().into() };
        let Some(entry) = self.goal(&waiver.goal) else {
            let known = self.goals.iter().map(|entry| &entry.goal.name);
            diagnostics.push(
                Diagnostic::error(
                    Code::UnknownGoal,
                    format!("there is no goal `{}` to be waived", waiver.goal),
                )
                .at(place(&waiver.goal_at))
                .help(did_you_mean(waiver.goal.as_str(), known.map(GoalName::as_str))),
            );
            return;
        };
        let goal = &entry.goal;
        let filtered = goal.segment.iter().chain(&goal.require).map(|filter| &filter.dimension);
        let dimensions: Vec<&DimensionName> = goal.by.iter().map(|(name, _)| name).chain(filtered).collect();
        for filter in &waiver.segment {
            if !dimensions.contains(&&filter.dimension) {
                diagnostics.push(
                    Diagnostic::error(
                        Code::UnknownDimension,
                        format!("the goal `{}` is not judged by `{}`", waiver.goal, filter.dimension),
                    )
                    .at(place(&filter.at))
                    .help(did_you_mean(
                        filter.dimension.as_str(),
                        dimensions.iter().map(|name| name.as_str()),
                    )),
                );
            }
        }
        for (label, at) in &waiver.periods {
            let is_judged = match self.calendar.named(label) {
                Some(period) => period.grain == goal.every,
                None => label == goal.every.name(),
            };
            if !is_judged {
                diagnostics.push(
                    Diagnostic::error(
                        Code::BadDate,
                        format!(
                            "the goal `{}` is judged by {}, and `{label}` is none",
                            waiver.goal, goal.every
                        ),
                    )
                    .at(place(at))
                    .help("name the period as the verdict does"),
                );
            }
        }
    }
}
