//! The folder of packs: which there are, which are of use, and which go.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::digest::Digest;
use super::pack::{self, Key, Pack, Place};

/// So many packs are looked through at a start; more are put together.
const MOST_PACKS: usize = 48;

/// Packs up to this size are put together, in bytes.
const SMALL: u64 = 8 << 20;

/// What is left of a run that was stopped while it wrote goes after this time.
const LEFT_BEHIND: Duration = Duration::from_secs(3_600);

/// How long it takes until a pack that is of use is noted to be so again.
const USED_AGAIN: Duration = Duration::from_secs(60);

/// Nanoseconds from 1970; before it, they are negative.
pub(super) fn nanos(time: SystemTime) -> i128 {
    let nanos = |length: Duration| i128::try_from(length.as_nanos()).unwrap_or(i128::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => nanos(since),
        Err(before) => -nanos(before.duration()),
    }
}

/// A pack with what the file system says of it.
#[derive(Debug)]
struct Shelf {
    path: PathBuf,
    size: u64,
    used: Option<SystemTime>,
    pack: Pack,
    is_used: bool,
}

/// The packs of a folder, and what they answer.
#[derive(Debug, Default)]
pub(super) struct Packs {
    shelves: Vec<Shelf>,
    /// By question, with the place of the pack.
    index: BTreeMap<Digest, Vec<(Digest, usize, Place)>>,
    /// Files that are no packs, or damaged.
    pub(super) damaged: Vec<(PathBuf, String)>,
}

/// Makes the folder, for its owner alone and unseen by Git, where it is not there.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    fs::write(folder.join(".gitignore"), "*\n")
}

/// The files of a folder that are ours: packs, and what was not finished.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = folder.read_dir() else { return Vec::new() };
    let mut paths: Vec<PathBuf> = found.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| pack::is_called_so(path) || is_beside(path));
    paths.sort();
    paths
}

fn is_beside(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(pack::BESIDE))
}

/// Removes everything that was kept; says how many bytes that were.
pub(super) fn clear(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for path in files(folder) {
        bytes += path.metadata().map_or(0, |data| data.len());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(bytes)
}

impl Packs {
    /// Those of a folder; none where there is no such folder.
    pub(super) fn of(folder: &Path) -> Self {
        let mut packs = Self::default();
        for path in files(folder).into_iter().filter(|path| pack::is_called_so(path)) {
            packs.add(path);
        }
        packs
    }

    fn add(&mut self, path: PathBuf) {
        let Ok(data) = path.metadata() else { return };
        match pack::open(&path) {
            Ok(pack) => {
                let place = self.shelves.len();
                for (key, entry) in &pack.entries {
                    self.index.entry(key.question).or_default().push((key.contents, place, *entry));
                }
                let used = data.modified().ok();
                self.shelves.push(Shelf { path, size: data.len(), used, pack, is_used: false });
            }
            // Another run has put it together with others.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.damaged.push((path, error.to_string())),
        }
    }

    /// Whether a question was ever asked, of whatever contents.
    pub(super) fn knows(&self, question: &Digest) -> bool {
        self.index.contains_key(question)
    }

    /// What was kept under a key; what is damaged is as good as not kept.
    pub(super) fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        let found = self.index.get(&key.question)?.iter().filter(|(contents, ..)| *contents == key.contents);
        for (_, place, entry) in found {
            let shelf = &mut self.shelves[*place];
            match shelf.pack.read(key, entry) {
                Ok(bytes) => {
                    shelf.is_used = true;
                    return Some(bytes);
                }
                Err(error) => self.damaged.push((shelf.path.clone(), error.to_string())),
            }
        }
        None
    }

    /// How many entries there are, and how many bytes they take.
    pub(super) fn size(&self) -> (u64, u64) {
        let entries = self.shelves.iter().map(|shelf| shelf.pack.entries.len() as u64).sum();
        (entries, self.shelves.iter().map(|shelf| shelf.size).sum())
    }

    /// Notes which packs were of use. That it cannot be noted is no harm.
    pub(super) fn note_use(&self, now: SystemTime) {
        for shelf in self.shelves.iter().filter(|shelf| shelf.is_used) {
            let is_noted =
                shelf.used.is_some_and(|used| now.duration_since(used).is_ok_and(|since| since < USED_AGAIN));
            if !is_noted {
                let _ = shelf.pack.touch(now);
            }
        }
    }

    /// Puts small packs together where there are many, and removes what was used
    /// longest ago until no more than so many bytes are left, damaged files first.
    pub(super) fn tidy(folder: &Path, most: u64, now: SystemTime) -> io::Result<()> {
        let mut packs = Self::of(folder);
        for (path, _) in std::mem::take(&mut packs.damaged) {
            remove(&path)?;
        }
        for path in files(folder).into_iter().filter(|path| is_beside(path)) {
            let written = path.metadata().and_then(|data| data.modified());
            if written.is_ok_and(|written| now.duration_since(written).is_ok_and(|age| age > LEFT_BEHIND)) {
                remove(&path)?;
            }
        }
        packs.shelves.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
        let mut all = packs.size().1;
        let mut shelves = packs.shelves.into_iter().peekable();
        while let Some(shelf) = shelves.next_if(|_| all > most) {
            all -= shelf.size;
            remove(&shelf.path)?;
        }
        let small: Vec<Shelf> = shelves.filter(|shelf| shelf.size <= SMALL).collect();
        if small.len() > MOST_PACKS { together(folder, small, now) } else { Ok(()) }
    }
}

/// Puts packs together, the entries of each key once.
fn together(folder: &Path, packs: Vec<Shelf>, now: SystemTime) -> io::Result<()> {
    let mut entries: BTreeMap<Key, Vec<u8>> = BTreeMap::new();
    for shelf in &packs {
        for (key, place) in &shelf.pack.entries {
            if let Ok(bytes) = shelf.pack.read(key, place) {
                entries.insert(*key, bytes);
            }
        }
    }
    let entries: Vec<(Key, Vec<u8>)> = entries.into_iter().collect();
    let path = pack::write(folder, &entries)?;
    let used = packs.iter().filter_map(|shelf| shelf.used).max().unwrap_or(now);
    let _ = pack::open(&path).and_then(|pack| pack.touch(used));
    packs.iter().filter(|shelf| shelf.path != path).try_for_each(|shelf| remove(&shelf.path))
}

/// Removes a file, which another run may have done as well.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest::of_bytes;
    use super::*;

    fn key(number: usize) -> Key {
        Key { question: of_bytes(&number.to_le_bytes()), contents: of_bytes(b"contents") }
    }

    fn count(folder: &Path) -> usize {
        files(folder).len()
    }

    #[test]
    fn many_small_packs_become_one() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..MOST_PACKS + 2 {
            pack::write(folder.path(), &[(key(number), vec![number as u8])]).expect("written");
        }
        Packs::tidy(folder.path(), u64::MAX, SystemTime::now()).expect("tidied");
        assert_eq!(count(folder.path()), 1);
        let mut packs = Packs::of(folder.path());
        for number in 0..MOST_PACKS + 2 {
            assert_eq!(packs.get(&key(number)), Some(vec![number as u8]));
        }
        assert_eq!(packs.size().0, MOST_PACKS as u64 + 2);
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = SystemTime::now();
        for number in 0..4 {
            let path = pack::write(folder.path(), &[(key(number), vec![0; 1_000])]).expect("written");
            let age = Duration::from_secs(1_000 * (number as u64 + 1));
            pack::open(&path).and_then(|pack| pack.touch(now - age)).expect("touched");
        }
        // The oldest is of use today.
        let mut packs = Packs::of(folder.path());
        assert!(packs.get(&key(3)).is_some());
        packs.note_use(now);
        Packs::tidy(folder.path(), 2_600, now).expect("tidied");
        let mut packs = Packs::of(folder.path());
        let left: Vec<usize> = (0..4).filter(|number| packs.get(&key(*number)).is_some()).collect();
        assert_eq!(left, [0, 3]);
    }

    #[test]
    fn damaged_packs_and_what_was_left_behind_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = pack::write(folder.path(), &[(key(1), vec![1])]).expect("written");
        fs::write(&path, "half").expect("written");
        let left = folder.path().join(format!("{}abc", pack::BESIDE));
        fs::write(&left, "half").expect("written");
        fs::write(folder.path().join("other.txt"), "not ours").expect("written");
        let mut packs = Packs::of(folder.path());
        assert_eq!((packs.get(&key(1)), packs.damaged.len()), (None, 1));
        // Perhaps another run is writing it just now.
        Packs::tidy(folder.path(), u64::MAX, SystemTime::now()).expect("tidied");
        assert!(left.exists() && !path.exists());
        let later = SystemTime::now() + 2 * LEFT_BEHIND;
        Packs::tidy(folder.path(), u64::MAX, later).expect("tidied");
        assert!(!left.exists() && folder.path().join("other.txt").exists());
    }
}
