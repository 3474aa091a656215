//! What is added up of the rows of groups, as plain arrays by group.
//!
//! The first place of each array is for rows that belong to no group, so that rows
//! left out cost no branch.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Int32Array, Int64Array, NullArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::common::Result;

use super::unfit::unfit;
use crate::scan::OutputFunction;

/// Digits of decimals whose sum over any number of rows fits into 128 bits.
const ROOMY: u8 = 28;

/// The totals of one output, by group.
pub(super) enum Total {
    Count(Vec<i64>),
    Of(Values),
}

/// A total that is made of values; those of one type.
pub(super) struct Values {
    how: How,
    totals: Vec<i128>,
    /// Whether there was a value.
    any: Vec<bool>,
    /// The type of the values, once there were some.
    ty: Option<DataType>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Sum,
    Least,
    Greatest,
}

impl Total {
    pub(super) fn of(function: OutputFunction) -> Result<Self> {
        let how = match function {
            OutputFunction::Count => return Ok(Self::Count(Vec::new())),
            OutputFunction::Sum => How::Sum,
            OutputFunction::Min => How::Least,
            OutputFunction::Max => How::Greatest,
            OutputFunction::CountDistinct | OutputFunction::Percentile(_) => {
                return Err(unfit("what does not add up"));
            }
        };
        Ok(Self::Of(Values { how, totals: Vec::new(), any: Vec::new(), ty: None }))
    }

    /// Makes room for so many places.
    pub(super) fn grow(&mut self, places: usize) {
        match self {
            Self::Count(counts) => counts.resize(places, 0),
            Self::Of(values) => {
                values.totals.resize(places, 0);
                values.any.resize(places, false);
            }
        }
    }

    /// Adds rows, each to its place; the argument has no null among those that count.
    pub(super) fn add(&mut self, places: &[u32], argument: Option<&ArrayRef>) -> Result<()> {
        match (self, argument) {
            (Self::Count(counts), _) => {
                for place in places {
                    counts[*place as usize] += 1;
                }
                Ok(())
            }
            (Self::Of(values), Some(argument)) => values.add(places, argument),
            (Self::Of(_), None) => Err(unfit("a total of nothing")),
        }
    }

    /// Adds another's totals; its places have others here.
    pub(super) fn merge(&mut self, other: &Self, places: &[u32]) -> Result<()> {
        match (self, other) {
            (Self::Count(counts), Self::Count(others)) => {
                for (count, place) in others.iter().zip(places) {
                    counts[*place as usize] += count;
                }
                Ok(())
            }
            (Self::Of(values), Self::Of(others)) => values.merge(others, places),
            _ => Err(unfit("totals of two kinds")),
        }
    }

    /// The totals of the groups.
    pub(super) fn finish(&self) -> Result<ArrayRef> {
        match self {
            Self::Count(counts) => Ok(Arc::new(Int64Array::from_iter_values(counts.iter().skip(1).copied()))),
            Self::Of(values) => values.finish(),
        }
    }
}

impl Values {
    fn add(&mut self, places: &[u32], argument: &ArrayRef) -> Result<()> {
        self.is_of(argument.data_type())?;
        match argument.data_type() {
            DataType::Int64 => self.add_all(places, argument.as_primitive::<Int64Type>().values()),
            DataType::Int32 => self.add_all(places, argument.as_primitive::<Int32Type>().values()),
            DataType::Date32 => self.add_all(places, argument.as_primitive::<Date32Type>().values()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                self.add_all(places, argument.as_primitive::<TimestampMicrosecondType>().values())
            }
            DataType::Decimal128(digits, _) => {
                let values = argument.as_primitive::<Decimal128Type>().values();
                if *digits > ROOMY { self.add_wide(places, values) } else { self.add_all(places, values) }
            }
            _ => Err(unfit("values of another type")),
        }
    }

    fn is_of(&mut self, ty: &DataType) -> Result<()> {
        match &self.ty {
            Some(known) if known == ty => Ok(()),
            Some(_) => Err(unfit("values of two types")),
            None => {
                self.ty = Some(ty.clone());
                Ok(())
            }
        }
    }

    fn add_all<T: Copy + Into<i128>>(&mut self, places: &[u32], values: &[T]) -> Result<()> {
        let rows = places.iter().zip(values);
        match self.how {
            // What is left out may be anything, and goes to a place that nobody reads.
            How::Sum => {
                for (place, value) in rows {
                    let place = *place as usize;
                    self.totals[place] = self.totals[place].wrapping_add((*value).into());
                    self.any[place] = true;
                }
            }
            How::Least => self.extreme(rows, |value, known| value < known),
            How::Greatest => self.extreme(rows, |value, known| value > known),
        }
        Ok(())
    }

    /// The same for sums that may not fit.
    fn add_wide(&mut self, places: &[u32], values: &[i128]) -> Result<()> {
        if self.how != How::Sum {
            return self.add_all(places, values);
        }
        for (place, value) in places.iter().zip(values).filter(|(place, _)| **place != 0) {
            self.put(*place as usize, *value)?;
        }
        Ok(())
    }

    fn extreme<'v, T: Copy + Into<i128> + 'v>(
        &mut self,
        rows: impl Iterator<Item = (&'v u32, &'v T)>,
        is_better: impl Fn(i128, i128) -> bool,
    ) {
        for (place, value) in rows {
            let (place, value) = (*place as usize, (*value).into());
            if !self.any[place] || is_better(value, self.totals[place]) {
                self.totals[place] = value;
                self.any[place] = true;
            }
        }
    }

    fn put(&mut self, place: usize, value: i128) -> Result<()> {
        let known = self.totals[place];
        self.totals[place] = match self.how {
            How::Sum => known.checked_add(value).ok_or_else(|| unfit("a sum beyond 128 bits"))?,
            _ if !self.any[place] => value,
            How::Least => known.min(value),
            How::Greatest => known.max(value),
        };
        self.any[place] = true;
        Ok(())
    }

    fn merge(&mut self, other: &Self, places: &[u32]) -> Result<()> {
        if let Some(ty) = &other.ty {
            self.is_of(ty)?;
        }
        let groups = other.totals.iter().zip(&other.any).zip(places).skip(1);
        for ((value, _), place) in groups.filter(|((_, any), _)| **any) {
            self.put(*place as usize, *value)?;
        }
        Ok(())
    }

    fn finish(&self) -> Result<ArrayRef> {
        let groups = || self.totals.iter().zip(&self.any).skip(1);
        let values = || groups().map(|(value, any)| any.then_some(*value));
        let narrow = || groups().map(|(value, any)| any.then_some(*value as i64));
        let days = || groups().map(|(value, any)| any.then_some(*value as i32));
        let decimals = |scale| -> Result<ArrayRef> {
            Ok(Arc::new(values().collect::<Decimal128Array>().with_precision_and_scale(38, scale)?))
        };
        match (self.how, &self.ty) {
            (_, None) => Ok(Arc::new(NullArray::new(self.totals.len().saturating_sub(1)))),
            (_, Some(DataType::Decimal128(_, scale))) => decimals(*scale),
            (How::Sum, Some(DataType::Int64 | DataType::Int32)) => decimals(0),
            (How::Sum, Some(_)) => Err(unfit("a sum of times")),
            (_, Some(DataType::Int64)) => Ok(Arc::new(narrow().collect::<Int64Array>())),
            (_, Some(DataType::Int32)) => Ok(Arc::new(days().collect::<Int32Array>())),
            (_, Some(DataType::Date32)) => Ok(Arc::new(days().collect::<Date32Array>())),
            (_, Some(DataType::Timestamp(TimeUnit::Microsecond, zone))) => {
                Ok(Arc::new(narrow().collect::<TimestampMicrosecondArray>().with_timezone_opt(zone.clone())))
            }
            (_, Some(_)) => Err(unfit("values of another type")),
        }
    }
}
