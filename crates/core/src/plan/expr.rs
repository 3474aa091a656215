//! Symbolic values per row: relations (which rows), expressions (what of a row).
//!
//! These are plans, not results: a script builds them, the type check in the
//! registry gives them types, and the engine computes them. Nothing here knows
//! the tables of a project, so a column may turn out not to exist.
//!
//! Equality ignores places ([`At`]), so equal plans are found by `==`.

use std::sync::Arc;

use crate::Decimal;
pub use crate::calendar::{Step, StepUnit};
use crate::measure::Measure;
use crate::name::{ColumnName, TableName};
use crate::row_type::Typing;
use crate::source::At;

/// Which rows: a source, the conditions on it, and the moment they are alive at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Relation {
    /// Where the rows come from.
    pub source: RelationSource,
    /// Conditions, all of which must hold.
    pub filters: Vec<Expr>,
    /// For a stock at a moment: the rows that live then.
    pub alive: Option<Alive>,
    /// Where the script made it.
    pub at: At,
}

/// Where the rows of a relation come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RelationSource {
    /// A table of the project.
    Table(TableName),
    /// Pairs of rows of two relations for which the condition holds.
    Join(Arc<Join>),
    /// One row per key, with measures of the rows of that key.
    GroupBy(Arc<GroupBy>),
    /// A query over the project's tables.
    Sql(Arc<str>),
}

/// An inner join; columns of both sides stay usable under their own tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Join {
    /// The left side.
    pub left: Relation,
    /// The right side.
    pub right: Relation,
    /// The condition; at least one equality between the sides.
    pub on: Expr,
}

/// A grouping; it sees all rows up to as-of, whatever the period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupBy {
    /// The rows that are grouped.
    pub input: Relation,
    /// The key; a plain column, whose name and references it keeps.
    pub key: ColumnRef,
    /// The measures of a group, by the name of the column they become.
    pub columns: Vec<(ColumnName, Measure)>,
}

/// Rows that live from one date until another, at a moment of the period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alive {
    /// When a row's life begins; a null never begins.
    pub from: Expr,
    /// When it ends; null, or nothing given, while it goes on.
    pub until: Option<Expr>,
    /// Which moment of the period.
    pub moment: Moment,
}

/// A moment (or all moments) of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// At its start: `from < start and not (until < start)`.
    Start,
    /// At its end or as-of, whichever is earlier: `from < now and not (until < now)`.
    End,
    /// At any moment of it: `from < end and not (until < start)`.
    During,
}

/// An expression over one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expr {
    /// What it is.
    pub kind: Arc<ExprKind>,
    /// Where the script made it.
    pub at: At,
    /// Its type, where it was checked.
    pub ty: Typing,
}

impl Expr {
    /// An expression made at a place.
    pub fn new(kind: ExprKind, at: impl Into<At>) -> Self {
        Self { kind: Arc::new(kind), at: at.into(), ty: Typing::default() }
    }

    /// A column, made by nobody's script.
    pub fn column(column: ColumnRef) -> Self {
        Self::new(ExprKind::Column(column), At::default())
    }

    /// A constant, made by nobody's script.
    pub fn literal(literal: Literal) -> Self {
        Self::new(ExprKind::Literal(literal), At::default())
    }

    /// A bound of the period, made by nobody's script.
    pub fn period(bound: PeriodBound) -> Self {
        Self::new(ExprKind::Period(bound), At::default())
    }

    /// An operator between two expressions, made by nobody's script.
    pub fn binary(op: BinaryOp, a: Self, b: Self) -> Self {
        Self::new(ExprKind::Binary(op, a, b), At::default())
    }

    /// Whether an expression is null.
    pub fn is_null(self) -> Self {
        Self::binary(BinaryOp::Equal, self, Self::literal(Literal::Null))
    }

    /// Whether an expression is not null.
    pub fn is_known(self) -> Self {
        Self::binary(BinaryOp::NotEqual, self, Self::literal(Literal::Null))
    }

    /// The opposite of a condition.
    pub fn negated(self) -> Self {
        Self::new(ExprKind::Not(self), At::default())
    }

    /// The expressions directly below this one, in reading order. Histories
    /// and semi-joins count with their keys, orders and filters.
    pub fn children(&self) -> Vec<&Expr> {
        match &*self.kind {
            ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::Period(_) => Vec::new(),
            ExprKind::Not(a) | ExprKind::Negate(a) | ExprKind::InList(a, _) | ExprKind::Matches(a, _) => {
                vec![a]
            }
            ExprKind::Binary(_, a, b) => vec![a, b],
            ExprKind::InRows(a, rows) => {
                let mut all = vec![a, &rows.column];
                all.extend(rows.relation.expressions());
                all
            }
            ExprKind::Call(_, arguments) => arguments.iter().collect(),
            ExprKind::Case { arms, otherwise } => {
                arms.iter().flat_map(|(a, b)| [a, b]).chain(otherwise.iter()).collect()
            }
            ExprKind::History(history) => {
                let mut all = history.relation.expressions();
                all.push(&history.key);
                all.extend(history.order.iter());
                all.extend(history.argument.iter());
                all
            }
        }
    }

    /// The rows that its first column is of.
    pub fn rows(&self) -> Option<RelationSource> {
        if let ExprKind::Column(column) = &*self.kind {
            return Some(column.owner.rows());
        }
        self.children().into_iter().find_map(Self::rows)
    }

    /// Whether this expression or one below it satisfies the predicate.
    pub fn any(&self, predicate: &mut impl FnMut(&Expr) -> bool) -> bool {
        predicate(self) || self.children().into_iter().any(|child| child.any(predicate))
    }
}

impl Relation {
    /// All rows of a table.
    pub fn table(name: TableName, at: impl Into<At>) -> Self {
        Self { source: RelationSource::Table(name), filters: Vec::new(), alive: None, at: at.into() }
    }

    /// The relation's own filters and lifetimes (not those inside its source).
    pub fn expressions(&self) -> Vec<&Expr> {
        let mut all: Vec<&Expr> = self.filters.iter().collect();
        if let Some(alive) = &self.alive {
            all.push(&alive.from);
            all.extend(alive.until.iter());
        }
        all
    }
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExprKind {
    /// A column, possibly through references.
    Column(ColumnRef),
    /// A constant.
    Literal(Literal),
    /// Logical not; conditions are never null.
    Not(Expr),
    /// Arithmetic minus.
    Negate(Expr),
    /// An operator between two expressions.
    Binary(BinaryOp, Expr, Expr),
    /// Equal to one of the constants; null is in the list only if it is listed.
    InList(Expr, Vec<Literal>),
    /// Equal to a value of a column of other rows; null never is.
    InRows(Expr, ColumnOfRows),
    /// Matches a regular expression somewhere; null never does.
    Matches(Expr, Arc<str>),
    /// A built-in function.
    Call(Function, Vec<Expr>),
    /// The value of the first condition that holds.
    Case {
        /// Condition and value.
        arms: Vec<(Expr, Expr)>,
        /// The value when none holds; null when absent.
        otherwise: Option<Expr>,
    },
    /// A value from the other rows of the same entity.
    History(Arc<HistoryCall>),
    /// A bound of the period the measure is evaluated for.
    Period(PeriodBound),
}

/// A column of a table or of a derived relation, by path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// Whose rows the path starts from.
    pub owner: Owner,
    /// References to follow, then the column: `["rep", "manager"]`. Never empty.
    pub path: Vec<ColumnName>,
}

impl ColumnRef {
    /// A column of a table, or one reached from it.
    pub fn of_table(table: &TableName, path: Vec<ColumnName>) -> Self {
        Self { owner: Owner::Table(table.clone()), path }
    }

    /// The path as it is written: `rep.manager`.
    pub fn dotted(&self) -> String {
        self.path.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(".")
    }
}

/// What columns belong to: filters do not change it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A table of the project.
    Table(TableName),
    /// A grouping or a query.
    Derived(RelationSource),
}

impl Owner {
    /// All its rows.
    pub fn rows(&self) -> RelationSource {
        match self {
            Self::Table(table) => RelationSource::Table(table.clone()),
            Self::Derived(source) => source.clone(),
        }
    }
}

/// A column of other rows, the right side of a semi-join.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnOfRows {
    /// The rows; their filters and their moment count.
    pub relation: Relation,
    /// The column of them.
    pub column: Expr,
}

/// A constant in a script.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// Nothing known.
    Null,
    /// True or false.
    Bool(bool),
    /// An exact number.
    Number(Decimal),
    /// A text; beside a date column it is read as a date.
    Text(Arc<str>),
    /// A duration.
    Step(Step),
}

impl Literal {
    /// The duration of nothing.
    pub const NO_TIME: Self = Self::Step(Step { count: 0, unit: StepUnit::Second });
}

/// Operators between two expressions.
///
/// Comparisons are always true or false: `null == null` holds, an order
/// comparison with null does not. Arithmetic with null is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `and`
    And,
    /// `or`
    Or,
    /// `??`: the left side, or the right side where the left is null.
    Coalesce,
}

impl BinaryOp {
    /// As a script writes it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::And => "and",
            Self::Or => "or",
            Self::Coalesce => "??",
        }
    }
}

/// Built-in functions of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Without white space at both ends.
    Trim,
    /// Its ASCII digits only.
    Digits,
    /// Number of characters.
    Length,
    /// The first n characters; the second argument is a constant.
    Left,
    /// The last n characters; the second argument is a constant.
    Right,
    /// Year of a date, in the project's time zone.
    Year,
    /// Month of a date, 1 to 12.
    Month,
    /// Day of the week, Monday 1 to Sunday 7.
    Weekday,
    /// Working time between two dates, by the hours of `goalpost.toml`.
    BusinessTime,
    /// Several values as one key, alike only where all of them are alike, blanks
    /// included; null where all are null. Scripts write it as a list of columns.
    Key,
}

impl Function {
    /// The name in scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Trim => "trim",
            Self::Digits => "digits",
            Self::Length => "length",
            Self::Left => "left",
            Self::Right => "right",
            Self::Year => "year",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::BusinessTime => "business_time",
            Self::Key => "key",
        }
    }
}

/// A bound of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodBound {
    /// Its first moment.
    Start,
    /// The first moment after it.
    End,
    /// Its end or as-of, whichever is earlier.
    Now,
}

/// A function over the rows of the same entity, before period and segment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HistoryCall {
    /// The rows that take part; a row outside of them gets null.
    pub relation: Relation,
    /// The entity; nulls are an entity of their own.
    pub key: Expr,
    /// The order; ties are broken by the table's key, nulls come last.
    pub order: Option<Expr>,
    /// What is taken from the ordered rows.
    pub function: HistoryFunction,
    /// The value for functions that take one.
    pub argument: Option<Expr>,
}

/// Functions of [`HistoryCall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryFunction {
    /// 1 for the first row.
    Rank,
    /// 1 for the last row.
    RankFromEnd,
    /// Number of rows.
    Count,
    /// The argument on the first row.
    First,
    /// The argument on the last row.
    Last,
    /// The argument on the row before; null on the first.
    Previous,
    /// The argument on the row after; null on the last.
    Next,
    /// The sum over all rows of the entity.
    Sum,
}

impl HistoryFunction {
    /// The name in scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rank => "rank",
            Self::RankFromEnd => "rank_from_end",
            Self::Count => "count",
            Self::First => "first",
            Self::Last => "last",
            Self::Previous => "previous",
            Self::Next => "next",
            Self::Sum => "sum",
        }
    }
}
