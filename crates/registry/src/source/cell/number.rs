//! Numbers as exports write them, read exactly: no number passes through a float.
//!
//! A cell becomes an integer scaled by its column's decimals, or the reason
//! why it cannot. Only what is evidently a printed float is rounded. Thousands separators must stand where they belong: `1,5` is not
//! fifteen. Which column a cell is in, and what happens with bad ones, is
//! decided elsewhere.

use std::fmt;

use super::currency;

/// The digits that a decimal column holds in all.
const DIGITS: usize = 18;
/// The most decimals that a column can keep.
pub(in crate::source) const MOST_DECIMALS: usize = 9;
/// Digits from which a number with more decimals than any column keeps can only
/// be a printed binary float, such as `0.30000000000000004`.
const FLOAT_DIGITS: usize = 15;

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
}

/// What a percent sign does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Percent {
    /// `45%` is 0.45.
    Hundredth,
    /// It makes no sense in this column.
    Refused,
}

/// What happens to decimals beyond the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excess {
    /// The cell cannot be read: the writer meant them.
    Refuse,
    /// They are rounded, halves away from zero: the number is a binary float.
    Round,
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

impl fmt::Display for BadNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("not a number"),
            Self::Exponent => f.write_str("written with an exponent, so its exact value is not known"),
            Self::TooLarge => write!(f, "more than {DIGITS} digits, decimals included"),
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
        Err(_) => scaled(text, 0, style),
    }
}

/// Reads a number as a multiple of ten to the minus `scale`.
pub(in crate::source) fn scaled(text: &str, scale: u8, style: &NumberStyle) -> Result<i64, BadNumber> {
    if let Some(number) = plain(text.as_bytes(), scale, style.decimal) {
        return Ok(number);
    }
    Written::read(text, style)?.scaled(scale, Excess::Refuse)
}

/// Reads the text that Rust gives a binary float, rounded to a multiple of ten
/// to the minus `scale`.
pub(in crate::source) fn float(text: &str, scale: u8) -> Result<i64, BadNumber> {
    let style = NumberStyle { decimal: b'.', currency: String::new(), percent: Percent::Refused };
    Written::read(text, &style)?.scaled(scale, Excess::Round)
}

/// The decimals that a number is written with, without trailing zeros, and its
/// digits before them: what inference needs to know.
pub(in crate::source) fn shape(text: &str, style: &NumberStyle) -> Result<(usize, usize), BadNumber> {
    let written = Written::read(text, style)?;
    if written.like_code {
        return Err(BadNumber::Unreadable);
    }
    let (whole, fraction) = written.parts();
    let decimals = if is_float(&whole, &fraction) { 0 } else { fraction.len() };
    Ok((decimals, whole.len()))
}

/// Whether digits before and after the point are those of a printed float.
fn is_float(whole: &[u8], fraction: &[u8]) -> bool {
    let leading =
        if whole.is_empty() { fraction.iter().take_while(|&&digit| digit == b'0').count() } else { 0 };
    fraction.len() > MOST_DECIMALS && whole.len() + fraction.len() - leading >= FLOAT_DIGITS
}

/// Whether a number carries a mark of the project's currency.
pub(in crate::source) fn is_amount(text: &str, style: &NumberStyle) -> bool {
    matches!(Written::read(text, style), Ok(written) if written.marked && !written.like_code)
}

/// The usual spelling, `-1234.5`, with no more decimals than the scale.
fn plain(bytes: &[u8], scale: u8, decimal: u8) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > DIGITS {
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
    let value = value.checked_mul(10_i64.checked_pow(u32::from(scale - given))?)?;
    (value < 10_i64.pow(DIGITS as u32)).then_some(if negative { -value } else { value })
}

/// A number taken apart.
struct Written {
    negative: bool,
    digits: Vec<u8>,
    /// How many of the digits are decimals; may be more than there are digits.
    decimals: usize,
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
        let decimals = if percent { decimals + 2 } else { decimals };
        Ok(Self { negative: sign == Some(true), digits, decimals, marked: !marks.is_empty(), like_code })
    }

    /// Digits before the decimals without leading zeros, and decimals without trailing ones.
    fn parts(&self) -> (Vec<u8>, Vec<u8>) {
        let whole = self.digits.len().saturating_sub(self.decimals);
        let mut fraction = vec![b'0'; self.decimals.saturating_sub(self.digits.len())];
        fraction.extend_from_slice(&self.digits[whole..]);
        fraction.truncate(fraction.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1));
        let leading = self.digits[..whole].iter().take_while(|&&digit| digit == b'0').count();
        (self.digits[leading..whole].to_vec(), fraction)
    }

    fn scaled(&self, scale: u8, excess: Excess) -> Result<i64, BadNumber> {
        let scale = usize::from(scale);
        let (mut digits, mut fraction) = self.parts();
        // Three decimals where two are kept, after one to three digits: what a
        // thousands separator looks like to a reader of another country.
        let whole = self.digits.len().saturating_sub(self.decimals);
        let grouped = scale == 2 && self.decimals == 3 && (1..=3).contains(&whole) && !digits.is_empty();
        if grouped && excess == Excess::Refuse {
            return Err(BadNumber::Grouped);
        }
        if fraction.len() > scale && excess == Excess::Refuse && !is_float(&digits, &fraction) {
            return Err(BadNumber::TooManyDecimals(fraction.len()));
        }
        let up = fraction.get(scale).is_some_and(|&digit| digit >= b'5');
        fraction.resize(scale, b'0');
        digits.append(&mut fraction);
        if digits.len() > DIGITS {
            return Err(BadNumber::TooLarge);
        }
        let value = digits.iter().fold(0_i64, |value, &digit| value * 10 + i64::from(digit - b'0'));
        let value = value + i64::from(up);
        if value >= 10_i64.pow(DIGITS as u32) {
            return Err(BadNumber::TooLarge);
        }
        Ok(if self.negative { -value } else { value })
    }
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
    let decimal = char::from(decimal);
    let (whole, fraction) = text.split_once(decimal).unwrap_or((text, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        let exponent = text.split_once(['e', 'E']).is_some_and(|(number, power)| {
            digits(number, decimal as u8).is_ok()
                && power.trim_start_matches(['+', '-']).parse::<u32>().is_ok()
        });
        return Err(if exponent { BadNumber::Exponent } else { BadNumber::Unreadable });
    }
    let mut all = Vec::with_capacity(text.len());
    if all_digits(whole) {
        all.extend_from_slice(whole.as_bytes());
    } else {
        for group in groups(whole, decimal).ok_or_else(|| match digits_before_exponent(whole) {
            true => BadNumber::Exponent,
            false => BadNumber::Unreadable,
        })? {
            all.extend_from_slice(group.as_bytes());
        }
    }
    all.extend_from_slice(fraction.as_bytes());
    Ok((all, fraction.len()))
}

fn digits_before_exponent(text: &str) -> bool {
    text.split_once(['e', 'E']).is_some_and(|(number, power)| {
        let power = power.trim_start_matches(['+', '-']);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits(number) && digits(power)
    })
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
        NumberStyle { decimal, currency: "USD".to_owned(), percent: Percent::Hundredth }
    }

    fn cents(text: &str) -> Result<i64, BadNumber> {
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
    fn floats_are_rounded_and_percentages_divided() {
        let rounded = |text| float(text, 2);
        assert_eq!(rounded("0.30000000000000004"), Ok(30));
        assert_eq!(rounded("0.285"), Ok(29));
        assert_eq!(rounded("-0.285"), Ok(-29));
        assert_eq!(rounded("99.995"), Ok(10_000));
        assert_eq!(cents("0.30000000000000004"), Ok(30));
        assert_eq!(cents("1234.5600000000001"), Ok(123_456));
        assert_eq!(cents("0.333333333333333"), Ok(33));
        assert_eq!(cents("0.0000000000000001"), Err(BadNumber::TooManyDecimals(16)));
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
        assert_eq!(shape("1,234.500", &style(b'.')), Ok((1, 4)));
        assert_eq!(shape("1234.5600000000001", &style(b'.')), Ok((0, 4)));
        assert!(is_amount("$5", &style(b'.')) && !is_amount("5", &style(b'.')));
    }
}
