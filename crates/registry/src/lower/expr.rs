//! Row expressions in DataFusion's terms.

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions::expr_fn as functions;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Case, Expr as Df, Operator, cast, lit};
use goalpost_core::calendar::{AsOf, Calendar};
use goalpost_core::config::BusinessHours;
use goalpost_core::expr::{BinaryOp, Expr, ExprKind, Function, Literal, PeriodBound, Step};
use goalpost_core::row_type::RowType;
use goalpost_core::white::WHITE;

use super::Bounds;
use super::scope::Scope;
use super::terms::{column, day_literal, defect, exact, instant, moment_of, number, quotient};
use crate::relation::window::{moved_bound, moved_period};

/// Lowers expressions over the rows of one source.
pub(crate) struct Lowering<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) business: &'a BusinessHours,
    pub(crate) as_of: &'a AsOf,
    pub(crate) scope: &'a Scope,
    pub(crate) bounds: Option<Bounds>,
}

/// Whether a null may stand for false, as it may in a filter, but not below `not`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    MayBeFalse,
    Never,
}

impl Lowering<'_> {
    pub(crate) fn type_of(&self, expr: &Expr) -> Result<RowType> {
        expr.row_type().ok_or_else(|| defect(format!("`{expr}` has no type")))
    }

    /// A condition as a filter: null counts as false.
    pub(crate) fn filter(&self, expr: &Expr) -> Result<Df> {
        self.condition(expr, Nulls::MayBeFalse)
    }

    /// All conditions as one filter; `None` when there are none.
    pub(crate) fn filters(&self, filters: &[Expr]) -> Result<Option<Df>> {
        let mut all: Option<Df> = None;
        for filter in filters {
            let filter = self.filter(filter)?;
            all = Some(match all {
                Some(before) => before.and(filter),
                None => filter,
            });
        }
        Ok(all)
    }

    /// Rows visible at as-of on a time axis; rows without a time are.
    pub(crate) fn visible(&self, axis: &Expr) -> Result<Df> {
        let value = self.value(axis)?;
        let before = match self.type_of(axis)? {
            RowType::Date => value.clone().lt(day_literal(self.as_of.visible_end(self.calendar))),
            _ => value.clone().lt(instant(self.as_of.at)),
        };
        Ok(before.or(value.is_null()))
    }

    /// The local day of a time expression, as a date.
    pub(crate) fn day(&self, axis: &Expr) -> Result<Df> {
        let value = self.value(axis)?;
        Ok(match self.type_of(axis)? {
            RowType::Date => value,
            _ => self.local_day(value),
        })
    }

    fn local_day(&self, moment: Df) -> Df {
        let zone = self.calendar.time_zone;
        let local = if zone == chrono_tz::Tz::UTC {
            moment
        } else {
            cast(moment, DataType::Timestamp(TimeUnit::Microsecond, Some(zone.name().into())))
        };
        cast(local, DataType::Date32)
    }

    fn condition(&self, expr: &Expr, nulls: Nulls) -> Result<Df> {
        if let Some(name) = self.scope.steady.get(expr) {
            return Ok(functions::coalesce(vec![column(name), lit(false)]));
        }
        let strict = |df: Df| match nulls {
            Nulls::MayBeFalse => df,
            Nulls::Never => functions::coalesce(vec![df, lit(false)]),
        };
        Ok(match &*expr.kind {
            ExprKind::Not(inner) => Df::Not(Box::new(self.condition(inner, Nulls::Never)?)),
            ExprKind::Binary(BinaryOp::And, a, b) => self.condition(a, nulls)?.and(self.condition(b, nulls)?),
            ExprKind::Binary(BinaryOp::Or, a, b) => self.condition(a, nulls)?.or(self.condition(b, nulls)?),
            ExprKind::Binary(op, a, b) if comparison(*op).is_some() => self.compare(*op, a, b, nulls)?,
            ExprKind::InList(value, list) => {
                let ty = self.type_of(value)?;
                let lowered = self.value(value)?;
                let known: Vec<Df> = list
                    .iter()
                    .filter(|literal| **literal != Literal::Null)
                    .map(|literal| self.literal(literal, ty))
                    .collect::<Result<_>>()?;
                let listed = strict(Df::InList(InList::new(Box::new(lowered.clone()), known, false)));
                if list.contains(&Literal::Null) { listed.or(lowered.is_null()) } else { listed }
            }
            // The flag is false, never null, where nothing matches.
            ExprKind::InRows(..) => self.prepared(expr)?,
            ExprKind::Matches(value, pattern) => {
                let value = self.value(value)?;
                let matches = Df::BinaryExpr(BinaryExpr::new(
                    Box::new(value),
                    Operator::RegexMatch,
                    Box::new(lit(pattern.to_string())),
                ));
                strict(matches)
            }
            _ => strict(self.value(expr)?),
        })
    }

    pub(crate) fn compare(&self, op: BinaryOp, a: &Expr, b: &Expr, nulls: Nulls) -> Result<Df> {
        let Some(operator) = comparison(op) else { return Err(defect("not a comparison")) };
        let is_null = |expr: &Expr| matches!(&*expr.kind, ExprKind::Literal(Literal::Null));
        match (op, is_null(a), is_null(b)) {
            (BinaryOp::Equal, false, true) => return Ok(self.value(a)?.is_null()),
            (BinaryOp::Equal, true, false) => return Ok(self.value(b)?.is_null()),
            (BinaryOp::NotEqual, false, true) => return Ok(self.value(a)?.is_not_null()),
            (BinaryOp::NotEqual, true, false) => return Ok(self.value(b)?.is_not_null()),
            _ => {}
        }
        let (left, right) = self.comparable(a, b)?;
        let is_literal = |expr: &Expr| matches!(&*expr.kind, ExprKind::Literal(_));
        let operator = match op {
            // Against a constant a plain `=` is only null where it should be false.
            BinaryOp::Equal if nulls == Nulls::MayBeFalse && (is_literal(a) || is_literal(b)) => Operator::Eq,
            BinaryOp::Equal => Operator::IsNotDistinctFrom,
            BinaryOp::NotEqual => Operator::IsDistinctFrom,
            _ => operator,
        };
        let compared = Df::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)));
        let may_be_null = !matches!(operator, Operator::IsNotDistinctFrom | Operator::IsDistinctFrom);
        Ok(if may_be_null && nulls == Nulls::Never {
            functions::coalesce(vec![compared, lit(false)])
        } else {
            compared
        })
    }

    /// Two sides of a comparison in one type. Beside a moment, a day is its first
    /// moment, so that `a < b` says the same as `b - a` above 0.
    pub(crate) fn comparable(&self, a: &Expr, b: &Expr) -> Result<(Df, Df)> {
        let (left, right) = (self.type_of(a)?, self.type_of(b)?);
        let is_fixed = |expr: &Expr| {
            matches!(&*expr.kind, ExprKind::Literal(_) | ExprKind::Period(_)) || moved_period(expr).is_some()
        };
        if left.is_time() && right.is_time() && left != right && !is_fixed(a) && !is_fixed(b) {
            return Ok((self.wall_clock(a, left)?, self.wall_clock(b, right)?));
        }
        self.pair(a, b)
    }

    /// Two expressions in one type; of a day and a moment, the days.
    fn pair(&self, a: &Expr, b: &Expr) -> Result<(Df, Df)> {
        let (left, right) = (self.type_of(a)?, self.type_of(b)?);
        let is_constant = |expr: &Expr| {
            matches!(&*expr.kind, ExprKind::Literal(_) | ExprKind::Period(_)) || moved_period(expr).is_some()
        };
        if left.is_time() && is_constant(b) {
            return Ok((self.value(a)?, self.as_time(b, left)?));
        }
        if right.is_time() && is_constant(a) {
            return Ok((self.as_time(a, right)?, self.value(b)?));
        }
        if left.is_time() && right.is_time() && left != right {
            return Ok((self.day(a)?, self.day(b)?));
        }
        Ok((self.typed(a, right)?, self.typed(b, left)?))
    }

    /// A value, a literal in it read as of the type beside it.
    fn typed(&self, expr: &Expr, beside: RowType) -> Result<Df> {
        match &*expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, beside),
            _ => self.value(expr),
        }
    }

    fn literal(&self, literal: &Literal, beside: RowType) -> Result<Df> {
        Ok(match literal {
            Literal::Null => lit(ScalarValue::Null),
            Literal::Bool(value) => lit(*value),
            Literal::Number(value) => number(*value),
            Literal::Text(text) if beside.is_time() => self.time_literal(text, beside)?,
            Literal::Text(text) => lit(text.to_string()),
            Literal::Step(step) => lit(microseconds(*step)?),
        })
    }

    fn time_literal(&self, text: &str, ty: RowType) -> Result<Df> {
        let moment = AsOf::parse(text, self.calendar).map_err(|bad| defect(bad.to_string()))?;
        Ok(match ty {
            RowType::Date => day_literal(self.calendar.day(moment.at)),
            _ => instant(moment.at),
        })
    }

    /// A constant beside a time of a type.
    pub(super) fn as_time(&self, expr: &Expr, ty: RowType) -> Result<Df> {
        match &*expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, ty),
            ExprKind::Period(bound) => Ok(as_time(self.bound(*bound)?, ty)),
            _ => match moved_period(expr) {
                Some((bound, step)) => Ok(as_time(self.moved_bound(bound, step)?, ty)),
                None => self.value(expr),
            },
        }
    }

    pub(super) fn bound(&self, bound: PeriodBound) -> Result<(NaiveDate, DateTime<Utc>)> {
        let bounds = self.bounds.ok_or_else(|| defect("`period` outside of a period"))?;
        Ok(match bound {
            PeriodBound::Start => bounds.start,
            PeriodBound::End => bounds.end,
            PeriodBound::Now => bounds.now,
        })
    }

    fn prepared(&self, expr: &Expr) -> Result<Df> {
        let name = self.scope.name(expr, self.bounds);
        Ok(column(name.ok_or_else(|| defect(format!("`{expr}` was not prepared")))?))
    }

    /// The value of an expression.
    pub(crate) fn value(&self, expr: &Expr) -> Result<Df> {
        if let Some(name) = self.scope.steady.get(expr) {
            return Ok(column(name));
        }
        Ok(match &*expr.kind {
            ExprKind::Column(_) | ExprKind::History(_) => self.prepared(expr)?,
            ExprKind::Literal(literal) => self.literal(literal, RowType::Null)?,
            ExprKind::Period(bound) => instant(self.bound(*bound)?.1),
            ExprKind::Not(_) | ExprKind::InList(..) | ExprKind::InRows(..) | ExprKind::Matches(..) => {
                self.condition(expr, Nulls::Never)?
            }
            ExprKind::Negate(inner) => {
                let value = self.value(inner)?;
                match self.type_of(inner)? {
                    // The least of 64 bits has no negative among them.
                    ty @ (RowType::Integer | RowType::Duration) => {
                        cast(Df::Negative(Box::new(exact(value, ty))), DataType::Int64)
                    }
                    _ => Df::Negative(Box::new(value)),
                }
            }
            ExprKind::Binary(op, a, b) => match op {
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                    self.arithmetic(*op, a, b)?
                }
                BinaryOp::Coalesce => {
                    let (left, right) = match (self.type_of(a)?, self.type_of(b)?) {
                        (RowType::Date, RowType::DateTime) | (RowType::DateTime, RowType::Date) => {
                            (self.moment(a)?, self.moment(b)?)
                        }
                        _ => self.pair(a, b)?,
                    };
                    functions::coalesce(vec![left, right])
                }
                _ => self.condition(expr, Nulls::Never)?,
            },
            ExprKind::Call(function, arguments) => self.call(*function, arguments)?,
            ExprKind::Case { arms, otherwise } => {
                let ty = self.type_of(expr).unwrap_or(RowType::Null);
                let chosen = |value: &Expr| match self.type_of(value)? {
                    RowType::Date if ty == RowType::DateTime => self.moment(value),
                    _ => self.typed(value, ty),
                };
                let arms = arms
                    .iter()
                    .map(|(condition, value)| {
                        Ok((Box::new(self.filter(condition)?), Box::new(chosen(value)?)))
                    })
                    .collect::<Result<Vec<_>>>()?;
                let otherwise = otherwise.as_ref().map(chosen).transpose()?.map(Box::new);
                Df::Case(Case::new(None, arms, otherwise))
            }
        })
    }

    fn arithmetic(&self, op: BinaryOp, a: &Expr, b: &Expr) -> Result<Df> {
        if let Some((bound, step)) = moved_bound(op, a, b) {
            return Ok(instant(self.moved_bound(bound, step)?.1));
        }
        if let Some(moved) = self.moved_date(op, a, b)? {
            return Ok(moved);
        }
        let (left, right) = (self.type_of(a)?, self.type_of(b)?);
        if left.is_time() && right.is_time() {
            return self.difference(a, b, left, right);
        }
        let (x, y) = (self.value(a)?, self.value(b)?);
        if left == RowType::DateTime || right == RowType::DateTime {
            // A moment moved by a measured duration.
            let micros =
                |df: Df, ty: RowType| if ty == RowType::DateTime { cast(df, DataType::Int64) } else { df };
            let wide = |df: Df| exact(df, RowType::Integer);
            let (x, y) = (wide(micros(x, left)), wide(micros(y, right)));
            return moment_of(if op == BinaryOp::Subtract { x - y } else { x + y });
        }
        // Integers and durations are 64 bits wide and would wrap in silence.
        let (x, y) = (exact(x, left), exact(y, right));
        let result = match op {
            BinaryOp::Add => x + y,
            BinaryOp::Subtract => x - y,
            BinaryOp::Multiply => x * y,
            _ => quotient(x, y),
        };
        let whole = Expr::binary(op, a.clone(), b.clone());
        let is_duration = self.type_of(&whole)? == RowType::Duration;
        Ok(if is_duration { cast(result, DataType::Int64) } else { result })
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Result<Df> {
        let receiver = arguments.first().ok_or_else(|| defect("a function without a value"))?;
        let count = || -> Result<Df> {
            match arguments.get(1).map(|argument| &*argument.kind) {
                Some(ExprKind::Literal(Literal::Number(n))) => {
                    Ok(lit(i64::try_from(*n).map_err(|_| defect("a length that is no whole number"))?))
                }
                _ => Err(defect("a length that is no constant")),
            }
        };
        let part = |part: &str| -> Result<Df> {
            Ok(cast(functions::date_part(lit(part), self.day(receiver)?), DataType::Int64))
        };
        Ok(match function {
            Function::Lower => functions::lower(self.value(receiver)?),
            Function::Upper => functions::upper(self.value(receiver)?),
            Function::Trim => functions::btrim(vec![self.value(receiver)?, lit(WHITE)]),
            Function::Digits => {
                functions::regexp_replace(self.value(receiver)?, lit("[^0-9]"), lit(""), Some(lit("g")))
            }
            Function::Length => cast(functions::character_length(self.value(receiver)?), DataType::Int64),
            Function::Left => functions::left(self.value(receiver)?, count()?),
            Function::Right => functions::right(self.value(receiver)?, count()?),
            Function::Year => part("year")?,
            Function::Month => part("month")?,
            Function::Weekday => part("isodow")?,
            Function::BusinessTime => {
                let until = arguments.get(1).ok_or_else(|| defect("working time without an end"))?;
                self.business_time(receiver, until)?
            }
            Function::Key => self.key(arguments)?,
        })
    }

    /// Several values as one text: each with its length before it, so that no two
    /// lists of values make the same text.
    fn key(&self, parts: &[Expr]) -> Result<Df> {
        let mut texts = Vec::with_capacity(parts.len());
        let mut is_known: Option<Df> = None;
        for part in parts {
            let text = cast(self.value(part)?, DataType::Utf8);
            let known = text.clone().is_not_null();
            is_known = Some(match is_known {
                Some(before) => before.or(known),
                None => known,
            });
            let length = cast(functions::character_length(text.clone()), DataType::Utf8);
            // `concat` takes nulls for nothing, so a null is told from an empty text here.
            texts.push(functions::coalesce(vec![length, lit("")]));
            texts.push(lit(":"));
            texts.push(text);
        }
        let is_known = is_known.ok_or_else(|| defect("a key of nothing"))?;
        datafusion::logical_expr::when(is_known, functions::concat(texts)).end()
    }
}

fn comparison(op: BinaryOp) -> Option<Operator> {
    Some(match op {
        BinaryOp::Equal => Operator::Eq,
        BinaryOp::NotEqual => Operator::NotEq,
        BinaryOp::Less => Operator::Lt,
        BinaryOp::LessOrEqual => Operator::LtEq,
        BinaryOp::Greater => Operator::Gt,
        BinaryOp::GreaterOrEqual => Operator::GtEq,
        _ => return None,
    })
}

fn as_time((day, moment): (NaiveDate, DateTime<Utc>), ty: RowType) -> Df {
    if ty == RowType::Date { day_literal(day) } else { instant(moment) }
}

fn microseconds(step: Step) -> Result<i64> {
    let seconds = step.unit.seconds().ok_or_else(|| defect("a calendar step as a duration"))?;
    Ok(seconds.saturating_mul(step.count).saturating_mul(1_000_000))
}
