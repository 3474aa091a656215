//! How rows lie in a window: which depend on it by more than their time, and the
//! conditions that place them.

use goalpost_core::expr::{
    Alive, BinaryOp, Expr, ExprKind, Literal, Moment, PeriodBound, Relation, RelationSource, Step,
};
use goalpost_core::measure::{Measure, MeasureKind};

/// What becomes of rows without a time where the window has no start; any other
/// window leaves them out.
///
/// A script that names a time column counts what has that time: an end date that
/// is blank is an end that did not come. Where only the table's default places
/// the rows, all time means all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Undated {
    Counted,
    LeftOut,
}

/// Whether the value of an expression for a row depends on the window: through
/// `period`, or through other rows at a moment.
pub(crate) fn is_windowed(expr: &Expr) -> bool {
    expr.any(&mut |part| match &*part.kind {
        ExprKind::Period(_) => true,
        ExprKind::InRows(_, rows) => is_windowed_relation(&rows.relation),
        ExprKind::History(call) => call.relation.alive.is_some(),
        _ => false,
    })
}

fn is_windowed_relation(relation: &Relation) -> bool {
    relation.alive.is_some()
        || relation.filters.iter().any(is_windowed)
        || is_windowed_source(&relation.source)
}

/// Whether the rows of a source are themselves those of a window.
pub(crate) fn is_windowed_source(source: &RelationSource) -> bool {
    match source {
        RelationSource::Table(_) | RelationSource::Sql(_) => false,
        RelationSource::Join(join) => {
            is_windowed_relation(&join.left) || is_windowed_relation(&join.right) || is_windowed(&join.on)
        }
        RelationSource::GroupBy(group) => {
            is_windowed_relation(&group.input)
                || group.columns.iter().any(|(_, measure)| is_windowed_measure(measure))
        }
    }
}

fn is_windowed_measure(measure: &Measure) -> bool {
    let own = match &*measure.kind {
        MeasureKind::Aggregate(aggregate) => {
            is_windowed_relation(&aggregate.relation) || aggregate.argument.iter().any(is_windowed)
        }
        _ => false,
    };
    own || measure.children().into_iter().any(is_windowed_measure)
}

/// The conditions of living at a moment of the period.
pub(crate) fn alive_filters(alive: &Alive) -> Vec<Expr> {
    let (begun_before, not_ended_before) = match alive.moment {
        Moment::Start => (PeriodBound::Start, PeriodBound::Start),
        Moment::End => (PeriodBound::Now, PeriodBound::Now),
        Moment::During => (PeriodBound::End, PeriodBound::Start),
    };
    let mut filters = vec![Expr::binary(BinaryOp::Less, alive.from.clone(), Expr::period(begun_before))];
    if let Some(until) = &alive.until {
        for earlier in [alive.from.clone(), Expr::period(not_ended_before)] {
            let ended = Expr::binary(BinaryOp::Less, until.clone(), earlier);
            filters.push(ended.negated());
        }
    }
    filters
}

/// The conditions of a time that lies in the period.
pub(crate) fn within_window(time: &Expr) -> [Expr; 2] {
    [
        Expr::binary(BinaryOp::GreaterOrEqual, time.clone(), Expr::period(PeriodBound::Start)),
        Expr::binary(BinaryOp::Less, time.clone(), Expr::period(PeriodBound::End)),
    ]
}

/// A bound of the period and the step by which an expression moves it, if that is all it does.
pub(crate) fn moved_period(expr: &Expr) -> Option<(PeriodBound, Step)> {
    match &*expr.kind {
        ExprKind::Binary(op, a, b) => moved_bound(*op, a, b),
        _ => None,
    }
}

/// The same of a sum or a difference.
pub(crate) fn moved_bound(op: BinaryOp, a: &Expr, b: &Expr) -> Option<(PeriodBound, Step)> {
    match (op, &*a.kind, &*b.kind) {
        (BinaryOp::Add, ExprKind::Period(bound), ExprKind::Literal(Literal::Step(step)))
        | (BinaryOp::Add, ExprKind::Literal(Literal::Step(step)), ExprKind::Period(bound)) => {
            Some((*bound, *step))
        }
        (BinaryOp::Subtract, ExprKind::Period(bound), ExprKind::Literal(Literal::Step(step))) => {
            Some((*bound, Step { count: step.count.saturating_neg(), ..*step }))
        }
        _ => None,
    }
}
