//! Numbers as exports write them, read exactly.
//!
//! A cell becomes an integer scaled by its column's decimals, or the reason
//! why it cannot. Only what is evidently a printed binary float is rounded, by
//! the rule of `float`. Thousands separators must stand where they belong: `1,5`
//! is not fifteen. Which column a cell is in, and what happens with bad ones, is
//! decided elsewhere.

use std::fmt;

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

/// Reads the text that Rust gives a binary float, as a multiple of ten to the
/// minus `scale`.
pub(in crate::source) fn float_text(text: &str, scale: u8, excess: Excess) -> Result<i128, BadNumber> {
    let style = NumberStyle {
        decimal: b'.',
        currency: String::new(),
        percent: Percent::Refused,
        excess,
        may_be_grouped: false,
    };
    Written::read(text, &style)?.scaled(scale, WHOLE, &style)
}

/// Reads a binary float as a multiple of ten to the minus `scale`.
pub(in crate::source) fn float(value: f64, scale: u8, excess: Excess) -> Result<i128, BadNumber> {
    /// Up to so large a whole number has at most 15 digits.
    const FEW_DIGITS: f64 = 1e15;
    let power = 10_f64.powi(i32::from(scale));
    let rounded = (value * power).round();
    // A float that is the nearest one to a number of up to 15 digits is that number.
    if rounded.abs() < FEW_DIGITS && rounded / power == value {
        return Ok(rounded as i128);
    }
    float_text(&value.to_string(), scale, excess)
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
        Ok(Self { negative: sign == Some(true), digits, grouped, marked: !marks.is_empty(), like_code })
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
mod tests {
    use super::*;

    fn style(decimal: u8) -> NumberStyle {
        NumberStyle {
            decimal,
            currency: "USD".to_owned(),
            percent: Percent::Hundredth,
            excess: Excess::Refused,
            may_be_grouped: true,
        }
    }

    fn cents(text: &str) -> Result<i128, BadNumber> {
        scaled(text, 2, &style(b'.'))
    }

    #[test]
    fn amounts_are_read_however_they_are_written() {
        for (text, expected) in [
            ("1234.5", 123_450),
            ("-1234.50", -123_450),
            ("1,234.50", 123_450),
            ("1 234.50", 123_450),
            ("1\u{a0}234.50", 123_450),
            ("1'234'567", 123_456_700),
            ("12,34,567.00", 123_456_700),
            ("$1,234.50", 123_450),
            ("-$1,234.50", -123_450),
            ("$-5", -500),
            ("($5.00)", -500),
            ("5.00-", -500),
            ("\u{2212}5", -500),
            ("USD 5", 500),
            ("5 USD", 500),
            ("5USD", 500),
            ("US$5", 500),
            (" 5 ", 500),
            ("+5", 500),
            (".5", 50),
            ("5.", 500),
            ("5.-", 500),
            ("5.\u{2013}", 500),
            ("-5.--", -500),
            ("$(5.00)", -500),
            ("(5.00) USD", -500),
            ("- $ 5", -500),
            ("$5.00 USD", 500),
            ("5,000.00\u{a0}US$", 500_000),
            ("\u{200f}5\u{202f}usd\u{200e}", 500),
            ("0", 0),
            ("-0", 0),
            ("007", 700),
            ("1.5000000000000000000000", 150),
            ("9999999999999999.99", 999_999_999_999_999_999),
            ("0000000000000000000000000001", 100),
        ] {
            assert_eq!(cents(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_exactly_an_amount_is_refused() {
        for text in [
            "",
            "-",
            "$",
            "abc",
            "1,5",
            "1,2345",
            "1,23,45",
            "1.2.3",
            "1-2",
            "--5",
            "(-5)",
            "1 2",
            "5 apples",
            "Infinity",
            "NaN",
            "0x10",
            "5%%",
            "($5",
            "1,234 567",
        ] {
            assert_eq!(cents(text), Err(BadNumber::Unreadable), "{text}");
        }
        assert_eq!(cents("1e3"), Err(BadNumber::Exponent));
        assert_eq!(cents("1.5E+05"), Err(BadNumber::Exponent));
        assert_eq!(cents("12.355"), Err(BadNumber::Grouped));
        assert_eq!(cents("1.200"), Err(BadNumber::Grouped));
        assert_eq!(cents("1234.355"), Err(BadNumber::TooManyDecimals(3)));
        assert_eq!(cents("1234.500"), Ok(123_450));
        assert_eq!(cents("0.500"), Ok(50));
        assert_eq!(cents("10000000000000000"), Err(BadNumber::TooLarge));
        let why = |text| cents(text).map_err(|why| why.to_string());
        assert_eq!(why("€5"), Err("`€` means EUR, and amounts are in USD".to_owned()));
        assert_eq!(why("5 EUR"), Err("in EUR, and amounts are in USD".to_owned()));
        assert_eq!(why("$5 CAD"), Err("in CAD, and amounts are in USD".to_owned()));
        assert_eq!(why("5 kr"), Err("`kr` means SEK, NOK, DKK or ISK, and amounts are in USD".to_owned()));
    }

    #[test]
    fn the_decimal_comma_turns_the_marks_around() {
        let read = |text| scaled(text, 2, &style(b','));
        assert_eq!(read("1.234,50"), Ok(123_450));
        assert_eq!(read("1234,5"), Ok(123_450));
        assert_eq!(read("1.234"), Ok(123_400));
        assert_eq!(read("1.23"), Err(BadNumber::Unreadable));
    }

    #[test]
    fn marks_of_the_currency_stand_before_or_after() {
        for (currency, texts) in [
            ("ZAR", ["R 100", "R100", "R\u{a0}100.00", "100 ZAR"]),
            ("MYR", ["RM100", "RM 100", "-RM100-", "100 RM"]),
            ("IDR", ["Rp 100", "Rp100", "Rp.100", "IDR 100"]),
            ("PEN", ["S/ 100", "S/100", "S/. 100.00", "100 pen"]),
            ("BGN", ["100 лв.", "100 ЛВ", "100лв", "100 lv"]),
            ("RUB", ["100 руб.", "100 РУБ", "100 ₽", "100р."]),
            ("GHS", ["GH₵100", "GH₵ 100", "₵100", "GHS100"]),
            ("KES", ["KSh 100", "Ksh100", "KShs. 100/=", "100/="]),
            ("INR", ["₹100", "Rs.100", "Rs. 100/-", "Rs 1,00"]),
            ("CNY", ["¥100", "100 RMB", "CN¥100", "RMB ¥100"]),
            ("JPY", ["¥100", "￥100", "100円", "JP¥ 100"]),
            ("VND", ["100đ", "100 Đ", "₫100", "100\u{a0}₫"]),
            ("CHF", ["CHF 100.-", "Fr. 100", "SFr.100", "100.00 Fr"]),
            ("XOF", ["100 FCFA", "100 F CFA", "CFA 100", "100 F"]),
            ("CAD", ["C$100", "$100 CAD", "CAD$100", "$100"]),
        ] {
            let style = NumberStyle { currency: currency.to_owned(), ..style(b'.') };
            for text in texts {
                let expected = match text {
                    "Rs 1,00" => Err(BadNumber::Unreadable),
                    "-RM100-" => Err(BadNumber::Unreadable),
                    _ => Ok(10_000),
                };
                assert_eq!(scaled(text, 2, &style), expected, "{text}");
            }
        }
        for text in ["5K", "5M", "5 K", "R5R", "1e5 F"] {
            assert!(scaled(text, 2, &NumberStyle { currency: "ZAR".to_owned(), ..style(b'.') }).is_err());
        }
    }

    #[test]
    fn a_dash_for_decimals_is_no_sign() {
        let read = |text| scaled(text, 2, &NumberStyle { currency: "CZK".to_owned(), ..style(b',') });
        assert_eq!(read("50,-"), Ok(5_000));
        assert_eq!(read("1.250,- Kč"), Ok(125_000));
        assert_eq!(read("Kč 50,--"), Ok(5_000));
        assert_eq!(read("-50,-"), Ok(-5_000));
        assert_eq!(read("50.-"), Err(BadNumber::Unreadable));
        assert_eq!(read("50-"), Ok(-5_000));
    }

    #[test]
    fn a_letter_before_digits_is_a_code_unless_a_column_is_declared() {
        let style = NumberStyle { currency: "GTQ".to_owned(), ..style(b'.') };
        assert_eq!(scaled("Q1", 2, &style), Ok(100));
        assert_eq!(shape("Q1", &style), Err(BadNumber::Unreadable));
        assert!(!is_amount("Q1", &style) && is_amount("Q 1", &style));
    }

    #[test]
    fn printed_floats_are_read_as_meant_and_percentages_divided() {
        let rounded = |text| float_text(text, 2, Excess::Refused);
        assert_eq!(rounded("0.30000000000000004"), Ok(30));
        assert_eq!(rounded("0.285"), Err(BadNumber::TooManyDecimals(3)));
        assert_eq!(rounded("99.99500000000002"), Ok(10_000));
        assert_eq!(rounded("-33.333333333333336"), Ok(-3_333));
        assert_eq!(cents("0.30000000000000004"), Ok(30));
        assert_eq!(cents("1234.5600000000002"), Ok(123_456));
        assert_eq!(cents("0.333333333333333"), Ok(33));
        assert_eq!(cents("0.0000000000000001"), Err(BadNumber::TooManyDecimals(16)));
        let wide = |text| scaled(text, 12, &style(b'.'));
        assert_eq!(wide("0.054410001"), Ok(54_410_001_000));
        assert_eq!(wide("54.41000000000001"), Ok(54_410_000_000_000));
        assert_eq!(wide("1e-7"), Ok(100_000));
        assert_eq!(wide("-1.5E-07"), Ok(-150_000));
        assert_eq!(wide("1.25E7"), Ok(12_500_000_000_000_000_000));
        assert_eq!(wide("1.0E10"), Ok(10_000_000_000_000_000_000_000));
        assert_eq!(wide("1.23457E+11"), Err(BadNumber::Exponent));
        assert_eq!(wide("0.3333333333333333%"), Ok(3_333_333_333));
        assert_eq!(wide("9999999999999999.123456789012"), Ok(9_999_999_999_999_999_123_456_789_012));
        let percent = |text| scaled(text, 6, &style(b'.'));
        assert_eq!(percent("45%"), Ok(450_000));
        assert_eq!(percent("5 %"), Ok(50_000));
        assert_eq!(percent("0.5%"), Ok(5_000));
        assert_eq!(percent("150%"), Ok(1_500_000));
    }

    #[test]
    fn whole_numbers_use_all_64_bits() {
        assert_eq!(integer("9223372036854775807", &style(b'.')), Ok(i64::MAX));
        assert_eq!(integer("1,234", &style(b'.')), Ok(1_234));
        assert_eq!(integer("5.0", &style(b'.')), Ok(5));
        assert_eq!(integer("5.5", &style(b'.')), Err(BadNumber::TooManyDecimals(1)));
        assert_eq!(integer("5.000000000000001", &style(b'.')), Ok(5));
        assert_eq!(integer("33.333333333333336", &style(b'.')), Err(BadNumber::TooManyDecimals(12)));
        assert_eq!(shape("1,234.500", &style(b'.')), Ok((1, 4)));
        assert_eq!(shape("1234.5600000000002", &style(b'.')), Ok((2, 4)));
        assert!(is_amount("$5", &style(b'.')) && !is_amount("5", &style(b'.')));
    }
}
