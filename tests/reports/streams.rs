//! Streams that a CI job closes or fills: a result that nobody can have read is a
//! failure of its own, never a missed goal and never a gate that passes.

use std::path::Path;
use std::process::Command;

/// The exit code and the notices of a command line, run by a shell in the example.
fn shell(line: &str) -> (Option<i32>, String) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    let line = line.replace("goalpost", env!("CARGO_BIN_EXE_goalpost"));
    let run = Command::new("sh").args(["-c", &line]).current_dir(example).output().expect("a shell");
    (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
}

#[test]
fn a_closed_or_full_standard_output_is_an_error() {
    let commands = [
        "goalpost check --as-of 2026-07-01",
        "goalpost check --as-of 2026-07-01 --format json",
        "goalpost run close_rate --as-of 2026-07-01",
        "goalpost list metrics",
        "goalpost explain close_rate --as-of 2026-07-01",
        "goalpost docs close_rate",
        "goalpost goals --review --as-of 2026-07-01",
        "goalpost lint",
        "goalpost --help",
        "goalpost --version",
    ];
    for command in commands {
        for to in [">&-", "> /dev/full"] {
            let (code, notices) = shell(&format!("{command} {to}"));
            assert_eq!(code, Some(3), "{command} {to}: {notices}");
            assert!(notices.contains("the result could not be written"), "{command} {to}: {notices}");
        }
    }
}

#[test]
fn a_result_that_goes_elsewhere_needs_no_standard_output() {
    let (code, notices) = shell("goalpost run close_rate --as-of 2026-07-01 -o /dev/null >&-");
    assert_eq!(code, Some(0), "{notices}");
    let (code, notices) = shell("goalpost check --as-of 2026-07-01 > /dev/null");
    assert_eq!(code, Some(1), "{notices}");
}

#[test]
fn closed_notices_and_a_closed_input_change_nothing() {
    for closed in ["2>&-", "<&-", "2>&- <&-"] {
        let (code, _) = shell(&format!("goalpost check --as-of 2026-07-01 {closed}"));
        assert_eq!(code, Some(1), "{closed}");
        let (code, _) = shell(&format!("goalpost run close_rate --as-of 2026-07-01 {closed}"));
        assert_eq!(code, Some(0), "{closed}");
    }
}
