//! Goals, and how values become a gate.
//!
//! - `goal`: what a metric should reach, where and when that is judged.
//! - `policies`: what its verdicts mean for the gate.
//! - `verdict`: kinds of verdicts, what they mean for the gate, and exit codes.
//! - `baseline`: what an earlier run said, and what got worse.
//! - `review`: how SMART a goal is.

pub mod baseline;
pub mod goal;
pub mod policies;
pub mod review;
pub mod verdict;

#[cfg(test)]
mod tests;
