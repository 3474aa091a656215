//! Narrowing goals by what they say of themselves: owner, label, severity, area.
//!
//! Values of one kind are alternatives, kinds narrow one another. A value that
//! no goal has is an error: a mistyped owner must not turn into a gate that
//! judges nothing.

use std::collections::BTreeSet;

use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::goal::Goal;
use goalpost_core::name::GoalName;
use goalpost_core::source::At;

use super::Catalogue;

/// What goals are narrowed by; nothing of a kind leaves all of it.
#[derive(Clone, Debug, Default)]
pub struct GoalFilter {
    /// Those who answer for them.
    pub owners: Vec<Wanted>,
    /// Their labels.
    pub tags: Vec<Wanted>,
    /// `block` or `advise`.
    pub severities: Vec<Wanted>,
    /// The areas of their metrics.
    pub areas: Vec<Wanted>,
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The value, as goals have it.
    pub value: String,
    /// Where it was written.
    pub at: At,
}

/// A kind of thing that goals are narrowed by.
struct Kind<'a> {
    /// How a message says that a goal has a value.
    has: &'static str,
    wanted: &'a [Wanted],
    /// The values that a goal has.
    of: fn(&Catalogue, &Goal) -> Vec<String>,
}

impl Catalogue {
    /// Those of the goals that the filter leaves, in their order.
    ///
    /// # Errors
    /// A diagnostic for each value that none of the goals has, and one where
    /// every value is known but no goal has all that is asked for.
    pub fn filter_goals(
        &self,
        goals: Vec<GoalName>,
        filter: &GoalFilter,
    ) -> Result<Vec<GoalName>, Vec<Diagnostic>> {
        let kinds = [
            Kind {
                has: "is owned by",
                wanted: &filter.owners,
                of: |_, goal| goal.owner.iter().cloned().collect(),
            },
            Kind { has: "has the tag", wanted: &filter.tags, of: |_, goal| goal.tags.clone() },
            Kind {
                has: "has the severity",
                wanted: &filter.severities,
                of: |catalogue, goal| {
                    let severity = catalogue.policies(goal).severity.unwrap_or_default();
                    vec![severity.name().to_owned()]
                },
            },
            Kind {
                has: "is in the area",
                wanted: &filter.areas,
                of: |catalogue, goal| {
                    let entry = catalogue.metric(&goal.metric);
                    entry.map(|entry| entry.metric.area().to_owned()).into_iter().collect()
                },
            },
        ];
        let asked = || kinds.iter().filter(|kind| !kind.wanted.is_empty());
        let values = |kind: &Kind<'_>, name: &GoalName| -> Vec<String> {
            self.goal(name).map(|entry| (kind.of)(self, &entry.goal)).unwrap_or_default()
        };
        let mut problems = Vec::new();
        for kind in asked() {
            let known: BTreeSet<String> = goals.iter().flat_map(|name| values(kind, name)).collect();
            for wanted in kind.wanted.iter().filter(|wanted| !known.contains(&wanted.value)) {
                problems.push(
                    Diagnostic::error(Code::UnknownGoal, format!("no goal {} `{}`", kind.has, wanted.value))
                        .at(wanted.at.clone())
                        .help(did_you_mean(&wanted.value, known.iter().map(String::as_str))),
                );
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let narrowed = asked().next().is_some();
        let is_left = |name: &GoalName| {
            asked().all(|kind| {
                let has = values(kind, name);
                kind.wanted.iter().any(|wanted| has.contains(&wanted.value))
            })
        };
        let left: Vec<GoalName> = goals.into_iter().filter(is_left).collect();
        if narrowed && left.is_empty() {
            let words: Vec<String> = asked()
                .map(|kind| {
                    let values: Vec<_> =
                        kind.wanted.iter().map(|wanted| format!("`{}`", wanted.value)).collect();
                    format!("{} {}", kind.has, values.join(" or "))
                })
                .collect();
            let first = asked().find_map(|kind| kind.wanted.first()).map(|wanted| wanted.at.clone());
            return Err(vec![
                Diagnostic::error(Code::UnknownGoal, format!("no goal {}", words.join(" and ")))
                    .at(first.unwrap_or_default())
                    .help("each of them is known, but no goal has all of them: leave one out"),
            ]);
        }
        Ok(left)
    }
}
