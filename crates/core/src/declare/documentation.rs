//! The comment above a metric, taken apart: what it is, and labelled parts.
//!
//! A comment is free text. Where lines begin with `- Label: …`, as those of the
//! built-in metrics do, the parts can be shown under headings of their own.
//! Nothing is lost: what has no label belongs to what stands before it.

/// A comment in its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documentation {
    /// What stands before the first label: paragraphs and list items.
    pub summary: Vec<String>,
    /// The labelled parts, in their order.
    pub parts: Vec<Part>,
}

/// A labelled part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The label as written: `Edge cases`, `Example (S0)`.
    pub label: String,
    /// Its paragraphs and list items.
    pub text: Vec<String>,
}

/// Longest label.
const LABEL: usize = 30;

impl Documentation {
    /// Takes a comment apart. Lines of a paragraph are joined; a list item is a
    /// paragraph that begins with `- `.
    pub fn parse(text: &str) -> Self {
        let mut documentation = Self::default();
        let mut begins = true;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.is_empty() {
                begins = true;
                continue;
            }
            if let Some((label, rest)) = labelled(trimmed) {
                let text = if rest.is_empty() { Vec::new() } else { vec![rest.to_owned()] };
                begins = text.is_empty();
                documentation.parts.push(Part { label: label.to_owned(), text });
                continue;
            }
            let paragraphs = match documentation.parts.last_mut() {
                Some(part) => &mut part.text,
                None => &mut documentation.summary,
            };
            match paragraphs.last_mut().filter(|_| !begins && !trimmed.starts_with("- ")) {
                Some(paragraph) => {
                    paragraph.push(' ');
                    paragraph.push_str(trimmed);
                }
                None => paragraphs.push(trimmed.to_owned()),
            }
            begins = false;
        }
        documentation
    }

    /// The first part whose label begins with this word, in whatever case:
    /// `example` finds `Example (S0)`, `guide` finds `Guides`.
    pub fn part(&self, word: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.is(word))
    }

    /// The first sentence of the summary.
    pub fn first_sentence(&self) -> &str {
        let first = self.summary.first().map_or("", String::as_str);
        first.find(". ").map_or(first, |end| &first[..=end])
    }
}

impl Part {
    /// Whether the label begins with this word, in whatever case.
    pub fn is(&self, word: &str) -> bool {
        self.label.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    }
}

/// The label of a line `- Label: rest`, and the rest.
fn labelled(line: &str) -> Option<(&str, &str)> {
    let (label, rest) = line.strip_prefix("- ")?.split_once(':')?;
    let is_label = label.len() <= LABEL
        && label.starts_with(|first: char| first.is_uppercase())
        && label.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '(' | ')' | ',' | '-'));
    is_label.then_some((label.trim(), rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_has_a_summary_and_parts() {
        let found = Documentation::parse(
            "The share of won deals. Open ones do not\ncount.\n\n- Formula: won ÷\n  ended.\n- Example (S0): 1 of 2:\n  50 %.\n\nAnd a note.\n",
        );
        assert_eq!(found.summary, ["The share of won deals. Open ones do not count."]);
        assert_eq!(found.first_sentence(), "The share of won deals.");
        let parts: Vec<(&str, Vec<&str>)> = found
            .parts
            .iter()
            .map(|part| (part.label.as_str(), part.text.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            parts,
            [("Formula", vec!["won ÷ ended."]), ("Example (S0)", vec!["1 of 2: 50 %.", "And a note."])]
        );
        assert_eq!(found.part("example").map(|part| part.label.as_str()), Some("Example (S0)"));
        assert_eq!(found.part("guide"), None);
    }

    #[test]
    fn free_text_stays_whole() {
        let found = Documentation::parse("Points:\n- one: not a label\n- https://example.org\n  goes on");
        assert_eq!(found.summary, ["Points:", "- one: not a label", "- https://example.org goes on"]);
        assert!(found.parts.is_empty());
        assert_eq!(Documentation::parse(""), Documentation::default());
    }
}
