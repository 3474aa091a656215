//! The commands: each says what it takes, and turns what was asked into an [`Answer`].
//!
//! A command prints nothing and exits nowhere, so that all of them deliver
//! their results and their exit codes by the same rules.

pub(crate) mod cache;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod explain;
pub(crate) mod goals;
pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod run;
pub(crate) mod test;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;
use goalpost_core::calendar::{AsOf, Calendar};
use goalpost_core::config::Config;
use goalpost_core::diagnostic::{Code, Diagnostic, Severity};
use goalpost_core::source::At;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::EngineOptions;
use goalpost_registry::catalogue::GoalFilter;
use goalpost_registry::kept::Kept;

use self::cache::CacheArgs;
use self::check::CheckArgs;
use self::compare::CompareArgs;
use self::demo::DemoArgs;
use self::docs::DocsArgs;
use self::explain::ExplainArgs;
use self::goals::GoalsArgs;
use self::lint::LintArgs;
use self::list::ListArgs;
use self::run::RunArgs;
use self::test::TestArgs;
use crate::allocator;
use crate::load::{self, Loaded, Tests};
use crate::options::{Params, Question};
use crate::output::Reserved;
use crate::settings::{Keeping, Settings};
use crate::{clock, diagnostics, question};

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compute metrics by period and segment
    Run(RunArgs),
    /// Judge goals; fails when one is missed
    Check(CheckArgs),
    /// Compare metrics before and after a date, and say how sure one can be
    Compare(CompareArgs),
    /// List metrics, goals or tables, and what is missing for them
    List(ListArgs),
    /// Find what is wrong with goals, without computing anything
    Lint(LintArgs),
    /// List goals, or review how Specific, Measurable, Achievable, Relevant and Timely they are
    Goals(GoalsArgs),
    /// Say what a metric means and how it is computed
    Explain(ExplainArgs),
    /// Run the tests that scripts declare
    Test(TestArgs),
    /// Write the catalogue of metrics as Markdown
    Docs(DocsArgs),
    /// Write a complete, realistic example project
    Demo(DemoArgs),
    /// Look after what is kept from one run to the next
    Cache(CacheArgs),
}

/// What a command leaves behind.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The result.
    pub(crate) text: String,
    /// The file that it goes to; standard output otherwise.
    pub(crate) destination: Option<PathBuf>,
    /// What goes to further files.
    pub(crate) more: Vec<Output>,
    /// What was found on the way.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What the result alone means; errors come before it.
    pub(crate) exit: ExitCode,
}

/// A text and the file that it goes to.
#[derive(Debug)]
pub(crate) struct Output {
    /// The file.
    pub(crate) file: Reserved,
    /// What it will hold.
    pub(crate) text: String,
}

impl Answer {
    /// A result that means success unless there are errors.
    fn new(text: String, diagnostics: Vec<Diagnostic>) -> Self {
        Self { text, destination: None, more: Vec::new(), diagnostics, exit: ExitCode::Success }
    }

    /// The code to exit with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        exit_code(&self.diagnostics, self.exit)
    }
}

/// Errors come before what the result means.
fn exit_code(found: &[Diagnostic], result: ExitCode) -> ExitCode {
    diagnostics::exit_code(found).unwrap_or(result)
}

/// Answers a command; `problems` are those of the options of every command.
pub(crate) fn answer(command: &Command, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut answer = match command {
        Command::Run(args) => run::answer(args, settings, problems),
        Command::Check(args) => check::answer(args, settings, problems),
        Command::Compare(args) => compare::answer(args, settings, problems),
        Command::List(args) => list::answer(args, settings, problems),
        Command::Lint(args) => lint::answer(args, settings, problems),
        Command::Goals(args) => goals::answer(args, settings, problems),
        Command::Explain(args) => explain::answer(args, settings, problems),
        Command::Test(args) => test::answer(args, settings, problems),
        Command::Docs(args) => docs::answer(args, settings, problems),
        Command::Demo(args) => demo::answer(args, settings, problems),
        Command::Cache(args) => cache::answer(args, settings, problems),
    };
    // Nobody's figures depend on it, so it is said and no more.
    answer.diagnostics.extend(settings.kept().write(clock::time()).err().map(not_kept));
    answer
}

fn not_kept(why: String) -> Diagnostic {
    Diagnostic::note(Code::CacheUnwritable, format!("nothing is kept for the next run: {why}"))
        .help("name a folder that can be written to with GOALPOST_CACHE_DIR, or use --no-cache")
}

/// A project with the moment that is asked about.
struct Asked {
    loaded: Loaded,
    as_of: AsOf,
    options: EngineOptions,
}

/// The names and patterns that a question is about.
enum Named<'a> {
    Goals(&'a [String]),
    Narrowed(&'a [String], &'a GoalFilter),
    Metrics(&'a [String]),
}

impl Named<'_> {
    /// What is said of those that do not exist.
    fn unknown(&self, loaded: &Loaded, settings: &Settings) -> Vec<Diagnostic> {
        let catalogue = &loaded.project.catalogue;
        let mut found = Vec::new();
        match self {
            Self::Goals(words) => {
                select(words, settings, &mut found, |words| catalogue.select_goals(words));
            }
            Self::Narrowed(words, filter) => {
                let goals = select(words, settings, &mut found, |words| catalogue.select_goals(words));
                // Once no name is left, every value would be unknown as well.
                if found.is_empty() {
                    found.extend(catalogue.filter_goals(goals, filter).err().unwrap_or_default());
                }
            }
            Self::Metrics(words) => {
                select(words, settings, &mut found, |words| catalogue.select_metrics(words));
            }
        }
        found.retain(|problem| matches!(problem.code, Code::UnknownGoal | Code::UnknownMetric));
        found
    }
}

/// Loads the project that a question is asked of; nothing once there is an
/// error, because a figure from a broken project would be worse than none.
///
/// A name that does not exist is said beside data that cannot be read, too: the
/// one must not hide the other.
fn ask(
    question: &Question,
    named: Named<'_>,
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
) -> Option<Asked> {
    let kept = |keeping: Keeping| match keeping.is_on {
        true => Kept::new(keeping.options(settings)),
        false => Kept::none(),
    };
    ask_with(question, named, settings, problems, kept)
}

/// The same, with what is kept told apart.
fn ask_with(
    question: &Question,
    named: Named<'_>,
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
    kept: impl FnOnce(Keeping) -> Kept,
) -> Option<Asked> {
    let loaded = load_with(&question.params, settings, Tests::LeftOut, problems, kept);
    let calendar = loaded.as_ref().map_or_else(Calendar::default, |loaded| loaded.project.config.calendar);
    let as_of = question::as_of(question.as_of.as_ref(), &calendar, &settings.line, problems);
    let mut errors = problems.iter().filter(|problem| problem.severity == Severity::Error).peekable();
    if errors.peek().is_some() && errors.all(|problem| problem.code.is_data()) {
        let unknown = loaded.as_ref().map_or_else(Vec::new, |loaded| named.unknown(loaded, settings));
        problems.extend(unknown);
    }
    let loaded = loaded.filter(|_| !diagnostics::has_errors(problems))?;
    let options = engine_options(&loaded, settings);
    Some(Asked { loaded, as_of, options })
}

/// Loads the project as far as it can be loaded.
fn load(
    params: &Params,
    settings: &Settings,
    tests: Tests,
    problems: &mut Vec<Diagnostic>,
) -> Option<Loaded> {
    load_with(params, settings, tests, problems, |_| Kept::none())
}

/// The same, with what earlier runs have found out.
fn load_with(
    params: &Params,
    settings: &Settings,
    tests: Tests,
    problems: &mut Vec<Diagnostic>,
    kept: impl FnOnce(Keeping) -> Kept,
) -> Option<Loaded> {
    let params = question::params(params, &settings.line, problems);
    let root = settings.find_project().map_err(|problem| problems.push(*problem)).ok()?;
    let keep = |config: &Config| settings.keep(kept(settings.keeping(&config.cache, &root)));
    load::project(&root, params, tests, keep, problems)
}

fn engine_options(loaded: &Loaded, settings: &Settings) -> EngineOptions {
    let memory_limit = settings.memory_limit.unwrap_or(loaded.project.config.memory_limit);
    allocator::suit(memory_limit);
    EngineOptions {
        threads: settings.threads,
        memory_limit,
        progress: Arc::clone(&settings.progress),
        ..EngineOptions::default()
    }
}

/// Selects by the names and patterns of the command line, and says of each
/// that selects nothing where it stands.
fn select<T>(
    words: &[String],
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
    select: impl Fn(&[String]) -> Result<Vec<T>, Vec<Diagnostic>>,
) -> Vec<T> {
    select(words).unwrap_or_else(|_| {
        for word in words {
            let found = select(std::slice::from_ref(word)).err().unwrap_or_default();
            problems.extend(found.into_iter().map(|problem| match problem.at {
                Some(_) => problem,
                None => problem.at(At(settings.line.word(word))),
            }));
        }
        Vec::new()
    })
}
