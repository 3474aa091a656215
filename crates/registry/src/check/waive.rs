//! Waivers: misses that somebody excused, until a date.

use goalpost_core::calendar::Period;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::goal::{Goal, Waiver};
use goalpost_core::report::{Verdict, Waived};
use goalpost_core::verdict::{Strictness, VerdictKind};

use super::Court;

/// Excuses the verdicts that a waiver of the goal covers, and says which
/// waivers have expired or excuse nothing.
pub(crate) fn waive(
    court: &Court<'_>,
    goal: &Goal,
    earlier: &[Period],
    strictness: Strictness,
    verdicts: &mut [Verdict],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let today = court.project.config.calendar.day(court.as_of.at);
    let fails = |kind: VerdictKind| match kind {
        VerdictKind::Missed | VerdictKind::NoData | VerdictKind::Incomplete => true,
        VerdictKind::AtRisk => strictness == Strictness::Strict,
        _ => false,
    };
    for waiver in court.project.catalogue.waivers().iter().filter(|waiver| waiver.goal == goal.name) {
        if today > waiver.expires {
            diagnostics.push(expired(waiver));
            continue;
        }
        let mut excused = 0;
        for verdict in verdicts.iter_mut().filter(|verdict| covers(waiver, verdict)) {
            if verdict.waiver.is_some() || !fails(verdict.kind) {
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
        // A miss of an earlier period may count no more because it was waived.
        let of_earlier = earlier.iter().any(|period| is_of(waiver, Some(period.label.as_str())));
        if excused == 0 && (!of_earlier || waiver.periods.is_empty()) {
            diagnostics.push(
                Diagnostic::warning(
                    Code::UnusedWaiver,
                    format!("the waiver of the goal `{}` excuses nothing", waiver.goal),
                )
                .at(waiver.at.clone())
                .help("remove it: what it was about is not judged any more, or does not fail"),
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

/// Whether a verdict is covered by a waiver that still counts.
pub(crate) fn is_waived(court: &Court<'_>, verdict: &Verdict) -> bool {
    let today = court.project.config.calendar.day(court.as_of.at);
    let waivers = court.project.catalogue.waivers().iter();
    waivers
        .filter(|waiver| waiver.goal == verdict.goal && today <= waiver.expires)
        .any(|waiver| covers(waiver, verdict))
}

fn is_of(waiver: &Waiver, period: Option<&str>) -> bool {
    waiver.periods.is_empty() || waiver.periods.iter().any(|(label, _)| Some(label.as_str()) == period)
}

fn covers(waiver: &Waiver, verdict: &Verdict) -> bool {
    let of_period = is_of(waiver, verdict.period.as_ref().map(|period| period.label.as_str()));
    let of_segment = waiver.segment.iter().all(|filter| {
        verdict.segment.iter().any(|(name, value)| *name == filter.dimension && filter.values.contains(value))
    });
    of_period && of_segment
}
