//! Reading the map given to a declaration, key by key.

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean, nearest};
use goalpost_core::expr::{ColumnRef, ExprKind, Literal};
use goalpost_core::source::At;
use rhai::Map;

use crate::host::{Call, Fallible, raise};
use crate::value::Value;

/// The map of a declaration, of which keys are taken one by one.
pub(super) struct Fields<'a> {
    pub(super) call: &'a Call,
    map: Map,
    /// What was wrong so far.
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Fields<'a> {
    /// The map of a call.
    pub(super) fn new(call: &'a Call, value: Value, what: &str) -> Fallible<Self> {
        match value {
            Value::Map(map) => Ok(Self { call, map, problems: Vec::new() }),
            other => Err(raise(
                call.mismatch(format!("`{what}` needs a map, not {}", other.kind()))
                    .help(format!("write {what}(\"name\", #{{ key: value }})")),
            )),
        }
    }

    /// Where a key was written.
    pub(super) fn at(&self, key: &str) -> At {
        self.call.key(&[key])
    }

    /// A problem with a key's value.
    pub(super) fn problem(&mut self, key: &str, code: Code, message: impl Into<String>, help: &str) {
        self.problem_in(&[key], code, message, help);
    }

    /// A problem with a key of a map inside.
    pub(super) fn problem_in(&mut self, path: &[&str], code: Code, message: impl Into<String>, help: &str) {
        let problem = Diagnostic::error(code, message).at(self.call.key(path));
        self.problems.push(if help.is_empty() { problem } else { problem.help(help) });
    }

    /// Takes a key's value; null is as good as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        let value = Value::of(self.map.remove(key)?);
        (!matches!(value, Value::Null)).then_some(value)
    }

    /// Puts a map back under a key, to be taken again.
    pub(super) fn put(&mut self, key: &str, map: Map) {
        self.map.insert(key.into(), map.into());
    }

    /// Whether anything was wrong so far.
    pub(super) fn has_problem(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Complains that a key is missing, unless one that is left looks like it.
    pub(super) fn missing(&mut self, key: &str, message: &str, help: &str) {
        let left = self.map.keys().map(|left| left.as_str());
        if nearest(key, left).is_none() {
            self.problems.push(self.call.error(Code::ScriptError, message).help(help));
        }
    }

    /// Takes a text.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::Text(text) => Some(text.to_string()),
            other => {
                self.problem(key, Code::ScriptType, format!("`{key}` is {}, not a text", other.kind()), "");
                None
            }
        }
    }

    /// Takes a text that is one of these names.
    pub(super) fn named<T: Copy>(&mut self, key: &str, names: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = names.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let help = did_you_mean(&text, names.iter().map(|(name, _)| *name));
            self.problem(key, Code::ScriptType, format!("`{key}` cannot be `{text}`"), &help);
        }
        found.map(|(_, value)| *value)
    }

    /// Takes a text, or a list of texts.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let items = match self.take(key) {
            None => return Vec::new(),
            Some(Value::List(list)) => list.into_iter().map(Value::of).collect(),
            Some(one) => vec![one],
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::Text(text) => texts.push(text.to_string()),
                other => self.problem(
                    key,
                    Code::ScriptType,
                    format!("`{key}` holds {}, not a text", other.kind()),
                    "",
                ),
            }
        }
        texts
    }

    /// Takes a date.
    pub(super) fn date(&mut self, key: &str) -> Option<NaiveDate> {
        let text = self.text(key)?;
        match NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
            Ok(date) if text.len() == 10 => Some(date),
            _ => {
                self.problem(
                    key,
                    Code::BadDate,
                    format!("`{text}` is not a date"),
                    "write year, month and day, e.g. \"2026-12-31\"",
                );
                None
            }
        }
    }

    /// Complains about keys that were not taken.
    pub(super) fn finish(mut self, known: &[&str]) -> Fallible<()> {
        for key in std::mem::take(&mut self.map).into_keys() {
            if known.contains(&key.as_str()) {
                continue;
            }
            let help = did_you_mean(&key, known.iter().copied());
            self.problem(&key, Code::UnknownKey, format!("no key is called `{key}` here"), &help);
        }
        super::settle(self.call, self.problems)
    }
}

/// The name of a declaration.
pub(super) fn name_of(call: &Call, value: &Value, what: &str) -> Fallible<String> {
    let Value::Text(name) = value else {
        return Err(raise(
            call.mismatch(format!("the name of a {what} is {}, not a text", value.kind()))
                .help(format!("write {what}(\"name\", …)")),
        ));
    };
    check_name(call, name, what)?;
    Ok(name.to_string())
}

fn check_name(call: &Call, name: &str, what: &str) -> Fallible<()> {
    // A goal may be called as people speak of it; what selects by pattern stays out.
    let of_goals = if what == "goal" { " %,:/&+()<>=" } else { "" };
    let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || of_goals.contains(c);
    let wrong = if name.trim().is_empty() {
        "is empty".to_owned()
    } else if let Some(c) = name.chars().find(|c| !is_fine(*c)) {
        format!("`{}` holds `{}`", name.escape_debug(), c.escape_debug())
    } else {
        return Ok(());
    };
    Err(raise(
        call.error(Code::ScriptError, format!("the name of a {what} {wrong}"))
            .help("use letters, digits and _, e.g. close_rate"),
    ))
}

/// A plain column with its path, as dimensions are.
pub(super) fn plain_column(value: &Value) -> Option<&ColumnRef> {
    match value {
        Value::Column(column) => match &*column.expr.kind {
            ExprKind::Column(reference) => Some(reference),
            _ => None,
        },
        _ => None,
    }
}

/// A constant as a segment's value: null are rows without one. Nothing for what
/// is no value of a segment.
pub(super) fn segment_value(value: &Value) -> Option<Option<String>> {
    match value.literal()? {
        Literal::Null => Some(None),
        Literal::Bool(bool) => Some(Some(bool.to_string())),
        Literal::Number(number) => Some(Some(decimal_text(number))),
        Literal::Text(text) => Some(Some(text.to_string())),
        Literal::Step(_) => None,
    }
}

fn decimal_text(number: Decimal) -> String {
    number.normalize().to_string()
}
