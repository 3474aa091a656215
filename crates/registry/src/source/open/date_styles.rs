//! The style in which an export writes its dates, where a preset is to find it.
//!
//! `03/04/2026` is a day in March or in April, and nothing in the cell says
//! which. So the style is chosen for a table as a whole: the one that reads every
//! date of it. Where two styles do, and do not agree, it is for the project to
//! say; a guess would move deals between months.

use goalpost_core::config::{FileFormat, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::preset::{DATE_STYLES, DateStyle};
use goalpost_core::schema::ColumnType;

use super::sources::OpenFile;
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::naming::folded;
use crate::source::cell::is_blank;
use crate::source::cell::records::Records;
use crate::source::cell::time::{TimeFormat, TimeReader};
use crate::source::parquet;
use crate::source::text::reader::{SAMPLE, TextReader};

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
        .filter(|format| DATE_STYLES.iter().any(|style| style.formats.contains(format)))
        .collect();
    // A format declared for one date of an export says how the others are written.
    let is_possible = |style: &&DateStyle| declared.iter().all(|format| style.formats.contains(format));
    let rules = &columns[first].rules;
    let formats: Vec<(&DateStyle, TimeFormat)> = DATE_STYLES
        .iter()
        .filter(is_possible)
        .filter_map(|style| Some((style, TimeFormat::of_style(style.formats)?)))
        .collect();
    let mut vote = Vote {
        nulls: &rules.nulls,
        plain: TimeReader::new(None, rules.calendar),
        readers: formats
            .iter()
            .map(|(style, format)| (*style, TimeReader::new(Some(format), rules.calendar), true))
            .collect(),
        differ: None,
        all_plain: true,
    };
    for file in files {
        vote.look(file, &headers, format, most);
    }
    let Vote { readers, differ, all_plain, .. } = vote;
    let chosen: Vec<&DateStyle> =
        readers.iter().filter(|(_, _, fits)| *fits).map(|(style, _, _)| *style).collect();
    let differ = differ.filter(|(_, a, b)| [a, b].iter().all(|name| chosen.iter().any(|s| s.name == **name)));
    if let Some((text, one, other)) = differ {
        return Some(ambiguous(outline, &columns[first], &text, [one, other]));
    }
    let found = chosen.first().filter(|_| !all_plain);
    let format = found.and_then(|style| TimeFormat::of_style(style.formats));
    if format.is_some() {
        for i in open {
            columns[i].rules.format.clone_from(&format);
        }
    }
    None
}

/// The styles that have read everything so far.
struct Vote<'a> {
    nulls: &'a [String],
    plain: TimeReader<'a>,
    readers: Vec<(&'static DateStyle, TimeReader<'a>, bool)>,
    /// A cell that two styles read differently.
    differ: Option<(String, &'static str, &'static str)>,
    /// Whether every cell was ISO 8601.
    all_plain: bool,
}

impl Vote<'_> {
    fn look(&mut self, file: &OpenFile, headers: &[String], format: &FileFormat, most: u64) {
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
        if is_blank(cell.as_bytes()) || self.nulls.iter().any(|null| null == cell.trim_ascii()) {
            return;
        }
        if self.plain.moment(cell).is_ok() {
            return;
        }
        self.all_plain = false;
        let mut read: Option<(i64, &'static str)> = None;
        // A cell that no style reads says nothing of the style: it is bad in any.
        let moments: Vec<Option<i64>> =
            self.readers.iter_mut().map(|(_, reader, _)| reader.moment(cell).ok()).collect();
        if moments.iter().all(Option::is_none) {
            return;
        }
        for ((style, _, fits), moment) in self.readers.iter_mut().zip(moments) {
            *fits &= moment.is_some();
            let Some(moment) = moment.filter(|_| *fits) else { continue };
            match read {
                None => read = Some((moment, style.name)),
                Some((other, name)) if other != moment && self.differ.is_none() => {
                    self.differ = Some((cell.trim().to_owned(), name, style.name));
                }
                Some(_) => {}
            }
        }
    }
}

fn ambiguous(
    outline: &TableOutline<'_>,
    column: &BoundColumn,
    text: &str,
    styles: [&'static str; 2],
) -> Diagnostic {
    let table = &outline.config.name;
    let name = &column.column.name;
    let message = format!(
        "the dates of table `{table}` can be read in two ways: {text:?} with the {} or the {}",
        styles[0], styles[1]
    );
    let formats = styles.iter().filter_map(|name| {
        let style = DATE_STYLES.iter().find(|style| style.name == *name)?;
        // The same style has formats with and without a time of day.
        let reads = |format: &&&str| {
            let format = TimeFormat::new(format);
            format.is_some_and(|format| {
                TimeReader::new(Some(&format), column.rules.calendar).moment(text).is_ok()
            })
        };
        let format = style.formats.iter().find(reads).or(style.formats.first())?;
        Some(format!("{name} = {{ format = \"{format}\" }}", name = column.column.name))
    });
    let help = format!(
        "say which in [tables.{table}.columns]: {}; the other dates of the table follow `{name}`",
        formats.collect::<Vec<_>>().join(" or ")
    );
    let at = outline.config.preset.as_ref().map_or(&outline.config.at, |preset| &preset.at);
    Diagnostic::error(Code::AmbiguousDates, message).at(at.clone()).help(help)
}
