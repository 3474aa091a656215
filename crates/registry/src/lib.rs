//! The registry: from definitions and data to values and verdicts.
//!
//! It owns the catalogue (which definition counts, whether the project can
//! compute it), the sources (reading exports into typed tables), fusion (every
//! distinct aggregate once, one scan for all), and the lowering to DataFusion,
//! which no other crate names. It knows no scripting language and prints nothing.
//!
//! In reading order: [`source`], [`catalogue`], `plan`, `engine`, `lower`, and the
//! questions [`run`], [`check`], [`explain`], [`case`].

pub mod case;
pub mod catalogue;
pub mod check;
pub mod engine;
pub mod explain;
mod lower;
mod plan;
mod project;
mod question;
pub mod run;
pub mod sink;
pub mod source;

pub use engine::{EngineOptions, Fusion};
pub use project::Project;
pub use question::Bench;
