//! The words of Goalpost as types, and the rules that need nothing but values.
//!
//! This crate is the bottom of the workspace: scripts are turned into these
//! types by `goalpost-script`, computed by `goalpost-registry`, and shown by the
//! `goalpost` binary. It does no input or output, knows no engine and no
//! scripting language, and never reads a clock.
//!
//! In reading order, by the folder that a module is in; each is reached by its own
//! name (`goalpost_core::goal`), whatever its folder:
//!
//! | folder | modules |
//! |---|---|
//! | | [`source`], [`diagnostic`]: where something was written, and what is wrong with it |
//! | `words` | [`name`], [`number`], [`unit`], [`segment`], [`calendar`], [`white`]: what everything else is said in |
//! | `data` | [`schema`], [`canonical`], [`preset`]: what tables there are, and what exports call them |
//! | `config` | [`config`]: `goalpost.toml`, read and validated |
//! | `plan` | [`expr`], [`row_type`], [`measure`], [`formula`], [`rewrite`]: symbolic values per row and per period |
//! | `declare` | [`layer`], [`definition`], [`documentation`], [`case`]: what scripts declare |
//! | `answer` | [`outcome`], [`sample`], [`report`], [`explanation`], [`listing`], [`inventory`], [`decomposition`], [`statistics`], [`comparison`]: what a run says |
//! | `gate` | [`policies`], [`goal`], [`verdict`], [`baseline`], [`review`]: how values become a gate |

mod answer;
pub mod config;
mod data;
mod declare;
pub mod diagnostic;
mod gate;
mod plan;
pub mod source;
mod words;

pub use answer::{
    comparison, decomposition, explanation, inventory, listing, outcome, report, sample, statistics,
};
pub use data::{canonical, preset, schema};
pub use declare::{case, definition, documentation, layer};
pub use gate::{baseline, goal, policies, review, verdict};
pub use plan::{expr, formula, measure, rewrite, row_type};
pub use words::{calendar, name, number, segment, unit, white};

pub use rust_decimal::Decimal;
