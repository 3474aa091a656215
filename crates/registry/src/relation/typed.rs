//! Types: a formula whose every expression knows the type that it has over its rows.
//!
//! Columns have their types from the project's tables; everything else from its
//! parts ([`goalpost_core::row_type`]). A column that is not there has none: that is
//! for the check of the catalogue to report.

use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner, RelationSource};
use goalpost_core::rewrite::Rewrite;
use goalpost_core::row_type::Typing;

use super::shape::Shapes;

/// Gives the expressions of a formula their types.
pub(crate) struct Typed<'a>(pub(crate) Shapes<'a>);

impl Rewrite for Typed<'_> {
    fn expr(&self, expr: &Expr, rows: &RelationSource) -> Expr {
        self.0.typed(self.below_expr(expr, rows))
    }

    /// The column of rows whose own formulas have types.
    fn column(&self, column: &ColumnRef) -> ColumnRef {
        match &column.owner {
            Owner::Table(_) => column.clone(),
            Owner::Derived(source) => {
                ColumnRef { owner: Owner::Derived(self.source(source)), path: column.path.clone() }
            }
        }
    }
}

impl Shapes<'_> {
    /// A column, made by nobody's script, with its type.
    pub(crate) fn column(&self, column: ColumnRef) -> Expr {
        self.typed(Expr::column(column))
    }

    /// An expression with its type, where those below it have theirs.
    fn typed(&self, expr: Expr) -> Expr {
        let ty = match &*expr.kind {
            ExprKind::Column(column) => self.resolve(&column.owner, &column.path).ok().map(|found| found.ty),
            _ => expr.row_type(),
        };
        Expr { ty: Typing(ty), ..expr }
    }
}
