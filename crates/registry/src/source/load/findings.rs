//! What to say about cells and rows that could not be used, and what helps.

use goalpost_core::config::OnBadValue;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::TableName;
use goalpost_core::sample::of_rows;
use goalpost_core::schema::{Column, ColumnType};

use crate::source::bind::columns::{BoundColumn, Typing};
use crate::source::bind::select::{RowRule, Why};
use crate::source::cell::convert::BadCells;
use crate::source::cell::duration::{self, BadDuration};
use crate::source::cell::moment::BadTime;
use crate::source::cell::number::{self, BadNumber, NumberStyle};
use crate::source::cell::{BLANKS, propose};
use crate::source::find::file::DataFile;
use crate::source::open::sources::TableSource;
use crate::source::text::csv::Skipped;

/// A finding about the cells of a column that could not be read: a warning,
/// unless the project wants to know, the type was guessed wrong, or nothing of
/// the column could be read. Such a column is read in the wrong way, and a sum
/// over it would be 0.
pub(in crate::source) fn bad_cells(
    table: &TableName,
    column: &BoundColumn,
    bad: &BadCells,
    on_bad_value: OnBadValue,
) -> Diagnostic {
    let (name, ty) = (&column.column.name, column.column.ty);
    let cells = match bad.count {
        1 => format!("a cell of `{table}.{name}` cannot be read as {ty}"),
        count => format!("{count} cells of `{table}.{name}` cannot be read as {ty}"),
    };
    let guess_failed = is_failed_guess(column, bad);
    let mut diagnostic = match (on_bad_value, bad.count) {
        _ if guess_failed => {
            Diagnostic::error(Code::BadValue, format!("{cells}, which was guessed from the first rows"))
        }
        // Most are written in another way, so it is the way that is wrong.
        (_, count) if bad.good > 0 && is_in_another_way(column, bad) => {
            let all = count + bad.good;
            let message = format!("{count} of the {all} cells of `{table}.{name}` cannot be read as {ty}");
            Diagnostic::error(Code::BadValue, message)
        }
        (_, count) if bad.good == 0 && count > 1 => {
            let message = format!("none of the {count} cells of `{table}.{name}` can be read as {ty}");
            Diagnostic::error(Code::BadValue, message)
        }
        // Deals whose outcome nobody knows would be missing from every figure.
        (_, count) if needs_words(column) => {
            let cells = if count == 1 { "a cell".to_owned() } else { format!("{count} cells") };
            let verb = if count == 1 { "holds" } else { "hold" };
            let message =
                format!("{cells} of `{table}.{name}` {verb} a word that nobody has given a meaning");
            Diagnostic::error(Code::BadValue, message)
        }
        (OnBadValue::Error, _) => Diagnostic::error(Code::BadValue, cells),
        (OnBadValue::Null, 1) => Diagnostic::warning(Code::BadValue, format!("{cells} and is left blank")),
        (OnBadValue::Null, _) => Diagnostic::warning(Code::BadValue, format!("{cells} and are left blank")),
    };
    for (i, example) in bad.examples.iter().enumerate() {
        let what = match column.private {
            true => format!("(private): {}", ty_only(ty)),
            false => format!("{:?}: {}", example.text, example.why),
        };
        diagnostic = match i {
            0 => diagnostic.at(example.at.clone()).label(what),
            _ => diagnostic.related(example.at.clone(), what),
        };
    }
    if guess_failed {
        let ty = if ty.is_time() { "datetime" } else { "…" };
        return diagnostic.help(format!("declare what the column holds: `{name} = {{ type = \"{ty}\" }}`"));
    }
    if let Some(help) = meanings(table, column, bad) {
        return diagnostic.help(help);
    }
    match remedy(column, bad).or_else(|| general_remedy(column, bad)) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What to do about cells of which nothing better is known; nothing where their
/// reasons say it.
fn general_remedy(column: &BoundColumn, bad: &BadCells) -> Option<String> {
    let numbers = &column.rules.numbers;
    let scaled = |text: &str| number::scaled(text, number::MOST_DECIMALS, numbers);
    let applies = match column.column.ty {
        ColumnType::Text => false,
        ColumnType::Integer | ColumnType::Decimal(_) | ColumnType::Money(_) => {
            let mut texts = bad.examples.iter().map(|example| example.text.as_str());
            texts.all(|text| matches!(scaled(text), Err(BadNumber::Unreadable)))
        }
        ColumnType::Bool | ColumnType::Date | ColumnType::DateTime | ColumnType::Duration => true,
    };
    applies.then(|| {
        "correct such cells in the export; a word that stands for nothing goes into `null_values` of the column"
            .to_owned()
    })
}

/// Why a cell that may not be shown cannot be read: the reasons may quote it.
fn ty_only(ty: ColumnType) -> String {
    format!("cannot be read as {ty}")
}

fn needs_words(column: &BoundColumn) -> bool {
    column.preset.is_some_and(|preset| preset.needs_words)
}

/// How to say what the words mean that a preset does not know.
fn meanings(table: &TableName, column: &BoundColumn, bad: &BadCells) -> Option<String> {
    let preset = column.preset.filter(|_| !column.rules.words.is_empty())?;
    let mut words: Vec<&str> = bad.examples.iter().map(|example| example.text.trim()).collect();
    words.sort_unstable();
    words.dedup();
    let meaning = column.rules.words.join(" or ");
    let words: Vec<String> = words.iter().map(|word| format!("{word:?} = \"<{meaning}>\"")).collect();
    Some(format!(
        "the preset `{}` does not know it; say what it means: [tables.{table}.columns] {} = {{ values = {{ {} }} }}",
        preset.name,
        column.column.name,
        words.join(", ")
    ))
}

/// Whether cells show that the type was guessed wrong, so that it is not they
/// who are to blame.
fn is_failed_guess(column: &BoundColumn, bad: &BadCells) -> bool {
    match column.typing {
        Typing::Open => true,
        Typing::Time => bad.lost_times > 0,
        Typing::Declared | Typing::Key => false,
    }
}

/// Whether most cells of a column of times are written in a way that it is not read in.
fn is_in_another_way(column: &BoundColumn, bad: &BadCells) -> bool {
    column.column.ty.is_time() && bad.count > bad.good && remedy(column, bad).is_some()
}

/// The columns of a key, for a message.
pub(super) fn named(key: &[&BoundColumn]) -> String {
    let names: Vec<String> = key.iter().map(|bound| format!("`{}`", bound.column.name)).collect();
    names.join(" with ")
}

/// Names one after the other.
pub(super) fn listed(names: &[String]) -> String {
    names.join(", ")
}

/// What to say of rows that a rule is about; nothing where there are none.
pub(super) fn by_rule(source: &TableSource, rule: &RowRule, some: u64, all: u64) -> Option<Diagnostic> {
    let table = &source.name;
    if some == 0 {
        return None;
    }
    let rows = of_rows(some, all);
    let Column { name, source: header, .. } = &rule.column.column;
    Some(match &rule.why {
        Why::Condition(at) => {
            let message = format!("{rows} of {table} left out on purpose, by the condition on `{name}`");
            Diagnostic::note(Code::RowsLeftOut, message).at(at.clone())
        }
        Why::Gone(fate, preset) => {
            let message = format!(
                "{rows} of {table} left out on purpose: `{header}` marks them as {}, as the preset {preset} knows",
                fate.name()
            );
            Diagnostic::note(Code::RowsLeftOut, message).at(source.at.clone())
        }
        Why::Suspicious(fate) => {
            let message =
                format!("{rows} of {table} are marked as {} by `{header}`, and they count", fate.name());
            let help = format!(
                "leave them out in [tables.{table}] with `where = {{ {name} = {} }}`, or name the column in \
                 [tables.{table}.columns] to say that they count",
                rule.proposal()
            );
            Diagnostic::warning(Code::DeletedRows, message).at(source.at.clone()).help(help)
        }
    })
}

/// An error about cells of a column that decides whether rows count.
pub(super) fn undecided(table: &TableName, rule: &RowRule, bad: &BadCells) -> Option<Diagnostic> {
    if bad.count == 0 || !rule.leaves_out() {
        return None;
    }
    let found = bad_cells(table, &rule.column, bad, OnBadValue::Error);
    let help = format!("whether these rows count cannot be told; {}", found.help.clone().unwrap_or_default());
    Some(Diagnostic { help: Some(help.trim_end_matches("; ").to_owned()), ..found })
}

/// A finding about lines that say the header again, which are no rows.
pub(in crate::source) fn headers_again(file: &DataFile, skipped: &Skipped) -> Option<Diagnostic> {
    let line = skipped.first_header?;
    let name = &file.shown.name;
    let message = match skipped.header_count {
        1 => format!("a line of `{name}` is its header again and was skipped"),
        lines => format!("{lines} lines of `{name}` are its header again and were skipped"),
    };
    Some(Diagnostic::warning(Code::RowsLeftOut, message).at(file.line(line)).help(
        "the file seems to be several exports, one after the other: see that none of them is there twice",
    ))
}

/// A finding about rows without any cell, of so many that are read.
pub(in crate::source) fn blank_rows(file: &DataFile, skipped: &Skipped, read: u64) -> Option<Diagnostic> {
    let line = skipped.first_blank?;
    let name = &file.shown.name;
    let count = skipped.blank_count;
    let rows = of_rows(count, read + count);
    let message = match count {
        1 => format!("{rows} of `{name}` holds nothing in any column and was skipped"),
        _ => format!("{rows} of `{name}` hold nothing in any column and were skipped"),
    };
    Some(Diagnostic::warning(Code::RowsLeftOut, message).at(file.line(line)))
}

fn remedy(column: &BoundColumn, bad: &BadCells) -> Option<String> {
    let texts = || bad.examples.iter().map(|example| example.text.as_str());
    let name = &column.column.name;
    if texts().all(|text| BLANKS.contains(&text.trim())) {
        let mut words: Vec<String> = texts().map(|text| format!("{:?}", text.trim())).collect();
        words.sort_unstable();
        words.dedup();
        return Some(format!(
            "where that means nothing, give the column `null_values = [{}]`",
            words.join(", ")
        ));
    }
    match column.column.ty {
        ColumnType::Date | ColumnType::DateTime
            if texts()
                .any(|text| matches!(column.rules.times().moment(text), Err(BadTime::SharedZone(_)))) =>
        {
            Some(format!(
                "say where it is: `{name} = {{ time_zone = \"Asia/Kolkata\" }}`, or export offsets such as +05:30"
            ))
        }
        // Where others can be read, a format for these would lose them.
        ColumnType::Date | ColumnType::DateTime if bad.count <= bad.good => {
            let style = column.rules.format.as_ref()?.style()?;
            Some(format!("correct such cells in the export, where other dates are written with the {style}"))
        }
        ColumnType::Date | ColumnType::DateTime => {
            let texts: Vec<&str> = texts().collect();
            if let (Some((what, format)), Some(text)) = (propose::counted(&texts), texts.first()) {
                return Some(format!(
                    "{text} looks like {what}: give the column `{name}` `format = \"{format}\"`"
                ));
            }
            let formats: Vec<String> = propose::formats(&texts, column.rules.calendar)
                .iter()
                .map(|format| format!("`format = \"{format}\"`"))
                .collect();
            (!formats.is_empty()).then(|| format!("give the column `{name}` {}", formats.join(" or ")))
        }
        ColumnType::Integer | ColumnType::Decimal(_) | ColumnType::Money(_) => {
            let numbers = &column.rules.numbers;
            let (other, shown) = if numbers.decimal == b',' { (b'.', '.') } else { (b',', ',') };
            let style = NumberStyle { decimal: other, ..numbers.clone() };
            let reads = |text: &str, style| number::scaled(text, number::MOST_DECIMALS, style).is_ok();
            // A number that only has too many decimals is no number of the other kind.
            let reads_all = texts().all(|text| reads(text, &style) && !reads(text, numbers));
            reads_all.then(|| format!("set `decimal_separator = \"{shown}\"` for the table"))
        }
        ColumnType::Duration => {
            let rules = &column.rules;
            let all =
                |why| texts().all(|text| duration::read(text, rules.durations, &rules.numbers) == Err(why));
            if all(BadDuration::TwoParts) {
                return Some(format!(
                    "give the column `{name}` `format = \"hh:mm\"` or `format = \"mm:ss\"`"
                ));
            }
            all(BadDuration::NoUnit)
                .then(|| format!("give the column `{name}` a unit, such as `unit = \"minutes\"`"))
        }
        ColumnType::Text | ColumnType::Bool => None,
    }
}
