//! Medians and percentiles whose digits a double does not hold, from how often each
//! value occurs.
//!
//! The engine computes percentiles on doubles. As long as the values have few digits,
//! what a double is off is less than half a step of the last decimal that a percentile
//! of them can have, so that rounding to this decimal gives the exact one. That they do
//! is seen from the least and the greatest of them, which are read beside; where they
//! do not, their distribution is read as well, and the percentile is taken from it by
//! the same rule.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::common::Result;
use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::expr::{BinaryOp, Expr, ExprKind};
use goalpost_core::schema::ColumnType;

use super::door;
use super::read::{Group, groups};
use crate::lower::rows::RowContext;
use crate::plan::align::SegmentKey;
use crate::relation::window::is_windowed;
use crate::scan::reading::Reading;
use crate::scan::{Apart, Output, OutputFunction, Scan};

/// From which numbers percentiles are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Percentiles {
    /// From doubles, where they are exact.
    #[default]
    Usual,
    /// From distributions, always: slower, and the same bytes.
    FromDistributions,
}

/// The numbers up to which a double holds every whole one.
const WHOLE: u128 = 1 << 53;
/// The decimals of a percentile with which the engine weighs two values.
const WEIGHED: u32 = 6;
/// The digits of a double that are not the noise of its last bits.
const DIGITS: u32 = 15;

/// Puts exact percentiles in the place of those that doubles may have rounded.
pub(super) async fn settle(context: &RowContext<'_>, scan: &Scan, found: &mut [Group]) -> Result<()> {
    let how = context.state.config().get_extension::<Percentiles>().map_or(Percentiles::Usual, |how| *how);
    let mut alike: Vec<(&Expr, Option<Window>, Vec<Wanted>)> = Vec::new();
    for (place, output) in scan.outputs.iter().enumerate() {
        let (OutputFunction::Percentile(p), Some(argument)) = (output.function, &output.argument) else {
            continue;
        };
        let extremes = extremes(scan, output, found).filter(|extremes| !are_rounded(argument, extremes));
        let Some(extremes) = extremes else {
            rounded(found, place, |value| value.round_sf(DIGITS));
            continue;
        };
        let sure = Reach::of(&extremes).sure_decimals(p).filter(|_| how == Percentiles::Usual);
        if let Some(decimals) = sure {
            rounded(found, place, |value| Some(value.round_dp(decimals)));
            continue;
        }
        // What looks at the period is another value in each.
        let window = output.window.filter(|_| is_windowed(argument));
        let wanted = Wanted { place, p };
        match alike.iter_mut().find(|(known, of, _)| *known == argument && *of == window) {
            Some((.., all)) => all.push(wanted),
            None => alike.push((argument, window, vec![wanted])),
        }
    }
    for (argument, _, all) in alike {
        let mut asked =
            Scan { apart: Some(Apart::Value(argument.clone())), outputs: Vec::new(), ..scan.clone() };
        let places = all.iter().map(|wanted| {
            let Output { filters, window, .. } = scan.outputs[wanted.place].clone();
            asked.output(Output { window, ..Output::count(filters) })
        });
        let places: Vec<usize> = places.collect();
        let batches = door::read(context, &Reading::Groups(asked.clone())).await?;
        let counted = groups(&asked, &batches)?;
        let values = Distributions::of(&counted);
        for (wanted, count) in all.iter().zip(places) {
            for group in found.iter_mut() {
                let exact = values.percentile((&group.segment, group.bucket), count, wanted.p);
                if let Some(exact) = exact {
                    group.values[wanted.place] = Some(exact);
                }
            }
        }
    }
    Ok(())
}

fn rounded(found: &mut [Group], place: usize, number: impl Fn(Decimal) -> Option<Decimal>) {
    for value in found.iter_mut().map(|group| &mut group.values[place]) {
        *value = value.and_then(|value| Some(number(value)?.normalize()));
    }
}

/// A percentile among the outputs of a scan.
struct Wanted {
    place: usize,
    p: Decimal,
}

/// The least and the greatest values of a percentile in all groups. `None` for one
/// that is tried alone, to find which fails: it has no answer to be exact about.
fn extremes(scan: &Scan, output: &Output, found: &[Group]) -> Option<Vec<Decimal>> {
    let place_of = |function| {
        let extreme = Output { function, ..output.clone() };
        scan.outputs.iter().position(|known| *known == extreme)
    };
    let (least, most) = (place_of(OutputFunction::Min)?, place_of(OutputFunction::Max)?);
    Some(found.iter().flat_map(|group| [group.values[least], group.values[most]]).flatten().collect())
}

/// How far values reach, in steps of their last decimal.
struct Reach {
    decimals: u32,
    /// The farthest from 0.
    most: u128,
    /// From the least to the greatest.
    apart: u128,
}

impl Reach {
    fn of(extremes: &[Decimal]) -> Self {
        let decimals = extremes.iter().map(Decimal::scale).max().unwrap_or(0);
        let steps = |value: &Decimal| value.mantissa().checked_mul(10_i128.pow(decimals - value.scale()));
        // Beyond what a number holds nothing is sure.
        let steps: Vec<i128> = extremes.iter().map(|value| steps(value).unwrap_or(i128::MAX)).collect();
        let (least, greatest) = (steps.iter().min().unwrap_or(&0), steps.iter().max().unwrap_or(&0));
        Self {
            decimals,
            most: least.unsigned_abs().max(greatest.unsigned_abs()),
            apart: greatest.abs_diff(*least),
        }
    }

    /// The decimals of a percentile to which rounding its double gives the exact one;
    /// `None` where the double may be too far from it.
    ///
    /// It is `a + (b - a) · w` with two values and a weight, each rounded to 53 bits.
    /// Whole numbers below 2^53 are not rounded, nor is what halves and quarters of
    /// them add up to. Otherwise each operation is off by at most 2^-53 of its result:
    /// the values and the sum by `most`, the difference, the weight and the product by
    /// `apart`. All of that has to stay below half a step.
    fn sure_decimals(&self, p: Decimal) -> Option<u32> {
        let p = p.normalize();
        let decimals = Some(p.scale()).filter(|decimals| *decimals <= WEIGHED)?;
        let reach = self.most.max(self.apart);
        let is_whole = self.decimals == 0 && reach < WHOLE;
        let is_halved = p.mantissa() % 5_i128.pow(decimals) == 0;
        let is_exact = is_whole && is_halved && reach << decimals < WHOLE;
        let off = match is_whole {
            true => self.most + 2 * self.apart,
            false => self.most.saturating_mul(4).saturating_add(self.apart.saturating_mul(3)),
        };
        // Errors of errors are not in it: hence a tenth less.
        let is_near = off.saturating_mul(10_u128.pow(decimals)) < WHOLE / 20 * 9;
        (is_exact || is_near).then_some(self.decimals + decimals)
    }
}

/// Whether the values are rounded themselves, as quotients of a row are: these have
/// more decimals than any column keeps.
fn are_rounded(argument: &Expr, extremes: &[Decimal]) -> bool {
    let is_quotient = |part: &Expr| matches!(&*part.kind, ExprKind::Binary(BinaryOp::Divide, ..));
    let is_long = |value: &Decimal| value.scale() > u32::from(ColumnType::MOST_DECIMALS);
    argument.any(&mut |part| is_quotient(part)) || extremes.iter().any(is_long)
}

/// A segment and a bucket.
type Place<'g> = (&'g SegmentKey, Option<NaiveDate>);

/// How often each value occurs, by segment and bucket, the values in order.
struct Distributions<'g>(BTreeMap<Place<'g>, Vec<(Decimal, &'g Group)>>);

impl<'g> Distributions<'g> {
    /// Of groups in the order of segments, buckets and values.
    fn of(groups: &'g [Group]) -> Self {
        let mut found: BTreeMap<_, Vec<(Decimal, &Group)>> = BTreeMap::new();
        for group in groups {
            if let Some(value) = group.apart {
                found.entry((&group.segment, group.bucket)).or_default().push((value, group));
            }
        }
        Self(found)
    }

    /// The percentile of the values that an output counts; `None` where there is none.
    fn percentile(&self, of: Place<'_>, output: usize, p: Decimal) -> Option<Decimal> {
        let counted = self.0.get(&of)?.iter();
        let counted = counted.map(|(value, group)| (*value, group.values[output].unwrap_or_default()));
        percentile(counted.collect(), p)
    }
}

/// The value at `p` of the way from the first to the last of so many values in order;
/// between two of them in proportion.
fn percentile(values: Vec<(Decimal, Decimal)>, p: Decimal) -> Option<Decimal> {
    let all: Decimal = values.iter().map(|(_, rows)| *rows).sum();
    if all.is_zero() {
        return None;
    }
    let position = p.checked_mul(all - Decimal::ONE)?;
    let below = position.floor();
    let at = |rank: Decimal| {
        let mut passed = Decimal::ZERO;
        values.iter().find(|(_, rows)| {
            passed += rows;
            passed > rank
        })
    };
    let (lower, weight) = (at(below)?.0, position - below);
    if weight.is_zero() {
        return Some(lower.normalize());
    }
    let step = at(below + Decimal::ONE)?.0.checked_sub(lower)?;
    Some(lower.checked_add(step.checked_mul(weight)?)?.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(&str, u64)], p: &str) -> Option<String> {
        let number = |text: &str| Decimal::from_str_exact(text).expect("a number");
        let values = values.iter().map(|(value, rows)| (number(value), Decimal::from(*rows)));
        percentile(values.collect(), number(p)).map(|value| value.to_string())
    }

    #[test]
    fn between_two_values_it_lies_in_proportion() {
        assert_eq!(of(&[], "0.5"), None);
        assert_eq!(of(&[("1", 0), ("2", 0)], "0.5"), None);
        assert_eq!(of(&[("7.50", 1)], "0.9").as_deref(), Some("7.5"));
        assert_eq!(of(&[("1", 1), ("2", 1)], "0.5").as_deref(), Some("1.5"));
        // Of 1, 1, 1, 4 the place 2.7 is 0.7 of the way from 1 to 4.
        assert_eq!(of(&[("1", 3), ("4", 1)], "0.9").as_deref(), Some("3.1"));
        assert_eq!(of(&[("1", 3), ("4", 1)], "0").as_deref(), Some("1"));
        assert_eq!(of(&[("1", 3), ("4", 1)], "1").as_deref(), Some("4"));
        assert_eq!(of(&[("-3", 1), ("0", 5), ("8", 1)], "0.25").as_deref(), Some("0"));
    }

    #[test]
    fn doubles_are_rounded_to_the_decimals_that_are_sure() {
        let sure = |values: &[&str], p: &str| {
            let number = |text: &&str| Decimal::from_str_exact(text).expect("a number");
            let values: Vec<Decimal> = values.iter().map(number).collect();
            Reach::of(&values).sure_decimals(number(&p))
        };
        // Halves and quarters of whole numbers, as long as a double holds them.
        assert_eq!(sure(&["0", "4503599627370495"], "0.5"), Some(1));
        assert_eq!(sure(&["0", "4503599627370496"], "0.5"), None);
        assert_eq!(sure(&["0", "2251799813685247"], "0.75"), Some(2));
        assert_eq!(sure(&["0", "2251799813685248"], "0.25"), None);
        assert_eq!(sure(&["-4503599627370495", "1"], "0.5"), None);
        // Three times 0.9 · 2^52 / 30, in tenths: (1 + 2) · 135,107,988,821,114.
        assert_eq!(sure(&["0", "135107988821114"], "0.9"), Some(1));
        assert_eq!(sure(&["0", "135107988821115"], "0.9"), None);
        // Decimals are rounded before: (4 + 3) times as far, also in halves.
        assert_eq!(sure(&["0", "579034237804.77"], "0.5"), Some(3));
        assert_eq!(sure(&["0", "579034237804.78"], "0.5"), None);
        assert_eq!(sure(&["1", "1.0000000000000000000000000001"], "0.5"), None);
        assert_eq!(sure(&["0", "9"], "0.1234567"), None);
        assert_eq!(sure(&[], "0.5"), Some(1));
    }

    #[test]
    fn digits_that_no_double_holds_are_kept() {
        let amounts = [("1234567890123456.77", 1), ("1234567890123456.80", 1)];
        assert_eq!(of(&amounts, "0.5").as_deref(), Some("1234567890123456.785"));
        assert_eq!(of(&amounts, "0.95").as_deref(), Some("1234567890123456.7985"));
    }
}
