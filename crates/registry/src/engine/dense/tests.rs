//! Groups of a few rows, counted by hand.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray,
};
use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::expr::Expr;

use super::*;
use crate::engine::read::{Group, groups};
use crate::lower::together::OutputColumns;
use crate::relation::window::Undated;
use crate::scan::Output;

const HOUR: i64 = 3_600_000_000;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// The moment of an hour of a day in UTC.
fn at(text: &str, hour: i64) -> Option<i64> {
    Some(day(text).and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros() + hour * HOUR)
}

/// Six deals: their region, close, whether they were won, amount in cents, days taken.
fn deals() -> RecordBatch {
    let regions = StringViewArray::from(vec![
        Some("north"),
        None,
        Some("north"),
        Some("a region far in the south"),
        Some("north"),
        Some("north"),
    ]);
    let closes = [
        at("2026-01-31", 22),
        at("2026-01-31", 23),
        at("2026-02-10", 12),
        at("2026-02-28", 12),
        None,
        at("2026-01-05", 0),
    ];
    let won = BooleanArray::from(vec![Some(true), Some(true), None, Some(true), Some(true), Some(false)]);
    let amounts = Decimal128Array::from(vec![Some(1_050), Some(2_000), Some(400), None, Some(70), Some(5)]);
    let columns: [(&str, ArrayRef); 5] = [
        ("#0", Arc::new(regions)),
        ("#1", Arc::new(TimestampMicrosecondArray::from(closes.to_vec()).with_timezone("UTC"))),
        ("#2", Arc::new(won)),
        ("#3", Arc::new(amounts.with_precision_and_scale(18, 2).expect("a type"))),
        ("#4", Arc::new(Int64Array::from(vec![3, -4, 5, 6, 7, 8]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, values)| (name, values, true)))
        .expect("rows")
}

fn scan(bucket: Bucket, undated: Undated, cuts: usize) -> Scan {
    let column = |name: &str| ColumnRef::of_table(&"deals".into(), vec![name.into()]);
    let output = |function, argument: Option<&str>| Output {
        function,
        argument: argument.map(|name| Expr::column(column(name))),
        filters: Vec::new(),
        window: None,
    };
    Scan {
        source: RelationSource::Table("deals".into()),
        axis: Some(Expr::column(column("closed"))),
        dimensions: vec![column("region"); cuts],
        apart: None,
        bucket,
        undated,
        outputs: vec![
            output(OutputFunction::Count, None),
            output(OutputFunction::Sum, Some("amount")),
            output(OutputFunction::Min, Some("amount")),
            output(OutputFunction::Max, Some("days")),
            output(OutputFunction::Sum, Some("days")),
        ],
    }
}

fn columns(cuts: usize) -> Columns {
    let output = |filter, argument| OutputColumns { filter, argument };
    Columns {
        kept: None,
        dimensions: vec![0; cuts],
        axis: Some(1),
        outputs: vec![
            output(None, None),
            output(Some(2), Some(3)),
            output(None, Some(3)),
            output(Some(2), Some(4)),
            output(None, Some(4)),
        ],
    }
}

/// The groups of the rows, in two parts that are put together, in Berlin.
fn grouped(scan: &Scan, columns: &Columns) -> Vec<Group> {
    let calendar = Calendar { time_zone: chrono_tz::Europe::Berlin, ..Calendar::default() };
    let layout = Layout { calendar, scans: vec![scan.clone()], columns: vec![columns.clone()] };
    let mut first = Pass::new(&layout).expect("a pass");
    let mut second = Pass::new(&layout).expect("a pass");
    let rows = deals();
    // The second part meets the segments in another order.
    second.add(&rows.slice(3, 3)).expect("rows");
    first.add(&rows.slice(0, 1)).expect("rows");
    first.add(&rows.slice(1, 2)).expect("rows");
    first.merge(&second).expect("another part");
    groups(scan, &first.finish().expect("groups")[0]).expect("numbers")
}

/// Segment, bucket and values, as texts.
fn shown(found: &[Group]) -> Vec<String> {
    let number = |value: &Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
    let line = |group: &Group| {
        let segment: Vec<&str> = group.segment.iter().map(|text| text.as_deref().unwrap_or("-")).collect();
        let bucket = group.bucket.map_or("-".to_owned(), |day| day.to_string());
        let values: Vec<String> = group.values.iter().map(number).collect();
        format!("{} {bucket}: {}", segment.join("/"), values.join(" "))
    };
    found.iter().map(line).collect()
}

#[test]
fn rows_are_grouped_by_segment_and_local_month() {
    // In Berlin 23:00 of 31 January in UTC is 0:00 of 1 February.
    let found = grouped(&scan(Bucket::Month, Undated::Counted, 1), &columns(1));
    assert_eq!(
        shown(&found),
        [
            "- 2026-02-01: 1 20.00 20.00 -4 -4",
            "a region far in the south 2026-02-01: 1 - - 6 6",
            "north -: 1 0.70 0.70 7 7",
            "north 2026-01-01: 2 10.50 0.05 3 11",
            "north 2026-02-01: 1 - 4.00 - 5",
        ]
    );
}

#[test]
fn dimensions_are_told_apart_by_all_of_them() {
    let found = grouped(&scan(Bucket::Whole, Undated::Counted, 3), &columns(3));
    assert_eq!(
        shown(&found),
        [
            "-/-/- -: 1 20.00 20.00 -4 -4",
            "a region far in the south/a region far in the south/a region far in the south -: 1 - - 6 6",
            "north/north/north -: 4 11.20 0.05 7 23",
        ]
    );
}

#[test]
fn windows_leave_out_what_lies_around_them() {
    let window = |start, end| Window { start: Some(day(start)), end: day(end) };
    let windows = vec![window("2026-01-05", "2026-01-20"), window("2026-02-10", "2026-02-28")];
    // 31 January lies between them, 28 February behind them, and what has no day nowhere.
    let found = grouped(&scan(Bucket::Windows(windows), Undated::Counted, 0), &columns(0));
    assert_eq!(
        shown(&found),
        [" -: 2 30.50 10.50 3 -1", " 2026-01-05: 1 - 0.05 - 8", " 2026-02-10: 1 - 4.00 - 5"]
    );
}

#[test]
fn what_has_no_day_is_before_all_time_ends_only_where_it_counts() {
    let before = Bucket::Before(day("2026-02-01"));
    let found = grouped(&scan(before.clone(), Undated::Counted, 0), &columns(0));
    assert_eq!(shown(&found), [" -: 3 11.20 0.05 7 18"]);
    let found = grouped(&scan(before, Undated::LeftOut, 0), &columns(0));
    assert_eq!(shown(&found), [" -: 2 10.50 0.05 3 11"]);
    // A group without rows is there where there is no other.
    let found = grouped(&scan(Bucket::Before(day("2020-01-01")), Undated::LeftOut, 0), &columns(0));
    assert_eq!(shown(&found), [" -: 0 - - - -"]);
}

#[test]
fn rows_that_are_not_kept_make_no_group() {
    let kept = Columns { kept: Some(2), ..columns(1) };
    let found = grouped(&scan(Bucket::Day, Undated::Counted, 1), &kept);
    assert_eq!(
        shown(&found),
        [
            "- 2026-02-01: 1 20.00 20.00 -4 -4",
            "a region far in the south 2026-02-28: 1 - - 6 6",
            "north -: 1 0.70 0.70 7 7",
            "north 2026-01-31: 1 10.50 10.50 3 3",
        ]
    );
}
