//! From the engine's arrays to exact numbers and texts.

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, i256,
};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result};
use goalpost_core::Decimal;

use crate::lower::aggregate::{APART, BUCKET};
use crate::lower::terms::EPOCH_FROM_CE;
use crate::plan::align::SegmentKey;
use crate::scan::{Output, OutputFunction, Scan};

/// A group of a scan's result.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) segment: SegmentKey,
    /// The first day of the bucket; `None` for rows without a time, and where
    /// the scan has no buckets.
    pub(crate) bucket: Option<NaiveDate>,
    pub(crate) values: Vec<Option<Decimal>>,
    /// The value by which the scan tells rows apart; `None` also where it is blank.
    pub(crate) apart: Option<Decimal>,
}

/// Reads a scan's result, in the order of segments and buckets.
pub(crate) fn groups(scan: &Scan, batches: &[RecordBatch]) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for batch in batches {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| DataFusionError::Internal(format!("no column {name} in the result")))
        };
        let segments = (0..scan.dimensions.len())
            .map(|place| texts(column(&format!("d{place}"))?))
            .collect::<Result<Vec<_>>>()?;
        let buckets = match batch.column_by_name(BUCKET) {
            Some(array) => days(array)?,
            None => vec![None; batch.num_rows()],
        };
        let apart = scan.apart.as_ref().map(|_| decimals(column(APART)?)).transpose()?;
        let of_output = |(place, output): (usize, &Output)| {
            let array = column(&format!("o{place}"))?;
            match output.function {
                OutputFunction::Percentile(_) => doubles(array),
                _ => decimals(array),
            }
        };
        let values = scan.outputs.iter().enumerate().map(of_output).collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            groups.push(Group {
                segment: segments.iter().map(|column| column[row].clone()).collect(),
                apart: apart.as_ref().and_then(|values| values[row]),
                bucket: buckets[row],
                values: values.iter().map(|column| column[row]).collect(),
            });
        }
    }
    groups.sort_by(|a, b| (&a.segment, a.bucket, a.apart).cmp(&(&b.segment, b.bucket, b.apart)));
    Ok(groups)
}

/// Any column as text; blank text is nothing.
pub(crate) fn texts(array: &ArrayRef) -> Result<Vec<Option<String>>> {
    let texts = cast(array, &DataType::Utf8)?;
    Ok(texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect())
}

pub(crate) fn days(array: &ArrayRef) -> Result<Vec<Option<NaiveDate>>> {
    let days = cast(array, &DataType::Date32)?;
    let days = days.as_primitive::<Date32Type>();
    Ok(days
        .iter()
        .map(|day| day.and_then(|day| NaiveDate::from_num_days_from_ce_opt(day + EPOCH_FROM_CE)))
        .collect())
}

/// Doubles with all their digits, noise included: how many are sure shows later.
fn doubles(array: &ArrayRef) -> Result<Vec<Option<Decimal>>> {
    let doubles = cast(array, &DataType::Float64)?;
    let number = |value: f64| Decimal::from_f64_retain(value).ok_or_else(too_large);
    doubles.as_primitive::<Float64Type>().iter().map(|value| value.map(number).transpose()).collect()
}

fn too_large() -> DataFusionError {
    let cause = ArrowError::ArithmeticOverflow("a number is too large".to_owned());
    DataFusionError::ArrowError(Box::new(cause), None)
}

pub(crate) fn decimals(array: &ArrayRef) -> Result<Vec<Option<Decimal>>> {
    match array.data_type() {
        DataType::Decimal128(_, scale) => {
            let scale = *scale;
            array
                .as_primitive::<Decimal128Type>()
                .iter()
                .map(|value| value.map(|value| exact(value, scale).ok_or_else(too_large)).transpose())
                .collect()
        }
        DataType::Decimal256(_, scale) => {
            let scale = *scale;
            let number =
                |value: i256| value.to_i128().and_then(|value| exact(value, scale)).ok_or_else(too_large);
            array.as_primitive::<Decimal256Type>().iter().map(|value| value.map(number).transpose()).collect()
        }
        DataType::Float64 => array
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| value.map(|value| from_double(value).ok_or_else(too_large)).transpose())
            .collect(),
        DataType::Null => Ok(vec![None; array.len()]),
        _ => {
            let whole = cast(array, &DataType::Int64)?;
            Ok(whole.as_primitive::<Int64Type>().iter().map(|value| value.map(Decimal::from)).collect())
        }
    }
}

/// A scaled integer as a decimal; digits beyond what a decimal holds are cut.
fn exact(mut value: i128, scale: i8) -> Option<Decimal> {
    let mut scale = u32::try_from(scale).ok()?;
    const MOST: i128 = (1 << 96) - 1;
    while scale > 0 && (scale > 28 || value.abs() > MOST) {
        value /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(value, scale).ok()
}

/// A double at 15 significant digits, which undoes the noise of its last bits.
fn from_double(value: f64) -> Option<Decimal> {
    let digits = format!("{value:.14e}");
    Decimal::from_scientific(&digits).ok().map(|value| value.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_come_back_as_people_write_them() {
        let read = |value: f64| from_double(value).map(|value| value.to_string());
        assert_eq!(read((0.01 + 0.02) / 2.0).as_deref(), Some("0.015"));
        assert_eq!(read(1_234_567_890.12).as_deref(), Some("1234567890.12"));
        assert_eq!(read(0.1 + 0.2).as_deref(), Some("0.3"));
        assert_eq!(read(f64::NAN), None);
    }

    #[test]
    fn wide_decimals_keep_their_leading_digits() {
        assert_eq!(exact(12_345, 2).map(|value| value.to_string()).as_deref(), Some("123.45"));
        let third = exact(33_333_333_333_333_333_333_333_333_333_333, 32);
        assert_eq!(third.map(|value| value.round_dp(10).to_string()).as_deref(), Some("0.3333333333"));
    }
}
