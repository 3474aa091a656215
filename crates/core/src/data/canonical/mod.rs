//! The canonical tables: what the built-in metrics expect a project to map.
//!
//! Static data, and the only place that says it: the config merges it into a
//! table of the same name (see `config::with_canonical_defaults`), the catalogue
//! says by it what a metric lacks, and `list tables` shows its descriptions. A
//! project may have any other table beside these, and needs none of them.

mod crm;
mod marketing;
mod sales;
mod service;

use crate::schema::ColumnType;

/// A table that built-in metrics are written on.
#[derive(Debug, PartialEq, Eq)]
pub struct CanonicalTable {
    /// Its name.
    pub name: &'static str,
    /// What one row of it is.
    pub description: &'static str,
    /// Its columns, the identifying ones first.
    pub columns: &'static [CanonicalColumn],
    /// The column that places a row in a period when nothing else is said.
    pub time: Option<&'static str>,
    /// The column that identifies a row.
    pub key: Option<&'static str>,
    /// References to other canonical tables; each holds where both the table
    /// and the column are there.
    pub references: &'static [CanonicalReference],
}

impl CanonicalTable {
    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&'static CanonicalColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A column of a canonical table.
#[derive(Debug, PartialEq, Eq)]
pub struct CanonicalColumn {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: CanonicalType,
    /// Whether the table makes no sense without it.
    pub required: bool,
    /// What it holds, in one sentence.
    pub description: &'static str,
    /// The words it is written in; empty for any value. Built-in metrics
    /// compare with these words, so any other word would count as nothing.
    pub values: &'static [&'static str],
    /// Whether it is a share of a whole, kept as a fraction from 0 to 1.
    pub is_share: bool,
}

impl CanonicalColumn {
    const fn required(name: &'static str, ty: CanonicalType, description: &'static str) -> Self {
        Self { name, ty, required: true, description, values: &[], is_share: false }
    }

    const fn optional(name: &'static str, ty: CanonicalType, description: &'static str) -> Self {
        Self { name, ty, required: false, description, values: &[], is_share: false }
    }

    const fn words(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    const fn share(self) -> Self {
        Self { is_share: true, ..self }
    }
}

/// The type of a canonical column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanonicalType {
    /// This type.
    Fixed(ColumnType),
    /// A date or a date and time, whichever the source holds.
    Time,
}

impl CanonicalType {
    const TEXT: Self = Self::Fixed(ColumnType::Text);
    const BOOL: Self = Self::Fixed(ColumnType::Bool);
    const NUMBER: Self = Self::Fixed(ColumnType::Decimal(ColumnType::DECIMAL_SCALE));
    const MONEY: Self = Self::Fixed(ColumnType::Money(ColumnType::MONEY_SCALE));
}

/// A reference that a canonical table comes with.
#[derive(Debug, PartialEq, Eq)]
pub struct CanonicalReference {
    /// The name in paths: `customer` of `deals.customer.region`.
    pub name: &'static str,
    /// The column that holds the other table's key.
    pub on: &'static str,
    /// The canonical table on the "one" side.
    pub table: &'static str,
}

/// All canonical tables, in the order of the documentation.
pub fn tables() -> &'static [CanonicalTable] {
    TABLES
}

/// A canonical table by name.
pub fn table(name: &str) -> Option<&'static CanonicalTable> {
    TABLES.iter().find(|table| table.name == name)
}

const TABLES: &[CanonicalTable] = &[
    sales::DEALS,
    sales::STAGE_CHANGES,
    service::CUSTOMERS,
    sales::LEADS,
    sales::ORDERS,
    service::SUBSCRIPTIONS,
    marketing::CAMPAIGNS,
    marketing::SPEND,
    marketing::VISITS,
    marketing::TOUCHES,
    marketing::EMAIL_EVENTS,
    marketing::SUBSCRIBERS,
    service::SURVEYS,
    service::TICKETS,
    sales::UPSELL_OFFERS,
    sales::QUOTAS,
    crm::USERS,
    crm::LOGINS,
    crm::CONTACTS,
];

const CUSTOMER: CanonicalReference =
    CanonicalReference { name: "customer", on: "customer_id", table: "customers" };
const CAMPAIGN: CanonicalReference =
    CanonicalReference { name: "campaign", on: "campaign_id", table: "campaigns" };
const CONTACT: CanonicalReference =
    CanonicalReference { name: "contact", on: "contact_id", table: "contacts" };

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_described() {
        let names: BTreeSet<&str> = tables().iter().map(|table| table.name).collect();
        assert_eq!(names.len(), 19);
        assert_eq!(names.len(), tables().len());
        for table in tables() {
            let columns: BTreeSet<&str> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(columns.len(), table.columns.len(), "{}", table.name);
            assert!(table.description.ends_with('.'), "{}", table.name);
            for column in table.columns {
                assert!(column.description.ends_with('.'), "{}.{}", table.name, column.name);
            }
        }
    }

    #[test]
    fn time_and_key_are_columns_of_the_table() {
        for table in tables() {
            if let Some(time) = table.time {
                let column = table.column(time).expect(table.name);
                assert_eq!(column.ty, CanonicalType::Time, "{}.{time}", table.name);
            }
            if let Some(key) = table.key {
                assert!(table.column(key).expect(table.name).required, "{}.{key}", table.name);
            }
        }
    }

    #[test]
    fn references_lead_to_the_key_of_a_canonical_table() {
        for here in tables() {
            for reference in here.references {
                let target = table(reference.table).expect(reference.table);
                let key = target.column(target.key.expect(reference.table)).expect("a key column");
                assert_eq!(
                    here.column(reference.on).expect(reference.on).ty,
                    key.ty,
                    "{}.{}",
                    here.name,
                    reference.on
                );
                assert!(here.column(reference.name).is_none(), "{}.{}", here.name, reference.name);
            }
        }
    }

    #[test]
    fn columns_that_hold_words_are_texts() {
        for table in tables() {
            for column in table.columns.iter().filter(|column| !column.values.is_empty()) {
                assert_eq!(column.ty, CanonicalType::TEXT, "{}.{}", table.name, column.name);
            }
        }
        let outcome = table("deals").and_then(|deals| deals.column("outcome")).expect("deals.outcome");
        assert_eq!(outcome.values, ["won", "lost", "open"]);
    }
}
