//! Tables as the project knows them: columns with types, keys, references.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::name::{ColumnName, TableName};
use crate::source::Span;

/// Columns by table, for instance those that a question reads.
pub type ColumnsByTable = BTreeMap<TableName, BTreeSet<ColumnName>>;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Text; an empty cell is null.
    Text,
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Integer,
    /// An exact number with this many decimals, and 16 digits before them.
    Decimal(u8),
    /// An exact amount in the project's currency with this many decimals, and 16 digits before them.
    Money(u8),
    /// A day of the calendar.
    Date,
    /// A moment; kept in UTC, shown and grouped in the project's time zone.
    DateTime,
    /// A length of time, in whole microseconds.
    Duration,
}

impl ColumnType {
    /// The digits of exact numbers and amounts before their decimals.
    pub const WHOLE_DIGITS: u8 = 16;
    /// The most decimals that they can keep: 28 digits in all, which the engine
    /// adds up in 38, exactly for ten thousand million rows.
    pub const MOST_DECIMALS: u8 = 12;
    /// Decimals that amounts keep when nothing else is said and none has more.
    pub const MONEY_SCALE: u8 = 2;
    /// Decimals that exact numbers keep when nothing else is said and none has more.
    pub const DECIMAL_SCALE: u8 = 6;
    /// An exact number of which nothing else is said.
    pub const DECIMAL: Self = Self::Decimal(Self::DECIMAL_SCALE);

    /// The name as `goalpost.toml` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "bool",
            Self::Integer => "integer",
            Self::Decimal(_) => "decimal",
            Self::Money(_) => "money",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Duration => "duration",
        }
    }

    /// Whether it can be a time column.
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::DateTime)
    }

    /// Whether it can be summed.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal(_) | Self::Money(_))
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name in scripts.
    pub name: ColumnName,
    /// The type.
    pub ty: ColumnType,
    /// Whether the type was declared (by the config or the canonical table) or inferred.
    pub declared: bool,
    /// The header in the source, for messages and `list tables`.
    pub source: String,
    /// Why it is text, where it is and may be meant to be something else.
    pub untyped: Option<Untyped>,
}

/// Why the cells of a column do not show its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untyped {
    /// No row has a value.
    Blank,
    /// None of the first rows has one, and the others were not looked at.
    BlankSoFar,
    /// Nearly all values are of one type, and a few are not.
    Odd(Odd),
}

/// Values that are not what nearly all others of their column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// The first of them: its file and line.
    pub at: Span,
    /// What it holds; nothing where the column is private.
    pub text: Option<String>,
    /// What the others are.
    pub others: Others,
    /// How many there are.
    pub count: u64,
    /// How many values were looked at.
    pub of: u64,
}

/// What nearly all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Numbers or amounts.
    Numbers,
    /// Dates or moments.
    Dates,
}

/// A many-to-one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name in paths: `rep` of `deals.rep.manager`.
    pub name: ColumnName,
    /// The column of this table that holds the key.
    pub on: ColumnName,
    /// The table on the "one" side.
    pub table: TableName,
    /// Its key column.
    pub key: ColumnName,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The name in scripts.
    pub name: TableName,
    /// Columns in the order of the source.
    pub columns: Vec<Column>,
    /// The default time column.
    pub time: Option<ColumnName>,
    /// The column that identifies a row.
    pub key: Option<ColumnName>,
    /// References to other tables.
    pub references: Vec<Reference>,
}

impl Table {
    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.as_str() == name)
    }

    /// A reference by name.
    pub fn reference(&self, name: &str) -> Option<&Reference> {
        self.references.iter().find(|reference| reference.name.as_str() == name)
    }
}

/// All tables of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// By name.
    pub tables: BTreeMap<TableName, Table>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The table the column is in.
    pub table: &'a Table,
    /// The column.
    pub column: &'a Column,
    /// The references followed, with the table each starts from.
    pub through: Vec<(&'a Table, &'a Reference)>,
}

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// The project has no such table.
    Table(TableName),
    /// The table has no such column or reference.
    Column {
        /// The table looked in.
        table: TableName,
        /// The name not found.
        name: ColumnName,
        /// Whether a reference was looked for (the name is not last in the path).
        as_reference: bool,
    },
}

impl Schema {
    /// Follows a path from a table to a column.
    ///
    /// # Errors
    /// The first name that is not there.
    pub fn resolve<'a>(&'a self, table: &TableName, path: &[ColumnName]) -> Result<Resolved<'a>, Unresolved> {
        let mut here = self.tables.get(table).ok_or_else(|| Unresolved::Table(table.clone()))?;
        let mut through = Vec::new();
        let missing = |here: &Table, name: &ColumnName, as_reference| Unresolved::Column {
            table: here.name.clone(),
            name: name.clone(),
            as_reference,
        };
        let Some((last, references)) = path.split_last() else {
            return Err(missing(here, &ColumnName::from(""), false));
        };
        for name in references {
            let reference = here.reference(name.as_str()).ok_or_else(|| missing(here, name, true))?;
            let next = self.tables.get(&reference.table);
            through.push((here, reference));
            here = next.ok_or_else(|| Unresolved::Table(reference.table.clone()))?;
        }
        let column = here.column(last.as_str()).ok_or_else(|| missing(here, last, false))?;
        Ok(Resolved { table: here, column, through })
    }
}
