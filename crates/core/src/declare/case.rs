//! Test cases that scripts declare: fixtures and expectations as data.
//!
//! The script's body runs once while it is loaded and leaves this behind; the
//! registry computes it like any other question, on the given rows.

use std::collections::BTreeMap;

use crate::Decimal;
use crate::expr::Literal;
use crate::layer::Layer;
use crate::name::{ColumnName, GoalName, MetricName, ParamName, TableName};
use crate::source::Span;

/// One test.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Parameters set for it.
    pub params: Vec<(ParamName, Literal)>,
    /// The moment it speaks for, as written; the end of all periods asked for when absent.
    pub as_of: Option<(String, Span)>,
    /// The rows given, one fixture for each `given`.
    pub fixtures: Vec<Fixture>,
    /// What must hold, in order.
    pub expectations: Vec<Expectation>,
    /// The layer it was declared in.
    pub layer: Layer,
    /// The statement.
    pub at: Span,
}

/// Rows of a table. Cells are text, numbers, true/false or absent, and are
/// typed as an export's cells would be.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The table.
    pub table: TableName,
    /// Rows as named cells.
    pub rows: Vec<Vec<(ColumnName, Literal)>>,
    /// The columns that the rows name, those without a value included.
    pub columns: BTreeMap<ColumnName, FixtureColumn>,
    /// The `given` statement.
    pub at: Span,
}

/// A column that rows of a fixture name.
#[derive(Clone, Debug)]
pub struct FixtureColumn {
    /// The first row that does, from 0.
    pub row: usize,
    /// Where it is first written, as far as that can be found.
    pub at: Span,
}

/// An expectation on a cell or on a goal.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What is asked.
    pub subject: Subject,
    /// The period as written: `2026-01`, `2026-Q1`, `2026`, a date, `all`.
    pub period: String,
    /// The segment: dimension and value; `None` are rows without one.
    pub segment: Vec<(String, Option<String>)>,
    /// What must hold.
    pub matcher: Matcher,
    /// The `expect` statement.
    pub at: Span,
}

/// What an expectation asks.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A metric's value.
    Metric(MetricName),
    /// A goal's verdict.
    Goal(GoalName),
}

/// What must hold of the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// The value in the metric's unit, to 9 decimals.
    Equals(Decimal),
    /// No data.
    IsNoData,
    /// Undefined.
    IsUndefined,
    /// A verdict by its name.
    Verdict(crate::verdict::VerdictKind),
}
