//! Functions of metrics, called after the load as the engine calls them.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::measure::{FunctionCall, MeasureKind, PartContent, PartValue};
use goalpost_core::outcome::Outcome;

use crate::loading::{error, right};

/// The function of the only metric of a script.
fn function(script: &str) -> FunctionCall {
    let definitions = right(script);
    match &*definitions.metrics[0].value.kind {
        MeasureKind::Function(call) => call.clone(),
        other => panic!("{other:?}"),
    }
}

/// `value: |m| body` with parts `won` and `lost`.
fn of(body: &str) -> FunctionCall {
    function(&format!(
        "let w = deals.where(deals.outcome == \"won\");
         metric(\"m\", #{{ parts: #{{ won: w.count(), lost: deals.count() }}, value: |m| {body} }});"
    ))
}

fn call(function: &FunctionCall, won: i64, lost: i64) -> Result<Outcome, Box<Diagnostic>> {
    let part = |name: &str, value: i64| PartValue {
        name: name.to_owned(),
        content: PartContent::Value(value.into()),
    };
    function.function.0.call(&[part("won", won), part("lost", lost)])
}

fn value(body: &str, won: i64, lost: i64) -> Decimal {
    match call(&of(body), won, lost) {
        Ok(outcome @ Outcome::Value(_)) => outcome.value().expect("a number"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_of_parts_goes_in_and_a_number_comes_out() {
    let function = of("m.won / m.lost");
    let names: Vec<&str> = function.parts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["lost", "won"]);
    assert_eq!(call(&function, 1, 4), Ok(Outcome::of(Decimal::new(25, 2))));
    assert_eq!(value("m[\"won\"] + 1", 1, 4), Decimal::from(2));
    assert_eq!(value("if m.won > 5 { 1 } else { 0.1 + 0.2 }", 1, 4), Decimal::new(3, 1));
    assert_eq!(value("{ let sum = 0; for x in [m.won, m.lost] { sum += x; } sum }", 3, 4), Decimal::from(7));
    assert_eq!(
        value("{ let l = [m.won, m.lost, 1.5]; l.sort(); median(l) + max(l) + round(2.345, 2) }", 3, 4),
        Decimal::new(935, 2)
    );
    assert_eq!(value("sqrt(m.won)", 16, 0), Decimal::from(4));
    // Half of each, where the difference is too large a number.
    let extremes = "median([79228162514264337593543950335, -79228162514264337593543950335])";
    assert_eq!(value(extremes, 1, 1), Decimal::ZERO);
    assert_eq!(value("min(m.won, m.lost) - abs(-2)", 3, 4), Decimal::from(1));
}

#[test]
fn no_value_is_said_with_its_reason() {
    let function = of("if m.lost == 0 { undefined(\"nobody lost\") } else { m.won / m.lost }");
    assert_eq!(call(&function, 1, 0), Ok(Outcome::Undefined("nobody lost".to_owned())));
    // A division by zero is undefined, as it is between measures.
    assert_eq!(call(&of("m.won / m.lost"), 1, 0), Ok(Outcome::Undefined("1 is divided by 0".to_owned())));
    let returned = of("{ if m.lost == 0 { return undefined(\"none\"); } 1 }");
    assert_eq!(call(&returned, 1, 0), Ok(Outcome::Undefined("none".to_owned())));
}

#[test]
fn what_is_no_number_is_an_error() {
    for (body, message) in [
        ("if m.won > 5 { 1 }", "the function returned nothing"),
        ("true", "the function returned true/false, not a number"),
        ("\"x\"", "the function returned a text, not a number"),
        ("w", "the function returned a table, not a number"),
    ] {
        let problem = call(&of(body), 1, 1).expect_err(body);
        assert_eq!((problem.code, problem.message.as_str()), (Code::FunctionFailed, message));
        assert_eq!(problem.at.map(|at| at.line), Some(2));
    }
}

#[test]
fn a_misspelt_part_is_an_error_before_anything_is_computed() {
    assert_eq!(
        error(
            "metric(\"m\", #{ parts: #{ won: t.count() }, value: |m| if m.won > 1 { m.wno } else { 1 } });"
        ),
        "1:72 unknown-key no part is called `wno` | did you mean `won`? known: won"
    );
    // Where the name is computed, it is found when the function is called.
    let problem = call(&of("m[\"w\" + \"no\"]"), 1, 1).expect_err("no such part");
    assert_eq!(problem.message, "no part is called `wno`");
}

#[test]
fn a_function_that_fails_says_where() {
    let problem = call(&of("\n\n  m.won + \"x\".nothing()"), 1, 1).expect_err("no such function");
    assert_eq!(problem.code, Code::FunctionFailed);
    assert_eq!(problem.at.map(|at| (at.line, at.column)), Some((4, 15)));
}

#[test]
fn a_function_has_no_memory() {
    // Each call starts from the captured values as they were when the script was loaded.
    let function = function(
        "let calls = 0; let seen = [];
         metric(\"m\", #{ parts: #{ won: t.count(), lost: t.count() },
             value: |m| { calls += 1; seen.push(m.won); calls * 10 + seen.len() } });
         calls = 5;",
    );
    for _ in 0..3 {
        assert_eq!(call(&function, 1, 1), Ok(Outcome::of(Decimal::from(11))));
    }
}

#[test]
fn functions_declare_nothing() {
    let problem = call(&of("{ metric(\"n\", #{ value: deals.count() }); 1 }"), 1, 1).expect_err("declares");
    assert_eq!(problem.message, "`metric` in a function that computes a value");
}

#[test]
fn functions_have_limits_too() {
    for body in ["{ loop { } }", "{ let f = 1; while true { f += 1; } f }"] {
        let problem = call(&of(body), 1, 1).expect_err(body);
        assert_eq!(problem.code, Code::ScriptLimit, "{}", problem.message);
    }
}

#[test]
fn functions_can_be_called_from_many_threads_on_small_stacks() {
    let script = "
        fn deep(n) { if n == 0 { 0 } else { 1 + deep(n - 1) } }
        metric(\"m\", #{ parts: #{ won: t.count(), lost: t.count() }, value: |m| deep(m.won) });";
    let function = function(script);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let thread = std::thread::Builder::new().stack_size(2 << 20);
            let call = || {
                assert_eq!(call(&function, 20, 1), Ok(Outcome::of(Decimal::from(20))));
                let problem = call(&function, 1000, 1).expect_err("too deep");
                assert_eq!(problem.code, Code::ScriptLimit);
            };
            thread.spawn_scoped(scope, call).expect("a thread");
        }
    });
}

#[test]
fn helpers_of_the_script_and_its_imports_are_known() {
    let function = function(
        "fn half(x) { x / 2 }
         let more = |x| x + 1;
         metric(\"m\", #{ parts: #{ won: t.count(), lost: t.count() }, value: |m| more.call(half(m.won)) });",
    );
    assert_eq!(call(&function, 5, 1), Ok(Outcome::of(Decimal::new(35, 1))));
}
