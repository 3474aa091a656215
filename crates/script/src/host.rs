//! What the engine's functions know of the load they belong to: the files, the
//! tables, the parameters, and what has been declared so far.
//!
//! It travels as the engine's tag, so the functions of the language are plain
//! functions and nothing is global.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::Literal;
use goalpost_core::name::{ParamName, TableName};
use goalpost_core::source::{At, Span};
use rhai::{AST, Dynamic, Engine, EvalAltResult, NativeCallContext, ParseError, Position, Scope};

use crate::declare::open_case::OpenCase;
use crate::file::File;
use crate::limits::Limits;

/// The result of a function of the language.
pub(crate) type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Everything that the functions of the language share during a load.
pub(crate) struct Host {
    /// All files, by the number that Rhai knows them by.
    pub(crate) files: Vec<File>,
    /// The tables that scripts can name.
    pub(crate) tables: BTreeSet<TableName>,
    /// The values set for parameters.
    pub(crate) params: BTreeMap<ParamName, (Literal, At)>,
    /// The limits.
    pub(crate) limits: Limits,
    deadline: Deadline,
    state: Mutex<State>,
}

/// Findings of a load that are kept.
const MOST_FOUND: usize = 1_000;

/// A finding by its code, words and place.
pub(crate) type Told = (Code, String, Option<(String, u32, u32)>);

/// What changes during a load.
#[derive(Default)]
pub(crate) struct State {
    /// What has been declared.
    pub(crate) definitions: Definitions,
    /// What was found.
    pub(crate) found: HashSet<Told>,
    /// Findings beyond those that are kept.
    pub(crate) left_out: usize,
    /// The test whose body is running.
    pub(crate) case: Option<OpenCase>,
    /// Names that have no value because their statement failed, in the file
    /// that is running.
    pub(crate) broken: BTreeSet<String>,
    /// How many imports are being loaded, whose declarations do not count: a
    /// file of the layer is loaded on its own as well.
    pub(crate) importing: usize,
    /// Whether the load is over: functions may still run, but declare nothing.
    pub(crate) closed: bool,
    /// The engine, for functions that are called after the load.
    pub(crate) engine: Arc<OnceLock<Arc<Engine>>>,
    /// The layer of the file that is running.
    pub(crate) layer: Option<Layer>,
    /// The place of the statement that is running, for functions whose own
    /// place Rhai does not tell.
    pub(crate) statement: Option<Span>,
}

/// When the running script has to be done.
struct Deadline {
    start: Instant,
    millis: AtomicU64,
}

/// A diagnostic on its way up through Rhai.
#[derive(Clone, Debug)]
pub(crate) enum Raised {
    /// To be reported.
    New(Diagnostic),
    /// Follows from what is reported already.
    Known,
    /// A division by zero: undefined in a function of a metric, an error elsewhere.
    DividedByZero(Diagnostic),
}

/// Wraps a diagnostic for Rhai.
pub(crate) fn raise(diagnostic: Diagnostic) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(Raised::New(diagnostic)), Position::NONE))
}

/// A division by zero.
pub(crate) fn divided_by_zero(diagnostic: Diagnostic) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(Raised::DividedByZero(diagnostic)), Position::NONE))
}

/// Stops a statement whose problem is reported already.
pub(crate) fn known() -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(Raised::Known), Position::NONE))
}

impl Host {
    /// Reads the text of a file into Rhai's form.
    pub(crate) fn compile(&self, engine: &Engine, index: usize, text: &str) -> Result<AST, ParseError> {
        let mut names = Scope::new();
        for table in &self.tables {
            names.push_constant(table.as_str(), ());
        }
        for name in ["metrics", "period"] {
            names.push_constant(name, ());
        }
        for name in &self.state().broken {
            names.push_constant(name.as_str(), ());
        }
        let mut ast = engine.compile_with_scope(&names, text)?;
        ast.set_source(index.to_string());
        Ok(ast)
    }

    /// A host for a load.
    pub(crate) fn new(
        files: Vec<File>,
        tables: BTreeSet<TableName>,
        params: BTreeMap<ParamName, (Literal, At)>,
        limits: Limits,
    ) -> Self {
        Self {
            files,
            tables,
            params,
            limits,
            deadline: Deadline { start: Instant::now(), millis: AtomicU64::new(u64::MAX) },
            state: Mutex::default(),
        }
    }

    /// What changes; never held while a script runs.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a finding. A loop finds the same problem again and again, and a
    /// script that a machine wrote one after the other.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        let mut state = self.state();
        let place = diagnostic.at.as_ref().map(|at| (at.file.name.clone(), at.line, at.column));
        if !state.found.insert((diagnostic.code, diagnostic.message.clone(), place)) {
            return;
        }
        if state.definitions.diagnostics.len() < MOST_FOUND {
            state.definitions.diagnostics.push(diagnostic);
        } else {
            state.left_out += 1;
        }
    }

    /// Gives the script that starts now its time.
    pub(crate) fn start_clock(&self) {
        let end = self.deadline.start.elapsed() + self.limits.wall_time;
        self.deadline.millis.store(millis(end), Ordering::Relaxed);
    }

    /// Whether the running script's time is over.
    pub(crate) fn is_late(&self) -> bool {
        millis(self.deadline.start.elapsed()) > self.deadline.millis.load(Ordering::Relaxed)
    }

    /// Whether variables of the running file may not have the name of a table.
    /// Scripts of other layers do not know the project's tables, so theirs may.
    pub(crate) fn reserves_tables(&self) -> bool {
        !matches!(self.state().layer, Some(Layer::BuiltIn | Layer::Pack(..)))
    }

    /// The file that Rhai knows by this name.
    pub(crate) fn file(&self, source: Option<&str>) -> Option<&File> {
        self.files.get(source?.parse::<usize>().ok()?)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A call of one of the language's functions: who called, and where.
pub(crate) struct Call {
    /// The load.
    pub(crate) host: Arc<Host>,
    /// The place.
    pub(crate) at: At,
    /// The number of the file it is in.
    source: Option<String>,
}

impl Call {
    /// The call that a function of the language is in.
    pub(crate) fn of(context: &NativeCallContext) -> Self {
        let host = context
            .tag()
            .and_then(|tag| tag.read_lock::<Arc<Host>>().map(|host| Arc::clone(&host)))
            .expect("the engine is made with its host as the tag");
        let source = context.call_source().map(str::to_owned);
        let position = context.call_position();
        let at = match host.file(source.as_deref()) {
            Some(file) if !position.is_none() => At::from(file.span(position)),
            _ => At(host.state().statement.clone()),
        };
        Self { host, at, source }
    }

    /// The file it is in.
    pub(crate) fn file(&self) -> Option<&File> {
        self.host.file(self.source.as_deref())
    }

    /// The layer it is in.
    pub(crate) fn layer(&self) -> Layer {
        self.file().map_or(Layer::Project, |file| file.layer.clone())
    }

    /// The place as a span, which every statement has.
    pub(crate) fn span(&self) -> Span {
        match (&self.at.0, self.file()) {
            (Some(span), _) => span.clone(),
            (None, Some(file)) => Span::whole(&file.source),
            (None, None) => Span::whole(&goalpost_core::source::SourceFile::new("", "")),
        }
    }

    /// The place of a key of the map given to this call, or of one inside it.
    pub(crate) fn key(&self, path: &[&str]) -> At {
        let found = self.at.span().and_then(|span| self.file()?.key_span(span, path));
        found.map_or_else(|| self.at.clone(), At::from)
    }

    /// Where a column is first written in the rows given to this call; the call
    /// itself where they are made elsewhere.
    pub(crate) fn cell(&self, column: &str) -> Span {
        let found = self.at.span().and_then(|span| self.file()?.cell_span(span, column));
        found.unwrap_or_else(|| self.span())
    }

    /// An error at this place.
    pub(crate) fn error(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.at.clone())
    }

    /// An error of types at this place.
    pub(crate) fn mismatch(&self, message: impl Into<String>) -> Diagnostic {
        self.error(Code::ScriptType, message)
    }
}
