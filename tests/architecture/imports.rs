//! Which files of a crate import which, read off the paths in their code.
//!
//! An import counts wherever it is written: in a `use`, also one of braces, or
//! before a name. A name that a file hands on (`pub use`) is of the file that
//! defines it. What a file takes from a `mod.rs` above it does not count: such a
//! file holds what the files below it share.

use std::collections::{BTreeMap, BTreeSet};

/// A module by its names from the root of its crate.
type Module = Vec<String>;

/// Files that import each other in a loop, each loop once. `files` are those of
/// one crate, by their paths from its `src`; their texts are without tests.
pub(crate) fn circles(files: &BTreeMap<String, String>) -> BTreeSet<Vec<String>> {
    let names: BTreeMap<Module, &String> = files.keys().map(|path| (module(path), path)).collect();
    let sources: BTreeMap<Module, Source> =
        files.iter().map(|(path, text)| (module(path), Source::read(text))).collect();
    let arrows: BTreeMap<&Module, BTreeSet<&Module>> =
        sources.keys().map(|from| (from, imported(from, &sources))).collect();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        sources.keys().map(|from| (from, reached(from, &arrows))).collect();
    let circle = |of: &&Module| -> Vec<String> {
        let with = reached[*of].iter().filter(|other| reached[**other].contains(*of));
        with.map(|module| names[*module].clone()).collect()
    };
    sources.keys().map(|of| circle(&of)).filter(|circle| circle.len() > 1).collect()
}

/// The module of a file: `lower/mod.rs` is `lower`, `lower/expr.rs` is `lower::expr`.
fn module(path: &str) -> Module {
    let mut names: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        names.pop();
    }
    names
}

fn reached<'a>(
    from: &'a Module,
    arrows: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        open.extend(arrows[module].iter().filter(|next| found.insert(**next)));
    }
    found
}

/// The modules that a file takes something from.
fn imported<'a>(from: &Module, sources: &'a BTreeMap<Module, Source>) -> BTreeSet<&'a Module> {
    let source = &sources[from];
    let taken = source.taken.iter().filter_map(|path| defining(from, path, sources, 0));
    taken.filter(|of| !from.starts_with(of)).collect()
}

/// The module that a path names, or that defines what it names; `None` for one of another crate.
fn defining<'a>(
    from: &Module,
    path: &[String],
    sources: &'a BTreeMap<Module, Source>,
    handed: usize,
) -> Option<&'a Module> {
    let (first, mut rest) = path.split_first()?;
    let mut here: Module = match first.as_str() {
        "crate" => Vec::new(),
        "self" => from.clone(),
        "super" => from[..from.len().checked_sub(1)?].to_vec(),
        name => {
            let child = from.iter().cloned().chain([name.to_owned()]).collect();
            Some(child).filter(|child| sources.contains_key(child))?
        }
    };
    while let Some((next, after)) = rest.split_first() {
        if next == "super" {
            here.pop()?;
        } else {
            here.push(next.clone());
            if !sources.contains_key(&here) {
                here.pop();
                let on = sources.get(&here)?.handed_on.get(next).filter(|_| handed < 8);
                let on: Option<Vec<String>> = on.map(|on| on.iter().chain(after).cloned().collect());
                let found = on.and_then(|on| defining(&here, &on, sources, handed + 1));
                return found.or_else(|| sources.get_key_value(&here).map(|(module, _)| module));
            }
        }
        rest = after;
    }
    sources.get_key_value(&here).map(|(module, _)| module)
}

/// What a file says of other files.
#[derive(Default)]
struct Source {
    /// The paths in its code, but for those that it only hands on.
    taken: Vec<Vec<String>>,
    /// The names that it hands on, and where they come from.
    handed_on: BTreeMap<String, Vec<String>>,
}

impl Source {
    fn read(text: &str) -> Self {
        let mut source = Self::default();
        let mut rest = String::new();
        let mut public = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some((is_public, tree)) = opened_use(line) else {
                rest.push_str(line);
                rest.push('\n');
                continue;
            };
            let mut tree = tree.to_owned();
            while !tree.contains(';') {
                let Some(line) = lines.next() else { break };
                tree.push_str(line);
            }
            let found = if is_public { &mut public } else { &mut source.taken };
            branches(tree.split(';').next().unwrap_or_default(), &[], found);
        }
        source.taken.extend(paths(&rest));
        let words: BTreeSet<&str> = rest.split(|char| !is_of_name(char)).collect();
        for path in public {
            let Some(name) = path.last().cloned() else { continue };
            // What a file hands on and looks at itself, it takes.
            if words.contains(name.as_str()) {
                source.taken.push(path.clone());
            }
            source.handed_on.insert(name, path);
        }
        source
    }
}

/// The tree of a `use` that begins in this line, and whether it hands names on.
fn opened_use(line: &str) -> Option<(bool, &str)> {
    let line = line.trim_start();
    if let Some(tree) = line.strip_prefix("use ") {
        return Some((false, tree));
    }
    let rest = line.strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?.1,
        None => rest,
    };
    Some((true, rest.trim_start().strip_prefix("use ")?))
}

/// The paths of a tree such as `a::{b, c::{self, d as e}}`. Names that are given
/// anew keep their old ones, which is where they lead.
fn branches(tree: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let is_comma = |char: char| {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        char == ',' && depth == 0
    };
    for branch in tree.split(is_comma).map(str::trim).filter(|branch| !branch.is_empty()) {
        let (stem, inner) = match branch.split_once('{') {
            Some((stem, inner)) => (stem, inner.strip_suffix('}')),
            None => (branch.split(" as ").next().unwrap_or_default(), None),
        };
        let names = stem.split("::").map(str::trim).filter(|name| !matches!(*name, "" | "*"));
        let mut path: Vec<String> = before.iter().cloned().chain(names.map(str::to_owned)).collect();
        match inner {
            Some(inner) => branches(inner, &path, found),
            None => {
                // `a::{self}` is `a`; `self::a` begins with its own name.
                if path.len() > 1 {
                    path.pop_if(|last| last == "self");
                }
                found.push(path);
            }
        }
    }
}

/// The paths before names in code: `judge::verdict` of `judge::verdict(court)`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut rest = code;
    while !rest.is_empty() {
        let end = rest.find(|char| !is_of_name(char)).unwrap_or(rest.len());
        if end > 0 {
            path.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        let leads_on = rest.strip_prefix("::").filter(|after| after.starts_with(is_of_name));
        match leads_on {
            Some(after) if end > 0 => rest = after,
            _ => {
                let whole = std::mem::take(&mut path);
                found.extend((whole.len() > 1).then_some(whole));
                let mut chars = rest.chars();
                chars.next();
                rest = chars.as_str();
            }
        }
    }
    found
}

fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[test]
fn circles_are_found_however_an_import_is_written() {
    let circle = |one: &str, other: &str| {
        let mut files = BTreeMap::new();
        files.insert("lib.rs".to_owned(), "mod a;\npub use a::one;".to_owned());
        files.insert("a/mod.rs".to_owned(), "pub mod one;\nmod other;\npub use other::Other;".to_owned());
        files.insert("a/one.rs".to_owned(), one.to_owned());
        files.insert("a/other.rs".to_owned(), other.to_owned());
        circles(&files).into_iter().collect::<Vec<_>>()
    };
    let both = vec![vec!["a/one.rs".to_owned(), "a/other.rs".to_owned()]];
    for one in [
        "use super::other::Other;",
        "use super::Other;",
        "use crate::a::Other;",
        "use crate::{b, a::{self, other::{Thing as It, *}}};",
        "pub(crate) use super::{\n    Other,\n};\nfn f(_: Other) {}",
        "fn f() { super::other::f::<u8>() }",
    ] {
        for other in ["use super::one::One;", "use crate::one::One;", "const X: u8 = crate::a::one::X;"] {
            assert_eq!(circle(one, other), both, "{one} {other}");
        }
        assert!(circle(one, "use super::Of;\nuse std::other::one;").is_empty(), "{one}");
    }
    // What is only handed on is no import, and nor is what lies above.
    assert!(circle("pub use super::other::Other;", "use super::one::One;").is_empty());
}
