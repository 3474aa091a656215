//! Presets speak of columns that there are, in words that those columns hold.

use std::collections::BTreeSet;

use chrono::format::{Item, StrftimeItems};

use super::*;
use crate::canonical::{self, CanonicalType};
use crate::schema::ColumnType;

/// Every place of every preset.
fn places() -> impl Iterator<Item = (&'static PresetTable, &'static PresetColumn, &'static Place)> {
    presets()
        .iter()
        .flat_map(|preset| preset.tables)
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        .flat_map(|(table, column)| column.from.iter().map(move |from| (table, column, from)))
}

#[test]
fn columns_are_canonical_and_named_once() {
    for preset in presets() {
        for table in preset.tables {
            let canonical = canonical::table(table.table).expect(table.table);
            let names: BTreeSet<&str> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), table.columns.len(), "{} {}", preset.name, table.table);
            let order: Vec<&str> = canonical
                .columns
                .iter()
                .map(|column| column.name)
                .filter(|name| names.contains(name))
                .collect();
            let listed: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(listed, order, "{} {}: the order of the catalogue", preset.name, table.table);
        }
    }
}

#[test]
fn words_become_words_of_the_column() {
    for (table, column, from) in places() {
        let canonical = canonical::table(table.table).and_then(|table| table.column(column.name));
        let canonical = canonical.expect(column.name);
        let Reading::Words(words) = from.reading else { continue };
        for (word, to) in words {
            let is_known = match canonical.ty {
                CanonicalType::Fixed(ColumnType::Bool) => matches!(*to, "true" | "false"),
                _ => canonical.values.is_empty() || canonical.values.contains(to),
            };
            assert!(to.is_empty() || is_known, "{}.{}: {word} → {to}", table.table, column.name);
        }
        let distinct: BTreeSet<String> = words.iter().map(|(word, _)| word.to_lowercase()).collect();
        assert_eq!(distinct.len(), words.len(), "{}.{}", table.table, column.name);
    }
}

#[test]
fn readings_fit_the_type_of_their_column() {
    for (table, column, from) in places() {
        let canonical = canonical::table(table.table).and_then(|table| table.column(column.name));
        let ty = canonical.expect(column.name).ty;
        match from.reading {
            Reading::Percent => assert!(matches!(ty, CanonicalType::Fixed(ColumnType::Decimal(_)))),
            Reading::MinutesAfter(_) => assert_eq!(ty, CanonicalType::Time),
            Reading::Followed(_) => assert_eq!(ty, CanonicalType::Fixed(ColumnType::Text)),
            Reading::Plain | Reading::Words(_) => {}
        }
        assert!(!from.headers.is_empty(), "{}.{}", table.table, column.name);
        if let Some(only) = column.only {
            let words = canonical::table(table.table).and_then(|table| table.column(only.column));
            let words = words.expect(only.column).values;
            assert!(only.is.iter().all(|word| words.contains(word)), "{}.{}", table.table, column.name);
            let decides = table.columns.iter().find(|other| other.name == only.column);
            assert!(decides.is_some_and(|other| other.only.is_none()), "{}.{}", table.table, column.name);
        }
    }
}

#[test]
fn date_styles_are_formats() {
    for style in DATE_STYLES {
        for format in style.dates {
            let mut items = StrftimeItems::new(format);
            assert!(items.all(|item| item != Item::Error), "{format}");
        }
    }
}
