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
use super::parts::{Parts, REASONS};
use super::read::Group;
use super::scan::Bucket;
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::divided::{Divided, settled};
use crate::plan::{Leaf, Leaves, Undated};

/// What was read for a leaf in one window and segment.
#[derive(Clone, Debug, Default)]
struct Raw {
    rows: Decimal,
    nulls: Decimal,
    negatives: Decimal,
    backwards: Decimal,
    /// Rows without a time: they may belong to the window, and are not in `rows`.
    undated: Decimal,
    value: Option<Decimal>,
    /// The values that are still to be divided, by what.
    to_divide: BTreeMap<Decimal, Decimal>,
    /// Whether a sum on the way was larger than an exact number can be.
    too_large: bool,
    /// Rows that may belong to it, by reason of doubt; of them those in `rows`; of
    /// those the ones in `nulls`.
    doubtful: [Doubted; REASONS],
}

/// Doubtful rows, for one reason.
#[derive(Clone, Copy, Debug, Default)]
struct Doubted {
    rows: Decimal,
    counted: Decimal,
    nulls: Decimal,
}

impl Doubted {
    fn plus(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            counted: self.counted + other.counted,
            nulls: self.nulls + other.nulls,
        }
    }

    fn less(self, other: Self) -> Self {
        Self {
            rows: self.rows - other.rows,
            counted: self.counted - other.counted,
            nulls: self.nulls - other.nulls,
        }
    }
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
type Cube = BTreeMap<SegmentKey, Vec<InBucket>>;

/// One group of a scan.
#[derive(Debug)]
struct InBucket {
    bucket: Option<NaiveDate>,
    divisor: Option<Decimal>,
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
                    let Group { segment, bucket, divisor, values } = group;
                    cube.entry(segment).or_default().push(InBucket { bucket, divisor, values });
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
            .filter(|group| group.bucket.is_none())
            .filter_map(|group| group.values[cube.parts.rows])
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
                        divided: None,
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
        let doubts = self.fused.doubts.get(&place).map_or(&[][..], Vec::as_slice);
        let arithmetic = Arithmetic::of(leaf);
        let of = |raw: &Raw| {
            let mut found = computed(place, leaf, &arithmetic, window, raw, doubts);
            let elsewhere = self.fused.elsewhere.get(&place);
            found.sample.inputs.extend(elsewhere.into_iter().flatten().cloned());
            found
        };
        let empty = of(&Raw::default());
        let segments = raw.into_iter().map(|(key, raw)| (key, of(&raw))).collect();
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
            let known = match segment.is_empty() {
                true => segments.entry(segment).or_default(),
                false => match segments.get_mut(&segment) {
                    Some(known) => known,
                    None => continue,
                },
            };
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
        value: Option<(usize, usize)>,
        window: Window,
    ) -> BTreeMap<SegmentKey, Raw> {
        let mut segments = self.summed(cube, leaf, |bucket| in_window(bucket, window, leaf.undated));
        self.note_undated(&mut segments, cube, leaf, window);
        let Some((scan, output)) = value else { return segments };
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
        Some(_) => (None, group.divisor.zip(value).into_iter().collect()),
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

impl Raw {
    fn with(&self, other: &Self, function: AggregateFunction) -> Self {
        let mut too_large = self.too_large || other.too_large;
        let value = match (self.value, other.value) {
            (Some(a), Some(b)) => Some(match function {
                AggregateFunction::Min => a.min(b),
                AggregateFunction::Max => a.max(b),
                _ => noted(a.checked_add(b), &mut too_large),
            }),
            (a, b) => a.or(b),
        };
        let mut to_divide = self.to_divide.clone();
        for (divisor, value) in &other.to_divide {
            let known = to_divide.entry(*divisor).or_default();
            *known = noted(known.checked_add(*value), &mut too_large);
        }
        Self {
            rows: self.rows + other.rows,
            nulls: self.nulls + other.nulls,
            negatives: self.negatives + other.negatives,
            backwards: self.backwards + other.backwards,
            undated: self.undated + other.undated,
            value,
            to_divide,
            too_large,
            doubtful: std::array::from_fn(|reason| self.doubtful[reason].plus(other.doubtful[reason])),
        }
    }
}

/// A sum, or the note that it is none.
fn noted(sum: Option<Decimal>, too_large: &mut bool) -> Decimal {
    *too_large |= sum.is_none();
    sum.unwrap_or_default()
}

/// The value of a leaf, in the engine's units.
fn value_of(raw: &Raw, arithmetic: &Arithmetic) -> Option<Exact> {
    let read = |sum: Decimal| {
        if arithmetic.adds_rounded { settled(sum, raw.rows) } else { Exact::from(sum) }
    };
    let Some(divided) = &arithmetic.divided else { return raw.value.map(read) };
    let sum = match divided.divisor {
        None => raw.value.map(read)?,
        Some(_) if raw.to_divide.is_empty() => return None,
        Some(_) => raw
            .to_divide
            .iter()
            // The engine has no value where the divisor is 0.
            .filter_map(|(divisor, sum)| read(*sum).checked_div(&Exact::from(*divisor)))
            .fold(Exact::zero(), |sum, part| &sum + &part),
    };
    Some(&sum * &divided.factor)
}

/// How the sums of a leaf become its value.
struct Arithmetic {
    divided: Option<Divided>,
    adds_rounded: bool,
}

impl Arithmetic {
    fn of(leaf: &Leaf) -> Self {
        Self { divided: leaf.divided(), adds_rounded: leaf.adds_rounded() }
    }
}

/// What was read as a value, with its rows and what was left out of them.
fn computed(
    place: usize,
    leaf: &Leaf,
    arithmetic: &Arithmetic,
    window: Window,
    raw: &Raw,
    doubts: &[(Why, String)],
) -> Computed {
    let known = raw.rows - raw.nulls - raw.negatives;
    let micros = Exact::from(1_000_000_u64);
    let scaled = |value: Exact| {
        if leaf.kind == Kind::DURATION { value.checked_div(&micros).unwrap_or(value) } else { value }
    };
    let nothing = || Outcome::Undefined(format!("no {}", leaf.relation));
    let over =
        |value: Exact, rows: Decimal| value.checked_div(&Exact::from(rows)).map_or_else(nothing, Outcome::of);
    let value = value_of(raw, arithmetic).map(scaled);
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
    let outcome = match raw.too_large {
        true => Outcome::Undefined("its sum has more than 28 digits; measure in a larger unit".to_owned()),
        false => outcome,
    };
    let input = Input {
        id: InputId::Aggregate(place, window),
        table: leaf.relation.source.to_string(),
        rows: leaf.relation.to_string(),
        n,
        looked_at: count(
            raw.rows
                + raw.backwards
                + raw.undated
                + raw.doubtful.iter().map(|doubted| doubted.rows - doubted.counted).sum::<Decimal>(),
        ),
        left_out: left_out(leaf, raw, doubts),
    };
    Computed { outcome, interval, sample: Sample::of(input) }
}

/// What was left out of a leaf, by reason.
fn left_out(leaf: &Leaf, raw: &Raw, doubts: &[(Why, String)]) -> Vec<LeftOut> {
    let mut found = Vec::new();
    let mut left_out = |why: Why, column: String, rows: Decimal| {
        if rows > Decimal::ZERO {
            found.push(LeftOut { why, column, rows: count(rows) });
        }
    };
    for ((why, column), doubted) in doubts.iter().zip(raw.doubtful) {
        left_out(*why, column.clone(), doubted.rows);
    }
    let blank = raw.nulls - raw.doubtful.iter().map(|doubted| doubted.nulls).sum::<Decimal>();
    if leaf.function == AggregateFunction::Spread {
        // What is prorated is a long formula that the script did not write.
        left_out(Why::Blank, "value, or no span that ends after it begins".to_owned(), blank);
    } else if let Some(argument) = &leaf.argument {
        left_out(Why::Blank, argument.to_string(), blank);
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
