//! The style in which an export writes its dates, where a preset is to find it.
//!
//! `03/04/2026` is a day in March or in April, and nothing in the cell says
//! which. So the style is chosen for a table as a whole: the one that reads nearly
//! all of its dates, so that a few odd cells are bad cells and do not take the
//! others with them. Where no style does, or two do and do not agree, it is for
//! the project to say; a guess would move deals between months.

use goalpost_core::config::{FileFormat, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::preset::{DATE_STYLES, DateStyle};
use goalpost_core::schema::ColumnType;
use goalpost_core::white::trimmed;

use super::file::OpenFile;
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::naming::folded;
use crate::source::cell::CellRules;
use crate::source::cell::format::TimeFormat;
use crate::source::cell::propose;
use crate::source::cell::records::Records;
use crate::source::cell::time::TimeReader;
use crate::source::parquet;
use crate::source::text::reader::{SAMPLE, TextReader};

/// Whether some of all are nearly all: four of five.
const fn nearly(some: u64, all: u64) -> bool {
    some.saturating_mul(5) >= all.saturating_mul(4)
}

/// Finds the style of the table's times and gives it to the columns that no
/// format is declared for; looks at so many rows of each file.
pub(in crate::source) fn settle(
    outline: &TableOutline<'_>,
    columns: &mut [BoundColumn],
    files: &[OpenFile],
    format: &FileFormat,
    most: u64,
) -> Option<Diagnostic> {
    let open: Vec<usize> = (0..columns.len()).filter(|&i| columns[i].finds_style()).collect();
    let default =
        |i: &&usize| outline.time.as_ref().is_some_and(|time| time.value == columns[**i].column.name);
    // The column that is named where something is to be said.
    let first = *open.iter().find(default).or(open.first())?;
    let mut headers: Vec<String> = open.iter().flat_map(|&i| columns[i].time_headers()).collect();
    headers.sort();
    headers.dedup();
    let declared: Vec<&str> = outline
        .columns
        .values()
        .filter_map(|column| column.config?.format.as_deref())
        .filter(|format| DATE_STYLES.iter().any(|style| has(style, format)))
        .collect();
    // A format declared for one date of an export says how the others are written.
    let is_possible = |style: &&DateStyle| declared.iter().all(|format| has(style, format));
    let rules = &columns[first].rules;
    let formats: Vec<(&'static DateStyle, TimeFormat)> = DATE_STYLES
        .iter()
        .filter(is_possible)
        .filter_map(|style| Some((style, TimeFormat::of_style(style)?)))
        .collect();
    let mut vote = Vote {
        rules,
        plain: TimeReader::new(None, rules.calendar),
        iso: 0,
        others: 0,
        other_file: false,
        styles: formats
            .iter()
            .map(|(style, format)| Candidate::new(style, TimeReader::new(Some(format), rules.calendar)))
            .collect(),
        differ: Vec::new(),
    };
    for file in files {
        vote.look(file, &headers, format, most);
    }
    let chosen = match vote.result() {
        Outcome::Iso => return None,
        Outcome::Style(style) => TimeFormat::of_style(style)?,
        Outcome::TwoWays(text, styles) => {
            return Some(two_ways(outline, &columns[first], &text, styles));
        }
        Outcome::Mixed(examples) => {
            let column = (open.len() > 1).then_some(&columns[first]);
            return Some(mixed(outline, column, &examples));
        }
    };
    for i in open {
        columns[i].rules.format = Some(chosen.clone());
    }
    None
}

/// A style, and what it has read so far.
struct Candidate<'a> {
    style: &'static DateStyle,
    reader: TimeReader<'a>,
    /// Cells that it reads and ISO 8601 does not.
    read: u64,
    /// One that it reads, if possible one that some other style does not.
    example: Option<(String, usize)>,
    /// Files of whose several cells it reads none.
    strange_files: u64,
    /// What it has read of the file that is looked at.
    in_file: u64,
}

impl<'a> Candidate<'a> {
    fn new(style: &'static DateStyle, reader: TimeReader<'a>) -> Self {
        Self { style, reader, read: 0, example: None, strange_files: 0, in_file: 0 }
    }
}

/// How two styles compare.
struct Differ {
    /// Their places.
    pair: [usize; 2],
    /// How many cells only one of them reads.
    alone: [u64; 2],
    /// A cell that both read, differently.
    text: Option<String>,
}

/// What the cells say.
struct Vote<'a> {
    rules: &'a CellRules,
    plain: TimeReader<'a>,
    /// Cells in ISO 8601.
    iso: u64,
    /// Cells that some style reads and ISO 8601 does not.
    others: u64,
    /// Whether a file has several of these, and none in ISO 8601.
    other_file: bool,
    styles: Vec<Candidate<'a>>,
    /// Pairs of styles that read some cell, but not all of them in the same way.
    differ: Vec<Differ>,
}

/// What comes of a vote.
enum Outcome {
    /// Dates are written as ISO 8601 has it.
    Iso,
    /// Dates are written in a style.
    Style(&'static DateStyle),
    /// A cell can be read in two styles, differently, and nothing decides.
    TwoWays(String, [&'static DateStyle; 2]),
    /// No style reads nearly all; one cell of each.
    Mixed(Vec<(String, &'static DateStyle)>),
}

impl Vote<'_> {
    fn look(&mut self, file: &OpenFile, headers: &[String], format: &FileFormat, most: u64) {
        let (iso, others) = (self.iso, self.others);
        self.styles.iter_mut().for_each(|candidate| candidate.in_file = 0);
        self.see_all(file, headers, format, most);
        if self.others - others > 1 {
            self.other_file |= self.iso == iso;
            for candidate in self.styles.iter_mut().filter(|candidate| candidate.in_file == 0) {
                candidate.strange_files += 1;
            }
        }
    }

    fn see_all(&mut self, file: &OpenFile, headers: &[String], format: &FileFormat, most: u64) {
        let headers: Vec<&str> =
            headers.iter().map(String::as_str).filter(|header| file.has(header)).collect();
        // What cannot be read now is reported when the table is.
        if let Some(contents) = &file.parquet {
            for (index, field) in contents.fields().iter().enumerate() {
                if field.natural == ColumnType::Text && headers.contains(&folded(&field.header).as_str()) {
                    let _ = parquet::sample_texts(&file.file, contents, index, SAMPLE, |text| self.see(text));
                }
            }
            return;
        }
        let Ok(mut reader) = TextReader::open(&file.file, format, &headers, None) else { return };
        let mut records = Records::new(headers.len());
        let mut seen = 0;
        while let Ok(Some(rows)) = reader.rows(&mut records) {
            for slot in 0..headers.len() {
                rows.column(slot).for_each(|(_, cell)| self.see(cell.text));
            }
            seen += rows.records.len() as u64;
            if seen >= most {
                return;
            }
        }
    }

    fn see(&mut self, cell: &str) {
        if trimmed(cell).is_empty() || self.rules.is_null(cell) {
            return;
        }
        if self.plain.moment(cell).is_ok() {
            self.iso += 1;
            return;
        }
        let moments: Vec<Option<i64>> =
            self.styles.iter_mut().map(|candidate| candidate.reader.moment(cell).ok()).collect();
        let readers = moments.iter().flatten().count();
        // A cell that no style reads says nothing of the style: it is bad in any.
        if readers == 0 {
            return;
        }
        self.others += 1;
        for (candidate, _) in self.styles.iter_mut().zip(&moments).filter(|(_, moment)| moment.is_some()) {
            candidate.read += 1;
            candidate.in_file += 1;
            if candidate.example.as_ref().is_none_or(|(_, others)| *others > readers) {
                candidate.example = Some((cell.trim().to_owned(), readers));
            }
        }
        for a in 0..moments.len() {
            for b in a + 1..moments.len() {
                if moments[a] != moments[b] {
                    self.note([a, b], [moments[a], moments[b]], cell);
                }
            }
        }
    }

    fn note(&mut self, pair: [usize; 2], moments: [Option<i64>; 2], cell: &str) {
        let known = self.differ.iter().position(|differ| differ.pair == pair);
        let place = known.unwrap_or_else(|| {
            self.differ.push(Differ { pair, alone: [0; 2], text: None });
            self.differ.len() - 1
        });
        let differ = &mut self.differ[place];
        match moments {
            [Some(_), None] => differ.alone[0] += 1,
            [None, Some(_)] => differ.alone[1] += 1,
            _ if differ.text.is_none() => differ.text = Some(cell.trim().to_owned()),
            _ => {}
        }
    }

    fn result(self) -> Outcome {
        if self.others == 0 {
            return Outcome::Iso;
        }
        let most = self.styles.iter().map(|candidate| candidate.read).max().unwrap_or_default();
        // In the order of the styles, so that of equals the first is taken.
        let Some(best) = self.styles.iter().position(|candidate| candidate.read == most) else {
            return Outcome::Iso;
        };
        let is_declared = self.styles.len() == 1;
        let found = if is_declared {
            None
        } else if nearly(most, self.others) && self.styles[best].strange_files == 0 {
            self.rival(best)
        } else {
            Some(Outcome::Mixed(self.examples()))
        };
        match found {
            None => Outcome::Style(self.styles[best].style),
            // A few cells among many of ISO 8601 are the odd ones, if they say nothing clear.
            Some(_) if nearly(self.iso, self.iso + self.others) && !self.other_file => Outcome::Iso,
            Some(problem) => problem,
        }
    }

    /// Another style that could as well be meant, by what only one of the two reads.
    fn rival(&self, best: usize) -> Option<Outcome> {
        self.differ.iter().find_map(|differ| {
            let text = differ.text.clone()?;
            let place = differ.pair.iter().position(|style| *style == best)?;
            let (own, others) = (differ.alone[place], differ.alone[1 - place]);
            let decided = own > 0 && nearly(own, own + others);
            let styles = differ.pair.map(|place| self.styles[place].style);
            (!decided).then_some(Outcome::TwoWays(text, styles))
        })
    }

    fn examples(&self) -> Vec<(String, &'static DateStyle)> {
        let mut found: Vec<&Candidate<'_>> =
            self.styles.iter().filter(|candidate| candidate.read > 0).collect();
        // A cell that several styles read does not show that one of them is in use.
        let clear =
            |candidate: &&Candidate<'_>| candidate.example.as_ref().is_some_and(|(_, readers)| *readers == 1);
        if found.iter().filter(|candidate| clear(candidate)).count() > 1 {
            found.retain(clear);
        }
        found.sort_by_key(|candidate| std::cmp::Reverse(candidate.read));
        let mut examples: Vec<(String, &'static DateStyle)> = Vec::new();
        for candidate in found {
            let Some((text, _)) = &candidate.example else { continue };
            if examples.iter().all(|(known, _)| known != text) {
                examples.push((text.clone(), candidate.style));
            }
        }
        examples.truncate(3);
        examples
    }
}

/// Whether a format is a date of a style, alone or before a time of day.
fn has(style: &DateStyle, format: &str) -> bool {
    style.dates.iter().any(|date| format.starts_with(date))
}

/// Formats of some styles that read these cells, as the configuration writes them.
fn declarations(column: &BoundColumn, cells: &[(&str, &DateStyle)]) -> Vec<String> {
    let format_of = |(text, style): &(&str, &DateStyle)| {
        let format = propose::among(style.dates, &[*text], column.rules.calendar).into_iter().next()?;
        Some(format!("{name} = {{ format = \"{format}\" }}", name = column.column.name))
    };
    cells.iter().filter_map(format_of).collect()
}

fn two_ways(
    outline: &TableOutline<'_>,
    column: &BoundColumn,
    text: &str,
    styles: [&'static DateStyle; 2],
) -> Diagnostic {
    let table = &outline.config.name;
    let name = &column.column.name;
    let message = format!(
        "the dates of table `{table}` can be read in two ways: {text:?} with the {} or the {}",
        styles[0].name, styles[1].name
    );
    let help = format!(
        "say which in [tables.{table}.columns]: {}; the other dates of the table follow `{name}`",
        declarations(column, &styles.map(|style| (text, style))).join(" or ")
    );
    ambiguous(outline, message, help)
}

fn mixed(
    outline: &TableOutline<'_>,
    column: Option<&BoundColumn>,
    examples: &[(String, &'static DateStyle)],
) -> Diagnostic {
    let table = &outline.config.name;
    let shown: Vec<String> =
        examples.iter().map(|(text, style)| format!("{text:?} with the {}", style.name)).collect();
    let message = format!("the dates of table `{table}` are written in different ways: {}", shown.join(", "));
    let cells: Vec<(&str, &DateStyle)> =
        examples.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    let mut help = "export all of it with one setting, or make a table of each kind of file".to_owned();
    if let Some(column) = column {
        let declared = declarations(column, &cells).join(" or ");
        help = format!("{help}; where columns differ, say so in [tables.{table}.columns]: {declared}");
    }
    ambiguous(outline, message, help)
}

fn ambiguous(outline: &TableOutline<'_>, message: String, help: String) -> Diagnostic {
    let at = outline.config.preset.as_ref().map_or(&outline.config.at, |preset| &preset.at);
    Diagnostic::error(Code::AmbiguousDates, message).at(at.clone()).help(help)
}
