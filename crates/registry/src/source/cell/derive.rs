//! Cells that come from several cells of a row.
//!
//! A preset may say that a value stands in the first of some columns that says
//! something, that it counts in some rows alone, or that it is a number of
//! minutes after another. What comes out is the text of one cell, which is then
//! read like any other; which columns those are is `preset`'s affair.

use std::borrow::Cow;

use chrono::DateTime;
use goalpost_core::white::trimmed;

use super::records::{CellText, Records, Rows};
use super::time::TimeReader;
use super::{CellRules, ValueMap};

const MINUTE: i64 = 60_000_000;

/// How the text of a cell comes from the cells of a row.
#[derive(Clone, Debug)]
pub(in crate::source) struct Derivation {
    /// The headers that it reads, folded; choices name them by their position.
    pub(in crate::source) headers: Vec<String>,
    /// The first that says something counts.
    pub(in crate::source) choices: Vec<Choice>,
    /// Which rows have a value at all.
    pub(in crate::source) only: Option<OnlyWhere>,
}

/// One place where a value may stand.
#[derive(Clone, Debug)]
pub(in crate::source) struct Choice {
    /// The header.
    pub(in crate::source) slot: usize,
    /// What its cell means.
    pub(in crate::source) reading: Reading,
    /// Another header, and the words in it for which this one counts.
    pub(in crate::source) when: Option<(usize, &'static [&'static str])>,
}

/// What a cell means.
#[derive(Clone, Debug)]
pub(in crate::source) enum Reading {
    /// What it says.
    Plain,
    /// What the map makes of it; any other text stays as it is.
    Words(ValueMap),
    /// What the map makes of it; any other text says nothing.
    OnlyWords(ValueMap),
    /// A number of hundredths.
    Percent,
    /// A number of minutes after the time under another header.
    MinutesAfter(usize),
    /// Followed by the text under another header.
    Followed(usize),
}

/// Rows in which another value is one of some words.
#[derive(Clone, Debug)]
pub(in crate::source) struct OnlyWhere {
    /// Where that value stands, over the same headers.
    pub(in crate::source) choices: Vec<Choice>,
    /// The words.
    pub(in crate::source) is: &'static [&'static str],
}

impl Derivation {
    /// Derives the cells of a run of rows; `slots` says where the headers are in them.
    pub(in crate::source) fn derive(
        &self,
        rows: Rows<'_>,
        slots: &[usize],
        rules: &CellRules,
        times: &mut TimeReader<'_>,
    ) -> Records {
        let mut derived = Records::new(1);
        let mut columns: Vec<_> = slots.iter().map(|slot| rows.column(*slot)).collect();
        let mut cells: Vec<CellText<'_>> = Vec::with_capacity(columns.len());
        loop {
            cells.clear();
            let mut line = None;
            for column in &mut columns {
                let Some((at, cell)) = column.next() else { return derived };
                line = Some(at);
                cells.push(cell);
            }
            let Some(line) = line else { return derived };
            derived.begin(line);
            if let Some(text) = self.text(&cells, rules, times) {
                derived.put_text(0, &text);
            }
        }
    }

    fn text<'c>(
        &'c self,
        cells: &[CellText<'c>],
        rules: &CellRules,
        times: &mut TimeReader<'_>,
    ) -> Option<Cow<'c, str>> {
        if let Some(only) = &self.only {
            let decides = first(&only.choices, cells, rules, times)?;
            if !is_one_of(&decides, only.is) {
                return None;
            }
        }
        first(&self.choices, cells, rules, times)
    }

    /// The headers that hold times, by their position.
    pub(in crate::source) fn times(&self) -> impl Iterator<Item = usize> {
        self.choices.iter().map(|choice| match choice.reading {
            Reading::MinutesAfter(start) => start,
            _ => choice.slot,
        })
    }

    /// Whether a value may be a time that no cell holds.
    pub(in crate::source) fn adds_minutes(&self) -> bool {
        self.choices.iter().any(|choice| matches!(choice.reading, Reading::MinutesAfter(_)))
    }
}

/// The text of the first choice that says something.
fn first<'c>(
    choices: &'c [Choice],
    cells: &[CellText<'c>],
    rules: &CellRules,
    times: &mut TimeReader<'_>,
) -> Option<Cow<'c, str>> {
    let cell = |slot: usize| {
        let text = cells.get(slot).map_or("", |cell| cell.text);
        let text = trimmed(text);
        let is_null = text.is_empty() || rules.is_null(text);
        (!is_null).then_some(text)
    };
    choices.iter().find_map(|choice| {
        if let Some((slot, words)) = choice.when
            && !cell(slot).is_some_and(|text| is_one_of(text, words))
        {
            return None;
        }
        let text = match &choice.reading {
            Reading::Followed(other) => {
                return match (cell(choice.slot), cell(*other)) {
                    (Some(text), Some(more)) => Some(Cow::Owned(format!("{text} {more}"))),
                    (text, more) => text.or(more).map(Cow::Borrowed),
                };
            }
            _ => cell(choice.slot)?,
        };
        let text = match &choice.reading {
            Reading::Plain | Reading::Followed(_) => Cow::Borrowed(text),
            Reading::Words(map) => Cow::Borrowed(map.find(text).unwrap_or(text)),
            Reading::OnlyWords(map) => Cow::Borrowed(map.find(text)?),
            Reading::Percent if text.ends_with('%') => Cow::Borrowed(text),
            Reading::Percent => Cow::Owned(format!("{text}%")),
            Reading::MinutesAfter(start) => later(cell(*start)?, text, times),
        };
        (!trimmed(&text).is_empty()).then_some(text)
    })
}

/// A time so many minutes after another, in UTC. What cannot be read stays as
/// it is, so that it is counted as such.
fn later<'c>(start: &'c str, minutes: &'c str, times: &mut TimeReader<'_>) -> Cow<'c, str> {
    let Ok(from) = times.moment(start) else { return Cow::Borrowed(start) };
    let number: Option<i64> = minutes.parse().ok();
    let until = number.and_then(|number| from.checked_add(number.checked_mul(MINUTE)?));
    match until.and_then(DateTime::from_timestamp_micros) {
        Some(until) => Cow::Owned(until.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()),
        None => Cow::Borrowed(minutes),
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(trimmed(text)))
}

#[cfg(test)]
mod tests {
    use goalpost_core::calendar::Calendar;

    use super::*;

    fn after(start: &str, minutes: &str) -> String {
        let calendar =
            Calendar { time_zone: "Europe/London".parse().expect("a zone"), ..Calendar::default() };
        later(start, minutes, &mut TimeReader::new(None, calendar)).into_owned()
    }

    #[test]
    fn minutes_are_added_to_the_moment_not_to_the_clock() {
        assert_eq!(after("2026-03-02 09:00", "30"), "2026-03-02T09:30:00.000000Z");
        // The clocks go from 1:00 to 2:00, so it is 3:00 there.
        assert_eq!(after("2026-03-29 00:30", "90"), "2026-03-29T02:00:00.000000Z");
    }

    #[test]
    fn what_cannot_be_added_stays_to_be_counted_as_bad() {
        assert_eq!(after("2026-03-02 09:00", "n/a"), "n/a");
        assert_eq!(after("yesterday", "30"), "yesterday");
        assert_eq!(after("2026-03-02 09:00", "9223372036854775807"), "9223372036854775807");
    }
}
