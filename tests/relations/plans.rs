//! How the engine plans and runs a scan changes nothing: rules that rewrite plans,
//! filters found on the way, partitions, small batches, percentiles of distributions,
//! scans of their own, threads.

use goalpost_registry::{DynamicFilters, EngineOptions, Fusion, Grouping, Percentiles, Planning, Rules};

use crate::Case;
use crate::ask::{ask, ask_with, one_thread, same};
use crate::dirt::World;
use crate::draw::Draw;
use crate::project::{Layout, built_in, place};

/// Every other way of planning against the usual one.
pub(crate) fn relation(case: Case) -> usize {
    let world = World::of(case);
    let place = place(&world.tables, &world.setting, Layout::CSV, built_in());
    let usual = ask(&place.project, &world.question);
    let planned = Planning { grouping: Grouping::Planned, ..Planning::default() };
    let mut others = ways(case.seed);
    if case.is_quick() {
        let mut draw = Draw::new(case.seed, "ways");
        draw.shuffle(&mut others);
        others.truncate(3);
    }
    // The plans are what the operator of the embedded engine is held against.
    others.push(EngineOptions { planning: planned, ..one_thread() });
    for options in &others {
        let other = ask_with(&place.project, &world.question, options);
        same(&usual, &other, &format!("{world}: usual and {options:?}"));
    }
    usual.cells.len() * others.len()
}

fn ways(seed: u64) -> Vec<EngineOptions> {
    let mut draw = Draw::new(seed, "rules");
    let some = Rules::Some(draw.below(u64::MAX >> 33) << 31 | draw.below(1 << 31));
    let plans = [
        Planning { rules: Rules::Some(0), ..Planning::default() },
        Planning { rules: some, partitions: Some(3), ..Planning::default() },
        Planning { dynamic_filters: DynamicFilters::Off, ..Planning::default() },
        Planning {
            partitions: Some(2),
            batch_rows: Some(5),
            grouping: Grouping::Planned,
            ..Planning::default()
        },
        Planning { partitions: Some(3), batch_rows: Some(4), ..Planning::default() },
        Planning { partitions: Some(7), batch_rows: Some(3), ..Planning::default() },
        Planning {
            partitions: Some(7),
            batch_rows: Some(2),
            dynamic_filters: DynamicFilters::Off,
            rules: Rules::Some(0),
            grouping: Grouping::Planned,
            ..Planning::default()
        },
        Planning { percentiles: Percentiles::FromDistributions, ..Planning::default() },
    ];
    let mut found: Vec<_> = plans.map(|planning| EngineOptions { planning, ..one_thread() }).into();
    found.push(EngineOptions { fusion: Fusion::Separate, ..one_thread() });
    found.push(EngineOptions { threads: Some(3), ..one_thread() });
    found
}
