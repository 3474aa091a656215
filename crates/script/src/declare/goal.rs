//! `goal(metric, #{ … })`.

use goalpost_core::Decimal;
use goalpost_core::calendar::Grain;
use goalpost_core::diagnostic::Code;
use goalpost_core::goal::{Goal, Level, Policies, Rule, SegmentFilter};
use goalpost_core::measure::MeasureKind;
use goalpost_core::name::{DimensionName, GoalName, MetricName};
use goalpost_core::source::At;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::fields::{Fields, name_of, plain_column, segment_text};
use super::{NOTHING, counts};
use crate::host::{Call, Fallible};
use crate::surface::is_percentage_text;
use crate::value::Value;

const KEYS: [&str; 11] =
    ["name", "target", "limit", "every", "by", "where", "from", "due", "owner", "why", "tags"];

/// Keys of goals that this version does not judge yet.
const LATER: [&str; 12] = [
    "stretch",
    "between",
    "check",
    "parts",
    "require",
    "severity",
    "min_sample",
    "confidence",
    "pacing",
    "no_data",
    "max_dropped",
    "may_miss",
];

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("goal", |context: NativeCallContext, metric: Dynamic, map: Dynamic| {
        declare(&Call::of(&context), &Value::of(metric), Value::of(map))
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

fn declare(call: &Call, metric: &Value, map: Value) -> Fallible<Dynamic> {
    if !counts(call, "goal")? {
        return Ok(NOTHING);
    }
    let metric = metric_name(call, metric)?;
    let mut fields = Fields::new(call, map, "goal")?;
    for key in LATER {
        if fields.take(key).is_some() {
            let message = format!("the key `{key}` of goals is not supported yet");
            fields.problem(
                key,
                Code::Unsupported,
                message,
                "leave it out; a goal is judged by target and limit",
            );
        }
    }
    let name = fields.text("name").unwrap_or_else(|| metric.clone());
    name_of(call, &Value::Text(name.as_str().into()), "goal")?;
    let by = dimensions(&mut fields);
    let segment = segments(&mut fields);
    let is_cut = !by.is_empty() || !segment.is_empty();
    let target = level(&mut fields, "target", is_cut);
    let limit = level(&mut fields, "limit", is_cut);
    let every = fields.named("every", &Grain::ALL.map(|grain| (grain.name(), grain))).unwrap_or(Grain::Month);
    let from = fields.date("from");
    let due = fields.date("due");
    if let (Some(from), Some(due)) = (from, due)
        && from > due
    {
        let message = format!("`due` {due} lies before `from` {from}, so no period would be judged");
        fields.problem("due", Code::GoalInvalid, message, "");
    }
    let owner = fields.text("owner");
    let why = fields.text("why");
    let tags = fields.texts("tags");
    let known: Vec<&str> = KEYS.iter().chain(&LATER).copied().collect();
    fields.finish(&known)?;
    let Some(target) = target else { return Ok(NOTHING) };
    let goal = Goal {
        name: GoalName::from(name),
        metric: MetricName::from(metric),
        metric_at: metric_at(call),
        rule: Rule::Levels { target, limit, stretch: None },
        parts: Vec::new(),
        every,
        by,
        segment,
        require: Vec::new(),
        whole: None,
        policies: Policies::default(),
        from,
        due,
        owner,
        why,
        tags,
        layer: call.layer(),
        at: call.span(),
    };
    call.host.state().definitions.goals.push(goal);
    Ok(NOTHING)
}

/// The place of the first argument of a call.
pub(super) fn metric_at(call: &Call) -> At {
    let found = call.at.span().and_then(|span| call.file()?.argument_span(span));
    found.map_or_else(|| call.at.clone(), At::from)
}

fn level(fields: &mut Fields<'_>, key: &str, is_cut: bool) -> Option<Level> {
    let help = "write a number in the metric's unit (a percentage is a fraction: 0.25 or 25.percent), \
                a duration, a map by segment, or a measure";
    match fields.take(key) {
        None => {
            if key == "target" {
                fields.missing(key, "this goal has no `target`", help);
            }
            None
        }
        Some(Value::Number(number)) => Some(Level::Number(number.normalize())),
        Some(Value::Duration(step)) => Some(Level::Duration(step)),
        Some(Value::Measure(formula)) => Some(Level::Measure(formula.measure)),
        Some(Value::Map(map)) => {
            if !is_cut {
                let message = format!("`{key}` is a map by segment, and the goal is not cut by anything");
                fields.problem(key, Code::GoalInvalid, message, "add by: [\"region\"]");
                return None;
            }
            let mut levels: Vec<(String, Decimal)> = Vec::with_capacity(map.len());
            for (segment, value) in map {
                match Value::of(value) {
                    Value::Number(number) => levels.push((segment.to_string(), number.normalize())),
                    other => {
                        let message =
                            format!("`{key}` for segment `{segment}` is {}, not a number", other.kind());
                        let help = "write a number in the metric's unit";
                        fields.problem_in(&[key, &segment], Code::ScriptType, message, help);
                    }
                }
            }
            if levels.is_empty() {
                fields.problem(key, Code::GoalInvalid, format!("`{key}` holds no level"), help);
                return None;
            }
            Some(Level::BySegment(levels))
        }
        Some(Value::Function(_)) => {
            fields.problem(
                key,
                Code::Unsupported,
                format!("`{key}` as a function is not supported yet"),
                "write a measure, e.g. metrics.won_revenue.previous(1, \"year\") * 1.05",
            );
            None
        }
        Some(Value::Text(text)) if is_percentage_text(&text) => {
            let number = text.trim_end_matches(['%', ' ']);
            let message = format!("`{key}` is the text \"{text}\"");
            fields.problem(key, Code::ScriptType, message, &format!("write {number}.percent without quotes"));
            None
        }
        Some(other) => {
            let message = format!("`{key}` is {}", other.kind());
            fields.problem(key, Code::ScriptType, message, help);
            None
        }
    }
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

fn segments(fields: &mut Fields<'_>) -> Vec<SegmentFilter> {
    let map = match fields.take("where") {
        None => return Vec::new(),
        Some(Value::Map(map)) => map,
        Some(other) => {
            let message = format!("`where` is {}, not a map of dimensions", other.kind());
            let help = "write where: #{ region: \"EMEA\" }; conditions on rows belong to the metric";
            fields.problem("where", Code::ScriptType, message, help);
            return Vec::new();
        }
    };
    let mut filters = Vec::with_capacity(map.len());
    for (dimension, value) in map {
        let at = fields.call.key(&["where", &dimension]);
        let items = match Value::of(value) {
            Value::List(list) => list.into_iter().map(Value::of).collect(),
            one => vec![one],
        };
        let mut values = Vec::with_capacity(items.len());
        for item in &items {
            match segment_text(item) {
                Some(text) => values.push(text),
                None => {
                    let message = format!("`where` holds {} for `{dimension}`, not a value", item.kind());
                    fields.problem_in(&["where", &dimension], Code::ScriptType, message, "");
                }
            }
        }
        if items.is_empty() {
            let message = format!("`where` holds no value for `{dimension}`, so nothing would be judged");
            fields.problem_in(&["where", &dimension], Code::GoalInvalid, message, "");
        }
        filters.push(SegmentFilter { dimension: DimensionName::from(dimension.as_str()), values, at });
    }
    filters
}
