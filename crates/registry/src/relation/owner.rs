//! Whose columns an expression looks at.

use goalpost_core::expr::{BinaryOp, Expr, ExprKind, Join, Owner, RelationSource};

/// The equalities of a join's condition: the left side's expression and the right's.
pub(crate) fn equalities(join: &Join) -> Vec<(&Expr, &Expr)> {
    let mut found = Vec::new();
    let mut open = vec![&join.on];
    while let Some(condition) = open.pop() {
        match &*condition.kind {
            ExprKind::Binary(BinaryOp::And, a, b) => open.extend([a, b]),
            ExprKind::Binary(BinaryOp::Equal, a, b) => {
                let (left, right) = (&join.left.source, &join.right.source);
                if belongs_to(a, left) && belongs_to(b, right) {
                    found.push((a, b));
                } else if belongs_to(b, left) && belongs_to(a, right) {
                    found.push((b, a));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a column's owner is among the rows of a source.
pub(crate) fn owns(rows: &RelationSource, owner: &Owner) -> bool {
    match (rows, owner) {
        (RelationSource::Table(table), Owner::Table(name)) => table == name,
        (RelationSource::Join(join), _) => owns(&join.left.source, owner) || owns(&join.right.source, owner),
        (source, Owner::Derived(derived)) => source == derived,
        _ => false,
    }
}

/// Whether all columns of an expression start from the rows of a source.
pub(crate) fn belongs_to(expr: &Expr, rows: &RelationSource) -> bool {
    let mut columns = 0;
    let strange = expr.any(&mut |part| match &*part.kind {
        ExprKind::Column(column) => {
            columns += 1;
            !owns(rows, &column.owner)
        }
        _ => false,
    });
    columns > 0 && !strange
}
