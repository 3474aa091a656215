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
        let schema = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let schema: serde_json::Value = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
        let id = schema["$id"].as_str().unwrap_or_default();
        if !texts.contains(&format!("\"schema\": \"{id}\"")) {
            missing.push(path.display().to_string());
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
