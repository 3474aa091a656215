//! Where text goes: standard output, standard error, or a file.
//!
//! A file is written whole or not at all. A reader that stops reading (`| head`)
//! is no error and changes no exit code; any other failure is.

use std::fs::Permissions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use goalpost_core::diagnostic::{Code, Diagnostic};

/// Writes a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), Box<Diagnostic>> {
    if text.is_empty() {
        return Ok(());
    }
    let written = match crate::streams::output_was_closed() {
        true => Err(std::io::Error::other("standard output is closed")),
        false => {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
        }
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let message = format!("the result could not be written: {error}");
            Err(Box::new(Diagnostic::error(Code::WriteFailed, message)))
        }
        _ => Ok(()),
    }
}

/// Writes notices to standard error; if that fails there is nowhere left to say so.
pub(crate) fn notify(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a file by way of a temporary one beside it, so that nobody sees half of it.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    reserve(path)?.write(text)
}

/// A file that can be written: what usually keeps it from being written (its
/// folder is missing, or may not be written to) would have been found. So a
/// report can still say that another one could not be written.
#[derive(Debug)]
pub(crate) struct Reserved {
    /// The path as it was given.
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// To be replaced by a temporary file beside it.
    Replaced { target: PathBuf, file: tempfile::NamedTempFile, permissions: Option<Permissions> },
    /// A pipe or a device: it cannot be replaced by a file, and need not be.
    Open(PathBuf),
    /// To be added to.
    Appended(std::fs::File),
}

/// Makes sure that a file can be written, and does not touch it yet.
pub(crate) fn reserve(path: &Path) -> Result<Reserved, Box<Diagnostic>> {
    let failed = |error: std::io::Error| not_written(path, &error);
    // A link is followed, not replaced.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = std::fs::metadata(&target).ok();
    if let Some(found) = existing.as_ref().filter(|found| !found.is_file()) {
        if found.is_dir() {
            // Opening it says why not, in the system's words.
            std::fs::File::options().write(true).open(&target).map_err(failed)?;
        }
        return Ok(Reserved { path: path.to_owned(), place: Place::Open(target) });
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".goalpost-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file: readable and writable as far as the umask allows.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder).map_err(failed)?;
    let permissions = existing.map(|existing| existing.permissions());
    Ok(Reserved { path: path.to_owned(), place: Place::Replaced { target, file, permissions } })
}

/// Makes sure that a file can be added to.
pub(crate) fn reserve_end(path: &Path) -> Result<Reserved, Box<Diagnostic>> {
    let file = std::fs::File::options().append(true).create(true).open(path);
    let file = file.map_err(|error| not_written(path, &error))?;
    Ok(Reserved { path: path.to_owned(), place: Place::Appended(file) })
}

impl Reserved {
    /// Writes it, whole or not at all.
    pub(crate) fn write(self, text: &str) -> Result<(), Box<Diagnostic>> {
        let path = self.path;
        let written = match self.place {
            Place::Open(target) => std::fs::write(target, text),
            Place::Appended(mut file) => file.write_all(text.as_bytes()),
            Place::Replaced { target, mut file, permissions } => file
                .write_all(text.as_bytes())
                .and_then(|()| permissions.map_or(Ok(()), |found| file.as_file().set_permissions(found)))
                .and_then(|()| file.as_file().sync_all())
                .and_then(|()| file.persist(target).map(drop).map_err(|error| error.error)),
        };
        written.map_err(|error| not_written(&path, &error))
    }
}

fn not_written(path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    // Without the name of the temporary file, which nobody has asked for.
    let (kind, error) = (error.kind(), error.to_string());
    let reason = error.split(" at path ").next().unwrap_or_default();
    let message = format!("`{}` could not be written: {reason}", path.display());
    let help = match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space there, or write it elsewhere"
        }
        _ => "check that its folder exists and can be written to",
    };
    Box::new(Diagnostic::error(Code::WriteFailed, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.json");
        write_file(&path, "first, longer").expect("written");
        write_file(&path, "second").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "second");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn what_is_only_reserved_leaves_the_file_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.json");
        write_file(&path, "first").expect("written");
        drop(reserve(&path).expect("can be written"));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "first");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
        reserve_end(&path).expect("can be added to").write(", second").expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "first, second");
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in [folder.path().to_owned(), folder.path().join("no/such/folder/out.json")] {
            let error = write_file(&path, "x").expect_err("cannot be written");
            assert_eq!(error.code, Code::WriteFailed);
        }
    }
}
