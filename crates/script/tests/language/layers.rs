//! Layers, files and imports.

use std::fs;
use std::sync::Arc;

use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::Code;
use goalpost_core::measure::{MeasureKind, PartContent, PartValue};
use goalpost_core::name::TableName;
use goalpost_core::source::SourceFile;
use goalpost_script::{Scripts, built_in, load, read_folder};

use crate::loading::{scripts, shown};
use crate::plan;

fn files(files: &[(&str, &str)]) -> Definitions {
    let files: Vec<Arc<SourceFile>> =
        files.iter().map(|(name, text)| SourceFile::new(*name, *text)).collect();
    load(&Scripts { layers: vec![(Layer::Project, files)], ..scripts("") })
}

#[test]
fn the_default_scripts_load() {
    let built_in = built_in();
    assert!(built_in.iter().any(|file| file.name == "built-in/sales/deals.rhai"));
    let tables = [
        "deals",
        "stage_changes",
        "customers",
        "leads",
        "orders",
        "subscriptions",
        "campaigns",
        "spend",
        "visits",
        "touches",
        "email_events",
        "subscribers",
        "surveys",
        "tickets",
        "upsell_offers",
        "quotas",
        "users",
        "logins",
        "contacts",
    ];
    let definitions = load(&Scripts {
        layers: vec![(Layer::BuiltIn, built_in)],
        tables: tables.into_iter().map(TableName::from).collect(),
        ..Scripts::default()
    });
    assert!(definitions.diagnostics.is_empty(), "{}", shown(&definitions.diagnostics));
    assert!(definitions.metrics.iter().all(|metric| metric.layer == Layer::BuiltIn));
}

#[test]
fn the_names_of_a_project_do_not_break_other_layers() {
    // A project may have a table that a default script uses as a variable.
    let text = "let ended = deals.where(deals.x == 1); metric(\"m\", #{ value: ended.count() });";
    let load_in = |layer: Layer| {
        let mut scripts = scripts("");
        scripts.tables.insert(TableName::from("ended"));
        scripts.layers = vec![(layer, vec![SourceFile::new("x.rhai", text)])];
        load(&scripts)
    };
    let definitions = load_in(Layer::BuiltIn);
    assert!(definitions.diagnostics.is_empty(), "{}", shown(&definitions.diagnostics));
    assert_eq!(plan::measure(&definitions.metrics[0].value), "count(deals[(deals.x == 1)])");
    let problems = load_in(Layer::Project).diagnostics;
    assert_eq!(problems.len(), 1, "{}", shown(&problems));
    assert!(problems[0].message.contains("`ended` is the name of a table"));
}

#[test]
fn scripts_import_scripts_of_their_folder() {
    let definitions = files(&[
        (
            "metrics.d/a.rhai",
            "import \"lib/kinds\" as kinds;
             for kind in kinds::all { kinds::declare(kind); }
             metric(\"b\", #{ value: kinds::of(\"x\").count(), parts: null });
             metric(\"f\", #{ parts: #{ n: t.count() }, value: |m| kinds::half(m.n) });",
        ),
        (
            "metrics.d/lib/kinds.rhai",
            "export const all = [\"new\", \"upsell\"];
             fn of(kind) { deals.where(deals.kind == kind) }
             fn half(x) { x / 2 }
             fn declare(kind) { metric(`${kind}_deals`, #{ value: of(kind).count() }); }
             metric(\"here\", #{ value: deals.count() });",
        ),
    ]);
    assert!(definitions.diagnostics.is_empty(), "{}", shown(&definitions.diagnostics));
    let names: Vec<&str> = definitions.metrics.iter().map(|m| m.name.as_str()).collect();
    // The imported file's own metric is declared once, by its own load.
    assert_eq!(names, ["new_deals", "upsell_deals", "b", "f", "here"]);
    assert_eq!(definitions.metrics[0].at.file.name, "metrics.d/lib/kinds.rhai");
    assert_eq!(definitions.metrics[0].at.line, 4);
    let MeasureKind::Function(call) = &*definitions.metrics[3].value.kind else { panic!() };
    let part = PartValue { name: "n".to_owned(), content: PartContent::Value(5.into()) };
    let outcome = call.function.0.call(&[part]).map(|outcome| outcome.value());
    assert_eq!(outcome, Ok(Some(goalpost_core::Decimal::new(25, 1))));
}

#[test]
fn imports_stay_in_their_layer() {
    for path in ["/etc/passwd", "../../secret", "pack", "https://example.com/x", "nothing", "c:/x"] {
        let mut scripts = scripts("");
        let script = format!("import \"{path}\" as x; x::f();");
        scripts.layers = vec![
            (Layer::Pack(0, "p".to_owned()), vec![SourceFile::new("metrics.d/pack.rhai", "fn f() { 1 }")]),
            (Layer::Project, vec![SourceFile::new("metrics.d/a.rhai", script)]),
        ];
        let problems = load(&scripts).diagnostics;
        assert_eq!(problems.len(), 1, "{path}: {}", shown(&problems));
        assert_eq!(problems[0].code, Code::ScriptImport);
    }
}

#[test]
fn a_circle_of_imports_is_said_so() {
    let definitions = files(&[
        ("m/a.rhai", "import \"b\" as b; metric(\"x\", #{ value: t.count() });"),
        ("m/b.rhai", "import \"a\" as a;"),
        ("m/self.rhai", "import \"self\" as me;"),
    ]);
    assert!(!definitions.diagnostics.is_empty());
    assert!(shown(&definitions.diagnostics).contains("import each other in a circle"));
}

#[test]
fn a_mistake_in_an_import_is_shown_once_at_its_place() {
    let definitions = files(&[
        ("m/a.rhai", "import \"b\" as b;\nmetric(\"x\", #{ value: b::f().count() });"),
        ("m/b.rhai", "fn f() { t }\nlet x = t.wher(1);"),
    ]);
    assert_eq!(definitions.diagnostics.len(), 1, "{}", shown(&definitions.diagnostics));
    let at = definitions.diagnostics[0].at.as_ref().expect("a place");
    assert_eq!((at.file.name.as_str(), at.line), ("m/b.rhai", 2));
}

#[test]
fn a_mistake_in_a_function_is_shown_there_with_its_caller() {
    let definitions = files(&[("m/a.rhai", "fn f(x) {\n  x.wher(1)\n}\nlet y = f(t);")]);
    assert_eq!(definitions.diagnostics.len(), 1, "{}", shown(&definitions.diagnostics));
    let problem = &definitions.diagnostics[0];
    assert_eq!(problem.at.as_ref().map(|at| at.line), Some(2));
    assert_eq!(problem.related.first().map(|(at, _)| at.line), Some(4));
}

/// A folder that is gone after the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("goalpost-script-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn with(self, name: &str, bytes: &[u8]) -> Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_is_read_in_order() {
    let folder = Folder::new("order")
        .with("metrics.d/b.rhai", b"let b = 1;")
        .with("metrics.d/a.rhai", "\u{feff}let a = 1;".as_bytes())
        .with("metrics.d/lib/c.rhai", b"")
        .with("metrics.d/.hidden.rhai", b"")
        .with("metrics.d/README.md", b"")
        .with("metrics.d/old.rhai.bak", b"")
        .with("metrics.d/latin.rhai", b"// \xe9");
    let (files, problems) = read_folder(&folder.0.join("metrics.d"), "metrics.d/");
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["metrics.d/a.rhai", "metrics.d/b.rhai", "metrics.d/lib/c.rhai"]);
    assert_eq!(files[0].text, "let a = 1;");
    let codes: Vec<&str> = problems.iter().map(|p| p.code.name()).collect();
    assert_eq!(codes, ["script-syntax", "ignored-file"]);
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused() {
    let folder = Folder::new("links")
        .with("metrics.d/a.rhai", b"")
        .with("outside.rhai", b"")
        .with("other/x.rhai", b"");
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(folder.0.join(to), folder.0.join("metrics.d").join(name)).expect("a link");
    };
    link("outside.rhai", "link.rhai");
    link("other", "folder");
    link("nothing", "broken.rhai");
    link("metrics.d/a.rhai", "inside.rhai");
    link("metrics.d", "circle");
    let (files, problems) = read_folder(&folder.0.join("metrics.d"), "metrics.d");
    // What is linked inside the folder is read once.
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["metrics.d/a.rhai"]);
    let refused: Vec<&str> =
        problems.iter().filter(|p| p.code == Code::ScriptImport).map(|p| p.message.as_str()).collect();
    assert_eq!(
        refused,
        [
            "`metrics.d/folder` is a link that leaves the folder of scripts",
            "`metrics.d/link.rhai` is a link that leaves the folder of scripts"
        ]
    );
    let (files, problems) = read_folder(&folder.0.join("nowhere"), "nowhere");
    assert!(files.is_empty());
    assert_eq!(problems[0].code, Code::MissingFile);
}

#[test]
fn the_same_scripts_give_the_same_definitions() {
    let text = "for k in #{ b: 1, a: 2, c: 3 }.keys() { metric(k, #{ value: t.where(t.k in [k, \"x\"]).count() }); }";
    let once = || format!("{:?}", crate::loading::right(text).metrics);
    assert_eq!(once(), once());
}
