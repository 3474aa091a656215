//! Files: which content each has, read only where its state does not show that it
//! is the one it was.
//!
//! The state is what the file system says: size, inode, and the times of the last
//! change of content and of anything else, in nanoseconds. A clock of a file system
//! has ticks, so a file that was changed a moment ago may change again and look the
//! same: only of a file that had rested for two seconds when it was looked at does
//! the state say anything later. The content of any other is read, before and after
//! what is computed of it.
//!
//! What is kept is found again by content, so that a file that was copied, moved or
//! checked out again is the same; only very large ones are known by their state.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::digest::{self, Digest, Digester};

/// How long a file has rested before its state speaks for its content, in nanoseconds.
const REST: i128 = 2_000_000_000;

/// Files larger than this are known by their state alone, in bytes: to read one takes
/// longer than to compute most of what is asked of it. Nobody keeps such files in Git,
/// where a fresh checkout changes every state.
const LARGE: u64 = 256 << 20;

/// What the file system says of a file. Times are in nanoseconds from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    size: u64,
    modified: i128,
    changed: i128,
    inode: u64,
    device: u64,
}

impl State {
    fn of(path: &Path) -> io::Result<Self> {
        let data = std::fs::metadata(path)?;
        Ok(Self::of_metadata(&data))
    }

    #[cfg(unix)]
    fn of_metadata(data: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let nanos = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            size: data.len(),
            modified: nanos(data.mtime(), data.mtime_nsec()),
            changed: nanos(data.ctime(), data.ctime_nsec()),
            inode: data.ino(),
            device: data.dev(),
        }
    }

    #[cfg(not(unix))]
    fn of_metadata(data: &std::fs::Metadata) -> Self {
        let nanos = |time: io::Result<std::time::SystemTime>| time.map_or(0, super::folder::nanos);
        let (modified, changed) = (nanos(data.modified()), nanos(data.created()));
        Self { size: data.len(), modified, changed, inode: 0, device: 0 }
    }

    /// Whether a later change would show, seen at a moment.
    fn has_rested(&self, at: i128) -> bool {
        self.modified.max(self.changed).saturating_add(REST) <= at
    }

    /// What is known under this state of a file.
    fn key(&self, path: &Path) -> Digest {
        let mut digester = Digester::new("file");
        // A file is the same under whatever path, where the file system numbers them.
        if self.inode == 0 {
            digester.part(path.as_os_str().as_encoded_bytes());
        }
        digester.printed(self);
        digester.finish()
    }
}

/// The files that something was found out from, by their places among those that
/// are watched, in the order that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Basis(Vec<usize>);

impl Basis {
    /// These files and others.
    pub(crate) fn and(&mut self, others: &Self) {
        self.0.extend(&others.0);
    }
}

/// A file that is watched from before it is first read.
struct Watched {
    path: PathBuf,
    state: Option<State>,
    /// Its content, where it is known.
    content: Option<Digest>,
    /// Whether the content was looked at because the state does not speak for it.
    is_fresh: bool,
}

/// What is known of a content without reading it: by state, and what to remember.
pub(super) trait Known {
    /// The content that a file had in a state.
    fn content(&self, key: &Digest) -> Option<Digest>;
    /// Remembers it.
    fn remember(&self, key: Digest, content: Digest);
}

/// The files that a run reads.
#[derive(Default)]
pub(super) struct Files {
    watched: Vec<Watched>,
    places: BTreeMap<PathBuf, usize>,
}

impl Files {
    /// Notes the state of files before any of them is read.
    pub(super) fn watch<'p>(&mut self, paths: impl Iterator<Item = &'p Path>, now: i128) -> Basis {
        let mut basis = Basis::default();
        for path in paths {
            if let Some(place) = self.places.get(path) {
                basis.0.push(*place);
                continue;
            }
            let state = State::of(path).ok();
            let is_fresh = state.is_some_and(|state| !state.has_rested(now));
            let content = if is_fresh { digest::of_file(path).ok() } else { None };
            self.places.insert(path.to_owned(), self.watched.len());
            basis.0.push(self.watched.len());
            self.watched.push(Watched { path: path.to_owned(), state, content, is_fresh });
        }
        basis
    }

    /// What stands for the contents of files; nothing where one cannot be read.
    pub(super) fn content(&mut self, basis: &Basis, known: &impl Known) -> Option<Digest> {
        let mut digester = Digester::new("contents");
        for place in &basis.0 {
            digester.digest(&self.watched.get_mut(*place)?.content(known)?);
        }
        Some(digester.finish())
    }

    /// Whether no file has changed since it was first looked at, as far as one can
    /// tell. Files that had not rested are read again.
    pub(super) fn are_unchanged(&self, now: i128) -> bool {
        // What a state is to speak for has to rest by now.
        let speaks = |file: &Watched| file.large().is_none_or(|state| state.has_rested(now));
        self.watched.iter().all(|file| file.is_unchanged() && speaks(file))
    }

    /// Learns the contents of files that are not known yet, several at once.
    pub(super) fn learn<'b>(&mut self, bases: impl Iterator<Item = &'b Basis>, known: &impl Known) {
        let places: BTreeSet<usize> = bases.flat_map(|basis| basis.0.iter().copied()).collect();
        let unknown: Vec<&Watched> = places
            .iter()
            .filter_map(|place| self.watched.get(*place))
            .filter(|file| file.content.is_none() && file.large().is_none())
            .filter(|file| file.state.is_some_and(|state| known.content(&state.key(&file.path)).is_none()))
            .collect();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let each = unknown.len().div_ceil(threads).max(1);
        let found: Vec<(PathBuf, Digest)> = std::thread::scope(|scope| {
            let read = |files: &[&Watched]| -> Vec<(PathBuf, Digest)> {
                files.iter().filter_map(|file| Some((file.path.clone(), file.read()?))).collect()
            };
            let threads: Vec<_> =
                unknown.chunks(each).map(|files| scope.spawn(move || read(files))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
        });
        for (path, content) in found {
            let file = self.places.get(&path).and_then(|place| self.watched.get_mut(*place));
            let Some(file) = file else { continue };
            file.content = Some(content);
            file.state.into_iter().for_each(|state| known.remember(state.key(&path), content));
        }
    }

    /// Those of these files that have changed since they were first looked at.
    pub(super) fn changed(&self, basis: &Basis) -> Vec<PathBuf> {
        let files = basis.0.iter().filter_map(|place| self.watched.get(*place));
        files.filter(|file| !file.is_unchanged()).map(|file| file.path.clone()).collect()
    }
}

impl Watched {
    fn content(&mut self, known: &impl Known) -> Option<Digest> {
        let key = self.state?.key(&self.path);
        if self.large().is_some() {
            return Some(key);
        }
        if self.content.is_none() {
            self.content = known.content(&key);
        }
        if self.content.is_none() {
            self.content = self.read();
            self.content.into_iter().for_each(|content| known.remember(key, content));
        }
        self.content
    }

    /// The content that the state speaks for.
    fn read(&self) -> Option<Digest> {
        let content = digest::of_file(&self.path).ok()?;
        State::of(&self.path).is_ok_and(|now| Some(now) == self.state).then_some(content)
    }

    /// The state of a file that is known by nothing else.
    fn large(&self) -> Option<State> {
        self.state.filter(|state| state.size > LARGE)
    }

    fn is_unchanged(&self) -> bool {
        let Some(state) = self.state else { return false };
        State::of(&self.path).is_ok_and(|now| now == state)
            && (!self.is_fresh || digest::of_file(&self.path).ok() == self.content)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Notebook(RefCell<BTreeMap<Digest, Digest>>);

    impl Known for Notebook {
        fn content(&self, key: &Digest) -> Option<Digest> {
            self.0.borrow().get(key).copied()
        }

        fn remember(&self, key: Digest, content: Digest) {
            self.0.borrow_mut().insert(key, content);
        }
    }

    /// The contents as seen at a moment, in seconds from now, and whether the state
    /// was enough to know it.
    fn seen(path: &Path, later: i128, known: &Notebook) -> (Digest, usize) {
        let now = super::super::folder::nanos(std::time::SystemTime::now()) + later * 1_000_000_000;
        let mut files = Files::default();
        let basis = files.watch([path].into_iter(), now);
        let content = files.content(&basis, known).expect("it can be read");
        assert!(files.are_unchanged(now));
        (content, known.0.borrow().len())
    }

    #[test]
    fn a_file_that_was_just_changed_is_read_every_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "id\n1\n").expect("written");
        let known = Notebook::default();
        let (first, remembered) = seen(&path, 0, &known);
        assert_eq!(remembered, 0);
        // Of the same length, and perhaps within the same tick of the clock.
        std::fs::write(&path, "id\n2\n").expect("written");
        let (second, remembered) = seen(&path, 0, &known);
        assert_ne!(first, second);
        assert_eq!(remembered, 0);
    }

    #[test]
    fn the_state_of_a_file_that_has_rested_speaks_for_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "id\n1\n").expect("written");
        let known = Notebook::default();
        let (first, remembered) = seen(&path, 5, &known);
        assert_eq!(remembered, 1);
        assert_eq!(seen(&path, 9, &known), (first, 1));
        // A content that nobody would find by its state is not looked for.
        let other = digest::of_bytes(b"other");
        known.0.borrow_mut().values_mut().for_each(|content| *content = other);
        let mut files = Files::default();
        let now = super::super::folder::nanos(std::time::SystemTime::now()) + 60_000_000_000;
        let basis = files.watch([path.as_path()].into_iter(), now);
        let mut whole = Digester::new("contents");
        whole.digest(&other);
        assert_eq!(files.content(&basis, &known), Some(whole.finish()));
    }

    #[test]
    fn a_change_while_it_is_read_shows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "id\n1\n").expect("written");
        for later in [0, 60] {
            let now = super::super::folder::nanos(std::time::SystemTime::now()) + later * 1_000_000_000;
            let mut files = Files::default();
            let basis = files.watch([path.as_path()].into_iter(), now);
            assert!(files.changed(&basis).is_empty());
            std::fs::write(&path, format!("id\n{later}7\n")).expect("written");
            assert_eq!(files.changed(&basis), [path.as_path()], "{later}");
        }
    }

    #[test]
    fn a_time_in_the_future_says_nothing() {
        let state = State { size: 1, modified: 10 * REST, changed: 0, inode: 0, device: 0 };
        assert!(!state.has_rested(10 * REST));
        assert!(!state.has_rested(0));
        assert!(state.has_rested(11 * REST));
    }
}
