//! Fusion: from the demand of all questions to as few scans as their meaning allows.
//!
//! - What adds up (counts, sums, means, shares, extremes; stocks through the
//!   flows that build them) goes into *cubes*: one scan per source, time axis
//!   and segments, grouped by day or month, rolled up afterwards to any window.
//! - Medians, percentiles and distinct counts have scans of their own
//!   ([`super::values`]), and so has what looks at the period by more than the
//!   time of its rows.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use goalpost_core::calendar::Window;
use goalpost_core::expr::{Alive, BinaryOp, ColumnRef, Expr, ExprKind, Moment, Owner, RelationSource};
use goalpost_core::name::TableName;
use goalpost_core::sample::{Input, Why};

use super::doubt::{Doubt, Doubts};
use super::parts::{Parts, parts};
use super::scan::{Bucket, Output, Scan};
use crate::catalogue::shape::Shapes;
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
    /// Why rows of a leaf are doubtful, with the columns.
    pub(crate) doubts: BTreeMap<usize, Vec<(Why, String)>>,
    /// What is doubtful in other rows that a leaf looks at.
    pub(crate) elsewhere: BTreeMap<usize, Vec<Input>>,
}

/// How a leaf is read off the scans.
#[derive(Debug)]
pub(crate) enum Recipe {
    /// Rolled up from a cube over its time column.
    Flow { cube: InCube },
    /// The rows that began, less those that ended.
    Stock { from: InCube, until: Option<InCube>, moment: Moment, invalid: Option<usize> },
    /// The value of each window is an output of a scan, the counts are from a cube.
    Valued { cube: InCube, values: BTreeMap<Window, (usize, usize)> },
    /// Every window has outputs of its own; the cube only tells the range of the data.
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

/// Lays out the scans for a demand. Without fusion (for comparison) every leaf
/// gets scans of its own.
pub(crate) fn fuse(
    leaves: &Leaves,
    demand: &Demand,
    fusion: Fusion,
    visible_end: NaiveDate,
    doubts: (&Doubts, Shapes<'_>),
) -> Fused {
    let mut builder =
        Builder { leaves, demand, result: Fused::default(), cubes: Vec::new(), fusion, visible_end, doubts };
    for leaf in demand.keys() {
        builder.plan_cubes(*leaf);
    }
    builder.host_cubes();
    for leaf in demand.keys() {
        let recipe = builder.recipe(*leaf);
        let elsewhere = doubts.0.elsewhere(leaves.get(*leaf), doubts.1);
        if !elsewhere.is_empty() {
            builder.result.elsewhere.insert(*leaf, elsewhere);
        }
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

pub(super) struct Builder<'a> {
    pub(super) leaves: &'a Leaves,
    pub(super) demand: &'a Demand,
    pub(super) result: Fused,
    cubes: Vec<Cube>,
    pub(super) fusion: Fusion,
    /// Windows that end here or later end with the data.
    visible_end: NaiveDate,
    doubts: (&'a Doubts, Shapes<'a>),
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

    pub(super) fn cube(
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
        let doubts = self.doubtful(place, filters);
        let parts = parts(&mut self.result.scans[scan], leaf, filters, &doubts, None);
        InCube { scan, parts, positions }
    }

    /// Why rows of a leaf under these conditions are doubtful; noted for its report.
    pub(super) fn doubtful(&mut self, place: usize, filters: &[Expr]) -> Vec<Doubt> {
        let (doubts, shapes) = self.doubts;
        let found = doubts.of(self.leaves.get(place), filters, shapes);
        if !found.is_empty() {
            let reasons = found.iter().map(|doubt| (doubt.why, doubt.column.clone())).collect();
            self.result.doubts.insert(place, reasons);
        }
        found
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
        Recipe::Valued { cube, values: self.values(place) }
    }

    fn stock(&mut self, place: usize, alive: &Alive, filters: &[Expr]) -> Recipe {
        let mut valid = filters.to_vec();
        let mut invalid = None;
        if let Some(until) = &alive.until {
            let backwards = Expr::binary(BinaryOp::Less, until.clone(), alive.from.clone());
            valid.push(backwards.clone().negated());
            let leaf = self.leaves.get(place);
            let (scan, _) = self.cube(place, &leaf.relation.source, Some(&alive.from), &leaf.dimensions);
            let mut invalid_rows = filters.to_vec();
            invalid_rows.push(backwards);
            invalid = Some(self.result.scans[scan].output(Output::count(invalid_rows)));
        }
        let from = self.in_cube(place, Some(&alive.from), &valid);
        let until = alive.until.as_ref().map(|until| {
            // A row that never began cannot end either.
            let begun = alive.from.clone().is_known();
            valid.push(begun);
            self.in_cube(place, Some(until), &valid)
        });
        Recipe::Stock { from, until, moment: alive.moment, invalid }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: &str, end: &str) -> Window {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        Window { start: (!start.is_empty()).then(|| day(start)), end: day(end) }
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
