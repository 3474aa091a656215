//! Digests: texts and the contents of files as 32 bytes, which no two that differ
//! have in common.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;

/// The program, down to its sources.
const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("GOALPOST_SOURCES"));

/// What stands for a text or a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest(pub(super) [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Takes a text in, part by part.
pub(crate) struct Digester(blake3::Hasher);

impl Digester {
    /// Of something of this kind: what two kinds say is never the same.
    pub(crate) fn new(kind: &str) -> Self {
        let mut digester = Self(blake3::Hasher::new());
        digester.part(kind);
        digester
    }

    /// Of something that the program finds out: what another program, or this one
    /// built of other sources, finds out may not be the same.
    pub(crate) fn of_program(kind: &str) -> Self {
        let mut digester = Self::new(kind);
        digester.part(PROGRAM);
        digester
    }

    /// Takes a part in; where it ends is part of it.
    pub(crate) fn part(&mut self, text: impl AsRef<[u8]>) {
        self.0.update(text.as_ref());
        // No text in UTF-8 has this byte.
        self.0.update(&[0xff]);
    }

    /// Takes in what is printed of a value.
    pub(crate) fn printed(&mut self, value: &impl fmt::Debug) {
        self.part(format!("{value:?}"));
    }

    /// Takes in what stands for something.
    pub(crate) fn digest(&mut self, of: &Digest) {
        self.0.update(&of.0);
    }

    /// What stands for all of it.
    pub(crate) fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

/// What stands for some bytes.
pub(super) fn of_bytes(bytes: &[u8]) -> Digest {
    Digest(*blake3::hash(bytes).as_bytes())
}

/// What stands for the content of a file.
pub(super) fn of_file(path: &Path) -> io::Result<Digest> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = vec![0; 1 << 20];
    loop {
        match file.read(&mut bytes) {
            Ok(0) => return Ok(Digest(*hasher.finalize().as_bytes())),
            Ok(read) => hasher.update(&bytes[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, parts: &[&str]) -> Digest {
        let mut digester = Digester::new(kind);
        parts.iter().for_each(|part| digester.part(part));
        digester.finish()
    }

    #[test]
    fn where_a_part_ends_is_part_of_it() {
        assert_eq!(of("a", &["x", "y"]), of("a", &["x", "y"]));
        assert_ne!(of("a", &["x", "y"]), of("a", &["xy"]));
        assert_ne!(of("a", &["x", "y"]), of("a", &["", "xy"]));
        assert_ne!(of("a", &["x"]), of("b", &["x"]));
    }
}
