//! The command line as a text that diagnostics can point into.
//!
//! A bad date in `--from` is shown where it was written, like a bad date in a
//! script. Only places are kept here; what the words mean is `args`.

use std::ffi::OsString;
use std::sync::Arc;

use goalpost_core::source::{SourceFile, Span};

/// The words of the command line with their places.
pub(crate) struct CommandLine {
    file: Arc<SourceFile>,
    words: Vec<(String, std::ops::Range<usize>)>,
}

impl CommandLine {
    /// Writes the words as one line, the program's name first, quoted as a shell would need it.
    pub(crate) fn new(arguments: &[OsString]) -> Self {
        let mut text = "goalpost".to_owned();
        let mut words = Vec::new();
        for argument in arguments {
            let word = argument.to_string_lossy().into_owned();
            let quoted = if needs_quotes(&word) { format!("'{word}'") } else { word.clone() };
            let inside = usize::from(quoted.len() > word.len());
            text.push(' ');
            let start = text.len() + inside;
            words.push((word.clone(), start..start + word.len()));
            text.push_str(&quoted);
        }
        Self { file: SourceFile::new("command line", text), words }
    }

    /// The value of an option, `--from X` or `--from=X`; the nth of those given.
    pub(crate) fn option(&self, name: &str, nth: usize) -> Option<Span> {
        let mut found = 0;
        for (index, (word, range)) in self.words.iter().enumerate() {
            let place = if word == name {
                self.words.get(index + 1).map(|(_, value)| value.clone())
            } else if word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')) {
                Some(range.start + name.len() + 1..range.end)
            } else {
                continue;
            };
            if found == nth {
                return place.map(|range| self.file.span(range));
            }
            found += 1;
        }
        None
    }

    /// The first word that reads like this and follows the command's name.
    pub(crate) fn word(&self, text: &str) -> Option<Span> {
        self.words
            .iter()
            .skip(1)
            .find(|(word, _)| word == text)
            .map(|(_, range)| self.file.span(range.clone()))
    }
}

fn needs_quotes(word: &str) -> bool {
    word.is_empty() || !word.chars().all(|c| c.is_alphanumeric() || "-_./=,:@%+".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_in_both_spellings() {
        let words = ["run", "churn*", "--from", "2026-13-01", "--param=a=1", "--param", "b=x y"];
        let line = CommandLine::new(&words.map(OsString::from));
        assert_eq!(line.file.text, "goalpost run 'churn*' --from 2026-13-01 --param=a=1 --param 'b=x y'");
        let shown = |span: Option<Span>| {
            span.map(|span| {
                let text = line.file.text.chars();
                text.skip(span.column as usize - 1).take(span.length as usize).collect::<String>()
            })
        };
        assert_eq!(shown(line.option("--from", 0)).as_deref(), Some("2026-13-01"));
        assert_eq!(shown(line.option("--param", 0)).as_deref(), Some("a=1"));
        assert_eq!(shown(line.option("--param", 1)).as_deref(), Some("b=x y"));
        assert_eq!(shown(line.option("--to", 0)), None);
        assert_eq!(shown(line.word("churn*")).as_deref(), Some("churn*"));
    }
}
