//! What adds up: a condition splits a measure in two, segments sum to the whole,
//! short periods to long ones, and a stock at the end is the one at the start with
//! what came and without what went.

use std::collections::BTreeMap;

use goalpost_core::calendar::{Grain, Period};
use goalpost_core::definition::Metric;
use goalpost_core::expr::{
    Alive, BinaryOp, ColumnRef, Expr, ExprKind, Literal, Moment, Owner, RelationSource,
};
use goalpost_core::measure::{Aggregate, AggregateFunction};
use goalpost_core::name::{ColumnName, MetricName};
use goalpost_core::number::Exact;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::report::Cell;
use goalpost_core::schema::ColumnType;
use goalpost_core::source::At;

use crate::Case;
use crate::ask::{Answer, Key, Question, ask_metrics, key, one_thread};
use crate::dirt::World;
use crate::draw::Draw;
use crate::leaves::{self, Leaf};
use crate::project::{Layout, Place, built_in, place};
use crate::tables::{Table, Value, text};

/// The leaves that a case looks at, with a number each.
fn leaves_of(case: Case) -> Vec<(usize, Leaf)> {
    let all = leaves::additive(built_in()).into_iter().enumerate();
    all.filter(|(number, _)| case.asks(&format!("leaf{number}"))).collect()
}

fn project_with(world: &World, metrics: Vec<Metric>) -> Place {
    place(&world.tables, &world.setting, Layout::CSV, &leaves::with(built_in(), metrics))
}

/// Asks metrics of the project as far as they can be cut so.
fn ask_own(place: &Place, question: &Question) -> Answer {
    let mut metrics = crate::ask::able(&place.project, &question.by);
    metrics.retain(|name| name.as_str().starts_with("leaf"));
    ask_metrics(&place.project, metrics, question, &one_thread())
}

/// The value of an additive leaf; 0 where there are no data for it.
fn amount(computed: &Computed) -> Exact {
    match &computed.outcome {
        Outcome::Value(value) => value.clone(),
        Outcome::NoData(_) => Exact::zero(),
        Outcome::Undefined(why) => unreachable!("a sum is undefined: {why}"),
    }
}

fn has_data(computed: &Computed) -> bool {
    !matches!(computed.outcome, Outcome::NoData(_))
}

/// Rows where a condition holds, and rows where it does not, are all rows.
pub(crate) fn conditions(case: Case) -> usize {
    let world = World::of(case);
    let mut draw = Draw::new(case.seed, "conditions");
    let mut metrics = Vec::new();
    let mut shown = BTreeMap::new();
    for (number, leaf) in leaves_of(case) {
        let Some(condition) = condition(&mut draw, &leaf.aggregate.relation.source, &world.tables, 2) else {
            continue;
        };
        shown.insert(format!("leaf{number}_all"), format!("{condition} in {}", leaf.metric.name));
        metrics.push(leaf.as_metric(&format!("leaf{number}_all")));
        metrics.push(leaf.on_condition(&format!("leaf{number}_yes"), condition.clone()));
        metrics.push(leaf.on_condition(&format!("leaf{number}_no"), condition.negated()));
    }
    let answer = ask_own(&project_with(&world, metrics), &world.question);
    let cells = answer.by_key();
    let mut compared = 0;
    for ((metric, period, segment), all) in &cells {
        let Some(leaf) = metric.strip_suffix("_all") else { continue };
        let what = || format!("{world}: {period} {segment:?}: {}", shown[metric]);
        let part = |end: &str| cells.get(&(format!("{leaf}{end}"), period.clone(), segment.clone()));
        let parts = [part("_yes"), part("_no")].into_iter().flatten().copied().collect::<Vec<_>>();
        let sum = parts.iter().fold(Exact::zero(), |sum, part| &sum + &amount(part));
        assert_eq!(amount(all), sum, "{}: {all:?} {parts:?}", what());
        assert_eq!(all.n(), parts.iter().map(|part| part.n()).sum::<u64>(), "{}: {all:?} {parts:?}", what());
        // Whether a period has data is a matter of the table, whatever the condition;
        // but a segment is there only where rows are.
        if segment.is_empty() {
            assert!(
                parts.iter().all(|part| has_data(part) == has_data(all)),
                "{}: {all:?} {parts:?}",
                what()
            );
        }
        compared += 1;
    }
    compared
}

/// A condition on the rows of a table, or of the left side of a join.
fn condition(draw: &mut Draw, source: &RelationSource, tables: &[Table], depth: u32) -> Option<Expr> {
    let name = match source {
        RelationSource::Table(name) => name,
        RelationSource::Join(join) => return condition(draw, &join.left.source, tables, depth),
        RelationSource::GroupBy(_) | RelationSource::Sql(_) => return None,
    };
    let table = tables.iter().find(|table| table.name == name.as_str())?;
    if depth > 0 && draw.one_in(3) {
        let mut side = || condition(draw, source, tables, depth - 1);
        let (one, other) = (side()?, side()?);
        return Some(Expr::binary(*draw.pick(&[BinaryOp::And, BinaryOp::Or]), one, other));
    }
    if depth > 0 && draw.one_in(8) {
        return Some(condition(draw, source, tables, depth - 1)?.negated());
    }
    // A column of a customer, where the rows have one.
    let customers = tables.iter().find(|table| table.name == "customers")?;
    let has_customer = table.name != "customers" && table.place("customer_id").is_some();
    let (path, owner) =
        if has_customer && draw.one_in(4) { (Some("customer"), customers) } else { (None, table) };
    let column = draw.place(owner.columns.len());
    let names = path.into_iter().chain([owner.columns[column].name.as_str()]);
    let column_ref =
        ColumnRef { owner: Owner::Table(name.clone()), path: names.map(ColumnName::from).collect() };
    let left = Expr::column(column_ref);
    if draw.one_in(6) {
        return Some(if draw.one_in(2) { left.is_null() } else { left.is_known() });
    }
    let known = owner.rows.iter().map(|row| &row[column]);
    let known: Vec<&Value> =
        known.filter(|value| !matches!(value, Value::Blank | Value::Unreadable(_))).collect();
    if known.is_empty() {
        return Some(left.is_null());
    }
    let ty = owner.columns[column].ty;
    let literal = |value: &Value| literal(value, ty);
    if ty == ColumnType::Bool {
        return Some(left);
    }
    if ty == ColumnType::Text && draw.one_in(3) {
        let words = vec![literal(draw.pick::<&Value>(&known)), literal(draw.pick::<&Value>(&known))];
        return Some(Expr::new(ExprKind::InList(left, words), At::default()));
    }
    let ops: &[BinaryOp] = match ty {
        ColumnType::Text => &[BinaryOp::Equal, BinaryOp::NotEqual],
        _ => &[
            BinaryOp::Less,
            BinaryOp::LessOrEqual,
            BinaryOp::Greater,
            BinaryOp::GreaterOrEqual,
            BinaryOp::Equal,
            BinaryOp::NotEqual,
        ],
    };
    Some(Expr::binary(*draw.pick(ops), left, Expr::literal(literal(draw.pick::<&Value>(&known)))))
}

fn literal(value: &Value, ty: ColumnType) -> Literal {
    let written = text(value, ty).unwrap_or_default();
    match value {
        Value::Scaled(_) => Literal::Number(written.parse().expect("a number")),
        Value::Bool(value) => Literal::Bool(*value),
        _ => Literal::Text(written.trim().into()),
    }
}

/// Segments sum to the whole.
pub(crate) fn segments(case: Case) -> usize {
    let world = World::of(case);
    let metrics = leaves_of(case);
    let metrics = metrics.iter().map(|(number, leaf)| leaf.as_metric(&format!("leaf{number}"))).collect();
    let place = project_with(&world, metrics);
    let whole = ask_own(&place, &Question { by: Vec::new(), ..world.question.clone() });
    let mut compared = 0;
    let mut dimensions: Vec<Vec<&'static str>> =
        ["owner", "segment", "region", "source", "channel", "campaign", "product", "plan", "team"]
            .map(|name| vec![name])
            .into();
    dimensions.extend([vec!["region", "segment"], vec!["owner", "team"], vec!["source", "channel"]]);
    if case.is_quick() {
        Draw::new(case.seed, "dimensions").shuffle(&mut dimensions);
        dimensions.truncate(3);
    }
    for by in dimensions {
        let cut = ask_own(&place, &Question { by: by.clone(), ..world.question.clone() });
        let mut sums: BTreeMap<Key, (Exact, u64)> = BTreeMap::new();
        for cell in &cut.cells {
            let (metric, period, _) = key(cell);
            let sum = sums.entry((metric, period, Vec::new())).or_insert((Exact::zero(), 0));
            let value = amount(&cell.computed);
            *sum = (&sum.0 + &value, sum.1 + cell.computed.n());
        }
        let asked = crate::ask::able(&place.project, &by);
        for cell in whole.cells.iter().filter(|cell| asked.contains(&cell.metric)) {
            let what = || format!("{world}: {} {} by {by:?}", cell.metric, cell.period.label);
            let (sum, n) = sums.remove(&key(cell)).unwrap_or((Exact::zero(), 0));
            assert_eq!(amount(&cell.computed), sum, "{}", what());
            assert_eq!(cell.computed.n(), n, "{}", what());
        }
        assert!(sums.is_empty(), "{world}: by {by:?}: {sums:?}");
        compared += cut.cells.len();
    }
    compared
}

/// Days add up to weeks and months, months to quarters, quarters to years.
pub(crate) fn periods(case: Case) -> usize {
    let world = World::of(case);
    let mut metrics = leaves_of(case);
    metrics
        .retain(|(_, leaf)| !leaf.looks_at_period() || leaf.aggregate.function == AggregateFunction::Spread);
    let spread = metrics.iter().filter(|(_, leaf)| leaf.aggregate.function == AggregateFunction::Spread);
    let spread: Vec<MetricName> =
        spread.map(|(number, _)| MetricName::from(format!("leaf{number}").as_str())).collect();
    let metrics = metrics.iter().map(|(number, leaf)| leaf.as_metric(&format!("leaf{number}"))).collect();
    let place = project_with(&world, metrics);
    let mut steps = vec![
        (Grain::Day, 130, Grain::Week, 15),
        (Grain::Day, 130, Grain::Month, 3),
        (Grain::Month, 24, Grain::Quarter, 6),
        (Grain::Quarter, 12, Grain::Year, 2),
    ];
    if case.is_quick() {
        steps.drain(..2);
    }
    let mut compared = 0;
    for (short, shorts, long, longs) in steps {
        let ask = |grain, last| ask_own(&place, &Question { grain, last, ..world.question.clone() });
        let parts = ask(short, shorts);
        let whole = ask(long, longs);
        let mut within: BTreeMap<(String, Vec<Option<String>>), Vec<&Cell>> = BTreeMap::new();
        for cell in &parts.cells {
            let (metric, _, segment) = key(cell);
            within.entry((metric, segment)).or_default().push(cell);
        }
        for cell in &whole.cells {
            let what = || format!("{world}: {} {} of {short:?}", cell.metric, cell.period.label);
            let (metric, _, segment) = key(cell);
            let parts = within.get(&(metric, segment)).map(Vec::as_slice).unwrap_or_default();
            let parts = parts.iter().filter(|part| contains(&cell.period, &part.period));
            let parts: Vec<&Cell> = parts.copied().collect();
            // Quotas of a running year are for all of it, also for the months to come.
            let is_over = parts.last().is_some_and(|last| last.period.end == cell.period.end);
            let is_spread = spread.contains(&cell.metric);
            if is_spread && !is_over {
                continue;
            }
            let parts: Vec<&Computed> = parts.into_iter().map(|part| &part.computed).collect();
            let sum = parts.iter().fold(Exact::zero(), |sum, part| &sum + &amount(part));
            let all = amount(&cell.computed);
            // An amount that is spread over days is a quotient, rounded at the 14th decimal,
            // and its row is one of every period that it reaches into.
            let agrees = if is_spread { all.agrees_to(&sum, 10) } else { all == sum };
            assert!(agrees, "{}: {all:?} {sum:?} {:?} {parts:?}", what(), cell.computed);
            if !is_spread {
                assert_eq!(cell.computed.n(), parts.iter().map(|part| part.n()).sum::<u64>(), "{}", what());
            }
            if !parts.is_empty() {
                let any = parts.iter().any(|part| has_data(part));
                assert_eq!(has_data(&cell.computed), any, "{}: {:?} {parts:?}", what(), cell.computed);
            }
            compared += 1;
        }
    }
    compared
}

fn contains(whole: &Period, part: &Period) -> bool {
    part.start >= whole.start && part.end <= whole.end
}

/// What lives at the start, with what came and without what went, lives at the end.
pub(crate) fn stocks(case: Case) -> usize {
    let world = World::of(case);
    let mut metrics = Vec::new();
    for (number, leaf) in leaves::additive(built_in()).into_iter().enumerate() {
        let Some(lives) = leaf.aggregate.relation.alive.clone() else { continue };
        if leaves::filters_look(&leaf.aggregate.relation) {
            continue;
        }
        let mut of =
            |name: &str, aggregate| metrics.push(leaf.metric_of(&format!("leaf{number}_{name}"), aggregate));
        let at = |moment| {
            let mut stock = leaf.aggregate.clone();
            stock.relation.alive = Some(Alive { moment, ..lives.clone() });
            stock
        };
        of("start", at(Moment::Start));
        of("end", at(Moment::End));
        of("came", flow(&leaf.aggregate, &lives, &lives.from));
        if let Some(until) = &lives.until {
            of("went", flow(&leaf.aggregate, &lives, until));
        }
    }
    let answer = ask_own(&project_with(&world, metrics), &world.question);
    let cells = answer.by_key();
    let mut compared = 0;
    for ((metric, period, segment), end) in &cells {
        let Some(leaf) = metric.strip_suffix("_end") else { continue };
        let what = || format!("{world}: {} {period} {segment:?}", metric);
        let part = |name: &str| cells.get(&(format!("{leaf}{name}"), period.clone(), segment.clone()));
        let value = |name: &str| part(name).map_or_else(Exact::zero, |part| amount(part));
        if !has_data(end) || part("_start").is_none_or(|start| !has_data(start)) {
            continue;
        }
        let expected = &(&value("_start") + &value("_came")) - &value("_went");
        assert_eq!(
            amount(end),
            expected,
            "{}: {:?}",
            what(),
            ["_start", "_came", "_went", "_end"].map(|name| part(name).map(|part| &part.outcome))
        );
        compared += 1;
    }
    compared
}

/// Rows whose life is one, in the period of one of its ends.
fn flow(aggregate: &Aggregate, lives: &Alive, time: &Expr) -> Aggregate {
    let mut flow = Aggregate { time: Some(time.clone()), ..aggregate.clone() };
    flow.relation.alive = None;
    flow.relation.filters.push(lives.from.clone().is_known());
    if let Some(until) = &lives.until {
        flow.relation.filters.push(Expr::binary(BinaryOp::Less, until.clone(), lives.from.clone()).negated());
    }
    flow
}
