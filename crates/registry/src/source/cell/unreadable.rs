//! Marks of cells that could not be read.
//!
//! A cell that could not be read is null, and so is a blank one; what a row means
//! is known of the second only. So beside each column that was converted lies one
//! that is true where a cell could not be read. No script can name it.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{DataType, Field};
use goalpost_core::name::ColumnName;

/// The name of the column that marks the unreadable cells of a column.
pub(crate) fn mark(column: &ColumnName) -> ColumnName {
    ColumnName::from(format!("{column}#unreadable"))
}

/// Its field.
pub(in crate::source) fn field(column: &ColumnName) -> Field {
    Field::new(mark(column).as_str(), DataType::Boolean, true)
}

/// So many marks, set at these places.
pub(in crate::source) fn marks(length: usize, set: &[usize]) -> ArrayRef {
    if set.is_empty() {
        return Arc::new(BooleanArray::new(BooleanBuffer::new_unset(length), None));
    }
    let mut marks = vec![false; length];
    for place in set {
        if let Some(mark) = marks.get_mut(*place) {
            *mark = true;
        }
    }
    Arc::new(BooleanArray::from(marks))
}
