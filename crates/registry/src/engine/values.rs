//! Scans for what does not add up over time: medians, percentiles and distinct
//! counts, and whatever looks at the period by more than the time of its rows.
//!
//! - Windows that do not overlap are the groups of one scan; those that do are
//!   laid in layers of disjoint ones.
//! - Distinct counts over overlapping windows are one scan whatever their number:
//!   each value notes in which spans between the edges of the windows it occurs.
//! - What looks at the period itself is asked for many windows in one scan, with
//!   outputs for each, so that the rows are read and prepared once.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::calendar::Window;
use goalpost_core::expr::Expr;

use super::doubt::Doubt;
use super::fuse::{Builder, Fusion, Recipe};
use super::parts::{Parts, parts, value_function, without_negatives};
use crate::plan::Leaf;
use crate::relation::window::{Undated, alive_filters, is_windowed_source, within_window};
use crate::scan::spans::Spans;
use crate::scan::{Bucket, Output, OutputFunction, Scan};

/// Windows for which the outputs of one scan are asked: each costs a filter per
/// row and aggregate, and a plan has to stay of a size that is planned quickly.
pub(super) const WINDOWS_AT_ONCE: usize = 40;

impl Builder<'_> {
    /// The scan and output that has the value of a leaf, by window.
    pub(super) fn values(&mut self, place: usize) -> BTreeMap<Window, (usize, usize)> {
        let leaf = self.leaves.get(place);
        let output = Output {
            function: value_function(leaf),
            argument: leaf.argument.clone(),
            filters: without_negatives(leaf, leaf.relation.filters.clone()),
            window: None,
        };
        let layers = layers(&self.demand[&place]);
        let is_distinct = output.function == OutputFunction::CountDistinct;
        let mut values = BTreeMap::new();
        if is_distinct && layers.len() > 1 && self.fusion == Fusion::Shared {
            for window in &self.demand[&place] {
                values.insert(*window, self.overlapping(leaf, *window, &output));
            }
            return values;
        }
        for windows in layers {
            let found = self.layer(leaf, &windows, output.clone());
            values.extend(windows.into_iter().map(|window| (window, found)));
        }
        values
    }

    /// Adds disjoint windows: as the groups of a scan.
    fn layer(&mut self, leaf: &Leaf, windows: &[Window], output: Output) -> (usize, usize) {
        let (bucket, undated) = match windows {
            [Window { start: None, end }] => (Bucket::Before(*end), leaf.undated),
            _ => (Bucket::Windows(windows.to_vec()), Undated::Counted),
        };
        let wanted = scan_of(leaf, bucket, undated);
        let index = self.place_for(wanted, |known| may_share(known, &output));
        (index, self.result.scans[index].output(output))
    }

    /// Adds a window to a scan over overlapping ones.
    fn overlapping(&mut self, leaf: &Leaf, window: Window, output: &Output) -> (usize, usize) {
        let known = self.result.scans.iter().position(|known| match &known.bucket {
            Bucket::Overlapping(windows) => {
                let wanted = scan_of(leaf, known.bucket.clone(), leaf.undated);
                let mut windows = windows.clone();
                windows.insert(window);
                known.reads_like(&wanted)
                    && may_share(known, output)
                    && Spans::of(&windows, leaf.undated).fit()
            }
            _ => false,
        });
        let index = known.unwrap_or_else(|| {
            let bucket = Bucket::Overlapping(BTreeSet::new());
            self.result.scans.push(scan_of(leaf, bucket, leaf.undated));
            self.result.scans.len() - 1
        });
        let scan = &mut self.result.scans[index];
        if let Bucket::Overlapping(windows) = &mut scan.bucket {
            windows.insert(window);
        }
        (index, scan.output(Output { window: Some(window), ..output.clone() }))
    }

    /// Adds outputs for every window of a leaf that looks at the period itself.
    pub(super) fn per_window(&mut self, place: usize) -> Recipe {
        let leaf = self.leaves.get(place);
        let wanted = scan_of(leaf, Bucket::Whole, Undated::Counted);
        let range = wanted.axis.clone().map(|axis| {
            let over = self.range_over(place, leaf.relation.source.clone(), Some(axis));
            self.cube(place, &over).0
        });
        let mut filters = leaf.relation.filters.clone();
        filters.extend(match &leaf.relation.alive {
            Some(alive) => alive_filters(alive),
            None => leaf.time.iter().flat_map(within_window).collect(),
        });
        let at_once = if is_windowed_source(&leaf.relation.source) { 1 } else { WINDOWS_AT_ONCE };
        let mut scans: BTreeMap<Window, (usize, Parts)> = BTreeMap::new();
        for window in &self.demand[&place] {
            let index = self.place_for(wanted.clone(), |known| {
                let windows = known.windows();
                // Cubes have no windows.
                !windows.is_empty() && (windows.contains(window) || windows.len() < at_once)
            });
            let doubts = self.doubtful(place, &filters);
            let scan = &mut self.result.scans[index];
            let mut parts = parts(scan, leaf, None, &filters, &doubts, Some(*window));
            parts.undated = without_time(leaf, &doubts)
                .map(|filters| scan.output(Output { window: Some(*window), ..Output::count(filters) }));
            scans.insert(*window, (index, parts));
        }
        Recipe::PerWindow { range, scans }
    }

    /// A scan of the same rows that may be shared, or a new one.
    fn place_for(&mut self, wanted: Scan, mut may_share: impl FnMut(&Scan) -> bool) -> usize {
        let shares = self.fusion == Fusion::Shared;
        let known = self
            .result
            .scans
            .iter()
            .position(|known| shares && known.reads_like(&wanted) && may_share(known));
        known.unwrap_or_else(|| {
            self.result.scans.push(wanted);
            self.result.scans.len() - 1
        })
    }
}

/// The conditions of a leaf's rows that have no time, beyond doubt; `None` where
/// they need none.
fn without_time(leaf: &Leaf, doubts: &[Doubt]) -> Option<Vec<Expr>> {
    let axis = leaf.relation.alive.as_ref().map(|alive| &alive.from).or(leaf.time.as_ref())?;
    let mut filters = leaf.relation.filters.clone();
    filters.push(axis.clone().is_null());
    filters.extend(doubts.iter().map(|doubt| doubt.condition.clone().negated()));
    Some(filters)
}

/// A scan for a leaf, still without outputs.
fn scan_of(leaf: &Leaf, bucket: Bucket, undated: Undated) -> Scan {
    let axis = match &leaf.relation.alive {
        Some(alive) => Some(alive.from.clone()),
        None => leaf.time.clone(),
    };
    Scan {
        source: leaf.relation.source.clone(),
        axis,
        dimensions: leaf.dimensions.clone(),
        apart: None,
        bucket,
        undated,
        outputs: Vec::new(),
    }
}

/// Whether an output can be computed beside those of a scan for values. Distinct
/// counts are grouped twice, the first time by the value itself.
fn may_share(known: &Scan, output: &Output) -> bool {
    known.outputs.iter().all(|known| match (known.function, output.function) {
        // The extremes are there for the sake of percentiles.
        (
            OutputFunction::Percentile(_) | OutputFunction::Min | OutputFunction::Max,
            OutputFunction::Percentile(_),
        ) => true,
        (OutputFunction::CountDistinct, OutputFunction::CountDistinct) => known.argument == output.argument,
        _ => false,
    })
}

/// Lays windows in layers of disjoint ones, each layer in order; one without a
/// start has a layer of its own.
fn layers(windows: &BTreeSet<Window>) -> Vec<Vec<Window>> {
    let mut layers: Vec<Vec<Window>> = Vec::new();
    for window in windows {
        let fitting = layers.iter_mut().find(|layer| {
            window.start.is_some_and(|start| {
                layer.last().is_some_and(|last| last.start.is_some() && last.end <= start)
            })
        });
        match fitting {
            Some(layer) => layer.push(*window),
            None => layers.push(vec![*window]),
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn window(start: &str, end: &str) -> Window {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        Window { start: (!start.is_empty()).then(|| day(start)), end: day(end) }
    }

    #[test]
    fn disjoint_windows_share_a_layer_and_overlapping_ones_do_not() {
        let windows = [
            window("2026-01-01", "2026-02-01"),
            window("2026-02-01", "2026-03-01"),
            window("2026-01-15", "2026-02-15"),
            window("", "2026-03-01"),
        ];
        let layers = layers(&windows.into_iter().collect());
        assert_eq!(layers.len(), 3);
        assert!(layers.contains(&vec![windows[0], windows[1]]));
    }

    #[test]
    fn all_time_shares_a_layer_with_nothing() {
        let windows = [window("", "2026-02-01"), window("2026-02-01", "2026-03-01")];
        let layers = layers(&windows.into_iter().collect());
        assert_eq!(layers, [vec![windows[0]], vec![windows[1]]]);
    }
}
