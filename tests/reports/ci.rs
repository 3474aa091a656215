//! The files for CI servers: they are YAML, the flags in them exist, and their
//! scripts do what the page beside them says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::formats::skipped;
use crate::project;

const FILES: [&str; 5] = [
    "action.yml",
    ".pre-commit-hooks.yaml",
    "examples/ci/github-workflow.yml",
    "examples/ci/gitlab-ci.yml",
    "examples/ci/pre-commit-config.yaml",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a file of the repository")
}

#[test]
fn the_files_are_yaml() {
    let script = "import sys, yaml\nfor path in sys.argv[1:]: assert yaml.safe_load(open(path, encoding='utf-8')), path";
    let known = Command::new("python3").args(["-c", "import yaml"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        skipped("python3 with yaml");
        return;
    }
    let output = Command::new("python3").args(["-c", script]).args(FILES).current_dir(root()).output();
    let output = output.expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_flags_exist() {
    let help = |command: &str| {
        let output = project::goalpost(&root(), &[command, "--help"], &[]);
        String::from_utf8(output.stdout).expect("a text")
    };
    let known = [help("check"), help("test")].concat();
    let mut texts: Vec<String> = FILES.iter().map(|path| text(path)).collect();
    texts.push(text("examples/ci/README.md"));
    for line in texts.iter().flat_map(|text| text.lines()) {
        // Other programs have flags of their own.
        let others = ["gh api", "--jq", "cargo install", "command -v", "\"$program\" --version", "while IFS"];
        if line.trim_start().starts_with('#') || others.iter().any(|other| line.contains(other)) {
            continue;
        }
        for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
            let is_flag = word
                .strip_prefix("--")
                .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
            assert!(
                !is_flag || known.contains(&format!("{word} ")) || known.contains(&format!("{word}\n")),
                "{word}: {line}"
            );
        }
    }
}

/// The script of a step by its id, and the names of its variables with what
/// they are set to.
fn step(id: &str) -> (String, Vec<(String, String)>) {
    let text = text("action.yml");
    let mut lines = text.lines().skip_while(|line| line.trim() != format!("id: {id}")).skip(1);
    let mut variables = Vec::new();
    for line in lines.by_ref() {
        if line == "      run: |" {
            break;
        }
        if let Some((name, value)) = line.strip_prefix("        ").and_then(|line| line.split_once(": ")) {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    let script: Vec<&str> = lines.map_while(|line| line.strip_prefix("        ")).collect();
    assert!(!script.is_empty(), "the step {id} has no script");
    (script.join("\n"), variables)
}

#[test]
fn the_action_refers_only_to_what_it_has() {
    let text = text("action.yml");
    let between = |from: &str, to: &str| {
        let (_, rest) = text.split_once(from).expect("a section");
        let section = rest.split_once(to).expect("a section").0;
        let names = section.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
        names.filter(|name| !name.starts_with(' ')).map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let inputs = between("inputs:\n", "outputs:\n");
    let outputs = between("outputs:\n", "runs:\n");
    assert_eq!(outputs, ["exit-code", "json", "junit", "markdown", "sarif"].map(String::from).into());
    for (script, variables) in [step("program"), step("check")] {
        assert!(!script.contains("${{"), "an input inside of a script would be run as a command");
        for (name, value) in variables {
            let value = value.trim_start_matches("${{ ").trim_end_matches(" }}");
            assert!(script.contains(&name), "{name} is not used");
            match value.strip_prefix("inputs.") {
                Some(input) => assert!(inputs.contains(input), "{input}"),
                None => assert!(
                    ["github.action_path", "steps.program.outputs.program"].contains(&value),
                    "{value}"
                ),
            }
        }
    }
}

/// Runs a script as GitHub does; nothing where there is no bash.
fn bash(script: &str, folder: &Path, variables: &[(&str, &str)]) -> Option<(i32, String)> {
    let program = Path::new(env!("CARGO_BIN_EXE_goalpost")).parent().expect("a folder");
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
        .env("GITHUB_WORKSPACE", folder)
        .env("GITHUB_OUTPUT", folder.join("output"))
        .env("GITHUB_STEP_SUMMARY", folder.join("summary"))
        .envs(variables.iter().copied())
        .output();
    let Ok(output) = output else {
        skipped("bash");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.code().expect("an exit code"), String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn the_action_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    project::write(&folder.path().join("a project"));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let (script, _) = step("program");
    let Some((code, text)) = bash(&script, folder.path(), &[("GOALPOST", ""), ("SOURCE", "/nowhere")]) else {
        return;
    };
    assert_eq!(code, 0, "{text}");
    let program = read("output").trim().strip_prefix("program=").expect("a program").to_owned();
    assert!(Path::new(&program).is_file(), "{program}");
    let (script, variables) = step("check");
    let run = |goals: &str, strict: &str| {
        let _ = std::fs::remove_file(folder.path().join("output"));
        let values = [
            ("PROGRAM", program.as_str()),
            ("PROJECT", "a project"),
            ("GOALS", goals),
            ("AS_OF", "2026-04-01"),
            ("STRICT", strict),
            ("BASELINE", ""),
            ("REPORTS", "re ports"),
        ];
        let names: BTreeSet<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            values.iter().map(|(name, _)| *name).collect(),
            "every variable of the step is given"
        );
        bash(&script, folder.path(), &values).expect("bash is there")
    };
    let (code, text) = run("", "false");
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("::error file=a project/metrics.d/goals.rhai,line=2"), "{text}");
    let outputs = read("output");
    for line in ["exit-code=1", "junit=re ports/goals.junit.xml", "markdown=re ports/goals.md"] {
        assert!(outputs.lines().any(|found| found == line), "{line}: {outputs}");
    }
    for file in ["goals.junit.xml", "goals.sarif", "goals.json", "goals.md"] {
        assert!(!read(&format!("re ports/{file}")).is_empty(), "{file}");
    }
    assert!(read("summary").starts_with("<!-- goalpost check"));
    assert_eq!(run("opened\nri*\n", "false").0, 0);
    assert_eq!(run("opened\nri*\n", "true").0, 1);
    assert_eq!(run("$(touch smuggled); --strict", "false").0, 2);
    assert!(!folder.path().join("smuggled").exists());
}

#[test]
fn the_gitlab_job_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    project::write(folder.path());
    let text = text("examples/ci/gitlab-ci.yml");
    let (_, rest) = text.split_once("  script:\n").expect("a script");
    let script: Vec<&str> = rest.lines().map_while(|line| line.strip_prefix("    - ")).collect();
    let Some((code, output)) = bash(&script.join("\n"), folder.path(), &[]) else { return };
    // As of today there is no data in the latest month, which is a failure as well.
    assert_eq!(code, 1, "{output}");
    let (_, artifacts) = text.split_once("  artifacts:\n").expect("artifacts");
    let files: Vec<&str> = artifacts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- ").or(line.trim().strip_prefix("junit: ")))
        .collect();
    assert_eq!(files.len(), 3);
    for file in files {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn the_hooks_run() {
    let folder = tempfile::tempdir().expect("a folder");
    project::write(folder.path());
    let text = text(".pre-commit-hooks.yaml");
    let entries: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("entry: ")).collect();
    assert_eq!(entries, ["goalpost test", "goalpost check"]);
    let known: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_prefix("- id: ")).collect();
    let config = self::text("examples/ci/pre-commit-config.yaml");
    let used: BTreeSet<&str> = config.lines().filter_map(|line| line.trim().strip_prefix("- id: ")).collect();
    assert_eq!(used, known);
    for (entry, expected) in entries.into_iter().zip([4, 1]) {
        // No test is declared in that project, and its goals miss: both hooks would say so.
        let Some((code, output)) = bash(entry, folder.path(), &[]) else { return };
        assert_eq!(code, expected, "{output}");
    }
    let (code, output) = bash("goalpost check --severity block --as-of 2026-04-01", folder.path(), &[])
        .expect("bash is there");
    assert_eq!(code, 1, "{output}");
}
