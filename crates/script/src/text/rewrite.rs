//! From the spellings that analysts use to Rhai's, with every place kept.
//!
//! | written | read by Rhai | because |
//! |---|---|---|
//! | `not a == b` | `!(a == b)` | Rhai has no `not`, and its `!` covers less |
//! | `a not in b` | `a !in b` | |
//! | `a && b`, `AND` | `a and b` | Rhai's own wants plain true or false on both sides |
//! | `a \|\| b`, `OR` | `a or b` | the same; `\|\| …` stays a function without parameters |
//! | `null` | `()` | |
//! | `2e-3` | `0.002` | Rhai reads no exponents where numbers are decimals |
//! | `'text'` | `"text"` | Rhai's single quotes hold one character |
//! | `t.until`, `#{ case: 1 }` | `t["until"]`, `#{ "case": 1 }` | reserved words are good column names |
//! | `/// text` | a plain comment | Rhai allows them above functions only |
//!
//! A rewrite never adds or removes a line.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use goalpost_core::Decimal;

use super::tokens::{Token, TokenKind};

/// Words that Rhai keeps for itself, or that mean something here, and that
/// can be columns and keys all the same.
const RESERVED: [&str; 66] = [
    "and",
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "each",
    "else",
    "eval",
    "exit",
    "export",
    "false",
    "fn",
    "for",
    "global",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "not",
    "null",
    "or",
    "package",
    "print",
    "private",
    "protected",
    "public",
    "return",
    "shared",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "then",
    "this",
    "thread",
    "throw",
    "true",
    "try",
    "type_of",
    "until",
    "use",
    "var",
    "void",
    "while",
    "with",
];

/// More of them, rarely met.
const ALSO_RESERVED: [&str; 2] = ["Fn", "yield"];

/// Brackets deeper than this are beyond what Rhai reads.
const DEEPEST: u32 = 300;

/// What Rhai reads, and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Rewritten {
    /// The text for Rhai.
    pub(crate) text: String,
    /// For each changed line, the original column of every character.
    columns: BTreeMap<u32, Vec<u32>>,
}

impl Rewritten {
    /// The original column of a place in the rewritten text, both 1-based.
    pub(crate) fn original_column(&self, line: u32, column: u32) -> u32 {
        let Some(columns) = self.columns.get(&line) else { return column };
        let index = column.saturating_sub(1) as usize;
        match (columns.get(index), columns.last()) {
            (Some(original), _) => *original,
            (None, Some(last)) => last + 1 + (index - columns.len()) as u32,
            (None, None) => column,
        }
    }
}

/// A replacement within one line.
struct Edit {
    range: Range<usize>,
    with: String,
}

/// Rewrites a text of which these are the tokens.
pub(crate) fn rewrite(text: &str, tokens: &[Token]) -> Rewritten {
    let mut edits = edits(text, tokens);
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut columns = BTreeMap::new();
    let mut edits = edits.into_iter().peekable();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        // An edit at the very end of the text belongs to its last line.
        let reach = if end == text.len() { end + 1 } else { end };
        if edits.peek().is_none_or(|edit| edit.range.start >= reach) {
            out.push_str(line);
            start = end;
            continue;
        }
        let mut map = Vec::with_capacity(line.len() + 8);
        let mut at = start;
        let mut column = 1_u32;
        let copy = |range: Range<usize>, column: &mut u32, map: &mut Vec<u32>, out: &mut String| {
            for c in text[range].chars() {
                out.push(c);
                map.push(*column);
                *column += 1;
            }
        };
        while let Some(edit) = edits.next_if(|edit| edit.range.start < reach) {
            if edit.range.start < at {
                continue;
            }
            copy(at..edit.range.start, &mut column, &mut map, &mut out);
            let width = text[edit.range.clone()].chars().count() as u32;
            for (offset, c) in (0_u32..).zip(edit.with.chars()) {
                out.push(c);
                map.push(if width == 0 { column - 1 } else { column + offset.min(width - 1) });
            }
            column += width;
            at = edit.range.end;
        }
        copy(at..end, &mut column, &mut map, &mut out);
        columns.insert(index as u32 + 1, map);
        start = end;
    }
    Rewritten { text: out, columns }
}

fn edits(text: &str, tokens: &[Token]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == TokenKind::Comment) {
        let comment = token.of(text);
        let is_documentation = ["///", "//!", "/**", "/*!"].iter().any(|mark| comment.starts_with(mark));
        if is_documentation && comment != "/**/" {
            let start = token.range.start;
            edits.push(Edit { range: start + 2..start + 3, with: " ".to_owned() });
        }
    }
    let significant: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let decided = decided(text, &significant);
    let mut ends = BTreeMap::new();
    // Backwards, because a `not` inside another's operand ends where that does.
    for index in (0..significant.len()).rev() {
        let token = significant[index];
        if decided.contains(&index) && ends_operand(text, &significant, index) {
            // Rhai's own operators look at their right side only where it matters.
            let with = match token.of(text) {
                "and" | "AND" if token.kind == TokenKind::Word => "&&",
                "or" | "OR" if token.kind == TokenKind::Word => "||",
                "&&" | "||" => continue,
                _ => "",
            };
            if !with.is_empty() {
                edits.push(Edit { range: token.range.clone(), with: with.to_owned() });
                continue;
            }
        }
        match token.kind {
            TokenKind::Word => word_edits(text, &significant, index, &mut ends, &mut edits),
            TokenKind::Symbol if ends_operand(text, &significant, index) => {
                let with = match token.of(text) {
                    "&&" => " and ",
                    "||" => " or ",
                    _ => continue,
                };
                edits.push(Edit { range: token.range.clone(), with: with.to_owned() });
            }
            TokenKind::SingleQuoted => edits.extend(double_quoted(text, token)),
            TokenKind::Number => edits.extend(without_exponent(text, token)),
            _ => {}
        }
    }
    edits
}

/// The tokens of conditions of `if` and `while`: what is decided there is known, so
/// that `g.previous == null || g.value > g.previous` need not look at both sides.
/// Elsewhere a condition may be one of rows, which both sides are part of.
fn decided(text: &str, tokens: &[&Token]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let begins = token.kind == TokenKind::Word && matches!(token.of(text), "if" | "while");
        let before = index.checked_sub(1).map(|before| tokens[before]);
        if !begins || before.is_some_and(|before| before.is(text, ".") || before.is(text, "fn")) {
            continue;
        }
        let block = |(_, next): &(usize, &&Token)| next.depth <= token.depth && next.is(text, "{");
        let rest = || tokens.iter().enumerate().skip(index + 1);
        if let Some((end, _)) = rest().find(block) {
            found.extend(index + 1..end);
        }
    }
    found
}

fn word_edits(
    text: &str,
    tokens: &[&Token],
    index: usize,
    ends: &mut BTreeMap<usize, usize>,
    edits: &mut Vec<Edit>,
) {
    let token = tokens[index];
    let word = token.of(text);
    let before = index.checked_sub(1).map(|i| tokens[i]);
    let after = tokens.get(index + 1).copied();
    let after_is = |spelling: &str| after.is_some_and(|next| next.is(text, spelling));
    if let Some(dot) = before.filter(|dot| dot.is(text, ".")) {
        if is_reserved(word) && !after_is("(") && dot.line == token.line {
            edits.push(Edit { range: dot.range.start..token.range.end, with: format!("[\"{word}\"]") });
        }
        return;
    }
    let opens_entry = before.is_some_and(|b| b.is(text, "#{") || b.is(text, ","));
    if opens_entry && after_is(":") {
        if is_reserved(word) {
            edits.push(Edit { range: token.range.clone(), with: format!("\"{word}\"") });
        }
        return;
    }
    match word {
        "AND" | "OR" if ends_operand(text, tokens, index) => {
            edits.push(Edit { range: token.range.clone(), with: word.to_lowercase() });
        }
        "null" => edits.push(Edit { range: token.range.clone(), with: "()".to_owned() }),
        "not" | "NOT" => {
            if let Some(next) = after.filter(|next| next.is(text, "in") || next.is(text, "IN")) {
                edits.push(Edit { range: token.range.clone(), with: "!in".to_owned() });
                edits.push(Edit { range: next.range.clone(), with: String::new() });
            } else if let Some(end) = operand_end(text, tokens, index, ends) {
                ends.insert(index, end);
                edits.push(Edit { range: token.range.clone(), with: "!(".to_owned() });
                edits.push(Edit { range: end..end, with: ")".to_owned() });
            }
        }
        _ => {}
    }
}

/// Where the operand of the `not` at this index ends: it reaches over
/// comparisons and arithmetic, up to `and`, `or` or the end of its brackets.
/// The ends of later ones at the same depth are known.
fn operand_end(text: &str, tokens: &[&Token], index: usize, ends: &BTreeMap<usize, usize>) -> Option<usize> {
    let depth = tokens[index].depth;
    if depth > DEEPEST {
        return None;
    }
    let stops = |token: &Token| {
        token.depth < depth
            || token.depth == depth
                && match token.of(text) {
                    "," | ";" | "=>" | "&&" | "||" | "??" | "=" | ":" | "|" | "{" => {
                        token.kind == TokenKind::Symbol
                    }
                    "and" | "or" | "AND" | "OR" | "let" | "const" | "else" => token.kind == TokenKind::Word,
                    _ => false,
                }
    };
    let mut end = None;
    let mut after_dot = false;
    for (i, token) in tokens.iter().enumerate().skip(index + 1) {
        if stops(token) && !after_dot {
            break;
        }
        if token.depth == depth
            && let Some(end) = ends.get(&i)
        {
            return Some(*end);
        }
        after_dot = token.is(text, ".");
        end = Some(token.range.end);
    }
    end
}

/// Whether the token before this one ends an operand, so that this one is an
/// operator between two and not the start of something.
fn ends_operand(text: &str, tokens: &[&Token], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).map(|i| tokens[i]) else { return false };
    match before.kind {
        TokenKind::Number | TokenKind::Text | TokenKind::SingleQuoted => true,
        TokenKind::Template => before.of(text).ends_with('`'),
        TokenKind::Symbol => matches!(before.of(text), ")" | "]" | "}"),
        TokenKind::Word => {
            let is_property = index.checked_sub(2).is_some_and(|i| tokens[i].is(text, "."));
            let word = before.of(text);
            is_property
                || matches!(word, "true" | "false" | "null" | "this")
                || !matches!(
                    word,
                    "return" | "in" | "and" | "or" | "not" | "AND" | "OR" | "NOT" | "else" | "if"
                )
        }
        TokenKind::Comment => false,
    }
}

fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok() || ALSO_RESERVED.contains(&word)
}

/// `2e-3` becomes `0.002`: without binary fractions Rhai knows no exponents.
fn without_exponent(text: &str, token: &Token) -> Option<Edit> {
    let number = token.of(text).replace('_', "");
    if !number.contains(['e', 'E']) || number.starts_with("0x") {
        return None;
    }
    let exact = Decimal::from_scientific(&number).ok()?;
    Some(Edit { range: token.range.clone(), with: exact.to_string() })
}

/// `'it"s'` becomes `"it\"s"`.
fn double_quoted(text: &str, token: &Token) -> Vec<Edit> {
    let (start, end) = (token.range.start, token.range.end);
    if end < start + 2 || !text[..end].ends_with('\'') {
        return Vec::new();
    }
    let quote = |range: Range<usize>, with: &str| Edit { range, with: with.to_owned() };
    let mut edits = vec![quote(start..start + 1, "\""), quote(end - 1..end, "\"")];
    let mut escaped = false;
    for (offset, c) in text[start + 1..end - 1].char_indices() {
        let at = start + 1 + offset;
        match c {
            '"' if !escaped => edits.push(quote(at..at + 1, "\\\"")),
            '\'' if escaped => edits.push(quote(at - 1..at + 1, "'")),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::super::tokens::scan;
    use super::*;

    fn rewritten(text: &str) -> String {
        rewrite(text, &scan(text)).text
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn not_covers_a_comparison() {
        assert_eq!(rewritten("not d.b == 2 and c"), "!( d.b == 2) and c");
        assert_eq!(rewritten("f(not a in [1, 2], x)"), "f(!( a in [1, 2]), x)");
        assert_eq!(rewritten("not (a or b) and c"), "!( (a or b)) and c");
        assert_eq!(rewritten("not not a;"), "!( !( a));");
        assert_eq!(rewritten("if not a == b { c }"), "if !( a == b) { c }");
        assert_eq!(rewritten("t.not == 1"), "t[\"not\"] == 1");
        assert_eq!(rewritten("a not in b"), "a !in  b");
        assert_eq!(rewritten("not a.and == 1"), "!( a[\"and\"] == 1)");
    }

    #[test]
    fn the_other_spellings_of_and_or_and_null() {
        assert_eq!(rewritten("a && b||c AND d OR e"), "a  and  b or c and d or e");
        assert_eq!(rewritten("test(\"x\", || { a || b })"), "test(\"x\", || { a  or  b })");
        assert_eq!(rewritten("let f = || 1; AND"), "let f = || 1; AND");
        assert_eq!(
            rewritten("a == null, t.null, #{ null: null }"),
            "a == (), t[\"null\"], #{ \"null\": () }"
        );
    }

    #[test]
    fn single_quotes_become_double() {
        assert_eq!(rewritten(r#"'won' + 'it\'s "x"'"#), r#""won" + "it's \"x\"""#);
        assert_eq!(rewritten("'open"), "'open");
    }

    #[test]
    fn reserved_words_are_columns_and_keys() {
        assert_eq!(rewritten("t.until.case.x"), "t[\"until\"][\"case\"].x");
        assert_eq!(rewritten("#{ new: 1, plain: 2, is: 3 }"), "#{ \"new\": 1, plain: 2, \"is\": 3 }");
    }

    #[test]
    fn documentation_becomes_comments() {
        assert_eq!(rewritten("/// a\n//! b\nlet x = 1; /** c */"), "//  a\n//  b\nlet x = 1; /*  c */");
        assert_eq!(rewritten("//// a\n/**/"), "// / a\n/**/");
    }

    #[test]
    fn strings_and_comments_are_left_alone() {
        let text = "\"not a && b\" // not && null 'x'\n`a && null ${";
        assert_eq!(rewritten(text), text);
        assert_eq!(rewritten("`${a && null}`"), "`${a  and  ()}`");
    }

    #[test]
    fn places_are_kept() {
        let text = "x && y == null and z\nplain";
        let rewritten = rewrite(text, &scan(text));
        for word in ["x", "y", "z"] {
            let there = rewritten.text.find(word).expect("the word") as u32 + 1;
            let here = text.find(word).expect("the word") as u32 + 1;
            assert_eq!(rewritten.original_column(1, there), here, "{word}");
        }
        assert_eq!(rewritten.original_column(2, 3), 3);
    }
}
