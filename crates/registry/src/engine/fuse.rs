//! Fusion: from the demand of all questions to as few scans as their meaning allows.
//!
//! - What adds up (counts, sums, means, shares, extremes; stocks through the
//!   flows that build them) goes into *cubes*: one scan per source, time axis
//!   and segments, grouped by day or month, rolled up afterwards to any window.
//! - Medians, percentiles and distinct counts are grouped by their windows:
//!   windows that overlap are laid in layers of disjoint ones, a scan each.
//! - What looks at the period by more than the time of its rows is computed
//!   window by window, all such aggregates of a window together.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use goalpost_core::calendar::Window;
use goalpost_core::expr::{
    Alive, BinaryOp, ColumnRef, Expr, ExprKind, Literal, Moment, Owner, PeriodBound, RelationSource, Step,
    StepUnit,
};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::name::TableName;
use goalpost_core::source::At;
use goalpost_core::unit::Kind;

use super::scan::{Bucket, Output, OutputFunction, Scan};
use crate::plan::windows::Demand;
use crate::plan::{Leaf, Leaves, Undated};

/// The scans of a run, and how each leaf is read off them.
#[derive(Debug, Default)]
pub(crate) struct Fused {
    pub(crate) scans: Vec<Scan>,
    pub(crate) recipes: BTreeMap<usize, Recipe>,
    /// The cube that tells how far a leaf's table reaches, where its own does not
    /// tell all of it.
    pub(crate) table_ranges: BTreeMap<usize, usize>,
}

/// How a leaf is read off the scans.
#[derive(Debug)]
pub(crate) enum Recipe {
    /// Rolled up from a cube over its time column.
    Flow { cube: InCube },
    /// The rows that began, less those that ended.
    Stock { from: InCube, until: Option<InCube>, moment: Moment, invalid: Option<usize> },
    /// The value from layers, the counts from a cube.
    Layered { cube: InCube, layers: Vec<(usize, usize, Vec<Window>)> },
    /// A scan for each window; the cube only tells the range of the data.
    PerWindow { range: Option<usize>, scans: BTreeMap<Window, (usize, Parts)> },
}

/// A leaf's part of a cube.
#[derive(Debug)]
pub(crate) struct InCube {
    pub(crate) scan: usize,
    pub(crate) parts: Parts,
    /// Where the leaf's dimensions are among the cube's.
    pub(crate) positions: Vec<usize>,
}

/// The outputs of a scan that a leaf is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub(crate) rows: usize,
    pub(crate) nulls: Option<usize>,
    pub(crate) negatives: Option<usize>,
    pub(crate) value: Option<usize>,
}

/// Lays out the scans for a demand. Without fusion (for comparison) every leaf
/// gets scans of its own.
pub(crate) fn fuse(leaves: &Leaves, demand: &Demand, fusion: Fusion, visible_end: NaiveDate) -> Fused {
    let mut builder =
        Builder { leaves, demand, result: Fused::default(), cubes: Vec::new(), fusion, visible_end };
    for leaf in demand.keys() {
        builder.plan_cubes(*leaf);
    }
    builder.host_cubes();
    for leaf in demand.keys() {
        let recipe = builder.recipe(*leaf);
        if let Some((source, time)) = table_reach(leaves.get(*leaf)) {
            let (scan, _) = builder.cube(*leaf, &source, Some(&time), &[]);
            builder.result.table_ranges.insert(*leaf, scan);
        }
        builder.result.recipes.insert(*leaf, recipe);
    }
    builder.result
}

/// Where else than on its own time axis a leaf's table shows how far it reaches:
/// on the table's default time, and for pairs of a join on the table that has the
/// time, whether its rows found a partner or not.
pub(crate) fn table_reach(leaf: &Leaf) -> Option<(RelationSource, Expr)> {
    let time = leaf.time.as_ref().filter(|_| leaf.relation.alive.is_none())?;
    if let RelationSource::Join(_) = &leaf.relation.source {
        return Some((RelationSource::Table(table_of(time)?), time.clone()));
    }
    let default = leaf.table_time.as_ref().filter(|default| *default != time)?;
    Some((leaf.relation.source.clone(), default.clone()))
}

/// The one table whose columns an expression is made of.
fn table_of(expr: &Expr) -> Option<TableName> {
    let mut tables: Vec<TableName> = Vec::new();
    let strange = expr.any(&mut |part| match &*part.kind {
        ExprKind::Column(ColumnRef { owner: Owner::Table(table), .. }) => {
            if !tables.contains(table) {
                tables.push(table.clone());
            }
            false
        }
        ExprKind::Column(_) | ExprKind::History(_) => true,
        _ => false,
    });
    match tables.as_slice() {
        [table] if !strange => Some(table.clone()),
        _ => None,
    }
}

/// Whether leaves share scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fusion {
    /// All aggregates that can share a scan do.
    Shared,
    /// Each aggregate has scans of its own; slower, for comparison.
    Separate,
}

struct Cube {
    source: RelationSource,
    axis: Option<Expr>,
    dimensions: Vec<ColumnRef>,
    windows: Vec<Window>,
    /// Set for one leaf only without fusion.
    only_for: Option<usize>,
    scan: usize,
}

struct Builder<'a> {
    leaves: &'a Leaves,
    demand: &'a Demand,
    result: Fused,
    cubes: Vec<Cube>,
    fusion: Fusion,
    /// Windows that end here or later end with the data.
    visible_end: NaiveDate,
}

impl Builder<'_> {
    /// The sources and axes that a leaf needs a cube over, with the dimensions wanted there.
    fn axes(&self, leaf: &Leaf) -> Vec<(RelationSource, Option<Expr>, Vec<ColumnRef>)> {
        let own = |axis: Option<Expr>, dimensions| (leaf.relation.source.clone(), axis, dimensions);
        let windowed = leaf.depends_on_window();
        match &leaf.relation.alive {
            Some(alive) if windowed || !leaf.is_additive() => vec![own(Some(alive.from.clone()), Vec::new())],
            Some(alive) => [Some(&alive.from), alive.until.as_ref()]
                .into_iter()
                .flatten()
                .map(|axis| own(Some(axis.clone()), leaf.dimensions.clone()))
                .collect(),
            None => {
                let dimensions = if windowed { Vec::new() } else { leaf.dimensions.clone() };
                let reach = table_reach(leaf).map(|(source, time)| (source, Some(time), Vec::new()));
                std::iter::once(own(leaf.time.clone(), dimensions)).chain(reach).collect()
            }
        }
    }

    fn plan_cubes(&mut self, place: usize) {
        let leaf = self.leaves.get(place);
        let only_for = (self.fusion == Fusion::Separate).then_some(place);
        for (source, axis, dimensions) in self.axes(leaf) {
            let windows = self.demand[&place].iter().copied();
            let known = self.cubes.iter_mut().find(|cube| {
                cube.source == source
                    && cube.axis == axis
                    && cube.dimensions == dimensions
                    && cube.only_for == only_for
            });
            match known {
                Some(cube) => cube.windows.extend(windows),
                None => self.cubes.push(Cube {
                    source,
                    axis,
                    dimensions,
                    windows: windows.collect(),
                    only_for,
                    scan: usize::MAX,
                }),
            }
        }
    }

    /// Lets a cube whose segments are finer serve the coarser ones too.
    fn host_cubes(&mut self) {
        let mut order: Vec<usize> = (0..self.cubes.len()).collect();
        order.sort_by_key(|cube| std::cmp::Reverse(self.cubes[*cube].dimensions.len()));
        let mut hosts: Vec<usize> = Vec::new();
        for cube in order {
            let here = &self.cubes[cube];
            let host = hosts.iter().copied().find(|host| {
                let host = &self.cubes[*host];
                host.source == here.source
                    && host.axis == here.axis
                    && host.only_for == here.only_for
                    && here.dimensions.iter().all(|dimension| host.dimensions.contains(dimension))
            });
            match host {
                Some(host) => {
                    let windows = std::mem::take(&mut self.cubes[cube].windows);
                    self.cubes[host].windows.extend(windows);
                    self.cubes[cube].scan = host;
                }
                None => hosts.push(cube),
            }
        }
        hosts.sort_unstable();
        let mut scan_of = BTreeMap::new();
        for host in hosts {
            let cube = &self.cubes[host];
            scan_of.insert(host, self.result.scans.len());
            self.result.scans.push(Scan {
                source: cube.source.clone(),
                axis: cube.axis.clone(),
                dimensions: cube.dimensions.clone(),
                bucket: bucket_for(&cube.windows, cube.axis.is_some(), self.visible_end),
                undated: Undated::Counted,
                window: None,
                // How far the data reaches, whatever the filters.
                outputs: vec![Output::count(Vec::new())],
            });
        }
        for index in 0..self.cubes.len() {
            let host = match self.cubes[index].scan {
                usize::MAX => index,
                host => host,
            };
            self.cubes[index].scan = scan_of[&host];
        }
    }

    fn cube(
        &self,
        place: usize,
        source: &RelationSource,
        axis: Option<&Expr>,
        dimensions: &[ColumnRef],
    ) -> (usize, Vec<usize>) {
        let only_for = (self.fusion == Fusion::Separate).then_some(place);
        let found = self.cubes.iter().find(|cube| {
            cube.source == *source
                && cube.axis.as_ref() == axis
                && cube.dimensions == dimensions
                && cube.only_for == only_for
        });
        let scan = found.map_or(0, |cube| cube.scan);
        let hosted = &self.result.scans[scan].dimensions;
        let positions = dimensions
            .iter()
            .filter_map(|dimension| hosted.iter().position(|known| known == dimension))
            .collect();
        (scan, positions)
    }

    fn in_cube(&mut self, place: usize, axis: Option<&Expr>, filters: &[Expr]) -> InCube {
        let leaf = self.leaves.get(place);
        let (scan, positions) = self.cube(place, &leaf.relation.source, axis, &leaf.dimensions);
        let parts = parts(&mut self.result.scans[scan], leaf, filters);
        InCube { scan, parts, positions }
    }

    fn recipe(&mut self, place: usize) -> Recipe {
        let leaf = self.leaves.get(place);
        if leaf.depends_on_window() || (leaf.moment().is_some() && !leaf.is_additive()) {
            return self.per_window(place);
        }
        let filters = leaf.relation.filters.clone();
        if let Some(alive) = &leaf.relation.alive {
            return self.stock(place, alive, &filters);
        }
        let cube = self.in_cube(place, leaf.time.as_ref(), &filters);
        if leaf.is_additive() {
            return Recipe::Flow { cube };
        }
        let layers = layers(&self.demand[&place]);
        let layers = layers.into_iter().map(|windows| self.layer(place, windows)).collect();
        Recipe::Layered { cube, layers }
    }

    fn stock(&mut self, place: usize, alive: &Alive, filters: &[Expr]) -> Recipe {
        let mut valid = filters.to_vec();
        let mut invalid = None;
        if let Some(until) = &alive.until {
            let backwards = binary(BinaryOp::Less, until.clone(), alive.from.clone());
            valid.push(Expr::new(ExprKind::Not(backwards.clone()), At::default()));
            let leaf = self.leaves.get(place);
            let (scan, _) = self.cube(place, &leaf.relation.source, Some(&alive.from), &leaf.dimensions);
            let mut invalid_rows = filters.to_vec();
            invalid_rows.push(backwards);
            invalid = Some(self.result.scans[scan].output(Output::count(invalid_rows)));
        }
        let from = self.in_cube(place, Some(&alive.from), &valid);
        let until = alive.until.as_ref().map(|until| {
            // A row that never began cannot end either.
            let begun = binary(BinaryOp::NotEqual, alive.from.clone(), null());
            valid.push(begun);
            self.in_cube(place, Some(until), &valid)
        });
        Recipe::Stock { from, until, moment: alive.moment, invalid }
    }

    fn layer(&mut self, place: usize, windows: Vec<Window>) -> (usize, usize, Vec<Window>) {
        let leaf = self.leaves.get(place);
        let output = Output {
            function: match leaf.function {
                AggregateFunction::CountDistinct => OutputFunction::CountDistinct,
                AggregateFunction::Percentile(p) => OutputFunction::Percentile(p),
                _ => OutputFunction::Percentile(goalpost_core::Decimal::new(5, 1)),
            },
            argument: leaf.argument.clone(),
            filters: without_negatives(leaf, leaf.relation.filters.clone()),
        };
        let bucket = match windows.as_slice() {
            [Window { start: None, .. }] => Bucket::Whole,
            _ => Bucket::Windows(windows.clone()),
        };
        // Distinct counts are grouped twice, so they share a scan with nothing.
        let shares = self.fusion == Fusion::Shared && output.function != OutputFunction::CountDistinct;
        let scan = Scan {
            source: leaf.relation.source.clone(),
            axis: leaf.time.clone(),
            dimensions: leaf.dimensions.clone(),
            undated: leaf.undated,
            // All time has one bound, as-of or the end of the window.
            window: (bucket == Bucket::Whole).then(|| windows[0]),
            bucket,
            outputs: Vec::new(),
        };
        let known = self.result.scans.iter().position(|known| {
            shares
                && known.outputs.iter().all(|output| matches!(output.function, OutputFunction::Percentile(_)))
                && Scan { outputs: Vec::new(), ..known.clone() } == scan
        });
        let index = known.unwrap_or(self.result.scans.len());
        if known.is_none() {
            self.result.scans.push(scan);
        }
        let output = self.result.scans[index].output(output);
        (index, output, windows)
    }

    fn per_window(&mut self, place: usize) -> Recipe {
        let leaf = self.leaves.get(place).clone();
        let axis = match &leaf.relation.alive {
            Some(alive) => Some(alive.from.clone()),
            None => leaf.time.clone(),
        };
        let range = axis.as_ref().map(|axis| self.cube(place, &leaf.relation.source, Some(axis), &[]).0);
        let mut filters = leaf.relation.filters.clone();
        filters.extend(match &leaf.relation.alive {
            Some(alive) => alive_filters(alive),
            None => leaf.time.iter().flat_map(within_window).collect(),
        });
        let mut scans = BTreeMap::new();
        for window in self.demand[&place].clone() {
            let wanted = Scan {
                source: leaf.relation.source.clone(),
                axis: axis.clone(),
                dimensions: leaf.dimensions.clone(),
                bucket: Bucket::Whole,
                undated: Undated::Counted,
                window: Some(window),
                outputs: Vec::new(),
            };
            let shares = self.fusion == Fusion::Shared;
            let known = self.result.scans.iter().position(|known| {
                shares
                    && known.outputs.first().is_some_and(|output| !output.filters.is_empty())
                    && Scan { outputs: Vec::new(), ..known.clone() } == wanted
            });
            let index = known.unwrap_or(self.result.scans.len());
            if known.is_none() {
                self.result.scans.push(wanted);
            }
            let parts = parts(&mut self.result.scans[index], &leaf, &filters);
            scans.insert(window, (index, parts));
        }
        Recipe::PerWindow { range, scans }
    }
}

/// Adds what a leaf is made of to a scan.
fn parts(scan: &mut Scan, leaf: &Leaf, filters: &[Expr]) -> Parts {
    let with = |more: Expr| {
        let mut filters = filters.to_vec();
        filters.push(more);
        filters
    };
    let rows = scan.output(Output::count(filters.to_vec()));
    let Some(argument) = &leaf.argument else {
        return Parts { rows, nulls: None, negatives: None, value: None };
    };
    if leaf.function == AggregateFunction::Share {
        let value = scan.output(Output::count(with(argument.clone())));
        return Parts { rows, nulls: None, negatives: None, value: Some(value) };
    }
    let nulls = scan.output(Output::count(with(binary(BinaryOp::Equal, argument.clone(), null()))));
    let negatives = (leaf.kind == Kind::DURATION).then(|| {
        let negative = binary(BinaryOp::Less, argument.clone(), no_time());
        scan.output(Output::count(with(negative)))
    });
    let function = match leaf.function {
        AggregateFunction::Sum | AggregateFunction::Mean | AggregateFunction::Spread => {
            Some(OutputFunction::Sum)
        }
        AggregateFunction::Min => Some(OutputFunction::Min),
        AggregateFunction::Max => Some(OutputFunction::Max),
        // In a cube the value of these comes from the layers.
        AggregateFunction::Median if scan.window.is_some() => {
            Some(OutputFunction::Percentile(goalpost_core::Decimal::new(5, 1)))
        }
        AggregateFunction::Percentile(p) if scan.window.is_some() => Some(OutputFunction::Percentile(p)),
        AggregateFunction::CountDistinct if scan.window.is_some() => Some(OutputFunction::CountDistinct),
        _ => None,
    };
    let value = function.map(|function| {
        let filters = without_negatives(leaf, filters.to_vec());
        scan.output(Output { function, argument: Some(argument.clone()), filters })
    });
    Parts { rows, nulls: Some(nulls), negatives, value }
}

/// Leaves out rows whose duration is negative: they are dirt, and counted.
fn without_negatives(leaf: &Leaf, mut filters: Vec<Expr>) -> Vec<Expr> {
    if leaf.kind == Kind::DURATION
        && leaf.function != AggregateFunction::CountDistinct
        && let Some(argument) = &leaf.argument
    {
        filters.push(binary(BinaryOp::GreaterOrEqual, argument.clone(), no_time()));
    }
    filters
}

fn binary(op: BinaryOp, a: Expr, b: Expr) -> Expr {
    Expr::new(ExprKind::Binary(op, a, b), At::default())
}

fn null() -> Expr {
    Expr::new(ExprKind::Literal(Literal::Null), At::default())
}

fn no_time() -> Expr {
    Expr::new(ExprKind::Literal(Literal::Step(Step { count: 0, unit: StepUnit::Second })), At::default())
}

fn bound(bound: PeriodBound) -> Expr {
    Expr::new(ExprKind::Period(bound), At::default())
}

/// The conditions of living at a moment of the period.
pub(crate) fn alive_filters(alive: &Alive) -> Vec<Expr> {
    let (begun_before, not_ended_before) = match alive.moment {
        Moment::Start => (PeriodBound::Start, PeriodBound::Start),
        Moment::End => (PeriodBound::Now, PeriodBound::Now),
        Moment::During => (PeriodBound::End, PeriodBound::Start),
    };
    let mut filters = vec![binary(BinaryOp::Less, alive.from.clone(), bound(begun_before))];
    if let Some(until) = &alive.until {
        for earlier in [alive.from.clone(), bound(not_ended_before)] {
            let ended = binary(BinaryOp::Less, until.clone(), earlier);
            filters.push(Expr::new(ExprKind::Not(ended), At::default()));
        }
    }
    filters
}

fn within_window(time: &Expr) -> [Expr; 2] {
    [
        binary(BinaryOp::GreaterOrEqual, time.clone(), bound(PeriodBound::Start)),
        binary(BinaryOp::Less, time.clone(), bound(PeriodBound::End)),
    ]
}

/// The coarsest bucket on whose edges all windows start and end.
fn bucket_for(windows: &[Window], has_axis: bool, visible_end: NaiveDate) -> Bucket {
    if !has_axis {
        return Bucket::Whole;
    }
    let on_month = |date: NaiveDate| date.day() == 1;
    let aligned = windows.iter().all(|window| {
        window.start.is_none_or(on_month) && (on_month(window.end) || window.end >= visible_end)
    });
    if aligned { Bucket::Month } else { Bucket::Day }
}

/// Lays windows in layers of disjoint ones, each layer in order.
fn layers(windows: &std::collections::BTreeSet<Window>) -> Vec<Vec<Window>> {
    let mut layers: Vec<Vec<Window>> = Vec::new();
    for window in windows {
        let fitting = layers.iter_mut().find(|layer| {
            window.start.is_some_and(|start| layer.last().is_some_and(|last| last.end <= start))
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
    fn months_are_grouped_by_month_and_weeks_by_day() {
        let months = [window("2026-01-01", "2026-02-01"), window("2026-01-01", "2026-04-01")];
        let visible_end = "2026-06-12".parse().expect("a date");
        assert_eq!(bucket_for(&months, true, visible_end), Bucket::Month);
        let week = [window("2026-03-30", "2026-04-06")];
        assert_eq!(bucket_for(&week, true, visible_end), Bucket::Day);
        assert_eq!(bucket_for(&[window("", "2026-04-12")], true, visible_end), Bucket::Day);
        assert_eq!(bucket_for(&[window("", "2026-06-12")], true, visible_end), Bucket::Month);
    }
}
