//! What rows behind an aggregate lack: counted beside it, for the gate.
//!
//! Rows that are grouped, joined or looked up are not the aggregate's own, and what
//! is left out of them shows nowhere in these. So they are counted by outputs of
//! their own, as far back as the aggregate looks: those of a grouping or a join up
//! to as-of whatever the period, those at a moment or in the period for each. Where
//! loading has found that nothing is missing, nothing is asked.
//!
//! A blank is missing where it keeps a row from what it is there for. It is not
//! where it has a meaning of its own: an end that did not come, a column that the
//! catalogue's tables declare optional, an entity of those that nobody knows.

use goalpost_core::calendar::Window;
use goalpost_core::canonical;
use goalpost_core::expr::{BinaryOp, ColumnRef, Expr, ExprKind, Literal, Owner, RelationSource};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::row_type::RowType;
use goalpost_core::sample::{Input, InputId, LeftOut, Why};

use super::doubt::{Doubt, Doubts};
use super::fuse::{Builder, Fusion};
use super::values::WINDOWS_AT_ONCE;
use crate::plan::behind::{Behind, Want};
use crate::relation::shape::Shapes;
use crate::relation::window::{Undated, alive_filters, is_windowed_source};
use crate::scan::{Bucket, Output, Scan};

/// How what is missing behind an aggregate is read off a scan.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) scan: usize,
    /// Rows that are looked at.
    rows: usize,
    /// Rows among them that are left out.
    among: Vec<(Why, String, usize)>,
    /// Rows beside them that may belong there too.
    beside: Vec<(Why, String, usize)>,
    /// Doubtful rows, and those among them that are looked at.
    doubtful: Vec<(Why, String, usize, usize)>,
    table: String,
    words: String,
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

impl Builder<'_> {
    /// Adds outputs for what is missing behind a leaf, for each of its windows.
    pub(super) fn behind(&mut self, leaf: usize) {
        let leaves = self.leaves;
        for (place, behind) in leaves.behind(leaf) {
            for window in self.demand[&leaf].clone() {
                let id = identity(place, behind, window);
                if self.result.behind.contains_key(&id) {
                    continue;
                }
                let window = behind.is_windowed().then_some(window);
                let Some(missing) = self.missing(behind, window) else { break };
                self.result.behind.insert(id, missing);
            }
        }
    }

    fn missing(&mut self, behind: &Behind, window: Option<Window>) -> Option<Missing> {
        let (doubts, shapes) = self.doubts;
        let relation = &behind.relation;
        let mut filters = relation.filters.clone();
        filters.extend(relation.alive.iter().flat_map(alive_filters));
        let found = doubts.behind(behind, &filters, shapes);
        let lacks: Vec<(Why, &Expr)> =
            behind.wants.iter().filter_map(|want| Some((doubts.lacks(want, shapes)?, want.expr()))).collect();
        let unborn = relation.alive.as_ref().map(|alive| &alive.from);
        let unborn = unborn.filter(|from| doubts.may_lack(from, shapes));
        if found.is_empty() && lacks.is_empty() && unborn.is_none() {
            return None;
        }
        let place = self.scan_behind(behind, window);
        let scan = &mut self.result.scans[place];
        let mut count = |filters: Vec<Expr>| scan.output(Output { window, ..Output::count(filters) });
        // A row that is left out for one reason is not left out for another.
        let mut otherwise: Vec<Expr> = found.iter().map(|doubt| doubt.condition.clone().negated()).collect();
        let with = |filters: &[Expr], more: &[Expr]| filters.iter().chain(more).cloned().collect::<Vec<_>>();
        let doubtful = found.iter().map(|doubt: &Doubt| {
            let all = count(with(&doubt.perhaps, std::slice::from_ref(&doubt.condition)));
            let counted = count(with(&filters, std::slice::from_ref(&doubt.condition)));
            (doubt.why, doubt.column.clone(), all, counted)
        });
        let doubtful = doubtful.collect();
        let mut among = Vec::new();
        for (why, expr) in lacks {
            let mut more = otherwise.clone();
            more.push(expr.clone().is_null());
            among.push((why, expr.to_string(), count(with(&filters, &more))));
            otherwise.push(expr.clone().is_known());
        }
        let beside = unborn.map(|from| {
            let mut more = otherwise.clone();
            more.push(from.clone().is_null());
            (Why::Undated, from.to_string(), count(with(&relation.filters, &more)))
        });
        let beside = beside.into_iter().collect();
        let rows = count(filters);
        let (table, words) = (relation.source.to_string(), relation.to_string());
        Some(Missing { scan: place, rows, among, beside, doubtful, table, words })
    }

    /// A scan of all rows that are behind an aggregate, shared where it can be.
    fn scan_behind(&mut self, behind: &Behind, window: Option<Window>) -> usize {
        let source = &behind.relation.source;
        let axis = match &behind.relation.alive {
            Some(alive) => Some(alive.from.clone()),
            None => self.doubts.1.default_time(source),
        };
        let wanted = Scan {
            source: source.clone(),
            axis,
            dimensions: Vec::new(),
            apart: None,
            bucket: Bucket::Whole,
            undated: Undated::Counted,
            outputs: Vec::new(),
        };
        let at_once = if is_windowed_source(source) { 1 } else { WINDOWS_AT_ONCE };
        let shares = self.fusion == Fusion::Shared;
        let known = self.result.scans.iter().position(|known| {
            let windows = known.windows();
            shares
                && known.reads_like(&wanted)
                && match window {
                    None => windows.is_empty(),
                    Some(window) => {
                        !windows.is_empty() && (windows.contains(&window) || windows.len() < at_once)
                    }
                }
        });
        known.unwrap_or_else(|| {
            self.result.scans.push(wanted);
            self.result.scans.len() - 1
        })
    }
}

impl Doubts {
    /// Why a row behind an aggregate is left out where what is wanted of it is
    /// blank; `None` where no row is.
    fn lacks(&self, want: &Want, shapes: Shapes<'_>) -> Option<Why> {
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
    fn may_lack(&self, expr: &Expr, shapes: Shapes<'_>) -> bool {
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
