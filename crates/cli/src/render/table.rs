//! Grids for a terminal: aligned columns under a ruled header.

use comfy_table::{Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use goalpost_core::report::RunReport;

use super::grid::{self, Align, Grid};
use crate::escape::visible;

/// A run, periods across where they fit the width and down where they do not.
pub(crate) fn run(report: &RunReport, width: usize) -> String {
    // No column is narrower than a few characters, so that many periods cannot fit.
    let periods = grid::periods(report);
    if periods > 1 && periods * LEAST_COLUMN <= width {
        let across = draw(&grid::across(report));
        if across.fits(width) {
            return across.text;
        }
    }
    draw(&grid::down(report)).text
}

/// The least width of a column of values with what separates it from the next.
const LEAST_COLUMN: usize = 6;

/// Any grid.
pub(crate) fn grid(grid: &Grid) -> String {
    draw(grid).text
}

/// A drawn grid and how wide its rows are.
struct Drawn {
    text: String,
    width: usize,
}

impl Drawn {
    fn fits(&self, width: usize) -> bool {
        self.width <= width
    }
}

const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction(' '))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .content_lines(ContentLineStyle::none().junction(' '));

fn draw(grid: &Grid) -> Drawn {
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
    let widths = table.column_max_content_widths();
    let width = widths.iter().map(|width| usize::from(*width) + 2).sum::<usize>().saturating_sub(2);
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if !grid.notes.is_empty() {
        text.push('\n');
    }
    for note in &grid.notes {
        text.push_str(&visible(note));
        text.push('\n');
    }
    Drawn { text, width }
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
        rows left out, amount is blank (how many: --format json): won_revenue
        * the period is not over
        as of 2026-03-15T00:00:00+00:00
        ");
    }

    #[test]
    fn periods_run_down_where_they_do_not_fit() {
        assert_snapshot!(run(&sample::run(), 40), @r"
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
        rows left out, amount is blank (how many: --format json): won_revenue
        * the period is not over
        as of 2026-03-15T00:00:00+00:00
        ");
    }
}
