//! What a query may be: one that reads, and whose work has a bound that can be
//! told from its text.
//!
//! Time and memory of what a query does with rows are watched while it runs (see
//! `engine::bounded`). Here is refused what would blow up before that, while the
//! query is planned and constants are computed: functions that make texts of any
//! size, texts that grow from step to step, expressions that double with every
//! subquery, and joins of everything with everything.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DataFusionError, Result, ScalarValue};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{BinaryExpr, Expr as Df, JoinType, LogicalPlan, Operator};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Ast;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use goalpost_core::schema::Schema;

/// Characters of a query.
const LONGEST: usize = 10_000;

/// Operators of a query: the engine's time to read a chain of them grows with its square.
const MOST_OPERATORS: usize = 300;

/// Nodes of an expression, with what its columns stand for put in their place.
const MOST_NODES: u64 = 20_000;

/// Expressions within expressions, and steps below steps.
const DEEPEST: usize = 200;

/// How many times longer than what it is given a text may get.
const MOST_GROWTH: f64 = 256.0;

/// The length of a text that a function is asked for.
const LONGEST_TEXT: i64 = 1_000;

/// Joins of every row with every row.
const MOST_CROSS_JOINS: usize = 1;

/// Rows of a side that can be paired with anything.
const FEW_ROWS: usize = 1_000;

/// Functions of a row. Those that give another value each time are here to be
/// refused with their reason.
const SCALAR: [&str; 102] = [
    "abs",
    "acos",
    "acosh",
    "arrow_cast",
    "ascii",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bit_length",
    "btrim",
    "cbrt",
    "ceil",
    "character_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "cos",
    "cosh",
    "cot",
    "current_date",
    "current_time",
    "date_bin",
    "date_part",
    "date_trunc",
    "degrees",
    "ends_with",
    "exp",
    "factorial",
    "find_in_set",
    "floor",
    "from_unixtime",
    "gcd",
    "greatest",
    "initcap",
    "isnan",
    "iszero",
    "lcm",
    "least",
    "left",
    "length",
    "levenshtein",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_time",
    "nanvl",
    "now",
    "nullif",
    "nvl",
    "nvl2",
    "octet_length",
    "overlay",
    "pi",
    "power",
    "radians",
    "random",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_replace",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "signum",
    "sin",
    "sinh",
    "split_part",
    "sqrt",
    "starts_with",
    "strpos",
    "substr",
    "substr_index",
    "tan",
    "tanh",
    "to_char",
    "to_date",
    "to_hex",
    "to_local_time",
    "to_time",
    "to_timestamp",
    "to_timestamp_micros",
    "to_timestamp_millis",
    "to_timestamp_nanos",
    "to_timestamp_seconds",
    "to_unixtime",
    "translate",
    "trunc",
    "upper",
    "uuid",
];

/// Functions of many rows.
const AGGREGATE: [&str; 34] = [
    "any_value",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "first_value",
    "grouping",
    "last_value",
    "max",
    "median",
    "min",
    "nth_value",
    "percentile_cont",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
    "var_samp",
];

/// A session in which a query finds the functions that it may use, and no others.
pub(crate) fn functions(state: SessionStateBuilder) -> SessionState {
    let known = state.build();
    let of_rows: BTreeSet<&str> = SCALAR.into_iter().collect();
    let of_groups: BTreeSet<&str> = AGGREGATE.into_iter().collect();
    let scalar = known.scalar_functions().values();
    let scalar = scalar.filter(|function| of_rows.contains(function.name())).cloned().collect();
    let aggregate = known.aggregate_functions().values();
    let aggregate = aggregate.filter(|function| of_groups.contains(function.name())).cloned().collect();
    let window = known.window_functions().values().cloned().collect();
    SessionStateBuilder::new_from_existing(known)
        .with_scalar_functions(scalar)
        .with_aggregate_functions(aggregate)
        .with_window_functions(window)
        .with_table_functions(Default::default())
        .build()
}

/// The one statement of a text, if it is a query.
pub(super) fn statement(state: &SessionState, text: &str) -> std::result::Result<Statement, String> {
    if text.chars().count() > LONGEST {
        return Err(format!("a query has at most {LONGEST} characters"));
    }
    if operators(text) > MOST_OPERATORS {
        return Err(format!(
            "it has more than {MOST_OPERATORS} operators: write `in (…)` for long chains of `or`"
        ));
    }
    let dialect = state.config_options().sql_parser.dialect;
    let statement = state.sql_to_statement(text, &dialect).map_err(|error| {
        let message = match error.find_root() {
            DataFusionError::SQL(error, _) => error.to_string(),
            other => other.to_string(),
        };
        match message {
            _ if text.trim().is_empty() => "it is empty".to_owned(),
            message if message.contains("single SQL statement") => "it is several statements".to_owned(),
            message => message,
        }
    })?;
    match &statement {
        Statement::Statement(ast) if matches!(**ast, Ast::Query(_)) => Ok(statement),
        _ => {
            let word = text.split_whitespace().next().unwrap_or_default().to_lowercase();
            Err(format!("`{word}` is no query: it starts with `select` or `with`"))
        }
    }
}

fn operators(text: &str) -> usize {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize().unwrap_or_default();
    let is_operator = |token: &&Token| match token {
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod | Token::StringConcat => true,
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::JOIN
        ),
        _ => false,
    };
    tokens.iter().filter(is_operator).count()
}

/// Refuses a plan, as it was written, of which too much could come.
pub(super) fn admit(plan: &LogicalPlan, schema: &Schema) -> std::result::Result<(), String> {
    not_too_deep(plan)?;
    let mut refused = None;
    plan.apply_with_subqueries(|node| {
        refused = refusal(node, schema);
        Ok(if refused.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })
    .map_err(|error| error.find_root().to_string())?;
    match refused {
        Some(reason) => Err(reason),
        None => sizes(plan).map(|_| ()),
    }
}

/// What is nested deeper than anybody writes would exhaust the stack of whoever
/// walks it, so this walk keeps its own.
fn not_too_deep(plan: &LogicalPlan) -> std::result::Result<(), String> {
    let mut plans = vec![(plan, 1)];
    while let Some((plan, depth)) = plans.pop() {
        plans.extend(plan.inputs().into_iter().map(|input| (input, depth + 1)));
        let own = plan.expressions();
        let mut exprs: Vec<(&Df, usize)> = own.iter().map(|expr| (expr, 1)).collect();
        let mut deepest = depth;
        while let Some((expr, depth)) = exprs.pop() {
            deepest = deepest.max(depth);
            expr.apply_children(|child| {
                exprs.push((child, depth + 1));
                Ok(TreeNodeRecursion::Continue)
            })
            .map_err(|error| error.find_root().to_string())?;
        }
        if deepest > DEEPEST {
            return Err(format!(
                "it is nested more than {DEEPEST} deep: write `in (…)` for long chains of `or`"
            ));
        }
    }
    Ok(())
}

fn refusal(node: &LogicalPlan, schema: &Schema) -> Option<String> {
    Some(match node {
        LogicalPlan::TableScan(scan) => {
            let name = scan.table_name.table();
            if schema.tables.keys().any(|table| table.as_str() == name) {
                return None;
            }
            format!("`{name}` is no table of the project")
        }
        LogicalPlan::RecursiveQuery(_) => "a query that refers to itself has no bound".to_owned(),
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::EmptyRelation(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Values(_)
        | LogicalPlan::Distinct(_) => return None,
        other => {
            let shown = other.display().to_string();
            let word = shown.split([' ', ':']).next().unwrap_or_default().to_lowercase();
            format!("`{word}` reads no rows of tables")
        }
    })
}

/// Refuses a plan, after it was optimised, that joins everything with everything.
pub(super) fn pairs(plan: &LogicalPlan) -> std::result::Result<(), String> {
    let mut crosses = 0;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Join(join) = node
            && join.on.is_empty()
            && matches!(join.join_type, JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full)
        {
            let is_small = |side: &LogicalPlan| side.max_rows().is_some_and(|rows| rows <= FEW_ROWS);
            let is_one = |side: &LogicalPlan| side.max_rows().is_some_and(|rows| rows <= 1);
            let (left, right) = (&join.left, &join.right);
            let adds_nothing = is_one(left) || is_one(right);
            crosses += usize::from(!adds_nothing);
            // Constants in a list are few, but lists of lists are not.
            if is_small(left) && is_small(right) {
                crosses -= usize::from(!adds_nothing && crosses == 1);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(|error| error.find_root().to_string())?;
    if crosses > MOST_CROSS_JOINS {
        return Err(
            "it joins every row of more than two tables with every other: give the joins conditions with `=`"
                .to_owned(),
        );
    }
    Ok(())
}

/// How large a value can get.
#[derive(Clone, Copy)]
struct Size {
    /// Nodes of its expression.
    nodes: u64,
    /// How many times the longest text it is made from.
    text: f64,
}

impl Size {
    const ONE: Self = Self { nodes: 1, text: 1.0 };

    fn most(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self { nodes: 0, text: 0.0 }, |a, b| Self {
            nodes: a.nodes.max(b.nodes),
            text: a.text.max(b.text),
        })
    }
}

/// The sizes of the columns of a plan; a reason where one of them is too large.
fn sizes(plan: &LogicalPlan) -> std::result::Result<Vec<Size>, String> {
    let mut inputs: Vec<Size> = Vec::new();
    let mut names: Vec<Column> = Vec::new();
    for input in plan.inputs() {
        let found = sizes(input)?;
        names.extend(input.schema().columns());
        inputs.extend(found);
    }
    let of_column = |column: &Column| -> Size {
        let named = names.iter().position(|name| name == column);
        named
            .and_then(|place| inputs.get(place).copied())
            .unwrap_or_else(|| Size::most(inputs.iter().copied()))
    };
    let mut found = Vec::new();
    for expr in plan.expressions() {
        let size = size(&expr, &of_column)?;
        if size.nodes > MOST_NODES {
            return Err("its expressions grow with every subquery: write them over fewer steps".to_owned());
        }
        if size.text > MOST_GROWTH {
            return Err(format!("it makes texts more than {MOST_GROWTH} times longer than they were"));
        }
        found.push(size);
    }
    let width = plan.schema().fields().len();
    Ok(match plan {
        LogicalPlan::Projection(_) => found,
        LogicalPlan::Filter(_) | LogicalPlan::SubqueryAlias(_) | LogicalPlan::Sort(_)
            if inputs.len() == width =>
        {
            inputs
        }
        // What is below is computed before anything above looks at it.
        _ => {
            let most = Size::most(inputs.into_iter().chain(found).chain([Size::ONE]));
            vec![Size { nodes: 1, text: most.text }; width]
        }
    })
}

fn size(expr: &Df, of_column: &impl Fn(&Column) -> Size) -> std::result::Result<Size, String> {
    let mut below: Vec<Size> = Vec::new();
    let mut children: Vec<&Df> = Vec::new();
    let mut failed = None;
    expr.apply_children(|child| {
        children.push(child);
        match size(child, of_column) {
            Ok(size) => below.push(size),
            Err(reason) => failed = failed.take().or(Some(reason)),
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(|error| error.find_root().to_string())?;
    if let Some(reason) = failed {
        return Err(reason);
    }
    let subquery = match expr {
        Df::ScalarSubquery(subquery) => Some(&subquery.subquery),
        Df::InSubquery(subquery) => Some(&subquery.subquery.subquery),
        Df::Exists(exists) => Some(&exists.subquery.subquery),
        _ => None,
    };
    if let Some(plan) = subquery {
        return Ok(Size::most(sizes(plan)?.into_iter().chain(below)));
    }
    let nodes = below.iter().fold(1_u64, |sum, size| sum.saturating_add(size.nodes));
    let sum = || below.iter().map(|size| size.text).sum::<f64>();
    let most = || below.iter().map(|size| size.text).fold(1.0, f64::max);
    let text = match expr {
        Df::Column(column) | Df::OuterReferenceColumn(_, column) => return Ok(of_column(column)),
        Df::Literal(value, _) => text_of(value).map_or(1.0, |text| text.len() as f64 / 64.0),
        Df::BinaryExpr(BinaryExpr { op: Operator::StringConcat, .. }) => sum(),
        Df::BinaryExpr(BinaryExpr { op: Operator::BitwiseShiftLeft, .. }) => {
            return Err("`<<` drops the digits that do not fit: multiply instead".to_owned());
        }
        Df::ScalarFunction(call) => of_function(call.name(), &children, &below, sum, most)?,
        _ => most(),
    };
    Ok(Size { nodes, text })
}

/// How long the text of a function gets.
fn of_function(
    name: &str,
    arguments: &[&Df],
    below: &[Size],
    sum: impl Fn() -> f64,
    most: impl Fn() -> f64,
) -> std::result::Result<f64, String> {
    let text = |place: usize| below.get(place).map_or(1.0, |size| size.text);
    let literal = |place: usize| match arguments.get(place) {
        Some(Df::Literal(value, _)) => Some(value),
        _ => None,
    };
    let length = |place: usize| -> std::result::Result<f64, String> {
        let length = literal(place).and_then(whole_number);
        match length {
            Some(length) if length <= LONGEST_TEXT => Ok(length.max(1) as f64),
            Some(length) => {
                Err(format!("`{name}` asks for a text of {length}: at most {LONGEST_TEXT} can be"))
            }
            None => Err(format!("`{name}` needs its length written there, as a number up to {LONGEST_TEXT}")),
        }
    };
    Ok(match name {
        "repeat" => text(0) * length(1)?,
        "lpad" | "rpad" => text(0).max(length(1)? / 64.0),
        "replace" | "regexp_replace" => match literal(2).and_then(text_of) {
            Some(by) => text(0) * (by.len() as f64).max(1.0),
            None => return Err(format!("`{name}` needs the text it puts in written there")),
        },
        "concat" | "concat_ws" | "overlay" => sum() * arguments.len() as f64,
        "to_char" => most() * 16.0,
        "translate" => most() * 4.0,
        _ => most(),
    })
}

fn text_of(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
            text.as_deref()
        }
        _ => None,
    }
}

fn whole_number(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int64(value) => *value,
        ScalarValue::UInt64(value) => value.map(|value| i64::try_from(value).unwrap_or(i64::MAX)),
        ScalarValue::Int32(value) => value.map(i64::from),
        _ => None,
    }
}

/// Refuses functions whose value depends on when or how often they are called.
pub(super) fn repeatable(plan: &LogicalPlan) -> Result<()> {
    use datafusion::logical_expr::Volatility;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|part| match part {
                Df::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                    Err(DataFusionError::Plan(format!(
                        "`{}()` gives another value each time; as-of is told to a run, so filter by dates instead",
                        call.func.name()
                    )))
                }
                _ => Ok(TreeNodeRecursion::Continue),
            })
        })
    })?;
    Ok(())
}
