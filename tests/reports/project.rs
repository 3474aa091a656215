//! A project with hostile texts wherever a goal or the data can have one, and
//! the program run in it.

use std::path::Path;
use std::process::{Command, Output};

/// Values of a dimension in the data, and through them segments of verdicts.
pub(crate) const HOSTILE: [&str; 12] = [
    "\u{1b}[2J\u{1b}]0;x\u{7}red",
    "=cmd|' /C calc'!A1",
    "<script>alert(1)</script> & \"quotes\" 'single'",
    "]]><!-- --> <![CDATA[",
    "two\nlines\r\n::error::x",
    "::error file=a,line=1::x%0A::stop-commands::t",
    "##[add-mask]x",
    "100%25 %0A %3A, %",
    "a | b `code` [x](javascript:y)",
    "name # SKIP not # TODO",
    "\u{202e}txt\u{2028}.exe",
    "vertical \u{b} and \u{fffe} and \u{9f}",
];

/// A goal's name; names hold letters, digits, blanks and a few marks only.
pub(crate) const GOAL: &str = "ok 3 - SKIP";

/// Writes the project: one row for each hostile text, and a goal of 2 that each misses.
pub(crate) fn write(folder: &Path) {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    write(
        "goalpost.toml",
        "[project]\nname = \"A <b> & | --> co\"\ncurrency = \"USD\"\n\n[tables.requests]\nfrom = \"data/requests.csv\"\ntime = \"opened_at\"\n",
    );
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["opened_at", "place"]).expect("a header");
    for text in HOSTILE {
        rows.write_record(["2026-03-01", text]).expect("a row");
    }
    let rows = String::from_utf8(rows.into_inner().expect("rows")).expect("UTF-8");
    write("data/requests.csv", &rows);
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let script = format!(
        "metric(\"opened\", #{{ value: requests.count(), better: \"higher\", by: [requests.place] }});\n\
         goal(\"opened\", #{{ name: {name}, target: 2, by: [\"place\"], owner: {owner}, why: {why}, tags: [{owner}] }});\n\
         goal(\"opened\", #{{ target: 2, owner: \"ops\" }});\n\
         goal(\"opened\", #{{ name: \"risky\", target: 20, limit: 12 }});\n\
         goal(\"opened\", #{{ name: \"range\", between: [10, 20] }});\n\
         goal(\"opened\", #{{ name: \"advice\", target: 20, severity: \"advise\" }});\n\
         goal(\"opened\", #{{ name: \"excused\", target: 20 }});\n\
         waive(\"excused\", #{{ expires: \"2026-12-31\", by: {owner}, why: {why} }});\n\
         goal(\"opened\", #{{ name: \"later\", target: 2, from: \"2026-04-01\" }});\n",
        name = quoted(GOAL),
        owner = quoted("::warning::o%0A, \"x\" | =1+1"),
        why = quoted("why\\ ::error::x # TODO ]]> ${{ secrets.X }}"),
    );
    write("metrics.d/goals.rhai", &script);
}

/// Runs the program in a folder, with nothing of the machine's environment but
/// what is given.
pub(crate) fn goalpost(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goalpost"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs(variables.iter().copied())
        .output()
        .expect("the program starts")
}

/// Runs a check as of April, with these reports, each into a file of its own
/// name; gives the exit code.
pub(crate) fn check(folder: &Path, words: &[&str], reports: &[&str]) -> i32 {
    let mut all = vec!["check", "--as-of", "2026-04-01"];
    all.extend(words);
    let reports: Vec<String> =
        reports.iter().map(|format| format!("--report={format}={format}.out")).collect();
    all.extend(reports.iter().map(String::as_str));
    goalpost(folder, &all, &[("GITHUB_WORKSPACE", ".")]).status.code().expect("an exit code")
}

/// A text that the program shows: with characters that are obeyed written out.
/// The tests know nothing of how the program does it.
pub(crate) fn shown(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2028}'..='\u{2029}').contains(&c)
    };
    text.chars()
        .map(|c| match c {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            c if obeyed(c) => format!("\\u{{{:x}}}", u32::from(c)),
            c => c.to_string(),
        })
        .collect()
}
