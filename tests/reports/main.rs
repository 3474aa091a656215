//! What other programs make of the reports of a check, and whether the files
//! for CI servers work: the program is run as a CI job runs it, on a project
//! whose names and texts try to be more than text, and its reports are read
//! by readers of their formats.

mod ci;
mod decoders;
mod formats;
mod incomplete;
mod project;
#[cfg(target_os = "linux")]
mod streams;
