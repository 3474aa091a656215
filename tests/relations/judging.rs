//! What a goal says besides its levels never changes a value; levels, limits of
//! what may be left out, and rows that are left out move a verdict one way only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::name::MetricName;
use goalpost_core::report::{CheckReport, Verdict};
use goalpost_core::schema::ColumnType;
use goalpost_core::unit::{Direction, Kind, Unit};
use goalpost_core::verdict::{Gate, Strictness, VerdictKind};
use goalpost_registry::check::{CheckRequest, check};

use crate::Case;
use crate::ask::{Question, ask, one_thread};
use crate::dirt::World;
use crate::draw::Draw;
use crate::project::{Layout, built_in, errors, place, with_script};
use crate::tables::{Table, Value};

/// A goal, to be written in several ways.
struct Draft {
    metric: MetricName,
    better: Direction,
    /// In base units.
    target: Decimal,
    limit: Decimal,
    is_duration: bool,
    /// The most that a level can sensibly be; a goal beyond it is an error.
    most: Decimal,
    policies: String,
    by: Option<String>,
    max_dropped: Decimal,
}

/// How a goal is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Plainly,
    /// With an owner, labels, a reason and a date that it is due at.
    Dressed,
    /// With a waiver until long after.
    Waived,
    /// With levels that are harder to reach.
    Stricter,
    /// With fewer rows that may be left out.
    Narrower,
    /// With no row that may be left out.
    Whole,
}

impl Draft {
    fn write(&self, number: usize, written: Written, script: &mut String) {
        let harder = if self.better == Direction::Higher { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
        let step = match written {
            Written::Stricter => (self.target.abs() + Decimal::ONE) / Decimal::from(20) * harder,
            _ => Decimal::ZERO,
        };
        let (target, limit) = (self.level(self.target + step), self.level(self.limit + step));
        let most = match written {
            Written::Narrower => self.max_dropped / Decimal::from(3),
            Written::Whole => Decimal::ZERO,
            _ => self.max_dropped,
        };
        let _ = write!(
            script,
            "goal(\"{}\", #{{ name: \"g{number}\", target: {target}, limit: {limit}, every: \"quarter\", \
             max_dropped: {most}{}",
            self.metric, self.policies,
        );
        if let Some(by) = &self.by {
            let _ = write!(script, ", by: [\"{by}\"]");
        }
        if written == Written::Dressed {
            script.push_str(
                ", owner: \"someone\", tags: [\"one\", \"two\"], why: \"it was said so\", due: \"2031-12-31\"",
            );
        }
        script.push_str(" });\n");
        if written == Written::Waived {
            let _ = writeln!(
                script,
                "waive(\"g{number}\", #{{ expires: \"2031-12-31\", by: \"someone\", why: \"a move\" }});"
            );
        }
    }

    fn level(&self, level: Decimal) -> String {
        let level = level.max(Decimal::ZERO).min(self.most);
        if self.is_duration { format!("({}).seconds", level.round()) } else { level.round_dp(4).to_string() }
    }
}

/// Goals on the metrics that a case looks at, with levels near their values.
fn drafts(world: &World, case: Case) -> Vec<Draft> {
    let mut draw = Draw::new(case.seed, "goals");
    let place = place(&world.tables, &world.setting, Layout::CSV, built_in());
    let question = Question { grain: Grain::Quarter, last: 2, by: Vec::new(), ..world.question.clone() };
    let mut drafts = Vec::new();
    let mut seen = BTreeSet::new();
    for cell in ask(&place.project, &question).cells {
        let Some(value) = cell.computed.outcome.value() else { continue };
        let Some(entry) = place.project.catalogue.metric(&cell.metric) else { continue };
        // Of some rates no level above 100 % is allowed, even where the data have one.
        let is_share = entry.kind == Kind::NUMBER && (value <= Decimal::ONE || entry.unit == Unit::Percent);
        let most = if is_share { Decimal::ONE } else { Decimal::from(1_000_000_000) };
        if !seen.insert(cell.metric.clone())
            || ![Kind::NUMBER, Kind::MONEY, Kind::DURATION].contains(&entry.kind)
            || value.is_sign_negative()
            || value > most
        {
            continue;
        }
        let Some(better) = entry.metric.better else { continue };
        let near = |draw: &mut Draw| {
            value * Decimal::from(70 + draw.below(60)) / Decimal::from(100)
                + if value.is_zero() { Decimal::from(draw.below(3)) } else { Decimal::ZERO }
        };
        let levels = [near(&mut draw), near(&mut draw)];
        let (low, high) = (levels[0].min(levels[1]), levels[0].max(levels[1]));
        let (target, limit) = if better == Direction::Higher { (high, low) } else { (low, high) };
        let mut policies = String::new();
        for (key, words) in [
            ("severity", ["block", "advise", "block"]),
            ("no_data", ["fail", "warn", "skip"]),
            ("incomplete", ["fail", "warn", "skip"]),
        ] {
            if draw.one_in(2) {
                let _ = write!(policies, ", {key}: \"{}\"", draw.pick(&words));
            }
        }
        if draw.one_in(4) {
            let _ = write!(policies, ", min_sample: {}", 1 + draw.below(8));
        }
        if cell.computed.interval.is_some() && draw.one_in(2) {
            policies.push_str(", confidence: 0.8");
        }
        let cuts: Vec<&str> = entry.dimensions.iter().map(|name| name.as_str()).collect();
        let by = (!cuts.is_empty() && draw.one_in(2)).then(|| (*draw.pick(&cuts)).to_owned());
        drafts.push(Draft {
            metric: cell.metric.clone(),
            better,
            target,
            limit,
            is_duration: entry.kind == Kind::DURATION,
            most,
            policies,
            by,
            max_dropped: Decimal::new(i64::try_from(draw.below(60)).expect("small"), 2),
        });
    }
    drafts
}

/// The verdicts on goals that are written so.
fn judged(world: &World, tables: &[Table], drafts: &[Draft], written: Written) -> CheckReport {
    let mut script = String::new();
    drafts.iter().enumerate().for_each(|(number, draft)| draft.write(number, written, &mut script));
    let place = place(tables, &world.setting, Layout::CSV, &with_script(&script));
    let goals = place.project.catalogue.goals().iter().map(|entry| entry.goal.name.clone()).collect();
    let as_of = AsOf::parse(&world.question.as_of, &place.project.config.calendar).expect("a moment");
    let request = CheckRequest { goals, strictness: Strictness::Lenient, as_of };
    let report = check(&place.project, &request, &one_thread());
    let report = report.map_err(|found| format!("{world}: {:?}", errors(&found))).expect("verdicts");
    assert_eq!(errors(&report.diagnostics), Vec::<&str>::new());
    report
}

fn by_place(report: &CheckReport) -> BTreeMap<String, &Verdict> {
    let place = |verdict: &Verdict| {
        let period = verdict.period.as_ref().map(|period| &period.label);
        format!("{} {period:?} {:?}", verdict.goal, verdict.segment)
    };
    report.verdicts.iter().map(|verdict| (place(verdict), verdict)).collect()
}

/// Holds something of the verdicts on the same goals, written in two ways.
fn pairs(
    what: &str,
    one: &CheckReport,
    other: &CheckReport,
    holds: impl Fn(&Verdict, &Verdict) -> bool,
) -> usize {
    let (one, other) = (by_place(one), by_place(other));
    assert!(one.keys().eq(other.keys()), "{what}: other verdicts");
    for (place, first) in &one {
        let second = other[place];
        assert!(holds(first, second), "{what}: {place}\n  {first:?}\n  {second:?}");
    }
    one.len()
}

/// How bad a judgement is; nothing for what is none.
fn badness(kind: VerdictKind) -> Option<u8> {
    match kind {
        VerdictKind::Met => Some(0),
        VerdictKind::AtRisk => Some(1),
        VerdictKind::Missed => Some(2),
        _ => None,
    }
}

fn same_value(one: &Verdict, other: &Verdict) -> bool {
    one.value == other.value && one.sample == other.sample && one.interval == other.interval
}

/// Goals written in several ways.
pub(crate) fn goals(case: Case) -> usize {
    let world = World::of(case);
    let drafts = drafts(&world, case);
    let verdicts = |written| judged(&world, &world.tables, &drafts, written);
    let plain = verdicts(Written::Plainly);
    let mut compared =
        pairs(&format!("{world}: dressed"), &plain, &verdicts(Written::Dressed), |one, other| {
            same_value(one, other)
                && (one.kind, one.gate, &one.reason, &one.aim)
                    == (other.kind, other.gate, &other.reason, &other.aim)
        });
    compared += pairs(&format!("{world}: waived"), &plain, &verdicts(Written::Waived), |one, other| {
        let is_excused = other.kind == VerdictKind::Waived
            && other.waiver.as_ref().is_some_and(|waiver| waiver.instead_of == one.kind)
            && matches!(one.kind, VerdictKind::Missed | VerdictKind::NoData | VerdictKind::Incomplete);
        same_value(one, other)
            && one.aim == other.aim
            && (is_excused || (one.kind, one.gate) == (other.kind, other.gate))
    });
    compared += pairs(&format!("{world}: stricter"), &plain, &verdicts(Written::Stricter), |one, other| {
        let gets_better = badness(one.kind).zip(badness(other.kind)).is_some_and(|(one, other)| other < one);
        let turned = one.kind == VerdictKind::Missed && other.kind != VerdictKind::Missed;
        let opened = one.gate != Gate::Passes && other.gate == Gate::Passes;
        same_value(one, other) && !gets_better && !turned && !opened
    });
    compared += pairs(&format!("{world}: narrower"), &plain, &verdicts(Written::Narrower), |one, other| {
        same_value(one, other)
            && (one.kind == other.kind || other.kind == VerdictKind::Incomplete)
            && !(one.gate != Gate::Passes && other.gate == Gate::Passes)
    });
    compared
}

/// Where no row may be left out, cells that cannot be read leave a verdict's value
/// as it was, or there is no judgement.
pub(crate) fn unreadable(case: Case) -> usize {
    let mut world = World::of(case);
    // What is unreadable already would leave nothing to judge.
    for value in world.tables.iter_mut().flat_map(|table| &mut table.rows).flatten() {
        if matches!(value, Value::Unreadable(_)) {
            *value = Value::Blank;
        }
    }
    let drafts = drafts(&world, case);
    let plain = judged(&world, &world.tables, &drafts, Written::Whole);
    let mut draw = Draw::new(case.seed, "unreadable");
    let mut compared = 0;
    for round in 0..if case.is_quick() { 1 } else { 4 } {
        let mut tables = world.tables.clone();
        for table in &mut tables {
            for place in 0..table.columns.len() {
                let ty = table.columns[place].ty;
                if ty == ColumnType::Text || !draw.one_in(3) {
                    continue;
                }
                // Where nothing at all can be read, the run is refused.
                let share = 2 + draw.below(12);
                let first = table.rows.iter().position(|row| row[place] != Value::Blank).unwrap_or(0);
                for row in table.rows.iter_mut().skip(first + 1) {
                    if draw.one_in(share) {
                        row[place] = Value::Unreadable("soon".to_owned());
                    }
                }
            }
        }
        let dirty = judged(&world, &tables, &drafts, Written::Whole);
        let (before, after) = (by_place(&plain), by_place(&dirty));
        for (place, after) in after {
            let is_judged = badness(after.kind).is_some();
            // A segment whose rows are gone is no verdict, and one that comes is a new one.
            let Some(before) = before.get(&place) else { continue };
            compared += 1;
            assert!(
                !is_judged || after.value == before.value,
                "{world}: round {round}: {place}\n  {before:?}\n  {after:?}"
            );
        }
    }
    compared
}
