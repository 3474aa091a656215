//! What is said of scripts that are wrong: `wrong.txt` beside this file.
//!
//! A case is a script, a line `=>`, and the diagnostics it gets. With `UPDATE=1`
//! in the environment the answers are written anew, for review.

use std::fmt::Write as _;
use std::path::Path;

use crate::loading::{loaded, shown};

#[test]
fn wrong_scripts_get_helpful_answers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language/wrong.txt");
    let text = std::fs::read_to_string(&path).expect("the cases");
    let mut answers = String::new();
    let mut failed = Vec::new();
    for case in text.split("\n\n\n") {
        let (script, expected) = case.trim_end().split_once("\n=>").unwrap_or((case, ""));
        // A heading is no part of the script.
        let body: String =
            script.lines().filter(|line| !line.starts_with("## ")).map(|line| format!("{line}\n")).collect();
        let got = shown(&loaded(body.trim_matches('\n')).diagnostics).replace(" | ", "\n   ");
        if got.trim() != expected.trim() {
            failed.push(format!("{script}\nexpected:\n{}\ngot:\n{got}\n", expected.trim()));
        }
        let separator = if answers.is_empty() { "" } else { "\n\n\n" };
        let _ = write!(answers, "{separator}{}\n=>\n{got}", script.trim_matches('\n'));
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, answers + "\n").expect("the cases are written");
    } else {
        assert!(failed.is_empty(), "{} wrong answers:\n{}", failed.len(), failed.join("\n"));
    }
}
