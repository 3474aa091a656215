//! Samples, read: sums by day, moments and histograms, by segment and window.
//!
//! Leaves that share rows share a plan. Everything is exact until it becomes a
//! float here, so that the same data gives the same samples on any number of
//! threads.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::common::{DataFusionError, Result};
use goalpost_core::calendar::{Calendar, Window};
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::expr::{Expr, RelationSource};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::statistics::means::Moments;
use goalpost_core::statistics::ranks::Histogram;
use goalpost_core::unit::Kind;

use super::term::float;
use crate::engine::fuse::table_reach;
use crate::engine::range::{extremes, reach};
use crate::engine::read::{days, groups, texts};
use crate::lower::aggregate::{APART, BUCKET};
use crate::plan::align::SegmentKey;
use crate::plan::{Leaf, Leaves};
use crate::question::Loaded;
use crate::relation::window::Undated;
use crate::scan::reading::{Moments as MomentsOf, Reading};
use crate::scan::{Apart, Bucket, Output, OutputFunction, Scan};

/// What has to be sampled.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) days: Vec<(usize, Window)>,
    pub(crate) moments: Vec<(usize, [Window; 2])>,
    pub(crate) histograms: Vec<(usize, [Window; 2])>,
}

/// What a leaf is made of on one day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DayCell {
    /// Rows.
    pub(crate) rows: f64,
    /// The sum in base units, or the hits of a share.
    pub(crate) sum: f64,
    /// Rows with a value.
    pub(crate) known: f64,
}

/// Something of a leaf by window and segment.
type ByWindow<T> = BTreeMap<(usize, Window), BTreeMap<SegmentKey, T>>;

/// The samples of a comparison.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    pub(crate) days: BTreeMap<usize, BTreeMap<SegmentKey, BTreeMap<NaiveDate, DayCell>>>,
    /// `None` where the sums are too large to be exact.
    pub(crate) moments: ByWindow<Option<Moments>>,
    pub(crate) histograms: ByWindow<Histogram>,
}

/// Reads what is wanted.
pub(crate) fn read(
    loaded: &Loaded<'_>,
    leaves: &Leaves,
    wanted: &Wanted,
) -> Result<Samples, Vec<Diagnostic>> {
    let mut found = Samples::default();
    let groups = of_the_same_rows(leaves, &wanted.days);
    // What has no time or no value has nothing to be sampled; each answer stays with
    // the question that it is one to.
    let days = groups.iter().filter_map(|(members, windows)| {
        let days = Days::of(leaves, members)?;
        let reading = Reading::Groups(days.scan.clone());
        Some(((days, windows), reading))
    });
    let (days, readings): (Vec<_>, Vec<Reading>) = days.unzip();
    for ((days, windows), batches) in days.iter().zip(loaded.read(&readings)?) {
        days.read(leaves, windows, &batches, &mut found).map_err(failed)?;
    }
    let means = wanted.moments.iter();
    let means =
        means.filter_map(|(place, windows)| Some(((place, windows), moments(leaves.get(*place), windows)?)));
    let (means, readings): (Vec<_>, Vec<Reading>) = means.unzip();
    for ((place, windows), batches) in means.into_iter().zip(loaded.read(&readings)?) {
        read_moments(leaves, *place, windows, &batches, &mut found).map_err(failed)?;
    }
    // The mean wait, its median and its 90th percentile are of the same values.
    let mut alike: Vec<(Leaf, [Window; 2], Vec<usize>)> = Vec::new();
    for (place, windows) in &wanted.histograms {
        let values = Leaf { function: AggregateFunction::Median, ..leaves.get(*place).clone() };
        match alike.iter_mut().find(|(known, of, _)| *known == values && of == windows) {
            Some((_, _, places)) => places.push(*place),
            None => alike.push((values, *windows, vec![*place])),
        }
    }
    let alike = alike
        .iter()
        .filter_map(|(leaf, windows, places)| Some(((leaf, windows, places), distribution(leaf, windows)?)));
    let (alike, readings): (Vec<_>, Vec<Reading>) = alike.unzip();
    for ((leaf, windows, places), batches) in alike.into_iter().zip(loaded.read(&readings)?) {
        read_histogram(leaf, windows, places, &batches, &mut found).map_err(failed)?;
    }
    Ok(found)
}

/// The filters of a leaf and that its argument is a value: not null, and where it
/// is a duration not negative.
fn valid(leaf: &Leaf) -> Vec<Expr> {
    let mut filters = leaf.relation.filters.clone();
    let Some(argument) = leaf.argument.as_ref().filter(|_| leaf.function != AggregateFunction::Share) else {
        return filters;
    };
    filters.push(argument.clone().is_known());
    if leaf.kind == Kind::DURATION {
        filters.push(Leaf::has_value(argument, leaf.kind));
    }
    filters
}

fn scan_of(leaf: &Leaf, bucket: Bucket, apart: Option<Apart>) -> Scan {
    Scan {
        source: leaf.relation.source.clone(),
        axis: leaf.time.clone(),
        dimensions: leaf.dimensions.clone(),
        apart,
        bucket,
        undated: Undated::LeftOut,
        outputs: Vec::new(),
    }
}

/// How often each value of a leaf occurs by window. All that is sampled has a time
/// and a value; nothing is asked of what has none.
fn distribution(leaf: &Leaf, windows: &[Window; 2]) -> Option<Reading> {
    let value = leaf.time.as_ref().and(leaf.argument.clone())?;
    let mut scan = scan_of(leaf, Bucket::Windows(in_order(windows)), Some(Apart::Value(value)));
    scan.output(Output::count(valid(leaf)));
    Some(Reading::Groups(scan))
}

fn moments(leaf: &Leaf, windows: &[Window; 2]) -> Option<Reading> {
    Some(Reading::Moments(MomentsOf {
        source: leaf.relation.source.clone(),
        axis: leaf.time.clone()?,
        dimensions: leaf.dimensions.clone(),
        value: leaf.argument.clone()?,
        filters: valid(leaf),
        windows: in_order(windows),
    }))
}

fn in_order(windows: &[Window; 2]) -> Vec<Window> {
    let mut windows = windows.to_vec();
    windows.sort_by_key(|window| (window.start, window.end));
    windows.dedup();
    windows
}

/// Sums by day of leaves that look at the same rows.
struct Days {
    scan: Scan,
    /// For each leaf the outputs for its rows, its sum (or the hits of a share), and
    /// its rows with a value.
    members: Vec<(usize, usize, Option<usize>, Option<usize>)>,
}

impl Days {
    fn of(leaves: &Leaves, members: &[usize]) -> Option<Self> {
        let mut scan = scan_of(leaves.get(*members.first()?), Bucket::Day, None);
        let mut found = Vec::with_capacity(members.len());
        for place in members {
            let leaf = leaves.get(*place);
            let rows = scan.output(Output::count(leaf.relation.filters.clone()));
            let (sum, known) = match &leaf.argument {
                Some(condition) if leaf.function == AggregateFunction::Share => {
                    let mut hits = leaf.relation.filters.clone();
                    hits.push(condition.clone());
                    (Some(scan.output(Output::count(hits))), None)
                }
                Some(value) => {
                    let sum = Output {
                        function: OutputFunction::Sum,
                        argument: Some(value.clone()),
                        filters: valid(leaf),
                        window: None,
                    };
                    (Some(scan.output(sum)), Some(scan.output(Output::count(valid(leaf)))))
                }
                None => (None, None),
            };
            found.push((*place, rows, sum, known));
        }
        Some(Self { scan, members: found })
    }

    fn read(
        &self,
        leaves: &Leaves,
        windows: &[Window],
        batches: &[RecordBatch],
        found: &mut Samples,
    ) -> Result<()> {
        for group in groups(&self.scan, batches)? {
            let day = group.bucket.filter(|day| windows.iter().any(|window| window.contains(*day)));
            let Some(day) = day else { continue };
            let number =
                |place: Option<usize>| place.and_then(|place| group.values[place]).map_or(0.0, float);
            for (place, rows, sum, known) in &self.members {
                let leaf = leaves.get(*place);
                let is_time = leaf.kind == Kind::DURATION && leaf.function != AggregateFunction::Share;
                let unit = if is_time { 1e-6 } else { 1.0 };
                let cell =
                    DayCell { rows: number(Some(*rows)), sum: number(*sum) * unit, known: number(*known) };
                let of_leaf = found.days.entry(*place).or_default();
                of_leaf.entry(group.segment.clone()).or_default().insert(day, cell);
            }
        }
        Ok(())
    }
}

fn failed(error: DataFusionError) -> Vec<Diagnostic> {
    vec![crate::engine::session::failed(&error)]
}

/// Leaves by the rows they look at, with all windows wanted of any of them, in
/// the order of the leaves.
fn of_the_same_rows(leaves: &Leaves, wanted: &[(usize, Window)]) -> Vec<(Vec<usize>, Vec<Window>)> {
    let mut groups: Vec<(Vec<usize>, Vec<Window>)> = Vec::new();
    for (place, window) in wanted {
        let leaf = leaves.get(*place);
        let known = groups.iter_mut().find(|(members, _)| {
            let first = leaves.get(members[0]);
            first.relation.source == leaf.relation.source
                && first.time == leaf.time
                && first.dimensions == leaf.dimensions
        });
        match known {
            Some((members, windows)) => {
                if !members.contains(place) {
                    members.push(*place);
                }
                if !windows.contains(window) {
                    windows.push(*window);
                }
            }
            None => groups.push((vec![*place], vec![*window])),
        }
    }
    groups
}

fn read_moments(
    leaves: &Leaves,
    place: usize,
    windows: &[Window; 2],
    batches: &[RecordBatch],
    found: &mut Samples,
) -> Result<()> {
    let leaf = leaves.get(place);
    for window in windows {
        found.moments.entry((place, *window)).or_default();
    }
    for batch in batches {
        let keys = keys(batch, leaf.dimensions.len())?;
        let of = window_of(batch, windows)?;
        let counts = column(batch, "n")?.as_primitive::<Int64Type>();
        let whole = |name: &str| whole_numbers(column(batch, name)?);
        let ((sums, scale), (squares, _)) = (whole("s")?, whole("q")?);
        let ((least, _), (most, _)) = (whole("lo")?, whole("hi")?);
        for row in 0..batch.num_rows() {
            let Some(window) = of[row] else { continue };
            let n = u64::try_from(counts.value(row)).unwrap_or_default();
            // The engine's sums wrap in silence; this far away from it they cannot have.
            let largest = least[row].unsigned_abs().max(most[row].unsigned_abs()) as f64;
            let fits = largest * largest * n as f64 <= 1e37;
            let moments = Moments::exact(n, sums[row], squares[row], unit(leaf, scale)).filter(|_| fits);
            found.moments.entry((place, window)).or_default().insert(keys[row].clone(), moments);
        }
    }
    Ok(())
}

fn read_histogram(
    leaf: &Leaf,
    windows: &[Window; 2],
    places: &[usize],
    batches: &[RecordBatch],
    found: &mut Samples,
) -> Result<()> {
    let mut pairs: BTreeMap<(Window, SegmentKey), Vec<(f64, u64)>> = BTreeMap::new();
    for batch in batches {
        let keys = keys(batch, leaf.dimensions.len())?;
        let of = window_of(batch, windows)?;
        let (values, scale) = whole_numbers(column(batch, APART)?)?;
        let counts = column(batch, "o0")?.as_primitive::<Int64Type>();
        let unit = unit(leaf, scale);
        for row in 0..batch.num_rows() {
            let Some(window) = of[row] else { continue };
            let count = u64::try_from(counts.value(row)).unwrap_or_default();
            pairs.entry((window, keys[row].clone())).or_default().push((values[row] as f64 * unit, count));
        }
    }
    let mut by_window: BTreeMap<Window, BTreeMap<SegmentKey, Histogram>> =
        windows.iter().map(|window| (*window, BTreeMap::new())).collect();
    for ((window, key), pairs) in pairs {
        by_window.entry(window).or_default().insert(key, Histogram::new(pairs));
    }
    for place in places {
        for (window, histograms) in &by_window {
            found.histograms.insert((*place, *window), histograms.clone());
        }
    }
    Ok(())
}

/// What one step of a whole number of a leaf is worth in base units.
fn unit(leaf: &Leaf, scale: i8) -> f64 {
    let step = 10_f64.powi(-i32::from(scale));
    if leaf.kind == Kind::DURATION { step * 1e-6 } else { step }
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| DataFusionError::Internal(format!("no column {name} in the result")))
}

fn keys(batch: &RecordBatch, dimensions: usize) -> Result<Vec<SegmentKey>> {
    let columns = (0..dimensions)
        .map(|place| texts(column(batch, &format!("d{place}"))?))
        .collect::<Result<Vec<_>>>()?;
    let key = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
    Ok((0..batch.num_rows()).map(key).collect())
}

fn window_of(batch: &RecordBatch, windows: &[Window; 2]) -> Result<Vec<Option<Window>>> {
    let starts = days(column(batch, BUCKET)?)?;
    let of = |start: Option<NaiveDate>| windows.iter().find(|window| window.start == start).copied();
    Ok(starts.into_iter().map(of).collect())
}

/// Whole numbers and their scale; nulls, which sums over nothing give, as 0.
fn whole_numbers(array: &ArrayRef) -> Result<(Vec<i128>, i8)> {
    match array.data_type() {
        DataType::Decimal128(_, scale) => {
            let numbers = array.as_primitive::<Decimal128Type>().iter();
            Ok((numbers.map(Option::unwrap_or_default).collect(), *scale))
        }
        DataType::Int64 => {
            let numbers = array.as_primitive::<Int64Type>().iter();
            Ok((numbers.map(|number| i128::from(number.unwrap_or_default())).collect(), 0))
        }
        other => Err(DataFusionError::Internal(format!("{other} is no exact number"))),
    }
}

/// How far the rows of a leaf reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
    pub(crate) rows: u64,
}

/// How far the rows of leaves reach up to as-of, on their own time and on the
/// default time of their table, whatever the filters; those without a dated row
/// are left out.
pub(crate) fn reaches(
    loaded: &Loaded<'_>,
    leaves: &Leaves,
    places: &[usize],
) -> Result<BTreeMap<usize, Reach>, Vec<Diagnostic>> {
    let axes = |place: usize| -> Vec<(RelationSource, Expr)> {
        let leaf = leaves.get(place);
        let own = leaf.time.iter().map(|time| (leaf.relation.source.clone(), time.clone()));
        own.chain(table_reach(leaf)).collect()
    };
    let mut all: Vec<(RelationSource, Expr)> = Vec::new();
    for axis in places.iter().flat_map(|place| axes(*place)) {
        if !all.contains(&axis) {
            all.push(axis);
        }
    }
    let end = loaded.until_now();
    let readings: Vec<Reading> = all
        .iter()
        .map(|(source, axis)| {
            let mut scan = extremes(source, axis, end);
            let visible = scan.outputs.first().map(|output| output.filters.clone()).unwrap_or_default();
            scan.output(Output { window: Some(end), ..Output::count(visible) });
            Reading::Groups(scan)
        })
        .collect();
    let batches = loaded.read(&readings)?;
    let found =
        batches.iter().map(|batches| reach_of(batches, loaded.calendar())).collect::<Result<Vec<_>>>();
    let found = found.map_err(failed)?;
    let mut reaches = BTreeMap::new();
    for place in places {
        let own = axes(*place);
        let known =
            all.iter().zip(&found).filter(|(axis, _)| own.contains(axis)).filter_map(|(_, found)| *found);
        let whole = known.reduce(|a: Reach, b| Reach {
            first: a.first.min(b.first),
            last: a.last.max(b.last),
            rows: a.rows.max(b.rows),
        });
        if let Some(whole) = whole {
            reaches.insert(*place, whole);
        }
    }
    Ok(reaches)
}

fn reach_of(batches: &[RecordBatch], calendar: &Calendar) -> Result<Option<Reach>> {
    let Some((first, last)) = reach(batches, calendar) else { return Ok(None) };
    let mut rows = 0;
    for batch in batches {
        let counts = column(batch, "o2")?.as_primitive::<Int64Type>().iter().flatten();
        rows += counts.filter_map(|rows| u64::try_from(rows).ok()).sum::<u64>();
    }
    Ok(Some(Reach { first, last, rows }))
}
