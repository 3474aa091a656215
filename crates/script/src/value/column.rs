//! Columns: symbolic values of a row.

use std::sync::Arc;

use goalpost_core::expr::{BinaryOp, Expr, ExprKind, Literal};

use super::table::Rows;
use super::weight::Weight;

/// A symbolic value of a row.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// The plan.
    pub(crate) expr: Expr,
    /// The rows it was taken from.
    pub(crate) rows: Origin,
    /// Its size.
    pub(crate) weight: Weight,
}

/// The rows that an expression was built from, which a membership test needs.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// None: a constant, or a bound of the period.
    Nowhere,
    /// One table with its filters.
    Rows(Rows),
    /// Differently filtered rows, or different tables.
    Several,
}

impl Origin {
    /// The origin of a value made of both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Nowhere, any) | (any, Self::Nowhere) => any.clone(),
            (Self::Rows(a), Self::Rows(b))
                if Arc::ptr_eq(&a.relation, &b.relation) || a.relation == b.relation =>
            {
                self.clone()
            }
            _ => Self::Several,
        }
    }
}

impl Column {
    /// A constant.
    pub(crate) fn constant(literal: Literal, at: goalpost_core::source::At) -> Self {
        Self { expr: Expr::new(ExprKind::Literal(literal), at), rows: Origin::Nowhere, weight: Weight::LEAF }
    }

    /// The constant it is, if it is one.
    pub(crate) fn as_literal(&self) -> Option<&Literal> {
        match &*self.expr.kind {
            ExprKind::Literal(literal) => Some(literal),
            _ => None,
        }
    }
}

/// Whether an expression is certainly true or false.
pub(crate) fn is_condition(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Not(_) | ExprKind::InList(..) | ExprKind::InRows(..) | ExprKind::Matches(..) => true,
        ExprKind::Literal(Literal::Bool(_)) => true,
        ExprKind::Binary(op, ..) => is_comparison(*op) || matches!(op, BinaryOp::And | BinaryOp::Or),
        _ => false,
    }
}

/// Whether an expression can be true or false, as far as its form tells: the
/// types of columns are not known here.
pub(crate) fn may_be_condition(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Column(_) => true,
        ExprKind::Case { arms, otherwise } => {
            arms.iter().map(|(_, value)| value).chain(otherwise).all(may_be_condition)
        }
        ExprKind::Binary(BinaryOp::Coalesce, a, b) => may_be_condition(a) && may_be_condition(b),
        ExprKind::History(history) => history.argument.is_some(),
        _ => is_condition(expr),
    }
}

/// Whether the operator compares.
pub(crate) const fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual
    )
}
