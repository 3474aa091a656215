//! Rolling up: from the groups of the scans to the value of a leaf in a window.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::{Calendar, Window};
use goalpost_core::expr::Moment;
use goalpost_core::measure::AggregateFunction;
use goalpost_core::number::Exact;
use goalpost_core::outcome::{Computed, Outcome, wilson};
use goalpost_core::sample::{Input, InputId, LeftOut, Sample, Why};
use goalpost_core::unit::Kind;

use super::fuse::{Fused, InCube, Recipe, table_reach};
use super::parts::Parts;
use super::read::Group;
use super::scan::Bucket;
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::{Leaf, Leaves, Undated};

/// What was read for a leaf in one window and segment.
#[derive(Clone, Copy, Debug, Default)]
struct Raw {
    rows: Decimal,
    nulls: Decimal,
    negatives: Decimal,
    backwards: Decimal,
    /// Rows without a time: they may belong to the window, and are not in `rows`.
    undated: Decimal,
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
            return BySegment::everywhere(Computed::without(Outcome::NoData(
                "it was not computed".to_owned(),
            )));
        };
        if let Some(reason) = self.outside(place, recipe, window) {
            return BySegment::everywhere(Computed::without(Outcome::NoData(reason)));
        }
        let raw = match recipe {
            Recipe::Flow { cube } => {
                let mut segments = self.summed(cube, leaf, |bucket| in_window(bucket, window, leaf.undated));
                self.note_undated(&mut segments, cube, leaf, window);
                segments
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
                    segments.retain(|key, raw| key.is_empty() || !raw.rows.is_zero());
                    segments
                }
                None => BTreeMap::new(),
            },
        };
        let empty = computed(place, leaf, window, &Raw::default());
        let segments = raw.into_iter().map(|(key, raw)| (key, computed(place, leaf, window, &raw))).collect();
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

    /// Notes the rows without a time, of which a window does not know whether they
    /// are its own. A segment that has no others is not there for their sake.
    fn note_undated(
        &self,
        segments: &mut BTreeMap<SegmentKey, Raw>,
        cube: &InCube,
        leaf: &Leaf,
        window: Window,
    ) {
        let has_time = leaf.time.is_some() || leaf.relation.alive.is_some();
        // What begins without a date is never alive; any other window but all time
        // lacks what has no date.
        if !has_time || (leaf.relation.alive.is_none() && in_window(None, window, leaf.undated)) {
            return;
        }
        for (segment, raw) in self.summed(cube, leaf, |bucket| bucket.is_none()) {
            if segment.is_empty() {
                segments.entry(segment).or_default().undated = raw.rows;
            } else if let Some(known) = segments.get_mut(&segment) {
                known.undated = raw.rows;
            }
        }
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
        self.note_undated(&mut alive, from, leaf, window);
        if let Some(invalid) = invalid {
            let parts = Parts { rows: invalid, nulls: None, negatives: None, undated: None, value: None };
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
        self.note_undated(&mut segments, cube, leaf, window);
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
        undated: count(parts.undated),
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
            undated: self.undated + other.undated,
            value,
        }
    }
}

/// What was read as a value, with its rows and what was left out of them.
fn computed(place: usize, leaf: &Leaf, window: Window, raw: &Raw) -> Computed {
    let known = raw.rows - raw.nulls - raw.negatives;
    let micros = Exact::from(1_000_000_u64);
    let scaled = |value: Decimal| {
        let value = Exact::from(value);
        if leaf.kind == Kind::DURATION { value.checked_div(&micros).unwrap_or(value) } else { value }
    };
    let nothing = || Outcome::Undefined(format!("no {}", leaf.relation));
    let over =
        |value: Exact, rows: Decimal| value.checked_div(&Exact::from(rows)).map_or_else(nothing, Outcome::of);
    let value = raw.value.map(scaled);
    let mut interval = None;
    let (outcome, n) = match leaf.function {
        AggregateFunction::Count => (Outcome::of(raw.rows), count(raw.rows)),
        AggregateFunction::CountDistinct => {
            let different = raw.value.unwrap_or_default();
            (Outcome::of(different), count(different))
        }
        AggregateFunction::Sum | AggregateFunction::Spread => {
            (Outcome::of(value.unwrap_or_else(Exact::zero)), count(known))
        }
        AggregateFunction::Share => {
            let hits = raw.value.unwrap_or_default();
            interval = wilson(count(hits), count(raw.rows));
            (over(Exact::from(hits), raw.rows), count(raw.rows))
        }
        AggregateFunction::Mean => (value.map_or_else(nothing, |value| over(value, known)), count(known)),
        _ => (value.map_or_else(nothing, Outcome::of), count(known)),
    };
    let input = Input {
        id: InputId::Aggregate(place, window),
        table: leaf.relation.source.to_string(),
        rows: leaf.relation.to_string(),
        n,
        looked_at: count(raw.rows + raw.backwards + raw.undated),
        left_out: left_out(leaf, raw),
    };
    Computed { outcome, interval, sample: Sample::of(input) }
}

/// What was left out of a leaf, by reason.
fn left_out(leaf: &Leaf, raw: &Raw) -> Vec<LeftOut> {
    let mut found = Vec::new();
    let mut left_out = |why: Why, column: String, rows: Decimal| {
        if !rows.is_zero() {
            found.push(LeftOut { why, column, rows: count(rows) });
        }
    };
    if leaf.function == AggregateFunction::Spread {
        // What is prorated is a long formula that the script did not write.
        left_out(Why::Blank, "value, or no span that ends after it begins".to_owned(), raw.nulls);
    } else if let Some(argument) = &leaf.argument {
        left_out(Why::Blank, argument.to_string(), raw.nulls);
        left_out(Why::Negative, argument.to_string(), raw.negatives);
    }
    if let Some(alive) = &leaf.relation.alive {
        left_out(Why::Undated, alive.from.to_string(), raw.undated);
        if let Some(until) = &alive.until {
            left_out(Why::EndsBeforeItBegins, format!("{until} before {}", alive.from), raw.backwards);
        }
    } else if let Some(time) = &leaf.time {
        left_out(Why::Undated, time.to_string(), raw.undated);
    }
    found
}

fn count(number: Decimal) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
