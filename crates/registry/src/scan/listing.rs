//! Listings: which rows are shown themselves, instead of aggregates of them.

use goalpost_core::calendar::Window;
use goalpost_core::expr::{Expr, RelationSource};

/// Which rows are listed, and what of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) source: RelationSource,
    /// Rows at or after as-of on this axis are invisible.
    pub(crate) axis: Option<Expr>,
    /// What `period` stands for.
    pub(crate) window: Window,
    /// What is shown of a row, in the order by which rows are sorted.
    pub(crate) columns: Vec<Expr>,
    /// What a row adds.
    pub(crate) value: RowValue,
    /// Only rows with these values, as text.
    pub(crate) segment: Vec<(Expr, Option<String>)>,
    /// The kinds of rows: conditions that all must hold. A row is of the first
    /// kind whose conditions it meets, and left away where it meets none.
    pub(crate) classes: Vec<Vec<Expr>>,
    /// Rows shown of each kind.
    pub(crate) limit: usize,
}

/// What a row adds to an aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowValue {
    /// Itself.
    One,
    /// One where the condition holds.
    Truth(Expr),
    /// A value.
    Of(Expr),
}
