//! Which Parquet tables can be scanned where they are, and how.
//!
//! A column fits when its physical type is that of the script's column or casts
//! to it without loss, and when nothing has to be looked up for its values. White
//! space around texts must be gone here as everywhere, and blank ones null; the
//! dictionaries of a file usually show that there are none. Doubles fit where each is a
//! number of few digits, which is asked of the values ([`super::doubles`]).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::functions::expr_fn::btrim;
use datafusion::logical_expr::{Case, Expr, cast, ident, lit, when};
use datafusion::scalar::ScalarValue;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::ColumnName;
use goalpost_core::schema::ColumnType;
use goalpost_core::white::WHITE;

use super::doubles::Double;
use super::open::{Contents, leaf};
use super::{times, words};
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::naming::folded;
use crate::source::cell::convert::arrow_type;
use crate::source::cell::{BLANKS, CellRules};
use crate::source::find::file::DataFile;
use crate::source::keep::scan;

/// A table that is scanned where it is.
pub(in crate::source) struct InPlace {
    pub(in crate::source) provider: Arc<dyn TableProvider>,
    /// Columns of which the files do not prove that every row has a value.
    pub(in crate::source) lacking: BTreeSet<ColumnName>,
    /// It is that table only where all of these are what was written.
    pub(in crate::source) doubles: Vec<Double>,
}

/// The table scanned in place; `None` when it has to be converted.
pub(in crate::source) fn in_place(
    table: &str,
    files: &[(&DataFile, &Contents)],
    columns: &[&BoundColumn],
) -> Result<Option<InPlace>, Diagnostic> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut doubles = Vec::new();
    let mut expressions = Vec::with_capacity(columns.len());
    // Texts that become blank lack a value too.
    let mut lacking = BTreeSet::new();
    for column in columns {
        let Some(field) = same_everywhere(files, column) else { return Ok(None) };
        let physical = physical_type(field.data_type());
        let is_mapped = !column.rules.values.is_empty() || !column.rules.nulls.is_empty();
        let mut expression = ident(field.name());
        if is_mapped && physical == DataType::Utf8View && column.column.ty == ColumnType::Text {
            match mapped(files, column, &expression)? {
                Some(mapped) => {
                    expression = mapped;
                    lacking.insert(column.column.name.clone());
                }
                None => return Ok(None),
            }
        } else if is_mapped
            || !fits(field.data_type(), &column.rules)
            || !words_hold(files, column)?
            || (column.column.ty.is_time() && !proved_times(files, column))
        {
            return Ok(None);
        } else if physical == DataType::Utf8View
            && column.rules.words.is_empty()
            && (column.rules.knows_blanks || !proved_trimmed(files, column)?)
        {
            let trimmed = btrim(vec![expression, lit(WHITE)]);
            let words = BLANKS.iter().filter(|_| column.rules.knows_blanks).chain(&[""]).copied();
            let blank = trimmed.clone().in_list(words.map(lit).collect(), false);
            let null = lit(ScalarValue::Utf8View(None));
            expression = when(blank, null).otherwise(trimmed).map_err(|error| failed(&error))?;
            lacking.insert(column.column.name.clone());
        }
        if let (DataType::Float64, ColumnType::Decimal(scale) | ColumnType::Money(scale)) =
            (&physical, column.column.ty)
        {
            doubles.push(Double { column: field.name().clone(), scale });
        }
        let wanted = arrow_type(column.column.ty);
        if physical != wanted {
            expression = cast(expression, wanted);
        }
        expressions.push(expression.alias(column.column.name.as_str()));
        if fields.iter().all(|known: &Field| known.name() != field.name()) {
            fields.push(Field::new(field.name(), physical, true));
        }
    }
    let with_nulls = columns.iter().filter(|column| !is_filled(files, column));
    lacking.extend(with_nulls.map(|column| column.column.name.clone()));
    let provider = scan_projected(table, files, fields, expressions).map_err(|error| failed(&error))?;
    Ok(Some(InPlace { provider, lacking, doubles }))
}

fn scan_projected(
    table: &str,
    files: &[(&DataFile, &Contents)],
    fields: Vec<Field>,
    columns: Vec<Expr>,
) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let paths: Vec<PathBuf> = files.iter().map(|(file, _)| file.path.clone()).collect();
    let plain = fields.iter().zip(&columns).all(|(field, column)| match column {
        Expr::Alias(alias) => matches!(&*alias.expr, Expr::Column(_)) && alias.name == *field.name(),
        _ => false,
    });
    let whole = plain && fields.len() == columns.len();
    let scanned = scan::files(&paths, Arc::new(Schema::new(fields)))?;
    if whole { Ok(scanned) } else { scan::projected(table, scanned, columns) }
}

/// The field of a column, where all files write it under the same name and type.
fn same_everywhere<'a>(files: &[(&'a DataFile, &'a Contents)], column: &BoundColumn) -> Option<&'a Field> {
    let mut fields = files.iter().map(|(_, contents)| field(contents, column));
    let first = fields.next()??;
    let same = |field: Option<&Field>| {
        field.is_some_and(|field| field.name() == first.name() && field.data_type() == first.data_type())
    };
    fields.all(same).then_some(first)
}

fn field<'a>(contents: &'a Contents, column: &BoundColumn) -> Option<&'a Field> {
    let header = column.header.as_deref()?;
    let fields = contents.schema().fields();
    fields.iter().find(|field| folded(field.name()) == header).map(|field| &**field)
}

/// A mapped column as an expression: what each of its few different texts
/// becomes, by the same rules as any other cell. `None` where they are not few,
/// or one of them cannot be read and has to be counted.
fn mapped(
    files: &[(&DataFile, &Contents)],
    column: &BoundColumn,
    source: &Expr,
) -> Result<Option<Expr>, Diagnostic> {
    let mut words = BTreeSet::new();
    for (file, contents) in files {
        let Some(field) = field(contents, column) else { return Ok(None) };
        match words::distinct(file, contents, field.name())? {
            Some(found) => words.extend(found),
            None => return Ok(None),
        }
    }
    let text = |text: Option<&str>| lit(ScalarValue::Utf8View(text.map(str::to_owned)));
    let mut arms = Vec::new();
    for word in &words {
        let becomes = match column.rules.text(word) {
            None => text(None),
            Some(found) => match column.rules.word(found) {
                Ok(found) => text(Some(found)),
                Err(_) => return Ok(None),
            },
        };
        arms.push((Box::new(text(Some(word))), Box::new(becomes)));
    }
    if arms.is_empty() {
        return Ok(Some(source.clone()));
    }
    Ok(Some(Expr::Case(Case::new(Some(Box::new(source.clone())), arms, None))))
}

/// Whether every value becomes one of the column by a cast that cannot fail; of
/// doubles that is known when all of them were looked at.
fn fits(physical: &DataType, rules: &CellRules) -> bool {
    match rules.ty {
        ColumnType::Text => is_text(physical) || physical.is_integer(),
        ColumnType::Bool => *physical == DataType::Boolean,
        ColumnType::Integer => physical.is_integer() && *physical != DataType::UInt64,
        // What a share is depends on all of them.
        ColumnType::Decimal(_) if rules.numbers.share.is_some() => false,
        ColumnType::Decimal(scale) | ColumnType::Money(scale) => {
            let digits = |whole: u8| whole <= ColumnType::WHOLE_DIGITS;
            match physical {
                DataType::Int8 | DataType::UInt8 => digits(3),
                DataType::Int16 | DataType::UInt16 => digits(5),
                DataType::Int32 | DataType::UInt32 => digits(10),
                DataType::Decimal32(precision, given)
                | DataType::Decimal64(precision, given)
                | DataType::Decimal128(precision, given) => u8::try_from(*given)
                    .is_ok_and(|given| given <= scale && digits(precision.saturating_sub(given))),
                // The cast rounds as reading does; whether there is anything to round is asked of all values.
                DataType::Float64 => true,
                _ => false,
            }
        }
        ColumnType::Duration => false,
        ColumnType::Date => *physical == DataType::Date32,
        ColumnType::DateTime => match physical {
            DataType::Timestamp(_, Some(_)) => true,
            DataType::Timestamp(_, None) => {
                rules.zone.unwrap_or(rules.calendar.time_zone) == chrono_tz::Tz::UTC
            }
            _ => false,
        },
    }
}

fn is_text(ty: &DataType) -> bool {
    match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// The type that the scan is asked for: texts as views.
fn physical_type(ty: &DataType) -> DataType {
    if is_text(ty) { DataType::Utf8View } else { ty.clone() }
}

/// Whether the dictionaries of all files show that no text has white space around
/// it or is blank.
fn proved_trimmed(files: &[(&DataFile, &Contents)], column: &BoundColumn) -> Result<bool, Diagnostic> {
    for (file, contents) in files {
        let Some(field) = field(contents, column) else { return Ok(false) };
        if !words::are_trimmed(file, contents, field.name())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the statistics of all files prove that a column has no null.
fn is_filled(files: &[(&DataFile, &Contents)], column: &BoundColumn) -> bool {
    files.iter().all(|(_, contents)| {
        let Some(field) = field(contents, column) else { return false };
        let Some(leaf) = leaf(contents, field.name()) else { return false };
        contents.metadata.metadata().row_groups().iter().all(|group| {
            let statistics = group.column(leaf).statistics();
            statistics.is_some_and(|statistics| statistics.null_count_opt() == Some(0))
        })
    })
}

/// Whether the statistics of all files prove that every number is a time.
fn proved_times(files: &[(&DataFile, &Contents)], column: &BoundColumn) -> bool {
    files.iter().all(|(_, contents)| {
        let Some(field) = field(contents, column) else { return false };
        let Some(leaf) = leaf(contents, field.name()) else { return false };
        let mut groups = contents.metadata.metadata().row_groups().iter();
        groups.all(|group| times::proved(group.column(leaf), field.data_type()))
    })
}

/// Whether a column of fixed words holds these words and nothing else.
fn words_hold(files: &[(&DataFile, &Contents)], column: &BoundColumn) -> Result<bool, Diagnostic> {
    let words = column.rules.words;
    for (file, contents) in files.iter().filter(|_| !words.is_empty()) {
        let Some(field) = field(contents, column) else { return Ok(false) };
        if !words::hold(file, contents, field.name(), words)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn failed(error: &DataFusionError) -> Diagnostic {
    Diagnostic::error(Code::EngineFailed, format!("the files cannot be scanned: {error}"))
}
