//! Listings: rows themselves instead of aggregates of them, and what they add up to.

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, Result};
use goalpost_core::Decimal;
use goalpost_core::diagnostic::Diagnostic;

use super::door;
use super::read::decimals;
use super::session::failed;
use crate::lower::listing::{CLASS, VALUE};
use crate::lower::rows::RowContext;
use crate::lower::terms::EPOCH_FROM_CE;
use crate::scan::listing::Listing;
use crate::scan::reading::Reading;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Nothing,
    Text(String),
    Truth(bool),
    Number(Decimal),
    Day(NaiveDate),
    Moment(DateTime<Utc>),
}

/// The rows of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Class {
    /// The first ones, in order: what is shown, then what the row adds.
    pub(crate) rows: Vec<Vec<Found>>,
    /// How many there are.
    pub(crate) count: u64,
    /// What they add up to, where that is a number.
    pub(crate) sum: Option<Decimal>,
}

/// Lists rows, by kind.
pub(crate) async fn list(context: &RowContext<'_>, listing: &Listing) -> Result<Vec<Class>, Diagnostic> {
    read(context, listing).await.map_err(|error| failed(&error))
}

async fn read(context: &RowContext<'_>, listing: &Listing) -> Result<Vec<Class>> {
    let mut classes = vec![Class::default(); listing.classes.len()];
    for batch in door::read(context, &Reading::Totals(listing.clone())).await? {
        let class = whole_numbers(named(&batch, CLASS)?)?;
        let rows = whole_numbers(named(&batch, "rows")?)?;
        let sums = batch.column_by_name("sum").map(decimals).transpose()?;
        let sums = sums.unwrap_or_else(|| vec![None; batch.num_rows()]);
        for ((class, rows), sum) in class.into_iter().zip(rows).zip(sums) {
            let found = usize::try_from(class).ok().and_then(|class| classes.get_mut(class));
            if let Some(found) = found {
                (found.count, found.sum) = (u64::try_from(rows).unwrap_or_default(), sum);
            }
        }
    }
    let mut names: Vec<String> = (0..listing.columns.len()).map(|place| format!("c{place}")).collect();
    names.push(VALUE.to_owned());
    for (place, class) in classes.iter_mut().enumerate().filter(|(_, class)| class.count > 0) {
        for batch in door::read(context, &Reading::Rows(listing.clone(), place)).await? {
            let cells = names.iter().map(|name| values(named(&batch, name)?)).collect::<Result<Vec<_>>>()?;
            for row in 0..batch.num_rows() {
                class.rows.push(cells.iter().map(|column| column[row].clone()).collect());
            }
        }
    }
    Ok(classes)
}

fn named<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| DataFusionError::Internal(format!("no column {name} in the listing")))
}

fn whole_numbers(array: &ArrayRef) -> Result<Vec<i64>> {
    let whole = cast(array, &DataType::Int64)?;
    Ok(whole.as_primitive::<Int64Type>().iter().map(Option::unwrap_or_default).collect())
}

/// A column as it is: dates as dates, moments as moments, numbers exactly.
fn values(array: &ArrayRef) -> Result<Vec<Found>> {
    let or_nothing = |found: Option<Found>| found.unwrap_or(Found::Nothing);
    Ok(match array.data_type() {
        DataType::Boolean => {
            array.as_boolean().iter().map(|value| or_nothing(value.map(Found::Truth))).collect()
        }
        DataType::Date32 => array
            .as_primitive::<Date32Type>()
            .iter()
            .map(|day| {
                let day = day.and_then(|day| NaiveDate::from_num_days_from_ce_opt(day + EPOCH_FROM_CE));
                or_nothing(day.map(Found::Day))
            })
            .collect(),
        DataType::Timestamp(..) => {
            let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
            cast(array, &utc)?
                .as_primitive::<TimestampMicrosecondType>()
                .iter()
                .map(|moment| or_nothing(moment.and_then(DateTime::from_timestamp_micros).map(Found::Moment)))
                .collect()
        }
        DataType::Null => vec![Found::Nothing; array.len()],
        ty if ty.is_numeric() => {
            decimals(array)?.into_iter().map(|value| or_nothing(value.map(Found::Number))).collect()
        }
        _ => {
            let texts = cast(array, &DataType::Utf8)?;
            let text = |text: Option<&str>| or_nothing(text.map(|text| Found::Text(text.to_owned())));
            texts.as_string::<i32>().iter().map(text).collect()
        }
    })
}
