//! The names of the language by the kind of value they belong to, for
//! messages about names that do not exist.

/// A method or function and how it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    /// Its name.
    pub(crate) name: &'static str,
    /// How it is written, with its arguments.
    pub(crate) usage: &'static str,
}

macro_rules! methods {
    ($($name:literal $usage:literal),* $(,)?) => {
        &[$(Method { name: $name, usage: concat!($name, $usage) }),*]
    };
}

const TABLE: &[Method] = methods![
    "where" "(condition)", "join" "(table, condition)", "group_by" "(key, #{ name: measure })",
    "active" "(from, until)", "per" "(key, order)", "count" "()", "count_distinct" "(column)",
    "sum" "(column)", "mean" "(column)", "median" "(column)", "percentile" "(column, 0.9)",
    "min" "(column)", "max" "(column)", "share" "(condition)", "aggregate" "(\"mean\", column)",
    "spread" "(column, from, until)",
];

const STOCK: &[Method] = methods!["at_start" "()", "at_end" "()", "during" "()"];

const HISTORY: &[Method] = methods![
    "rank" "()", "rank_from_end" "()", "count" "()", "first" "(column)", "last" "(column)",
    "previous" "(column)", "next" "(column)", "sum" "(column)",
];

const COLUMN: &[Method] = methods![
    "lower" "()", "upper" "()", "trim" "()", "digits" "()", "length" "()", "left" "(n)", "right" "(n)",
    "year" "()", "month" "()", "weekday" "()", "between" "(a, b)", "matches" "(`regex`)",
    "when" "(condition, value)", "otherwise" "(value)",
];

const MEASURE: &[Method] = methods![
    "on" "(column)", "previous" "(1, \"year\")", "next" "(1, \"month\")", "trailing" "(12, \"months\")",
    "to_date" "(\"year\")", "all_time" "()", "growth" "(1, \"year\")", "total" "()", "average" "()",
    "split" "(\"dimension\")",
];

const EXPECTATION: &[Method] = methods![
    "equals" "(value)", "is_no_data" "()", "is_undefined" "()", "is_met" "()", "is_at_risk" "()",
    "is_missed" "()", "is_pending" "()", "is_waived" "()", "is_incomplete" "()",
    "is_inconclusive" "()",
];

const PERIOD: &[Method] = methods!["contains" "(column)"];

/// Functions that belong to no value.
pub(crate) const FUNCTIONS: &[Method] = methods![
    "metric" "(name, #{ … })", "goal" "(metric, #{ … })", "param" "(name, default, documentation)",
    "dimension" "(name, [columns])", "test" "(name, || { … })", "given" "(table, [rows])",
    "rows" "(n, #{ … })", "as_of" "(\"2026-04-01\")", "expect" "(metric, period)",
    "expect_goal" "(goal, period)", "table" "(name)", "sql" "(query)", "when" "(condition, value)",
    "business_time" "(from, until)", "undefined" "(why)", "min" "(a, b)", "max" "(a, b)", "abs" "(n)", "round" "(n)", "floor" "(n)",
    "ceiling" "(n)", "sqrt" "(n)", "sum" "(list)", "mean" "(list)", "median" "(list)",
    "parse_number" "(text)",
];

/// The methods of a kind of value, by the name that Rhai knows its type by.
pub(crate) fn of(type_name: &str) -> Option<&'static [Method]> {
    Some(match type_name {
        "table" => TABLE,
        "stock" => STOCK,
        "history" => HISTORY,
        "column" => COLUMN,
        "measure" => MEASURE,
        "expectation" => EXPECTATION,
        "period" => PERIOD,
        _ => return None,
    })
}

/// The kinds of value that have a method of this name.
pub(crate) fn owners(method: &str) -> Vec<&'static str> {
    ["table", "stock", "history", "column", "measure"]
        .into_iter()
        .filter(|kind| of(kind).is_some_and(|all| all.iter().any(|m| m.name == method)))
        .collect()
}
