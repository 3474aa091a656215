//! What all cases together must show.

use std::path::{Path, PathBuf};

use goalpost_core::diagnostic::Code;

/// Every diagnostic code is printed by some case.
pub(crate) fn codes(pages: &[PathBuf]) -> Result<(), String> {
    let texts = texts(pages);
    let shown = |code: &Code| {
        ["error", "warning", "note"].iter().any(|level| texts.contains(&format!("{level}[{}]", code.name())))
    };
    let missing: Vec<&str> = Code::ALL.iter().filter(|code| !shown(code)).map(|code| code.name()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("no case of tests/suite shows: {}", missing.join(", ")))
}

/// Every JSON Schema is met by a document that some case prints.
pub(crate) fn schemas(root: &Path, pages: &[PathBuf]) -> Result<(), String> {
    let texts = texts(pages);
    let mut missing = Vec::new();
    for path in super::listed(&root.join("crates/cli/schemas")) {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = file.trim_end_matches(".schema.json");
        if !texts.contains(&format!("\"schema\": \"goalpost/{name}/1\"")) {
            missing.push(file);
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no case prints a document of: {}", missing.join(", ")))
    }
}

fn texts(pages: &[PathBuf]) -> String {
    pages.iter().filter_map(|page| std::fs::read_to_string(page).ok()).collect()
}
