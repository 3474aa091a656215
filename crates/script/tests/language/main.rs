//! The language as scripts meet it: what loads, what it becomes, and what is
//! said of what does not load. One binary, a module per topic.

#![expect(clippy::panic, reason = "a test that meets something else than it expects fails")]

mod catalogue;
mod close_rate;
mod declarations;
mod functions;
mod hardest;
mod layers;
mod loading;
mod plan;
mod robustness;
mod sandbox;
mod surface;
mod traps;
mod wrong;
