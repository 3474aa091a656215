//! The local day of moments, by integers.
//!
//! Within a day of UTC the offset of a zone is nearly always one: it is looked up
//! once for each day that occurs, and a moment costs an addition and a division.

use chrono::{DateTime, Offset, TimeZone};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use goalpost_core::calendar::Calendar;

use super::unfit::unfit;
use crate::lower::terms::EPOCH_FROM_CE;

/// The day of what has no time.
pub(super) const NO_DAY: i32 = i32::MIN;

/// Days around 1970 for which tables are kept, from 1870 to 2169.
pub(super) const FIRST: i32 = -36_525;
pub(super) const NEAR: usize = 109_575;

/// Microseconds of a day and of an hour.
const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;

/// Days from 1970 beyond which the engine's calendar may end.
const FAR: i64 = 90_000_000;

/// A day that was not looked up yet, and one within which the offset changes.
const UNKNOWN: i64 = i64::MAX;
const VARIES: i64 = i64::MIN;

/// The place of a day in the tables of near ones.
pub(super) fn near(day: i32) -> Option<usize> {
    usize::try_from(day.wrapping_sub(FIRST)).ok().filter(|place| *place < NEAR)
}

/// Local days of a zone.
pub(super) struct LocalDays {
    calendar: Calendar,
    /// Microseconds ahead of UTC, by the day of UTC.
    offsets: Vec<i64>,
}

impl LocalDays {
    pub(super) fn new(calendar: Calendar) -> Self {
        let is_utc = calendar.time_zone == chrono_tz::Tz::UTC;
        Self { calendar, offsets: if is_utc { Vec::new() } else { vec![UNKNOWN; NEAR] } }
    }

    /// The days of times, in place of those that are there; [`NO_DAY`] where there is none.
    pub(super) fn read(&mut self, times: &ArrayRef, days: &mut Vec<i32>) -> Result<()> {
        days.clear();
        if let Some(times) = times.as_primitive_opt::<Date32Type>() {
            days.extend_from_slice(times.values());
        } else if let Some(times) = times.as_primitive_opt::<TimestampMicrosecondType>() {
            days.reserve(times.len());
            match times.null_count() {
                0 => {
                    for micros in times.values() {
                        days.push(self.day(*micros)?);
                    }
                }
                // What stands in the place of nothing may be no time.
                _ => {
                    for micros in times {
                        days.push(micros.map_or(Ok(NO_DAY), |micros| self.day(micros))?);
                    }
                }
            }
            return Ok(());
        } else {
            return Err(unfit("times of another type"));
        }
        if let Some(nulls) = times.nulls().filter(|nulls| nulls.null_count() > 0) {
            for (day, is_known) in days.iter_mut().zip(nulls) {
                *day = if is_known { *day } else { NO_DAY };
            }
        }
        Ok(())
    }

    /// The local day of a moment, in days from 1970.
    fn day(&mut self, micros: i64) -> Result<i32> {
        let utc = micros.div_euclid(DAY);
        if utc.abs() > FAR {
            return Err(unfit("a time beyond the calendar"));
        }
        let utc = utc as i32;
        if self.offsets.is_empty() {
            return Ok(utc);
        }
        match near(utc).map(|place| (place, self.offsets[place])) {
            Some((_, offset)) if offset != UNKNOWN && offset != VARIES => {
                Ok((micros + offset).div_euclid(DAY) as i32)
            }
            Some((place, UNKNOWN)) => {
                self.offsets[place] = self.offset(utc);
                self.day(micros)
            }
            _ => self.counted(micros),
        }
    }

    /// The day as the calendar counts it.
    fn counted(&self, micros: i64) -> Result<i32> {
        use chrono::Datelike;
        let moment =
            DateTime::from_timestamp_micros(micros).ok_or_else(|| unfit("a time beyond the calendar"))?;
        Ok(self.calendar.day(moment).num_days_from_ce() - EPOCH_FROM_CE)
    }

    /// The offset within a day of UTC, where it is the same at every hour of it.
    fn offset(&self, utc: i32) -> i64 {
        let begin = i64::from(utc) * DAY;
        let at = |hour: i64| {
            let moment = DateTime::from_timestamp_micros(begin + hour * HOUR)?.naive_utc();
            let offset = self.calendar.time_zone.offset_from_utc_datetime(&moment).fix();
            Some(i64::from(offset.local_minus_utc()) * 1_000_000)
        };
        let first = at(0);
        match first {
            Some(offset) if (1..=24).all(|hour| at(hour) == first) => offset,
            _ => VARIES,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::TimestampMicrosecondArray;

    use super::*;

    /// Moments of all kinds of years, closest where clocks are changed: their days
    /// are those that the calendar counts, in every zone that is looked at.
    #[test]
    fn days_are_those_of_the_calendar() {
        let zones = [
            "UTC",
            "Europe/Berlin",
            "America/St_Johns",
            "Asia/Kathmandu",
            "Pacific/Apia",
            "Africa/Monrovia",
            "Australia/Lord_Howe",
            "America/Sao_Paulo",
            "Antarctica/Troll",
            "Asia/Manila",
        ];
        let mut state = 11_u64;
        let mut below = |limit: i64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 24) as i64).rem_euclid(limit)
        };
        let mut moments: Vec<i64> = Vec::new();
        for _ in 0..4_000 {
            moments.push((below(200_000) - 60_000) * DAY + below(DAY));
            // A quarter of an hour around every hour of the years in use.
            moments.push((below(24 * 20_000)) * HOUR + below(HOUR / 2) - HOUR / 4);
        }
        // Samoa left out a day, Monrovia 44 minutes and 30 seconds.
        let apia = 15_338 * DAY;
        let monrovia = 736 * DAY;
        for hour in -60..60 {
            for off in [-1, 0, 1, HOUR / 3] {
                moments.extend([apia + hour * HOUR + off, monrovia + hour * HOUR + off]);
            }
        }
        for zone in zones {
            let calendar = Calendar { time_zone: zone.parse().expect("a zone"), ..Calendar::default() };
            let mut local = LocalDays::new(calendar);
            let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(moments.clone()));
            let mut days = Vec::new();
            local.read(&array, &mut days).expect("times");
            for (micros, day) in moments.iter().zip(&days) {
                assert_eq!(*day, local.counted(*micros).expect("a time"), "{micros} in {zone}");
            }
        }
    }

    #[test]
    fn what_has_no_time_has_no_day() {
        let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![None, Some(-1), Some(0)]));
        let mut days = Vec::new();
        LocalDays::new(Calendar::default()).read(&array, &mut days).expect("times");
        assert_eq!(days, [NO_DAY, -1, 0]);
    }
}
