//! What scripts may not do, and how much they may use.

use std::time::{Duration, Instant};

use goalpost_core::diagnostic::Code;
use goalpost_script::{Limits, Scripts, load};

use crate::loading::{error, errors, right, scripts};

#[test]
fn nothing_of_the_outside_is_there() {
    for (script, word) in [
        ("eval(\"1\");", "`eval` is not available in scripts"),
        ("print(\"x\");", "`print` is not available in scripts"),
        ("debug(1);", "`debug` is not available in scripts"),
        ("let t0 = timestamp();", "no function is called `timestamp`"),
        ("sleep(10);", "no function is called `sleep` that takes a number"),
        ("exit();", "no function is called `exit`"),
        ("let r = rand();", "no function is called `rand`"),
        ("let e = env(\"HOME\");", "no function is called `env` that takes a text"),
        ("let f = open_file(\"x\");", "no function is called `open_file` that takes a text"),
        ("let j = parse_json(\"{}\");", "no function is called `parse_json` that takes a text"),
        ("let f = Fn(\"eval\");", "`Fn` is not available in scripts"),
    ] {
        let message = error(script);
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn errors_cannot_be_hidden() {
    assert!(error("try { deals.where(1); } catch { }").contains("`try` is not available"));
    assert!(
        error("metric(\"m\", #{ value: t.count() }); return;").contains("`return` outside of a function")
    );
    assert!(error("if true { return; }").contains("`return` outside of a function"));
}

#[test]
fn every_endless_thing_ends() {
    for script in [
        "loop { }",
        "while true { }",
        "do { } while true;",
        "let x = 0; loop { x += 1; }",
        "fn f(n) { f(n + 1) } f(1);",
        "let f = |g, n| g.call(g, n + 1); f.call(f, 1);",
        "let x = \"a\"; for i in 0..100 { x += x; }",
        "let x = [1]; for i in 0..100 { x += x; }",
        "let x = []; for i in 0..100 { x = [x, x]; }",
        "let x = #{}; for i in 0..1000000 { x[`k${i}`] = i; }",
        "let x = t.count(); for i in 0..100 { x = x + x; }",
        "let x = t.a; for i in 0..1000 { x = x + 1; }",
        "let x = t; for i in 0..1000 { x = x.where(t.a == 1); }",
        "let x = t.a == 1; for i in 0..40 { x = x and t.a in t.where(x).b; }",
        "test(\"x\", || { given(\"t\", rows(1000000000, #{ a: 1 })); });",
        "test(\"x\", || { given(\"t\", rows(99999, |i| { loop { } })); });",
        "for i in 0..1000000000 { }",
        "for i in 0..1000000000 { metric(`m${i}`, #{ value: t.count() }); }",
        "let x = \"abc\".pad(1000000000, \"x\");",
        "let x = [].pad(1000000000, 1);",
        "let x = 10 ** 10 ** 10;",
    ] {
        let start = Instant::now();
        let limits = Limits { operations: 50_000, ..Limits::default() };
        let problems = load(&Scripts { limits, ..scripts(script) }).diagnostics;
        assert!(!problems.is_empty(), "{script}");
        let allowed = [Code::ScriptLimit, Code::ScriptType, Code::UnknownName, Code::ScriptError];
        assert!(allowed.contains(&problems[0].code), "{script}: {problems:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "{script}");
    }
}

#[test]
fn time_is_limited_as_well() {
    let limits = Limits { operations: 0, wall_time: Duration::from_millis(50), ..Limits::default() };
    let definitions = load(&Scripts { limits, ..scripts("let x = 0; loop { x += 1; }") });
    assert_eq!(definitions.diagnostics.len(), 1);
    assert_eq!(definitions.diagnostics[0].code, Code::ScriptLimit);
    assert!(definitions.diagnostics[0].message.contains("longer than 50ms"));
}

#[test]
fn deep_nesting_is_refused_and_not_a_crash() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("#{a:", "}"),
        ("f(", ")"),
        ("{", "}"),
        ("if true {", "}"),
        ("|x| ", ""),
        ("!", ""),
        ("-", ""),
        ("not ", ""),
        ("`${", "}`"),
    ] {
        for depth in [40, 100, 1000, 20_000] {
            let script = format!("let x = {}1{};", open.repeat(depth), close.repeat(depth));
            // Whether 40 levels are allowed or not, nothing may crash.
            let _ = errors(&script);
        }
    }
    let chain = format!("let x = t.a{};", ".b".repeat(5000));
    assert!(!errors(&chain).is_empty());
    let sum = format!("let x = t.a{};", " + 1".repeat(5000));
    assert!(!errors(&sum).is_empty());
}

#[test]
fn honest_scripts_are_far_from_the_limits() {
    let many: String =
        (0..300).map(|i| format!("metric(\"m{i}\", #{{ value: t.where(t.k == {i}).count() }});\n")).collect();
    assert_eq!(right(&many).metrics.len(), 300);
    let list: Vec<String> = (0..2000).map(|i| format!("\"v{i}\"")).collect();
    right(&format!("metric(\"m\", #{{ value: t.where(t.k in [{}]).count() }});", list.join(", ")));
    let chain: Vec<String> = (0..30).map(|i| format!("t.k == {i}")).collect();
    right(&format!("metric(\"m\", #{{ value: t.where({}).count() }});", chain.join(" or ")));
}

#[test]
fn expression_depth_allows_what_people_write() {
    right(
        "metric(\"m\", #{ value: (((((t.where((((t.a == 1) or (t.b == 2)) and (t.c == 3 or (t.d == 4 and (t.e == 5 or t.f == 6)))))).count() + 1) * 2) - 3) / 4) });",
    );
}
