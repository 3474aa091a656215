//! Documentation comments: `///` above a statement, `//!` for the file.

use super::tokens::{Token, TokenKind};

/// The documentation comments of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comments {
    /// The `//!` lines, joined.
    pub(crate) file: String,
    /// Blocks of `///` lines, in order.
    blocks: Vec<Block>,
    /// Where statements that declare something stand, in order.
    declarations: Vec<(u32, u32)>,
}

#[derive(Clone, Debug)]
struct Block {
    last_line: u32,
    text: String,
}

/// Statements that take the documentation above them for themselves.
const DECLARATIONS: [&str; 3] = ["metric", "goal", "test"];

/// Collects the documentation comments of a file.
pub(crate) fn collect(text: &str, tokens: &[Token]) -> Comments {
    let mut comments = Comments::default();
    let mut file: Vec<String> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Comment => {
                let is_first = index == 0 || tokens[index - 1].line < token.line;
                let is_between_statements = matches!(token.within, None | Some('{'));
                if !is_first || !is_between_statements {
                    continue;
                }
                let comment = token.of(text);
                if let Some(line) = comment.strip_prefix("//!") {
                    file.push(line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned());
                } else if let Some(line) = comment.strip_prefix("///").filter(|rest| !rest.starts_with('/')) {
                    let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
                    match comments.blocks.last_mut().filter(|block| block.last_line + 1 == token.line) {
                        Some(block) => {
                            block.text.push('\n');
                            block.text.push_str(line);
                            block.last_line = token.line;
                        }
                        None => {
                            comments.blocks.push(Block { last_line: token.line, text: line.to_owned() });
                        }
                    }
                }
            }
            TokenKind::Word
                if DECLARATIONS.contains(&token.of(text))
                    && tokens.get(index + 1).is_some_and(|next| next.is(text, "(")) =>
            {
                comments.declarations.push((token.line, token.column));
            }
            _ => {}
        }
    }
    comments.file = file.join("\n").trim().to_owned();
    comments
}

impl Comments {
    /// The documentation of a declaration at a place: the nearest block above
    /// it with no other declaration in between, else the file's.
    pub(crate) fn of(&self, line: u32, column: u32) -> &str {
        let block = self.blocks.iter().rev().find(|block| block.last_line < line);
        let is_taken = |block: &Block| {
            self.declarations
                .iter()
                .any(|&(l, c)| (block.last_line, u32::MAX) < (l, c) && (l, c) < (line, column))
        };
        match block {
            Some(block) if !is_taken(block) => block.text.trim(),
            _ => &self.file,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::scan;
    use super::*;

    #[test]
    fn the_nearest_block_above_belongs_to_the_metric() {
        let text = "//! The file.\n\n/// One.\n///\n/// More.\nlet a = 1;\n\nmetric(\"a\", x);\nmetric(\"b\", x);\n\n/// Three.\nfor i in l {\n    metric(\"c\", x);\n}\n";
        let comments = collect(text, &scan(text));
        assert_eq!(comments.of(8, 1), "One.\n\nMore.");
        assert_eq!(comments.of(9, 1), "The file.");
        assert_eq!(comments.of(13, 5), "Three.");
        assert_eq!(comments.of(1, 1), "The file.");
    }

    #[test]
    fn four_slashes_are_no_documentation() {
        let text = "//// no\nmetric(1);";
        assert_eq!(collect(text, &scan(text)).of(2, 1), "");
    }
}
