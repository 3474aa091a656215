//! Values of dimensions as text: how rows without a value are told apart from
//! rows whose value is the very text that stands for them.
//!
//! A value is `Option<String>` wherever it is held; only here it becomes text.
//! What people read and what they write on the command line are labels
//! ([`label`]). Keys of a map in a script are [`Whom`].

use std::borrow::Cow;
use std::fmt;

/// The label of rows without a value.
pub const BLANK: &str = "(none)";

/// How a value is shown. A text that is itself the label of blank, or that label
/// in quotes, stands in (further) quotes, so that no two values look alike.
pub fn label(value: Option<&str>) -> Cow<'_, str> {
    match value {
        None => Cow::Borrowed(BLANK),
        Some(text) => quoted_like(text, &[BLANK]),
    }
}

/// The value that a label stands for; the other way round than [`label`].
pub fn of_label(label: &str) -> Option<String> {
    if label == BLANK { None } else { Some(unquoted_like(label, &[BLANK]).to_owned()) }
}

/// Whom a level of a map by segment is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// The segment with this value; `None` are rows without one.
    Segment(Option<String>),
    /// Every segment that the map does not name.
    Others,
}

impl Whom {
    /// The key of rows without a value, as scripts write null.
    const BLANK: &'static str = "()";
    /// The key of all others.
    const OTHERS: &'static str = "*";
    /// What a text has to be quoted beside.
    const WORDS: [&'static str; 2] = [Self::BLANK, Self::OTHERS];

    /// Reads the key of a map: `()` are rows without a value, `*` all others, and
    /// in quotes (`"()"`, `"*"`) those are texts like any other.
    pub fn of_key(key: &str) -> Self {
        match key {
            Self::OTHERS => Self::Others,
            Self::BLANK => Self::Segment(None),
            _ => Self::Segment(Some(unquoted_like(key, &Self::WORDS).to_owned())),
        }
    }
}

/// The key, as scripts write it.
impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Others => f.write_str(Self::OTHERS),
            Self::Segment(None) => f.write_str(Self::BLANK),
            Self::Segment(Some(text)) => f.write_str(&quoted_like(text, &Self::WORDS)),
        }
    }
}

fn quoted_like<'t>(text: &'t str, words: &[&str]) -> Cow<'t, str> {
    if is_like(text, words) { Cow::Owned(format!("\"{text}\"")) } else { Cow::Borrowed(text) }
}

fn unquoted_like<'t>(text: &'t str, words: &[&str]) -> &'t str {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.filter(|inner| is_like(inner, words)).unwrap_or(text)
}

/// Whether a text is one of the words, in any number of quotes.
fn is_like(mut text: &str, words: &[&str]) -> bool {
    while let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        text = inner;
    }
    words.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_values_have_the_same_label() {
        let values = [
            (None, "(none)"),
            (Some("(none)"), "\"(none)\""),
            (Some("\"(none)\""), "\"\"(none)\"\""),
            (Some("\"(none)"), "\"(none)"),
            (Some("\""), "\""),
            (Some(""), ""),
            (Some("none"), "none"),
            (Some("(None)"), "(None)"),
            (Some("\"EMEA\""), "\"EMEA\""),
        ];
        for (value, expected) in values {
            assert_eq!(label(value), expected);
            assert_eq!(of_label(expected).as_deref(), value);
        }
    }

    #[test]
    fn keys_of_levels_name_blank_and_all_others() {
        let keys = [
            ("()", Whom::Segment(None)),
            ("*", Whom::Others),
            ("EMEA", Whom::Segment(Some("EMEA".to_owned()))),
            ("(none)", Whom::Segment(Some("(none)".to_owned()))),
            ("\"()\"", Whom::Segment(Some("()".to_owned()))),
            ("\"*\"", Whom::Segment(Some("*".to_owned()))),
            ("\"\"*\"\"", Whom::Segment(Some("\"*\"".to_owned()))),
        ];
        for (key, expected) in keys {
            assert_eq!(Whom::of_key(key), expected);
            assert_eq!(expected.to_string(), key);
        }
    }
}
