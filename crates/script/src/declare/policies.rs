//! The keys of a goal that say what its verdicts mean for the gate.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Code;
use goalpost_core::goal::{MayMiss, MissingPolicy, Pacing, Policies, Severity};

use super::fields::Fields;
use crate::value::{Value, number};

/// Reads them; what is not there is left to the project's defaults.
pub(super) fn read(fields: &mut Fields<'_>) -> Policies {
    Policies {
        severity: fields.named("severity", &Severity::NAMES),
        no_data: fields.named("no_data", &MissingPolicy::NAMES),
        incomplete: fields.named("incomplete", &MissingPolicy::NAMES),
        min_sample: whole(fields, "min_sample"),
        confidence: fraction(fields, "confidence"),
        pacing: fields.named("pacing", &Pacing::NAMES),
        max_dropped: fraction(fields, "max_dropped"),
        may_miss: may_miss(fields),
    }
}

fn whole(fields: &mut Fields<'_>, key: &str) -> Option<u64> {
    let value = fields.take(key)?;
    let found = match &value {
        Value::Number(found) => number::whole(*found).and_then(|found| u64::try_from(found).ok()),
        _ => None,
    };
    if found.is_none() {
        let message = format!("`{key}` is {}, not a number of rows", described(&value));
        fields.problem(key, Code::ScriptType, message, &format!("write {key}: 30"));
    }
    found
}

/// A share between 0 and 1; certainty (1) cannot be had, and everything (1) may be.
fn fraction(fields: &mut Fields<'_>, key: &str) -> Option<Decimal> {
    let value = fields.take(key)?;
    let most = if key == "confidence" { Policies::MOST_CONFIDENT } else { Decimal::ONE };
    match value {
        Value::Number(found) if found >= Decimal::ZERO && found <= most => Some(found.normalize()),
        other => {
            let message = format!("`{key}` is {}, not a fraction", described(&other));
            let help = match key {
                "confidence" => "write confidence: 0.95, or 95.percent; at most 0.9999",
                _ => "write max_dropped: 0.05, or 5.percent",
            };
            fields.problem(key, Code::ScriptType, message, help);
            None
        }
    }
}

fn may_miss(fields: &mut Fields<'_>) -> Option<MayMiss> {
    let help = "write may_miss: #{ periods: 1, of: 6 }: one of the last six periods may miss";
    let mut map = match fields.take("may_miss")? {
        Value::Map(map) => map,
        other => {
            let message = format!("`may_miss` is {}, not a map", other.kind());
            fields.problem("may_miss", Code::ScriptType, message, help);
            return None;
        }
    };
    let mut take = |key: &str| match Value::of(map.remove(key).unwrap_or_default()) {
        Value::Number(found) => number::whole(found).and_then(|found| u32::try_from(found).ok()),
        _ => None,
    };
    let (periods, of) = (take("periods"), take("of"));
    let found = periods.zip(of).and_then(|(periods, of)| MayMiss::new(periods, of));
    if found.is_none() || !map.is_empty() {
        let message = "`may_miss` does not say how many of how many periods may miss";
        fields.problem("may_miss", Code::GoalInvalid, message, help);
        return None;
    }
    found
}

fn described(value: &Value) -> String {
    match value {
        Value::Number(number) => number.normalize().to_string(),
        other => other.kind(),
    }
}
