//! Readings: everything that is read of rows, as values of one kind.
//!
//! Cells, samples, checks of references and currencies, ranges and listings all
//! ask for readings, and the engine answers them through one door
//! (`engine::door`). A cache, a database or a cluster stands there.

use goalpost_core::calendar::Window;
use goalpost_core::expr::{ColumnRef, Expr, RelationSource};
use goalpost_core::name::{ColumnName, TableName};

use super::Scan;
use super::listing::Listing;

/// One thing to be read; its answer is a few columns of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Aggregates by segment and bucket.
    Groups(Scan),
    /// What means and spreads are computed from.
    Moments(Moments),
    /// The first values of a key, in order, that occur more than once: `key`, `rows`.
    Repeated { key: Key, most: usize },
    /// Rows that refer to a key that is not there: how many (`rows`).
    Unmatched { from: Key, to: Key },
    /// The values of these that most rows have: `key`, `rows`.
    UnmatchedValues { from: Key, to: Key, most: usize },
    /// How many rows of each kind a listing has, and what they add up to.
    Totals(Listing),
    /// The first rows of one kind of a listing.
    Rows(Listing, usize),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) table: TableName,
    pub(crate) column: ColumnName,
}

/// Count, sum, sum of squares and extremes of values by segment and window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moments {
    pub(crate) source: RelationSource,
    /// Where rows lie in time; those at or after as-of are invisible.
    pub(crate) axis: Expr,
    pub(crate) dimensions: Vec<ColumnRef>,
    pub(crate) value: Expr,
    /// What holds of the rows.
    pub(crate) filters: Vec<Expr>,
    /// Windows that begin and do not overlap.
    pub(crate) windows: Vec<Window>,
}

impl Reading {
    /// The rows that it is about, as scripts write them.
    pub(crate) fn over(&self) -> String {
        match self {
            Self::Groups(scan) => scan.source.to_string(),
            Self::Moments(moments) => moments.source.to_string(),
            Self::Repeated { key, .. } => key.table.to_string(),
            Self::Unmatched { from, .. } | Self::UnmatchedValues { from, .. } => from.table.to_string(),
            Self::Totals(listing) | Self::Rows(listing, _) => listing.source.to_string(),
        }
    }

    /// The reading as a text: the same for the same question, wherever and in
    /// whatever words it was asked, and another one for any other question. The
    /// data that it is asked of, the calendar and as-of are not part of it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what will be kept from one run to the next is found by it")
    )]
    pub(crate) fn canonical(&self) -> String {
        format!("{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use goalpost_core::source::{SourceFile, Span};

    use super::*;
    use crate::relation::window::Undated;
    use crate::scan::{Bucket, Output};

    fn count(table: &str, column: &str, line: u32, bucket: Bucket) -> Reading {
        let file = SourceFile::new("metrics.d/a.rhai", "");
        let mut condition = Expr::column(ColumnRef {
            owner: goalpost_core::expr::Owner::Table(table.into()),
            path: vec![column.into()],
        })
        .is_known();
        condition.at = Span::at(&file, line, 1).into();
        Reading::Groups(Scan {
            source: RelationSource::Table(table.into()),
            axis: None,
            dimensions: Vec::new(),
            apart: None,
            bucket,
            undated: Undated::Counted,
            outputs: vec![Output::count(vec![condition])],
        })
    }

    #[test]
    fn the_same_question_has_one_text_wherever_it_was_written() {
        let asked = count("deals", "amount", 1, Bucket::Month);
        assert_eq!(asked.canonical(), count("deals", "amount", 9, Bucket::Month).canonical());
        let others = [
            count("leads", "amount", 1, Bucket::Month),
            count("deals", "owner", 1, Bucket::Month),
            count("deals", "amount", 1, Bucket::Day),
        ];
        for other in others {
            assert_ne!(asked.canonical(), other.canonical());
        }
        let key = |column: &str| Key { table: "deals".into(), column: column.into() };
        let repeated = |column| Reading::Repeated { key: key(column), most: 3 }.canonical();
        assert_ne!(repeated("id"), repeated("owner"));
    }
}
