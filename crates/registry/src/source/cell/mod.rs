//! Cells: from the text of one cell to a typed value, by the rules of its column.
//!
//! The same rules serve CSV, JSON, texts in Parquet and the rows of tests, so
//! that a cell means the same wherever it comes from. White space around what a
//! cell says is none of it. Blank cells and the column's null words are null; then the value map is applied; then the text
//! is typed. `records` says where the texts of cells lie, `derive` makes one text
//! of several, `number` (with `digits` and `currency`) and `time` read them, `infer` guesses the type
//! of a column. Counting and keeping bad cells is the business of `convert`.

mod clock;
pub(super) mod convert;
pub(in crate::source) mod counted;
mod currency;
pub(super) mod derive;
mod digits;
pub(super) mod duration;
pub(super) mod format;
pub(super) mod infer;
pub(super) mod moment;
pub(super) mod number;
pub(in crate::source) mod propose;
pub(super) mod records;
pub(super) mod time;
pub(in crate::source) mod unreadable;

use std::collections::HashMap;

use chrono_tz::Tz;
use goalpost_core::calendar::Calendar;
use goalpost_core::schema::ColumnType;
use goalpost_core::white::trimmed;

use duration::DurationStyle;
use format::TimeFormat;
use number::NumberStyle;
use time::TimeReader;

/// How the cells of a column are read.
#[derive(Clone, Debug)]
pub(super) struct CellRules {
    /// The type they become.
    pub(super) ty: ColumnType,
    /// Whether the type was guessed from some of the cells.
    pub(super) guessed: bool,
    /// How numbers are written.
    pub(super) numbers: NumberStyle,
    /// How dates and times are written; ISO 8601 when absent.
    pub(super) format: Option<TimeFormat>,
    /// How lengths of time are written.
    pub(super) durations: DurationStyle,
    /// How the project counts time.
    pub(super) calendar: Calendar,
    /// The zone of wall-clock times, where it is not the project's.
    pub(super) zone: Option<Tz>,
    /// Texts that mean null.
    pub(super) nulls: Vec<String>,
    /// Whether the words that usually mean nothing do.
    pub(super) knows_blanks: bool,
    /// What source values become.
    pub(super) values: ValueMap,
    /// The only words that the column may hold; empty for any text.
    pub(super) words: &'static [&'static str],
}

impl CellRules {
    /// The text to be typed, without the white space around it; `None` for null.
    pub(super) fn text<'a>(&'a self, cell: &'a str) -> Option<&'a str> {
        let cell = trimmed(cell);
        if cell.is_empty() || self.is_null(cell) {
            return None;
        }
        match self.values.is_empty() {
            true => Some(cell),
            false => Some(trimmed(self.values.get(cell))).filter(|text| !text.is_empty()),
        }
    }

    /// Whether a cell that is not blank is a word that means null.
    pub(super) fn is_null(&self, cell: &str) -> bool {
        let cell = trimmed(cell);
        let is = |word: &str| word == cell;
        self.nulls.iter().any(|null| is(null)) || (self.knows_blanks && BLANKS.iter().any(|word| is(word)))
    }

    /// A reader of the column's times.
    pub(super) fn times(&self) -> TimeReader<'_> {
        let reader = TimeReader::new(self.format.as_ref(), self.calendar).of_zone(self.zone);
        if self.guessed { reader.of_guess() } else { reader }
    }

    /// The text of a text column: one of its words, where it has any.
    pub(super) fn word<'a>(&self, text: &'a str) -> Result<&'a str, String>
    where
        'static: 'a,
    {
        if self.words.is_empty() {
            return Ok(text);
        }
        let text = trimmed(text);
        let word = self.words.iter().find(|word| word.eq_ignore_ascii_case(text));
        word.copied().ok_or_else(|| format!("not one of {}: map it with `values`", self.words.join(", ")))
    }
}

/// Words that exports write where there is nothing, and that name nothing else.
pub(super) const BLANKS: [&str; 11] =
    ["-", "--", "–", "—", "N/A", "n/a", "#N/A", "null", "NULL", "(blank)", "(No value)"];

/// Whether a cell holds nothing but ASCII white space.
pub(super) fn is_blank(cell: &[u8]) -> bool {
    cell.iter().all(u8::is_ascii_whitespace)
}

/// Reads true and false.
pub(super) fn truth(text: &str) -> Option<bool> {
    let text = trimmed(text);
    let is = |words: [&str; 5]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(["true", "yes", "1", "t", "y"]) {
        Some(true)
    } else if is(["false", "no", "0", "f", "n"]) {
        Some(false)
    } else {
        None
    }
}

/// What source values become: `"Closed Won"` → `won`, `"*"` → `open`.
///
/// Values match without the white space around them, and without regard to
/// case where no value matches exactly.
#[derive(Clone, Debug, Default)]
pub(super) struct ValueMap {
    exact: HashMap<String, String>,
    folded: HashMap<String, String>,
    other: Option<String>,
}

impl ValueMap {
    /// The map of a config; earlier pairs win.
    pub(super) fn new(pairs: &[(String, String)]) -> Self {
        let mut map = Self::default();
        for (from, to) in pairs {
            if from == "*" {
                map.other.get_or_insert_with(|| to.clone());
            } else {
                map.exact.entry(trimmed(from).to_owned()).or_insert_with(|| to.clone());
                map.folded.entry(trimmed(from).to_lowercase()).or_insert_with(|| to.clone());
            }
        }
        map
    }

    /// Whether it changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.other.is_none()
    }

    fn get<'a>(&'a self, cell: &'a str) -> &'a str {
        self.find(cell).unwrap_or(cell)
    }

    /// What a value becomes, if the map says so.
    pub(super) fn find(&self, cell: &str) -> Option<&str> {
        let cell = trimmed(cell);
        let found = self.exact.get(cell).or_else(|| self.folded.get(&cell.to_lowercase()));
        found.or(self.other.as_ref()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use number::{Excess, Percent};

    fn rules(nulls: &[&str], values: &[(&str, &str)], words: &'static [&'static str]) -> CellRules {
        let values: Vec<(String, String)> =
            values.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        CellRules {
            ty: ColumnType::Text,
            guessed: false,
            numbers: NumberStyle {
                decimal: b'.',
                currency: "USD".to_owned(),
                percent: Percent::Refused,
                excess: Excess::Refused,
                may_be_grouped: false,
                share: None,
            },
            format: None,
            durations: DurationStyle::default(),
            calendar: Calendar::default(),
            zone: None,
            nulls: nulls.iter().map(|null| (*null).to_owned()).collect(),
            knows_blanks: false,
            values: ValueMap::new(&values),
            words,
        }
    }

    #[test]
    fn blanks_and_null_words_are_null() {
        let rules = rules(&["N/A"], &[], &[]);
        assert_eq!(rules.text(""), None);
        assert_eq!(rules.text(" \t"), None);
        assert_eq!(rules.text(" N/A "), None);
        assert_eq!(rules.text("n/a"), Some("n/a"));
        assert_eq!(rules.text(" x "), Some("x"));
        assert_eq!(rules.text("\u{a0}N/A\u{200b}"), None);
        assert_eq!(rules.text("\u{feff}\u{a0}"), None);
    }

    #[test]
    fn value_maps_cover_the_rest_with_a_star() {
        let stages = [("Closed Won", "won"), ("Closed Lost", "lost"), ("Junk", ""), ("*", "open")];
        let rules = rules(&[], &stages, &[]);
        assert_eq!(rules.text("Closed Won"), Some("won"));
        assert_eq!(rules.text(" closed lost"), Some("lost"));
        assert_eq!(rules.text("Negotiation"), Some("open"));
        assert_eq!(rules.text("Junk"), None);
        assert_eq!(rules.text(""), None);
    }

    #[test]
    fn words_are_normalised_and_others_refused() {
        let rules = rules(&[], &[], &["won", "lost", "open"]);
        assert_eq!(rules.word(" Won "), Ok("won"));
        let why = rules.word("Engaging").expect_err("not a word");
        assert_eq!(why, "not one of won, lost, open: map it with `values`");
    }

    #[test]
    fn truth_has_four_spellings() {
        for text in ["true", "YES", "1", " t "] {
            assert_eq!(truth(text), Some(true), "{text}");
        }
        for text in ["False", "no", "0", "F"] {
            assert_eq!(truth(text), Some(false), "{text}");
        }
        assert_eq!(truth("on"), None);
    }
}
