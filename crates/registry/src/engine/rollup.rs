//! Rolling up: from the groups of the scans to the value of a leaf in a window.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::{Calendar, Window};
use goalpost_core::expr::Moment;
use goalpost_core::measure::AggregateFunction;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::sample::Input;

use super::fuse::{Fused, InCube, Recipe, table_reach};
use super::missing::identity;
use super::parts::Parts;
use super::read::Group;
use super::value::{Arithmetic, Doubted, Raw, computed, noted};
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::{Leaf, Leaves};
use crate::relation::window::Undated;
use crate::scan::Bucket;

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
type Cube = BTreeMap<SegmentKey, Vec<InBucket>>;

/// One group of a scan.
#[derive(Debug)]
struct InBucket {
    bucket: Option<NaiveDate>,
    apart: Option<Decimal>,
    values: Vec<Option<Decimal>>,
}

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
                    let Group { segment, bucket, apart, values } = group;
                    cube.entry(segment).or_default().push(InBucket { bucket, apart, values });
                }
                cube
            })
            .collect();
        let ranges = cubes.iter().zip(&fused.scans).map(|(cube, scan)| reach(cube, &scan.bucket)).collect();
        Self { leaves, fused, cubes, ranges, calendar, visible_end, known: HashMap::new() }
    }

    /// The value of a leaf in a window; `None` where that was not demanded.
    pub(crate) fn get(&mut self, place: usize, window: Window) -> Option<BySegment> {
        if let Some(known) = self.known.get(&(place, window)) {
            return Some(known.clone());
        }
        let answer = self.answer(place, window)?;
        self.known.insert((place, window), answer.clone());
        Some(answer)
    }

    /// Rows that no period can hold because they have no time, and all rows.
    pub(crate) fn undated(&self, place: usize) -> (u64, u64) {
        let Some(Recipe::Flow { cube } | Recipe::Valued { cube, .. }) = self.fused.recipes.get(&place) else {
            return (0, 0);
        };
        if self.leaves.get(place).time.is_none() {
            return (0, 0);
        }
        let groups = self.cubes[cube.scan].values().flatten();
        groups.fold((0, 0), |(undated, all), group| {
            let rows = group.values[cube.parts.rows].and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0);
            (undated + if group.bucket.is_none() { rows } else { 0 }, all + rows)
        })
    }

    fn answer(&self, place: usize, window: Window) -> Option<BySegment> {
        let leaf = self.leaves.get(place);
        let recipe = self.fused.recipes.get(&place)?;
        if let Some(reason) = self.outside(place, recipe, window) {
            return Some(BySegment::everywhere(Computed::without(Outcome::NoData(reason))));
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
            Recipe::Valued { cube, values } => self.valued(leaf, cube, *values.get(&window)?, window),
            Recipe::PerWindow { scans, .. } => {
                let (scan, parts) = scans.get(&window)?;
                let whole = InCube {
                    scan: *scan,
                    parts: *parts,
                    divided: None,
                    positions: (0..leaf.dimensions.len()).collect(),
                };
                let mut segments = self.summed(&whole, leaf, |_| true);
                // A scan for several windows has the segments of all of them.
                segments.retain(|key, raw| key.is_empty() || raw.has_rows());
                segments
            }
        };
        let doubts = self.fused.doubts.get(&place).map_or(&[][..], Vec::as_slice);
        let arithmetic = Arithmetic::of(leaf);
        let behind = self.behind(place, window);
        let of = |raw: &Raw| {
            let mut found = computed(place, leaf, &arithmetic, window, raw, doubts);
            let elsewhere = self.fused.elsewhere.get(&place);
            let further = behind.iter().chain(elsewhere.into_iter().flatten());
            found.sample.inputs.extend(further.cloned());
            found
        };
        let empty = of(&Raw::default());
        let segments = raw.into_iter().map(|(key, raw)| (key, of(&raw))).collect();
        Some(BySegment { segments, rest: empty })
    }

    /// What is missing of the rows behind a leaf.
    fn behind(&self, place: usize, window: Window) -> Vec<Input> {
        let behind = self.leaves.behind(place);
        let found = behind.filter_map(|(place, behind)| {
            let id = identity(place, behind, window);
            let missing = self.fused.behind.get(&id)?;
            let groups = self.cubes[missing.scan].values().flatten();
            let all: Vec<&InBucket> = groups.collect();
            let value = |output: usize| {
                let counts = all.iter().filter_map(|group| u64::try_from(group.values[output]?).ok());
                counts.sum()
            };
            missing.input(id, value)
        });
        found.collect()
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
            for group in buckets {
                if wanted(group.bucket) {
                    let raw = read(cube, group);
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
    /// are its own. A segment that has no others is there for their sake: all of it
    /// is left out, and it must not drop out of the answer with its rows.
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
            if !segment.is_empty() && !raw.has_rows() && !segments.contains_key(&segment) {
                continue;
            }
            let known = segments.entry(segment).or_default();
            // What has no date because that could not be read is doubtful, and no
            // row of the window.
            let mut undated = raw.rows;
            for (known, without) in known.doubtful.iter_mut().zip(raw.doubtful) {
                known.rows += without.rows;
                undated -= without.counted;
            }
            known.undated = undated.max(Decimal::ZERO);
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
            let parts = Parts::of_rows(invalid);
            let cube = InCube { scan: from.scan, parts, divided: None, positions: from.positions.clone() };
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
                raw.too_large |= gone.too_large;
                for (divisor, value) in gone.to_divide {
                    let known = raw.to_divide.entry(divisor).or_default();
                    *known = noted(known.checked_sub(value), &mut raw.too_large);
                }
                for (alive, gone) in raw.doubtful.iter_mut().zip(gone.doubtful) {
                    *alive = alive.less(gone);
                }
                if let Some(gone) = gone.value {
                    let known = raw.value.unwrap_or_default();
                    raw.value = Some(noted(known.checked_sub(gone), &mut raw.too_large));
                }
            }
        }
        alive
    }

    /// The counts from a cube, the value from an output that has it.
    fn valued(
        &self,
        leaf: &Leaf,
        cube: &InCube,
        (scan, output): (usize, usize),
        window: Window,
    ) -> BTreeMap<SegmentKey, Raw> {
        let mut segments = self.summed(cube, leaf, |bucket| in_window(bucket, window, leaf.undated));
        self.note_undated(&mut segments, cube, leaf, window);
        let is_by_window = matches!(self.fused.scans[scan].bucket, Bucket::Windows(_));
        let is_count = leaf.function == AggregateFunction::CountDistinct;
        for (segment, buckets) in &self.cubes[scan] {
            for group in buckets {
                let Some(value) = group.values[output] else { continue };
                // Where the scan is shared, a segment may be there for the sake of another.
                if is_count && value.is_zero() {
                    continue;
                }
                if !is_by_window || group.bucket == window.start {
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
    for InBucket { bucket: day, values, .. } in cube.values().flatten() {
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

fn read(cube: &InCube, group: &InBucket) -> Raw {
    let (parts, values) = (&cube.parts, &group.values);
    let value = parts.value.and_then(|place| values[place]);
    let (value, to_divide) = match cube.divided.as_ref().and_then(|divided| divided.divisor.as_ref()) {
        // Where the divisor is blank no value is.
        Some(_) => (None, group.apart.zip(value).into_iter().collect()),
        None => (value, BTreeMap::new()),
    };
    let count = |place: Option<usize>| place.and_then(|place| values[place]).unwrap_or_default();
    Raw {
        rows: count(Some(parts.rows)),
        nulls: count(parts.nulls),
        negatives: count(parts.negatives),
        backwards: Decimal::ZERO,
        undated: count(parts.undated),
        value,
        to_divide,
        too_large: false,
        doubtful: parts.doubtful.map(|doubtful| {
            doubtful.map_or_else(Doubted::default, |doubtful| Doubted {
                rows: count(Some(doubtful.rows)),
                counted: count(Some(doubtful.counted)),
                nulls: count(doubtful.nulls),
            })
        }),
    }
}
