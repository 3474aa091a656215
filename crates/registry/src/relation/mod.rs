//! Relations: what is known of rows and their columns before any is read.
//!
//! [`shape`] knows the columns of a source, [`typed`] gives expressions over them
//! their types, [`owner`] says whose columns an expression looks at, [`window`] how
//! its rows lie in a window. Whatever checks, plans, lowers
//! or runs a formula stands on these.

pub(crate) mod owner;
pub(crate) mod shape;
pub(crate) mod typed;
pub(crate) mod window;
