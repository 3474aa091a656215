//! `goalpost cache`: what is kept from one run to the next, looked at, removed and
//! held against what is computed anew.

use std::path::Path;

use clap::{Args, Subcommand};
use goalpost_core::calendar::Grain;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::verdict::Strictness;
use goalpost_registry::check::{CheckRequest, check};
use goalpost_registry::kept::{Kept, Status};
use goalpost_registry::run::{RunRequest, run};

use super::run::{Wanted, metrics};
use super::{Answer, Asked, Named, ask_with};
use crate::diagnostics::has_errors;
use crate::escape::visible;
use crate::format::bytes;
use crate::load;
use crate::options::Question;
use crate::settings::{Keeping, Settings};

/// `goalpost cache`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CacheArgs {
    /// What to do with it.
    #[command(subcommand)]
    what: What,
}

/// What can be done with what is kept.
#[derive(Debug, Subcommand)]
enum What {
    /// Say where it is, and how large
    Status,
    /// Remove all of it; the next run computes everything anew
    Clear,
    /// Compute every metric by month and every goal anew, and compare
    Verify(Question),
}

const EXAMPLES: &str = "\
Examples:
  goalpost cache status                             where it is, and how large
  goalpost cache clear
  goalpost cache verify --as-of 2026-04-01          computes everything, and compares

Answers are kept in .goalpost/cache beside goalpost.toml, in the folder that GOALPOST_CACHE_DIR
names, or in `dir` of [cache] in goalpost.toml; --no-cache uses none.

Exit codes:
  0  what is kept is right
  3  a kept answer differs from the computed one";

/// Answers the command.
pub(crate) fn answer(args: &CacheArgs, settings: &Settings, problems: Vec<Diagnostic>) -> Answer {
    let mut problems = problems;
    let text = match &args.what {
        What::Status => kept(settings, &mut problems).map(|(kept, keeping)| status(&kept, &keeping)),
        What::Clear => {
            let found = kept(settings, &mut problems);
            found.and_then(|(kept, keeping)| clear(&kept, &keeping, &mut problems))
        }
        What::Verify(question) => verify(question, settings, &mut problems),
    };
    Answer::new(text.unwrap_or_default(), problems)
}

/// What is kept of the project; nothing where its configuration cannot be read.
fn kept(settings: &Settings, problems: &mut Vec<Diagnostic>) -> Option<(Kept, Keeping)> {
    let root = settings.find_project().map_err(|problem| problems.push(*problem)).ok()?;
    let config = load::read_config(&root).map_err(|found| problems.extend(found)).ok()?;
    let keeping = settings.keeping(&config.cache, &root);
    Some((Kept::new(keeping.options(settings)), keeping))
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

fn status(kept: &Kept, keeping: &Keeping) -> String {
    let Status { entries, bytes: size, damaged, .. } = kept.status();
    let most = bytes(keeping.max_size);
    let off = if keeping.is_on { "" } else { ", not in use" };
    let mut text = format!("folder   {}{off}\n", shown(&keeping.folder));
    text.push_str(&format!("entries  {entries}\n"));
    text.push_str(&format!("size     {} of at most {most}\n", bytes(size)));
    for (path, why) in damaged {
        text.push_str(&format!("damaged  {}: {why}\n", shown(&path)));
    }
    text
}

fn clear(kept: &Kept, keeping: &Keeping, problems: &mut Vec<Diagnostic>) -> Option<String> {
    match kept.clear() {
        Ok(removed) => Some(format!("{}: {} removed\n", shown(&keeping.folder), bytes(removed))),
        Err(error) => {
            let message = format!("`{}` could not be cleared: {error}", shown(&keeping.folder));
            problems.push(Diagnostic::error(Code::WriteFailed, message));
            None
        }
    }
}

/// Asks for every metric by month and every goal, as a run and a check would, with
/// every answer that is kept computed anew.
fn verify(question: &Question, settings: &Settings, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let kept = |keeping: Keeping| Kept::verifying(keeping.options(settings));
    let asked = ask_with(question, Named::Metrics(&[]), settings, problems, kept)?;
    let Asked { loaded, as_of, options } = asked;
    let project = &loaded.project;
    let wanted = Wanted { words: &[], by: &[], grain: Grain::Month };
    // What is said of metrics and goals is for a run and a check to say.
    let mut unsaid = Vec::new();
    let metrics = metrics(&wanted, &project.catalogue, settings, &mut unsaid).unwrap_or_default();
    let (from, to, last, by) = (None, None, None, Vec::new());
    let request = RunRequest { metrics, grain: Grain::Month, from, to, last, by, as_of };
    run(project, &request, &options).map_err(|found| problems.extend(found)).ok()?;
    let goals = project.catalogue.goals().iter().map(|entry| entry.goal.name.clone()).collect();
    let request = CheckRequest { goals, as_of, strictness: Strictness::Lenient };
    check(project, &request, &options).map_err(|found| problems.extend(found)).ok()?;
    let Status { compared, differing, .. } = settings.kept().status();
    problems.extend(
        differing
            .iter()
            .map(|reading| Diagnostic::defect(format!("a kept answer is not what is computed: {reading}"))),
    );
    (!has_errors(problems)).then(|| match compared {
        0 => "nothing is kept that these questions ask for\n".to_owned(),
        1 => "1 kept answer was computed anew: it is the same\n".to_owned(),
        many => format!("{many} kept answers were computed anew: they are the same\n"),
    })
}
