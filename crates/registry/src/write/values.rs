//! Values of a column, as they are handed over to be written.

use std::fmt::{self, Write as _};

use goalpost_core::schema::ColumnType;

/// The values of one column in one chunk; `None` is null.
#[derive(Clone, Debug)]
pub enum Values {
    /// For [`ColumnType::Text`].
    Text(TextValues),
    /// For [`ColumnType::Bool`].
    Bool(Vec<Option<bool>>),
    /// For [`ColumnType::Integer`]; and microseconds for [`ColumnType::Duration`].
    Integer(Vec<Option<i64>>),
    /// For [`ColumnType::Decimal`] and [`ColumnType::Money`]: units of the last decimal.
    Scaled(Vec<Option<i64>>),
    /// For [`ColumnType::Date`]: days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// For [`ColumnType::DateTime`]: microseconds since 1970-01-01T00:00:00Z.
    DateTime(Vec<Option<i64>>),
}

impl Values {
    /// No values yet, of the kind that a column of this type takes.
    pub fn empty(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Text => Self::Text(TextValues::default()),
            ColumnType::Bool => Self::Bool(Vec::new()),
            ColumnType::Integer => Self::Integer(Vec::new()),
            ColumnType::Decimal(_) | ColumnType::Money(_) => Self::Scaled(Vec::new()),
            ColumnType::Date => Self::Date(Vec::new()),
            ColumnType::DateTime => Self::DateTime(Vec::new()),
            ColumnType::Duration => Self::Integer(Vec::new()),
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.cells.len(),
            Self::Bool(values) => values.len(),
            Self::Integer(values) | Self::Scaled(values) | Self::DateTime(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the values and keeps their memory.
    pub fn clear(&mut self) {
        match self {
            Self::Text(values) => {
                values.text.clear();
                values.cells.clear();
            }
            Self::Bool(values) => values.clear(),
            Self::Integer(values) | Self::Scaled(values) | Self::DateTime(values) => values.clear(),
            Self::Date(values) => values.clear(),
        }
    }

    pub(super) fn fits(&self, ty: ColumnType) -> bool {
        matches!(
            (self, ty),
            (Self::Text(_), ColumnType::Text)
                | (Self::Bool(_), ColumnType::Bool)
                | (Self::Integer(_), ColumnType::Integer | ColumnType::Duration)
                | (Self::Scaled(_), ColumnType::Decimal(_) | ColumnType::Money(_))
                | (Self::Date(_), ColumnType::Date)
                | (Self::DateTime(_), ColumnType::DateTime)
        )
    }
}

/// Texts side by side in one buffer, so that a cell costs no allocation.
#[derive(Clone, Debug, Default)]
pub struct TextValues {
    text: String,
    cells: Vec<Option<std::ops::Range<usize>>>,
}

impl TextValues {
    /// Adds a text, or null.
    pub fn push(&mut self, text: Option<&str>) {
        let start = self.text.len();
        self.text.push_str(text.unwrap_or_default());
        self.cells.push(text.map(|_| start..self.text.len()));
    }

    /// Adds a text that is still to be put together.
    pub fn push_format(&mut self, text: fmt::Arguments<'_>) {
        let start = self.text.len();
        // Writing to a `String` does not fail; a failing `Display` leaves what it wrote.
        let _ = self.text.write_fmt(text);
        self.cells.push(Some(start..self.text.len()));
    }

    /// The texts in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.cells.iter().map(|cell| cell.clone().and_then(|range| self.text.get(range)))
    }

    pub(super) fn get(&self, row: usize) -> Option<&str> {
        self.cells.get(row).cloned().flatten().and_then(|range| self.text.get(range))
    }
}
