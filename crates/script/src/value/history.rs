//! Histories: the rows of the same entity, in order.

use std::sync::Arc;

use goalpost_core::expr::{Expr, Relation};

use super::weight::Weight;

/// The rows of the same entity; a function of them is chosen next.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// The rows that take part.
    pub(crate) relation: Arc<Relation>,
    /// The entity.
    pub(crate) key: Expr,
    /// The order.
    pub(crate) order: Option<Expr>,
    /// The size of all of it.
    pub(crate) weight: Weight,
}
