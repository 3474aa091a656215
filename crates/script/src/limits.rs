//! What a script may use before it is stopped.

use std::time::Duration;

use rhai::{Array, Dynamic, Engine, ImmutableString, Map, Scope};

/// Limits on scripts. Every one is set; the defaults are far above what the
/// largest honest script needs, and far below what would hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations of one top-level statement, or of one call of a metric's function.
    pub operations: u64,
    /// Calls within calls.
    pub call_levels: usize,
    /// Expressions within expressions, at the top level of a script.
    pub expression_depth: usize,
    /// Expressions within expressions, in functions.
    pub function_expression_depth: usize,
    /// Bytes of a text.
    pub text_size: usize,
    /// Items of a list, those of lists inside included.
    pub list_size: usize,
    /// Entries of a map, those of maps inside included.
    pub map_size: usize,
    /// Bytes of all texts that variables hold at once, those in lists and maps and
    /// the keys of maps included.
    pub held_text: usize,
    /// Variables alive at once.
    pub variables: usize,
    /// Functions of one script.
    pub functions: usize,
    /// Imports of one script.
    pub imports: usize,
    /// Nodes of one formula, shared parts counted as often as they occur.
    pub formula_nodes: u32,
    /// Nesting of one formula.
    pub formula_depth: u32,
    /// Time for loading one file, or for one call of a metric's function.
    pub wall_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operations: 500_000,
            call_levels: 32,
            expression_depth: 64,
            function_expression_depth: 48,
            text_size: 1 << 20,
            list_size: 100_000,
            map_size: 100_000,
            held_text: 16 << 20,
            variables: 500,
            functions: 500,
            imports: 64,
            formula_nodes: 20_000,
            formula_depth: 200,
            wall_time: Duration::from_secs(5),
        }
    }
}

/// Whether the variables hold more text than they may. Rhai counts the texts of
/// a list or a map when it is changed as a whole, and never the keys of a map.
pub(crate) fn holds_too_much(limits: &Limits, scope: &Scope<'_>) -> bool {
    let mut left = limits.held_text;
    !scope.iter_raw().all(|(_, _, value)| fits(value, &mut left))
}

/// Whether a value fits into what is left, which it uses up.
fn fits(value: &Dynamic, left: &mut usize) -> bool {
    let mut take = |size: usize| match left.checked_sub(size) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    };
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return take(text.len());
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().all(|item| fits(item, left));
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.iter().all(|(key, item)| {
            let fits_key = left.checked_sub(key.len()).map(|rest| *left = rest).is_some();
            fits_key && fits(item, left)
        });
    }
    true
}

/// Sets the limits that Rhai itself watches.
pub(crate) fn apply(limits: &Limits, engine: &mut Engine) {
    engine
        .set_max_operations(limits.operations)
        .set_max_call_levels(limits.call_levels)
        .set_max_expr_depths(limits.expression_depth, limits.function_expression_depth)
        .set_max_string_size(limits.text_size)
        .set_max_array_size(limits.list_size)
        .set_max_map_size(limits.map_size)
        .set_max_variables(limits.variables)
        .set_max_functions(limits.functions)
        .set_max_modules(limits.imports);
}
