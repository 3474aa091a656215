//! The catalogue's pages are complete: every built-in metric says what it is,
//! how it is computed, from what, and what it leaves out.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Headings that every page of a built-in metric has, with something below.
const NEEDED: [&str; 12] = [
    "Definition",
    "Formula",
    "Tables and columns",
    "Unit and direction",
    "Can be cut by",
    "What is left out",
    "Edge cases",
    "Variants",
    "Worked example",
    "Source guides",
    "Tests",
    "Source",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The pages that `goalpost docs` writes of a project, by their path.
fn pages(folder: &Path) -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_goalpost"))
        .arg("docs")
        .arg(folder)
        .arg("-C")
        .arg(root().join("examples/acme"))
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut pages = Vec::new();
    for area in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let files = if area.is_dir() {
            std::fs::read_dir(&area).expect("an area").map(|entry| entry.expect("a page").path()).collect()
        } else {
            vec![area]
        };
        for file in files {
            let path = file.strip_prefix(folder).expect("inside").to_string_lossy().replace('\\', "/");
            pages.push((path, std::fs::read_to_string(&file).expect("a page")));
        }
    }
    pages.sort();
    pages
}

/// What stands below a heading of a page.
fn below<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n"))?;
    Some(rest.split("\n## ").next().unwrap_or(rest).trim()).filter(|text| !text.is_empty())
}

#[test]
fn every_built_in_metric_has_a_complete_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = pages(folder.path());
    let index = &pages.iter().find(|(path, _)| path == "README.md").expect("an index").1;
    let mut lacking = Vec::new();
    let built_in = pages.iter().filter(|(path, _)| path.contains('/') && !path.starts_with("project/"));
    let mut count = 0;
    for (path, page) in built_in {
        count += 1;
        assert!(index.contains(&format!("]({path})")), "the index does not lead to {path}");
        for heading in NEEDED {
            if below(page, heading).is_none() {
                lacking.push(format!("{path}: {heading}"));
            }
        }
        let tests = below(page, "Tests").map_or(0, |tests| tests.lines().count());
        if tests < 4 {
            lacking.push(format!("{path}: {tests} tests"));
        }
    }
    assert!(count >= 90, "{count} pages");
    assert!(lacking.is_empty(), "write in the comments above the metrics:\n{}", lacking.join("\n"));
}

#[test]
fn the_same_project_gives_the_same_pages() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let [one, other] = folders.each_ref().map(|folder| pages(folder.path()));
    assert!(one == other, "two runs wrote different pages");
    // And so does a run over the pages of another.
    assert!(one == pages(folders[1].path()), "a run over old pages wrote others");
}
