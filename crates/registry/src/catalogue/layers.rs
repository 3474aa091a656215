//! Layers: which definition of a name is in force, and which it replaces.

use std::collections::BTreeMap;

use goalpost_core::definition::Layer;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::Span;

/// What is in force under a name.
pub(crate) struct InForce<T> {
    pub(crate) definition: T,
    /// Definitions of earlier layers under this name.
    pub(crate) replaces: Vec<(Layer, Span)>,
}

/// Picks the definition of the last layer for each name; two of one layer are
/// an error that names both places. The result is in order of first declaration
/// of the name in force.
pub(crate) fn in_force<T>(
    what: &str,
    definitions: Vec<T>,
    name: impl Fn(&T) -> String,
    place: impl Fn(&T) -> (Layer, Span),
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<InForce<T>> {
    let mut order: Vec<String> = Vec::new();
    let mut by_name: BTreeMap<String, InForce<T>> = BTreeMap::new();
    for definition in definitions {
        let key = name(&definition);
        let (layer, span) = place(&definition);
        let Some(before) = by_name.remove(&key) else {
            order.push(key.clone());
            by_name.insert(key, InForce { definition, replaces: Vec::new() });
            continue;
        };
        let (old_layer, old_span) = place(&before.definition);
        let kept = if old_layer == layer {
            diagnostics.push(
                Diagnostic::error(
                    Code::Duplicate,
                    format!("the {what} `{key}` is declared twice in one layer ({layer})"),
                )
                .at(span)
                .label("declared again here")
                .related(old_span, "first declared here")
                .help(if what == "goal" {
                    "give one of them a `name`, or remove one"
                } else {
                    "rename one of them, or remove one"
                }),
            );
            before
        } else if old_layer < layer {
            let mut replaces = before.replaces;
            replaces.push((old_layer, old_span));
            InForce { definition, replaces }
        } else {
            let mut kept = before;
            kept.replaces.push((layer, span));
            kept
        };
        by_name.insert(key, kept);
    }
    order.into_iter().filter_map(|key| by_name.remove(&key)).collect()
}
