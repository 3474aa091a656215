//! What is said of Parquet files that cannot be read.

use std::fs::File;
use std::io::Read;

use goalpost_core::diagnostic::{Code, Diagnostic};

use crate::source::find::file::DataFile;

/// An error about a file that cannot be read.
pub(super) fn unreadable(file: &DataFile, error: &dyn std::error::Error) -> Diagnostic {
    let message = format!("`{}` cannot be read as Parquet: {error}", file.shown.name);
    let mut start = [0; 4];
    let begins = File::open(&file.path).and_then(|mut input| input.read_exact(&mut start));
    let help = match begins {
        Ok(()) if start != *b"PAR1" => {
            "it does not begin like a Parquet file: give it the ending of what it is, such as `.csv`"
        }
        _ => "it is damaged or cut short: get the file anew, or let the export write it again",
    };
    Diagnostic::error(Code::UnreadableFile, message).at(file.whole()).help(help)
}
