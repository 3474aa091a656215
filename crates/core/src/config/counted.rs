//! Which rows of a table count: what identifies one, what happens with a second
//! of the same key, and what is left out on purpose.
//!
//! Only the form is checked here. Whether a column is there, and whether a value
//! is of its type, is found by who reads the data.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::document::{Problems, Section, check_name, expect, string};
use super::{Duplicates, Keep, RowCondition, RowTest, Which, general};
use crate::diagnostic::Code;
use crate::expr::Literal;
use crate::name::ColumnName;
use crate::source::Span;

/// The columns of `key`: one name, or several that identify a row together.
pub(super) fn key(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<(ColumnName, Span)> {
    let path = section.path_of("key");
    let Some(value) = section.value("key") else { return Vec::new() };
    let written = match value.get_ref() {
        DeValue::Array(items) => {
            let items = items.iter().enumerate();
            items.filter_map(|(i, item)| string(&format!("{path}[{i}]"), item, problems)).collect()
        }
        _ => Vec::from_iter(string(&path, value, problems)),
    };
    let mut names: Vec<(ColumnName, Span)> = Vec::new();
    for name in written {
        check_name("column", &name, problems);
        let column = ColumnName::from(*name.get_ref());
        if names.iter().any(|(known, _)| *known == column) {
            let message = format!("`{path}` names `{column}` twice");
            problems.at(Code::ConfigValue, name.span(), message, "remove one of them");
        }
        names.push((column, problems.span(name.span())));
    }
    names
}

/// What happens with rows whose key another row has: `duplicates` and `keep`.
pub(super) fn duplicates(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Duplicates {
    let words = [("error", Duplicates::Error), ("count", Duplicates::Count)];
    let written = section.value("duplicates").map(Spanned::span);
    let said = match section.string("duplicates", problems) {
        Some(word) => words.iter().find(|(known, _)| known == word.get_ref()).map(|(_, said)| said.clone()),
        None => None,
    };
    if said.is_none()
        && let Some(range) = written.clone()
    {
        let help = "write \"error\" (each key once), or \"count\" (rows are events, and each counts); \
                    `keep = \"last\"` keeps one row of each key";
        let message = format!("`{}` is \"error\" or \"count\"", section.path_of("duplicates"));
        problems.at(Code::ConfigValue, range, message, help);
    }
    let Some(value) = section.value("keep") else { return said.unwrap_or_default() };
    if written.is_some() {
        let message = format!("`{}` goes without `duplicates`", section.path_of("keep"));
        problems.at(Code::ConfigValue, value.span(), message, "remove one of them");
    }
    keep(&section.path_of("keep"), value, problems).map_or_else(Duplicates::default, Duplicates::Keep)
}

const KEEP: &str = "write \"first\" or \"last\" (in the order of the files), \
                    or `{ last = \"updated_at\" }` (by a column)";

fn keep(path: &str, value: &Spanned<DeValue<'_>>, problems: &mut Problems<'_>) -> Option<Keep> {
    let which = |word: &str| match word {
        "first" => Some(Which::First),
        "last" => Some(Which::Last),
        _ => None,
    };
    let found = match value.get_ref() {
        DeValue::String(word) => which(word).map(|which| Keep { which, by: None }),
        DeValue::Table(entries) if entries.len() == 1 => entries.iter().next().and_then(|(word, column)| {
            let by = ColumnName::from(column.get_ref().as_str()?);
            Some(Keep { which: which(word.get_ref())?, by: Some((by, problems.span(column.span()))) })
        }),
        _ => None,
    };
    if found.is_none() {
        problems.at(
            Code::ConfigValue,
            value.span(),
            format!("`{path}` does not say which row is kept"),
            KEEP,
        );
    }
    found
}

const TEST: &str =
    "a value, a list of values, or one of { not = … }, { blank = true }, { at_least = …, below = … }";

/// The conditions of `where`, in the order of the text.
pub(super) fn conditions(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<RowCondition> {
    let Some(conditions) = section.section("where", problems) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in conditions.named() {
        check_name("column", &name, problems);
        let path = conditions.path_of(name.get_ref());
        if let Some(test) = test(&path, value, problems) {
            let at = problems.span(name.span());
            found.push(RowCondition { column: ColumnName::from(*name.get_ref()), test, at });
        }
    }
    found
}

fn test(path: &str, value: &Spanned<DeValue<'_>>, problems: &mut Problems<'_>) -> Option<RowTest> {
    let DeValue::Table(_) = value.get_ref() else {
        return values(path, value, problems).map(RowTest::OneOf);
    };
    let mut section = Section::of(path.to_owned(), value, TEST, problems)?;
    let not = section.value("not").map(|not| values(&section.path_of("not"), not, problems));
    let blank = section.boolean("blank", problems);
    let at_least = level(&mut section, "at_least", problems);
    let below = level(&mut section, "below", problems);
    let range = section.range();
    section.finish(problems);
    let mut said = Vec::new();
    said.extend(not.map(|not| not.map(RowTest::NoneOf)));
    said.extend(blank.map(|blank| Some(if blank { RowTest::Blank } else { RowTest::Filled })));
    if at_least.is_some() || below.is_some() {
        said.push(Some(RowTest::Range { at_least, below }));
    }
    match <[Option<RowTest>; 1]>::try_from(said) {
        Ok([test]) => test,
        Err(_) => {
            problems.at(Code::ConfigValue, range, format!("`{path}` does not say one thing"), TEST);
            None
        }
    }
}

/// A value, or several.
fn values(
    path: &str,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems<'_>,
) -> Option<Vec<(Literal, Span)>> {
    let DeValue::Array(_) = value.get_ref() else {
        return literal(path, value.get_ref(), value.span(), problems).map(|value| vec![value]);
    };
    let items = expect(path, value, TEST, problems, DeValue::as_array)?;
    if items.is_empty() {
        let message = format!("`{path}` is an empty list, so that no row would count");
        problems.at(Code::ConfigValue, value.span(), message, "name the values of the rows that count");
        return None;
    }
    let each = items
        .iter()
        .enumerate()
        .filter_map(|(i, item)| literal(&format!("{path}[{i}]"), item.get_ref(), item.span(), problems));
    Some(each.collect())
}

fn level(
    section: &mut Section<'_>,
    key: &'static str,
    problems: &mut Problems<'_>,
) -> Option<(Literal, Span)> {
    let path = section.path_of(key);
    let value = section.value(key)?;
    literal(&path, value.get_ref(), value.span(), problems)
}

fn literal(
    path: &str,
    value: &DeValue<'_>,
    range: Range<usize>,
    problems: &mut Problems<'_>,
) -> Option<(Literal, Span)> {
    let span = problems.span(range.clone());
    general::literal(path, value, range, problems).map(|literal| (literal, span))
}
