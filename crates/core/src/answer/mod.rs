//! What a run says: values with the rows behind them, and what moved them.
//!
//! - `outcome`: a value, or the reason why there is none. `sample`: the rows behind it.
//! - `report`: what `run` and `check` say, as renderers draw it. `explanation`,
//!   `listing`, `inventory`: the same of `explain`, `explain --rows` and `list tables`.
//! - `decomposition`: a change split among its causes.
//! - `statistics`, `comparison`: a before against an after.

pub mod comparison;
pub mod decomposition;
pub mod explanation;
pub mod inventory;
pub mod listing;
pub mod outcome;
pub mod report;
pub mod sample;
pub mod statistics;
