//! Grids as Markdown, to paste into a page or a pull request.

use super::grid::{Align, Grid};
use crate::escape::visible;

/// Any grid.
pub(crate) fn grid(grid: &Grid) -> String {
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
pub(crate) fn escaped(text: &str) -> String {
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
    use super::*;

    #[test]
    fn no_markup_gets_through() {
        assert_eq!(
            escaped("a|b<script>\n![x](y) @team"),
            "a\\|b&lt;script&gt;\\\\n!\\[x\\](y) &#64;&#8203;team"
        );
        assert_eq!(escaped("https://x.org #12 # 1"), "https&#58;//x.org \\#&#8203;12 \\# 1");
    }
}
