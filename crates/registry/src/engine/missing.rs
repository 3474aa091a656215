//! What is missing of rows behind an aggregate: which blanks count, and what the
//! counts come to.
//!
//! A blank is missing where it keeps a row from what it is there for. It is not
//! where it has a meaning of its own: an end that did not come, a column that the
//! catalogue's tables declare optional.

use goalpost_core::calendar::Window;
use goalpost_core::canonical;
use goalpost_core::expr::{BinaryOp, ColumnRef, Expr, ExprKind, Literal, Owner, RelationSource};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::row_type::RowType;
use goalpost_core::sample::{Input, InputId, LeftOut, Why};

use super::doubt::Doubts;
use crate::plan::behind::{Behind, Want};
use crate::relation::shape::Shapes;

/// How what is missing behind an aggregate is read off a scan.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) scan: usize,
    /// Rows that are looked at.
    pub(super) rows: usize,
    /// Rows among them that are left out.
    pub(super) among: Vec<(Why, String, usize)>,
    /// Rows beside them that may belong there too.
    pub(super) beside: Vec<(Why, String, usize)>,
    /// Doubtful rows, and those among them that are looked at.
    pub(super) doubtful: Vec<(Why, String, usize, usize)>,
    pub(super) table: String,
    pub(super) words: String,
}

impl Missing {
    /// The rows as an input of the aggregate's formula, from the values of the
    /// scan's outputs; none where nothing is left out.
    pub(super) fn input(&self, id: InputId, value: impl Fn(usize) -> u64) -> Option<Input> {
        let mut left_out = Vec::new();
        let mut left = |why: Why, column: &str, rows: u64| {
            if rows > 0 {
                left_out.push(LeftOut { why, column: column.to_owned(), rows });
            }
        };
        let rows = value(self.rows);
        let (mut looked_at, mut n) = (rows, rows);
        for (why, column, all, counted) in &self.doubtful {
            left(*why, column, value(*all));
            looked_at = looked_at.saturating_add(value(*all).saturating_sub(value(*counted)));
            n = n.saturating_sub(value(*counted));
        }
        for (why, column, place) in &self.among {
            left(*why, column, value(*place));
            n = n.saturating_sub(value(*place));
        }
        for (why, column, place) in &self.beside {
            left(*why, column, value(*place));
            looked_at = looked_at.saturating_add(value(*place));
        }
        let (table, rows) = (self.table.clone(), self.words.clone());
        (!left_out.is_empty()).then_some(Input { id, table, rows, n, looked_at, left_out })
    }
}

/// The identity of what is behind an aggregate, for a window of that.
pub(super) fn identity(place: usize, behind: &Behind, window: Window) -> InputId {
    InputId::Behind(place, behind.is_windowed().then_some(window))
}

impl Doubts {
    /// Why a row behind an aggregate is left out where what is wanted of it is
    /// blank; `None` where no row is.
    pub(super) fn lacks(&self, want: &Want, shapes: Shapes<'_>) -> Option<Why> {
        let must_be_there = |is_due: &dyn Fn(&Place<'_>) -> bool| {
            let mut all = true;
            each_column(want.expr(), shapes, &mut |place| all &= place.is_some_and(|place| is_due(&place)));
            all
        };
        let is_time = want.expr().row_type().is_some_and(RowType::is_time);
        let (why, is_missing) = match want {
            Want::Any(_) => return None,
            Want::Extreme(_) if is_time => {
                (Why::Blank, must_be_there(&|place| place.declared().unwrap_or_else(|| place.is_own_time())))
            }
            Want::Value(_) | Want::Extreme(_) => (Why::Blank, true),
            Want::Key(_) => (Why::Blank, must_be_there(&|place| place.declared().unwrap_or(true))),
            Want::Time(_) => (
                Why::Undated,
                must_be_there(&|place| place.is_own_time() || place.declared().unwrap_or(true)),
            ),
        };
        (is_missing && self.may_lack(want.expr(), shapes)).then_some(why)
    }

    /// Whether an expression can be blank for a row of the loaded tables.
    pub(super) fn may_lack(&self, expr: &Expr, shapes: Shapes<'_>) -> bool {
        let below = |expr: &Expr| self.may_lack(expr, shapes);
        match &*expr.kind {
            ExprKind::Column(column) => self.column_may_lack(column, shapes),
            ExprKind::Literal(literal) => *literal == Literal::Null,
            ExprKind::Period(_) => false,
            ExprKind::Negate(inner) => below(inner),
            ExprKind::Binary(BinaryOp::Coalesce, a, b) => below(a) && below(b),
            ExprKind::Binary(BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply, a, b) => {
                below(a) || below(b)
            }
            // What is divided by 0 has no value.
            ExprKind::Binary(BinaryOp::Divide, ..) => true,
            ExprKind::Binary(..)
            | ExprKind::Not(_)
            | ExprKind::InList(..)
            | ExprKind::InRows(..)
            | ExprKind::Matches(..) => false,
            ExprKind::Case { arms, otherwise } => {
                arms.iter().any(|(_, value)| below(value)) || otherwise.as_ref().is_none_or(below)
            }
            // Texts may become blank, and histories begin.
            ExprKind::Call(..) | ExprKind::History(_) => true,
        }
    }

    fn column_may_lack(&self, column: &ColumnRef, shapes: Shapes<'_>) -> bool {
        match &column.owner {
            Owner::Table(table) => {
                let Ok(resolved) = shapes.schema.resolve(table, &column.path) else { return true };
                let lacks = |table: &TableName, column: &ColumnName| {
                    self.lacking.contains(&(table.clone(), column.clone()))
                };
                lacks(&resolved.table.name, &resolved.column.name)
                    || resolved.through.iter().any(|(from, reference)| {
                        lacks(&from.name, &reference.on)
                            || self.unmatched.contains_key(&(from.name.clone(), reference.name.clone()))
                    })
            }
            Owner::Derived(RelationSource::GroupBy(group)) if column.path.last() == group.key.path.last() => {
                self.column_may_lack(&group.key, shapes)
            }
            // What a query leaves blank is what its author wrote.
            Owner::Derived(RelationSource::Sql(_)) => false,
            Owner::Derived(_) => true,
        }
    }
}

/// A column and its table.
struct Place<'a> {
    table: &'a TableName,
    column: &'a ColumnName,
    time: Option<&'a ColumnName>,
}

impl Place<'_> {
    /// Whether the catalogue's tables want it of every row; `None` where they do not know it.
    fn declared(&self) -> Option<bool> {
        let column = canonical::table(self.table.as_str())?.column(self.column.as_str())?;
        Some(column.required)
    }

    /// Whether it is what places the rows of its table in time.
    fn is_own_time(&self) -> bool {
        self.time == Some(self.column)
    }
}

/// Visits the columns of an expression, those of groupings as what their keys are.
fn each_column(expr: &Expr, shapes: Shapes<'_>, visit: &mut dyn FnMut(Option<Place<'_>>)) {
    if let ExprKind::Column(column) = &*expr.kind {
        let column = match &column.owner {
            Owner::Derived(RelationSource::GroupBy(group)) if column.path.last() == group.key.path.last() => {
                &group.key
            }
            _ => column,
        };
        let Owner::Table(table) = &column.owner else { return visit(None) };
        let Ok(resolved) = shapes.schema.resolve(table, &column.path) else { return visit(None) };
        return visit(Some(Place {
            table: &resolved.table.name,
            column: &resolved.column.name,
            time: resolved.table.time.as_ref(),
        }));
    }
    expr.children().into_iter().for_each(|child| each_column(child, shapes, visit));
}
