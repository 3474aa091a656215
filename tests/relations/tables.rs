//! Tables held as values, and the same table written as CSV, JSON or Parquet.
//!
//! A value is what is meant; how it is written is decided at the end. What no
//! typed column can hold (`31/02/2026` as a date) is a value of its own, so that
//! the dirt of an export is the same in every format.

use std::fs;
use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime};
use goalpost_core::name::ColumnName;
use goalpost_core::schema::ColumnType;
use goalpost_registry::write::{Format, TableWriter, TextValues, Values};
use serde_json::Value as Json;

/// What a cell means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Blank,
    Text(String),
    Bool(bool),
    /// Units of the last decimal of its column.
    Scaled(i64),
    Date(NaiveDate),
    /// In UTC.
    Moment(NaiveDateTime),
    /// A text in a column of another type.
    Unreadable(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) ty: ColumnType,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// How the files of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Csv,
    /// One array of objects.
    JsonArray,
    /// An object a line.
    JsonLines,
    /// Columns of their own types, where nothing unreadable is in them.
    Parquet,
    /// All columns as texts.
    ParquetText,
}

impl Style {
    pub(crate) const ALL: [Self; 5] =
        [Self::Csv, Self::JsonArray, Self::JsonLines, Self::Parquet, Self::ParquetText];

    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonArray => "json",
            Self::JsonLines => "jsonl",
            Self::Parquet | Self::ParquetText => "parquet",
        }
    }
}

impl Table {
    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// Whether a column holds what cannot be read.
    pub(crate) fn is_dirty(&self, column: usize) -> bool {
        self.rows.iter().any(|row| matches!(row[column], Value::Unreadable(_)))
    }

    /// Changes every value of a column.
    pub(crate) fn change(&mut self, column: &str, mut change: impl FnMut(&mut Value)) {
        if let Some(place) = self.place(column) {
            self.rows.iter_mut().for_each(|row| change(&mut row[place]));
        }
    }

    /// Writes the table to a file.
    pub(crate) fn write(&self, path: &Path, style: Style) {
        match style {
            Style::Csv => self.write_csv(path),
            Style::JsonArray => {
                let objects = Json::Array(self.objects().collect());
                fs::write(path, serde_json::to_vec(&objects).expect("a text")).expect("a file");
            }
            Style::JsonLines => {
                let lines = self.objects().map(|object| format!("{object}\n"));
                fs::write(path, lines.collect::<String>()).expect("a file");
            }
            Style::Parquet | Style::ParquetText => self.write_parquet(path, style),
        }
    }

    fn write_csv(&self, path: &Path) {
        let mut writer = csv::Writer::from_path(path).expect("a file");
        writer.write_record(self.columns.iter().map(|column| &column.name)).expect("a header");
        for row in &self.rows {
            let cells = row.iter().zip(&self.columns).map(|(value, column)| text(value, column.ty));
            writer.write_record(cells.map(Option::unwrap_or_default)).expect("a row");
        }
        writer.flush().expect("a file");
    }

    /// Numbers as numbers; a blank is null, nothing at all, or an empty text.
    fn objects(&self) -> impl Iterator<Item = Json> {
        self.rows.iter().enumerate().map(|(at, row)| {
            let cells = row.iter().zip(&self.columns).enumerate();
            let cells = cells.filter_map(|(place, (value, column))| {
                let json = match value {
                    Value::Blank if at == 0 => Json::Null,
                    Value::Blank => match (at + place) % 3 {
                        0 => Json::Null,
                        1 => return None,
                        _ => Json::String(String::new()),
                    },
                    Value::Bool(value) => Json::Bool(*value),
                    Value::Scaled(_) if (at + place) % 4 > 0 => {
                        serde_json::from_str(&text(value, column.ty)?).expect("a number")
                    }
                    _ => Json::String(text(value, column.ty)?),
                };
                Some((column.name.clone(), json))
            });
            Json::Object(cells.collect())
        })
    }

    fn write_parquet(&self, path: &Path, style: Style) {
        let typed = |place: usize| match style {
            Style::Parquet if !self.is_dirty(place) => self.columns[place].ty,
            _ => ColumnType::Text,
        };
        let types: Vec<ColumnType> = (0..self.columns.len()).map(typed).collect();
        let named = self.columns.iter().zip(&types);
        let columns: Vec<_> =
            named.map(|(column, ty)| (ColumnName::from(column.name.as_str()), *ty)).collect();
        let mut chunk: Vec<Values> = types.iter().map(|ty| Values::empty(*ty)).collect();
        for (at, row) in self.rows.iter().enumerate() {
            for (place, (value, values)) in row.iter().zip(&mut chunk).enumerate() {
                let blank = ((at + place) % 2 == 0).then_some("");
                push(values, value, self.columns[place].ty, blank);
            }
        }
        let mut writer = TableWriter::create(path, &columns, Format::Parquet).expect("a writer");
        writer.write(&chunk).expect("rows");
        writer.finish().expect("a file");
    }
}

/// Adds a value; `blank` is how a text says that there is none.
fn push(values: &mut Values, value: &Value, ty: ColumnType, blank: Option<&str>) {
    let epoch = NaiveDate::default();
    match (values, value) {
        (Values::Text(texts), Value::Blank) => texts.push(blank),
        (Values::Text(texts), _) => push_text(texts, value, ty),
        (Values::Bool(cells), Value::Bool(value)) => cells.push(Some(*value)),
        (Values::Bool(cells), _) => cells.push(None),
        (Values::Integer(cells) | Values::Scaled(cells), Value::Scaled(value)) => cells.push(Some(*value)),
        (Values::Integer(cells) | Values::Scaled(cells), _) => cells.push(None),
        (Values::Date(cells), Value::Date(day)) => {
            cells.push(Some(i32::try_from((*day - epoch).num_days()).expect("a day of this era")));
        }
        (Values::Date(cells), _) => cells.push(None),
        (Values::DateTime(cells), Value::Moment(moment)) => {
            cells.push(Some(moment.and_utc().timestamp_micros()));
        }
        (Values::DateTime(cells), _) => cells.push(None),
    }
}

fn push_text(texts: &mut TextValues, value: &Value, ty: ColumnType) {
    texts.push(text(value, ty).as_deref());
}

/// A value as an export writes it; `None` for a blank.
pub(crate) fn text(value: &Value, ty: ColumnType) -> Option<String> {
    Some(match value {
        Value::Blank => return None,
        Value::Text(text) | Value::Unreadable(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Scaled(units) => scaled(*units, ty),
        Value::Date(day) => day.to_string(),
        Value::Moment(moment) => moment.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}

/// `-1205` with two decimals is `-12.05`.
fn scaled(units: i64, ty: ColumnType) -> String {
    let (ColumnType::Decimal(scale) | ColumnType::Money(scale)) = ty else { return units.to_string() };
    let one = 10_u64.pow(u32::from(scale));
    let (sign, size) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    format!("{sign}{}.{:0width$}", size / one, size % one, width = usize::from(scale))
}
