//! Optional columns of the catalogue that a project does not map, where a blank
//! has a meaning.
//!
//! Such a column is null in every row. That is all there is to say
//!
//! - beside `??`: of `stage_changes.left_at ?? …` what stands on the other side is left;
//! - where a life ends: `customers.active(started_at, ended_at)` goes on;
//! - in a guard: `not (ended_at < started_at)` lets every row through;
//! - in an alternative that asks for the value: `… or phone != null and …` never holds.
//!
//! A reference over such a column (`touches.lead` without `lead_id`) leads nowhere
//! and is blank like it. Anywhere else what is not mapped makes the metric
//! unavailable: a formula that wants the column, and not a stand-in for it, says
//! `when(t.c != null, t.c)`.

use goalpost_core::canonical;
use goalpost_core::expr::{
    BinaryOp, ColumnRef, Expr, ExprKind, Function, Literal, Owner, Relation, RelationSource,
};
use goalpost_core::rewrite::Rewrite;
use goalpost_core::schema::{Schema, Unresolved};

/// Puts what takes its place where an absent column stands.
#[derive(Clone, Copy)]
pub(super) struct Absent<'a> {
    pub(super) schema: &'a Schema,
}

impl Rewrite for Absent<'_> {
    fn relation(&self, relation: &Relation) -> Relation {
        let mut found = self.below_relation(relation);
        found.filters.retain(|filter| !self.is_open_guard(filter));
        if let Some(alive) = &mut found.alive {
            alive.until = alive.until.take().filter(|until| !self.is_absent(until));
        }
        found
    }

    /// The column of what its owner becomes.
    fn column(&self, column: &ColumnRef) -> ColumnRef {
        match &column.owner {
            Owner::Table(_) => column.clone(),
            Owner::Derived(source) => {
                ColumnRef { owner: Owner::Derived(self.source(source)), path: column.path.clone() }
            }
        }
    }

    /// The expression without absent columns where a blank has a meaning.
    fn expr(&self, expr: &Expr, rows: &RelationSource) -> Expr {
        let found = self.below_expr(expr, rows);
        let ExprKind::Binary(op @ (BinaryOp::Coalesce | BinaryOp::And | BinaryOp::Or), a, b) = &*found.kind
        else {
            return found;
        };
        let is_nothing = |side: &Expr| match op {
            BinaryOp::Coalesce => self.is_absent(side),
            BinaryOp::And => self.is_open_guard(side),
            _ => self.never_holds(side),
        };
        match (is_nothing(a), is_nothing(b)) {
            (true, false) => b.clone(),
            (false, true) => a.clone(),
            _ => found,
        }
    }
}

impl Absent<'_> {
    /// Whether this is a column that a canonical table may have and this
    /// project's does not, or one behind a reference over such a column.
    fn is_absent(self, expr: &Expr) -> bool {
        let ExprKind::Column(column) = &*expr.kind else { return false };
        let Owner::Table(table) = &column.owner else { return false };
        let Err(Unresolved::Column { table, name, as_reference }) = self.schema.resolve(table, &column.path)
        else {
            return false;
        };
        let Some(canonical) = canonical::table(table.as_str()) else { return false };
        let known = if as_reference {
            let reference = canonical.references.iter().find(|known| known.name == name.as_str());
            let found = self.schema.tables.get(&table);
            reference
                .filter(|known| found.is_some_and(|found| found.column(known.on).is_none()))
                .and_then(|known| canonical.column(known.on))
        } else {
            canonical.column(name.as_str())
        };
        known.is_some_and(|column| !column.required)
    }

    /// Whether a value is null in every row because of an absent column.
    fn is_blank(self, expr: &Expr) -> bool {
        match &*expr.kind {
            ExprKind::Column(_) => self.is_absent(expr),
            ExprKind::Negate(inner) => self.is_blank(inner),
            ExprKind::Binary(
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide,
                a,
                b,
            ) => self.is_blank(a) || self.is_blank(b),
            ExprKind::Call(Function::Key, _) => false,
            ExprKind::Call(_, arguments) => arguments.iter().any(|argument| self.is_blank(argument)),
            ExprKind::Case { arms, otherwise } => {
                arms.iter().all(|(condition, value)| self.never_holds(condition) || self.is_blank(value))
                    && otherwise.as_ref().is_none_or(|value| self.is_blank(value))
            }
            _ => false,
        }
    }

    /// Whether a condition asks for a value that is absent: that it is there, or
    /// how it lies to another. What compares it with a word asks for the column.
    fn never_holds(self, condition: &Expr) -> bool {
        use BinaryOp::{And, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, Or};
        let is_null = |expr: &Expr| matches!(&*expr.kind, ExprKind::Literal(Literal::Null));
        match &*condition.kind {
            ExprKind::Binary(Less | LessOrEqual | Greater | GreaterOrEqual, a, b) => {
                self.is_blank(a) || self.is_blank(b)
            }
            ExprKind::Binary(NotEqual, a, b) => {
                is_null(a) && self.is_blank(b) || is_null(b) && self.is_blank(a)
            }
            ExprKind::Binary(And, a, b) => self.never_holds(a) || self.never_holds(b),
            ExprKind::Binary(Or, a, b) => self.never_holds(a) && self.never_holds(b),
            _ => false,
        }
    }

    /// Whether a condition keeps out only rows whose dates are out of order, and an
    /// absent date never is. What is measured against a length asks for the column.
    fn is_open_guard(self, condition: &Expr) -> bool {
        match &*condition.kind {
            ExprKind::Not(inner) => self.is_out_of_no_order(inner),
            ExprKind::Binary(BinaryOp::And, a, b) => self.is_open_guard(a) && self.is_open_guard(b),
            _ => false,
        }
    }

    fn is_out_of_no_order(self, condition: &Expr) -> bool {
        use BinaryOp::{And, Greater, GreaterOrEqual, Less, LessOrEqual, Or};
        match &*condition.kind {
            ExprKind::Binary(Less | LessOrEqual | Greater | GreaterOrEqual, a, b) => {
                self.is_absent(a) || self.is_absent(b)
            }
            ExprKind::Binary(And, a, b) => self.is_out_of_no_order(a) || self.is_out_of_no_order(b),
            ExprKind::Binary(Or, a, b) => self.is_out_of_no_order(a) && self.is_out_of_no_order(b),
            _ => false,
        }
    }
}
