//! Working time between two moments, in built-in functions only.
//!
//! It is the difference of two counts: the working time from a fixed Monday to
//! each moment. A count is whole weeks, the days of the week begun, less the
//! holidays passed, times the length of a working day, plus the part of today
//! that lies within working hours.
//!
//! A span that runs backwards is dirt, also where no working hour lies in it: it
//! keeps its clock time, which is negative, and is left out like any other.

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::functions::expr_fn::{greatest, least};
use datafusion::logical_expr::{Expr as Df, cast, lit, when};
use goalpost_core::config::BusinessHours;
use goalpost_core::expr::{BinaryOp, Expr};
use goalpost_core::row_type::RowType;

use super::expr::{Lowering, Nulls};
use super::terms::day_literal;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Days from a Monday long before any data to 1970-01-01, so that no count is negative.
const FROM_FIRST_MONDAY: i64 = 7 * 200_000 + 3;

impl Lowering<'_> {
    /// Working time from one moment to another, in microseconds.
    pub(crate) fn business_time(&self, from: &Expr, until: &Expr) -> Result<Df> {
        let worked = self.worked_until(until)? - self.worked_until(from)?;
        let (left, right) = (self.type_of(until)?, self.type_of(from)?);
        when(
            self.compare(BinaryOp::Less, until, from, Nulls::MayBeFalse)?,
            self.difference(until, from, left, right)?,
        )
        .otherwise(worked)
    }

    /// Working microseconds from the first Monday to a moment.
    fn worked_until(&self, moment: &Expr) -> Result<Df> {
        let hours = self.business;
        let day = self.day(moment)?;
        let number = cast(cast(day.clone(), DataType::Int32), DataType::Int64) + lit(FROM_FIRST_MONDAY);
        let (week, weekday) = (number.clone() / lit(7_i64), number % lit(7_i64));
        let per_week = hours.days.iter().filter(|worked| **worked).count() as i64;
        let mut days = week * lit(per_week) + begun_week(weekday.clone(), hours)?;
        for holiday in worked_holidays(hours) {
            days = days - when(day.clone().gt(day_literal(holiday)), lit(1_i64)).otherwise(lit(0_i64))?;
        }
        let length = (i64::from(hours.closes) - i64::from(hours.opens)) * SECOND;
        Ok(days * lit(length) + self.today(moment, day, weekday)?)
    }

    /// Working microseconds of the moment's own day before it.
    fn today(&self, moment: &Expr, day: Df, weekday: Df) -> Result<Df> {
        let hours = self.business;
        let now = match self.type_of(moment)? {
            // A day is its first moment.
            RowType::Date => return Ok(lit(0_i64)),
            _ => self.clock(moment)?,
        };
        let [opens, closes] = [hours.opens, hours.closes].map(|second| lit(i64::from(second) * SECOND));
        let within = least(vec![greatest(vec![now, opens.clone()]), closes]) - opens;
        let worked: Vec<Df> = (0..7_i64).filter(|day| hours.days[*day as usize]).map(lit).collect();
        let mut is_worked = weekday.in_list(worked, false);
        let holidays: Vec<Df> = worked_holidays(hours).map(day_literal).collect();
        if !holidays.is_empty() {
            is_worked = is_worked.and(day.in_list(holidays, true));
        }
        when(is_worked, within).otherwise(lit(0_i64))
    }
}

/// Working days of the week begun before a weekday, Monday 0.
fn begun_week(weekday: Df, hours: &BusinessHours) -> Result<Df> {
    let mut before = 0_i64;
    let mut found = lit(0_i64);
    for (place, worked) in (0_i64..).zip(hours.days) {
        found = when(weekday.clone().eq(lit(place)), lit(before)).otherwise(found)?;
        before += i64::from(worked);
    }
    Ok(found)
}

/// Holidays that fall on days that would be worked.
fn worked_holidays(hours: &BusinessHours) -> impl Iterator<Item = NaiveDate> + '_ {
    hours.holidays.iter().copied().filter(|day| hours.days[day.weekday().num_days_from_monday() as usize])
}
