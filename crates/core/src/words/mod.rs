//! The words that everything else is said in: names, numbers, units, segments, time.
//!
//! - `name`: names that cannot be mixed up. `number`: exact fractions.
//! - `unit`: how a number is to be read. `segment`: values of dimensions as text.
//! - `calendar`: grains, periods, windows, moments. `white`: what is around texts and none of them.

pub mod calendar;
pub mod name;
pub mod number;
pub mod segment;
pub mod unit;
pub mod white;
