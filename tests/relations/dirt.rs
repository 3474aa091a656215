//! Small random tables under the names of the catalogue, with the dirt of exports.
//!
//! Blank keys, dates and amounts; cells that cannot be read; references that lead
//! nowhere; lives that run backwards; negative amounts; white space; orders and
//! tickets that are there twice. All of it follows from the seed.

use std::fmt;

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use goalpost_core::calendar::Grain;
use goalpost_core::canonical::{self, CanonicalColumn, CanonicalTable, CanonicalType};
use goalpost_core::schema::ColumnType;

use crate::Case;
use crate::ask::Question;
use crate::draw::Draw;
use crate::project::Setting;
use crate::tables::{Column, Table, Value};

/// The first day of the data: sixteen months before [`LAST`].
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2025, 3, 1).expect("a day");
/// Days of the data.
const DAYS: u64 = 480;

/// Zones in which something is odd: half hours, the far ends, clocks that change
/// at midnight or by half an hour.
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Kiritimati",
];

/// Moments to speak for, at the end of the data, in the middle of a day, and
/// beside a change of clocks.
const AS_OF: [&str; 4] = ["2026-07-01", "2026-06-17T15:30", "2026-03-29T12:00", "2025-10-26T03:00"];

/// Tables whose rows may be there twice: nothing leads to them.
pub(crate) const DOUBLED: [&str; 4] = ["orders", "tickets", "spend", "logins"];

/// How a project of this seed keeps time.
fn setting(seed: u64) -> Setting {
    let mut draw = Draw::new(seed, "setting");
    let zone = draw.pick(&ZONES);
    let week = draw.pick(&["monday", "sunday", "saturday"]);
    let fiscal = draw.pick(&[1, 1, 4, 10]);
    let project = format!(
        "currency = \"USD\"\ntime_zone = \"{zone}\"\nweek_start = \"{week}\"\nfiscal_year_start = {fiscal}\n"
    );
    Setting { project, all_types: draw.one_in(2) }
}

/// How much of what exports get wrong is in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dirt {
    /// Blanks, backward lives and unmatched references: what typed columns can hold.
    Typed,
    /// Unreadable cells and rows that are there twice as well.
    All,
}

/// Random tables, how they keep time, and what is asked of them.
pub(crate) struct World {
    pub(crate) tables: Vec<Table>,
    pub(crate) setting: Setting,
    pub(crate) question: Question,
}

impl World {
    /// The world of a seed.
    pub(crate) fn of(case: Case) -> Self {
        let seed = case.seed;
        let dirt = if seed.is_multiple_of(3) { Dirt::Typed } else { Dirt::All };
        Self { tables: tables(seed, 40, dirt), setting: setting(seed), question: question(case) }
    }
}

/// How to come back to it.
impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}", self.question, self.setting.project)
    }
}

fn question(case: Case) -> Question {
    let mut draw = Draw::new(case.seed, "question");
    // The most cells are in many months cut by two dimensions.
    let many = case.seed.is_multiple_of(2);
    let (grain, last) = *draw.pick(&[
        (Grain::Month, 17),
        (Grain::Month, 6),
        (Grain::Quarter, 6),
        (Grain::Week, 9),
        (Grain::Day, 9),
        (Grain::Year, 2),
        (Grain::All, 1),
    ]);
    let (grain, last) = if many { (Grain::Month, 17) } else { (grain, last) };
    let cuts: [&[&str]; 8] = [
        &[],
        &["segment"],
        &["region"],
        &["owner"],
        &["channel"],
        &["region", "segment"],
        &["segment", "plan"],
        &["owner", "product"],
    ];
    let by = draw.pick(if many { &cuts[5..] } else { &cuts }).to_vec();
    Question { grain, last, by, as_of: (*draw.pick(&AS_OF)).to_owned(), among: case }
}

/// All canonical tables, with about so many rows each.
fn tables(seed: u64, rows: usize, dirt: Dirt) -> Vec<Table> {
    canonical::tables().iter().map(|known| table(known, seed, rows, dirt)).collect()
}

fn table(known: &CanonicalTable, seed: u64, rows: usize, dirt: Dirt) -> Table {
    let mut draw = Draw::new(seed, known.name);
    let rows = rows / 2 + draw.place(rows);
    // A script's `when` takes values of one type, and one of the built-in ones
    // chooses between the two dates of a contact.
    let is_one_type = known.name == "contacts";
    let first = if draw.one_in(2) { ColumnType::Date } else { ColumnType::DateTime };
    let columns: Vec<Column> = known
        .columns
        .iter()
        .map(|column| {
            let other = if draw.one_in(2) { ColumnType::Date } else { ColumnType::DateTime };
            let time = if is_one_type { first } else { other };
            let ty = match column.ty {
                CanonicalType::Fixed(ty) => ty,
                CanonicalType::Time => time,
            };
            Column { name: column.name.to_owned(), ty }
        })
        .collect();
    let mut table = Table { name: known.name.to_owned(), columns, rows: Vec::new() };
    for number in 0..rows {
        let mut start = None;
        let mut row = Vec::new();
        for (column, own) in known.columns.iter().zip(&table.columns) {
            row.push(value(&mut draw, known, column, own.ty, number, &mut start, dirt));
        }
        // A line of CSV without any cell is no row (spreadsheets end in such lines), in
        // Parquet it is one; no table has one, because the formats are right to differ.
        if row.iter().all(|value| *value == Value::Blank) {
            continue;
        }
        let twice = dirt == Dirt::All && DOUBLED.contains(&known.name) && draw.one_in(12);
        table.rows.extend(twice.then(|| row.clone()));
        table.rows.push(row);
    }
    table
}

fn value(
    draw: &mut Draw,
    table: &CanonicalTable,
    column: &CanonicalColumn,
    ty: ColumnType,
    number: usize,
    start: &mut Option<NaiveDateTime>,
    dirt: Dirt,
) -> Value {
    let unreadable = dirt == Dirt::All && ty != ColumnType::Text && draw.one_in(40);
    if unreadable {
        let texts = ["soon", "31/02/2026", "12,,3", "-", "1.2.3"];
        return Value::Unreadable((*draw.pick(&texts)).to_owned());
    }
    match ty {
        ColumnType::Text => text(draw, table, column, number).map_or(Value::Blank, Value::Text),
        _ if draw.one_in(10) => Value::Blank,
        ColumnType::Bool => Value::Bool(draw.one_in(2)),
        ColumnType::Integer => Value::Scaled(i64::try_from(draw.below(10)).expect("small")),
        ColumnType::Decimal(scale) => {
            let one = 10_i64.pow(u32::from(scale));
            let small = |of: u64| i64::try_from(of).expect("small");
            Value::Scaled(match column.name {
                "probability" => small(draw.below(21)) * one / 20,
                "scale_min" => small(draw.below(2)) * one,
                "scale_max" => *draw.pick(&[5, 10]) * one,
                _ => small(draw.below(11)) * one,
            })
        }
        ColumnType::Money(_) => {
            let units = i64::try_from(draw.below(1_000_000)).expect("small");
            Value::Scaled(if draw.one_in(12) { -units } else { units })
        }
        // No column of the catalogue is one.
        ColumnType::Duration => Value::Blank,
        ColumnType::Date | ColumnType::DateTime => {
            let moment = moment(draw, *start);
            start.get_or_insert(moment);
            if ty == ColumnType::Date { Value::Date(moment.date()) } else { Value::Moment(moment) }
        }
    }
}

/// A moment of the data; beside an earlier one of the row mostly soon after it,
/// at the same time now and then, and before it where the export is wrong.
fn moment(draw: &mut Draw, start: Option<NaiveDateTime>) -> NaiveDateTime {
    let near = start.filter(|_| !draw.one_in(6));
    let Some(start) = near else {
        let day = FIRST + Days::new(draw.below(DAYS));
        let hour = *draw.pick(&[0, 0, 1, 9, 12, 16, 22, 23]);
        let minute = *draw.pick(&[0, 15, 30, 59]);
        return day.and_hms_opt(hour, minute, 0).expect("a time of day");
    };
    let minutes = match draw.below(4) {
        0 => draw.below(20),
        1 => draw.below(60 * 24 * 3),
        2 => draw.below(60 * 24 * 120),
        _ => return start,
    };
    start + TimeDelta::minutes(i64::try_from(minutes).expect("small"))
}

fn text(draw: &mut Draw, table: &CanonicalTable, column: &CanonicalColumn, number: usize) -> Option<String> {
    if table.key == Some(column.name) {
        // A key that others lead to is there once; a blank one is nobody's.
        return (!draw.one_in(20)).then(|| format!("{}-{number}", table.name));
    }
    if let Some(reference) = table.references.iter().find(|reference| reference.on == column.name) {
        return match draw.below(12) {
            0 => None,
            1 => Some(format!("{}-gone{}", reference.table, draw.below(3))),
            _ => Some(format!("{}-{}", reference.table, draw.below(30))),
        };
    }
    if !column.values.is_empty() {
        return (!draw.one_in(15)).then(|| (*draw.pick(column.values)).to_owned());
    }
    let words: &[&str] = match column.name {
        "email" => &["ann@example.org", "Ann@Example.org ", "bob@example.org", "bob", "cy@a.b", ""],
        "phone" => &["+15550001111", "+1 555 000 1111", "555-000-1111", "12", "+442071234567", ""],
        "country" => &["US", "us", "GB", "Germany", ""],
        "list" => &["news", "offers"],
        "visitor_id" => &["v1", "v2", "v3", "v4", "v5", "v6", ""],
        "owner" | "agent" => &["Ann", "Bob", "Cy", "Di", "Ed", " Flo", "ann", ""],
        "currency" => &["USD", ""],
        "stage" => &["Lead", "Demo", "Offer", ""],
        "source" | "channel" => &["web", "mail", "fair", "call", "post", "(none)", ""],
        _ => &["one", "two", "three", "four", "five", "six", ""],
    };
    let word = *draw.pick(words);
    (!word.is_empty()).then(|| word.to_owned())
}
