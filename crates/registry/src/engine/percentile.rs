//! Medians and percentiles whose digits a double does not hold, from how often each
//! value occurs.
//!
//! The engine computes percentiles on doubles, which is exact as long as the values
//! have few digits. That they do is seen from the least and the greatest of them,
//! which are read beside; where they do not, their distribution is read as well, and
//! the percentile is taken from it by the same rule.

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

/// Beyond so many steps of the last decimal of a percentile, a double may round it:
/// two values and their difference are rounded to 53 bits, one in 9 · 10^15, and
/// all of that has to stay below half a step.
const SURE_STEPS: u128 = 500_000_000_000_000;
/// The decimals of a percentile with which the engine weighs two values.
const WEIGHED: u32 = 6;

/// Puts exact percentiles in the place of those that doubles may have rounded.
pub(super) async fn settle(context: &RowContext<'_>, scan: &Scan, found: &mut [Group]) -> Result<()> {
    let how = context.state.config().get_extension::<Percentiles>().map_or(Percentiles::Usual, |how| *how);
    let mut alike: Vec<(&Expr, Option<Window>, Vec<Wanted>)> = Vec::new();
    for (place, output) in scan.outputs.iter().enumerate() {
        let (OutputFunction::Percentile(p), Some(argument)) = (output.function, &output.argument) else {
            continue;
        };
        let Some(extremes) = extremes(scan, output, found) else { continue };
        if are_rounded(argument, &extremes) || how == Percentiles::Usual && is_sure(&extremes, p) {
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

/// Whether a percentile of doubles is the exact one in all groups.
fn is_sure(extremes: &[Decimal], p: Decimal) -> bool {
    let decimals = p.normalize().scale();
    let steps = extremes.iter().map(|value| value.mantissa().unsigned_abs()).max().unwrap_or(0);
    decimals <= WEIGHED && steps.saturating_mul(10_u128.pow(decimals)) < SURE_STEPS
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
    fn digits_that_no_double_holds_are_kept() {
        let amounts = [("1234567890123456.77", 1), ("1234567890123456.80", 1)];
        assert_eq!(of(&amounts, "0.5").as_deref(), Some("1234567890123456.785"));
        assert_eq!(of(&amounts, "0.95").as_deref(), Some("1234567890123456.7985"));
    }
}
