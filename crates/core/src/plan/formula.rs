//! Formulas as text: how a plan reads back, close to how a script wrote it.
//!
//! Used for reasons ("no deals where outcome == "won""), for `explain`, and to
//! bring the filters of a relation into one order. Not meant to be parsed.

use std::fmt::{self, Display, Formatter};

use crate::expr::{
    Alive, ColumnOfRows, Expr, ExprKind, Function, HistoryCall, Literal, Moment, PeriodBound, Relation,
    RelationSource,
};
use crate::measure::{Aggregate, AggregateFunction, Measure, MeasureKind, MeasureOp, Shift, WindowShape};

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{}", value.normalize()),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Step(step) => write!(f, "{step}"),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            ExprKind::Column(column) => f.write_str(&column.dotted()),
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::Not(inner) => write!(f, "not {}", Operand(inner)),
            ExprKind::Negate(inner) => write!(f, "-{}", Operand(inner)),
            ExprKind::Binary(op, left, right) => {
                write!(f, "{} {} {}", Operand(left), op.symbol(), Operand(right))
            }
            ExprKind::InList(value, list) => write!(f, "{} in [{}]", Operand(value), Listed(list)),
            ExprKind::InRows(value, rows) => write!(f, "{} in {rows}", Operand(value)),
            ExprKind::Matches(value, pattern) => write!(f, "{}.matches({pattern:?})", Operand(value)),
            ExprKind::Call(Function::BusinessTime, arguments) => {
                write!(f, "business_time({})", Listed(arguments))
            }
            ExprKind::Call(Function::Key, arguments) => write!(f, "[{}]", Listed(arguments)),
            ExprKind::Call(function, arguments) => match arguments.split_first() {
                Some((receiver, rest)) => {
                    write!(f, "{}.{}({})", Operand(receiver), function.name(), Listed(rest))
                }
                None => write!(f, "{}()", function.name()),
            },
            ExprKind::Case { arms, otherwise } => {
                for (index, (condition, value)) in arms.iter().enumerate() {
                    write!(f, "{}when({condition}, {value})", if index == 0 { "" } else { "." })?;
                }
                otherwise.as_ref().map_or(Ok(()), |value| write!(f, ".otherwise({value})"))
            }
            ExprKind::History(call) => call.fmt(f),
            ExprKind::Period(bound) => f.write_str(match bound {
                PeriodBound::Start => "period.start",
                PeriodBound::End => "period.end",
                PeriodBound::Now => "period.now",
            }),
        }
    }
}

/// An expression as an operand: in parentheses where it would read ambiguously.
struct Operand<'a>(&'a Expr);

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &*self.0.kind {
            ExprKind::Binary(..) | ExprKind::Not(_) | ExprKind::InList(..) | ExprKind::InRows(..) => {
                write!(f, "({})", self.0)
            }
            _ => self.0.fmt(f),
        }
    }
}

struct Listed<'a, T>(&'a [T]);

impl<T: Display> Display for Listed<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for ColumnOfRows {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "({}).{}", self.relation, self.column)
    }
}

impl Display for HistoryCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "({}).per({}", self.relation, self.key)?;
        if let Some(order) = &self.order {
            write!(f, ", {order}")?;
        }
        write!(f, ").{}(", self.function.name())?;
        if let Some(argument) = &self.argument {
            write!(f, "{argument}")?;
        }
        f.write_str(")")
    }
}

impl Display for RelationSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) => name.fmt(f),
            Self::Join(join) => write!(f, "{} joined with {} on {}", join.left, join.right, join.on),
            Self::GroupBy(group) => write!(f, "{} by {}", group.input, group.key.dotted()),
            Self::Sql(text) => write!(f, "sql({text:?})"),
        }
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)?;
        if let Some(alive) = &self.alive {
            write!(f, " {alive}")?;
        }
        for (index, filter) in self.filters.iter().enumerate() {
            write!(f, " {} {filter}", if index == 0 { "where" } else { "and" })?;
        }
        Ok(())
    }
}

impl Display for Alive {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "active from {}", self.from)?;
        if let Some(until) = &self.until {
            write!(f, " until {until}")?;
        }
        f.write_str(match self.moment {
            Moment::Start => " at the start",
            Moment::End => " at the end",
            Moment::During => " during the period",
        })
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name())?;
        match (&self.argument, self.function) {
            (Some(argument), AggregateFunction::Percentile(p)) => write!(f, "{argument}, {p} of ")?,
            (Some(argument), _) => write!(f, "{argument} of ")?,
            (None, _) => {}
        }
        write!(f, "{})", self.relation)?;
        self.time.as_ref().map_or(Ok(()), |time| write!(f, " on {time}"))
    }
}

impl Display for MeasureOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Min => "min",
            Self::Max => "max",
        })
    }
}

impl Display for Shift {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.count)?;
        self.unit.map_or(Ok(()), |unit| write!(f, ", \"{}s\"", unit.singular()))
    }
}

impl Display for Measure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            MeasureKind::Number(value) => write!(f, "{}", value.normalize()),
            MeasureKind::Duration(step) => step.fmt(f),
            MeasureKind::Aggregate(aggregate) => aggregate.fmt(f),
            MeasureKind::Metric(name) => write!(f, "metrics.{name}"),
            MeasureKind::Binary(op @ (MeasureOp::Min | MeasureOp::Max), a, b) => write!(f, "{op}({a}, {b})"),
            MeasureKind::Binary(op, a, b) => write!(f, "{} {op} {}", Term(a), Term(b)),
            MeasureKind::Coalesce(a, b) => write!(f, "{} ?? {}", Term(a), Term(b)),
            MeasureKind::InPeriod(a, label) => write!(f, "{a}.in_period(\"{label}\")"),
            MeasureKind::Window(a, shape) => {
                write!(f, "{}", Term(a))?;
                match shape {
                    WindowShape::Previous(shift) => write!(f, ".previous({shift})"),
                    WindowShape::Next(shift) => write!(f, ".next({shift})"),
                    WindowShape::Trailing(shift) => write!(f, ".trailing({shift})"),
                    WindowShape::ToDate(unit) => write!(f, ".to_date(\"{}\")", unit.singular()),
                    WindowShape::WeekYearToDate => f.write_str(".to_date(\"week_year\")"),
                    WindowShape::AllTime => f.write_str(".all_time()"),
                }
            }
            MeasureKind::Growth(a, shift) => write!(f, "{}.growth({shift})", Term(a)),
            MeasureKind::Split(a, dimension) => write!(f, "{}.split(\"{dimension}\")", Term(a)),
            MeasureKind::Total(a) => write!(f, "{}.total()", Term(a)),
            MeasureKind::DailyAverage(a) => write!(f, "{}.average()", Term(a)),
            MeasureKind::Function(call) => {
                f.write_str("function of ")?;
                for (index, (name, part)) in call.parts.iter().enumerate() {
                    write!(f, "{}{name} = {part}", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

struct Term<'a>(&'a Measure);

impl Display for Term<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &*self.0.kind {
            MeasureKind::Binary(..) | MeasureKind::Coalesce(..) => write!(f, "({})", self.0),
            _ => self.0.fmt(f),
        }
    }
}
