//! Packs: what one run keeps, as a file.
//!
//! ```text
//! magic │ the bytes of each entry │ index: question, contents, check, place, length │ check of the index, its place, entries, magic
//! ```
//!
//! A pack is written beside, synced and renamed, and never changed afterwards. What
//! stands at its end says that it is whole; the bytes of an entry are held against
//! their check when they are read. So a pack is whole, or it is none.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::digest::{self, Digest, Digester};

/// What a pack of this form begins and ends with.
const MAGIC: &[u8; 16] = b"goalpost kept 1\n";

/// The bytes of an entry of the index.
const ENTRY: usize = 32 * 3 + 8 * 2;

/// The bytes at the end.
const END: usize = 32 + 8 * 2 + MAGIC.len();

/// How packs are called.
const ENDING: &str = "pack";

/// What an entry answers: a question of contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) question: Digest,
    pub(super) contents: Digest,
}

/// Where the bytes of an entry are in their pack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    from: u64,
    length: u64,
    check: Digest,
}

/// A pack that is whole, opened.
#[derive(Debug)]
pub(super) struct Pack {
    file: File,
    pub(super) entries: Vec<(Key, Place)>,
}

/// The check of an entry: of what it answers and what it says.
fn check(key: &Key, bytes: &[u8]) -> Digest {
    let mut digester = Digester::new("entry");
    digester.digest(&key.question);
    digester.digest(&key.contents);
    digester.digest(&digest::of_bytes(bytes));
    digester.finish()
}

/// Whether a file is called like a pack.
pub(super) fn is_called_so(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == ENDING)
}

/// Opens a pack; an error where it is none, or not whole.
pub(super) fn open(path: &Path) -> io::Result<Pack> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let least = (MAGIC.len() + END) as u64;
    if size < least {
        return Err(damaged("it is cut off"));
    }
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic)?;
    file.seek(SeekFrom::Start(size - END as u64))?;
    let mut end = [0; END];
    file.read_exact(&mut end)?;
    if magic != *MAGIC || end[48..] != *MAGIC {
        return Err(damaged("it is of another version, or cut off"));
    }
    let (from, count) = (number(&end[32..40]), number(&end[40..48]));
    let length = count.checked_mul(ENTRY as u64).filter(|length| {
        from >= MAGIC.len() as u64 && from.checked_add(*length).is_some_and(|to| to == size - END as u64)
    });
    let length = length.ok_or_else(|| damaged("its index is not where it should be"))?;
    let mut index = vec![0; usize::try_from(length).map_err(|_| damaged("its index is too large"))?];
    file.seek(SeekFrom::Start(from))?;
    file.read_exact(&mut index)?;
    if digest::of_bytes(&index).0 != end[..32] {
        return Err(damaged("its index is damaged"));
    }
    let entries = index.chunks_exact(ENTRY).map(|entry| {
        let digest = |at: usize| Digest(std::array::from_fn(|i| entry[at + i]));
        let key = Key { question: digest(0), contents: digest(32) };
        (key, Place { check: digest(64), from: number(&entry[96..104]), length: number(&entry[104..112]) })
    });
    let entries = entries.filter(|(_, place)| place.from.saturating_add(place.length) <= from).collect();
    Ok(Pack { file, entries })
}

impl Pack {
    /// The bytes of an entry; an error where they are not what was written.
    pub(super) fn read(&self, key: &Key, place: &Place) -> io::Result<Vec<u8>> {
        let length = usize::try_from(place.length).map_err(|_| damaged("an entry is too large"))?;
        let mut bytes = vec![0; length];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place.from))?;
        file.read_exact(&mut bytes)?;
        if check(key, &bytes) == place.check { Ok(bytes) } else { Err(damaged("an entry is damaged")) }
    }

    /// Notes that it was of use.
    pub(super) fn touch(&self, now: std::time::SystemTime) -> io::Result<()> {
        self.file.set_modified(now)
    }
}

/// Writes a pack into a folder, whole or not at all; says what it is called.
pub(super) fn write<B: AsRef<[u8]>>(folder: &Path, entries: &[(Key, B)]) -> io::Result<PathBuf> {
    // A temporary file is its owner's alone.
    let beside = tempfile::Builder::new().prefix(BESIDE).tempfile_in(folder)?;
    let mut out = BufWriter::with_capacity(1 << 16, beside.as_file());
    out.write_all(MAGIC)?;
    let mut from = MAGIC.len() as u64;
    let mut index = Vec::with_capacity(entries.len() * ENTRY);
    for (key, bytes) in entries {
        let bytes = bytes.as_ref();
        out.write_all(bytes)?;
        for digest in [&key.question, &key.contents, &check(key, bytes)] {
            index.extend_from_slice(&digest.0);
        }
        for number in [from, bytes.len() as u64] {
            index.extend_from_slice(&number.to_le_bytes());
        }
        from += bytes.len() as u64;
    }
    let check = digest::of_bytes(&index);
    out.write_all(&index)?;
    out.write_all(&check.0)?;
    out.write_all(&from.to_le_bytes())?;
    out.write_all(&(entries.len() as u64).to_le_bytes())?;
    out.write_all(MAGIC)?;
    out.flush()?;
    drop(out);
    beside.as_file().sync_all()?;
    let name = format!("{check:?}");
    let path = folder.join(format!("{}.{ENDING}", &name[..32]));
    beside.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

/// How files are called while they are written.
pub(super) const BESIDE: &str = "new-";

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[i]))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key { question: digest::of_bytes(text.as_bytes()), contents: digest::of_bytes(b"contents") }
    }

    fn written(folder: &Path) -> PathBuf {
        write(folder, &[(key("a"), vec![1; 100]), (key("b"), vec![]), (key("c"), vec![3; 7])])
            .expect("written")
    }

    /// The bytes of all entries that can be read.
    fn readable(path: &Path) -> Vec<Vec<u8>> {
        let Ok(pack) = open(path) else { return Vec::new() };
        pack.entries.iter().filter_map(|(key, place)| pack.read(key, place).ok()).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        assert_eq!(readable(&path), [vec![1; 100], vec![], vec![3; 7]]);
        // The same entries are the same pack.
        assert_eq!(written(folder.path()), path);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_pack_that_is_cut_off_anywhere_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        let whole = std::fs::read(&path).expect("a pack");
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).expect("written");
            assert!(open(&path).is_err(), "{length}");
        }
    }

    #[test]
    fn no_flipped_bit_gives_other_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path());
        let whole = std::fs::read(&path).expect("a pack");
        let right = readable(&path);
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            std::fs::write(&path, &flipped).expect("written");
            assert!(readable(&path).iter().all(|bytes| right.contains(bytes)), "{at}");
        }
    }
}
