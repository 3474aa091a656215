//! Runs the literate cases of `tests/suite/`: each is a page with data,
//! scripts, commands and what they print. `tests/suite/README.md` says how to
//! write one; nothing here knows what is tested.
//!
//! `GOALPOST_SUITE=fill cargo test --test suite` writes what the commands
//! print into the pages, for review.

mod harness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = root();
    let pages = pages(&root.join("tests/suite"));
    let mut trials: Vec<Trial> = pages.iter().map(|page| trial(&root, page)).collect();
    trials.push(Trial::test("every diagnostic code has a case", {
        let pages = pages.clone();
        move || harness::coverage::codes(&pages).map_err(Failed::from)
    }));
    trials.push(Trial::test("every JSON schema has a case", {
        let root = root.clone();
        move || harness::coverage::schemas(&root, &pages).map_err(Failed::from)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A page as a test, called `topic/name`.
fn trial(root: &Path, page: &Path) -> Trial {
    let name = page.strip_prefix(root.join("tests/suite")).unwrap_or(page).with_extension("");
    let (root, page) = (root.to_owned(), page.to_owned());
    Trial::test(name.to_string_lossy().replace('\\', "/"), move || {
        harness::run(&root, &page).map_err(Failed::from)
    })
}

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// All pages of all topics, by name.
fn pages(suite: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for topic in harness::listed(suite).into_iter().filter(|path| path.is_dir()) {
        pages.extend(
            harness::listed(&topic).into_iter().filter(|path| path.extension().is_some_and(|e| e == "md")),
        );
    }
    pages
}
