//! From cells as text to Arrow columns, with a count of what could not be read.
//!
//! A column at a time, so that the loop over a run of rows does one thing. What
//! a cell means is decided by `cell`; where batches go, by `keep`.

use std::fmt::Display;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder,
    StringViewBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use goalpost_core::schema::ColumnType;
use goalpost_core::source::{SourceFile, Span};

use super::derive::Derivation;
use super::duration;
use super::number::{self, BadNumber, Shows};
use super::records::{CellText, Rows};
use super::time::TimeReader;
use super::{CellRules, truth, unreadable};

/// The Arrow type of a column.
pub(crate) fn arrow_type(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::Text => DataType::Utf8View,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Integer => DataType::Int64,
        ColumnType::Decimal(scale) | ColumnType::Money(scale) => {
            DataType::Decimal128(ColumnType::WHOLE_DIGITS + scale, scale as i8)
        }
        ColumnType::Date => DataType::Date32,
        ColumnType::DateTime => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
        ColumnType::Duration => DataType::Int64,
    }
}

/// Cells of a column that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BadCells {
    /// How many.
    pub(crate) count: u64,
    /// How many others of the column could be read.
    pub(in crate::source) good: u64,
    /// The decimals that those of them have that have more than are kept; 0 where there are none.
    pub(in crate::source) decimals: u8,
    /// What the numbers of a column of shares show of their unit.
    pub(in crate::source) shown: ShownUnits,
    /// How many have a time of day and were taken for days.
    pub(in crate::source) lost_times: u64,
    /// The first few.
    pub(crate) examples: Vec<BadCell>,
    /// Their places among the values that were not taken yet.
    marks: Vec<usize>,
    /// The place of the first value of the run that is being read.
    base: usize,
}

/// A cell that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadCell {
    /// Its file and line, or row.
    pub(crate) at: Span,
    /// What it holds.
    pub(crate) text: String,
    /// What is wrong with it.
    pub(crate) why: String,
}

impl BadCells {
    /// How many examples are kept.
    pub(in crate::source) const SHOWN: usize = 5;
    /// How much of a cell an example shows, in characters.
    const LENGTH: usize = 60;

    /// Counts a cell, the `nth` of the run that is being read.
    pub(in crate::source) fn add(
        &mut self,
        nth: usize,
        file: &Arc<SourceFile>,
        line: u32,
        text: &str,
        why: impl Display,
    ) {
        self.count += 1;
        self.marks.push(self.base + nth);
        if self.examples.len() < Self::SHOWN {
            let mut shown: String = text.chars().take(Self::LENGTH).collect();
            if shown.len() < text.len() {
                shown.push('…');
            }
            let at = Span::at(file, line, 0);
            self.examples.push(BadCell { at, text: shown, why: why.to_string() });
        }
    }

    /// Adds those of a later part.
    pub(in crate::source) fn append(&mut self, later: Self) {
        self.count += later.count;
        self.good += later.good;
        self.lost_times += later.lost_times;
        self.decimals = self.decimals.max(later.decimals);
        self.shown.append(later.shown);
        let room = Self::SHOWN.saturating_sub(self.examples.len());
        self.examples.extend(later.examples.into_iter().take(room));
    }
}

/// The first number that shows that a column holds fractions, the first that shows that
/// it holds percentages, and the first that says it of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct ShownUnits {
    pub(in crate::source) fraction: Option<BadCell>,
    pub(in crate::source) percent: Option<BadCell>,
    pub(in crate::source) sign: Option<BadCell>,
}

impl ShownUnits {
    fn see(&mut self, shows: Shows, file: &Arc<SourceFile>, line: u32, text: &str) {
        let (first, why) = match shows {
            Shows::Nothing => return,
            Shows::Fraction => (&mut self.fraction, "less than 1"),
            Shows::Percent => (&mut self.percent, "more than 1"),
            Shows::Sign => (&mut self.sign, "a percentage"),
        };
        first.get_or_insert_with(|| BadCell {
            at: Span::at(file, line, 0),
            text: text.trim().to_owned(),
            why: why.to_owned(),
        });
    }

    /// Adds those of a later part.
    pub(in crate::source) fn append(&mut self, later: Self) {
        self.fraction = self.fraction.take().or(later.fraction);
        self.percent = self.percent.take().or(later.percent);
        self.sign = self.sign.take().or(later.sign);
    }
}

/// A column while it is read.
pub(in crate::source) struct ColumnReader<'a> {
    rules: &'a CellRules,
    builder: Builder,
    times: TimeReader<'a>,
    /// What could not be read so far.
    pub(in crate::source) bad: BadCells,
}

/// Values of a column so far.
pub(in crate::source) enum Builder {
    /// Text.
    Text(StringViewBuilder),
    /// True and false.
    Bool(BooleanBuilder),
    /// Whole numbers.
    Integer(Int64Builder),
    /// Exact numbers and amounts.
    Decimal(Decimal128Builder, u8),
    /// Days.
    Date(Date32Builder),
    /// Moments.
    DateTime(TimestampMicrosecondBuilder),
    /// Lengths of time, in microseconds.
    Duration(Int64Builder),
}

impl Builder {
    fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::Text => Self::Text(StringViewBuilder::new()),
            ColumnType::Bool => Self::Bool(BooleanBuilder::new()),
            ColumnType::Integer => Self::Integer(Int64Builder::new()),
            ColumnType::Decimal(scale) | ColumnType::Money(scale) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(arrow_type(ty)), scale)
            }
            ColumnType::Date => Self::Date(Date32Builder::new()),
            ColumnType::DateTime => {
                Self::DateTime(TimestampMicrosecondBuilder::new().with_data_type(arrow_type(ty)))
            }
            ColumnType::Duration => Self::Duration(Int64Builder::new()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(builder) => builder.len(),
            Self::Bool(builder) => builder.len(),
            Self::Integer(builder) => builder.len(),
            Self::Decimal(builder, _) => builder.len(),
            Self::Date(builder) => builder.len(),
            Self::DateTime(builder) => builder.len(),
            Self::Duration(builder) => builder.len(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, _) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::DateTime(builder) => Arc::new(builder.finish()),
            Self::Duration(builder) => Arc::new(builder.finish()),
        }
    }
}

impl<'a> ColumnReader<'a> {
    /// A column without values.
    pub(in crate::source) fn new(rules: &'a CellRules) -> Self {
        Self { rules, builder: Builder::new(rules.ty), times: rules.times(), bad: BadCells::default() }
    }

    /// Takes the values so far.
    pub(in crate::source) fn finish(&mut self) -> ArrayRef {
        self.finish_marked().0
    }

    /// Takes the values so far, and the marks of those that could not be read.
    pub(in crate::source) fn finish_marked(&mut self) -> (ArrayRef, ArrayRef) {
        let values = self.builder.finish();
        let marks = unreadable::marks(values.len(), &std::mem::take(&mut self.bad.marks));
        self.bad.good += (values.len() - values.null_count()) as u64;
        self.bad.lost_times = self.times.lost;
        (values, marks)
    }

    /// The builder, the rules and the reader of times, for sources whose values have types.
    pub(in crate::source) fn parts(
        &mut self,
    ) -> (&mut Builder, &'a CellRules, &mut TimeReader<'a>, &mut BadCells) {
        self.bad.base = self.builder.len();
        (&mut self.builder, self.rules, &mut self.times, &mut self.bad)
    }

    /// Reads the cells of a slot, or those that are derived from several.
    pub(in crate::source) fn read_from(
        &mut self,
        rows: Rows<'_>,
        slots: &[usize],
        derivation: Option<&Derivation>,
        file: &Arc<SourceFile>,
    ) {
        let Some(derivation) = derivation else {
            return slots.iter().for_each(|&slot| self.read(rows, slot, file));
        };
        let derived = derivation.derive(rows, slots, self.rules, &mut self.times);
        self.read(Rows { text: "", records: &derived }, 0, file);
    }

    /// Reads the cells of a slot.
    pub(in crate::source) fn read(&mut self, rows: Rows<'_>, slot: usize, file: &Arc<SourceFile>) {
        let cells = rows.column(slot);
        self.bad.base = self.builder.len();
        let Self { rules, builder, times, bad } = self;
        let rules: &CellRules = rules;
        let numbers = &rules.numbers;
        let mut each = Each { rules, bad, file };
        match builder {
            Builder::Text(builder) => {
                for (nth, (line, cell)) in cells.enumerate() {
                    match rules.text(cell.text) {
                        None => builder.append_null(),
                        Some(text) => match rules.word(text) {
                            Ok(text) => builder.append_value(text),
                            Err(why) => {
                                each.bad.add(nth, each.file, line, cell.text, why);
                                builder.append_null();
                            }
                        },
                    }
                }
            }
            Builder::Bool(builder) => {
                let read = |_: CellText<'_>, text: &str| truth(text).ok_or("not true or false");
                each.append(cells, read, |value| builder.append_option(value));
            }
            Builder::Integer(builder) => {
                let read = |_: CellText<'_>, text: &str| number::integer(text, numbers);
                each.append(cells, read, |value| builder.append_option(value));
            }
            Builder::Decimal(builder, scale) if numbers.share.is_some() => {
                let with_point = number::pointed(numbers);
                let read = |cell: CellText<'_>, text: &str| {
                    number::share(text, *scale, if cell.is_number { &with_point } else { numbers })
                };
                each.decimals(cells, read, |value| builder.append_option(value));
            }
            Builder::Decimal(builder, scale) => {
                let read = |cell: CellText<'_>, text: &str| {
                    let value = match cell.is_number {
                        true => number::with_point(text, *scale, numbers.excess),
                        false => number::scaled(text, *scale, numbers),
                    }?;
                    Ok((value, number::shows(text, value, *scale, numbers)))
                };
                each.decimals(cells, read, |value| builder.append_option(value));
            }
            Builder::Duration(builder) => {
                let read = |cell: CellText<'_>, text: &str| match cell.is_number {
                    true => duration::read_number(text, rules.durations),
                    false => duration::read(text, rules.durations, numbers),
                };
                each.append(cells, read, |value| builder.append_option(value));
            }
            Builder::Date(builder) => {
                each.append(cells, |_, text| times.date(text), |value| builder.append_option(value));
            }
            Builder::DateTime(builder) => {
                each.append(cells, |_, text| times.moment(text), |value| builder.append_option(value));
            }
        }
    }
}

/// What every typed column does with its cells.
struct Each<'a> {
    rules: &'a CellRules,
    bad: &'a mut BadCells,
    file: &'a Arc<SourceFile>,
}

impl Each<'_> {
    /// Reads decimals, each with what it shows of the unit of its column.
    fn decimals<'c>(
        &mut self,
        cells: impl Iterator<Item = (u32, CellText<'c>)>,
        mut read: impl FnMut(CellText<'_>, &str) -> Result<(i128, Shows), BadNumber>,
        mut append: impl FnMut(Option<i128>),
    ) {
        for (nth, (line, cell)) in cells.enumerate() {
            match self.rules.text(cell.text).map(|text| read(cell, text)) {
                None => append(None),
                Some(Ok((value, shows))) => {
                    self.bad.shown.see(shows, self.file, line, cell.text);
                    append(Some(value));
                }
                Some(Err(why)) => {
                    self.bad.decimals = self.bad.decimals.max(why.decimals());
                    self.bad.add(nth, self.file, line, cell.text, why);
                    append(None);
                }
            }
        }
    }

    fn append<'c, T, E: Display>(
        &mut self,
        cells: impl Iterator<Item = (u32, CellText<'c>)>,
        mut read: impl FnMut(CellText<'_>, &str) -> Result<T, E>,
        mut append: impl FnMut(Option<T>),
    ) {
        for (nth, (line, cell)) in cells.enumerate() {
            match self.rules.text(cell.text).map(|text| read(cell, text)) {
                None => append(None),
                Some(Ok(value)) => append(Some(value)),
                Some(Err(why)) => {
                    self.bad.add(nth, self.file, line, cell.text, why);
                    append(None);
                }
            }
        }
    }
}
