//! Currency marks on amounts: symbols and ISO codes, before or after the number.
//!
//! An amount is only read when its mark can mean the project's currency, so
//! that euros are never added to dollars because somebody dropped a sign.

/// Symbols, longest first among those that begin alike, and the currencies
/// that write them.
const SYMBOLS: &[(&str, &[&str])] = &[
    ("US$", &["USD"]),
    ("CA$", &["CAD"]),
    ("C$", &["CAD", "NIO"]),
    ("AU$", &["AUD"]),
    ("A$", &["AUD"]),
    ("NZ$", &["NZD"]),
    ("HK$", &["HKD"]),
    ("NT$", &["TWD"]),
    ("MX$", &["MXN"]),
    ("S$", &["SGD"]),
    ("R$", &["BRL"]),
    (
        "$",
        &[
            "USD", "CAD", "AUD", "NZD", "HKD", "TWD", "MXN", "SGD", "ARS", "CLP", "COP", "UYU", "BND", "FJD",
            "JMD", "TTD",
        ],
    ),
    ("€", &["EUR"]),
    ("£", &["GBP", "EGP", "LBP"]),
    ("¥", &["JPY", "CNY"]),
    ("₹", &["INR"]),
    ("Rs.", &["INR", "PKR", "LKR", "NPR"]),
    ("Rs", &["INR", "PKR", "LKR", "NPR"]),
    ("₺", &["TRY"]),
    ("₽", &["RUB"]),
    ("₩", &["KRW"]),
    ("₪", &["ILS"]),
    ("₴", &["UAH"]),
    ("₫", &["VND"]),
    ("฿", &["THB"]),
    ("₱", &["PHP"]),
    ("₦", &["NGN"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("kr.", &["SEK", "NOK", "DKK", "ISK"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("Ft", &["HUF"]),
    ("lei", &["RON"]),
    ("Fr.", &["CHF"]),
];

/// The mark that a text begins with, and what follows.
pub(super) fn leading(text: &str) -> Option<(&str, &str)> {
    if let Some((symbol, _)) = SYMBOLS.iter().find(|(symbol, _)| text.starts_with(symbol)) {
        return Some(text.split_at(symbol.len()));
    }
    text.split_at_checked(3)
        .filter(|(code, rest)| is_code(code) && !rest.starts_with(|c: char| c.is_alphabetic()))
}

/// What stands before the mark that a text ends with, and the mark.
pub(super) fn trailing(text: &str) -> Option<(&str, &str)> {
    if let Some((symbol, _)) = SYMBOLS.iter().find(|(symbol, _)| text.ends_with(symbol)) {
        return Some(text.split_at(text.len() - symbol.len()));
    }
    let (before, code) = text.split_at_checked(text.len().checked_sub(3)?)?;
    (is_code(code) && !before.ends_with(|c: char| c.is_alphabetic())).then_some((before, code))
}

/// Whether a mark can mean this currency.
pub(super) fn is_of(mark: &str, currency: &str) -> bool {
    mark == currency
        || SYMBOLS.iter().any(|(symbol, currencies)| *symbol == mark && currencies.contains(&currency))
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_on_both_sides() {
        assert_eq!(leading("US$5"), Some(("US$", "5")));
        assert_eq!(leading("EUR 5"), Some(("EUR", " 5")));
        assert_eq!(trailing("5 €"), Some(("5 ", "€")));
        assert_eq!(trailing("5kr"), Some(("5", "kr")));
        assert_eq!(leading("five"), None);
        assert_eq!(trailing("€"), Some(("", "€")));
        assert_eq!(trailing("é5"), None);
    }

    #[test]
    fn the_dollar_sign_means_any_dollar() {
        assert!(is_of("$", "CAD") && is_of("USD", "USD"));
        assert!(!is_of("US$", "CAD") && !is_of("€", "USD") && !is_of("EUR", "USD"));
    }
}
