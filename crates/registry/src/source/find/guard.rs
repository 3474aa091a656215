//! Faults of readers, told as faults of the file.
//!
//! Readers of bytes come from libraries, and damaged bytes make some of them fail
//! in ways that are no error. Wherever one is called, it is called through here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use goalpost_core::diagnostic::{Code, Diagnostic};

use super::file::DataFile;

/// What a reader found; what it could not read in any way is an error of the file.
pub(in crate::source) fn guarded<T>(
    file: &DataFile,
    read: impl FnOnce() -> Result<T, Diagnostic>,
) -> Result<T, Diagnostic> {
    // Nothing of a reader's is used again after a panic.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(crashed(file)))
}

/// A file that makes its reader fail.
pub(in crate::source) fn crashed(file: &DataFile) -> Diagnostic {
    let message = format!("`{}` cannot be read: what is in it makes the reader fail", file.shown.name);
    Diagnostic::error(Code::UnreadableFile, message)
        .at(file.whole())
        .help("check whether the file is damaged; if it is not, please report this, with the file if you can")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use goalpost_core::config::FileKind;
    use goalpost_core::source::SourceFile;

    use super::*;

    #[test]
    fn a_fault_of_a_reader_is_one_of_the_file() {
        let file = DataFile {
            shown: SourceFile::new("data/deals.json", ""),
            path: PathBuf::from("data/deals.json"),
            kind: FileKind::Json,
            size: 0,
        };
        let found: Result<u8, Diagnostic> = guarded(&file, || Ok([1][file.shown.name.len()]));
        let problem = found.expect_err("a fault");
        assert_eq!(problem.code, Code::UnreadableFile);
        assert!(problem.message.starts_with("`data/deals.json` cannot be read"), "{}", problem.message);
        assert_eq!(guarded(&file, || Ok(1)).ok(), Some(1));
    }
}
