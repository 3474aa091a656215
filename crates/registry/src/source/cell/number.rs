//! Numbers as exports write them, read exactly.
//!
//! A cell becomes an integer scaled by its column's decimals, or the reason
//! why it cannot. Only what is evidently a printed binary float is rounded, by
//! the rule of `float`. Thousands separators must stand where they belong: `1,5`
//! is not fifteen. Which column a cell is in, and what happens with bad ones, is
//! decided elsewhere.

use std::fmt;

use goalpost_core::config::CellUnit;
use goalpost_core::schema::ColumnType;

use super::currency;
use super::digits::{Digits, PRINTED_DIGITS};

/// The digits that a decimal column holds before its decimals.
const WHOLE: usize = ColumnType::WHOLE_DIGITS as usize;
/// The most decimals that a column can keep.
pub(in crate::source) const MOST_DECIMALS: u8 = ColumnType::MOST_DECIMALS;
/// More digits than a whole number of 64 bits has.
const INTEGER: usize = 19;

/// Minus signs.
const MINUS: [char; 2] = ['-', '\u{2212}'];
/// Dashes that stand for decimals.
const DASHES: [char; 4] = ['-', '\u{2212}', '\u{2013}', '\u{2014}'];
/// Marks of a currency on one amount, which all have to agree: `$ 5.00 CAD`.
const MOST_MARKS: usize = 4;

/// How numbers of a column are written.
#[derive(Clone, Debug)]
pub(in crate::source) struct NumberStyle {
    /// The decimal separator: `.` or `,`.
    pub(in crate::source) decimal: u8,
    /// The project's currency; a mark of another one is refused.
    pub(in crate::source) currency: String,
    /// What a percent sign does.
    pub(in crate::source) percent: Percent,
    /// What happens with more decimals than the column keeps.
    pub(in crate::source) excess: Excess,
    /// Whether `1.200` may be a thousand and two hundred.
    pub(in crate::source) may_be_grouped: bool,
    /// What the numbers are, where they are shares of a whole.
    pub(in crate::source) share: Option<Share>,
}

/// What the numbers of a column of shares are; one with a percent sign says it itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Share {
    /// Whether they are hundredths.
    pub(in crate::source) unit: CellUnit,
    /// Whether nobody has said so: then the numbers of the whole table decide.
    pub(in crate::source) is_open: bool,
    /// Whether nothing below 0 and beyond the whole makes sense, as in a probability.
    pub(in crate::source) is_bounded: bool,
}

/// What a number shows of the unit of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Shows {
    /// 0 and 1 are shares in either unit.
    Nothing,
    /// Less than 1: hardly a percentage.
    Fraction,
    /// Up to 100: no fraction.
    Percent,
    /// It has a percent sign, where nobody has said that there may be shares.
    Sign,
}

/// What a percent sign does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Percent {
    /// `45%` is 0.45.
    Hundredth,
    /// It makes no sense in this column.
    Refused,
}

/// What happens with decimals beyond the scale of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Excess {
    /// Nobody has said how many are kept, so the column is read again with as many as its numbers have.
    Widens,
    /// So many are kept: a number that has more cannot be read, because its
    /// writer meant them; a binary float is rounded.
    Refused,
}

/// Why a cell is not a number of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) enum BadNumber {
    /// Not a number at all, or separators where none belong.
    Unreadable,
    /// Written with an exponent, which hides how exact it is.
    Exponent,
    /// More digits than the column holds.
    TooLarge,
    /// More decimals than the column keeps.
    TooManyDecimals(usize),
    /// A share that is negative, or more than the whole.
    NoShare,
    /// More than the whole, in a column of fractions.
    NoFraction,
    /// Written like `1.200`, which is a thousand as often as it is one and a fifth.
    Grouped,
    /// An amount in another currency.
    OtherCurrency {
        /// The mark.
        mark: String,
        /// The currencies that it can mean.
        means: String,
        /// The currency of the column.
        wanted: String,
    },
}

impl BadNumber {
    /// The decimals that a column would have to keep for the cell to be read; 0
    /// where that would not help.
    pub(in crate::source) fn decimals(&self) -> u8 {
        match self {
            Self::TooManyDecimals(found) => {
                u8::try_from(*found).ok().filter(|found| *found <= MOST_DECIMALS).unwrap_or(0)
            }
            _ => 0,
        }
    }
}

impl fmt::Display for BadNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("not a number"),
            Self::Exponent => f.write_str("written with an exponent, so its exact value is not known"),
            Self::TooLarge => write!(f, "more than {WHOLE} digits before the decimals"),
            Self::TooManyDecimals(found) if *found > usize::from(MOST_DECIMALS) => {
                write!(f, "{found} decimals, and at most {MOST_DECIMALS} can be kept")
            }
            Self::TooManyDecimals(1) => f.write_str("has a decimal, and the column keeps none"),
            Self::TooManyDecimals(found) => {
                write!(f, "{found} decimals, more than the column keeps: set a higher `scale`")
            }
            Self::NoShare => f.write_str("neither a fraction from 0 to 1 nor a percentage from 0 to 100"),
            Self::NoFraction => f.write_str("no fraction from 0 to 1: set `unit = \"percent\"` if it is a percentage"),
            Self::Grouped => f.write_str(
                "may be thousands, or a number with three decimals: set `decimal_separator`, or a higher `scale`",
            ),
            Self::OtherCurrency { mark, means, wanted } if mark.eq_ignore_ascii_case(means) => {
                write!(f, "in {means}, and amounts are in {wanted}")
            }
            Self::OtherCurrency { mark, means, wanted } => {
                write!(f, "`{mark}` means {means}, and amounts are in {wanted}")
            }
        }
    }
}

/// Reads a whole number.
pub(in crate::source) fn integer(text: &str, style: &NumberStyle) -> Result<i64, BadNumber> {
    match text.parse::<i64>() {
        Ok(number) => Ok(number),
        Err(_) => {
            let number = Written::read(text, style)?.scaled(0, INTEGER, style)?;
            i64::try_from(number).map_err(|_| BadNumber::TooLarge)
        }
    }
}

/// Reads a number as a multiple of ten to the minus `scale`.
pub(in crate::source) fn scaled(text: &str, scale: u8, style: &NumberStyle) -> Result<i128, BadNumber> {
    if let Some(number) = plain(text.as_bytes(), scale, style.decimal) {
        return Ok(number);
    }
    Written::read(text, style)?.scaled(scale, WHOLE, style)
}

/// Reads a share of a whole as a multiple of ten to the minus `scale`; with what it
/// shows of the unit of its column.
pub(in crate::source) fn share(
    text: &str,
    scale: u8,
    style: &NumberStyle,
) -> Result<(i128, Shows), BadNumber> {
    const AS_WRITTEN: Share = Share { unit: CellUnit::Fraction, is_open: false, is_bounded: false };
    let share = style.share.unwrap_or(AS_WRITTEN);
    const ONE: i128 = 10_i128.pow(MOST_DECIMALS as u32);
    let mut written = Written::read(text, style)?;
    let size = written.digits.scaled(MOST_DECIMALS).unwrap_or(i128::MAX);
    let whole = match (written.percent, share.unit, share.is_open) {
        (false, CellUnit::Percent, _) | (false, _, true) => 100 * ONE,
        (true, ..) | (false, CellUnit::Fraction | CellUnit::Micros(_), false) => ONE,
    };
    if share.is_bounded && (size > whole || written.negative && size > 0) {
        let is_percentage = size <= 100 * ONE && !written.negative && !written.percent;
        return Err(if is_percentage { BadNumber::NoFraction } else { BadNumber::NoShare });
    }
    let shows = match size {
        _ if written.percent => Shows::Nothing,
        size if size > ONE => Shows::Percent,
        size if size > 0 && size < ONE => Shows::Fraction,
        _ => Shows::Nothing,
    };
    if share.unit == CellUnit::Percent && !written.percent {
        written.digits = written.digits.hundredth();
    }
    Ok((written.scaled(scale, WHOLE, style)?, shows))
}

/// What a number shows of the unit of its column, where nobody has said that there are shares.
pub(in crate::source) fn shows(text: &str, value: i128, scale: u8, style: &NumberStyle) -> Shows {
    match style.percent {
        Percent::Refused => Shows::Nothing,
        Percent::Hundredth if text.contains('%') => Shows::Sign,
        Percent::Hundredth if value.unsigned_abs() > 10_u128.pow(u32::from(scale)) => Shows::Percent,
        Percent::Hundredth => Shows::Nothing,
    }
}

/// How numbers are written that were numbers in their source.
pub(in crate::source) fn pointed(style: &NumberStyle) -> NumberStyle {
    NumberStyle { decimal: b'.', may_be_grouped: false, ..style.clone() }
}

/// Reads a number that was one in its source, as a multiple of ten to the minus
/// `scale`.
pub(in crate::source) fn with_point(text: &str, scale: u8, excess: Excess) -> Result<i128, BadNumber> {
    if let Some(number) = plain(text.as_bytes(), scale, b'.') {
        return Ok(number);
    }
    let style = NumberStyle {
        decimal: b'.',
        currency: String::new(),
        percent: Percent::Refused,
        excess,
        may_be_grouped: false,
        share: None,
    };
    Written::read(text, &style)?.scaled(scale, WHOLE, &style)
}

/// Reads a binary float as a multiple of ten to the minus `scale`.
pub(in crate::source) fn float(value: f64, scale: u8, excess: Excess) -> Result<i128, BadNumber> {
    match written(value, power(scale)) {
        Some(number) => Ok(number.into()),
        None => with_point(&value.to_string(), scale, excess),
    }
}

/// Ten to the scale, as a float: exact for the scales of columns.
pub(in crate::source) fn power(scale: u8) -> f64 {
    10_f64.powi(i32::from(scale))
}

/// The multiple of one part in `power` that a binary float stands for, where that
/// has at most 15 digits: a float that is the nearest one to such a number is that
/// number. It says the same as the rule for texts, without making one.
pub(in crate::source) fn written(value: f64, power: f64) -> Option<i64> {
    /// Up to so large a whole number has at most 15 digits.
    const FEW_DIGITS: f64 = 1e15;
    let rounded = (value * power).round();
    (rounded.abs() < FEW_DIGITS && rounded / power == value).then_some(rounded as i64)
}

/// The decimals that a number is written with, without trailing zeros, and its
/// digits before them: what inference needs to know.
pub(in crate::source) fn shape(text: &str, style: &NumberStyle) -> Result<(usize, usize), BadNumber> {
    let written = Written::read(text, style)?;
    if written.like_code {
        return Err(BadNumber::Unreadable);
    }
    Ok((written.digits.decimals(), written.digits.whole()))
}

/// Whether a number carries a mark of the project's currency.
pub(in crate::source) fn is_amount(text: &str, style: &NumberStyle) -> bool {
    matches!(Written::read(text, style), Ok(written) if written.marked && !written.like_code)
}

/// The usual spelling, `-1234.5`, with no more decimals than the scale, and with
/// fewer digits than a printed float has.
fn plain(bytes: &[u8], scale: u8, decimal: u8) -> Option<i128> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > PRINTED_DIGITS {
        return None;
    }
    let mut value: i64 = 0;
    let mut decimals: Option<u8> = None;
    for &byte in digits {
        if byte.is_ascii_digit() {
            value = value * 10 + i64::from(byte - b'0');
            decimals = decimals.map(|count| count + 1);
        } else if byte == decimal && decimals.is_none() {
            decimals = Some(0);
        } else {
            return None;
        }
    }
    let given = decimals.unwrap_or(0);
    // A separator with nothing on one of its sides, or too many digits, is for the careful way.
    if decimals == Some(0) || digits[0] == decimal || given > scale {
        return None;
    }
    let value = i128::from(value).checked_mul(10_i128.checked_pow(u32::from(scale - given))?)?;
    Some(if negative { -value } else { value })
}

/// A number taken apart.
struct Written {
    negative: bool,
    digits: Digits,
    /// Whether three decimals may be thousands to a reader of another country.
    grouped: bool,
    /// Whether it carries a currency.
    marked: bool,
    /// Whether it carries a percent sign.
    percent: bool,
    /// Whether a single letter stands right before the digits, as in a code.
    like_code: bool,
}

impl Written {
    fn read(text: &str, style: &NumberStyle) -> Result<Self, BadNumber> {
        let decimal = char::from(style.decimal);
        let mut rest = bare(text);
        let mut sign: Option<bool> = None;
        let mut marks: Vec<&str> = Vec::new();
        let mut percent = false;
        let mut like_code = false;
        loop {
            let free = sign.is_none();
            rest = bare(if let Some(inner) = bracketed(rest).filter(|_| free) {
                sign = Some(true);
                inner
            } else if let Some(after) = rest.strip_prefix(MINUS).filter(|_| free) {
                sign = Some(true);
                after
            } else if let Some(after) = rest.strip_prefix('+').filter(|_| free) {
                sign = Some(false);
                after
            } else if let Some((mark, after)) = currency::leading(rest).filter(|_| marks.len() < MOST_MARKS) {
                marks.push(mark);
                like_code = mark.len() == 1 && after.starts_with(|c: char| c.is_ascii_digit());
                like_code &= mark.starts_with(|c: char| c.is_ascii_alphabetic());
                after
            } else if let Some(after) = rest.strip_prefix('%').filter(|_| !percent) {
                percent = true;
                after
            } else if let Some(before) = rest.strip_suffix('%').filter(|_| !percent) {
                percent = true;
                before
            } else if let Some((before, mark)) = currency::trailing(rest).filter(|_| marks.len() < MOST_MARKS)
            {
                marks.push(mark);
                before
            } else if let Some(whole) = without_dash(rest, decimal) {
                whole
            } else if let Some(before) = rest.strip_suffix(MINUS).filter(|_| free) {
                sign = Some(true);
                before
            } else {
                break;
            });
        }
        let (digits, decimals) = digits(rest, style.decimal)?;
        if let Some(mark) = marks.iter().find(|mark| !currency::is_of(mark, &style.currency)) {
            return Err(BadNumber::OtherCurrency {
                mark: (*mark).to_owned(),
                means: currency::said(mark),
                wanted: style.currency.clone(),
            });
        }
        if percent && (!marks.is_empty() || style.percent == Percent::Refused) {
            return Err(BadNumber::Unreadable);
        }
        // Three decimals after one to three digits.
        let whole = digits.len().saturating_sub(decimals);
        let grouped = decimals == 3 && (1..=3).contains(&whole) && digits[..whole].iter().any(|&c| c != b'0');
        let digits = Digits::new(digits, decimals).of_float();
        let digits = if percent { digits.hundredth() } else { digits };
        Ok(Self {
            negative: sign == Some(true),
            digits,
            grouped,
            marked: !marks.is_empty(),
            percent,
            like_code,
        })
    }

    fn scaled(&self, scale: u8, most: usize, style: &NumberStyle) -> Result<i128, BadNumber> {
        if self.grouped && style.may_be_grouped {
            return Err(BadNumber::Grouped);
        }
        if self.digits.whole() > most {
            return Err(BadNumber::TooLarge);
        }
        let rounds = self.digits.printed && style.excess == Excess::Refused && scale > 0;
        if self.digits.decimals() > usize::from(scale) && !rounds {
            return Err(BadNumber::TooManyDecimals(self.digits.decimals()));
        }
        let value = self.digits.scaled(scale).filter(|value| *value < limit(most, scale));
        let value = value.ok_or(BadNumber::TooLarge)?;
        Ok(if self.negative { -value } else { value })
    }
}

/// What a number with so many digits before its decimals stays below.
fn limit(whole: usize, scale: u8) -> i128 {
    10_i128.pow(whole as u32 + u32::from(scale))
}

/// A text without the white space and the invisible marks of direction around it.
fn bare(text: &str) -> &str {
    let is_invisible = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

fn bracketed(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

/// What stands before a dash in place of decimals: `50,-` is fifty, and no debt.
fn without_dash(text: &str, decimal: char) -> Option<&str> {
    text.trim_end_matches(DASHES).strip_suffix(decimal).filter(|_| text.ends_with(DASHES))
}

/// The digits of a number without its separators, and how many are decimals.
fn digits(text: &str, decimal: u8) -> Result<(Vec<u8>, usize), BadNumber> {
    let point = char::from(decimal);
    if let Some((number, power)) = text.split_once(['e', 'E']) {
        return exponent(number, power, decimal);
    }
    let (whole, fraction) = text.split_once(point).unwrap_or((text, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(BadNumber::Unreadable);
    }
    let mut all = Vec::with_capacity(text.len());
    if all_digits(whole) {
        all.extend_from_slice(whole.as_bytes());
    } else {
        for group in groups(whole, point).ok_or(BadNumber::Unreadable)? {
            all.extend_from_slice(group.as_bytes());
        }
    }
    all.extend_from_slice(fraction.as_bytes());
    Ok((all, fraction.len()))
}

/// A number with an exponent, where programs print floats so: small ones
/// (`1e-7`), and those of Java from ten million on (`1.25E7`). Any other hides
/// digits, such as the `1.23457E+11` of a spreadsheet.
fn exponent(number: &str, power: &str, decimal: u8) -> Result<(Vec<u8>, usize), BadNumber> {
    /// Far beyond what a float can be.
    const MOST: usize = 400;
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = number.split_once(char::from(decimal)).unwrap_or((number, ""));
    let unsigned = power.strip_prefix(['+', '-']).unwrap_or(power);
    if !all_digits(whole) || !(fraction.is_empty() || all_digits(fraction)) || !all_digits(unsigned) {
        return Err(BadNumber::Unreadable);
    }
    let by = unsigned.parse::<usize>().ok().filter(|by| *by < MOST).ok_or(BadNumber::Exponent)?;
    let mut all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if power.starts_with('-') {
        return Ok((all, fraction.len() + by));
    }
    let of_java = power == unsigned && !fraction.is_empty() && whole.len() == 1 && by >= 7;
    if !of_java {
        return Err(BadNumber::Exponent);
    }
    all.extend(std::iter::repeat_n(b'0', by.saturating_sub(fraction.len())));
    Ok((all, fraction.len().saturating_sub(by)))
}

/// The groups of a number with thousands separators: all by the same mark, the
/// last of three digits, those between of three (or of two, as in India).
fn groups(whole: &str, decimal: char) -> Option<Vec<&str>> {
    let point = if decimal == ',' { '.' } else { ',' };
    let separators = [point, ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];
    let separator = whole.chars().find(|c| separators.contains(c))?;
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let size = middle.first().map_or(3, |group| group.len());
    let fits = (1..=size).contains(&first.len())
        && (size == 3 || size == 2)
        && middle.iter().all(|group| group.len() == size)
        && last.len() == 3
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    fits.then_some(groups)
}

#[cfg(test)]
mod tests;
