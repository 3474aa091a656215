//! The Rhai host: from `metrics.d/*.rhai` to definitions.
//!
//! [`load`] takes the texts of all layers and gives back what they declare,
//! as plans of `goalpost-core`, together with every problem found. It is the
//! only crate that knows Rhai. It reads files only in [`read_folder`], never
//! prints, knows no engine for data, and gives scripts no file, network,
//! environment or clock.
//!
//! In reading order:
//!
//! 1. [`layers`]: the texts, from folders and from inside the program.
//! 2. `text`, `file`: what is done to a text before Rhai sees it.
//! 3. `load`, `engine`, `limits`, `import`: running it, statement by statement.
//! 4. `value`, `surface`: the values of the language and what can be done with them.
//! 5. `declare`, `function`: metrics, goals, parameters, tests.
//! 6. `errors`, `hints`, `names`: what goes wrong, as diagnostics.

mod declare;
mod engine;
mod errors;
mod file;
mod function;
mod hints;
mod host;
mod import;
mod judgement;
pub mod layers;
mod limits;
mod load;
mod names;
mod surface;
mod text;
mod value;

pub use layers::{built_in, read_folder};
pub use limits::Limits;
pub use load::{Scripts, load};
