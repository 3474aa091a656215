//! A script's function as the engine of metrics calls it: with a record of
//! parts, without knowing the language, and without memory between calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use goalpost_core::Decimal;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::measure::{MetricFunction, PartContent, PartValue};
use goalpost_core::outcome::Outcome;
use goalpost_core::source::At;
#[expect(deprecated, reason = "Rhai calls the way to keep a context volatile, and has no other")]
use rhai::NativeCallContextStore;
use rhai::{Dynamic, Engine, FnPtr, NativeCallContext};

use crate::errors;
use crate::host::{Call, Fallible, Host, raise};
use crate::value::{Value, number};

/// The parts of a function, by name. A misspelt field is an error, where a map
/// would give nothing.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    fields: Arc<BTreeMap<String, Dynamic>>,
    /// The fields that were looked at, where somebody wants to know.
    looked_at: Option<LookedAt>,
}

/// Names of fields.
pub(crate) type LookedAt = Arc<Mutex<BTreeSet<String>>>;

/// A function of a script, with what is needed to call it after the load.
pub(crate) struct ScriptFunction {
    engine: Arc<OnceLock<Arc<Engine>>>,
    host: Arc<Host>,
    #[expect(deprecated, reason = "Rhai calls the way to keep a context volatile, and has no other")]
    context: NativeCallContextStore,
    function: FnPtr,
    at: At,
}

impl fmt::Debug for ScriptFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScriptFunction({:?})", self.at)
    }
}

pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Record>("record");
    engine.register_indexer_get(|context: NativeCallContext, record: &mut Record, name: Dynamic| {
        field(&Call::of(&context), record, &Value::of(name))
    });
}

fn field(call: &Call, record: &Record, name: &Value) -> Fallible<Dynamic> {
    let Value::Text(name) = name else {
        return Err(raise(call.mismatch(format!("the name of a part is {}", name.kind()))));
    };
    match record.fields.get(&**name) {
        Some(value) => {
            if let Some(mut looked_at) = record.looked_at.as_ref().and_then(|names| names.lock().ok()) {
                looked_at.insert(name.to_string());
            }
            Ok(value.clone())
        }
        None => Err(raise(
            call.error(Code::UnknownKey, format!("no part is called `{name}`"))
                .help(did_you_mean(name, record.fields.keys().map(String::as_str))),
        )),
    }
}

impl Record {
    pub(crate) fn of<'a>(fields: impl IntoIterator<Item = (&'a str, Dynamic)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { fields: Arc::new(fields), looked_at: None }
    }

    /// The same, noting which of its fields are looked at.
    pub(crate) fn watched(self, looked_at: &LookedAt) -> Self {
        Self { looked_at: Some(Arc::clone(looked_at)), ..self }
    }
}

/// Digits of a function's result that its own arithmetic leaves alone; it is done
/// in 28.
const SURE_DIGITS: u32 = 24;

/// How a call of a function ended without a value.
pub(crate) enum Unanswered {
    /// It has no value, and says why.
    Undefined(String),
    /// It is wrong.
    Failed(Box<Diagnostic>),
}

/// A part as a script sees it: a number, or a list of `{ key, value, n }`.
pub(crate) fn content(content: &PartContent) -> Dynamic {
    match content {
        PartContent::Value(value) => number::dynamic(*value),
        PartContent::Segments(segments) => {
            let records = segments.iter().map(|segment| {
                let key = segment.key.as_ref().map_or(Dynamic::UNIT, |key| Dynamic::from(key.clone()));
                let n = number::dynamic(Decimal::from(segment.n));
                Dynamic::from(Record::of([("key", key), ("value", number::dynamic(segment.value)), ("n", n)]))
            });
            Dynamic::from_array(records.collect())
        }
    }
}

/// A function whose captured variables are its own: what a call changes in
/// them is gone with the call.
pub(crate) fn without_memory(function: &FnPtr) -> FnPtr {
    let mut function = function.clone();
    for captured in function.iter_curry_mut() {
        *captured = captured.flatten_clone();
    }
    function
}

impl ScriptFunction {
    /// A function found in a declaration.
    #[expect(deprecated, reason = "Rhai calls the way to keep a context volatile, and has no other")]
    pub(crate) fn new(context: &NativeCallContext, function: FnPtr, at: At) -> Self {
        let call = Call::of(context);
        let engine = Arc::clone(&call.host.state().engine);
        let function = without_memory(&function);
        Self { engine, host: call.host, context: context.store_data(), function, at }
    }

    /// Calls the function with its record; nothing that a call changes is kept.
    #[expect(deprecated, reason = "Rhai calls the way to keep a context volatile, and has no other")]
    pub(crate) fn run(&self, record: Record) -> Result<Value, Unanswered> {
        let Some(engine) = self.engine.get() else {
            return Err(Unanswered::Failed(
                self.failed("the function was called while its script was still loading", "call it later"),
            ));
        };
        let context = self.context.create_context(engine);
        self.host.start_clock();
        let result: Fallible<Dynamic> =
            without_memory(&self.function).call_within_context(&context, (record,));
        match result {
            Ok(value) => match Value::of(value) {
                Value::Undefined(undefined) => Err(Unanswered::Undefined(undefined.0)),
                value => Ok(value),
            },
            Err(error) => Err(match errors::of_function(&self.host, &self.at, &error) {
                errors::Failure::Undefined(why) => Unanswered::Undefined(why),
                errors::Failure::Error(problem) => Unanswered::Failed(Box::new(problem)),
            }),
        }
    }

    pub(crate) fn failed(&self, message: impl Into<String>, help: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(Code::FunctionFailed, message).at(self.at.clone()).help(help))
    }
}

impl MetricFunction for ScriptFunction {
    fn call(&self, parts: &[PartValue]) -> Result<Outcome, Box<Diagnostic>> {
        let record = Record::of(parts.iter().map(|part| (part.name.as_str(), content(&part.content))));
        match self.run(record) {
            // A script's quotients end somewhere: a third three times is a whole.
            Ok(Value::Number(number)) => Ok(Outcome::of(number.round_sf(SURE_DIGITS).unwrap_or(number))),
            Ok(Value::Null) => Err(self.failed(
                "the function returned nothing",
                "end it with the value, without a semicolon, or with undefined(\"why\")",
            )),
            Ok(other) => Err(self.failed(
                format!("the function returned {}, not a number", other.kind()),
                "return a number, or undefined(\"why\")",
            )),
            Err(Unanswered::Undefined(why)) => Ok(Outcome::Undefined(why)),
            Err(Unanswered::Failed(problem)) => Err(problem),
        }
    }
}
