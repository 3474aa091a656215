//! Numbers as they are written, and what they are.

use super::*;

fn style(decimal: u8) -> NumberStyle {
    NumberStyle {
        decimal,
        currency: "USD".to_owned(),
        percent: Percent::Hundredth,
        excess: Excess::Refused,
        may_be_grouped: true,
        share: None,
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
    let rounded = |text| with_point(text, 2, Excess::Refused);
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

/// Floats of money, of halves, of sums that went wrong, and the neighbours of each:
/// what is read at once is what is read of their text.
#[test]
fn floats_are_read_at_once_as_by_their_text() {
    let mut state = 5_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    let mut floats =
        vec![0.0, -0.0, 0.5, 1e15, 1e15 - 1.0, 999_999_999_999_999.9, f64::MAX, f64::MIN_POSITIVE];
    for _ in 0..4_000 {
        let (a, b) = (next(), next());
        let digits = a % 10_u64.pow(1 + (b % 16) as u32);
        let decimals = 10_f64.powi((b % 13) as i32);
        floats.push(digits as f64 / decimals);
        floats.push((a % 1_000_000) as f64 / 100.0 + (b % 1_000_000) as f64 / 100.0);
        floats.push((a % 100_000) as f64 + 0.5);
        floats.push(f64::from_bits(a << 11 ^ b));
    }
    let mut at_once = 0;
    for value in floats {
        for value in [value, value.next_up(), value.next_down(), -value] {
            for scale in [0, 2, 6, 12] {
                let Some(number) = written(value, power(scale)) else { continue };
                at_once += 1;
                for excess in [Excess::Widens, Excess::Refused] {
                    let slow = with_point(&value.to_string(), scale, excess);
                    assert_eq!(slow, Ok(i128::from(number)), "{value:e} at {scale}");
                }
            }
        }
    }
    assert!(at_once > 10_000, "{at_once}");
}
