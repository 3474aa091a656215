//! From the values of one row after another to chunks of columns.

use std::fmt;
use std::path::Path;

use chrono::Datelike;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::name::ColumnName;
use goalpost_core::schema::ColumnType;
use goalpost_registry::write::{Format, TableWriter, Values, Written};

use super::timeline::{Day, date};

/// What can go wrong while rows are written.
pub(super) type Outcome<T = ()> = Result<T, Box<Diagnostic>>;

/// A column of an export.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) header: &'static str,
    pub(super) ty: ColumnType,
    /// Whether text files hold what somebody typed rather than clean values:
    /// dates as 31/12/2026, and dirt.
    pub(super) typed_by_hand: bool,
}

impl Column {
    /// A column with clean values.
    pub(super) const fn new(header: &'static str, ty: ColumnType) -> Self {
        Self { header, ty, typed_by_hand: false }
    }

    /// A column with values as somebody typed them.
    pub(super) const fn by_hand(header: &'static str, ty: ColumnType) -> Self {
        Self { header, ty, typed_by_hand: true }
    }

    /// A text column.
    pub(super) const fn text(header: &'static str) -> Self {
        Self::new(header, ColumnType::Text)
    }

    /// A column of days.
    pub(super) const fn date(header: &'static str) -> Self {
        Self::new(header, ColumnType::Date)
    }

    /// A column of moments.
    pub(super) const fn moment(header: &'static str) -> Self {
        Self::new(header, ColumnType::DateTime)
    }

    /// A column of amounts.
    pub(super) const fn money(header: &'static str) -> Self {
        Self::new(header, MONEY)
    }

    fn written_as(self, format: Format) -> ColumnType {
        if self.typed_by_hand && format == Format::Csv { ColumnType::Text } else { self.ty }
    }
}

/// Amounts have cents.
pub(super) const MONEY: ColumnType = ColumnType::Money(ColumnType::MONEY_SCALE);

/// Rows kept before they are written.
const CHUNK: usize = 8_192;

/// A table being filled: the values of each row in the order of the columns,
/// then [`Rows::end`].
pub(super) struct Rows {
    writer: TableWriter,
    values: Vec<Values>,
    next: usize,
}

impl Rows {
    pub(super) fn create(path: &Path, columns: &[Column], format: Format) -> Outcome<Self> {
        let typed: Vec<_> = columns
            .iter()
            .map(|column| (ColumnName::from(column.header), column.written_as(format)))
            .collect();
        Ok(Self {
            writer: TableWriter::create(path, &typed, format)?,
            values: typed.iter().map(|(_, ty)| Values::empty(*ty)).collect(),
            next: 0,
        })
    }

    /// The next column's values. One value too many is refused by the writer,
    /// because the columns then differ in length.
    fn next(&mut self) -> Option<&mut Values> {
        let at = self.next;
        self.next += 1;
        let last = self.values.len().checked_sub(1)?;
        self.values.get_mut(at.min(last))
    }

    /// A text, or null.
    pub(super) fn text<'a>(&mut self, text: impl Into<Option<&'a str>>) {
        if let Some(Values::Text(values)) = self.next() {
            values.push(text.into());
        }
    }

    /// A text from its parts: `format_args!(…)`.
    pub(super) fn format(&mut self, text: fmt::Arguments<'_>) {
        if let Some(Values::Text(values)) = self.next() {
            values.push_format(text);
        }
    }

    /// A text that is made only if it is there.
    pub(super) fn maybe(&mut self, text: Option<impl fmt::Display>) {
        match text {
            Some(text) => self.format(format_args!("{text}")),
            None => self.text(None),
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, value: bool) {
        if let Some(Values::Bool(values)) = self.next() {
            values.push(Some(value));
        }
    }

    /// A whole number.
    pub(super) fn integer(&mut self, value: impl Into<Option<i64>>) {
        if let Some(Values::Integer(values)) = self.next() {
            values.push(value.into());
        }
    }

    /// Hundredths: cents, or a fraction with two decimals.
    pub(super) fn hundredths(&mut self, value: impl Into<Option<i64>>) {
        let value = value.into();
        match self.next() {
            Some(Values::Scaled(values)) => values.push(value),
            Some(Values::Text(values)) => match value {
                Some(value) => values.push_format(format_args!("{}.{:02}", value / 100, value % 100)),
                None => values.push(None),
            },
            _ => {}
        }
    }

    /// A day; day/month/year where it is typed by hand.
    pub(super) fn date(&mut self, day: impl Into<Option<Day>>) {
        let day = day.into();
        match self.next() {
            Some(Values::Date(values)) => values.push(day),
            Some(Values::Text(values)) => match day.map(date) {
                Some(date) => {
                    let (day, month, year) = (date.day(), date.month(), date.year());
                    values.push_format(format_args!("{day:02}/{month:02}/{year:04}"));
                }
                None => values.push(None),
            },
            _ => {}
        }
    }

    /// A moment.
    pub(super) fn moment(&mut self, moment: impl Into<Option<i64>>) {
        let moment = moment.into();
        match self.next() {
            Some(Values::DateTime(values)) => values.push(moment),
            Some(Values::Text(values)) => match moment.and_then(chrono::DateTime::from_timestamp_micros) {
                Some(at) => values.push_format(format_args!("{}", at.format("%Y-%m-%dT%H:%M:%SZ"))),
                None => values.push(None),
            },
            _ => {}
        }
    }

    /// Whether the next value may be dirt that only text can hold.
    pub(super) fn takes_text(&self) -> bool {
        matches!(self.values.get(self.next), Some(Values::Text(_)))
    }

    /// Ends the row.
    pub(super) fn end(&mut self) -> Outcome {
        self.next = 0;
        if self.values.first().is_some_and(|values| values.len() >= CHUNK) {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends the table.
    pub(super) fn finish(mut self) -> Outcome<Written> {
        self.flush()?;
        self.writer.finish()
    }

    fn flush(&mut self) -> Outcome {
        self.writer.write(&self.values)?;
        self.values.iter_mut().for_each(Values::clear);
        Ok(())
    }
}
