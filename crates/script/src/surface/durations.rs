//! `90.days`, `12.months`, `25.percent`: properties of numbers.

use goalpost_core::Decimal;
use goalpost_core::expr::{Step, StepUnit};
use rhai::{Engine, INT, NativeCallContext};

use crate::host::{Call, Fallible, raise};
use crate::value::number;

pub(super) fn register(engine: &mut Engine) {
    for unit in StepUnit::ALL {
        let singular = unit.singular();
        for name in [singular.to_owned(), format!("{singular}s")] {
            engine.register_get(&name, move |count: &mut INT| Step { count: *count, unit });
            engine.register_get(&name, move |context: NativeCallContext, count: &mut Decimal| {
                step(&Call::of(&context), *count, unit)
            });
        }
    }
    engine.register_get("percent", |value: &mut INT| {
        number::dynamic(Decimal::from(*value) / Decimal::ONE_HUNDRED)
    });
    engine.register_get("percent", |value: &mut Decimal| number::dynamic(*value / Decimal::ONE_HUNDRED));
}

/// `1.5.hours` is 90 minutes: the largest unit in which it is whole.
fn step(call: &Call, count: Decimal, unit: StepUnit) -> Fallible<Step> {
    if let Some(count) = number::whole(count) {
        return Ok(Step { count, unit });
    }
    let smaller = StepUnit::ALL.into_iter().rev().find_map(|smaller| {
        let factor = match (unit.seconds(), smaller.seconds()) {
            (Some(large), Some(small)) => Decimal::from(large) / Decimal::from(small),
            _ => Decimal::from(unit.months()?) / Decimal::from(smaller.months()?),
        };
        let count = number::whole(count.checked_mul(factor)?)?;
        Some(Step { count, unit: smaller })
    });
    smaller.ok_or_else(|| {
        raise(
            call.mismatch(format!("{count} {}s is not a whole number of a smaller unit", unit.singular()))
                .help("write a whole number, e.g. 45.days"),
        )
    })
}

/// Reads what is written in a config or on a command line: `90 days`, `90.days`.
pub(crate) fn parse(text: &str) -> Option<Step> {
    let (count, unit) = text.trim().split_once([' ', '.'])?;
    Some(Step { count: count.parse().ok()?, unit: StepUnit::parse(unit.trim())? })
}

/// A plain value that can be the number of a percentage or a level.
pub(crate) fn is_percentage_text(text: &str) -> bool {
    text.trim_end().strip_suffix('%').is_some_and(|number| number.trim().parse::<Decimal>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_written() {
        assert_eq!(parse("90 days"), Some(Step { count: 90, unit: StepUnit::Day }));
        assert_eq!(parse("1.month"), Some(Step { count: 1, unit: StepUnit::Month }));
        assert_eq!(parse("ninety days"), None);
    }
}
