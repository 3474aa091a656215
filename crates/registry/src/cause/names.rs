//! What the parts of a formula are called: "won deals", "customers at the start",
//! "mean amount of won deals", "churn_rate over 12 months".

use goalpost_core::expr::{
    BinaryOp, Expr, ExprKind, Literal, Moment, Relation, RelationSource, Step, StepUnit,
};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind, Shift, WindowShape};

use super::wrap::Wrap;

/// Characters of a name; what is longer is cut.
const LONGEST: usize = 72;
/// Characters of a condition or a value in a name; what is longer is left out.
const LONGEST_PART: usize = 50;
/// What is said of rows whose duration counts.
const DURATION: &str = "a duration";
/// Values of a list that make a name and not a condition.
const MOST_VALUES: usize = 3;

/// The name of a part of a formula.
pub(super) fn part(measure: &Measure, wraps: &[Wrap]) -> String {
    let mut name = plain(measure);
    // The outermost first, as a script would read.
    for wrap in wraps.iter().rev() {
        name.push_str(&suffix(wrap));
    }
    shortened(name)
}

/// The rows of a relation: "won deals", "customers at the start".
pub(super) fn rows(relation: &Relation) -> String {
    let (values, rest) = values(&relation.filters);
    let mut name = String::new();
    for (_, values) in values {
        name.push_str(&values.join(" or "));
        name.push(' ');
    }
    match &relation.source {
        RelationSource::Table(table) => name.push_str(table.as_str()),
        other => name.push_str(&other.to_string()),
    }
    if let Some(alive) = &relation.alive {
        name.push_str(match alive.moment {
            Moment::Start => " at the start",
            Moment::End => " at the end",
            Moment::During => " during the period",
        });
    }
    let (with, conditions): (Vec<_>, Vec<_>) = rest.iter().map(worded).partition(|(is_value, _)| *is_value);
    let joined = |found: Vec<(bool, String)>| {
        found.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" and ")
    };
    if !conditions.is_empty() {
        let conditions = joined(conditions);
        let fits = conditions.chars().count() <= LONGEST_PART;
        name.push_str(" where ");
        name.push_str(if fits { &conditions } else { "…" });
    }
    // What has a duration has both of its dates.
    let duration = with.iter().find(|(_, text)| text == DURATION).cloned();
    let with = duration.map_or(with, |found| vec![found]);
    if !with.is_empty() {
        name.push_str(" with ");
        name.push_str(&joined(with));
    }
    shortened(name)
}

/// A condition in words, and whether it is merely that there is a value.
fn worded(filter: &Expr) -> (bool, String) {
    if let ExprKind::Binary(op, value, bound) = &*filter.kind
        && let ExprKind::Literal(bound) = &*bound.kind
    {
        match (op, bound) {
            (BinaryOp::NotEqual, Literal::Null) => return (true, argument(value, "a value")),
            (BinaryOp::GreaterOrEqual, Literal::Step(Step { count: 0, .. })) => {
                return (true, DURATION.to_owned());
            }
            _ => {}
        }
    }
    (false, filter.to_string())
}

/// What is aggregated, unless that takes too many words.
fn argument(expr: &Expr, otherwise: &str) -> String {
    let text = expr.to_string();
    if text.chars().count() <= LONGEST_PART { text } else { otherwise.to_owned() }
}

fn plain(measure: &Measure) -> String {
    match &*measure.kind {
        MeasureKind::Metric(name) => name.to_string(),
        MeasureKind::Aggregate(aggregate) => of_rows(aggregate),
        MeasureKind::Coalesce(a, _) => plain(a),
        MeasureKind::DailyAverage(inner) => format!("daily average of {}", plain(inner)),
        _ => measure.to_string(),
    }
}

fn of_rows(aggregate: &Aggregate) -> String {
    let rows = rows(&aggregate.relation);
    let Some(expr) = &aggregate.argument else { return rows };
    let value = argument(expr, "value");
    match aggregate.function {
        AggregateFunction::CountDistinct => format!("different {value} of {rows}"),
        AggregateFunction::Sum | AggregateFunction::Spread => format!("{value} of {rows}"),
        AggregateFunction::Share => format!("share with {value} of {rows}"),
        AggregateFunction::Percentile(p) => format!("{p} percentile of {value} of {rows}"),
        function => format!("{} {value} of {rows}", function.name()),
    }
}

fn suffix(wrap: &Wrap) -> String {
    let counted = |shift: &Shift| {
        let unit = shift.unit.map_or("period", StepUnit::singular);
        format!("{} {unit}{}", shift.count, if shift.count == 1 { "" } else { "s" })
    };
    match wrap {
        Wrap::Fixed(label) => format!(" in {label}"),
        Wrap::Total => " of all segments".to_owned(),
        Wrap::Window(WindowShape::Previous(shift)) => format!(" {} before", counted(shift)),
        Wrap::Window(WindowShape::Next(shift)) => format!(" {} after", counted(shift)),
        Wrap::Window(WindowShape::Trailing(shift)) => format!(" over {}", counted(shift)),
        Wrap::Window(WindowShape::ToDate(unit)) => format!(" in the {} to date", unit.singular()),
        Wrap::Window(WindowShape::WeekYearToDate) => " in the year of weeks to date".to_owned(),
        Wrap::Window(WindowShape::AllTime) => " over all time".to_owned(),
    }
}

/// The texts that a column must be one of, by column in the order of the filters,
/// and the other filters. A narrower list takes the place of a wider one.
fn values(filters: &[Expr]) -> (Vec<(Expr, Vec<String>)>, Vec<Expr>) {
    let mut named: Vec<(Expr, Vec<String>)> = Vec::new();
    let mut rest = Vec::new();
    for filter in filters {
        let Some((column, texts)) = texts_of(filter) else {
            rest.push(filter.clone());
            continue;
        };
        match named.iter_mut().find(|(known, _)| *known == column) {
            None => named.push((column, texts)),
            Some((_, known)) if texts.iter().all(|text| known.contains(text)) => *known = texts,
            Some((_, known)) if known.iter().all(|text| texts.contains(text)) => {}
            Some(_) => rest.push(filter.clone()),
        }
    }
    (named, rest)
}

/// `column == "text"` or `column in ["a", "b"]`.
fn texts_of(filter: &Expr) -> Option<(Expr, Vec<String>)> {
    let is_column = |expr: &Expr| matches!(&*expr.kind, ExprKind::Column(_));
    let text = |literal: &Literal| match literal {
        Literal::Text(text) if !text.trim().is_empty() => Some(text.to_string()),
        _ => None,
    };
    match &*filter.kind {
        ExprKind::Binary(BinaryOp::Equal, a, b) => {
            let (column, other) = if is_column(a) { (a, b) } else { (b, a) };
            match &*other.kind {
                ExprKind::Literal(literal) if is_column(column) => {
                    Some((column.clone(), vec![text(literal)?]))
                }
                _ => None,
            }
        }
        ExprKind::InList(column, list) if is_column(column) && list.len() <= MOST_VALUES => {
            Some((column.clone(), list.iter().map(text).collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}

fn shortened(name: String) -> String {
    if name.chars().count() <= LONGEST {
        return name;
    }
    let kept: String = name.chars().take(LONGEST - 1).collect();
    format!("{}…", kept.trim_end())
}
