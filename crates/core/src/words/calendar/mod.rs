//! Time as people count it: grains, periods, windows, and moments in a zone.
//!
//! All boundaries are local midnights in the project's time zone, kept as
//! dates; [`Calendar::instant`] turns one into a moment. Month arithmetic
//! clamps at month ends and loses no day.

mod grain;
mod moment;
mod period;
mod shape;
mod step;
#[cfg(test)]
mod tests;
mod window;
mod zone;

pub use grain::Grain;
pub use moment::{AsOf, BadMoment};
pub use period::{BadPeriod, Period};
pub use shape::{Shift, WindowShape};
pub use step::{Step, StepUnit};
pub use window::{Window, add_step};
pub use zone::{WrittenZone, is_called};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Offset, TimeZone, Utc, Weekday};
use chrono_tz::{GapInfo, Tz};

/// How a project counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The zone whose midnights separate days.
    pub time_zone: Tz,
    /// The month in which the fiscal year starts, 1 to 12; 1 means that years
    /// and quarters are those of the calendar.
    pub fiscal_year_start: u32,
    /// The first day of a week.
    pub week_start: Weekday,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { time_zone: Tz::UTC, fiscal_year_start: 1, week_start: Weekday::Mon }
    }
}

impl Calendar {
    /// The moment at which a day starts. Where the zone skips midnight, the
    /// first moment that exists; where it happens twice, the first of the two.
    pub fn instant(&self, date: NaiveDate) -> DateTime<Utc> {
        self.local(date.and_time(NaiveTime::MIN))
    }

    /// The moment of a wall-clock time, by the same rules.
    pub fn local(&self, wall: chrono::NaiveDateTime) -> DateTime<Utc> {
        let found = self.time_zone.from_local_datetime(&wall).earliest();
        // Gaps are not round: Monrovia skipped 44 minutes and 30 seconds in 1972.
        let found = found.or_else(|| GapInfo::new(&wall, &self.time_zone)?.end);
        // Neither exists at the very edges of the calendar alone.
        found.map_or(Utc.from_utc_datetime(&wall), |found| found.with_timezone(&Utc))
    }

    /// The local day in which a moment lies.
    pub fn day(&self, moment: DateTime<Utc>) -> NaiveDate {
        let utc = moment.naive_utc();
        let offset = self.time_zone.offset_from_utc_datetime(&utc).fix();
        utc.checked_add_offset(offset).unwrap_or(utc).date()
    }

    /// The day after, which exists for every date that data can hold.
    pub(crate) fn next_day(date: NaiveDate) -> NaiveDate {
        date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
    }
}
