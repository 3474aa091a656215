//! Small integers for texts and for pairs, in the order in which they arrive.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::common::Result;

use super::unfit::unfit;

/// No code.
const NONE: u32 = u32::MAX;

/// Codes of the values of a column; 0 is for what is nothing.
pub(super) struct Codes {
    /// By code.
    texts: Vec<Option<String>>,
    by_text: HashMap<String, u32>,
    short: Short,
}

impl Codes {
    pub(super) fn new() -> Self {
        Self { texts: vec![None], by_text: HashMap::new(), short: Short::new() }
    }

    /// What codes stand for.
    pub(super) fn texts(&self) -> &[Option<String>] {
        &self.texts
    }

    /// The codes of values, in place of those that are there.
    pub(super) fn read(&mut self, values: &ArrayRef, codes: &mut Vec<u32>) -> Result<()> {
        codes.clear();
        codes.reserve(values.len());
        match values.data_type() {
            DataType::Utf8View => self.views(values.as_string_view(), codes),
            DataType::Dictionary(key, _) if **key == DataType::Int32 => {
                let dictionary = values.as_dictionary::<Int32Type>();
                let mut known = Vec::new();
                self.read(dictionary.values(), &mut known)?;
                let keys = dictionary.keys().iter();
                codes.extend(keys.map(|key| key.map_or(0, |key| known[key as usize])));
            }
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Boolean
            | DataType::Int64
            | DataType::Date32
            | DataType::Decimal128(..) => {
                // The same text as where groups are read from a plan.
                let texts = cast(&cast(values, &DataType::Utf8)?, &DataType::Utf8View)?;
                self.views(texts.as_string_view(), codes);
            }
            _ => return Err(unfit("segments of another type")),
        }
        Ok(())
    }

    fn views(&mut self, values: &StringViewArray, codes: &mut Vec<u32>) {
        let nulls = values.nulls().filter(|nulls| nulls.null_count() > 0);
        let mut last = (0, NONE);
        for (row, view) in values.views().iter().enumerate() {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                codes.push(0);
                continue;
            }
            let is_short = *view as u32 <= Short::LONGEST;
            if is_short && last.1 != NONE && last.0 == *view {
                codes.push(last.1);
                continue;
            }
            let known = if is_short { self.short.get(*view) } else { NONE };
            let code = match known {
                NONE => {
                    let code = self.code(values.value(row));
                    if is_short {
                        self.short.insert(*view, code);
                    }
                    code
                }
                known => known,
            };
            last = (*view, if is_short { code } else { NONE });
            codes.push(code);
        }
    }

    /// The code of a text.
    pub(super) fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.by_text.get(text) {
            return *code;
        }
        let code = self.texts.len() as u32;
        self.texts.push(Some(text.to_owned()));
        self.by_text.insert(text.to_owned(), code);
        code
    }

    /// The codes that those of another have here.
    pub(super) fn merged(&mut self, other: &Self) -> Vec<u32> {
        other.texts.iter().map(|text| text.as_deref().map_or(0, |text| self.code(text))).collect()
    }
}

/// Codes of texts that lie within their view.
struct Short {
    views: Vec<u128>,
    codes: Vec<u32>,
    used: usize,
}

impl Short {
    /// Bytes of the longest text that lies within its view.
    const LONGEST: u32 = 12;

    fn new() -> Self {
        Self { views: vec![0; 64], codes: vec![NONE; 64], used: 0 }
    }

    fn slot(&self, view: u128) -> usize {
        let mixed = (view as u64 ^ ((view >> 64) as u64).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mask = self.views.len() - 1;
        let mut slot = (mixed >> 32) as usize & mask;
        while self.codes[slot] != NONE && self.views[slot] != view {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn get(&self, view: u128) -> u32 {
        self.codes[self.slot(view)]
    }

    fn insert(&mut self, view: u128, code: u32) {
        if self.used * 2 >= self.views.len() {
            let length = self.views.len() * 4;
            let views = std::mem::replace(&mut self.views, vec![0; length]);
            let codes = std::mem::replace(&mut self.codes, vec![NONE; length]);
            self.used = 0;
            for (view, code) in views.into_iter().zip(codes).filter(|(_, code)| *code != NONE) {
                self.insert(view, code);
            }
        }
        let slot = self.slot(view);
        self.used += usize::from(self.codes[slot] == NONE);
        self.views[slot] = view;
        self.codes[slot] = code;
    }
}

/// Codes of pairs of codes.
#[derive(Default)]
pub(super) struct Pairs {
    rows: Vec<Vec<u32>>,
    known: Vec<(u32, u32)>,
    cells: usize,
}

impl Pairs {
    /// Places that the table may have before it is no longer worth it.
    const MOST: usize = 1 << 22;

    /// The code of a pair.
    pub(super) fn code(&mut self, a: u32, b: u32) -> u32 {
        match self.rows.get(a as usize).and_then(|row| row.get(b as usize)) {
            Some(code) if *code != NONE => *code,
            _ => self.add(a, b),
        }
    }

    fn add(&mut self, a: u32, b: u32) -> u32 {
        let (a_place, b_place) = (a as usize, b as usize);
        if self.rows.len() <= a_place {
            self.rows.resize_with(a_place + 1, Vec::new);
        }
        let row = &mut self.rows[a_place];
        if row.len() <= b_place {
            self.cells += b_place + 1 - row.len();
            row.resize(b_place + 1, NONE);
        }
        let code = self.known.len() as u32;
        row[b_place] = code;
        self.known.push((a, b));
        code
    }

    /// What codes stand for.
    pub(super) fn known(&self) -> &[(u32, u32)] {
        &self.known
    }

    /// An error where there are too many.
    pub(super) fn fit(&self) -> Result<()> {
        if self.cells + self.rows.len() > Self::MOST { Err(unfit("too many groups")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{DictionaryArray, StringArray};

    use super::*;

    /// Texts of all lengths around that of a view, again and again.
    fn texts() -> Vec<Option<String>> {
        let text = |place: usize| match place % 7 {
            0 => None,
            1 => Some(String::new()),
            length => Some(format!("{:0>width$}", place % 50, width = length * 3)),
        };
        (0..5_000).map(text).collect()
    }

    #[test]
    fn equal_texts_have_equal_codes_in_every_layout() {
        let texts = texts();
        let views: ArrayRef = Arc::new(StringViewArray::from(texts.clone()));
        let plain: ArrayRef = Arc::new(StringArray::from(texts.clone()));
        let coded: DictionaryArray<Int32Type> = texts.iter().map(Option::as_deref).collect();
        let mut codes = Codes::new();
        for array in [views, plain, Arc::new(coded)] {
            let mut found = Vec::new();
            codes.read(&array, &mut found).expect("texts");
            let back: Vec<Option<String>> =
                found.iter().map(|code| codes.texts()[*code as usize].clone()).collect();
            assert_eq!(back, texts);
        }
        let mut other = Codes::new();
        other.code("of another");
        other.code("");
        let merged = codes.merged(&other);
        assert_eq!(codes.texts()[merged[1] as usize].as_deref(), Some("of another"));
        assert_eq!((merged[0], codes.texts()[merged[2] as usize].as_deref()), (0, Some("")));
    }

    #[test]
    fn pairs_are_told_apart() {
        let mut pairs = Pairs::default();
        let codes: Vec<u32> = [(0, 0), (3, 1), (0, 0), (1, 3), (3, 1)].map(|(a, b)| pairs.code(a, b)).into();
        assert_eq!(codes, [0, 1, 0, 2, 1]);
        assert_eq!(pairs.known(), [(0, 0), (3, 1), (1, 3)]);
    }
}
