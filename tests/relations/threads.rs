//! The same input gives the same bytes, whatever the number of threads.
//!
//! The data is made large enough that the engine does split it.

use std::path::Path;
use std::process::Command;

fn goalpost(words: &[&str], folder: &Path) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_goalpost"))
        .args(words)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    goalpost(&["demo", "big", "--deals", "15000", "--format", "parquet"], folder.path());
    let project = folder.path().join("big");
    // Sums of money, means, medians, distinct counts, stocks, histories, by segment.
    let asked = [
        "close_rate",
        "won_revenue",
        "sales_cycle_length_*",
        "first_response_time_*",
        "churn_rate",
        "purchase_frequency",
        "net_new_revenue",
    ];
    // Two proportions, Welch, ranks, days drawn again.
    let commands: [&[&str]; 2] =
        [&["run", "--last", "6"], &["compare", "--at", "2026-01-01", "--window", "6mo", "--by", "region"]];
    for command in commands {
        let run = |threads: &str| {
            let mut words = command.to_vec();
            words.extend(asked);
            words.extend(["--as-of", "2026-07-01", "--format", "json", "--threads", threads]);
            goalpost(&words, &project)
        };
        let one = run("1");
        assert!(one.len() > 1_000);
        for threads in ["2", "7"] {
            assert!(run(threads) == one, "{}: {threads} threads answer otherwise than one", command[0]);
        }
    }
}
