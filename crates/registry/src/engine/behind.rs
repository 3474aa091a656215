//! Asking what rows behind an aggregate lack: counted beside it, for the gate.
//!
//! Rows that are grouped, joined or looked up are not the aggregate's own, and what
//! is left out of them shows nowhere in these. So they are counted by outputs of
//! their own, as far back as the aggregate looks: those of a grouping or a join up
//! to as-of whatever the period, those at a moment or in the period for each. Where
//! loading has found that nothing is missing, nothing is asked.

use goalpost_core::calendar::Window;
use goalpost_core::expr::Expr;
use goalpost_core::sample::Why;

use super::doubt::Doubt;
use super::fuse::{Builder, Fusion};
use super::missing::{Missing, identity};
use super::values::WINDOWS_AT_ONCE;
use crate::plan::behind::Behind;
use crate::relation::window::{Undated, alive_filters, is_windowed_source};
use crate::scan::{Bucket, Output, Scan};

impl Builder<'_> {
    /// Adds outputs for what is missing behind a leaf, for each of its windows.
    pub(super) fn behind(&mut self, leaf: usize) {
        let leaves = self.leaves;
        for (place, behind) in leaves.behind(leaf) {
            for window in self.demand[&leaf].clone() {
                let id = identity(place, behind, window);
                if self.result.behind.contains_key(&id) {
                    continue;
                }
                let window = behind.is_windowed().then_some(window);
                let Some(missing) = self.missing(behind, window) else { break };
                self.result.behind.insert(id, missing);
            }
        }
    }

    fn missing(&mut self, behind: &Behind, window: Option<Window>) -> Option<Missing> {
        let (doubts, shapes) = self.doubts;
        let relation = &behind.relation;
        let mut filters = relation.filters.clone();
        filters.extend(relation.alive.iter().flat_map(alive_filters));
        let found = doubts.behind(behind, &filters, shapes);
        let lacks: Vec<(Why, &Expr)> =
            behind.wants.iter().filter_map(|want| Some((doubts.lacks(want, shapes)?, want.expr()))).collect();
        let unborn = relation.alive.as_ref().map(|alive| &alive.from);
        let unborn = unborn.filter(|from| doubts.may_lack(from, shapes));
        if found.is_empty() && lacks.is_empty() && unborn.is_none() {
            return None;
        }
        let place = self.scan_behind(behind, window);
        let scan = &mut self.result.scans[place];
        let mut count = |filters: Vec<Expr>| scan.output(Output { window, ..Output::count(filters) });
        // A row that is left out for one reason is not left out for another.
        let mut otherwise: Vec<Expr> = found.iter().map(|doubt| doubt.condition.clone().negated()).collect();
        let with = |filters: &[Expr], more: &[Expr]| filters.iter().chain(more).cloned().collect::<Vec<_>>();
        let doubtful = found.iter().map(|doubt: &Doubt| {
            let all = count(with(&doubt.perhaps, std::slice::from_ref(&doubt.condition)));
            let counted = count(with(&filters, std::slice::from_ref(&doubt.condition)));
            (doubt.why, doubt.column.clone(), all, counted)
        });
        let doubtful = doubtful.collect();
        let mut among = Vec::new();
        for (why, expr) in lacks {
            let mut more = otherwise.clone();
            more.push(expr.clone().is_null());
            among.push((why, expr.to_string(), count(with(&filters, &more))));
            otherwise.push(expr.clone().is_known());
        }
        let beside = unborn.map(|from| {
            let mut more = otherwise.clone();
            more.push(from.clone().is_null());
            (Why::Undated, from.to_string(), count(with(&relation.filters, &more)))
        });
        let beside = beside.into_iter().collect();
        let rows = count(filters);
        let (table, words) = (relation.source.to_string(), relation.to_string());
        Some(Missing { scan: place, rows, among, beside, doubtful, table, words })
    }

    /// A scan of all rows that are behind an aggregate, shared where it can be.
    fn scan_behind(&mut self, behind: &Behind, window: Option<Window>) -> usize {
        let source = &behind.relation.source;
        let axis = match &behind.relation.alive {
            Some(alive) => Some(alive.from.clone()),
            None => self.doubts.1.default_time(source),
        };
        let wanted = Scan {
            source: source.clone(),
            axis,
            dimensions: Vec::new(),
            apart: None,
            bucket: Bucket::Whole,
            undated: Undated::Counted,
            outputs: Vec::new(),
        };
        let at_once = if is_windowed_source(source) { 1 } else { WINDOWS_AT_ONCE };
        let shares = self.fusion == Fusion::Shared;
        let known = self.result.scans.iter().position(|known| {
            let windows = known.windows();
            shares
                && known.reads_like(&wanted)
                && match window {
                    None => windows.is_empty(),
                    Some(window) => {
                        !windows.is_empty() && (windows.contains(&window) || windows.len() < at_once)
                    }
                }
        });
        known.unwrap_or_else(|| {
            self.result.scans.push(wanted);
            self.result.scans.len() - 1
        })
    }
}
