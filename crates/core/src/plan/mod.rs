//! Symbolic values: what a script yields in place of a number.
//!
//! - `expr`: values per row, and which rows. `row_type`: their types.
//! - `measure`: values per period, which aggregate rows and combine aggregates.
//! - `formula`: a plan as text. `rewrite`: a copy in which something stands in another's place.

pub mod expr;
pub mod formula;
pub mod measure;
pub mod rewrite;
pub mod row_type;
