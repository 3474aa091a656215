//! Numbers as people read them: by unit, with separators and signs.
//!
//! Values come in base units and are rounded only here, after everything has
//! been compared. Machine formats do not use this module.

use goalpost_core::Decimal;
use goalpost_core::unit::{TimeUnit, Unit};
use rust_decimal::RoundingStrategy;

/// How numbers of one metric are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format<'a> {
    /// The metric's unit.
    pub(crate) unit: Unit,
    /// The project's currency.
    pub(crate) currency: &'a str,
}

/// Decimals that a number can have at all.
const MOST_DECIMALS: u32 = 28;

/// A share from 0 to 1 of what was counted.
pub(crate) fn share(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 0.1 => "below 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

impl Format<'_> {
    /// A value in base units, with the usual decimals.
    pub(crate) fn value(self, base: Decimal) -> String {
        self.with_decimals(base, self.usual_decimals(base))
    }

    /// Several values that are read beside one another: with the same
    /// decimals, and as many as it takes that different ones look different.
    pub(crate) fn values(self, bases: &[Decimal]) -> Vec<String> {
        let alike = |texts: &[String]| {
            (0..bases.len()).any(|i| (0..i).any(|j| texts[i] == texts[j] && bases[i] != bases[j]))
        };
        let mut decimals = bases.iter().map(|base| self.usual_decimals(*base)).max().unwrap_or(0);
        loop {
            let texts: Vec<String> = bases.iter().map(|base| self.with_decimals(*base, decimals)).collect();
            if decimals >= MOST_DECIMALS || !alike(&texts) {
                return texts;
            }
            decimals += 1;
        }
    }

    fn usual_decimals(self, base: Decimal) -> u32 {
        match self.unit {
            Unit::Percent | Unit::Duration(_) | Unit::Points => 1,
            Unit::Money | Unit::MoneyPer(_) => minor_digits(self.currency),
            Unit::Count if base.is_integer() => 0,
            Unit::Number if base.is_integer() => 0,
            Unit::Count | Unit::Per(_) => 1,
            Unit::Ratio | Unit::Number => 2,
        }
    }

    fn with_decimals(self, base: Decimal, decimals: u32) -> String {
        let hundred = Decimal::ONE_HUNDRED;
        let shown =
            if self.unit == Unit::Percent { base.checked_mul(hundred) } else { self.unit.shown(base) };
        let Some(shown) = shown else { return format!("{base} (base unit)") };
        let number = grouped(shown, decimals);
        match self.unit {
            Unit::Count | Unit::Points | Unit::Number => number,
            Unit::Percent => format!("{number} %"),
            Unit::Ratio => format!("{number}×"),
            Unit::Money => self.amount(&number),
            Unit::MoneyPer(unit) => format!("{}/{}", self.amount(&number), unit.singular()),
            Unit::Per(unit) => format!("{number}/{}", unit.singular()),
            Unit::Duration(unit) => format!("{number} {}", plural(unit, &number)),
        }
    }

    fn amount(self, number: &str) -> String {
        let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
        match symbol(self.currency) {
            Some(symbol) => format!("{sign}{symbol}{digits}"),
            None => format!("{sign}{} {digits}", self.currency),
        }
    }
}

/// A count with separators: `4,238`.
pub(crate) fn count(n: u64) -> String {
    grouped(Decimal::from(n), 0)
}

/// A size of files: `1.5 KiB`.
pub(crate) fn bytes(size: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| size >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", size / unit, size % unit * 10 / unit),
        None => format!("{size} bytes"),
    }
}

/// A number rounded half away from zero, with exactly so many decimals and
/// separators between thousands; zero has no sign.
fn grouped(value: Decimal, decimals: u32) -> String {
    let rounded = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    let text = format!("{:.*}", decimals as usize, rounded.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut digits = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{digits}{point}{fraction}")
}

fn plural(unit: TimeUnit, number: &str) -> String {
    let ending = if number == "1" { "" } else { "s" };
    format!("{}{ending}", unit.singular())
}

/// The sign of a currency where it is read everywhere as that currency.
fn symbol(currency: &str) -> Option<&'static str> {
    match currency {
        "USD" => Some("$"),
        "EUR" => Some("€"),
        "GBP" => Some("£"),
        "JPY" => Some("¥"),
        "INR" => Some("₹"),
        _ => None,
    }
}

/// Decimals of a currency by ISO 4217.
pub(crate) fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a number")
    }

    fn shown(unit: Unit, base: &str) -> String {
        Format { unit, currency: "USD" }.value(d(base))
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(bytes(u64::MAX), "17179869183.9 GiB");
    }

    #[test]
    fn each_unit_reads_as_people_write_it() {
        assert_eq!(shown(Unit::Percent, "0.6315"), "63.2 %");
        assert_eq!(shown(Unit::Percent, "-0.0004"), "0.0 %");
        assert_eq!(shown(Unit::Count, "4238"), "4,238");
        assert_eq!(shown(Unit::Count, "12.25"), "12.3");
        assert_eq!(shown(Unit::Money, "10005534"), "$10,005,534.00");
        assert_eq!(shown(Unit::Money, "-2360.909"), "-$2,360.91");
        assert_eq!(shown(Unit::MoneyPer(TimeUnit::Day), "0.25"), "$21,600.00/day");
        assert_eq!(shown(Unit::Duration(TimeUnit::Day), "4475520"), "51.8 days");
        assert_eq!(shown(Unit::Ratio, "2.5"), "2.50×");
        assert_eq!(shown(Unit::Points, "31.25"), "31.3");
        assert_eq!(shown(Unit::Number, "3"), "3");
        assert_eq!(shown(Unit::Number, "3.14159"), "3.14");
        assert_eq!(shown(Unit::Per(TimeUnit::Month), "12"), "12.0/month");
    }

    #[test]
    fn currencies_have_their_signs_and_decimals() {
        let amount = |currency| Format { unit: Unit::Money, currency }.value(d("-1234567.891"));
        assert_eq!(amount("EUR"), "-€1,234,567.89");
        assert_eq!(amount("CHF"), "-CHF 1,234,567.89");
        assert_eq!(amount("JPY"), "-¥1,234,568");
        assert_eq!(amount("KWD"), "-KWD 1,234,567.891");
    }

    #[test]
    fn different_numbers_look_different() {
        let values = |unit, bases: &[&str]| {
            let bases: Vec<Decimal> = bases.iter().map(|base| d(base)).collect();
            Format { unit, currency: "USD" }.values(&bases)
        };
        assert_eq!(values(Unit::Percent, &["0.25", "0.2"]), ["25.0 %", "20.0 %"]);
        assert_eq!(values(Unit::Percent, &["0.24999", "0.25"]), ["24.999 %", "25.000 %"]);
        assert_eq!(values(Unit::Percent, &["0.25", "0.25"]), ["25.0 %", "25.0 %"]);
        assert_eq!(values(Unit::Money, &["9.999", "10", "5"]), ["$9.999", "$10.000", "$5.000"]);
        assert_eq!(values(Unit::Count, &["4.999", "5"]), ["4.999", "5.000"]);
        let near = values(Unit::Number, &["0.66666666666666666666", "0.66666666666666666667"]);
        assert_eq!(near, ["0.66666666666666666666", "0.66666666666666666667"]);
    }
}
