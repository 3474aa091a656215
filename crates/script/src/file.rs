//! A script file made ready: its tokens, its documentation, Rhai's version of
//! its text, and the way back from Rhai's places to the user's.

use std::collections::BTreeSet;
use std::sync::Arc;

use goalpost_core::definition::Layer;
use goalpost_core::source::{SourceFile, Span};
use rhai::Position;

use crate::text::comments::{self, Comments};
use crate::text::rewrite::{self, Rewritten};
use crate::text::tokens::{self, Token, TokenKind};

/// A script file, read but not run.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The text as the user wrote it.
    pub(crate) source: Arc<SourceFile>,
    /// The layer it is in.
    pub(crate) layer: Layer,
    /// Its tokens.
    pub(crate) tokens: Vec<Token>,
    /// Its documentation comments.
    pub(crate) comments: Comments,
    /// What Rhai reads.
    pub(crate) rewritten: Rewritten,
}

impl File {
    /// Makes a file ready.
    pub(crate) fn new(source: &Arc<SourceFile>, layer: &Layer) -> Self {
        let text = &source.text;
        let tokens = tokens::scan(text);
        Self {
            source: Arc::clone(source),
            layer: layer.clone(),
            comments: comments::collect(text, &tokens),
            rewritten: rewrite::rewrite(text, &tokens),
            tokens,
        }
    }

    /// The user's place of a position of Rhai's: line and column.
    pub(crate) fn place(&self, position: Position) -> Option<(u32, u32)> {
        let line = u32::try_from(position.line()?).ok()?;
        let column = u32::try_from(position.position().unwrap_or(1)).ok()?.max(1);
        Some((line, self.rewritten.original_column(line, column)))
    }

    /// The span of a position of Rhai's, as long as the token there.
    pub(crate) fn span(&self, position: Position) -> Span {
        let Some((line, column)) = self.place(position) else { return Span::whole(&self.source) };
        match self.token_at(line, column) {
            Some(index) => self.token_span(index),
            None => Span::at(&self.source, line, column),
        }
    }

    /// The index of the token that covers a place.
    pub(crate) fn token_at(&self, line: u32, column: u32) -> Option<usize> {
        let after = self.tokens.partition_point(|token| (token.line, token.column) <= (line, column));
        let index = after.checked_sub(1)?;
        let token = &self.tokens[index];
        let length = token.of(&self.source.text).chars().count() as u32;
        (token.line == line && column < token.column + length).then_some(index)
    }

    /// The span of a token; of a property its name, of a text its first line.
    pub(crate) fn token_span(&self, index: usize) -> Span {
        let token = &self.tokens[index];
        // A reserved word as a column reaches Rhai as `["word"]`, at the dot.
        let index = match self.tokens.get(index + 1) {
            Some(next) if token.is(&self.source.text, ".") && next.kind == TokenKind::Word => index + 1,
            _ => index,
        };
        self.source.span(self.tokens[index].range.clone())
    }

    /// The span of a key of the map given to the call at a place, or of a key
    /// of a map inside that: `["parts", "won"]`. The longest part of the path
    /// that is written there counts.
    pub(crate) fn key_span(&self, call: &Span, path: &[&str]) -> Option<Span> {
        let text = &self.source.text;
        let start = self.token_at(call.line, call.column)?;
        let outside = self.tokens[start].depth;
        let mut depth = outside + 2;
        let mut path = path.iter().copied();
        let mut wanted = path.next()?;
        let mut found = None;
        for (index, token) in self.tokens.iter().enumerate().skip(start + 1) {
            let is_key = token.depth == depth
                && matches!(token.kind, TokenKind::Word | TokenKind::Text | TokenKind::SingleQuoted)
                && self.tokens.get(index + 1).is_some_and(|next| next.is(text, ":"));
            if is_key && token.of(text).trim_matches(['"', '\'']) == wanted {
                found = Some(self.token_span(index));
                match path.next() {
                    Some(inner) => wanted = inner,
                    None => break,
                }
                depth += 1;
            }
            let leaves_call = token.depth <= outside && token.is(text, ")");
            let leaves_map = found.is_some() && token.depth + 1 < depth;
            if leaves_call || leaves_map {
                break;
            }
        }
        found
    }

    /// The span of a key in whichever map of the call at a place has it first.
    pub(crate) fn cell_span(&self, call: &Span, column: &str) -> Option<Span> {
        let text = &self.source.text;
        let start = self.token_at(call.line, call.column)?;
        let outside = self.tokens[start].depth;
        let inside = self.tokens[start + 1..]
            .iter()
            .position(|token| token.depth <= outside && token.is(text, ")"))
            .map_or(self.tokens.len(), |end| start + 1 + end);
        let found = (start + 1..inside).find(|&index| {
            let token = &self.tokens[index];
            matches!(token.kind, TokenKind::Word | TokenKind::Text | TokenKind::SingleQuoted)
                && token.of(text).trim_matches(['"', '\'']) == column
                && self.tokens.get(index + 1).is_some_and(|next| next.is(text, ":"))
        });
        found.map(|index| self.token_span(index))
    }

    /// The span of the first argument of the call at a place.
    pub(crate) fn argument_span(&self, call: &Span) -> Option<Span> {
        let start = self.token_at(call.line, call.column)?;
        let opens = self.tokens.get(start + 1)?.is(&self.source.text, "(");
        (opens && start + 2 < self.tokens.len()).then(|| self.token_span(start + 2))
    }

    /// The fields that the function written after the key at a place asks of
    /// its argument, as far as it is written there: `|m| m.won / m.lost`.
    pub(crate) fn fields_of_function(&self, key: &Span) -> Vec<(String, Span)> {
        let text = &self.source.text;
        let Some(start) = self.token_at(key.line, key.column) else { return Vec::new() };
        let significant: Vec<usize> =
            (start..self.tokens.len()).filter(|i| self.tokens[*i].kind != TokenKind::Comment).collect();
        let token = |i: usize| significant.get(i).map(|i| &self.tokens[*i]);
        let is = |i: usize, spelling: &str| token(i).is_some_and(|token| token.is(text, spelling));
        let Some(argument) = token(3) else { return Vec::new() };
        if !(is(1, ":") && is(2, "|") && argument.kind == TokenKind::Word && is(4, "|")) {
            return Vec::new();
        }
        let depth = self.tokens[start].depth;
        let mut fields = Vec::new();
        let mut i = 5;
        while let Some(here) = token(i) {
            let ends = here.depth < depth || here.depth == depth && here.is(text, ",");
            if ends {
                break;
            }
            let is_field = here.is(text, argument.of(text))
                && !is(i - 1, ".")
                && is(i + 1, ".")
                && token(i + 2).is_some_and(|field| field.kind == TokenKind::Word)
                && !is(i + 3, "(");
            if is_field && let Some(&index) = significant.get(i + 2) {
                fields.push((self.tokens[index].of(text).to_owned(), self.token_span(index)));
            }
            i += 1;
        }
        fields
    }

    /// Whether a single `=` follows the token at a position of Rhai's.
    pub(crate) fn is_assigned(&self, position: Position) -> bool {
        let index = self.place(position).and_then(|(line, column)| self.token_at(line, column));
        index.and_then(|i| self.tokens.get(i + 1)).is_some_and(|next| next.is(&self.source.text, "="))
    }

    /// The names that the script declares anywhere.
    pub(crate) fn declared_names(&self) -> BTreeSet<String> {
        self.declarations().map(|index| self.tokens[index].of(&self.source.text).to_owned()).collect()
    }

    /// Where a name is declared first.
    pub(crate) fn declaration_of(&self, name: &str) -> Option<Span> {
        let text = &self.source.text;
        self.declarations().find(|index| self.tokens[*index].of(text) == name).map(|i| self.token_span(i))
    }

    fn declarations(&self) -> impl Iterator<Item = usize> {
        let text = &self.source.text;
        let introduces = |token: &Token| ["let", "const", "fn"].iter().any(|word| token.is(text, word));
        (1..self.tokens.len())
            .filter(move |i| self.tokens[*i].kind == TokenKind::Word && introduces(&self.tokens[*i - 1]))
    }
}
