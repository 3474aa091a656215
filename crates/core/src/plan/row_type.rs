//! Types of expressions over a row, and how the type of one follows from those of
//! its parts.
//!
//! What a column holds only a project knows: columns say their type themselves
//! ([`Typing`]). Everything else has the type that its parts
//! give it, also where it was made long after the check.

use std::fmt;

use crate::expr::{BinaryOp, Expr, ExprKind, Function, HistoryFunction, Literal};
use crate::schema::ColumnType;
use crate::unit::Kind;

/// The type of an expression over one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowType {
    /// A text.
    Text,
    /// True or false.
    Bool,
    /// A whole number.
    Integer,
    /// An exact number.
    Decimal,
    /// An amount in the project's currency.
    Money,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// Whole microseconds.
    Duration,
    /// The literal null, of any type.
    Null,
}

impl RowType {
    /// What it is, for messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "true or false",
            Self::Integer => "a whole number",
            Self::Decimal => "a number",
            Self::Money => "an amount of money",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Duration => "a duration",
            Self::Null => "null",
        }
    }

    /// Whether it can place a row in a period.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::DateTime)
    }

    const fn is_plain_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal)
    }

    /// The kind of a measure that adds such values up; `None` when they cannot be.
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Integer | Self::Decimal => Some(Kind::NUMBER),
            Self::Money => Some(Kind::MONEY),
            Self::Duration => Some(Kind::DURATION),
            _ => None,
        }
    }

    /// The one type of two values that are chosen between: beside a moment, a day is
    /// its first moment.
    pub fn chosen(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Date, Self::DateTime) | (Self::DateTime, Self::Date) => Some(Self::DateTime),
            _ => self.unified(other),
        }
    }

    /// The one type of two values that are compared.
    pub fn unified(self, other: Self) -> Option<Self> {
        use RowType::{Decimal, Integer, Money, Null};
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Null, other) | (other, Null) => Some(other),
            (Integer, Decimal) | (Decimal, Integer) => Some(Decimal),
            (Money, Integer | Decimal) | (Integer | Decimal, Money) => Some(Money),
            _ => None,
        }
    }
}

impl From<ColumnType> for RowType {
    fn from(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Text => Self::Text,
            ColumnType::Bool => Self::Bool,
            ColumnType::Integer => Self::Integer,
            ColumnType::Decimal(_) => Self::Decimal,
            ColumnType::Money(_) => Self::Money,
            ColumnType::Date => Self::Date,
            ColumnType::DateTime => Self::DateTime,
            ColumnType::Duration => Self::Duration,
        }
    }
}

/// The type that the check has found for an expression. Like a place it is nothing
/// that two expressions over the same rows could differ in: any two are equal and
/// hash alike.
#[derive(Clone, Copy, Default)]
pub struct Typing(pub Option<RowType>);

impl PartialEq for Typing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Typing {}

impl std::hash::Hash for Typing {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for Typing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.map_or("?", RowType::name))
    }
}

impl Expr {
    /// Its type: as the check has found it, else as its parts have it; `None` where
    /// it has none, or a column in it that was not checked.
    pub fn row_type(&self) -> Option<RowType> {
        self.ty.0.or_else(|| of_parts(self))
    }
}

fn of_parts(expr: &Expr) -> Option<RowType> {
    match &*expr.kind {
        ExprKind::Column(_) => None,
        ExprKind::Literal(literal) => of_literal(literal),
        ExprKind::Not(_) | ExprKind::InList(..) | ExprKind::InRows(..) | ExprKind::Matches(..) => {
            Some(RowType::Bool)
        }
        ExprKind::Negate(inner) => inner.row_type().filter(|ty| ty.kind().is_some()),
        ExprKind::Binary(op, a, b) => of_operator(*op, a, b),
        ExprKind::Call(function, arguments) => of_call(*function, arguments),
        ExprKind::Case { arms, otherwise } => {
            let values = arms.iter().map(|(_, value)| value).chain(otherwise);
            // A value that does not fit is a problem of its own.
            values.filter_map(Expr::row_type).reduce(|all, ty| all.chosen(ty).unwrap_or(all))
        }
        ExprKind::History(call) => match call.function {
            HistoryFunction::Rank | HistoryFunction::RankFromEnd | HistoryFunction::Count => {
                Some(RowType::Integer)
            }
            _ => call.argument.as_ref().and_then(Expr::row_type),
        },
        ExprKind::Period(_) => Some(RowType::DateTime),
    }
}

fn of_literal(literal: &Literal) -> Option<RowType> {
    match literal {
        Literal::Null => Some(RowType::Null),
        Literal::Bool(_) => Some(RowType::Bool),
        Literal::Number(_) => Some(RowType::Decimal),
        Literal::Text(_) => Some(RowType::Text),
        // A calendar step has no length of its own.
        Literal::Step(step) => step.unit.seconds().map(|_| RowType::Duration),
    }
}

fn of_operator(op: BinaryOp, a: &Expr, b: &Expr) -> Option<RowType> {
    use BinaryOp::{Add, And, Coalesce, Divide, Multiply, Or, Subtract};
    if matches!(op, And | Or) {
        return Some(RowType::Bool);
    }
    // A calendar step is no value of its own, only something to add to a date.
    let is_step = |side: &Expr| matches!(&*side.kind, ExprKind::Literal(Literal::Step(_)));
    if matches!(op, Add | Subtract) && is_step(b) {
        let ty = a.row_type()?;
        if ty.is_time() || (ty == RowType::Duration && b.row_type().is_some()) {
            return Some(ty);
        }
    }
    if op == Add && is_step(a) {
        let ty = b.row_type()?;
        if ty.is_time() {
            return Some(ty);
        }
    }
    let (left, right) = (a.row_type()?, b.row_type()?);
    match op {
        Add | Subtract | Multiply | Divide => of_arithmetic(op, left, right),
        Coalesce => of_choice(a, left, b, right),
        _ => Some(RowType::Bool),
    }
}

fn of_arithmetic(op: BinaryOp, a: RowType, b: RowType) -> Option<RowType> {
    use BinaryOp::{Add, Divide, Multiply, Subtract};
    use RowType::{Decimal, Duration, Money, Null};
    match (op, a, b) {
        (_, Null, other) | (_, other, Null) => Some(other),
        (Subtract, a, b) if a.is_time() && b.is_time() => Some(Duration),
        (Add | Subtract, time, Duration) if time == RowType::DateTime => Some(time),
        (Add, Duration, time) if time == RowType::DateTime => Some(time),
        (Add | Subtract, Money, Money) => Some(Money),
        (Add | Subtract, Duration, Duration) => Some(Duration),
        (Multiply, Money, n) | (Multiply, n, Money) if n.is_plain_number() => Some(Money),
        (Multiply, Duration, n) | (Multiply, n, Duration) if n.is_plain_number() => Some(Duration),
        (Divide, Money, n) if n.is_plain_number() => Some(Money),
        (Divide, Duration, n) if n.is_plain_number() => Some(Duration),
        (Divide, Money, Money) | (Divide, Duration, Duration) => Some(Decimal),
        (_, a, b) if a.is_plain_number() && b.is_plain_number() => Some(Decimal),
        _ => None,
    }
}

/// The type of the first of two that is there: a text beside a date is read as one.
fn of_choice(a: &Expr, left: RowType, b: &Expr, right: RowType) -> Option<RowType> {
    let is_text = |expr: &Expr| matches!(&*expr.kind, ExprKind::Literal(Literal::Text(_)));
    match (left, right) {
        (time, RowType::Text) if time.is_time() && is_text(b) => Some(time),
        (RowType::Text, time) if time.is_time() && is_text(a) => Some(time),
        _ => left.chosen(right),
    }
}

fn of_call(function: Function, arguments: &[Expr]) -> Option<RowType> {
    let receiver = arguments.first()?;
    let known = |ty| arguments.iter().all(|argument| argument.row_type().is_some()).then_some(ty);
    match function {
        Function::Lower
        | Function::Upper
        | Function::Trim
        | Function::Digits
        | Function::Left
        | Function::Right => Some(RowType::Text),
        Function::Length => Some(RowType::Integer),
        Function::BusinessTime => known(RowType::Duration),
        Function::Key => known(RowType::Text),
        Function::Year | Function::Month | Function::Weekday => receiver.row_type().map(|_| RowType::Integer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decimal;
    use crate::expr::{ColumnRef, Owner, PeriodBound, Step, StepUnit};
    use crate::name::{ColumnName, TableName};

    fn column(name: &str, ty: RowType) -> Expr {
        let owner = Owner::Table(TableName::from("deals"));
        let column = Expr::column(ColumnRef { owner, path: vec![ColumnName::from(name)] });
        Expr { ty: Typing(Some(ty)), ..column }
    }

    #[test]
    fn what_is_made_of_checked_columns_has_a_type() {
        let closed = column("closed_at", RowType::Date);
        let amount = column("amount", RowType::Money);
        let two = || Expr::literal(Literal::Number(Decimal::TWO));
        let month = Expr::literal(Literal::Step(Step { count: 1, unit: StepUnit::Month }));
        let of = |op, a: &Expr, b: &Expr| Expr::binary(op, a.clone(), b.clone()).row_type();
        assert_eq!(of(BinaryOp::Divide, &amount, &two()), Some(RowType::Money));
        assert_eq!(of(BinaryOp::Divide, &amount, &amount), Some(RowType::Decimal));
        assert_eq!(of(BinaryOp::Add, &closed, &month), Some(RowType::Date));
        assert_eq!(of(BinaryOp::Subtract, &Expr::period(PeriodBound::Now), &closed), Some(RowType::Duration));
        assert_eq!(of(BinaryOp::Add, &closed, &amount), None);
        assert_eq!(closed.is_null().negated().row_type(), Some(RowType::Bool));
    }

    #[test]
    fn a_column_that_was_not_checked_has_no_type() {
        let unchecked = Expr { ty: Typing::default(), ..column("amount", RowType::Money) };
        assert_eq!(unchecked.row_type(), None);
        assert_eq!(unchecked, column("amount", RowType::Money), "a type is no difference");
        let sum = Expr::binary(BinaryOp::Add, unchecked, column("cost", RowType::Money));
        assert_eq!(sum.row_type(), None);
    }
}
