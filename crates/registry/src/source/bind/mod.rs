//! Binding: which header is which column, and by which rules its cells are read.
//!
//! `naming` compares headers and makes names of them, `preset` finds the columns
//! of a known CRM, `columns` puts both and the config together, `feed` says which
//! headers some columns need, `select` which rows count.

pub(super) mod columns;
pub(super) mod feed;
pub(super) mod naming;
pub(super) mod preset;
pub(super) mod select;
