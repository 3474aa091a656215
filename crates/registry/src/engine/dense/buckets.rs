//! The bucket of a day, as a small integer.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use datafusion::common::Result;

use super::days::{NEAR, NO_DAY, near};
use super::unfit::unfit;
use crate::lower::terms::EPOCH_FROM_CE;
use crate::relation::window::Undated;
use crate::scan::{Bucket, Scan};

/// A row that is in no bucket.
pub(super) const OUT: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;

/// How days are cut.
enum Cut {
    /// Not at all.
    All,
    /// Those before a day; the others are out.
    Before(i32, Undated),
    Day,
    Month,
    /// By windows; what lies between them is in none, what lies around them is out.
    Windows(Vec<(i32, i32)>),
}

/// Buckets that occur, each with a code.
pub(super) struct Buckets {
    cut: Cut,
    /// Codes of near days.
    near: Vec<u32>,
    by_first: HashMap<Option<i32>, u32>,
    firsts: Vec<Option<i32>>,
}

impl Buckets {
    /// The buckets of a scan.
    pub(super) fn of(scan: &Scan) -> Result<Self> {
        let cut = match &scan.bucket {
            _ if scan.axis.is_none() => Cut::All,
            Bucket::Whole => Cut::All,
            Bucket::Before(end) => Cut::Before(number(*end), scan.undated),
            Bucket::Day => Cut::Day,
            Bucket::Month => Cut::Month,
            Bucket::Windows(windows) if windows.is_empty() => return Err(unfit("no windows")),
            Bucket::Windows(windows) => {
                let ends = windows.iter().map(|window| Some((number(window.start?), number(window.end))));
                Cut::Windows(ends.collect::<Option<_>>().ok_or_else(|| unfit("a window without a start"))?)
            }
            Bucket::Overlapping(_) => return Err(unfit("windows that overlap")),
        };
        Ok(Self { cut, near: Vec::new(), by_first: HashMap::new(), firsts: Vec::new() })
    }

    /// Whether days have to be looked at.
    pub(super) fn looks_at_days(&self) -> bool {
        !matches!(self.cut, Cut::All)
    }

    /// Whether groups say which bucket they are.
    pub(super) fn are_named(&self) -> bool {
        !matches!(self.cut, Cut::All | Cut::Before(..))
    }

    /// What codes stand for: the first days.
    pub(super) fn firsts(&self) -> &[Option<i32>] {
        &self.firsts
    }

    /// The code of the bucket of a day, or [`OUT`].
    pub(super) fn code(&mut self, day: i32) -> u32 {
        let Some(place) = near(day) else { return self.found(day) };
        if self.near.is_empty() {
            self.near = vec![UNKNOWN; NEAR];
        }
        match self.near[place] {
            UNKNOWN => {
                let code = self.found(day);
                self.near[place] = code;
                code
            }
            code => code,
        }
    }

    /// The code of the bucket that begins on a day.
    pub(super) fn code_of(&mut self, first: Option<i32>) -> u32 {
        let next = self.firsts.len() as u32;
        let code = *self.by_first.entry(first).or_insert(next);
        if code == next {
            self.firsts.push(first);
        }
        code
    }

    fn found(&mut self, day: i32) -> u32 {
        let first = match &self.cut {
            Cut::All => None,
            Cut::Before(_, undated) if day == NO_DAY => match undated {
                Undated::Counted => None,
                Undated::LeftOut => return OUT,
            },
            Cut::Before(end, _) if day < *end => None,
            Cut::Before(..) => return OUT,
            Cut::Day | Cut::Month if day == NO_DAY => None,
            Cut::Day => Some(day),
            Cut::Month => Some(first_of_month(day)),
            Cut::Windows(windows) => {
                let around = windows.first().zip(windows.last()).map(|(first, last)| (first.0, last.1));
                if day == NO_DAY || !around.is_some_and(|(start, end)| start <= day && day < end) {
                    return OUT;
                }
                windows.iter().find(|(start, end)| *start <= day && day < *end).map(|(start, _)| *start)
            }
        };
        self.code_of(first)
    }
}

/// Days from 1970.
fn number(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - EPOCH_FROM_CE
}

fn first_of_month(day: i32) -> i32 {
    // Every day of the engine's calendar is one of this calendar too.
    let passed = NaiveDate::from_epoch_days(day).map_or(0, |day| day.day0());
    day - passed as i32
}
