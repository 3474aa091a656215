//! Rows behind an aggregate: what its own rows are made of or held against.
//!
//! The rows of a grouping are made of others, pairs of two tables; a semi-join and
//! a history look at further rows. What is missing there is missing in the value,
//! and none of it shows in the aggregate's own rows: a customer whose revenue lacks
//! three deals is a customer with a revenue. So a leaf names the rows behind it, and
//! what of each decides what it adds. Whether any lack it only the data knows.

use goalpost_core::expr::{
    BinaryOp, ColumnRef, Expr, ExprKind, GroupBy, HistoryCall, HistoryFunction, Join, Owner, Relation,
    RelationSource,
};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::ColumnName;

use super::{Leaf, in_order};
use crate::relation::owner::belongs_to;
use crate::relation::window::{is_windowed, is_windowed_source};

/// Rows behind an aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Behind {
    /// Which rows.
    pub(crate) relation: Relation,
    /// What of a row, besides the conditions, decides what it adds.
    pub(crate) wants: Vec<Want>,
}

/// What is wanted of a row behind an aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Want {
    /// A value that is added up, or of which the middle is looked for.
    Value(Expr),
    /// The first or last of the values: of dates that of what has happened.
    Extreme(Expr),
    /// What a row is found by.
    Key(Expr),
    /// When it was.
    Time(Expr),
    /// What merely tells rows apart: a blank is a value like any other.
    Any(Expr),
}

impl Want {
    /// What is looked at.
    pub(crate) fn expr(&self) -> &Expr {
        match self {
            Self::Value(expr)
            | Self::Extreme(expr)
            | Self::Key(expr)
            | Self::Time(expr)
            | Self::Any(expr) => expr,
        }
    }
}

impl Behind {
    /// Whether its rows depend on the window that the aggregate is asked for.
    pub(crate) fn is_windowed(&self) -> bool {
        let Relation { source, filters, alive, .. } = &self.relation;
        let mut all = filters.iter().chain(self.wants.iter().map(Want::expr));
        alive.is_some() || is_windowed_source(source) || all.any(is_windowed)
    }

    /// The rows behind a leaf, in the order of its formula, each once.
    pub(crate) fn of(leaf: &Leaf) -> Vec<Self> {
        let mut gather = Gather::default();
        gather.leaf(leaf);
        gather.found
    }

    /// What groupings have that a leaf looks at makes nothing of.
    pub(crate) fn unused(leaf: &Leaf) -> Vec<Expr> {
        let mut gather = Gather::default();
        gather.leaf(leaf);
        let mut unused = Vec::new();
        for group in &gather.groups {
            let is_used = |name| gather.used.iter().any(|(of, used)| of == group && used == name);
            let columns = group.columns.iter().filter(|(name, _)| !is_used(name));
            columns.for_each(|(_, measure)| expressions(measure, &mut unused));
        }
        unused
    }
}

#[derive(Default)]
struct Gather {
    found: Vec<Behind>,
    groups: Vec<GroupBy>,
    /// Columns of groupings that are looked at.
    used: Vec<(GroupBy, ColumnName)>,
}

impl Gather {
    fn leaf(&mut self, leaf: &Leaf) {
        leaf.expressions().into_iter().for_each(|expr| self.expr(expr));
        leaf.dimensions.iter().for_each(|dimension| self.column(dimension));
        self.source(&leaf.relation.source);
    }

    fn add(&mut self, relation: &Relation, wants: Vec<Want>) {
        let mut relation = relation.clone();
        in_order(&mut relation.filters);
        let behind = Behind { relation, wants };
        if !self.found.contains(&behind) {
            self.found.push(behind);
        }
    }

    fn source(&mut self, source: &RelationSource) {
        match source {
            RelationSource::Table(_) | RelationSource::Sql(_) => {}
            RelationSource::GroupBy(group) => self.group(group),
            RelationSource::Join(join) => self.join(join),
        }
    }

    fn relation(&mut self, relation: &Relation) {
        self.source(&relation.source);
        relation.expressions().into_iter().for_each(|expr| self.expr(expr));
    }

    /// Which groups there are is decided by all rows that are grouped, also where
    /// nothing is made of them.
    fn group(&mut self, group: &GroupBy) {
        if !self.groups.contains(group) {
            self.groups.push(group.clone());
        }
        let mut all = group.input.clone();
        in_order(&mut all.filters);
        if !self.found.iter().any(|known| known.relation == all) {
            self.add(&all, vec![key(group)]);
        }
        self.relation(&group.input);
        self.column(&group.key);
    }

    /// A row of either side finds its partners by what the condition looks at.
    fn join(&mut self, join: &Join) {
        let mut parts = Vec::new();
        conjuncts(&join.on, &mut parts);
        for (side, other) in [(&join.left, &join.right), (&join.right, &join.left)] {
            let mut relation = side.clone();
            let mut wants = Vec::new();
            for part in &parts {
                if belongs_to(part, &side.source) {
                    relation.filters.push((*part).clone());
                }
                let ExprKind::Binary(op, a, b) = &*part.kind else { continue };
                for (mine, theirs) in [(a, b), (b, a)] {
                    if belongs_to(mine, &side.source) && belongs_to(theirs, &other.source) {
                        wants.extend(to_meet(*op, mine));
                    }
                }
            }
            self.add(&relation, wants);
            self.relation(side);
        }
        self.expr(&join.on);
    }

    fn expr(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Column(column) => self.column(column),
            ExprKind::InRows(value, rows) => {
                self.expr(value);
                self.add(&rows.relation, vec![Want::Key(rows.column.clone())]);
                self.relation(&rows.relation);
                self.expr(&rows.column);
            }
            ExprKind::History(call) => {
                self.history(call);
                expr.children().into_iter().for_each(|child| self.expr(child));
            }
            _ => expr.children().into_iter().for_each(|child| self.expr(child)),
        }
    }

    /// The other rows of an entity. Those of pairs are behind the pairs already.
    fn history(&mut self, call: &HistoryCall) {
        if let RelationSource::Table(_) = &call.relation.source {
            let mut wants = vec![Want::Key(call.key.clone())];
            match call.function {
                HistoryFunction::Sum => wants.extend(call.argument.clone().map(Want::Value)),
                HistoryFunction::Count => {}
                _ => wants.extend(call.order.clone().map(Want::Time)),
            }
            self.add(&call.relation, wants);
        }
    }

    /// The rows that a column of a grouping is made of.
    fn column(&mut self, column: &ColumnRef) {
        let Owner::Derived(RelationSource::GroupBy(group)) = &column.owner else { return };
        let [name] = column.path.as_slice() else { return };
        let used = (GroupBy::clone(group), name.clone());
        if self.used.contains(&used) {
            return;
        }
        self.used.push(used);
        if let Some((_, measure)) = group.columns.iter().find(|(known, _)| known == name) {
            self.measure(measure, group);
        }
    }

    fn measure(&mut self, measure: &Measure, group: &GroupBy) {
        if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
            let mut relation = group.input.clone();
            relation.filters.extend(aggregate.relation.filters.iter().cloned());
            self.add(&relation, std::iter::once(key(group)).chain(wanted(aggregate)).collect());
            let all = aggregate.relation.filters.iter().chain(&aggregate.argument);
            all.for_each(|expr| self.expr(expr));
        }
        measure.children().into_iter().for_each(|child| self.measure(child, group));
    }
}

/// What tells the groups apart. Rows that lack it make one group together, which
/// is no entity.
fn key(group: &GroupBy) -> Want {
    Want::Key(Expr::column(group.key.clone()))
}

/// What the aggregates of a measure look at.
fn expressions(measure: &Measure, found: &mut Vec<Expr>) {
    if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
        found.extend(aggregate.relation.filters.iter().chain(&aggregate.argument).cloned());
    }
    measure.children().into_iter().for_each(|child| expressions(child, found));
}

/// What an aggregate of a group wants of each row.
fn wanted(aggregate: &Aggregate) -> Option<Want> {
    let argument = aggregate.argument.clone()?;
    Some(match aggregate.function {
        AggregateFunction::Count | AggregateFunction::Share => Want::Any(argument),
        AggregateFunction::CountDistinct => Want::Key(argument),
        AggregateFunction::Min | AggregateFunction::Max => Want::Extreme(argument),
        AggregateFunction::Sum
        | AggregateFunction::Mean
        | AggregateFunction::Median
        | AggregateFunction::Percentile(_)
        | AggregateFunction::Spread => Want::Value(argument),
    })
}

/// What a comparison with a row of the other side wants of this one: blank it meets none.
fn to_meet(op: BinaryOp, mine: &Expr) -> Option<Want> {
    use BinaryOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    match op {
        Equal => Some(Want::Key(mine.clone())),
        Less | LessOrEqual | Greater | GreaterOrEqual => Some(match mine.row_type() {
            Some(ty) if !ty.is_time() => Want::Value(mine.clone()),
            _ => Want::Time(mine.clone()),
        }),
        _ => None,
    }
}

/// The parts of a condition that must all hold.
fn conjuncts<'e>(condition: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &*condition.kind {
        ExprKind::Binary(BinaryOp::And, a, b) => {
            conjuncts(a, found);
            conjuncts(b, found);
        }
        _ => found.push(condition),
    }
}
