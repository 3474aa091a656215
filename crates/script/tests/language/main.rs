//! The language as scripts meet it: what loads, what it becomes, and what is
//! said of what does not load. One binary, a module per topic.

mod close_rate;
mod functions;
mod hardest;
mod loading;
mod plan;
mod sandbox;
mod surface;
mod wrong;
