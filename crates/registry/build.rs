//! A mark of what the program is made of, by which what another build has kept is
//! told from what this one keeps: every source that a figure can depend on.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Sources of figures, and the versions of what they build on.
const SOURCES: [&str; 4] = ["src", "Cargo.toml", "../core/src", "../../Cargo.lock"];

fn main() {
    let mut hasher = DefaultHasher::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        for path in files(Path::new(source)) {
            path.hash(&mut hasher);
            std::fs::read(&path).unwrap_or_default().hash(&mut hasher);
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=GOALPOST_SOURCES={:016x}", hasher.finish());
}

/// A file, or all files of a folder in the order of their names; none where it is not there.
fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = path.read_dir() else {
        return if path.is_file() { vec![path.to_owned()] } else { Vec::new() };
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().flat_map(|path| files(path)).collect()
}
