//! The rows behind a value, by input of its formula: how many were counted, how
//! many were looked at, and which were left out and why.
//!
//! An input is one aggregate of the formula over one window. What is the same
//! input (by its identity, never by its words) counts once, however often the
//! formula names it; different inputs are never added to each other, so that a
//! numerator that lost its rows is not hidden by a denominator that has all.

use std::fmt;

use crate::calendar::Window;
use crate::name::{ColumnName, TableName};
use crate::number::Exact;

/// What a value was computed from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Rows (or different values) that decide how sure the value is: of a
    /// quotient the denominator's, else the fewest of the inputs'. `None` for
    /// what no row is behind, a constant.
    pub n: Option<u64>,
    /// The inputs in the order of the formula, each once.
    pub inputs: Vec<Input>,
}

/// Which input: the same in two places of a formula is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputId {
    /// An aggregate of the run, by its number, over a window.
    Aggregate(usize, Window),
    /// Rows that those of an aggregate are made of or held against (grouped, joined,
    /// looked up), by their number in the run; over a window where which of them
    /// matter depends on it.
    Behind(usize, Option<Window>),
    /// A column of a table as a whole, where which of its rows matter cannot be told.
    Column(TableName, ColumnName),
    /// A reference of a table as a whole, by its name.
    Reference(TableName, ColumnName),
    /// The keys of a table as a whole.
    Keys(TableName),
}

impl InputId {
    /// Whether each segment has rows of its own.
    const fn is_cut(&self) -> bool {
        matches!(self, Self::Aggregate(..))
    }
}

/// One input of a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its identity.
    pub id: InputId,
    /// The table (or query, or join) that its rows are of.
    pub table: String,
    /// Its rows in words, conditions included: `deals where outcome is won`.
    pub rows: String,
    /// What was counted: rows, values, or different values.
    pub n: u64,
    /// Rows that could belong to it, those left out among them.
    pub looked_at: u64,
    /// What was left out, by reason.
    pub left_out: Vec<LeftOut>,
}

/// Rows left out of an input, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Why.
    pub why: Why,
    /// The column (or the expression) that it is about.
    pub column: String,
    /// How many.
    pub rows: u64,
}

/// Why rows are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The value is blank.
    Blank,
    /// A duration runs backwards.
    Negative,
    /// A life ends before it begins.
    EndsBeforeItBegins,
    /// Without a date it may belong to any period.
    Undated,
    /// A cell that decides could not be read.
    Unreadable,
    /// A reference that decides leads nowhere.
    Unmatched,
    /// Without its own key nothing tells it from a row that is there already, or from
    /// a total. It counts.
    Keyless,
}

impl Why {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Negative => "negative",
            Self::EndsBeforeItBegins => "ends_before_it_begins",
            Self::Undated => "undated",
            Self::Unreadable => "unreadable",
            Self::Unmatched => "unmatched",
            Self::Keyless => "keyless",
        }
    }

    /// Whether the rows are known to be of the period and only lack a value.
    pub const fn lacks_value(self) -> bool {
        matches!(self, Self::Blank | Self::Negative)
    }

    /// Whether the rows count for all that.
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Keyless)
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { why, column, .. } = self;
        match why {
            Why::Blank => write!(f, "no {column}"),
            Why::Negative => write!(f, "negative {column}"),
            Why::EndsBeforeItBegins => write!(f, "{column}"),
            Why::Undated => write!(f, "no date in {column}"),
            Why::Unreadable => write!(f, "unreadable {column}"),
            Why::Unmatched => write!(f, "{column} leads nowhere"),
            Why::Keyless => write!(f, "no key in {column}"),
        }
    }
}

impl Input {
    /// Rows left out of it, all reasons together.
    pub fn dropped(&self) -> u64 {
        self.left_out.iter().fold(0, |sum, left| sum.saturating_add(left.rows))
    }

    /// The share of its rows that was left out; `None` where it had none.
    pub fn share_left_out(&self) -> Option<Exact> {
        Exact::from(self.dropped()).checked_div(&Exact::from(self.looked_at.max(self.dropped())))
    }
}

impl Input {
    fn add(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.looked_at = self.looked_at.saturating_add(other.looked_at);
        for left in &other.left_out {
            let same = |known: &&mut LeftOut| known.why == left.why && known.column == left.column;
            match self.left_out.iter_mut().find(same) {
                Some(known) => known.rows = known.rows.saturating_add(left.rows),
                None => self.left_out.push(left.clone()),
            }
        }
        // In the order of reasons, whichever segment had which first.
        self.left_out.sort_by(|one, other| (one.why, &one.column).cmp(&(other.why, &other.column)));
    }
}

impl Sample {
    /// Of nothing but numbers.
    pub fn of_constant() -> Self {
        Self::default()
    }

    /// Of no rows.
    pub fn empty() -> Self {
        Self { n: Some(0), inputs: Vec::new() }
    }

    /// Of one input.
    pub fn of(input: Input) -> Self {
        Self { n: Some(input.n), inputs: vec![input] }
    }

    /// The inputs of both, with the fewer rows of the two.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let n = match (self.n, other.n) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let mut inputs = self.inputs.clone();
        for input in &other.inputs {
            if !inputs.iter().any(|known| known.id == input.id) {
                inputs.push(input.clone());
            }
        }
        Self { n, inputs }
    }

    /// Two segments together: rows are added, and so is what was left out of the
    /// same aggregate in either. What is the same for every segment counts once.
    #[must_use]
    pub fn beside(&self, other: &Self) -> Self {
        let n = match (self.n, other.n) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        let mut inputs = self.inputs.clone();
        for input in &other.inputs {
            match inputs.iter_mut().find(|known| known.id == input.id) {
                Some(known) if input.id.is_cut() => known.add(input),
                Some(_) => {}
                None => inputs.push(input.clone()),
            }
        }
        Self { n, inputs }
    }

    /// The inputs of both, with the rows of the divisor.
    #[must_use]
    pub fn divided_by(&self, divisor: &Self) -> Self {
        let n = divisor.n.or(self.n);
        Self { n, ..self.with(divisor) }
    }

    /// Whether anything was left out of any input.
    pub fn has_gaps(&self) -> bool {
        self.inputs.iter().any(|input| !input.left_out.is_empty())
    }

    /// The first aggregate of which rows are there and all were left out, so that
    /// its value is that of no rows.
    pub fn without_any(&self) -> Option<&Input> {
        let is_aggregate = |input: &Input| matches!(input.id, InputId::Aggregate(..));
        self.inputs.iter().find(|input| is_aggregate(input) && input.n == 0 && !input.left_out.is_empty())
    }

    /// What was left out for reading: each reason with a column of a table once,
    /// of the input that lost the largest share, since inputs mostly look at the
    /// same rows.
    pub fn gaps(&self) -> Vec<Gap<'_>> {
        let mut found: Vec<Gap<'_>> = Vec::new();
        for input in &self.inputs {
            for left in &input.left_out {
                let gap = Gap { table: &input.table, left, looked_at: input.looked_at };
                match found.iter_mut().find(|known| known.is_of(&gap)) {
                    Some(known) if known.share() < gap.share() => *known = gap,
                    Some(_) => {}
                    None => found.push(gap),
                }
            }
        }
        found
    }
}

/// Rows of a table that were left out, beside those that were looked at.
#[derive(Clone, Copy, Debug)]
pub struct Gap<'s> {
    /// The table.
    pub table: &'s str,
    /// Why, and how many.
    pub left: &'s LeftOut,
    /// Rows looked at, those left out among them.
    pub looked_at: u64,
}

impl Gap<'_> {
    /// Whether both are about the same column of the same table.
    pub fn is_of(&self, other: &Gap<'_>) -> bool {
        self.table == other.table && self.left.why == other.left.why && self.left.column == other.left.column
    }

    /// The share of the rows, for reading: 0 to 1.
    pub fn share(&self) -> f64 {
        if self.looked_at == 0 { 0.0 } else { self.left.rows as f64 / self.looked_at as f64 }
    }

    /// What they are, before the reason.
    pub const fn what(&self) -> &'static str {
        if self.left.why.is_counted() { "rows counted in doubt, of" } else { "rows left out of" }
    }

    /// In words without numbers: `orders: no amount`.
    pub fn reason(&self) -> String {
        format!("{}: {}", self.table, self.left)
    }
}

/// So many of all rows, with the share: "3 of 70 rows (4.3 %)".
pub fn of_rows(some: u64, all: u64) -> String {
    let thousandths = (u128::from(some) * 2_000 + u128::from(all)) / (u128::from(all.max(1)) * 2);
    let share = match thousandths {
        0 if some > 0 => "less than 0.1".to_owned(),
        1_000 if some < all => "more than 99.9".to_owned(),
        _ if thousandths % 10 == 0 => (thousandths / 10).to_string(),
        _ => format!("{}.{}", thousandths / 10, thousandths % 10),
    };
    format!("{some} of {all} {} ({share} %)", if all == 1 { "row" } else { "rows" })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn input(place: usize, n: u64, blank: u64) -> Input {
        let end = NaiveDate::from_ymd_opt(2026, 2, 1).expect("a day");
        let left = LeftOut { why: Why::Blank, column: "amount".to_owned(), rows: blank };
        Input {
            id: InputId::Aggregate(place, Window { start: None, end }),
            table: "orders".to_owned(),
            rows: "orders".to_owned(),
            n,
            looked_at: n + blank,
            left_out: (blank > 0).then_some(left).into_iter().collect(),
        }
    }

    #[test]
    fn the_same_input_counts_once_and_others_stay_apart() {
        let (a, b) = (Sample::of(input(0, 10, 90)), Sample::of(input(1, 1_000, 0)));
        let ratio = a.divided_by(&b).divided_by(&a);
        assert_eq!(ratio.inputs.len(), 2);
        assert_eq!(ratio.n, Some(10));
        assert_eq!(a.divided_by(&b).n, Some(1_000));
        // 90 of 100 of the numerator, whatever the denominator has.
        let shares: Vec<_> = ratio.inputs.iter().map(|input| input.share_left_out()).collect();
        assert_eq!(shares[0], Exact::from(90_u64).checked_div(&Exact::from(100_u64)));
        assert_eq!(shares[1], Some(Exact::zero()));
    }

    #[test]
    fn constants_have_no_rows_and_limit_none() {
        let ten = Sample::of(input(0, 10, 0));
        assert_eq!(Sample::of_constant().with(&ten).n, Some(10));
        assert_eq!(ten.divided_by(&Sample::of_constant()).n, Some(10));
        assert_eq!(Sample::of_constant().n, None);
        assert_eq!(input(0, 0, 0).share_left_out(), None);
    }

    #[test]
    fn what_is_behind_every_segment_counts_once() {
        let behind = Input { id: InputId::Behind(0, None), ..input(0, 9, 1) };
        let segment = |n: u64| Sample { n: Some(n), inputs: vec![input(0, n, 1), behind.clone()] };
        let both = segment(2).beside(&segment(3));
        let counted: Vec<_> = both.inputs.iter().map(|input| (input.n, input.dropped())).collect();
        assert_eq!(counted, [(5, 2), (9, 1)]);
    }

    #[test]
    fn the_same_reason_of_a_table_is_said_once() {
        let both = Sample::of(input(0, 10, 3)).with(&Sample::of(input(1, 10, 5)));
        let said: Vec<String> = both
            .gaps()
            .iter()
            .map(|gap| format!("{} {} of {}", gap.reason(), gap.left.rows, gap.looked_at))
            .collect();
        assert_eq!(said, ["orders: no amount 5 of 15"]);
    }
}
