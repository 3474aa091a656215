//! The registry: from definitions and data to values and verdicts.
//!
//! It owns the catalogue (which definition counts, whether the project can
//! compute it), the sources (reading exports into typed tables), fusion (every
//! distinct aggregate once, one scan for all), and the lowering to DataFusion,
//! which no other crate names. It knows no scripting language and prints nothing.
//!
//! In reading order: [`progress`], [`source`], [`catalogue`], `plan`, `engine`, `lower`, and the
//! questions [`run`], [`check`] (with `cause`), [`compare`], [`lint`], [`review`],
//! [`explain`], [`inspect`], [`rows`], [`case`]; [`mod@write`] writes the tables of `goalpost demo`.

pub mod case;
pub mod catalogue;
mod cause;
pub mod check;
pub mod compare;
pub mod engine;
pub mod explain;
pub mod inspect;
pub mod lint;
mod lower;
mod plan;
mod privacy;
pub mod progress;
mod project;
mod query;
mod question;
mod relation;
pub mod review;
pub mod rows;
pub mod run;
mod scan;
pub mod source;
pub mod write;

pub use engine::{DynamicFilters, EngineOptions, Fusion, Grouping, Percentiles, Planning, Rules};
pub use project::Project;
pub use question::Bench;
