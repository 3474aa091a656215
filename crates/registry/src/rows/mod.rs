//! `explain --rows`: the rows behind a value, and those left out of it.
//!
//! Every aggregate of a metric's formula, over every window that the value needs,
//! is a section: what each row adds, what all of them add up to, and the rows that
//! would be among them but for a missing date or value. What the rows add up to is
//! computed from the listed rows and held against the value that a run would give:
//! where the two differ, there is an error and no listing.
//!
//! [`section`] says which rows those are; the engine lists them
//! ([`crate::engine::listing`]). Columns marked private never leave here.

mod section;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Offset, TimeZone};
use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Calendar, Grain, Period, Window};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::listing::{LeftOut, ListedRow, RowCell, RowSection, RowsReport};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::number::Exact;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::segment::label;
use goalpost_core::unit::{Kind, Unit};

use crate::engine::EngineOptions;
use crate::engine::listing::{Class, Found};
use crate::plan::align::{BySegment, SegmentKey};
use crate::plan::compile::Compiler;
use crate::plan::needs::Needs;
use crate::plan::windows::{Demand, TimeContext, demand};
use crate::plan::{Leaf, Leaves, Node};
use crate::privacy;
use crate::project::Project;
use crate::question::{Loaded, Question, needs};
use crate::run::named;
use section::Layout;

/// Windows of one aggregate that are listed, the last ones: a mean over days has
/// one for each of them.
const MOST_WINDOWS: usize = 4;

/// What is asked.
#[derive(Clone, Debug)]
pub struct RowsRequest {
    /// The metric.
    pub metric: MetricName,
    /// The period of the value.
    pub period: Period,
    /// Dimensions shown of each row, and by which the value is given as well.
    pub by: Vec<DimensionName>,
    /// Only rows with these values; `None` are rows without one.
    pub segment: Vec<(DimensionName, Option<String>)>,
    /// Rows shown of each kind.
    pub limit: usize,
    /// The moment the listing speaks for.
    pub as_of: AsOf,
}

/// An aggregate whose rows are listed.
struct Listed {
    /// Its place among the leaves.
    place: usize,
    leaf: Leaf,
    layout: Layout,
    windows: Vec<Window>,
}

/// Lists the rows behind a value of a metric.
///
/// # Errors
/// Everything that keeps the value or its rows from being right.
pub fn rows(
    project: &Project,
    request: &RowsRequest,
    options: &EngineOptions,
) -> Result<RowsReport, Vec<Diagnostic>> {
    let unknown =
        || vec![Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{}`", request.metric))];
    let entry = project.catalogue.metric(&request.metric).ok_or_else(unknown)?;
    let mut leaves = Leaves::default();
    let fixed: Vec<DimensionName> = request.segment.iter().map(|(name, _)| name.clone()).collect();
    let by: Vec<DimensionName> = request.by.iter().filter(|name| !fixed.contains(name)).cloned().collect();
    let both: Vec<DimensionName> = fixed.iter().chain(&by).cloned().collect();
    let mut problems = Vec::new();
    let mut compile = |dimensions: &[DimensionName]| {
        let mut compiler = Compiler {
            catalogue: &project.catalogue,
            leaves: &mut leaves,
            dimensions,
            placed_in_time: request.period.grain != Grain::All,
            diagnostics: Vec::new(),
        };
        let node = compiler.compile(&entry.metric.value, &entry.metric);
        problems.extend(compiler.diagnostics);
        node
    };
    let (whole, cut) = (compile(&fixed), compile(&both));
    let (Some(whole), Some(cut), true) = (whole, cut, problems.is_empty()) else { return Err(problems) };
    let calendar = &project.config.calendar;
    let context = TimeContext { calendar, as_of: request.as_of, grain: request.period.grain };
    let window = request.period.window();
    let mut needed = Demand::new();
    demand(&whole, window, &context, &mut needed);
    let mut cut_of = BTreeMap::new();
    pair(&whole, &cut, &mut cut_of);
    let mut listed = Vec::new();
    for (place, windows) in needed {
        let leaf = leaves.get(place).clone();
        // A total is not cut, and a split is cut by one dimension more.
        let own = leaf.dimensions.len().min(fixed.len());
        let mut by = leaf.dimensions[own..].to_vec();
        if let Some(cut) = cut_of.get(&place) {
            by.extend_from_slice(&leaves.get(*cut).dimensions[own..]);
        }
        let leaf = Leaf { dimensions: leaf.dimensions[..own].to_vec(), ..leaf };
        let layout = Layout::of(project, &leaf, &by);
        let windows = windows.into_iter().collect();
        listed.push(Listed { place: leaves.place(leaf.clone()), leaf, layout, windows });
    }
    let question = |node: Node, windows: Vec<Window>| Question { node, grain: request.period.grain, windows };
    let mut questions = vec![question(whole, vec![window]), question(cut, vec![window])];
    for listed in &listed {
        questions.push(question(Node::Leaf(listed.place), listed.windows.clone()));
    }
    let mut needs = needs(project, &leaves, &questions);
    for listed in &listed {
        // Whatever is shown has to be read.
        let shown = Leaf { dimensions: listed.layout.read(), ..listed.leaf.clone() };
        needs.and_perhaps(Needs::of_leaf(&shown, project.catalogue.shapes()));
    }
    let loaded = Loaded::load(project, &leaves, needs, request.as_of, options)?;
    let answered = loaded.answer(&questions)?;
    let key: SegmentKey = request.segment.iter().map(|(_, value)| value.clone()).collect();
    let mut report = RowsReport {
        as_of: request.as_of.shown(calendar),
        currency: project.config.currency.clone(),
        metric: request.metric.clone(),
        unit: entry.unit,
        formula: entry.metric.value.to_string(),
        period: request.period.clone(),
        segment: named(&fixed, &key),
        value: answered.values[0][0].get(&key).clone(),
        by: Vec::new(),
        dimensions: by,
        sections: Vec::new(),
        diagnostics: answered.diagnostics.clone(),
    };
    report.by = by_dimensions(project, &listed, &answered.values[1][0], &key);
    report.diagnostics.extend(unknown_values(request, &key, &answered.values[2..], &listed));
    for (nth, listed) in listed.iter().enumerate() {
        let Listed { leaf, layout, windows, .. } = listed;
        let own: SegmentKey = key[..leaf.dimensions.len()].to_vec();
        let skipped = windows.len().saturating_sub(MOST_WINDOWS);
        for (at, window) in windows.iter().enumerate().skip(skipped) {
            let value = answered.values[2 + nth][at].get(&own);
            let listing = layout.listing(leaf, *window, &own, request.limit);
            let classes = loaded.list(&listing)?;
            let mut section = assembled(leaf, layout, *window, value, classes, (entry.unit, calendar))?;
            section.more_windows = if at == skipped { skipped } else { 0 };
            report.sections.push(section);
        }
    }
    Ok(report)
}

/// Which leaf of a formula is which of the same formula cut further.
fn pair(whole: &Node, cut: &Node, found: &mut BTreeMap<usize, usize>) {
    match (whole, cut) {
        (Node::Leaf(whole), Node::Leaf(cut)) => {
            found.insert(*whole, *cut);
        }
        // Totals are not cut, and a split has a dimension of its own in the way.
        (Node::Total(_) | Node::Split(_), _) => {}
        _ => whole.children().into_iter().zip(cut.children()).for_each(|(a, b)| pair(a, b, found)),
    }
}

/// The value by the dimensions asked for, inside the segment.
fn by_dimensions(
    project: &Project,
    listed: &[Listed],
    cut: &BySegment,
    key: &SegmentKey,
) -> Vec<(Vec<RowCell>, Computed)> {
    let inside = cut.segments.iter().filter(|(found, _)| found.len() > key.len() && found.starts_with(key));
    let is_private = |place: usize| {
        listed.iter().any(|Listed { layout, .. }| {
            layout.by().get(place).is_some_and(|column| privacy::is_private(project, column))
        })
    };
    let cell = |(place, value): (usize, &Option<String>)| match value {
        _ if is_private(place) => RowCell::Private,
        Some(text) => RowCell::Text(text.clone()),
        None => RowCell::Nothing,
    };
    let mut inside: Vec<(&[Option<String>], &Computed)> =
        inside.map(|(found, computed)| (&found[key.len()..], computed)).collect();
    // Rows without a value come last.
    inside.sort_by_key(|(found, _)| {
        found.iter().map(|value| (value.is_none(), value.clone())).collect::<Vec<_>>()
    });
    inside
        .into_iter()
        .map(|(found, computed)| (found.iter().enumerate().map(cell).collect(), computed.clone()))
        .collect()
}

/// A warning for a segment of which no aggregate has a row: perhaps it is misspelt.
fn unknown_values(
    request: &RowsRequest,
    key: &SegmentKey,
    leaves: &[Vec<BySegment>],
    listed: &[Listed],
) -> Option<Diagnostic> {
    let found: BTreeSet<&SegmentKey> = leaves.iter().flatten().flat_map(|by| by.segments.keys()).collect();
    if key.is_empty() || found.contains(key) {
        return None;
    }
    let asked: Vec<String> =
        request.segment.iter().map(|(name, value)| format!("{name} = {}", label(value.as_deref()))).collect();
    let warning = Diagnostic::warning(
        Code::UnknownName,
        format!("no row of {} has {}", request.period.label, asked.join(" and ")),
    );
    // Only one dimension at a time can be looked up, and not one that is private.
    let [(name, value)] = request.segment.as_slice() else { return Some(warning) };
    if listed.iter().any(|listed| listed.layout.has_private_segment()) {
        return Some(warning);
    }
    let values: BTreeSet<Cow<'_, str>> =
        found.iter().map(|key| label(key.first().and_then(Option::as_deref))).collect();
    let meant = did_you_mean(&label(value.as_deref()), values.iter().map(AsRef::as_ref));
    Some(warning.help(format!("of {name}: {meant}")))
}

/// A section from what was found, held against the value of a run.
fn assembled(
    leaf: &Leaf,
    layout: &Layout,
    window: Window,
    value: &Computed,
    classes: Vec<Class>,
    (unit, calendar): (Unit, &Calendar),
) -> Result<RowSection, Vec<Diagnostic>> {
    use AggregateFunction::{Max, Min};
    let scaled = |number: Decimal| {
        if leaf.kind == Kind::DURATION { number / Decimal::from(1_000_000) } else { number }
    };
    let mut classes = classes.into_iter();
    let counted = classes.next().unwrap_or_default();
    let sum = counted.sum.map(scaled).or_else(|| counted.count.eq(&0).then_some(Decimal::ZERO));
    if !agrees(leaf, value, counted.count, sum) {
        let message = format!(
            "the rows of `{}` do not add up to its value: {} rows are listed",
            layout.aggregate, counted.count
        );
        return Err(vec![
            Diagnostic::error(Code::EngineFailed, message)
                .at(leaf.relation.at.clone())
                .help("this is a defect of Goalpost; `goalpost run` gives the value"),
        ]);
    }
    let row = |found: Vec<Found>| {
        let mut cells: Vec<RowCell> = found
            .into_iter()
            .zip(&layout.is_private)
            .map(|(found, is_private)| if *is_private { RowCell::Private } else { cell(found, calendar) })
            .collect();
        let value = cells.pop().unwrap_or(RowCell::Nothing);
        let value = match value {
            RowCell::Number(number) if layout.is_duration => RowCell::Number(scaled(number)),
            other => other,
        };
        ListedRow { cells, value }
    };
    let (own, row_unit) = units(leaf, unit);
    let sum = sum.filter(|_| leaf.is_additive() && !matches!(leaf.function, Min | Max));
    let left_out = layout.reasons.iter().zip(classes).filter(|(_, class)| class.count > 0);
    Ok(RowSection {
        aggregate: layout.aggregate.clone(),
        start: window.start,
        end: window.end,
        window: called(window, calendar),
        placed: layout.placed.clone(),
        columns: layout.names.clone(),
        rows: counted.rows.into_iter().map(row).collect(),
        count: counted.count,
        sum,
        value: value.clone(),
        unit: own,
        row_unit,
        left_out: left_out
            .map(|(reason, class)| LeftOut {
                reason: reason.clone(),
                // What does not count adds nothing.
                rows: class
                    .rows
                    .into_iter()
                    .map(|found| ListedRow { value: RowCell::Nothing, ..row(found) })
                    .collect(),
                count: class.count,
            })
            .collect(),
        more_windows: 0,
    })
}

fn called(window: Window, calendar: &Calendar) -> String {
    let last = window.end.pred_opt().unwrap_or(window.end);
    let Some(start) = window.start else { return format!("up to {last}") };
    let periods = Grain::ALL.into_iter().map(|grain| calendar.period(grain, start));
    let known = periods.into_iter().find(|period| period.window() == window);
    known.map_or_else(|| format!("{start} to {last}"), |period| period.label)
}

/// Decimals to which the sum of listed quotients is compared with the value.
const LISTED_DECIMALS: u32 = 6;

/// Whether the listed rows give the value that a run gives.
fn agrees(leaf: &Leaf, value: &Computed, count: u64, sum: Option<Decimal>) -> bool {
    let rows = Exact::from(count);
    let Outcome::Value(value_of_run) = &value.outcome else {
        // Outside of the data nothing is said; what is undefined has no rows.
        return matches!(value.outcome, Outcome::NoData(_)) || count == 0;
    };
    let expected = match leaf.function {
        AggregateFunction::Count => Some(rows),
        AggregateFunction::Sum | AggregateFunction::Spread => sum.map(Exact::from),
        AggregateFunction::Share | AggregateFunction::Mean => {
            sum.and_then(|sum| Exact::from(sum).checked_div(&rows))
        }
        // The same value may be in several rows.
        AggregateFunction::CountDistinct => return value.n() <= count,
        _ => return value.n() == count,
    };
    // Quotients are listed rounded, and added up as fractions.
    let is_rounded = leaf.divided().is_some() || leaf.adds_rounded();
    expected.is_some_and(|expected| match is_rounded {
        true => expected.agrees_to(value_of_run, LISTED_DECIMALS),
        false => expected == *value_of_run,
    })
}

/// The unit of an aggregate's value, and that of what a row adds to it.
fn units(leaf: &Leaf, unit: Unit) -> (Unit, Option<Unit>) {
    let of_kind = match leaf.kind {
        kind if kind == unit.kind() && kind != Kind::NUMBER => unit,
        Kind::MONEY => Unit::Money,
        Kind::DURATION => Unit::Duration(goalpost_core::unit::TimeUnit::Day),
        _ => Unit::Number,
    };
    match leaf.function {
        AggregateFunction::Count => (Unit::Count, Some(Unit::Count)),
        AggregateFunction::CountDistinct => (Unit::Count, None),
        AggregateFunction::Share => (Unit::Percent, Some(Unit::Count)),
        _ => (of_kind, Some(of_kind)),
    }
}

fn cell(found: Found, calendar: &Calendar) -> RowCell {
    match found {
        Found::Nothing => RowCell::Nothing,
        Found::Text(text) => RowCell::Text(text),
        Found::Truth(truth) => RowCell::Truth(truth),
        Found::Number(number) => RowCell::Number(number),
        Found::Day(day) => RowCell::Day(day),
        Found::Moment(moment) => {
            let zone = calendar.time_zone.offset_from_utc_datetime(&moment.naive_utc()).fix();
            RowCell::Moment(moment.with_timezone(&zone))
        }
    }
}
