//! Grids for a terminal: aligned columns under a ruled header.

use std::ops::Range;

use comfy_table::{Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

use super::grid::{Align, Grid};
use crate::escape::visible;

/// Any grid.
pub(crate) fn grid(grid: &Grid) -> String {
    if grid.notes.is_empty() { rows(grid) } else { format!("{}\n{}", rows(grid), notes(grid)) }
}

/// A grid in as few blocks below one another as the width allows, each with the
/// first `fixed` columns; nothing where hardly one of the others would fit
/// beside the next.
pub(crate) fn in_blocks(grid: &Grid, fixed: usize, width: usize) -> Option<String> {
    let blocks = blocks(&widths(grid), fixed, width)?;
    let mut text: Vec<String> = blocks.into_iter().map(|block| rows(&part(grid, fixed, block))).collect();
    text.push(notes(grid));
    Some(text.join("\n"))
}

/// Whether a grid is no wider than that.
pub(crate) fn fits(grid: &Grid, width: usize) -> bool {
    widths(grid).iter().map(|column| column + GAP).sum::<usize>() <= width + GAP
}

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
    use super::*;

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
