//! No text makes the host crash, and every problem has a place in its file.

use proptest::prelude::*;

use goalpost_script::load;

use crate::loading::{loaded, scripts};

/// Pieces that scripts are made of, and pieces that break them.
const PIECES: [&str; 70] = [
    "metric(\"m\", #{ value: t.count() });",
    "let x = ",
    "t",
    ".",
    "where",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#{",
    ",",
    ";",
    ":",
    "==",
    "=",
    "<",
    ">",
    "<>",
    "!",
    "not ",
    "in ",
    "and ",
    "or ",
    "&&",
    "||",
    "|",
    "|x| ",
    "??",
    "?",
    "+",
    "-",
    "*",
    "/",
    "%",
    "+=",
    "1",
    "0.5",
    "5.days",
    "25.percent",
    "\"text\"",
    "'q'",
    "`a ${",
    "`",
    "\"",
    "'",
    "null",
    "true",
    "deals.amount",
    "t.until",
    "t.case",
    ".count()",
    ".sum(t.a)",
    ".at_end()",
    ".per(t.a, t.b)",
    ".rank()",
    "goal(\"m\", #{ target: ",
    "test(\"x\", || {",
    "given(\"t\", ",
    "expect(\"m\", \"2026\")",
    ".equals(1)",
    "param(\"p\", 1, \"d\")",
    "for i in [1, 2] ",
    "if ",
    "else ",
    "fn f() ",
    "/// doc\n",
    "/* ",
    "\u{e9}\u{1F600}",
];

/// A script that uses most of the language.
const WHOLE: &str = r#"
//! File.
/// Doc.
let won = deals.where(deals.outcome in ["won", 'x'] and not deals.until == null);
let h = orders.per(orders.customer_id, orders.ordered_at);
metric("a", #{ title: "A", value: won.share(deals.case == `x`) ?? 0, by: [deals.owner, "region"], unit: "percent" });
metric("b", #{ parts: #{ a: metrics.a, n: t.count() }, value: |m| if m.n == 0 { undefined("none") } else { m.a / m.n } });
metric("c", #{ value: orders.where(h.rank() == 1).sum(orders.amount ?? 0).trailing(12, "months"), settle: 90.days });
goal("a", #{ target: #{ EMEA: 0.2, "*": 25.percent }, by: "region", due: "2026-12-31" });
dimension("region", [deals.region, orders.customer.region]);
let n = param("n", 12, "doc", [6, 12]);
for k in ["x", "y"] { metric(`m_${k}`, #{ value: t.where(t.k == k).count() }); }
test("works", #{ n: 6 }, || { given("t", rows(2, |i| #{ id: i })); expect("c", "2026-01").equals(1); });
"#;

/// Loads a text and checks what holds for every text.
fn check(text: &str) {
    for problem in loaded(text).diagnostics {
        assert!(!problem.message.is_empty());
        assert!(!problem.message.contains("defect of goalpost"), "{text}\n{problem:?}");
        assert!(!problem.message.contains("goalpost_script::"), "{problem:?}");
        if let Some(at) = &problem.at {
            let lines: Vec<&str> = text.split('\n').collect();
            assert!(at.line as usize <= lines.len(), "{text}\n{problem:?}");
            if at.line > 0 {
                let width = lines[at.line as usize - 1].chars().count() as u32;
                assert!(at.column <= width + 1, "{text}\n{problem:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_texts(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn random_pieces(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..30)) {
        check(&pieces.concat());
    }

    #[test]
    fn a_whole_script_with_something_changed(
        at in 0..WHOLE.len(),
        length in 0..12_usize,
        with in prop::sample::select(&PIECES[..]),
    ) {
        let start = (0..=at).rev().find(|i| WHOLE.is_char_boundary(*i)).unwrap_or(0);
        let end = (start + length..=WHOLE.len()).find(|i| WHOLE.is_char_boundary(*i)).unwrap_or(WHOLE.len());
        check(&format!("{}{with}{}", &WHOLE[..start], &WHOLE[end..]));
    }

    #[test]
    fn a_whole_script_cut_short(at in 0..WHOLE.len()) {
        let end = (0..=at).rev().find(|i| WHOLE.is_char_boundary(*i)).unwrap_or(0);
        check(&WHOLE[..end]);
    }
}

#[test]
fn the_whole_script_is_right() {
    let definitions = loaded(WHOLE);
    assert!(definitions.diagnostics.is_empty(), "{:?}", definitions.diagnostics);
}

#[test]
fn odd_files() {
    for text in [
        "",
        "\n",
        "//",
        "/*",
        "\u{feff}",
        "\0",
        "\r\n\r\n",
        "#!/usr/bin/rhai",
        ";;;;",
        "}",
        "\u{202e}let x = 1;",
    ] {
        check(text);
    }
    let long = format!("let x = \"{}\";", "a".repeat(2 << 20));
    check(&long);
    check(&"metric(\n".repeat(10_000));
    check(&"\n".repeat(100_000));
    check(&format!("{}let x = nothing;", "\n".repeat(70_000)));
    check(&"not ".repeat(50_000));
    check(&"not (".repeat(20_000));
    check(&"let x = nothing;\n".repeat(1000));
    check(&"t.x y;\n".repeat(1000));
    let _ = load(&scripts(""));
}
