//! The same tables as CSV, JSON and Parquet give the same answers.

use crate::Case;
use crate::ask::{Answer, ask, same};
use crate::dirt::World;
use crate::project::{Layout, built_in, place};
use crate::tables::Style;

/// Every style of file against CSV.
pub(crate) fn relation(case: Case) -> usize {
    let world = World::of(case);
    let answer = |style| {
        let place = place(&world.tables, &world.setting, Layout { style, files: 1 }, built_in());
        ask(&place.project, &world.question)
    };
    let csv = answer(Style::Csv);
    let mut cells = 0;
    for style in Style::ALL.into_iter().skip(1) {
        let other = answer(style);
        same(&csv, &other, &format!("{world}: CSV and {style:?}"));
        let unlike = |one: &Answer, other: &Answer| -> Vec<String> {
            let named = |said: &String| said.replace(&format!(".{}", style.ending()), ".csv");
            let other: Vec<String> = other.said.iter().map(named).collect();
            one.said.iter().map(named).filter(|said| !other.contains(said)).collect()
        };
        let found = [unlike(&csv, &other), unlike(&other, &csv)];
        assert!(found.iter().all(Vec::is_empty), "{world}: CSV and {style:?} say {found:#?}");
        cells += csv.cells.len();
    }
    cells
}
