//! `goal(metric, #{ … })`.

use goalpost_core::calendar::Grain;
use goalpost_core::diagnostic::Code;
use goalpost_core::goal::{Contradiction, Goal, GoalFunctionRef, Rule, SegmentFilter};
use goalpost_core::measure::MeasureKind;
use goalpost_core::name::{DimensionName, GoalName, MetricName};
use goalpost_core::source::At;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::fields::{Fields, name_of, plain_column, segment_value};
use super::inputs::parts;
use super::level::{Levels, range};
use super::{NOTHING, counts, policies};
use crate::host::{Call, Fallible};
use crate::value::Value;

const KEYS: [&str; 25] = [
    "name",
    "target",
    "limit",
    "stretch",
    "between",
    "check",
    "parts",
    "every",
    "by",
    "where",
    "require",
    "whole",
    "from",
    "due",
    "owner",
    "why",
    "severity",
    "min_sample",
    "confidence",
    "pacing",
    "no_data",
    "incomplete",
    "max_dropped",
    "may_miss",
    "tags",
];

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("goal", |context: NativeCallContext, metric: Dynamic, map: Dynamic| {
        declare(&context, &Value::of(metric), Value::of(map))
    });
}

/// The name of a metric, or `metrics.name`.
pub(super) fn metric_name(call: &Call, value: &Value) -> Fallible<String> {
    if let Value::Measure(formula) = value
        && let MeasureKind::Metric(name) = &*formula.measure.kind
    {
        return Ok(name.to_string());
    }
    name_of(call, value, "metric")
}

fn declare(context: &NativeCallContext, metric: &Value, map: Value) -> Fallible<Dynamic> {
    let call = &Call::of(context);
    if !counts(call, "goal")? {
        return Ok(NOTHING);
    }
    let metric = metric_name(call, metric)?;
    let mut fields = Fields::new(call, map, "goal")?;
    let name = fields.text("name").unwrap_or_else(|| metric.clone());
    name_of(call, &Value::Text(name.as_str().into()), "goal")?;
    let by = dimensions(&mut fields);
    let segment = segments(&mut fields, "where");
    let require = required(&mut fields, &by);
    let parts = parts(&mut fields).flatten().unwrap_or_default();
    let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let levels = Levels { context, parts: &names };
    let rule = rule(&mut fields, &levels);
    let whole = levels.take(&mut fields, "whole");
    let every = fields.named("every", &Grain::ALL.map(|grain| (grain.name(), grain))).unwrap_or(Grain::Month);
    let from = fields.date("from");
    let due = fields.date("due");
    let owner = fields.text("owner");
    let why = fields.text("why");
    let tags = fields.texts("tags");
    let policies = policies::read(&mut fields);
    let goal = rule.map(|rule| Goal {
        name: GoalName::from(name),
        metric: MetricName::from(metric),
        metric_at: metric_at(call),
        rule,
        parts,
        every,
        by,
        segment,
        require,
        whole,
        from,
        due,
        owner,
        why,
        tags,
        policies,
        layer: call.layer(),
        at: call.span(),
    });
    for Contradiction { key, message, help } in goal.iter().flat_map(Goal::contradictions) {
        fields.problem(key, Code::GoalInvalid, message, help);
    }
    fields.finish(&KEYS)?;
    call.host.state().definitions.goals.extend(goal);
    Ok(NOTHING)
}

/// What the goal compares: levels, a range or a function, and only one of them.
fn rule(fields: &mut Fields<'_>, levels: &Levels<'_, '_>) -> Option<Rule> {
    let check = fields.take("check");
    let between = fields.take("between");
    let target = levels.take(fields, "target");
    let limit = levels.take(fields, "limit");
    let stretch = levels.take(fields, "stretch");
    let mut given = Vec::new();
    let ways = [("check", check.is_some()), ("between", between.is_some()), ("target", target.is_some())];
    given.extend(ways.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key));
    if let [first, second, ..] = given[..] {
        let message = format!("this goal has `{first}` and `{second}`, and is judged by one of them");
        fields.problem(first, Code::GoalInvalid, message, "write two goals, each with a name of its own");
        return None;
    }
    let beside = [("limit", limit.is_some()), ("stretch", stretch.is_some())];
    for (key, _) in beside.iter().filter(|(_, is_given)| *is_given && target.is_none()) {
        if let Some(way) = given.first() {
            let message = format!("`{key}` belongs to a `target`, and this goal is judged by `{way}`");
            fields.problem(key, Code::GoalInvalid, message, "");
        }
    }
    if let Some(check) = check {
        let function = levels.function(fields, "check", check)?;
        return Some(Rule::Check(GoalFunctionRef(function)));
    }
    if let Some(between) = between {
        let (low, high) = range(fields, levels, between)?;
        return Some(Rule::Between { low, high });
    }
    if target.is_none() && !fields.has_problem() {
        let help = "write target: 0.25 (a number in the metric's unit), between: [0.2, 0.4], or check: |g| …";
        fields.missing("target", "this goal has no `target`", help);
    }
    Some(Rule::Levels { target: target?, limit, stretch })
}

/// Segments that must be there: values of the one dimension that the goal is
/// cut by, or a map of dimensions.
fn required(fields: &mut Fields<'_>, by: &[(DimensionName, At)]) -> Vec<SegmentFilter> {
    match fields.take("require") {
        None => Vec::new(),
        Some(Value::Map(map)) => {
            fields.put("require", map);
            segments(fields, "require")
        }
        Some(list) => {
            let Some((dimension, _)) = by.first() else {
                let message = "`require` names segments, and the goal is not judged by any";
                fields.problem("require", Code::GoalInvalid, message, "add by: [\"region\"]");
                return Vec::new();
            };
            let values = values(fields, "require", dimension.as_str(), list, &["require"]);
            vec![SegmentFilter { dimension: dimension.clone(), values, at: fields.at("require") }]
        }
    }
}

/// The place of the first argument of a call.
pub(super) fn metric_at(call: &Call) -> At {
    let found = call.at.span().and_then(|span| call.file()?.argument_span(span));
    found.map_or_else(|| call.at.clone(), At::from)
}

fn dimensions(fields: &mut Fields<'_>) -> Vec<(DimensionName, At)> {
    let at = fields.at("by");
    let items: Vec<Value> = match fields.take("by") {
        None => return Vec::new(),
        Some(Value::List(list)) => list.into_iter().map(Value::of).collect(),
        Some(one) => vec![one],
    };
    let mut dimensions: Vec<(DimensionName, At)> = Vec::with_capacity(items.len());
    for item in items {
        let name = match (&item, plain_column(&item)) {
            (_, Some(column)) => column.dotted(),
            (Value::Text(name), None) => name.to_string(),
            (other, None) => {
                let message = format!("`by` holds {}, not a dimension", other.kind());
                fields.problem("by", Code::ScriptType, message, "write by: [\"region\"]");
                continue;
            }
        };
        if dimensions.iter().any(|(known, _)| known.as_str() == name) {
            fields.problem("by", Code::Duplicate, format!("`by` names `{name}` twice"), "");
        } else {
            dimensions.push((DimensionName::from(name), at.clone()));
        }
    }
    dimensions
}

/// Values by dimension, under `where` or `require`.
pub(super) fn segments(fields: &mut Fields<'_>, key: &str) -> Vec<SegmentFilter> {
    let map = match fields.take(key) {
        None => return Vec::new(),
        Some(Value::Map(map)) => map,
        Some(other) => {
            let message = format!("`{key}` is {}, not a map of dimensions", other.kind());
            let help = "write where: #{ region: \"EMEA\" }; conditions on rows belong to the metric";
            fields.problem(key, Code::ScriptType, message, help);
            return Vec::new();
        }
    };
    let mut filters = Vec::with_capacity(map.len());
    for (dimension, value) in map {
        let at = fields.call.key(&[key, &dimension]);
        let values = values(fields, key, &dimension, Value::of(value), &[key, &dimension]);
        filters.push(SegmentFilter { dimension: DimensionName::from(dimension.as_str()), values, at });
    }
    filters
}

/// The values wanted of a dimension: a list, or a single one.
fn values(
    fields: &mut Fields<'_>,
    key: &str,
    dimension: &str,
    given: Value,
    at: &[&str],
) -> Vec<Option<String>> {
    let items = match given {
        Value::List(list) => list.into_iter().map(Value::of).collect(),
        one => vec![one],
    };
    let mut values = Vec::with_capacity(items.len());
    for item in &items {
        match segment_value(item) {
            Some(value) => values.push(value),
            None => {
                let message = format!("`{key}` holds {} for `{dimension}`, not a value", item.kind());
                fields.problem_in(at, Code::ScriptType, message, "");
            }
        }
    }
    if items.is_empty() {
        let message = format!("`{key}` holds no value for `{dimension}`, so nothing would be judged");
        fields.problem_in(at, Code::GoalInvalid, message, "");
    }
    values
}
