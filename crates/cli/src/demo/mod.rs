//! `goalpost demo`: a complete project with invented data, to try things on.
//!
//! Everything follows from the seed: the same options give the same bytes on
//! every machine. Each row is a function of its number, so that nothing is
//! kept in memory and the tables, written two at a time, still agree with one
//! another. Nothing here computes a metric.
//!
//! In reading order:
//!
//! 1. [`options`]: what is asked for, and what was written.
//! 2. `chance`, `timeline`, `names`, `company`: draws, days, and the company.
//! 3. `world`, `customer_key`, `deal`, `customer`, `book`: what the rows of different tables share.
//! 4. `dirt`, `chunks`, `tables`: the exports with their flaws.
//! 5. `template`: configuration, scripts and README around them.
//! 6. `write`: the folder.

mod book;
mod chance;
mod chunks;
mod company;
mod customer;
mod customer_key;
mod deal;
mod dirt;
mod names;
mod options;
mod tables;
mod template;
#[cfg(test)]
mod tests;
mod timeline;
mod world;
mod write;

pub(crate) use options::{DemoOptions, DemoSummary};
pub(crate) use write::write;
