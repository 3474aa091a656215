//! What every plan is built from: columns, literals, exact arithmetic.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Column, DataFusionError, Result, ScalarValue};
use datafusion::functions::expr_fn as functions;
use datafusion::logical_expr::{Expr as Df, cast, lit, when};
use goalpost_core::Decimal;
use goalpost_core::row_type::RowType;
use goalpost_core::schema::ColumnType;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// A column of prepared rows.
pub(crate) fn column(name: &str) -> Df {
    Df::Column(Column::new_unqualified(name))
}

/// An error that nothing a user does should lead to.
pub(crate) fn defect(what: impl Into<String>) -> DataFusionError {
    DataFusionError::Internal(what.into())
}

/// A moment as a literal of a datetime column.
pub(crate) fn instant(moment: DateTime<Utc>) -> Df {
    lit(ScalarValue::TimestampMicrosecond(Some(moment.timestamp_micros()), Some("UTC".into())))
}

/// A day as a literal of a date column.
pub(crate) fn day_literal(day: NaiveDate) -> Df {
    lit(ScalarValue::Date32(Some(day.num_days_from_ce() - EPOCH_FROM_CE)))
}

/// Days from the common era's first day to 1970-01-01.
pub(crate) const EPOCH_FROM_CE: i32 = 719_163;

/// An exact number as a literal.
pub(super) fn number(value: Decimal) -> Df {
    let value = value.normalize();
    let digits = value.mantissa().unsigned_abs().checked_ilog10().unwrap_or(0) as u8 + 1;
    let scale = value.scale() as u8;
    lit(ScalarValue::Decimal128(Some(value.mantissa()), digits.max(scale), scale as i8))
}

/// A value in a type whose sums and products do not wrap.
pub(crate) fn exact(value: Df, ty: RowType) -> Df {
    match ty {
        RowType::Integer | RowType::Duration => cast(value, DataType::Decimal128(20, 0)),
        _ => value,
    }
}

/// A quotient with 14 decimals, null where the divisor is 0. All decimals that
/// columns keep count, so it is computed in numbers of 76 digits.
pub(crate) fn quotient(dividend: Df, divisor: Df) -> Df {
    const MOST: i8 = ColumnType::MOST_DECIMALS as i8;
    let divisor_type = DataType::Decimal256(66, MOST + 2);
    let divisor = functions::nullif(cast(divisor, divisor_type.clone()), cast(lit(0_i64), divisor_type));
    cast(cast(dividend, DataType::Decimal256(66, MOST)) / divisor, DataType::Decimal128(38, MOST + 2))
}

/// The moment of an exact number of microseconds from 1970; null where the
/// calendar of the engine ends, some 260,000 years from here.
pub(super) fn moment_of(micros: Df) -> Result<Df> {
    const END: i64 = 260_000 * 365 * DAY;
    when(micros.clone().between(lit(-END), lit(END)), cast(cast(micros, DataType::Int64), utc())).end()
}

/// The type of moments.
pub(super) fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// An aggregate of the rows for which a filter holds. The engine's own builder
/// would take `distinct` and the order away from it.
pub(super) fn filtered(aggregate: Df, filter: Df) -> Result<Df> {
    match aggregate {
        Df::AggregateFunction(mut function) => {
            function.params.filter = Some(Box::new(filter));
            Ok(Df::AggregateFunction(function))
        }
        _ => Err(defect("a filter on what is no aggregate")),
    }
}
