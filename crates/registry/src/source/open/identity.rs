//! Whose rows they are: everything that decides what the rows of a table are, but
//! for the contents of its files.
//!
//! Structs are taken apart field by field, so that a new one has to be thought of.

use std::collections::BTreeSet;

use goalpost_core::config::{Duplicates, Keep};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::source::Span;

use super::file::OpenFile;
use super::sources::{Content, Sources, TableSource};
use crate::kept::{Basis, Digest, Digester, Kept};
use crate::source::bind::select::{RowRule, Why};
use crate::source::find::file::DataFile;

impl Sources {
    /// What was found out of these tables before, and is found out now.
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The files of a table; nothing for rows that a test gives, or no table.
    pub(crate) fn basis(&self, name: &TableName) -> Option<&Basis> {
        let source = self.tables.get(name)?;
        matches!(source.content, Content::Files(_)).then_some(&source.basis)
    }

    /// What is wrong with files of a table that have changed since they were opened.
    pub(crate) fn changed(&self, name: &TableName) -> Vec<Diagnostic> {
        let Some(source) = self.tables.get(name) else { return Vec::new() };
        let (Content::Files(files), changed) = (&source.content, self.kept.changed(&source.basis)) else {
            return Vec::new();
        };
        let files = files.iter().map(|open| &open.file).filter(|file| changed.contains(&file.path));
        let said = |file: &DataFile| {
            let message = format!("`{}` was changed while it was read", file.shown.name);
            let help = "run it again once it is written; figures of both states would not belong together";
            Diagnostic::error(Code::UnreadableFile, message).at(file.whole()).help(help)
        };
        files.map(said).collect()
    }

    /// What stands for how the rows of a table are read.
    pub(crate) fn read_as(&self, name: &TableName) -> Option<Digest> {
        self.tables.get(name).map(|source| *source.read_as.get_or_init(|| source.read_as()))
    }

    /// Whether one of these columns of a table is private.
    pub(crate) fn is_private(&self, name: &TableName, columns: &BTreeSet<ColumnName>) -> bool {
        let source = self.tables.get(name);
        let mut private = source.iter().flat_map(|source| &source.columns).filter(|bound| bound.private);
        private.any(|bound| columns.contains(&bound.column.name))
    }
}

impl TableSource {
    fn read_as(&self) -> Digest {
        let mut digester = Digester::new("table");
        let Self {
            name,
            columns,
            content,
            // The contents of its files are asked for apart.
            basis: _,
            read_as: _,
            format,
            on_bad_value,
            allow_empty,
            at: _,
            rows,
            preset,
            rules,
            identity,
            duplicates,
            counts_twice,
        } = self;
        digester.part(name.as_str());
        columns.iter().for_each(|bound| bound.read_as(&mut digester));
        if let Content::Files(files) = content {
            for OpenFile { file, headers, parquet: _ } in files {
                let DataFile { shown, path: _, kind, size } = file;
                digester.part(&shown.name);
                digester.printed(&(kind, size, headers));
            }
        }
        digester.printed(&(format, on_bad_value, allow_empty, rows, preset));
        for RowRule { column: bound, test, why } in rules {
            bound.read_as(&mut digester);
            digester.printed(test);
            match why {
                Why::Condition(_) => digester.part("condition"),
                Why::Gone(fate, preset) => digester.printed(&(fate, preset)),
                Why::Suspicious(fate) => digester.printed(&("suspicious", fate)),
            }
        }
        digester.printed(&(identity, counts_twice));
        match duplicates {
            Duplicates::Keep(Keep { which, by }) => {
                digester.printed(&(which, by.as_ref().map(|(name, _)| name)));
            }
            other @ (Duplicates::Error | Duplicates::Count) => digester.printed(other),
        }
        digester.finish()
    }

    /// Where the configuration says what, as messages of a table show it.
    pub(in crate::source) fn places(&self) -> impl Iterator<Item = &Span> {
        let of_rules = self.rules.iter().filter_map(|rule| match &rule.why {
            Why::Condition(at) => Some(at),
            Why::Gone(..) | Why::Suspicious(_) => None,
        });
        let by = match &self.duplicates {
            Duplicates::Keep(Keep { by: Some((_, at)), .. }) => Some(at),
            _ => None,
        };
        let mapped = self.columns.iter().filter_map(|bound| bound.mapped.as_ref());
        std::iter::once(&self.at).chain(mapped).chain(of_rules).chain(by)
    }
}
