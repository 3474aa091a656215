//! Guessing the type of a column from its cells.
//!
//! A guess needs every cell that is looked at to fit. What only looks like a
//! number (identifiers, codes with leading zeros, telephone numbers) stays text;
//! declared types never come here.

use goalpost_core::schema::ColumnType;

use super::CellRules;
use super::number::{self, MOST_DECIMALS};
use super::time::{TimeReader, TimeShape};

/// Most digits before its decimals that a guessed number may have.
const WHOLE: usize = ColumnType::WHOLE_DIGITS as usize;
/// Most digits of a whole number, as 64 bits have them.
const DIGITS: usize = 18;

/// What the cells of a column have in common so far.
pub(in crate::source) struct Guess<'a> {
    rules: &'a CellRules,
    times: TimeReader<'a>,
    /// Cells that are not null.
    seen: u64,
    truths: u64,
    numbers: u64,
    amounts: u64,
    days: u64,
    moments: u64,
    decimals: usize,
    whole: usize,
    /// Numbers with a decimal separator, even if only zeros follow.
    fractions: u64,
}

impl<'a> Guess<'a> {
    /// Nothing seen yet; the rules' own type does not matter.
    pub(in crate::source) fn new(rules: &'a CellRules) -> Self {
        Self {
            rules,
            times: rules.times(),
            seen: 0,
            truths: 0,
            numbers: 0,
            amounts: 0,
            days: 0,
            moments: 0,
            decimals: 0,
            whole: 0,
            fractions: 0,
        }
    }

    /// Looks at a cell.
    pub(in crate::source) fn see(&mut self, cell: &str) {
        let Some(text) = self.rules.text(cell) else { return };
        let before = self.seen;
        self.seen += 1;
        let text = text.trim();
        // A cell can only add to what all cells before it were.
        if self.truths == before
            && ["true", "false", "yes", "no"].iter().any(|word| word.eq_ignore_ascii_case(text))
        {
            self.truths += 1;
        }
        if self.numbers == before && !looks_like_code(text) {
            self.see_number(text, before);
        }
        if self.days + self.moments == before || self.rules.format.is_some() {
            match self.times.shape(text) {
                Ok(TimeShape::Date) => self.days += 1,
                Ok(TimeShape::DateTime) => self.moments += 1,
                Err(_) => {}
            }
        }
    }

    fn see_number(&mut self, text: &str, before: u64) {
        let Ok((decimals, whole)) = number::shape(text, &self.rules.numbers) else { return };
        self.numbers += 1;
        self.decimals = self.decimals.max(decimals);
        self.whole = self.whole.max(whole);
        self.fractions +=
            u64::from(text.contains(char::from(self.rules.numbers.decimal)) || text.contains('%'));
        if self.amounts == before && number::is_amount(text, &self.rules.numbers) {
            self.amounts += 1;
        }
    }

    /// The type that all cells fit; text where there is none.
    pub(in crate::source) fn any(&self) -> ColumnType {
        let all = |count: u64| count == self.seen;
        if self.seen == 0 {
            ColumnType::Text
        } else if all(self.truths) {
            ColumnType::Bool
        } else if all(self.numbers) && self.fits() {
            self.number()
        } else if all(self.days + self.moments) {
            self.time()
        } else {
            ColumnType::Text
        }
    }

    fn fits(&self) -> bool {
        let whole = if self.fractions == 0 && self.amounts < self.seen { DIGITS } else { WHOLE };
        self.decimals <= usize::from(MOST_DECIMALS) && self.whole <= whole
    }

    fn number(&self) -> ColumnType {
        let scale = |usual: u8| usual.max(self.decimals as u8);
        if self.amounts == self.seen {
            ColumnType::Money(scale(ColumnType::MONEY_SCALE))
        } else if self.fractions == 0 {
            ColumnType::Integer
        } else {
            ColumnType::Decimal(scale(ColumnType::DECIMAL_SCALE))
        }
    }

    /// The type of a column that is known to hold times: a moment as soon as one cell is.
    pub(in crate::source) fn time(&self) -> ColumnType {
        if self.moments > 0 { ColumnType::DateTime } else { ColumnType::Date }
    }
}

/// Digits that are no quantity: `00123`, `+44 20 …`.
fn looks_like_code(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    text.starts_with('+') || (digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit())
}
