//! Guessing the type of a column from its cells.
//!
//! A guess needs every cell that is looked at to fit. What only looks like a
//! number (identifiers, codes with leading zeros, telephone numbers) stays text;
//! declared types never come here.

use goalpost_core::schema::{ColumnType, Others};

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
    no_numbers: Strays,
    no_times: Strays,
}

/// Cells that keep a column from being of a type; counted as long as they are few.
#[derive(Default)]
struct Strays {
    count: u64,
    first: Option<Stray>,
}

/// A cell that is not what the others of its column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Stray {
    /// The number of its file, and its line there; 0 where it has none.
    pub(in crate::source) place: (usize, u32),
    /// What it holds.
    pub(in crate::source) text: String,
}

/// Why a column is text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) enum Why {
    /// No cell has a value.
    Blank,
    /// All are of one type but so many: the first of them, and how many were seen.
    But { stray: Stray, others: Others, count: u64, of: u64 },
}

impl Strays {
    /// So many are a slip here and there; more are the nature of the column.
    const FEW: u64 = 16;
    /// How much of a cell is kept, in characters.
    const LENGTH: usize = 60;

    fn are_few(&self) -> bool {
        self.count <= Self::FEW
    }

    fn add(&mut self, text: &str, place: (usize, u32)) {
        self.count += 1;
        self.first.get_or_insert_with(|| Stray { place, text: text.chars().take(Self::LENGTH).collect() });
    }
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
            no_numbers: Strays::default(),
            no_times: Strays::default(),
        }
    }

    /// Looks at a cell.
    pub(in crate::source) fn see(&mut self, cell: &str, place: (usize, u32)) {
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
        if self.no_numbers.are_few() && (looks_like_code(text) || !self.see_number(text, before)) {
            self.no_numbers.add(text, place);
        }
        let all_are_times = self.days + self.moments == before || self.rules.format.is_some();
        if all_are_times || self.no_times.are_few() {
            match self.times.shape(text) {
                Ok(TimeShape::Date) if all_are_times => self.days += 1,
                Ok(TimeShape::DateTime) if all_are_times => self.moments += 1,
                Ok(_) => {}
                Err(_) => self.no_times.add(text, place),
            }
        }
    }

    fn see_number(&mut self, text: &str, before: u64) -> bool {
        let Ok((decimals, whole)) = number::shape(text, &self.rules.numbers) else { return false };
        self.numbers += 1;
        self.decimals = self.decimals.max(decimals);
        self.whole = self.whole.max(whole);
        self.fractions +=
            u64::from(text.contains(char::from(self.rules.numbers.decimal)) || text.contains('%'));
        if self.amounts == before && number::is_amount(text, &self.rules.numbers) {
            self.amounts += 1;
        }
        true
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

    /// Why that is text, where the cells show it.
    pub(in crate::source) fn why_text(&self) -> Option<Why> {
        if self.seen == 0 {
            return Some(Why::Blank);
        }
        let found = [(&self.no_numbers, Others::Numbers), (&self.no_times, Others::Dates)];
        found.into_iter().find_map(|(strays, others)| {
            let is_rest = strays.are_few() && strays.count * 2 < self.seen;
            let stray = strays.first.clone().filter(|_| is_rest && self.any() == ColumnType::Text)?;
            Some(Why::But { stray, others, count: strays.count, of: self.seen })
        })
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
