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
use goalpost_core::calendar::Window;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::expr::{Expr, RelationSource};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::statistics::means::Moments;
use goalpost_core::statistics::ranks::Histogram;
use goalpost_core::unit::Kind;

use super::term::float;
use crate::engine::fuse::table_reach;
use crate::engine::read::{days, decimals, texts};
use crate::lower::samples;
use crate::plan::align::SegmentKey;
use crate::plan::{Leaf, Leaves};
use crate::question::Loaded;

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
    let batches = loaded.collect(|context| {
        let plan = |group: &(Vec<usize>, Vec<Window>)| {
            let members: Vec<&Leaf> = group.0.iter().map(|place| leaves.get(*place)).collect();
            samples::by_day(context, &members, &group.1)
        };
        groups.iter().map(plan).collect()
    })?;
    for ((members, _), batches) in groups.iter().zip(&batches) {
        read_days(leaves, members, batches, &mut found).map_err(failed)?;
    }
    let batches = loaded.collect(|context| {
        wanted
            .moments
            .iter()
            .map(|(leaf, windows)| samples::moments(context, leaves.get(*leaf), windows))
            .collect()
    })?;
    for ((leaf, windows), batches) in wanted.moments.iter().zip(&batches) {
        read_moments(leaves, *leaf, windows, batches, &mut found).map_err(failed)?;
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
    let batches = loaded.collect(|context| {
        alike.iter().map(|(leaf, windows, _)| samples::histogram(context, leaf, windows)).collect()
    })?;
    for ((leaf, windows, places), batches) in alike.iter().zip(&batches) {
        read_histogram(leaf, windows, places, batches, &mut found).map_err(failed)?;
    }
    Ok(found)
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

fn read_days(leaves: &Leaves, members: &[usize], batches: &[RecordBatch], found: &mut Samples) -> Result<()> {
    for batch in batches {
        let keys = keys(batch, leaves.get(members[0]).dimensions.len())?;
        let day = days(column(batch, "day")?)?;
        for (nth, place) in members.iter().enumerate() {
            let leaf = leaves.get(*place);
            let unit = if leaf.kind == Kind::DURATION && leaf.function != AggregateFunction::Share {
                1e-6
            } else {
                1.0
            };
            let numbers = |name: &str| -> Result<Vec<f64>> {
                match batch.column_by_name(&format!("{name}{nth}")) {
                    Some(array) => Ok(decimals(array)?.into_iter().map(|n| n.map_or(0.0, float)).collect()),
                    None => Ok(vec![0.0; batch.num_rows()]),
                }
            };
            let (rows, sums, known) = (numbers("r")?, numbers("v")?, numbers("k")?);
            for row in 0..batch.num_rows() {
                let Some(day) = day[row] else { continue };
                let cell = DayCell { rows: rows[row], sum: sums[row] * unit, known: known[row] };
                found.days.entry(*place).or_default().entry(keys[row].clone()).or_default().insert(day, cell);
            }
        }
    }
    Ok(())
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
        let (values, scale) = whole_numbers(column(batch, "value")?)?;
        let counts = column(batch, "n")?.as_primitive::<Int64Type>();
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
    let starts = days(column(batch, "window")?)?;
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
    let batches = loaded.collect(|context| {
        all.iter().map(|(source, axis)| samples::reach(context, source, axis)).collect()
    })?;
    let found = all.iter().zip(&batches).map(|(_, batches)| reach_of(batches)).collect::<Result<Vec<_>>>();
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

fn reach_of(batches: &[RecordBatch]) -> Result<Option<Reach>> {
    for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
        let (first, last) = (days(column(batch, "first")?)?, days(column(batch, "last")?)?);
        let rows = column(batch, "n")?.as_primitive::<Int64Type>().value(0);
        if let (Some(first), Some(last)) = (first[0], last[0]) {
            return Ok(Some(Reach { first, last, rows: u64::try_from(rows).unwrap_or_default() }));
        }
    }
    Ok(None)
}
