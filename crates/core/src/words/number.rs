//! Exact numbers: fractions of whole numbers of any size.
//!
//! A quotient of decimals has digits without end, and whoever compares it with
//! a level after rounding lets the last digit decide. So values stay fractions
//! until they are judged, and become decimals only to be read.

use std::ops::{Add, Mul, Sub};

use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::Decimal;

/// A number without rounding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(BigRational);

impl Exact {
    /// Nothing.
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is above 0.
    pub fn is_positive(&self) -> bool {
        self.0.is_positive()
    }

    /// The quotient; `None` where the divisor is 0.
    pub fn checked_div(&self, divisor: &Self) -> Option<Self> {
        (!divisor.is_zero()).then(|| Self(&self.0 / &divisor.0))
    }

    /// For reading: rounded to the digits that a decimal holds, halves to the
    /// even digit. `None` where it is too large for one.
    pub fn decimal(&self) -> Option<Decimal> {
        let (numerator, denominator) = (self.0.numer(), self.0.denom());
        if let (Some(above), Some(below)) = (whole(numerator), whole(denominator)) {
            return above.checked_div(below);
        }
        // As many places as leave the whole part its digits.
        let digits = (numerator / denominator).abs().to_string().len();
        let places = u32::try_from(28_usize.checked_sub(digits.saturating_sub(1))?).ok()?;
        (0..=places).rev().find_map(|places| {
            let scaled = rounded(&(numerator * BigInt::from(10).pow(places)), denominator);
            Decimal::try_from_i128_with_scale(scaled.to_i128()?, places).ok()
        })
    }

    /// Whether the two differ by less than one in the given decimal.
    pub fn agrees_to(&self, other: &Self, decimals: u32) -> bool {
        let difference = (&self.0 - &other.0).abs();
        difference * BigInt::from(10).pow(decimals) < BigRational::one()
    }

    /// Whether the two differ by so little, beside their size, that a script's
    /// decimals could not tell them apart after a few steps.
    pub fn is_close(&self, other: &Self) -> bool {
        let larger = std::cmp::max(self.0.abs(), other.0.abs());
        (&self.0 - &other.0).abs() * BigInt::from(10).pow(20) <= larger
    }
}

/// A whole number that a decimal holds.
fn whole(number: &BigInt) -> Option<Decimal> {
    number.to_i128().and_then(|number| Decimal::try_from_i128_with_scale(number, 0).ok())
}

/// A quotient to the nearest whole number, halves to the even one.
fn rounded(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let below = floor(numerator, denominator);
    let half: BigInt = (&below * 2 + 1) * denominator;
    let up = match (numerator * 2_u8).cmp(&half) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => below.bit(0),
    };
    if up { below + 1 } else { below }
}

/// The largest whole number that is not above a quotient by a positive number.
fn floor(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let cut = numerator / denominator;
    let is_exact = (numerator % denominator).is_zero();
    if numerator.sign() == Sign::Minus && !is_exact { cut - 1 } else { cut }
}

impl From<Decimal> for Exact {
    fn from(number: Decimal) -> Self {
        let power = BigInt::from(10).pow(number.scale());
        Self(BigRational::new(BigInt::from(number.mantissa()), power))
    }
}

impl From<u64> for Exact {
    fn from(number: u64) -> Self {
        Self(BigRational::from_integer(BigInt::from(number)))
    }
}

impl From<i64> for Exact {
    fn from(number: i64) -> Self {
        Self(BigRational::from_integer(BigInt::from(number)))
    }
}

impl Add for &Exact {
    type Output = Exact;

    fn add(self, other: Self) -> Exact {
        Exact(&self.0 + &other.0)
    }
}

impl Sub for &Exact {
    type Output = Exact;

    fn sub(self, other: Self) -> Exact {
        Exact(&self.0 - &other.0)
    }
}

impl Mul for &Exact {
    type Output = Exact;

    fn mul(self, other: Self) -> Exact {
        Exact(&self.0 * &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a number")
    }

    fn over(a: i64, b: i64) -> Exact {
        Exact::from(a).checked_div(&Exact::from(b)).expect("a quotient")
    }

    #[test]
    fn a_third_three_times_is_one() {
        let third = over(1, 3);
        assert_eq!(&(&third + &third) + &third, Exact::from(1_i64));
        // 28 days of February, 2 of them over, a target of 28: exactly 2.
        assert_eq!(&over(2, 28) * &Exact::from(28_i64), Exact::from(2_i64));
    }

    #[test]
    fn decimals_keep_their_value_and_are_read_as_division_gives_them() {
        assert_eq!(Exact::from(d("-12.50")).decimal(), Some(d("-12.5")));
        assert_eq!(over(2, 3).decimal(), d("2").checked_div(d("3")));
        assert_eq!(over(-2, 3).decimal(), d("-2").checked_div(d("3")));
        assert_eq!(over(1, 0x7fff_ffff_ffff_ffff).decimal(), d("1").checked_div(d("9223372036854775807")));
        assert_eq!(Exact::from(3_i64).checked_div(&Exact::zero()), None);
    }

    #[test]
    fn what_is_longer_than_a_decimal_is_rounded_to_one() {
        let long = &Exact::from(d("0.1234567890123456789012345678")) * &over(1, 10);
        assert_eq!(long.decimal(), Some(d("0.0123456789012345678901234568")));
        let large = &Exact::from(d("79228162514264337593543950335")) * &over(1, 1);
        assert_eq!(large.decimal(), Some(d("79228162514264337593543950335")));
        assert_eq!((&large * &Exact::from(10_i64)).decimal(), None);
        // A fraction of two numbers neither of which a decimal holds.
        let huge = &large * &large;
        let ratio = (&huge + &Exact::from(1_i64)).checked_div(&huge).expect("a quotient");
        assert_eq!(ratio.decimal(), Some(d("1")));
        assert!(ratio > Exact::from(1_i64));
    }

    #[test]
    fn close_is_below_what_scripts_can_tell() {
        let third = over(1, 3);
        let read = Exact::from(third.decimal().expect("a number"));
        assert!(read < third && read.is_close(&third));
        assert!(!Exact::from(d("0.333")).is_close(&third));
        assert!(Exact::zero().is_close(&Exact::zero()));
        assert!(!Exact::zero().is_close(&Exact::from(d("0.0000000000000000000000000001"))));
    }
}
