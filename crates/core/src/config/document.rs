//! Walking a TOML document by its spans, and the problems found on the way.
//!
//! [`Section`] reads the keys of one table. It remembers which were asked for,
//! so that the keys nobody asked for are reported when it is finished, and a
//! wrong type is reported where it is found while reading goes on.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{SourceFile, Span};

/// The problems of one file, in the order they are found.
pub(super) struct Problems<'f> {
    file: &'f Arc<SourceFile>,
    found: Vec<Diagnostic>,
}

impl<'f> Problems<'f> {
    pub(super) fn of(file: &'f Arc<SourceFile>) -> Self {
        Self { file, found: Vec::new() }
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        self.file.span(range)
    }

    /// Reports an error at a range of the text.
    pub(super) fn at(&mut self, code: Code, range: Range<usize>, message: String, help: impl Into<String>) {
        let help = help.into();
        let diagnostic = Diagnostic::error(code, message).at(self.span(range));
        self.found.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// Reports a diagnostic as it is.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// The place of an error that no line is to blame for.
    pub(super) fn whole(&self) -> Span {
        Span::whole(self.file)
    }

    /// The problems in the order of the text.
    pub(super) fn sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| diagnostic.at.as_ref().map(|span| (span.line, span.column)));
        self.found
    }
}

/// One table of the document.
pub(super) struct Section<'d> {
    /// The path of its keys as messages show it; empty for the document.
    path: String,
    entries: &'d DeTable<'d>,
    range: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'d> Section<'d> {
    /// The document itself.
    pub(super) fn document(root: &'d Spanned<DeTable<'d>>) -> Self {
        Self { path: String::new(), entries: root.get_ref(), range: 0..0, asked: Vec::new() }
    }

    /// A value that must be a table.
    pub(super) fn of(
        path: String,
        value: &'d Spanned<DeValue<'d>>,
        expected: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let entries = expect(&path, value, expected, problems, DeValue::as_table)?;
        Some(Self { path, entries, range: value.span(), asked: Vec::new() })
    }

    /// Where it was written: its header, or the braces of an inline table.
    pub(super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// A key of it as messages show it.
    pub(super) fn path_of(&self, key: &str) -> String {
        let shown = if is_bare(key) { key.to_owned() } else { format!("{key:?}") };
        if self.path.is_empty() { shown } else { format!("{}.{shown}", self.path) }
    }

    /// A value of whatever type.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.get(key)
    }

    /// A string.
    pub(super) fn string(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<Spanned<&'d str>> {
        let value = self.value(key)?;
        string(&self.path_of(key), value, problems)
    }

    /// True or false.
    pub(super) fn boolean(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<bool> {
        let value = self.value(key)?;
        expect(&self.path_of(key), value, "true or false", problems, DeValue::as_bool)
    }

    /// An array of strings; those that are not are reported and left out.
    pub(super) fn strings(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<Vec<Spanned<&'d str>>> {
        let value = self.value(key)?;
        let path = self.path_of(key);
        let items = expect(&path, value, "an array of strings", problems, DeValue::as_array)?;
        let each =
            items.iter().enumerate().filter_map(|(i, item)| string(&format!("{path}[{i}]"), item, problems));
        Some(each.collect())
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
        problems: &mut Problems<'_>,
    ) -> Option<T> {
        let found = self.string(key, problems)?;
        let known = words.iter().find(|(word, _)| word == found.get_ref());
        if known.is_none() {
            let message = format!("`{}` cannot be `{}`", self.path_of(key), found.get_ref());
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let help = one_of(found.get_ref(), &words);
            problems.at(Code::ConfigValue, found.span(), message, help);
        }
        known.map(|(_, value)| *value)
    }

    /// A string with a meaning; the reading says what is wrong with it, and what to do.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems<'_>,
        parse: impl FnOnce(&'d str) -> Result<T, (&'static str, &'static str)>,
    ) -> Option<T> {
        let found = self.string(key, problems)?;
        match parse(found.get_ref()) {
            Ok(value) => Some(value),
            Err((problem, help)) => {
                let message = format!("`{}`: {:?} {problem}", self.path_of(key), found.get_ref());
                problems.at(Code::ConfigValue, found.span(), message, help);
                None
            }
        }
    }

    /// A table below this one.
    pub(super) fn section(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Section<'d>> {
        let value = self.value(key)?;
        Section::of(self.path_of(key), value, "a table", problems)
    }

    /// Its entries in the order of the text, for a table whose keys are names.
    pub(super) fn named(&self) -> Vec<(Spanned<&'d str>, &'d Spanned<DeValue<'d>>)> {
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .map(|(key, value)| (Spanned::new(key.span(), key.get_ref().as_ref()), value))
            .collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// Reports that a key is missing.
    pub(super) fn missing(&self, key: &str, problems: &mut Problems<'_>, help: impl Into<String>) {
        let message = format!("`{}` is missing", self.path_of(key));
        problems.at(Code::ConfigKey, self.range(), message, help);
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        for (key, _) in self.named() {
            if !self.asked.contains(key.get_ref()) {
                let message = format!("`{}` is not a key of the configuration", self.path_of(key.get_ref()));
                let help = one_of(key.get_ref(), &self.asked);
                problems.at(Code::ConfigKey, key.span(), message, help);
            }
        }
    }
}

/// A value that must be a string.
pub(super) fn string<'d>(
    path: &str,
    value: &'d Spanned<DeValue<'d>>,
    problems: &mut Problems<'_>,
) -> Option<Spanned<&'d str>> {
    expect(path, value, "a string", problems, DeValue::as_str).map(|text| Spanned::new(value.span(), text))
}

/// Takes a value as a type, or reports what was expected and found.
pub(super) fn expect<'d, T>(
    path: &str,
    value: &'d Spanned<DeValue<'d>>,
    expected: &str,
    problems: &mut Problems<'_>,
    take: impl FnOnce(&'d DeValue<'d>) -> Option<T>,
) -> Option<T> {
    let taken = take(value.get_ref());
    if taken.is_none() {
        let message = format!("`{path}` must be {expected}, not {}", kind(value.get_ref()));
        problems.at(Code::ConfigValue, value.span(), message, "");
    }
    taken
}

/// The help for a word that is none of a few: the one most likely meant, and
/// all of them in their order.
pub(super) fn one_of(written: &str, words: &[&str]) -> String {
    let lower = written.to_lowercase();
    let begins = || words.iter().copied().find(|word| lower.len() > 2 && word.starts_with(&lower));
    let known = words.join(", ");
    match nearest(written, words.iter().copied()).or_else(begins) {
        Some(near) => format!("did you mean `{near}`? known: {known}"),
        None => format!("known: {known}"),
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Whether TOML lets a key stand without quotes.
fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Names may be any text that a script and a dimension's path can hold:
/// `table("odd name")` and `t["Odd name"]` serve those that are no identifiers.
pub(super) fn check_name(what: &str, name: &Spanned<&str>, problems: &mut Problems<'_>) {
    let written = *name.get_ref();
    let problem = if written.is_empty() {
        "is empty"
    } else if written.trim() != written {
        "begins or ends with white space"
    } else if written.contains('.') {
        "holds a dot, which separates the names of a path"
    } else if written.chars().any(|c| c.is_control() || c == '"') {
        "holds a quote or a control character"
    } else {
        return;
    };
    problems.at(Code::ConfigValue, name.span(), format!("the {what} name {written:?} {problem}"), "");
}
