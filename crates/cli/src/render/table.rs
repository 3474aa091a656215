//! Grids for a terminal: aligned columns under a ruled header.

use std::ops::Range;

use comfy_table::{Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use goalpost_core::report::RunReport;

use super::grid::{self, Align, Grid};
use crate::escape::visible;

/// A run with periods across, in as few blocks below one another as the width
/// allows; with a line per period where hardly one would fit beside the next.
pub(crate) fn run(report: &RunReport, width: usize) -> String {
    let periods = grid::periods(report);
    if (2..=MOST_ACROSS).contains(&periods) {
        let across = grid::across(report);
        let fixed = across.columns.len() - periods;
        if let Some(blocks) = blocks(&widths(&across), fixed, width) {
            let mut text: Vec<String> =
                blocks.into_iter().map(|block| rows(&part(&across, fixed, block))).collect();
            text.push(notes(&across));
            return text.join("\n");
        }
    }
    grid(&grid::down(report))
}

/// Any grid.
pub(crate) fn grid(grid: &Grid) -> String {
    if grid.notes.is_empty() { rows(grid) } else { format!("{}\n{}", rows(grid), notes(grid)) }
}

/// Whether a grid is no wider than that.
pub(crate) fn fits(grid: &Grid, width: usize) -> bool {
    widths(grid).iter().map(|column| column + GAP).sum::<usize>() <= width + GAP
}

/// Periods that are still read beside one another; more of them are data for a list.
const MOST_ACROSS: usize = 60;
/// Fewest periods that make a block worth it.
const LEAST_IN_BLOCK: usize = 3;
/// Between two columns.
const GAP: usize = 2;

/// Ranges of columns that fit the width beside the fixed ones, of about equal
/// number; nothing where too few would.
fn blocks(widths: &[usize], fixed: usize, width: usize) -> Option<Vec<Range<usize>>> {
    let taken = |columns: Range<usize>| widths[columns].iter().map(|width| width + GAP).sum::<usize>();
    let room = (width + GAP).checked_sub(taken(0..fixed))?;
    let count = widths.len() - fixed;
    let fits = |size: usize| {
        let starts = (fixed..widths.len()).step_by(size);
        let ranges: Vec<_> = starts.map(|start| start..(start + size).min(widths.len())).collect();
        ranges.iter().all(|range| taken(range.clone()) <= room).then_some(ranges)
    };
    let least = LEAST_IN_BLOCK.min(count);
    let most = (least..=count).rev().find(|size| fits(*size).is_some())?;
    fits(count.div_ceil(count.div_ceil(most)))
}

/// The fixed columns and some of the others.
fn part(grid: &Grid, fixed: usize, block: Range<usize>) -> Grid {
    let taken = |index: &usize| *index < fixed || block.contains(index);
    let columns = grid.columns.iter().enumerate().filter(|(index, _)| taken(index));
    let row = |row: &Vec<String>| {
        row.iter().enumerate().filter(|(index, _)| taken(index)).map(|(_, cell)| cell.clone()).collect()
    };
    Grid {
        columns: columns.map(|(_, column)| column.clone()).collect(),
        rows: grid.rows.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction(' '))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .content_lines(ContentLineStyle::none().junction(' '));

fn table(grid: &Grid) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    let cell = |text: &str, align: Align| {
        let align = if align == Align::Right { CellAlignment::Right } else { CellAlignment::Left };
        Cell::new(visible(text)).set_alignment(align)
    };
    table.set_header(grid.columns.iter().map(|column| cell(&column.title, column.align)));
    for row in &grid.rows {
        table.add_row(row.iter().zip(&grid.columns).map(|(text, column)| cell(text, column.align)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    table
}

fn widths(grid: &Grid) -> Vec<usize> {
    table(grid).column_max_content_widths().into_iter().map(usize::from).collect()
}

fn rows(grid: &Grid) -> String {
    table(grid).lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn notes(grid: &Grid) -> String {
    grid.notes.iter().map(|note| format!("{}\n", visible(note))).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::sample;

    #[test]
    fn periods_run_across_where_they_fit() {
        assert_snapshot!(run(&sample::run(), 120), @r"
        metric       region               2026-01         2026-02           2026-03
        ────────────────────────────────────────────────────────────────────────────
        close_rate   =EMEA|\u{1b}[31m      62.5 %          62.5 %          62.5 % *
        close_rate   (none)                62.5 %               –          62.5 % *
        won_revenue  =EMEA|\u{1b}[31m  -$1,234.50  $10,005,534.00  $10,005,534.00 *
        won_revenue  (none)                     –  $10,005,534.00  $10,005,534.00 *

        – undefined, no ended deals (2026-02): close_rate
        – no data, the data starts on 2026-01-15 (2026-01): won_revenue
        rows left out of deals: no amount, at most 3 of 1,207 in a cell (0.2 %): won_revenue
        * the period is not over
        as of 2026-03-15T00:00:00+00:00
        ");
    }

    #[test]
    fn periods_run_down_where_they_do_not_fit() {
        assert_snapshot!(run(&sample::run(), 50), @r"
        metric       period   region                       value      n
        ────────────────────────────────────────────────────────────────
        close_rate   2026-01  =EMEA|\u{1b}[31m            62.5 %  1,204
        close_rate   2026-01  (none)                      62.5 %  1,204
        close_rate   2026-02  =EMEA|\u{1b}[31m            62.5 %  1,204
        close_rate   2026-02  (none)                           –  1,204
        close_rate   2026-03  =EMEA|\u{1b}[31m          62.5 % *  1,204
        close_rate   2026-03  (none)                    62.5 % *  1,204
        won_revenue  2026-01  =EMEA|\u{1b}[31m        -$1,234.50  1,204
        won_revenue  2026-01  (none)                           –  1,204
        won_revenue  2026-02  =EMEA|\u{1b}[31m    $10,005,534.00  1,204
        won_revenue  2026-02  (none)              $10,005,534.00  1,204
        won_revenue  2026-03  =EMEA|\u{1b}[31m  $10,005,534.00 *  1,204
        won_revenue  2026-03  (none)            $10,005,534.00 *  1,204

        – undefined, no ended deals (2026-02): close_rate
        – no data, the data starts on 2026-01-15 (2026-01): won_revenue
        rows left out of deals: no amount, at most 3 of 1,207 in a cell (0.2 %): won_revenue
        * the period is not over
        as of 2026-03-15T00:00:00+00:00
        ");
    }

    #[test]
    fn blocks_are_as_few_and_as_even_as_the_width_allows() {
        // 10 for the metric, then ten columns of 8, each with a gap of 2.
        let widths = [vec![10], vec![8; 10]].concat();
        let sizes = |width| blocks(&widths, 1, width).map(|b| b.iter().map(Range::len).collect::<Vec<_>>());
        assert_eq!(sizes(110), Some(vec![10]));
        assert_eq!(sizes(109), Some(vec![5, 5]));
        assert_eq!(sizes(59), Some(vec![4, 4, 2]));
        assert_eq!(sizes(40), Some(vec![3, 3, 3, 1]));
        assert_eq!(sizes(39), None);
        assert_eq!(sizes(5), None);
    }
}
