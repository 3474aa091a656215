//! How much of a load may stay in memory, and the temporary folder for the rest.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

/// What all parts of a load share: how much may stay in memory, and a folder
/// for what may not, which is made when it is first needed.
#[derive(Debug)]
pub(in crate::source) struct Room {
    limit: usize,
    used: AtomicUsize,
    parent: Option<PathBuf>,
    folder: Mutex<Option<Arc<TempDir>>>,
}

impl Room {
    /// So many bytes in memory, and a folder below this one or the system's.
    pub(in crate::source) fn new(limit: usize, parent: Option<PathBuf>) -> Self {
        Self { limit, used: AtomicUsize::new(0), parent, folder: Mutex::new(None) }
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
