//! What a table is when the config and the canonical table of its name are
//! read together, before and after its columns are known.
//!
//! Pure functions: whoever reads headers calls [`with_canonical_defaults`] to
//! know how to read each column, finds the columns, and hands them to
//! [`schema`], which fits times, keys and references to what is really there.

use std::collections::BTreeMap;

use super::{ColumnConfig, Config, TableConfig, iso_4217};
use crate::canonical::{self, CanonicalColumn, CanonicalTable, CanonicalType};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::name::{ColumnName, TableName};
use crate::preset::PresetColumn;
use crate::schema::{Column, ColumnType, Reference, Schema, Table};
use crate::source::Span;

/// A table of the config with the defaults of the canonical table of its name.
#[derive(Clone, Debug)]
pub struct TableOutline<'a> {
    /// What the config says.
    pub config: &'a TableConfig,
    /// The canonical table of this name, if there is one.
    pub canonical: Option<&'static CanonicalTable>,
    /// The default time column.
    pub time: Option<DefaultOr<ColumnName>>,
    /// The column that identifies a row, where it is one.
    pub key: Option<DefaultOr<ColumnName>>,
    /// The columns that identify a row together.
    pub identity: Vec<DefaultOr<ColumnName>>,
    /// References: the config's, and those canonical ones whose table the
    /// project has and whose column no other reference to that table uses.
    pub references: Vec<DefaultOr<ReferenceOutline>>,
    /// Columns that the config or the canonical table names. The source may
    /// lack canonical ones, and may have others.
    pub columns: BTreeMap<ColumnName, ColumnOutline<'a>>,
}

/// Something that the config says, or a canonical default.
///
/// What the config says must hold; a default holds only where the column that
/// it needs is there, and is silently absent elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultOr<T> {
    /// What it is.
    pub value: T,
    /// Where the config says so; `None` for a canonical default.
    pub declared: Option<Span>,
}

/// A reference before columns are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceOutline {
    /// The name in paths.
    pub name: ColumnName,
    /// The column of this table that holds the other's key.
    pub on: ColumnName,
    /// The other table.
    pub table: TableName,
    /// The other table's column.
    pub key: ColumnName,
}

/// A column before the source is read.
#[derive(Clone, Debug)]
pub struct ColumnOutline<'a> {
    /// What the config says of it.
    pub config: Option<&'a ColumnConfig>,
    /// The canonical column of this name, if the table is a canonical one.
    pub canonical: Option<&'static CanonicalColumn>,
    /// What the table's preset says of it.
    pub preset: Option<&'static PresetColumn>,
    /// Its type: the config's, else the canonical one; `None` where it is inferred.
    pub ty: Option<ColumnType>,
}

/// The type of a canonical column in a project with this currency; `None` for
/// times, which are what the source holds.
pub fn canonical_type(column: &CanonicalColumn, currency: &str) -> Option<ColumnType> {
    match column.ty {
        CanonicalType::Fixed(ColumnType::Money(scale)) => {
            Some(ColumnType::Money(scale.max(iso_4217::money_scale(currency))))
        }
        CanonicalType::Fixed(ty) => Some(ty),
        CanonicalType::Time => None,
    }
}

/// A table of the config with canonical defaults where the config is silent.
pub fn with_canonical_defaults<'a>(config: &'a Config, table: &'a TableConfig) -> TableOutline<'a> {
    let canonical = canonical::table(table.name.as_str());
    let default = |name: &'static str| DefaultOr { value: ColumnName::from(name), declared: None };
    let time = declared(&table.time).or(canonical.and_then(|table| table.time).map(default));
    let mut columns: BTreeMap<ColumnName, ColumnOutline<'a>> = BTreeMap::new();
    for column in canonical.map_or(&[][..], |table| table.columns) {
        let ty = canonical_type(column, &config.currency);
        let preset = table.preset.as_ref().and_then(|preset| preset.table.column(column.name));
        let outline = ColumnOutline { config: None, canonical: Some(column), preset, ty };
        columns.insert(ColumnName::from(column.name), outline);
    }
    for (name, column) in &table.columns {
        let outline = columns.entry(name.clone()).or_insert(ColumnOutline {
            config: None,
            canonical: None,
            preset: None,
            ty: None,
        });
        outline.config = Some(column);
        outline.ty = column.ty.or(outline.ty);
    }
    TableOutline {
        config: table,
        canonical,
        time,
        key: key_of(table),
        identity: identity(table),
        references: references(config, table, canonical),
        columns,
    }
}

fn declared(column: &Option<(ColumnName, Span)>) -> Option<DefaultOr<ColumnName>> {
    column.as_ref().map(|(name, span)| DefaultOr { value: name.clone(), declared: Some(span.clone()) })
}

fn key_of(table: &TableConfig) -> Option<DefaultOr<ColumnName>> {
    <[_; 1]>::try_from(identity(table)).ok().map(|[key]| key)
}

fn identity(table: &TableConfig) -> Vec<DefaultOr<ColumnName>> {
    if table.key.is_empty() {
        let key = canonical::table(table.name.as_str()).and_then(|table| table.key);
        return key
            .map(|key| DefaultOr { value: ColumnName::from(key), declared: None })
            .into_iter()
            .collect();
    }
    let parts = table.key.iter();
    parts.map(|(name, at)| DefaultOr { value: name.clone(), declared: Some(at.clone()) }).collect()
}

fn references(
    config: &Config,
    table: &TableConfig,
    canonical: Option<&'static CanonicalTable>,
) -> Vec<DefaultOr<ReferenceOutline>> {
    let key = |name: &TableName| config.tables.get(name).and_then(key_of).map(|key| key.value);
    let mut references: Vec<DefaultOr<ReferenceOutline>> = Vec::new();
    for (name, reference) in &table.references {
        let Some(key) = reference.key.clone().or_else(|| key(&reference.table)) else { continue };
        let value = ReferenceOutline {
            name: name.clone(),
            on: reference.on.clone(),
            table: reference.table.clone(),
            key,
        };
        references.push(DefaultOr { value, declared: Some(reference.at.clone()) });
    }
    for reference in canonical.map_or(&[][..], |table| table.references) {
        // A second way to the same rows would make every path through them ambiguous.
        let is_known = references.iter().any(|DefaultOr { value: known, .. }| {
            known.name.as_str() == reference.name
                || (known.on.as_str() == reference.on && known.table.as_str() == reference.table)
        });
        let target = TableName::from(reference.table);
        let Some(key) = key(&target).filter(|_| !is_known) else { continue };
        let value = ReferenceOutline {
            name: ColumnName::from(reference.name),
            on: ColumnName::from(reference.on),
            table: target,
            key,
        };
        references.push(DefaultOr { value, declared: None });
    }
    references
}

/// Fits the outlines of all tables to the columns that were found.
///
/// Tables whose columns are not given (because their source could not be read,
/// say) are left out, and so are references to them.
pub fn schema(config: &Config, found: BTreeMap<TableName, Vec<Column>>) -> (Schema, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let mut schema = Schema::default();
    let outlines: Vec<TableOutline<'_>> = config
        .tables
        .values()
        .filter(|table| found.contains_key(&table.name))
        .map(|table| with_canonical_defaults(config, table))
        .collect();
    for (name, columns) in found {
        let table = Table {
            name: name.clone(),
            columns,
            time: None,
            key: None,
            references: Vec::new(),
            unusable: BTreeMap::new(),
        };
        schema.tables.insert(name, table);
    }
    for outline in &outlines {
        let name = &outline.config.name;
        let Some(table) = schema.tables.get(name) else { continue };
        let time = fit_time(outline, table, &mut problems);
        let parts: Vec<_> = outline
            .identity
            .iter()
            .map(|key| present(table, &key.value, "key", key.declared.as_ref(), &mut problems))
            .collect();
        let key = match parts.as_slice() {
            [one] => one.map(|column| column.name.clone()),
            _ => None,
        };
        let references = outline
            .references
            .iter()
            .filter_map(|reference| fit_reference(outline, table, reference, &schema, &mut problems))
            .collect();
        if let Some(table) = schema.tables.get_mut(name) {
            table.time = time;
            table.key = key;
            table.references = references;
        }
    }
    (schema, problems)
}

fn fit_time(outline: &TableOutline<'_>, table: &Table, problems: &mut Vec<Diagnostic>) -> Option<ColumnName> {
    let time = outline.time.as_ref()?;
    let column = present(table, &time.value, "time", time.declared.as_ref(), problems)?;
    if column.ty.is_time() {
        return Some(column.name.clone());
    }
    if let Some(span) = &time.declared {
        let message = format!("the time column `{}.{}` is of type {}", table.name, column.name, column.ty);
        let help = "declare it as `{ type = \"date\" }` (with its `format`), or name another column";
        problems.push(Diagnostic::error(Code::ConfigReference, message).at(span.clone()).help(help));
    }
    None
}

fn fit_reference(
    outline: &TableOutline<'_>,
    table: &Table,
    reference: &DefaultOr<ReferenceOutline>,
    schema: &Schema,
    problems: &mut Vec<Diagnostic>,
) -> Option<Reference> {
    let DefaultOr { value: reference, declared } = reference;
    let target = schema.tables.get(&reference.table)?;
    let on = present(table, &reference.on, "reference", declared.as_ref(), problems);
    let key = present(target, &reference.key, "key", declared.as_ref(), problems);
    let (on, key) = (on?, key?);
    if on.ty.name() != key.ty.name() {
        // Values of two types never match, and every row would count as unmatched.
        let message = format!(
            "reference `{}` compares `{}.{}`, which is of type {}, with `{}.{}`, which is of type {}",
            reference.name, table.name, on.name, on.ty, target.name, key.name, key.ty
        );
        let at = declared.as_ref().unwrap_or(&outline.config.at).clone();
        let help = "declare both columns with the same type, e.g. `{ type = \"text\" }`";
        problems.push(Diagnostic::error(Code::ConfigReference, message).at(at).help(help));
        return None;
    }
    Some(Reference {
        name: reference.name.clone(),
        on: on.name.clone(),
        table: reference.table.clone(),
        key: key.name.clone(),
    })
}

/// A column that is there; one that the config names and is not there is a problem.
fn present<'t>(
    table: &'t Table,
    name: &ColumnName,
    role: &str,
    declared: Option<&Span>,
    problems: &mut Vec<Diagnostic>,
) -> Option<&'t Column> {
    let column = table.column(name.as_str());
    if let (None, Some(span)) = (column, declared) {
        let message = format!("the {role} column `{name}` is not in table `{}`", table.name);
        let help = did_you_mean(name.as_str(), table.columns.iter().map(|column| column.name.as_str()));
        problems.push(Diagnostic::error(Code::ConfigReference, message).at(span.clone()).help(help));
    }
    column
}

#[cfg(test)]
mod tests;
