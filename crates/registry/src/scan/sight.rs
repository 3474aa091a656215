//! What a reading looks at: columns of which tables, and moments.
//!
//! Both are more rather than less: an answer is given again only while nothing of
//! what is named here has changed. Everything is walked down to its last part, and
//! kinds of parts are listed one by one, so that a new one has to be thought of.

use std::collections::BTreeSet;

use goalpost_core::calendar::{AsOf, Calendar, Window};
use goalpost_core::expr::{
    BinaryOp, ColumnRef, Expr, ExprKind, HistoryFunction, Literal, Moment, Owner, PeriodBound, Relation,
    RelationSource,
};
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::row_type::RowType;
use goalpost_core::schema::ColumnsByTable;

use super::listing::{Listing, RowValue};
use super::reading::{Key, Reading};
use super::{Apart, Scan};
use crate::relation::shape::Shapes;

/// What a reading looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    /// Tables, with the columns of each that it names or that are joined by.
    pub(crate) tables: ColumnsByTable,
    /// The queries among its sources.
    pub(crate) queries: BTreeSet<std::sync::Arc<str>>,
    /// How as-of decides what it sees.
    pub(crate) moment: SeenAt,
}

/// How the moment that a run speaks for decides what a reading sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenAt {
    /// By the day up to which things are visible.
    pub(crate) by_day: bool,
    /// By whether a moment in these columns lies at or after it. Where none does, any
    /// later moment of the same day sees the same.
    pub(crate) columns: BTreeSet<(TableName, ColumnName)>,
    /// By itself, in a way that is not looked into.
    pub(crate) exactly: bool,
}

impl Reading {
    /// What it looks at, at a moment.
    pub(crate) fn sight(&self, shapes: Shapes<'_>, calendar: &Calendar, as_of: &AsOf) -> Sight {
        let mut look = Look { shapes, found: Sight::default(), is_open: false, has_history: false };
        let is_open = |window: &Window| calendar.instant(window.end) > as_of.at;
        match self {
            Self::Groups(scan) => {
                look.is_open = scan.windows().iter().any(is_open);
                look.scan(scan);
            }
            Self::Moments(moments) => {
                look.is_open = moments.windows.iter().any(is_open);
                look.rows(&moments.source, Some(&moments.axis));
                moments.dimensions.iter().for_each(|column| look.column(column));
                look.expr(&moments.value);
                moments.filters.iter().for_each(|filter| look.expr(filter));
                look.end(&moments.source);
            }
            Self::Repeated { key, most: _ } => look.key(key),
            Self::Unmatched { from, to } | Self::UnmatchedValues { from, to, most: _ } => {
                look.key(from);
                look.key(to);
            }
            Self::Totals(listing) | Self::Rows(listing, _) => {
                look.is_open = is_open(&listing.window);
                look.listing(listing);
            }
        }
        look.found
    }
}

struct Look<'a> {
    shapes: Shapes<'a>,
    found: Sight,
    /// Whether `now` is as-of in some window.
    is_open: bool,
    /// Whether a value is from other rows of the same entity.
    has_history: bool,
}

impl Look<'_> {
    fn scan(&mut self, scan: &Scan) {
        let Scan { source, axis, dimensions, apart, bucket: _, undated: _, outputs } = scan;
        self.rows(source, axis.as_ref());
        dimensions.iter().for_each(|column| self.column(column));
        if let Some(apart) = apart.as_ref().map(Apart::expr) {
            self.expr(apart);
        }
        for output in outputs {
            output.filters.iter().chain(&output.argument).for_each(|expr| self.expr(expr));
        }
        self.end(source);
    }

    fn listing(&mut self, listing: &Listing) {
        let Listing { source, axis, window: _, columns, value, segment, classes, limit: _ } = listing;
        self.rows(source, axis.as_ref());
        columns.iter().for_each(|expr| self.expr(expr));
        match value {
            RowValue::One => {}
            RowValue::Truth(expr) | RowValue::Of(expr) => self.expr(expr),
        }
        segment.iter().for_each(|(expr, _)| self.expr(expr));
        classes.iter().flatten().for_each(|expr| self.expr(expr));
        self.end(source);
    }

    fn key(&mut self, key: &Key) {
        self.found.tables.entry(key.table.clone()).or_default().insert(key.column.clone());
    }

    /// The rows of a source, cut off at as-of by a time.
    fn rows(&mut self, source: &RelationSource, axis: Option<&Expr>) {
        self.source(source);
        if let Some(axis) = axis {
            self.expr(axis);
            self.visible(axis);
        }
    }

    /// Histories are cut off by the default time of the rows that they are a column of.
    fn end(&mut self, source: &RelationSource) {
        if self.has_history {
            self.by_default(source);
        }
    }

    /// Rows at or after as-of by the default time of their table are invisible.
    fn by_default(&mut self, source: &RelationSource) {
        if let Some(axis) = self.shapes.default_time(source) {
            self.visible(&axis);
        }
    }

    fn source(&mut self, source: &RelationSource) {
        match source {
            RelationSource::Table(name) => self.table(name),
            RelationSource::Join(join) => {
                self.relation(&join.left);
                self.relation(&join.right);
                self.expr(&join.on);
            }
            RelationSource::GroupBy(group) => {
                self.relation(&group.input);
                self.column(&group.key);
                group.columns.iter().for_each(|(_, measure)| self.measure(measure));
            }
            RelationSource::Sql(text) => {
                self.found.queries.insert(std::sync::Arc::clone(text));
                let Some(query) = self.shapes.queries.get(text) else { return };
                for (table, columns) in &query.wanted {
                    self.table(table);
                    self.found.tables.entry(table.clone()).or_default().extend(columns.iter().cloned());
                    self.by_default(&RelationSource::Table(table.clone()));
                }
            }
        }
    }

    /// A table, with what its rows are ordered and cut off by.
    fn table(&mut self, name: &TableName) {
        let columns = self.found.tables.entry(name.clone()).or_default();
        if let Some(table) = self.shapes.schema.tables.get(name) {
            columns.extend(table.time.iter().chain(&table.key).cloned());
        }
    }

    fn relation(&mut self, relation: &Relation) {
        let Relation { source, filters, alive, at: _ } = relation;
        self.source(source);
        filters.iter().for_each(|filter| self.expr(filter));
        match alive {
            None => self.by_default(source),
            Some(alive) => {
                self.expr(&alive.from);
                self.visible(&alive.from);
                alive.until.iter().for_each(|until| self.expr(until));
                if alive.moment == Moment::End {
                    self.beside_now(&alive.from);
                    alive.until.iter().for_each(|until| self.beside_now(until));
                }
            }
        }
    }

    fn measure(&mut self, measure: &Measure) {
        if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
            self.relation(&aggregate.relation);
            aggregate.argument.iter().chain(&aggregate.time).for_each(|expr| self.expr(expr));
        }
        measure.children().into_iter().for_each(|child| self.measure(child));
    }

    fn expr(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Column(column) => self.column(column),
            ExprKind::Literal(_) => {}
            ExprKind::Period(PeriodBound::Now) => self.found.moment.exactly |= self.is_open,
            ExprKind::Period(PeriodBound::Start | PeriodBound::End) => {}
            ExprKind::Binary(op, a, b) => match (is_now(a), is_now(b)) {
                (true, false) if compares(*op) => self.beside_now(b),
                (false, true) if compares(*op) => self.beside_now(a),
                _ => [a, b].into_iter().for_each(|side| self.expr(side)),
            },
            ExprKind::InRows(value, rows) => {
                self.expr(value);
                self.relation(&rows.relation);
                self.expr(&rows.column);
            }
            ExprKind::History(call) => {
                self.has_history = true;
                self.relation(&call.relation);
                self.by_default(&call.relation.source);
                self.expr(&call.key);
                call.order.iter().chain(&call.argument).for_each(|expr| self.expr(expr));
            }
            ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::InList(..)
            | ExprKind::Matches(..)
            | ExprKind::Call(..)
            | ExprKind::Case { .. } => {
                expr.children().into_iter().for_each(|child| self.expr(child));
            }
        }
    }

    /// A column, with the tables on the way to it.
    fn column(&mut self, column: &ColumnRef) {
        let mut here = match &column.owner {
            Owner::Derived(source) => return self.source(source),
            Owner::Table(table) => table.clone(),
        };
        self.table(&here);
        let Some((last, references)) = column.path.split_last() else { return };
        for step in references {
            let table = self.shapes.schema.tables.get(&here);
            let Some(reference) = table.and_then(|table| table.reference(step.as_str())) else { return };
            self.found.tables.entry(here).or_default().insert(reference.on.clone());
            here = reference.table.clone();
            self.table(&here);
            self.found.tables.entry(here.clone()).or_default().insert(reference.key.clone());
        }
        self.found.tables.entry(here).or_default().insert(last.clone());
    }

    /// Rows at or after as-of on an axis are invisible.
    fn visible(&mut self, axis: &Expr) {
        self.found.moment.by_day = true;
        if !self.only_columns(axis) {
            self.found.moment.exactly = true;
        }
    }

    /// A time that is compared with as-of, where a window is open.
    fn beside_now(&mut self, time: &Expr) {
        self.expr(time);
        if self.is_open {
            self.visible(time);
        }
    }

    /// Notes the columns that a time is one of the moments of; false where it may be
    /// another. Of days the visible day decides.
    fn only_columns(&mut self, time: &Expr) -> bool {
        match time.row_type() {
            Some(RowType::Date) => return true,
            Some(RowType::DateTime) => {}
            _ => return false,
        }
        match &*time.kind {
            ExprKind::Column(column) => self.only_column(column),
            ExprKind::Binary(BinaryOp::Coalesce, a, b) => self.only_columns(a) & self.only_columns(b),
            ExprKind::Case { arms, otherwise } => {
                let values = arms.iter().map(|(_, value)| value).chain(otherwise);
                let values = values.filter(|value| !is_null(value));
                values.fold(true, |only, value| self.only_columns(value) & only)
            }
            ExprKind::History(call) => match (call.function, &call.argument) {
                (
                    HistoryFunction::First
                    | HistoryFunction::Last
                    | HistoryFunction::Previous
                    | HistoryFunction::Next,
                    Some(argument),
                ) => self.only_columns(argument),
                _ => false,
            },
            _ => false,
        }
    }

    fn only_column(&mut self, column: &ColumnRef) -> bool {
        match &column.owner {
            Owner::Table(table) => match self.shapes.schema.resolve(table, &column.path) {
                Ok(resolved) => {
                    let found = (resolved.table.name.clone(), resolved.column.name.clone());
                    self.found.moment.columns.insert(found);
                    true
                }
                Err(_) => false,
            },
            Owner::Derived(RelationSource::GroupBy(group)) => {
                let name = column.path.last();
                if name == group.key.path.last() {
                    return self.only_column(&group.key);
                }
                let made = group.columns.iter().find(|(known, _)| Some(known) == name);
                match made.map(|(_, measure)| &*measure.kind) {
                    Some(MeasureKind::Aggregate(aggregate)) => {
                        matches!(aggregate.function, AggregateFunction::Min | AggregateFunction::Max)
                            && aggregate.argument.as_ref().is_some_and(|argument| self.only_columns(argument))
                    }
                    _ => false,
                }
            }
            Owner::Derived(RelationSource::Table(_) | RelationSource::Join(_) | RelationSource::Sql(_)) => {
                false
            }
        }
    }
}

fn is_now(expr: &Expr) -> bool {
    matches!(&*expr.kind, ExprKind::Period(PeriodBound::Now))
}

fn is_null(expr: &Expr) -> bool {
    matches!(&*expr.kind, ExprKind::Literal(Literal::Null))
}

fn compares(op: BinaryOp) -> bool {
    use BinaryOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    matches!(op, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
}

#[cfg(test)]
mod tests {
    use goalpost_core::row_type::Typing;
    use goalpost_core::schema::{Column, ColumnType, Schema, Table};

    use super::*;
    use crate::query::Queries;
    use crate::relation::window::Undated;
    use crate::scan::{Bucket, Output, OutputFunction};

    fn schema() -> Schema {
        let column = |name: &str, ty| Column {
            name: name.into(),
            ty,
            declared: true,
            source: name.to_owned(),
            untyped: None,
        };
        let columns = vec![
            column("id", ColumnType::Text),
            column("day", ColumnType::Date),
            column("opened", ColumnType::DateTime),
            column("closed", ColumnType::DateTime),
        ];
        let table = Table {
            name: "tickets".into(),
            columns,
            time: Some("opened".into()),
            key: Some("id".into()),
            references: Vec::new(),
        };
        Schema { tables: [(table.name.clone(), table)].into() }
    }

    fn column(name: &str, ty: RowType) -> Expr {
        let column = ColumnRef::of_table(&"tickets".into(), vec![name.into()]);
        Expr { ty: Typing(Some(ty)), ..Expr::column(column) }
    }

    fn seen(axis: Option<Expr>, filters: Vec<Expr>, end: &str) -> SeenAt {
        let calendar = Calendar::default();
        let day = |text: &str| text.parse().expect("a day");
        let window = Window { start: Some(day("2026-03-01")), end: day(end) };
        let scan = Scan {
            source: RelationSource::Table("tickets".into()),
            axis,
            dimensions: Vec::new(),
            apart: None,
            bucket: Bucket::Whole,
            undated: Undated::Counted,
            outputs: vec![Output {
                function: OutputFunction::Count,
                argument: None,
                filters,
                window: Some(window),
            }],
        };
        let (schema, queries) = (schema(), Queries::new());
        let shapes = Shapes { schema: &schema, queries: &queries };
        let as_of = AsOf::parse("2026-04-15T12:00", &calendar).expect("a moment");
        Reading::Groups(scan).sight(shapes, &calendar, &as_of).moment
    }

    fn columns(names: &[&str]) -> BTreeSet<(TableName, ColumnName)> {
        names.iter().map(|name| ("tickets".into(), (*name).into())).collect()
    }

    #[test]
    fn what_is_placed_nowhere_does_not_depend_on_the_moment() {
        assert_eq!(seen(None, Vec::new(), "2026-05-01"), SeenAt::default());
        let known = column("opened", RowType::DateTime).is_known();
        assert_eq!(seen(None, vec![known], "2026-05-01"), SeenAt::default());
    }

    #[test]
    fn days_depend_on_the_day_and_moments_on_what_comes_after() {
        let by_day = SeenAt { by_day: true, ..SeenAt::default() };
        assert_eq!(seen(Some(column("day", RowType::Date)), Vec::new(), "2026-05-01"), by_day);
        let opened = column("opened", RowType::DateTime);
        let found = SeenAt { columns: columns(&["opened"]), ..by_day.clone() };
        assert_eq!(seen(Some(opened.clone()), Vec::new(), "2026-05-01"), found);
        let either = Expr::binary(BinaryOp::Coalesce, column("closed", RowType::DateTime), opened);
        let found = SeenAt { columns: columns(&["closed", "opened"]), ..by_day };
        assert_eq!(seen(Some(either), Vec::new(), "2026-05-01"), found);
    }

    #[test]
    fn now_matters_where_the_window_is_open() {
        let now = || Expr::period(PeriodBound::Now);
        let ended = Expr::binary(BinaryOp::Less, column("closed", RowType::DateTime), now());
        let found = SeenAt { by_day: true, columns: columns(&["closed"]), exactly: false };
        assert_eq!(seen(None, vec![ended.clone()], "2026-05-01"), found);
        assert_eq!(seen(None, vec![ended], "2026-04-01"), SeenAt::default());
        // An age is another one every moment.
        let age = Expr::binary(BinaryOp::Subtract, now(), column("opened", RowType::DateTime));
        let old = Expr::binary(BinaryOp::Greater, age, Expr::literal(Literal::NO_TIME));
        assert!(seen(None, vec![old.clone()], "2026-05-01").exactly);
        assert_eq!(seen(None, vec![old], "2026-04-01"), SeenAt::default());
    }
}
