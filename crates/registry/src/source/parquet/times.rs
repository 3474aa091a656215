//! Dates and moments, which Parquet counts from 1970 and so far that most of its
//! numbers are no date: what they say, and whether a file holds none of those.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use parquet::basic::Type;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

use crate::source::cell::moment::{self, BadTime};
use crate::source::cell::time::TimeReader;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// Milliseconds of a day.
const DAY_IN_MILLIS: i64 = 86_400_000;

/// What a column counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    /// Days.
    Days,
    /// Milliseconds, all of them midnights.
    Midnights,
    /// Units of time, to an instant or on a clock on the wall.
    Moments(TimeUnit, Clock),
}

/// What a moment is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// UTC.
    Instant,
    /// A clock in the project's zone.
    Wall,
}

impl Count {
    /// What a column of this type counts; `None` where it holds no times.
    pub(super) fn of(ty: &DataType) -> Option<Self> {
        Some(match ty {
            DataType::Date32 => Self::Days,
            DataType::Date64 => Self::Midnights,
            DataType::Timestamp(unit, Some(_)) => Self::Moments(*unit, Clock::Instant),
            DataType::Timestamp(unit, None) => Self::Moments(*unit, Clock::Wall),
            _ => return None,
        })
    }

    /// The numbers of a column.
    pub(super) fn numbers(values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        match values.data_type() {
            DataType::Date32 => cast(&cast(values, &DataType::Int32)?, &DataType::Int64),
            _ => cast(values, &DataType::Int64),
        }
    }

    /// The moment that a number means, in microseconds since 1970 in UTC.
    pub(super) fn moment(self, number: i64, times: &mut TimeReader<'_>) -> Result<i64, BadTime> {
        match self {
            Self::Moments(unit, Clock::Instant) => moment::micros(micros(unit, number)),
            Self::Moments(unit, Clock::Wall) => {
                let micros = moment::micros(micros(unit, number))?;
                let wall = DateTime::from_timestamp_micros(micros).ok_or(BadTime::BeyondCalendar)?;
                Ok(times.instant(wall.naive_utc()))
            }
            Self::Days | Self::Midnights => {
                let midnight = midnight(self.day(number, times)?).ok_or(BadTime::BeyondCalendar)?;
                Ok(times.instant(midnight))
            }
        }
    }

    /// The day that a number means, in days since 1970.
    pub(super) fn day(self, number: i64, times: &TimeReader<'_>) -> Result<i32, BadTime> {
        match self {
            Self::Days => moment::day(number),
            Self::Midnights => moment::day(number.div_euclid(DAY_IN_MILLIS)),
            Self::Moments(unit, clock) => {
                let micros = moment::micros(micros(unit, number))?;
                match clock {
                    Clock::Instant => times.day_of(micros),
                    Clock::Wall => moment::day(micros.div_euclid(DAY)),
                }
            }
        }
    }

    /// How a number is shown that means no time.
    pub(super) fn shown(self, number: i64) -> String {
        let unit = match self {
            Self::Days => "days",
            Self::Midnights | Self::Moments(TimeUnit::Millisecond, _) => "milliseconds",
            Self::Moments(TimeUnit::Second, _) => "seconds",
            Self::Moments(TimeUnit::Microsecond, _) => "microseconds",
            Self::Moments(TimeUnit::Nanosecond, _) => "nanoseconds",
        };
        format!("{number} {unit} from 1970")
    }

    /// Whether a number means a time.
    fn is_time(self, number: i64) -> bool {
        let time = match self {
            Self::Days => moment::day(number).map(i64::from),
            Self::Midnights => moment::day(number.div_euclid(DAY_IN_MILLIS)).map(i64::from),
            Self::Moments(unit, _) => moment::micros(micros(unit, number)),
        };
        time.is_ok()
    }
}

/// A number of units in microseconds; what is finer is cut off.
fn micros(unit: TimeUnit, number: i64) -> i128 {
    let number = i128::from(number);
    match unit {
        TimeUnit::Second => number * 1_000_000,
        TimeUnit::Millisecond => number * 1_000,
        TimeUnit::Microsecond => number,
        TimeUnit::Nanosecond => number / 1_000,
    }
}

fn midnight(day: i32) -> Option<NaiveDateTime> {
    Some(NaiveDate::from_epoch_days(day)?.and_time(NaiveTime::MIN))
}

/// Whether the statistics of a column prove that all of its numbers are times.
pub(super) fn proved(chunk: &ColumnChunkMetaData, ty: &DataType) -> bool {
    let Some(count) = Count::of(ty) else { return false };
    // Days and nanoseconds, which this form holds beside each other, do not fit into the latter.
    if chunk.column_type() == Type::INT96 {
        return false;
    }
    // 64 bits of nanoseconds reach from 1677 to 2262.
    if matches!(count, Count::Moments(TimeUnit::Nanosecond, _)) {
        return true;
    }
    let Some(statistics) = chunk.statistics() else { return false };
    if statistics.null_count_opt() == Some(chunk.num_values() as u64) {
        return true;
    }
    let ends = match statistics {
        Statistics::Int32(found) => {
            [found.min_opt(), found.max_opt()].map(|end| end.map(|&number| i64::from(number)))
        }
        Statistics::Int64(found) => [found.min_opt(), found.max_opt()].map(Option::<&i64>::copied),
        _ => return false,
    };
    ends.iter().all(|end| end.is_some_and(|number| count.is_time(number)))
}

/// The numbers of a column, one by one.
pub(super) fn each(numbers: &ArrayRef) -> impl Iterator<Item = Option<i64>> + '_ {
    numbers.as_primitive::<Int64Type>().iter()
}
