//! What scripts declare: metrics, dimensions, parameters, and all of a load.

use crate::case::Case;
use crate::diagnostic::Diagnostic;
use crate::expr::{ColumnRef, Expr, Literal, Step};
use crate::goal::{Goal, Waiver};
pub use crate::layer::Layer;
use crate::measure::Measure;
use crate::name::{DimensionName, MetricName, ParamName};
use crate::source::{At, Span};
use crate::unit::{Direction, Unit};

/// A named formula with everything a reader needs.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name.
    pub name: MetricName,
    /// A short title; defaults to the name with spaces.
    pub title: String,
    /// The `///` comment above the statement, else the `//!` comment of the file.
    pub documentation: String,
    /// The formula.
    pub value: Measure,
    /// How its number is to be read; `None` lets the formula decide.
    pub unit: Option<Unit>,
    /// Which way it should move; needed by goals.
    pub better: Option<Direction>,
    /// Its time column, for aggregates over that column's table.
    pub time: Option<Expr>,
    /// What it is offered to be cut by.
    pub by: Vec<Dimension>,
    /// How long after its end a period closes.
    pub settle: Option<Step>,
    /// Free labels.
    pub tags: Vec<String>,
    /// The layer it was declared in.
    pub layer: Layer,
    /// The statement.
    pub at: Span,
}

impl Metric {
    /// The area it belongs to: of a built-in metric the folder of its script
    /// (`sales`), and `project` for a metric of the project or of a pack.
    pub fn area(&self) -> &str {
        let folder = || {
            let path = self.at.file.name.strip_prefix("built-in/")?;
            Some(path.split_once('/')?.0)
        };
        match self.layer {
            Layer::BuiltIn => folder().unwrap_or("built-in"),
            Layer::Pack(..) | Layer::Project => "project",
        }
    }
}

/// An offered dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dimension {
    /// The name to ask by: the column's path, a declared name, or the map's key.
    pub name: DimensionName,
    /// The column; `None` for a dimension declared by `dimension(…)`.
    pub column: Option<ColumnRef>,
    /// Where it was written.
    pub at: At,
}

/// A dimension declared over several tables: one column per table.
#[derive(Clone, Debug)]
pub struct SharedDimension {
    /// Its name.
    pub name: DimensionName,
    /// At most one column per table.
    pub columns: Vec<ColumnRef>,
    /// The layer it was declared in.
    pub layer: Layer,
    /// The statement.
    pub at: Span,
}

/// A parameter and the value it took.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: ParamName,
    /// The default.
    pub default: Literal,
    /// The value in force.
    pub value: Literal,
    /// What it is for.
    pub documentation: String,
    /// The values allowed; empty for any of the default's type.
    pub allowed: Vec<Literal>,
    /// The statement.
    pub at: Span,
}

/// Everything that the scripts of all layers declare, in order of declaration,
/// before names are resolved between them. Replaced definitions are still here.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// Metrics.
    pub metrics: Vec<Metric>,
    /// Goals.
    pub goals: Vec<Goal>,
    /// Waivers of goals.
    pub waivers: Vec<Waiver>,
    /// Shared dimensions.
    pub dimensions: Vec<SharedDimension>,
    /// Parameters.
    pub params: Vec<Param>,
    /// Test cases.
    pub cases: Vec<Case>,
    /// Every problem found while loading.
    pub diagnostics: Vec<Diagnostic>,
}
