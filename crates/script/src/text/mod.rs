//! Scripts as text: what is done to a file before Rhai sees it.
//!
//! Rhai reads a text of its own making: [`rewrite`] turns the spellings that
//! analysts use (`not`, `&&`, `null`, single quotes, reserved words as column
//! names) into Rhai's, and remembers where every character came from. Nothing
//! here evaluates anything.

pub(crate) mod comments;
pub(crate) mod rewrite;
pub(crate) mod statements;
pub(crate) mod tokens;
