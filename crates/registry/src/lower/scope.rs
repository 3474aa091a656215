//! What rows are prepared for, and which of their columns holds it.

use std::collections::HashMap;

use goalpost_core::expr::Expr;

use super::Bounds;
use crate::relation::window::is_windowed;

/// An expression that rows are prepared for, with the bounds that `period` stands
/// for in it.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'e> {
    pub(crate) expr: &'e Expr,
    pub(crate) bounds: Option<Bounds>,
}

impl<'e> Wanted<'e> {
    /// Expressions that all look at the same period, or at none.
    pub(crate) fn all(
        exprs: impl IntoIterator<Item = &'e Expr>,
        bounds: Option<Bounds>,
    ) -> impl Iterator<Item = Self> {
        exprs.into_iter().map(move |expr| Self { expr, bounds })
    }

    /// The same, without bounds where its value does not depend on them.
    pub(super) fn settled(self) -> Self {
        let bounds = self.bounds.filter(|_| is_windowed(self.expr));
        Self { bounds, ..self }
    }
}

/// Which column of the prepared rows holds what: columns by path, histories
/// and semi-joins by themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) columns: HashMap<Expr, String>,
    /// Histories and semi-joins whose value depends on the window.
    windowed: HashMap<(Expr, Bounds), String>,
    /// Other expressions that were computed before.
    pub(super) steady: HashMap<Expr, String>,
}

impl Scope {
    /// The number of columns.
    pub(super) fn len(&self) -> usize {
        self.columns.len() + self.windowed.len()
    }

    /// The column with the value of an expression.
    pub(super) fn name(&self, expr: &Expr, bounds: Option<Bounds>) -> Option<&String> {
        let windowed = || bounds.and_then(|bounds| self.windowed.get(&(expr.clone(), bounds)));
        self.columns.get(expr).or_else(windowed)
    }

    /// Notes where the value of an expression is.
    pub(super) fn insert(&mut self, prepared: Wanted<'_>, name: String) {
        let Wanted { expr, bounds } = prepared;
        match bounds {
            Some(bounds) => self.windowed.insert((expr.clone(), bounds), name),
            None => self.columns.insert(expr.clone(), name),
        };
    }
}
