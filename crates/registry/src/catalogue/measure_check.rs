//! The check of formulas: that kinds fit, that every aggregate has what it needs.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::definition::Metric;
use goalpost_core::diagnostic::Code;
use goalpost_core::expr::{Expr, RelationSource, StepUnit};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind, MeasureOp, WindowShape};
use goalpost_core::name::MetricName;
use goalpost_core::row_type::RowType;
use goalpost_core::source::At;
use goalpost_core::unit::Kind;

use super::expr_check::Checker;
use crate::relation::owner::belongs_to;

/// The kinds of metrics that were checked before.
pub(crate) type Kinds = BTreeMap<MetricName, Option<Kind>>;

impl Checker<'_> {
    /// The kind of a measure; `None` where it depends on a problem already
    /// reported, or where it is the result of a script's function.
    pub(crate) fn measure(&mut self, measure: &Measure, kinds: &Kinds) -> Option<Kind> {
        match &*measure.kind {
            MeasureKind::Number(_) => Some(Kind::NUMBER),
            MeasureKind::Duration(step) => {
                if step.unit.seconds().is_none() {
                    let message = format!("{step} has no fixed length");
                    self.wrong(Code::TypeMismatch, &measure.at, message, "use days, or weeks");
                }
                Some(Kind::DURATION)
            }
            MeasureKind::Aggregate(aggregate) => self.aggregate(aggregate, &measure.at),
            MeasureKind::Metric(name) => kinds.get(name).copied().flatten(),
            MeasureKind::Binary(op, a, b) => self.arithmetic(*op, a, b, measure, kinds),
            MeasureKind::Coalesce(a, b) => {
                let (left, right) = (self.measure(a, kinds), self.measure(b, kinds));
                self.same_kind(a, left, b, right, measure)
            }
            MeasureKind::Window(inner, shape) => {
                if let WindowShape::ToDate(unit) = shape
                    && unit.seconds().is_some_and(|seconds| seconds < 86_400)
                {
                    let message = format!(
                        "no period is shorter than a day, so there is nothing to date by {}",
                        unit.singular()
                    );
                    self.wrong(
                        Code::TypeMismatch,
                        &measure.at,
                        message,
                        "use day, week, month, quarter or year",
                    );
                }
                if let WindowShape::Previous(shift)
                | WindowShape::Next(shift)
                | WindowShape::Trailing(shift) = shape
                {
                    self.whole_days(shift.unit, &measure.at);
                }
                self.measure(inner, kinds)
            }
            MeasureKind::InPeriod(inner, label) => {
                if self.calendar.named(label).is_none() {
                    let message = format!("`{label}` is no period of this project");
                    let help = if self.calendar.is_fiscal() {
                        "years and quarters are those of the fiscal year here: FY2026-Q1, FY2026"
                    } else {
                        "write 2026-01, 2026-Q1 or 2026; all of the past is `.all_time()`"
                    };
                    self.wrong(Code::BadDate, &measure.at, message, help);
                }
                self.measure(inner, kinds)
            }
            MeasureKind::Growth(inner, shift) => {
                self.whole_days(shift.unit, &measure.at);
                self.measure(inner, kinds);
                Some(Kind::NUMBER)
            }
            MeasureKind::Total(inner) => self.measure(inner, kinds),
            MeasureKind::Split(inner, _) => {
                let message = format!("`{measure}` is one value per segment, not one value");
                self.wrong(
                    Code::TypeMismatch,
                    &measure.at,
                    message,
                    "name it under `parts` and work on it in a function",
                );
                self.measure(inner, kinds)
            }
            MeasureKind::DailyAverage(inner) => {
                if !has_stock(inner) {
                    let message = format!("`{inner}` is not measured at a moment");
                    self.wrong(Code::TypeMismatch, &measure.at, message, "`average()` is the mean over days of a stock: `t.active(…).at_end().count().average()`");
                }
                self.measure(inner, kinds)
            }
            MeasureKind::Function(call) => {
                for (_, part) in &call.parts {
                    match &*part.kind {
                        MeasureKind::Split(inner, _) => self.measure(inner, kinds),
                        _ => self.measure(part, kinds),
                    };
                }
                None
            }
        }
    }

    fn whole_days(&mut self, unit: Option<StepUnit>, at: &At) {
        if let Some(unit) = unit
            && unit.seconds().is_some_and(|seconds| seconds < 86_400)
        {
            let message = format!("periods cannot be moved by {}s", unit.singular());
            self.wrong(Code::TypeMismatch, at, message, "use days, weeks, months, quarters or years");
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate, at: &At) -> Option<Kind> {
        self.relation(&aggregate.relation);
        let rows = &aggregate.relation.source;
        if let Some(time) = &aggregate.time {
            self.time(time, rows);
        }
        let argument = aggregate.argument.as_ref().and_then(|argument| self.expr(argument, rows));
        if argument.is_some() {
            self.pairs(aggregate, at);
        }
        match aggregate.function {
            AggregateFunction::Count | AggregateFunction::CountDistinct => Some(Kind::NUMBER),
            AggregateFunction::Share => {
                if let Some(condition) = &aggregate.argument
                    && let Some(ty) = argument
                    && !matches!(ty, RowType::Bool | RowType::Null)
                {
                    let message = format!("`{condition}` is {}, not a condition", ty.name());
                    self.wrong(
                        Code::TypeMismatch,
                        &condition.at,
                        message,
                        "`share` takes a condition, e.g. `deals.outcome == \"won\"`",
                    );
                }
                Some(Kind::NUMBER)
            }
            function => {
                let expr = aggregate.argument.as_ref()?;
                let ty = argument?;
                if ty.kind().is_none() {
                    let described = self.described(expr, ty);
                    let message = format!("`{expr}` is {described}: it has no {}", function.name());
                    let help = match ty {
                        RowType::Text => "give the column a number type in goalpost.toml, or count it",
                        RowType::Bool => "use `share(…)` for how often it is true",
                        _ => "subtract two dates to get a duration",
                    };
                    self.mismatch(&[&described], at, message, help);
                }
                ty.kind()
            }
        }
    }

    /// Checks a time column.
    pub(crate) fn time(&mut self, time: &Expr, rows: &RelationSource) {
        if let Some(ty) = self.expr(time, rows)
            && !ty.is_time()
        {
            let described = self.described(time, ty);
            let message = format!("`{time}` is {described}, not a date");
            self.mismatch(&[&described], &time.at, message, "the time column places rows in periods");
        }
    }

    fn arithmetic(
        &mut self,
        op: MeasureOp,
        a: &Measure,
        b: &Measure,
        whole: &Measure,
        kinds: &Kinds,
    ) -> Option<Kind> {
        let (left, right) = (self.measure(a, kinds), self.measure(b, kinds));
        match op {
            MeasureOp::Multiply => Some(left?.times(right?)),
            MeasureOp::Divide => Some(left?.over(right?)),
            _ => self.same_kind(a, left, b, right, whole),
        }
    }

    fn same_kind(
        &mut self,
        a: &Measure,
        left: Option<Kind>,
        b: &Measure,
        right: Option<Kind>,
        whole: &Measure,
    ) -> Option<Kind> {
        let (left, right) = (left?, right?);
        // 0 is 0 of anything: `… ?? 0` needs no unit.
        let zero = |measure: &Measure| matches!(&*measure.kind, MeasureKind::Number(value) if *value == Decimal::ZERO);
        if left == right || zero(b) {
            return Some(left);
        }
        if zero(a) {
            return Some(right);
        }
        let message = format!("`{a}` is {left} and `{b}` is {right}: they cannot be added or compared");
        self.wrong(
            Code::TypeMismatch,
            &whole.at,
            message,
            "bring both to one kind, e.g. divide a duration by `1.days`",
        );
        None
    }
}

/// The time column of an aggregate: its own, the metric's if it belongs to
/// these rows, the table's default; `None` for rows at a moment.
pub(crate) fn time_of(aggregate: &Aggregate, metric: Option<&Metric>, default: Option<Expr>) -> Option<Expr> {
    if aggregate.relation.alive.is_some() || aggregate.function == AggregateFunction::Spread {
        return None;
    }
    if let Some(time) = &aggregate.time {
        return Some(time.clone());
    }
    metric
        .and_then(|metric| metric.time.as_ref())
        .filter(|time| belongs_to(time, &aggregate.relation.source))
        .cloned()
        .or(default)
}

fn has_stock(measure: &Measure) -> bool {
    match &*measure.kind {
        MeasureKind::Aggregate(aggregate) => aggregate.relation.alive.is_some(),
        MeasureKind::Metric(_) => true,
        _ => measure.children().into_iter().any(has_stock),
    }
}
