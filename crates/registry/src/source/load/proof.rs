//! Whether a table that is to be scanned where it is says there what its cells say:
//! its doubles are looked at, on all threads.

use super::parallel::in_parallel;
use crate::source::open::sources::Content;
use crate::source::parquet::{self, InPlace};

/// Whether it does; a file that cannot be read does not.
pub(super) fn holds(in_place: &InPlace, content: &Content, threads: usize) -> bool {
    let Content::Files(files) = content else { return true };
    if in_place.doubles.is_empty() {
        return true;
    }
    let mut runs = Vec::new();
    for file in files {
        if let Some(contents) = &file.parquet {
            let groups = parquet::row_groups(contents, threads).into_iter();
            runs.extend(groups.map(|groups| (file, contents, groups)));
        }
    }
    let looked = in_parallel(threads, &runs, |_, (file, contents, groups)| {
        parquet::are_written(&file.file, contents, groups.clone(), &in_place.doubles)
    });
    looked.into_iter().all(|run| matches!(run, Some(Ok(true))))
}
