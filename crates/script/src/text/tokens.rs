//! The words and symbols of a script, with their places.
//!
//! A scanner of its own, because Rhai's stops at the first spelling it does not
//! know, which is exactly what [`super::rewrite`] and the hints of diagnostics
//! have to see. It never fails: what it cannot read it passes on for Rhai to
//! complain about.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name or keyword.
    Word,
    /// A number.
    Number,
    /// A text in double quotes, or in `#"…"#`.
    Text,
    /// A text in single quotes.
    SingleQuoted,
    /// A piece of a text in backticks: from a backtick or the end of a `${…}`
    /// to the next `${` or backtick.
    Template,
    /// A line or block comment.
    Comment,
    /// Anything else, by its longest known spelling.
    Symbol,
}

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Its bytes in the text.
    pub(crate) range: Range<usize>,
    /// 1-based line of its start.
    pub(crate) line: u32,
    /// 1-based column of its start, in characters.
    pub(crate) column: u32,
    /// How many brackets are open before it (after it, for a closing one).
    pub(crate) depth: u32,
    /// The innermost of these brackets: `(`, `[`, `{`, `#` for a map, `$` for `${`.
    pub(crate) within: Option<char>,
}

impl Token {
    /// Its text.
    pub(crate) fn of<'a>(&self, text: &'a str) -> &'a str {
        &text[self.range.clone()]
    }

    /// Whether it is this symbol or word.
    pub(crate) fn is(&self, text: &str, spelling: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Symbol) && self.of(text) == spelling
    }
}

/// Symbols of more than one character, longest first.
const SYMBOLS: [&str; 34] = [
    "<<=", ">>=", "**=", "..=", "...", "===", "!==", "#{", "${", "&&", "||", "==", "!=", "<=", ">=", "=>",
    "->", "::", ":=", "??", "?.", "?[", "..", "+=", "-=", "*=", "/=", "%=", "**", "<<", ">>", "++", "--",
    "|>",
];

/// All tokens of a text, comments included.
pub(crate) fn scan(text: &str) -> Vec<Token> {
    let mut scanner = Scanner { text, at: 0, line: 1, column: 1, tokens: Vec::new(), open: Vec::new() };
    while scanner.step() {}
    scanner.tokens
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
    tokens: Vec<Token>,
    /// Open brackets; `$` is a `${` inside a backticked text.
    open: Vec<char>,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        if next == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn advance_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.advance();
        }
    }

    fn advance_by(&mut self, count: usize) {
        for _ in 0..count {
            self.advance();
        }
    }

    fn step(&mut self) -> bool {
        self.advance_while(char::is_whitespace);
        let Some(first) = self.peek() else { return false };
        let (start, line, column) = (self.at, self.line, self.column);
        let mut depth = self.open.len();
        let kind = match first {
            '"' => self.quoted('"', TokenKind::Text),
            '\'' => self.quoted('\'', TokenKind::SingleQuoted),
            '`' => {
                self.advance();
                self.template()
            }
            '#' if self.raw_text() => TokenKind::Text,
            '/' if self.rest().starts_with("//") => {
                self.advance_while(|c| c != '\n');
                TokenKind::Comment
            }
            '/' if self.rest().starts_with("/*") => self.block_comment(),
            c if c.is_ascii_digit() => self.number(),
            c if c.is_alphabetic() || c == '_' => {
                self.advance_while(|c| c.is_alphanumeric() || c == '_');
                TokenKind::Word
            }
            '}' if self.closes_template() => {
                self.close(&['$']);
                depth = self.open.len();
                self.advance();
                self.template()
            }
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol));
                self.advance_by(symbol.map_or(1, |symbol| symbol.len()));
                match &self.text[start..self.at] {
                    "?[" => self.open.push('['),
                    "(" | "[" | "{" | "#{" => self.open.push(first),
                    closing @ (")" | "]" | "}") => {
                        self.close(match closing {
                            ")" => &['('],
                            "]" => &['['],
                            _ => &['{', '#'],
                        });
                        depth = self.open.len();
                    }
                    _ => {}
                }
                TokenKind::Symbol
            }
        };
        let within = depth.checked_sub(1).and_then(|i| self.open.get(i)).copied();
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        self.tokens.push(Token { kind, range: start..self.at, line, column, depth, within });
        true
    }

    /// Closes a bracket, and with it those inside that were forgotten. One that
    /// was never opened closes nothing.
    fn close(&mut self, opened_by: &[char]) {
        if let Some(index) = self.open.iter().rposition(|open| opened_by.contains(open)) {
            self.open.truncate(index);
        }
    }

    /// Whether a `}` goes back into a backticked text.
    fn closes_template(&self) -> bool {
        self.open.iter().rev().find(|open| matches!(open, '{' | '#' | '$')) == Some(&'$')
    }

    fn quoted(&mut self, quote: char, kind: TokenKind) -> TokenKind {
        self.advance();
        while let Some(next) = self.peek() {
            // Rhai's texts end with their line unless it ends in a backslash.
            if next == '\n' {
                break;
            }
            self.advance();
            if next == '\\' {
                self.advance();
            } else if next == quote {
                break;
            }
        }
        kind
    }

    fn template(&mut self) -> TokenKind {
        while let Some(next) = self.peek() {
            if next == '$' && self.rest().starts_with("${") {
                self.advance_by(2);
                self.open.push('$');
                break;
            }
            self.advance();
            if next == '`' {
                break;
            }
        }
        TokenKind::Template
    }

    /// Reads `#"…"#` with any number of hashes, if that is what follows.
    fn raw_text(&mut self) -> bool {
        let hashes = self.rest().chars().take_while(|c| *c == '#').count();
        if !self.rest()[hashes..].starts_with('"') {
            return false;
        }
        let close = format!("\"{}", "#".repeat(hashes));
        let body = &self.rest()[hashes + 1..];
        let length = body.find(&close).map_or(body.len(), |end| end + close.len());
        let end = self.at + hashes + 1 + length;
        while self.at < end {
            self.advance();
        }
        true
    }

    fn block_comment(&mut self) -> TokenKind {
        let mut depth = 0_u32;
        while !self.rest().is_empty() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.advance_by(2);
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.advance_by(2);
                if depth == 0 {
                    break;
                }
            } else {
                self.advance();
            }
        }
        TokenKind::Comment
    }

    fn number(&mut self) -> TokenKind {
        self.advance_while(|c| c.is_ascii_alphanumeric() || c == '_');
        let mut rest = self.rest().chars();
        // `5.minutes` is a property, `5..7` a range, `5.0` a number.
        if rest.next() == Some('.') && rest.next().is_some_and(|c| c.is_ascii_digit()) {
            self.advance();
            self.advance_while(|c| c.is_ascii_alphanumeric() || c == '_');
        }
        if self.text[..self.at].ends_with(['e', 'E']) && self.rest().starts_with(['+', '-']) {
            self.advance();
            self.advance_while(|c| c.is_ascii_digit());
        }
        TokenKind::Number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spellings(text: &str) -> Vec<&str> {
        scan(text).iter().map(|token| token.of(text)).collect()
    }

    #[test]
    fn words_numbers_and_symbols() {
        assert_eq!(
            spellings("let x = 5.minutes + 1.5;"),
            ["let", "x", "=", "5", ".", "minutes", "+", "1.5", ";"]
        );
        assert_eq!(spellings("a<>b ?? c..=d"), ["a", "<", ">", "b", "??", "c", "..=", "d"]);
        assert_eq!(spellings("2e-3-x"), ["2e-3", "-", "x"]);
    }

    #[test]
    fn texts_hide_what_they_hold() {
        assert_eq!(spellings(r#""a // \" b" 'it''s' x"#), [r#""a // \" b""#, "'it'", "'s'", "x"]);
        assert_eq!(spellings("##\"a \"# b\"## c"), ["##\"a \"# b\"##", "c"]);
        assert_eq!(
            spellings("`a ${ f(`x${y}`) } b` z"),
            ["`a ${", "f", "(", "`x${", "y", "}`", ")", "} b`", "z"]
        );
    }

    #[test]
    fn comments_nest() {
        assert_eq!(spellings("/* a /* b */ c */ d // e\nf"), ["/* a /* b */ c */", "d", "// e", "f"]);
    }

    #[test]
    fn places_count_characters() {
        let tokens = scan("é\n  ü x");
        let places: Vec<_> = tokens.iter().map(|t| (t.line, t.column)).collect();
        assert_eq!(places, [(1, 1), (2, 3), (2, 5)]);
    }

    #[test]
    fn depth_is_that_outside_of_brackets() {
        let text = "a(b[c]) d";
        let depths: Vec<_> = scan(text).iter().map(|t| t.depth).collect();
        assert_eq!(depths, [0, 0, 1, 1, 2, 1, 0, 0]);
    }

    #[test]
    fn anything_is_scanned_to_its_end() {
        for text in ["\"open", "'", "`a ${ b", "/* open", "#\"open", "}}}", "${", "\\", "\u{0}"] {
            let tokens = scan(text);
            assert_eq!(tokens.last().map(|t| t.range.end), Some(text.len()), "{text:?}");
        }
    }
}
