//! Devices that are full, and files that may not grow: said with the folder and what
//! helps, never a defect of the program, never a missed goal, never a death without a
//! word.
//!
//! A small device in memory is mounted where nobody else sees it. Where the system
//! does not allow that, the test says so and holds nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What does not fit into the memory that it gets, and so is put aside.
const SPILLS: &str =
    "goalpost run slowest_stage_ratio -C large --last 3 --as-of 2026-07-01 --threads 4 --memory-limit 64MiB";

/// Runs a line of a shell in a folder.
fn shell(line: &str, folder: &Path) -> Output {
    let line = line.replace("goalpost", env!("CARGO_BIN_EXE_goalpost"));
    Command::new("sh").args(["-c", &line]).current_dir(folder).output().expect("a shell")
}

fn demo(folder: &Path, name: &str, deals: &str) {
    let made = shell(&format!("goalpost demo {name} --deals {deals}"), folder);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The notices of a line that has to end with exit code 3.
fn refused(line: &str, folder: &Path) -> String {
    let output = shell(line, folder);
    let notices = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{line}: {:?} {notices}", output.status);
    assert!(!notices.contains("defect of Goalpost"), "{line}: {notices}");
    notices
}

#[expect(clippy::print_stderr, reason = "what a test does not hold here has to be said")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

#[test]
fn a_full_device_for_what_is_put_aside_is_named() {
    let above = tempfile::tempdir().expect("a folder");
    let folder = above.path();
    demo(folder, "large", "30000");
    let large = |line: &str, reason: &str, place: &str| {
        let notices = refused(line, folder);
        for said in ["error[spill-failed]", reason, place, "--memory-limit", "TMPDIR"] {
            assert!(notices.contains(said), "{line}: no {said} in {notices}");
        }
    };
    // As a limit of this process: no file of more than 500 KiB.
    fs::create_dir(folder.join("few")).expect("a folder");
    large(&format!("ulimit -f 1000; TMPDIR=few {SPILLS}"), "File too large", "`few`");
    fs::create_dir(folder.join("tiny")).expect("a folder");
    let mounted = "mount -t tmpfs -o size=1m tmpfs tiny";
    if !shell(&format!("unshare -rm sh -c '{mounted}'"), folder).status.success() {
        skipped("no device can be mounted here");
        return;
    }
    let line = format!("unshare -rm sh -c '{mounted} && TMPDIR=tiny {SPILLS}'");
    large(&line, "No space left on device", "`tiny`");
}

#[test]
fn a_full_device_for_reports_is_named_and_changes_no_file() {
    let above = tempfile::tempdir().expect("a folder");
    let folder = above.path();
    demo(folder, "acme", "1000");
    let check = "goalpost check -C acme --as-of 2026-07-01";
    let run = "goalpost run close_rate -C acme --as-of 2026-07-01";
    let old = "what was there before";
    fs::write(folder.join("old.json"), old).expect("a file");
    let lines = [
        (format!("{run} -o /dev/full"), "No space left on device"),
        (format!("{check} -o /dev/full"), "No space left on device"),
        (format!("{check} --report json=/dev/full --report sarif=other.sarif"), "No space left on device"),
        (format!("ulimit -f 1; {check} --report json=old.json"), "File too large"),
        (format!("ulimit -f 1; {check} --report human --save-baseline old.json"), "File too large"),
        (format!("ulimit -f 1; {run} --last 12 --by owner --format json > some.json"), "File too large"),
    ];
    for (line, reason) in lines {
        let notices = refused(&line, folder);
        assert!(notices.contains("error[write-failed]") && notices.contains(reason), "{line}: {notices}");
        assert_eq!(fs::read_to_string(folder.join("old.json")).expect("a file"), old, "{line}");
    }
}
