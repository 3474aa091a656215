//! Sums of quotients: what can be divided after it is added up.
//!
//! An engine rounds `amount / touches` row by row, and the parts of an amount no
//! longer add up to it. Where rows are divided by a whole number that takes few
//! values (how many rows an entity has, the place of a row among them), the
//! numerators are added up by that number and divided once, as exact fractions;
//! a constant is taken out of the sum altogether. What else divides stays a
//! matter of the engine, and says how far it can be trusted.

use goalpost_core::Decimal;
use goalpost_core::expr::{BinaryOp, Expr, ExprKind, HistoryFunction, Literal, RelationSource};
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind, MeasureOp};
use goalpost_core::number::Exact;

use super::Leaf;

/// A sum's argument taken apart: `numerator · factor ÷ divisor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divided {
    pub(crate) numerator: Expr,
    pub(crate) factor: Exact,
    /// A whole number of each row.
    pub(crate) divisor: Option<Expr>,
}

/// The factors of an argument.
struct Factors {
    numerators: Vec<Expr>,
    divisors: Vec<Expr>,
    constant: Exact,
    divides: bool,
}

impl Leaf {
    /// Its argument taken apart, where it divides and the quotient can wait until
    /// the rows are added up.
    pub(crate) fn divided(&self) -> Option<Divided> {
        if !matches!(self.function, AggregateFunction::Sum | AggregateFunction::Mean)
            || self.depends_on_window()
        {
            return None;
        }
        let factors = factors(self.argument.as_ref()?);
        if !factors.divides || factors.divisors.len() > 1 {
            return None;
        }
        let one = || Expr::literal(Literal::Number(Decimal::ONE));
        let product = |a, b| Expr::binary(BinaryOp::Multiply, a, b);
        Some(Divided {
            numerator: factors.numerators.into_iter().reduce(product).unwrap_or_else(one),
            factor: factors.constant,
            divisor: factors.divisors.into_iter().next(),
        })
    }

    /// Whether the engine rounds quotients before it adds them up.
    pub(crate) fn adds_rounded(&self) -> bool {
        let adds = matches!(self.function, AggregateFunction::Sum | AggregateFunction::Mean);
        let Some(argument) = self.argument.as_ref().filter(|_| adds) else { return false };
        let of_rows = match self.divided() {
            Some(divided) => divides(&divided.numerator),
            None => divides(argument),
        };
        let of_groups = || match &self.relation.source {
            RelationSource::GroupBy(group) => {
                group.columns.iter().any(|(_, measure)| takes_quotient(measure))
            }
            _ => false,
        };
        of_rows || of_groups()
    }
}

fn takes_quotient(measure: &Measure) -> bool {
    matches!(&*measure.kind, MeasureKind::Binary(MeasureOp::Divide, ..))
        || measure.children().into_iter().any(takes_quotient)
}

/// What a sum of so many rounded quotients was before they were rounded, as far as
/// can be known: the decimal that rounding did not touch where it is a short one,
/// else a simple fraction beside it, so that four thirds are not missed by the tenth
/// digit of 1.333….
pub(crate) fn settled(sum: Decimal, rows: Decimal) -> Exact {
    let digits = u32::try_from(rows.abs().trunc().normalize().to_string().len()).unwrap_or(QUOTIENT_DECIMALS);
    let trusted = QUOTIENT_DECIMALS.saturating_sub(digits);
    let decimal = sum.round_dp(trusted).normalize();
    if decimal.scale() + SHORTER <= trusted {
        return Exact::from(decimal);
    }
    let allowed = Decimal::new(1, trusted);
    let fraction = (3..=LARGEST_DENOMINATOR).map(Decimal::from).find_map(|below| {
        let above = sum.checked_mul(below)?.round();
        let error = above.checked_div(below)? - sum;
        (error.abs() < allowed).then(|| Exact::from(above).checked_div(&Exact::from(below)))?
    });
    fraction.unwrap_or_else(|| Exact::from(decimal))
}

/// How many digits fewer than can be trusted make a decimal a short one: that they
/// are all 0 by chance happens once in a thousand.
const SHORTER: u32 = 3;

/// The largest denominator of a simple fraction.
const LARGEST_DENOMINATOR: u32 = 400;

/// Decimals of a quotient that survive whatever is done with it in its row: it has
/// 14, of which a product with anything below 10,000 leaves ten.
const QUOTIENT_DECIMALS: u32 = 10;

/// Whether an expression divides somewhere.
fn divides(expr: &Expr) -> bool {
    expr.any(&mut |part| matches!(&*part.kind, ExprKind::Binary(BinaryOp::Divide, ..)))
}

fn factors(expr: &Expr) -> Factors {
    let whole = || Factors {
        numerators: vec![expr.clone()],
        divisors: Vec::new(),
        constant: Exact::from(1_u64),
        divides: false,
    };
    match &*expr.kind {
        ExprKind::Literal(Literal::Number(number)) => {
            Factors { numerators: Vec::new(), constant: Exact::from(*number), ..whole() }
        }
        ExprKind::Negate(inner) => {
            let inner = factors(inner);
            Factors { constant: &Exact::zero() - &inner.constant, ..inner }
        }
        ExprKind::Binary(BinaryOp::Multiply, a, b) => {
            let (a, b) = (factors(a), factors(b));
            if !a.divides && !b.divides {
                return whole();
            }
            product(a, b)
        }
        ExprKind::Binary(BinaryOp::Divide, a, b) => {
            let a = factors(a);
            let by = match constant(b) {
                Some(number) => match Exact::from(1_u64).checked_div(&number) {
                    Some(inverse) => {
                        Factors { numerators: Vec::new(), constant: inverse, divides: true, ..whole() }
                    }
                    // Nothing is divided by nothing; every row is blank.
                    None => return whole(),
                },
                None if is_small_whole(b) => {
                    Factors { numerators: Vec::new(), divisors: vec![b.clone()], divides: true, ..whole() }
                }
                None => return whole(),
            };
            product(a, by)
        }
        _ => whole(),
    }
}

fn product(mut a: Factors, b: Factors) -> Factors {
    a.numerators.extend(b.numerators);
    a.divisors.extend(b.divisors);
    Factors { constant: &a.constant * &b.constant, divides: a.divides || b.divides, ..a }
}

/// The value of an expression that is the same for all rows.
fn constant(expr: &Expr) -> Option<Exact> {
    let found = factors(expr);
    (found.numerators.is_empty() && found.divisors.is_empty()).then_some(found.constant)
}

/// Whether an expression is a whole number that takes few values: made of how
/// many rows an entity has, of places among them, and of whole constants.
fn is_small_whole(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::History(call) => matches!(
            call.function,
            HistoryFunction::Count | HistoryFunction::Rank | HistoryFunction::RankFromEnd
        ),
        ExprKind::Literal(Literal::Number(number)) => number.is_integer(),
        ExprKind::Negate(inner) => is_small_whole(inner),
        ExprKind::Binary(BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply, a, b) => {
            is_small_whole(a) && is_small_whole(b)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(above: u64, below: u64) -> Exact {
        Exact::from(above).checked_div(&Exact::from(below)).expect("not by 0")
    }

    fn read(sum: &str, rows: u64) -> Exact {
        settled(sum.parse().expect("a number"), Decimal::from(rows))
    }

    #[test]
    fn sums_of_rounded_quotients_are_what_they_were() {
        assert_eq!(read("99.99999999999999", 3), fraction(100, 1));
        assert_eq!(read("1.33333333333332", 4), fraction(4, 3));
        assert_eq!(read("8.3333333333330", 900), fraction(25, 3));
        assert_eq!(read("145.37", 12), fraction(14_537, 100));
        assert_eq!(read("-0.66666666666666", 2), &Exact::zero() - &fraction(2, 3));
        assert_eq!(read("0", 2), Exact::zero());
    }

    #[test]
    fn what_is_no_simple_fraction_keeps_its_digits() {
        assert_eq!(read("0.123456789", 2), fraction(123_456_789, 1_000_000_000));
    }
}
