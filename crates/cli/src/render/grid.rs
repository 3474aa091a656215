//! Rows and columns, before anything is drawn: `table` draws them for a terminal,
//! `markdown` for a page.

/// Rows under a header, with notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The header.
    pub(crate) columns: Vec<Column>,
    /// Cells, as many per row as there are columns.
    pub(crate) rows: Vec<Vec<String>>,
    /// Lines to read below.
    pub(crate) notes: Vec<String>,
}

/// A column's title and how its cells are set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The title.
    pub(crate) title: String,
    /// Where its cells stand.
    pub(crate) align: Align,
}

/// Where text stands in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

impl Column {
    /// A column of texts.
    pub(crate) fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left }
    }

    /// A column of numbers.
    pub(crate) fn right(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right }
    }
}
