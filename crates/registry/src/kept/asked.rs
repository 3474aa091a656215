//! What a run asks of the folder, and what it leaves there.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::digest::{Digest, Digester};
use super::files::{Basis, Files, Known};
use super::folder::{self, Packs, nanos};
use super::pack::{self, Key};

/// Bytes of one answer beyond which it is computed again instead.
const LARGEST: usize = 32 << 20;

/// Bytes that a run may have found out before it writes them down.
const MOST_HELD: usize = 128 << 20;

/// Where things are kept, and how.
#[derive(Clone, Debug)]
pub struct KeptOptions {
    /// The folder; it is made when there is something to keep.
    pub folder: PathBuf,
    /// Bytes beyond which what was used longest ago goes.
    pub max_size: u64,
    /// Whether what is made of private columns is kept as well.
    pub private: bool,
    /// The time by the clock, before any file is looked at.
    pub now: SystemTime,
}

/// What was found out before, and what this run finds out. Copies are one and the same.
#[derive(Clone, Default)]
pub struct Kept(Option<Arc<Inner>>);

struct Inner {
    options: KeptOptions,
    files: Mutex<Files>,
    packs: Mutex<Option<Packs>>,
    found: Mutex<Found>,
    verifying: bool,
}

/// What was found out of some files.
type Answer = (Basis, Arc<Vec<u8>>);

/// What a run has found out so far.
#[derive(Default)]
struct Found {
    entries: BTreeMap<Digest, Vec<Answer>>,
    /// Contents of files by their state; their key has no contents of its own.
    contents: Vec<(Digest, Digest)>,
    bytes: usize,
    reused: u64,
    computed: u64,
    compared: u64,
    differing: Vec<String>,
}

/// What a folder holds, and what this run did with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Answers, and other things that were found out.
    pub entries: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Files that are damaged or of another version, with why.
    pub damaged: Vec<(PathBuf, String)>,
    /// What this run did not have to find out.
    pub reused: u64,
    /// What it found out, and would keep.
    pub computed: u64,
    /// Kept answers that were computed once more.
    pub compared: u64,
    /// Of these, what differed.
    pub differing: Vec<String>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Kept" } else { "Kept::none" })
    }
}

impl Kept {
    /// Nothing was found out before, and nothing is kept.
    pub fn none() -> Self {
        Self(None)
    }

    /// What is kept in a folder. Nothing is read or made before it is needed.
    pub fn new(options: KeptOptions) -> Self {
        Self::made(options, false)
    }

    /// The same, where every answer that is kept is computed all the same and held
    /// against it.
    pub fn verifying(options: KeptOptions) -> Self {
        Self::made(options, true)
    }

    fn made(options: KeptOptions, verifying: bool) -> Self {
        let (files, packs, found) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self(Some(Arc::new(Inner { options, files, packs, found, verifying })))
    }

    /// Whether anything is kept at all.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether what is made of private columns is kept.
    pub(crate) fn keeps_private(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.options.private)
    }

    /// Whether kept answers are held against computed ones.
    pub(crate) fn verifies(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.verifying)
    }

    /// Notes the state of files, before any of them is read.
    pub(crate) fn watch<'p>(&self, paths: impl Iterator<Item = &'p Path>) -> Basis {
        let Some(inner) = &self.0 else { return Basis::default() };
        held(&inner.files).watch(paths, nanos(inner.options.now))
    }

    /// Those of these files that have changed since they were first looked at.
    pub(crate) fn changed(&self, basis: &Basis) -> Vec<PathBuf> {
        self.0.as_ref().map_or_else(Vec::new, |inner| held(&inner.files).changed(basis))
    }

    /// The answer to a question of files, if it was found out before.
    pub(crate) fn get(&self, question: &Digest, basis: &Basis) -> Option<Arc<Vec<u8>>> {
        let inner = self.0.as_ref()?;
        let own = held(&inner.found).entries.get(question).and_then(|found| {
            found.iter().find(|(known, _)| known == basis).map(|(_, bytes)| Arc::clone(bytes))
        });
        // Of one run it is not said that it was reused: it was never kept.
        own.or_else(|| {
            // What nobody has asked of any content is not there for this one, either.
            if !inner.packs(|packs| packs.knows(question)) {
                return None;
            }
            let contents = held(&inner.files).content(basis, &**inner)?;
            let bytes = inner.packs(|packs| packs.get(&Key { question: *question, contents }))?;
            held(&inner.found).reused += 1;
            Some(Arc::new(bytes))
        })
    }

    /// Keeps the answer to a question of files.
    pub(crate) fn keep(&self, question: Digest, basis: &Basis, bytes: Vec<u8>) {
        let Some(inner) = &self.0 else { return };
        let mut found = held(&inner.found);
        found.computed += 1;
        if bytes.len() > LARGEST || found.bytes + bytes.len() > MOST_HELD {
            return;
        }
        found.bytes += bytes.len();
        let known = found.entries.entry(question).or_default();
        known.retain(|(other, _)| other != basis);
        known.push((basis.clone(), Arc::new(bytes)));
    }

    /// Notes that a kept answer was held against a computed one.
    pub(crate) fn compared(&self, difference: Option<String>) {
        let Some(inner) = &self.0 else { return };
        let mut found = held(&inner.found);
        found.compared += 1;
        found.differing.extend(difference);
    }

    /// Writes down what was found out, unless a file has changed meanwhile. It is told
    /// the time by the clock.
    ///
    /// # Errors
    /// Where the folder takes nothing. No figure depends on it.
    pub fn write(&self, now: SystemTime) -> Result<(), String> {
        let Some(inner) = &self.0 else { return Ok(()) };
        let folder = &inner.options.folder;
        inner.write(now).map_err(|error| format!("`{}` cannot be written to: {error}", folder.display()))
    }

    /// What there is, and what this run did.
    pub fn status(&self) -> Status {
        let Some(inner) = &self.0 else { return Status::default() };
        let found = held(&inner.found);
        inner.packs(|packs| {
            let (entries, bytes) = packs.size();
            Status {
                entries,
                bytes,
                damaged: packs.damaged.clone(),
                reused: found.reused,
                computed: found.computed,
                compared: found.compared,
                differing: found.differing.clone(),
            }
        })
    }

    /// Removes everything that is kept; says how many bytes that were.
    ///
    /// # Errors
    /// Where something cannot be removed.
    pub fn clear(&self) -> io::Result<u64> {
        self.0.as_ref().map_or(Ok(0), |inner| folder::clear(&inner.options.folder))
    }
}

impl Inner {
    fn packs<T>(&self, ask: impl FnOnce(&mut Packs) -> T) -> T {
        let mut packs = held(&self.packs);
        ask(packs.get_or_insert_with(|| Packs::of(&self.options.folder)))
    }

    fn write(&self, now: SystemTime) -> io::Result<()> {
        let folder = &self.options.folder;
        self.packs(|packs| packs.note_use(now));
        let entries = std::mem::take(&mut held(&self.found).entries);
        let mut written = Vec::new();
        if !self.verifying && !entries.is_empty() {
            let mut files = held(&self.files);
            // What was found out of files that changed meanwhile is true of nothing.
            files.learn(entries.values().flatten().map(|(basis, _)| basis), self);
            if files.are_unchanged(nanos(now)) {
                for (question, found) in entries {
                    for (basis, bytes) in found {
                        let contents = files.content(&basis, self);
                        written.extend(contents.map(|contents| (Key { question, contents }, bytes)));
                    }
                }
            }
        }
        let contents = std::mem::take(&mut held(&self.found).contents);
        let of_state = |(question, Digest(content))| {
            let key = Key { question, contents: Digester::new("state").finish() };
            (key, Arc::new(content.to_vec()))
        };
        written.extend(contents.into_iter().map(of_state));
        if written.is_empty() {
            return Ok(());
        }
        folder::make(folder)?;
        let written: Vec<(Key, &[u8])> =
            written.iter().map(|(key, bytes)| (*key, bytes.as_slice())).collect();
        pack::write(folder, &written)?;
        Packs::tidy(folder, self.options.max_size, now)
    }
}

impl Known for Inner {
    fn content(&self, key: &Digest) -> Option<Digest> {
        let key = Key { question: *key, contents: Digester::new("state").finish() };
        let bytes = self.packs(|packs| packs.get(&key))?;
        bytes.try_into().ok().map(Digest)
    }

    fn remember(&self, key: Digest, content: Digest) {
        held(&self.found).contents.push((key, content));
    }
}

/// A lock, also after another thread has failed: what it guards is whole between calls.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        later: Duration,
    }

    impl Place {
        fn new(later: u64) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let place = Self { folder, later: Duration::from_secs(later) };
            place.write("a.csv", "1");
            place
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.folder.path().join(name), text).expect("written");
        }

        fn kept(&self) -> Kept {
            Kept::new(KeptOptions {
                folder: self.folder.path().join("cache"),
                max_size: 1 << 20,
                private: false,
                now: SystemTime::now() + self.later,
            })
        }

        /// What is known of a file, or found out by what is to be computed.
        fn ask(&self, compute: &str) -> String {
            let kept = self.kept();
            let path = self.folder.path().join("a.csv");
            let basis = kept.watch([path.as_path()].into_iter());
            let question = Digester::new("question").finish();
            let answer = kept.get(&question, &basis).map(|bytes| bytes.as_ref().clone());
            let answer = answer.unwrap_or_else(|| {
                kept.keep(question, &basis, compute.as_bytes().to_vec());
                compute.as_bytes().to_vec()
            });
            kept.write(SystemTime::now()).expect("written");
            String::from_utf8(answer).expect("a text")
        }
    }

    #[test]
    fn an_answer_is_of_a_content_however_fresh_the_file_is() {
        for later in [0, 60] {
            let place = Place::new(later);
            assert_eq!(place.ask("first"), "first");
            assert_eq!(place.ask("second"), "first");
            place.write("a.csv", "2");
            assert_eq!(place.ask("third"), "third");
            place.write("a.csv", "1");
            assert_eq!(place.ask("fourth"), "first", "the content of before is known");
        }
    }

    #[test]
    fn nothing_is_kept_of_a_file_that_changed_meanwhile() {
        for later in [0, 60] {
            let place = Place::new(later);
            let kept = place.kept();
            let path = place.folder.path().join("a.csv");
            let basis = kept.watch([path.as_path()].into_iter());
            kept.keep(Digester::new("question").finish(), &basis, b"of the old".to_vec());
            place.write("a.csv", "3");
            kept.write(SystemTime::now()).expect("written");
            assert_eq!(place.ask("of the new"), "of the new");
        }
    }

    #[test]
    fn a_folder_that_takes_nothing_is_said_and_no_more() {
        let place = Place::new(0);
        place.write("cache", "a file where the folder should be");
        let kept = place.kept();
        let basis = kept.watch(std::iter::empty());
        kept.keep(Digester::new("question").finish(), &basis, Vec::new());
        assert!(kept.write(SystemTime::now()).is_err());
        assert_eq!(kept.get(&Digester::new("question").finish(), &basis), None);
    }

    #[test]
    fn the_folder_is_its_owners_alone() {
        let place = Place::new(0);
        place.ask("first");
        let folder = place.folder.path().join("cache");
        assert_eq!(std::fs::read_to_string(folder.join(".gitignore")).expect("a text"), "*\n");
        #[cfg(unix)]
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            use std::os::unix::fs::PermissionsExt;
            let mode = entry.metadata().expect("its state").permissions().mode() & 0o077;
            assert!(mode == 0 || entry.file_name() == ".gitignore", "{entry:?}");
        }
    }
}
