//! A run for a terminal.

use goalpost_core::report::RunReport;

use super::grid;
use crate::render::table;

/// Periods that are still read beside one another; more of them are data for a list.
const MOST_ACROSS: usize = 60;

/// A run with periods across, in as few blocks below one another as the width
/// allows; with a line per period where hardly one would fit beside the next.
pub(crate) fn run(report: &RunReport, width: usize) -> String {
    let periods = grid::periods(report);
    let in_blocks = (2..=MOST_ACROSS).contains(&periods).then(|| {
        let across = grid::across(report);
        table::in_blocks(&across, across.columns.len() - periods, width)
    });
    in_blocks.flatten().unwrap_or_else(|| table::grid(&grid::down(report)))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn periods_run_across_where_they_fit() {
        assert_snapshot!(run(&fixture::run(), 120), @r"
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
        assert_snapshot!(run(&fixture::run(), 50), @r"
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
}
