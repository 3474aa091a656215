//! Kept: what earlier runs have found out, so that it need not be found out again.
//!
//! A folder of bytes by key. What asks for something says *what* it asks (a digest
//! of a text) and *of which files*; the answer is that of an earlier run if both are
//! the same, and nothing otherwise. What the bytes mean is for those who ask.
//!
//! - [`digest`]: texts and files as 32 bytes.
//! - [`files`]: which content a file has, read only where its state does not show it.
//! - [`pack`]: how what a run keeps lies in a file, with checksums.
//! - [`folder`]: which packs there are, which are damaged, and which go first.
//!
//! A figure never depends on it: whatever cannot be read, verified or written is
//! computed as if it had never been kept.

mod asked;
mod digest;
mod files;
mod folder;
mod pack;

pub use asked::{Kept, KeptOptions, Status};
pub(crate) use digest::{Digest, Digester};
pub(crate) use files::Basis;
