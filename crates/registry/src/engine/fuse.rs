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
use goalpost_core::sample::{Input, InputId, Why};

use super::doubt::{Doubt, Doubts};
use super::missing::Missing;
use super::parts::{Parts, parts};
use crate::plan::divided::Divided;
use crate::plan::windows::Demand;
use crate::plan::{Leaf, Leaves};
use crate::relation::shape::Shapes;
use crate::relation::window::Undated;
use crate::scan::{Apart, Bucket, Output, Scan};

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
    /// How what is missing of the rows behind leaves is read.
    pub(crate) behind: BTreeMap<InputId, Missing>,
}

/// How a leaf is read off the scans.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each leaf of a run")]
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
    /// What its sums are divided by after they are added up.
    pub(crate) divided: Option<Divided>,
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
        builder.behind(*leaf);
        let elsewhere = doubts.0.elsewhere(leaves, *leaf, doubts.1);
        if !elsewhere.is_empty() {
            builder.result.elsewhere.insert(*leaf, elsewhere);
        }
        if let Some((source, time)) = table_reach(leaves.get(*leaf)) {
            let over = builder.range_over(*leaf, source, Some(time));
            let (scan, _) = builder.cube(*leaf, &over);
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

/// What a cube groups: two that are equal are one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Over {
    source: RelationSource,
    axis: Option<Expr>,
    dimensions: Vec<ColumnRef>,
    apart: Option<Apart>,
    /// Set for one leaf only without fusion.
    only_for: Option<usize>,
}

impl Over {
    /// Whether this one's groups are parts of the other's.
    fn is_finer_than(&self, other: &Self) -> bool {
        self.source == other.source
            && self.axis == other.axis
            && self.only_for == other.only_for
            && (other.apart.is_none() || self.apart == other.apart)
            && other.dimensions.iter().all(|dimension| self.dimensions.contains(dimension))
    }

    fn scan(&self, windows: &[Window], visible_end: NaiveDate) -> Scan {
        Scan {
            source: self.source.clone(),
            axis: self.axis.clone(),
            dimensions: self.dimensions.clone(),
            apart: self.apart.clone(),
            bucket: bucket_for(windows, self.axis.is_some(), visible_end),
            undated: Undated::Counted,
            // How far the data reaches, whatever the filters.
            outputs: vec![Output::count(Vec::new())],
        }
    }
}

struct Cube {
    over: Over,
    windows: Vec<Window>,
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
    pub(super) doubts: (&'a Doubts, Shapes<'a>),
}

impl Builder<'_> {
    /// What a leaf needs cubes over.
    fn axes(&self, place: usize) -> Vec<Over> {
        let leaf = self.leaves.get(place);
        let windowed = leaf.depends_on_window();
        match &leaf.relation.alive {
            Some(alive) if windowed || !leaf.is_additive() => {
                vec![self.range_over(place, leaf.relation.source.clone(), Some(alive.from.clone()))]
            }
            Some(alive) => [Some(&alive.from), alive.until.as_ref()]
                .into_iter()
                .flatten()
                .map(|axis| self.own_over(place, Some(axis.clone())))
                .collect(),
            None => {
                let own = match windowed {
                    true => self.range_over(place, leaf.relation.source.clone(), leaf.time.clone()),
                    false => self.own_over(place, leaf.time.clone()),
                };
                let reach =
                    table_reach(leaf).map(|(source, time)| self.range_over(place, source, Some(time)));
                std::iter::once(own).chain(reach).collect()
            }
        }
    }

    fn only_for(&self, place: usize) -> Option<usize> {
        (self.fusion == Fusion::Separate).then_some(place)
    }

    /// What tells the values of a leaf on an axis.
    fn own_over(&self, place: usize, axis: Option<Expr>) -> Over {
        let leaf = self.leaves.get(place);
        Over {
            source: leaf.relation.source.clone(),
            axis,
            dimensions: leaf.dimensions.clone(),
            apart: leaf.divided().and_then(|divided| divided.divisor).map(Apart::Divisor),
            only_for: self.only_for(place),
        }
    }

    /// What tells how far rows reach on an axis, and no values.
    pub(super) fn range_over(&self, place: usize, source: RelationSource, axis: Option<Expr>) -> Over {
        Over { source, axis, dimensions: Vec::new(), apart: None, only_for: self.only_for(place) }
    }

    fn plan_cubes(&mut self, place: usize) {
        for over in self.axes(place) {
            let windows = self.demand[&place].iter().copied();
            match self.cubes.iter_mut().find(|cube| cube.over == over) {
                Some(cube) => cube.windows.extend(windows),
                None => self.cubes.push(Cube { over, windows: windows.collect(), scan: usize::MAX }),
            }
        }
    }

    /// Lets a cube whose groups are finer serve the coarser ones too.
    fn host_cubes(&mut self) {
        let mut order: Vec<usize> = (0..self.cubes.len()).collect();
        order.sort_by_key(|cube| {
            let over = &self.cubes[*cube].over;
            std::cmp::Reverse((over.dimensions.len(), over.apart.is_some()))
        });
        let mut hosts: Vec<usize> = Vec::new();
        for cube in order {
            let here = &self.cubes[cube].over;
            match hosts.iter().copied().find(|host| self.cubes[*host].over.is_finer_than(here)) {
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
            self.result.scans.push(cube.over.scan(&cube.windows, self.visible_end));
        }
        for index in 0..self.cubes.len() {
            let host = match self.cubes[index].scan {
                usize::MAX => index,
                host => host,
            };
            self.cubes[index].scan = scan_of[&host];
        }
    }

    /// The scan of a cube, and where its dimensions are among the scan's. One that
    /// was not planned gets a scan of its own: slower, and never another's figures.
    pub(super) fn cube(&mut self, place: usize, over: &Over) -> (usize, Vec<usize>) {
        let planned = self.cubes.iter().find(|cube| cube.over == *over).and_then(|cube| {
            let hosted = &self.result.scans[cube.scan].dimensions;
            let position = |dimension| hosted.iter().position(|known| known == dimension);
            let positions: Option<Vec<usize>> = over.dimensions.iter().map(position).collect();
            Some((cube.scan, positions?))
        });
        planned.unwrap_or_else(|| {
            let windows: Vec<Window> = self.demand[&place].iter().copied().collect();
            let scan = self.result.scans.len();
            self.result.scans.push(over.scan(&windows, self.visible_end));
            self.cubes.push(Cube { over: over.clone(), windows, scan });
            (scan, (0..over.dimensions.len()).collect())
        })
    }

    fn in_cube(&mut self, place: usize, axis: Option<&Expr>, filters: &[Expr]) -> InCube {
        let leaf = self.leaves.get(place);
        let over = self.own_over(place, axis.cloned());
        let (scan, positions) = self.cube(place, &over);
        let doubts = self.doubtful(place, filters);
        let divided = leaf.divided();
        let numerator = divided.as_ref().map(|divided| &divided.numerator);
        let parts = parts(&mut self.result.scans[scan], leaf, numerator, filters, &doubts, None);
        InCube { scan, parts, divided, positions }
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
            let over = self.own_over(place, Some(alive.from.clone()));
            let (scan, _) = self.cube(place, &over);
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
