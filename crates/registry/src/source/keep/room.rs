//! How much of a load may stay in memory, and the temporary folder for the rest.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use goalpost_core::diagnostic::{Code, Diagnostic};
use tempfile::TempDir;

use crate::progress::Progress;

/// What all parts of a load share: how much may stay in memory, a folder for
/// what may not, which is made when it is first needed, and who is told of it.
#[derive(Debug)]
pub(in crate::source) struct Room {
    limit: usize,
    used: AtomicUsize,
    parent: Option<PathBuf>,
    folder: Mutex<Option<Arc<TempDir>>>,
    progress: Arc<Progress>,
}

impl Room {
    /// So many bytes in memory, and a folder below this one or the system's.
    pub(in crate::source) fn new(limit: usize, parent: Option<PathBuf>, progress: Arc<Progress>) -> Self {
        Self { limit, used: AtomicUsize::new(0), parent, folder: Mutex::new(None), progress }
    }

    /// Who is told how much was read.
    pub(in crate::source) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The folder, if it was needed; what is in it goes when the last holder drops it.
    pub(in crate::source) fn folder(&self) -> Option<Arc<TempDir>> {
        self.folder.lock().ok()?.clone()
    }

    /// The folder, made if it is not there yet.
    pub(super) fn make_folder(&self) -> io::Result<Arc<TempDir>> {
        let mut folder = self.folder.lock().map_err(|_| io::Error::other("another thread failed"))?;
        if let Some(made) = &*folder {
            return Ok(Arc::clone(made));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix("goalpost-");
        let made = match &self.parent {
            Some(parent) => std::fs::create_dir_all(parent).and_then(|()| builder.tempdir_in(parent))?,
            None => builder.tempdir()?,
        };
        Ok(Arc::clone(folder.insert(Arc::new(made))))
    }

    /// An error of putting rows aside: where, how much was in memory by then, and why not.
    pub(super) fn not_put_aside(&self, reason: &dyn std::fmt::Display) -> Diagnostic {
        let folder = self.parent.clone().unwrap_or_else(std::env::temp_dir);
        let held = self.used.load(Ordering::Relaxed).max(self.limit);
        let reason = format!("{reason}, with {} in memory", size(held));
        not_put_aside(&folder.display().to_string(), &reason)
    }

    /// Takes so many bytes of memory, whether they fit or not.
    pub(super) fn take(&self, bytes: usize) -> Spending {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limit { Spending::Beyond } else { Spending::Within }
    }

    /// Gives so many bytes back.
    pub(super) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Whether something fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spending {
    /// It does.
    Within,
    /// It does not: something has to go to the folder.
    Beyond,
}

/// What is said when a folder does not take what memory has no room for.
pub(crate) fn not_put_aside(folder: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(
        Code::SpillFailed,
        format!("data that does not fit into memory cannot be put aside in `{folder}`: {reason}"),
    )
    .help("free some space there, let TMPDIR name a folder with more, or raise `--memory-limit`")
}

/// Bytes in the units that `--memory-limit` takes.
fn size(bytes: usize) -> String {
    match bytes {
        0..0x10_0000 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}
