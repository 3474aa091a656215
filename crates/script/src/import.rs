//! `import "other" as other;`: other scripts of the same folder, and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope};

use crate::host::Host;

type SharedModule = Arc<Module>;

/// Finds imports among the files of the importing file's layer.
pub(crate) struct LayerFiles {
    host: Arc<Host>,
    /// Modules by the number of their file; `None` while one is being loaded.
    loaded: Mutex<BTreeMap<usize, Option<SharedModule>>>,
}

impl LayerFiles {
    /// Imports of a load.
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self { host, loaded: Mutex::default() }
    }

    fn find(&self, source: Option<&str>, path: &str) -> Option<usize> {
        let from = self.host.file(source)?;
        let folder = from.source.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let wanted = joined(folder, path)?;
        self.host.files.iter().position(|file| file.layer == from.layer && file.source.name == wanted)
    }
}

/// The name of a file in a folder; a path may go up, but finds only what is loaded.
fn joined(folder: &str, path: &str) -> Option<String> {
    let path = path.strip_suffix(".rhai").unwrap_or(path);
    if path.starts_with('/') || path.contains(['\\', ':']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    Some(format!("{root}{}.rhai", parts.join("/")))
}

impl ModuleResolver for LayerFiles {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<SharedModule, Box<EvalAltResult>> {
        let not_found = || Box::new(EvalAltResult::ErrorModuleNotFound(path.to_owned(), position));
        let index = self.find(source, path).ok_or_else(not_found)?;
        let known = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(&index).cloned();
        match known {
            Some(Some(module)) => return Ok(module),
            Some(None) => {
                return Err(Box::new(EvalAltResult::ErrorRuntime(
                    "these scripts import each other in a circle".into(),
                    position,
                )));
            }
            None => {}
        }
        let note = |module: Option<SharedModule>| {
            self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(index, module);
        };
        note(None);
        self.host.state().importing += 1;
        let result = self
            .host
            .compile(engine, index, &self.host.files[index].rewritten.text)
            .map_err(|problem| -> Box<EvalAltResult> { problem.into() })
            .and_then(|ast| Module::eval_ast_as_new(Scope::new(), &ast, engine));
        self.host.state().importing -= 1;
        match result {
            Ok(module) => {
                let module = SharedModule::from(module);
                note(Some(SharedModule::clone(&module)));
                Ok(module)
            }
            Err(error) => {
                self.loaded.lock().unwrap_or_else(PoisonError::into_inner).remove(&index);
                Err(Box::new(EvalAltResult::ErrorInModule(index.to_string(), error, position)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_stay_among_names() {
        assert_eq!(joined("metrics.d", "lib/a").as_deref(), Some("metrics.d/lib/a.rhai"));
        assert_eq!(joined("metrics.d/lib", "../b.rhai").as_deref(), Some("metrics.d/b.rhai"));
        assert_eq!(joined("metrics.d", "../../b"), None);
        assert_eq!(joined("metrics.d", "/etc/passwd"), None);
        assert_eq!(joined("metrics.d", "c:\\x"), None);
    }
}
