//! The rows of one aggregate: which count, which are left out and why, and what
//! is shown of them.

use std::collections::BTreeSet;

use goalpost_core::calendar::Window;
use goalpost_core::expr::{
    BinaryOp, ColumnRef, Expr, ExprKind, Literal, Moment, Owner, PeriodBound, RelationSource,
};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::name::ColumnName;
use goalpost_core::schema::Reference;
use goalpost_core::unit::Kind;

use crate::plan::Leaf;
use crate::plan::align::SegmentKey;
use crate::privacy;
use crate::project::Project;
use crate::relation::window::{Undated, alive_filters};
use crate::scan::listing::{Listing, RowValue};

/// What is shown of an aggregate's rows.
#[derive(Debug)]
pub(super) struct Layout {
    /// The aggregate, as text.
    pub(super) aggregate: String,
    /// How rows are placed in a window.
    pub(super) placed: String,
    /// The columns' names, in order.
    pub(super) names: Vec<String>,
    /// What they hold.
    shown: Vec<Expr>,
    /// Whether each is private, and last whether what a row adds is.
    pub(super) is_private: Vec<bool>,
    /// Why rows are left out, in the order of the listing's kinds.
    pub(super) reasons: Vec<String>,
    /// Whether what a row adds is a duration.
    pub(super) is_duration: bool,
    /// References that conditions and values go through, by their paths.
    references: Vec<Followed>,
    segment: Vec<ColumnRef>,
    by: Vec<ColumnRef>,
    has_private_segment: bool,
}

/// A reference on the way to a column.
#[derive(Debug)]
struct Followed {
    /// The names up to the reference itself.
    path: Vec<ColumnName>,
    owner: Owner,
    reference: Reference,
}

impl Followed {
    fn column(&self, before: &[ColumnName], name: &ColumnName) -> Expr {
        let mut path = before.to_vec();
        path.push(name.clone());
        Expr::column(ColumnRef { owner: self.owner.clone(), path })
    }

    /// That the reference leads nowhere, though it names something.
    fn unmatched(&self) -> [Expr; 2] {
        let on = self.column(&self.path[..self.path.len() - 1], &self.reference.on);
        let key = self.column(&self.path, &self.reference.key);
        [on.is_null().negated(), key.is_null()]
    }

    fn is_in(&self, expr: &Expr) -> bool {
        expr.any(&mut |part| match &*part.kind {
            ExprKind::Column(column) => {
                column.owner == self.owner
                    && column.path.len() > self.path.len()
                    && column.path.starts_with(&self.path)
            }
            _ => false,
        })
    }
}

impl Layout {
    pub(super) fn of(project: &Project, leaf: &Leaf, by: &[ColumnRef]) -> Self {
        let mut shown: Vec<Expr> = Vec::new();
        let add = |expr: Expr, shown: &mut Vec<Expr>| {
            if !shown.contains(&expr) {
                shown.push(expr);
            }
        };
        let axes: Vec<&Expr> = match &leaf.relation.alive {
            Some(alive) => std::iter::once(&alive.from).chain(&alive.until).collect(),
            None => leaf.time.iter().collect(),
        };
        // Rows are in the order of their time, then of their key.
        for axis in axes {
            add(axis.clone(), &mut shown);
        }
        let keys = match &leaf.relation.source {
            RelationSource::GroupBy(group) => vec![ColumnRef {
                owner: Owner::Derived(leaf.relation.source.clone()),
                path: group.key.path.last().cloned().into_iter().collect(),
            }],
            source => project.catalogue.shapes().keys(source),
        };
        for key in keys {
            add(Expr::column(key), &mut shown);
        }
        let mut looked_at = Vec::new();
        for expr in leaf.relation.filters.iter().chain(&leaf.argument) {
            columns_of(expr, &mut looked_at);
        }
        for found in looked_at.into_iter().chain(leaf.dimensions.iter().chain(by).cloned()) {
            add(Expr::column(found), &mut shown);
        }
        let (function, argument) = (leaf.function, leaf.argument.as_ref());
        let mut is_private: Vec<bool> =
            shown.iter().map(|expr| privacy::is_made_of_private(project, expr)).collect();
        is_private.push(argument.is_some_and(|argument| privacy::is_made_of_private(project, argument)));
        let mut layout = Self {
            aggregate: match argument {
                Some(argument) => format!("{} of {argument} over {}", function.name(), leaf.relation),
                None => format!("{} over {}", function.name(), leaf.relation),
            },
            placed: match (&leaf.relation.alive, &leaf.time) {
                (Some(alive), _) => match alive.moment {
                    Moment::Start => "alive at the start".to_owned(),
                    Moment::End => "alive at the end".to_owned(),
                    Moment::During => "alive during it".to_owned(),
                },
                (None, Some(time)) => format!("by {time}"),
                (None, None) => "at any time".to_owned(),
            },
            names: shown.iter().map(|expr| name_of(expr, &leaf.relation.source)).collect(),
            shown,
            is_private,
            reasons: Vec::new(),
            is_duration: leaf.kind == Kind::DURATION && function != AggregateFunction::CountDistinct,
            references: followed(project, leaf),
            segment: leaf.dimensions.clone(),
            by: by.to_vec(),
            has_private_segment: leaf.dimensions.iter().any(|column| privacy::is_private(project, column)),
        };
        layout.reasons = layout.kinds(leaf, true).into_iter().skip(1).map(|(reason, _)| reason).collect();
        layout
    }

    /// The columns that have to be read besides those of the aggregate.
    pub(super) fn read(&self) -> Vec<ColumnRef> {
        let plain = |expr: &Expr| match &*expr.kind {
            ExprKind::Column(column) => Some(column.clone()),
            _ => None,
        };
        self.shown.iter().filter_map(plain).collect()
    }

    pub(super) fn by(&self) -> &[ColumnRef] {
        &self.by
    }

    pub(super) fn has_private_segment(&self) -> bool {
        self.has_private_segment
    }

    /// The listing over a window.
    pub(super) fn listing(&self, leaf: &Leaf, window: Window, key: &SegmentKey, limit: usize) -> Listing {
        let segment = self.segment.iter().cloned().map(Expr::column).zip(key.iter().cloned()).collect();
        let axis = leaf.relation.alive.as_ref().map(|alive| &alive.from).or(leaf.time.as_ref());
        Listing {
            source: leaf.relation.source.clone(),
            axis: axis.cloned(),
            window,
            columns: self.shown.clone(),
            value: match (leaf.function, &leaf.argument) {
                (AggregateFunction::Share, Some(condition)) => RowValue::Truth(condition.clone()),
                (_, Some(argument)) => RowValue::Of(argument.clone()),
                (_, None) => RowValue::One,
            },
            segment,
            classes: self.kinds(leaf, window.start.is_some()).into_iter().map(|(_, kind)| kind).collect(),
            limit,
        }
    }

    /// The kinds of rows: those that count, and those left out with the reason.
    fn kinds(&self, leaf: &Leaf, has_start: bool) -> Vec<(String, Vec<Expr>)> {
        let filters = &leaf.relation.filters;
        let inside = inside(leaf, has_start);
        let with =
            |more: &[Expr]| -> Vec<Expr> { filters.iter().chain(&inside).chain(more).cloned().collect() };
        let argument = leaf.argument.as_ref().filter(|_| leaf.function != AggregateFunction::Share);
        let is_duration = leaf.kind == Kind::DURATION && leaf.function != AggregateFunction::CountDistinct;
        let value = argument.map(|argument| {
            Leaf::has_value(argument, if is_duration { Kind::DURATION } else { Kind::NUMBER })
        });
        let mut kinds = vec![(String::new(), with(&value.into_iter().collect::<Vec<_>>()))];
        let everything: Vec<&Expr> = filters.iter().chain(&leaf.argument).collect();
        for followed in &self.references {
            let apart =
                everything.iter().filter(|expr| !followed.is_in(expr)).filter(|expr| filters.contains(expr));
            let conditions =
                apart.map(|expr| (**expr).clone()).chain(inside.clone()).chain(followed.unmatched());
            kinds.push((
                format!("{} is not in {}", dotted(&followed.path), followed.reference.table),
                conditions.collect(),
            ));
        }
        match &leaf.relation.alive {
            Some(alive) => {
                if let Some(until) = &alive.until {
                    let mut backwards = filters.clone();
                    backwards.push(alive_filters(alive).swap_remove(0));
                    backwards.push(Expr::binary(BinaryOp::Less, until.clone(), alive.from.clone()));
                    kinds.push((format!("{until} before {}", alive.from), backwards));
                }
                let mut unborn = filters.clone();
                unborn.push(alive.from.clone().is_null());
                kinds.push((format!("no {}", alive.from), unborn));
            }
            None => {
                if let Some(time) = &leaf.time {
                    let mut undated = filters.clone();
                    undated.push(time.clone().is_null());
                    kinds.push((format!("no {time}"), undated));
                }
            }
        }
        if let Some(argument) = argument {
            kinds.push((format!("no {argument}"), with(&[argument.clone().is_null()])));
            if is_duration {
                let nothing = Expr::literal(Literal::NO_TIME);
                let negative = Expr::binary(BinaryOp::Less, argument.clone(), nothing);
                kinds.push((format!("negative {argument}"), with(&[negative])));
            }
        }
        kinds
    }
}

/// The conditions of belonging to the window.
fn inside(leaf: &Leaf, has_start: bool) -> Vec<Expr> {
    if let Some(alive) = &leaf.relation.alive {
        return alive_filters(alive);
    }
    let Some(time) = &leaf.time else { return Vec::new() };
    let before_end = Expr::binary(BinaryOp::Less, time.clone(), Expr::period(PeriodBound::End));
    if has_start {
        return vec![
            Expr::binary(BinaryOp::GreaterOrEqual, time.clone(), Expr::period(PeriodBound::Start)),
            before_end,
        ];
    }
    match leaf.undated {
        Undated::Counted => vec![Expr::binary(BinaryOp::Or, before_end, time.clone().is_null())],
        Undated::LeftOut => vec![before_end],
    }
}

/// The references that an aggregate's conditions and values go through.
fn followed(project: &Project, leaf: &Leaf) -> Vec<Followed> {
    let mut columns = Vec::new();
    for expr in leaf.relation.filters.iter().chain(&leaf.argument) {
        columns_of(expr, &mut columns);
    }
    let mut found: Vec<Followed> = Vec::new();
    let mut seen = BTreeSet::new();
    for column in columns {
        let Owner::Table(table) = &column.owner else { continue };
        let Ok(resolved) = project.sources.schema().resolve(table, &column.path) else { continue };
        for (depth, (_, reference)) in resolved.through.iter().enumerate() {
            let path = column.path[..=depth].to_vec();
            if seen.insert((table.clone(), path.clone())) {
                let (owner, reference) = (column.owner.clone(), (*reference).clone());
                found.push(Followed { path, owner, reference });
            }
        }
    }
    found
}

/// The columns of the rows themselves that an expression looks at.
fn columns_of(expr: &Expr, found: &mut Vec<ColumnRef>) {
    match &*expr.kind {
        ExprKind::Column(column) => {
            if !found.contains(column) {
                found.push(column.clone());
            }
        }
        // The other rows are not these.
        ExprKind::InRows(value, _) => columns_of(value, found),
        ExprKind::History(call) => {
            columns_of(&call.key, found);
            for expr in call.order.iter().chain(&call.argument) {
                columns_of(expr, found);
            }
        }
        _ => expr.children().into_iter().for_each(|child| columns_of(child, found)),
    }
}

fn name_of(expr: &Expr, source: &RelationSource) -> String {
    match (&*expr.kind, source) {
        (ExprKind::Column(ColumnRef { owner: Owner::Table(table), path }), RelationSource::Join(_)) => {
            format!("{table}.{}", dotted(path))
        }
        _ => expr.to_string(),
    }
}

fn dotted(path: &[ColumnName]) -> String {
    path.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(".")
}
