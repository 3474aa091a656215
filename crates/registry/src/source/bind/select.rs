//! Which rows of a table count: conditions of the config, and the marks that
//! known exports give to rows that are deleted.
//!
//! A condition is bound to a column like any other, so a value of the config is
//! read by the rules of that column. A mark is bound to its header, whatever
//! else the header is mapped to.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType,
};
use goalpost_core::config::{RowCondition, RowTest, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::expr::Literal;
use goalpost_core::name::TableName;
use goalpost_core::preset::{self, Fate, Marked};
use goalpost_core::schema::ColumnType;
use goalpost_core::source::{SourceFile, Span};

use super::columns::{BoundColumn, Setting, marked};
use super::naming::folded;
use crate::source::cell::convert::ColumnReader;
use crate::source::cell::records::{Records, Rows};
use crate::source::cell::{CellRules, ValueMap};

/// One thing that decides whether a row counts.
#[derive(Clone, Debug)]
pub(in crate::source) struct RowRule {
    /// The column that it looks at.
    pub(in crate::source) column: BoundColumn,
    test: Test,
    /// Why it is there.
    pub(in crate::source) why: Why,
}

/// Why a row is looked at.
#[derive(Clone, Debug)]
pub(in crate::source) enum Why {
    /// `where` of the config.
    Condition(Span),
    /// The preset knows that rows so marked do not count.
    Gone(Fate, &'static str),
    /// It looks like a mark of such rows, which count until somebody says otherwise.
    Suspicious(Fate),
}

/// A test of a value, the values as the column has them.
#[derive(Clone, Debug)]
enum Test {
    OneOf(BTreeSet<Value>),
    NoneOf(BTreeSet<Value>),
    Blank,
    Filled,
    Range(Option<Value>, Option<Value>),
    /// Not marked.
    Unmarked(Marked),
}

/// A value of any type that compares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source) enum Value {
    /// Anything that is a number inside.
    Number(i128),
    /// A text.
    Text(String),
}

impl RowRule {
    /// Whether a row that fails does not count.
    pub(in crate::source) fn leaves_out(&self) -> bool {
        !matches!(self.why, Why::Suspicious(_))
    }

    /// The condition under which the rows that pass count, as the config writes it.
    pub(in crate::source) fn proposal(&self) -> &'static str {
        match &self.test {
            Test::Unmarked(Marked::Status) => "{ not = \"Deleted\" }",
            Test::Blank | Test::Unmarked(Marked::Filled) => "{ blank = true }",
            _ => "{ not = true }",
        }
    }

    /// Which of these values pass.
    pub(in crate::source) fn pass(&self, values: &ArrayRef) -> Vec<bool> {
        self::values(values).into_iter().map(|value| self.test.passes(value.as_ref())).collect()
    }
}

impl Test {
    fn passes(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Blank, value) => value.is_none(),
            (Self::NoneOf(_) | Self::Unmarked(_), None) => true,
            (_, None) => false,
            (Self::Filled, Some(_)) => true,
            (Self::OneOf(values), Some(value)) => values.contains(value),
            (Self::NoneOf(values), Some(value)) => !values.contains(value),
            (Self::Range(at_least, below), Some(value)) => {
                at_least.as_ref().is_none_or(|least| value >= least)
                    && below.as_ref().is_none_or(|below| value < below)
            }
            (Self::Unmarked(marked), Some(Value::Text(text))) => !marked.holds(text),
            (Self::Unmarked(_), Some(Value::Number(_))) => true,
        }
    }
}

/// The values of a column, in a form that compares.
pub(in crate::source) fn values(array: &ArrayRef) -> Vec<Option<Value>> {
    let number = |value: Option<i128>| value.map(Value::Number);
    match array.data_type() {
        DataType::Utf8View => {
            let text = |text: &str| Value::Text(text.to_owned());
            array.as_string_view().iter().map(|value| value.map(text)).collect()
        }
        DataType::Boolean => array.as_boolean().iter().map(|value| number(value.map(i128::from))).collect(),
        DataType::Int64 => {
            array.as_primitive::<Int64Type>().iter().map(|value| number(value.map(i128::from))).collect()
        }
        DataType::Decimal128(_, _) => array.as_primitive::<Decimal128Type>().iter().map(number).collect(),
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().iter().map(|value| number(value.map(i128::from))).collect()
        }
        DataType::Timestamp(_, _) => array
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|value| number(value.map(i128::from)))
            .collect(),
        _ => vec![None; array.len()],
    }
}

/// The rules of a table, in the order in which they are asked.
pub(in crate::source) fn bind(
    outline: &TableOutline<'_>,
    headers: &[String],
    columns: &[BoundColumn],
    setting: Setting<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<RowRule> {
    let mut rules = Vec::new();
    for condition in &outline.config.only {
        match columns.iter().find(|bound| bound.column.name == condition.column) {
            Some(column) => rules.extend(rule(&outline.config.name, condition, column, problems)),
            None => problems.push(unknown(&outline.config.name, condition, columns)),
        }
    }
    let preset = outline.config.preset.as_ref();
    let table = outline.config.name.as_str();
    let names = || [table].into_iter().chain(preset.map(|preset| preset.table.export));
    let is_asked = |header: &str| {
        // Who says what such a column means has decided.
        rules.iter().any(|rule: &RowRule| rule.column.headers().any(|asked| asked == header))
            || outline
                .config
                .columns
                .values()
                .any(|column| column.from.as_deref().map(folded).as_deref() == Some(header))
    };
    let mut marks = Vec::new();
    for header in headers {
        let compared = folded(header);
        if is_asked(&compared) {
            continue;
        }
        let Some(mark) = preset::mark(header, names()) else { continue };
        let why = match preset.map(|preset| preset.preset) {
            Some(preset) if preset.gone.contains(&mark.fate) => Why::Gone(mark.fate, preset.name),
            _ => Why::Suspicious(mark.fate),
        };
        let test = Test::Unmarked(mark.marked);
        marks.push(RowRule { column: marked(outline, header.trim(), &compared, setting), test, why });
    }
    rules.extend(marks);
    rules
}

fn unknown(table: &TableName, condition: &RowCondition, columns: &[BoundColumn]) -> Diagnostic {
    let name = &condition.column;
    let message = format!("the condition on `{name}` is about a column that is not in table `{table}`");
    let help = did_you_mean(name.as_str(), columns.iter().map(|bound| bound.column.name.as_str()));
    Diagnostic::error(Code::ConfigReference, message).at(condition.at.clone()).help(help)
}

fn rule(
    table: &TableName,
    condition: &RowCondition,
    column: &BoundColumn,
    problems: &mut Vec<Diagnostic>,
) -> Option<RowRule> {
    let before = problems.len();
    // Its values are compared and not kept, so they may have all decimals.
    let mut column = column.clone();
    let may_be_grouped = column.rules.numbers.may_be_grouped;
    column.widen(ColumnType::MOST_DECIMALS);
    column.rules.numbers.may_be_grouped = may_be_grouped;
    // Exports write truth in many words; what is asked whether it is true is read as one of them.
    let is_other = matches!(column.column.ty, ColumnType::Text | ColumnType::Integer);
    if is_other && asks_for_truth(&condition.test) {
        column.set_type(ColumnType::Bool);
    }
    let mut read = |value: &(Literal, Span)| match self::read(&value.0, &column.rules) {
        Some(read) => Some(read),
        None => {
            let ty = column.column.ty;
            let message = format!("`{table}.{}` is of type {ty}, and {} is not", condition.column, value.0);
            let help = match ty {
                ColumnType::Date => "write a date as \"2026-01-31\"",
                ColumnType::DateTime => "write a moment as \"2026-01-31 09:30\", or a day as \"2026-01-31\"",
                ColumnType::Bool => "write true or false",
                ColumnType::Text => "write it in quotes",
                ColumnType::Duration => "write a length of time as \"1:30:00\" or \"2d 3h\"",
                _ => "write a number",
            };
            problems.push(Diagnostic::error(Code::ConfigValue, message).at(value.1.clone()).help(help));
            None
        }
    };
    let test = match &condition.test {
        RowTest::OneOf(values) => Test::OneOf(values.iter().filter_map(&mut read).collect()),
        RowTest::NoneOf(values) => Test::NoneOf(values.iter().filter_map(&mut read).collect()),
        RowTest::Blank => Test::Blank,
        RowTest::Filled => Test::Filled,
        RowTest::Range { at_least, below } => {
            Test::Range(at_least.as_ref().and_then(&mut read), below.as_ref().and_then(&mut read))
        }
    };
    let why = Why::Condition(condition.at.clone());
    (problems.len() == before).then_some(RowRule { column, test, why })
}

/// Whether a condition compares with `true` or `false`, and nothing else.
fn asks_for_truth(test: &RowTest) -> bool {
    match test {
        RowTest::OneOf(values) | RowTest::NoneOf(values) => {
            !values.is_empty() && values.iter().all(|(value, _)| matches!(value, Literal::Bool(_)))
        }
        RowTest::Blank | RowTest::Filled | RowTest::Range { .. } => false,
    }
}

/// A value of the config, read as a cell of a column would be, but written as scripts write it.
fn read(value: &Literal, rules: &CellRules) -> Option<Value> {
    let text = match (value, rules.ty) {
        (
            Literal::Text(text),
            ColumnType::Text | ColumnType::Date | ColumnType::DateTime | ColumnType::Duration,
        ) => text.to_string(),
        (Literal::Number(number), ColumnType::Integer | ColumnType::Decimal(_) | ColumnType::Money(_)) => {
            number.normalize().to_string()
        }
        // What looks like a number may be a text column, such as codes.
        (Literal::Number(number), ColumnType::Text) => number.normalize().to_string(),
        (Literal::Bool(truth), ColumnType::Bool | ColumnType::Text) => truth.to_string(),
        _ => return None,
    };
    let mut rules = rules.clone();
    rules.format = None;
    rules.nulls = Vec::new();
    rules.knows_blanks = false;
    rules.values = ValueMap::default();
    rules.numbers.decimal = b'.';
    rules.numbers.share = None;
    let mut records = Records::new(1);
    records.begin(1);
    records.put_text(0, &text);
    let mut reader = ColumnReader::new(&rules);
    reader.read(Rows { text: "", records: &records }, 0, &SourceFile::new("", ""));
    values(&reader.finish()).pop().flatten()
}
