//! Baselines: verdicts of a recorded run, against which a later one only fails
//! where it got worse.
//!
//! The rules are here; the file that holds a baseline is the program's
//! business. A baseline can only excuse: what it does not know, or cannot be
//! compared with, counts fully.

use std::collections::{BTreeMap, BTreeSet};

use crate::Decimal;
use crate::name::GoalName;
use crate::report::{Aim, Verdict};
use crate::sample::Input;
use crate::unit::Direction;
use crate::verdict::{Gate, VerdictKind};

/// What a verdict is recorded and found again by. Not by its period: a later
/// run judges later periods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The goal.
    pub goal: GoalName,
    /// The dimensions of the segment with their values, by dimension; `None` are rows without one.
    pub segment: BTreeMap<String, Option<String>>,
    /// Whether it is about a running period, whose value so far says nothing
    /// beside that of a closed one.
    pub running: bool,
}

impl Subject {
    /// What a verdict is about.
    pub fn of(verdict: &Verdict) -> Self {
        let running = verdict.pace.is_some() || verdict.kind == VerdictKind::Pending;
        let segment = verdict.segment.iter().map(|(name, value)| (name.to_string(), value.clone()));
        Self { goal: verdict.goal.clone(), segment: segment.collect(), running }
    }
}

/// A recorded verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The judgement.
    pub kind: VerdictKind,
    /// The value in base units, if there was one.
    pub value: Option<Decimal>,
    /// The label of the period.
    pub period: Option<String>,
    /// Of what is incomplete, the share of rows (0 to 1) that the input lost which lost most.
    pub left_out: Option<Decimal>,
}

/// A recorded run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The verdicts, by goal and segment.
    pub recorded: BTreeMap<Subject, Recorded>,
}

/// How a verdict stands to the recorded one of the same goal and segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As good as it was, or better.
    NoWorse,
    /// A worse kind, or further from the target.
    Worse,
    /// The two cannot be compared: the recorded one was no judgement, there is
    /// no value to compare, or it is not known which way is better.
    Incomparable,
}

impl Baseline {
    /// Records a run. Where a goal and segment is judged in several periods,
    /// the latest counts.
    pub fn record(verdicts: &[Verdict]) -> Self {
        let mut latest: BTreeMap<Subject, &Verdict> = BTreeMap::new();
        let end = |verdict: &Verdict| verdict.period.as_ref().map(|period| period.end);
        for verdict in verdicts {
            let known = latest.entry(Subject::of(verdict)).or_insert(verdict);
            if end(verdict) > end(known) {
                *known = verdict;
            }
        }
        let recorded = |verdict: &Verdict| Recorded {
            kind: verdict.kind,
            value: compared(verdict),
            period: verdict.period.as_ref().map(|period| period.label.clone()),
            left_out: left_out(verdict),
        };
        Self { recorded: latest.into_iter().map(|(subject, verdict)| (subject, recorded(verdict))).collect() }
    }

    /// Lets verdicts that would fail the gate pass with a warning where they are
    /// no worse than recorded. They keep their kind and say so.
    pub fn excuse(&self, verdicts: &mut [Verdict]) {
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.gate == Gate::Fails) {
            let Some(recorded) = self.recorded.get(&Subject::of(verdict)) else { continue };
            if stand(recorded, verdict) == Standing::NoWorse {
                verdict.gate = Gate::Warns;
                let then = recorded.period.as_ref().map(|period| format!(" of {period}"));
                verdict.reason =
                    format!("{}; no worse than the baseline{}", verdict.reason, then.unwrap_or_default());
            }
        }
    }

    /// What is recorded and is not there any more: goals that are not `known`,
    /// and segments of goals that were judged.
    pub fn gone(&self, verdicts: &[Verdict], known: &BTreeSet<GoalName>) -> Vec<&Subject> {
        let now: BTreeSet<Subject> = verdicts.iter().map(Subject::of).collect();
        let judged: BTreeSet<&GoalName> = now.iter().map(|subject| &subject.goal).collect();
        let is_gone = |subject: &&Subject| {
            !subject.running
                && !now.contains(subject)
                && (judged.contains(&subject.goal) || !known.contains(&subject.goal))
        };
        self.recorded.keys().filter(is_gone).collect()
    }
}

/// How a verdict stands to a recorded one.
///
/// Kinds are ordered: met, at risk, then missed, no data and incomplete. Where the kind is
/// the same, the values are held against what is aimed at now: further from it
/// in the wrong direction is worse. Missed, no data and incomplete are not
/// exchanged for one another, because nothing shows that the one is no worse than the other.
pub fn stand(then: &Recorded, now: &Verdict) -> Standing {
    let (Some(before), Some(after)) = (rank(then.kind), rank(now.kind)) else {
        return Standing::Incomparable;
    };
    if after > before {
        return Standing::Worse;
    }
    if after < before {
        return Standing::NoWorse;
    }
    if then.kind != now.kind {
        return Standing::Incomparable;
    }
    if matches!(now.kind, VerdictKind::Met | VerdictKind::NoData) {
        return Standing::NoWorse;
    }
    // What is incomplete has no value that could be held against another, but how
    // much it lacks can get worse.
    if now.kind == VerdictKind::Incomplete {
        return match (then.left_out, left_out(now)) {
            (Some(before), Some(after)) if after > before => Standing::Worse,
            (Some(_), Some(_)) => Standing::NoWorse,
            _ => Standing::Incomparable,
        };
    }
    let (Some(before), Some(after)) = (then.value, compared(now)) else { return Standing::Incomparable };
    match (distance(&now.aim, before), distance(&now.aim, after)) {
        _ if before == after => Standing::NoWorse,
        (Some(before), Some(after)) if after > before => Standing::Worse,
        (Some(_), Some(_)) => Standing::NoWorse,
        _ => Standing::Incomparable,
    }
}

/// The value that two runs are compared by: of a running period what it is
/// projected to come to, since more of it has always passed later.
fn compared(verdict: &Verdict) -> Option<Decimal> {
    verdict.pace.as_ref().map_or(verdict.value, |pace| Some(pace.projected))
}

/// Of what is incomplete, the largest share of rows that any input lost.
fn left_out(verdict: &Verdict) -> Option<Decimal> {
    let of = |verdict: &Verdict| {
        let shares = verdict.sample.inputs.iter().filter_map(Input::share_left_out);
        shares.filter_map(|share| share.decimal()).max()
    };
    (verdict.kind == VerdictKind::Incomplete).then(|| of(verdict)).flatten()
}

/// How bad a judgement is; nothing for what is none.
const fn rank(kind: VerdictKind) -> Option<u8> {
    match kind {
        VerdictKind::Met => Some(0),
        VerdictKind::AtRisk => Some(1),
        VerdictKind::Missed | VerdictKind::NoData | VerdictKind::Incomplete => Some(2),
        VerdictKind::Inconclusive | VerdictKind::Pending | VerdictKind::Waived => None,
    }
}

/// How far a value is from what is aimed at, on the wrong side of it; 0 on the
/// right side. Nothing where that cannot be said.
fn distance(aim: &Aim, value: Decimal) -> Option<Decimal> {
    let beyond = |level: Decimal, better: Direction| match better {
        Direction::Higher => level.checked_sub(value),
        Direction::Lower => value.checked_sub(level),
    };
    let distance = match aim {
        Aim::Levels { target: Some(target), better, .. } => beyond(*target, *better)?,
        Aim::Between { low: Some(low), high: Some(high) } => {
            beyond(*low, Direction::Higher)?.max(beyond(*high, Direction::Lower)?)
        }
        _ => return None,
    };
    Some(distance.max(Decimal::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    use crate::calendar::{Calendar, Grain, Window};
    use crate::goal::Severity;
    use crate::sample::{InputId, LeftOut, Sample, Why};
    use crate::source::SourceFile;
    use crate::unit::Unit;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a number")
    }

    fn levels(better: Direction) -> Aim {
        Aim::Levels { target: Some(d("10")), limit: Some(d("10")), stretch: None, better }
    }

    fn verdict(
        goal: &str,
        region: Option<&str>,
        kind: VerdictKind,
        value: Option<&str>,
        aim: Aim,
    ) -> Verdict {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 4, 1).expect("a day");
        Verdict {
            goal: goal.into(),
            metric: goal.into(),
            unit: Unit::Count,
            every: Grain::Month,
            period: Some(Calendar::default().period(Grain::Month, day)),
            segment: vec![("region".into(), region.map(str::to_owned))],
            kind,
            gate: kind.gate(&crate::goal::Policies::default(), crate::verdict::Strictness::Strict),
            severity: Severity::Block,
            value: value.map(d),
            interval: None,
            sample: crate::sample::Sample { n: Some(1), inputs: Vec::new() },
            aim,
            pace: None,
            reason: "below the target".to_owned(),
            cause: None,
            waiver: None,
            owner: None,
            due: None,
            why: None,
            tags: Vec::new(),
            area: String::new(),
            at: SourceFile::new("metrics.d/a.rhai", "").span(0..0),
        }
    }

    #[test]
    fn worse_is_a_worse_kind_or_further_from_the_target() {
        use Standing::{Incomparable, NoWorse, Worse};
        use VerdictKind::{AtRisk, Incomplete, Inconclusive, Met, Missed, NoData, Pending, Waived};
        let higher = || levels(Direction::Higher);
        let lower = || levels(Direction::Lower);
        let between = || Aim::Between { low: Some(d("4")), high: Some(d("6")) };
        let unknown = || Aim::Levels { target: None, limit: None, stretch: None, better: Direction::Higher };
        // Recorded kind and value, kind and value now, what is aimed at now.
        let table = [
            (Met, Some("12"), Met, Some("11"), higher(), NoWorse),
            (Met, Some("12"), AtRisk, Some("9"), higher(), Worse),
            (Met, Some("12"), Missed, Some("9"), higher(), Worse),
            (Met, Some("12"), NoData, None, higher(), Worse),
            (AtRisk, Some("9"), Missed, Some("9"), higher(), Worse),
            (AtRisk, Some("9"), NoData, None, higher(), Worse),
            (AtRisk, Some("9"), AtRisk, Some("9"), higher(), NoWorse),
            (AtRisk, Some("9"), AtRisk, Some("8.9"), higher(), Worse),
            (Missed, Some("9"), AtRisk, Some("8"), higher(), NoWorse),
            (Missed, Some("9"), Met, Some("10"), higher(), NoWorse),
            (Missed, Some("9"), Missed, Some("9"), higher(), NoWorse),
            (Missed, Some("9"), Missed, Some("9.5"), higher(), NoWorse),
            (Missed, Some("9"), Missed, Some("8.999999999999999999"), higher(), Worse),
            (Missed, Some("11"), Missed, Some("11.5"), lower(), Worse),
            (Missed, Some("11"), Missed, Some("10.5"), lower(), NoWorse),
            // 1 below the range, then 2 above it, then 1 above it, then 2 below.
            (Missed, Some("3"), Missed, Some("8"), between(), Worse),
            (Missed, Some("3"), Missed, Some("7"), between(), NoWorse),
            (Missed, Some("3"), Missed, Some("2"), between(), Worse),
            (NoData, None, NoData, None, higher(), NoWorse),
            (NoData, None, Met, Some("10"), higher(), NoWorse),
            // Nothing shows that the one is no worse than the other.
            (NoData, None, Missed, Some("9"), higher(), Incomparable),
            (Missed, Some("9"), NoData, None, higher(), Incomparable),
            // How much either lacked is not known.
            (Incomplete, Some("9"), Incomplete, Some("8"), higher(), Incomparable),
            (Incomplete, Some("9"), Met, Some("10"), higher(), NoWorse),
            (Met, Some("12"), Incomplete, Some("12"), higher(), Worse),
            (AtRisk, Some("9"), Incomplete, Some("9"), higher(), Worse),
            (Incomplete, Some("9"), Missed, Some("9"), higher(), Incomparable),
            (Missed, Some("9"), Incomplete, Some("9"), higher(), Incomparable),
            (NoData, None, Incomplete, Some("9"), higher(), Incomparable),
            (Incomplete, Some("9"), NoData, None, higher(), Incomparable),
            (Missed, None, Missed, Some("9"), higher(), Incomparable),
            (Missed, Some("8"), Missed, Some("9"), Aim::Check, Incomparable),
            (Missed, Some("9"), Missed, Some("9"), Aim::Check, NoWorse),
            (Missed, Some("8"), Missed, Some("9"), unknown(), Incomparable),
            // What was no judgement excuses nothing: a waiver that has expired, for one.
            (Waived, Some("8"), Missed, Some("9"), higher(), Incomparable),
            (Pending, None, Missed, Some("9"), higher(), Incomparable),
            (Inconclusive, Some("8"), Missed, Some("9"), higher(), Incomparable),
        ];
        for (kind, value, now, after, aim, expected) in table {
            let then = Recorded { kind, value: value.map(d), period: None, left_out: None };
            let found = stand(&then, &verdict("g", None, now, after, aim));
            assert_eq!(found, expected, "{kind:?} {value:?} then {now:?} {after:?}");
        }
    }

    #[test]
    fn what_lacks_more_than_before_is_worse() {
        let lacking = |dropped: u64| {
            let end = NaiveDate::from_ymd_opt(2026, 4, 1).expect("a day");
            let left = LeftOut { why: Why::Blank, column: "amount".to_owned(), rows: dropped };
            let input = Input {
                id: InputId::Aggregate(0, Window { start: None, end }),
                table: "deals".to_owned(),
                rows: "deals".to_owned(),
                n: 100 - dropped,
                looked_at: 100,
                left_out: vec![left],
            };
            let verdict = verdict("a", None, VerdictKind::Incomplete, Some("8"), levels(Direction::Higher));
            Verdict { sample: Sample::of(input), ..verdict }
        };
        let baseline = Baseline::record(&[lacking(20)]);
        let recorded = baseline.recorded.values().next().expect("a record");
        assert_eq!(recorded.left_out, Some(d("0.2")));
        let stands: Vec<Standing> = [6, 20, 21].map(|now| stand(recorded, &lacking(now))).into();
        assert_eq!(stands, [Standing::NoWorse, Standing::NoWorse, Standing::Worse]);
    }

    #[test]
    fn only_what_got_worse_still_fails() {
        let missed = |goal: &str, region, value| {
            verdict(goal, region, VerdictKind::Missed, Some(value), levels(Direction::Higher))
        };
        let baseline = Baseline::record(&[missed("a", Some("EMEA"), "8"), missed("a", None, "8")]);
        let mut now = [
            missed("a", Some("EMEA"), "8"),
            missed("a", None, "7"),
            missed("a", Some("AMER"), "9"),
            missed("b", Some("EMEA"), "9"),
        ];
        baseline.excuse(&mut now);
        assert_eq!(
            now.each_ref().map(|verdict| verdict.gate),
            [Gate::Warns, Gate::Fails, Gate::Fails, Gate::Fails]
        );
        assert_eq!(now[0].kind, VerdictKind::Missed);
        assert_eq!(now[0].reason, "below the target; no worse than the baseline of 2026-04");
        assert_eq!(now[1].reason, "below the target");
    }

    #[test]
    fn what_is_gone_is_named_and_what_was_not_asked_is_not() {
        let met = |goal: &str, region| {
            verdict(goal, region, VerdictKind::Met, Some("10"), levels(Direction::Higher))
        };
        let baseline = Baseline::record(&[
            met("a", Some("AMER")),
            met("a", Some("EMEA")),
            met("not asked", None),
            met("old", None),
        ]);
        let known = BTreeSet::from(["a".into(), "not asked".into()]);
        let gone = baseline.gone(&[met("a", Some("EMEA"))], &known);
        let names: Vec<_> = gone
            .iter()
            .map(|subject| (subject.goal.as_str(), subject.segment["region"].as_deref()))
            .collect();
        assert_eq!(names, [("a", Some("AMER")), ("old", None)]);
    }

    #[test]
    fn of_several_periods_the_latest_is_recorded() {
        let day = |month| chrono::NaiveDate::from_ymd_opt(2026, month, 1).expect("a day");
        let of = |month, value| Verdict {
            period: Some(Calendar::default().period(Grain::Month, day(month))),
            ..verdict("a", None, VerdictKind::Missed, Some(value), levels(Direction::Higher))
        };
        let baseline = Baseline::record(&[of(2, "1"), of(3, "2"), of(1, "3")]);
        let recorded: Vec<_> =
            baseline.recorded.values().map(|one| (one.period.as_deref(), one.value)).collect();
        assert_eq!(recorded, [(Some("2026-03"), Some(d("2")))]);
    }
}
