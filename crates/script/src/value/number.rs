//! Plain numbers: exact decimals, whole where they are whole.
//!
//! Rhai keeps whole numbers and decimals apart; here they are one kind, so
//! that `10 / 4` is 2.5 and `0.5 + 0.5` can count things.

use goalpost_core::Decimal;
use goalpost_core::expr::BinaryOp;
use rhai::Dynamic;

/// A number as a value of Rhai's: an integer wherever it is whole.
pub(crate) fn dynamic(number: Decimal) -> Dynamic {
    match whole(number) {
        Some(whole) => Dynamic::from_int(whole),
        None => Dynamic::from_decimal(number.normalize()),
    }
}

/// The whole number it is, if it is one.
pub(crate) fn whole(number: Decimal) -> Option<i64> {
    use rust_decimal::prelude::ToPrimitive;
    number.is_integer().then(|| number.to_i64()).flatten()
}

/// Arithmetic; `None` when the result is too large, or has no value.
pub(crate) fn arithmetic(op: BinaryOp, a: Decimal, b: Decimal) -> Option<Decimal> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Subtract => a.checked_sub(b),
        BinaryOp::Multiply => a.checked_mul(b),
        BinaryOp::Divide => a.checked_div(b),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_integers() {
        assert!(dynamic(Decimal::new(20, 1)).is_int());
        assert!(dynamic(Decimal::new(25, 1)).is_decimal());
        assert!(dynamic(Decimal::MAX).is_decimal());
    }
}
