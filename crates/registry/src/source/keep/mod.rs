//! Keeping: where rows stay between reading and computing.
//!
//! `room` is how much memory there is and the folder for the rest, `batches` the
//! rows of a table in their order, `scan` files as DataFusion reads them.

pub(super) mod batches;
pub(super) mod room;
pub(super) mod scan;
