//! From a metric's measure to a [`Node`]: references to metrics are followed,
//! and each aggregate gets its time column and the columns it is cut by.

use goalpost_core::Decimal;
use goalpost_core::definition::Metric;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::{Expr, RelationSource};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::DimensionName;
use goalpost_core::row_type::RowType;
use goalpost_core::source::At;
use goalpost_core::unit::Kind;

use super::{Leaf, Leaves, Node, in_order};
use crate::catalogue::Catalogue;
use crate::catalogue::dimension::column_for;
use crate::catalogue::measure_check::time_of;
use crate::relation::window::Undated;

/// A question's way into the catalogue, and what it gathers.
pub(crate) struct Compiler<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) leaves: &'a mut Leaves,
    pub(crate) dimensions: &'a [DimensionName],
    /// Whether leaves need a time column (any grain but `all`).
    pub(crate) placed_in_time: bool,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Compiler<'_> {
    /// Compiles the measure of a metric, or of a goal on that metric; `None` where it
    /// refers to what is not there, which the check of the catalogue refuses.
    pub(crate) fn compile(&mut self, measure: &Measure, metric: &Metric) -> Option<Node> {
        let only_source = self.catalogue.sources(measure).len() <= 1;
        self.node(measure, metric, only_source, self.dimensions)
    }

    fn node(
        &mut self,
        measure: &Measure,
        metric: &Metric,
        only_source: bool,
        cut: &[DimensionName],
    ) -> Option<Node> {
        let mut of = |inner: &Measure| self.node(inner, metric, only_source, cut).map(Box::new);
        Some(match &*measure.kind {
            MeasureKind::Number(value) => Node::Constant(*value),
            MeasureKind::Duration(step) => {
                let seconds = step.unit.seconds().unwrap_or_default().saturating_mul(step.count);
                Node::Constant(Decimal::from(seconds))
            }
            MeasureKind::Aggregate(aggregate) => self.leaf(aggregate, &measure.at, metric, only_source, cut),
            MeasureKind::Metric(name) => {
                let Some(entry) = self.catalogue.metric(name) else {
                    return self.defect(format!("`{name}` is no metric of the catalogue"), &measure.at);
                };
                let only_source = self.catalogue.sources(&entry.metric.value).len() <= 1;
                return self.node(&entry.metric.value, &entry.metric, only_source, cut);
            }
            MeasureKind::Binary(op, a, b) => {
                let (left, right) = (of(a), of(b));
                Node::Binary(*op, left?, right?)
            }
            MeasureKind::Coalesce(a, b) => {
                let (left, right) = (of(a), of(b));
                Node::Coalesce(left?, right?)
            }
            MeasureKind::Window(inner, shape) => Node::Window(of(inner)?, *shape),
            MeasureKind::InPeriod(inner, label) => {
                let inner = of(inner);
                let Some(period) = self.catalogue.calendar.named(label) else {
                    return self.defect(format!("`{label}` is no period of the calendar"), &measure.at);
                };
                Node::InPeriod(inner?, period.window())
            }
            MeasureKind::Growth(inner, shift) => Node::Growth(of(inner)?, *shift),
            MeasureKind::Total(inner) => Node::Total(Box::new(self.node(inner, metric, only_source, &[])?)),
            MeasureKind::DailyAverage(inner) => Node::DailyAverage(of(inner)?),
            MeasureKind::Split(inner, dimension) => {
                let mut cut = cut.to_vec();
                cut.push(dimension.clone());
                Node::Split(Box::new(self.node(inner, metric, only_source, &cut)?))
            }
            MeasureKind::Function(call) => {
                let parts: Vec<Option<Node>> =
                    call.parts.iter().map(|(_, part)| self.node(part, metric, only_source, cut)).collect();
                Node::Function(call.clone(), parts.into_iter().collect::<Option<_>>()?)
            }
        })
    }

    fn defect(&mut self, message: String, at: &At) -> Option<Node> {
        self.diagnostics.push(Diagnostic::defect(message).at(at.clone()));
        None
    }

    fn leaf(
        &mut self,
        aggregate: &Aggregate,
        at: &At,
        metric: &Metric,
        only_source: bool,
        cut: &[DimensionName],
    ) -> Node {
        let source = &aggregate.relation.source;
        let table_time = self.default_time(source);
        let named = time_of(aggregate, Some(metric), None).is_some();
        let time = time_of(aggregate, Some(metric), table_time.clone());
        let needs_time =
            aggregate.relation.alive.is_none() && aggregate.function != AggregateFunction::Spread;
        if time.is_none() && needs_time && self.placed_in_time {
            self.diagnostics.push(
                Diagnostic::error(Code::NoTime, format!("`{}` needs a date to place rows of {source} in periods", metric.name))
                    .at(at.clone())
                    .help("say which with `.on(column)`, with the metric's `time`, or with the table's `time` in goalpost.toml; without one only `--grain all` can be asked"),
            );
        }
        let mut dimensions = Vec::new();
        for name in cut {
            match column_for(
                name,
                source,
                Some(metric),
                only_source,
                &self.catalogue.dimensions,
                self.catalogue.shapes(),
            ) {
                Ok(column) => dimensions.push(column),
                Err(refusal) => self.refuse(name, metric, &refusal),
            }
        }
        let mut relation = aggregate.relation.clone();
        in_order(&mut relation.filters);
        let kind = match aggregate.function {
            AggregateFunction::Count | AggregateFunction::CountDistinct | AggregateFunction::Share => {
                Kind::NUMBER
            }
            _ => {
                let ty = aggregate.argument.as_ref().and_then(Expr::row_type);
                ty.and_then(RowType::kind).unwrap_or(Kind::NUMBER)
            }
        };
        Node::Leaf(self.leaves.place(Leaf {
            relation,
            function: aggregate.function,
            argument: aggregate.argument.clone(),
            undated: if named { Undated::LeftOut } else { Undated::Counted },
            time,
            table_time,
            dimensions,
            kind,
        }))
    }

    fn refuse(&mut self, name: &DimensionName, metric: &Metric, refusal: &str) {
        let offered =
            self.catalogue.metric(&metric.name).map(|entry| entry.dimensions.as_slice()).unwrap_or_default();
        let help = if offered.is_empty() {
            "it is offered without any dimension".to_owned()
        } else {
            goalpost_core::diagnostic::did_you_mean(name.as_str(), offered.iter().map(DimensionName::as_str))
        };
        let found = Diagnostic::error(
            Code::UnknownDimension,
            format!("`{}` cannot be cut by `{name}`: {refusal}", metric.name),
        )
        .at(metric.at.clone())
        .label("declared here")
        .help(help);
        if !self.diagnostics.contains(&found) {
            self.diagnostics.push(found);
        }
    }

    fn default_time(&self, source: &RelationSource) -> Option<Expr> {
        match source {
            // Pairs happen when their left side does.
            RelationSource::Join(join) => self.default_time(&join.left.source),
            _ => self.catalogue.shapes().default_time(source),
        }
    }
}
