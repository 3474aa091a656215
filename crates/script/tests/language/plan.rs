//! Plans as short texts, so that a test can say what a script becomes.

use goalpost_core::expr::{Expr, ExprKind, Literal, Moment, Owner, PeriodBound, Relation, RelationSource};
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind, MeasureOp, Shift, WindowShape};

/// `deals[(deals.outcome == "won")]@end`
pub(crate) fn relation(relation: &Relation) -> String {
    let mut text = source(&relation.source);
    for filter in &relation.filters {
        text += &format!("[{}]", expr(filter));
    }
    if let Some(alive) = &relation.alive {
        let until = alive.until.as_ref().map_or(String::new(), |until| format!("..{}", expr(until)));
        let moment = match alive.moment {
            Moment::Start => "start",
            Moment::End => "end",
            Moment::During => "during",
        };
        text += &format!("@{moment}({}{until})", expr(&alive.from));
    }
    text
}

fn source(source: &RelationSource) -> String {
    match source {
        RelationSource::Table(name) => name.to_string(),
        RelationSource::Join(join) => {
            format!("({} join {} on {})", relation(&join.left), relation(&join.right), expr(&join.on))
        }
        RelationSource::GroupBy(group) => {
            let columns: Vec<String> =
                group.columns.iter().map(|(name, m)| format!("{name}: {}", measure(m))).collect();
            format!("({} by {} {{{}}})", relation(&group.input), group.key.dotted(), columns.join(", "))
        }
        RelationSource::Sql(query) => format!("sql<{query}>"),
    }
}

/// `(deals.amount + 1)`
pub(crate) fn expr(e: &Expr) -> String {
    match &*e.kind {
        ExprKind::Column(column) => match &column.owner {
            Owner::Table(table) => format!("{table}.{}", column.dotted()),
            Owner::Derived(RelationSource::GroupBy(_)) => format!("group.{}", column.dotted()),
            Owner::Derived(_) => format!("query.{}", column.dotted()),
        },
        ExprKind::Literal(value) => literal(value),
        ExprKind::Not(a) => format!("not {}", expr(a)),
        ExprKind::Negate(a) => format!("-{}", expr(a)),
        ExprKind::Binary(op, a, b) => format!("({} {} {})", expr(a), op.symbol(), expr(b)),
        ExprKind::InList(a, list) => {
            format!("{} in [{}]", expr(a), list.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        ExprKind::InRows(a, rows) => {
            format!("{} in {}:{}", expr(a), relation(&rows.relation), expr(&rows.column))
        }
        ExprKind::Matches(a, pattern) => format!("{} ~ /{pattern}/", expr(a)),
        ExprKind::Call(function, arguments) => {
            format!("{}({})", function.name(), arguments.iter().map(expr).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Case { arms, otherwise } => {
            let mut parts: Vec<String> =
                arms.iter().map(|(when, then)| format!("{} => {}", expr(when), expr(then))).collect();
            parts.extend(otherwise.iter().map(|value| format!("else {}", expr(value))));
            format!("case({})", parts.join(", "))
        }
        ExprKind::History(history) => {
            let order =
                history.order.as_ref().map_or(String::new(), |order| format!(" order {}", expr(order)));
            let argument = history.argument.as_ref().map_or(String::new(), expr);
            format!(
                "{}({argument} of {} per {}{order})",
                history.function.name(),
                relation(&history.relation),
                expr(&history.key)
            )
        }
        ExprKind::Period(bound) => match bound {
            PeriodBound::Start => "period.start",
            PeriodBound::End => "period.end",
            PeriodBound::Now => "period.now",
        }
        .to_owned(),
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "null".to_owned(),
        Literal::Bool(bool) => bool.to_string(),
        Literal::Number(number) => number.to_string(),
        Literal::Text(text) => format!("{text:?}"),
        Literal::Step(step) => step.to_string(),
    }
}

/// `(count(deals) / 2)`
pub(crate) fn measure(m: &Measure) -> String {
    let shift = |shift: &Shift| match shift.unit {
        Some(unit) => format!("{} {}", shift.count, unit.singular()),
        None => format!("{} grain", shift.count),
    };
    match &*m.kind {
        MeasureKind::Number(number) => number.to_string(),
        MeasureKind::Duration(step) => step.to_string(),
        MeasureKind::Aggregate(aggregate) => {
            let argument = aggregate.argument.as_ref().map_or(String::new(), |a| format!(", {}", expr(a)));
            let time = aggregate.time.as_ref().map_or(String::new(), |time| format!(" on {}", expr(time)));
            let p = match aggregate.function {
                AggregateFunction::Percentile(p) => format!(", {p}"),
                _ => String::new(),
            };
            format!("{}({}{argument}{p}){time}", aggregate.function.name(), relation(&aggregate.relation))
        }
        MeasureKind::Metric(name) => format!("metrics.{name}"),
        MeasureKind::Binary(op, a, b) => {
            let symbol = match op {
                MeasureOp::Add => "+",
                MeasureOp::Subtract => "-",
                MeasureOp::Multiply => "*",
                MeasureOp::Divide => "/",
                MeasureOp::Min => "min",
                MeasureOp::Max => "max",
            };
            format!("({} {symbol} {})", measure(a), measure(b))
        }
        MeasureKind::Coalesce(a, b) => format!("({} ?? {})", measure(a), measure(b)),
        MeasureKind::Window(a, shape) => match shape {
            WindowShape::Previous(s) => format!("previous({}, {})", measure(a), shift(s)),
            WindowShape::Next(s) => format!("next({}, {})", measure(a), shift(s)),
            WindowShape::Trailing(s) => format!("trailing({}, {})", measure(a), shift(s)),
            WindowShape::ToDate(unit) => format!("to_date({}, {})", measure(a), unit.singular()),
            WindowShape::WeekYearToDate => format!("to_date({}, week_year)", measure(a)),
            WindowShape::AllTime => format!("all_time({})", measure(a)),
        },
        MeasureKind::InPeriod(a, label) => format!("in_period({}, {label})", measure(a)),
        MeasureKind::Growth(a, s) => format!("growth({}, {})", measure(a), shift(s)),
        MeasureKind::Total(a) => format!("total({})", measure(a)),
        MeasureKind::Split(a, dimension) => format!("split({}, {dimension})", measure(a)),
        MeasureKind::DailyAverage(a) => format!("average({})", measure(a)),
        MeasureKind::Function(call) => {
            let parts: Vec<String> =
                call.parts.iter().map(|(name, part)| format!("{name}: {}", measure(part))).collect();
            format!("function({})", parts.join(", "))
        }
    }
}
