//! The rows of a table that a test gives, as texts.

use std::collections::BTreeMap;

use goalpost_core::name::ColumnName;
use goalpost_core::source::Span;

use crate::source::cell::records::Records;

/// Rows that a test gives.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct GivenRows {
    /// Cells by column, as text.
    pub(super) rows: Vec<BTreeMap<ColumnName, String>>,
    /// Where each row is given.
    pub(in crate::source) at: Option<Span>,
}

impl GivenRows {
    /// Number of rows.
    pub(in crate::source) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows as records of these columns.
    pub(in crate::source) fn records(&self, columns: &[&ColumnName]) -> Records {
        let mut records = Records::new(columns.len());
        for (i, row) in self.rows.iter().enumerate() {
            records.begin(i as u32 + 1);
            for (slot, column) in columns.iter().enumerate() {
                if let Some(text) = row.get(*column) {
                    records.put_text(slot, text);
                }
            }
        }
        records
    }
}
