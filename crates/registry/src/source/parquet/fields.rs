//! The columns of a Parquet file: plain ones, and the members of structs by their
//! path (`customer.region`), as those of JSON objects.
//!
//! Some writers keep texts as plain bytes. Such a column is text where its first
//! values are; a later one that is not is a cell that cannot be read.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::{cast, is_null, nullif};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use goalpost_core::schema::ColumnType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

/// Values of bytes that are looked at.
const LOOKED: usize = 1_000;
/// How deep structs are looked into.
const DEPTH: usize = 16;

/// A column.
#[derive(Clone, Debug)]
pub(in crate::source) struct Field {
    /// Its name, or the path to it.
    pub(in crate::source) header: String,
    /// Its Arrow type.
    pub(in crate::source) ty: DataType,
    /// The type that it has by nature.
    pub(in crate::source) natural: ColumnType,
    /// The field of the file that holds it, and the place in each struct below.
    pub(super) root: usize,
    path: Vec<usize>,
}

/// The columns that can be used, and the others: their names or paths, and types.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) usable: Vec<Field>,
    pub(super) unusable: Vec<(String, String)>,
}

/// The columns of a file.
pub(super) fn of(input: &File, metadata: &ArrowReaderMetadata) -> Fields {
    let mut found = Fields::default();
    for (root, field) in metadata.schema().fields().iter().enumerate() {
        add(&mut found, field, field.name(), root, &[]);
    }
    let Fields { usable, mut unusable } = found;
    let is_usable = |field: &Field| !is_bytes(&field.ty) || are_texts(input, metadata, field);
    let (usable, bytes): (Vec<_>, Vec<_>) = usable.into_iter().partition(is_usable);
    unusable.extend(bytes.into_iter().map(|field| (field.header, "bytes that are no text".to_owned())));
    Fields { usable, unusable }
}

fn add(found: &mut Fields, field: &FieldRef, header: &str, root: usize, path: &[usize]) {
    if let DataType::Struct(members) = field.data_type() {
        for (place, member) in members.iter().enumerate().filter(|_| path.len() < DEPTH) {
            let path: Vec<usize> = path.iter().copied().chain([place]).collect();
            add(found, member, &format!("{header}.{}", member.name()), root, &path);
        }
    } else if let Some(natural) = natural_type(field.data_type()) {
        let (header, ty) = (header.to_owned(), field.data_type().clone());
        found.usable.push(Field { header, ty, natural, root, path: path.to_vec() });
    } else {
        found.unusable.push((header.to_owned(), called(field.data_type())));
    }
}

/// What a type that cannot be used is called.
fn called(ty: &DataType) -> String {
    match ty {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("lists of {}", called(item.data_type())),
        DataType::Map(..) => "maps".to_owned(),
        DataType::Struct(_) => "objects".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "times of day".to_owned(),
        DataType::Duration(_) | DataType::Interval(_) => "lengths of time".to_owned(),
        other => other.to_string(),
    }
}

/// The type that values have by nature; `None` for lists and others that cannot be used.
fn natural_type(ty: &DataType) -> Option<ColumnType> {
    Some(match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnType::Text,
        ty if is_bytes(ty) => ColumnType::Text,
        DataType::Dictionary(_, value) => return natural_type(value),
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => ColumnType::Integer,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            ColumnType::Decimal(ColumnType::DECIMAL_SCALE)
        }
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => match u8::try_from(*scale).ok()? {
            0 => ColumnType::Integer,
            scale => ColumnType::Decimal(scale.min(ColumnType::MOST_DECIMALS)),
        },
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Timestamp(_, _) => ColumnType::DateTime,
        _ => return None,
    })
}

/// Whether values are plain bytes.
pub(super) fn is_bytes(ty: &DataType) -> bool {
    match ty {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            true
        }
        DataType::Dictionary(_, value) => is_bytes(value),
        _ => false,
    }
}

/// Whether most of the first values of a column of bytes are texts: one that is
/// damaged is a cell that cannot be read, and its column is there. What cannot be
/// read at all is taken for texts, so that it is reported when the column is wanted.
fn are_texts(input: &File, metadata: &ArrowReaderMetadata, field: &Field) -> bool {
    let batch = || {
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(input.try_clone().ok()?, metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), [field.root]);
        builder.with_projection(mask).with_limit(LOOKED).build().ok()?.next()?.ok()
    };
    let Some(values) = batch().and_then(|batch| field.values(batch.column(0)).ok()) else { return true };
    let Ok(values) = cast(&values, &DataType::LargeBinary) else { return false };
    let texts = |bytes: &[u8], is_strange: fn(char) -> bool| {
        std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(is_strange))
    };
    let values = || values.as_binary::<i64>().iter().flatten();
    // Bytes of other kinds are valid by accident, but then hardly without control characters.
    let plain = values().filter(|bytes| texts(bytes, char::is_control)).count();
    values().all(|bytes| texts(bytes, |c| c == '\0')) || plain > values().count() / 2
}

impl Field {
    /// Its values in those of the field of the file that holds it.
    pub(super) fn values(&self, root: &ArrayRef) -> Result<ArrayRef, datafusion::arrow::error::ArrowError> {
        let mut values = Arc::clone(root);
        for place in &self.path {
            let Some(members) = values.as_struct_opt() else { return Ok(values) };
            let member = members.column(*place);
            // What is inside of nothing is nothing.
            values = match members.null_count() {
                0 => Arc::clone(member),
                _ => nullif(member, &is_null(members)?)?,
            };
        }
        Ok(values)
    }
}
