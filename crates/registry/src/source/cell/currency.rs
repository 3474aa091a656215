//! Currency marks on amounts: symbols, their usual local forms and ISO codes,
//! before or after the number.
//!
//! An amount is only read when its mark can mean the project's currency, so
//! that euros are never added to dollars because somebody dropped a sign. What
//! several currencies write alike (`$`, `kr`, `¥`) agrees with any of them.

use goalpost_core::config::is_currency;

/// Marks that stand on either side of a number, without regard to case, and the
/// currencies that write them.
const MARKS: &[(&str, &str)] = &[
    // Dollars and pesos.
    (
        "$",
        "USD CAD AUD NZD MXN SGD HKD TWD ARS BBD BMD BND BSD BZD CLP COP CUP CVE DOP FJD GYD JMD KYD LRD NAD SBD \
         SRD TTD UYU WST XCD ZWL",
    ),
    ("＄", "USD TWD HKD"),
    ("US$", "USD"),
    ("$US", "USD"),
    ("U$S", "USD"),
    ("U$D", "USD"),
    ("CA$", "CAD"),
    ("$CA", "CAD"),
    ("Can$", "CAD"),
    ("Cdn$", "CAD"),
    ("C$", "CAD NIO"),
    ("AU$", "AUD"),
    ("$AU", "AUD"),
    ("A$", "AUD"),
    ("$A", "AUD"),
    ("NZ$", "NZD"),
    ("$NZ", "NZD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
    ("MOP$", "MOP"),
    ("S$", "SGD"),
    ("SG$", "SGD"),
    ("MX$", "MXN"),
    ("Mex$", "MXN"),
    ("AR$", "ARS"),
    ("COL$", "COP"),
    ("CL$", "CLP"),
    ("$U", "UYU"),
    ("UY$", "UYU"),
    ("RD$", "DOP"),
    ("J$", "JMD"),
    ("TT$", "TTD"),
    ("BZ$", "BZD"),
    ("Bds$", "BBD"),
    ("EC$", "XCD"),
    ("B$", "BND BSD"),
    ("FJ$", "FJD"),
    ("GY$", "GYD"),
    ("G$", "GYD"),
    ("CI$", "KYD"),
    ("L$", "LRD"),
    ("LD$", "LRD"),
    ("N$", "NAD"),
    ("SI$", "SBD"),
    ("Sr$", "SRD"),
    ("WS$", "WST"),
    ("T$", "TOP"),
    ("UF", "CLF"),
    // The rest of the Americas.
    ("R$", "BRL"),
    ("S/", "PEN"),
    ("S/.", "PEN"),
    ("Bs", "BOB VES VED"),
    ("Bs.", "BOB VES VED"),
    ("Bs.S", "VES"),
    ("Bs.D", "VES VED"),
    ("₡", "CRC SVC"),
    ("₲", "PYG"),
    ("Gs", "PYG"),
    ("Gs.", "PYG"),
    ("B/", "PAB"),
    ("B/.", "PAB"),
    ("Afl", "AWG"),
    ("Afl.", "AWG"),
    ("ƒ", "AWG ANG XCG"),
    ("NAf", "ANG"),
    ("Cg", "XCG"),
    // Europe.
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("£", "GBP EGP FKP GIP LBP SDG SHP SSP SYP"),
    ("￡", "GBP"),
    ("SFr", "CHF"),
    ("SFr.", "CHF"),
    ("Fr", "CHF BIF DJF GNF KMF RWF XAF XOF XPF"),
    ("Fr.", "CHF BIF DJF GNF KMF RWF XAF XOF XPF"),
    ("kr", "SEK NOK DKK ISK"),
    ("kr.", "SEK NOK DKK ISK"),
    ("zł", "PLN"),
    ("zl", "PLN"),
    ("Kč", "CZK"),
    ("Kc", "CZK"),
    ("Ft", "HUF"),
    ("Ft.", "HUF"),
    ("lei", "RON MDL"),
    ("leu", "RON MDL"),
    ("лв", "BGN"),
    ("лв.", "BGN"),
    ("lv", "BGN"),
    ("lv.", "BGN"),
    ("kn", "HRK"),
    ("KM", "BAM"),
    ("КМ", "BAM"),
    ("дин", "RSD"),
    ("дин.", "RSD"),
    ("din", "RSD"),
    ("din.", "RSD"),
    ("ден", "MKD"),
    ("ден.", "MKD"),
    ("den", "MKD"),
    ("den.", "MKD"),
    ("Lekë", "ALL"),
    ("Lek", "ALL"),
    ("₺", "TRY"),
    ("TL", "TRY"),
    ("₽", "RUB"),
    ("руб", "RUB BYN"),
    ("руб.", "RUB BYN"),
    ("р", "RUB BYN"),
    ("р.", "RUB BYN"),
    ("RUR", "RUB"),
    ("Br", "BYN ETB"),
    ("₴", "UAH"),
    ("грн", "UAH"),
    ("грн.", "UAH"),
    ("₾", "GEL"),
    ("֏", "AMD"),
    ("₼", "AZN"),
    // Asia and the Pacific.
    ("¥", "JPY CNY"),
    ("￥", "JPY CNY"),
    ("JP¥", "JPY"),
    ("円", "JPY"),
    ("CN¥", "CNY"),
    ("RMB", "CNY"),
    ("CNH", "CNY"),
    ("元", "CNY TWD HKD"),
    ("₩", "KRW KPW"),
    ("￦", "KRW"),
    ("원", "KRW"),
    ("₹", "INR"),
    ("Re", "INR PKR LKR NPR MUR SCR"),
    ("Re.", "INR PKR LKR NPR MUR SCR"),
    ("Rs", "INR PKR LKR NPR MUR SCR"),
    ("Rs.", "INR PKR LKR NPR MUR SCR"),
    ("₨", "INR PKR LKR NPR MUR SCR"),
    ("रु", "INR NPR"),
    ("रु.", "INR NPR"),
    ("/-", "INR PKR LKR NPR BDT KES TZS UGX"),
    ("/=", "KES TZS UGX"),
    ("SLRs", "LKR"),
    ("රු", "LKR"),
    ("රු.", "LKR"),
    ("NRs", "NPR"),
    ("NRs.", "NPR"),
    ("৳", "BDT"),
    ("Tk", "BDT"),
    ("Tk.", "BDT"),
    ("Nu.", "BTN"),
    ("Rf", "MVR RWF"),
    ("Rf.", "MVR"),
    ("฿", "THB"),
    ("baht", "THB"),
    ("บาท", "THB"),
    ("RM", "MYR"),
    ("Rp", "IDR"),
    ("Rp.", "IDR"),
    ("₱", "PHP"),
    ("₫", "VND"),
    ("đ", "VND"),
    ("VNĐ", "VND"),
    ("៛", "KHR"),
    ("₭", "LAK"),
    ("Ks", "MMK"),
    ("₮", "MNT"),
    ("₸", "KZT"),
    ("тг", "KZT"),
    ("тг.", "KZT"),
    ("сом", "KGS"),
    ("som", "KGS UZS"),
    ("soʻm", "UZS"),
    ("so'm", "UZS"),
    ("сум", "UZS"),
    ("؋", "AFN"),
    ("CFP", "XPF"),
    ("VT", "VUV"),
    // The Middle East and North Africa.
    ("₪", "ILS"),
    ("NIS", "ILS"),
    ("ש״ח", "ILS"),
    ("ש\"ח", "ILS"),
    ("﷼", "IRR OMR QAR SAR YER"),
    ("⃁", "SAR"),
    ("SR", "SAR SCR"),
    ("ر.س", "SAR"),
    ("QR", "QAR"),
    ("ر.ق", "QAR"),
    ("ر.ع", "OMR"),
    ("Dh", "AED MAD"),
    ("Dhs", "AED MAD"),
    ("Dhs.", "AED MAD"),
    ("د.إ", "AED"),
    ("د.م", "MAD"),
    ("KD", "KWD"),
    ("د.ك", "KWD"),
    ("BD", "BHD"),
    ("د.ب", "BHD"),
    ("JD", "JOD"),
    ("د.ا", "JOD"),
    ("ع.د", "IQD"),
    ("LD", "LYD"),
    ("ل.د", "LYD"),
    ("DT", "TND"),
    ("د.ت", "TND"),
    ("DA", "DZD"),
    ("د.ج", "DZD"),
    ("E£", "EGP"),
    ("£E", "EGP"),
    ("L.E.", "EGP"),
    ("LE", "EGP SLE SLL"),
    ("ج.م", "EGP"),
    ("LL", "LBP"),
    ("L.L.", "LBP"),
    ("ل.ل", "LBP"),
    // Africa.
    ("GH₵", "GHS"),
    ("GH¢", "GHS"),
    ("₵", "GHS"),
    ("₦", "NGN"),
    ("KSh", "KES"),
    ("KSh.", "KES"),
    ("KShs", "KES"),
    ("KShs.", "KES"),
    ("TSh", "TZS"),
    ("TSh.", "TZS"),
    ("USh", "UGX"),
    ("USh.", "UGX"),
    ("Sh", "KES SOS TZS UGX"),
    ("Sh.", "KES SOS TZS UGX"),
    ("Shs", "KES SOS TZS UGX"),
    ("Shs.", "KES SOS TZS UGX"),
    ("So.Sh.", "SOS"),
    ("Birr", "ETB"),
    ("ብር", "ETB"),
    ("F", "BIF DJF GNF KMF RWF XAF XOF XPF"),
    ("CFA", "XAF XOF"),
    ("FCFA", "XAF XOF"),
    ("F.CFA", "XAF XOF"),
    ("FRw", "RWF"),
    ("FBu", "BIF"),
    ("Fdj", "DJF"),
    ("FG", "GNF"),
    ("CF", "KMF"),
    ("Ar", "MGA"),
    ("UM", "MRU"),
    ("Kz", "AOA"),
    ("MT", "MZN"),
    ("MTn", "MZN"),
    ("MK", "MWK"),
    ("ZK", "ZMW"),
    ("Nfk", "ERN"),
    ("Db", "STN"),
];

/// Marks that stand before a number alone: after one, a letter says thousands,
/// millions or a unit.
const BEFORE: &[(&str, &str)] = &[
    ("R", "ZAR"),
    ("K", "ZMW PGK MMK"),
    ("P", "BWP PHP"),
    ("N", "NGN"),
    ("D", "GMD"),
    ("E", "SZL"),
    ("L", "HNL LSL SZL"),
    ("M", "LSL"),
    ("Q", "GTQ"),
    ("G", "HTG"),
];

/// The mark that a text begins with, and what follows.
pub(super) fn leading(text: &str) -> Option<(&str, &str)> {
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') {
        return None;
    }
    let known = MARKS.iter().chain(BEFORE).filter_map(|(mark, _)| after(text, mark));
    let code = text.split_at_checked(3).and_then(|(code, rest)| is_code(code).then_some(rest));
    let whole = |rest: &&str| {
        let mark = &text[..text.len() - rest.len()];
        !mark.ends_with(char::is_alphabetic) || !rest.starts_with(char::is_alphabetic)
    };
    let rest = known.chain(code).filter(whole).min_by_key(|rest| rest.len())?;
    Some((&text[..text.len() - rest.len()], rest))
}

/// What stands before the mark that a text ends with, and the mark.
pub(super) fn trailing(text: &str) -> Option<(&str, &str)> {
    if text.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let known = MARKS.iter().filter_map(|(mark, _)| before(text, mark));
    let code = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    let code = code.and_then(|(rest, code)| is_code(code).then_some(rest));
    let whole = |rest: &&str| {
        !text[rest.len()..].starts_with(char::is_alphabetic) || !rest.ends_with(char::is_alphabetic)
    };
    let rest = known.chain(code).filter(whole).min_by_key(|rest| rest.len())?;
    Some((rest, &text[rest.len()..]))
}

/// Whether a mark can mean this currency.
pub(super) fn is_of(mark: &str, currency: &str) -> bool {
    mark.eq_ignore_ascii_case(currency) || meanings(mark).any(|known| known == currency)
}

/// The currencies that a mark can mean, to be read: a few, where they are many.
pub(super) fn said(mark: &str) -> String {
    let code = is_code(mark).then(|| mark.to_ascii_uppercase());
    let codes: Vec<String> = code.into_iter().chain(meanings(mark).map(str::to_owned)).collect();
    match codes.as_slice() {
        [] => mark.to_owned(),
        [one] => one.clone(),
        [first @ .., last] if codes.len() <= 4 => format!("{} or {last}", first.join(", ")),
        [a, b, c, ..] => format!("{a}, {b}, {c} or another"),
        _ => codes.join(" or "),
    }
}

fn meanings(mark: &str) -> impl Iterator<Item = &'static str> {
    let same = |(known, _): &&(&str, &str)| after(mark, known).is_some_and(str::is_empty);
    let found = MARKS.iter().chain(BEFORE).filter(same);
    found.flat_map(|(_, currencies)| currencies.split_ascii_whitespace())
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && is_currency(&text.to_ascii_uppercase())
}

/// What follows a mark that a text begins with.
fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    mark.chars().all(|c| rest.next().is_some_and(|d| alike(c, d))).then_some(rest.as_str())
}

/// What stands before a mark that a text ends with.
fn before<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    mark.chars().rev().all(|c| rest.next_back().is_some_and(|d| alike(c, d))).then_some(rest.as_str())
}

fn alike(a: char, b: char) -> bool {
    a == b || a.to_lowercase().eq(b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_on_both_sides() {
        assert_eq!(leading("US$5"), Some(("US$", "5")));
        assert_eq!(leading("EUR 5"), Some(("EUR", " 5")));
        assert_eq!(leading("eur5"), Some(("eur", "5")));
        assert_eq!(leading("R$5"), Some(("R$", "5")));
        assert_eq!(leading("R5"), Some(("R", "5")));
        assert_eq!(leading("RM5"), Some(("RM", "5")));
        assert_eq!(leading("Rs.50"), Some(("Rs.", "50")));
        assert_eq!(trailing("5 €"), Some(("5 ", "€")));
        assert_eq!(trailing("5kr"), Some(("5", "kr")));
        assert_eq!(trailing("5 KR."), Some(("5 ", "KR.")));
        assert_eq!(trailing("20 лв."), Some(("20 ", "лв.")));
        assert_eq!(trailing("€"), Some(("", "€")));
    }

    #[test]
    fn words_and_letters_that_say_something_else_are_no_marks() {
        for text in ["five", "Rabbit 5", "XYZ 5", "ABC5", ".5", "-5"] {
            assert_eq!(leading(text), None, "{text}");
        }
        // Thousands, millions, litres, and a word that ends like a mark.
        for text in ["5K", "5M", "5 L", "5R", "é5", "5 litrekr", "5 XYZ"] {
            assert_eq!(trailing(text), None, "{text}");
        }
    }

    #[test]
    fn a_mark_agrees_with_every_currency_that_writes_it() {
        assert!(is_of("$", "CAD") && is_of("USD", "USD") && is_of("usd", "USD"));
        assert!(is_of("¥", "JPY") && is_of("¥", "CNY") && is_of("KR", "ISK") && is_of("руб.", "RUB"));
        assert!(!is_of("US$", "CAD") && !is_of("€", "USD") && !is_of("EUR", "USD") && !is_of("R", "BRL"));
        assert_eq!(said("€"), "EUR");
        assert_eq!(said("eur"), "EUR");
        assert_eq!(said("kr"), "SEK, NOK, DKK or ISK");
        assert_eq!(said("¥"), "JPY or CNY");
        assert_eq!(said("$"), "USD, CAD, AUD or another");
    }

    #[test]
    fn the_table_names_known_currencies_and_each_mark_once() {
        let all: Vec<&(&str, &str)> = MARKS.iter().chain(BEFORE).collect();
        for (i, (mark, currencies)) in all.iter().enumerate() {
            assert!(currencies.split_ascii_whitespace().all(is_currency), "{mark}: {currencies}");
            assert!(!mark.contains(|c: char| c.is_whitespace() || c.is_ascii_digit()), "{mark}");
            let again = all[i + 1..].iter().any(|(other, _)| after(mark, other).is_some_and(str::is_empty));
            assert!(!again, "{mark} twice");
        }
    }
}
