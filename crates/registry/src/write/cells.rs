//! Values as the cells of CSV: plain numbers, dates by ISO 8601, blank for null.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use goalpost_core::schema::ColumnType;

use super::values::Values;

/// The text of a cell: the text itself, or what is written into the buffer. Null is empty.
pub(super) fn csv_cell<'a>(
    values: &'a Values,
    ty: ColumnType,
    row: usize,
    buffer: &'a mut String,
) -> &'a str {
    match values {
        Values::Text(values) => return values.get(row).unwrap_or_default(),
        Values::Bool(values) => match values.get(row).copied().flatten() {
            Some(true) => return "true",
            Some(false) => return "false",
            None => return "",
        },
        Values::Integer(values) => {
            if let Some(value) = values.get(row).copied().flatten() {
                let _ = write!(buffer, "{value}");
            }
        }
        Values::Scaled(values) => {
            let scale = match ty {
                ColumnType::Decimal(scale) | ColumnType::Money(scale) => scale,
                _ => 0,
            };
            if let Some(value) = values.get(row).copied().flatten() {
                write_scaled(buffer, value, scale);
            }
        }
        Values::Date(values) => {
            let day = values.get(row).copied().flatten();
            if let Some(date) = day.and_then(NaiveDate::from_epoch_days) {
                write_date(buffer, date);
            }
        }
        Values::DateTime(values) => {
            let moment = values.get(row).copied().flatten();
            if let Some(moment) = moment.and_then(DateTime::from_timestamp_micros) {
                write_date(buffer, moment.date_naive());
                let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
                let _ = write!(buffer, "T{hour:02}:{minute:02}:{second:02}");
                match moment.timestamp_subsec_micros() {
                    0 => {}
                    micros => {
                        let _ = write!(buffer, ".{micros:06}");
                    }
                }
                buffer.push('Z');
            }
        }
    }
    buffer
}

fn write_date(buffer: &mut String, date: NaiveDate) {
    let _ = write!(buffer, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

/// `-1205` with two decimals is `-12.05`.
fn write_scaled(buffer: &mut String, value: i64, scale: u8) {
    let one = 10_u64.saturating_pow(u32::from(scale));
    let size = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let _ = write!(buffer, "{sign}{}", size / one);
    if scale > 0 {
        let _ = write!(buffer, ".{:0width$}", size % one, width = usize::from(scale));
    }
}
