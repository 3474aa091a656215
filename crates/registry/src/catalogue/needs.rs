//! What a metric or a goal needs and a project does not have.
//!
//! A team's own script that names a column nobody knows has a mistake in it; a
//! built-in one, or one that names a column of the catalogue, only lacks data.
//! What lacks data is unavailable and says what it needs, and never keeps what
//! does not lack it from being computed.

use goalpost_core::canonical::{self, CanonicalType};
use goalpost_core::definition::{Layer, Metric};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner, Relation, RelationSource};
use goalpost_core::goal::{Goal, Level};
use goalpost_core::measure::{Aggregate, AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::{ColumnName, DimensionName, MetricName, TableName};
use goalpost_core::schema::{ColumnType, Unresolved};

use super::expr_check::{Checker, Problem};
use super::measure_check::time_of;
use super::{Catalogue, dimension, order};
use crate::relation::owner::belongs_to;
use crate::source::EXPORT;

/// Whether a project can compute a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Available,
    /// It lacks these tables and columns.
    Missing(Vec<Missing>),
}

impl Availability {
    /// What is missing; nothing where the metric is available.
    pub fn missing(&self) -> &[Missing] {
        match self {
            Self::Available => &[],
            Self::Missing(missing) => missing,
        }
    }
}

/// A table or column that a metric needs and the project does not map, or maps
/// as something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The table.
    pub table: TableName,
    /// The column; `None` when the whole table is missing.
    pub column: Option<ColumnName>,
    /// What the column has to be, where it is there and is something else.
    pub form: Option<String>,
    /// Lines of `goalpost.toml` that would map it.
    pub example: String,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "{}.{column}", self.table)?,
            None => write!(f, "table {}", self.table)?,
        }
        match &self.form {
            Some(form) => write!(f, " as {form}"),
            None => Ok(()),
        }
    }
}

impl Missing {
    fn column(table: TableName, column: ColumnName) -> Self {
        let example = format!("[tables.{table}.columns] {column} = \"<header in your export>\"");
        Self { table, column: Some(column), form: None, example }
    }

    fn table(table: TableName) -> Self {
        let example = format!("[tables.{table}] from = \"data/{table}.csv\"");
        Self { table, column: None, form: None, example }
    }
}

/// What is missing, in words: `deals.amount, table leads`.
pub fn listed(missing: &[Missing]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// How what is missing would be mapped.
pub fn remedy(missing: &[Missing]) -> String {
    let lines: Vec<&str> = missing.iter().map(|need| need.example.as_str()).collect();
    format!("map it in goalpost.toml: {}", lines.join("; "))
}

/// Adds what is not among them.
fn add(all: &mut Vec<Missing>, found: impl IntoIterator<Item = Missing>) {
    for need in found {
        if !all.contains(&need) {
            all.push(need);
        }
    }
}

impl Catalogue {
    /// What a checked metric lacks, and what is wrong with it.
    pub(super) fn needs_of_metric(
        &self,
        metric: &Metric,
        mut checker: Checker<'_>,
    ) -> (Vec<Missing>, Vec<Diagnostic>) {
        if let Some(time) = &metric.time
            && let Some(rows) = time.rows()
            && aggregates(&metric.value).into_iter().any(|aggregate| goes_by(aggregate, time))
        {
            checker.time(time, &rows);
        }
        let (mut missing, wrong) = self.sort_problems(metric, checker.problems);
        for (inner, dimension) in splits(&metric.value) {
            add(&mut missing, self.lacking_cuts(inner, metric, dimension));
        }
        for dependency in order::references(&metric.value) {
            if let Some(entry) = self.metric(&dependency) {
                add(&mut missing, entry.availability.missing().iter().cloned());
            }
        }
        (missing, wrong)
    }

    /// What is merely not mapped here, and what is wrong anywhere.
    pub(super) fn sort_problems(
        &self,
        metric: &Metric,
        problems: Vec<Problem>,
    ) -> (Vec<Missing>, Vec<Diagnostic>) {
        let mut missing: Vec<Missing> = Vec::new();
        let mut wrong: Vec<Diagnostic> = Vec::new();
        for problem in problems {
            let found = match problem {
                Problem::Wrong(diagnostic) => diagnostic,
                Problem::Missing { table, column, at, help } => {
                    if metric.layer != Layer::Project || is_canonical(&table, column.as_ref()) {
                        add(&mut missing, [self.missing(table, column)]);
                        continue;
                    }
                    let here = self.schema.tables.get(&table);
                    let unusable = column.as_ref().and_then(|column| here?.unusable.get(column));
                    let (code, message) = match &column {
                        Some(column) if let Some(ty) = unusable => (
                            Code::UnknownColumn,
                            format!(
                                "`{column}` is in the files of {table}, but its type is not supported: {ty}"
                            ),
                        ),
                        Some(column) => (Code::UnknownColumn, format!("{table} has no column `{column}`")),
                        None => (Code::UnknownTable, format!("there is no table `{table}`")),
                    };
                    let help = if unusable.is_some() { EXPORT.to_owned() } else { help };
                    Diagnostic::error(code, message).at(at).help(help)
                }
            };
            if !wrong.contains(&found) {
                wrong.push(found);
            }
        }
        // What is written in a built-in script works wherever the columns are
        // what the catalogue says.
        if metric.layer == Layer::BuiltIn && !wrong.is_empty() {
            let unfit = self.unfit(metric);
            if !unfit.is_empty() {
                add(&mut missing, unfit);
                wrong.clear();
            }
        }
        (missing, wrong)
    }

    /// A table or column that is not there; of a reference, what it lacks.
    fn missing(&self, table: TableName, column: Option<ColumnName>) -> Missing {
        let Some(column) = column else { return Missing::table(table) };
        let known = canonical::table(table.as_str());
        let reference = known
            .filter(|known| known.column(column.as_str()).is_none())
            .and_then(|known| known.references.iter().find(|known| known.name == column.as_str()));
        let Some(reference) = reference else { return Missing::column(table, column) };
        let here = self.schema.tables.get(&table);
        if here.is_some_and(|here| here.column(reference.on).is_none()) {
            return Missing::column(table, ColumnName::from(reference.on));
        }
        let target = TableName::from(reference.table);
        let key = canonical::table(reference.table).and_then(|target| target.key);
        match (self.schema.tables.get(&target), key) {
            (Some(_), Some(key)) => Missing::column(target, ColumnName::from(key)),
            _ => Missing::table(target),
        }
    }

    /// The columns of the catalogue below a metric that are something else here:
    /// of another type, or no key.
    pub(super) fn unfit(&self, metric: &Metric) -> Vec<Missing> {
        let mut columns = Vec::new();
        of_measure(&metric.value, &mut columns);
        metric.time.iter().for_each(|time| of_expr(time, &mut columns));
        let mut found = Vec::new();
        for column in columns {
            let Owner::Table(table) = &column.owner else { continue };
            add(&mut found, self.other_key(table));
            let Ok(resolved) = self.schema.resolve(table, &column.path) else { continue };
            let Some(known) = canonical::table(resolved.table.name.as_str()) else { continue };
            let Some(known) = known.column(resolved.column.name.as_str()) else { continue };
            if fits(known.ty, resolved.column.ty) {
                continue;
            }
            let wanted = match known.ty {
                CanonicalType::Fixed(ty) => ty.name(),
                CanonicalType::Time => "date",
            };
            let (table, column) = (resolved.table.name.clone(), resolved.column.name.clone());
            let example = format!("[tables.{table}.columns] {column} = {{ type = \"{wanted}\" }}");
            let form = Some(format!("{wanted}, not {}", resolved.column.ty));
            add(&mut found, [Missing { table, column: Some(column), form, example }]);
        }
        found
    }

    fn other_key(&self, table: &TableName) -> Option<Missing> {
        let known = canonical::table(table.as_str())?.key?;
        let key = self.schema.tables.get(table)?.key.as_ref()?;
        (key.as_str() != known).then(|| Missing {
            form: Some(format!("its key, not {key}")),
            example: format!("[tables.{table}] key = \"{known}\""),
            ..Missing::column(table.clone(), ColumnName::from(known))
        })
    }

    /// The default time columns of the catalogue that a measure would go by, and
    /// that its tables lack. Over all time they are not needed.
    pub fn lacking_times(&self, measure: &Measure, metric: &Metric) -> Vec<Missing> {
        let mut found = Vec::new();
        match &*measure.kind {
            MeasureKind::Metric(name) => {
                if let Some(entry) = self.metric(name) {
                    add(&mut found, self.lacking_times(&entry.metric.value, &entry.metric));
                }
            }
            MeasureKind::Aggregate(aggregate) => add(&mut found, self.lacking_time(aggregate, metric)),
            _ => {
                for child in measure.children() {
                    add(&mut found, self.lacking_times(child, metric));
                }
            }
        }
        found
    }

    fn lacking_time(&self, aggregate: &Aggregate, metric: &Metric) -> Option<Missing> {
        let is_placed = aggregate.relation.alive.is_some()
            || aggregate.function == AggregateFunction::Spread
            || time_of(aggregate, Some(metric), None).is_some();
        let table = first_table(&aggregate.relation.source).filter(|_| !is_placed)?;
        let time = canonical::table(table.as_str())?.time?;
        let lacks = self.schema.tables.get(table).is_some_and(|table| table.time.is_none());
        lacks.then(|| Missing::column(table.clone(), ColumnName::from(time)))
    }

    /// The columns of the catalogue that a measure would be cut by, and that its
    /// tables lack.
    fn lacking_cuts(&self, measure: &Measure, metric: &Metric, name: &DimensionName) -> Vec<Missing> {
        let mut found = Vec::new();
        match &*measure.kind {
            MeasureKind::Metric(other) => {
                if let Some(entry) = self.metric(other) {
                    add(&mut found, self.lacking_cuts(&entry.metric.value, &entry.metric, name));
                }
            }
            MeasureKind::Aggregate(aggregate) => {
                add(&mut found, self.lacking_cut(&aggregate.relation.source, metric, name));
            }
            MeasureKind::Total(_) => {}
            _ => {
                for child in measure.children() {
                    add(&mut found, self.lacking_cuts(child, metric, name));
                }
            }
        }
        found
    }

    fn lacking_cut(&self, source: &RelationSource, metric: &Metric, name: &DimensionName) -> Option<Missing> {
        if dimension::column_for(name, source, Some(metric), true, &self.dimensions, self.shapes()).is_ok() {
            return None;
        }
        let table = first_table(source)?;
        let offered = metric.by.iter().find(|dimension| dimension.name == *name);
        let shared = self.dimensions.iter().find(|dimension| dimension.name == *name);
        let of_table = |column: &&ColumnRef| column.owner == Owner::Table(table.clone());
        let column = offered
            .and_then(|dimension| dimension.column.as_ref())
            .into_iter()
            .chain(shared.into_iter().flat_map(|dimension| &dimension.columns))
            .find(of_table);
        let path: Vec<ColumnName> = match column {
            Some(column) => column.path.clone(),
            None => name.as_str().split('.').map(ColumnName::from).collect(),
        };
        match self.schema.resolve(table, &path) {
            Err(Unresolved::Column { table, name, .. }) if is_canonical(&table, Some(&name)) => {
                Some(self.missing(table, Some(name)))
            }
            _ => None,
        }
    }

    /// What a goal needs and the project does not have: for its metric, for the
    /// levels and parts that are measured, and for what it is judged by.
    pub fn needs_of_goal(&self, goal: &Goal) -> Vec<Missing> {
        let mut needs = Vec::new();
        let Some(entry) = self.metric(&goal.metric) else { return needs };
        add(&mut needs, entry.availability.missing().iter().cloned());
        let levels = goal.rule.levels().into_iter().map(|(_, level)| level).chain(&goal.whole);
        let levels = levels.filter_map(|level| match level {
            Level::Measure(measure) => Some(measure),
            _ => None,
        });
        let is_placed = goal.every != goalpost_core::calendar::Grain::All;
        let measured = levels.chain(goal.parts.iter().map(|(_, part)| part));
        let filters = goal.segment.iter().chain(&goal.require).map(|filter| &filter.dimension);
        for name in goal.by.iter().map(|(name, _)| name).chain(filters) {
            add(&mut needs, self.lacking_cuts(&entry.metric.value, &entry.metric, name));
        }
        for measure in measured.chain([&entry.metric.value]) {
            let (missing, _) = self.needs_of_measure(measure);
            add(&mut needs, missing);
            if is_placed {
                add(&mut needs, self.lacking_times(measure, &entry.metric));
            }
        }
        needs
    }

    /// What a measure of a goal lacks of what the catalogue knows, and what is
    /// wrong with it.
    pub(super) fn needs_of_measure(&self, measure: &Measure) -> (Vec<Missing>, Vec<Problem>) {
        let mut checker = Checker::new(self.shapes(), &self.calendar);
        let whole = match &*measure.kind {
            MeasureKind::Split(inner, _) => inner,
            _ => measure,
        };
        checker.measure(whole, &self.kinds);
        let mut missing = Vec::new();
        let mut others = Vec::new();
        for problem in checker.problems {
            match problem {
                Problem::Missing { table, column, .. } if is_canonical(&table, column.as_ref()) => {
                    add(&mut missing, [self.missing(table, column)]);
                }
                other => others.push(other),
            }
        }
        for name in order::references(measure) {
            if let Some(entry) = self.metric(&name) {
                add(&mut missing, entry.availability.missing().iter().cloned());
            }
        }
        (missing, others)
    }

    /// What is said of a metric that is asked for by name and lacks something.
    pub fn unavailable(&self, name: &MetricName) -> Option<Diagnostic> {
        let missing = self.metric(name)?.availability.missing();
        if missing.is_empty() {
            return None;
        }
        let message = format!("`{name}` needs {}", listed(missing));
        Some(Diagnostic::error(Code::Unavailable, message).help(remedy(missing)))
    }
}

/// Whether the catalogue knows a table or a column of it.
fn is_canonical(table: &TableName, column: Option<&ColumnName>) -> bool {
    let Some(known) = canonical::table(table.as_str()) else { return false };
    column.is_none_or(|column| {
        known.column(column.as_str()).is_some()
            || known.references.iter().any(|known| known.name == column.as_str())
    })
}

fn fits(wanted: CanonicalType, found: ColumnType) -> bool {
    match wanted {
        CanonicalType::Time => found.is_time(),
        CanonicalType::Fixed(ColumnType::Decimal(_)) => {
            matches!(found, ColumnType::Decimal(_) | ColumnType::Integer)
        }
        CanonicalType::Fixed(ty) => ty.name() == found.name(),
    }
}

/// The table whose rows a source starts from.
fn first_table(source: &RelationSource) -> Option<&TableName> {
    match source {
        RelationSource::Table(name) => Some(name),
        RelationSource::Join(join) => first_table(&join.left.source),
        RelationSource::GroupBy(_) | RelationSource::Sql(_) => None,
    }
}

/// What is split by a further dimension, anywhere in a measure.
fn splits(measure: &Measure) -> Vec<(&Measure, &DimensionName)> {
    let own = match &*measure.kind {
        MeasureKind::Split(inner, dimension) => Some((inner, dimension)),
        _ => None,
    };
    own.into_iter().chain(measure.children().into_iter().flat_map(splits)).collect()
}

/// Whether an aggregate is placed in periods by a metric's time column.
fn goes_by(aggregate: &Aggregate, time: &Expr) -> bool {
    aggregate.relation.alive.is_none()
        && aggregate.function != AggregateFunction::Spread
        && aggregate.time.is_none()
        && belongs_to(time, &aggregate.relation.source)
}

/// The aggregates of a measure itself, not of the metrics that it refers to.
fn aggregates(measure: &Measure) -> Vec<&Aggregate> {
    match &*measure.kind {
        MeasureKind::Aggregate(aggregate) => vec![aggregate],
        _ => measure.children().into_iter().flat_map(aggregates).collect(),
    }
}

fn of_measure(measure: &Measure, found: &mut Vec<ColumnRef>) {
    for aggregate in aggregates(measure) {
        of_relation(&aggregate.relation, found);
        aggregate.argument.iter().chain(&aggregate.time).for_each(|expr| of_expr(expr, found));
    }
}

fn of_relation(relation: &Relation, found: &mut Vec<ColumnRef>) {
    match &relation.source {
        RelationSource::Join(join) => {
            of_relation(&join.left, found);
            of_relation(&join.right, found);
            of_expr(&join.on, found);
        }
        RelationSource::GroupBy(group) => {
            of_relation(&group.input, found);
            found.push(group.key.clone());
            group.columns.iter().for_each(|(_, measure)| of_measure(measure, found));
        }
        RelationSource::Table(_) | RelationSource::Sql(_) => {}
    }
    relation.expressions().into_iter().for_each(|expr| of_expr(expr, found));
}

fn of_expr(expr: &Expr, found: &mut Vec<ColumnRef>) {
    match &*expr.kind {
        ExprKind::Column(column) => found.push(column.clone()),
        ExprKind::InRows(_, rows) => of_relation(&rows.relation, found),
        _ => {}
    }
    expr.children().into_iter().for_each(|child| of_expr(child, found));
}
