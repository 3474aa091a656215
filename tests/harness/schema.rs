//! Every document that a case prints is checked against the JSON Schema that it names.

use std::path::Path;

use serde_json::Value;

/// Validates a document of `schema: goalpost/NAME/1` by `crates/cli/schemas/NAME.schema.json`;
/// other output is left alone.
pub(crate) fn validate(root: &Path, stdout: &str) -> Result<(), String> {
    if !stdout.trim_start().starts_with('{') {
        return Ok(());
    }
    let document: Value = serde_json::from_str(stdout).map_err(|error| format!("not valid JSON: {error}"))?;
    let Some(name) = document["schema"].as_str() else { return Ok(()) };
    let file = name.strip_prefix("goalpost/").and_then(|rest| rest.split('/').next()).unwrap_or(name);
    let path = root.join(format!("crates/cli/schemas/{file}.schema.json"));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let schema: Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let validator =
        jsonschema::validator_for(&schema).map_err(|error| format!("{}: {error}", path.display()))?;
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("does not fit {file}.schema.json at {}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}
