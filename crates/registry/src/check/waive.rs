//! Waivers: misses that somebody excused, until a date.

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Goal, Waiver};
use goalpost_core::report::{Verdict, Waived};
use goalpost_core::verdict::VerdictKind;

use super::{Court, NONE};

/// Excuses the verdicts that a waiver of the goal covers, and says which
/// waivers have expired or excuse nothing.
pub(crate) fn waive(
    court: &Court<'_>,
    goal: &Goal,
    verdicts: &mut [Verdict],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let today = court.project.config.calendar.day(court.as_of.at);
    for waiver in court.project.catalogue.waivers().iter().filter(|waiver| waiver.goal == goal.name) {
        if today > waiver.expires {
            diagnostics.push(expired(waiver));
            continue;
        }
        let mut excused = 0;
        for verdict in verdicts.iter_mut().filter(|verdict| covers(waiver, verdict)) {
            if verdict.waiver.is_some() || !matches!(verdict.kind, VerdictKind::Missed | VerdictKind::NoData)
            {
                continue;
            }
            excused += 1;
            verdict.waiver = Some(Waived {
                instead_of: verdict.kind,
                by: waiver.by.clone(),
                expires: waiver.expires.to_string(),
                why: waiver.why.clone(),
                at: waiver.at.clone(),
            });
            verdict.kind = VerdictKind::Waived;
        }
        if excused == 0 {
            diagnostics.push(
                Diagnostic::warning(
                    Code::UnusedWaiver,
                    format!("the waiver of the goal `{}` excuses nothing", waiver.goal),
                )
                .at(waiver.at.clone())
                .help("remove it: what it was about is not judged any more, or is not missed"),
            );
        }
    }
}

/// What is said of a waiver whose time is over.
pub(crate) fn expired(waiver: &Waiver) -> Diagnostic {
    Diagnostic::warning(
        Code::ExpiredWaiver,
        format!("the waiver of the goal `{}` expired on {} and excuses nothing", waiver.goal, waiver.expires),
    )
    .at(waiver.at.clone())
    .help("remove it, or give it a new date and reason")
}

fn covers(waiver: &Waiver, verdict: &Verdict) -> bool {
    let period = verdict.period.as_ref().map(|period| period.label.as_str());
    let of_period =
        waiver.periods.is_empty() || waiver.periods.iter().any(|(label, _)| Some(label.as_str()) == period);
    let of_segment = waiver.segment.iter().all(|filter| {
        verdict.segment.iter().any(|(name, value)| {
            *name == filter.dimension
                && filter.values.iter().any(|wanted| wanted == value.as_deref().unwrap_or(NONE))
        })
    });
    of_period && of_segment
}
