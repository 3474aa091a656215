//! Grids as Markdown, to paste into a page or a pull request.

use goalpost_core::report::RunReport;

use super::grid::{self, Align, Grid};
use crate::escape::visible;

/// Periods that still read well across a page.
const MOST_ACROSS: usize = 12;

/// A run, periods across unless they are many.
pub(crate) fn run(report: &RunReport) -> String {
    let across = 2..=MOST_ACROSS;
    draw(&if across.contains(&grid::periods(report)) { grid::across(report) } else { grid::down(report) })
}

/// Any grid.
pub(crate) fn grid(grid: &Grid) -> String {
    draw(grid)
}

fn draw(grid: &Grid) -> String {
    let mut text = String::new();
    let mut line = |cells: Vec<String>| {
        text.push_str("| ");
        text.push_str(&cells.join(" | "));
        text.push_str(" |\n");
    };
    line(grid.columns.iter().map(|column| escaped(&column.title)).collect());
    let rule = |align| if align == Align::Right { "---:" } else { "---" };
    line(grid.columns.iter().map(|column| rule(column.align).to_owned()).collect());
    for row in &grid.rows {
        line(row.iter().map(|cell| escaped(cell)).collect());
    }
    for note in &grid.notes {
        text.push('\n');
        text.push_str(&escaped(note));
        text.push('\n');
    }
    text
}

/// The text with everything that Markdown, HTML or a code host would read as
/// markup, a link or a mention escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let shown = visible(text);
    let mut rest = shown.chars();
    while let Some(c) = rest.next() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // An entity alone still notifies the person: hosts look at the page, not at its source.
            '@' => escaped.push_str("&#64;&#8203;"),
            ':' if rest.as_str().starts_with("//") => escaped.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(c);
                if c == '#' && rest.as_str().starts_with(|next: char| next.is_ascii_digit()) {
                    escaped.push_str("&#8203;");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::sample;

    #[test]
    fn a_run_is_a_table() {
        assert_snapshot!(run(&sample::run()), @r"
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

    #[test]
    fn no_markup_gets_through() {
        assert_eq!(
            escaped("a|b<script>\n![x](y) @team"),
            "a\\|b&lt;script&gt;\\\\n!\\[x\\](y) &#64;&#8203;team"
        );
        assert_eq!(escaped("https://x.org #12 # 1"), "https&#58;//x.org \\#&#8203;12 \\# 1");
    }
}
