//! What `goalpost demo` is asked for, and what it says it wrote.

use std::path::PathBuf;

use chrono::NaiveDate;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_registry::write::{Format, Written};

/// The project to write.
#[derive(Clone, Debug)]
pub(crate) struct DemoOptions {
    /// The folder; made if it is not there, and refused if it holds anything.
    pub(crate) folder: PathBuf,
    /// Number of deals; the other tables follow it.
    pub(crate) deals: u64,
    /// Which of all possible companies it is.
    pub(crate) seed: u64,
    /// How the tables are written.
    pub(crate) format: Format,
    /// The last day of the data.
    pub(crate) until: NaiveDate,
}

impl DemoOptions {
    /// Fewest deals.
    pub(crate) const LEAST_DEALS: u64 = 1_000;
    /// Most deals.
    pub(crate) const MOST_DEALS: u64 = 100_000_000;
    /// Deals unless asked otherwise: what `examples/acme` has.
    pub(crate) const DEFAULT_DEALS: u64 = 1_000;
    /// The seed unless asked otherwise.
    pub(crate) const DEFAULT_SEED: u64 = 1;

    /// The last day unless asked otherwise: the end of a quarter, so that it is closed.
    pub(crate) fn default_until() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, 30).unwrap_or_default()
    }

    /// The usual project in a folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            deals: Self::DEFAULT_DEALS,
            seed: Self::DEFAULT_SEED,
            format: Format::Csv,
            until: Self::default_until(),
        }
    }

    /// Checks sizes and dates; the folder is looked at when it is written.
    pub(super) fn checked(&self) -> Result<(), Box<Diagnostic>> {
        let refused =
            |message: String, help: &str| Err(Box::new(Diagnostic::error(Code::Usage, message).help(help)));
        if !(Self::LEAST_DEALS..=Self::MOST_DEALS).contains(&self.deals) {
            return refused(
                format!("a demo project cannot have {} deals", self.deals),
                "give from 1000 to 100000000, as in `--deals 10000`",
            );
        }
        let years = NaiveDate::from_ymd_opt(1990, 1, 1)..NaiveDate::from_ymd_opt(2200, 1, 1);
        if !years.contains(&Some(self.until)) {
            return refused(
                format!("a demo project cannot end on {}", self.until),
                "give a date from 1990 to 2199, as in `--until 2026-06-30`",
            );
        }
        Ok(())
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DemoSummary {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The tables by name, with rows and bytes.
    pub(crate) tables: Vec<(&'static str, Written)>,
    /// The moment to speak for, as `--as-of` takes it: the day after the data ends.
    pub(crate) as_of: NaiveDate,
}

impl DemoSummary {
    /// Rows of all tables.
    pub(crate) fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, written)| written.rows).sum()
    }

    /// Bytes of all tables.
    pub(crate) fn bytes(&self) -> u64 {
        self.tables.iter().map(|(_, written)| written.bytes).sum()
    }
}
