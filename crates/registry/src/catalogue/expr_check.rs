//! The check that a script's expressions have a type.
//!
//! The check collects problems instead of stopping at the first: what a project
//! does not map ([`Problem::Missing`]) makes a metric unavailable, what can never
//! work ([`Problem::Wrong`]) is an error at its place in the script.

use goalpost_core::calendar::{AsOf, Calendar};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::expr::{
    BinaryOp, ColumnRef, Expr, ExprKind, Function, HistoryFunction, Join, Literal, Owner, Relation,
    RelationSource, Step,
};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::row_type::RowType;
use goalpost_core::source::At;
use goalpost_core::white::trimmed;

use crate::relation::owner::{equalities, owns};
use crate::relation::shape::{Shapes, Unfound};

/// A finding of the check.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// The project has no such table, or the table no such column.
    Missing { table: TableName, column: Option<ColumnName>, at: At, help: String },
    /// It cannot work in any project.
    Wrong(Diagnostic),
}

/// Finds the types of expressions and collects what is wrong with them.
pub(crate) struct Checker<'a> {
    pub(crate) shapes: Shapes<'a>,
    pub(crate) calendar: &'a Calendar,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(shapes: Shapes<'a>, calendar: &'a Calendar) -> Self {
        Self { shapes, calendar, problems: Vec::new() }
    }

    pub(crate) fn wrong(&mut self, code: Code, at: &At, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::Wrong(Diagnostic::error(code, message).at(at.clone()).help(help)));
    }

    /// Checks the rows of a relation: its source, filters and lifetime.
    pub(crate) fn relation(&mut self, relation: &Relation) {
        self.source(&relation.source, &relation.at);
        for filter in &relation.filters {
            self.condition(filter, &relation.source);
        }
        if let Some(alive) = &relation.alive {
            for bound in [Some(&alive.from), alive.until.as_ref()].into_iter().flatten() {
                if let Some(ty) = self.expr(bound, &relation.source)
                    && !ty.is_time()
                {
                    let described = self.described(bound, ty);
                    let message = format!("`{bound}` is {described}, not a date");
                    self.mismatch(
                        &[&described],
                        &bound.at,
                        message,
                        "`active` takes the date a life begins and the date it ends",
                    );
                }
            }
        }
    }

    fn source(&mut self, source: &RelationSource, at: &At) {
        match source {
            RelationSource::Table(name) => {
                if self.shapes.schema.tables.contains_key(name) {
                    return;
                }
                let known: Vec<&str> = self.shapes.schema.tables.keys().map(TableName::as_str).collect();
                let help = did_you_mean(name.as_str(), known.iter().copied());
                self.problems.push(Problem::Missing {
                    table: name.clone(),
                    column: None,
                    at: at.clone(),
                    help,
                });
            }
            RelationSource::GroupBy(group) => {
                self.relation(&group.input);
                self.column(&group.key, &group.input.source, at);
                for (_, measure) in &group.columns {
                    self.pairs_of_groups(measure);
                }
                self.timeless(&group.input, "a group sees all rows, whatever the period");
            }
            RelationSource::Join(join) => self.join(join, source),
            // Its problems were reported when it was planned.
            RelationSource::Sql(_) => {}
        }
    }

    fn join(&mut self, join: &Join, whole: &RelationSource) {
        self.relation(&join.left);
        self.relation(&join.right);
        if join.left.source == join.right.source {
            let message =
                format!("{} is joined with itself, so its columns would be ambiguous", join.left.source);
            self.wrong(
                Code::Unsupported,
                &join.on.at,
                message,
                "use `per(key)` to look at other rows of the same table",
            );
            return;
        }
        for side in [&join.left, &join.right] {
            self.timeless(side, "a join pairs all rows, whatever the period");
        }
        if let Some(place) = period_in(&join.on) {
            self.no_period(&place, "a join pairs all rows, whatever the period");
        }
        self.condition(&join.on, whole);
        if equalities(join).is_empty() {
            let message = "the condition of a join needs an equality between the two tables".to_owned();
            self.wrong(
                Code::TypeMismatch,
                &join.on.at,
                message,
                "add e.g. `orders.customer_id == touches.customer_id`",
            );
        }
    }

    /// Refuses rows that are different in each period where all periods share them.
    fn timeless(&mut self, relation: &Relation, because: &str) {
        if relation.alive.is_some() {
            self.no_period(&relation.at, because);
        } else if let Some(place) = relation.filters.iter().find_map(period_in) {
            self.no_period(&place, because);
        }
    }

    fn no_period(&mut self, at: &At, because: &str) {
        let message = format!("what depends on the period cannot stand here: {because}");
        let help =
            "say it of what comes out, e.g. `pairs.where(… < period.now)`, or use `in` for rows at a moment";
        self.wrong(Code::Unsupported, at, message, help);
    }

    /// Checks that an expression is true or false.
    pub(crate) fn condition(&mut self, expr: &Expr, rows: &RelationSource) {
        if let Some(ty) = self.expr(expr, rows)
            && !matches!(ty, RowType::Bool | RowType::Null)
        {
            let message = format!("`{expr}` is {}, not a condition", ty.name());
            self.wrong(Code::TypeMismatch, &expr.at, message, "compare it with something, e.g. `== \"won\"`");
        }
    }

    /// The type of an expression over rows; `None` where a problem was reported.
    pub(crate) fn expr(&mut self, expr: &Expr, rows: &RelationSource) -> Option<RowType> {
        match &*expr.kind {
            ExprKind::Column(column) => self.column(column, rows, &expr.at),
            ExprKind::Literal(literal) => Some(match literal {
                Literal::Null => RowType::Null,
                Literal::Bool(_) => RowType::Bool,
                Literal::Number(_) => RowType::Decimal,
                Literal::Text(_) => RowType::Text,
                Literal::Step(step) if step.unit.seconds().is_some() => RowType::Duration,
                Literal::Step(step) => {
                    let message = format!("{step} has no fixed length here");
                    self.wrong(
                        Code::TypeMismatch,
                        &expr.at,
                        message,
                        "months and years can be added to a date; compare durations with days",
                    );
                    return None;
                }
            }),
            ExprKind::Not(inner) => {
                self.condition(inner, rows);
                Some(RowType::Bool)
            }
            ExprKind::Negate(inner) => {
                let ty = self.expr(inner, rows)?;
                if ty.kind().is_none() {
                    let described = self.described(inner, ty);
                    let message = format!("`{inner}` is {described}, it has no negative");
                    self.mismatch(&[&described], &expr.at, message, "use a number");
                    return None;
                }
                Some(ty)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr, rows),
            ExprKind::InList(value, list) => {
                let ty = self.expr(value, rows);
                for literal in list {
                    let literal = Expr::new(ExprKind::Literal(literal.clone()), expr.at.clone());
                    let item = self.expr(&literal, rows);
                    if let (Some(ty), Some(item)) = (ty, item) {
                        self.comparable(value, ty, &literal, item, expr);
                    }
                }
                Some(RowType::Bool)
            }
            ExprKind::InRows(value, other) => {
                let left = self.expr(value, rows);
                self.relation(&other.relation);
                let right = self.expr(&other.column, &other.relation.source);
                if let (Some(left), Some(right)) = (left, right) {
                    self.comparable(value, left, &other.column, right, expr);
                }
                Some(RowType::Bool)
            }
            ExprKind::Matches(value, _) => {
                self.wants(value, rows, RowType::Text, "`matches`");
                Some(RowType::Bool)
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments, rows),
            ExprKind::Case { arms, otherwise } => {
                let mut found: Option<(RowType, &Expr)> = None;
                for (condition, value) in arms {
                    self.condition(condition, rows);
                    found = self.unified(found, value, rows);
                }
                if let Some(value) = otherwise {
                    found = self.unified(found, value, rows);
                }
                found.map(|(ty, _)| ty)
            }
            ExprKind::History(call) => {
                if call.relation.source != *rows {
                    let message = format!("this history is of {}, not of these rows", call.relation.source);
                    self.wrong(Code::TypeMismatch, &expr.at, message, format!("use a history of {rows}"));
                    return None;
                }
                self.relation(&call.relation);
                self.expr(&call.key, rows);
                if let Some(order) = &call.order {
                    self.expr(order, rows);
                }
                let argument = call.argument.as_ref().map(|argument| self.expr(argument, rows));
                self.pairs_of_history(call, &expr.at);
                match call.function {
                    HistoryFunction::Rank | HistoryFunction::RankFromEnd | HistoryFunction::Count => {
                        Some(RowType::Integer)
                    }
                    _ => argument.flatten(),
                }
            }
            ExprKind::Period(_) => Some(RowType::DateTime),
        }
    }

    fn unified<'e>(
        &mut self,
        found: Option<(RowType, &'e Expr)>,
        value: &'e Expr,
        rows: &RelationSource,
    ) -> Option<(RowType, &'e Expr)> {
        let Some(ty) = self.expr(value, rows) else { return found };
        let Some((before, first)) = found else { return Some((ty, value)) };
        match before.chosen(ty) {
            Some(both) => Some((both, first)),
            None => {
                let message = format!("`{first}` is {}, `{value}` is {}", before.name(), ty.name());
                self.wrong(
                    Code::TypeMismatch,
                    &value.at,
                    message,
                    "all values of one expression need one type",
                );
                Some((before, first))
            }
        }
    }

    pub(crate) fn column(&mut self, column: &ColumnRef, rows: &RelationSource, at: &At) -> Option<RowType> {
        if !owns(rows, &column.owner) {
            let owner = match &column.owner {
                Owner::Table(name) => name.to_string(),
                Owner::Derived(source) => source.to_string(),
            };
            let message = format!("`{}` is a column of {owner}, not of {rows}", column.dotted());
            self.wrong(
                Code::UnknownColumn,
                at,
                message,
                format!("use a column of {rows}, or reach {owner} through a reference or with `in`"),
            );
            return None;
        }
        match self.shapes.resolve(&column.owner, &column.path) {
            Ok(found) => Some(found.ty),
            Err(Unfound { table, column, help }) => {
                self.problems.push(Problem::Missing { table, column, at: at.clone(), help });
                None
            }
        }
    }

    fn wants(&mut self, value: &Expr, rows: &RelationSource, wanted: RowType, what: &str) {
        if let Some(ty) = self.expr(value, rows)
            && ty.unified(wanted).is_none()
        {
            let message = format!("{what} works on {}, but `{value}` is {}", wanted.name(), ty.name());
            self.wrong(
                Code::TypeMismatch,
                &value.at,
                message,
                "give the column another `type` in goalpost.toml, or use another column",
            );
        }
    }

    fn call(&mut self, function: Function, arguments: &[Expr], rows: &RelationSource) -> Option<RowType> {
        let receiver = arguments.first()?;
        let what = format!("`{}`", function.name());
        match function {
            Function::Lower
            | Function::Upper
            | Function::Trim
            | Function::Digits
            | Function::Left
            | Function::Right => {
                self.wants(receiver, rows, RowType::Text, &what);
                Some(RowType::Text)
            }
            Function::BusinessTime => {
                for moment in arguments {
                    let ty = self.expr(moment, rows)?;
                    if !ty.is_time() {
                        let message =
                            format!("{what} works between two dates, but `{moment}` is {}", ty.name());
                        self.wrong(Code::TypeMismatch, &moment.at, message, "use date columns");
                    }
                }
                Some(RowType::Duration)
            }
            Function::Length => {
                self.wants(receiver, rows, RowType::Text, &what);
                Some(RowType::Integer)
            }
            Function::Key => {
                let parts: Vec<_> = arguments.iter().map(|part| self.expr(part, rows)).collect();
                parts.iter().all(Option::is_some).then_some(RowType::Text)
            }
            Function::Year | Function::Month | Function::Weekday => {
                let ty = self.expr(receiver, rows)?;
                if !ty.is_time() {
                    let message = format!("{what} works on dates, but `{receiver}` is {}", ty.name());
                    self.wrong(Code::TypeMismatch, &receiver.at, message, "use a date column");
                }
                Some(RowType::Integer)
            }
        }
    }

    /// Notes a step that leads from no date to another; `None` where it does.
    fn within_calendar(&mut self, step: Step, at: &At) -> Option<()> {
        if step.is_within_calendar() {
            return Some(());
        }
        let message = format!("{step} lead beyond every date: they are in the years 1 to 9999");
        self.wrong(Code::TypeMismatch, at, message, "write a shorter one");
        None
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        whole: &Expr,
        rows: &RelationSource,
    ) -> Option<RowType> {
        use BinaryOp::{Add, And, Coalesce, Divide, Multiply, Or, Subtract};
        if matches!(op, And | Or) {
            self.condition(left, rows);
            self.condition(right, rows);
            return Some(RowType::Bool);
        }
        // A calendar step is no value of its own, only something to add to a date.
        // Where the other side is unknown, its problem is the one to report.
        if let (Add | Subtract, ExprKind::Literal(Literal::Step(step))) = (op, &*right.kind) {
            self.within_calendar(*step, &right.at)?;
            let ty = self.expr(left, rows)?;
            if ty == RowType::Duration {
                self.expr(right, rows)?;
            }
            if ty.is_time() || ty == RowType::Duration {
                return Some(ty);
            }
        }
        if let (Add, ExprKind::Literal(Literal::Step(step))) = (op, &*left.kind) {
            self.within_calendar(*step, &left.at)?;
            let ty = self.expr(right, rows)?;
            if ty.is_time() {
                return Some(ty);
            }
        }
        let (a, b) = (self.expr(left, rows), self.expr(right, rows));
        let (a, b) = (a?, b?);
        if !matches!(op, Add | Subtract | Multiply | Divide | Coalesce) {
            self.comparable(left, a, right, b, whole);
        }
        let result = whole.row_type();
        if result.is_none() {
            let (a_is, b_is) = (self.described(left, a), self.described(right, b));
            let message = format!(
                "`{left}` is {a_is} and `{right}` is {b_is}: `{}` makes no sense between them",
                op.symbol()
            );
            let help = match op {
                Add if a.is_time() || b.is_time() => "add a duration to a date: `+ 90.days`",
                _ => "bring both sides to one type",
            };
            self.mismatch(&[&a_is, &b_is], &whole.at, message, help);
        }
        result
    }

    fn comparable(&mut self, left: &Expr, a: RowType, right: &Expr, b: RowType, whole: &Expr) {
        for (ty, text) in [(a, right), (b, left)] {
            if let (true, ExprKind::Literal(Literal::Text(text))) = (ty.is_time(), &*text.kind) {
                if AsOf::parse(text, self.calendar).is_err() {
                    let message = format!("`{text}` is compared with a date, but is none");
                    self.wrong(Code::BadDate, &whole.at, message, "write dates as \"2026-03-31\"");
                }
                return;
            }
        }
        for (side, other) in [(left, right), (right, left)] {
            if let (
                ExprKind::Column(ColumnRef { owner: Owner::Table(_), .. }),
                ExprKind::Literal(Literal::Text(text)),
            ) = (&*side.kind, &*other.kind)
                && trimmed(text).len() < text.len()
                && a == b
            {
                let message = format!(
                    "{text:?} has white space around it, and no cell of `{side}` has: they are never equal"
                );
                let help = match trimmed(text) {
                    "" => "a cell of nothing but white space is blank: compare with `null`".to_owned(),
                    inner => format!("write {inner:?}: cells are read without the white space around them"),
                };
                self.wrong(Code::TypeMismatch, &whole.at, message, help);
                return;
            }
        }
        if a.unified(b).is_none() && !(a.is_time() && b.is_time()) {
            let (a_is, b_is) = (self.described(left, a), self.described(right, b));
            let message = format!("`{left}` is {a_is} and `{right}` is {b_is}: they are never equal");
            let help = match (a, b) {
                (RowType::Text, RowType::Decimal) | (RowType::Decimal, RowType::Text) => {
                    "put the number in quotes, or give the column a number type in goalpost.toml"
                }
                _ => "compare values of one type",
            };
            self.mismatch(&[&a_is, &b_is], &whole.at, message, help);
        }
    }
}

/// Where an expression looks at the period.
fn period_in(expr: &Expr) -> Option<At> {
    match &*expr.kind {
        ExprKind::Period(_) => Some(expr.at.clone()),
        ExprKind::InRows(_, rows) if rows.relation.alive.is_some() => Some(expr.at.clone()),
        _ => expr.children().into_iter().find_map(period_in),
    }
}
