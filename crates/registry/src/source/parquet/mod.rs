//! Parquet: scanned in place where its columns already fit, converted otherwise.
//!
//! What fits costs nothing before the query; what does not (floats for money,
//! texts for dates, value maps) is read once and typed by the rules of `cell`.

pub(super) mod again;
mod damage;
mod fields;
mod fit;
mod ingest;
mod open;
mod times;
mod words;

pub(super) use fit::{InPlace, in_place};
pub(super) use ingest::{Arrived, Origin, groups, ingest, row_groups};
pub(super) use open::{Contents, open, sample_texts};
