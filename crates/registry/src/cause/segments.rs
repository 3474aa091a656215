//! The segments of a change, along the dimension on which it is most concentrated.

use std::collections::BTreeSet;

use goalpost_core::Decimal;
use goalpost_core::calendar::Grain;
use goalpost_core::decomposition::{Changed, Ratio as Quotient, by_terms, mix_and_rate};
use goalpost_core::name::DimensionName;
use goalpost_core::report::SegmentEffect;

use super::ratio::{Ratio, has_total, may_add_up, ratio};
use super::{Asked, Subject, is_nothing};
use crate::plan::align::SegmentKey;
use crate::plan::compile::Compiler;
use crate::plan::{Leaves, Node};
use crate::privacy;
use crate::project::Project;

/// Dimensions looked at, the first of those that a metric offers: its author
/// names first what matters most, and each more is columns to read.
const MOST_DIMENSIONS: usize = 5;
/// Segments named in a cause.
const MOST_SEGMENTS: usize = 10;

/// A metric along one further dimension.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) dimension: DimensionName,
    /// How many dimensions there are before this one.
    before: usize,
    /// Its value as a ratio: whole, and cut.
    whole: Ratio,
    cut: Ratio,
}

/// What can be asked of a metric along the dimensions that it offers and that its
/// values are not cut by already.
pub(super) fn cuts(project: &Project, subject: &Subject<'_>, whole: &Node, leaves: &mut Leaves) -> Vec<Cut> {
    let whole = form(whole, leaves);
    if !may_add_up(&whole.numerator, leaves)
        || whole.denominator.as_ref().is_some_and(|below| !may_add_up(below, leaves))
    {
        return Vec::new();
    }
    let metric = &subject.entry.metric;
    let offered = subject.entry.dimensions.iter().filter(|name| !subject.dimensions.contains(name));
    let mut cuts = Vec::new();
    for dimension in offered.take(MOST_DIMENSIONS) {
        let mut dimensions = subject.dimensions.clone();
        dimensions.push(dimension.clone());
        // Tried on leaves of its own, so that what cannot be asked leaves nothing behind.
        let mut tried = Leaves::default();
        let mut compiler = Compiler {
            catalogue: &project.catalogue,
            leaves: &mut tried,
            dimensions: &dimensions,
            placed_in_time: subject.grain != Grain::All,
            diagnostics: Vec::new(),
        };
        compiler.compile(&metric.value, metric);
        let is_refused = !compiler.diagnostics.is_empty();
        let mut columns = tried.iter().flat_map(|(_, leaf)| &leaf.dimensions);
        if is_refused || columns.any(|column| privacy::is_private(project, column)) {
            continue;
        }
        let mut compiler = Compiler {
            catalogue: &project.catalogue,
            leaves: &mut *leaves,
            dimensions: &dimensions,
            placed_in_time: subject.grain != Grain::All,
            diagnostics: Vec::new(),
        };
        let Some(node) = compiler.compile(&metric.value, metric) else { continue };
        let cut = form(&node, leaves);
        cuts.push(Cut {
            dimension: dimension.clone(),
            before: subject.dimensions.len(),
            whole: whole.clone(),
            cut,
        });
    }
    cuts
}

/// What cuts look at along all their dimensions at once, from which each can be
/// read off; nothing where that would be no cheaper.
pub(super) fn together(
    project: &Project,
    subject: &Subject<'_>,
    cuts: &[Cut],
    leaves: &mut Leaves,
) -> Vec<Node> {
    let adds_up = |leaves: &Leaves, node: &Node| {
        node.leaves().into_iter().all(|place| {
            let leaf = leaves.get(place);
            leaf.is_additive() && !leaf.depends_on_window()
        })
    };
    if cuts.len() < 2 || !cuts.iter().all(|cut| cut.nodes().into_iter().all(|node| adds_up(leaves, node))) {
        return Vec::new();
    }
    let dimensions: Vec<DimensionName> =
        subject.dimensions.iter().chain(cuts.iter().map(|cut| &cut.dimension)).cloned().collect();
    let mut compiler = Compiler {
        catalogue: &project.catalogue,
        leaves: &mut *leaves,
        dimensions: &dimensions,
        placed_in_time: subject.grain != Grain::All,
        diagnostics: Vec::new(),
    };
    let metric = &subject.entry.metric;
    let Some(node) = compiler.compile(&metric.value, metric) else { return Vec::new() };
    let Ratio { numerator, denominator } = form(&node, leaves);
    std::iter::once(numerator).chain(denominator).collect()
}

/// A node as a ratio. What is divided by a total is a part of one whole, not a
/// ratio of each segment's own.
fn form(node: &Node, leaves: &mut Leaves) -> Ratio {
    let found = ratio(node, leaves);
    if found.denominator.as_ref().is_some_and(has_total) {
        return Ratio { numerator: node.clone(), denominator: None };
    }
    found
}

impl Cut {
    /// What is to be asked, in the order in which `effects` reads it.
    pub(super) fn nodes(&self) -> Vec<&Node> {
        let sides = [&self.whole, &self.cut].into_iter();
        sides.flat_map(|side| std::iter::once(&side.numerator).chain(&side.denominator)).collect()
    }

    /// What each segment adds to the change, those that add most first; `None`
    /// where the segments do not add up to the whole or are fewer than two.
    pub(super) fn effects(
        &self,
        asked: &Asked<'_>,
        first: usize,
        key: &SegmentKey,
        change: Decimal,
    ) -> Option<Vec<SegmentEffect>> {
        let sides = if self.whole.denominator.is_some() { 2 } else { 1 };
        let cut = first + sides;
        let mut keys = BTreeSet::new();
        for question in cut..cut + sides {
            for window in asked.both(question)? {
                let inside = |found: &&SegmentKey| found.get(..self.before) == Some(key.as_slice());
                keys.extend(window.segments.keys().filter(inside));
            }
        }
        // Rows of other kinds make segments too, in which there is nothing here.
        keys.retain(|key| {
            let is_there = |question| {
                asked.changed(question, key) != Some(Changed { before: Decimal::ZERO, after: Decimal::ZERO })
            };
            (cut..cut + sides).any(is_there)
        });
        if keys.len() < 2 {
            return None;
        }
        let names = keys.iter().map(|key| key.last().cloned().flatten());
        let side = |side: usize| -> Option<Vec<Changed>> {
            let found = keys.iter().map(|key| asked.changed(cut + side, key)).collect::<Option<Vec<_>>>()?;
            adds_up(&found, asked.changed(first + side, key)?).then_some(found)
        };
        let above = side(0)?;
        let mut effects: Vec<SegmentEffect> = if sides == 1 {
            let split = by_terms(&above).ok().filter(|split| split.change == change)?;
            let plain = |(value, effect)| SegmentEffect { value, effect, mix: None, rate: None };
            names.zip(split.effects).map(plain).collect()
        } else {
            let quotient = |numerator, denominator| Quotient { numerator, denominator };
            let ratios: Vec<(Quotient, Quotient)> = above
                .iter()
                .zip(side(1)?)
                .map(|(above, below)| {
                    (quotient(above.before, below.before), quotient(above.after, below.after))
                })
                .collect();
            let split = mix_and_rate(&ratios).ok().filter(|split| split.change == change)?;
            names
                .zip(split.effects)
                .map(|(value, effect)| SegmentEffect {
                    value,
                    effect: effect.effect(),
                    mix: Some(effect.mix),
                    rate: Some(effect.rate),
                })
                .collect()
        };
        // Stable, so that equal effects stay in the order of their names.
        effects.sort_by_key(|segment| std::cmp::Reverse(segment.effect.abs()));
        Some(effects)
    }
}

/// Whether segments add up to the whole, before and after.
fn adds_up(segments: &[Changed], whole: Changed) -> bool {
    let adds = |pick: fn(&Changed) -> Decimal| {
        let sum = segments.iter().try_fold(Decimal::ZERO, |sum, segment| sum.checked_add(pick(segment)));
        sum.is_some_and(|sum| is_nothing(sum - pick(&whole), sum))
    };
    adds(|changed| changed.before) && adds(|changed| changed.after)
}

/// The dimension along which the change is most concentrated, with the segments
/// that add most.
///
/// Concentration is the Herfindahl index Σp² of the segments' shares p in the sum
/// of all effects' sizes, put between chance and a single segment:
/// (Σp² − e) ÷ (1 − e), where e = 2 ÷ (m + 1) is its mean for a stick broken at
/// random into m pieces (R. H. MacArthur's broken stick, 1957). It is 1 when one
/// segment adds everything, 0 when effects differ as chance would have it, and
/// below that when they are more alike; so neither few nor many segments look
/// concentrated by themselves. Of equal ones, the first by name.
pub(super) fn most_concentrated(
    splits: Vec<(DimensionName, Vec<SegmentEffect>)>,
) -> Option<(DimensionName, Vec<SegmentEffect>)> {
    let mut best: Option<(Decimal, DimensionName, Vec<SegmentEffect>)> = None;
    for (name, effects) in splits {
        let Some(found) = concentration(&effects) else { continue };
        let is_better = best
            .as_ref()
            .is_none_or(|(known, other, _)| found > *known || (found == *known && name < *other));
        if is_better {
            best = Some((found, name, effects));
        }
    }
    let (_, name, mut effects) = best?;
    effects.retain(|segment| !segment.effect.is_zero());
    effects.truncate(MOST_SEGMENTS);
    Some((name, effects))
}

fn concentration(effects: &[SegmentEffect]) -> Option<Decimal> {
    let size: Decimal = effects.iter().map(|segment| segment.effect.abs()).sum();
    if size.is_zero() || effects.len() < 2 {
        return None;
    }
    let squares = effects.iter().try_fold(Decimal::ZERO, |sum, segment| {
        let share = segment.effect.abs().checked_div(size)?;
        sum.checked_add(share.checked_mul(share)?)
    })?;
    let by_chance = Decimal::TWO.checked_div(Decimal::from(effects.len() + 1))?;
    Some(((squares - by_chance) / (Decimal::ONE - by_chance)).round_dp(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effects(sizes: &[i64]) -> Vec<SegmentEffect> {
        let one = |size: &i64| SegmentEffect {
            value: Some(size.to_string()),
            effect: Decimal::from(*size),
            mix: None,
            rate: None,
        };
        sizes.iter().map(one).collect()
    }

    #[test]
    fn concentration_is_what_chance_would_not_give() {
        let of = |sizes: &[i64]| concentration(&effects(sizes)).map(|found| found.normalize().to_string());
        assert_eq!(of(&[5, 0, 0]).as_deref(), Some("1"));
        // Equal shares of four: (0.25 − 0.4) ÷ 0.6.
        assert_eq!(of(&[3, 3, -3, 3]).as_deref(), Some("-0.25"));
        // Shares 0.75 and 0.25: (0.625 − 2/3) ÷ (1/3).
        assert_eq!(of(&[-3, 1]).as_deref(), Some("-0.125"));
        // Shares 0.5, 0.25, 0.25: (0.375 − 0.5) ÷ 0.5.
        assert_eq!(of(&[2, 1, -1]).as_deref(), Some("-0.25"));
        assert_eq!(of(&[0, 0]), None);
        assert_eq!(of(&[7]), None);
    }

    #[test]
    fn the_most_concentrated_dimension_wins_and_ties_go_by_name() {
        let name = DimensionName::from;
        let found = most_concentrated(vec![
            (name("owner"), effects(&[2, 2, 2])),
            (name("team"), effects(&[5, 1, 0])),
            (name("region"), effects(&[5, 1, 0])),
        ]);
        let (dimension, segments) = found.expect("a dimension");
        assert_eq!(dimension, name("region"));
        assert_eq!(segments.len(), 2);
    }
}
