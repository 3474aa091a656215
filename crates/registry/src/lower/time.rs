//! Times in DataFusion's terms: moved by steps, subtracted, read off a clock.
//!
//! Moments are kept in UTC, and people count on the calendar of their zone: a
//! month later is the same time of day there. Comparisons are in [`super::expr`].

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNano, TimeUnit};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions::expr_fn as functions;
use datafusion::logical_expr::{Expr as Df, cast, lit, try_cast};
use goalpost_core::calendar::{AsOf, add_step};
use goalpost_core::expr::{BinaryOp, Expr, ExprKind, Literal, PeriodBound, Step, StepUnit};
use goalpost_core::row_type::RowType;

use super::expr::Lowering;
use super::terms::{DAY, defect, exact, moment_of, utc};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

impl Lowering<'_> {
    /// A bound of the period, moved: by days and longer on the calendar, by
    /// shorter steps on the clock. The day is the first that does not lie before it.
    pub(super) fn moved_bound(&self, bound: PeriodBound, step: Step) -> Result<(NaiveDate, DateTime<Utc>)> {
        let (_, from) = self.bound(bound)?;
        let wall = from.with_timezone(&self.calendar.time_zone).naive_local();
        let moment = match step.unit {
            StepUnit::Second | StepUnit::Minute | StepUnit::Hour => {
                let seconds = step.unit.seconds().unwrap_or(1).saturating_mul(step.count);
                TimeDelta::try_seconds(seconds).and_then(|delta| from.checked_add_signed(delta))
            }
            _ => Some(self.calendar.local(add_step(wall.date(), step).and_time(wall.time()))),
        };
        let moment = moment.ok_or_else(|| defect("a step beyond the calendar"))?;
        Ok((AsOf { at: moment }.visible_end(self.calendar), moment))
    }

    /// A date plus or minus a calendar step.
    pub(super) fn moved_date(&self, op: BinaryOp, a: &Expr, b: &Expr) -> Result<Option<Df>> {
        let (date, step) = match (op, &*a.kind, &*b.kind) {
            (BinaryOp::Add | BinaryOp::Subtract, _, ExprKind::Literal(Literal::Step(step))) => (a, *step),
            (BinaryOp::Add, ExprKind::Literal(Literal::Step(step)), _) => (b, *step),
            _ => return Ok(None),
        };
        let ty = self.type_of(date)?;
        if !ty.is_time() {
            return Ok(None);
        }
        let count = if op == BinaryOp::Subtract { -step.count } else { step.count };
        let interval = match step.unit.months() {
            Some(months) => {
                let months = IntervalMonthDayNano::new(narrow(count.saturating_mul(months))?, 0, 0);
                if ty == RowType::DateTime && self.calendar.time_zone != chrono_tz::Tz::UTC {
                    return Ok(Some(self.moved_on_clock(self.value(date)?, months)));
                }
                months
            }
            None => {
                let seconds = step.unit.seconds().unwrap_or_default().saturating_mul(count);
                if seconds % 86_400 != 0 && ty == RowType::DateTime {
                    // The engine would count nanoseconds, which reach for 292 years.
                    let micros = exact(lit(seconds.saturating_mul(1_000_000)), RowType::Duration);
                    let from = exact(cast(self.value(date)?, DataType::Int64), RowType::Duration);
                    return moment_of(from + micros).map(Some);
                }
                // Of a day only whole days can be told.
                IntervalMonthDayNano::new(0, narrow(seconds / 86_400)?, 0)
            }
        };
        let moved = self.value(date)? + lit(ScalarValue::IntervalMonthDayNano(Some(interval)));
        let ty = match ty {
            RowType::Date => DataType::Date32,
            _ => utc(),
        };
        Ok(Some(cast(moved, ty)))
    }

    /// A moment so many months later by the local clock: the 28th at 22:00 becomes
    /// the 28th at 22:00, whichever day that is in UTC.
    ///
    /// A time that the clock shows twice is the first of the two; one that it skips
    /// is as much later as the clock was put forward.
    fn moved_on_clock(&self, moment: Df, months: IntervalMonthDayNano) -> Df {
        let zone = || DataType::Timestamp(TimeUnit::Microsecond, Some(self.calendar.time_zone.name().into()));
        let interval = |value| lit(ScalarValue::IntervalMonthDayNano(Some(value)));
        let hour = || interval(IntervalMonthDayNano::new(0, 0, HOUR * 1_000));
        let wall = functions::to_local_time(vec![cast(moment.clone(), zone())]) + interval(months);
        // Null where the clock shows the time twice or never; an hour earlier it does not.
        let at = |wall: Df| cast(try_cast(wall, zone()), utc());
        functions::coalesce(vec![
            at(wall.clone()),
            cast(at(wall - hour()) + hour(), utc()),
            cast(moment + interval(months), utc()),
        ])
    }

    /// A time as a moment; of a day the first one that the local clock shows.
    pub(super) fn moment(&self, time: &Expr) -> Result<Df> {
        let value = self.value(time)?;
        if self.type_of(time)? != RowType::Date {
            return Ok(value);
        }
        let zone = DataType::Timestamp(TimeUnit::Microsecond, Some(self.calendar.time_zone.name().into()));
        let hour =
            || lit(ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(0, 0, HOUR * 1_000))));
        let wall = cast(value, DataType::Timestamp(TimeUnit::Microsecond, None));
        // Null where the clock shows midnight twice or never; an hour earlier it does not.
        let at = |wall: Df| cast(try_cast(wall, zone.clone()), utc());
        Ok(functions::coalesce(vec![at(wall.clone()), cast(at(wall - hour()) + hour(), utc())]))
    }

    /// The time between two moments, in microseconds. Beside a moment, a day is
    /// its first moment, and both are read off the clock of the project's zone.
    pub(crate) fn difference(&self, a: &Expr, b: &Expr, left: RowType, right: RowType) -> Result<Df> {
        let is_bound = |expr: &Expr| matches!(&*expr.kind, ExprKind::Period(_));
        // A bound of the period is a day beside days, and an instant beside instants.
        let days = match (is_bound(a), is_bound(b)) {
            (true, _) => right == RowType::Date,
            (_, true) => left == RowType::Date,
            _ => left == RowType::Date && right == RowType::Date,
        };
        if days {
            let clock = |expr: &Expr| match &*expr.kind {
                ExprKind::Period(bound) => self.bound_clock(*bound),
                _ => self.wall_clock(expr, RowType::Date),
            };
            return Ok(clock(a)? - clock(b)?);
        }
        if left == right || is_bound(a) || is_bound(b) {
            return Ok(cast(self.value(a)?, DataType::Int64) - cast(self.value(b)?, DataType::Int64));
        }
        Ok(self.wall_clock(a, left)? - self.wall_clock(b, right)?)
    }

    /// The local wall-clock time of a bound of the period: a whole day, unless it
    /// is now, within a day.
    fn bound_clock(&self, bound: PeriodBound) -> Result<Df> {
        let (day, moment) = self.bound(bound)?;
        let wall = if moment < self.calendar.instant(day) {
            moment.with_timezone(&self.calendar.time_zone).naive_local()
        } else {
            day.and_time(NaiveTime::MIN)
        };
        Ok(lit(wall.and_utc().timestamp_micros()))
    }

    /// The local wall-clock time of a moment, in microseconds from 1970.
    pub(super) fn wall_clock(&self, expr: &Expr, ty: RowType) -> Result<Df> {
        let midnight = cast(cast(self.day(expr)?, DataType::Int32), DataType::Int64) * lit(DAY);
        if ty == RowType::Date {
            return Ok(midnight);
        }
        Ok(midnight + self.clock(expr)?)
    }

    /// What the local clock shows at a moment, in microseconds.
    pub(crate) fn clock(&self, moment: &Expr) -> Result<Df> {
        let zone = DataType::Timestamp(TimeUnit::Microsecond, Some(self.calendar.time_zone.name().into()));
        let local = cast(self.value(moment)?, zone);
        let part = |name: &str| cast(functions::date_part(lit(name), local.clone()), DataType::Int64);
        // The part called microsecond has the seconds in it.
        Ok(part("hour") * lit(HOUR) + part("minute") * lit(HOUR / 60) + part("microsecond"))
    }
}

fn narrow(count: i64) -> Result<i32> {
    i32::try_from(count).map_err(|_| defect("a step beyond the calendar"))
}
