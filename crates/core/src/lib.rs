//! The words of Goalpost as types, and the rules that need nothing but values.
//!
//! This crate is the bottom of the workspace: scripts are turned into these
//! types by `goalpost-script`, computed by `goalpost-registry`, and shown by the
//! `goalpost` binary. It does no input or output, knows no engine and no
//! scripting language, and never reads a clock.
//!
//! In reading order:
//!
//! 1. [`source`], [`diagnostic`]: where something was written, and what is wrong with it.
//! 2. [`name`], [`unit`], [`segment`], [`schema`], [`canonical`], [`preset`]: the vocabulary of data.
//! 3. [`calendar`]: grains, periods, windows, moments.
//! 4. [`config`]: `goalpost.toml`, read and validated.
//! 5. [`expr`], [`row_type`], [`measure`], [`formula`], [`rewrite`]: symbolic values per row and per period.
//! 6. [`definition`], [`documentation`], [`goal`], [`case`]: what scripts declare.
//! 7. [`number`], [`sample`], [`outcome`], [`decomposition`], [`verdict`], [`report`], [`review`], [`baseline`]: what a run
//!    says, and what an earlier one said.
//! 8. [`statistics`], [`comparison`]: a before against an after.

pub mod baseline;
pub mod calendar;
pub mod canonical;
pub mod case;
pub mod comparison;
pub mod config;
pub mod decomposition;
pub mod definition;
pub mod diagnostic;
pub mod documentation;
pub mod expr;
pub mod formula;
pub mod goal;
pub mod measure;
pub mod name;
pub mod number;
pub mod outcome;
pub mod preset;
pub mod report;
pub mod review;
pub mod rewrite;
pub mod row_type;
pub mod sample;
pub mod schema;
pub mod segment;
pub mod source;
pub mod statistics;
pub mod unit;
pub mod verdict;

pub use rust_decimal::Decimal;
