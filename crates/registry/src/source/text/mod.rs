//! Reading text: from the bytes of a file to rows of cells.
//!
//! `bytes` unpacks and decodes, `csv` and `json` find the cells, `object` those of
//! one object of JSON, `reader` is either of them with what can be wrong, `split` cuts large files for several
//! threads. What a cell means is `cell`'s.

pub(super) mod bytes;
pub(super) mod csv;
pub(super) mod json;
mod object;
pub(super) mod reader;
pub(super) mod split;
