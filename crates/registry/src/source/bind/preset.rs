//! Finding the columns of a preset in the headers of an export.
//!
//! What the config says of a column comes first: its header, its values, its
//! type and format. What a preset knows besides still holds: that an open deal's
//! close date is a hope, whatever the header is called.

use std::collections::BTreeMap;

use goalpost_core::config::{ColumnConfig, ColumnOutline, TableOutline};
use goalpost_core::diagnostic::{Code, Diagnostic, listed};
use goalpost_core::name::ColumnName;
use goalpost_core::preset::{self, Place, PresetColumn, When};

use super::naming::folded;
use crate::source::cell::ValueMap;
use crate::source::cell::derive::{Choice, Derivation, OnlyWhere, Reading};

/// Headers shown in a message.
const SHOWN: usize = 8;

/// Where a column of a preset comes from.
pub(in crate::source) enum Found {
    /// The header at this position, with what its values become.
    At(usize, Vec<(String, String)>),
    /// Several headers, the first of them at this position; and how that is said.
    Derived(usize, Derivation, String),
}

/// What a preset found in an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Match {
    /// The preset.
    pub(in crate::source) name: &'static str,
    /// Its columns that were found.
    pub(in crate::source) found: Vec<ColumnName>,
    /// Those that were not, with the headers looked for.
    pub(in crate::source) missing: Vec<(ColumnName, Vec<&'static str>)>,
    /// Headers of the export that no column of the config, the preset or the
    /// catalogue reads.
    pub(in crate::source) unused: Vec<String>,
}

/// The columns of the table's preset that an export has: its headers as they are
/// compared, and as they are written.
pub(in crate::source) fn resolve(
    outline: &TableOutline<'_>,
    headers: &[String],
    written: &[String],
) -> BTreeMap<ColumnName, Found> {
    let mut found = BTreeMap::new();
    for (name, column) in &outline.columns {
        let Some(preset) = column.preset else { continue };
        let finder = Finder { outline, headers, written };
        if let Some(here) = finder.column(column, preset) {
            found.insert(name.clone(), here);
        }
    }
    found
}

struct Finder<'a> {
    outline: &'a TableOutline<'a>,
    headers: &'a [String],
    written: &'a [String],
}

/// A place with the headers that it was found under.
struct Standing<'p> {
    slot: usize,
    /// What the preset knows of it; nothing where the config names another header.
    place: Option<&'p Place>,
    when: Option<(usize, &'static [&'static str])>,
}

impl Standing<'_> {
    /// Its words; none for other readings, and `None` where it takes more than this header.
    fn words(&self) -> Option<&'static [(&'static str, &'static str)]> {
        match (self.place.map(|place| place.reading), self.when) {
            (None | Some(preset::Reading::Plain), None) => Some(&[]),
            (Some(preset::Reading::Words(words)), None) => Some(words),
            _ => None,
        }
    }
}

impl Finder<'_> {
    fn column(&self, column: &ColumnOutline<'_>, preset: &PresetColumn) -> Option<Found> {
        let standing = self.standing(column, preset);
        let only = match preset.only {
            None => None,
            Some(only) => {
                let decides = self.choices_of(only.column);
                // Which rows have a value cannot be told. Who maps the column has said so.
                if decides.is_empty() && column.config.is_none_or(|config| config.from.is_none()) {
                    return None;
                }
                (!decides.is_empty()).then_some(OnlyWhere { choices: decides, is: only.is })
            }
        };
        if let ([one], None) = (standing.as_slice(), &only)
            && let Some(words) = one.words()
        {
            let mut values = column.config.map_or_else(Vec::new, |config| config.values.clone());
            if !has_rest(&values) {
                values.extend(owned(words));
            }
            return Some(Found::At(one.slot, values));
        }
        let choices = self.choices(&standing, column);
        let first = choices.first()?.slot;
        let said = self.said(&choices, only.as_ref());
        Some(Found::Derived(first, self.localised(choices, only), said))
    }

    /// The choices of a column of the catalogue, by name.
    fn choices_of(&self, name: &str) -> Vec<Choice> {
        let found = self.outline.columns.get(name);
        found
            .and_then(|column| Some(self.choices(&self.standing(column, column.preset?), column)))
            .unwrap_or_default()
    }

    /// Where a value may stand; slots are positions in the headers of the export.
    fn choices(&self, standing: &[Standing<'_>], column: &ColumnOutline<'_>) -> Vec<Choice> {
        let choices = standing.iter().filter_map(|found| {
            let reading = found.place.map_or(Some(Reading::Plain), |place| self.reading(place))?;
            Some(Choice { slot: found.slot, reading, when: found.when })
        });
        let choices: Vec<Choice> = choices.collect();
        match column.config {
            Some(config) if !config.values.is_empty() => with_values(choices, config),
            _ => choices,
        }
    }

    /// The places of a column that the export has.
    fn standing<'p>(&self, column: &ColumnOutline<'_>, preset: &'p PresetColumn) -> Vec<Standing<'p>> {
        let places: Vec<(usize, Option<&Place>)> = match column.config.and_then(|config| config.from.as_ref())
        {
            Some(header) => self.renamed(header, preset),
            None => {
                preset.from.iter().filter_map(|place| Some((self.any(place.headers)?, Some(place)))).collect()
            }
        };
        let when = |place: &Place| match place.when {
            When::Always => Some(None),
            When::Holds(headers, words) => Some(Some((self.any(headers)?, words))),
            When::HoldsIfThere(headers, words) => Some(self.any(headers).map(|other| (other, words))),
        };
        places
            .into_iter()
            .filter_map(|(slot, place)| Some(Standing { slot, place, when: place.map_or(Some(None), when)? }))
            .collect()
    }

    /// The header that the config names, with what the preset knows of it.
    fn renamed<'p>(&self, header: &str, preset: &'p PresetColumn) -> Vec<(usize, Option<&'p Place>)> {
        let wanted = folded(header);
        let Some(slot) = self.headers.iter().position(|header| *header == wanted) else { return Vec::new() };
        let same = |place: &&Place| place.headers.iter().any(|header| folded(header) == wanted);
        let known: Vec<_> = preset.from.iter().filter(same).map(|place| (slot, Some(place))).collect();
        match (known.is_empty(), preset.from) {
            (false, _) => known,
            // The same thing under another header is written in the same way.
            (true, [place])
                if matches!(place.reading, preset::Reading::Words(_) | preset::Reading::Percent) =>
            {
                vec![(slot, Some(place))]
            }
            (true, _) => vec![(slot, None)],
        }
    }

    fn reading(&self, place: &Place) -> Option<Reading> {
        Some(match place.reading {
            preset::Reading::Plain => Reading::Plain,
            preset::Reading::Words(words) => Reading::Words(ValueMap::new(&owned(words))),
            preset::Reading::Percent => Reading::Percent,
            preset::Reading::MinutesAfter(column) => {
                Reading::MinutesAfter(self.choices_of(column).first()?.slot)
            }
            preset::Reading::Followed(headers) => match self.any(headers) {
                Some(other) => Reading::Followed(other),
                None => Reading::Plain,
            },
        })
    }

    /// Choices over the headers that they read instead of those of the export.
    fn localised(&self, mut choices: Vec<Choice>, mut only: Option<OnlyWhere>) -> Derivation {
        let mut headers: Vec<String> = Vec::new();
        for choice in choices.iter_mut().chain(only.iter_mut().flat_map(|only| only.choices.iter_mut())) {
            let mut local = |slot: &mut usize| {
                let header = &self.headers[*slot];
                *slot = headers.iter().position(|known| known == header).unwrap_or_else(|| {
                    headers.push(header.clone());
                    headers.len() - 1
                });
            };
            local(&mut choice.slot);
            if let Reading::MinutesAfter(other) | Reading::Followed(other) = &mut choice.reading {
                local(other);
            }
            if let Some((other, _)) = &mut choice.when {
                local(other);
            }
        }
        Derivation { headers, choices, only }
    }

    /// The first of some headers that the export has.
    fn any(&self, headers: &[&str]) -> Option<usize> {
        headers.iter().find_map(|header| {
            let wanted = folded(header);
            self.headers.iter().position(|found| *found == wanted)
        })
    }

    /// How it is said where the values come from.
    fn said(&self, choices: &[Choice], only: Option<&OnlyWhere>) -> String {
        let mut parts: Vec<String> = Vec::new();
        for choice in choices {
            let header = |slot: usize| self.written[slot].trim();
            let here = header(choice.slot);
            let said = match choice.reading {
                Reading::MinutesAfter(start) => format!("{} + {here}", header(start)),
                Reading::Followed(other) => format!("{here} + {}", header(other)),
                _ => here.to_owned(),
            };
            if !parts.contains(&said) {
                parts.push(said);
            }
        }
        let only = only.map(|only| format!(" where {}", only.is.join(" or ")));
        parts.join(", else ") + &only.unwrap_or_default()
    }
}

/// The config's values come before the preset's, wherever those stand; with a
/// word for all others they are all there is.
fn with_values(choices: Vec<Choice>, config: &ColumnConfig) -> Vec<Choice> {
    let Some(slot) = choices.last().map(|choice| choice.slot) else { return choices };
    let map = ValueMap::new(&config.values);
    if has_rest(&config.values) {
        return vec![Choice { slot, reading: Reading::Words(map), when: None }];
    }
    let own = Choice { slot, reading: Reading::OnlyWords(map), when: None };
    std::iter::once(own).chain(choices).collect()
}

/// Whether values say what every other text becomes.
fn has_rest(values: &[(String, String)]) -> bool {
    values.iter().any(|(from, _)| from == "*")
}

fn owned(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

/// An error where a preset knows none of the headers, so that it is not the
/// preset of this export.
pub(in crate::source) fn nothing_found(outline: &TableOutline<'_>, headers: &[String]) -> Option<Diagnostic> {
    let preset = outline.config.preset.as_ref()?;
    let (name, table) = (preset.preset.name, &outline.config.name);
    let message = format!("the preset `{name}` knows none of the headers of table `{table}`");
    let known: Vec<&str> = preset.table.columns.iter().map(|column| column.from[0].headers[0]).collect();
    let first = preset.table.columns.first().map_or("id", |column| column.name);
    let help = format!(
        "it looks for {}; an export in another language needs its columns mapped: \
         [tables.{table}.columns] {first} = \"<header in your export>\"",
        listed(known, SHOWN)
    );
    let found = headers.iter().map(|header| header.trim()).filter(|header| !header.is_empty());
    let label = format!("the export has {}", listed(found, SHOWN));
    Some(Diagnostic::error(Code::BadHeader, message).at(preset.at.clone()).label(label).help(help))
}
