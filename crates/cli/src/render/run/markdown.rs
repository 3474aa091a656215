//! A run as a table of Markdown.

use goalpost_core::report::RunReport;

use super::grid;
use crate::render::markdown;

/// Periods that still read well across a page.
const MOST_ACROSS: usize = 12;

/// A run, periods across unless they are many.
pub(crate) fn run(report: &RunReport) -> String {
    let across = 2..=MOST_ACROSS;
    let grid =
        if across.contains(&grid::periods(report)) { grid::across(report) } else { grid::down(report) };
    markdown::grid(&grid)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn a_run_is_a_table() {
        assert_snapshot!(run(&fixture::run()), @r"
        | metric | region | 2026-01 | 2026-02 | 2026-03 |
        | --- | --- | ---: | ---: | ---: |
        | close\_rate | =EMEA\|\\u{1b}\[31m | 62.5 % | 62.5 % | 62.5 % \* |
        | close\_rate | (none) | 62.5 % | – | 62.5 % \* |
        | won\_revenue | =EMEA\|\\u{1b}\[31m | -\$1,234.50 | \$10,005,534.00 | \$10,005,534.00 \* |
        | won\_revenue | (none) | – | \$10,005,534.00 | \$10,005,534.00 \* |

        – undefined, no ended deals (2026-02): close\_rate

        – no data, the data starts on 2026-01-15 (2026-01): won\_revenue

        rows left out of deals: no amount, at most 3 of 1,207 in a cell (0.2 %): won\_revenue

        \* the period is not over

        as of 2026-03-15T00:00:00+00:00
        ");
    }
}
