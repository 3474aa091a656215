//! Expectations of metrics: those of a case that speak for the same moment are
//! computed together, and told apart only where something goes wrong.

use goalpost_core::calendar::{AsOf, Grain, Period};
use goalpost_core::case::{Case, Expectation};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::outcome::Computed;
use goalpost_core::unit::Unit;

use super::{errors, moment};
use crate::catalogue::Entry;
use crate::plan::Leaves;
use crate::plan::align::SegmentKey;
use crate::plan::compile::Compiler;
use crate::project::Project;
use crate::question::{Bench, Loaded, Question, needs};

/// An expectation of a metric that can be computed.
pub(super) struct Asked<'a> {
    pub(super) expectation: &'a Expectation,
    pub(super) unit: Unit,
    entry: &'a Entry,
    as_of: AsOf,
    period: Period,
}

/// What an expectation asks.
pub(super) fn asked<'a>(
    project: &'a Project,
    case: &Case,
    expectation: &'a Expectation,
    name: &MetricName,
) -> Result<Asked<'a>, Vec<Diagnostic>> {
    let Some(entry) = project.catalogue.metric(name) else {
        let known: Vec<&str> = project.catalogue.metrics().map(|entry| entry.metric.name.as_str()).collect();
        return Err(vec![
            Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{name}`"))
                .at(expectation.at.clone())
                .help(did_you_mean(name.as_str(), known.iter().copied())),
        ]);
    };
    if let Some(problem) = project.catalogue.unavailable(name) {
        return Err(vec![
            Diagnostic { help: None, ..problem }
                .at(expectation.at.clone())
                .help("give the rows of these tables in the test"),
        ]);
    }
    let (as_of, period) = moment(project, case, expectation)?;
    Ok(Asked { expectation, unit: entry.unit, entry, as_of, period })
}

/// The values of expectations, by their place.
pub(super) fn answers(
    project: &Project,
    asked: &[(usize, Asked<'_>)],
    bench: &Bench,
) -> Vec<(usize, Result<Computed, Vec<Diagnostic>>)> {
    let mut together: Vec<(AsOf, Vec<usize>)> = Vec::new();
    for (place, (_, asked)) in asked.iter().enumerate() {
        match together.iter_mut().find(|(as_of, _)| as_of.at == asked.as_of.at) {
            Some((_, places)) => places.push(place),
            None => together.push((asked.as_of, vec![place])),
        }
    }
    let mut answers = Vec::new();
    for (as_of, places) in together {
        let all: Vec<&Asked<'_>> = places.iter().map(|place| &asked[*place].1).collect();
        match computed(project, as_of, &all, bench) {
            Ok(found) => answers.extend(places.into_iter().zip(found.into_iter().map(Ok))),
            // An error says nothing of the others.
            Err(_) if all.len() > 1 => {
                for (place, one) in places.into_iter().zip(all) {
                    let found = computed(project, as_of, &[one], bench);
                    answers.push((place, found.map(|mut found| found.remove(0))));
                }
            }
            Err(found) => answers.extend(places.into_iter().map(|place| (place, Err(found.clone())))),
        }
    }
    answers
}

/// The values at one moment; an error of any is the error of all.
fn computed(
    project: &Project,
    as_of: AsOf,
    asked: &[&Asked<'_>],
    bench: &Bench,
) -> Result<Vec<Computed>, Vec<Diagnostic>> {
    let mut leaves = Leaves::default();
    let mut questions = Vec::new();
    for Asked { expectation, entry, period, .. } in asked {
        let dimensions: Vec<DimensionName> =
            expectation.segment.iter().map(|(name, _)| DimensionName::from(name.as_str())).collect();
        let mut compiler = Compiler {
            catalogue: &project.catalogue,
            leaves: &mut leaves,
            dimensions: &dimensions,
            placed_in_time: period.grain != Grain::All,
            diagnostics: Vec::new(),
        };
        let node = compiler.compile(&entry.metric.value, &entry.metric);
        let Some(node) = node.filter(|_| compiler.diagnostics.is_empty()) else {
            return Err(compiler.diagnostics);
        };
        questions.push(Question { node, grain: period.grain, windows: vec![period.window()] });
    }
    let loaded = Loaded::load_on(bench, project, &leaves, needs(project, &leaves, &questions), as_of)?;
    let answered = loaded.answer(&questions)?;
    errors(answered.diagnostics.clone())?;
    let values = asked.iter().zip(&answered.values).filter_map(|(asked, values)| {
        let segment = asked.expectation.segment.iter();
        let key: SegmentKey = segment.map(|(_, value)| value.clone()).collect();
        values.first().map(|value| value.get(&key).clone())
    });
    Ok(values.collect())
}
