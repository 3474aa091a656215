//! Presets: what the exports of known CRMs call the columns of the catalogue.
//!
//! Static data, one file per CRM. No vendor publishes the header row of its
//! exports, so these are the labels and the field names that importers know;
//! whoever reads headers compares them without regard to case. A table of
//! `goalpost.toml` names a preset (`preset = "hubspot"`), and what it maps
//! itself comes before what the preset says.
//!
//! A preset never guesses: it has no column for what an export does not say
//! (HubSpot's companies have a day on which they were recorded, and none on
//! which they became customers unless that column is exported).

mod hubspot;
mod marks;
mod pipedrive;
mod salesforce;
mod zendesk;

use marks::FALSE;
pub use marks::{Fate, Mark, Marked, mark};

/// The exports of one product.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// The name in `goalpost.toml`.
    pub name: &'static str,
    /// The product.
    pub product: &'static str,
    /// Rows that do not count where its exports mark them so: they are not shown there.
    pub gone: &'static [Fate],
    /// What of it is known, by the canonical table it is.
    pub tables: &'static [PresetTable],
}

impl Preset {
    /// What it knows of a canonical table.
    pub fn table(&self, name: &str) -> Option<&'static PresetTable> {
        self.tables.iter().find(|table| table.table == name)
    }
}

/// One kind of export.
#[derive(Debug, PartialEq, Eq)]
pub struct PresetTable {
    /// The canonical table.
    pub table: &'static str,
    /// What the product calls it.
    pub export: &'static str,
    /// Its columns, in the order of the canonical table.
    pub columns: &'static [PresetColumn],
}

impl PresetTable {
    /// What it knows of a canonical column.
    pub fn column(&self, name: &str) -> Option<&'static PresetColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Where a canonical column comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct PresetColumn {
    /// The canonical column.
    pub name: &'static str,
    /// In each row, the first of these that says something counts.
    pub from: &'static [Place],
    /// Rows that have a value at all, where not all do.
    pub only: Option<Only>,
}

/// One place where a value may stand.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The header and its other names; the first that the export has counts.
    pub headers: &'static [&'static str],
    /// What the cell means.
    pub reading: Reading,
    /// Rows in which it counts, where not in all.
    pub when: When,
}

/// What a cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What it says.
    Plain,
    /// These words stand for others; `""` says nothing, `"*"` is every other text.
    Words(&'static [(&'static str, &'static str)]),
    /// A number of hundredths: 75 is 0.75.
    Percent,
    /// A number of minutes after the time that another canonical column holds.
    MinutesAfter(&'static str),
    /// Followed by the text of another column, with a space between.
    Followed(&'static [&'static str]),
}

/// Rows in which a place counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// All.
    Always,
    /// Those in which another column holds one of these words; none where the
    /// export lacks that column.
    Holds(&'static [&'static str], &'static [&'static str]),
    /// The same, but all rows where the export lacks that column.
    HoldsIfThere(&'static [&'static str], &'static [&'static str]),
}

/// A column of the table that decides which rows have a value, and its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only {
    /// A canonical column of the same table.
    pub column: &'static str,
    /// The words for which there is a value.
    pub is: &'static [&'static str],
}

/// What exports of these products call the time at which a row was last changed.
pub const MODIFIED: &[&str] = &[
    "Last Modified Date",
    "LastModifiedDate",
    "Last Modified",
    "SystemModstamp",
    "lastmodifieddate",
    "hs_lastmodifieddate",
    "Update time",
    "Deal - Update time",
    "Person - Update time",
    "Organization - Update time",
    "Activity - Update time",
    "update_time",
    "Updated at",
    "Updated",
    "updated_at",
];

/// A way to write dates. Whatever the style, ISO 8601 is understood as well.
#[derive(Debug, PartialEq, Eq)]
pub struct DateStyle {
    /// What it is called in messages.
    pub name: &'static str,
    /// Its dates, in `strftime` notation; a cell is one of them, which a time of
    /// day may follow.
    pub dates: &'static [&'static str],
}

/// The styles in which exports write dates. They follow the settings of who
/// exports (or of the spreadsheet that saved the file again) rather than the
/// product, so every preset has all of them.
pub const DATE_STYLES: &[DateStyle] = &[
    DateStyle { name: "year first", dates: &["%Y/%m/%d"] },
    DateStyle { name: "month first", dates: &["%m/%d/%Y", "%m/%d/%y"] },
    DateStyle { name: "day first", dates: &["%d/%m/%Y", "%d/%m/%y"] },
    DateStyle { name: "day first with dots", dates: &["%d.%m.%Y", "%d.%m.%y"] },
];

/// All presets, in the order of the documentation.
pub fn presets() -> &'static [Preset] {
    PRESETS
}

/// A preset by name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

const PRESETS: &[Preset] =
    &[hubspot::HUBSPOT, salesforce::SALESFORCE, pipedrive::PIPEDRIVE, zendesk::ZENDESK];

/// A column that is one of these places.
const fn of(name: &'static str, from: &'static [Place]) -> PresetColumn {
    PresetColumn { name, from, only: None }
}

/// A place whose cell is taken as it is.
const fn plain(headers: &'static [&'static str]) -> Place {
    Place { headers, reading: Reading::Plain, when: When::Always }
}

/// A place whose cell is one of these words.
const fn words(headers: &'static [&'static str], words: &'static [(&'static str, &'static str)]) -> Place {
    Place { headers, reading: Reading::Words(words), when: When::Always }
}

impl PresetColumn {
    const fn only(self, column: &'static str, is: &'static [&'static str]) -> Self {
        Self { only: Some(Only { column, is }), ..self }
    }
}

impl Place {
    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }
}

/// The two words that an ended deal is in.
const ENDED: &[&str] = &["won", "lost"];

#[cfg(test)]
mod tests;
