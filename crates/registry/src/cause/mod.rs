//! Why a value changed: its formula's parts and its segments, before and after.
//!
//! 1. [`Causes::prepare`] adds what a cause will look at to the leaves of a run, and
//!    [`Causes::need`] to what is loaded, so that the tables are read once.
//! 2. The run answers its own questions, and knows which values want a cause.
//! 3. [`Causes::answer`] asks for those alone, and splits their changes by
//!    [`goalpost_core::decomposition`].
//!
//! [`formula`] reads the parts off a metric's formula and [`names`] says what they
//! are called; [`ratio`] brings a formula into the form of a ratio of sums, which
//! [`segments`] splits along the dimensions that the metric offers. What cannot
//! be split exactly is left out: a cause never says more than adds up.

mod formula;
mod names;
mod ratio;
mod segments;
#[cfg(test)]
mod tests;
mod wrap;

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::Decimal;
use goalpost_core::calendar::{Calendar, Grain, Period, Window};
use goalpost_core::decomposition;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::goal::{Goal, Level};
use goalpost_core::measure::{Measure, MeasureKind, WindowShape};
use goalpost_core::name::DimensionName;
use goalpost_core::report::Cause;

use crate::catalogue::Entry;
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::compile::Compiler;
use crate::plan::needs::Needs;
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::question::{Loaded, Question};
use formula::Formula;
use segments::Cut;

/// A metric whose value in one window is compared with that in another.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) entry: &'a Entry,
    /// What its values are cut by; the segments of [`Causes::answer`] are of these.
    pub(crate) dimensions: Vec<DimensionName>,
    /// The grain that windows are moved by where a formula names no unit.
    pub(crate) grain: Grain,
    pub(crate) now: Window,
    /// What it is compared with.
    pub(crate) against: Period,
    pub(crate) depth: Depth,
}

/// How far a cause is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The parts of the formula.
    Parts,
    /// The segments of all dimensions that the metric offers, too.
    Segments,
}

/// Subjects with everything that is to be asked of them.
#[derive(Debug, Default)]
pub(crate) struct Causes {
    /// By subject; nothing for one that cannot be asked for.
    prepared: Vec<Option<Prepared>>,
}

#[derive(Debug)]
struct Prepared {
    grain: Grain,
    now: Window,
    against: Period,
    whole: Node,
    formula: Option<Formula>,
    cuts: Vec<Cut>,
    /// What the cuts look at, along all of them at once.
    together: Vec<Node>,
}

/// Rows of a table up to which all cuts of a metric are read off one scan over all
/// their dimensions. It has no more groups than rows, so for few rows it is
/// cheaper than a scan for each dimension.
const FEW_ROWS: u64 = 20_000;

/// The values of questions, by window: now, then before.
struct Asked<'a> {
    values: &'a [Vec<BySegment>],
}

impl<'a> Asked<'a> {
    /// The value of a question in a segment, before and now; `None` where either
    /// is missing.
    fn changed(&self, question: usize, key: &SegmentKey) -> Option<decomposition::Changed> {
        let [now, before] = self.both(question)?;
        Some(decomposition::Changed {
            before: before.get(key).outcome.value()?,
            after: now.get(key).outcome.value()?,
        })
    }

    fn both(&self, question: usize) -> Option<[&'a BySegment; 2]> {
        match self.values.get(question)?.as_slice() {
            [now, before] => Some([now, before]),
            _ => None,
        }
    }
}

impl Causes {
    /// Prepares a cause for each subject.
    ///
    /// What cannot be compiled (a dimension that one part does not reach) is left
    /// out of the cause.
    pub(crate) fn prepare(project: &Project, subjects: &[Subject<'_>], leaves: &mut Leaves) -> Self {
        let prepared = subjects.iter().map(|subject| prepare(project, subject, leaves)).collect();
        Self { prepared }
    }

    /// Adds what they read, whichever are asked for.
    pub(crate) fn need(&self, project: &Project, leaves: &Leaves, needs: &mut Needs) {
        let nodes = self.prepared.iter().flatten().flat_map(Prepared::nodes);
        needs.and_perhaps(Needs::of(nodes, leaves, project.catalogue.shapes()));
    }

    /// The causes of subjects (by their place in `prepare`), each in a segment;
    /// `None` where there is no value now or before, or it did not change.
    ///
    /// # Errors
    /// What kept the engine from computing them.
    pub(crate) fn answer(
        &self,
        loaded: &Loaded<'_>,
        wanted: &[(usize, SegmentKey)],
    ) -> Result<Vec<Option<Cause>>, Vec<Diagnostic>> {
        let subjects: BTreeSet<usize> = wanted.iter().map(|(subject, _)| *subject).collect();
        let subjects: Vec<(usize, &Prepared)> =
            subjects.into_iter().filter_map(|place| Some((place, self.prepared(place)?))).collect();
        let all = || subjects.iter().flat_map(|(_, prepared)| &prepared.cuts);
        let mut sound = loaded.sound(&all().map(Cut::nodes).collect::<Vec<_>>())?.into_iter();
        let mut questions = Vec::new();
        // The first question of each subject asked for, and its cuts that can be asked.
        let mut places: BTreeMap<usize, (usize, Vec<&Cut>)> = BTreeMap::new();
        for (subject, prepared) in subjects {
            let cuts: Vec<&Cut> = prepared.cuts.iter().filter(|_| sound.next() == Some(true)).collect();
            let first = questions.len();
            questions.extend(prepared.questions(&cuts));
            if cuts.len() == prepared.cuts.len() && loaded.rows_behind(&prepared.together) <= FEW_ROWS {
                questions.extend(prepared.together.iter().map(|node| prepared.question(node)));
            }
            places.insert(subject, (first, cuts));
        }
        if questions.is_empty() {
            return Ok(wanted.iter().map(|_| None).collect());
        }
        let answered = loaded.answer(&questions)?;
        Ok(wanted
            .iter()
            .map(|(subject, key)| {
                let prepared = self.prepared(*subject)?;
                let (first, cuts) = places.get(subject)?;
                prepared.cause(&Asked { values: answered.values.get(*first..)? }, cuts, key)
            })
            .collect())
    }

    fn prepared(&self, subject: usize) -> Option<&Prepared> {
        self.prepared.get(subject)?.as_ref()
    }
}

fn prepare(project: &Project, subject: &Subject<'_>, leaves: &mut Leaves) -> Option<Prepared> {
    let entry = subject.entry;
    let mut compiler = Compiler {
        catalogue: &project.catalogue,
        leaves,
        dimensions: &subject.dimensions,
        placed_in_time: subject.grain != Grain::All,
        diagnostics: Vec::new(),
    };
    let whole = compiler.compile(&entry.metric.value, &entry.metric)?;
    let formula = formula::formula(entry, &mut compiler);
    // A problem here was one of the metric itself, and was reported with it.
    let formula = formula.filter(|_| compiler.diagnostics.is_empty());
    let cuts = match subject.depth {
        Depth::Parts => Vec::new(),
        Depth::Segments => segments::cuts(project, subject, &whole, leaves),
    };
    let together = segments::together(project, subject, &cuts, leaves);
    Some(Prepared {
        grain: subject.grain,
        now: subject.now,
        against: subject.against.clone(),
        whole,
        formula,
        cuts,
        together,
    })
}

impl Prepared {
    /// Everything that may be asked.
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let parts = self.formula.iter().flat_map(|formula| formula.parts.iter().map(|part| &part.node));
        let cuts = self.cuts.iter().flat_map(Cut::nodes);
        std::iter::once(&self.whole).chain(parts).chain(cuts).chain(&self.together)
    }

    /// The whole, the parts, then each cut's.
    fn questions(&self, cuts: &[&Cut]) -> Vec<Question> {
        let parts = self.formula.iter().flat_map(|formula| formula.parts.iter().map(|part| &part.node));
        let cuts = cuts.iter().flat_map(|cut| cut.nodes());
        std::iter::once(&self.whole).chain(parts).chain(cuts).map(|node| self.question(node)).collect()
    }

    fn question(&self, node: &Node) -> Question {
        Question { node: node.clone(), grain: self.grain, windows: vec![self.now, self.against.window()] }
    }

    fn cause(&self, asked: &Asked<'_>, cuts: &[&Cut], key: &SegmentKey) -> Option<Cause> {
        let whole = asked.changed(0, key)?;
        let change = decomposition::change(whole.before, whole.after)?;
        if change.is_zero() {
            return None;
        }
        let mut next = 1;
        let parts = match &self.formula {
            Some(formula) => {
                next += formula.parts.len();
                formula.effects(asked, 1, key, change).unwrap_or_default()
            }
            None => Vec::new(),
        };
        let mut splits = Vec::new();
        for cut in cuts {
            let found = cut.effects(asked, next, key, change);
            next += cut.nodes().len();
            splits.extend(found.map(|effects| (cut.dimension.clone(), effects)));
        }
        let (dimension, segments) = segments::most_concentrated(splits).unzip();
        Some(Cause {
            against: self.against.clone(),
            before: whole.before,
            change,
            parts,
            dimension,
            segments: segments.unwrap_or_default(),
        })
    }
}

/// The period that a goal's value is compared with to say why it is what it is.
///
/// Where the goal's target (or another of its levels) is measured against an
/// earlier period, that period: the same one a year before for
/// `previous(1, "year")`. Otherwise the period before. `None` where there is no
/// such period, as for all time.
pub(crate) fn baseline(goal: &Goal, period: &Period, calendar: &Calendar) -> Option<Period> {
    let start = period.start?;
    let mut found = goal.rule.levels().into_iter().filter_map(|(_, level)| match level {
        Level::Measure(measure) => looked_back(measure, period, calendar),
        _ => None,
    });
    let earlier = |found: &Period| found.start.is_some_and(|found| found < start);
    let found = found.find(earlier).unwrap_or_else(|| calendar.before(period));
    earlier(&found).then_some(found)
}

/// The period that a measure looks back to for what it compares with.
fn looked_back(measure: &Measure, period: &Period, calendar: &Calendar) -> Option<Period> {
    match &*measure.kind {
        MeasureKind::Window(_, WindowShape::Previous(shift)) | MeasureKind::Growth(_, shift) => {
            let moved = period.window().reshaped(WindowShape::Previous(*shift), period.grain, calendar);
            // A week begins on another day a year before: its middle finds the one that fits.
            let days = (period.end - period.start?).num_days();
            let half = chrono::Days::new(u64::try_from(days / 2).ok()?);
            Some(calendar.period(period.grain, moved.start?.checked_add_days(half)?))
        }
        MeasureKind::InPeriod(_, label) => calendar.named(label).filter(|named| named.grain == period.grain),
        _ => measure.children().into_iter().find_map(|child| looked_back(child, period, calendar)),
    }
}

/// A number as near 0 as rounding leaves it, beside another.
fn is_nothing(rest: Decimal, beside: Decimal) -> bool {
    rest.abs() <= (beside.abs() + Decimal::ONE) * Decimal::new(1, 12)
}
