//! What reading a table has said: everything but its rows.
//!
//! It is kept from one run to the next, so that a table of which nothing is asked
//! that was not asked before need not be read to say the same. Places come back as
//! places of the files of this run, which the configuration quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goalpost_core::diagnostic::{Code, Diagnostic, Severity};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::source::{SourceFile, Span};
use serde_json::{Value, json};

use crate::kept::{Digest, Digester};
use crate::source::open::sources::{Content, Sources, TableSource};

/// What reading some columns of a table has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// How many rows it has.
    pub(crate) rows: Option<u64>,
    /// The column that no two rows share a value of, where that was looked at.
    pub(crate) unique: Option<ColumnName>,
    /// How many cells could not be read and are null, by column.
    pub(crate) bad_cells: BTreeMap<ColumnName, u64>,
    /// Columns of which a row may lack the value.
    pub(crate) lacking: BTreeSet<ColumnName>,
    /// How many of its rows have no key, where it has one.
    pub(crate) keyless: u64,
    /// What is odd about it.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The types of its columns in the engine, as texts.
    pub(crate) types: BTreeMap<ColumnName, String>,
}

impl Sources {
    /// What reading these columns of a table said in an earlier run.
    pub(crate) fn known_said(&self, name: &TableName, wanted: &BTreeSet<ColumnName>) -> Option<Said> {
        let (source, question) = self.asks(name, wanted)?;
        let bytes = self.kept().get(&question, &source.basis)?;
        source.said_in(&serde_json::from_slice(&bytes).ok()?)
    }

    /// Keeps what reading these columns of a table has said.
    pub(crate) fn keep_said(&self, name: &TableName, wanted: &BTreeSet<ColumnName>, said: &Said) {
        let Some((source, question)) = self.asks(name, wanted) else { return };
        // What messages quote of private cells is hidden in them, but not all that they conclude.
        let is_quoted = !said.warnings.is_empty() && source.has_private(wanted);
        if is_quoted && !self.kept().keeps_private() {
            return;
        }
        let text = written(said);
        // A place that would not come back keeps all of it from being kept.
        if source.said_in(&text).as_ref() == Some(said) {
            self.kept().keep(question, &source.basis, text.to_string().into_bytes());
        }
    }

    fn asks(&self, name: &TableName, wanted: &BTreeSet<ColumnName>) -> Option<(&TableSource, Digest)> {
        if !self.kept().is_on() {
            return None;
        }
        let source = self.tables.get(name)?;
        self.basis(name)?;
        let mut digester = Digester::of_program("said");
        digester.digest(&self.read_as(name)?);
        digester.printed(wanted);
        for Span { file, line, column, length } in source.places() {
            digester.printed(&(&file.name, line, column, length));
        }
        Some((source, digester.finish()))
    }
}

impl TableSource {
    /// Whether one of these columns, or one that decides which rows there are, is private.
    fn has_private(&self, wanted: &BTreeSet<ColumnName>) -> bool {
        let decides = |name: &ColumnName| {
            self.identity.contains(name) || self.rules.iter().any(|rule| rule.column.column.name == *name)
        };
        let mut private = self.columns.iter().filter(|bound| bound.private).map(|bound| &bound.column.name);
        private.any(|name| wanted.contains(name) || decides(name))
    }

    /// What a text says; nothing where it says something that this run has no place for.
    fn said_in(&self, text: &Value) -> Option<Said> {
        let name = |text: &str| ColumnName::from(text);
        let bad_cells = text.get("bad_cells")?.as_object()?.iter();
        let types = text.get("types")?.as_object()?.iter();
        let lacking = text.get("lacking")?.as_array()?.iter();
        let warnings = text.get("warnings")?.as_array()?.iter();
        Some(Said {
            rows: optional(text.get("rows")?, Value::as_u64)?,
            unique: optional(text.get("unique")?, Value::as_str)?.map(name),
            bad_cells: bad_cells
                .map(|(column, count)| Some((name(column), count.as_u64()?)))
                .collect::<Option<_>>()?,
            lacking: lacking.map(|column| column.as_str().map(name)).collect::<Option<_>>()?,
            keyless: text.get("keyless")?.as_u64()?,
            warnings: warnings.map(|found| self.diagnostic(found)).collect::<Option<_>>()?,
            types: types
                .map(|(column, ty)| Some((name(column), ty.as_str()?.to_owned())))
                .collect::<Option<_>>()?,
        })
    }

    fn diagnostic(&self, text: &Value) -> Option<Diagnostic> {
        let string = |key: &str| text.get(key)?.as_str().map(str::to_owned);
        let (code, severity) = (string("code")?, string("severity")?);
        let related = text.get("related")?.as_array()?.iter();
        Some(Diagnostic {
            code: Code::ALL.iter().copied().find(|known| known.name() == code)?,
            severity: SEVERITIES.into_iter().find(|known| format!("{known:?}") == severity)?,
            message: string("message")?,
            at: match text.get("at")? {
                Value::Null => None,
                at => Some(self.span(at)?),
            },
            label: string("label")?,
            related: related
                .map(|related| Some((self.span(related.get(0)?)?, related.get(1)?.as_str()?.to_owned())))
                .collect::<Option<_>>()?,
            help: optional(text.get("help")?, Value::as_str)?.map(str::to_owned),
        })
    }

    fn span(&self, text: &Value) -> Option<Span> {
        let number = |place: usize| u32::try_from(text.get(place)?.as_u64()?).ok();
        let file = self.file(text.get(0)?.as_str()?)?;
        Some(Span { file, line: number(1)?, column: number(2)?, length: number(3)? })
    }

    /// A file that messages of this table can be about.
    fn file(&self, name: &str) -> Option<Arc<SourceFile>> {
        if self.at.file.name == name {
            return Some(Arc::clone(&self.at.file));
        }
        let Content::Files(files) = &self.content else { return None };
        let found = files.iter().find(|open| open.file.shown.name == name);
        found.map(|open| Arc::clone(&open.file.shown))
    }
}

const SEVERITIES: [Severity; 3] = [Severity::Note, Severity::Warning, Severity::Error];

/// A value that may be absent: nothing where it is of another kind.
fn optional<'v, T>(value: &'v Value, read: impl FnOnce(&'v Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

fn written(said: &Said) -> Value {
    let Said { rows, unique, bad_cells, lacking, keyless, warnings, types } = said;
    let bad_cells: BTreeMap<&str, u64> =
        bad_cells.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    let types: BTreeMap<&str, &String> = types.iter().map(|(name, ty)| (name.as_str(), ty)).collect();
    json!({
        "rows": rows,
        "unique": unique.as_ref().map(ColumnName::as_str),
        "bad_cells": bad_cells,
        "types": types,
        "lacking": lacking.iter().map(ColumnName::as_str).collect::<Vec<_>>(),
        "keyless": keyless,
        "warnings": warnings.iter().map(diagnostic).collect::<Vec<_>>(),
    })
}

fn diagnostic(found: &Diagnostic) -> Value {
    let Diagnostic { code, severity, message, at, label, related, help } = found;
    json!({
        "code": code.name(),
        "severity": format!("{severity:?}"),
        "message": message,
        "at": at.as_ref().map(span),
        "label": label,
        "related": related.iter().map(|(at, label)| json!([span(at), label])).collect::<Vec<_>>(),
        "help": help,
    })
}

fn span(at: &Span) -> Value {
    let Span { file, line, column, length } = at;
    json!([file.name, line, column, length])
}
