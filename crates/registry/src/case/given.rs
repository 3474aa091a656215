//! Whether the columns that a test gives are columns of anything.
//!
//! A misspelt name in a row would give a column that nothing reads, and the
//! test would show something else than it says. Known are the columns of the
//! project's data, those of its configuration and of the catalogue, and those
//! that the scripts use: a test may give what the data does not have yet.

use std::collections::{BTreeMap, BTreeSet};

use goalpost_core::case::Fixture;
use goalpost_core::config::{self, Config, ReferenceOutline};
use goalpost_core::definition::Definitions;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner, Relation, RelationSource};
use goalpost_core::goal::Level;
use goalpost_core::measure::{Measure, MeasureKind};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::Schema;

/// An error for each unknown column that rows of a test have.
///
/// `data` is the project's data; `config` has the canonical tables beside its own.
pub(super) fn unknown_columns(
    fixtures: &[Fixture],
    definitions: &Definitions,
    data: &Schema,
    config: &Config,
) -> Vec<Diagnostic> {
    let mut used = Used { references: BTreeMap::new(), columns: BTreeMap::new(), words: BTreeSet::new() };
    used.expected(config);
    used.definitions(definitions);
    for table in data.tables.values() {
        let columns = table.columns.iter().map(|column| column.name.clone());
        used.columns.entry(table.name.clone()).or_default().extend(columns);
    }
    let none = BTreeSet::new();
    let mut problems = Vec::new();
    for fixture in fixtures {
        let known = used.columns.get(&fixture.table).unwrap_or(&none);
        for (name, column) in &fixture.columns {
            if known.contains(name) || used.words.contains(name.as_str()) {
                continue;
            }
            let message = format!(
                "row {} gives `{}.{name}`, and neither the table nor a script has such a column",
                column.row + 1,
                fixture.table
            );
            problems.push(
                Diagnostic::error(Code::UnknownColumn, message)
                    .at(column.at.clone())
                    .help(did_you_mean(name.as_str(), known.iter().map(ColumnName::as_str))),
            );
        }
    }
    problems
}

/// Columns that scripts use.
struct Used {
    /// Where the references of each table lead.
    references: BTreeMap<TableName, Vec<ReferenceOutline>>,
    columns: BTreeMap<TableName, BTreeSet<ColumnName>>,
    /// Words of queries, any of which may be a column.
    words: BTreeSet<String>,
}

impl Used {
    /// What the configuration and the catalogue expect of each table.
    fn expected(&mut self, config: &Config) {
        for table in config.tables.values() {
            let outline = config::with_canonical_defaults(config, table);
            let columns = self.columns.entry(table.name.clone()).or_default();
            columns.extend(outline.columns.keys().cloned());
            columns.extend(outline.time.map(|time| time.value));
            columns.extend(outline.key.map(|key| key.value));
            let references: Vec<_> = outline.references.into_iter().map(|found| found.value).collect();
            columns.extend(references.iter().map(|reference| reference.on.clone()));
            for reference in &references {
                let target = self.columns.entry(reference.table.clone()).or_default();
                target.insert(reference.key.clone());
            }
            self.references.insert(table.name.clone(), references);
        }
    }

    fn definitions(&mut self, definitions: &Definitions) {
        for metric in &definitions.metrics {
            self.measure(&metric.value);
            metric.time.iter().for_each(|time| self.expr(time));
            metric.by.iter().filter_map(|by| by.column.as_ref()).for_each(|column| self.column(column));
        }
        for dimension in &definitions.dimensions {
            dimension.columns.iter().for_each(|column| self.column(column));
        }
        for goal in &definitions.goals {
            let levels = goal.rule.levels().into_iter().map(|(_, level)| level);
            for level in levels.chain(&goal.whole) {
                if let Level::Measure(measure) = level {
                    self.measure(measure);
                }
            }
            goal.parts.iter().for_each(|(_, part)| self.measure(part));
        }
    }

    fn measure(&mut self, measure: &Measure) {
        if let MeasureKind::Aggregate(aggregate) = &*measure.kind {
            self.relation(&aggregate.relation);
            aggregate.argument.iter().chain(&aggregate.time).for_each(|expr| self.expr(expr));
        }
        measure.children().into_iter().for_each(|child| self.measure(child));
    }

    fn relation(&mut self, relation: &Relation) {
        self.source(&relation.source);
        relation.expressions().into_iter().for_each(|expr| self.expr(expr));
    }

    fn source(&mut self, source: &RelationSource) {
        match source {
            RelationSource::Table(_) => {}
            RelationSource::Join(join) => {
                self.relation(&join.left);
                self.relation(&join.right);
                self.expr(&join.on);
            }
            RelationSource::GroupBy(group) => {
                self.relation(&group.input);
                self.column(&group.key);
                group.columns.iter().for_each(|(_, measure)| self.measure(measure));
            }
            RelationSource::Sql(text) => {
                let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
                self.words.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Column(column) => self.column(column),
            ExprKind::InRows(_, rows) => self.source(&rows.relation.source),
            ExprKind::History(history) => self.source(&history.relation.source),
            _ => {}
        }
        expr.children().into_iter().for_each(|child| self.expr(child));
    }

    fn column(&mut self, column: &ColumnRef) {
        let table = match &column.owner {
            Owner::Table(table) => table,
            Owner::Derived(source) => return self.source(source),
        };
        let Some((last, references)) = column.path.split_last() else { return };
        let mut here = table.clone();
        for name in references {
            let found = self.references.get(&here).and_then(|all| all.iter().find(|r| r.name == *name));
            let reference = found.map(|reference| (reference.on.clone(), reference.table.clone()));
            let Some((on, next)) = reference else { return };
            self.columns.entry(here).or_default().insert(on);
            here = next;
        }
        self.columns.entry(here).or_default().insert(last.clone());
    }
}
