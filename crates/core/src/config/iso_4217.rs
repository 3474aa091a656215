//! Currency codes of ISO 4217, and how many decimals their amounts have.

use crate::schema::ColumnType;

/// Whether a text is the code of a currency, in use or lately retired.
pub fn is_currency(code: &str) -> bool {
    codes().any(|known| known == code)
}

/// All codes.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    CODES.split_ascii_whitespace()
}

/// Decimals that amounts in a currency keep when nothing else is said: those
/// of its smallest coin, and never fewer than two.
pub fn money_scale(code: &str) -> u8 {
    match code {
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => ColumnType::MONEY_SCALE,
    }
}

const CODES: &str = "
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
    CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
    SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED
    VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_three_capital_letters_in_order() {
        let all: Vec<&str> = codes().collect();
        assert!(all.is_sorted());
        assert!(all.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
        assert!(is_currency("EUR") && !is_currency("eur") && !is_currency("EUROS"));
    }

    #[test]
    fn dinars_keep_their_third_decimal() {
        assert_eq!((money_scale("USD"), money_scale("JPY"), money_scale("KWD")), (2, 2, 3));
    }
}
