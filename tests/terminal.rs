//! What a person sees at a terminal while work goes on, and that nobody else sees it.
//!
//! The terminal is made by `script` of util-linux; where that is absent, nothing
//! can be seen and the tests say so.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The beginning of a blank line, where the cursor is after a line was taken back.
const ERASE: &str = "\r\u{1b}[2K";

fn project() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terminal");
    let _ = std::fs::remove_dir_all(&folder);
    let demo = Command::new(env!("CARGO_BIN_EXE_goalpost"))
        .args(["demo", "--deals", "10000"])
        .arg(&folder)
        .stdout(Stdio::null())
        .status()
        .expect("goalpost runs");
    assert!(demo.success());
    folder
}

/// What a run of the whole catalogue, which takes more than a second, writes to
/// a terminal; its result goes to a file.
fn seen(project: &Path, name: &str, options: &str, variable: Option<(&str, &str)>) -> Option<String> {
    let result = project.join(name);
    let run = format!(
        "'{}' run -C '{}' --as-of 2026-07-01 -o '{}' {options}",
        env!("CARGO_BIN_EXE_goalpost"),
        project.display(),
        result.display()
    );
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &run, "/dev/null"])
        .env_remove("CI")
        .env("TERM", "xterm")
        .envs(variable)
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else {
        skipped("`script` is not there");
        return None;
    };
    let seen = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{seen}");
    assert!(std::fs::read_to_string(result).expect("a result").contains("close_rate"));
    Some(seen)
}

#[expect(clippy::print_stderr, reason = "what a test does not hold here has to be said")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

#[test]
fn progress_is_shown_where_somebody_looks_and_gone_when_done() {
    let project = project();
    let (shown, others) = std::thread::scope(|scope| {
        let shown = scope.spawn(|| seen(&project, "shown", "", None));
        let quiet = scope.spawn(|| seen(&project, "quiet", "--quiet", None));
        let server = scope.spawn(|| seen(&project, "server", "", Some(("CI", "true"))));
        let dumb = scope.spawn(|| seen(&project, "dumb", "", Some(("TERM", "dumb"))));
        (shown.join().expect("a run"), [quiet, server, dumb].map(|run| run.join().expect("a run")))
    });
    let Some(shown) = shown else { return };
    let lines: Vec<&str> = shown.split(ERASE).collect();
    for doing in ["reading ", "computing "] {
        assert!(lines.iter().any(|line| line.starts_with(doing) && line.ends_with(" %")), "{shown}");
    }
    assert!(lines.iter().any(|line| line.contains(" rows, ")), "{shown}");
    // Each stands alone on its line, which is blank at the end.
    let last = lines.last().expect("something");
    assert!(!last.contains("computing ") && !last.contains("reading "), "{last}");
    assert!(lines[1..lines.len() - 1].iter().all(|line| !line.contains('\n')), "{shown}");
    for other in others.into_iter().flatten() {
        assert!(!other.contains(ERASE) && !other.contains("computing "), "{other}");
    }
}
