//! The digits of a number, and the one rule for binary floats.
//!
//! Programs that compute with floats print `54.41000000000001` where 54.41 is
//! meant: the digits after the fifteenth are noise. So a number of more than 15
//! digits that is evidently a printed float is read at 15 significant ones (but
//! never at fewer than two decimals, so that cents of trillions stay), wherever
//! it stands: as a text, as a number of JSON, as a double of Parquet. A text that
//! no float prints as is an exact decimal, and is read as it stands.

use goalpost_core::schema::ColumnType;

/// Digits up to which a float tells all numbers apart.
pub(super) const PRINTED_DIGITS: usize = 15;
/// Decimals that no rule about floats takes away.
const COINS: usize = 2;

/// A number as its digits, without its sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    /// From the first that is not zero to the last, units and all decimals
    /// included: `0.050` is `5` with two decimals, `100` is `100` with none.
    digits: Vec<u8>,
    decimals: usize,
    /// Whether it was a binary float of which digits were rounded away.
    pub(super) printed: bool,
}

impl Digits {
    /// A number of which the last so many digits are decimals; there may be more decimals than digits.
    pub(super) fn new(mut digits: Vec<u8>, mut decimals: usize) -> Self {
        while decimals > 0 && digits.last() == Some(&b'0') {
            digits.pop();
            decimals -= 1;
        }
        let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..leading);
        if digits.is_empty() {
            decimals = 0;
        }
        Self { digits, decimals, printed: false }
    }

    /// How many decimals it has.
    pub(super) fn decimals(&self) -> usize {
        self.decimals
    }

    /// How many digits it has before its decimals.
    pub(super) fn whole(&self) -> usize {
        self.digits.len().saturating_sub(self.decimals)
    }

    /// A hundredth of it.
    pub(super) fn hundredth(self) -> Self {
        let printed = self.printed;
        let shifted = Self { printed, ..Self::new(self.digits, self.decimals + 2) };
        if printed { shifted.rounded(usize::from(ColumnType::MOST_DECIMALS)) } else { shifted }
    }

    /// It, or what the float was meant to be that was printed like this.
    pub(super) fn of_float(self) -> Self {
        let most = usize::from(ColumnType::MOST_DECIMALS);
        if self.decimals <= COINS || self.digits.len() < PRINTED_DIGITS {
            return self;
        }
        if self.digits.len() == PRINTED_DIGITS {
            return if self.decimals <= most { self } else { self.rounded(most) };
        }
        let Some((value, shortest)) = self.float() else { return self };
        if shortest.decimals <= COINS || shortest.digits.len() <= PRINTED_DIGITS {
            return shortest.of_float();
        }
        let meant = match shortest.whole() + COINS > PRINTED_DIGITS {
            true => Some(shortest.rounded(COINS)),
            false => Self::printed(&format!("{value:.14e}")),
        };
        meant.map_or(self, |meant| Self { printed: true, ..meant }.rounded(most))
    }

    /// The float that prints like this, and its shortest digits; `None` where none does.
    fn float(&self) -> Option<(f64, Self)> {
        /// The most digits that programs print of a float.
        const MOST: usize = 17;
        if self.digits.len() > MOST {
            return None;
        }
        let digits = std::str::from_utf8(&self.digits).ok()?;
        let value: f64 = format!("{digits}e-{}", self.decimals).parse().ok()?;
        let shortest = Self::printed(&format!("{value:e}"))?;
        let prints = [format!("{value:.15e}"), format!("{value:.16e}")];
        let is_print =
            shortest == *self || prints.iter().any(|text| Self::printed(text).as_ref() == Some(self));
        is_print.then_some((value, shortest))
    }

    /// The digits of a float as Rust prints them with an exponent: `1.25e-3`.
    fn printed(text: &str) -> Option<Self> {
        let (number, power) = text.split_once('e')?;
        let power: i64 = power.parse().ok()?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let decimals = fraction.len() as i64 - power;
        digits.extend(std::iter::repeat_n(b'0', usize::try_from(-decimals).unwrap_or(0)));
        Some(Self::new(digits, usize::try_from(decimals).unwrap_or(0)))
    }

    /// It with at most so many decimals, halves rounded away from zero.
    fn rounded(self, decimals: usize) -> Self {
        let Some(away) = self.decimals.checked_sub(decimals).filter(|away| *away > 0) else { return self };
        let (mut digits, up) = match self.digits.len().checked_sub(away) {
            Some(kept) => (self.digits[..kept].to_vec(), self.digits[kept] >= b'5'),
            None => (Vec::new(), false),
        };
        if up {
            let nines = digits.iter().rev().take_while(|&&digit| digit == b'9').count();
            let kept = digits.len() - nines;
            digits[kept..].fill(b'0');
            match digits[..kept].last_mut() {
                Some(digit) => *digit += 1,
                None => digits.insert(0, b'1'),
            }
        }
        Self { printed: true, ..Self::new(digits, decimals) }
    }

    /// It as a multiple of ten to the minus `scale`, rounded where it has more
    /// decimals; `None` where that is too large.
    pub(super) fn scaled(&self, scale: u8) -> Option<i128> {
        let scale = usize::from(scale);
        let Self { digits, decimals, .. } =
            if self.decimals > scale { self.clone().rounded(scale) } else { self.clone() };
        let number = digits.iter().try_fold(0_i128, |number, digit| {
            number.checked_mul(10)?.checked_add(i128::from(digit - b'0'))
        })?;
        number.checked_mul(10_i128.checked_pow(u32::try_from(scale - decimals).ok()?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits and decimals of a text after the rule.
    fn read(text: &str) -> (String, usize) {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all = whole.bytes().chain(fraction.bytes()).collect();
        let digits = Digits::new(all, fraction.len()).of_float();
        (String::from_utf8(digits.digits).expect("digits"), digits.decimals)
    }

    #[test]
    fn printed_floats_lose_their_noise() {
        let is = |text: &str, digits: &str, decimals| {
            assert_eq!(read(text), (digits.to_owned(), decimals), "{text}")
        };
        is("54.41000000000001", "5441", 2);
        is("0.30000000000000004", "3", 1);
        is("100000.10000000001", "1000001", 1);
        is("1234.5600000000002", "123456", 2);
        is("0.29999999999999999", "3", 1);
        is("0.99999999999999989", "1", 0);
        // A third of a hundred: 33.3333333333333|36, of which twelve decimals are kept.
        is("33.333333333333336", "33333333333333", 12);
        is("0.333333333333333", "333333333333", 12);
        is("0.6666666666666666", "666666666667", 12);
        is("0.00000000000000001387778780781446", "", 0);
    }

    #[test]
    fn what_no_float_prints_stays() {
        let is = |text: &str, digits: &str, decimals| {
            assert_eq!(read(text), (digits.to_owned(), decimals), "{text}")
        };
        is("0.054410001", "54410001", 9);
        is("123.123456789012", "123123456789012", 12);
        is("9999999999999999.99", "999999999999999999", 2);
        is("12345678901234.56", "1234567890123456", 2);
        is("0.333333333333333333", "333333333333333333", 18);
        is("1234567890.123456789012", "1234567890123456789012", 12);
        is("0.0000000000001", "1", 13);
        is("100", "100", 0);
        is("0.000", "", 0);
    }
}
