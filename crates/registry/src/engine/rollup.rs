//! Rolling up: from the groups of the scans to the value of a leaf in a window.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::{Calendar, Window};
use goalpost_core::expr::Moment;
use goalpost_core::measure::AggregateFunction;
use goalpost_core::outcome::{Computed, Outcome, wilson};
use goalpost_core::unit::Kind;

use super::fuse::{Fused, InCube, Recipe, table_reach};
use super::parts::Parts;
use super::read::Group;
use super::scan::Bucket;
use crate::plan::align::{BySegment, SegmentKey, without};
use crate::plan::{Leaf, Leaves, Undated};

/// What was read for a leaf in one window and segment.
#[derive(Clone, Copy, Debug, Default)]
struct Raw {
    rows: Decimal,
    nulls: Decimal,
    negatives: Decimal,
    backwards: Decimal,
    value: Option<Decimal>,
}

/// How far data reaches in time.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    /// Whether there are rows at all.
    any: bool,
    /// The first and the last bucket with rows that have a time.
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
    /// The first day after the last bucket.
    end: Option<NaiveDate>,
}

impl Range {
    fn with(self, other: Self) -> Self {
        let first = match (self.first, other.first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            any: self.any || other.any,
            first,
            last: self.last.max(other.last),
            end: self.end.max(other.end),
        }
    }
}

/// The groups of a scan by segment, each in the order of buckets.
type Cube = BTreeMap<SegmentKey, Vec<(Option<NaiveDate>, Vec<Option<Decimal>>)>>;

/// The answers to a demand.
pub(crate) struct Answers<'a> {
    leaves: &'a Leaves,
    fused: &'a Fused,
    cubes: Vec<Cube>,
    /// How far the rows of each cube reach.
    ranges: Vec<Range>,
    calendar: &'a Calendar,
    visible_end: NaiveDate,
    known: HashMap<(usize, Window), BySegment>,
}

impl<'a> Answers<'a> {
    /// The groups of all scans, in their order.
    pub(crate) fn new(
        leaves: &'a Leaves,
        fused: &'a Fused,
        groups: Vec<Vec<Group>>,
        calendar: &'a Calendar,
        visible_end: NaiveDate,
    ) -> Self {
        let cubes: Vec<Cube> = groups
            .into_iter()
            .map(|groups| {
                let mut cube = Cube::new();
                for group in groups {
                    cube.entry(group.segment).or_default().push((group.bucket, group.values));
                }
                cube
            })
            .collect();
        let ranges = cubes.iter().zip(&fused.scans).map(|(cube, scan)| reach(cube, &scan.bucket)).collect();
        Self { leaves, fused, cubes, ranges, calendar, visible_end, known: HashMap::new() }
    }

    /// The value of a leaf in a window.
    pub(crate) fn get(&mut self, place: usize, window: Window) -> BySegment {
        if let Some(known) = self.known.get(&(place, window)) {
            return known.clone();
        }
        let answer = self.answer(place, window);
        self.known.insert((place, window), answer.clone());
        answer
    }

    /// Rows that no period can hold because they have no time.
    pub(crate) fn undated(&self, place: usize) -> u64 {
        let Some(Recipe::Flow { cube } | Recipe::Valued { cube, .. }) = self.fused.recipes.get(&place) else {
            return 0;
        };
        if self.leaves.get(place).time.is_none() {
            return 0;
        }
        self.cubes[cube.scan]
            .values()
            .flatten()
            .filter(|(bucket, _)| bucket.is_none())
            .filter_map(|(_, values)| values[cube.parts.rows])
            .filter_map(|rows| u64::try_from(rows).ok())
            .sum()
    }

    fn answer(&self, place: usize, window: Window) -> BySegment {
        let leaf = self.leaves.get(place);
        let Some(recipe) = self.fused.recipes.get(&place) else {
            return BySegment::everywhere(without(Outcome::NoData("it was not computed".to_owned())));
        };
        if let Some(reason) = self.outside(place, recipe, window) {
            return BySegment::everywhere(without(Outcome::NoData(reason)));
        }
        let raw = match recipe {
            Recipe::Flow { cube } => {
                self.summed(cube, leaf, |bucket| in_window(bucket, window, leaf.undated))
            }
            Recipe::Stock { from, until, moment, invalid } => {
                self.stock(leaf, from, until.as_ref(), *moment, *invalid, window)
            }
            Recipe::Valued { cube, values } => self.valued(leaf, cube, values.get(&window).copied(), window),
            Recipe::PerWindow { scans, .. } => match scans.get(&window) {
                Some((scan, parts)) => {
                    let whole = InCube {
                        scan: *scan,
                        parts: *parts,
                        positions: (0..leaf.dimensions.len()).collect(),
                    };
                    let mut segments = self.summed(&whole, leaf, |_| true);
                    // A scan for several windows has the segments of all of them.
                    segments.retain(|_, raw| !raw.rows.is_zero());
                    segments
                }
                None => BTreeMap::new(),
            },
        };
        let empty = computed(leaf, &Raw::default());
        let segments = raw.into_iter().map(|(key, raw)| (key, computed(leaf, &raw))).collect();
        BySegment { segments, rest: empty }
    }

    /// Why a window lies outside of the data, if it does.
    ///
    /// The data reaches from the first to the last row of the source, on the time
    /// axis or on the table's default one, whatever the filters; a stock goes on
    /// until as-of.
    fn outside(&self, place: usize, recipe: &Recipe, window: Window) -> Option<String> {
        let leaf = self.leaves.get(place);
        // Pairs of a join are placed by one of the tables, whose name says more.
        let source = table_reach(leaf).map_or_else(|| leaf.relation.source.clone(), |(source, _)| source);
        let scan = match recipe {
            Recipe::Flow { cube } | Recipe::Valued { cube, .. } => cube.scan,
            Recipe::Stock { from, .. } => from.scan,
            Recipe::PerWindow { range, .. } => (*range)?,
        };
        let mut range = self.ranges[scan];
        if let Some(table) = self.fused.table_ranges.get(&place) {
            range = range.with(self.ranges[*table]);
        }
        if !range.any {
            return Some(format!("{source} has no rows"));
        }
        let start = window.start?;
        let axis = leaf.relation.alive.as_ref().map(|alive| &alive.from).or(leaf.time.as_ref());
        let axis = axis.map(|axis| format!(" by {axis}")).unwrap_or_default();
        let (Some(first), Some(end)) = (range.first, range.end) else {
            return Some(format!("no row of {source} has a date{axis}"));
        };
        if window.end <= first {
            return Some(format!("{source}{axis} begins in {}", self.shown(first)));
        }
        let reaches = if leaf.relation.alive.is_some() { self.visible_end } else { end };
        if start >= reaches {
            return Some(match leaf.relation.alive {
                Some(_) => "the period has not begun".to_owned(),
                None => format!("{source}{axis} ends in {}", self.shown(range.last.unwrap_or(end))),
            });
        }
        None
    }

    fn shown(&self, day: NaiveDate) -> String {
        self.calendar.period(goalpost_core::calendar::Grain::Month, day).label
    }

    /// Adds up the buckets that are wanted, by the leaf's own segments.
    fn summed(
        &self,
        cube: &InCube,
        leaf: &Leaf,
        wanted: impl Fn(Option<NaiveDate>) -> bool,
    ) -> BTreeMap<SegmentKey, Raw> {
        let mut segments: BTreeMap<SegmentKey, Raw> = BTreeMap::new();
        for (segment, buckets) in &self.cubes[cube.scan] {
            let mut found: Option<Raw> = None;
            for (bucket, values) in buckets {
                if wanted(*bucket) {
                    let raw = read(&cube.parts, values);
                    found = Some(match found {
                        Some(before) => before.with(&raw, leaf.function),
                        None => raw,
                    });
                }
            }
            let Some(found) = found else { continue };
            let key: SegmentKey = cube.positions.iter().map(|place| segment[*place].clone()).collect();
            match segments.get_mut(&key) {
                Some(before) => *before = before.with(&found, leaf.function),
                None => {
                    segments.insert(key, found);
                }
            }
        }
        segments
    }

    /// Those that began before a moment, less those that ended before one.
    fn stock(
        &self,
        leaf: &Leaf,
        from: &InCube,
        until: Option<&InCube>,
        moment: Moment,
        invalid: Option<usize>,
        window: Window,
    ) -> BTreeMap<SegmentKey, Raw> {
        let start = window.start.unwrap_or(NaiveDate::MIN);
        let (begun, ended) = match moment {
            Moment::Start => (start, start),
            // As-of, where it is earlier, has cut off the rows already.
            Moment::End => (window.end, window.end),
            Moment::During => (window.end, start),
        };
        let before =
            |moment: NaiveDate| move |bucket: Option<NaiveDate>| bucket.is_some_and(|day| day < moment);
        let mut alive = self.summed(from, leaf, before(begun));
        if let Some(invalid) = invalid {
            let parts = Parts { rows: invalid, nulls: None, negatives: None, value: None };
            let cube = InCube { scan: from.scan, parts, positions: from.positions.clone() };
            for (segment, raw) in self.summed(&cube, leaf, before(begun)) {
                alive.entry(segment).or_default().backwards = raw.rows;
            }
        }
        if let Some(until) = until {
            for (segment, gone) in self.summed(until, leaf, before(ended)) {
                let raw = alive.entry(segment).or_default();
                raw.rows -= gone.rows;
                raw.nulls -= gone.nulls;
                raw.negatives -= gone.negatives;
                raw.value = match (raw.value, gone.value) {
                    (Some(value), Some(gone)) => value.checked_sub(gone),
                    (value, None) => value,
                    (None, Some(gone)) => Decimal::ZERO.checked_sub(gone),
                };
            }
        }
        alive
    }

    /// The counts from a cube, the value from an output that has it.
    fn valued(
        &self,
        leaf: &Leaf,
        cube: &InCube,
        value: Option<(usize, usize)>,
        window: Window,
    ) -> BTreeMap<SegmentKey, Raw> {
        let mut segments = self.summed(cube, leaf, |bucket| in_window(bucket, window, leaf.undated));
        let Some((scan, output)) = value else { return segments };
        let is_by_window = matches!(self.fused.scans[scan].bucket, Bucket::Windows(_));
        let is_count = leaf.function == AggregateFunction::CountDistinct;
        for (segment, buckets) in &self.cubes[scan] {
            for (bucket, values) in buckets {
                let Some(value) = values[output] else { continue };
                // Where the scan is shared, a segment may be there for the sake of another.
                if is_count && value.is_zero() {
                    continue;
                }
                if !is_by_window || *bucket == window.start {
                    segments.entry(segment.clone()).or_default().value = Some(value);
                }
            }
        }
        segments
    }
}

/// How far the rows of a cube reach, whatever the filters.
fn reach(cube: &Cube, bucket: &Bucket) -> Range {
    let mut range = Range::default();
    for (day, values) in cube.values().flatten() {
        if values.first().copied().flatten().is_some_and(|rows| !rows.is_zero()) {
            let end = day.map(|day| bucket.end(day));
            range = range.with(Range { any: true, first: *day, last: *day, end });
        }
    }
    range
}

/// Whether a bucket belongs to a window; rows without a time at most to one
/// without a start.
fn in_window(bucket: Option<NaiveDate>, window: Window, undated: Undated) -> bool {
    match bucket {
        Some(day) => window.contains(day),
        None => window.start.is_none() && undated == Undated::Counted,
    }
}

fn read(parts: &Parts, values: &[Option<Decimal>]) -> Raw {
    let count = |place: Option<usize>| place.and_then(|place| values[place]).unwrap_or_default();
    Raw {
        rows: count(Some(parts.rows)),
        nulls: count(parts.nulls),
        negatives: count(parts.negatives),
        backwards: Decimal::ZERO,
        value: parts.value.and_then(|place| values[place]),
    }
}

impl Raw {
    fn with(&self, other: &Self, function: AggregateFunction) -> Self {
        let value = match (self.value, other.value) {
            (Some(a), Some(b)) => match function {
                AggregateFunction::Min => Some(a.min(b)),
                AggregateFunction::Max => Some(a.max(b)),
                _ => a.checked_add(b),
            },
            (a, b) => a.or(b),
        };
        Self {
            rows: self.rows + other.rows,
            nulls: self.nulls + other.nulls,
            negatives: self.negatives + other.negatives,
            backwards: self.backwards + other.backwards,
            value,
        }
    }
}

/// What was read as a value with its sample and what was left out.
fn computed(leaf: &Leaf, raw: &Raw) -> Computed {
    let count = |number: Decimal| u64::try_from(number).unwrap_or_default();
    let known = raw.rows - raw.nulls - raw.negatives;
    let mut dropped = BTreeMap::new();
    let mut left_out = |reason: String, rows: Decimal| {
        if !rows.is_zero() {
            dropped.insert(reason, count(rows));
        }
    };
    if leaf.function == AggregateFunction::Spread {
        // What is prorated is a long formula that the script did not write.
        left_out("no value, or no span that ends after it begins".to_owned(), raw.nulls);
    } else if let Some(argument) = &leaf.argument {
        left_out(format!("no {argument}"), raw.nulls);
        left_out(format!("negative {argument}"), raw.negatives);
    }
    if let Some(alive) = &leaf.relation.alive
        && let Some(until) = &alive.until
    {
        left_out(format!("{until} before {}", alive.from), raw.backwards);
    }
    let scaled =
        |value: Decimal| if leaf.kind == Kind::DURATION { value / Decimal::from(1_000_000) } else { value };
    let nothing = || Outcome::Undefined(format!("no {}", leaf.relation));
    let value = raw.value.map(scaled);
    let mut interval = None;
    let (outcome, n) = match leaf.function {
        AggregateFunction::Count => (Outcome::Value(raw.rows), count(raw.rows)),
        AggregateFunction::CountDistinct => (Outcome::Value(value.unwrap_or_default()), count(known)),
        AggregateFunction::Sum | AggregateFunction::Spread => {
            (Outcome::Value(value.unwrap_or_default()), count(known))
        }
        AggregateFunction::Share => {
            let hits = raw.value.unwrap_or_default();
            interval = wilson(count(hits), count(raw.rows));
            let outcome = if raw.rows.is_zero() { nothing() } else { Outcome::Value(hits / raw.rows) };
            (outcome, count(raw.rows))
        }
        AggregateFunction::Mean => {
            let outcome = match value {
                Some(value) if !known.is_zero() => Outcome::Value(value / known),
                _ => nothing(),
            };
            (outcome, count(known))
        }
        _ => (value.map_or_else(nothing, Outcome::Value), count(known)),
    };
    Computed { outcome, n, interval, dropped }
}
