//! What Rhai would do silently wrong or read poorly, and what happens here:
//! the traps of the reference, one by one. Those that are errors now are in
//! `wrong.txt`.

use goalpost_core::Decimal;
use goalpost_core::expr::Literal;

use crate::loading::{error, errors, measure, right, shown};
use crate::plan;

fn formula(text: &str) -> String {
    plan::measure(&measure(text))
}

fn condition(text: &str) -> String {
    formula(&format!("t.where({text}).count()"))
}

/// The value of a plain expression, by way of a parameter's default.
fn plain(text: &str) -> Literal {
    let definitions = right(&format!("let x = {text}; let p = param(\"p\", x, \"a value\");"));
    definitions.params[0].default.clone()
}

fn number(text: &str) -> String {
    match plain(text) {
        Literal::Number(number) => number.to_string(),
        other => panic!("{text} is {other:?}"),
    }
}

#[test]
fn a_literal_on_the_left_compares() {
    assert_eq!(condition("1 < t.amount"), "count(t[(1 < t.amount)])");
    assert_eq!(condition("\"a\" == t.stage"), "count(t[(\"a\" == t.stage)])");
}

#[test]
fn plain_values_of_different_kinds_are_never_silently_unequal() {
    for (a, b) in
        [("1", "\"1\""), ("true", "1"), ("\"x\"", "[1]"), ("#{}", "[]"), ("5.days", "5"), ("t", "1")]
    {
        for op in ["==", "!=", "<", "<=", ">", ">=", "and", "or"] {
            for (left, right) in [(a, b), (b, a)] {
                let script = format!("let x = {left} {op} {right};");
                let problems = errors(&script);
                assert_eq!(problems.len(), 1, "{script}: {}", shown(&problems));
                assert_eq!(problems[0].code.name(), "script-type", "{script}");
            }
        }
    }
}

#[test]
fn the_default_of_a_null_is_kept() {
    assert_eq!(formula("t.sum(t.amount ?? 0)"), "sum(t, (t.amount ?? 0))");
    assert_eq!(number("null ?? 5"), "5");
    assert_eq!(number("3 ?? 5"), "3");
    assert_eq!(number("null ?? null ?? 7"), "7");
}

#[test]
fn numbers_are_exact_and_of_one_kind() {
    assert_eq!(number("0.1 + 0.2"), "0.3");
    assert_eq!(number("100 * 0.07"), "7");
    assert_eq!(number("10 / 4"), "2.5");
    assert_eq!(number("10 / 5"), "2");
    assert_eq!(number("7 - 0.5 * 2"), "6");
    assert_eq!(number("-7 / 2"), "-3.5");
    assert_eq!(number("-(1 + 0.5)"), "-1.5");
    assert_eq!(number("2e-3 * 1000"), "2");
    assert_eq!(number("1_000_000 * 1"), "1000000");
    for (text, expected) in [
        ("1 == 1.0", true),
        ("2 > 1.5", true),
        ("1.5 < 2", true),
        ("0.5 + 0.5 >= 1", true),
        ("1.0 != 1", false),
    ] {
        assert_eq!(plain(text), Literal::Bool(expected), "{text}");
    }
    // A whole result counts and indexes.
    assert_eq!(number("[10, 20, 30][4 / 2]"), "30");
    assert_eq!(number("[10, 20, 30][0.5 + 0.5]"), "20");
    assert_eq!(formula("t.max(t.name.left(6 / 2))"), "max(t, left(t.name, 3))");
}

#[test]
fn compound_assignment_is_the_same_arithmetic() {
    for (op, expected) in [("+=", "14"), ("-=", "6"), ("*=", "40"), ("/=", "2.5")] {
        let definitions = right(&format!("let x = 10; x {op} 4; let p = param(\"p\", x, \"x\");"));
        assert_eq!(
            definitions.params[0].default,
            Literal::Number(expected.parse::<Decimal>().expect("a number"))
        );
    }
    let definitions = right("let x = t.count(); x /= 2; x += 1; metric(\"m\", #{ value: x });");
    assert_eq!(plan::measure(&definitions.metrics[0].value), "((count(t) / 2) + 1)");
    let definitions = right("let s = \"a\"; s += \"b\"; s += 3; metric(s, #{ value: t.count() });");
    assert_eq!(definitions.metrics[0].name.as_str(), "ab3");
    assert_eq!(errors("let s = \"a\"; s += t.x;").len(), 1);
    assert_eq!(errors("let s = \"a\"; s += t.count();").len(), 1);
}

#[test]
fn a_column_in_a_text_is_found_wherever_it_hides() {
    for script in [
        "let x = \"x \" + t.stage;",
        "let x = t.stage + \" x\";",
        "let x = `x ${t.stage} y`;",
        "let x = `${t.count()}`;",
        "let x = `${t}`;",
        "let x = \"x\"; x.append(t.stage);",
        "metric(`m_${t.stage}`, #{ value: t.count() });",
    ] {
        assert!(!errors(script).is_empty(), "{script}");
    }
    let definitions = right(
        "for k in [\"a\", 2, 0.5 * 3] { metric(`m_${k}`.replaced(), #{ value: t.count() }); }"
            .replace(".replaced()", "")
            .replace(", 0.5 * 3", "")
            .as_str(),
    );
    assert_eq!(definitions.metrics[1].name.as_str(), "m_2");
}

#[test]
fn the_other_spellings_of_logic_mean_the_same() {
    let expected = "count(t[((t.a == 1) and ((t.b == 2) or not (t.c == 3)))])";
    for spelling in [
        "t.a == 1 and (t.b == 2 or not t.c == 3)",
        "t.a == 1 && (t.b == 2 || not t.c == 3)",
        "t.a == 1 AND (t.b == 2 OR NOT t.c == 3)",
        "t.a==1&&(t.b==2||!(t.c==3))",
    ] {
        assert_eq!(condition(spelling), expected, "{spelling}");
    }
    // And they work on plain values.
    for (text, expected) in [
        ("true && false", false),
        ("true || false", true),
        ("not true", false),
        ("not 1 == 2", true),
        ("1 == 1 and not 2 == 3", true),
        ("3 in [1, 2, 3]", true),
        ("3 not in [1, 2, 3]", false),
        ("\"a\" in #{ a: 1 }", true),
        ("\"b\" in \"abc\"", true),
        ("null == null", true),
        ("1 == null", false),
    ] {
        assert_eq!(plain(text), Literal::Bool(expected), "{text}");
    }
}

#[test]
fn not_covers_the_comparison_behind_it() {
    assert_eq!(condition("not t.b == 2"), "count(t[not (t.b == 2)])");
    assert_eq!(condition("not t.b == 2 and t.c"), "count(t[(not (t.b == 2) and t.c)])");
    assert_eq!(condition("not t.b"), "count(t[not t.b])");
    assert_eq!(condition("not t.b in [1]"), "count(t[not t.b in [1]])");
    assert_eq!(condition("not t.b ?? true"), "count(t[(not t.b ?? true)])");
    assert!(error("metric(\"m\", #{ value: t.where(!t.b == 2).count() });").contains("`!` covers only"));
    assert!(error("metric(\"m\", #{ value: t.where(!t.b != t.c).count() });").contains("`!` covers only"));
    assert!(error("metric(\"m\", #{ value: t.where(!t.b > 2).count() });").contains("compares a condition"));
}

#[test]
fn every_reserved_word_can_be_a_column() {
    for word in [
        "until",
        "new",
        "case",
        "default",
        "is",
        "with",
        "use",
        "async",
        "public",
        "package",
        "super",
        "private",
        "var",
        "protected",
        "spawn",
        "shared",
        "sync",
        "static",
        "this",
        "thread",
        "yield",
        "fn",
        "match",
        "eval",
        "await",
        "null",
        "debug",
        "print",
        "type_of",
        "void",
        "import",
        "nil",
        "exit",
        "export",
        "as",
        "call",
        "curry",
        "is_shared",
        "is_def_fn",
        "is_def_var",
        "go",
        "goto",
        "module",
        "each",
        "then",
        "do",
        "while",
        "for",
        "in",
        "if",
        "else",
        "let",
        "const",
        "loop",
        "break",
        "continue",
        "return",
        "throw",
        "try",
        "catch",
        "switch",
        "true",
        "false",
        "and",
        "or",
        "not",
        "global",
        "Fn",
        "tag",
        "len",
        "name",
        "type",
        "count",
        "sum",
        "min",
        "left",
        "keys",
        "values",
    ] {
        assert_eq!(condition(&format!("t.{word} == 1")), format!("count(t[(t.{word} == 1)])"), "{word}");
        assert_eq!(
            condition(&format!("t.ref.{word} == 1")),
            format!("count(t[(t.ref.{word} == 1)])"),
            "{word}"
        );
        let case = format!(
            "test(\"x\", || {{ given(\"t\", [#{{ {word}: 1, a: 2 }}, #{{ a: 2, {word}: 1 }}]); expect(\"m\", \"2026\").equals(1); }});"
        );
        let definitions = right(&case);
        let columns: Vec<&str> =
            definitions.cases[0].fixtures[0].rows[1].iter().map(|(c, _)| c.as_str()).collect();
        assert!(columns.contains(&word), "{word}: {columns:?}");
    }
}

#[test]
fn single_quotes_make_texts() {
    assert_eq!(
        condition("t.a == 'won' or t.b in ['it\\'s', 'a \"b\"']"),
        "count(t[((t.a == \"won\") or t.b in [\"it's\", \"a \\\"b\\\"\"])])"
    );
}

#[test]
fn documentation_comments_are_allowed_anywhere() {
    let definitions = right(
        "//! The file.\n/// A.\nlet a = t; /// at the end of a line\nmetric(\"a\", #{\n  /// inside\n  value: a.count() });\n/** block */\nmetric(\"b\", #{ value: a.count() });",
    );
    assert_eq!(definitions.metrics[1].documentation, "The file.");
}

#[test]
fn two_files_share_no_variables() {
    use goalpost_core::definition::Layer;
    use goalpost_core::source::SourceFile;
    let mut scripts = crate::loading::scripts("let won = t.count();");
    scripts.layers.push((Layer::Project, vec![SourceFile::new("b.rhai", "metric(\"m\", #{ value: won });")]));
    let definitions = goalpost_script::load(&scripts);
    assert_eq!(definitions.diagnostics.len(), 1);
    assert_eq!(definitions.diagnostics[0].message, "nothing is called `won`");
}

#[test]
fn one_mistake_does_not_hide_the_next_or_cause_another() {
    let problems = errors(
        "let a = t.wher(t.x == 1);
         let b = a.where(t.y == 2);
         metric(\"one\", #{ value: b.count() });
         metric(\"two\", #{ value: t.cuont() });
         let c = nothing + 1;
         let e = c + 1;
         metric(\"three\", #{ value: t.count( });
         metric(\"four\", #{ value: t.count(), better: \"up\", unit: \"perzent\" });
         for k in a { metric(k, #{ value: t.count() }); }
         fn f() { c }
         metric(\"five\", #{ value: t.count() });",
    );
    let lines: Vec<u32> = problems.iter().filter_map(|p| p.at.as_ref()).map(|at| at.line).collect();
    assert_eq!(lines, [1, 4, 5, 7, 8, 8, 10], "{}", shown(&problems));
}
