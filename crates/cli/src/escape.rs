//! Makes text from data and scripts harmless where it is shown.
//!
//! A cell of an export may hold terminal escapes, control characters or marks
//! that reverse the direction of writing. They are shown, never obeyed. What a
//! file format needs (quotes of CSV, bars of Markdown) is the renderers' business.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character that a terminal would obey written as an
/// escape: `\n`, `\t`, `\u{1b}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_obeyed(c) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The same, but lines stay lines; for texts of several lines that the program
/// itself lays out.
pub(crate) fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// A source text with one visible character in place of each obeyed one, so
/// that columns stay where they are. Line ends become `\n`, and tabs stay.
pub(crate) fn visible_source(text: &str) -> String {
    let obeyed = |c: char| is_obeyed(c) && c != '\n' && c != '\t';
    let symbol = |c: char| match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.replace("\r\n", "\n").chars().map(|c| if obeyed(c) { symbol(c) } else { c }).collect()
}

/// Lines for people that may end up in the log of a CI job, where some lines
/// are commands: none of them is obeyed. What is written as a command on
/// purpose does not come through here.
pub(crate) fn no_commands(text: &str) -> String {
    let line = |line: &str| {
        let words = line.trim_start();
        let mut shown = line[..line.len() - words.len()].to_owned();
        // GitHub: `::error::…` at the start of a line.
        shown.push_str(&match words.strip_prefix("::") {
            Some(rest) => format!("\\u{{3a}}:{rest}"),
            None => words.to_owned(),
        });
        // GitHub, Azure Pipelines, TeamCity: `##[…]`, `##vso[…]`, `##teamcity[…]` anywhere.
        for command in ["##[", "##vso[", "##teamcity["] {
            shown = shown.replace(command, &command.replace("##", "#\\u{23}"));
        }
        shown
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Control characters, and those that reorder or hide the text around them.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        assert_eq!(visible("EMEA"), "EMEA");
        assert_eq!(visible("Zoë 北京"), "Zoë 北京");
        assert_eq!(visible("\u{1b}[2J\u{7}"), "\\u{1b}[2J\\u{7}");
        assert_eq!(visible("a\r\nb\tc"), "a\\r\\nb\\tc");
        assert_eq!(visible("\u{9b}31m \u{202e}txt"), "\\u{9b}31m \\u{202e}txt");
        assert_eq!(visible_lines("one\u{1b}\ntwo"), "one\\u{1b}\ntwo");
    }

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(no_commands("a ::b\n  ::error::x\n"), "a ::b\n  \\u{3a}:error::x\n");
        assert_eq!(
            no_commands("x ##[add-mask]y ##vso[z] ## [a]"),
            "x #\\u{23}[add-mask]y #\\u{23}vso[z] ## [a]"
        );
    }

    #[test]
    fn source_keeps_its_columns() {
        assert_eq!(visible_source("a\u{1b}b\tc\r\nd\u{202e}e\r"), "a␛b\tc\nd\u{fffd}e␍");
    }
}
