//! Loading a script in a test.

use std::collections::BTreeMap;

use goalpost_core::definition::{Definitions, Layer};
use goalpost_core::diagnostic::{Diagnostic, Severity};
use goalpost_core::expr::Literal;
use goalpost_core::measure::Measure;
use goalpost_core::name::{ParamName, TableName};
use goalpost_core::source::{At, SourceFile};
use goalpost_script::{Scripts, load};

/// The tables that tests may name.
const TABLES: [&str; 19] = [
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
    "surveys",
    "tickets",
    "users",
    "logins",
    "contacts",
    "t",
    "quotas",
    "odd name",
    "email_events",
];

/// A load of one project script.
pub(crate) fn scripts(text: &str) -> Scripts {
    Scripts {
        layers: vec![(Layer::Project, vec![SourceFile::new("metrics.d/test.rhai", text)])],
        tables: TABLES.into_iter().map(TableName::from).collect(),
        ..Scripts::default()
    }
}

/// Loads one project script.
pub(crate) fn loaded(text: &str) -> Definitions {
    load(&scripts(text))
}

/// Loads a script that has to be right.
pub(crate) fn right(text: &str) -> Definitions {
    let definitions = loaded(text);
    assert!(definitions.diagnostics.is_empty(), "{}\n{}", text, shown(&definitions.diagnostics));
    definitions
}

/// Loads a script with parameters set.
pub(crate) fn with_params(text: &str, params: &[(&str, Literal)]) -> Definitions {
    let params: BTreeMap<_, _> =
        params.iter().map(|(name, value)| (ParamName::from(*name), (value.clone(), At::default()))).collect();
    load(&Scripts { params, ..scripts(text) })
}

/// The formula of a measure that a right script makes.
pub(crate) fn measure(text: &str) -> Measure {
    let script = format!("metric(\"m\", #{{ value: {text} }});");
    let definitions = right(&script);
    definitions.metrics.into_iter().next().expect("the metric").value
}

/// The errors of a script.
pub(crate) fn errors(text: &str) -> Vec<Diagnostic> {
    let all = loaded(text).diagnostics;
    all.into_iter().filter(|d| d.severity == Severity::Error).collect()
}

/// The only error of a script, as `line:column code message | help`.
pub(crate) fn error(text: &str) -> String {
    let errors = errors(text);
    assert_eq!(errors.len(), 1, "{text}\n{}", shown(&errors));
    shown(&errors)
}

/// Diagnostics, one per line.
pub(crate) fn shown(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics
        .iter()
        .map(|d| {
            let at = d.at.as_ref().map_or("-".to_owned(), |at| format!("{}:{}", at.line, at.column));
            let help = d.help.as_ref().map_or(String::new(), |help| format!(" | {help}"));
            format!("{at} {} {}{help}", d.code.name(), d.message)
        })
        .collect();
    lines.join("\n")
}
