//! Changes of the data of which it is known what they change: amounts times three,
//! dates 28 years later, segments and keys by other names, rows of the future,
//! everything twice.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use goalpost_core::canonical;
use goalpost_core::definition::Definitions;
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind, MeasureOp};
use goalpost_core::name::MetricName;
use goalpost_core::number::Exact;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::report::Cell;
use goalpost_core::schema::ColumnType;

use crate::Case;
use crate::ask::{Answer, Question, ask, key, same};
use crate::dirt::World;
use crate::draw::Draw;
use crate::project::{Layout, Place, built_in, place};
use crate::tables::{Table, Value};

/// Metrics of which rows hold quotients, which the engine rounds at the tenth
/// decimal or later: three times a third is not quite one.
const ROUNDED: [&str; 3] = ["revenue_by_campaign_linear", "quota_attainment", "weighted_pipeline"];

fn project(world: &World, tables: &[Table]) -> Place {
    place(tables, &world.setting, Layout::CSV, built_in())
}

/// How a value has to be after a change: so many times what it was.
fn times(factor: i64, degree: i32, value: &Exact) -> Exact {
    let factor = Exact::from(factor.pow(degree.unsigned_abs()));
    if degree < 0 { value.checked_div(&factor).expect("a factor above 0") } else { &factor * value }
}

/// Holds that two cells speak of the same rows, and one value is a multiple of the other.
fn holds(one: &Cell, other: &Cell, factor: i64, degree: i32, rows: u64) -> bool {
    let agrees = match (&one.computed.outcome, &other.computed.outcome) {
        (Outcome::Value(before), Outcome::Value(after)) => {
            let expected = times(factor, degree, before);
            let is_rounded = ROUNDED.contains(&one.metric.as_str());
            *after == expected || is_rounded && after.agrees_to(&expected, 8)
        }
        (Outcome::NoData(_), Outcome::NoData(_)) | (Outcome::Undefined(_), Outcome::Undefined(_)) => true,
        _ => false,
    };
    agrees && counts(&one.computed, rows) == counts(&other.computed, 1)
}

/// Rows, rows looked at, and rows left out by reason, of every input.
fn counts(computed: &Computed, times: u64) -> Vec<u64> {
    let inputs = computed.sample.inputs.iter();
    let mut found = vec![computed.n() * times];
    found.extend(inputs.flat_map(|input| {
        let left_out = input.left_out.iter().map(|left| left.rows);
        [input.n, input.looked_at].into_iter().chain(left_out).map(|rows| rows * times).collect::<Vec<_>>()
    }));
    found
}

/// Holds a relation over the cells of two answers, of which none is missing.
fn compare(before: &Answer, after: &Answer, what: &str, holds: impl Fn(&Cell, &Cell) -> bool) -> usize {
    assert_eq!(before.cells.len(), after.cells.len(), "{what}");
    let wrong = before.cells.iter().zip(&after.cells).filter(|(one, other)| !holds(one, other)).take(3);
    let shown = wrong.map(|(one, other)| {
        format!("\n  {:?}\n  {:?}\n  {:?}\n  {:?}", key(one), one.computed, key(other), other.computed)
    });
    let wrong: Vec<String> = shown.collect();
    assert!(wrong.is_empty(), "{what}{}", wrong.concat());
    before.cells.len()
}

/// Amounts times three: money is three times as much, a ratio of money the same.
pub(crate) fn amounts(case: Case) -> usize {
    let world = World::of(case);
    let mut tables = world.tables.clone();
    for table in &mut tables {
        let columns: Vec<String> = table
            .columns
            .iter()
            .filter(|column| matches!(column.ty, ColumnType::Money(_)))
            .map(|column| column.name.clone())
            .collect();
        for column in columns {
            table.change(&column, |value| {
                if let Value::Scaled(units) = value {
                    *units *= 3;
                }
            });
        }
    }
    let (one, other) = (project(&world, &world.tables), project(&world, &tables));
    let (before, after) = (ask(&one.project, &world.question), ask(&other.project, &world.question));
    let degree = |metric: &MetricName| {
        one.project.catalogue.metric(metric).map_or(0, |entry| i32::from(entry.kind.money))
    };
    compare(&before, &after, &format!("{world}: amounts times 3"), |one, other| {
        key(one) == key(other) && holds(one, other, 3, degree(&one.metric), 1)
    })
}

/// Days of 28 years, after which days of the week and leap days are the same again.
const YEARS: u64 = 28 * 365 + 7;

/// Everything 28 years later, as of 28 years later: the same, under other dates.
pub(crate) fn dates(case: Case) -> usize {
    let world = World::of(case);
    let mut tables = world.tables.clone();
    for value in tables.iter_mut().flat_map(|table| &mut table.rows).flatten() {
        match value {
            Value::Date(day) => *day = *day + Days::new(YEARS),
            Value::Moment(moment) => *moment = *moment + Days::new(YEARS),
            _ => {}
        }
    }
    let (year, rest) = world.question.as_of.split_at(4);
    let year: i32 = year.parse().expect("a year");
    let later = Question { as_of: format!("{}{rest}", year + 28), ..world.question.clone() };
    let before = ask(&project(&world, &world.tables).project, &world.question);
    let after = ask(&project(&world, &tables).project, &later);
    compare(&before, &after, &format!("{world}: 28 years later"), |one, other| {
        let (one_key, other_key) = (key(one), key(other));
        one_key.0 == other_key.0
            && one_key.2 == other_key.2
            && one.period.end.year() + 28 == other.period.end.year()
            && one.pending == other.pending
            && holds(one, other, 1, 0, 1)
    })
}

/// Columns whose texts are names: nothing hangs on which.
const NAMES: [&str; 13] = [
    "owner", "agent", "team", "pipeline", "source", "product", "region", "segment", "plan", "channel",
    "priority", "list", "stage",
];

/// The same name backwards: others stay others, in another order.
fn backwards(text: &str) -> String {
    format!("~{}", text.trim().chars().rev().collect::<String>())
}

/// Segments by other names have the same figures; keys by other names change nothing.
pub(crate) fn names(case: Case) -> usize {
    let world = World::of(case);
    let before = ask(&project(&world, &world.tables).project, &world.question);
    let mut tables = world.tables.clone();
    let rename = |value: &mut Value| {
        if let Value::Text(text) = value {
            *text = backwards(text);
        }
    };
    for table in &mut tables {
        NAMES.iter().for_each(|name| table.change(name, rename));
        if table.name == "campaigns" {
            table.change("name", rename);
        }
    }
    let after = ask(&project(&world, &tables).project, &world.question);
    let mut renamed = BTreeMap::new();
    for cell in &before.cells {
        let (metric, period, segment) = key(cell);
        let segment: Vec<Option<String>> =
            segment.into_iter().map(|value| value.map(|text| backwards(&text))).collect();
        renamed.insert((metric, period, segment), &cell.computed);
    }
    let after_cells = after.by_key();
    assert!(renamed.keys().eq(after_cells.keys()), "{world}: other segments under other names");
    for (key, computed) in &renamed {
        assert_eq!(after_cells[key], *computed, "{world}: {key:?} under another name");
    }
    // A longer beginning keeps the order of keys, which decides between equal dates.
    let mut tables = world.tables.clone();
    tables.iter_mut().for_each(|table| renew_keys(table, "k-"));
    let other = ask(&project(&world, &tables).project, &world.question);
    same(&before, &other, &format!("{world}: other keys"));
    before.cells.len() * 2
}

/// Puts a text before every key, and before what leads to one.
fn renew_keys(table: &mut Table, before: &str) {
    let known = canonical::table(&table.name);
    let key = known.and_then(|known| known.key);
    let references =
        known.into_iter().flat_map(|known| known.references.iter().map(|reference| reference.on));
    for column in references.chain(key) {
        table.change(column, |value| {
            if let Value::Text(text) = value {
                *text = format!("{before}{text}");
            }
        });
    }
}

/// Rows of which every date is after the moment asked about are not seen; but
/// quotas are plans, which are there before they begin, so none is added.
pub(crate) fn future(case: Case) -> usize {
    let world = World::of(case);
    let mut draw = Draw::new(case.seed, "future");
    let as_of: NaiveDate = world.question.as_of[..10].parse().expect("a date");
    let mut tables = world.tables.clone();
    for table in tables.iter_mut().filter(|table| table.name != "quotas") {
        let mut added = table.rows.clone();
        draw.shuffle(&mut added);
        added.truncate(12);
        let mut added = Table { rows: added, ..table.clone() };
        for (place, column) in table.columns.iter().enumerate() {
            for row in &mut added.rows {
                let day = as_of + Days::new(2 + draw.below(200));
                let moment: NaiveDateTime = day.and_hms_opt(9, 30, 0).expect("a time");
                row[place] = match (column.ty, &row[place]) {
                    (ColumnType::Date, _) => Value::Date(day),
                    (ColumnType::DateTime, _) => Value::Moment(moment),
                    (_, Value::Unreadable(_)) => Value::Blank,
                    (_, value) => value.clone(),
                };
            }
        }
        // Keys of their own, which nothing leads to.
        if let Some(known) = canonical::table(&table.name).and_then(|known| known.key) {
            added.change(known, |value| {
                if let Value::Text(text) = value {
                    *text = format!("{text}-later");
                }
            });
        }
        table.rows.extend(added.rows);
    }
    let before = ask(&project(&world, &world.tables).project, &world.question);
    let after = ask(&project(&world, &tables).project, &world.question);
    compare(&before, &after, &format!("{world}: rows of the future"), |one, other| {
        key(one) == key(other)
            && one.computed.outcome == other.computed.outcome
            && one.computed.n() == other.computed.n()
    })
}

/// Every row twice, the second time in a world of its own, with keys of its own:
/// counts and sums are twice as much, means and shares the same.
pub(crate) fn doubled(case: Case) -> usize {
    let mut world = World::of(case);
    // Rows without a key are one group in both worlds, which then is another one.
    for table in &mut world.tables {
        let key = canonical::table(&table.name).and_then(|known| known.key);
        // And so are the orders of nobody.
        let buyer = (table.name == "orders").then_some("customer_id");
        for place in
            [key, buyer].into_iter().flatten().filter_map(|column| table.place(column)).collect::<Vec<_>>()
        {
            table.rows.retain(|row| row[place] != Value::Blank);
        }
    }
    let mut tables = world.tables.clone();
    for table in &mut tables {
        let mut copy = table.clone();
        renew_keys(&mut copy, "b-");
        for column in ["visitor_id", "email"] {
            copy.change(column, |value| {
                if let Value::Text(text) = value {
                    *text = format!("w{text}");
                }
            });
        }
        copy.change("phone", |value| {
            if let Value::Text(text) = value {
                *text = text.chars().map(next_digit).collect();
            }
        });
        table.rows.extend(copy.rows);
    }
    let mut before = ask(&project(&world, &world.tables).project, &world.question);
    let mut after = ask(&project(&world, &tables).project, &world.question);
    let degrees = Degrees { definitions: built_in() };
    for answer in [&mut before, &mut after] {
        answer.cells.retain(|cell| degrees.of_metric(&cell.metric).is_some());
    }
    compare(&before, &after, &format!("{world}: everything twice"), |one, other| {
        key(one) == key(other)
            && degrees.of_metric(&one.metric).is_some_and(|degree| holds(one, other, 2, degree, 2))
    })
}

/// Other phone numbers in the same form.
fn next_digit(c: char) -> char {
    match c.to_digit(10) {
        Some(digit) => char::from_digit((digit + 1) % 10, 10).expect("a digit"),
        None => c,
    }
}

/// With which power of the number of rows a measure grows, where that can be told.
struct Degrees<'d> {
    definitions: &'d Definitions,
}

impl Degrees<'_> {
    fn of_metric(&self, name: &MetricName) -> Option<i32> {
        let metric = self.definitions.metrics.iter().find(|metric| metric.name == *name)?;
        self.of(&metric.value)
    }

    fn of(&self, measure: &Measure) -> Option<i32> {
        match &*measure.kind {
            MeasureKind::Number(_) | MeasureKind::Duration(_) => Some(0),
            MeasureKind::Aggregate(aggregate) => match aggregate.function {
                AggregateFunction::Count
                | AggregateFunction::CountDistinct
                | AggregateFunction::Sum
                | AggregateFunction::Spread => Some(1),
                // Where it lies between two values it moves as they become four.
                AggregateFunction::Percentile(_) => None,
                AggregateFunction::Mean
                | AggregateFunction::Median
                | AggregateFunction::Share
                | AggregateFunction::Min
                | AggregateFunction::Max => Some(0),
            },
            MeasureKind::Metric(name) => self.of_metric(name),
            MeasureKind::Binary(op, a, b) => {
                let (one, other) = (self.of(a)?, self.of(b)?);
                match op {
                    MeasureOp::Multiply => Some(one + other),
                    MeasureOp::Divide => Some(one - other),
                    _ => (one == other || is_zero(a) || is_zero(b)).then_some(one.max(other)),
                }
            }
            // The second is a 0 in the place of nothing.
            MeasureKind::Coalesce(a, b) => self.of(a).filter(|_| is_zero(b)),
            MeasureKind::Growth(..) => Some(0),
            MeasureKind::Window(inner, _)
            | MeasureKind::InPeriod(inner, _)
            | MeasureKind::Total(inner)
            | MeasureKind::DailyAverage(inner)
            | MeasureKind::Split(inner, _) => self.of(inner),
            // The one built-in function is of ratios between the means of its parts.
            MeasureKind::Function(function) => {
                function.parts.iter().all(|(_, part)| self.of(part) == Some(0)).then_some(0)
            }
        }
    }
}

fn is_zero(measure: &Measure) -> bool {
    matches!(&*measure.kind, MeasureKind::Number(number) if number.is_zero())
}
