//! Where the top-level statements of a script begin and end, as far as its
//! brackets tell, so that one that cannot be read does not hide the others.

use std::collections::BTreeSet;
use std::ops::Range;

use super::tokens::{Token, TokenKind};

/// A top-level statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Its bytes in the text, its semicolon included.
    pub(crate) range: Range<usize>,
    /// The variables and functions it declares.
    pub(crate) declares: BTreeSet<String>,
}

/// Statements that end with their block.
const BLOCKS: [&str; 8] = ["for", "while", "loop", "if", "fn", "private", "do", "{"];

/// Splits a script.
pub(crate) fn split(text: &str, tokens: &[Token]) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut current: Vec<&Token> = Vec::new();
    let tokens: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    for (index, token) in tokens.iter().enumerate() {
        current.push(token);
        let next_continues = tokens.get(index + 1).is_some_and(|next| {
            ["else", "while", "until", ".", ";"].iter().any(|spelling| next.is(text, spelling))
        });
        let ends = token.depth == 0
            && (token.is(text, ";") || token.is(text, "}") && is_block(text, &current) && !next_continues);
        if ends {
            statements.extend(statement(text, &current));
            current.clear();
        }
    }
    statements.extend(statement(text, &current));
    statements
}

fn is_block(text: &str, tokens: &[&Token]) -> bool {
    tokens.first().is_some_and(|first| BLOCKS.contains(&first.of(text)))
}

fn statement(text: &str, tokens: &[&Token]) -> Option<Statement> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let mut declares = BTreeSet::new();
    for pair in tokens.windows(2) {
        let introduces = pair[0].depth == 0
            && ["let", "const", "fn", "as"].iter().any(|spelling| pair[0].is(text, spelling));
        if introduces && pair[1].kind == TokenKind::Word {
            declares.insert(pair[1].of(text).to_owned());
        }
    }
    Some(Statement { range: first.range.start..last.range.end, declares })
}

/// The text with these ranges, which are in order, made blank. Lines and
/// columns stay; bytes do not.
pub(crate) fn blanked<'a>(text: &str, ranges: impl IntoIterator<Item = &'a Range<usize>>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        out.push_str(&text[at..range.start]);
        out.extend(text[range.clone()].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::super::tokens::scan;
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        split(text, &scan(text)).into_iter().map(|s| &text[s.range]).collect()
    }

    #[test]
    fn statements_end_with_semicolons_and_blocks() {
        assert_eq!(
            pieces("let a = 1; // c\nfor x in y { a; b } f(#{ a: 1 });g()"),
            ["let a = 1;", "for x in y { a; b }", "f(#{ a: 1 });", "g()"]
        );
        assert_eq!(
            pieces("if a { b } else { c } let f = |x| { x }; d;"),
            ["if a { b } else { c }", "let f = |x| { x };", "d;"]
        );
    }

    #[test]
    fn declared_names_are_known() {
        let text = "let a = 1; fn f(x) { let y = 2; } import \"m\" as n;";
        let names: Vec<_> = split(text, &scan(text)).into_iter().flat_map(|s| s.declares).collect();
        assert_eq!(names, ["a", "f", "n"]);
    }

    #[test]
    fn blanks_keep_places() {
        assert_eq!(blanked("aé\nb;c", [&(0..5)]), "  \n ;c");
        assert_eq!(blanked("aébcd", [&(0..3), &(4..5)]), "  b d");
    }
}
