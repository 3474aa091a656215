//! The groups of one scan while its rows arrive.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, RecordBatch, StringViewArray,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::common::Result;

use super::buckets::{Buckets, OUT};
use super::codes::Pairs;
use super::totals::Total;
use super::unfit::unfit;
use crate::lower::aggregate::BUCKET;
use crate::lower::together::Columns;
use crate::scan::Scan;

/// Totals that the groups of a scan may have together.
const MOST_TOTALS: usize = 1 << 21;

/// What the columns of a batch say beyond their values, by place: the codes of
/// segments, and the days of times.
pub(super) struct Read<'b> {
    pub(super) columns: &'b [ArrayRef],
    pub(super) codes: &'b [Vec<u32>],
    pub(super) days: &'b [Vec<i32>],
}

/// Groups of a scan.
pub(super) struct Cube {
    columns: Columns,
    buckets: Buckets,
    /// Pairs of dimensions, the first two and each further one with those before.
    segments: Vec<Pairs>,
    /// Pairs of segment and bucket.
    groups: Pairs,
    totals: Vec<Total>,
    /// The place of each row among the totals, and the same for the rows of a filter.
    places: Vec<u32>,
    filtered: Vec<(usize, Vec<u32>)>,
    known: Vec<u32>,
}

impl Cube {
    pub(super) fn new(scan: &Scan, columns: &Columns) -> Result<Self> {
        let totals = scan.outputs.iter().map(|output| Total::of(output.function)).collect::<Result<_>>()?;
        let mut cube = Self {
            columns: columns.clone(),
            buckets: Buckets::of(scan)?,
            segments: std::iter::repeat_with(Pairs::default)
                .take(columns.dimensions.len().saturating_sub(1))
                .collect(),
            groups: Pairs::default(),
            totals,
            places: Vec::new(),
            filtered: Vec::new(),
            known: Vec::new(),
        };
        if !cube.buckets.are_named() {
            let whole = cube.buckets.code_of(None);
            if columns.dimensions.is_empty() {
                // All rows are one group, also where there are none.
                cube.groups.code(0, whole);
            }
        }
        cube.grow()?;
        Ok(cube)
    }

    /// The column of times that has to be read into days.
    pub(super) fn axis(&self) -> Option<usize> {
        self.columns.axis.filter(|_| self.buckets.looks_at_days())
    }

    /// Adds the rows of a batch.
    pub(super) fn add(&mut self, rows: usize, read: &Read<'_>) -> Result<()> {
        self.place(rows, read)?;
        self.grow()?;
        self.filtered.clear();
        for (total, output) in self.totals.iter_mut().zip(&self.columns.outputs) {
            let places: &[u32] = match output.filter {
                None => &self.places,
                Some(filter) => {
                    let known = self.filtered.iter().position(|(known, _)| *known == filter);
                    let known = match known {
                        Some(known) => known,
                        None => {
                            let mut places = self.places.clone();
                            keep(&mut places, &truths(&read.columns[filter])?);
                            self.filtered.push((filter, places));
                            self.filtered.len() - 1
                        }
                    };
                    &self.filtered[known].1
                }
            };
            let argument = output.argument.map(|argument| &read.columns[argument]);
            match argument
                .and_then(|argument| argument.logical_nulls())
                .filter(|nulls| nulls.null_count() > 0)
            {
                Some(nulls) => {
                    self.known.clear();
                    self.known.extend_from_slice(places);
                    keep(&mut self.known, nulls.inner());
                    total.add(&self.known, argument)?;
                }
                None => total.add(places, argument)?,
            }
        }
        Ok(())
    }

    /// Finds the place of each row.
    fn place(&mut self, rows: usize, read: &Read<'_>) -> Result<()> {
        self.places.clear();
        self.places.resize(rows, 0);
        let kept = self.columns.kept.map(|kept| truths(&read.columns[kept])).transpose()?;
        let days = self.axis().map(|axis| read.days[axis].as_slice());
        let (first, further) = match self.columns.dimensions.split_first() {
            Some((first, further)) => (Some(read.codes[*first].as_slice()), further),
            None => (None, &[][..]),
        };
        for row in 0..rows {
            if kept.as_ref().is_some_and(|kept| !kept.value(row)) {
                continue;
            }
            let bucket = match days {
                Some(days) => self.buckets.code(days[row]),
                None => 0,
            };
            if bucket == OUT {
                continue;
            }
            let mut segment = first.map_or(0, |codes| codes[row]);
            for (pairs, column) in self.segments.iter_mut().zip(further) {
                segment = pairs.code(segment, read.codes[*column][row]);
            }
            self.places[row] = self.groups.code(segment, bucket) + 1;
        }
        Ok(())
    }

    /// Makes room for all groups, where they are not too many.
    fn grow(&mut self) -> Result<()> {
        let places = self.groups.known().len() + 1;
        if places.saturating_mul(self.totals.len()) > MOST_TOTALS {
            return Err(unfit("too many groups"));
        }
        self.segments.iter().chain([&self.groups]).try_for_each(Pairs::fit)?;
        self.totals.iter_mut().for_each(|total| total.grow(places));
        Ok(())
    }

    /// Adds the groups of another part of the rows. `codes` gives, by column, the
    /// codes that those of the other have here.
    pub(super) fn merge(&mut self, other: &Self, codes: &[Vec<u32>]) -> Result<()> {
        let mut places = vec![0];
        for (segment, bucket) in other.groups.known() {
            let mut segment = other.segment(*segment).into_iter().zip(&self.columns.dimensions);
            let mut here = segment.next().map_or(0, |(code, column)| codes[*column][code as usize]);
            for (pairs, (code, column)) in self.segments.iter_mut().zip(segment) {
                here = pairs.code(here, codes[*column][code as usize]);
            }
            let first = other.buckets.firsts().get(*bucket as usize).copied().flatten();
            let bucket = self.buckets.code_of(first);
            places.push(self.groups.code(here, bucket) + 1);
        }
        self.grow()?;
        self.totals.iter_mut().zip(&other.totals).try_for_each(|(total, other)| total.merge(other, &places))
    }

    /// The codes of the dimensions of a segment.
    fn segment(&self, segment: u32) -> Vec<u32> {
        if self.columns.dimensions.is_empty() {
            return Vec::new();
        }
        let mut codes = Vec::with_capacity(self.columns.dimensions.len());
        let mut here = segment;
        for pairs in self.segments.iter().rev() {
            let (before, last) = pairs.known()[here as usize];
            codes.push(last);
            here = before;
        }
        codes.push(here);
        codes.reverse();
        codes
    }

    /// The groups, with the columns of the plan of the scan. `texts` gives, by
    /// column, what codes stand for.
    pub(super) fn finish(&self, texts: &[&[Option<String>]]) -> Result<RecordBatch> {
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        let segments: Vec<Vec<u32>> =
            self.groups.known().iter().map(|(segment, _)| self.segment(*segment)).collect();
        for (place, column) in self.columns.dimensions.iter().enumerate() {
            let values = segments.iter().map(|codes| texts[*column][codes[place] as usize].as_deref());
            columns.push((format!("d{place}"), Arc::new(values.collect::<StringViewArray>())));
        }
        if self.buckets.are_named() {
            let firsts =
                self.groups.known().iter().map(|(_, bucket)| self.buckets.firsts()[*bucket as usize]);
            columns.push((BUCKET.to_owned(), Arc::new(firsts.collect::<Date32Array>())));
        }
        for (place, total) in self.totals.iter().enumerate() {
            columns.push((format!("o{place}"), total.finish()?));
        }
        let columns = columns.into_iter().map(|(name, values)| (name, values, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}

/// Where a condition holds: null is false.
fn truths(condition: &ArrayRef) -> Result<BooleanBuffer> {
    let condition: &BooleanArray =
        condition.as_boolean_opt().ok_or_else(|| unfit("a condition of another type"))?;
    Ok(match condition.nulls() {
        Some(nulls) => condition.values() & nulls.inner(),
        None => condition.values().clone(),
    })
}

/// Takes rows away for which this is false.
fn keep(places: &mut [u32], kept: &BooleanBuffer) {
    let chunks = kept.bit_chunks();
    for (places, bits) in places.chunks_mut(64).zip(chunks.iter_padded()) {
        if bits == u64::MAX {
            continue;
        }
        for (nth, place) in places.iter_mut().enumerate() {
            *place &= 0_u32.wrapping_sub((bits >> nth & 1) as u32);
        }
    }
}
