//! Hints for what cannot be read: keyed on the text near the place, because
//! that is where habits from SQL, spreadsheets and other languages show.

use goalpost_core::diagnostic::{Code, Diagnostic};
use rhai::{LexError, ParseErrorType, Position};

use crate::file::File;
use crate::host::Host;
use crate::names;
use crate::text::tokens::{Token, TokenKind};

/// The diagnostic of a text that Rhai cannot read.
pub(crate) fn parse_problem(
    host: &Host,
    file: &File,
    problem: &ParseErrorType,
    position: Position,
) -> Diagnostic {
    match problem {
        ParseErrorType::VariableUndefined(name) => return names::unknown(host, file, name, position),
        ParseErrorType::ModuleUndefined(name) => {
            return Diagnostic::error(Code::UnknownName, format!("nothing is imported as `{name}`"))
                .at(file.span(position))
                .help("write import \"other\" as other; at the top");
        }
        ParseErrorType::VariableExists(name) | ParseErrorType::ForbiddenVariable(name) => {
            return names::taken(host, file, name, position);
        }
        _ => {}
    }
    let code = match problem {
        ParseErrorType::ExprTooDeep
        | ParseErrorType::TooManyFunctions
        | ParseErrorType::LiteralTooLarge(..) => Code::ScriptLimit,
        _ => Code::ScriptSyntax,
    };
    let near = Near::new(file, position);
    if let Some((message, help, index)) = near.as_ref().and_then(Near::hint) {
        return Diagnostic::error(Code::ScriptSyntax, message).at(file.token_span(index)).help(help);
    }
    let error = |message: String| Diagnostic::error(code, message).at(file.span(position));
    match problem {
        ParseErrorType::MissingToken(token, _) if token == ";" => {
            let at = near.and_then(|near| near.before(1)).map(|index| file.token_span(index));
            Diagnostic::error(code, "a `;` is missing after this")
                .at(at.unwrap_or_else(|| file.span(position)))
                .help("end every statement with a semicolon")
        }
        ParseErrorType::BadInput(LexError::UnterminatedString) => unclosed_text(file, position),
        ParseErrorType::DuplicatedProperty(key) => error(format!("the key `{key}` is written twice")),
        ParseErrorType::ExprTooDeep => error("this expression is nested too deeply".to_owned())
            .help("name its parts with let, and use `in [..]` instead of long chains of `or`"),
        other => unbalanced(file).unwrap_or_else(|| error(lowered(&other.to_string()))),
    }
}

/// The first bracket that is not closed, or closes nothing. Rhai complains where
/// it gives up, which may be far from it.
fn unbalanced(file: &File) -> Option<Diagnostic> {
    let text = &file.source.text;
    let error = |index: usize, message: String| {
        Diagnostic::error(Code::ScriptSyntax, message).at(file.token_span(index))
    };
    let mut open: Vec<(usize, &str, &str)> = Vec::new();
    for (index, token) in file.tokens.iter().enumerate() {
        let bracket = token.of(text);
        match (token.kind, bracket) {
            // What closes a `${` belongs to the text around it.
            (TokenKind::Symbol, "${") => return None,
            (TokenKind::Symbol, "(") => open.push((index, bracket, ")")),
            (TokenKind::Symbol, "[" | "?[") => open.push((index, bracket, "]")),
            (TokenKind::Symbol, "{" | "#{") => open.push((index, bracket, "}")),
            (TokenKind::Symbol, ")" | "]" | "}") => match open.pop() {
                None => {
                    return Some(error(index, format!("`{bracket}` closes nothing")).help("remove it"));
                }
                Some((_, _, closing)) if closing == bracket => {}
                Some((opened, opening, closing)) => {
                    let problem = error(opened, format!("`{opening}` is not closed"));
                    let problem = problem.related(file.token_span(index), format!("`{bracket}` comes first"));
                    return Some(problem.help(format!("close it with `{closing}`")));
                }
            },
            _ => {}
        }
    }
    let (opened, opening, closing) = open.pop()?;
    Some(error(opened, format!("`{opening}` is never closed")).help(format!("close it with `{closing}`")))
}

/// A text whose quote is not closed on its line.
fn unclosed_text(file: &File, position: Position) -> Diagnostic {
    let line = file.place(position).map_or(u32::MAX, |(line, _)| line);
    let is_open = |token: &&Token| {
        let text = token.of(&file.source.text);
        token.kind == TokenKind::Text && (text.len() < 2 || !text.ends_with('"'))
            || token.kind == TokenKind::Template && !text.ends_with(['`', '{'])
    };
    let opened = file.tokens.iter().filter(|token| token.line <= line).rfind(is_open);
    let at = opened.map_or_else(|| file.span(position), |token| file.source.span(token.range.clone()));
    Diagnostic::error(Code::ScriptSyntax, "this text is not closed")
        .at(at)
        .help("close it with the same quote on the same line; a text in backticks may go over several")
}

/// The tokens around a place.
struct Near<'a> {
    file: &'a File,
    /// Indices of the tokens that are no comments.
    tokens: Vec<usize>,
    /// The index in `tokens` of the token at or after the place.
    here: usize,
}

impl<'a> Near<'a> {
    fn new(file: &'a File, position: Position) -> Option<Self> {
        let tokens: Vec<usize> =
            (0..file.tokens.len()).filter(|i| file.tokens[*i].kind != TokenKind::Comment).collect();
        let (line, column) = file.place(position).unwrap_or((u32::MAX, 1));
        let here = tokens.iter().position(|i| {
            let token = &file.tokens[*i];
            let width = token.of(&file.source.text).chars().count() as u32;
            (token.line, token.column + width.max(1)) > (line, column)
        });
        Some(Self { file, here: here.unwrap_or(tokens.len()), tokens })
    }

    fn before(&self, count: usize) -> Option<usize> {
        self.here.checked_sub(count).and_then(|i| self.tokens.get(i)).copied()
    }

    fn token(&self, offset: isize) -> Option<(&'a Token, usize)> {
        let index = *self.tokens.get(self.here.checked_add_signed(offset)?)?;
        Some((&self.file.tokens[index], index))
    }

    fn text(&self, offset: isize) -> &'a str {
        self.token(offset).map_or("", |(token, _)| token.of(&self.file.source.text))
    }

    /// A message, a help and the token to blame.
    fn hint(&self) -> Option<(String, String, usize)> {
        (-2..=1).find_map(|offset| self.hint_at(offset)).or_else(|| self.foreign_function())
    }

    /// `function(a) { … }` and the like, of which Rhai understands the start.
    fn foreign_function(&self) -> Option<(String, String, usize)> {
        (-8..=0).find_map(|offset| {
            let (token, index) = self.token(offset)?;
            let word = self.text(offset);
            let is_one = token.kind == TokenKind::Word && matches!(word, "function" | "lambda" | "def");
            is_one.then(|| {
                (format!("`{word}` does not make a function"), "write |a, b| a + b".to_owned(), index)
            })
        })
    }

    fn hint_at(&self, offset: isize) -> Option<(String, String, usize)> {
        let (token, index) = self.token(offset)?;
        let word = self.text(offset);
        let (before, after) = (self.text(offset - 1), self.text(offset + 1));
        let found = |message: &str, help: &str| Some((message.to_owned(), help.to_owned(), index));
        if token.kind == TokenKind::Text && word.contains('\\') && offset == 0 {
            return found(
                "this text holds a `\\` that means nothing",
                "write patterns and paths in backticks: `\\d+`",
            );
        }
        if !matches!(token.kind, TokenKind::Symbol | TokenKind::Word) {
            return None;
        }
        match word {
            "<" if after == ">" => found("`<>` is not an operator here", "write `!=`"),
            "===" => found("`===` is not an operator here", "write `==`"),
            "!==" => found("`!==` is not an operator here", "write `!=`"),
            ":=" => found("`:=` is not an operator here", "write `=` in a `let`, `:` in a map"),
            "?" => found(
                "`? :` is not a form of the language",
                "write if condition { a } else { b }, or when(condition, a).otherwise(b) for a column",
            ),
            "%" if self.token(offset - 1).is_some_and(|(t, _)| t.kind == TokenKind::Number)
                && matches!(after, "" | "," | ";" | ")" | "]" | "}") =>
            {
                found("a percentage is a fraction here", &format!("write {before}.percent"))
            }
            "=" if offset >= -1 && !matches!(before, "") => self.equals_sign(token, index),
            "elif" | "elsif" | "elseif" => found("`elif` is not a word of the language", "write `else if`"),
            "switch" => found(
                "`switch` is not available: on a column it would silently take the default",
                "write when(condition, value).when(…).otherwise(value) for a column, if … else if … for a value",
            ),
            "eval" | "print" | "debug" | "try" | "catch" | "Fn" if offset == 0 => found(
                &format!("`{word}` is not available in scripts"),
                "scripts declare; they do nothing else",
            ),
            "is" if offset >= -1 => found("`is` is not an operator here", "write `== null` or `!= null`"),
            "return" if offset == 0 => {
                found("`return` outside of a function", "leave it out; the whole file is read")
            }
            _ => None,
        }
    }

    /// A single `=` where a comparison or a key is meant.
    fn equals_sign(&self, token: &Token, index: usize) -> Option<(String, String, usize)> {
        let text = &self.file.source.text;
        let opener = self.file.tokens[..index]
            .iter()
            .rev()
            .find(|other| other.depth < token.depth && matches!(other.of(text), "(" | "[" | "{" | "#{"))?;
        let (message, help) = match opener.of(text) {
            "#{" => ("a key of a map is followed by `:`", "write key: value"),
            "(" | "[" => ("`=` does not compare", "write `==` to compare"),
            _ => return None,
        };
        Some((message.to_owned(), help.to_owned(), index))
    }
}

fn lowered(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => "this cannot be read".to_owned(),
    }
}
