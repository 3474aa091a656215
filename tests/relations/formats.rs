//! The same tables as CSV, JSON and Parquet give the same answers.

use goalpost_core::calendar::Grain;

use crate::Case;
use crate::ask::{Question, ask, same};
use crate::dirt::{self, AS_OF, Dirt};
use crate::draw::Draw;
use crate::project::{Layout, built_in, place};
use crate::tables::Style;

/// A question that fits a seed.
pub(crate) fn question(case: Case) -> Question {
    let mut draw = Draw::new(case.seed, "question");
    let (grain, last) = *draw.pick(&[
        (Grain::Month, 14),
        (Grain::Quarter, 5),
        (Grain::Week, 20),
        (Grain::Day, 40),
        (Grain::Year, 2),
        (Grain::All, 1),
    ]);
    let cuts: [Option<&str>; 6] = [None, None, Some("segment"), Some("region"), Some("owner"), Some("channel")];
    let by = draw.pick(&cuts).iter().copied().collect();
    Question { grain, last, by, as_of: (*draw.pick(&AS_OF)).to_owned(), among: case }
}

/// Every style of file against CSV.
pub(crate) fn relation(case: Case) -> usize {
    let seed = case.seed;
    let dirt = if seed.is_multiple_of(3) { Dirt::Typed } else { Dirt::All };
    let (tables, setting, question) = (dirt::tables(seed, 40, dirt), dirt::setting(seed), question(case));
    let answer = |style| {
        let place = place(&tables, &setting, Layout { style, files: 1 }, built_in());
        ask(&place.project, &question)
    };
    let csv = answer(Style::Csv);
    let mut cells = 0;
    for style in Style::ALL.into_iter().skip(1) {
        let other = answer(style);
        same(&csv, &other, &format!("seed {seed}, {question:?}: CSV and {style:?}"));
        let named = |said: &String| said.replace(&format!(".{}", style.ending()), ".csv");
        assert_eq!(csv.said, other.said.iter().map(named).collect::<Vec<_>>(), "seed {seed}: {style:?}");
        cells += csv.cells.len();
    }
    cells
}
