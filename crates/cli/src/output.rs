//! Where text goes: standard output, standard error, or a file.
//!
//! A file is written whole or not at all. A reader that stops reading (`| head`)
//! is no error and changes no exit code; any other failure is.

use std::io::{ErrorKind, Write};
use std::path::Path;

use goalpost_core::diagnostic::{Code, Diagnostic};

/// Writes a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), Box<Diagnostic>> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
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
    let failed = |error: std::io::Error| {
        // Without the name of the temporary file, which nobody has asked for.
        let error = error.to_string();
        let reason = error.split(" at path ").next().unwrap_or_default();
        let message = format!("`{}` could not be written: {reason}", path.display());
        let help = "check that its folder exists and can be written to";
        Box::new(Diagnostic::error(Code::WriteFailed, message).help(help))
    };
    // A link is followed, not replaced.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = std::fs::metadata(&target).ok();
    // A pipe or a device cannot be replaced by a file, and need not be.
    if existing.as_ref().is_some_and(|found| !found.is_file()) {
        return std::fs::write(&target, text).map_err(failed);
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
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions()).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
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
    fn what_cannot_be_written_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in [folder.path().to_owned(), folder.path().join("no/such/folder/out.json")] {
            let error = write_file(&path, "x").expect_err("cannot be written");
            assert_eq!(error.code, Code::WriteFailed);
        }
    }
}
