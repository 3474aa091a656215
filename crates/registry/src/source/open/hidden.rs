//! Columns that a file has and nobody can use: lists, maps, and objects whose
//! members are columns of their own.
//!
//! What an export lacks may be blank, and a blank may have a meaning (nobody has an
//! end yet). What it has in a form that cannot be read is no blank, so it is an error.

use std::collections::BTreeMap;

use goalpost_core::config::{FileKind, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic};

use super::file::OpenFile;
use crate::source::bind::columns::{BoundColumn, EXPORT};
use crate::source::bind::naming::{folded, snake_case};

/// An error for each column that the table would have, were it not for its form.
pub(super) fn found(
    outline: &TableOutline<'_>,
    columns: &[BoundColumn],
    files: &[OpenFile],
) -> Vec<Diagnostic> {
    let mut problems: BTreeMap<String, Diagnostic> = BTreeMap::new();
    for file in files {
        for (root, members) in roots(file) {
            let name = snake_case(&root, 1);
            let expected = outline.columns.keys().any(|known| known.as_str() == name);
            let is_bound = columns.iter().any(|bound| bound.column.name.as_str() == name);
            if !expected || is_bound || problems.contains_key(&name) {
                continue;
            }
            let shown = &file.file.shown.name;
            let (message, help) = match members.first() {
                Some(member) => (
                    format!("`{root}` of `{shown}` holds objects, and no value of its own"),
                    format!(
                        "say which member is meant: [tables.{}.columns] {name} = \"{member}\"",
                        outline.config.name
                    ),
                ),
                None => {
                    let is_it = |(name, _): &&(String, String)| *name == root;
                    let ty = file.unusable().iter().find(is_it).map_or("something else", |(_, ty)| ty);
                    (
                        format!("`{root}` of `{shown}` is of a type that no column can have: {ty}"),
                        format!("{EXPORT}, or give it another name if it is not meant"),
                    )
                }
            };
            let at = file.file.whole();
            problems.insert(name, Diagnostic::error(Code::BadHeader, message).at(at).help(help));
        }
    }
    problems.into_values().collect()
}

/// What stands at the top of a file and is no column, with the columns in it.
fn roots(file: &OpenFile) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let nested = file.headers.iter().filter(|_| matches!(file.file.kind, FileKind::Json | FileKind::Parquet));
    for header in nested {
        if let Some((root, _)) = header.split_once('.') {
            found.entry(root.to_owned()).or_default().push(header.clone());
        }
    }
    let fields = file.parquet.iter().flat_map(|contents| contents.roots());
    for root in fields {
        found.entry(root).or_default();
    }
    found.retain(|root, _| !file.has(&folded(root)));
    found
}
