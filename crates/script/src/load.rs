//! Loading: every file of every layer, statement by statement, so that one
//! mistake does not hide the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::expr::Literal;
use goalpost_core::name::{ParamName, TableName};
use goalpost_core::source::{At, SourceFile, Span};
use rhai::{AST, ASTFlags, ASTNode, Dynamic, Engine, EvalAltResult, ParseError, ParseErrorType, Scope, Stmt};

use crate::engine::engine;
use crate::errors;
use crate::file::File;
use crate::hints;
use crate::host::Host;
use crate::limits::Limits;
use crate::names;
use crate::text::{statements, tokens};

/// What is loaded, and what scripts may know.
#[derive(Clone, Debug, Default)]
pub struct Scripts {
    /// The layers, earlier ones first, each with its files.
    pub layers: Vec<(Layer, Vec<Arc<SourceFile>>)>,
    /// The tables that scripts can name: the project's and the canonical ones.
    pub tables: BTreeSet<TableName>,
    /// Values of parameters, with the place they were set.
    pub params: BTreeMap<ParamName, (Literal, At)>,
    /// What scripts may use.
    pub limits: Limits,
}

/// The stack of the loading thread: unoptimised builds of Rhai need much of it.
const STACK: usize = 128 << 20;

/// Lines of a script, and columns of a line.
const LONGEST: usize = 60_000;

/// Statements of a file that cannot be read before it is given up.
const MOST_PROBLEMS: usize = 50;

/// Loads all scripts. It never fails: problems are in the result's diagnostics,
/// in the order of the files. The same scripts give the same definitions.
pub fn load(scripts: &Scripts) -> Definitions {
    let loaded = thread::scope(|scope| {
        let loader = thread::Builder::new().name("scripts".to_owned()).stack_size(STACK);
        match loader.spawn_scoped(scope, || load_all(scripts)) {
            Ok(thread) => thread.join().ok(),
            Err(_) => Some(load_all(scripts)),
        }
    });
    loaded.unwrap_or_else(|| {
        let problem = Diagnostic::error(
            Code::ScriptError,
            "a script could not be loaded because of a defect of goalpost",
        )
        .help("please report it with the script");
        Definitions { diagnostics: vec![problem], ..Definitions::default() }
    })
}

fn load_all(scripts: &Scripts) -> Definitions {
    let files: Vec<File> = scripts
        .layers
        .iter()
        .flat_map(|(layer, files)| files.iter().map(move |file| File::new(file, layer)))
        .collect();
    let host = Host::new(files, scripts.tables.clone(), scripts.params.clone(), scripts.limits);
    let host = Arc::new(host);
    let engine = Arc::new(engine(&host));
    for index in 0..host.files.len() {
        load_file(&engine, &host, index);
    }
    check_params(&host);
    let mut state = host.state();
    state.closed = true;
    state.broken.clear();
    // The functions of metrics hold this slot; the host lets go of it, or
    // engine and host would keep each other alive for ever.
    let slot = std::mem::take(&mut state.engine);
    let mut definitions = std::mem::take(&mut state.definitions);
    if state.left_out > 0 {
        let message = format!("and {} more problems of scripts", state.left_out);
        definitions.diagnostics.push(Diagnostic::note(Code::ScriptLimit, message));
    }
    state.found.clear();
    drop(state);
    let has_functions = Arc::strong_count(&slot) > 1;
    if has_functions {
        // The slot was made for this load and is filled once.
        let _ = slot.set(engine);
    }
    definitions
}

fn load_file(engine: &Engine, host: &Arc<Host>, index: usize) {
    let file = &host.files[index];
    {
        let mut state = host.state();
        state.broken.clear();
        state.layer = Some(file.layer.clone());
        state.statement = None;
    }
    let before = host.state().definitions.diagnostics.len();
    host.start_clock();
    if is_too_long(&file.source.text) {
        host.report(
            Diagnostic::error(Code::ScriptLimit, format!("a script has at most {LONGEST} lines and columns"))
                .at(Span::whole(&file.source)),
        );
    } else if let Some(ast) = readable(engine, host, index) {
        run(engine, host, file, &ast, index);
    }
    let mut state = host.state();
    let found = state.definitions.diagnostics.get_mut(before..).unwrap_or_default();
    found.sort_by_key(|problem| problem.at.as_ref().map(|at| (at.line, at.column)));
}

/// Rhai counts lines and columns up to 65,535 and then stands still.
fn is_too_long(text: &str) -> bool {
    text.len() > LONGEST
        && (text.lines().count() > LONGEST || text.lines().any(|line| line.chars().count() > LONGEST))
}

/// What of a file can be read; statements that cannot are reported and left out.
fn readable(engine: &Engine, host: &Host, index: usize) -> Option<AST> {
    let file = &host.files[index];
    let whole = &file.rewritten.text;
    let statements = statements::split(whole, &tokens::scan(whole));
    // Reading a variable takes the longer the more there are before it.
    let variables: usize = statements.iter().map(|statement| statement.declares.len()).sum();
    if variables > host.limits.variables {
        let message =
            format!("a script has at most {} variables, and this one {variables}", host.limits.variables);
        host.report(
            Diagnostic::error(Code::ScriptLimit, message)
                .at(Span::whole(&file.source))
                .help("keep many values of one kind in a list or a map"),
        );
        return None;
    }
    let mut text = whole.clone();
    let mut left_out = BTreeSet::new();
    loop {
        if host.is_late() || left_out.len() > MOST_PROBLEMS {
            host.report(
                Diagnostic::error(Code::ScriptLimit, "this file has too many problems to list them all")
                    .at(Span::whole(&file.source)),
            );
            return None;
        }
        let ParseError(problem, position) = match host.compile(engine, index, &text) {
            Ok(ast) => return Some(ast),
            Err(error) => error,
        };
        if let ParseErrorType::VariableUndefined(name) = &*problem
            && host.state().broken.insert(name.clone())
        {
            host.report(names::unknown(host, file, name, position));
            continue;
        }
        let problem = hints::parse_problem(host, file, &problem, position);
        // A word that is not known may be why the text cannot be read.
        if !host.state().definitions.diagnostics.iter().any(|known| known.at == problem.at) {
            host.report(problem);
        }
        let at = offset(whole, position.line(), position.position());
        let found = statements.iter().position(|statement| at < statement.range.end);
        let statement = found.or_else(|| statements.len().checked_sub(1))?;
        if !left_out.insert(statement) {
            return None;
        }
        text = statements::blanked(whole, left_out.iter().map(|index: &usize| &statements[*index].range));
        host.state().broken.extend(statements[statement].declares.iter().cloned());
    }
}

/// The byte offset of a position in a text.
fn offset(text: &str, line: Option<usize>, column: Option<usize>) -> usize {
    let Some(line) = line else { return text.len() };
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &text[start.min(text.len())..];
    let column = column.unwrap_or(1).saturating_sub(1);
    start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

fn run(engine: &Engine, host: &Host, file: &File, ast: &AST, index: usize) {
    let mut scope = Scope::new();
    let mut imports: Vec<Stmt> = Vec::new();
    for statement in ast.statements() {
        let span = file.span(statement.position());
        host.state().statement = Some(span);
        if let Some(position) = top_level_return(statement) {
            host.report(
                Diagnostic::error(Code::ScriptSyntax, "`return` outside of a function")
                    .at(file.span(position))
                    .help("leave it out; the whole file is read"),
            );
            continue;
        }
        let before = scope.len();
        let one = imports.iter().chain([statement]).cloned();
        let one = AST::new_with_source(one, ast.shared_lib().clone(), index.to_string());
        let result = engine.eval_ast_with_scope::<Dynamic>(&mut scope, &one);
        let Err(error) = result else {
            if matches!(statement, Stmt::Import(..)) {
                imports.push(statement.clone());
            }
            continue;
        };
        if let Some(problem) = errors::of_statement(host, file, &error) {
            host.report(problem);
        }
        host.state().case = None;
        scope.rewind(before);
        // No further variable would have a place either.
        if matches!(*error, EvalAltResult::ErrorTooManyVariables(..)) {
            return;
        }
        match statement {
            // Rhai counts variables from the end of the scope, so each has to
            // be there, with a value or without.
            Stmt::Var(definition, ..) => {
                let name = definition.0.name.as_str();
                host.state().broken.insert(name.to_owned());
                scope.push(name, ());
            }
            // What is missing here would be missed everywhere below.
            Stmt::Import(..) => return,
            _ if matches!(*error, EvalAltResult::ErrorTerminated(..)) => return,
            _ => {}
        }
        if host.is_late() {
            return;
        }
    }
}

/// A `return` that is in no function would silently end the statement.
fn top_level_return(statement: &Stmt) -> Option<rhai::Position> {
    let mut found = None;
    statement.walk(&mut Vec::new(), &mut |path: &[ASTNode]| {
        if let Some(ASTNode::Stmt(Stmt::Return(_, flags, position))) = path.last()
            && !flags.contains(ASTFlags::BREAK)
        {
            found = Some(*position);
        }
        found.is_none()
    });
    found
}

/// Parameters that are set, by the project or a test, must be declared.
fn check_params(host: &Host) {
    let state = host.state();
    let declared: Vec<ParamName> = state.definitions.params.iter().map(|param| param.name.clone()).collect();
    let of_cases: Vec<(ParamName, At)> = state
        .definitions
        .cases
        .iter()
        .flat_map(|case| case.params.iter().map(|(name, _)| (name.clone(), At::from(case.at.clone()))))
        .collect();
    let failed = !state.definitions.diagnostics.is_empty();
    drop(state);
    let set = host.params.iter().map(|(name, (_, at))| (name.clone(), at.clone()));
    for (name, at) in set.chain(of_cases) {
        // A statement that failed may have been the one that declares it.
        let is_written = || host.files.iter().any(|file| file.source.text.contains(&format!("\"{name}\"")));
        if declared.contains(&name) || failed && is_written() {
            continue;
        }
        let known = declared.iter().map(ParamName::as_str);
        host.report(
            Diagnostic::error(Code::UnknownParam, format!("no script declares a parameter `{name}`"))
                .at(at)
                .help(did_you_mean(name.as_str(), known)),
        );
    }
}
