//! `test`: the cases that scripts declare, computed on their own rows.

mod given;
mod metrics;

use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Grain, Period};
use goalpost_core::case::{Case, Expectation, Matcher, Subject};
use goalpost_core::config::Config;
use goalpost_core::definition::Definitions;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::schema::Schema;
use goalpost_core::segment::label;
use goalpost_core::unit::Unit;
use goalpost_core::verdict::Strictness;

use self::metrics::Asked;
use crate::catalogue::Catalogue;
use crate::check::{CheckRequest, check, in_base_units};
use crate::engine::EngineOptions;
use crate::project::Project;
use crate::question::Bench;
use crate::source::{Sources, with_all_tables};

/// Decimals to which an expected value must agree.
const AGREEMENT: u32 = 9;

/// How a case ended.
#[derive(Clone, Debug)]
pub struct CaseReport {
    /// The case.
    pub case: Case,
    /// What does not hold, in order; empty for a case that passes.
    pub failures: Vec<Diagnostic>,
    /// The number of expectations that were looked at.
    pub expectations: usize,
}

/// Runs a case: on its own rows, with the definitions as its parameters have them.
///
/// `data` is what the project's own tables look like, which says what columns
/// rows may have; empty where the case knows nothing of a project.
pub fn run_case(
    config: &Config,
    data: &Schema,
    definitions: Definitions,
    case: &Case,
    bench: &Bench,
) -> CaseReport {
    let failures = match failures(config, data, definitions, case, bench) {
        Ok(failures) | Err(failures) => failures,
    };
    CaseReport { case: case.clone(), failures, expectations: case.expectations.len() }
}

fn failures(
    config: &Config,
    data: &Schema,
    definitions: Definitions,
    case: &Case,
    bench: &Bench,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let all = with_all_tables(config, &case.fixtures);
    errors(given::unknown_columns(&case.fixtures, &definitions, data, &all))?;
    let (sources, problems) = Sources::from_fixtures(config, &case.fixtures);
    errors(problems)?;
    let (catalogue, _) = Catalogue::build(definitions, sources.schema(), config);
    let project = Project { config: config.clone(), sources, catalogue };
    // By expectation, so that what does not hold is told in the order of the case.
    let mut failures: Vec<Vec<Diagnostic>> = vec![Vec::new(); case.expectations.len()];
    let mut asked = Vec::new();
    for (place, expectation) in case.expectations.iter().enumerate() {
        let found = match &expectation.subject {
            Subject::Metric(name) => match metrics::asked(&project, case, expectation, name) {
                Ok(found) => {
                    asked.push((place, found));
                    continue;
                }
                Err(found) => Err(found),
            },
            Subject::Goal(name) => goal(&project, case, expectation, name, &bench.options),
        };
        match found {
            Ok(None) => {}
            Ok(Some(failure)) => failures[place].push(failure),
            Err(found) => failures[place].extend(found),
        }
    }
    for (place, found) in metrics::answers(&project, &asked, bench) {
        let Asked { expectation, unit, .. } = &asked[place].1;
        let place = asked[place].0;
        match found {
            Ok(computed) => failures[place].extend(mismatch(expectation, *unit, &computed)),
            Err(found) => failures[place].extend(found),
        }
    }
    Ok(failures.into_iter().flatten().collect())
}

fn errors(problems: Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    let errors: Vec<Diagnostic> = problems
        .into_iter()
        .filter(|found| found.severity == goalpost_core::diagnostic::Severity::Error)
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The moment of a case: as written, else the end of the period asked for.
fn moment(
    project: &Project,
    case: &Case,
    expectation: &Expectation,
) -> Result<(AsOf, Period), Vec<Diagnostic>> {
    let calendar = &project.config.calendar;
    let bad = |message: String, at: goalpost_core::source::Span| {
        vec![
            Diagnostic::error(Code::BadDate, message)
                .at(at)
                .help("write a period as 2026-01, 2026-Q1, 2026, 2026-01-31 or all"),
        ]
    };
    let written = match &case.as_of {
        Some((text, at)) => {
            Some(AsOf::parse(text, calendar).map_err(|error| bad(error.to_string(), at.clone()))?)
        }
        None => None,
    };
    // Fixtures may reach into the far future when the case does not say when it is.
    let far = AsOf::parse("9000-01-01", calendar)
        .map_err(|error| bad(error.to_string(), expectation.at.clone()))?;
    let period = calendar
        .parse_period(&expectation.period, &written.unwrap_or(far))
        .map_err(|error| bad(error.to_string(), expectation.at.clone()))?;
    let as_of = match written {
        Some(as_of) => as_of,
        None if period.grain == Grain::All => far,
        None => AsOf { at: calendar.instant(period.end) },
    };
    Ok((as_of, period))
}

fn mismatch(
    expectation: &Expectation,
    unit: goalpost_core::unit::Unit,
    found: &Computed,
) -> Option<Diagnostic> {
    let holds = match (&expectation.matcher, &found.outcome) {
        (Matcher::Equals(wanted), Outcome::Value(value)) => {
            let wanted = in_base_units(unit, *wanted);
            value.decimal().is_some_and(|value| wanted.round_dp(AGREEMENT) == value.round_dp(AGREEMENT))
        }
        (Matcher::IsNoData, Outcome::NoData(_)) | (Matcher::IsUndefined, Outcome::Undefined(_)) => true,
        _ => false,
    };
    if holds {
        return None;
    }
    let was = match &found.outcome {
        // A percentage is a fraction in scripts, and that is what is compared.
        Outcome::Value(value) if unit == Unit::Percent => {
            let value = value.decimal().unwrap_or_default();
            let percent = (value * Decimal::ONE_HUNDRED).round_dp(AGREEMENT).normalize();
            format!("{}, which is {percent} %", value.round_dp(AGREEMENT).normalize())
        }
        Outcome::Value(value) => format!(
            "{} {unit}",
            in_unit(unit, value.decimal().unwrap_or_default()).round_dp(AGREEMENT).normalize()
        ),
        Outcome::NoData(reason) => format!("no data ({reason})"),
        Outcome::Undefined(reason) => format!("undefined ({reason})"),
    };
    Some(failure(expectation, &was))
}

/// A value in base units as its unit shows it.
fn in_unit(unit: goalpost_core::unit::Unit, value: Decimal) -> Decimal {
    unit.shown(value).unwrap_or(value)
}

fn failure(expectation: &Expectation, was: &str) -> Diagnostic {
    let subject = match &expectation.subject {
        Subject::Metric(name) => name.to_string(),
        Subject::Goal(name) => format!("the goal {name}"),
    };
    let segment: Vec<String> = expectation
        .segment
        .iter()
        .map(|(name, value)| format!(" {name} = {}", label(value.as_deref())))
        .collect();
    let wanted = match &expectation.matcher {
        Matcher::Equals(value) => format!("{}", value.normalize()),
        Matcher::IsNoData => "no data".to_owned(),
        Matcher::IsUndefined => "undefined".to_owned(),
        Matcher::Verdict(kind) => kind.name().to_owned(),
    };
    Diagnostic::error(
        Code::ExpectationFailed,
        format!("{subject} in {}{}: expected {wanted}, found {was}", expectation.period, segment.join(",")),
    )
    .at(expectation.at.clone())
}

fn goal(
    project: &Project,
    case: &Case,
    expectation: &Expectation,
    name: &goalpost_core::name::GoalName,
    options: &EngineOptions,
) -> Result<Option<Diagnostic>, Vec<Diagnostic>> {
    if project.catalogue.goal(name).is_none() {
        let known: Vec<&str> =
            project.catalogue.goals().iter().map(|entry| entry.goal.name.as_str()).collect();
        return Err(vec![
            Diagnostic::error(Code::UnknownGoal, format!("there is no goal `{name}`"))
                .at(expectation.at.clone())
                .help(did_you_mean(name.as_str(), known.iter().copied())),
        ]);
    }
    let (as_of, period) = moment(project, case, expectation)?;
    let report = check(
        project,
        &CheckRequest { goals: vec![name.clone()], as_of, strictness: Strictness::Lenient },
        options,
    )?;
    errors(report.diagnostics)?;
    let found: Vec<String> = report
        .verdicts
        .iter()
        .filter(|verdict| verdict.period.as_ref().is_some_and(|judged| judged.label == period.label))
        .filter(|verdict| {
            expectation.segment.iter().all(|(name, value)| {
                verdict.segment.iter().any(|(known, found)| known.as_str() == name && found == value)
            })
        })
        .map(|verdict| verdict.kind.name().to_owned())
        .collect();
    let Matcher::Verdict(wanted) = &expectation.matcher else {
        return Ok(Some(failure(expectation, "a verdict")));
    };
    if found.is_empty() {
        let judged: Vec<&str> = report
            .verdicts
            .iter()
            .filter_map(|verdict| verdict.period.as_ref().map(|period| period.label.as_str()))
            .collect();
        return Ok(Some(failure(expectation, &format!("no verdict there (judged: {})", judged.join(", ")))));
    }
    let holds = found.iter().all(|kind| kind == wanted.name());
    Ok((!holds).then(|| failure(expectation, &found.join(", "))))
}
