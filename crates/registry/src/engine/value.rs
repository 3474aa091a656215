//! What was read for a leaf in a window and segment, and what it comes to: its
//! value, its sample, and what was left out of it.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::measure::AggregateFunction;
use goalpost_core::number::Exact;
use goalpost_core::outcome::{Computed, Outcome, wilson};
use goalpost_core::sample::{Input, InputId, LeftOut, Sample, Why};
use goalpost_core::unit::Kind;

use super::parts::REASONS;
use crate::plan::Leaf;
use crate::plan::divided::{Divided, settled};

/// What was read for a leaf in one window and segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    pub(super) rows: Decimal,
    pub(super) nulls: Decimal,
    pub(super) negatives: Decimal,
    pub(super) backwards: Decimal,
    /// Rows without a time: they may belong to the window, and are not in `rows`.
    pub(super) undated: Decimal,
    pub(super) value: Option<Decimal>,
    /// The values that are still to be divided, by what.
    pub(super) to_divide: BTreeMap<Decimal, Decimal>,
    /// Whether a sum on the way was larger than an exact number can be.
    pub(super) too_large: bool,
    /// Rows that may belong to it, by reason of doubt; of them those in `rows`; of
    /// those the ones in `nulls`.
    pub(super) doubtful: [Doubted; REASONS],
}

/// Doubtful rows, for one reason.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Doubted {
    pub(super) rows: Decimal,
    pub(super) counted: Decimal,
    pub(super) nulls: Decimal,
}

impl Doubted {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            counted: self.counted + other.counted,
            nulls: self.nulls + other.nulls,
        }
    }

    pub(super) fn less(self, other: Self) -> Self {
        Self {
            rows: self.rows - other.rows,
            counted: self.counted - other.counted,
            nulls: self.nulls - other.nulls,
        }
    }
}

impl Raw {
    /// Whether any row is of it or may be.
    pub(super) fn has_rows(&self) -> bool {
        let of_it = [self.rows, self.undated, self.backwards];
        of_it.into_iter().chain(self.doubtful.map(|doubted| doubted.rows)).any(|rows| !rows.is_zero())
    }

    pub(super) fn with(&self, other: &Self, function: AggregateFunction) -> Self {
        let mut too_large = self.too_large || other.too_large;
        let value = match (self.value, other.value) {
            (Some(a), Some(b)) => Some(match function {
                AggregateFunction::Min => a.min(b),
                AggregateFunction::Max => a.max(b),
                _ => noted(a.checked_add(b), &mut too_large),
            }),
            (a, b) => a.or(b),
        };
        let mut to_divide = self.to_divide.clone();
        for (divisor, value) in &other.to_divide {
            let known = to_divide.entry(*divisor).or_default();
            *known = noted(known.checked_add(*value), &mut too_large);
        }
        Self {
            rows: self.rows + other.rows,
            nulls: self.nulls + other.nulls,
            negatives: self.negatives + other.negatives,
            backwards: self.backwards + other.backwards,
            undated: self.undated + other.undated,
            value,
            to_divide,
            too_large,
            doubtful: std::array::from_fn(|reason| self.doubtful[reason].plus(other.doubtful[reason])),
        }
    }
}

/// A sum, or the note that it is none.
pub(super) fn noted(sum: Option<Decimal>, too_large: &mut bool) -> Decimal {
    *too_large |= sum.is_none();
    sum.unwrap_or_default()
}

/// The value of a leaf, in the engine's units.
fn value_of(raw: &Raw, arithmetic: &Arithmetic) -> Option<Exact> {
    let read = |sum: Decimal| {
        if arithmetic.adds_rounded { settled(sum, raw.rows) } else { Exact::from(sum) }
    };
    let Some(divided) = &arithmetic.divided else { return raw.value.map(read) };
    let sum = match divided.divisor {
        None => raw.value.map(read)?,
        Some(_) if raw.to_divide.is_empty() => return None,
        Some(_) => raw
            .to_divide
            .iter()
            // The engine has no value where the divisor is 0.
            .filter_map(|(divisor, sum)| read(*sum).checked_div(&Exact::from(*divisor)))
            .fold(Exact::zero(), |sum, part| &sum + &part),
    };
    Some(&sum * &divided.factor)
}

/// How the sums of a leaf become its value.
pub(super) struct Arithmetic {
    divided: Option<Divided>,
    adds_rounded: bool,
}

impl Arithmetic {
    pub(super) fn of(leaf: &Leaf) -> Self {
        Self { divided: leaf.divided(), adds_rounded: leaf.adds_rounded() }
    }
}

/// What was read as a value, with its rows and what was left out of them.
pub(super) fn computed(
    place: usize,
    leaf: &Leaf,
    arithmetic: &Arithmetic,
    window: Window,
    raw: &Raw,
    doubts: &[(Why, String)],
) -> Computed {
    let known = raw.rows - raw.nulls - raw.negatives;
    let micros = Exact::from(1_000_000_u64);
    let scaled = |value: Exact| {
        if leaf.kind == Kind::DURATION { value.checked_div(&micros).unwrap_or(value) } else { value }
    };
    let nothing = || Outcome::Undefined(why_nothing(leaf, raw));
    let over =
        |value: Exact, rows: Decimal| value.checked_div(&Exact::from(rows)).map_or_else(nothing, Outcome::of);
    let value = value_of(raw, arithmetic).map(scaled);
    let mut interval = None;
    let (outcome, n) = match leaf.function {
        AggregateFunction::Count => (Outcome::of(raw.rows), count(raw.rows)),
        AggregateFunction::CountDistinct => {
            let different = raw.value.unwrap_or_default();
            (Outcome::of(different), count(different))
        }
        AggregateFunction::Sum | AggregateFunction::Spread => {
            (Outcome::of(value.unwrap_or_else(Exact::zero)), count(known))
        }
        AggregateFunction::Share => {
            let hits = raw.value.unwrap_or_default();
            interval = wilson(count(hits), count(raw.rows));
            (over(Exact::from(hits), raw.rows), count(raw.rows))
        }
        AggregateFunction::Mean => (value.map_or_else(nothing, |value| over(value, known)), count(known)),
        _ => (value.map_or_else(nothing, Outcome::of), count(known)),
    };
    let outcome = match raw.too_large {
        true => Outcome::Undefined("its sum has more than 28 digits; measure in a larger unit".to_owned()),
        false => outcome,
    };
    let input = Input {
        id: InputId::Aggregate(place, window),
        table: leaf.relation.source.to_string(),
        rows: leaf.relation.to_string(),
        n,
        looked_at: count(
            raw.rows
                + raw.backwards
                + raw.undated
                + raw.doubtful.iter().map(|doubted| doubted.rows - doubted.counted).sum::<Decimal>(),
        ),
        left_out: left_out(leaf, raw, doubts),
    };
    Computed { outcome, interval, sample: Sample::of(input) }
}

/// Why there is no value: no rows, or rows of which none has one.
fn why_nothing(leaf: &Leaf, raw: &Raw) -> String {
    match &leaf.argument {
        Some(argument) if raw.rows > Decimal::ZERO && leaf.function != AggregateFunction::Share => {
            let rows = if raw.rows == Decimal::ONE { "row" } else { "rows" };
            format!("no value of {argument} in {} {rows} of {}", count(raw.rows), leaf.relation)
        }
        _ => format!("no {}", leaf.relation),
    }
}

/// What was left out of a leaf, by reason.
fn left_out(leaf: &Leaf, raw: &Raw, doubts: &[(Why, String)]) -> Vec<LeftOut> {
    let mut found = Vec::new();
    let mut left_out = |why: Why, column: String, rows: Decimal| {
        if rows > Decimal::ZERO {
            found.push(LeftOut { why, column, rows: count(rows) });
        }
    };
    for ((why, column), doubted) in doubts.iter().zip(raw.doubtful) {
        left_out(*why, column.clone(), doubted.rows);
    }
    let blank = raw.nulls - raw.doubtful.iter().map(|doubted| doubted.nulls).sum::<Decimal>();
    if leaf.function == AggregateFunction::Spread {
        // What is prorated is a long formula that the script did not write.
        left_out(Why::Blank, "value, or no span that ends after it begins".to_owned(), blank);
    } else if let Some(argument) = &leaf.argument {
        left_out(Why::Blank, argument.to_string(), blank);
        left_out(Why::Negative, argument.to_string(), raw.negatives);
    }
    if let Some(alive) = &leaf.relation.alive {
        left_out(Why::Undated, alive.from.to_string(), raw.undated);
        if let Some(until) = &alive.until {
            left_out(Why::EndsBeforeItBegins, format!("{until} before {}", alive.from), raw.backwards);
        }
    } else if let Some(time) = &leaf.time {
        left_out(Why::Undated, time.to_string(), raw.undated);
    }
    found
}

fn count(number: Decimal) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
