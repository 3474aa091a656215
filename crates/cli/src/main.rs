//! The `goalpost` program.

mod args;
mod clock;
mod command_line;
mod diagnostics;
mod escape;
mod format;
mod output;
mod render;
mod settings;

fn main() {}
