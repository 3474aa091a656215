//! The check that nothing is counted once for every pair of a join.
//!
//! A row whose key other rows share stands in several pairs, and what is added up,
//! averaged or shared out over pairs then counts it several times. The check knows
//! keys and conditions only, no rows. How often pairs are counted is a count's own
//! question, and neither the least nor the greatest of them changes by repeating.

use goalpost_core::Decimal;
use goalpost_core::canonical;
use goalpost_core::diagnostic::Code;
use goalpost_core::expr::{
    BinaryOp, ColumnRef, Expr, ExprKind, HistoryCall, HistoryFunction, Join, Literal, Owner, Relation,
    RelationSource,
};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::source::At;

use super::expr_check::{Checker, Problem};
use crate::relation::owner::{equalities, owns};

impl Checker<'_> {
    /// Checks what an aggregate takes from the rows of a join.
    pub(crate) fn pairs(&mut self, aggregate: &Aggregate, at: &At) {
        let by_weight = match aggregate.function {
            AggregateFunction::Sum | AggregateFunction::Spread => true,
            AggregateFunction::Mean
            | AggregateFunction::Median
            | AggregateFunction::Percentile(_)
            | AggregateFunction::Share => false,
            AggregateFunction::Count
            | AggregateFunction::CountDistinct
            | AggregateFunction::Min
            | AggregateFunction::Max => return,
        };
        let (RelationSource::Join(join), Some(argument)) = (&aggregate.relation.source, &aggregate.argument)
        else {
            return;
        };
        let columns = if by_weight { self.unweighted(argument) } else { columns_of(argument) };
        let repeated = |column: &&ColumnRef| !self.stands_once(&aggregate.relation, &column.owner);
        if let Some(column) = columns.into_iter().find(repeated) {
            self.fan_out(join, column, by_weight, at);
        }
    }

    /// Checks what the groups of a join are made of.
    pub(crate) fn pairs_of_groups(&mut self, measure: &Measure) {
        match &*measure.kind {
            MeasureKind::Aggregate(aggregate) => self.pairs(aggregate, &measure.at),
            _ => measure.children().into_iter().for_each(|child| self.pairs_of_groups(child)),
        }
    }

    /// Checks a sum over the history of an entity. The other side's rows are pairs of
    /// this one's only once, so that their sum is right for each entity.
    pub(crate) fn pairs_of_history(&mut self, call: &HistoryCall, at: &At) {
        let (HistoryFunction::Sum, RelationSource::Join(join), Some(argument)) =
            (call.function, &call.relation.source, &call.argument)
        else {
            return;
        };
        let is_of_other = |owner: &Owner| {
            [(&join.left, &join.right), (&join.right, &join.left)].into_iter().any(|(side, other)| {
                owns(&side.source, owner)
                    && self.stands_once(side, owner)
                    && matches!(&other.source, RelationSource::Table(table)
                        if self.is_key_of(&call.key, &Owner::Table(table.clone())))
            })
        };
        let repeated = |column: &&ColumnRef| {
            !is_of_other(&column.owner) && !self.stands_once(&call.relation, &column.owner)
        };
        if let Some(column) = self.unweighted(argument).into_iter().find(repeated) {
            self.fan_out(join, column, true, at);
        }
    }

    /// Whether no row of an owner stands in more than one row of a relation.
    fn stands_once(&self, relation: &Relation, owner: &Owner) -> bool {
        let RelationSource::Join(join) = &relation.source else { return true };
        let (side, other, is_left) = if owns(&join.left.source, owner) {
            (&join.left, &join.right, true)
        } else if owns(&join.right.source, owner) {
            (&join.right, &join.left, false)
        } else {
            return true;
        };
        let keeps_one = relation.filters.iter().any(|filter| self.keeps_one(filter, owner));
        let meets_one = || {
            equalities(join).into_iter().any(|(left, right)| {
                let of_other = if is_left { right } else { left };
                match &*of_other.kind {
                    ExprKind::Column(column) => {
                        self.is_key_of(of_other, &column.owner) && self.stands_once(other, &column.owner)
                    }
                    _ => false,
                }
            })
        };
        keeps_one || (meets_one() && self.stands_once(side, owner))
    }

    /// Whether a condition holds for at most one of the rows that an owner's row stands
    /// in: it names one place in their history. Two places are two rows.
    fn keeps_one(&self, condition: &Expr, owner: &Owner) -> bool {
        use BinaryOp::{And, Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        match &*condition.kind {
            ExprKind::Binary(And, a, b) => self.keeps_one(a, owner) || self.keeps_one(b, owner),
            ExprKind::Binary(Equal, a, b) => {
                [(a, b), (b, a)].into_iter().any(|(place, which)| match &*place.kind {
                    ExprKind::History(call) if self.is_key_of(&call.key, owner) => match call.function {
                        HistoryFunction::Rank | HistoryFunction::RankFromEnd => {
                            is_one_per_entity(which, &call.key)
                        }
                        HistoryFunction::Count => is_at_most(which, Decimal::ONE),
                        _ => false,
                    },
                    _ => false,
                })
            }
            ExprKind::Binary(LessOrEqual, place, most) | ExprKind::Binary(GreaterOrEqual, most, place) => {
                self.is_place(place, owner) && is_at_most(most, Decimal::ONE)
            }
            ExprKind::Binary(Less, place, end) | ExprKind::Binary(Greater, end, place) => {
                self.is_place(place, owner) && is_at_most(end, Decimal::TWO)
            }
            ExprKind::InList(place, list) => {
                list.len() == 1
                    && matches!(&*place.kind, ExprKind::History(call)
                    if self.is_key_of(&call.key, owner)
                        && matches!(call.function, HistoryFunction::Rank | HistoryFunction::RankFromEnd))
            }
            _ => false,
        }
    }

    /// Whether an expression is a row's place in an owner's history, or how long it is.
    fn is_place(&self, expr: &Expr, owner: &Owner) -> bool {
        matches!(&*expr.kind, ExprKind::History(call)
        if self.is_key_of(&call.key, owner)
            && matches!(
                call.function,
                HistoryFunction::Rank | HistoryFunction::RankFromEnd | HistoryFunction::Count
            ))
    }

    /// Whether an expression identifies the rows of an owner.
    fn is_key_of(&self, expr: &Expr, owner: &Owner) -> bool {
        match (&*expr.kind, owner) {
            (ExprKind::Column(column), Owner::Table(table)) => {
                self.shapes.keys(&RelationSource::Table(table.clone())).contains(column)
            }
            _ => false,
        }
    }

    /// The columns that a sum takes whole from each of its rows. A factor from a
    /// history says by how much a row counts, and so does a case for one place in it.
    fn unweighted<'e>(&self, expr: &'e Expr) -> Vec<&'e ColumnRef> {
        let weighs = |weight: &Expr, column: &ColumnRef| {
            weight.any(&mut |part| {
                matches!(&*part.kind, ExprKind::History(call) if self.is_key_of(&call.key, &column.owner))
            })
        };
        match &*expr.kind {
            ExprKind::Binary(BinaryOp::Multiply | BinaryOp::Divide, a, b) => {
                let mut found = self.unweighted(a);
                found.retain(|column| !weighs(b, column));
                let mut others = self.unweighted(b);
                others.retain(|column| !weighs(a, column));
                found.extend(others);
                found
            }
            ExprKind::Case { arms, otherwise } => {
                let mut found = Vec::new();
                for (condition, value) in arms {
                    let mut of_arm = self.unweighted(value);
                    of_arm.retain(|column| !self.keeps_one(condition, &column.owner));
                    found.extend(of_arm);
                }
                found.extend(otherwise.iter().flat_map(|value| self.unweighted(value)));
                found
            }
            ExprKind::Column(column) => vec![column],
            ExprKind::History(_) => Vec::new(),
            // The rows of the other relation are looked through, not joined.
            ExprKind::InRows(value, _) => self.unweighted(value),
            _ => expr.children().into_iter().flat_map(|child| self.unweighted(child)).collect(),
        }
    }

    fn fan_out(&mut self, join: &Join, column: &ColumnRef, by_weight: bool, at: &At) {
        // Which pair counts may only be unknown because the key is.
        let lacking = self.lacking_keys(&join.left.source).into_iter();
        let lacking: Vec<_> = lacking.chain(self.lacking_keys(&join.right.source)).collect();
        if !lacking.is_empty() {
            self.problems.extend(lacking.into_iter().map(|(table, column)| Problem::Missing {
                table,
                column: Some(column),
                at: at.clone(),
                help: "it says which pairs of the join are of the same row".to_owned(),
            }));
            return;
        }
        let (rows, key) = match &column.owner {
            Owner::Table(table) => {
                let key = self.shapes.keys(&RelationSource::Table(table.clone()));
                (table.to_string(), key.first().map(|key| format!("{table}.{}", key.dotted())))
            }
            Owner::Derived(source) => (source.to_string(), None),
        };
        let key = key.unwrap_or_else(|| "its key".to_owned());
        let message =
            format!("`{}` of {rows} would be counted once for every pair of the join", column.dotted());
        let mut help = format!("keep one pair of each, e.g. `p.where(p.per({key}, …).rank() == 1)`");
        if by_weight {
            help.push_str(&format!(", or divide by `p.per({key}).count()`"));
        }
        self.wrong(Code::FanOut, at, message, help);
    }

    /// The keys that tables of the catalogue below a source should have and lack.
    fn lacking_keys(&self, source: &RelationSource) -> Vec<(TableName, ColumnName)> {
        match source {
            RelationSource::Table(name) => {
                let key = canonical::table(name.as_str()).and_then(|table| table.key);
                let table = self.shapes.schema.tables.get(name);
                let lacks = table.is_some_and(|table| table.key.is_none());
                key.filter(|_| lacks).map(|key| (name.clone(), ColumnName::from(key))).into_iter().collect()
            }
            RelationSource::Join(join) => {
                let mut found = self.lacking_keys(&join.left.source);
                found.extend(self.lacking_keys(&join.right.source));
                found
            }
            RelationSource::GroupBy(_) | RelationSource::Sql(_) => Vec::new(),
        }
    }
}

/// The columns that an expression takes from each of its rows. What a history yields
/// is one value per entity already.
fn columns_of(expr: &Expr) -> Vec<&ColumnRef> {
    match &*expr.kind {
        ExprKind::Column(column) => vec![column],
        ExprKind::History(_) => Vec::new(),
        ExprKind::InRows(value, _) => columns_of(value),
        _ => expr.children().into_iter().flat_map(columns_of).collect(),
    }
}

/// Whether an expression is the same in all rows of an entity.
fn is_one_per_entity(expr: &Expr, key: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::History(call) => {
            call.key == *key
                && matches!(
                    call.function,
                    HistoryFunction::Count
                        | HistoryFunction::First
                        | HistoryFunction::Last
                        | HistoryFunction::Sum
                )
        }
        _ => false,
    }
}

fn is_at_most(expr: &Expr, most: Decimal) -> bool {
    matches!(&*expr.kind, ExprKind::Literal(Literal::Number(value)) if *value <= most)
}
