//! `[cache]`: what is kept from one run to the next, and where.

use super::document::{Problems, Section};
use super::{CacheConfig, size};

/// Reads `[cache]`.
pub(super) fn cache(section: Option<Section<'_>>, problems: &mut Problems<'_>) -> CacheConfig {
    let mut cache = CacheConfig::default();
    let Some(mut section) = section else { return cache };
    if let Some(enabled) = section.boolean("enabled", problems) {
        cache.enabled = enabled;
    }
    let folder = |text: &str| match text.trim() {
        "" => Err(("is no folder", "write a path relative to goalpost.toml")),
        folder => Ok(folder.to_owned()),
    };
    cache.dir = section.parsed("dir", problems, folder);
    let bytes = |text: &str| size::parse(text).ok_or(("is not a size", WRITE_A_SIZE));
    if let Some(bytes) = section.parsed("max_size", problems, bytes) {
        cache.max_size = bytes as u64;
    }
    if let Some(private) = section.boolean("private", problems) {
        cache.private = private;
    }
    section.finish(problems);
    cache
}

const WRITE_A_SIZE: &str = "write a number and a unit: \"512MiB\", \"2GiB\"";
