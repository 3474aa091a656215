//! `[goals]`: what holds for every goal that does not say otherwise.

use toml::de::DeValue;

use super::document::{Problems, Section};
use super::general::decimal;
use crate::Decimal;
use crate::diagnostic::Code;
use crate::goal::{MayMiss, MissingPolicy, Pacing, Policies, Severity};

/// Reads `[goals]`.
pub(super) fn goals(section: Option<Section<'_>>, problems: &mut Problems<'_>) -> Policies {
    let Some(mut section) = section else { return Policies::default() };
    let policies = Policies {
        severity: section.word("severity", &Severity::NAMES, problems),
        no_data: section.word("no_data", &MissingPolicy::NAMES, problems),
        incomplete: section.word("incomplete", &MissingPolicy::NAMES, problems),
        min_sample: whole(&mut section, "min_sample", problems),
        confidence: fraction(
            &mut section,
            "confidence",
            Policies::MOST_CONFIDENT,
            "write confidence = 0.95; at most 0.9999, and 0 asks for no certainty",
            problems,
        ),
        pacing: section.word("pacing", &Pacing::NAMES, problems),
        max_dropped: fraction(
            &mut section,
            "max_dropped",
            Decimal::ONE,
            "write max_dropped = 0.05: at most five per cent of the rows may be left out",
            problems,
        ),
        may_miss: may_miss(&mut section, problems),
    };
    section.finish(problems);
    policies
}

fn whole(section: &mut Section<'_>, key: &'static str, problems: &mut Problems<'_>) -> Option<u64> {
    let value = section.value(key)?;
    let found = integer(value.get_ref());
    if found.is_none() {
        let message = format!("`{}` must be a whole number of rows", section.path_of(key));
        problems.at(Code::ConfigValue, value.span(), message, format!("write {key} = 30"));
    }
    found
}

fn fraction(
    section: &mut Section<'_>,
    key: &'static str,
    most: Decimal,
    help: &str,
    problems: &mut Problems<'_>,
) -> Option<Decimal> {
    let value = section.value(key)?;
    let found = match value.get_ref() {
        DeValue::Float(float) => decimal(float.as_str()),
        other => integer(other).map(Decimal::from),
    };
    let found = found.filter(|found| (Decimal::ZERO..=most).contains(found)).map(|found| found.normalize());
    if found.is_none() {
        let message = format!("`{}` must be a number from 0 to {most}", section.path_of(key));
        problems.at(Code::ConfigValue, value.span(), message, help);
    }
    found
}

fn may_miss(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<MayMiss> {
    let mut inner = section.section("may_miss", problems)?;
    let range = inner.range();
    let path = section.path_of("may_miss");
    let mut take = |key| inner.value(key).and_then(|value| integer(value.get_ref()));
    let (periods, of) = (take("periods"), take("of"));
    inner.finish(problems);
    let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let found = small(periods).zip(small(of)).and_then(|(periods, of)| MayMiss::new(periods, of));
    if found.is_none() {
        let message = format!("`{path}` does not say how many of how many periods may miss");
        let help = "write may_miss = { periods = 1, of = 6 }: one of the last six periods may miss";
        problems.at(Code::ConfigValue, range, message, help);
    }
    found
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    match value {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    }
}
