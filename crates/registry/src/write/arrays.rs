//! Values as arrays of Arrow, for Parquet.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use goalpost_core::name::ColumnName;
use goalpost_core::schema::ColumnType;

use super::values::Values;

/// The schema of a file with these columns.
pub(super) fn arrow_schema(columns: &[(ColumnName, ColumnType)]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, ty)| {
            let ty = match *ty {
                ColumnType::Text => DataType::Utf8,
                ColumnType::Bool => DataType::Boolean,
                ColumnType::Integer | ColumnType::Duration => DataType::Int64,
                ColumnType::Decimal(scale) | ColumnType::Money(scale) => decimal(scale),
                ColumnType::Date => DataType::Date32,
                ColumnType::DateTime => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            };
            Field::new(name.as_str(), ty, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// 18 digits, which every reader of such files knows.
fn decimal(scale: u8) -> DataType {
    DataType::Decimal128(18, i8::try_from(scale).unwrap_or(i8::MAX))
}

/// The values of a column.
pub(super) fn array(values: &Values, ty: ColumnType) -> Result<ArrayRef, ArrowError> {
    Ok(match values {
        Values::Text(values) => Arc::new(values.iter().collect::<StringArray>()),
        Values::Bool(values) => Arc::new(values.iter().copied().collect::<BooleanArray>()),
        Values::Integer(values) => Arc::new(values.iter().copied().collect::<Int64Array>()),
        Values::Scaled(values) => {
            let (ColumnType::Decimal(scale) | ColumnType::Money(scale)) = ty else {
                return Ok(Arc::new(values.iter().copied().collect::<Int64Array>()));
            };
            let wide = values.iter().map(|value| value.map(i128::from)).collect::<Decimal128Array>();
            Arc::new(wide.with_data_type(decimal(scale)))
        }
        Values::Date(values) => Arc::new(values.iter().copied().collect::<Date32Array>()),
        Values::DateTime(values) => {
            let moments = values.iter().copied().collect::<TimestampMicrosecondArray>();
            Arc::new(moments.with_timezone("UTC"))
        }
    })
}
