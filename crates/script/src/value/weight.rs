//! How large a symbolic value is.
//!
//! `x = x + x` sixty times makes a formula of sixty shared nodes that takes
//! forever to walk, so every symbolic value knows its size as a tree.

use goalpost_core::diagnostic::{Code, Diagnostic};

use goalpost_core::source::At;

use crate::host::{Fallible, raise};
use crate::limits::Limits;

/// Nodes and nesting of a symbolic value, as a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    nodes: u32,
    depth: u32,
}

impl Weight {
    /// A value without parts.
    pub(crate) const LEAF: Self = Self { nodes: 1, depth: 1 };

    /// A value of these parts.
    pub(crate) fn of(parts: impl IntoIterator<Item = Self>) -> Self {
        let all = parts.into_iter().fold(Self::default(), |all, part| Self {
            nodes: all.nodes.saturating_add(part.nodes),
            depth: all.depth.max(part.depth),
        });
        Self { nodes: all.nodes.saturating_add(1), depth: all.depth.saturating_add(1) }
    }

    /// Complains when it is too large.
    pub(crate) fn check(self, limits: &Limits, at: &At) -> Fallible<Self> {
        if self.nodes <= limits.formula_nodes && self.depth <= limits.formula_depth {
            return Ok(self);
        }
        let problem = Diagnostic::error(
            Code::ScriptLimit,
            format!(
                "this formula is too large: more than {} parts or {} levels",
                limits.formula_nodes, limits.formula_depth
            ),
        )
        .help("split it into metrics that refer to each other, and use `in [..]` instead of long chains of `or`");
        Err(raise(problem.at(at.clone())))
    }
}
