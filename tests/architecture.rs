//! What the structure of the repository promises, checked: layers, imports, module
//! headers, file sizes, and what is deliberately absent.
//!
//! `crates/README.md` says why. A test here that fails names the file.

#[path = "architecture/imports.rs"]
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder of the repository");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// Every Rust file under a folder, with its path from the top and its text.
fn rust_files(folder: &str) -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for name in names(folder) {
            let path = folder.join(&name);
            if path.is_dir() && name != "target" {
                walk(&path, found);
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    let root = root();
    let mut found = Vec::new();
    if root.join(folder).is_dir() {
        walk(&root.join(folder), &mut found);
    }
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a text");
        (path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// The text of a file without its tests and comments: what the program does.
fn code(text: &str) -> String {
    code_lines(text).map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

/// The lines of a file without its tests and comments, with their numbers.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = before_tests.lines().enumerate().map(|(place, line)| (place + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a file of a crate holds nothing but tests.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Names of the dependencies of a crate; `kinds` are tables of its manifest.
fn dependencies(krate: &str, kinds: &[&str]) -> BTreeSet<String> {
    let path = root().join("crates").join(krate).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    let manifest: toml::Table = text.parse().expect("a valid manifest");
    let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(|t| t.values());
    let tables = targets.filter_map(toml::Value::as_table).chain([&manifest]);
    let named = tables.flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()));
    named.flat_map(|table| table.keys().cloned()).collect()
}

const ALL_KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

#[test]
fn there_are_exactly_four_crates() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("a valid manifest");
    let members = manifest["workspace"]["members"].as_array().expect("members");
    let members: BTreeSet<&str> = members.iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(members, ["crates/cli", "crates/core", "crates/registry", "crates/script"].into());
    let folders = names(&root().join("crates"));
    let folders: BTreeSet<&str> =
        folders.iter().map(String::as_str).filter(|name| *name != "README.md").collect();
    assert_eq!(folders, ["cli", "core", "registry", "script"].into());
}

#[test]
fn crates_know_only_what_is_below_them() {
    let arrows = [
        ("core", vec![]),
        ("script", vec!["goalpost-core"]),
        ("registry", vec!["goalpost-core"]),
        ("cli", vec!["goalpost-core", "goalpost-registry", "goalpost-script"]),
    ];
    for (krate, expected) in arrows {
        let own: BTreeSet<String> =
            dependencies(krate, &ALL_KINDS).into_iter().filter(|name| name.starts_with("goalpost")).collect();
        assert_eq!(own.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{krate}");
    }
}

#[test]
fn engines_and_languages_are_known_to_one_crate_each() {
    let owners = [
        ("registry", vec!["datafusion", "arrow", "parquet", "ballista", "object_store"]),
        ("script", vec!["rhai"]),
        ("cli", vec!["clap", "annotate-snippets", "comfy-table"]),
    ];
    for (owner, families) in owners {
        for krate in ["core", "registry", "script", "cli"].into_iter().filter(|krate| *krate != owner) {
            for name in dependencies(krate, &ALL_KINDS) {
                let known =
                    families.iter().any(|family| name == *family || name.starts_with(&format!("{family}-")));
                assert!(!known, "{krate} depends on {name}, which only {owner} may know");
            }
        }
    }
}

/// The folders and files of the registry: each knows only those before it.
const REGISTRY: [&str; 24] = [
    "kept",
    "progress",
    "write",
    "source",
    "query",
    "relation",
    "catalogue",
    "plan",
    "scan",
    "lower",
    "engine",
    "project",
    "privacy",
    "question",
    "run",
    "explain",
    "inspect",
    "rows",
    "cause",
    "compare",
    "check",
    "case",
    "lint",
    "review",
];

#[test]
fn arrows_between_the_folders_of_the_registry_run_one_way() {
    let mut wrong: Vec<String> = Vec::new();
    let mut seen = BTreeSet::from(["lib"]);
    let files = rust_files("crates/registry/src");
    for (path, text) in &files {
        let inside = path.trim_start_matches("crates/registry/src/").trim_end_matches(".rs");
        let own = inside.split('/').next().unwrap_or_default();
        seen.insert(own);
        if own == "lib" {
            continue;
        }
        let Some(place) = REGISTRY.iter().position(|name| *name == own) else {
            wrong.push(format!("{path}: `{own}` has no place in the order"));
            continue;
        };
        // How many times `super::` may stand in a row without leading out of the folder.
        let depth = inside.split('/').filter(|part| *part != "mod").count() - 1;
        for (number, line) in code_lines(text) {
            let leads_out = line.contains(&"super::".repeat(depth + 1));
            if leads_out || line.contains("crate::{") {
                wrong.push(format!("{path}:{number}: say `crate::` and the folder: {}", line.trim()));
            }
            for known in line.split("crate::").skip(1) {
                let known: String =
                    known.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
                let is_above = REGISTRY.iter().skip(place + 1).any(|name| *name == known);
                if is_above && !is_test(path) {
                    wrong.push(format!("{path}:{number}: `{own}` lies below `{known}`: {}", line.trim()));
                }
            }
        }
    }
    for name in REGISTRY.iter().filter(|name| !seen.contains(*name)) {
        wrong.push(format!("the order names `{name}`, which is not there"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let readme = std::fs::read_to_string(root().join("crates/README.md")).expect("a page");
    let order = REGISTRY.map(|name| format!("`{name}`")).join(", ");
    let said = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(&order), "crates/README.md does not give the order {order}");
}

/// What reads rows does so through one door, so that what stands there (a cache, a
/// database, a limit) stands everywhere.
#[test]
fn rows_are_read_through_one_door() {
    let doors = ["door", "memory", "bounded"].map(|name| format!("crates/registry/src/engine/{name}.rs"));
    let mut wrong = Vec::new();
    for (path, text) in rust_files("crates/registry/src") {
        if doors.contains(&path) || is_test(&path) {
            continue;
        }
        for (number, line) in code_lines(&text) {
            if line.contains("bounded::collect")
                || line.contains("memory::read")
                || line.contains("execute_stream")
                || line.contains("create_physical_plan")
            {
                wrong.push(format!("{path}:{number}: ask `engine::door` for a reading: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files that import each other in a loop, each with the reason why they do.
const CIRCLES: [(&[&str], &str); 2] = [
    (
        &[
            "crates/core/src/plan/expr.rs",
            "crates/core/src/plan/measure.rs",
            "crates/core/src/plan/row_type.rs",
        ],
        "rows may be made of measures, measures are of expressions over rows, and both have types",
    ),
    (
        &[
            "crates/registry/src/source/load/duplicates.rs",
            "crates/registry/src/source/load/job.rs",
            "crates/registry/src/source/load/look.rs",
            "crates/registry/src/source/load/same_rows.rs",
            "crates/registry/src/source/load/tables.rs",
        ],
        "a plan of a load is cut into jobs, and judged by what they saw",
    ),
];

/// Of two files that import each other, neither can be read before the other.
#[test]
fn files_import_each_other_in_no_circle() {
    let allowed: BTreeSet<Vec<String>> =
        CIRCLES.iter().map(|(files, _)| files.iter().map(|file| (*file).to_owned()).collect()).collect();
    assert!(allowed.len() <= 3, "at most three circles are worth it");
    let mut found = BTreeSet::new();
    for krate in ["core", "script", "registry", "cli"] {
        let folder = format!("crates/{krate}/src/");
        let files = rust_files(&folder).into_iter().filter(|(path, _)| !is_test(path));
        let files = files.map(|(path, text)| (path.trim_start_matches(&folder).to_owned(), code(&text)));
        let circles = imports::circles(&files.collect());
        found.extend(
            circles
                .into_iter()
                .map(|circle| circle.iter().map(|path| format!("{folder}{path}")).collect::<Vec<_>>()),
        );
    }
    let new: Vec<_> = found.difference(&allowed).collect();
    assert!(new.is_empty(), "files import each other: move what both need below both: {new:#?}");
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(gone.is_empty(), "these circles are gone; take them off the list: {gone:#?}");
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    for folder in ["crates", "tests", "benches"] {
        for (path, text) in rust_files(folder) {
            assert!(text.starts_with("//! "), "{path} does not open with `//!`");
        }
    }
}

#[test]
fn no_file_is_longer_than_600_lines() {
    for folder in ["crates", "tests", "benches"] {
        for (path, text) in rust_files(folder) {
            let lines = text.lines().count();
            assert!(lines <= 600, "{path} has {lines} lines: split it by concept");
        }
    }
}

/// The code of a folder contains none of these, each with the reason.
fn absent(folder: &str, words: &[&str], why: &str) {
    for (path, text) in rust_files(folder).into_iter().filter(|(path, _)| !is_test(path)) {
        let code = code(&text);
        for word in words {
            assert!(!code.contains(word), "{path}: `{word}` {why}");
        }
    }
}

#[test]
fn core_does_no_input_and_output_and_reads_no_clock() {
    let words = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "Instant::now",
        "SystemTime",
        "Utc::now",
        "Local::now",
    ];
    absent("crates/core/src", &words, "has no place in core");
}

#[test]
fn only_the_program_prints() {
    let words = ["println!", "print!(", "eprint!(", "dbg!(", "io::stdout", "io::stderr"];
    for folder in ["crates/core/src", "crates/registry/src", "crates/script/src"] {
        absent(folder, &words, "is the program's business");
    }
}

#[test]
fn the_date_is_read_in_one_place() {
    let words = ["Utc::now", "Local::now", "SystemTime::now"];
    absent("crates/registry/src", &words, "is told by as-of");
    absent("crates/script/src", &words, "is told by as-of");
    let read: Vec<String> = rust_files("crates/cli/src")
        .into_iter()
        .filter(|(_, text)| words.iter().any(|word| code(text).contains(word)))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(read, ["crates/cli/src/clock.rs"]);
}

#[test]
fn no_drawer_for_everything() {
    for (path, _) in rust_files("crates") {
        for word in ["util", "utils", "helpers", "common", "misc", "manager"] {
            let named = Path::new(&path).components().any(|part| {
                let part = part.as_os_str().to_string_lossy();
                part == word || part == format!("{word}.rs")
            });
            assert!(!named, "{path}: name it after what it holds");
        }
    }
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "crates",
        "metrics.d",
        "examples",
        "tests",
        "benches",
        "README.md",
        // GitHub looks for an action only here.
        "action.yml",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "rustfmt.toml",
        "target",
    ];
    for name in names(&root()) {
        assert!(
            name.starts_with('.') || allowed.contains(&name.as_str()),
            "{name} has no place at the top level"
        );
    }
}

/// The walk of the map says `file.rs` and then `function()`, as often as it likes.
#[test]
fn the_walk_of_a_question_goes_where_it_says() {
    let map = std::fs::read_to_string(root().join("crates/README.md")).expect("the map");
    let walk = map.split("## A walk of a question").nth(1).and_then(|rest| rest.split("\n## ").next());
    let walk = walk.expect("the walk").lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let mut steps = 0;
    for line in walk {
        let mut file = (String::new(), String::new());
        for words in line.split('`').skip(1).step_by(2) {
            if words.ends_with(".rs") {
                let path = root().join("crates").join(words);
                let text = std::fs::read_to_string(&path);
                assert!(text.is_ok(), "{words} is not there: {line}");
                file = (words.to_owned(), text.unwrap_or_default());
            } else if let Some(name) = words.strip_suffix("()") {
                let declared =
                    ["(", "<"].iter().any(|next| code(&file.1).contains(&format!("fn {name}{next}")));
                assert!(declared, "{} has no function `{name}`: {line}", file.0);
                steps += 1;
            }
        }
    }
    assert!(steps > 0, "the walk names no function");
}

#[test]
fn unsafe_code_is_in_two_places() {
    let allowed = ["crates/cli/src/allocator.rs", "crates/cli/src/streams.rs"];
    let allowed = BTreeSet::from(allowed.map(str::to_owned));
    let files = rust_files("crates").into_iter().chain(rust_files("tests"));
    let found: BTreeSet<String> = files
        .filter(|(path, text)| !path.ends_with("architecture.rs") && code(text).contains("unsafe"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(
        found, allowed,
        "only an option of the allocator and the look at the streams before the runtime may be unsafe"
    );
}
